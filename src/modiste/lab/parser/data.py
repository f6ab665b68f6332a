"""Photos to learn parsing from, and batches of them: framed, turned, flipped and in another light.

There are people with maps, people with tags and joints alone, and garments that lie alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES, tryon_region
from modiste.catalog.readers import boutique
from modiste.catalog.records import Catalog, Product
from modiste.errors import UsageError
from modiste.images import SIZE as SMALL
from modiste.images import ImageError, load_image, load_mask
from modiste.lab import datasets
from modiste.lab.datasets import ccp
from modiste.lab.datasets.people import read_people
from modiste.lab.datasets.splits import PARTS, split_products
from modiste.lab.parser.losses import IGNORED
from modiste.parsing.frame import COVER, MIRRORED, SIZE, Frame, foreground
from modiste.parsing.model import HEAT_STRIDE, MAP_STRIDE
from modiste.types import Keypoints, Map, Pixels

MAP_SIZE = (SIZE[0] // MAP_STRIDE, SIZE[1] // MAP_STRIDE)
HEAT_SIZE = (SIZE[0] // HEAT_STRIDE, SIZE[1] // HEAT_STRIDE)
SEEN = 0.5
"""Confidence under which a joint's position is unknown."""
SPREAD = 1.25
"""Standard deviation of a joint's position, in cells of the heat map."""
ON_MODELS: Mapping[str, frozenset[str]] = {
    "fashion-product-images": frozenset({"top", "bottom", "dress", "outer", "hat"})
}
"""Layout to the regions whose garments it often shows on people, of whom it has no maps."""
ALWAYS = ("background", "skin", "hair", "accessory")
"""Classes that a photo may show without a tag."""


@dataclass(frozen=True)
class Example:
    """One photo with its labels."""

    id: str
    image: Path
    read: Callable[[], Map] | None = None
    """Reads the map at the photo's size."""
    keypoints: Keypoints | None = None
    """Relative to the photo, as in `PersonPhoto`."""
    allowed: tuple[bool, ...] = (True,) * len(PARSING_CLASSES)
    """Classes that the photo may show."""
    alone: bool = False
    """A garment without a person: its joints are known to be out of sight."""


@dataclass(frozen=True)
class Examples:
    """One part of a split."""

    parsed: tuple[Example, ...]
    tagged: tuple[Example, ...]
    """People without maps."""
    alone: tuple[Example, ...]


@dataclass(frozen=True)
class Parts:
    """Examples of some data sets to learn from, to validate on and to test on."""

    train: Examples
    judge: Examples
    test: Examples
    hashes: Mapping[str, str]
    """Names of data sets to the hashes of their splits."""
    licences: tuple[str, ...]


def read_parts(data: Sequence[Path], products: int, parts: Sequence[str] = PARTS) -> Parts:
    """Read data sets of people and catalogues.

    Args:
        products: at most so many garments that lie alone are taken of each region, for each part.
        parts: the parts that are wanted; the others stay empty.

    Raises:
        UsageError: none of the sources has people.
    """
    found: dict[str, dict[str, list[Example]]] = {part: {"parsed": [], "tagged": [], "alone": []} for part in PARTS}
    hashes: dict[str, str] = {}
    licences: list[str] = []
    for source in data:
        if _has_people(source):
            people = read_people(source)
            hashes[f"{people.name} people"] = people.split.hash
            licences.append(people.licence)
            allowed = _allowed(source)
            for part in parts:
                for photo in people.part(part):
                    parsed = photo.map is not None
                    found[part]["parsed" if parsed else "tagged"].append(
                        Example(
                            photo.id, photo.image, photo.read_map if parsed else None, photo.keypoints,
                            Example.allowed if parsed else allowed.get(photo.id, Example.allowed),
                        )
                    )  # fmt: skip
        if not ccp.LAYOUT.detect(source):
            catalog = datasets.read(source)
            split = split_products(catalog)
            hashes[catalog.name] = split.hash
            licences.append(catalog.licence)
            for part in parts:
                found[part]["alone"] += _alone(source, catalog, frozenset(getattr(split, part)), products)
    if not any(found[part]["parsed"] for part in parts):
        raise UsageError(
            f"{', '.join(map(str, data))} has no people with parsing maps; give Clothing Co-Parsing or a boutique that"
            " `modiste data make boutique --people` drew"
        )
    train, judge, test = (
        Examples(**{kind: tuple(examples) for kind, examples in found[part].items()}) for part in PARTS
    )
    return Parts(train, judge, test, hashes, tuple(licences))


def _has_people(source: Path) -> bool:
    """True if `read_people` can read a source."""
    return ccp.LAYOUT.detect(source) or (boutique.LAYOUT.detect(source) and (source / "people.csv").is_file())


