"""What one vector search finds for an outfit in one category, and which item of the outfit it is found for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.index import Identity, Index, Query
from modiste.shop.assortment import Wanted
from modiste.shop.results import Match
from modiste.types import Vectors

if TYPE_CHECKING:
    from modiste.complete.lookup import OutfitQuery
    from modiste.complete.pipeline import Completer

POOL = 5
"""Models that are considered for each product that is shown, so that those shown can differ."""

LEAST = 50
"""Products that are considered at least."""

NEAR_COPY = 0.97
"""Cosine from which on two products look the same to the network."""


@dataclass(frozen=True)
class Ensemble:
    """Items that are worn together, as the network sees them."""

    ids: tuple[str, ...]
    categories: tuple[str, ...]
    vectors: Vectors
    """Shape: (n, dim)."""

    def speaking(self, category: str) -> Ensemble:
        """The items that say something of a category: those of others."""
        kept = [place for place, own in enumerate(self.categories) if own != category]
        names = [(self.ids[place], self.categories[place]) for place in kept]
        return Ensemble(tuple(id for id, _ in names), tuple(own for _, own in names), self.vectors[kept])

    def plus(self, candidates: Candidates, place: int) -> Ensemble:
        """The same with a candidate."""
        return Ensemble(
            (*self.ids, candidates.ids[place]),
            (*self.categories, candidates.wanted.category),
            np.concatenate([self.vectors, candidates.vectors[place : place + 1]]),
        )


@dataclass(frozen=True)
class Candidates:
    """Products of one category that fit an outfit, best first."""

    wanted: Wanted
    ids: Sequence[str]
    items: Sequence[Mapping[str, Any]]
    vectors: Vectors
    """Of each one's best photo. Shape: (m, dim)."""
    scores: Sequence[float]
    total: int
    """Products that pass the filter and the least score, candidates or not."""

    @property
    def models(self) -> list[str]:
        """The model that each is of."""
        return [item.get("variant_of") or id for id, item in zip(self.ids, self.items, strict=True)]

    def take(self, places: Sequence[int]) -> Candidates:
        """Some of them."""
        ids, items = [self.ids[place] for place in places], [self.items[place] for place in places]
        scores = [self.scores[place] for place in places]
        return Candidates(self.wanted, ids, items, self.vectors[list(places)], scores, self.total)


@dataclass(frozen=True)
class Seeker:
    """Finds candidates in one shop."""

    index: Index
    completer: Completer
    space: Identity
    where: str
    wearer: str
    """Products for those who wear the items, in SQL; empty for all."""
    without: tuple[str, ...]
    """Ids of the outfit's items, and of other products of their models."""

    def find(
        self, outfit: Ensemble, wanted: Wanted, products: str, count: int, least: float | None = None
    ) -> tuple[Candidates, list[int]]:
        """The best candidates, and which of them to show: so many that differ.

        Args:
            products: those that are asked for, in SQL.
            least: least score.
        """
        request = self._request(outfit, wanted.category)
        only = f"({products}) AND {self.wearer}" if self.wearer else products
        cosine = None if least is None else (least - request.offset) / max(request.scale, 1e-12)
        size = max(POOL * count, LEAST)
        while True:
            asked = Query(request.vector, "", self.where, cosine, self.without, size, only=only)
            found = self.index.search(asked, self.space)
            vectors = self._best_photos(found.ids, request.vector)
            scores = [request.scale * score + request.offset for score in found.scores]
            candidates = Candidates(wanted, found.ids, found.items, vectors, scores, found.total)
            models = candidates.models
            if len(set(models)) >= POOL * count or len(models) == found.total:
                return candidates, varied(models, vectors, count)
            size *= POOL  # what was found are a few models in many colours

    def scores(self, outfit: Ensemble, candidates: Candidates) -> Vectors:
        """How well candidates fit another outfit than the one that they were found for. Shape: (m,)."""
        request = self._request(outfit, candidates.wanted.category)
        return candidates.vectors @ request.vector * request.scale + request.offset

    def matches(self, outfit: Ensemble, candidates: Candidates, places: Sequence[int]) -> tuple[Match, ...]:
        """Some of the candidates, with how well they fit and what each item of the outfit says of them."""
        if not places:
            return ()
        heard, wanted, scores = outfit.speaking(candidates.wanted.category), candidates.wanted, candidates.scores
        said = self.completer.contributions(heard.vectors, heard.categories, wanted.category, candidates.vectors)
        lifts = said - said.mean(0)  # an item that says the same of all candidates tells none from the others
        loudest = lifts.argmax(1)
        return tuple(
            Match(
                candidates.ids[place],
                float(scores[place]),
                candidates.items[place],
                wanted.name,
                dict(zip(heard.ids, said[place].tolist(), strict=True)),
                heard.ids[loudest[place]],
                float(lifts[place, loudest[place]]),
            )
            for place in places
        )

    def _request(self, outfit: Ensemble, category: str) -> OutfitQuery:
        heard = outfit.speaking(category)
        return self.completer.query(heard.vectors, heard.categories, category)

    def _best_photos(self, ids: Sequence[str], vector: Vectors) -> Vectors:
        """The vector of each product's photo that fits best. Shape: (m, dim)."""
        held = self.index.vectors(ids, self.space)
        best = [held[id][(held[id] @ vector).argmax()] for id in ids]
        return np.stack(best) if best else np.empty((0, self.space.dim), np.float32)


def varied(models: Sequence[str], vectors: Vectors, count: int) -> list[int]:
    """Places of the best candidates that differ, in order; near copies stand in only where there are no others.

    Args:
        models: of which one product each is taken.
        vectors: of the candidates, best first. Shape: (m, dim).
    """
    taken: list[int] = []
    copies: list[int] = []
    for place, model in enumerate(models):
        if len(taken) == count:
            break
        if any(model == models[other] for other in taken):
            continue
        near = bool(taken) and float((vectors[taken] @ vectors[place]).max()) > NEAR_COPY
        (copies if near else taken).append(place)
    for place in copies:
        if len(taken) < count and all(models[place] != models[other] for other in taken):
            taken.append(place)
    return sorted(taken)
