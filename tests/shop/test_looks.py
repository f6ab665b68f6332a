"""Looks against every combination that there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from modiste.shop.looks import Candidates, CandidateSearch, Outfit, _varied, best_looks
from tests.fakes import FakeCompleter

DIM = 4


def unit(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, DIM))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def pool(category: str, count: int, seed: int) -> Candidates:
    ids = [f"{category}-{n}" for n in range(count)]
    return Candidates(category, category, ids, [{"variant_of": ""}] * count, unit(count, seed), [0.0] * count, count)


def worth(outfit: Outfit, vectors: list[np.ndarray]) -> float:
    """The mean over the products of their mean fit to all the rest."""
    own = []
    for at, vector in enumerate(vectors):
        rest = [*outfit.vectors, *(other for place, other in enumerate(vectors) if place != at)]
        own.append(np.mean([0.5 + 0.5 * vector @ other for other in rest]))
    return float(np.mean(own))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("sizes", [(8, 8), (6, 5, 7), (20, 20, 20)])
def test_the_first_look_is_the_best_of_all(seed, sizes):
    search = CandidateSearch(None, FakeCompleter(), None, "", "", ())  # type: ignore[arg-type]
    outfit = Outfit(("a", "b"), ("tops", "bottoms"), unit(2, seed))
    pools = [pool(name, size, seed + 10 * at) for at, (name, size) in enumerate(zip(WANTED, sizes, strict=False), 1)]
    best = max(worth(outfit, list(chosen)) for chosen in product(*(pool.vectors for pool in pools)))
    looks = best_looks(search, outfit, pools, 10)
    assert looks[0].score == pytest.approx(best, abs=1e-5)
    shown = [tuple(hit.id for hit in look.hits) for look in looks]
    assert len(set(shown)) == 10
    assert set.intersection(*map(set, shown)) == set()


WANTED = ("shoes", "bags", "hats")


@pytest.mark.parametrize(
    ("models", "towards", "count", "taken"),
    [
        ("abcd", [0, 90, 180, 270], 3, [0, 1, 2]),
        ("abcd", [0, 2, 90, 180], 3, [0, 2, 3]),
        ("abcd", [0, 2, 90, 180], 4, [0, 1, 2, 3]),
        ("aabb", [0, 90, 180, 270], 4, [0, 2]),
        ("abbb", [0, 2, 4, 180], 2, [0, 3]),
        ("abb", [0, 2, 4], 3, [0, 1]),
        ("", [], 3, []),
    ],
)
def test_products_shown_differ(models, towards, count, taken):
    """Two degrees apart is a near copy."""
    angles = np.radians(np.array(towards, float))
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    assert _varied(list(models), vectors, count) == taken
