"""Ranks against a naive loop, ties, exclusions and blocks."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.measures import ranks, recall_at, same_label, score_blocks


def naive(scores, right, excluded):
    """Sort the gallery, wrong items first among equals, and look for the first right one."""
    found = []
    for row, good, gone in zip(scores, right, excluded, strict=True):
        order = sorted((-score, item in good, item) for item, score in enumerate(row) if item != gone)
        found.append(next(place for place, (_, is_right, _) in enumerate(order, 1) if is_right))
    return found


@pytest.mark.parametrize("levels", [3, 1000])
def test_ranks_agree_with_sorting(levels):
    rng = np.random.default_rng(levels)
    scores = rng.integers(0, levels, (60, 40)).astype(np.float32)
    right = [rng.choice(39, size=rng.integers(1, 6), replace=False) for _ in range(60)]
    excluded = np.where(rng.random(60) < 0.5, 39, -1).tolist()
    expected = naive(scores, [set(good.tolist()) for good in right], excluded)
    assert ranks(scores, right, excluded).tolist() == expected
    assert ranks([scores[:7], scores[7:50], scores[50:]], right, excluded).tolist() == expected


@pytest.mark.parametrize(
    ("scores", "right", "excluded", "rank"),
    [
        ([0.1, 0.9, 0.5], [1], -1, 1),
        ([0.1, 0.9, 0.5], [0], -1, 3),
        ([0.1, 0.9, 0.5], [0, 2], -1, 2),
        ([0.5, 0.5, 0.5], [1], -1, 3),
        ([0.5, 0.5, 0.5], [0, 1, 2], -1, 1),
        ([0.1, 0.9, 0.5], [2], 1, 1),
        ([0.1, 0.9, 0.5], [1, 0], 1, 2),
    ],
)
def test_rank_of_one_query(scores, right, excluded, rank):
    assert ranks([scores], [right], [excluded]).tolist() == [rank]


def test_blocks_are_the_whole_product():
    rng = np.random.default_rng(0)
    queries, gallery = rng.normal(size=(11, 4)), rng.normal(size=(5, 4))
    blocks = list(score_blocks(queries, gallery, rows=4))
    assert [block.shape for block in blocks] == [(4, 5), (4, 5), (3, 5)]
    np.testing.assert_allclose(np.concatenate(blocks), queries @ gallery.T, atol=1e-5)


def test_same_label_finds_every_copy():
    found = same_label(["b", "a", "c"], ["a", "b", "a"])
    assert [positions.tolist() for positions in found] == [[1], [0, 2], []]


@pytest.mark.parametrize(("k", "share"), [(1, 0.25), (2, 0.25), (3, 0.5), (100, 1.0)])
def test_recall_counts_ranks_up_to_k(k, share):
    assert recall_at([1, 3, 12, 10], k) == share


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ranks([[0.1, 0.2]], [[]]), "query 0 has no right item in the gallery"),
        (lambda: ranks([[0.1, 0.2]], [[0]], [0]), "query 0 has no right item"),
        (lambda: ranks([[0.1, np.nan]], [[0]]), "query 0 has scores that are not numbers"),
        (lambda: ranks([[0.1, 0.2]] * 3, [[0]]), "3 rows of scores, 1 of right answers"),
        (lambda: ranks([[0.1, 0.2]], [[0]] * 2), "1 rows of scores, 2 of right answers"),
        (lambda: ranks([[0.1, 0.2]], [[0]], [1, 1]), "2 exclusions"),
        (lambda: list(score_blocks(np.ones((2, 3)), np.ones((2, 4)))), "matrices of one width"),
        (lambda: recall_at([1], 0), "1 or more, got 0"),
        (lambda: recall_at([], 1), "at least one rank"),
    ],
)
def test_what_has_no_rank_is_refused(call, says):
    with pytest.raises(UsageError, match=says):
        call()
