"""A shop's table, whatever file it came from: its columns are matched to the fields of products, its rows read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import chain, count
from pathlib import Path
from typing import TypeVar

from modiste.catalog import prices, values
from modiste.catalog.downloads import download_all
from modiste.catalog.photos import PhotoFinder, is_url, photo_names
from modiste.catalog.records import BadRow, Catalog, Outfit, Product, Rejected, Row
from modiste.errors import UsageError, unknown

Rows = list[tuple[str, Row | BadRow]]
"""Source of each row (file and line), and the row, or why it can't be read."""
Cells = TypeVar("Cells", bound=Row)
_Value = TypeVar("_Value")

FIELDS: Mapping[str, str] = {
    "id": """sku product_id item_id article_id article_number variant_sku artikelnummer | product_code item_number
        article_code style_code style_number reference code""",
    "image": """photo picture image_path image_file image_link image_url filename file_name image_name main_image
        base_image image_src product_image product_image_file img photo_url photo_path picture_url featured_image
        img_url foto bild""",
    "images": """photos pictures image_links image_urls additional_image_link gallery image_paths additional_image_links
        additional_images additional_image product_images gallery_images fotos bilder""",
    "title": """name product_name product_title product_display_name prod_name item_name style_name article_name
        display_name titel titre""",
    "description": """body body_html long_description product_description detail_desc full_description details
        beschreibung | short_description summary""",
    "category": """product_category article_type product_type_name category_name category_string categories kategorie
        catégorie | product_type | type google_product_category""",
    "gender": "sex target_gender gender_name geschlecht",
    "colour": """color base_colour base_color colour_name color_name colour_group_name color_group_name colourway
        colorway main_colour main_color farbe couleur""",
    "price": """sale_price unit_price selling_price current_price variant_price price_tax_included preis | regular_price
        list_price retail_price rrp msrp""",
    "in_stock": """availability available is_in_stock stock_status availability_status is_available | stock inventory
        qty quantity stock_level stock_quantity stock_qty units_in_stock inventory_level inventory_quantity
        inventory_qty variant_inventory_qty qty_on_hand quantity_on_hand on_hand stock_on_hand available_quantity
        quantity_available qty_available current_stock lagerbestand bestand""",
    "variant_of": "item_group_id model parent_id parent_sku group_id parent | handle",
    "outfit_id": "outfit look_id",
}
"""Fields of a product, and column names that are taken for them, in groups between bars: names of an earlier group go
before later ones, and of one group only one may be there."""

_EXPECTED = ("title", "category", "colour", "price", "in_stock")
"""Fields whose absence is noted."""

_OF_STOCK = re.compile(r"stock|inventor|qty|quantit|availab|bestand|on_hand|lager|dispon")


@dataclass(frozen=True)
class Table:
    """The cells of a file."""

    path: Path
    header: tuple[str, ...]
    rows: Rows
    notes: tuple[str, ...] = ()
    """Notes on what was assumed and mended to read it."""


@dataclass(frozen=True)
class _Columns:
    """The field or attribute that each column of one table is read as."""

    fields: Mapping[str, str]
    """Field to column."""
    attributes: Mapping[str, str]
    """Attribute to column: every column that is no field."""
    notes: tuple[str, ...]
    """Columns that were recognised or guessed, fields without a column, and columns too ambiguous to guess."""
    photos: tuple[str, ...]
    """Every column with photos, the most telling first: numbered ones belong together."""


