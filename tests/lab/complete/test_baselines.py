"""What CSA-Net is compared with."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from modiste.catalog.records import Product
from modiste.complete.model import CSANetConfig
from modiste.lab.complete.baselines import BASELINES, co_occurrence, popularity
from tests.lab.complete.conftest import WIDTH, item_table, outfits, unit, widened
from tests.refine.networks import stirred

CONFIG = CSANetConfig(dim=8, hidden=16, subspaces=3, table=6)


def built(name):
    torch.manual_seed(0)
    return stirred(BASELINES[name](WIDTH, CONFIG), by=0.3)


def naive(network, asked, items, apart):
    """One less half the mean of what `apart` says of every pair."""
    table = [
        [[float(apart(network, asked, row, place, item)) for item in some] for place in range(3)]
        for row, some in enumerate(items)
    ]
    return 1 - torch.tensor(table).mean(1) / 2


def siamese(network, asked, row, place, item):
    return ((asked.vectors[row, place] - item) ** 2).sum()


def type_aware(network, asked, row, place, item):
    """The masks of the pairs (0, 0), (0, 1), (1, 1), (0, 2), ..., one after the other."""
    low, high = sorted((int(asked.categories[row, place]), int(asked.wanted[row])))
    number = sum(range(high + 1)) + low
    return ((network.pairs[number] * (asked.vectors[row, place] - item)) ** 2).sum()


def sce_average(network, asked, row, place, item):
    return torch.stack([((m * (asked.vectors[row, place] - item)) ** 2).sum() for m in network.subspaces]).mean()


def sce(network, asked, row, place, item):
    vector = asked.vectors[row, place]
    shares = torch.softmax(network.weigh(F.relu(network.mine(vector) + network.theirs(item))), 0)
    mask = sum(share * one for share, one in zip(shares, network.subspaces, strict=True))
    return ((mask * (vector - item)) ** 2).sum()


@pytest.mark.parametrize(
    ("name", "apart"),
    [("siamese", siamese), ("type-aware", type_aware), ("SCE-Net average", sce_average), ("SCE-Net", sce)],
)
@torch.no_grad()
def test_scores_are_those_of_its_paper(name, apart):
    network, asked, items = built(name), outfits(4), unit(4, 5, 8, seed=1)
    assert torch.allclose(network.scores(asked, items), naive(network, asked, items, apart), atol=1e-5)


def test_pooled_projection_is_the_cosine_with_the_mean():
    network, asked, items = built("pooled projection"), outfits(4), unit(4, 5, 8, seed=1)
    expected = [F.cosine_similarity(v.mean(0)[None], some) for v, some in zip(asked.vectors, items, strict=True)]
    assert torch.allclose(network.scores(asked, items), torch.stack(expected), atol=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_shared_candidates_are_scored_alike_at_once(name):
    network, asked, items = built(name), outfits(6, 5), unit(9, 8, seed=1)
    asked.present[2, 3:] = 0
    assert torch.allclose(network.score_matrix(asked, items), network.scores(asked, items.expand(6, -1, -1)), atol=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_padding_changes_nothing(name):
    network, asked, items = built(name), outfits(4), unit(4, 5, 8, seed=1)
    assert torch.allclose(network.scores(asked, items), network.scores(widened(asked, 4), items), atol=1e-5)


@pytest.mark.parametrize("name", BASELINES)
def test_who_hears_of_categories(name):
    """Type-aware alone; the order of a pair is no matter to it."""
    network, asked, items = built(name), outfits(4), unit(4, 5, 8, seed=1)
    other = asked._replace(wanted=(asked.wanted + 1) % 11)
    same = torch.allclose(network.scores(asked, items), network.scores(other, items), atol=1e-5)
    assert same == (name != "type-aware")


def test_type_aware_has_a_mask_for_each_pair():
    ones, others = torch.meshgrid(torch.arange(11), torch.arange(11), indexing="ij")
    table = built("type-aware").masks(ones, others)
    assert torch.equal(table, table.transpose(0, 1))
    assert len({tuple(mask.tolist()) for mask in table.view(-1, 8)}) == 66


@pytest.mark.parametrize("name", BASELINES)
def test_starts_from_the_same_trunk(name):
    network = BASELINES[name](WIDTH, replace(CONFIG, hidden=0))
    assert torch.allclose(network.eval().trunk(torch.randn(3, WIDTH)).norm(dim=1), torch.ones(3), atol=1e-5)
    assert network.scale.item() == pytest.approx(9.97, abs=0.01)
    vectors = network.train().trunk(torch.randn(12, WIDTH)).view(4, 3, 8)
    network.scores(outfits(4)._replace(vectors=vectors), unit(4, 5, 8, seed=1)).square().sum().backward()
    learning = [name for name, parameter in network.named_parameters() if parameter.grad is not None]
    assert set(learning) == {name for name, _ in network.named_parameters()} - {"log_scale"}


def test_popularity_counts():
    scorer = popularity(item_table([0, 0, 1, 1], times=[3, 0, 9, 1]))
    candidates = np.array([[0, 1, 2, 3], [3, 2, 1, 0]])
    assert scorer([(2,), (0, 1)], candidates).tolist() == [[3, 0, 9, 1], [1, 9, 0, 3]]


@pytest.fixture
def closet():
    """Shirts 0 and 1, trousers 2 and 3, shoes 4 to 6; 5 was never seen, but a pair of its label and colour was."""
    named = [
        *(("shirt", "red"), ("shirt", "blue"), ("jeans", "blue"), ("jeans", "black")),
        *(("shoes", "red"), ("shoes", "black"), ("boots", "pink")),
    ]
    made = item_table([0, 0, 1, 1, 2, 2, 2])
    products = tuple(Product(f"p{row}", category=label, colour=colour) for row, (label, colour) in enumerate(named))
    return replace(made, products=products)


LEARNT = [(0, 2, 4), (0, 2), (1, 3), (1, 3, 4)]
"""Ten items; 0 with 2 twice, 0 with 4 once, 1 with 3 twice."""


def pmi(together, one, other):
    return math.log((together + 0.01) / (one * other / 10 + 0.01))


@pytest.mark.parametrize(
    ("outfit", "candidate", "expected"),
    [
        ((0,), 2, pmi(2, 2, 2)),
        ((0,), 3, pmi(0, 2, 2)),
        ((0, 1), 2, (pmi(2, 2, 2) + pmi(0, 2, 2)) / 2),
        ((0, 1, 3), 4, (2 * pmi(1, 2, 2) + pmi(1, 2, 2)) / 3),
        ((0,), 5, pmi(2, 4, 2)),
        ((1,), 5, pmi(2, 4, 2)),
        ((0,), 6, 0.0),
    ],
    ids=["often", "never", "mean", "of three", "by its label", "by its label again", "a label never seen"],
)
def test_co_occurrence_by_hand(closet, outfit, candidate, expected):
    """Black shoes were never worn, nor seen in their colour: what counts is shirts with shoes, worn together twice."""
    scores = co_occurrence(closet, LEARNT)([outfit], np.array([[candidate]]))
    assert scores.tolist() == [[pytest.approx(expected)]]


def test_an_unknown_item_is_known_by_label_and_colour_first(closet):
    """Another red shirt than 0: with blue jeans twice."""
    more = replace(closet, products=(*closet.products, Product("p7", category="shirt", colour="red")))
    scores = co_occurrence(more, LEARNT)([(7,)], np.array([[2, 3]]))
    assert scores.tolist() == [[pytest.approx(pmi(2, 2, 2)), pytest.approx(pmi(0, 2, 2))]]


def test_counts_of_nothing_say_nothing(closet):
    assert co_occurrence(closet, [])([(0, 1), (2,)], np.array([[4, 5], [4, 5]])).tolist() == [[0, 0], [0, 0]]
