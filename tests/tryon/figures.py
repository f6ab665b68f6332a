"""Figures of plain colours, as people in the frame and as garments that lie alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from scipy import ndimage

from modiste.catalog.categories import PARSING_CLASSES
from modiste.parsing import Parsed, Scene
from modiste.tryon.dresser import Dresser
from modiste.tryon.model import AppearanceConfig, AppearanceNetwork, PatchDiscriminator, ShapeConfig, ShapeNetwork

HEIGHT, WIDTH = 256, 192
VALUE = {name: place for place, name in enumerate(PARSING_CLASSES)}
PAINTS = {
    "background": (225, 222, 215),
    "skin": (214, 170, 140),
    "hair": (60, 40, 30),
    "top": (180, 30, 40),
    "outer": (60, 90, 60),
    "dress": (120, 40, 130),
    "bottom": (40, 60, 140),
    "skirt": (200, 160, 40),
    "shoes": (20, 20, 20),
    "bag": (150, 90, 40),
    "hat": (30, 120, 110),
    "legwear": (90, 90, 90),
    "accessory": (240, 210, 60),
}
JOINTS = np.array(
    [[96, 34], [99, 31], [93, 31], [103, 33], [89, 33], [117, 58], [75, 58], [124, 93], [68, 93], [126, 124],
     [66, 124], [108, 124], [84, 124], [107, 176], [85, 176], [106, 226], [86, 226]],
    np.float32,
)  # fmt: skip
"""x and y of somebody who faces the camera."""


def person(
    *,
    sleeves: str = "long",
    bottom: str = "bottom",
    paints: Mapping[str, tuple[int, int, int]] | None = None,
    joints: np.ndarray | None = None,
    confidence: float = 1.0,
) -> Scene:
    """Somebody in a top with sleeves, `long` or `short`, and in trousers (`bottom`) or a skirt (`skirt`)."""
    at = JOINTS if joints is None else joints
    picture = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(picture)
    point = [tuple(map(float, joint)) for joint in at]

    def limb(name: str, start: int, end: int, width: int) -> None:
        draw.line([point[start], point[end]], VALUE[name], width)

    head = float(at[0, 0]), float(at[0, 1])
    draw.ellipse((head[0] - 13, head[1] - 19, head[0] + 13, head[1] + 3), VALUE["hair"])
    draw.ellipse((head[0] - 9, head[1] - 12, head[0] + 9, head[1] + 12), VALUE["skin"])
    draw.line([head, ((point[5][0] + point[6][0]) / 2, point[5][1])], VALUE["skin"], 9)
    for side in (0, 1):
        limb("bottom" if bottom == "bottom" else "skin", 11 + side, 13 + side, 16)
        limb("bottom" if bottom == "bottom" else "skin", 13 + side, 15 + side, 13)
        foot = point[15 + side]
        draw.ellipse((foot[0] - 8, foot[1] - 4, foot[0] + 8, foot[1] + 8), VALUE["shoes"])
    if bottom == "skirt":
        draw.polygon([point[12], point[11], (point[13][0] + 9, point[13][1]), (point[14][0] - 9, point[14][1])],
                     VALUE["skirt"])  # fmt: skip
    for side in (0, 1):
        limb("top", 5 + side, 7 + side, 14)
        limb("top" if sleeves == "long" else "skin", 7 + side, 9 + side, 11)
        hand = point[9 + side]
        draw.ellipse((hand[0] - 5, hand[1] - 4, hand[0] + 5, hand[1] + 7), VALUE["skin"])
    draw.polygon([point[6], point[5], (point[11][0] + 4, point[11][1] + 6), (point[12][0] - 4, point[12][1] + 6)],
                 VALUE["top"])  # fmt: skip
    return scene(np.asarray(picture), at, confidence, paints)


def scene(
    map: np.ndarray,
    joints: np.ndarray = JOINTS,
    confidence: float = 0.0,
    paints: Mapping[str, tuple[int, int, int]] | None = None,
) -> Scene:
    """A map painted in plain colours."""
    table = np.array([{**PAINTS, **(paints or {})}[name] for name in PARSING_CLASSES], np.uint8)
    points = np.concatenate([joints, np.full((17, 1), confidence)], 1).astype(np.float32)
    return Scene(table[map], np.array(map, np.uint8), points)


def flat(region: str, outline: list[tuple[float, float]]) -> Scene:
    """A garment alone on a plain ground."""
    picture = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(picture).polygon(outline, VALUE[region])
    return scene(np.asarray(picture))


TSHIRT = [
    *((78.0, 60.0), (114.0, 60.0), (124.0, 64.0), (150.0, 92.0), (138.0, 104.0), (124.0, 90.0)),
    *((124.0, 170.0), (68.0, 170.0), (68.0, 90.0), (54.0, 104.0), (42.0, 92.0), (68.0, 64.0)),
]
"""Its trunk is 56 wide, from 68 to 124, and its shoulders are at 60."""


def moved(scene: Scene, x: int, y: int) -> Scene:
    """All of a scene shifted; what comes in at its edges is its corner's colour."""
    pixels = np.empty_like(scene.pixels)
    pixels[:] = scene.pixels[0, 0]
    map = np.zeros_like(scene.map)
    rows, columns = slice(max(y, 0), HEIGHT + min(y, 0)), slice(max(x, 0), WIDTH + min(x, 0))
    back = slice(max(-y, 0), HEIGHT + min(-y, 0)), slice(max(-x, 0), WIDTH + min(-x, 0))
    pixels[rows, columns], map[rows, columns] = scene.pixels[back], scene.map[back]
    return Scene(pixels, map, scene.keypoints + np.array([x, y, 0], np.float32))


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two masks."""
    return float((first & second).sum() / max((first | second).sum(), 1))


class PaintParser:
    """Sees figures by their paints, and their joints by where their silhouette lies."""

    name = "paint-parser"
    revision = "12345678"

    def __init__(self) -> None:
        self.frames = 0
        """How many it has been shown."""

    def parse(self, pixels: np.ndarray) -> list[Parsed]:
        assert pixels.shape[1:] == (HEIGHT, WIDTH, 3)
        self.frames += len(pixels)
        return [self._parsed(frame) for frame in pixels]

    def _parsed(self, frame: np.ndarray) -> Parsed:
        paints = np.array([PAINTS[name] for name in PARSING_CLASSES], np.int32)
        map = ((frame.astype(np.int32)[:, :, None] - paints) ** 2).sum(3).argmin(2).astype(np.uint8)
        points = np.full((17, 3), 0.01, np.float32)  # joints that are told, and nowhere
        rows, columns = np.nonzero(largest(map > 0))
        if ndimage.binary_erosion(map == VALUE["skin"], iterations=4).any():  # not a blend at an edge
            whole = np.nonzero(person().map)
            for axis, (here, there) in enumerate(((columns, whole[1]), (rows, whole[0]))):
                scale = (np.ptp(here) + 1) / (np.ptp(there) + 1)
                points[:, axis] = (JOINTS[:, axis] - there.min()) * scale + here.min()
            points[:, 2] = 1
        return Parsed(map, points)


def largest(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a mask."""
    marks, _ = ndimage.label(mask)
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    return marks == sizes.argmax() if sizes.any() else mask


def dresser() -> Dresser:
    """Networks that haven't learnt, small ones."""
    torch.manual_seed(0)
    shape, appearance = ShapeConfig(widths=(8, 8, 16, 16)), AppearanceConfig(6, (8, 8, 16, 16), 1)
    networks = ShapeNetwork(shape), AppearanceNetwork(appearance), PatchDiscriminator(len(PARSING_CLASSES), 3, 8)
    for network in networks:
        network.requires_grad_(False)
    return Dresser(*networks, "87654321")


def photo(path: Path, shown: Scene, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A scene as a file of some width and height, on a ground of its own colour; PNGs keep the paints."""
    scale = min(size[0] / WIDTH, size[1] / HEIGHT)
    figure = Image.fromarray(shown.pixels).resize(
        (round(WIDTH * scale), round(HEIGHT * scale)), Image.Resampling.NEAREST
    )
    ground = Image.new("RGB", size, PAINTS["background"])
    ground.paste(figure, ((size[0] - figure.width) // 2, (size[1] - figure.height) // 2))
    path.parent.mkdir(parents=True, exist_ok=True)
    ground.save(path)
    return path