def gather(
    rows: Iterable[tuple[str, Cells | BadRow]],
    parse: Callable[[Cells], Product | tuple[Product, Sequence[str]]],
    id_column: str = "id",
) -> tuple[tuple[Product, ...], tuple[Rejected, ...]]:
    """Turn every row into a product, and keep the reason where that fails, for a row or for a part of it.

    Args:
        rows: source of each row ("styles.csv, line 12"), and the row, or why it couldn't even be read.
        parse: makes a product of a row, with the reasons why cells of it were left out, or raises `BadRow`.
        id_column: the column whose value names a rejected row.
    """
    products: dict[str, Product] = {}
    sources: dict[str, str] = {}
    rejected: list[Rejected] = []
    for source, row in rows:
        try:
            if isinstance(row, BadRow):
                raise row
            parsed = parse(row)
            product, reasons = (parsed, ()) if isinstance(parsed, Product) else parsed
            if product.id in products:
                raise BadRow(f'id "{product.id}" is taken by {sources[product.id]}; give every product its own')
        except BadRow as bad:
            id = (row.cells if isinstance(row, BadRow) else row).get(id_column)
            rejected.append(Rejected(values.text(id), str(bad), source))
        else:
            products[product.id], sources[product.id] = product, source
            rejected += [Rejected(product.id, reason, source) for reason in reasons]
    return tuple(products.values()), tuple(rejected)


def write_rejected(path: Path, rejected: Iterable[Rejected]) -> None:
    """Write one JSON object a line with `id`, `reason` and `source`."""
    lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rejected]
    path.write_text("".join(lines), encoding="utf-8")


def to_catalog(table: Table, given: Mapping[str, str], allow_downloads: bool = False, refresh: bool = False) -> Catalog:
    """Read a table's rows as products.

    Args:
        given: field to column; these go before the columns' own names.
        allow_downloads: fetch photos that are URLs; otherwise their rows are rejected.
        refresh: fetch those again that were fetched before and have changed.

    Raises:
        UsageError: the columns can't be matched.
    """
    columns = _match_columns(table.header, given, table.path.name)
    readable = [row for _, row in table.rows if not isinstance(row, BadRow)]
    fetched = download_all(_urls(readable, columns), refresh=refresh) if allow_downloads or refresh else {}
    reader = _RowReader(columns, readable, PhotoFinder(table.path.parent), fetched)
    products, rejected = gather(table.rows, reader.product, columns.fields["id"])
    items: dict[str, list[str]] = {}
    for product in products:
        for outfit in values.several(product.outfit_id):
            items.setdefault(outfit, []).append(product.id)
    outfits = tuple(Outfit(id, tuple(members)) for id, members in items.items())
    return Catalog(table.path.stem, products, outfits, rejected, notes=(*table.notes, *columns.notes))


class _RowReader:
    """Reader of the rows of one table.

    Args:
        fetched: URL of a photo to its file, or why there is none.
    """

    def __init__(
        self, columns: _Columns, rows: Sequence[Row], finder: PhotoFinder, fetched: Mapping[str, Path | BadRow]
    ) -> None:
        self._columns, self._finder, self._fetched = columns, finder, fetched
        self._read_price = prices.price_reader(map(self._price, rows))
        self._attributes = {
            name: (column, values.attribute_reader(row.get(column) for row in rows))
            for name, column in columns.attributes.items()
        }

    def product(self, row: Row) -> tuple[Product, list[str]]:
        """The product of a row; an optional cell that can't be read is left empty, with a reason."""
        cells = {field: row.get(column) for field, column in self._columns.fields.items()} | {"price": self._price(row)}
        reasons: list[str] = []

        def optional(read: Callable[[object], _Value], field: str, empty: _Value) -> _Value:
            try:
                return read(cells.get(field))
            except BadRow as bad:
                reasons.append(f"{bad}; left empty")
                return empty

        id, price = values.identifier(cells["id"]), optional(self._read_price, "price", None)
        currency = "" if price is None else prices.currency(cells["price"])
        attributes = {name: read(row.get(column)) for name, (column, read) in self._attributes.items()}
        known = {name: value for name, value in attributes.items() if value is not None}
        product = Product(
            id=id,
            images=self._photos(row, reasons),
            title=values.plain(cells.get("title")),
            description=values.plain(cells.get("description")),
            category=values.plain(cells.get("category")),
            gender=values.gender(cells.get("gender")),
            colour=values.plain(cells.get("colour")).lower(),
            price=price,
            in_stock=optional(values.stock, "in_stock", True),
            variant_of=values.text(cells.get("variant_of")),
            outfit_id=optional(values.outfits, "outfit_id", ""),
            attributes={"currency": currency, **known} if currency else known,
        )
        return product, reasons

    def _price(self, row: Row) -> object:
        """A row's price; where the column of sale prices is empty, the regular one."""
        column = self._columns.fields.get("price", "")
        cell, regular = row.get(column), self._columns.attributes.get("regular_price", "")
        return row.get(regular) if snake(column) == "sale_price" and values.is_missing(cell) else cell

    def _photos(self, row: Row, reasons: list[str]) -> tuple[Path, ...]:
        """The files of a row's photos; of several, missing ones are left out, with a reason.

        Raises:
            BadRow: there is none.
        """
        files: list[Path] = []
        missing: list[BadRow] = []
        for name in _photo_names(row, self._columns):
            try:
                files.append(self._photo(name))
            except BadRow as bad:
                missing.append(bad)
        if not files:
            raise missing[0] if missing else BadRow("the row names no image; give the photo's path")
        reasons += [f"{bad}; left out" for bad in missing]
        return tuple(files)

    def _photo(self, name: str) -> Path:
        if not is_url(name):
            return self._finder.find(name)
        file = self._fetched.get(name, BadRow(f"the image is a URL ({name}); allow fetching it with --allow-downloads"))
        if isinstance(file, BadRow):
            raise file
        return file


