"""Shoes: women's shoes of the Attribute Discovery set in pairs, and a sentence about what sets the target apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from modiste.catalog.gather import gather
from modiste.catalog.photos import is_photo
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Row
from modiste.lab.datasets.triplets import (
    Protocol,
    Question,
    Triplet,
    TripletData,
    field,
    files_below,
    left_out,
    photos_of,
    read_json_list,
    read_lines,
    tidy,
    unlike_published,
)

CAPTIONS = "relative_captions_shoes.json"
LISTS = {"train": "train_im_names.txt", "eval": "eval_im_names.txt"}

TRAIN_PHOTOS = 10_000
TRAIN_PAIRS = 8_990
EVAL_PAIRS = 1_761
EVAL_GALLERY = 4_658
"""What papers say."""
NAMED_GALLERY = 4_642
"""The photos that the published list and its pairs name."""


def read(source: Path) -> Catalog:
    """Read the photos that the lists and the captions name as products; a quarter have a caption, which is the title.

    Raises:
        UsageError: a caption file or a list is damaged or missing.
    """
    photos: dict[str, Path] = {}
    for path in files_below(source):
        if is_photo(path):
            photos.setdefault(path.stem, path)
    titles = _titles(_base(source) / "captions_shoes.json")

    def parse(row: Row) -> Product:
        return _product(row, photos, titles)

    products, rejected = gather(_rows(_base(source)), parse)
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
    asked = [pair for pair in pairs if _part(pair, parts) == "eval"]
    listed = [id for id, part in parts.items() if part == "eval" and id in photos]
    protocol = Protocol(
        "shoes eval",
        tuple(dict.fromkeys([*listed, *(id for pair in asked for id in (pair.source, pair.target))])),
        tuple(Question(pair.source, text, (pair.target,)) for pair in asked for text in pair.texts),
    )
    counts = {
        "training photos": (sum(part == "train" and id in photos for id, part in parts.items()), TRAIN_PHOTOS),
        "training triplets": (len(train), TRAIN_PAIRS),
        f"photos of {protocol.name}": (len(protocol.gallery), EVAL_GALLERY),
        f"questions of {protocol.name}": (len(protocol.questions), EVAL_PAIRS),
    }
    protocols = (protocol,) if protocol.questions else ()
    notes = left_out(catalog) + unlike_published(counts)
    return TripletData(LAYOUT.name, photos, train, protocols, LAYOUT.licence, notes)


def _base(source: Path) -> Path:
    """Where the captions lie: the publisher keeps them in a folder of their own."""
    return source / "dataset" if (source / "dataset" / CAPTIONS).is_file() else source


def _parts(base: Path) -> dict[str, str]:
    """The part that each listed photo is in; one that is in both lists is for judging."""
    listed = {part: [_id(name) for name in read_lines(base / file) if name] for part, file in LISTS.items()}
    return dict.fromkeys(listed["train"], "train") | dict.fromkeys(listed["eval"], "eval")


def _part(pair: Triplet, parts: Mapping[str, str]) -> str:
    """The part of a pair of which only one photo may be listed; what is judged on is never trained on."""
    found = {parts.get(pair.source), parts.get(pair.target)}
    return next((part for part in ("eval", "train") if part in found), "")


def _pairs(base: Path) -> Iterator[Triplet]:
    for number, entry in enumerate(read_json_list(base / CAPTIONS), 1):
        place = f"{base / CAPTIONS}, entry {number}"
        names = field(entry, "ReferenceImageName", place), field(entry, "ImageName", place)
        text = tidy(field(entry, "RelativeCaption", place))
        if text and names[0] != names[1]:
            yield Triplet(_id(names[0]), _id(names[1]), (text,))


def _rows(base: Path) -> Iterator[tuple[str, Row]]:
    parts = _parts(base)
    for id, part in parts.items():
        yield LISTS[part], {"id": id, "part": part}
    told = dict.fromkeys(id for pair in _pairs(base) for id in (pair.source, pair.target))
    yield from ((CAPTIONS, {"id": id, "part": ""}) for id in told if id not in parts)


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


def _titles(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    entries = [(entry, f"{path}, entry {number}") for number, entry in enumerate(read_json_list(path), 1)]
    return {_id(field(entry, "ImageName", place)): tidy(field(entry, "Caption", place)) for entry, place in entries}


def _id(name: str) -> str:
    return name.removesuffix(".jpg")


def _detect(source: Path) -> bool:
    return (_base(source) / CAPTIONS).is_file()


LAYOUT = Layout(
    name="shoes",
    files=f"{CAPTIONS}, {' and '.join(LISTS.values())}, and photos by their names anywhere below",
    licence="Captions under the MIT licence; the photographs state no terms: use them for research.",
    traps=(
        f"papers speak of {EVAL_GALLERY:,} photos to search among; the published list and its pairs name "
        f"{NAMED_GALLERY:,}",
        "a question has one right answer, though several photos may fit it",
        'captions such as "is blue" hardly need the source',
    ),
    detect=_detect,
    read=read,
)
