"""Answers of a shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modiste.index import SearchResult


@dataclass(frozen=True)
class Hit:
    """A product that was found."""

    id: str
    score: float
    """Cosine between the query and the product's best photo, from -1 to 1."""
    item: Mapping[str, Any]
    """Its row: the fields and attributes that it has."""


@dataclass(frozen=True)
class Page:
    """Hits in order, best first."""

    hits: tuple[Hit, ...]
    total: int
    """Products that pass the filter and the least score, on this page or not."""
    next: str | None = None
    """The cursor of the following page; nothing on the last one."""
    turns: tuple[Hit, ...] = ()
    """The best hit of each turn of `Shop.refine` before the last one."""
    left_out: int = 0
    """Products that `Shop.refine` can't find, because their photos are gone or changed since they were indexed."""
    notes: tuple[str, ...] = ()
    """Notes on the text: what is left out, what was not understood."""

    @classmethod
    def of(
        cls,
        found: SearchResult,
        offset: int,
        turns: tuple[Hit, ...] = (),
        left_out: int = 0,
        notes: tuple[str, ...] = (),
    ) -> Page:
        """The page that begins at `offset`, of what an index found."""
        hits = tuple(map(Hit, found.ids, found.scores, found.items))
        end = offset + len(hits)
        return cls(hits, found.total, str(end) if hits and end < found.total else None, turns, left_out, notes)


@dataclass(frozen=True)
class Worn:
    """An item of the outfit that `Shop.complete` was asked about."""

    id: str
    category: str
    """The network's category."""
    predicted: bool
    """Whether it was predicted from its photo, because its own category isn't understood."""
    item: Mapping[str, Any]
    """Its row: the fields and attributes that it has."""


@dataclass(frozen=True)
class Match(Hit):
    """A product that completes an outfit; its score is how well it fits, 1 being perfect."""

    category: str
    """The category that was asked for, as the shop or the network calls it."""
    contributions: Mapping[str, float]
    """Id of each item of the outfit to its share of the score."""
    top_contributor: str
    """The item that tells this product most from the others that were considered."""
    margin: float
    """Contribution of that item above its mean contribution to those others."""


@dataclass(frozen=True)
class Group:
    """Products that were found in one category."""

    category: str
    """The category that was asked for, as the shop or the network calls it."""
    hits: tuple[Match, ...]
    """Best first; of a product's models and of near copies one each, as long as there are others."""
    total: int
    """Products of the category that pass the filter and the least score, shown or not."""
    likely: float | None = None
    """Probability that outfits with these items have something of this category; nothing where it was asked for."""


@dataclass(frozen=True)
class Look:
    """Products that complete an outfit together, one of each category that was asked for."""

    hits: tuple[Match, ...]
    """In the order in which they were asked for; each one's score is how well it fits all the rest."""
    score: float
    """Their mean."""


@dataclass(frozen=True)
class Completion:
    """Answer of `Shop.complete`."""

    items: tuple[Worn, ...]
    groups: tuple[Group, ...]
    """The category that was asked for; where none was, the likeliest ones that are missing; else nothing."""
    looks: tuple[Look, ...]
    """Whole outfits, best first, where several categories were asked for."""
    notes: tuple[str, ...] = ()
    """Assumptions that were made."""
    left_out: int = 0
    """Products that can't be found, because their photos are gone or changed since they were indexed."""

    @property
    def hits(self) -> tuple[Match, ...]:
        """The products found in all groups: where one category was asked for, its hits."""
        return tuple(hit for group in self.groups for hit in group.hits)


@dataclass(frozen=True)
class Report:
    """Numbers of a catalogue's products that were added, changed or rejected."""

    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    """Rows and photos that could not be used; `rejected.jsonl` in the shop says why."""
    seconds: float
    notes: tuple[str, ...] = ()
    """Changes for those who search, such as the kind of a column."""
