"""Fashion200k: photos whose captions differ in single words, and TIRG's queries about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from modiste.catalog.photos import is_photo
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Row
from modiste.catalog.table import gather
from modiste.errors import UsageError
from modiste.lab.datasets.triplets import (
    Protocol,
    Query,
    Triplet,
    TripletData,
    files_below,
    photos_of,
    published,
    read_lines,
)

QUERIES = "test_queries.txt"
_SUFFIX = "_detect_all.txt"

TRAIN_PHOTOS = 172_049
TEST_PHOTOS = 29_789
"""Lines of the published label files."""
TEST_QUESTIONS = 33_480
"""TIRG's."""

_Words = tuple[str, ...]


def read(source: Path) -> Catalog:
    """Read the photos of the label files as products; several show one product, and its number ties them together."""
    present = {path.relative_to(source).as_posix() for path in files_below(source) if is_photo(path)}
    products, rejected = gather(_rows(source / "labels"), lambda row: _product(row, source, present))
    return Catalog(source.resolve().name, products, rejected=rejected, licence=LAYOUT.licence)


def triplets(source: Path, seed: int = 0) -> TripletData:
    """Draw training triplets from captions that differ in one word, and read TIRG's queries where they are.

    Raises:
        UsageError: a file is damaged, or there are no photos.
    """
    catalog = read(source)
    photos = photos_of(catalog, source)
    captions: dict[str, dict[str, str]] = {"train": {}, "test": {}}
    for product in catalog.products:
        captions[str(product.attributes["part"])][product.id] = product.title
    protocol = Protocol("fashion200k test", tuple(captions["test"]), tuple(_queries(source, captions["test"])))
    counts = {
        "training photos": (len(captions["train"]), TRAIN_PHOTOS),
        f"photos of {protocol.name}": (len(protocol.gallery), TEST_PHOTOS),
        f"questions of {protocol.name}": (len(protocol.queries), TEST_QUESTIONS),
    }
    data = published(catalog, LAYOUT, photos, _draw_triplets(captions["train"], seed), [protocol], counts)
    if (source / QUERIES).is_file():
        return data
    note = f"{QUERIES} of TIRG is missing, without which nothing is asked; put it beside labels/"
    return replace(data, notes=(*data.notes, note))


def _draw_triplets(captions: Mapping[str, str], seed: int = 0) -> tuple[Triplet, ...]:
    """One triplet for every photo whose caption differs from another's in one word: "replace red with blue".

    There are too many such pairs to list, so published trainings draw anew in every epoch; so can yours, by the seed.

    Args:
        captions: of every photo, by its id.
    """
    random = Random(seed)
    showing: dict[_Words, list[str]] = defaultdict(list)
    for id, caption in captions.items():
        showing[tuple(caption.split())].append(id)
    # Captions by the rest of the words without one, then by that word.
    siblings: dict[_Words, dict[str, list[_Words]]] = defaultdict(lambda: defaultdict(list))
    for words in showing:
        for index, word in enumerate(words):
            siblings[_without(words, index)][word].append(words)
    triplets = []
    for id, caption in captions.items():
        words = tuple(caption.split())
        indices = [index for index in range(len(words)) if len(siblings[_without(words, index)]) > 1]
        if indices:
            index = random.choice(indices)
            others = siblings[_without(words, index)]
            new = next(word for word in random.sample(list(others), 2) if word != words[index])
            target = random.choice(showing[random.choice(others[new])])
            triplets.append(Triplet(id, target, (f"replace {words[index]} with {new}",)))
    return tuple(triplets)


def _without(words: _Words, index: int) -> _Words:
    return words[:index] + words[index + 1 :]


def _queries(source: Path, captions: Mapping[str, str]) -> Iterator[Query]:
    """TIRG's queries whose source is there, and at least one photo with the target's caption.

    Args:
        captions: of the test photos that are there, by their ids.
    """
    path = source / QUERIES
    if not path.is_file():
        return
    # A target whose photo is missing still gives the caption that is asked for.
    all_captions = {
        str(row["id"]): str(row["caption"]) for _, row in _rows(source / "labels") if not isinstance(row, BadRow)
    }
    showing: dict[str, list[str]] = defaultdict(list)
    for id, caption in captions.items():
        showing[caption].append(id)
    for number, line in enumerate(read_lines(path), 1):
        names = line.split()
        if len(names) not in (0, 2):
            raise UsageError(f"{path}, line {number} names {len(names)} photos instead of 2; download the file again")
        if names and names[0] in captions and names[1] in all_captions:
            targets = tuple(id for id in showing[all_captions[names[1]]] if id != names[0])
            if targets:
                yield Query(names[0], _difference(captions[names[0]], all_captions[names[1]]), targets)


def _difference(source: str, target: str) -> str:
    """Text of TIRG's query: the first word that the other caption lacks, or else the last, is replaced."""
    old, new = source.split(), target.split()
    removed = next((word for word in old if word not in new), old[-1])
    added = next((word for word in new if word not in old), new[-1])
    return f"replace {removed} with {added}"


def _rows(labels: Path) -> Iterator[tuple[str, Row | BadRow]]:
    for part in ("train", "test"):
        for path in sorted(labels.glob(f"*_{part}{_SUFFIX}")):
            kind = path.name.removesuffix(f"_{part}{_SUFFIX}")
            for number, line in enumerate(read_lines(path), 1):
                cells = [cell.strip() for cell in line.split("\t")]
                if len(cells) == 3:
                    row = {"id": cells[0], "caption": cells[2], "kind": kind, "part": part}
                    yield f"{path.name}, line {number}", row
                elif line:
                    reason = f"the line has {len(cells)} cells instead of 3; restore the publisher's line"
                    yield f"{path.name}, line {number}", BadRow(reason)


def _product(row: Row, source: Path, present: Collection[str]) -> Product:
    id = str(row["id"])
    if id not in present:
        raise BadRow(f"no photo {id} lies in the folder, or it is empty; unpack women.tar.gz there")
    folders = id.split("/")[:-1]
    style = {"style": folders[-2].replace("_", " ")} if len(folders) > 1 else {}
    return Product(
        id=id,
        images=(source / id,),
        title=str(row["caption"]),
        category=str(row["kind"]),
        gender="Women",
        variant_of=folders[-1] if folders else "",
        attributes={"part": str(row["part"]), **style},
    )


LAYOUT = Layout(
    name="fashion200k",
    files=f"labels/dress_train{_SUFFIX} and the like, the folder women/, and TIRG's {QUERIES} to ask its questions",
    licence="Labels under Apache-2.0; the photographs are those of shops, by way of Lyst: use them for research.",
    traps=(
        "results are on the cropped photos of women.tar.gz; the uncropped ones behind image_urls.txt give others",
        "a caption is that of a product, not of a photo: its photos show it from all sides, or a detail",
        "any photo with the target's caption is right, so that the number of right answers varies",
    ),
    detect=lambda source: any((source / "labels").glob(f"*{_SUFFIX}")),
    read=read,
)
