"""A photo with what a sentence keeps of it in green, and what it changes in orange."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from modiste.images import fit
from modiste.refine.explain import CHANGED, KEPT, LEAST_SPAN, PANEL, spread
from modiste.shop.refine import Source
from modiste.types import Floats

if TYPE_CHECKING:
    from modiste.shop import Shop

STRENGTH = 0.85
"""How much of the colour covers the photo where there is most of it."""
FADED = 0.5
"""How much of its own colours the photo loses, which would be taken for those that explain."""
LIGHT = 190.0
"""What dark places are lightened towards, on which no colour would show."""


class Overlays(NamedTuple):
    """Two PNG files of one photo, in 3:4."""

    kept: bytes
    """Green where it matters what the photo shows."""
    changed: bytes
    """Orange where it matters what the sentence says."""


def overlays(shop: Shop, image: bytes | None, id: str | None, text: str) -> Overlays:
    """Show what a sentence does to the photo that it is said of.

    Args:
        image: a photo, or nothing.
        id: the product, where there is no photo.

    Raises:
        UsageError: no photo of the product can be read.
    """
    photo = Source.of(shop.index, image, id, PANEL).photo
    explained = shop.refiner.explain(fit(Image.fromarray(photo), shop.refiner.size).copy(), text)
    return Overlays(_png(photo, explained.kept, KEPT[2]), _png(photo, explained.changed, CHANGED[2]))


def _png(photo: NDArray[np.uint8], heat: Floats, colour: str) -> bytes:
    """The photo, tinted by the map from its least to its most."""
    share = STRENGTH * spread((heat - heat.min()) / max(float(np.ptp(heat)), LEAST_SPAN), PANEL)[:, :, None]
    grey = LIGHT + (photo @ np.array([0.299, 0.587, 0.114]) - LIGHT)[:, :, None] * 0.6
    faded = (1 - FADED) * photo + FADED * grey
    tinted = (1 - share) * faded + share * np.array(ImageColor.getrgb(colour), float)
    file = io.BytesIO()
    Image.fromarray(tinted.round().clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
