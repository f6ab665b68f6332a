"""Polyvore Outfits: what people wore together on a website, and two kinds of questions about it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modiste.catalog.categories import POLYVORE
from modiste.catalog.gather import gather
from modiste.catalog.photos import PhotoFinder
from modiste.catalog.readers.csv_table import split_line
from modiste.catalog.records import BadRow, Catalog, Layout, Outfit, Product, Rejected, Row
from modiste.errors import UsageError
from modiste.lab.datasets.outfits import Blank, Judged, OutfitData, entries, lines, shared_items, sift
from modiste.lab.datasets.triplets import unlike_published

METADATA = "polyvore_item_metadata.json"
CATEGORIES = "categories.csv"
BLANKS = "fill_in_blank_test.json"
JUDGED = "compatibility_test.txt"
FILES = {"train": "train.json", "judge": "valid.json", "test": "test.json"}
"""Part to the file with its outfits."""

PUBLISHED = {
    "nondisjoint": {"train": 53_306, "judge": 5_000, "test": 10_000},
    "disjoint": {"train": 16_995, "judge": 3_000, "test": 15_145},
}
"""Version to how many outfits each part has; the first version is read where none is named. Of every test outfit there
is one question with a blank, and it is judged beside another one that was drawn."""
PART_NAMES = {"train": "training", "judge": "validation", "test": "test"}

Item = Mapping[str, Any]
Names = Mapping[str, list[tuple[str, str]]]
"""Category id to its names, each with the outfit category that the publisher puts it in."""


@dataclass(frozen=True)
class _Worn:
    """An outfit as published."""

    id: str
    items: Mapping[str, str]
    """Index in the outfit to the item's id; questions name items by outfit and index."""


@dataclass(frozen=True)
class _Found:
    """What both kinds of reading need."""

    catalog: Catalog
    version: Path
    parts: Mapping[str, tuple[Outfit, ...]]
    tokens: Mapping[str, str]
    """How questions name an item, to its id; only of those that can be used."""


def read(source: Path) -> Catalog:
    """Read the items of one version's outfits as products, and the outfits of all its parts.

    Args:
        source: the folder of a version, or the folder that holds both, which means nondisjoint.

    Raises:
        UsageError: a file is missing or damaged.
    """
    return _find(source).catalog


def outfits(source: Path) -> OutfitData:
    """Read one version in its parts, with the questions of its test.

    A question that names an item which can't be used is left out whole, because a shorter one is another question.

    Raises:
        UsageError: a file is missing or damaged, or none of the items can be used.
    """
    found = _find(source)
    products, rejected = found.catalog.products, found.catalog.rejected
    if not products:
        reason = rejected[0].reason if rejected else "its files name none"
        raise UsageError(
            f"none of the items of {found.version} can be used ({reason}); "
            "the hosted copy keeps its photos in Parquet files: write them to images/ID.jpg"
        )
    asked, weighed = found.version / BLANKS, found.version / JUDGED
    blanks, unasked = sift(entries(asked) if asked.is_file() else (), lambda entry: _blank(entry, found.tokens))
    judged, unjudged = sift(lines(weighed) if weighed.is_file() else (), lambda line: _judged(line, found.tokens))
    notes = (*found.catalog.notes, *_question_notes(found.version.name, blanks, judged))
    return OutfitData(
        catalog=replace(found.catalog, rejected=(*rejected, *unasked, *unjudged), notes=notes),
        categories={product.id: POLYVORE[str(product.attributes["semantic_category"])] for product in products},
        train=found.parts["train"],
        judge=found.parts["judge"],
        test=found.parts["test"],
        blanks=blanks,
        judged=judged,
    )


def _find(source: Path) -> _Found:
    base, version = _places(source)
    worn, broken = _worn(version)
    metadata, names, finder = _metadata(base / METADATA), _names(base / CATEGORIES), PhotoFinder()

    def parse(row: Row) -> Product:
        return _product(str(row["id"]), metadata, names, base / "images", finder)

    products, rejected = gather(_rows(worn, version.name), parse)
    known = {product.id for product in products}
    parts = {part: tuple(_outfits(group, known)) for part, group in worn.items()}
    everything = [one for group in worn.values() for one in group]
    tokens = {f"{one.id}_{index}": id for one in everything for index, id in one.items.items() if id in known}
    harmed = sum(not known.issuperset(one.items.values()) for one in everything)
    catalog = Catalog(
        f"{LAYOUT.name}-{version.name}",
        products,
        tuple(outfit for part in parts.values() for outfit in part),
        rejected + broken,
        LAYOUT.licence,
        (*_lost(len(products), rejected, harmed), *_notes(version.name, parts)),
    )
    return _Found(catalog, version, parts, tokens)


