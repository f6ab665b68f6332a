"""A shop's table, whatever file it came from, and the products that its rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from modiste.catalog import prices, values
from modiste.catalog.columns import Columns, match_columns, snake
from modiste.catalog.downloads import download_all
from modiste.catalog.gather import BadRow, Incomplete, Row, gather
from modiste.catalog.photo_names import is_url, photo_names
from modiste.catalog.photos import PhotoFinder
from modiste.catalog.records import Catalog, Outfit, Product, Value

Rows = list[tuple[str, Row | BadRow]]
"""Where each row stands, and the row, or why it can't be read."""
Photos = Callable[[str], Path]
"""Finds the photo that a cell names, or raises `BadRow`."""
Read = TypeVar("Read")
"""What a cell is read as."""


@dataclass(frozen=True)
class Table:
    """The cells of a file."""

    path: Path
    header: tuple[str, ...]
    rows: Rows
    notes: tuple[str, ...] = ()
    """What was assumed and mended to read it."""


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
    read_price = prices.price_reader(_price_cell(row, columns) for row in cells)
    find = _photos(table, columns, allow_downloads, refresh)

    def parse(row: Row) -> Product | Incomplete:
        attributes = {name: read(row.get(column)) for name, (column, read) in readers.items()}
        known = {name: cell for name, cell in attributes.items() if cell is not None}
        return _product(row, columns, find, read_price, known)

    products, rejected = gather(table.rows, parse, columns.fields["id"])
    return Catalog(table.path.stem, products, _outfits(products), rejected, notes=(*table.notes, *columns.notes))


def _product(
    row: Row,
    columns: Columns,
    find: Photos,
    read_price: Callable[[object], float | None],
    attributes: Mapping[str, Value],
) -> Product | Incomplete:
    """The product of a row; a cell that isn't needed and can't be read is left empty, which is said."""

    def cell(field: str) -> object:
        if field == "price":
            return _price_cell(row, columns)
        return row.get(columns.fields[field]) if field in columns.fields else None

    reasons: list[str] = []

    def optional(read: Callable[[object], Read], field: str, empty: Read) -> Read:
        try:
            return read(cell(field))
        except BadRow as bad:
            reasons.append(f"{bad}; left empty")
            return empty

    id, price = values.identifier(cell("id")), optional(read_price, "price", None)
    currency = "" if price is None else prices.currency(cell("price"))
    product = Product(
        id=id,
        images=_found(_named_photos(row, columns), find, reasons),
        title=values.plain(cell("title")),
        description=values.plain(cell("description")),
        category=values.plain(cell("category")),
        gender=values.gender(cell("gender")),
        colour=values.plain(cell("colour")).lower(),
        price=price,
        in_stock=optional(values.stock, "in_stock", True),
        variant_of=values.text(cell("variant_of")),
        outfit_id=optional(values.outfits, "outfit_id", ""),
        attributes={**({"currency": currency} if currency else {}), **attributes},
    )
    return Incomplete(product, reasons) if reasons else product


def _price_cell(row: Row, columns: Columns) -> object:
    """A row's price; where the column of sale prices is empty, the regular one."""
    column = columns.fields.get("price", "")
    cell, regular = row.get(column), columns.attributes.get("regular_price", "")
    return row.get(regular) if snake(column) == "sale_price" and values.is_missing(cell) else cell


def _found(photos: list[str], find: Photos, reasons: list[str]) -> tuple[Path, ...]:
    """The files of a row's photos; of several, those that aren't there are left out, which is said.

    Raises:
        BadRow: there is none.
    """
    found: list[Path] = []
    missing: list[BadRow] = []
    for photo in photos:
        try:
            found.append(find(photo))
        except BadRow as bad:
            missing.append(bad)
    if not found:
        raise missing[0] if missing else BadRow("the row names no image; give the photo's path")
    reasons += [f"{bad}; left out" for bad in missing]
    return tuple(found)


def _named_photos(row: Row, columns: Columns) -> list[str]:
    named = [photo for column in columns.photos for photo in photo_names(row.get(column))]
    return list(dict.fromkeys(named))


def _photos(table: Table, columns: Columns, allow_downloads: bool, refresh: bool) -> Photos:
    finder = PhotoFinder(table.path.parent)
    fetched = download_all(_urls(table, columns), refresh=refresh) if allow_downloads or refresh else {}

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