def _garment_class(category: str) -> str | None:
    """The parsing class of a product that is worn where it can be tried on.

    >>> _garment_class("Midi Skirt"), _garment_class("Jeans"), _garment_class("Umbrella")
    ('skirt', 'bottom', None)
    """
    region = tryon_region(category)
    return "skirt" if region == "bottom" and re.search(r"\b(skirts?|skorts?)\b", category.lower()) else region


def sized(example: Example, photo: Image.Image) -> Map:
    """The map at the size at which the photo was decoded; background where there is none."""
    map = example.read() if example.read is not None else np.zeros((1, 1), np.uint8)
    if map.shape == (photo.height, photo.width):
        return map
    return np.asarray(Image.fromarray(map).resize(photo.size, Image.Resampling.NEAREST))


def _allowed(source: Path) -> dict[str, tuple[bool, ...]]:
    """The classes that each photo's tags allow, where a set has tags."""
    if not ccp.LAYOUT.detect(source):
        return {}
    allowed = {}
    for product in ccp.read(source).products:
        labels = str(product.attributes["tags"]).split(", ")
        names = {ccp.CLASSES[label] for label in labels if label in ccp.CLASSES} | set(ALWAYS)
        if len(names) > len(ALWAYS):
            allowed[product.id] = tuple(name in names for name in PARSING_CLASSES)
    return allowed


def _alone(source: Path, catalog: Catalog, ids: frozenset[str], products: int) -> list[Example]:
    """Garments that lie alone, the same number of each class as far as there are so many."""
    on_models = ON_MODELS.get(datasets.detect(source), frozenset())
    by_class: dict[str, list[Product]] = {}
    for product in catalog.products:
        name = _garment_class(product.category)
        if name and product.id in ids and product.images and tryon_region(product.category) not in on_models:
            by_class.setdefault(name, []).append(product)
    found = []
    for name, candidates in sorted(by_class.items()):
        order = np.random.default_rng(len(candidates)).permutation(len(candidates))[:products]
        garments = [_garment(source, candidates[index], name) for index in order]
        found += [example for example in garments if example is not None]
    return found


def _garment(source: Path, product: Product, name: str) -> Example | None:
    drawn = source / "masks" / f"{product.id}.png"
    try:
        mask = load_mask(drawn) > 127 if drawn.is_file() else foreground(load_image(product.images[0], at_least=SMALL))
    except ImageError:
        return None
    if not COVER[0] < mask.mean() < COVER[1]:
        return None
    map = mask.astype(np.uint8) * np.uint8(PARSING_CLASSES.index(name))
    return Example(product.id, product.images[0], lambda: map, alone=True)


@dataclass(frozen=True)
class Augmentation:
    """Random changes to training photos."""

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
    """Training batch."""

    pixels: Tensor
    """Shape: (b, 256, 192, 3)."""
    map: Tensor
    """Indices in PARSING_CLASSES, or IGNORED. Shape: (b, 128, 96)."""
    allowed: Tensor
    """Classes that each photo may show. Shape: (b, 13)."""
    heat: Tensor
    """Shape: (b, 17, 64, 48)."""
    known: Tensor
    """1 for joints whose position, or absence, is known. Shape: (b, 17)."""


class _Sample(NamedTuple):
    """One example in one frame."""

    pixels: Pixels
    map: Map
    keypoints: Keypoints
    """In the frame's pixels; confidence -1 where the joint is unknown, 0 where it is out of sight."""


def draw_batch(examples: Sequence[Example], augmentation: Augmentation, random: np.random.Generator) -> Batch:
    """Augmented examples."""
    samples = [_augmented(example, augmentation, random) for example in examples]
    heat, known = targets(np.stack([sample.keypoints for sample in samples]))
    return Batch(
        torch.from_numpy(np.stack([sample.pixels for sample in samples])),
        torch.from_numpy(np.stack([sample.map for sample in samples]).astype(np.int64)),
        torch.tensor([example.allowed for example in examples]),
        torch.from_numpy(heat),
        torch.from_numpy(known),
    )