def _photo_names(row: Row, columns: _Columns) -> list[str]:
    return list(dict.fromkeys(name for column in columns.photos for name in photo_names(row.get(column))))


def _urls(rows: Iterable[Row], columns: _Columns) -> list[str]:
    """The URLs of photos that rows name."""
    urls: list[str] = []
    for row in rows:
        with suppress(BadRow):  # the row is rejected, with this reason, when it is read
            urls += filter(is_url, _photo_names(row, columns))
    return urls


def _match_columns(header: Sequence[str], given: Mapping[str, str], table: str) -> _Columns:
    """Match columns to fields: as given, else by the field's own name, else by an unambiguous synonym.

    Args:
        header: distinct names.
        given: field to column (`--map title=name`).
        table: the table's name, for errors.

    Raises:
        UsageError: an unknown field or column, or none for the id or the image.
    """
    for field, column in given.items():
        if field not in FIELDS:
            raise unknown("field", field, FIELDS, "in --map")
        if column not in header:
            raise unknown("column", column, header, f"in {table}")
    fields, notes, further = dict(given), [], list[str]()
    for field in FIELDS:
        free = [column for column in header if column not in (*fields.values(), *further)]
        candidates = [] if field in fields else _candidates(field, free)
        if field in ("image", "images"):
            base = _base(fields.get(field, candidates[0] if candidates else ""))
            further += [column for column in free if base and _base(column) == base and column not in candidates[:1]]
            candidates = [column for column in candidates if column not in further]
        if len(candidates) > 1:
            notes.append(f"{field} may be {' or '.join(candidates)}; choose one: --map {field}={candidates[0]}")
        elif candidates:
            fields[field] = candidates[0]
            if snake(candidates[0]) != field:
                notes.append(f"read {field} from the column {candidates[0]}")
    _require_id_and_image(fields, header, notes, table)
    attributes, renamed = _attributes(header, {*fields.values(), *further})
    photos = [fields[field] for field in ("image", "images") if field in fields]
    notes += [*_notes(fields, attributes, further), *renamed]
    return _Columns(fields, attributes, tuple(notes), tuple(dict.fromkeys([*photos[:1], *further, *photos[1:]])))


