"""A shop's table, whatever file it came from, and the products that its rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from modiste.catalog import values
from modiste.catalog.columns import Columns, match_columns
from modiste.catalog.downloads import download_all
from modiste.catalog.gather import BadRow, Row, gather
from modiste.catalog.photo_names import is_url, photo_names
from modiste.catalog.photos import PhotoFinder
from modiste.catalog.records import Catalog, Outfit, Product, Value

Rows = list[tuple[str, Row | BadRow]]
"""Where each row stands, and the row, or why it can't be read."""
Photos = Callable[[str], Path]
"""Finds the photo that a cell names, or raises `BadRow`."""


@dataclass(frozen=True)
class Table:
    """The cells of a file."""

    path: Path
    header: tuple[str, ...]
    rows: Rows


def to_catalog(table: Table, given: Mapping[str, str], allow_downloads: bool, refresh: bool = False) -> Catalog:
    """Read a table's rows as products.

    Args:
        given: field to column, over what the columns' own names say.
        allow_downloads: fetch photos that are URLs; otherwise their rows are rejected.
        refresh: fetch those again that were fetched before and have changed.

    Raises:
        UsageError: the columns can't be matched.
    """
    columns = match_columns(table.header, given, table.path.name)
    cells = [row for _, row in table.rows if not isinstance(row, BadRow)]
    readers = {
        name: (column, values.attribute_reader(row.get(column) for row in cells))
        for name, column in columns.attributes.items()
    }
    find = _photos(table, columns, allow_downloads, refresh)

    def parse(row: Row) -> Product:
        attributes = {name: read(row.get(column)) for name, (column, read) in readers.items()}
        return _product(row, columns, find, {name: cell for name, cell in attributes.items() if cell is not None})

    products, rejected = gather(table.rows, parse, columns.fields["id"])
    return Catalog(table.path.stem, products, _outfits(products), rejected, notes=columns.notes)


def _product(row: Row, columns: Columns, find: Photos, attributes: Mapping[str, Value]) -> Product:
    def cell(field: str) -> object:
        return row.get(columns.fields[field]) if field in columns.fields else None

    if not (id := values.text(cell("id"))):
        raise BadRow("the id is missing; give every product one")
    photos = _named_photos(row, columns)
    if not photos:
        raise BadRow("the row names no image; give the photo's path")
    return Product(
        id=id,
        images=tuple(find(photo) for photo in photos),
        title=values.text(cell("title")),
        description=values.text(cell("description")),
        category=values.text(cell("category")),
        gender=values.gender(cell("gender")),
        colour=values.text(cell("colour")).lower(),
        price=values.price(cell("price")),
        in_stock=values.stock(cell("in_stock")),
        variant_of=values.text(cell("variant_of")),
        outfit_id=values.text(cell("outfit_id")),
        attributes=attributes,
    )


def _named_photos(row: Row, columns: Columns) -> list[str]:
    named = [
        photo
        for field in ("image", "images")
        if field in columns.fields
        for photo in photo_names(row.get(columns.fields[field]))
    ]
    return list(dict.fromkeys(named))


def _photos(table: Table, columns: Columns, allow_downloads: bool, refresh: bool) -> Photos:
    finder = PhotoFinder(table.path.parent)
    fetched = download_all(_urls(table, columns), refresh=refresh) if allow_downloads else {}

    def find(photo: str) -> Path:
        return _fetched(photo, fetched) if is_url(photo) else finder.find(photo)

    return find


def _urls(table: Table, columns: Columns) -> list[str]:
    urls: list[str] = []
    for _, row in table.rows:
        try:
            urls += [] if isinstance(row, BadRow) else filter(is_url, _named_photos(row, columns))
        except BadRow:
            continue  # the row is rejected, with this reason, when it is parsed
    return urls


def _fetched(url: str, fetched: Mapping[str, Path | BadRow]) -> Path:
    photo = fetched.get(url, BadRow(f"the image is a URL ({url}); allow fetching it with --allow-downloads"))
    if isinstance(photo, BadRow):
        raise photo
    return photo


def _outfits(products: tuple[Product, ...]) -> tuple[Outfit, ...]:
    items: dict[str, list[str]] = {}
    for product in products:
        for outfit in values.several(product.outfit_id):
            items.setdefault(outfit, []).append(product.id)
    return tuple(Outfit(outfit, tuple(ids)) for outfit, ids in items.items())
