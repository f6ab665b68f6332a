"""Whole outfits: one product of each category that is asked for, which fit the items and each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from modiste.shop.candidates import Candidates, Ensemble, Seeker
from modiste.shop.results import Look, Match

CANDIDATES = 20
"""Products of each category that are tried with those of the others."""

WIDTH = 60
"""Unfinished looks that are kept beside each other; four for each that is shown, if those are more."""

SHARE = 4
"""No product is in more than one unfinished look out of so many, if there are others."""

REPEAT = 0.2
"""What a look loses that shares all its products with one shown before; less where it shares fewer."""

Places = tuple[int, ...]
"""One candidate of each category."""


class Draft(NamedTuple):
    """A look on its way."""

    places: Places
    score: float


def best_looks(
    seeker: Seeker, outfit: Ensemble, pools: Sequence[Candidates], count: int, least: float | None = None
) -> tuple[Look, ...]:
    """The best looks that differ, best first.

    Args:
        pools: candidates of each category, in the order in which looks show them.
        least: least score of each product in its look.
    """
    drafts = [Draft((), 0.0)]
    for pool in pools:
        grown = [more for draft in drafts for more in _grown(seeker, outfit, pools, draft, pool)]
        drafts = _spread(grown, max(WIDTH, 4 * count))
    whole = [(draft.places, _fits(seeker, outfit, pools, draft.places)) for draft in drafts]
    passing = [(places, fits) for places, fits in whole if least is None or min(fits) >= least]
    shown = _differing([Draft(places, float(np.mean(fits))) for places, fits in _once(pools, passing)], count)
    looks = (_look(seeker, outfit, pools, draft.places) for draft in shown)
    return tuple(sorted(looks, key=lambda look: -look.score))


def _grown(
    seeker: Seeker, outfit: Ensemble, pools: Sequence[Candidates], draft: Draft, pool: Candidates
) -> Iterable[Draft]:
    """A draft with each product of the next category, its model not being there already."""
    there = {pools[at].models[place] for at, place in enumerate(draft.places)}
    fits = seeker.scores(_together(outfit, pools, draft.places), pool)
    for place, (model, fit) in enumerate(zip(pool.models, fits.tolist(), strict=True)):
        if model not in there:
            yield Draft((*draft.places, place), draft.score + fit)


def _spread(drafts: Sequence[Draft], width: int) -> list[Draft]:
    """The best drafts, in which no product comes too often; where that leaves too few, the best of the others."""
    order = sorted(drafts, key=lambda draft: (-draft.score, draft.places))
    uses: Counter[tuple[int, int]] = Counter()
    kept: list[Draft] = []
    spare: list[Draft] = []
    for draft in order:
        products = list(enumerate(draft.places))
        often = len(products) > 1 and max(uses[product] for product in products) >= width // SHARE
        if often or len(kept) == width:
            spare.append(draft)
        else:
            kept.append(draft)
            uses.update(products)
    return kept + spare[: width - len(kept)]


def _fits(seeker: Seeker, outfit: Ensemble, pools: Sequence[Candidates], places: Places) -> list[float]:
    """How well each product fits all the rest of its look."""
    found = []
    for at, place in enumerate(places):
        rest = _together(outfit, pools, places, without=at)
        found.append(float(seeker.scores(rest, pools[at].take([place]))[0]))
    return found


def _once(pools: Sequence[Candidates], looks: Sequence[tuple[Places, list[float]]]) -> list[tuple[Places, list[float]]]:
    """Looks of the same products once: two names of one category find the same ones."""
    seen = {frozenset(pools[at].ids[place] for at, place in enumerate(look[0])): look for look in reversed(looks)}
    return list(reversed(seen.values()))


def _differing(looks: Sequence[Draft], count: int) -> list[Draft]:
    """The best looks, those that bring something new first; no product is in all of them, if that can be."""
    left, shown = list(looks), list[Draft]()
    repeats = [0.0] * len(left)  # how much of each is in the look shown that is most like it
    while left and len(shown) < count:
        best = max(range(len(left)), key=lambda at: left[at].score - REPEAT * repeats[at])
        shown.append(left.pop(best))
        repeats.pop(best)
        repeats = [max(held, _shared(look, shown[-1])) for held, look in zip(repeats, left, strict=True)]
    if len(shown) > 1:
        everywhere = set.intersection(*(set(enumerate(look.places)) for look in shown))
        others = [look for look in left if not everywhere <= set(enumerate(look.places))]
        if others:
            shown[-1] = max(others, key=lambda look: (-len(everywhere & set(enumerate(look.places))), look.score))
    return shown


def _shared(look: Draft, other: Draft) -> float:
    """How much of a look is in another one, from 0 to 1."""
    return sum(own == its for own, its in zip(look.places, other.places, strict=True)) / len(look.places)


def _look(seeker: Seeker, outfit: Ensemble, pools: Sequence[Candidates], places: Places) -> Look:
    hits: list[Match] = []
    for at, place in enumerate(places):
        rest, pool = _together(outfit, pools, places, without=at), pools[at]
        rescored = Candidates(
            pool.wanted, pool.ids, pool.items, pool.vectors, seeker.scores(rest, pool).tolist(), pool.total
        )
        hits += seeker.matches(rest, rescored, [place])
    return Look(tuple(hits), float(np.mean([hit.score for hit in hits])))


def _together(outfit: Ensemble, pools: Sequence[Candidates], places: Places, without: int = -1) -> Ensemble:
    """The items and what was chosen, one category left out."""
    for at, place in enumerate(places):
        if at != without:
            outfit = outfit.plus(pools[at], place)
    return outfit
