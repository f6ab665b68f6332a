"""Backgrounds of people: a studio, a wall with a floor, a street."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from modiste.boutique.drawing.light import CANVAS
from modiste.boutique.drawing.materials import mix
from modiste.colour import Rgb
from modiste.types import Floats

SCENES = ("studio", "studio", "gradient", "room", "room", "street", "street")
_WALLS: tuple[Rgb, ...] = ((236, 234, 230), (226, 229, 232), (238, 230, 222), (214, 206, 198), (196, 204, 206),
                           (222, 212, 214), (206, 214, 200), (180, 176, 172), (244, 243, 241))  # fmt: skip
_HOUSES: tuple[Rgb, ...] = ((178, 160, 144), (200, 190, 176), (150, 140, 136), (206, 176, 150), (168, 172, 176),
                            (188, 148, 128), (214, 206, 190))  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A background, all of which follows from its kind and seed."""

    kind: str
    seed: int


def draw_scene(scene: Scene, floor: float, size: tuple[int, int]) -> Floats:
    """The empty scene.

    Args:
        floor: height of the feet, in units of a drawing.
        size: height and width in pixels.

    Returns:
        Red, green and blue, 0 to 255. Shape: (height, width, 3).
    """
    rng = Random(f"scene {scene.seed}")
    height, width = 512, 384
    make = {"studio": _studio, "gradient": _gradient, "room": _room}.get(scene.kind, _street)
    grid = make(rng, min(floor, height + 60.0), (height, width))
    if size != (height, width):
        channels = [
            np.asarray(
                Image.fromarray(np.ascontiguousarray(grid[..., i])).resize((size[1], size[0]), Image.Resampling.BICUBIC)
            )
            for i in range(3)
        ]
        grid = np.stack(channels, -1)
    return np.asarray(np.clip(grid, 0, 255), np.float32)


def _studio(rng: Random, floor: float, size: tuple[int, int]) -> Floats:
    wall = np.array(rng.choice(_WALLS), np.float32)
    across, down = _axes(size)
    away = np.hypot((across - 0.44) * 0.75, down - 0.42)
    return np.asarray(wall * (1.03 - 0.14 * away)[..., None], np.float32)


def _gradient(rng: Random, floor: float, size: tuple[int, int]) -> Floats:
    one, other = (np.array(colour, np.float32) for colour in rng.sample(_WALLS, 2))
    across, down = _axes(size)
    tilt = rng.uniform(-0.4, 0.4)
    share = np.clip(down + tilt * (across - 0.5), 0, 1)[..., None]
    return np.asarray(one + (other * 0.9 - one) * share, np.float32)


def _room(rng: Random, floor: float, size: tuple[int, int]) -> Floats:
    wall = rng.choice(_WALLS)
    ground = np.array(mix(wall, rng.choice([(150, 112, 80), (120, 118, 120), (190, 180, 170)]), 0.55), np.float32)
    grid = _studio(Random(rng.random()), floor, size) * 0 + np.array(wall, np.float32)
    across, down = _axes(size)
    grid = grid * (1.02 - 0.10 * np.hypot(across - 0.4, down - 0.3))[..., None]
    edge = floor - rng.uniform(26, 60)
    rows = np.arange(size[0], dtype=np.float32)
    under = np.clip((rows - edge) / 2 + 0.5, 0, 1)[:, None, None]
    near = (0.86 + 0.16 * np.clip((rows - edge) / 120, 0, 1))[:, None, None]
    grid = grid * (1 - under) + ground * near * under
    skirting = (np.exp(-(((rows - edge + 3) / 3.2) ** 2)) * rng.choice([-0.12, 0.0, 0.1]))[:, None, None]
    return np.asarray(grid * (1 + skirting), np.float32)


def _street(rng: Random, floor: float, size: tuple[int, int]) -> Floats:
    """Houses, a pavement, all out of focus."""
    picture = Image.new("RGB", (size[1], size[0]), rng.choice([(206, 218, 228), (226, 228, 230), (214, 222, 226)]))
    pen = ImageDraw.Draw(picture)
    edge, x = floor - rng.uniform(40, 80), -rng.uniform(0, 60)
    while x < CANVAS[0]:
        wide, colour = rng.uniform(70, 150), rng.choice(_HOUSES)
        roof = rng.uniform(-60, 150)
        pen.rectangle((x, roof, x + wide, edge), fill=colour)
        _windows(pen, rng, (x, roof, wide, edge), colour)
        x += wide
    pen.rectangle((0, edge, CANVAS[0], 1000), fill=rng.choice([(160, 158, 156), (182, 178, 172), (140, 142, 146)]))
    pen.rectangle((0, edge, CANVAS[0], edge + 5), fill=(126, 124, 122))
    if rng.random() < 0.5:
        green, at = (
            rng.choice([(112, 136, 98), (128, 144, 104)]),
            rng.choice([rng.uniform(-10, 70), rng.uniform(310, 390)]),
        )
        pen.rectangle((at - 4, edge - 150, at + 4, edge), fill=(104, 88, 74))
        pen.ellipse((at - 62, edge - 290, at + 62, edge - 120), fill=green)
    blurred = picture.filter(ImageFilter.GaussianBlur(rng.uniform(2.0, 6.0)))
    return np.asarray(blurred, np.float32) * np.float32(rng.uniform(0.92, 1.06))


def _windows(pen: ImageDraw.ImageDraw, rng: Random, house: tuple[float, float, float, float], colour: Rgb) -> None:
    x, roof, wide, edge = house
    pane = mix(colour, rng.choice([(70, 84, 96), (224, 214, 180), (96, 104, 108)]), 0.6)
    columns, step = max(1, int(wide // 36)), rng.uniform(52, 74)
    y = roof + 24
    while y + 36 < edge - 12:
        for column in range(columns):
            left = x + wide * (column + 0.5) / columns - 10
            pen.rectangle((left, y, left + 20, y + 34), fill=pane)
        y += step


def _axes(size: tuple[int, int]) -> tuple[Floats, Floats]:
    height, width = size
    return (
        np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32)[None, :], size),
        np.broadcast_to(np.linspace(0, 1, height, dtype=np.float32)[:, None], size),
    )
