"""Single products, added or changed by rows of JSON that are read by the rules of a shop's tables.

A row that can't be used changes nothing; a field that a row leaves out stays as it is. Photos come in base64 and are
kept in the shop's own folder, from which they leave with their last product.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.cache import write_once
from modiste.catalog import prices, values
from modiste.catalog.records import BadRow, Catalog, Product, Rejected, Row, Value
from modiste.catalog.table import gather, snake
from modiste.errors import shortened, unknown
from modiste.images import ImageError, load_image
from modiste.index import Fingerprint, Index, quote
from modiste.index.folder import exclusive
from modiste.index.records import FIELDS, INTERNAL, column_name, misfit, photos_hash
from modiste.shop.catalogue import bring_in, report_of
from modiste.shop.contract import MAX_ID, Report, find_product

if TYPE_CHECKING:
    from modiste.encoders import Encoder

MAX_PHOTOS = 20
"""Photos of a product."""
MAX_ATTRIBUTES = 100
"""Attributes of a product; each is a column of the shop."""
MAX_NAME = 64
"""Characters of an attribute's name; a column that is there already is reached by a longer one too."""
MAX_VALUE = 10_000
"""Characters of a value."""
MAX_PRICE = 50
"""Characters of a price, with its currency."""
MAX_REASON = 300
"""Characters of a reason, which quotes what was sent."""
LARGE = 1e300
"""Every number is smaller; so is no infinity and no NaN."""

FOLDER = "photos"
"""Folder in a shop's own where photos lie that were sent in."""
PHOTOS_A_QUERY = 50
"""Photos of which the index is asked at once whether a product has them."""

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
"""Reader of each field of a row, as in a table."""

KEYS = ("id", "images", *_READERS, "attributes")
"""Keys that a row may have."""

_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
"""Texts that may be sent for a column of true and false."""

_STARTS: Mapping[bytes, str] = {
    rb"\xff\xd8\xff": ".jpg",
    rb"\x89PNG\r\n\x1a\n": ".png",
    rb"RIFF....WEBP": ".webp",
}
"""First bytes of the files that are taken in, and how their names end."""

_DATA_URL = re.compile(r"data:[^,]{0,100};base64,")


@dataclass(frozen=True)
class Outcome:
    """Report on the rows that were sent in, and the rows that can't be used."""

    report: Report | None
    """Nothing where no row could be used; the shop is as it was then."""
    rejected: tuple[Rejected, ...]


def upsert(path: Path, index: Index, encoder: Encoder, rows: Sequence[object], max_pixels: int) -> Outcome:
    """Add products or change them; see `Shop.upsert`."""
    started = time.perf_counter()
    with _intake(path):
        reader = _RowReader(path, index, rows, max_pixels)
        try:
            products, bad = gather(reader.rows, reader)
            rejected = tuple(map(_shown, bad))
            if not products:
                return Outcome(None, rejected)
            with index.writing():
                tally = bring_in(index, encoder, Catalog("the request", products), None)
                index.optimize()
        finally:
            _discard(path, index, reader.touched)
    for late in tally.rejected:  # by the index, such as a photo that is gone by now: it is told without its folder
        reason = late.reason
        for photo in (photo for product in products for photo in product.images):
            reason = reason.replace(str(photo), photo.name)
        rejected = (*rejected, _shown(Rejected(late.id, reason, f"product {late.id}")))
    return Outcome(report_of(tally, 0, started), rejected)


def remove(path: Path, index: Index, id: str) -> None:
    """Remove a product, and the photos that were sent in for it and that no other product has."""
    with _intake(path), index.writing():
        product = find_product(index, id)
        index.remove([id])
        _discard(path, index, product.images)


