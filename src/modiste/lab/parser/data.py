"""Examples as the network sees them in training: framed, turned, flipped and in another light."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from modiste.catalog.categories import KEYPOINTS
from modiste.images import load_image
from modiste.lab.parser.examples import Example, sized
from modiste.lab.parser.losses import IGNORED
from modiste.parsing.base import MIRRORED, SIZE
from modiste.parsing.frame import Frame
from modiste.parsing.model import HEAT_STRIDE, MAP_STRIDE
from modiste.types import Keypoints, Map, Pixels

MAP_SIZE = (SIZE[0] // MAP_STRIDE, SIZE[1] // MAP_STRIDE)
HEAT_SIZE = (SIZE[0] // HEAT_STRIDE, SIZE[1] // HEAT_STRIDE)
SEEN = 0.5
"""Confidence under which nobody knows where a joint is."""
SPREAD = 1.25
"""Standard deviation of a joint's place, in cells of the heat map."""


@dataclass(frozen=True)
class Augmentation:
    """How far training photos are from what was taken."""

    zoom: tuple[float, float] = (0.6, 1.4)
    far: float = 0.35
    """Smallest zoom of a few photos, for people who are small in theirs."""
    shift: float = 0.12
    """Of the frame, as a share of its size."""
    turn: float = 15.0
    """Degrees."""
    part: float = 0.3
    """Share of photos of which half a body is shown, as shops do."""
    studio: float = 0.15
    """Share of parsed people who are put before a plain backdrop."""


class Batch(NamedTuple):
    """What a step learns from."""

    pixels: Tensor
    """Shape: (b, 256, 192, 3)."""
    map: Tensor
    """Shape: (b, 128, 96)."""
    allowed: Tensor
    """Shape: (b, 13)."""
    heat: Tensor
    """Shape: (b, 17, 64, 48)."""
    known: Tensor
    """Shape: (b, 17)."""


class Sample(NamedTuple):
    """One example in one frame."""

    pixels: Pixels
    map: Map
    keypoints: Keypoints
    """In the frame's pixels; confidence -1 where nobody knows, 0 where the joint is out of sight."""


def draw_batch(examples: Sequence[Example], how: Augmentation, random: np.random.Generator) -> Batch:
    """Augmented examples."""
    samples = [augmented(example, how, random) for example in examples]
    heat, known = targets(np.stack([sample.keypoints for sample in samples]))
    return Batch(
        torch.from_numpy(np.stack([sample.pixels for sample in samples])),
        torch.from_numpy(np.stack([sample.map for sample in samples]).astype(np.int64)),
        torch.tensor([example.allowed for example in examples]),
        torch.from_numpy(heat),
        torch.from_numpy(known),
    )


