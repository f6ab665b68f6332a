"""Inspection of a data set: its contents and its problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from modiste.catalog.records import Catalog, Product, Rejected
from modiste.images import ImageError, image_hash, load_image
from modiste.types import Progress

_TOP = 12
"""Number of the most frequent values that are listed."""
_FIELDS = ("title", "description", "category", "gender", "colour", "price", "variant_of", "outfit_id")


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


def inspect_catalog(
    catalog: Catalog, layout: str, traps: tuple[str, ...] = (), progress: Progress | None = None
) -> Inspection:
    """Count the products and values of a catalogue, and decode every photo of it."""
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
        traps=traps,
        notes=catalog.notes,
    )


def with_photo(products: Iterable[Product]) -> list[Product]:
    """The products whose first photo can be read; each is opened."""
    candidates = list(products)
    with ThreadPoolExecutor() as threads:
        readable = threads.map(_is_readable, candidates)
        return [product for product, fine in zip(candidates, readable, strict=True) if fine]


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
