"""Polyvore Outfits: outfits of a website's users, with fill-in-the-blank and compatibility questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from modiste.catalog.categories import OUTFIT_CATEGORIES
from modiste.catalog.photos import PhotoFinder
from modiste.catalog.readers.csv_table import split_line
from modiste.catalog.records import BadRow, Catalog, Layout, Outfit, Product, Rejected, Row
from modiste.catalog.table import gather
from modiste.errors import UsageError
from modiste.lab.datasets.outfits import Blank, OutfitData
from modiste.lab.datasets.triplets import read_json_list, read_lines, unlike_published

_METADATA = "polyvore_item_metadata.json"
CATEGORIES = "categories.csv"
_BLANKS = "fill_in_blank_test.json"
_JUDGED = "compatibility_test.txt"
_FILES = {"train": "train.json", "judge": "valid.json", "test": "test.json"}
"""Part to the file with its outfits."""

PUBLISHED = {
    "nondisjoint": {"train": 53_306, "judge": 5_000, "test": 10_000},
    "disjoint": {"train": 16_995, "judge": 3_000, "test": 15_145},
}
"""Version to the number of outfits in each part; the first version is read where none is named. For every test outfit
there are one question with a blank and two judged outfits: itself and one that was drawn."""
_PART_NAMES = {"train": "training", "judge": "validation", "test": "test"}

_Item = Mapping[str, Any]
_Entry = TypeVar("_Entry")
_Record = TypeVar("_Record")
_Names = Mapping[str, list[tuple[str, str]]]
"""Category id to its names, each with the outfit category that the publisher puts it in."""


@dataclass(frozen=True)
class _Worn:
    """An outfit as published."""

    id: str
    items: Mapping[str, str]
    """Index in the outfit to the item's id; questions name items by outfit and index."""


@dataclass(frozen=True)
class _Version:
    """One version of the data set, without its questions."""

    catalog: Catalog
    folder: Path
    parts: Mapping[str, tuple[Outfit, ...]]
    tokens: Mapping[str, str]
    """Name of an item in questions, to its id; only of those that can be used."""


def read(source: Path) -> Catalog:
    """Read the items of one version's outfits as products, and the outfits of all its parts.

    Args:
        source: the folder of a version, or the folder that holds both, which means nondisjoint.

    Raises:
        UsageError: a file is missing or damaged.
    """
    return _read(source).catalog


def outfits(source: Path) -> OutfitData:
    """Read one version in its parts, with the questions of its test.

    A question that names an item which can't be used is left out whole, because a shorter one is another question.

    Raises:
        UsageError: a file is missing or damaged, or none of the items can be used.
    """
    version = _read(source)
    products, rejected = version.catalog.products, version.catalog.rejected
    if not products:
        reason = rejected[0].reason if rejected else "its files name none"
        raise UsageError(
            f"none of the items of {version.folder} can be used ({reason}); "
            "the hosted copy keeps its photos in Parquet files: write them to images/ID.jpg"
        )
    blanks_file, judged_file = version.folder / _BLANKS, version.folder / _JUDGED
    blank_entries = _entries(blanks_file) if blanks_file.is_file() else ()
    judged_lines = _lines(judged_file) if judged_file.is_file() else ()
    blanks, bad_blanks = _sift(blank_entries, lambda entry: _blank(entry, version.tokens))
    judged, bad_judged = _sift(judged_lines, lambda line: _judged(line, version.tokens))
    notes = (*version.catalog.notes, *_question_notes(version.folder.name, blanks, judged))
    return OutfitData(
        catalog=replace(version.catalog, rejected=(*rejected, *bad_blanks, *bad_judged), notes=notes),
        categories={product.id: str(product.attributes["semantic_category"]) for product in products},
        train=version.parts["train"],
        judge=version.parts["judge"],
        test=version.parts["test"],
        blanks=blanks,
        judged=judged,
    )


def _read(source: Path) -> _Version:
    base, folder = _folders(source)
    worn, broken = _worn(folder)
    metadata, names, finder = _metadata(base / _METADATA), _names(base / CATEGORIES), PhotoFinder()

    def parse(row: Row) -> Product:
        return _product(str(row["id"]), metadata, names, base / "images", finder)

    products, rejected = gather(_rows(worn, folder.name), parse)
    known = {product.id for product in products}
    # A single item isn't an outfit: nothing goes together with it.
    usable = {
        part: [
            Outfit(outfit.id, tuple(dict.fromkeys(id for id in outfit.items.values() if id in known)))
            for outfit in group
        ]
        for part, group in worn.items()
    }
    parts = {part: tuple(outfit for outfit in group if len(outfit.items) > 1) for part, group in usable.items()}
    everything = [outfit for group in worn.values() for outfit in group]
    tokens = {f"{outfit.id}_{index}": id for outfit in everything for index, id in outfit.items.items() if id in known}
    incomplete = sum(not known.issuperset(outfit.items.values()) for outfit in everything)
    catalog = Catalog(
        f"{LAYOUT.name}-{folder.name}",
        products,
        tuple(outfit for part in parts.values() for outfit in part),
        rejected + broken,
        LAYOUT.licence,
        _notes(folder.name, parts, len(products), rejected, incomplete),
    )
    return _Version(catalog, folder, parts, tokens)