def _decoded(image: object, name: str, max_pixels: int) -> bytes:
    """The bytes of a photo that was sent as base64 or as a data: URL, once they are known to be a photo.

    Raises:
        BadRow: not base64, or no photo that can be taken.
    """
    if not isinstance(image, str):
        types = {dict: "an object", list: "a list", bool: "true or false", type(None): "null"}
        got = types.get(type(image), "a number")
        raise BadRow(f"{name} is {got}; send the photo's bytes in base64, or as a data: URL")
    if re.match(r"(?:https?|file|ftp)://", image, re.IGNORECASE):
        raise BadRow(f"{name} is an address, which is not fetched; send the photo's bytes in base64")
    head = _DATA_URL.match(image)
    if image.startswith("data:") and head is None:
        raise BadRow(f"{name} is a data: URL without base64; write data:image/jpeg;base64,...")
    try:
        data = base64.b64decode(re.sub(r"\s+", "", image[head.end() if head else 0 :]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRow(f"{name} is not base64 ({error}); send the photo's bytes in base64, or as a data: URL") from None
    try:
        load_image(data, name=name, max_pixels=max_pixels)
    except ImageError as error:
        raise BadRow(str(error)) from None
    if not _suffix_of(data):
        raise BadRow(f"{name} is no JPEG, PNG or WebP file; save it as one of these")
    return data


def _suffix_of(data: bytes) -> str:
    """Ending of the name of a photo's file, by its first bytes; empty for a kind that isn't taken.

    >>> _suffix_of(b"RIFF1234WEBPVP8 "), _suffix_of(b"GIF89a")
    ('.webp', '')
    """
    return next((suffix for start, suffix in _STARTS.items() if re.match(start, data, re.DOTALL)), "")


def _store(shop: Path, data: bytes) -> Path:
    """Write a photo into the shop's folder, under the hash of its bytes, unless it is there already."""
    path = (shop / FOLDER).resolve() / f"{hashlib.sha256(data).hexdigest()}{_suffix_of(data)}"

    def write(half: Path) -> None:
        half.write_bytes(data)

    return write_once(path, write)


def _discard(shop: Path, index: Index, photos: Iterable[Path]) -> None:
    """Remove those of these photos that lie in the shop's own folder and that no product has any more."""
    folder = (shop / FOLDER).resolve()
    own = [photo for photo in dict.fromkeys(map(_location, photos)) if photo.is_relative_to(folder)]
    for start in range(0, len(own), PHOTOS_A_QUERY):
        batch = own[start : start + PHOTOS_A_QUERY]
        # By their names, because one file may be known by several paths.
        among = " OR ".join(f"strpos(array_to_string(images, '|'), {quote(photo.name)}) > 0" for photo in batch)
        used = {_location(path) for product in index.products(among) for path in product.images}
        for photo in batch:
            if photo not in used:
                photo.unlink(missing_ok=True)


class _RowReader:
    """Reads one call's rows into products."""

    def __init__(self, path: Path, index: Index, rows: Sequence[object], max_pixels: int) -> None:
        self._path, self._index, self._max_pixels = path, index, max_pixels
        self.rows: list[tuple[str, Row | BadRow]] = [
            (f"items[{number}]", row if isinstance(row, dict) else BadRow("it is no object; send the product's fields"))
            for number, row in enumerate(rows)
        ]
        self._columns = dict(index.columns())
        self._cells: dict[str, list[object]] = {}
        """Column to all that was sent for it."""
        for row in rows:
            attributes = row.get("attributes") if isinstance(row, dict) else None
            for name, cell in attributes.items() if isinstance(attributes, dict) else ():
                with suppress(BadRow):  # its own row will be refused for it
                    if _checked(name, cell) is not None:
                        self._cells.setdefault(self._column(name), []).append(cell)
        self.touched: list[Path] = []
        """Photos that were stored, and those that they may replace."""

    def __call__(self, row: Row) -> Product:
        """The product that a row makes of the one that the shop has, or of a new one.

        Raises:
            BadRow: it can't be used.
        """
        for key in row:
            if key not in KEYS:
                raise BadRow(f'{unknown("field", key, KEYS)}; other facts belong in "attributes"')
        id = values.identifier(_checked("id", row.get("id")))
        before = self._index.product(id)
        fields = {name: read(_checked(name, row[name])) for name, read in _READERS.items() if name in row}
        attributes = self._attributes(row.get("attributes"), before.attributes if before else {})
        product = replace(before or Product(id), **fields, attributes=attributes)
        # a new column holds whatever comes
        if why := misfit(product, {**dict.fromkeys(attributes, "text"), **self._columns}):
            raise BadRow(why)
        return replace(product, images=self._photos(row.get("images"), before))

    def _photos(self, sent: object, before: Product | None) -> tuple[Path, ...]:
        """The photos that were sent, once all of them are known to be fine, or those that the product has."""
        images = [sent] if isinstance(sent, str) else sent or []
        if not isinstance(images, list) or len(images) > MAX_PHOTOS:
            raise BadRow(f'"images" must be a list of at most {MAX_PHOTOS} photos')
        if images:
            photos = [_decoded(image, f"images[{number}]", self._max_pixels) for number, image in enumerate(images)]
            stored = tuple(dict.fromkeys(_store(self._path, photo) for photo in photos))
            self.touched += [*stored, *(before.images if before else ())]
            return stored
        if before is None:
            raise BadRow('the product is new and has no photo; send one in "images"')
        # Without its photos, a product would lose its vectors. One that was damaged from the start was left out.
        known = self._fingerprints[before.id].photos
        for leave_damaged_out in (False, True):
            digests = []
            for path in before.images:
                with suppress(OSError, ImageError):
                    if leave_damaged_out:
                        load_image(path)
                    digests.append(hashlib.sha256(path.read_bytes()).digest())
            if photos_hash(digests) == known:
                return before.images
        raise BadRow('photos that the shop had of it are gone or have changed; send its photos again in "images"')

    @cached_property
    def _fingerprints(self) -> Mapping[str, Fingerprint]:
        """Those of all products: read once a call."""
        return self._index.fingerprints()

    def _attributes(self, sent: object, before: Mapping[str, Value]) -> dict[str, Value]:
        """A product's attributes: those that it has, changed by those that were sent."""
        if sent is not None and not isinstance(sent, dict):
            raise BadRow('"attributes" must be an object of names and values')
        attributes: dict[str, Value | None] = dict(before)
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
            value = self._reader(column)(_checked(name, cell))
            if isinstance(value, float) and not math.isfinite(value):
                raise BadRow(f"{name} can't be held; give a smaller number")
            attributes[column] = value
        if len(attributes) > MAX_ATTRIBUTES:
            raise BadRow(f"it has {len(attributes)} attributes; give at most {MAX_ATTRIBUTES}")
        return {column: value for column, value in attributes.items() if value is not None}

    def _column(self, name: str) -> str:
        """The column of an attribute: one that is there, or else the name that a table's reader would give it."""
        return column_name(name) if column_name(name) in self._columns else column_name(snake(name))

    def _reader(self, column: str) -> Callable[[object], Value | None]:
        """The reader of an attribute: by the kind of its column, or for a new column by all that was sent for it."""
        cells, kind = self._cells.get(column, []), self._columns.get(column)
        if kind == "text":
            return lambda cell: values.text(cell) or None
        if kind is None and not all(map(_is_number, cells)):
            return values.attribute_reader(cells)
        if kind == "boolean":
            return lambda cell: _BOOLEANS.get(values.text(cell).lower(), values.text(cell) or None)
        # What doesn't fit is left as it is: its row is refused then, and the rows beside it aren't.
        return lambda cell: float(cell) if _is_number(cell) else values.attribute_reader([cell])(cell)  # type: ignore[arg-type]


def _intake(shop: Path) -> AbstractContextManager[None]:
    """Keep other services from removing photos that are stored here and that no product has yet."""
    return exclusive(shop / "intake.lock", str(shop))


def _location(photo: Path) -> Path:
    """Resolved path of a file; of a link, the link's own."""
    return photo.parent.resolve() / photo.name


def _checked(name: str, cell: object) -> object:
    """A cell that a table could hold too.

    Raises:
        BadRow: nested, too long, or with letters that are none.
    """
    parts = cell if isinstance(cell, list) else [cell]
    if any(isinstance(part, (dict, list)) for part in parts):
        raise BadRow(f"{name} is nested; give a text, a number, true or false, or null")
    most = {"id": MAX_ID, "price": MAX_PRICE}.get(name, MAX_VALUE)
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


def _shown(rejected: Rejected) -> Rejected:
    """A reject as it can be shown: a reason quotes what was sent, of any length and with any characters."""
    reason = rejected.reason if len(rejected.reason) <= MAX_REASON else f"{rejected.reason[:MAX_REASON]}..."
    return replace(rejected, id=_encodable(rejected.id)[:MAX_ID], reason=_encodable(reason))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
