"""What is asked, and that no answer was learnt."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.complete import protocol as asking
from modiste.lab.complete.data import collect
from modiste.lab.complete.protocol import DRAWS, LOTS, OFTEN, STRANGERS, ask, ask_all, draw
from modiste.lab.datasets import read_outfits
from tests.lab.complete.conftest import Blind, wardrobe
from tests.lab.datasets.test_polyvore import blank, publish


def rows_in(outfits):
    return {row for outfit in outfits for row in outfit}


@pytest.fixture(scope="module")
def asked(collection):
    return ask(collection, "disjoint", part=2)


def test_no_answer_and_no_stranger_of_the_test_was_learnt(collection, asked):
    learnt = rows_in(collection.learnt("disjoint"))
    judges = ask(collection, "disjoint", part=1)
    used = []
    for questions, part in ((judges, 1), (asked, 2)):
        rows = {*questions.answers.tolist(), *rows_in(map(tuple, questions.pools.values()))}
        rows |= {row for lot in LOTS for row in questions.strangers[lot].ravel().tolist()}
        assert not rows & learnt
        assert {collection.item_parts[row] for row in rows} == {part}
        used.append(rows)
    assert not used[0] & used[1]


@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_a_question_is_an_outfit_without_its_answer(collection, split):
    questions = ask(collection, split, part=2)
    whole = {frozenset(outfit) for outfit in collection.outfits}
    assert len(questions) == len(questions.outfits) == len(questions.answers) > 50
    for rest, answer in zip(questions.outfits, questions.answers.tolist(), strict=True):
        assert answer not in rest
        assert {*rest, answer} in whole


@pytest.mark.parametrize("lot", LOTS)
@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_strangers_are_others_of_the_answers_kind(collection, split, lot):
    questions, shop = ask(collection, split, part=2), collection.wardrobe
    strangers = questions.strangers[lot]
    assert strangers.shape == (len(questions), DRAWS, STRANGERS)
    for rest, answer, drawn in zip(questions.outfits, questions.answers, strangers, strict=True):
        assert (shop.kinds[drawn] == shop.kinds[answer]).all()
        assert (shop.times[drawn] > 0).all()
        assert not np.isin(drawn, [*rest, answer]).any()
        assert all(len(set(some)) == STRANGERS for some in drawn.tolist())


def test_pools_are_what_is_worn_of_a_category(collection, asked):
    shop = collection.wardrobe
    for category, rows in asked.pools.items():
        there = (shop.categories == category) & (collection.item_parts == 2) & (shop.times > 0)
        assert rows.tolist() == np.flatnonzero(there).tolist()
    assert set(asked.pools) >= set(shop.categories[asked.answers].tolist())


def test_random_asks_about_outfits_that_were_not_learnt(collection):
    learnt = {collection.outfits[place] for place in np.flatnonzero(collection.outfit_parts == 0)}
    parts = []
    for part in (1, 2):
        questions = ask(collection, "random", part)
        asked = {frozenset((*rest, answer)) for rest, answer in zip(questions.outfits, questions.answers, strict=True)}
        assert asked <= {frozenset(collection.outfits[at]) for at in np.flatnonzero(collection.outfit_parts == part)}
        assert not asked & set(map(frozenset, learnt))
        parts.append(asked)
    assert not parts[0] & parts[1]
    assert rows_in(collection.learnt("random")) & {*questions.answers.tolist()}, "items of theirs may have been"


SHOP = wardrobe([0] * 8 + [1] * 8 + [2] * 2, times=[9, 1, 1, 1, 1, 1, 1, 0, *[2] * 8, 2, 2])
OUTFITS = [(0, 8), (1, 9, 16), (2, 10), (3, 11, 12, 17), (0, 13)]


def test_often_worn_items_are_not_asked_for_but_are_strangers():
    every = np.ones(len(SHOP), bool)
    few = draw(SHOP, OUTFITS, every, often=8)
    assert 0 in draw(SHOP, OUTFITS, every, often=9).answers
    assert 0 not in few.answers
    assert 0 in few.strangers[""]
    assert OFTEN == 20


def test_items_of_a_rare_kind_are_not_asked_for():
    """Two shoes are too few to choose from, and a shirt that nobody wears is no stranger."""
    questions = draw(SHOP, OUTFITS, np.ones(len(SHOP), bool))
    assert questions.answers.tolist() == [0, 8, 1, 9, 2, 10, 3, 11, 12, 0, 13]
    assert not {7, 16, 17} & set(questions.strangers[""].ravel().tolist())
    assert 2 in questions.pools
    assert 7 not in questions.pools[0]


def test_only_what_is_wanted_is_asked_for_and_offered():
    wanted = np.arange(len(SHOP)) < 8
    questions = draw(SHOP, OUTFITS, wanted)
    assert questions.answers.tolist() == [0, 1, 2, 3, 0]
    assert questions.outfits == ((8,), (9, 16), (10,), (11, 12, 17), (13,))
    assert set(questions.strangers["popularity"].ravel().tolist()) <= set(range(7))
    assert list(questions.pools) == [0]


def test_the_rest_of_an_outfit_is_no_stranger():
    """Two pairs of trousers in one outfit are both right."""
    for lot, strangers in draw(SHOP, [(3, 11, 12)] * 20, np.ones(len(SHOP), bool)).strangers.items():
        trousers = strangers[strangers[:, 0, 0] >= 8]
        assert len(trousers) == 40
        assert set(trousers.ravel().tolist()) == {8, 9, 10, 13, 14, 15}, lot


def test_every_draw_is_another():
    """Of seven pairs of trousers three can be drawn in 35 ways."""
    strangers = draw(SHOP, OUTFITS * 10, np.arange(len(SHOP)) >= 8).strangers[""]
    draws = [{tuple(sorted(some)) for some in drawn.tolist()} for drawn in strangers]
    assert np.mean([len(some) == DRAWS for some in draws]) > 0.8


def test_popularity_draws_what_is_worn_often():
    shares = []
    for lot in LOTS:
        strangers = draw(SHOP, OUTFITS * 10, np.ones(len(SHOP), bool), often=8).strangers[lot]
        shirts = strangers[strangers[:, 0, 0] < 8]
        shares.append((shirts == 0).any(2).mean())
    assert shares[0] == pytest.approx(3 / 6, abs=0.1), "of six shirts three are drawn"
    assert shares[1] > 0.85


def test_questions_are_the_same_whoever_asks(collection, asked):
    again = ask(collection, "disjoint", part=2)
    assert again.hash == asked.hash
    assert len(asked.hash) == 12
    assert again.outfits == asked.outfits
    assert all(np.array_equal(again.strangers[lot], asked.strangers[lot]) for lot in LOTS)


@pytest.mark.parametrize(
    "change",
    [
        lambda q: {"answers": q.answers[::-1]},
        lambda q: {"outfits": q.outfits[:-1]},
        lambda q: {"strangers": {**q.strangers, "popularity": q.strangers[""]}},
        lambda q: {"strangers": {"": q.strangers[""]}},
        lambda q: {"pools": {category: rows[1:] for category, rows in q.pools.items()}},
        lambda q: {"judged": (q.outfits[:1], q.outfits[1:2])},
    ],
)
def test_a_hash_names_all_that_is_asked(asked, change):
    assert replace(asked, **change(asked)).hash != asked.hash


def test_splits_and_parts_have_hashes_of_their_own(collection):
    asked = [ask(collection, split, part) for split in ("disjoint", "random") for part in (1, 2)]
    assert len({questions.hash for questions in [*asked, ask_all(collection)]}) == 5


def test_large_pools_are_drawn_from(collection, monkeypatch):
    monkeypatch.setattr(asking, "POOL", 4)
    whole, drawn = draw(SHOP, OUTFITS, np.ones(len(SHOP), bool)), ask(collection, "random", part=2)
    assert [len(rows) for rows in whole.pools.values()] == [4, 4, 2]
    for category, rows in drawn.pools.items():
        assert len(rows) <= 4
        assert (np.diff(rows) > 0).all()
        assert (collection.wardrobe.categories[rows] == category).all()


def test_all_asks_for_each_item_of_each_outfit(collection):
    shop, questions = collection.wardrobe, ask_all(collection)
    expected = 0
    for outfit in collection.outfits:
        for row in outfit:
            alike = (shop.kinds == shop.kinds[row]) & (shop.times > 0)
            alike[list(outfit)] = False
            expected += shop.times[row] <= OFTEN and alike.sum() >= STRANGERS
    assert len(questions) == expected > 500
    assert set(questions.pools) == set(shop.categories[shop.times > 0].tolist())


def test_all_asks_for_the_ids_that_are_named(collection):
    shop = collection.wardrobe
    alike = shop.kinds == np.bincount(shop.kinds[shop.times > 0]).argmax()
    named = {shop.products[row].id for row in np.flatnonzero(alike & (shop.times > 0))[:6]}
    questions = ask_all(collection, named)
    for rows in (questions.answers, questions.strangers[""].ravel()):
        assert {shop.products[row].id for row in rows} <= named
    times = sum(product.id in named and time <= OFTEN for product, time in zip(shop.products, shop.times, strict=True))
    assert len(set(questions.answers.tolist())) == times


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (["b9-00001"], "none of the 1 ids to ask for is in an outfit; the first is b9-00001"),
        (["x", "y"], "none of the 2 ids to ask for is in an outfit; the first is x"),
    ],
)
def test_ids_that_nobody_wears_are_refused(collection, ids, says):
    with pytest.raises(UsageError, match=says):
        ask_all(collection, ids)


@pytest.mark.parametrize(
    ("shop", "outfits"),
    [(wardrobe([0, 1, 0, 1]), [(0, 1), (2, 3)]), (SHOP, []), (SHOP, [(16, 17)])],
    ids=["a small shop", "no outfits", "a rare kind"],
)
def test_too_little_to_tell_it_from(shop, outfits):
    says = "nothing can be asked: no item of an outfit has three others of its kind to tell it from"
    with pytest.raises(UsageError, match=says):
        draw(shop, outfits, np.ones(len(shop), bool))


@pytest.mark.parametrize("split", ["disjoint", "random"])
def test_a_publishers_questions_are_asked_as_they_are(tmp_path, split):
    source = publish(tmp_path)
    found, data = collect([source], Blind()), read_outfits(source)
    row, questions = found.published[0][1], ask(found, split, part=2)
    assert questions.outfits == tuple(tuple(row[id] for id in one.outfit) for one in data.blanks)
    assert questions.answers.tolist() == [row["103"], row["106"]]
    assert questions.strangers[""].tolist() == [
        [[row["102"], row["101"], row["101"]]],
        [[row["107"], row["106"], row["107"]]],
    ]
    assert list(questions.strangers) == [""], "a publisher draws no strangers by popularity"
    for side, so in zip(questions.judged, (True, False), strict=True):
        assert list(side) == [tuple(row[id] for id in one.items) for one in data.judged if one.compatible is so]
    test = {row[id] for outfit in data.test for id in outfit.items}
    assert rows_in(map(tuple, questions.pools.values())) == test


def asked_of(source, *entries):
    (source / "nondisjoint" / "fill_in_blank_test.json").write_text(json.dumps(entries))
    return ask(collect([source], Blind()), "disjoint", part=2)


def test_a_publishers_questions_with_too_few_answers_are_left_out(tmp_path):
    few = blank("5_1 5_3", "4_3 5_2 3_2", 2)
    questions = asked_of(publish(tmp_path), few, blank("4_2 4_3 4_4", "4_1 5_1 1_1 3_1"))
    assert questions.strangers[""].shape == (len(questions), 1, STRANGERS) == (1, 1, 3)


def test_a_publisher_who_asks_nothing(tmp_path):
    with pytest.raises(UsageError, match="none of the publisher's questions can be asked"):
        asked_of(publish(tmp_path))
