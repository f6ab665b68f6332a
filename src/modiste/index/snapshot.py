"""One version of a shop's table: filtered by the store, ranked exactly in memory or after the store's own index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modiste.catalog.records import Product
from modiste.errors import shortened
from modiste.index import filters, records
from modiste.index.filters import EVERYTHING, Filter
from modiste.index.records import Identity, Query, SearchResult
from modiste.index.space import Fingerprints, Space, photos_of
from modiste.types import Indices, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

WORDS_WEIGHT = 0.3
"""Weight of the best match of the words themselves beside a cosine."""

BLOCK = 64
"""Neighbouring scores that are compared together at first."""

REMEMBERED_FILTERS = 64
"""Filters whose products are kept in memory."""

_ROUNDING = np.float32(1e-6)
"""Error that a score can have in a matrix product."""

_CANDIDATES = 1000
"""Products that the words alone, and above the exact limit the vectors, may bring into the ranking."""

_PROBES = 32
"""Partitions of the vectors that are searched above the exact limit."""

_NAMED = 10.0
"""Match of the words with a product that they name: higher than that of any other product can be."""

_NAMING = re.compile(
    "(^|_)(id|variant|sku|ean|gtin|upc|isbn|barcode|mpn|asin|article|number|code|model)(_|$)"
    "|(^|_)(brand|vendor|manufacturer|designer)(_|$)"
)
"""Columns with the codes and names of products, or the names of those who make them."""

_CODE = 4
"""Characters, one of them a digit, from which on a word among others may be a product's code."""

_MARKS = " #.,;:!?()[]\"'"
"""Characters that may surround an article number."""


def as_item(product: Product) -> dict[str, Any]:
    """A product as hits show it: without empty fields, whole numbers as such."""
    fields = {**vars(product), "images": [str(path) for path in product.images], **product.attributes}
    del fields["attributes"]
    return _shown(fields)


