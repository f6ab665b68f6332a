"""Values that go into an index and come out of it, and products as rows of its table."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from modiste.catalog import values
from modiste.catalog.records import Product, Value
from modiste.errors import UsageError
from modiste.types import Vectors

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


@dataclass(frozen=True)
class Identity:
    """Name of the network that made vectors: those of two identities can't be compared.

    An index has the identity of its encoder. Vectors of further networks for the same products are its spaces, each
    with an identity of its own.
    """

    encoder: str
    revision: str
    preprocessing: str
    dim: int
    former: tuple[str, ...] = field(default=(), compare=False)
    """Earlier names of the revision."""

    def __str__(self) -> str:
        return f"{self.encoder}@{self.revision[:8]}"

    def made(self, stored: Identity) -> bool:
        """True if vectors that are stored with an identity are those that this network makes."""
        return stored.revision in (self.revision, *self.former) and stored == replace(self, revision=stored.revision)


class Network(Protocol):
    """A network that makes the vectors of an index."""

    name: str
    revision: str
    preprocessing: str
    dim: int


def identity_of(network: Network) -> Identity:
    """The identity of a network."""
    former = getattr(network, "former_revisions", ())  # which encoders of one's own needn't have
    return Identity(network.name, network.revision, network.preprocessing, network.dim, former)


class Fingerprint(NamedTuple):
    """Hashes of a product at the time of indexing; a change of `row` alone needs no encoder."""

    row: str
    """Hash of the row's values."""
    photos: str
    """Hash of its photos' bytes."""


@dataclass(frozen=True)
class IndexedProduct:
    """A product with its photos' vectors."""

    product: Product
    fingerprint: Fingerprint
    vectors: Vectors
    """One unit vector a photo. Shape: (photos, dim)."""


@dataclass(frozen=True)
class Query:
    """A search.

    A product's score is the cosine between `vector` and the best of its photos. With `words`, the order (not the
    score) also counts the match of the product's own words with them.
    """

    vector: Vectors
    """Unit length. Shape: (dim,)."""
    words: str = ""
    where: str = ""
    """SQL expression over the columns; empty for all products."""
    min_score: float | None = None
    without: tuple[str, ...] = ()
    """Ids of products that are left out."""
    k: int = 10
    offset: int = 0
    only: str = ""
    """A filter besides `where` that a program made, of any length; it isn't checked, and no error speaks of it."""


@dataclass(frozen=True)
class SearchResult:
    """Page of products, best first; equal ones by id."""

    ids: Sequence[str]
    scores: Sequence[float]
    items: Sequence[Mapping[str, Any]]
    total: int
    """Products that pass the filter and `min_score`, on this page or not."""


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

    vectors = pa.field(VECTORS, pa.list_(pa.list_(pa.float32(), dim)))
    return pa.schema([*arrow_fields(columns), vectors, *arrow_fields(dict.fromkeys((WORDS, ROW, PHOTOS), "text"))])


def arrow_fields(columns: Mapping[str, str]) -> list[pa.Field]:
    """Columns of these kinds, for a table."""
    import pyarrow as pa

    types = {"text": pa.string(), "number": pa.float64(), "boolean": pa.bool_(), "list": pa.list_(pa.string())}
    return [pa.field(name, types[kind]) for name, kind in columns.items()]


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

    cells, types = [_cells(indexed.product, columns) for indexed in products], schema(columns, dim)
    arrays = {name: pa.array([row.get(name) for row in cells], types.field(name).type) for name in columns}
    vectors = np.concatenate([indexed.vectors for indexed in products]).astype(np.float32, copy=False)
    ends = pa.array(np.cumsum([0, *(len(indexed.vectors) for indexed in products)]), pa.int32())
    arrays[VECTORS] = pa.ListArray.from_arrays(ends, pa.FixedSizeListArray.from_arrays(vectors.ravel(), dim))
    arrays[WORDS] = pa.array([_words(indexed.product) for indexed in products])
    arrays[ROW] = pa.array([indexed.fingerprint.row for indexed in products])
    arrays[PHOTOS] = pa.array([indexed.fingerprint.photos for indexed in products])
    return pa.table(arrays, schema=types)


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
