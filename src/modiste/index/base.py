"""The protocol of an index, and the values that go in and come out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from modiste.catalog.records import Product
from modiste.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa


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

    def as_dict(self) -> dict[str, str | int]:
        """The fields that are written beside vectors."""
        return {
            "encoder": self.encoder, "revision": self.revision, "preprocessing": self.preprocessing, "dim": self.dim
        }  # fmt: skip


class Network(Protocol):
    """A network that makes the vectors of an index."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    @property
    def preprocessing(self) -> str: ...

    @property
    def dim(self) -> int: ...


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


def as_item(product: Product) -> dict[str, Any]:
    """A product as hits show it: without empty fields, whole numbers as such."""
    fields = {**vars(product), "images": [str(path) for path in product.images], **product.attributes}
    del fields["attributes"]
    return _shown(fields)


def items_of(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows as hits show them: as `as_item` does."""
    return [_shown(row) for row in rows.to_pylist()]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in row.items()
        if value is not None
    }


class Index(Protocol):
    """One shop's products and their vectors.

    Writes are atomic: what a method has returned from survives a crash, and readers see all of it or nothing.
    """

    @property
    def identity(self) -> Identity:
        """The encoder that made the vectors."""

    def __len__(self) -> int:
        """Number of products."""

    def columns(self) -> Mapping[str, str]:
        """Columns that filters can use, and the kind of each: text, number, boolean or list."""

    def ids(self) -> Sequence[str]:
        """Ids of all products."""

    def fingerprints(self) -> Mapping[str, Fingerprint]:
        """Every product's fingerprint at the time of indexing."""

    def version(self) -> Hashable:
        """Key of the index's present contents; another one once somebody has written."""

    def counts(self, column: str) -> Mapping[str, int]:
        """The values of a column of text, the most frequent first, and how many products have each."""

    def vectors(self, ids: Sequence[str], space: Identity | None = None) -> Mapping[str, Vectors]:
        """The vectors of the products named, those that are absent left out. Shape of each: (photos, dim).

        Args:
            space: whose vectors, instead of the encoder's; products that `fill` gave none are absent.

        Raises:
            UsageError: there are too many products for `space`.
        """

    def products(self, only: str = "") -> Sequence[Product]:
        """All products, as they were indexed.

        Args:
            only: those that pass this filter, which a program made.
        """

    def matches(self, words: str) -> bool:
        """True if any product carries one of the words."""

    def carries(self, word: str) -> bool:
        """True if a product's title has this word, in lower case, or its other words match it."""

    def spellings(self) -> Collection[str]:
        """Every word of the products' titles, in lower case; nothing where they are too many for memory."""

    def product(self, id: str) -> Product | None:
        """A product as it was indexed, or nothing where the shop doesn't have it."""

    def having(self, photo: str) -> Sequence[str]:
        """Ids of the products whose only photo has this SHA-256, in hexadecimal."""

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of all products of the models that these products are of, themselves included."""

    def check(self, where: str) -> None:
        """Raise the error that a search with this filter would, without searching."""

    def browse(self, where: str, k: int, offset: int) -> SearchResult:
        """The products that pass a filter in the order in which they came, all with the score 0.

        Raises:
            UsageError: the filter doesn't parse or names an unknown column.
        """

    def search(self, query: Query, space: Identity | None = None) -> SearchResult:
        """The products nearest to the query.

        Args:
            space: whose vectors to search, instead of the encoder's; products that `fill` gave none are not found.

        Raises:
            UsageError: the filter doesn't parse or names an unknown column, or there are too many products for `space`.
        """

    def fill(
        self,
        space: Identity,
        encode: Callable[[NDArray[np.uint8]], Vectors],
        size: tuple[int, int],
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Get a space the vectors of all products, from the photos' files; what it has already is left alone.

        It may be killed at any moment; nobody else needs to stop writing or searching meanwhile.

        Args:
            encode: photos to unit vectors. Shape: (n, height, width, 3) to (n, dim).
            size: height and width of the photos that `encode` takes.
            progress: called with the number of products that are done, and of all that lacked vectors.

        Returns:
            How many products have none, because their photos are gone or no longer those that were indexed.

        Raises:
            UsageError: there are too many products.
        """

    def writing(self) -> AbstractContextManager[None]:
        """Hold the right to write; there is one writer at a time.

        Raises:
            LockedError: another process writes.
        """

    def prepare(self, products: Sequence[Product]) -> Mapping[str, str]:
        """Make sure that a column exists for every attribute and can hold it, before `upsert`; returns all columns.

        A column of numbers or of true and false becomes one of text where another value comes.
        """

    def upsert(self, products: Sequence[IndexedProduct]) -> None:
        """Add products, or replace those of the same id."""

    def remove(self, ids: Sequence[str]) -> None:
        """Remove products."""

    def optimize(self) -> None:
        """Bring the store into good shape after writing: compact it, index its words."""
