"""Photos of dressed people, with parsing maps and keypoints where a set has them, and swaps with a true result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.catalog.readers import boutique
from modiste.catalog.readers.csv_table import read_rows
from modiste.catalog.records import BadRow
from modiste.errors import UsageError
from modiste.images import ImageError, load_image, load_mask
from modiste.lab.datasets import ccp
from modiste.lab.datasets.splits import Split, split_groups
from modiste.types import Keypoints, Map

_ROLES = ("photo", "truth")
_MEDIAPIPE = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Indices of COCO's 17 keypoints among MediaPipe's 33."""
_ALIKE = 51
"""Bits of 256 in which fingerprints may differ and still be one picture: of the near-duplicates in Clothing Co-Parsing
the farthest are 50 apart, and the nearest other photos 52."""


@dataclass(frozen=True)
class PersonPhoto:
    """One photo of one person."""

    id: str
    image: Path
    person: str
    """Photos of one person stay in one part of a split."""
    map: Path | None = None
    """File of its parsing map."""
    keypoints: Keypoints | None = None
    """x and y relative to width and height, and confidence 0-1, in the order of KEYPOINTS. Shape: (17, 3)."""
    worn: Mapping[str, str] = field(default_factory=dict)
    """Region to the id of the product worn there, as far as known."""
    role: str = "photo"
    """`truth` is the true result of a swap, and not for training."""

    def read_map(self) -> Map:
        """Read the map, indices in PARSING_CLASSES at the photo's own size. Shape: (height, width).

        Raises:
            UsageError: the photo has no map, or the file is none.
        """
        if self.map is None:
            raise UsageError(f"photo {self.id} has no parsing map; choose one that has")
        if self.map.suffix == ".mat":
            return ccp.read_map(self.map)
        try:
            values = load_mask(self.map)
        except ImageError as error:
            raise UsageError(f"the map {self.map} can't be read ({error}); draw the boutique again") from None
        if values.max(initial=0) >= len(PARSING_CLASSES):
            last = len(PARSING_CLASSES) - 1
            raise UsageError(f"{self.map} has the value {values.max()}; parsing classes go to {last}")
        return values


@dataclass(frozen=True)
class Swap:
    """A photo of a person, garments to dress them in, and the true photo of them in these."""

    query: str
    truth: str
    garments: Mapping[str, str]
    """Region to a photo of the garment on another person, or to a product."""


@dataclass(frozen=True)
class People:
    """The photos of people in a data set."""

    name: str
    photos: tuple[PersonPhoto, ...]
    split: Split
    """Of the photos that are no truths, by id."""
    swaps: tuple[Swap, ...] = ()
    products: Mapping[str, Path] = field(default_factory=dict)
    """The product photos that swaps name."""
    licence: str = ""

    def part(self, name: str) -> tuple[PersonPhoto, ...]:
        """The photos of `train`, `judge` or `test`, without truths."""
        ids = frozenset(getattr(self.split, name))
        return tuple(photo for photo in self.photos if photo.id in ids)


def read_people(source: Path, unseen: bool = False) -> People:
    """Read Clothing Co-Parsing or a drawn boutique with people.

    They are split into 70% train, 15% judge and 15% test, by person and near-identical picture.

    Args:
        unseen: all are of the test part.

    Raises:
        UsageError: the source has no people, or a table is damaged.
    """
    if ccp.LAYOUT.detect(source):
        people = _from_ccp(source)
    elif boutique.LAYOUT.detect(source) and (source / "people.csv").is_file():
        people = _from_boutique(source)
    else:
        raise UsageError(
            f"{source} has no photos of people; give Clothing Co-Parsing or a folder that"
            " `modiste data make boutique --people` drew"
        )
    if not unseen:
        return people
    ids = tuple(sorted(photo.id for photo in people.photos if photo.role == "photo"))
    return replace(people, split=Split((), (), ids))