def _folders(source: Path) -> tuple[Path, Path]:
    """The folder of photos and metadata, and that of the version."""
    if not (source / _FILES["train"]).is_file():
        return source, source / next(iter(PUBLISHED))
    version = source.absolute()  # `.` has a name and a parent too, and a link keeps its own
    return version if (version / _METADATA).is_file() else version.parent, version


def _worn(folder: Path) -> tuple[dict[str, tuple[_Worn, ...]], tuple[Rejected, ...]]:
    """The outfits of each part, and those that can't be read."""
    taken: set[str] = set()

    def parse(entry: object) -> _Worn:
        items = entry.get("items") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or "set_id" not in entry or not isinstance(items, list):
            raise BadRow('there is no "set_id" with a list of "items" here; download the file again')
        if not all(isinstance(item, dict) and {"item_id", "index"} <= item.keys() for item in items):
            raise BadRow(f'outfit {entry["set_id"]} has an item without "item_id" or "index"; download the file again')
        outfit = _Worn(str(entry["set_id"]), {str(item["index"]): str(item["item_id"]) for item in items})
        if outfit.id in taken:
            raise BadRow(f'outfit "{outfit.id}" is there already; every outfit must be in one part, once')
        taken.add(outfit.id)
        return outfit

    parts: dict[str, tuple[_Worn, ...]] = {}
    broken: tuple[Rejected, ...] = ()
    for part, file in _FILES.items():
        parts[part], bad = _sift(_entries(folder / file), parse)
        broken += bad
    return parts, broken


def _metadata(path: Path) -> Mapping[str, _Item]:
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is damaged ({error}); download it again") from None
    if not isinstance(items, dict):
        raise UsageError(f"{path} holds a {type(items).__name__} where the published file has items by id; check it")
    return items


def _names(path: Path) -> _Names:
    """Read the table of categories, which has no header, ids more than once, and spaces at line ends."""
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
        for outfit in group:
            for id in outfit.items.values():
                if id not in seen:
                    seen.add(id)
                    yield f"{version}/{_FILES[part]}, outfit {outfit.id}", {"id": id}


def _product(id: str, metadata: Mapping[str, _Item], names: _Names, images: Path, finder: PhotoFinder) -> Product:
    item = metadata.get(id)
    if not isinstance(item, dict):
        raise BadRow(f"no item {id} in {_METADATA}; download that file again")
    category, category_id = _text(item, "semantic_category").lower(), _text(item, "category_id")
    if category not in OUTFIT_CATEGORIES:
        known = ", ".join(OUTFIT_CATEGORIES)
        raise BadRow(f'item {id} has the semantic_category "{category}", not one of {known}; check it')
    photo = images / f"{id}.jpg"
    if not finder.exists(photo):
        raise BadRow(f"no image at {photo}; put it there or live without the item")
    # All that a category id is called ("tote/purse"), because any of it may be what the item is.
    labels = names.get(category_id, [])
    fitting = [name for name, of in labels if of == category] or [name for name, _ in labels]
    return Product(
        id=id,
        images=(photo,),
        title=_text(item, "title") or _text(item, "url_name"),
        description=_text(item, "description"),
        category="/".join(dict.fromkeys(filter(None, fitting))) or category,
        attributes={"semantic_category": category, "category_id": category_id},
    )


def _text(item: _Item, field: str) -> str:
    value = item.get(field)
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _blank(entry: object, tokens: Mapping[str, str]) -> Blank:
    question, answers = _listed(entry, "question"), _listed(entry, "answers")
    outfits = {token.rpartition("_")[0] for token in question}
    right = [token for token in answers if token.rpartition("_")[0] in outfits]
    if len(outfits) != 1 or len(right) != 1 or len(answers) < 2:
        raise BadRow(
            f"{len(right)} of {len(answers)} answers are of the {len(outfits)} outfits asked about, "
            "where one of several must be of one; download the file again"
        )
    ordered = [*right, *(token for token in answers if token != right[0])]
    return Blank(_ids(question, tokens), _ids(ordered, tokens))


