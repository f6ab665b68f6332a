"""Photos to learn parsing from: people with maps, people with tags and joints alone, and garments that lie alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.catalog.categories import CCP_CLASSES, PARSING_CLASSES, tryon_region
from modiste.catalog.readers import boutique
from modiste.catalog.records import Catalog, Product
from modiste.errors import UsageError
from modiste.images import SIZE as SMALL
from modiste.images import ImageError, load_image, load_mask
from modiste.lab import datasets
from modiste.lab.datasets import ccp
from modiste.lab.datasets.people import PersonPhoto, read_people
from modiste.lab.datasets.splits import PARTS, split_products
from modiste.parsing.garments import COVER, foreground
from modiste.types import Keypoints, Map

ON_MODELS: Mapping[str, frozenset[str]] = {
    "fashion-product-images": frozenset({"top", "bottom", "dress", "outer", "hat"})
}
"""Layout to the regions whose garments it often shows on people, of whom it has no maps."""
ALWAYS = ("background", "skin", "hair", "accessory")
"""Classes that a photo may show without a tag."""


@dataclass(frozen=True)
class Example:
    """One photo and what is known of it."""

    id: str
    image: Path
    read: Callable[[], Map] | None = None
    """Gives the map at the photo's size."""
    keypoints: Keypoints | None = None
    """Relative to the photo, as in `PersonPhoto`."""
    allowed: tuple[bool, ...] = (True,) * len(PARSING_CLASSES)
    """Classes that the photo may show."""
    alone: bool = False
    """A garment without a person: its joints are known to be nowhere."""


@dataclass(frozen=True)
class Examples:
    """One part of a split."""

    parsed: tuple[Example, ...]
    tagged: tuple[Example, ...]
    """People without maps."""
    alone: tuple[Example, ...]


@dataclass(frozen=True)
class Parts:
    """What some data sets have to learn from, to validate on and to test on."""

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
    licences: dict[str, None] = {}
    for source in data:
        if has_people(source):
            people = read_people(source)
            hashes[f"{people.name} people"], licences[people.licence] = people.split.hash, None
            allowed = _allowed(source)
            for part in parts:
                for photo in people.part(part):
                    kind = "parsed" if photo.map is not None else "tagged"
                    found[part][kind].append(_person(photo, allowed))
        if not ccp.LAYOUT.detect(source):
            catalog = datasets.read(source)
            split = split_products(catalog)
            hashes[catalog.name], licences[catalog.licence] = split.hash, None
            for part in parts:
                found[part]["alone"] += _alone(source, catalog, frozenset(getattr(split, part)), products)
    if not any(found[part]["parsed"] for part in parts):
        raise UsageError(
            f"{', '.join(map(str, data))} has no people with parsing maps; give Clothing Co-Parsing or a boutique that"
            " `modiste data make boutique --people` drew"
        )
    train, judge, test = (Examples(**{kind: tuple(some) for kind, some in found[part].items()}) for part in PARTS)
    return Parts(train, judge, test, hashes, tuple(filter(None, licences)))


def has_people(source: Path) -> bool:
    """Whether `read_people` knows what to do with a source."""
    return ccp.LAYOUT.detect(source) or (boutique.LAYOUT.detect(source) and (source / "people.csv").is_file())


def garment_class(category: str) -> str | None:
    """The parsing class of a product that is worn where it can be tried on.

    >>> garment_class("Midi Skirt"), garment_class("Jeans"), garment_class("Umbrella")
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


def _person(photo: PersonPhoto, allowed: Mapping[str, tuple[bool, ...]]) -> Example:
    read = photo.read_map if photo.map is not None else None
    anything = Example.allowed if read is not None else allowed.get(photo.id, Example.allowed)
    return Example(photo.id, photo.image, read, photo.keypoints, anything)


def _allowed(source: Path) -> dict[str, tuple[bool, ...]]:
    """The classes that each photo's tags allow, where a set has tags."""
    if not ccp.LAYOUT.detect(source):
        return {}
    told = {}
    for product in ccp.read(source).products:
        labels = str(product.attributes["tags"]).split(", ")
        names = {CCP_CLASSES[label] for label in labels if label in CCP_CLASSES} | set(ALWAYS)
        if len(names) > len(ALWAYS):
            told[product.id] = tuple(name in names for name in PARSING_CLASSES)
    return told


def _alone(source: Path, catalog: Catalog, ids: frozenset[str], products: int) -> list[Example]:
    """Garments that lie alone, the same number of each class as far as there are so many."""
    on_models = ON_MODELS.get(datasets.detect(source), frozenset())
    by_class: dict[str, list[Product]] = {}
    for product in catalog.products:
        name = garment_class(product.category)
        if name and product.id in ids and product.images and tryon_region(product.category) not in on_models:
            by_class.setdefault(name, []).append(product)
    found = []
    for name, some in sorted(by_class.items()):
        few = [some[at] for at in np.random.default_rng(len(some)).permutation(len(some))[:products]]
        found += [example for product in few if (example := _garment(source, product, name)) is not None]
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
    return Example(product.id, product.images[0], partial(_as_it_is, map), alone=True)


def _as_it_is(map: Map) -> Map:
    return map
