"""Products that are sent in as JSON: rows to products, by the rules of a shop's tables."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from modiste.catalog import prices, values
from modiste.catalog.gather import gather
from modiste.catalog.records import BadRow, Catalog, Product, Rejected, Row, Value
from modiste.catalog.table import snake
from modiste.errors import shortened, unknown
from modiste.images import ImageError, load_image
from modiste.index.base import Fingerprint
from modiste.index.lock import exclusive
from modiste.index.rows import FIELDS, INTERNAL, column_name, misfit, photos_hash
from modiste.server import photos
from modiste.server.schemas import MAX_ID
from modiste.shop import Report, Shop

MAX_PHOTOS = 20
"""Photos of a product."""
MAX_ATTRIBUTES = 100
"""Attributes of a product; each is a column of the shop."""
MAX_NAME = 64
"""Characters of an attribute's name; a column that is there already is reached by a longer one too."""
MAX_TEXT = 10_000
"""Characters of a value."""
MAX_PRICE = 50
"""Characters of a price, with its currency."""

LARGE = 1e300
"""No number is as large; nor is one that is none."""

_READERS: Mapping[str, Callable[[object], Any]] = {
    "title": values.plain,
    "description": values.plain,
    "category": values.plain,
    "gender": values.gender,
    "colour": lambda cell: values.plain(cell).lower(),
    "price": prices.price,
    "in_stock": values.stock,
    "variant_of": values.text,
    "outfit_id": values.outfits,
}
"""What the fields of a row mean, as in a table."""

KEYS = ("id", "images", *_READERS, "attributes")
"""What a row may say."""

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
"""What may be sent for a column of true and false."""

_SHOWN = 300
"""Characters of a reason that are told: a reason quotes what was sent."""


@dataclass(frozen=True)
class Outcome:
    """What became of the rows that were sent in."""

    report: Report | None
    """Nothing where no row could be used; the shop is as it was then."""
    rejected: tuple[Rejected, ...]


def upsert(shop: Shop, rows: Sequence[object], max_pixels: int) -> Outcome:
    """Add products or change them, all that can be used at once; a row that can't be used changes nothing.

    What a row leaves out stays as it is, `null` empties it.

    Raises:
        LockedError: another process writes to the shop.
    """
    with _alone(shop):
        intake = _Intake(shop, rows, max_pixels)
        try:
            catalogue = intake.read()
            if not catalogue.products:
                return Outcome(None, catalogue.rejected)
            report, later = shop.upsert(catalogue.products)
        finally:
            photos.discard(shop, intake.touched)
        return Outcome(report, (*catalogue.rejected, *(_without_folder(one, catalogue) for one in later)))


def remove(shop: Shop, id: str) -> None:
    """Take a product out, and the photos that were sent in for it and that no other product has.

    Raises:
        UsageError: the shop doesn't have it.
        LockedError: another process writes to the shop.
    """
    with _alone(shop):
        product = shop.index.product(id)
        shop.remove([id])
        photos.discard(shop, product.images if product else ())


@contextmanager
def _alone(shop: Shop) -> Iterator[None]:
    """Keep other services from tidying away photos that are stored here and that no product has yet."""
    with exclusive(shop.path / "intake.lock", str(shop.path)):
        yield