def quote(text: str) -> str:
    """A text as filters in SQL write it."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Snapshot:
    """A table that stays as it is, whatever is written meanwhile, and cached reads and results of it.

    Its methods are those of `Index`, where they are documented.
    """

    table: Any
    columns: Mapping[str, str]
    count: int
    gallery: Gallery | None
    """None where the products are too many for memory."""
    files: frozenset[str]
    spaces: dict[tuple[Identity, bool], Gallery] = field(default_factory=dict)
    """The gallery with the vectors of a space, as they were found or once `fill` has tried to get all of them."""
    _passing: dict[str, Indices] = field(default_factory=dict)
    """Filter in SQL to the positions of the products that pass: a shop's pages use few filters."""
    _counts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)
    """Filters that let a product pass and name no value that isn't there."""

    @cached_property
    def photos(self) -> Fingerprints:
        """The fingerprint of each product's photos, in the gallery's order. Shape: (n,)."""
        read = self.table.search().select([records.PHOTOS, "_rowid"]).limit(None).to_arrow()
        return np.array(read.sort_by("_rowid")[records.PHOTOS].to_pylist(), "S16")

    def counts(self, column: str) -> Mapping[str, int]:
        if column not in self._counts:
            values = self._read([column])[column].drop_null().value_counts().to_pylist()
            counts = sorted(((entry["values"], entry["counts"]) for entry in values), key=lambda one: (-one[1], one[0]))
            self._counts[column] = dict(counts)
        return self._counts[column]

    def matches(self, words: str) -> bool:
        return len(self._rows("").matching(words, [])) > 0

    def having(self, photos: str) -> Sequence[str]:
        """Ids of the products whose photos have this fingerprint."""
        if self.gallery is not None:
            return [self.gallery.ids[position] for position in np.flatnonzero(self.photos == photos.encode()).tolist()]
        where = f"{records.PHOTOS} = {quote(photos)}"
        ids: list[str] = self.table.search().where(where).select(["id"]).limit(None).to_arrow()["id"].to_pylist()
        return ids

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = ["id", "variant_of"]
        read = self._read(columns)
        all_ids, model_ids = (read[column].combine_chunks() for column in columns)
        models = pc.if_else(pc.equal(model_ids, ""), all_ids, model_ids)  # a model without a name: its first product's
        wanted = models.filter(pc.is_in(all_ids, value_set=pa.array(ids, pa.string())))
        variants: list[str] = all_ids.filter(pc.is_in(models, value_set=wanted)).to_pylist()
        return variants

    def check(self, where: str) -> None:
        source = self._rows(where)
        if source.where:
            passing = source.passing() if self.gallery is None else self._positions(self.gallery, source)
            self._check_values(source, len(passing))

    def browse(self, where: str, k: int, offset: int) -> SearchResult:
        source = self._rows(where)
        if self.gallery is None:
            row_ids = source.passing()["_rowid"].sort()
            total, shown = len(row_ids), row_ids[offset : offset + k].to_pylist()
            page = self.table.take_row_ids(shown).select(list(self.columns)).to_arrow()
        else:
            among = self._positions(self.gallery, source) if source.where else np.arange(len(self.gallery))
            total, page = len(among), self.gallery.items.take(among[offset : offset + k])
        self._check_values(source, total)
        items = [_shown(row) for row in page.to_pylist()]
        return SearchResult([item["id"] for item in items], [0.0] * len(items), items, total)

    def search(self, query: Query, space: Gallery | None = None) -> SearchResult:
        """The products nearest to the query, by the vectors of a space where its gallery is given."""
        source = self._rows(query.where, query.only)
        if self.gallery is None:
            candidates, matches = source.candidates(query)
            result = Gallery.of(candidates).rank(query, None, matches)
            if query.min_score is None:
                result = replace(result, total=source.count(query.without))
        else:
            among = self._positions(self.gallery, source) if source.where else None
            matches = None
            if query.words:
                matching = source.matching(query.words, [])
                matches = np.zeros(len(self.gallery), np.float32)
                matches[self.gallery.positions(matching)] = matching["_score"].to_numpy()
            result = (self.gallery if space is None else space).rank(query, among, matches)
        self._check_values(source, result.total)
        return result

    def _read(self, columns: list[str]) -> pa.Table:
        """All products, from memory where they are there."""
        if self.gallery is not None:
            return self.gallery.items
        return self.table.search().select(columns).limit(None).to_arrow()

    def _rows(self, where: str, only: str = "") -> _Rows:
        """The rows behind a customer's filter, and behind another one that a program made, which isn't checked.

        Raises:
            UsageError: the filter is not one expression, or names an unknown column.
        """
        from modiste.index.expressions import read  # whose parser takes long to import

        return _Rows(self.table, self.columns, read(where, self.columns) if where.strip() else EVERYTHING, only)

    def _positions(self, gallery: Gallery, source: _Rows) -> Indices:
        """Positions of the products that pass the filter."""
        positions = self._passing.get(source.where)
        if positions is None:
            if len(self._passing) >= REMEMBERED_FILTERS:
                self._passing.clear()
                self._checked.clear()
            positions = self._passing[source.where] = gallery.positions(source.passing())
        return positions

    def _check_values(self, source: _Rows, total: int) -> None:
        """Raise an error where a filter, which `total` products pass, names a value that none has; see `filters`."""
        import pyarrow.compute as pc

        if total and source.where in self._checked:
            return
        for condition in source.filter.conditions:
            if self.columns[condition.column] == "text":
                values = pc.unique(self._read([condition.column])[condition.column]).drop_null()
                filters.check_values(condition, values.filter(pc.not_equal(values, "")), total)
        self._checked.add(source.where)


