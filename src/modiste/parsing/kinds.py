"""Which region a garment that lies alone is worn in: the likeliest category of its photo tells."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image

from modiste.catalog.categories import REGIONS, tryon_region
from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError
from modiste.images import fit

UNLIKELY = 0.3
"""Share of the likeliest region's probability under which another region is none that the photo shows."""
_NEAR = {"top": ("outer",), "outer": ("top",), "bottom": ("legwear",), "legwear": ("bottom",)}
"""Regions whose garments look alike: a cardigan may be worn as either, leggings too."""


def region_probabilities(image: Image.Image, encoder: str) -> dict[str, float]:
    """How likely the photo is one of a garment that is worn in each region; what is worn in none takes its share too.

    Args:
        encoder: name of weights that tell categories.
    """
    network, regions = _network(encoder)
    logits = network.logits(fit(image)[None])["category"][0]
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    return {region: float(chances[[name == region for name in regions]].sum()) for region in REGIONS}


def check_kind(image: Image.Image, region: str, encoder: str) -> None:
    """Refuse a photo of another kind of garment.

    Raises:
        UsageError: the photo shows what is worn elsewhere.
    """
    chances = region_probabilities(image, encoder)
    shown = max(chances, key=lambda name: chances[name])
    if max(chances[name] for name in (region, *_NEAR.get(region, ()))) < UNLIKELY * chances[shown]:
        raise UsageError(
            f"the photo shows what is worn as {shown}, not as {region}; name {shown} as its region, or give a photo "
            "that shows what was meant"
        )


@lru_cache(2)
def _network(encoder: str) -> tuple[TrainedEncoder, list[str | None]]:
    """An encoder, and the region of each of its categories."""
    network = TrainedEncoder(encoder)
    return network, list(map(tryon_region, network.labels["category"]))
