"""One version of a shop's table: filtered by the store, searched exactly in memory or by the store's own index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.errors import shortened
from modiste.index import filters, rows
from modiste.index.base import Identity, Query, SearchResult, items_of
from modiste.index.filters import EVERYTHING, Filter
from modiste.index.gallery import Gallery, rank
from modiste.index.space import Fingerprints, Space
from modiste.types import Indices, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

REMEMBERED_FILTERS = 64
"""Filters whose products are kept in memory."""

_CANDIDATES = 1000
"""Products that the words alone, and above the exact limit the vectors, may bring into the ranking."""

_NAMED = 10.0
"""Match of the words with a product that they name: higher than that of any other product can be."""

_NAMING = re.compile(
    "(^|_)(id|variant|sku|ean|gtin|upc|isbn|barcode|mpn|asin|article|number|code|model)(_|$)"
    "|(^|_)(brand|vendor|manufacturer|designer)(_|$)"
)
"""Columns with the codes and names of products, or the names of those who make them."""

_CODE = 4
"""Characters, one of them a digit, from which on a word among others may be a product's code."""

_PROBES = 32
"""Partitions of the vectors that are searched above the exact limit."""

_MARKS = " #.,;:!?()[]\"'"
"""Characters that may surround an article number."""


@dataclass(frozen=True)
class AlignedSpace:
    """Vectors of a space in the order of a gallery's products, those left out that the space has no vectors of."""

    gallery: Gallery
    present: Indices | None
    """Positions of its products in the other gallery; None when all are here."""
    filled: bool
    """True once `fill` has tried to get vectors for all of them."""

    @classmethod
    def of(cls, space: Space, gallery: Gallery, photos: Fingerprints, *, filled: bool) -> AlignedSpace:
        """Bring a space's vectors into a gallery's order.

        Args:
            photos: the fingerprint of each product's photos. Shape: (n,).
        """
        indices = space.find(photos)
        present = np.flatnonzero(indices >= 0)
        matrix, starts = space.matrix(indices[present])
        if len(present) == len(gallery):
            return cls(replace(gallery, matrix=matrix, starts=starts), None, filled)
        items = gallery.items.take(present)
        return cls(Gallery(items, items["id"].to_pylist(), gallery.row_ids[present], matrix, starts), present, filled)

    def rank(self, query: Query, among: Indices | None, matches: Vectors | None) -> SearchResult:
        """Rank as `rank` does; `among` and `matches` are those of the other gallery."""
        if self.present is None:
            return rank(self.gallery, query, among, matches)
        if among is not None:
            among = np.flatnonzero(np.isin(self.present, among, assume_unique=True))
        return rank(self.gallery, query, among, None if matches is None else matches[self.present])