def _judged(line: str, tokens: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    label, *named = line.split()
    if label not in ("0", "1") or not named:
        raise BadRow(f'"{line}" is no 0 or 1 with items behind it; download the file again')
    return _ids(named, tokens), label == "1"


def _listed(entry: object, field: str) -> list[str]:
    values = entry.get(field) if isinstance(entry, dict) else None
    if not isinstance(values, list):
        raise BadRow(f'there is no list under "{field}"; download the file again')
    return [str(value) for value in values]


def _ids(named: Iterable[str], tokens: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return tuple(tokens[token] for token in named)
    except KeyError as missing:
        raise BadRow(f"{missing.args[0]} is no item that can be used here; the question is left out") from None


def _notes(
    version: str, parts: Mapping[str, tuple[Outfit, ...]], usable: int, rejected: Sequence[Rejected], incomplete: int
) -> tuple[str, ...]:
    """Notes on items that can't be used and outfits that lack them, on unlike counts and on items of several parts."""
    notes: tuple[str, ...] = ()
    if rejected:
        first, total = rejected[0], usable + len(rejected)
        note = f"{len(rejected):,} of {total:,} items can't be used, which {incomplete:,} outfits lack"
        notes = (f"{note}; the first is named at {first.source}: {first.reason}",)
    published = PUBLISHED.get(version, {})
    counts = {f"{_PART_NAMES[part]} outfits": (len(parts[part]), count) for part, count in published.items()}
    overlaps = (_shared_items(parts[part], parts["train"], _PART_NAMES[part]) for part in ("judge", "test"))
    return (*notes, *unlike_published(counts), *overlaps)


def _question_notes(version: str, blanks: Collection[Blank], judged: Collection[object]) -> tuple[str, ...]:
    asked = PUBLISHED.get(version, {}).get("test", 0)
    counts = {"questions with a blank": (len(blanks), asked), "judged outfits": (len(judged), 2 * asked)}
    unlike = unlike_published(counts) if asked else ()
    double = sum(blank.choices[0] in blank.choices[1:] for blank in blanks)
    note = f"{double:,} of {len(blanks):,} questions with a blank offer their right item twice"
    return (*unlike, note) if double else unlike


def _sift(
    entries: Iterable[tuple[str, _Entry]], parse: Callable[[_Entry], _Record]
) -> tuple[tuple[_Record, ...], tuple[Rejected, ...]]:
    """Records of a published file's entries, and the entries that can't be used.

    Args:
        entries: the source of each ("disjoint/test.json, entry 12"), and the entry.
        parse: makes a record of an entry, or raises `BadRow`.
    """
    records: list[_Record] = []
    rejected: list[Rejected] = []
    for source, entry in entries:
        try:
            records.append(parse(entry))
        except BadRow as bad:
            rejected.append(Rejected("", str(bad), source))
    return tuple(records), tuple(rejected)


def _entries(path: Path) -> Iterator[tuple[str, object]]:
    """The entries of a published JSON list, each with its source.

    Raises:
        UsageError: it is missing or damaged, or holds no list.
    """
    for number, entry in enumerate(read_json_list(path), 1):
        yield f"{path.parent.name}/{path.name}, entry {number}", entry


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a published text file that aren't empty, each with its source.

    Raises:
        UsageError: it can't be read.
    """
    for number, line in enumerate(read_lines(path), 1):
        if line:
            yield f"{path.parent.name}/{path.name}, line {number}", line


def _shared_items(asked: Iterable[Outfit], train: Iterable[Outfit], kind: str) -> str:
    """A note on the items of outfits in questions that training outfits have too.

    Args:
        kind: name of the outfits in questions.
    """
    items, training_items = ({item for outfit in outfits for item in outfit.items} for outfits in (asked, train))
    seen = len(items & training_items)
    return f"{seen:,} of the {len(items):,} items of {kind} outfits are in training outfits too"


LAYOUT = Layout(
    name="polyvore-outfits",
    files=f"{_METADATA}, {CATEGORIES}, images/, and nondisjoint/ or disjoint/ with {', '.join(_FILES.values())}",
    licence=(
        "Its card says CC BY 4.0, but access is granted for academic and non-profit research only, and the authors own "
        "neither photographs nor texts: use them for research."
    ),
    traps=(
        "disjoint is not wholly so: the notes count the items that validation and test share with training",
        "some items are in very many outfits: report popularity-weighted negatives and the popularity baseline too",
        "nearly all questions offer four answers of one category, so training needs negatives of the same category",
        "nondisjoint is published with the right answer first: what scores all answers alike must not get the point",
        "a category id has several names, and cardigans are outerwear: outfit categories come from semantic_category",
    ),
    detect=lambda source: (_folders(source)[0] / _METADATA).is_file(),
    read=read,
)
