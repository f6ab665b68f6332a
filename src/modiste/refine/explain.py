"""Pictures of what a sentence does to a photo: the positions that are preserved, and those that are changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from modiste.contact_sheets import sheet
from modiste.images import fit
from modiste.refine.pipeline import Refiner
from modiste.types import Floats

PANEL = (480, 360)
"""Height and width of a drawn photo, which has the proportions that the network sees."""
LEGEND = 30
"""Height of the strip below it."""
KEPT = ("#ffffff", "#8fd3b6", "#0a7f5a")
CHANGED = ("#ffffff", "#fbb98a", "#c8410b")
"""From the least to the most."""
INK, FRAME = "#6b6b70", "#e3e2de"
BLACK = 130
"""Grey that black is drawn in below the colours, which would not show on it."""
LEAST_SPAN = 0.02
"""Smallest range that is stretched over all shades; smaller differences get shades that are close together."""


def picture(refiner: Refiner, photo: Image.Image, text: str) -> Image.Image:
    """Show what a sentence does to a photo: three pictures side by side, under the sentence.

    Shades run from the least to the most that occurs in this photo; the numbers below say how much that is.

    Args:
        photo: of any size and shape; it is drawn as the network sees it, fitted into 3:4.
    """
    kept, changed = refiner.explain(fit(photo, refiner.size).copy(), text)
    shown = fit(photo, PANEL)
    panels = [(_panel(shown), "the photo that the sentence is about", False)]
    for heat, colours, label in (
        (kept, KEPT, "preserved: where it matters what the photo shows"),
        (changed, CHANGED, "changed: where it matters what the sentence says"),
    ):
        panels.append((_heat_panel(shown, heat, colours), f"{label}, the most being 100%", False))
    return sheet([(f'"{text}"', panels)], thumb=(PANEL[0] + LEGEND, PANEL[1]), columns=len(panels))


def spread(heat: Floats, size: tuple[int, int]) -> Floats:
    """A coarse map as a smooth one of this height and width, nowhere beyond the coarse one's extremes."""
    smooth = Image.fromarray(heat.astype(np.float32)).resize(size[::-1], Image.Resampling.BICUBIC)
    return np.asarray(smooth).clip(heat.min(), heat.max())


def _heat_panel(photo: NDArray[np.uint8], heat: Floats, colours: Sequence[str]) -> Image.Image:
    """The photo in grey, coloured by a map, above a bar of the shades between the map's least and most."""
    least, most = float(heat.min()), float(heat.max())
    span = max(most - least, LEAST_SPAN)
    grey = BLACK + photo @ np.array([0.299, 0.587, 0.114]) * (255 - BLACK) / 255
    tinted = grey[:, :, None] * _shades((spread(heat, PANEL) - least) / span, colours) / 255
    panel = _panel(tinted.astype(np.uint8))
    font, pen, middle = ImageFont.load_default(13), ImageDraw.Draw(panel), PANEL[0] + LEGEND // 2
    labels = f"{least:.0%}", f"{most:.0%}"
    left, right = round(font.getlength(labels[0])) + 8, PANEL[1] - round(font.getlength(labels[1])) - 8
    shades = _shades(np.linspace(0, (most - least) / span, PANEL[1]), colours)
    panel.paste(Image.fromarray(shades[None].astype(np.uint8)).resize((right - left, 10)), (left, middle - 5))
    pen.rectangle((left, middle - 5, right - 1, middle + 4), outline=FRAME)
    pen.text((0, middle), labels[0], font=font, fill=INK, anchor="lm")
    pen.text((PANEL[1], middle), labels[1], font=font, fill=INK, anchor="rm")
    return panel


def _panel(photo: NDArray[np.uint8]) -> Image.Image:
    """A framed photo with room for a legend below."""
    panel = Image.new("RGB", (PANEL[1], PANEL[0] + LEGEND), "white")
    panel.paste(Image.fromarray(photo))
    ImageDraw.Draw(panel).rectangle((0, 0, PANEL[1] - 1, PANEL[0] - 1), outline=FRAME)
    return panel


def _shades(values: NDArray[np.floating], colours: Sequence[str]) -> NDArray[np.float64]:
    """Values from 0 to 1 as colours. Shape: (...) to (..., 3)."""
    stops = np.array([ImageColor.getrgb(colour) for colour in colours], float)
    return np.stack([np.interp(values, (0, 0.5, 1), stops[:, channel]) for channel in range(3)], -1)
