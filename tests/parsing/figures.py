"""Figures drawn in the colours of their classes, and a parser that reads those colours."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import distance_transform_edt

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.parsing import Parsed

PALETTE = np.array([(230, 228, 226), *np.random.default_rng(3).integers(0, 200, (12, 3)).tolist()], np.uint8)
"""A colour for each class, the background's pale."""
PARTS = {
    "hair": (0.40, 0.00, 0.60, 0.08),
    "skin": (0.42, 0.06, 0.58, 0.18),
    "top": (0.25, 0.16, 0.75, 0.50),
    "bottom": (0.30, 0.50, 0.70, 0.92),
    "shoes": (0.25, 0.92, 0.75, 1.00),
}
"""Boxes on a figure that is half as wide as high, as shares of a square around it."""
JOINTS = {
    "nose": (0.50, 0.10), "left_eye": (0.52, 0.09), "right_eye": (0.48, 0.09), "left_ear": (0.56, 0.10),
    "right_ear": (0.44, 0.10), "left_shoulder": (0.68, 0.20), "right_shoulder": (0.32, 0.20),
    "left_elbow": (0.72, 0.33), "right_elbow": (0.28, 0.33), "left_wrist": (0.73, 0.46), "right_wrist": (0.27, 0.46),
    "left_hip": (0.60, 0.50), "right_hip": (0.40, 0.50), "left_knee": (0.60, 0.70), "right_knee": (0.40, 0.70),
    "left_ankle": (0.60, 0.92), "right_ankle": (0.40, 0.92),
}  # fmt: skip


def value(name: str) -> int:
    """A class's value in a map."""
    return PARSING_CLASSES.index(name)


def figure_map(size: tuple[int, int], figures: list[tuple[float, float, float]], parts=PARTS) -> NDArray[np.uint8]:
    """A map with figures: the left, the top and the height of the square around each. Size is width and height."""
    picture = Image.new("L", size)
    draw = ImageDraw.Draw(picture)
    for left, top, height in figures:
        for name, (x0, y0, x1, y1) in parts.items():
            corners = (left + x0 * height, top + y0 * height, left + x1 * height - 1, top + y1 * height - 1)
            draw.rectangle([round(corner) for corner in corners], fill=value(name))
    return np.asarray(picture)


def photo_of(map: NDArray[np.uint8]) -> Image.Image:
    """A photo on which each class has its colour."""
    return Image.fromarray(PALETTE[map])


def joints(size: tuple[int, int], left: float, top: float, height: float) -> NDArray[np.float32]:
    """A figure's joints, relative to a photo of this width and height."""
    points = [(left + JOINTS[name][0] * height, top + JOINTS[name][1] * height, 1.0) for name in KEYPOINTS]
    return (np.array(points) / (*size, 1)).astype(np.float32)


def _pure(told: NDArray[np.uint8], pure: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Colours mixed at an edge are read as the nearest that isn't."""
    if not pure.any():
        return np.zeros_like(told)
    rows, columns = distance_transform_edt(~pure, return_distances=False, return_indices=True)
    return told[rows, columns]


class ColourReader:
    """A parser that knows the palette. It tells joints at the skin, if it tells any."""

    name, revision = "colours", "00000000"

    def __init__(self, tells_joints: bool = True) -> None:
        self.tells_joints, self.asked = tells_joints, 0

    def parse(self, pixels: NDArray[np.uint8]) -> list[Parsed]:
        self.asked += len(pixels)
        apart = ((pixels[..., None, :].astype(int) - PALETTE.astype(int)) ** 2).sum(-1)
        told = apart.argmin(-1).astype(np.uint8)
        return [
            Parsed(map, self._joints(map))
            for map in itertools.starmap(_pure, zip(told, apart.min(-1) < 40, strict=True))
        ]

    def _joints(self, map: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = np.zeros((len(KEYPOINTS), 3), np.float32)
        if self.tells_joints:
            rows, columns = np.nonzero(map == value("skin"))
            found[:, 2] = 0.02
            if len(rows) > 20:
                found[:] = (columns.mean(), rows.mean(), 0.9)
        return found