def augmented(example: Example, how: Augmentation, random: np.random.Generator) -> Sample:
    """One example, framed and lit by chance."""
    photo = load_image(example.image, at_least=(SIZE[0] * 5 // 4, SIZE[1] * 5 // 4))
    frame = _frame(photo, example, how, random)
    sample = framed(photo, example, frame)
    if random.random() < 0.5:
        sample = mirrored(sample)
    if example.read is not None and not example.alone and random.random() < how.studio:
        sample = sample._replace(pixels=_before_backdrop(sample, random))
    if random.random() < 0.6:
        sample = _turned(sample, random.uniform(-how.turn, how.turn))
    return sample._replace(pixels=_relit(sample.pixels, random))


def framed(photo: Image.Image, example: Example, frame: Frame) -> Sample:
    """What a frame shows of an example."""
    if example.read is None:
        map = np.full(MAP_SIZE, IGNORED, np.uint8)
    else:
        map = frame.cut_map(sized(example, photo), MAP_SIZE)
    return Sample(frame.cut(photo), map, _joints(photo, example, frame))


def mirrored(sample: Sample) -> Sample:
    """The same in a mirror: left is right, and joints change their names."""
    keypoints = sample.keypoints[list(MIRRORED)]
    keypoints[:, 0] = SIZE[1] - keypoints[:, 0]
    return Sample(sample.pixels[:, ::-1].copy(), sample.map[:, ::-1].copy(), keypoints)


def targets(keypoints: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Shares of each joint's place that sum to 1, or to 0 where it is out of sight, and which joints are known.

    Shape: (b, 17, 3) to (b, 17, 64, 48) and (b, 17).
    """
    cells = keypoints[..., :2] / HEAT_STRIDE - 0.5
    down, across = (
        np.exp(-0.5 * ((np.arange(size, dtype=np.float32) - cells[..., axis, None]) / SPREAD) ** 2)
        for size, axis in zip(HEAT_SIZE, (1, 0), strict=True)
    )
    heat = down[..., :, None] * across[..., None, :]
    seen = (keypoints[..., 2] > 0) & inside(keypoints)
    share = heat * (seen / np.maximum(heat.sum((-2, -1)), 1e-6))[..., None, None]
    return share.astype(np.float32), (keypoints[..., 2] >= 0).astype(np.float32)


def inside(keypoints: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which joints lie in the frame. Shape: (..., 3) to (...)."""
    x, y = keypoints[..., 0], keypoints[..., 1]
    return np.asarray((x >= 0) & (y >= 0) & (x < SIZE[1]) & (y < SIZE[0]))


def _joints(photo: Image.Image, example: Example, frame: Frame) -> Keypoints:
    joints = np.zeros((len(KEYPOINTS), 3), np.float32)
    if example.keypoints is None:
        joints[:, 2] = 0 if example.alone else -1
        return joints
    joints[:] = example.keypoints
    joints[:, :2] *= (photo.width, photo.height)
    joints = frame.to_frame(joints)
    joints[:, 2] = np.where(joints[:, 2] >= SEEN, 1, -1)
    joints[~inside(joints), 2] = 0
    return joints


def _frame(photo: Image.Image, example: Example, how: Augmentation, random: np.random.Generator) -> Frame:
    whole = Frame.whole(photo)
    if example.keypoints is not None and random.random() < how.part:
        whole = _part(photo, example.keypoints, random)
    zoom = np.exp(random.uniform(*np.log(how.zoom)))
    if random.random() < 0.1:
        zoom = random.uniform(how.far, how.zoom[0])
    width, height = whole.width / zoom, whole.height / zoom
    shift = random.uniform(-how.shift, how.shift, 2) * (width, height)
    x, y = whole.left + whole.width / 2 + shift[0], whole.top + whole.height / 2 + shift[1]
    return Frame(x - width / 2, y - height / 2, width, height)


def _part(photo: Image.Image, keypoints: Keypoints, random: np.random.Generator) -> Frame:
    """A frame around the upper or the lower body."""
    points = keypoints[:, :2] * (photo.width, photo.height)
    some = points[:13] if random.random() < 0.5 else points[11:]  # nose to hips, or hips to ankles
    (left, top), (right, bottom) = some.min(0), some.max(0)
    return Frame.around((left, top, right, bottom), photo, margin=random.uniform(0.05, 0.2))


def _before_backdrop(sample: Sample, random: np.random.Generator) -> Pixels:
    """The person before a wall of one colour, mostly a pale one."""
    person = Image.fromarray((sample.map != 0).astype(np.uint8) * 255).resize(SIZE[::-1], Image.Resampling.BILINEAR)
    share = np.asarray(person.filter(ImageFilter.BoxBlur(1)), np.float32)[..., None] / 255
    shade = random.uniform(190, 255) if random.random() < 0.8 else random.uniform(40, 190)
    wall = shade + random.normal(0, 5, 3) + np.linspace(0, random.normal(0, 10), SIZE[0])[:, None, None]
    return (sample.pixels * share + wall.clip(0, 255) * (1 - share)).round().astype(np.uint8)


def _turned(sample: Sample, degrees: float) -> Sample:
    fill = tuple(int(value) for value in np.median(sample.pixels[0], axis=0))
    pixels = Image.fromarray(sample.pixels).rotate(degrees, Image.Resampling.BILINEAR, fillcolor=fill)
    unknown = IGNORED if (sample.map == IGNORED).all() else 0
    map = Image.fromarray(sample.map).rotate(degrees, Image.Resampling.NEAREST, fillcolor=unknown)
    angle, middle = np.deg2rad(degrees), np.array([SIZE[1] / 2, SIZE[0] / 2], np.float32)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    keypoints = sample.keypoints.copy()
    keypoints[:, :2] = (keypoints[:, :2] - middle) @ turn.T + middle
    return Sample(np.asarray(pixels), np.asarray(map), keypoints)


def _relit(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Another lamp and another camera."""
    light = pixels.astype(np.float32)
    mean = light.mean((0, 1), keepdims=True)
    light = (light - mean) * random.uniform(0.7, 1.3) + mean * random.uniform(0.75, 1.25)
    light *= random.normal(1, 0.05, 3).astype(np.float32)
    grey = light.mean(2, keepdims=True)
    light = grey + (light - grey) * random.uniform(0.6, 1.4)
    picture = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    if random.random() < 0.25:
        scale = random.uniform(1.2, 2.8)
        small = (round(SIZE[1] / scale), round(SIZE[0] / scale))
        picture = picture.resize(small, Image.Resampling.BILINEAR).resize(SIZE[::-1], Image.Resampling.BICUBIC)
    if random.random() < 0.25:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=int(random.integers(25, 80)))
        picture = Image.open(stream).convert("RGB")
    return np.asarray(picture)