def _augmented(example: Example, augmentation: Augmentation, random: np.random.Generator) -> _Sample:
    """One example, framed and lit by chance."""
    photo = load_image(example.image, at_least=(SIZE[0] * 5 // 4, SIZE[1] * 5 // 4))
    frame = _frame(photo, example, augmentation, random)
    sample = _framed(photo, example, frame)
    if random.random() < 0.5:
        sample = _mirrored(sample)
    if example.read is not None and not example.alone and random.random() < augmentation.studio:
        sample = sample._replace(pixels=_before_backdrop(sample, random))
    if random.random() < 0.6:
        sample = _turned(sample, random.uniform(-augmentation.turn, augmentation.turn))
    return sample._replace(pixels=_relit(sample.pixels, random))


def _framed(photo: Image.Image, example: Example, frame: Frame) -> _Sample:
    """Cut an example to a frame."""
    if example.read is None:
        map = np.full(MAP_SIZE, IGNORED, np.uint8)
    else:
        map = frame.cut_map(sized(example, photo), MAP_SIZE)
    joints = np.zeros((len(KEYPOINTS), 3), np.float32)
    if example.keypoints is None:
        joints[:, 2] = 0 if example.alone else -1
    else:
        joints[:] = example.keypoints
        joints[:, :2] *= (photo.width, photo.height)
        joints = frame.to_frame(joints)
        joints[:, 2] = np.where(joints[:, 2] >= SEEN, 1, -1)
        joints[~_inside(joints), 2] = 0
    return _Sample(frame.cut(photo), map, joints)


def _mirrored(sample: _Sample) -> _Sample:
    """The same in a mirror: left is right, and joints change their names."""
    keypoints = sample.keypoints[list(MIRRORED)]
    keypoints[:, 0] = SIZE[1] - keypoints[:, 0]
    return _Sample(sample.pixels[:, ::-1].copy(), sample.map[:, ::-1].copy(), keypoints)


def targets(keypoints: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Target heat of each joint, which sums to 1, or to 0 where it is out of sight, and a mask of the known joints.

    Shape: (b, 17, 3) to (b, 17, 64, 48) and (b, 17).
    """
    cells = keypoints[..., :2] / HEAT_STRIDE - 0.5
    down, across = (
        np.exp(-0.5 * ((np.arange(size, dtype=np.float32) - cells[..., axis, None]) / SPREAD) ** 2)
        for size, axis in zip(HEAT_SIZE, (1, 0), strict=True)
    )
    heat = down[..., :, None] * across[..., None, :]
    seen = (keypoints[..., 2] > 0) & _inside(keypoints)
    share = heat * (seen / np.maximum(heat.sum((-2, -1)), 1e-6))[..., None, None]
    return share.astype(np.float32), (keypoints[..., 2] >= 0).astype(np.float32)


def _inside(keypoints: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mask of the joints that lie in the frame. Shape: (..., 3) to (...)."""
    x, y = keypoints[..., 0], keypoints[..., 1]
    return np.asarray((x >= 0) & (y >= 0) & (x < SIZE[1]) & (y < SIZE[0]))


def _frame(photo: Image.Image, example: Example, augmentation: Augmentation, random: np.random.Generator) -> Frame:
    """A frame around the person, or half a body, randomly zoomed and shifted."""
    whole = Frame.whole(photo)
    if example.keypoints is not None and random.random() < augmentation.part:
        points = example.keypoints[:, :2] * (photo.width, photo.height)
        half = points[:13] if random.random() < 0.5 else points[11:]  # nose to hips, or hips to ankles
        (left, top), (right, bottom) = half.min(0), half.max(0)
        whole = Frame.around((left, top, right, bottom), photo, margin=random.uniform(0.05, 0.2))
    zoom = np.exp(random.uniform(*np.log(augmentation.zoom)))
    if random.random() < 0.1:
        zoom = random.uniform(augmentation.far, augmentation.zoom[0])
    width, height = whole.width / zoom, whole.height / zoom
    shift = random.uniform(-augmentation.shift, augmentation.shift, 2) * (width, height)
    x, y = whole.left + whole.width / 2 + shift[0], whole.top + whole.height / 2 + shift[1]
    return Frame(x - width / 2, y - height / 2, width, height)


def _before_backdrop(sample: _Sample, random: np.random.Generator) -> Pixels:
    """The person before a wall of one colour, mostly a pale one."""
    person = Image.fromarray((sample.map != 0).astype(np.uint8) * 255).resize(SIZE[::-1], Image.Resampling.BILINEAR)
    share = np.asarray(person.filter(ImageFilter.BoxBlur(1)), np.float32)[..., None] / 255
    shade = random.uniform(190, 255) if random.random() < 0.8 else random.uniform(40, 190)
    wall = shade + random.normal(0, 5, 3) + np.linspace(0, random.normal(0, 10), SIZE[0])[:, None, None]
    return (sample.pixels * share + wall.clip(0, 255) * (1 - share)).round().astype(np.uint8)


def _turned(sample: _Sample, degrees: float) -> _Sample:
    """A sample turned about its middle; the corners get the background's colour."""
    fill = tuple(int(value) for value in np.median(sample.pixels[0], axis=0))
    pixels = Image.fromarray(sample.pixels).rotate(degrees, Image.Resampling.BILINEAR, fillcolor=fill)
    unknown = IGNORED if (sample.map == IGNORED).all() else 0
    map = Image.fromarray(sample.map).rotate(degrees, Image.Resampling.NEAREST, fillcolor=unknown)
    angle, middle = np.deg2rad(degrees), np.array([SIZE[1] / 2, SIZE[0] / 2], np.float32)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    keypoints = sample.keypoints.copy()
    keypoints[:, :2] = (keypoints[:, :2] - middle) @ turn.T + middle
    return _Sample(np.asarray(pixels), np.asarray(map), keypoints)


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
