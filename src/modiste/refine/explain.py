"""What a sentence does to a photo: where the photo is preserved, where it is changed, and a picture of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw, ImageFont

from modiste.contact_sheets import sheet
from modiste.images import fit
from modiste.refine.pipeline import Explanation
from modiste.types import Floats

if TYPE_CHECKING:
    from torch import Tensor

    from modiste.refine.model import VAL, Views, Words
    from modiste.refine.pipeline import Refiner

Colours = tuple[str, str, str]

GRID = (8, 6)
"""Places of a photo, height by width: those of the middle depth."""
PANEL = (480, 360)
"""Height and width of a drawn photo, which has the proportions that the network sees."""
LEGEND = 30
"""Height of the strip below it."""
KEPT: Colours = ("#ffffff", "#8fd3b6", "#0a7f5a")
CHANGED: Colours = ("#ffffff", "#fbb98a", "#c8410b")
"""From the least to the most."""
INK, FRAME = "#6b6b70", "#e3e2de"
BLACK = 130
"""How light black is drawn below the colours, which would drown in it."""
LEAST_SPAN = 0.02
"""Differences below this are shown as the trifles that they are, not stretched over all shades."""


def explanation(network: VAL, photo: Views, words: Words) -> Explanation:
    """Try for every place of one photo what would be looked for without it.

    A gate says what passes, not what it matters to. So a place counts as preserved by how far the query moves when the
    photo shows nothing there (the mean of its places), and as changed by how far it moves when the sentence leaves the
    place alone.
    """
    import torch

    sentence = network.sentence(words)
    kept, changed = [], []
    for name, share in zip(network.config.depths, network.weights.softmax(0), strict=True):
        depth = network.depth(name)
        source = depth.tokens(photo)
        fused = depth.fuse(source, sentence).tokens
        query = depth.vector(fused)
        blank = _one_replaced(source, source.mean(1, keepdim=True).expand_as(source))
        blanked = depth.vector(depth.fuse(blank, sentence.expand(len(blank), -1)).tokens)
        untouched = depth.vector(_one_replaced(fused, source))
        kept.append(share * _placed((blanked - query).square().sum(1)))
        changed.append(share * _placed((untouched - query).square().sum(1)))
    return Explanation(*(_of_the_most(torch.stack(parts).sum(0).sqrt()) for parts in (kept, changed)))


def picture(refiner: Refiner, photo: Image.Image, text: str) -> Image.Image:
    """Show what a sentence does to a photo.

    Args:
        photo: of any size and shape; it is drawn as the network sees it, fitted into 3:4.
    """
    return draw(photo, text, refiner.explain(fit(photo, refiner.size).copy(), text))


def draw(photo: Image.Image, text: str, explained: Explanation) -> Image.Image:
    """Three photos side by side, under the sentence.

    Shades run from the least to the most that occurs in this photo; the numbers below say how much that is.
    """
    shown = fit(photo, PANEL)
    panels = [
        (_panel(shown), "the photo that the sentence is about", False),
        (
            _heated(shown, explained.kept, KEPT),
            "preserved: where it matters what the photo shows, the most being 100%",
            False,
        ),
        (
            _heated(shown, explained.changed, CHANGED),
            "changed: where it matters what the sentence says, the most being 100%",
            False,
        ),
    ]
    return sheet([(f'"{text}"', panels)], thumb=(PANEL[0] + LEGEND, PANEL[1]), columns=len(panels))


def spread(heat: Floats, size: tuple[int, int]) -> Floats:
    """A coarse map as a smooth one of this height and width, nowhere beyond the coarse one's extremes."""
    smooth = Image.fromarray(heat.astype(np.float32)).resize(size[::-1], Image.Resampling.BICUBIC)
    return np.asarray(smooth).clip(heat.min(), heat.max())


def _one_replaced(tokens: Tensor, others: Tensor) -> Tensor:
    """A photo's tokens as many times as there are, each time another one replaced. Shape: (1, n, w) to (n, n, w)."""
    import torch

    count = tokens.shape[1]
    return torch.where(torch.eye(count, dtype=torch.bool)[:, :, None], others, tokens)


def _placed(values: Tensor) -> Tensor:
    """What one depth's tokens do, on the grid that all depths share; the high depth's summary has no place."""
    from torch.nn import functional as F

    height, width = {48: GRID, 192: (16, 12)}.get(len(values), (4, 3))
    each = values[: height * width].reshape(1, 1, height, width) * (height * width) / (GRID[0] * GRID[1])
    return F.interpolate(each, GRID, mode="bilinear", align_corners=False)[0, 0]


def _of_the_most(values: Tensor) -> Floats:
    """As shares of the largest value, unless that is nothing but rounding."""
    found: Floats = (values / values.max().clamp(min=1e-4)).numpy()
    return found


def _heated(photo: NDArray[np.uint8], heat: Floats, colours: Colours) -> Image.Image:
    """The photo in grey, coloured by a map, and what the colours mean."""
    least, most = float(heat.min()), float(heat.max())
    span = max(most - least, LEAST_SPAN)
    grey = BLACK + photo @ np.array([0.299, 0.587, 0.114]) * (255 - BLACK) / 255
    tinted = grey[:, :, None] * _shades((spread(heat, PANEL) - least) / span, colours) / 255
    panel = _panel(tinted.astype(np.uint8))
    _legend(panel, f"{least:.0%}", f"{most:.0%}", _shades(np.linspace(0, (most - least) / span, PANEL[1]), colours))
    return panel


def _panel(photo: NDArray[np.uint8]) -> Image.Image:
    """A framed photo with room for a legend below."""
    panel = Image.new("RGB", (PANEL[1], PANEL[0] + LEGEND), "white")
    panel.paste(Image.fromarray(photo))
    ImageDraw.Draw(panel).rectangle((0, 0, PANEL[1] - 1, PANEL[0] - 1), outline=FRAME)
    return panel


def _legend(panel: Image.Image, least: str, most: str, shades: NDArray[np.float64]) -> None:
    """A bar of the shades between what its ends stand for."""
    font, pen = ImageFont.load_default(13), ImageDraw.Draw(panel)
    middle = PANEL[0] + LEGEND // 2
    left, right = round(font.getlength(least)) + 8, PANEL[1] - round(font.getlength(most)) - 8
    bar = Image.fromarray(shades[None].astype(np.uint8)).resize((right - left, 10))
    panel.paste(bar, (left, middle - 5))
    pen.rectangle((left, middle - 5, right - 1, middle + 4), outline=FRAME)
    pen.text((0, middle), least, font=font, fill=INK, anchor="lm")
    pen.text((PANEL[1], middle), most, font=font, fill=INK, anchor="rm")


def _shades(values: NDArray[np.floating], colours: Colours) -> NDArray[np.float64]:
    """Values from 0 to 1 as colours. Shape: (...) to (..., 3)."""
    stops = np.array([ImageColor.getrgb(colour) for colour in colours], float)
    return np.stack([np.interp(values, (0, 0.5, 1), stops[:, channel]) for channel in range(3)], -1)
