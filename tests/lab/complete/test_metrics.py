"""What answers are worth, on values that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.complete.model import CSANet, CSANetConfig, Outfits
from modiste.lab.complete.metrics import (
    CHUNK,
    _auc,
    _compatibility,
    _fill_in_the_blank,
    _pool_ranks,
    measure,
    network_scorer,
)
from modiste.lab.complete.protocol import Queries
from tests.lab.complete.conftest import WIDTH, item_table
from tests.refine.networks import stirred


class By:
    """Scores by a rule of an outfit and a candidate, and remembers how much was asked at once."""

    def __init__(self, rule):
        self.rule, self.most = rule, 0

    def __call__(self, outfits, candidates):
        self.most = max(self.most, len(outfits))
        table = zip(outfits, candidates.tolist(), strict=True)
        return np.array([[self.rule(outfit, row) for row in some] for outfit, some in table], np.float64)


NEAR = By(lambda outfit, row: -min(abs(row - item) for item in outfit))
ALIKE = By(lambda outfit, row: 7)


def asked(outfits, answers, negatives, pools, judged=None, lot=""):
    return Queries(
        tuple(outfits),
        np.array(answers),
        {lot: np.array(negatives)},
        {category: np.array(rows) for category, rows in enumerate(pools)},
        judged,
    )


@pytest.mark.parametrize(
    ("own", "others", "share"),
    [
        ([0.9], [[[0.1, 0.5, 0.8]]], 1),
        ([0.9], [[[0.1, 0.95, 0.8]]], 0),
        ([0.9], [[[0.1, 0.9, 0.8]]], 1 / 2),
        ([0.9], [[[0.9, 0.9, 0.95]]], 0),
        ([0.9], [[[0.9, 0.9, 0.9]]], 1 / 4),
        ([0.9], [[[0.1, 0.5, 0.8], [0.95, 0.1, 0.1]]], 1 / 2),
        ([0.9, 0.2], [[[0.1, 0.5, 0.8]], [[0.3, 0.1, 0.1]]], 1 / 2),
        ([0.9, 0.2], [[[0.1, 0.9, 0.8]], [[0.2, 0.2, 0.1]]], (1 / 2 + 1 / 3) / 2),
    ],
)
def test_fill_in_the_blank_by_hand(own, others, share):
    assert _fill_in_the_blank(np.array(own), np.array(others)) == pytest.approx(share)


@pytest.mark.parametrize(
    ("real", "chance", "area"),
    [
        ([3, 4], [1, 2], 1),
        ([1, 2], [3, 4], 0),
        ([1, 3], [2], 1 / 2),
        ([2, 2], [2, 2, 2], 1 / 2),
        ([2, 5], [2, 1, 5], (1.5 + 2.5) / 6),
    ],
)
def test_auc_counts_pairs(real, chance, area):
    assert _auc(np.array(real, float), np.array(chance, float)) == pytest.approx(area)


def test_auc_of_many_equals_the_loop():
    random = np.random.default_rng(0)
    real, chance = random.integers(0, 9, 40) + 1.0, random.integers(0, 9, 70) * 1.0
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one in real for other in chance]
    assert _auc(real, chance) == pytest.approx(np.mean(pairs))


def test_wholeness_is_the_mean_fit_of_each_item_with_the_others():
    found = _compatibility(NEAR, [(0, 1, 5), (10, 20), (3, 4, 5, 6)])
    assert found.tolist() == pytest.approx([-(1 + 1 + 4) / 3, -10, -1])


QUESTIONS = asked(
    outfits=[(10, 20), (10, 21), (30,)],
    answers=[11, 22, 33],
    negatives=[[[14, 15, 16], [17, 18, 25]], [[20, 23, 28], [25, 26, 27]], [[34, 31, 35], [36, 37, 38]]],
    pools=[[11, 14, 15, 16, 17, 18], [20, 21, 22, 23, 25], [31, 32, 33, 34, 35]],
)


def test_measured_by_hand():
    """The nearest number wins: 11 of both, 22 in a tie with 20 and alone, 33 of the second lot alone."""
    metrics = measure(NEAR, QUESTIONS)
    assert list(metrics) == ["fitb", "auc", "R@10", "R@30", "R@50"]
    assert metrics["fitb"] == pytest.approx((2 + 0.5 + 1 + 0 + 1) / 6)
    assert metrics["R@10"] == 1
    own, others = [-1, -1, -3], [-4, -5, -4, -3, -2, -5, -1, -2, -7, -4, -5, -6, -4, -1, -5, -6, -7, -8]
    pairs = [1.0 if one > other else 0.5 if one == other else 0.0 for one in own for other in others]
    assert metrics["auc"] == pytest.approx(np.mean(pairs))


def test_ranks_leave_the_outfits_own_items_out():
    """21 is the nearest of its pool to itself, and 20 is as far as the answer, 22, which is behind it then."""
    assert _pool_ranks(NEAR, QUESTIONS).tolist() == [1, 2, 3]
    perfect = By(lambda outfit, row: 2 if row in outfit else row in (11, 22, 33))
    assert _pool_ranks(perfect, QUESTIONS).tolist() == [1, 1, 1]


def test_what_scores_all_alike_knows_nothing():
    metrics = measure(ALIKE, QUESTIONS)
    assert (metrics["fitb"], metrics["auc"]) == (0.25, 0.5)
    assert _pool_ranks(ALIKE, QUESTIONS).tolist() == [6, 4, 5], "the last of its pool"


def test_chance_is_a_quarter_and_a_half():
    random = np.random.default_rng(0)
    count = 3000
    many = asked([(0,)] * count, [1] * count, np.full((count, 1, 3), 2), [[1, 2]], lot="popularity")
    metrics = measure(By(lambda outfit, row: random.random()), many)
    assert metrics["fitb_popularity"] == pytest.approx(0.25, abs=0.03)
    assert metrics["auc_popularity"] == pytest.approx(0.5, abs=0.03)


def test_recall_is_taken_at_its_cuts():
    pool = list(range(60))
    outfits, answers = [(100,)] * 4, [9, 10, 30, 59]
    metrics = measure(By(lambda outfit, row: -row), asked(outfits, answers, [[[1, 2, 3]]] * 4, [pool]))
    assert (metrics["R@10"], metrics["R@30"], metrics["R@50"]) == (0.25, 0.5, 0.75)


def test_answers_that_are_in_no_pool_have_no_rank():
    drawn = asked([(10,), (10,)], [11, 14], [[[12, 15, 16]]] * 2, [[14, 15, 16]])
    assert _pool_ranks(NEAR, drawn).tolist() == [1]


def test_judged_outfits_decide_where_there_are_some():
    """People's lie nearer together than chance's, but one of each."""
    judged = ((0, 1), (5, 9)), ((0, 7), (5, 9), (3, 30))
    metrics = measure(NEAR, asked([(10,)], [11], [[[12, 13, 14]]], [[11, 12]], judged))
    assert metrics["auc"] == pytest.approx((3 + 1 + 1.5 - 0) / 6)


def test_questions_are_asked_in_chunks():
    count = CHUNK + 9
    scorer = By(NEAR.rule)
    numbers = range(count)
    many = asked([(row,) for row in numbers], numbers, np.full((count, 2, 3), 9999), [range(1, count + 1)])
    assert measure(scorer, many)["fitb"] == 1
    assert scorer.most == CHUNK
    assert len(_pool_ranks(scorer, many)) == count - 1, "0 is in no pool"


@pytest.fixture(scope="module")
def looked():
    """A network, an item table, and what it says of it directly."""
    torch.manual_seed(0)
    network = stirred(CSANet(WIDTH, CSANetConfig(dim=8, hidden=0)), by=0.4).train()
    shop = item_table([row % 11 for row in range(CHUNK + 40)])

    def directly(outfit, candidate):
        vectors = network.eval().trunk(shop.features_of())
        categories = torch.from_numpy(shop.categories)
        asked = Outfits(
            vectors[list(outfit)][None],
            categories[list(outfit)][None],
            torch.ones(1, len(outfit)),
            categories[[candidate]],
        )
        return network.scores(asked, vectors[[candidate]][None]).item()

    return network_scorer(network, shop), directly


@pytest.mark.parametrize(
    "candidates",
    [[[0, 11, 22], [3, 14, 25], [1, 12, 265]], [[0, 11, 264]] * 3],
    ids=["each its own", "shared"],
)
def test_a_network_scores_places_in_a_wardrobe(looked, candidates):
    network, directly = looked
    outfits = [(5, 6, 7), (CHUNK + 1,), (2, 4)]
    scores = network(outfits, np.array(candidates))
    assert scores.dtype == np.float64
    expected = [[directly(outfit, row) for row in some] for outfit, some in zip(outfits, candidates, strict=True)]
    assert np.abs(scores - expected).max() < 1e-5


def test_a_network_does_not_drop_out_while_it_is_measured(looked):
    network, _ = looked
    candidates = np.array([[0, 11, 22]])
    assert np.array_equal(network([(5, 6)], candidates), network([(5, 6)], candidates))
