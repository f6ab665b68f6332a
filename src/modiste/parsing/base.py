"""What every parser of people offers to try-on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from modiste.catalog.categories import KEYPOINTS
from modiste.errors import UsageError
from modiste.types import Keypoints, Map, Pixels

SIZE = (256, 192)
"""Height and width at which networks see a person."""
MIRRORED = tuple(
    KEYPOINTS.index(name.replace("left", "?").replace("right", "left").replace("?", "right")) for name in KEYPOINTS
)
"""Which joint each one becomes in a mirror."""


@dataclass(frozen=True)
class Parsed:
    """What a parser sees in one frame."""

    map: Map
    """Places in PARSING_CLASSES. Shape: (256, 192)."""
    keypoints: Keypoints
    """Column and row in the frame's pixels, and confidence 0-1, in the order of KEYPOINTS. Shape: (17, 3)."""


class Parser(Protocol):
    """Tells of a person's pixels what they belong to, and where the joints are."""

    @property
    def name(self) -> str:
        """As given to `open_parser`, such as `parser-photos`."""

    @property
    def revision(self) -> str:
        """First digits of the weights' SHA-256."""

    def parse(self, pixels: Pixels) -> Sequence[Parsed]:
        """Frames, RGB 0-255, to maps and keypoints. Shape: (n, 256, 192, 3)."""


def check_frames(pixels: Pixels) -> None:
    """Refuse what isn't frames at `SIZE`."""
    if pixels.ndim != 4 or pixels.shape[1:] != (*SIZE, 3) or pixels.dtype != np.uint8:
        raise UsageError(
            f"frames must be uint8 of shape (n, {SIZE[0]}, {SIZE[1]}, 3); got {pixels.dtype} {pixels.shape}; cut them "
            "with Frame"
        )
