"""One version of a shop's table, as searches see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.errors import UsageError, shortened, unknown
from modiste.index import filters, rows
from modiste.index.aligned import Aligned
from modiste.index.base import Found, Identity, Query
from modiste.index.candidates import Source
from modiste.index.filters import EVERYTHING, Named
from modiste.index.gallery import Gallery, rank
from modiste.index.space import Fingerprints
from modiste.types import Indices

if TYPE_CHECKING:
    import pyarrow as pa

FILTERS = 64
"""Filters whose products are remembered."""

LOOKED_AT = 4096
"""Values of a column that are compared with a pattern together, until one is like it."""


@dataclass(frozen=True)
class View:
    """A table that stays as it is, whatever is written meanwhile, and what was read or worked out of it."""

    table: Any
    columns: Mapping[str, str]
    count: int
    dim: int
    gallery: Gallery | None
    """Nothing where the products are too many for memory."""
    files: frozenset[str]
    passing: dict[str, Indices] = field(default_factory=dict)
    """Where the products stand that pass the filters used so far: a shop's pages use few of them."""
    spaces: dict[Identity, Aligned] = field(default_factory=dict)
    counted: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """What `counts` has answered."""
    checked: set[str] = field(default_factory=set)
    """Filters that let something pass and name no value that isn't there."""

    @cached_property
    def photos(self) -> Fingerprints:
        """The fingerprint of each product's photos, in the gallery's order. Shape: (n,)."""
        read = self.table.search().select([rows.PHOTOS, "_rowid"]).limit(None).to_arrow()
        return np.array(read.sort_by("_rowid")[rows.PHOTOS].to_pylist(), "S16")

    def counts(self, column: str) -> Mapping[str, int]:
        """The values of a column of text, the most frequent first, and how many products have each."""
        if column not in self.counted:
            read = self.table.search().select([column]).limit(None).to_arrow()[column].drop_null()
            counts = [(one["values"], one["counts"]) for one in read.value_counts().to_pylist()]
            self.counted[column] = dict(sorted(counts, key=lambda one: (-one[1], one[0])))
        return self.counted[column]

    def source(self, where: str, only: str = "") -> Source:
        """The table behind a filter.

        Args:
            only: another filter that a program made, which isn't checked.

        Raises:
            UsageError: the filter is not one expression, or names an unknown column.
        """
        from modiste.index.expressions import read

        return Source(self.table, self.columns, read(where, self.columns) if where.strip() else EVERYTHING, only)

    def check(self, where: str) -> None:
        """Raise the error that a search with this filter would."""
        source = self.source(where)
        if source.where:
            found = source.passing() if self.gallery is None else self._passing(self.gallery, source)
            self._check_values(source, len(found))

    def browse(self, where: str, k: int, offset: int) -> Found:
        """The products that pass a filter, in the order in which they came."""
        source = self.source(where)
        if self.gallery is None:
            total, page = source.count(), source.page(list(self.columns), k, offset)
        else:
            among = self._passing(self.gallery, source) if source.where else np.arange(len(self.gallery))
            total, page = len(among), self.gallery.items.take(among[offset : offset + k])
        self._check_values(source, total)
        items = rows.items(page)
        return Found([item["id"] for item in items], [0.0] * len(items), items, total)

    def search(self, query: Query, space: Aligned | None = None) -> Found:
        """The products nearest to the query.

        Args:
            space: where to look instead of among the encoder's own vectors.
        """
        source = self.source(query.where, query.only)
        if self.gallery is None:
            found = self._approximate(source, query)
        else:
            found = self._exact(self.gallery, source, query, space)
        self._check_values(source, found.total)
        return found

    def having(self, photos: str) -> Sequence[str]:
        """Ids of the products whose photos have this fingerprint."""
        if self.gallery is not None:
            held = self.gallery.ids
            return [held[place] for place in np.flatnonzero(self.photos == photos.encode()).tolist()]
        where = f"{rows.PHOTOS} = {filters.quote(photos)}"
        found: list[str] = self.table.search().where(where).select(["id"]).limit(None).to_arrow()["id"].to_pylist()
        return found

    def variants(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of all products of the models that these products are of, themselves included."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = ["id", "variant_of"]
        read = self.gallery.items if self.gallery else self.table.search().select(columns).limit(None).to_arrow()
        held, named = (read[column].combine_chunks() for column in columns)
        models = pc.if_else(pc.equal(named, ""), held, named)  # a model without a name goes by its first product
        theirs = models.filter(pc.is_in(held, value_set=pa.array(ids, pa.string())))
        found: list[str] = held.filter(pc.is_in(models, value_set=theirs)).to_pylist()
        return found

    def _exact(self, gallery: Gallery, source: Source, query: Query, space: Aligned | None) -> Found:
        among = self._passing(gallery, source) if source.where else None
        matches = None
        if query.words:
            found = source.matching(query.words, [])
            matches = np.zeros(len(gallery), np.float32)
            matches[gallery.positions(found["_rowid"].to_numpy())] = found["_score"].to_numpy()
        if space is None:
            return rank(gallery, query, among, matches)
        return rank(space.gallery, query, space.among(among), space.matches(matches))

    def _approximate(self, source: Source, query: Query) -> Found:
        """Let the store's own index bring candidates, then rank those exactly."""
        pooled, matches = source.pool(query)
        found = rank(Gallery.of(pooled, self.dim), query, None, matches)
        return found if query.min_score is not None else replace(found, total=source.count(query.without))

    def _passing(self, gallery: Gallery, source: Source) -> Indices:
        """Where the products stand that pass the filter."""
        held = self.passing.get(source.where)
        if held is None:
            if len(self.passing) >= FILTERS:
                self.passing.clear()
                self.checked.clear()
            held = self.passing[source.where] = gallery.positions(source.passing()["_rowid"].to_numpy())
        return held

    def _check_values(self, source: Source, total: int) -> None:
        """Say which values there are, where a filter names one that no product has and lets nothing or all pass by it.

        Args:
            total: products that pass.
        """
        if total and source.where in self.checked:
            return
        for named in source.filter.named:
            if self.columns[named.column] == "text":
                _check_named(named, self.values(named.column), total)
        self.checked.add(source.where)

    def values(self, column: str) -> pa.Array:
        """The different values of a column of text, empty ones left out."""
        import pyarrow.compute as pc

        read = self.gallery.items if self.gallery else self.table.search().select([column]).limit(None).to_arrow()
        values = pc.unique(read[column]).drop_null()
        return values.filter(pc.not_equal(values, ""))


def _check_named(named: Named, values: pa.Array, total: int) -> None:
    """Raise an error where a filter names a value that no product has, and means one that some have.

    A filter that finds something is taken at its word, unless it leaves out a value that isn't there, or one that
    differs from those that are in capitals alone.

    Args:
        values: of the column.
        total: products that pass the filter.
    """
    missing = _missing(named, values)
    for text, otherwise in missing.items():
        if otherwise and named.operator == "LIKE":
            raise UsageError(
                f'no {named.column} is LIKE "{shortened(text)}" in this shop; ILIKE, to which capitals are the same as '
                f"small letters, finds {', '.join(map(shortened, otherwise))}"
            )
        # Whoever leaves out products by their ids may well know some that are no longer there.
        left_out = named.negated and named.operator == "=" and named.column != "id"
        if otherwise or left_out or (not total and len(missing) == len(named.texts)):
            raise unknown(named.column, text, otherwise or values.to_pylist(), "in this shop")


def _missing(named: Named, values: pa.Array) -> dict[str, list[str]]:
    """The texts that no value is equal to or like, and the values that differ from each in capitals alone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if named.operator != "=":
        absent = [text for text in named.texts if not _like(values, text, ignore_case=named.operator == "ILIKE")]
        return {text: _like(values, text, ignore_case=True) for text in absent}
    held = set(values.filter(pc.is_in(values, pa.array(named.texts))).to_pylist())
    missing = {text: list[str]() for text in named.texts if text and text not in held}
    if missing:
        lowered = [text.lower() for text in missing]
        alike = values.filter(pc.is_in(pc.utf8_lower(values), pa.array(lowered))).to_pylist()
        for text, others in missing.items():
            others += [value for value in alike if value.lower() == text.lower()]
    return missing


def _like(values: pa.Array, pattern: str, *, ignore_case: bool) -> list[str]:
    """A few of the values that are like a pattern."""
    import pyarrow.compute as pc

    for start in range(0, len(values), LOOKED_AT):
        part = values.slice(start, LOOKED_AT)
        found: list[str] = part.filter(pc.match_like(part, pattern, ignore_case=ignore_case)).to_pylist()
        if found:
            return found[:3]
    return []
