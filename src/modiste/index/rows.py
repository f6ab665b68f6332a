"""Products as rows of a table, and back: columns, hashes and the words that full text search reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.catalog import values
from modiste.catalog.records import Product, Value
from modiste.errors import UsageError
from modiste.index.base import IndexedProduct

if TYPE_CHECKING:
    import pyarrow as pa

VECTORS, WORDS, ROW, PHOTOS = "modiste_vectors", "modiste_words", "modiste_row", "modiste_photos"
INTERNAL = (VECTORS, WORDS, ROW, PHOTOS)
"""Columns of our own, which filters and hits don't see."""
OLD, WIDE = "modiste_old_", "modiste_wide_"
"""Prefixes of columns that are about to change their kind."""

FIELDS = {
    **{"id": "text", "images": "list"},
    **dict.fromkeys(("title", "description", "category", "gender", "colour"), "text"),
    **{"price": "number", "in_stock": "boolean", "variant_of": "text", "outfit_id": "text"},
}
"""Columns that every shop has, and the kind of each."""


def _kind(value: Value) -> str:
    """Kind of a column of such values: number, boolean or text; a text that is a number counts as one."""
    if isinstance(value, bool) or values.is_truth(value):
        return "boolean"
    return "number" if values.is_number(value) or not isinstance(value, str) else "text"


@cache
def column_name(attribute: str) -> str:
    """Name of an attribute in filters: lower case, words joined by underscores."""
    return re.sub(r"\W+", "_", attribute.strip()).strip("_").lower()


def attribute_columns(products: Iterable[Product]) -> dict[str, str]:
    """The columns that the products' attributes need, and the kind of each; a mixture is text.

    Raises:
        UsageError: two attributes would share a column, or one has the name of a field.
    """
    kinds: dict[str, set[str]] = {}
    for product in products:
        for name, value in product.attributes.items():
            kinds.setdefault(name, set()).add(_kind(value))
    columns: dict[str, str] = {}
    for name, value_kinds in kinds.items():
        column = column_name(name)
        if not column or column in columns or column in FIELDS or column in INTERNAL:
            raise UsageError(f'the attribute "{name}" can\'t be the column "{column}", which is taken; rename it')
        columns[column] = value_kinds.pop() if len(value_kinds) == 1 else "text"
    return columns


def misfit(product: Product, columns: Mapping[str, str]) -> str:
    """The reason why a product doesn't fit into the columns; empty where it does."""
    for name, value in product.attributes.items():
        kind = columns[column_name(name)]
        if kind not in ("text", _kind(value)):
            return f'its {column_name(name)} is "{value}", but this shop holds a {kind} there; mend the value'
    return ""


def row_hash(product: Product) -> str:
    """Hash of all values of a product, its photos' bytes aside."""
    fields = {**vars(product), "attributes": dict(product.attributes), "images": [str(path) for path in product.images]}
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def photos_hash(digests: Iterable[bytes]) -> str:
    """Hash of a product's photos, from the SHA-256 of each one's bytes."""
    return hashlib.sha256(b"".join(digests)).hexdigest()[:16]


def _words(product: Product) -> str:
    """The words that full text search reads."""
    fields = (product.title, product.description, product.category, product.gender, product.colour)
    return " ".join([*filter(None, fields), *(str(v) for v in product.attributes.values() if _kind(v) == "text")])


def schema(columns: Mapping[str, str], dim: int) -> pa.Schema:
    """The table's schema: fields, attributes, and our own columns."""
    import pyarrow as pa

    own = [(VECTORS, pa.list_(pa.list_(pa.float32(), dim))), *((name, pa.string()) for name in (WORDS, ROW, PHOTOS))]
    return pa.schema([*((name, _arrow(kind)) for name, kind in columns.items()), *own])


def arrow_fields(columns: Mapping[str, str]) -> list[pa.Field]:
    """Columns to be added to a table."""
    import pyarrow as pa

    return [pa.field(name, _arrow(kind)) for name, kind in columns.items()]


def kinds(table_schema: pa.Schema) -> dict[str, str]:
    """The columns of a table that filters can use, and the kind of each."""
    names = {"string": "text", "double": "number", "bool": "boolean"}
    return {
        field.name: names.get(str(field.type), "list")
        for field in table_schema
        if field.name not in INTERNAL and not field.name.startswith((OLD, WIDE))
    }


def table(products: Sequence[IndexedProduct], columns: Mapping[str, str], dim: int) -> pa.Table:
    """Rows for the store."""
    import pyarrow as pa

    cells = [_cells(indexed.product, columns) for indexed in products]
    arrays = {name: pa.array([row.get(name) for row in cells], _arrow(kind)) for name, kind in columns.items()}
    vectors = np.concatenate([indexed.vectors for indexed in products]).astype(np.float32, copy=False)
    ends = pa.array(np.cumsum([0, *(len(indexed.vectors) for indexed in products)]), pa.int32())
    arrays[VECTORS] = pa.ListArray.from_arrays(ends, pa.FixedSizeListArray.from_arrays(vectors.ravel(), dim))
    arrays[WORDS] = pa.array([_words(indexed.product) for indexed in products])
    arrays[ROW] = pa.array([indexed.fingerprint.row for indexed in products])
    arrays[PHOTOS] = pa.array([indexed.fingerprint.photos for indexed in products])
    return pa.table(arrays, schema=schema(columns, dim))


def product(row: Mapping[str, Any]) -> Product:
    """The product of a row."""
    fields = {name: row[name] for name in FIELDS if name != "images"}
    extra = {name: value for name, value in row.items() if name not in FIELDS and value is not None}
    return Product(images=tuple(Path(path) for path in row["images"]), attributes=extra, **fields)


def _cells(product: Product, columns: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(product, name) for name in FIELDS}
    row["images"] = [str(path) for path in product.images]
    for name, value in product.attributes.items():
        column = column_name(name)
        if columns[column] == "boolean":
            row[column] = values.text(value).lower() == "true"
        else:
            row[column] = float(value) if columns[column] == "number" else values.text(value)
    return row


def _arrow(kind: str) -> pa.DataType:
    import pyarrow as pa

    types = {"text": pa.string(), "number": pa.float64(), "boolean": pa.bool_(), "list": pa.list_(pa.string())}
    return types[kind]