def _places(source: Path) -> tuple[Path, Path]:
    """The folder of photos and metadata, and that of the version."""
    if not (source / FILES["train"]).is_file():
        return source, source / next(iter(PUBLISHED))
    version = source.absolute()  # `.` has a name and a parent too, and a link keeps its own
    return version if (version / METADATA).is_file() else version.parent, version


def _detect(source: Path) -> bool:
    return (_places(source)[0] / METADATA).is_file()


def _worn(version: Path) -> tuple[dict[str, tuple[_Worn, ...]], tuple[Rejected, ...]]:
    """The outfits of each part, and those that can't be read."""
    taken: set[str] = set()

    def parse(entry: object) -> _Worn:
        one = _one_worn(entry)
        if one.id in taken:
            raise BadRow(f'outfit "{one.id}" is there already; every outfit must be in one part, once')
        taken.add(one.id)
        return one

    parts: dict[str, tuple[_Worn, ...]] = {}
    broken: tuple[Rejected, ...] = ()
    for part, file in FILES.items():
        parts[part], bad = sift(entries(version / file), parse)
        broken += bad
    return parts, broken


def _one_worn(entry: object) -> _Worn:
    items = entry.get("items") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or "set_id" not in entry or not isinstance(items, list):
        raise BadRow('there is no "set_id" with a list of "items" here; download the file again')
    if not all(isinstance(item, dict) and {"item_id", "index"} <= item.keys() for item in items):
        raise BadRow(f'outfit {entry["set_id"]} has an item without "item_id" or "index"; download the file again')
    return _Worn(str(entry["set_id"]), {str(item["index"]): str(item["item_id"]) for item in items})


def _metadata(path: Path) -> Mapping[str, Item]:
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is damaged ({error}); download it again") from None
    if not isinstance(items, dict):
        raise UsageError(f"{path} holds a {type(items).__name__} where the published file has items by id; check it")
    return items


def _names(path: Path) -> Names:
    """The table has no header, ids more than once, and spaces at line ends."""
    names: dict[str, list[tuple[str, str]]] = {}
    if path.is_file():
        for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
            id, name, category = (cell.strip() for cell in (*split_line(line), "", "", "")[:3])
            names.setdefault(id, []).append((name, category))
    return names


def _rows(worn: Mapping[str, Iterable[_Worn]], version: str) -> Iterator[tuple[str, Row]]:
    """Each item once, where it is named first."""
    seen: set[str] = set()
    for part, group in worn.items():
        for one in group:
            for id in one.items.values():
                if id not in seen:
                    seen.add(id)
                    yield f"{version}/{FILES[part]}, outfit {one.id}", {"id": id}


def _product(id: str, metadata: Mapping[str, Item], names: Names, images: Path, finder: PhotoFinder) -> Product:
    item = metadata.get(id)
    if not isinstance(item, dict):
        raise BadRow(f"no item {id} in {METADATA}; download that file again")
    category, category_id = _text(item, "semantic_category").lower(), _text(item, "category_id")
    if category not in POLYVORE:
        raise BadRow(f'item {id} has the semantic_category "{category}", not one of {", ".join(POLYVORE)}; check it')
    photo = images / f"{id}.jpg"
    if not finder.exists(photo):
        raise BadRow(f"no image at {photo}; put it there or live without the item")
    return Product(
        id=id,
        images=(photo,),
        title=_text(item, "title") or _text(item, "url_name"),
        description=_text(item, "description"),
        category=_label(names.get(category_id, []), category),
        attributes={"semantic_category": category, "category_id": category_id},
    )


def _text(item: Item, field: str) -> str:
    value = item.get(field)
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _label(names: Collection[tuple[str, str]], category: str) -> str:
    """All that a category id is called ("tote/purse"), because any of it may be what the item is."""
    fitting = [name for name, of in names if of == category] or [name for name, _ in names]
    return "/".join(dict.fromkeys(filter(None, fitting))) or category