def _from_ccp(source: Path) -> People:
    catalog = ccp.read(source)
    skeletons = _skeletons(source / "pose_mediapipe33.json")
    pixels = source / "annotations" / "pixel-level"
    photos = tuple(
        PersonPhoto(
            id=product.id,
            image=product.images[0],
            person=product.id,
            map=pixels / f"{product.id}.mat" if product.attributes["parsed"] else None,
            keypoints=skeletons.get(product.id),
        )
        for product in catalog.products
    )
    # Ids that stay together: consecutive numbers are often of one street and day.
    group = {photo.id: f"{int(photo.id) // 50}" if photo.id.isdigit() else photo.id for photo in photos}
    for pair in _near_duplicates([photo.image for photo in photos]):
        stays, moves = (group[photos[index].id] for index in pair)
        group = {id: stays if name == moves else name for id, name in group.items()}
    groups: dict[str, list[str]] = {}
    for id, name in group.items():
        groups.setdefault(name, []).append(id)
    return People(catalog.name, photos, split_groups(list(groups.values())), licence=catalog.licence)


def _skeletons(path: Path) -> dict[str, Keypoints]:
    if not path.is_file():
        return {}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {id: np.array(points, np.float32)[_MEDIAPIPE, :][:, (0, 1, 3)] for id, points in table.items() if points}
    except (ValueError, AttributeError, IndexError):
        raise UsageError(f"{path} is no table of 33 keypoints a photo; download it again, or remove it") from None


def _near_duplicates(images: Sequence[Path]) -> list[list[int]]:
    """Pairs of indices of photos that show one picture, by a fingerprint of differences in brightness along rows."""
    prints = np.stack([_fingerprint(image) for image in images]).astype(np.float32)
    apart = prints.sum(1)[:, None] + prints.sum(1)[None] - 2 * prints @ prints.T
    pairs = np.argwhere(np.triu(apart <= _ALIKE, 1))
    return [[int(first), int(second)] for first, second in pairs]


def _fingerprint(image: Path) -> NDArray[np.bool_]:
    grey = load_image(image, at_least=(16, 17)).convert("L").resize((17, 16), Image.Resampling.BOX)
    values = np.asarray(grey, np.int16)
    return np.asarray(values[:, 1:] > values[:, :-1]).ravel()


def _from_boutique(source: Path) -> People:
    catalog = boutique.LAYOUT.read(source)
    try:
        keypoints = json.loads((source / "keypoints.json").read_text(encoding="utf-8"))
        photos = tuple(_drawn(source, row, keypoints) for row in _rows(source / "people.csv"))
        swaps = tuple(
            Swap(row["query"], row["truth"], json.loads(row["garments"])) for row in _rows(source / "swaps.csv")
        )
    except (ValueError, KeyError, TypeError, OSError):
        raise UsageError(f"the people of {source} are damaged; draw the boutique again") from None
    persons: dict[str, list[str]] = {}
    for photo in photos:
        if photo.role == "photo":
            persons.setdefault(photo.person, []).append(photo.id)
    products = {product.id: product.images[0] for product in catalog.products}
    return People(catalog.name, photos, split_groups(list(persons.values())), swaps, products, catalog.licence)


def _rows(table: Path) -> list[dict[str, str]]:
    if not table.is_file():
        return []
    rows = [row for _, row in read_rows(table, set(), "draw the boutique again")]
    if any(isinstance(row, BadRow) for row in rows):
        raise ValueError(f"{table.name} has a row that can't be read")
    return [row for row in rows if not isinstance(row, BadRow)]


def _drawn(source: Path, row: Mapping[str, str], keypoints: Mapping[str, object]) -> PersonPhoto:
    points = np.array(keypoints[row["photo"]], np.float32).reshape(len(KEYPOINTS), 3)
    if row["role"] not in _ROLES:
        raise ValueError(row["role"])
    return PersonPhoto(
        row["photo"], source / row["image"], row["person"], source / row["map"], points, json.loads(row["worn"]),
        row["role"],
    )  # fmt: skip
