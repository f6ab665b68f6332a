"""FashionIQ: pairs of dresses, men's shirts and women's tops, and two sentences about each pair's difference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from modiste.catalog.photos import is_photo
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Row
from modiste.catalog.table import gather
from modiste.errors import UsageError
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
    tidy,
)

KINDS = {"dress": ("dress", "Women"), "shirt": ("shirt", "Men"), "toptee": ("top", "Women")}
"""The publisher's name of each third, to its category and gender."""
PARTS = ("train", "val", "test")

TRAIN_PAIRS = {"dress": 5_985, "shirt": 5_988, "toptee": 6_027}
VAL_PAIRS = {"dress": 2_017, "shirt": 2_038, "toptee": 1_961}
OFFICIAL_GALLERY = {"dress": 3_817, "shirt": 6_346, "toptee": 5_373}
"""Photos of the published validation splits."""
VAL_GALLERY = {"dress": 2_628, "shirt": 3_089, "toptee": 2_902}
"""Photos of the published validation pairs, which are VAL's gallery."""


def read(source: Path) -> Catalog:
    """Read every photo that a split or a caption names as a product; its title is its tags, where they were fetched.

    Raises:
        UsageError: a caption file or a split is damaged.
    """
    photos: dict[str, Path] = {}
    tags: dict[str, str] = {}
    for path in files_below(source):
        if is_photo(path):
            photos.setdefault(path.stem, path)
        elif path.match("asin2attr.*.json"):
            try:  # id to groups of tags
                tagged = json.loads(path.read_text(encoding="utf-8"))
                tags |= {id: ", ".join(word for group in groups for word in group) for id, groups in tagged.items()}
            except (ValueError, AttributeError, TypeError):
                raise UsageError(f"{path} is no file of tags of this set; download it again, or remove it") from None
    products, rejected = gather(_rows(source), lambda row: _product(row, photos, tags))
    return Catalog(source.resolve().name, products, rejected=rejected, licence=LAYOUT.licence)


def triplets(source: Path) -> TripletData:
    """Read the training triplets of all three kinds, and two protocols for each.

    Among the official gallery one query joins both sentences, as is done today; among VAL's gallery each sentence is
    a query. The source is no answer in either, though some numbers on the official gallery leave it in.

    Raises:
        UsageError: a file is damaged, or there are no photos.
    """
    catalog = read(source)
    photos = photos_of(catalog, source)
    train: list[Triplet] = []
    protocols: list[Protocol] = []
    counts: dict[str, tuple[int, int]] = {}
    for kind in KINDS:
        pairs = _pairs(source, kind, "train", photos)
        counts[f"{kind} training triplets"] = len(pairs), TRAIN_PAIRS[kind]
        for pair in pairs:  # both sentences alone and joined, either first
            texts = (*pair.texts, _joined(pair.texts), _joined(pair.texts[::-1]))
            train.append(replace(pair, texts=tuple(dict.fromkeys(texts))))
        for protocol, gallery, questions in _protocols(source, kind, photos):
            counts[f"photos of {protocol.name}"] = len(protocol.gallery), gallery
            counts[f"questions of {protocol.name}"] = len(protocol.queries), questions
            protocols.append(protocol)
    return published(catalog, LAYOUT, photos, train, protocols, counts)


def _protocols(source: Path, kind: str, photos: Mapping[str, Path]) -> Iterator[tuple[Protocol, int, int]]:
    """Each protocol, and the published numbers of its photos and queries."""
    pairs = _pairs(source, kind, "val", photos)
    official = tuple(id for id in dict.fromkeys(_split(source, kind, "val")) if id in photos)
    gallery = set(official)
    joined = tuple(Query(pair.source, _joined(pair.texts), (pair.target,)) for pair in pairs if pair.target in gallery)
    name = f"fashion-iq {kind} val (official gallery)"
    yield Protocol(name, official, joined), OFFICIAL_GALLERY[kind], VAL_PAIRS[kind]
    union = tuple(sorted({id for pair in pairs for id in (pair.source, pair.target)}))
    alone = tuple(Query(pair.source, text, (pair.target,)) for pair in pairs for text in pair.texts)
    name = f"fashion-iq {kind} val (VAL gallery: union of sources and targets)"
    yield Protocol(name, union, alone), VAL_GALLERY[kind], 2 * VAL_PAIRS[kind]


def _pairs(source: Path, kind: str, part: str, photos: Mapping[str, Path]) -> list[Triplet]:
    """The pairs of a caption file that have two photos and a sentence, with their sentences one by one."""
    pairs = []
    for entry, at in _captions(source, kind, part):
        texts = entry.get("captions") if isinstance(entry, dict) else None
        if not isinstance(texts, list):
            raise UsageError(f'{at} has no list under "captions"; download the file again')
        sentences = tuple(text for text in (tidy(str(text)) for text in texts) if text)
        pair = Triplet(field(entry, "candidate", at), field(entry, "target", at), sentences)
        if pair.texts and pair.source != pair.target and pair.source in photos and pair.target in photos:
            pairs.append(pair)
    return pairs


def _joined(texts: tuple[str, ...]) -> str:
    return " and ".join(texts)


def _rows(source: Path) -> Iterator[tuple[str, Row]]:
    seen: set[str] = set()
    for kind in KINDS:
        for part in PARTS:
            for id, at in _named(source, kind, part):
                # A product may be in two thirds, and every one is in a split and in captions.
                if id not in seen:
                    seen.add(id)
                    yield at, {"id": id, "kind": kind, "part": part}


def _named(source: Path, kind: str, part: str) -> Iterator[tuple[str, str]]:
    """Every id that a split or a caption file names, and the file."""
    for id in _split(source, kind, part):
        yield id, f"split.{kind}.{part}.json"
    for entry, at in _captions(source, kind, part):
        yield field(entry, "candidate", at), at
        if part != "test":  # whose targets are not published
            yield field(entry, "target", at), at


def _product(row: Row, photos: Mapping[str, Path], tags: Mapping[str, str]) -> Product:
    id = str(row["id"])
    if id not in photos:
        raise BadRow(f"no photo {id} lies below the folder, or it is empty; download it again")
    category, gender = KINDS[str(row["kind"])]
    return Product(
        id=id,
        images=(photos[id],),
        title=tags.get(id, ""),
        category=category,
        gender=gender,
        attributes={"part": str(row["part"])},
    )


def _captions(source: Path, kind: str, part: str) -> Iterator[tuple[object, str]]:
    path = source / "captions" / f"cap.{kind}.{part}.json"
    if path.is_file():
        yield from ((entry, f"{path}, entry {number}") for number, entry in enumerate(read_json_list(path), 1))


def _split(source: Path, kind: str, part: str) -> list[str]:
    path = source / "image_splits" / f"split.{kind}.{part}.json"
    return [str(id) for id in read_json_list(path)] if path.is_file() else []


LAYOUT = Layout(
    name="fashion-iq",
    files="captions/cap.dress.val.json and the like, image_splits/, and photos by their ids anywhere below",
    licence="Captions under a CDLA licence (which is not said); the photographs are Amazon's: use them for research.",
    traps=(
        "many of the published photo links are dead: numbers on what is left are no published numbers",
        "the gallery (official, or sources and targets alone), the question (one sentence or both) and whether the "
        "source may be an answer each change the number",
        "some photos are a brand's logo, and some captions describe it",
        "a question has one right answer, though several photos may fit it",
    ),
    detect=lambda source: any(
        (source / "captions" / f"cap.{kind}.{part}.json").is_file() for kind in KINDS for part in PARTS
    ),
    read=read,
)