def _outfits(worn: Iterable[_Worn], known: Collection[str]) -> Iterator[Outfit]:
    """What is left of each outfit, as long as two items are: a single one says nothing of what goes together."""
    for one in worn:
        items = tuple(dict.fromkeys(id for id in one.items.values() if id in known))
        if len(items) > 1:
            yield Outfit(one.id, items)


def _blank(entry: object, tokens: Mapping[str, str]) -> Blank:
    question, answers = _listed(entry, "question"), _listed(entry, "answers")
    outfits = {_outfit_of(token) for token in question}
    right = [token for token in answers if _outfit_of(token) in outfits]
    if len(outfits) != 1 or len(right) != 1 or len(answers) < 2:
        raise BadRow(
            f"{len(right)} of {len(answers)} answers are of the {len(outfits)} outfits asked about, "
            "where one of several must be of one; download the file again"
        )
    ordered = [*right, *(token for token in answers if token != right[0])]
    return Blank(_ids(question, tokens), _ids(ordered, tokens))


def _judged(line: str, tokens: Mapping[str, str]) -> Judged:
    label, *named = line.split()
    if label not in ("0", "1") or not named:
        raise BadRow(f'"{line}" is no 0 or 1 with items behind it; download the file again')
    return Judged(_ids(named, tokens), label == "1")


def _listed(entry: object, field: str) -> list[str]:
    values = entry.get(field) if isinstance(entry, dict) else None
    if not isinstance(values, list):
        raise BadRow(f'there is no list under "{field}"; download the file again')
    return [str(value) for value in values]


def _outfit_of(token: str) -> str:
    return token.rpartition("_")[0]


def _ids(named: Iterable[str], tokens: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return tuple(tokens[token] for token in named)
    except KeyError as missing:
        raise BadRow(f"{missing.args[0]} is no item that can be used here; the question is left out") from None


def _lost(usable: int, rejected: Sequence[Rejected], harmed: int) -> tuple[str, ...]:
    if not rejected:
        return ()
    first, total = rejected[0], usable + len(rejected)
    note = f"{len(rejected):,} of {total:,} items can't be used, which {harmed:,} outfits lack"
    return (f"{note}; the first is named at {first.source}: {first.reason}",)


def _notes(version: str, parts: Mapping[str, tuple[Outfit, ...]]) -> tuple[str, ...]:
    published = PUBLISHED.get(version, {})
    counts = {f"{PART_NAMES[part]} outfits": (len(parts[part]), count) for part, count in published.items()}
    overlaps = (shared_items(parts[part], parts["train"], PART_NAMES[part]) for part in ("judge", "test"))
    return (*unlike_published(counts), *overlaps)


def _question_notes(version: str, blanks: Collection[Blank], judged: Collection[Judged]) -> tuple[str, ...]:
    asked = PUBLISHED.get(version, {}).get("test", 0)
    counts = {"questions with a blank": (len(blanks), asked), "judged outfits": (len(judged), 2 * asked)}
    unlike = unlike_published(counts) if asked else ()
    double = sum(blank.choices[0] in blank.choices[1:] for blank in blanks)
    note = f"{double:,} of {len(blanks):,} questions with a blank offer their right item twice"
    return (*unlike, note) if double else unlike


LAYOUT = Layout(
    name="polyvore-outfits",
    files=f"{METADATA}, {CATEGORIES}, images/, and nondisjoint/ or disjoint/ with {', '.join(FILES.values())}",
    licence=(
        "Its card says CC BY 4.0, but access is granted for academic and non-profit research only, and the authors own "
        "neither photographs nor texts: use them for research."
    ),
    traps=(
        "disjoint is not wholly so: the notes count the items that validation and test share with training",
        "some items are in very many outfits: report popularity-weighted negatives and the popularity baseline too",
        "nearly all questions offer four answers of one category, so training needs strangers of the same category",
        "nondisjoint is published with the right answer first: what scores all answers alike must not get the point",
        "a category id has several names, and cardigans are outerwear: outfit categories come from semantic_category",
    ),
    detect=_detect,
    read=read,
)