@dataclass(frozen=True)
class Gallery:
    """Products in memory, searched exactly: their rows, and all their photos' vectors in one matrix."""

    items: pa.Table
    ids: list[str]
    row_ids: NDArray[np.uint64]
    """The store's own id of each product, ascending. Shape: (n,)."""
    matrix: Vectors
    """All photos' vectors, product after product. Shape: (photos, dim)."""
    starts: Indices | None
    """First row of each product in the matrix, and the end; None when each has one photo. Shape: (n + 1,)."""
    present: Indices | None = None
    """Positions of its products in the gallery that this one is a part of; None where it is none."""

    @classmethod
    def of(cls, table: pa.Table) -> Gallery:
        """Read a table of the store that has `_rowid`."""
        vectors = table[records.VECTORS].combine_chunks()
        flat, dim = vectors.flatten().flatten().to_numpy(zero_copy_only=False), vectors.type.value_type.list_size
        counts = np.diff(vectors.offsets.to_numpy())
        starts = None if (counts == 1).all() else np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        internal = [name for name in table.column_names if name in records.INTERNAL or name.startswith("_")]
        items = table.drop_columns(internal).combine_chunks()
        return cls(items, items["id"].to_pylist(), table["_rowid"].to_numpy(), flat.reshape(-1, dim), starts)

    def __len__(self) -> int:
        return len(self.row_ids)

    def aligned(self, space: Space, photos: Fingerprints) -> Gallery:
        """These products with the vectors of a space, those left out that it has none of.

        Args:
            photos: the fingerprint of each product's photos. Shape: (n,).
        """
        indices = space.find(photos)
        present = np.flatnonzero(indices >= 0)
        matrix, starts = space.matrix(indices[present])
        if len(present) == len(self):
            return replace(self, matrix=matrix, starts=starts)
        items = self.items.take(present)
        return Gallery(items, items["id"].to_pylist(), self.row_ids[present], matrix, starts, present)

    @cached_property
    def title_words(self) -> frozenset[str]:
        """Every word of the products' titles, in lower case."""
        import pyarrow.compute as pc

        words = pc.split_pattern_regex(pc.utf8_lower(self.items["title"]), r"[^\p{L}\p{N}]+")
        return frozenset(pc.unique(pc.list_flatten(words)).to_pylist()) - {""}

    def positions(self, rows: pa.Table) -> Indices:
        """Positions of some of the store's rows, by their `_rowid`."""
        positions: Indices = np.searchsorted(self.row_ids, rows["_rowid"].to_numpy())
        return positions

    def position(self, id: str) -> int:
        """Position of a product, or -1."""
        import pyarrow.compute as pc

        position: int = pc.index(self.items["id"], id).as_py()
        return position

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of the products named, those that are absent left out. Shape of each: (photos, dim)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if len(ids) == 1:  # which is much quicker to find
            found = [position] if (position := self.position(ids[0])) >= 0 else []
        else:
            present = pc.is_in(self.items["id"], value_set=pa.array(ids, pa.string())).to_numpy()
            found = np.flatnonzero(present).tolist()
        starts = range(len(self) + 1) if self.starts is None else self.starts
        return {self.ids[at]: self.matrix[starts[at] : starts[at + 1]] for at in found}

    def rank(self, query: Query, among: Indices | None = None, matches: Vectors | None = None) -> SearchResult:
        """The page of products that a query asks for: greatest first, equal ones by id.

        Args:
            among: positions of the products that pass the filter; None for all. With `present`, they are those in the
                whole gallery, as are the products of `matches`.
            matches: match of each product's words with the query's, from 0 to 1. Shape: (n,).
        """
        if self.present is not None:
            among = None if among is None else np.flatnonzero(np.isin(self.present, among, assume_unique=True))
            matches = None if matches is None else matches[self.present]
        scores = self._scores(query.vector, among)
        if query.min_score is not None or query.without:
            passes = np.ones(len(scores), bool) if query.min_score is None else scores >= query.min_score
            for position in map(self.position, query.without):
                if among is not None:
                    passes[among == position] = False
                elif position >= 0:
                    passes[position] = False
            kept = np.flatnonzero(passes)
            scores, among = scores[kept], kept if among is None else among[kept]
        order = scores
        if matches is not None:
            order = scores + WORDS_WEIGHT * (matches if among is None else matches[among])
        near = _at_least(order, query.offset + query.k)
        positions, total = near if among is None else among[near], len(scores)
        photos, starts = self._photos(positions)
        # A matrix product sums in an order that depends on the row, so that copies of a photo would differ by a hair.
        scores = _best_photo(np.einsum("pd,d->p", self.matrix[photos], query.vector), starts)
        order = scores if matches is None else scores + WORDS_WEIGHT * matches[positions]
        ids = [self.ids[position] for position in positions.tolist()]
        ranked = sorted(zip((-order).tolist(), ids, range(len(ids)), strict=True))
        ranked = ranked[query.offset : query.offset + query.k]
        best = np.array([index for _, _, index in ranked], np.int64)
        items = [_shown(row) for row in self.items.take(positions[best]).to_pylist()]
        return SearchResult([id for _, id, _ in ranked], scores[best].tolist(), items, total)

    def _scores(self, vector: Vectors, among: Indices | None) -> Vectors:
        """Each product's score, the cosine of its best photo, to about 1e-7. Shape: (dim,) to (n,) or (among,)."""
        if among is None:
            return _best_photo(self.matrix @ vector, self.starts)
        if 2 * len(among) > len(self):
            return self._scores(vector, None)[among]
        photos, starts = self._photos(among)
        return _best_photo(self.matrix[photos] @ vector, starts)

    def _photos(self, among: Indices) -> tuple[Indices, Indices | None]:
        """Rows of some products' photos in the matrix, and `starts` among them."""
        return (among, None) if self.starts is None else photos_of(self.starts, among)


