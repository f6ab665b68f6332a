"""Candidates for an outfit in one category, and whole looks: one product of each of several categories.

Candidates come from one vector search a category; looks are put together from them by a beam search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from modiste.index import Identity, Index, Query
from modiste.shop.contract import Look, Match
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

CANDIDATES = 20
"""Products of each category that are tried with those of the others."""

WIDTH = 60
"""Unfinished looks that are kept beside each other; four for each that is shown, if those are more."""

SHARE = 4
"""No product is in more than one unfinished look out of so many, if there are others."""

REPEAT = 0.2
"""Penalty of a look that shares all its products with one shown before; less where it shares fewer."""


@dataclass(frozen=True)
class Outfit:
    """Items that are worn together, as the network sees them."""

    ids: tuple[str, ...]
    categories: tuple[str, ...]
    vectors: Vectors
    """Shape: (n, dim)."""

    def of_others(self, category: str) -> Outfit:
        """Items of other categories, which alone are asked what fits in a category."""
        kept = [index for index, own in enumerate(self.categories) if own != category]
        ids, categories = tuple(self.ids[index] for index in kept), tuple(self.categories[index] for index in kept)
        return Outfit(ids, categories, self.vectors[kept])


@dataclass(frozen=True)
class Candidates:
    """Products of one category that fit an outfit, best first."""

    label: str
    """The category as answers call it."""
    category: str
    """The network's category."""
    ids: Sequence[str]
    items: Sequence[Mapping[str, Any]]
    vectors: Vectors
    """Of each product's best photo. Shape: (m, dim)."""
    scores: Sequence[float]
    total: int
    """Products that pass the filter and the least score, candidates or not."""

    @property
    def models(self) -> list[str]:
        """The model that each is of."""
        return [item.get("variant_of") or id for id, item in zip(self.ids, self.items, strict=True)]

    def take(self, indices: Sequence[int]) -> Candidates:
        """The candidates of some indices."""
        ids, items = [self.ids[index] for index in indices], [self.items[index] for index in indices]
        scores = [self.scores[index] for index in indices]
        return replace(self, ids=ids, items=items, vectors=self.vectors[list(indices)], scores=scores)


@dataclass(frozen=True)
class CandidateSearch:
    """Search for candidates in one shop."""

    index: Index
    completer: Completer
    space: Identity
    where: str
    wearer: str
    """Filter in SQL of the products for those who wear the items; empty for all."""
    without: tuple[str, ...]
    """Ids of the outfit's items, and of other products of their models."""

    def find(
        self, outfit: Outfit, label: str, category: str, products: str, count: int, min_score: float | None = None
    ) -> tuple[Candidates, list[int]]:
        """Find the best candidates, and the indices of those to show: so many that differ.

        Args:
            label: the category as answers call it.
            category: the network's category.
            products: filter in SQL of the products of the category.
        """
        request = self._request(outfit, category)
        only = f"({products}) AND {self.wearer}" if self.wearer else products
        least_cosine = None if min_score is None else (min_score - request.offset) / max(request.scale, 1e-12)
        size = max(POOL * count, LEAST)
        while True:
            query = Query(request.vector, "", self.where, least_cosine, self.without, size, only=only)
            found = self.index.search(query, self.space)
            photos = self.index.vectors(found.ids, self.space)
            best = [photos[id][(photos[id] @ request.vector).argmax()] for id in found.ids]
            vectors = np.stack(best) if best else np.empty((0, self.space.dim), np.float32)
            scores = [request.scale * score + request.offset for score in found.scores]
            candidates = Candidates(label, category, found.ids, found.items, vectors, scores, found.total)
            models = candidates.models
            if len(set(models)) >= POOL * count or len(models) == found.total:
                return candidates, _varied(models, vectors, count)
            size *= POOL  # a few models in many colours were found

    def scores(self, outfit: Outfit, candidates: Candidates) -> Vectors:
        """Scores of candidates for another outfit than the one that they were found for. Shape: (m,)."""
        request = self._request(outfit, candidates.category)
        return candidates.vectors @ request.vector * request.scale + request.offset

    def matches(self, outfit: Outfit, candidates: Candidates, indices: Sequence[int]) -> tuple[Match, ...]:
        """Some of the candidates, with each item's contribution to their scores."""
        if not indices:
            return ()
        items = outfit.of_others(candidates.category)
        contributions = self.completer.contributions(
            items.vectors, items.categories, candidates.category, candidates.vectors
        )
        margins = contributions - contributions.mean(0)  # an item that gives all candidates the same tells none apart
        top = margins.argmax(1)
        return tuple(
            Match(
                candidates.ids[index],
                float(candidates.scores[index]),
                candidates.items[index],
                candidates.label,
                dict(zip(items.ids, contributions[index].tolist(), strict=True)),
                items.ids[top[index]],
                float(margins[index, top[index]]),
            )
            for index in indices
        )

    def _request(self, outfit: Outfit, category: str) -> OutfitQuery:
        items = outfit.of_others(category)
        return self.completer.query(items.vectors, items.categories, category)