class _Intake:
    """One call's rows on their way to a catalogue."""

    def __init__(self, shop: Shop, rows: Sequence[object], max_pixels: int) -> None:
        self.shop, self._max_pixels = shop, max_pixels
        self._rows = [(f"items[{place}]", _row(row)) for place, row in enumerate(rows)]
        self._columns = dict(shop.index.columns())
        self._cells = self._attribute_cells()
        self.touched: list[Path] = []
        """Photos that were stored, and those that they may replace."""

    def read(self) -> Catalog:
        """The products of the rows, and the rows that can't be used."""
        products, rejected = gather(self._rows, self._product)
        return Catalog("the request", products, rejected=tuple(map(_shown, rejected)))

    def _product(self, row: Row) -> Product:
        for key in row:
            if key not in KEYS:
                raise BadRow(f'{unknown("field", key, KEYS)}; other facts belong in "attributes"')
        id = _id(row.get("id"))
        before = self.shop.index.product(id)
        said = {name: read(_plain(name, row[name])) for name, read in _READERS.items() if name in row}
        attributes = self._attributes(row.get("attributes"), before.attributes if before else {})
        product = replace(before or Product(id), **said, attributes=attributes)
        if why := misfit(product, self._columns_for(product)):
            raise BadRow(why)
        return replace(product, images=self._photos(row.get("images"), before))

    def _photos(self, sent: object, before: Product | None) -> tuple[Path, ...]:
        """A product's photos: those that were sent, once all of them are known to be fine, or those that it has."""
        images = [sent] if isinstance(sent, str) else sent or []
        if not isinstance(images, list) or len(images) > MAX_PHOTOS:
            raise BadRow(f'"images" must be a list of at most {MAX_PHOTOS} photos')
        if not images:
            return self._kept(before)
        data = [photos.decoded(image, f"images[{place}]", self._max_pixels) for place, image in enumerate(images)]
        stored = tuple(dict.fromkeys(photos.store(self.shop, photo) for photo in data))
        self.touched += [*stored, *(before.images if before else ())]
        return stored

    def _kept(self, before: Product | None) -> tuple[Path, ...]:
        """The photos that the shop has, as long as it still has them: without, a product would lose its vectors."""
        if before is None:
            raise BadRow('the product is new and has no photo; send one in "images"')
        known = self._fingerprints[before.id].photos
        if all(photos_hash(_digests(before.images, check)) != known for check in (_read, _read_photo)):
            raise BadRow('photos that the shop had of it are gone or have changed; send its photos again in "images"')
        return before.images

    def _attributes(self, sent: object, before: Mapping[str, Value]) -> dict[str, Value]:
        if sent is not None and not isinstance(sent, dict):
            raise BadRow('"attributes" must be an object of names and values')
        held: dict[str, Value | None] = dict(before)
        seen: set[str] = set()
        for name, cell in (sent or {}).items():
            column = self._column(name)
            if not column or column in FIELDS or column in INTERNAL or column in seen:
                raise BadRow(f'the attribute "{name}" can\'t be the column "{column}", which is taken; rename it')
            if len(column) > MAX_NAME and column not in self._columns:
                raise BadRow(
                    f'the attribute "{shortened(name, 40)}" has a name of {len(column):,} characters; '
                    f"give at most {MAX_NAME}"
                )
            seen.add(column)
            held[column] = _finite(name, self._reader(column)(_plain(name, cell)))
        if len(held) > MAX_ATTRIBUTES:
            raise BadRow(f"it has {len(held)} attributes; give at most {MAX_ATTRIBUTES}")
        return {column: value for column, value in held.items() if value is not None}

    def _column(self, name: str) -> str:
        """The column that an attribute goes to: one that is there, or else what a table's reader would call it."""
        return column_name(name) if column_name(name) in self._columns else column_name(snake(name))

    def _columns_for(self, product: Product) -> Mapping[str, str]:
        """The shop's columns; one that is new holds whatever comes."""
        return {**dict.fromkeys(product.attributes, "text"), **self._columns}

    def _reader(self, column: str) -> Callable[[object], Value | None]:
        """How to read an attribute: by what its column holds, or for a new column by all that was sent for it."""
        cells, kind = self._cells.get(column, []), self._columns.get(column)
        if kind == "text":
            return lambda cell: values.text(cell) or None
        if kind is None and not all(map(_is_number, cells)):
            return values.attribute_reader(cells)
        if kind == "boolean":
            return lambda cell: _TRUTHS.get(values.text(cell).lower(), values.text(cell) or None)
        # What doesn't fit is left as it is: its row is refused then, and the rows beside it aren't.
        return lambda cell: _number(cell) if _is_number(cell) else values.attribute_reader([cell])(cell)

    def _attribute_cells(self) -> dict[str, list[object]]:
        cells: dict[str, list[object]] = {}
        for _, row in self._rows:
            sent = None if isinstance(row, BadRow) else row.get("attributes")
            for name, cell in sent.items() if isinstance(sent, dict) else ():
                with suppress(BadRow):  # its own row will be refused for it
                    cells.setdefault(self._column(name), []).append(_plain(name, cell))
        return {column: [cell for cell in found if cell is not None] for column, found in cells.items()}

    @cached_property
    def _fingerprints(self) -> Mapping[str, Fingerprint]:
        return self.shop.index.fingerprints()


def _row(row: object) -> Row | BadRow:
    return row if isinstance(row, dict) else BadRow("it is no object; send the product's fields")


def _id(cell: object) -> str:
    return values.identifier(_plain("id", cell))


def _plain(name: str, cell: object) -> object:
    """A cell that a table could hold too.

    Raises:
        BadRow: nested, too long, or with letters that are none.
    """
    parts = cell if isinstance(cell, list) else [cell]
    if any(isinstance(part, (dict, list)) for part in parts):
        raise BadRow(f"{name} is nested; give a text, a number, true or false, or null")
    most = {"id": MAX_ID, "price": MAX_PRICE}.get(name, MAX_TEXT)
    written = "".join(part for part in parts if isinstance(part, str))
    if len(written) > most:
        raise BadRow(f"{name} has {len(written):,} characters; give at most {most:,}")
    if "\0" in written or _encodable(written) != written:
        raise BadRow(f"{name} holds what is no letter (a null byte, or half of a pair); leave it out")
    if isinstance(cell, (int, float)) and not abs(cell) < LARGE:
        raise BadRow(f"{name} can't be held; give a smaller number")
    return cell


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _number(cell: Any) -> float:
    return float(cell)


def _finite(name: str, value: Value | None) -> Value | None:
    if isinstance(value, float) and not math.isfinite(value):
        raise BadRow(f"{name} can't be held; give a smaller number")
    return value


def _digests(paths: Iterable[Path], read: Callable[[Path], bytes]) -> list[bytes]:
    """Of the photos that can be read, as an index notes them."""
    digests = []
    for path in paths:
        with suppress(OSError, ImageError):
            digests.append(hashlib.sha256(read(path)).digest())
    return digests


def _read(path: Path) -> bytes:
    return path.read_bytes()


def _read_photo(path: Path) -> bytes:
    """The same for products of which a photo was damaged from the start: the index left it out."""
    load_image(path)
    return path.read_bytes()


def _without_folder(rejected: Rejected, catalogue: Catalog) -> Rejected:
    """What the index itself wouldn't take, such as a photo that is gone by now, without where that was."""
    reason = rejected.reason
    for path in (path for product in catalogue.products for path in product.images):
        reason = reason.replace(str(path), path.name)
    return _shown(Rejected(rejected.id, reason, f"product {rejected.id}"))


def _shown(rejected: Rejected) -> Rejected:
    """A reject as it can be told: a reason quotes what was sent, of any length and with any characters."""
    reason = rejected.reason if len(rejected.reason) <= _SHOWN else f"{rejected.reason[:_SHOWN]}..."
    return replace(rejected, id=_encodable(rejected.id)[:MAX_ID], reason=_encodable(reason))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
