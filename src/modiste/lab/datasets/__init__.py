"""Published data sets, read in their publishers' layouts into the records that every shop uses, and inspected."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from modiste.catalog import readers
from modiste.catalog.readers import NO_COLUMNS
from modiste.catalog.records import Catalog, Layout, Product, Rejected
from modiste.errors import UsageError
from modiste.images import ImageError, image_hash, load_image
from modiste.lab.datasets import ccp, fashion200k, fashion_iq, polyvore, shoes
from modiste.lab.datasets.outfits import OutfitData
from modiste.lab.datasets.triplets import TripletData
from modiste.types import Progress

__all__ = ["LAYOUTS", "OUTFITS", "TRIPLETS", "Inspection", "detect", "read"]

_Data = TypeVar("_Data")

LAYOUTS: Mapping[str, Layout] = {
    **{reader.LAYOUT.name: reader.LAYOUT for reader in (ccp, fashion_iq, fashion200k, shoes, polyvore)},
    **readers.LAYOUTS,  # tables come last, since other layouts hold some too
}
"""Layouts of published data sets and of shops."""
TRIPLETS: Mapping[str, Callable[[Path], TripletData]] = {
    reader.LAYOUT.name: reader.triplets for reader in (fashion_iq, fashion200k, shoes)
}
"""Layouts whose publishers give triplets, to their readers."""
OUTFITS: Mapping[str, Callable[[Path], OutfitData]] = {polyvore.LAYOUT.name: polyvore.outfits}
"""Layouts whose publishers give parts of outfits and questions about them, to their readers."""

_TOP = 12
"""Number of the most frequent values that are listed."""
_FIELDS = ("title", "description", "category", "gender", "colour", "price", "variant_of", "outfit_id")
detect = partial(readers.detect, layouts=LAYOUTS)
read = partial(readers.read, layouts=LAYOUTS)


@dataclass(frozen=True)
class Inspection:
    """A data set at a glance."""

    name: str
    layout: str
    products: int
    outfits: int
    photos: int
    coverage: Mapping[str, float]
    """Share of the products that have each field or attribute, 0-1."""
    categories: Mapping[str, int]
    """The most frequent ones and the number of their products, as the next two."""
    colours: Mapping[str, int]
    genders: Mapping[str, int]
    problems: tuple[Rejected, ...]
    """Rows that can't be used, and photos that can't be decoded."""
    repeats: tuple[tuple[str, ...], ...]
    """Ids of products whose first photos are the same to the byte."""
    licence: str
    traps: tuple[str, ...]
    """Known pitfalls of this layout."""
    notes: tuple[str, ...]
    """Assumptions of the reader."""


def read_triplets(source: Path) -> TripletData:
    """Read a data set whose publisher gives triplets.

    Raises:
        UsageError: it is in no such layout, a file is damaged, or there are no photos.
    """
    return _published(source, TRIPLETS, "triplets")


def read_outfits(source: Path) -> OutfitData:
    """Read a data set whose publisher gives parts of outfits and questions about them.

    Raises:
        UsageError: it is in no such layout, a file is damaged, or none of its items can be used.
    """
    return _published(source, OUTFITS, "published outfits")


def domain(data: Sequence[Path]) -> str:
    """The kind of pictures that networks know which learn from these data sets; `photos` where they are of several."""
    domains = {LAYOUTS[detect(source)].domain for source in data}
    return domains.pop() if len(domains) == 1 else Layout.domain


def check_names(catalogs: Sequence[Catalog]) -> None:
    """Refuse data sets of one name, because splits and colours are kept by name.

    Raises:
        UsageError: two have the same.
    """
    names = [catalog.name for catalog in catalogs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f'two data sets are called "{twice[0]}", as their files are; give one of them another name')


def with_photo(products: Iterable[Product]) -> list[Product]:
    """The products whose first photo can be read; each is opened."""
    candidates = list(products)
    with ThreadPoolExecutor() as threads:
        readable = threads.map(_is_readable, candidates)
        return [product for product, fine in zip(candidates, readable, strict=True) if fine]


def inspect(
    source: Path,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """Count and check the contents of a data set; every photo is decoded. The arguments are those of `read`.

    Args:
        progress: called with the number of products that are done, and of all.
    """
    layout = detect(source) if format == "auto" else format
    catalog = read(source, layout, columns, allow_downloads, encoding=encoding)
    products = catalog.products
    broken, repeats = _check_photos(products, progress)
    return Inspection(
        name=catalog.name,
        layout=layout,
        products=len(products),
        outfits=len(catalog.outfits),
        photos=sum(len(product.images) for product in products),
        coverage=_coverage(products),
        categories=_most_frequent(product.category for product in products),
        colours=_most_frequent(product.colour for product in products),
        genders=_most_frequent(product.gender for product in products),
        problems=catalog.rejected + broken,
        repeats=repeats,
        licence=catalog.licence,
        traps=LAYOUTS[layout].traps,
        notes=catalog.notes,
    )


def _published(source: Path, readers: Mapping[str, Callable[[Path], _Data]], content: str) -> _Data:
    for name, read_data in readers.items():
        if LAYOUTS[name].detect(source):
            return read_data(source)
    layouts = "; ".join(f"{name} ({LAYOUTS[name].files})" for name in readers)
    raise UsageError(f"{source} holds no {content}; give a folder in one of these layouts: {layouts}")


def _is_readable(product: Product) -> bool:
    try:
        load_image(product.images[0])
    except (ImageError, IndexError):
        return False
    return True


def _check_photos(
    products: tuple[Product, ...], progress: Progress | None
) -> tuple[tuple[Rejected, ...], tuple[tuple[str, ...], ...]]:
    broken: list[Rejected] = []
    same: dict[str, list[str]] = defaultdict(list)
    for done, product in enumerate(products, 1):
        for photo in product.images:
            try:
                load_image(photo)
            except ImageError as error:
                broken.append(Rejected(product.id, str(error), str(photo)))
                continue
            if photo == product.images[0]:
                same[image_hash(photo)].append(product.id)
        if progress:
            progress(done, len(products))
    return tuple(broken), tuple(tuple(ids) for ids in same.values() if len(ids) > 1)


def _coverage(products: tuple[Product, ...]) -> dict[str, float]:
    filled: Counter[str] = Counter()
    for product in products:
        filled.update(field for field in _FIELDS if getattr(product, field) not in ("", None))
        filled.update(product.attributes.keys())
    return {name: round(count / len(products), 4) for name, count in filled.most_common()}


def _most_frequent(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(value for value in values if value).most_common(_TOP))