def _varied(models: Sequence[str], vectors: Vectors, count: int) -> list[int]:
    """Indices of the best candidates that differ, in order; near copies stand in only where there are no others.

    Args:
        models: of which one product each is taken.
        vectors: of the candidates, best first. Shape: (m, dim).
    """
    taken: list[int] = []
    copies: list[int] = []
    for index, model in enumerate(models):
        if len(taken) == count:
            break
        if any(model == models[other] for other in taken):
            continue
        near = bool(taken) and float((vectors[taken] @ vectors[index]).max()) > NEAR_COPY
        (copies if near else taken).append(index)
    for index in copies:
        if len(taken) < count and all(models[index] != models[other] for other in taken):
            taken.append(index)
    return sorted(taken)


class _Beam(NamedTuple):
    """A look, finished or not: one candidate of each of the first pools."""

    chosen: tuple[int, ...]
    """Index of the candidate in each pool."""
    score: float


def best_looks(
    search: CandidateSearch, outfit: Outfit, pools: Sequence[Candidates], count: int, min_score: float | None = None
) -> tuple[Look, ...]:
    """Find the best looks that differ, best first.

    Args:
        pools: candidates of each category, in the order in which looks show them.
        min_score: of each product in its look.
    """
    beams = [_Beam((), 0.0)]
    for pool in pools:
        longer: list[_Beam] = []
        for beam in beams:
            worn = {pools[at].models[index] for at, index in enumerate(beam.chosen)}
            scores = search.scores(_worn_with(outfit, pools, beam.chosen), pool).tolist()
            longer += [
                _Beam((*beam.chosen, index), beam.score + score)
                for index, (model, score) in enumerate(zip(pool.models, scores, strict=True))
                if model not in worn
            ]
        beams = _pruned(longer, max(WIDTH, 4 * count))

    whole: dict[frozenset[str], _Beam] = {}  # two names of one category find looks of the same products
    for beam in beams:
        scores = []
        for at, index in enumerate(beam.chosen):
            rest = _worn_with(outfit, pools, beam.chosen, without=at)
            scores.append(float(search.scores(rest, pools[at].take([index]))[0]))
        if min_score is None or min(scores) >= min_score:
            ids = frozenset(pools[at].ids[index] for at, index in enumerate(beam.chosen))
            whole[ids] = whole.pop(ids, _Beam(beam.chosen, float(np.mean(scores))))

    looks = []
    for beam in _differing(list(whole.values()), count):
        hits: list[Match] = []
        for at, index in enumerate(beam.chosen):
            rest, pool = _worn_with(outfit, pools, beam.chosen, without=at), pools[at]
            hits += search.matches(rest, replace(pool, scores=search.scores(rest, pool).tolist()), [index])
        looks.append(Look(tuple(hits), float(np.mean([hit.score for hit in hits]))))
    return tuple(sorted(looks, key=lambda look: -look.score))


def _pruned(beams: Sequence[_Beam], width: int) -> list[_Beam]:
    """The best beams, in which no product comes too often; where that leaves too few, the best of the others."""
    uses: Counter[tuple[int, int]] = Counter()
    kept: list[_Beam] = []
    spare: list[_Beam] = []
    for beam in sorted(beams, key=lambda beam: (-beam.score, beam.chosen)):
        products = list(enumerate(beam.chosen))
        often = len(products) > 1 and max(uses[product] for product in products) >= width // SHARE
        if often or len(kept) == width:
            spare.append(beam)
        else:
            kept.append(beam)
            uses.update(products)
    return kept + spare[: width - len(kept)]


def _differing(looks: Sequence[_Beam], count: int) -> list[_Beam]:
    """The best looks, those that bring something new first; no product is in all of them, if that can be."""
    left, shown = list(looks), list[_Beam]()
    repeats = [0.0] * len(left)  # share of each that is in the look shown that is most like it
    while left and len(shown) < count:
        best = max(range(len(left)), key=lambda at: left[at].score - REPEAT * repeats[at])
        latest = left.pop(best)
        repeats.pop(best)
        shown.append(latest)
        for at, look in enumerate(left):
            shared = sum(own == its for own, its in zip(look.chosen, latest.chosen, strict=True)) / len(look.chosen)
            repeats[at] = max(repeats[at], shared)
    if len(shown) > 1:
        everywhere = set.intersection(*(set(enumerate(look.chosen)) for look in shown))
        others = [look for look in left if not everywhere <= set(enumerate(look.chosen))]
        if others:
            shown[-1] = max(others, key=lambda look: (-len(everywhere & set(enumerate(look.chosen))), look.score))
    return shown


def _worn_with(outfit: Outfit, pools: Sequence[Candidates], chosen: Sequence[int], without: int = -1) -> Outfit:
    """The items and the candidates chosen, those of one pool left out."""
    added = [(pools[at], index) for at, index in enumerate(chosen) if at != without]
    ids, categories = (pool.ids[index] for pool, index in added), (pool.category for pool, _ in added)
    vectors = np.concatenate([outfit.vectors, *(pool.vectors[index : index + 1] for pool, index in added)])
    return Outfit((*outfit.ids, *ids), (*outfit.categories, *categories), vectors)