@dataclass(frozen=True)
class View:
    """A table that stays as it is, whatever is written meanwhile, and cached reads and results of it."""

    table: Any
    columns: Mapping[str, str]
    count: int
    dim: int
    gallery: Gallery | None
    """None where the products are too many for memory."""
    files: frozenset[str]
    spaces: dict[Identity, AlignedSpace] = field(default_factory=dict)
    _passing: dict[str, Indices] = field(default_factory=dict)
    """Filter in SQL to the positions of the products that pass: a shop's pages use few filters."""
    _counts: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)
    """Filters that let a product pass and name no value that isn't there."""

    @cached_property
    def photos(self) -> Fingerprints:
        """The fingerprint of each product's photos, in the gallery's order. Shape: (n,)."""
        read = self._read([rows.PHOTOS, "_rowid"])
        return np.array(read.sort_by("_rowid")[rows.PHOTOS].to_pylist(), "S16")

    def counts(self, column: str) -> Mapping[str, int]:
        """The values of a column of text, the most frequent first, and how many products have each."""
        if column not in self._counts:
            read = self._read([column])[column].drop_null()
            counts = [(entry["values"], entry["counts"]) for entry in read.value_counts().to_pylist()]
            self._counts[column] = dict(sorted(counts, key=lambda entry: (-entry[1], entry[0])))
        return self._counts[column]

    def matching(self, words: str) -> bool:
        """True if any product carries one of the words."""
        return len(self._rows("").matching(words, [])) > 0

    def having(self, photos: str) -> Sequence[str]:
        """Ids of the products whose photos have this fingerprint."""
        if self.gallery is not None:
            all_ids = self.gallery.ids
            return [all_ids[position] for position in np.flatnonzero(self.photos == photos.encode()).tolist()]
        where = f"{rows.PHOTOS} = {filters.quote(photos)}"
        ids: list[str] = self.table.search().where(where).select(["id"]).limit(None).to_arrow()["id"].to_pylist()
        return ids

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of all products of the models that these products are of, themselves included."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = ["id", "variant_of"]
        read = self.gallery.items if self.gallery else self._read(columns)
        all_ids, model_ids = (read[column].combine_chunks() for column in columns)
        models = pc.if_else(pc.equal(model_ids, ""), all_ids, model_ids)  # a model without a name: its first product's
        wanted = models.filter(pc.is_in(all_ids, value_set=pa.array(ids, pa.string())))
        variants: list[str] = all_ids.filter(pc.is_in(models, value_set=wanted)).to_pylist()
        return variants

    def check(self, where: str) -> None:
        """Raise the error that a search with this filter would."""
        source = self._rows(where)
        if source.where:
            passing = source.passing() if self.gallery is None else self._positions(self.gallery, source)
            self._check_values(source, len(passing))

    def browse(self, where: str, k: int, offset: int) -> SearchResult:
        """The products that pass a filter, in the order in which they came."""
        source = self._rows(where)
        if self.gallery is None:
            total, page = source.count(), source.page(list(self.columns), k, offset)
        else:
            among = self._positions(self.gallery, source) if source.where else np.arange(len(self.gallery))
            total, page = len(among), self.gallery.items.take(among[offset : offset + k])
        self._check_values(source, total)
        items = items_of(page)
        return SearchResult([item["id"] for item in items], [0.0] * len(items), items, total)

    def search(self, query: Query, space: AlignedSpace | None = None) -> SearchResult:
        """The products nearest to the query.

        Args:
            space: vectors to search instead of the encoder's own.
        """
        source = self._rows(query.where, query.only)
        if self.gallery is None:
            candidates, matches = source.candidates(query)
            result = rank(Gallery.of(candidates, self.dim), query, None, matches)
            if query.min_score is None:
                result = replace(result, total=source.count(query.without))
        else:
            among = self._positions(self.gallery, source) if source.where else None
            matches = None
            if query.words:
                matching = source.matching(query.words, [])
                matches = np.zeros(len(self.gallery), np.float32)
                matches[self.gallery.positions(matching["_rowid"].to_numpy())] = matching["_score"].to_numpy()
            result = rank(self.gallery, query, among, matches) if space is None else space.rank(query, among, matches)
        self._check_values(source, result.total)
        return result

    def _read(self, columns: list[str]) -> pa.Table:
        return self.table.search().select(columns).limit(None).to_arrow()

    def _rows(self, where: str, only: str = "") -> _Rows:
        """The rows behind a filter.

        Args:
            only: another filter that a program made, which isn't checked.

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
            positions = self._passing[source.where] = gallery.positions(source.passing()["_rowid"].to_numpy())
        return positions

    def _check_values(self, source: _Rows, total: int) -> None:
        """Raise an error where a filter names a value that no product has and lets none or all pass by it.

        Args:
            total: products that pass.
        """
        import pyarrow.compute as pc

        if total and source.where in self._checked:
            return
        for condition in source.filter.conditions:
            if self.columns[condition.column] == "text":
                read = self.gallery.items if self.gallery else self._read([condition.column])
                values = pc.unique(read[condition.column]).drop_null()
                filters.check_values(condition, values.filter(pc.not_equal(values, "")), total)
        self._checked.add(source.where)


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

        search = self.table.search(MatchQuery(words, rows.WORDS), query_type="fts")  # no syntax in what is typed
        matching = self._run(search, [*columns, "_rowid", "_score"], _CANDIDATES)
        scores = matching["_score"].to_numpy()
        relative = (scores / max(scores.max(initial=0.0), 1e-9)).astype(np.float32)
        matching = matching.drop_columns("_score").append_column("_score", pa.array(relative))
        naming = " AND ".join(f"({part})" for part in (self.only, _named_by(words, self.columns)) if part)
        named = replace(self, only=naming)._run(self.table.search(), [*columns, "_rowid"], _CANDIDATES)
        named = named.append_column("_score", pa.array(np.full(len(named), _NAMED, np.float32)))
        return _distinct(pa.concat_tables([named, matching]))

    def page(self, columns: list[str], k: int, offset: int) -> pa.Table:
        """Products that pass the filter, in the store's order, `k` from `offset` on."""
        passing = self.passing()["_rowid"].sort()[offset : offset + k]
        return self.table.take_row_ids(passing.to_pylist()).select(columns).to_arrow()

    def candidates(self, query: Query) -> tuple[pa.Table, Vectors | None]:
        """Products near the query by the store's own index, which may miss some, and those whose words match.

        Returns:
            Each product once, and the matches of their words where the query has words. Shape: (n,).
        """
        import pyarrow as pa

        columns = [*self.columns, rows.VECTORS]
        search = self.table.search(query.vector, vector_column_name=rows.VECTORS).distance_type("cosine")
        count = min(max(_CANDIDATES, 2 * (query.offset + query.k)), self.table.count_rows())
        near = self._run(search.nprobes(_PROBES), [*columns, "_rowid", "_distance"], count).drop_columns("_distance")
        if not query.words:
            return near.sort_by("_rowid"), None
        matching = self.matching(query.words, columns)
        unmatched = near.append_column("_score", pa.array(np.zeros(len(near), np.float32)))
        union = _distinct(pa.concat_tables([matching, unmatched]))
        return union.drop_columns("_score"), union["_score"].to_numpy()

    def count(self, without: Iterable[str] = ()) -> int:
        """Number of products that pass the filter, those of these ids left out."""
        conditions = [*filter(None, [self.where]), *(f"id != {filters.quote(id)}" for id in without)]
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
    listed = ", ".join(map(filters.quote, sorted(spellings)))
    texts = [f"lower(`{name}`) IN ({listed})" for name, kind in names.items() if kind == "text" and spellings]
    digits = [text for text in spellings if re.fullmatch("[0-9]{1,15}", text)]
    numbers = [f"`{name}` = {text}" for name, kind in names.items() if kind == "number" for text in digits]
    return " OR ".join([*texts, *numbers]) or "FALSE"
