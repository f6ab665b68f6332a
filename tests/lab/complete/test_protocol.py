"""What is asked, and that no answer was learnt."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.complete import protocol as asking
from modiste.lab.complete.data import collect
from modiste.lab.complete.protocol import (
    DRAWS,
    MAX_TIMES,
    NEGATIVES,
    SAMPLINGS,
    _draw_queries,
    all_queries,
    queries_of,
)
from modiste.lab.datasets import read_outfits
from tests.lab.complete.conftest import Blind, item_table
from tests.lab.datasets.test_polyvore import blank, publish


def rows_in(outfits):
    return {row for outfit in outfits for row in outfit}


@pytest.fixture(scope="module")
def asked(collection):
    return queries_of(collection, "disjoint", part=2)


def test_no_answer_and_no_stranger_of_the_test_was_learnt(collection, asked):
    learnt = rows_in(collection.training_outfits("disjoint"))
    judges = queries_of(collection, "disjoint", part=1)
    used = []
    for queries, part in ((judges, 1), (asked, 2)):
        rows = {*queries.targets.tolist(), *rows_in(map(tuple, queries.pools.values()))}
        rows |= {row for sampling in SAMPLINGS for row in queries.negatives[sampling].ravel().tolist()}
        assert not rows & learnt
        assert {collection.item_parts[row] for row in rows} == {part}
        used.append(rows)
    assert not used[0] & used[1]


@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_a_question_is_an_outfit_without_its_answer(collection, split):
    queries = queries_of(collection, split, part=2)
    whole = {frozenset(outfit) for outfit in collection.outfits}
    assert len(queries) == len(queries.outfits) == len(queries.targets) > 50
    for rest, answer in zip(queries.outfits, queries.targets.tolist(), strict=True):
        assert answer not in rest
        assert {*rest, answer} in whole


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_strangers_are_others_of_the_answers_kind(collection, split, sampling):
    queries, shop = queries_of(collection, split, part=2), collection.table
    negatives = queries.negatives[sampling]
    assert negatives.shape == (len(queries), DRAWS, NEGATIVES)
    for rest, answer, drawn in zip(queries.outfits, queries.targets, negatives, strict=True):
        assert (shop.kinds[drawn] == shop.kinds[answer]).all()
        assert (shop.times[drawn] > 0).all()
        assert not np.isin(drawn, [*rest, answer]).any()
        assert all(len(set(some)) == NEGATIVES for some in drawn.tolist())


def test_pools_are_what_is_worn_of_a_category(collection, asked):
    shop = collection.table
    for category, rows in asked.pools.items():
        there = (shop.categories == category) & (collection.item_parts == 2) & (shop.times > 0)
        assert rows.tolist() == np.flatnonzero(there).tolist()
    assert set(asked.pools) >= set(shop.categories[asked.targets].tolist())


def test_random_asks_about_outfits_that_were_not_learnt(collection):
    learnt = {collection.outfits[place] for place in np.flatnonzero(collection.outfit_parts == 0)}
    parts = []
    for part in (1, 2):
        queries = queries_of(collection, "random", part)
        asked = {frozenset((*rest, answer)) for rest, answer in zip(queries.outfits, queries.targets, strict=True)}
        assert asked <= {frozenset(collection.outfits[at]) for at in np.flatnonzero(collection.outfit_parts == part)}
        assert not asked & set(map(frozenset, learnt))
        parts.append(asked)
    assert not parts[0] & parts[1]
    assert rows_in(collection.training_outfits("random")) & {*queries.targets.tolist()}, "items of theirs may have been"


SHOP = item_table([0] * 8 + [1] * 8 + [2] * 2, times=[9, 1, 1, 1, 1, 1, 1, 0, *[2] * 8, 2, 2])
OUTFITS = [(0, 8), (1, 9, 16), (2, 10), (3, 11, 12, 17), (0, 13)]


def test_often_worn_items_are_not_asked_for_but_are_strangers(monkeypatch):
    assert MAX_TIMES == 20
    every = np.ones(len(SHOP), bool)
    assert 0 in _draw_queries(SHOP, OUTFITS, every).targets
    monkeypatch.setattr(asking, "MAX_TIMES", 8)
    few = _draw_queries(SHOP, OUTFITS, every)
    assert 0 not in few.targets
    assert 0 in few.negatives[""]


def test_items_of_a_rare_kind_are_not_asked_for():
    """Two shoes are too few to choose from, and a shirt that nobody wears is no negative."""
    queries = _draw_queries(SHOP, OUTFITS, np.ones(len(SHOP), bool))
    assert queries.targets.tolist() == [0, 8, 1, 9, 2, 10, 3, 11, 12, 0, 13]
    assert not {7, 16, 17} & set(queries.negatives[""].ravel().tolist())
    assert 2 in queries.pools
    assert 7 not in queries.pools[0]


def test_only_what_is_wanted_is_asked_for_and_offered():
    wanted = np.arange(len(SHOP)) < 8
    queries = _draw_queries(SHOP, OUTFITS, wanted)
    assert queries.targets.tolist() == [0, 1, 2, 3, 0]
    assert queries.outfits == ((8,), (9, 16), (10,), (11, 12, 17), (13,))
    assert set(queries.negatives["popularity"].ravel().tolist()) <= set(range(7))
    assert list(queries.pools) == [0]


def test_the_rest_of_an_outfit_is_no_stranger():
    """Two pairs of trousers in one outfit are both right."""
    for sampling, negatives in _draw_queries(SHOP, [(3, 11, 12)] * 20, np.ones(len(SHOP), bool)).negatives.items():
        trousers = negatives[negatives[:, 0, 0] >= 8]
        assert len(trousers) == 40
        assert set(trousers.ravel().tolist()) == {8, 9, 10, 13, 14, 15}, sampling


def test_every_draw_is_another():
    """Of seven pairs of trousers three can be drawn in 35 ways."""
    negatives = _draw_queries(SHOP, OUTFITS * 10, np.arange(len(SHOP)) >= 8).negatives[""]
    draws = [{tuple(sorted(some)) for some in drawn.tolist()} for drawn in negatives]
    assert np.mean([len(some) == DRAWS for some in draws]) > 0.8


def test_popularity_draws_what_is_worn_often(monkeypatch):
    monkeypatch.setattr(asking, "MAX_TIMES", 8)
    shares = []
    for sampling in SAMPLINGS:
        negatives = _draw_queries(SHOP, OUTFITS * 10, np.ones(len(SHOP), bool)).negatives[sampling]
        shirts = negatives[negatives[:, 0, 0] < 8]
        shares.append((shirts == 0).any(2).mean())
    assert shares[0] == pytest.approx(3 / 6, abs=0.1), "of six shirts three are drawn"
    assert shares[1] > 0.85


def test_questions_are_the_same_whoever_asks(collection, asked):
    again = queries_of(collection, "disjoint", part=2)
    assert again.hash == asked.hash
    assert len(asked.hash) == 12
    assert again.outfits == asked.outfits
    assert all(np.array_equal(again.negatives[sampling], asked.negatives[sampling]) for sampling in SAMPLINGS)


@pytest.mark.parametrize(
    "change",
    [
        lambda q: {"targets": q.targets[::-1]},
        lambda q: {"outfits": q.outfits[:-1]},
        lambda q: {"negatives": {**q.negatives, "popularity": q.negatives[""]}},
        lambda q: {"negatives": {"": q.negatives[""]}},
        lambda q: {"pools": {category: rows[1:] for category, rows in q.pools.items()}},
        lambda q: {"judged": (q.outfits[:1], q.outfits[1:2])},
    ],
)
def test_a_hash_names_all_that_is_asked(asked, change):
    assert replace(asked, **change(asked)).hash != asked.hash


def test_splits_and_parts_have_hashes_of_their_own(collection):
    asked = [queries_of(collection, split, part) for split in ("disjoint", "random") for part in (1, 2)]
    assert len({queries.hash for queries in [*asked, all_queries(collection)]}) == 5


def test_large_pools_are_drawn_from(collection, monkeypatch):
    monkeypatch.setattr(asking, "POOL", 4)
    whole, drawn = _draw_queries(SHOP, OUTFITS, np.ones(len(SHOP), bool)), queries_of(collection, "random", part=2)
    assert [len(rows) for rows in whole.pools.values()] == [4, 4, 2]
    for category, rows in drawn.pools.items():
        assert len(rows) <= 4
        assert (np.diff(rows) > 0).all()
        assert (collection.table.categories[rows] == category).all()


def test_all_asks_for_each_item_of_each_outfit(collection):
    shop, queries = collection.table, all_queries(collection)
    expected = 0
    for outfit in collection.outfits:
        for row in outfit:
            alike = (shop.kinds == shop.kinds[row]) & (shop.times > 0)
            alike[list(outfit)] = False
            expected += shop.times[row] <= MAX_TIMES and alike.sum() >= NEGATIVES
    assert len(queries) == expected > 500
    assert set(queries.pools) == set(shop.categories[shop.times > 0].tolist())


def test_all_asks_for_the_ids_that_are_named(collection):
    shop = collection.table
    alike = shop.kinds == np.bincount(shop.kinds[shop.times > 0]).argmax()
    named = {shop.products[row].id for row in np.flatnonzero(alike & (shop.times > 0))[:6]}
    queries = all_queries(collection, named)
    for rows in (queries.targets, queries.negatives[""].ravel()):
        assert {shop.products[row].id for row in rows} <= named
    times = sum(
        product.id in named and time <= MAX_TIMES for product, time in zip(shop.products, shop.times, strict=True)
    )
    assert len(set(queries.targets.tolist())) == times


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (["b9-00001"], "none of the 1 ids to ask for is in an outfit; the first is b9-00001"),
        (["x", "y"], "none of the 2 ids to ask for is in an outfit; the first is x"),
    ],
)
def test_ids_that_nobody_wears_are_refused(collection, ids, says):
    with pytest.raises(UsageError, match=says):
        all_queries(collection, ids)


@pytest.mark.parametrize(
    ("shop", "outfits"),
    [(item_table([0, 1, 0, 1]), [(0, 1), (2, 3)]), (SHOP, []), (SHOP, [(16, 17)])],
    ids=["a small shop", "no outfits", "a rare kind"],
)
def test_too_little_to_tell_it_from(shop, outfits):
    says = "nothing can be asked: no item of an outfit has three others of its kind to tell it from"
    with pytest.raises(UsageError, match=says):
        _draw_queries(shop, outfits, np.ones(len(shop), bool))


@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_a_publishers_questions_are_asked_as_they_are(tmp_path, split):
    source = publish(tmp_path)
    found, data = collect([source], Blind()), read_outfits(source)
    row, queries = found.published[0][1], queries_of(found, split, part=2)
    assert queries.outfits == tuple(tuple(row[id] for id in one.outfit) for one in data.blanks)
    assert queries.targets.tolist() == [row["103"], row["106"]]
    assert queries.negatives[""].tolist() == [
        [[row["102"], row["101"], row["101"]]],
        [[row["107"], row["106"], row["107"]]],
    ]
    assert list(queries.negatives) == [""], "a publisher draws no negatives by popularity"
    for side, so in zip(queries.judged, (True, False), strict=True):
        assert list(side) == [tuple(row[id] for id in items) for items, people in data.judged if people is so]
    test = {row[id] for outfit in data.test for id in outfit.items}
    assert rows_in(map(tuple, queries.pools.values())) == test


def asked_of(source, *entries):
    (source / "nondisjoint" / "fill_in_blank_test.json").write_text(json.dumps(entries))
    return queries_of(collect([source], Blind()), "disjoint", part=2)


def test_a_publishers_questions_with_too_few_answers_are_left_out(tmp_path):
    few = blank("5_1 5_3", "4_3 5_2 3_2", 2)
    queries = asked_of(publish(tmp_path), few, blank("4_2 4_3 4_4", "4_1 5_1 1_1 3_1"))
    assert queries.negatives[""].shape == (len(queries), 1, NEGATIVES) == (1, 1, 3)


def test_a_publisher_who_asks_nothing(tmp_path):
    with pytest.raises(UsageError, match="none of the publisher's queries can be used"):
        asked_of(publish(tmp_path))