def snake(column: str) -> str:
    """A column's name in lower case with underscores: `baseColour` and `Base Colour` are `base_colour`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"\W+", "_", spaced).strip("_").lower()


def unique(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of columns, later ones numbered where they come again, and notes on that.

    >>> unique(["id", "image", "image"])
    (('id', 'image', 'image 2'), ('two columns are called image; the later one is read as image 2',))
    """
    names: dict[str, None] = {}
    notes: list[str] = []
    for index, column in enumerate(header, 1):
        spellings = chain([column or f"column {index}"], (f"{column} {number}" for number in count(2)))
        name = next(name for name in spellings if name not in names)
        if column and name != column:
            notes.append(f"two columns are called {column}; the later one is read as {name}")
        names[name] = None
    return tuple(names), tuple(notes)


def _candidates(field: str, columns: Sequence[str]) -> list[str]:
    """The columns that may hold a field: the one of its name, or all of the first group of synonyms that is there."""
    numbered = field in ("image", "images")
    names = {column: {snake(column), _bare(column), *([_base(column)] if numbered else [])} for column in columns}
    for group in (field, *FIELDS[field].split("|")):
        if candidates := [column for column, spellings in names.items() if spellings & set(group.split())]:
            exact = [column for column in candidates if snake(column) == field]
            return exact[:1] or candidates
    return []


def _bare(column: str) -> str:
    """A column's name without its brackets: `Price (EUR)` is `price`."""
    return snake(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", column))


def _base(column: str) -> str:
    """A column's name without its number: `image_1` and `Image 2` are `image`."""
    return re.sub(r"_?\d+(?=_|$)", "", _bare(column))


def _notes(fields: Mapping[str, str], attributes: Mapping[str, str], further: Sequence[str]) -> list[str]:
    """Notes on how the columns are read, apart from those that are read as a field of another name."""
    notes = []
    if further:
        notes.append(f"read further photos from {', '.join(further)}")
    if own := [field for field, column in fields.items() if snake(column) == field]:
        notes.append(f"read {', '.join(own)} from the column{'s of these names' if len(own) > 1 else ' of this name'}")
    if attributes:
        notes.append(f"kept as attributes, which filters can use: {', '.join(attributes)}")
    if lacking := [field for field in _EXPECTED if field not in fields]:
        all_there = "; every product counts as in stock" if "in_stock" in lacking else ""
        notes.append(f"no column was taken for {', '.join(lacking)}{all_there}; name one: --map {lacking[0]}=COLUMN")
    stock = [column for name, column in attributes.items() if _OF_STOCK.search(name)]
    if stock and "in_stock" not in fields:
        notes.append(f"in_stock may be {' or '.join(stock)}; if so: --map in_stock={stock[0]}")
    return notes


def _require_id_and_image(fields: Mapping[str, str], header: Sequence[str], notes: Sequence[str], table: str) -> None:
    lacking = [] if "id" in fields else ["id"]
    lacking += [] if "image" in fields or "images" in fields else ["image"]
    if lacking:
        maps = " ".join(f"--map {field}=COLUMN" for field in lacking)
        unsure = "".join(f"; {note}" for note in notes if note.split()[0] in {*lacking, "images"} and "may be" in note)
        raise UsageError(
            f"{table} has no column for {' and '.join(lacking)}; its columns are {', '.join(header) or 'none'}; "
            f"say which it is: {maps}{unsure}"
        )


def _attributes(header: Sequence[str], taken: set[str]) -> tuple[dict[str, str], list[str]]:
    """Attribute to column for every column that isn't taken, and notes on those whose names are one."""
    attributes: dict[str, str] = {}
    notes: list[str] = []
    for number, column in enumerate(header, 1):
        if column in taken:
            continue
        own = snake(column) or f"column_{number}"
        # A column that bears a field's name while the field is read from elsewhere stays reachable in filters.
        own = f"other_{own}" if own in FIELDS or own.startswith("modiste_") else own
        spellings = chain([own], (f"{own}_{twin}" for twin in count(2)))
        name = next(name for name in spellings if name not in attributes)
        if name != own:
            notes.append(f'the columns "{attributes[own]}" and "{column}" have one name; the latter is called {name}')
        attributes[name] = column
    return attributes, notes
