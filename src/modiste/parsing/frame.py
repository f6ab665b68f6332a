"""Frames: 3:4 boxes on a photo, at which networks look, and what a parser sees in one.

Points are continuous: a photo's left edge is 0, its right edge its width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.catalog.categories import KEYPOINTS
from modiste.errors import UsageError
from modiste.types import Keypoints, Map, Pixels

SIZE = (256, 192)
"""Height and width at which networks see a person."""
MIRRORED = tuple(
    KEYPOINTS.index(name.replace("left", "?").replace("right", "left").replace("?", "right")) for name in KEYPOINTS
)
"""Index of the joint that each one becomes in a mirror."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Points = NDArray[np.floating]


@dataclass(frozen=True)
class Frame:
    """A box in the photo's pixels; it may reach beyond the photo."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def whole(cls, image: Image.Image) -> Frame:
        """The smallest frame around the whole photo."""
        return cls.around((0, 0, image.width, image.height), image)

    @classmethod
    def around(cls, box: Box, image: Image.Image, margin: float = 0.0) -> Frame:
        """The smallest frame around a box with a margin, a share of its longer side, on each side.

        It is moved, but not shrunk, to lie on the photo as far as it can.
        """
        left, top, right, bottom = box
        extra = 2 * margin * max(right - left, bottom - top)
        wide, high = max(right - left, 1.0) + extra, max(bottom - top, 1.0) + extra
        ratio = SIZE[1] / SIZE[0]
        width, height = max(wide, high * ratio), max(high, wide / ratio)
        x, y = (
            (limit - length) / 2 if length >= limit else min(max(start, 0.0), limit - length)
            for start, length, limit in (
                ((left + right - width) / 2, width, image.width),
                ((top + bottom - height) / 2, height, image.height),
            )
        )
        return cls(x, y, width, height)

    def cut(self, image: Image.Image, size: tuple[int, int] = SIZE) -> Pixels:
        """Cut the frame out of its photo; beyond the photo lies its edge's colour. Shape: (height, width, 3)."""
        pixels = np.asarray(image)
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        canvas = np.empty((*size, 3), np.uint8)
        canvas[:] = np.median(edge, axis=0).astype(np.uint8)
        self._draw(image, canvas, Image.Resampling.BICUBIC)
        return canvas

    def cut_map(self, map: Map, size: tuple[int, int] = SIZE) -> Map:
        """Cut the frame out of a map of the photo's size; beyond it lies background. Shape: (height, width)."""
        canvas = np.zeros(size, np.uint8)
        self._draw(Image.fromarray(map), canvas, Image.Resampling.NEAREST)
        return canvas

    def to_photo(self, points: Points, size: tuple[int, int] = SIZE) -> NDArray[np.float32]:
        """Columns and rows in the frame's pixels to the photo's; what else stands in a row stays. Shape: (..., 2+)."""
        moved = np.array(points, np.float32)
        moved[..., 0] = self.left + moved[..., 0] * (self.width / size[1])
        moved[..., 1] = self.top + moved[..., 1] * (self.height / size[0])
        return moved

    def to_frame(self, points: Points, size: tuple[int, int] = SIZE) -> NDArray[np.float32]:
        """Columns and rows in the photo's pixels to the frame's; what else stands in a row stays. Shape: (..., 2+)."""
        moved = np.array(points, np.float32)
        moved[..., 0] = (moved[..., 0] - self.left) * (size[1] / self.width)
        moved[..., 1] = (moved[..., 1] - self.top) * (size[0] / self.height)
        return moved

    def _draw(self, image: Image.Image, canvas: Pixels, resampling: Image.Resampling) -> None:
        size = (canvas.shape[0], canvas.shape[1])
        corners = np.array([(0, 0), (image.width, image.height)], np.float32)
        inside = self.to_frame(corners, size).round().astype(int).clip((0, 0), (size[1], size[0]))
        (left, top), (right, bottom) = inside.tolist()
        if right <= left or bottom <= top:
            return
        shown = self.to_photo(inside, size).clip((0, 0), (image.width, image.height))
        box = (float(shown[0, 0]), float(shown[0, 1]), float(shown[1, 0]), float(shown[1, 1]))
        gap = 2.0 if resampling is Image.Resampling.BICUBIC else None
        part = image.resize((right - left, bottom - top), resampling, box=box, reducing_gap=gap)
        canvas[top:bottom, left:right] = np.asarray(part)


@dataclass(frozen=True)
class Parsed:
    """Map and joints of one frame."""

    map: Map
    """Indices in PARSING_CLASSES. Shape: (256, 192)."""
    keypoints: Keypoints
    """Column and row in the frame's pixels, and confidence 0-1, in the order of KEYPOINTS. Shape: (17, 3)."""


class Parser(Protocol):
    """Predicts of a person's pixels what they belong to, and where the joints are."""

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