@dataclass(frozen=True)
class _Rows:
    """Rows of one version of a table that pass filters, which were checked."""

    table: Any
    columns: Mapping[str, str]
    filter: Filter = EVERYTHING
    """The customer's."""
    only: str = ""
    """Another one in SQL, which a program made."""

    @property
    def where(self) -> str:
        """Both filters in SQL; empty for all products."""
        return " AND ".join(part for part in (self.filter.sql, self.only and f"({self.only})") if part)

    def passing(self) -> pa.Table:
        """`_rowid` of the products that pass the filter, ascending."""
        return self._run(self.table.search(), ["_rowid"], None)

    def matching(self, words: str, columns: list[str]) -> pa.Table:
        """The products whose words match best, with `_score` from 0 to 1; those that the words name have `_NAMED`."""
        import pyarrow as pa
        from lancedb.query import MatchQuery

        search = self.table.search(MatchQuery(words, records.WORDS), query_type="fts")  # no syntax in what is typed
        matching = self._run(search, [*columns, "_rowid", "_score"], _CANDIDATES)
        scores = matching["_score"].to_numpy()
        relative = (scores / max(scores.max(initial=0.0), 1e-9)).astype(np.float32)
        matching = matching.drop_columns("_score").append_column("_score", pa.array(relative))
        naming = " AND ".join(f"({part})" for part in (self.only, _named_by(words, self.columns)) if part)
        named = replace(self, only=naming)._run(self.table.search(), [*columns, "_rowid"], _CANDIDATES)
        named = named.append_column("_score", pa.array(np.full(len(named), _NAMED, np.float32)))
        return _distinct(pa.concat_tables([named, matching]))

    def candidates(self, query: Query) -> tuple[pa.Table, Vectors | None]:
        """Products near the query by the store's own index, which may miss some, and those whose words match.

        Returns:
            Each product once, and the matches of their words where the query has words. Shape: (n,).
        """
        import pyarrow as pa

        columns = [*self.columns, records.VECTORS]
        search = self.table.search(query.vector, vector_column_name=records.VECTORS).distance_type("cosine")
        count = min(max(_CANDIDATES, 2 * (query.offset + query.k)), self.table.count_rows())
        near = self._run(search.nprobes(_PROBES), [*columns, "_rowid", "_distance"], count).drop_columns("_distance")
        if not query.words:
            return near.sort_by("_rowid"), None
        matching = self.matching(query.words, columns)
        unmatched = near.append_column("_score", pa.array(np.zeros(len(near), np.float32)))
        union = _distinct(pa.concat_tables([matching, unmatched]))
        return union.drop_columns("_score"), union["_score"].to_numpy()

    def count(self, without: Iterable[str]) -> int:
        """Number of products that pass the filter, those of these ids left out."""
        conditions = [*filter(None, [self.where]), *(f"id != {quote(id)}" for id in without)]
        with self._explaining():
            return int(self.table.count_rows(" AND ".join(conditions) or None))

    def _run(self, search: Any, columns: list[str], limit: int | None) -> pa.Table:
        if self.where:
            search = search.where(self.where)
        with self._explaining():
            return search.select(columns).limit(limit).to_arrow()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Let errors that only the values bring about, such as a cast that fails, name the filter."""
        try:
            yield
        except (ValueError, RuntimeError) as error:
            if not self.filter.sql:
                raise
            cast = re.search(r"(?:Cannot cast|Error parsing)[^']*'(.*?)'", str(error))
            reason = f"'{shortened(cast[1])}' can't be cast" if cast else "its values can't be worked out"
            raise filters.wrong(self.filter.written, self.columns, reason) from error


def _distinct(table: pa.Table) -> pa.Table:
    """Each product's first row, ascending by `_rowid`."""
    _, first = np.unique(table["_rowid"].to_numpy(), return_index=True)
    return table.take(first)


