"""What the store itself finds: rows that pass a filter, rows whose words match, and near vectors above the limit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.errors import shortened
from modiste.index import filters, rows
from modiste.index.base import Query
from modiste.index.filters import EVERYTHING, Filter
from modiste.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

COUNT = 1000
"""Products that the words alone, and above the exact limit the vectors, may bring into the ranking."""

NAMED = 10.0
"""How well the words of a product match that they name: better than those of any other product can."""

NAMES = re.compile(
    "(^|_)(id|variant|sku|ean|gtin|upc|isbn|barcode|mpn|asin|article|number|code|model)(_|$)"
    "|(^|_)(brand|vendor|manufacturer|designer)(_|$)"
)
"""Columns that hold what products, or those who make them, are called by."""

CODE = 4
"""Characters, one of them a digit, from which on a word among others may be what a product is called by."""

PROBES = 32
"""Partitions of the vectors that are looked through above the exact limit."""


_MARKS = " #.,;:!?()[]\"'"
"""What may stand around an article number."""


@dataclass(frozen=True)
class Source:
    """One version of a table, and filters that were checked."""

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
        """The products whose words match best, with `_score` from 0 to 1; those that the words name have `NAMED`."""
        import pyarrow as pa
        from lancedb.query import MatchQuery

        search = self.table.search(MatchQuery(words, rows.WORDS), query_type="fts")  # no syntax in what is typed
        found = self._run(search, [*columns, "_rowid", "_score"], COUNT)
        scores = found["_score"].to_numpy()
        relative = (scores / max(scores.max(initial=0.0), 1e-9)).astype(np.float32)
        matching = found.drop_columns("_score").append_column("_score", pa.array(relative))
        naming = " AND ".join(f"({part})" for part in (self.only, _named(words, self.columns)) if part)
        named = replace(self, only=naming)._run(self.table.search(), [*columns, "_rowid"], COUNT)
        scores = pa.array(np.full(len(named), NAMED, np.float32))
        both = pa.concat_tables([named.append_column("_score", scores), matching])
        _, first = np.unique(both["_rowid"].to_numpy(), return_index=True)
        return both.take(first)

    def page(self, columns: list[str], k: int, offset: int) -> pa.Table:
        """Some of the products that pass the filter, in the store's order."""
        passing = self.passing()["_rowid"].sort()[offset : offset + k]
        return self.table.take_row_ids(passing.to_pylist()).select(columns).to_arrow()

    def nearest(self, query: Query, columns: list[str]) -> pa.Table:
        """Products near the query by the store's own index, which may miss some."""
        search = self.table.search(query.vector, vector_column_name=rows.VECTORS).distance_type("cosine")
        count = min(max(COUNT, 2 * (query.offset + query.k)), self.table.count_rows())
        return self._run(search.nprobes(PROBES), [*columns, "_rowid", "_distance"], count)

    def pool(self, query: Query) -> tuple[pa.Table, Vectors | None]:
        """The union of near products and matching ones, each once, and how well each one's words match."""
        import pyarrow as pa

        columns = [*self.columns, rows.VECTORS]
        near = self.nearest(query, columns).drop_columns("_distance")
        if not query.words:
            return near.sort_by("_rowid"), None
        said = self.matching(query.words, columns)
        both = pa.concat_tables([said, near.append_column("_score", pa.array(np.zeros(len(near), np.float32)))])
        _, first = np.unique(both["_rowid"].to_numpy(), return_index=True)
        pooled = both.take(first)
        return pooled.drop_columns("_score"), pooled["_score"].to_numpy()

    def count(self, without: Iterable[str] = ()) -> int:
        """Products that pass the filter, those of these ids left out."""
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
            raise filters.wrong(self.filter.written, self.columns, _reason(error)) from error


def _named(words: str, columns: Mapping[str, str]) -> str:
    """The products of which the words, or one with a digit, are the id, the article number or the brand, in SQL."""
    written = words.strip().lower()
    codes = {word.strip(_MARKS) for word in re.split(r"[\s,;:]+", written) if re.search(r"\d", word)}
    spellings = {written, written.strip(_MARKS), *(code for code in codes if len(code) >= CODE)} - {""}
    names = {name: kind for name, kind in columns.items() if NAMES.search(name)}
    listed = ", ".join(map(filters.quote, sorted(spellings)))
    texts = [f"lower(`{name}`) IN ({listed})" for name, kind in names.items() if kind == "text" and spellings]
    digits = [text for text in spellings if re.fullmatch("[0-9]{1,15}", text)]
    numbers = [f"`{name}` = {text}" for name, kind in names.items() if kind == "number" for text in digits]
    return " OR ".join([*texts, *numbers]) or "FALSE"


def _reason(error: Exception) -> str:
    """What a filter fails at, in words of ours."""
    cast = re.search(r"(?:Cannot cast|Error parsing)[^']*'(.*?)'", str(error))
    return f"'{shortened(cast[1])}' can't be cast" if cast else "its values can't be worked out"
