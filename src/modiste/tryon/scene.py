"""What try-on works on: a person or a garment in the 192x256 frame, and masks of its parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modiste.catalog.categories import PARSING_CLASSES, REGION_CLASSES
from modiste.types import Map, Mask, Pixels

Points = NDArray[np.float32]

CLASS = {name: place for place, name in enumerate(PARSING_CLASSES)}
"""Parsing class to its value in a map."""
OCCLUDERS = tuple(CLASS[name] for name in ("hair", "hat", "accessory", "bag"))
"""What lies over garments and hides some of them."""
BARE = tuple(CLASS[name] for name in ("background", "skin", "hair"))
"""What is nothing to wear."""


@dataclass(frozen=True)
class Scene:
    """A person, or a garment that lies alone, in the frame in which the networks see it."""

    pixels: Pixels
    """Shape: (h, w, 3)."""
    map: Map
    """Places in PARSING_CLASSES. Shape: (h, w)."""
    keypoints: Points
    """x and y in pixels, and confidence, 0 throughout where nobody is there. Shape: (17, 3)."""

    def mask(self, region: str) -> Mask:
        """Where a region's garment is seen. Shape: (h, w)."""
        return covers(self.map, region_classes(region))


def region_classes(region: str) -> tuple[int, ...]:
    """The values of a region's classes in a map."""
    return tuple(CLASS[name] for name in REGION_CLASSES[region])


def covers(map: Map, classes: Iterable[int]) -> Mask:
    """Where a map has one of some classes."""
    return np.isin(map, list(classes))
