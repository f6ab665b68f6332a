"""Shoes: pairs of women's shoes of the Attribute Discovery set, and a sentence about each pair's difference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from modiste.catalog.photos import is_photo
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Row
from modiste.catalog.table import gather
from modiste.lab.datasets.triplets import (
    Protocol,
    Query,
    Triplet,
    TripletData,
    field,
    files_below,
    photos_of,
    published,
    read_json_list,
    read_lines,
    tidy,
)

CAPTIONS = "relative_captions_shoes.json"
_LISTS = {"train": "train_im_names.txt", "eval": "eval_im_names.txt"}

TRAIN_PHOTOS = 10_000
TRAIN_PAIRS = 8_990
EVAL_PAIRS = 1_761
EVAL_GALLERY = 4_658
"""Numbers that papers state."""
_NAMED_GALLERY = 4_642
"""Number of photos that the published list and its pairs name."""


def read(source: Path) -> Catalog:
    """Read the photos that the lists and the captions name as products; a quarter have a caption, which is the title.

    Raises:
        UsageError: a caption file or a list is damaged or missing.
    """
    photos: dict[str, Path] = {}
    for path in files_below(source):
        if is_photo(path):
            photos.setdefault(path.stem, path)
    titles: dict[str, str] = {}
    path = _base(source) / "captions_shoes.json"
    if path.is_file():
        for number, entry in enumerate(read_json_list(path), 1):
            at = f"{path}, entry {number}"
            titles[_id(field(entry, "ImageName", at))] = tidy(field(entry, "Caption", at))
    products, rejected = gather(_rows(_base(source)), lambda row: _product(row, photos, titles))
    return Catalog(source.resolve().name, products, rejected=rejected, licence=LAYOUT.licence)


def triplets(source: Path) -> TripletData:
    """Read the training triplets and the one protocol, whose gallery are the listed photos and those of its pairs.

    Raises:
        UsageError: a file is damaged or missing, or there are no photos.
    """
    catalog = read(source)
    photos = photos_of(catalog, source)
    parts = _parts(_base(source))
    pairs = [pair for pair in _pairs(_base(source)) if pair.source in photos and pair.target in photos]
    train = tuple(pair for pair in pairs if _part(pair, parts) == "train")
    evaluated = [pair for pair in pairs if _part(pair, parts) == "eval"]
    listed = [id for id, part in parts.items() if part == "eval" and id in photos]
    protocol = Protocol(
        "shoes eval",
        tuple(dict.fromkeys([*listed, *(id for pair in evaluated for id in (pair.source, pair.target))])),
        tuple(Query(pair.source, text, (pair.target,)) for pair in evaluated for text in pair.texts),
    )
    counts = {
        "training photos": (sum(part == "train" and id in photos for id, part in parts.items()), TRAIN_PHOTOS),
        "training triplets": (len(train), TRAIN_PAIRS),
        f"photos of {protocol.name}": (len(protocol.gallery), EVAL_GALLERY),
        f"questions of {protocol.name}": (len(protocol.queries), EVAL_PAIRS),
    }
    return published(catalog, LAYOUT, photos, train, [protocol], counts)


def _base(source: Path) -> Path:
    """Folder of the captions: the publisher keeps them in one of their own."""
    return source / "dataset" if (source / "dataset" / CAPTIONS).is_file() else source


def _parts(base: Path) -> dict[str, str]:
    """The part of each listed photo; one that is in both lists is for evaluation."""
    listed = {part: [_id(name) for name in read_lines(base / file) if name] for part, file in _LISTS.items()}
    return dict.fromkeys(listed["train"], "train") | dict.fromkeys(listed["eval"], "eval")


def _part(pair: Triplet, parts: Mapping[str, str]) -> str:
    """The part of a pair, of which only one photo may be listed; no pair with an evaluation photo is trained on."""
    either = {parts.get(pair.source), parts.get(pair.target)}
    return next((part for part in ("eval", "train") if part in either), "")


def _pairs(base: Path) -> Iterator[Triplet]:
    for number, entry in enumerate(read_json_list(base / CAPTIONS), 1):
        at = f"{base / CAPTIONS}, entry {number}"
        names = field(entry, "ReferenceImageName", at), field(entry, "ImageName", at)
        text = tidy(field(entry, "RelativeCaption", at))
        if text and names[0] != names[1]:
            yield Triplet(_id(names[0]), _id(names[1]), (text,))


def _rows(base: Path) -> Iterator[tuple[str, Row]]:
    parts = _parts(base)
    for id, part in parts.items():
        yield _LISTS[part], {"id": id, "part": part}
    in_pairs = dict.fromkeys(id for pair in _pairs(base) for id in (pair.source, pair.target))
    yield from ((CAPTIONS, {"id": id, "part": ""}) for id in in_pairs if id not in parts)


def _product(row: Row, photos: Mapping[str, Path], titles: Mapping[str, str]) -> Product:
    id, part = str(row["id"]), str(row["part"])
    if id not in photos:
        raise BadRow(f"no photo {id}.jpg lies below the folder, or it is empty; download it again")
    kind = re.fullmatch(r"img_womens_(.+)_\d+", id)
    return Product(
        id=id,
        images=(photos[id],),
        title=titles.get(id, ""),
        category=kind[1].replace("_", " ") if kind else "shoes",
        gender="Women",
        attributes={"part": part} if part else {},
    )


def _id(name: str) -> str:
    return name.removesuffix(".jpg")


LAYOUT = Layout(
    name="shoes",
    files=f"{CAPTIONS}, {' and '.join(_LISTS.values())}, and photos by their names anywhere below",
    licence="Captions under the MIT licence; the photographs state no terms: use them for research.",
    traps=(
        f"papers speak of {EVAL_GALLERY:,} photos to search among; the published list and its pairs name "
        f"{_NAMED_GALLERY:,}",
        "a question has one right answer, though several photos may fit it",
        'captions such as "is blue" hardly need the source',
    ),
    detect=lambda source: (_base(source) / CAPTIONS).is_file(),
    read=read,
)
