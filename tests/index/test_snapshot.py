"""Exact search against plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from modiste.index import Query
from modiste.index.snapshot import BLOCK, WORDS_WEIGHT, Gallery

DIM = 8


def gallery(photos: list[int], seed: int = 0, levels: int = 0) -> Gallery:
    """Products with so many photos each; few `levels` make equal scores."""
    random = np.random.default_rng(seed)
    matrix = random.standard_normal((sum(photos), DIM))
    if levels:
        matrix = random.integers(0, levels, (sum(photos), DIM))
    flat = pa.FixedSizeListArray.from_arrays(pa.array(matrix.astype(np.float32).ravel()), DIM)
    ends = pa.array(np.cumsum([0, *photos]), pa.int32())
    names = random.permutation(len(photos))
    table = pa.table(
        {
            "id": [f"p{name:05}" for name in names],
            "modiste_vectors": pa.ListArray.from_arrays(ends, flat),
            "_rowid": pa.array(np.arange(len(photos)) * 10, pa.uint64()),
        }
    )
    return Gallery.of(table)


def naive(gallery: Gallery, query: Query, among: list[int], matches: np.ndarray | None) -> list[tuple[str, float]]:
    """Every product in order, one by one."""
    found, vectors = [], gallery.vectors(gallery.ids)
    for position in among:
        score = max(float(vector @ query.vector) for vector in vectors[gallery.ids[position]])
        if gallery.ids[position] not in query.without and (query.min_score is None or score >= query.min_score):
            bonus = 0.0 if matches is None else WORDS_WEIGHT * float(matches[position])
            found.append((-(score + bonus), gallery.ids[position], score))
    return [(id, score) for _, id, score in sorted(found)]


@pytest.mark.parametrize("photos", [[1] * 700, [1, 3, 2] * 100], ids=["one photo", "several photos"])
@pytest.mark.parametrize("share", [None, 0.9, 0.1, 0.0], ids=["all", "most", "few", "none"])
@pytest.mark.parametrize(
    ("k", "offset", "min_score", "without", "words"),
    [
        (1, 0, None, (), False),
        (10, 0, None, ("p00007",), False),
        (10, 20, None, ("p00001", "p00002", "none"), True),
        (5, 0, 0.5, ("p00007",), True),
        (5, 0, 100.0, (), False),
        (300, 5, None, (), False),
    ],
)
def test_rank_agrees_with_a_loop(photos, share, k, offset, min_score, without, words):
    held = gallery(photos)
    random = np.random.default_rng(1)
    among = None if share is None else np.flatnonzero(random.random(len(held)) < share)
    matches = random.random(len(held)).astype(np.float32) if words else None
    query = Query(random.standard_normal(DIM).astype(np.float32), "", "", min_score, without, k, offset)
    expected = naive(held, query, list(range(len(held))) if among is None else among.tolist(), matches)
    found = held.rank(query, among, matches)
    assert found.total == len(expected)
    assert list(found.ids) == [id for id, _ in expected[offset : offset + k]]
    assert found.scores == pytest.approx([score for _, score in expected[offset : offset + k]], abs=1e-5)
    assert [item["id"] for item in found.items] == found.ids


@pytest.mark.parametrize("count", [1, 10, BLOCK, 5 * BLOCK])
def test_equal_scores_stand_in_the_order_of_ids(count):
    held = gallery([1] * (5 * BLOCK + 3), levels=2)
    query = Query(np.ones(DIM, np.float32), k=count)
    expected = naive(held, query, list(range(len(held))), None)
    assert list(held.rank(query).ids) == [id for id, _ in expected[:count]]


def test_pages_follow_each_other_without_gap_or_repeat():
    held = gallery([1] * 333, levels=3)
    vector = np.ones(DIM, np.float32)
    pages = [held.rank(Query(vector, k=50, offset=offset)).ids for offset in range(0, 350, 50)]
    assert [id for page in pages for id in page] == list(held.rank(Query(vector, k=333)).ids)


@pytest.mark.parametrize("k", [1, 3, 40])
def test_copies_of_a_photo_stand_in_the_order_of_ids(k):
    held = gallery([1] * 41)
    random = np.random.default_rng(3)
    one = random.standard_normal(256).astype(np.float32)
    copies = replace(held, matrix=np.tile(one / np.linalg.norm(one), (41, 1)))
    query = Query(random.standard_normal(256).astype(np.float32) / 16, k=k)
    assert list(copies.rank(query).ids) == [f"p{number:05}" for number in range(k)]
