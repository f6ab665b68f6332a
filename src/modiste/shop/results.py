"""What a shop answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modiste.index import Found


@dataclass(frozen=True)
class Hit:
    """A product that was found."""

    id: str
    score: float
    """Cosine between the query and the product's best photo, from -1 to 1."""
    item: Mapping[str, Any]
    """Its row: the fields and attributes that it has."""

    @classmethod
    def best(cls, found: Found) -> Hit:
        """The first of what an index found."""
        return cls(found.ids[0], found.scores[0], found.items[0])


@dataclass(frozen=True)
class Page:
    """Hits in order, best first."""

    hits: tuple[Hit, ...]
    total: int
    """Products that pass the filter and the least score, on this page or not."""
    next: str | None = None
    """The cursor of the following page; nothing on the last one."""
    turns: tuple[Hit, ...] = ()
    """What the turns before the last one of `Shop.refine` found."""
    left_out: int = 0
    """Products that `Shop.refine` can't find, because their photos are gone or changed since they were indexed."""

    @classmethod
    def of(cls, found: Found, offset: int, turns: tuple[Hit, ...] = (), left_out: int = 0) -> Page:
        """What an index found from `offset` on."""
        hits = tuple(map(Hit, found.ids, found.scores, found.items))
        end = offset + len(hits)
        return cls(hits, found.total, str(end) if hits and end < found.total else None, turns, left_out)


@dataclass(frozen=True)
class Report:
    """What became of a catalogue's products."""

    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    """Rows and photos that could not be used; `rejected.jsonl` in the shop says why."""
    seconds: float