def _named_by(words: str, columns: Mapping[str, str]) -> str:
    """Condition in SQL for products whose id, article number or brand the words are, or one of them with a digit."""
    written = words.strip().lower()
    codes = {word.strip(_MARKS) for word in re.split(r"[\s,;:]+", written) if re.search(r"\d", word)}
    spellings = {written, written.strip(_MARKS), *(code for code in codes if len(code) >= _CODE)} - {""}
    names = {name: kind for name, kind in columns.items() if _NAMING.search(name)}
    listed = ", ".join(map(quote, sorted(spellings)))
    texts = [f"lower(`{name}`) IN ({listed})" for name, kind in names.items() if kind == "text" and spellings]
    digits = [text for text in spellings if re.fullmatch("[0-9]{1,15}", text)]
    numbers = [f"`{name}` = {text}" for name, kind in names.items() if kind == "number" for text in digits]
    return " OR ".join([*texts, *numbers]) or "FALSE"


def _best_photo(scores: Vectors, starts: Indices | None) -> Vectors:
    """The greatest of each product's scores. Shape: (photos,) to (products,)."""
    if starts is None or len(starts) == 1:
        return scores
    best: Vectors = np.maximum.reduceat(scores, starts[:-1])
    return best


def _at_least(order: Vectors, count: int) -> Indices:
    """Indices of all values that are as great as the `count`-th greatest, or smaller by a rounding error.

    That one is at least as great as the `count`-th greatest of the blocks' maxima, which leaves few to look at.
    """
    whole = len(order) // BLOCK
    candidates = np.arange(len(order))
    if whole > count:
        greatest = order[: whole * BLOCK].reshape(whole, BLOCK).max(1)
        candidates = np.flatnonzero(order >= np.partition(greatest, whole - count)[whole - count] - _ROUNDING)
    if len(candidates) <= count:
        return candidates
    left = order[candidates]
    bar = np.partition(left, len(left) - count)[len(left) - count]
    kept: Indices = candidates[left >= bar - _ROUNDING]
    return kept


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as `as_item` shows its product."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in row.items()
        if value is not None
    }
