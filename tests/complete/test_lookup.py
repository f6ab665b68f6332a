"""The look-up is exact: it gives what the published index gives, and the network's score of every candidate."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.complete.lookup import MaskTable, fold, unfold
from modiste.complete.model import CSANet, CSANetConfig, Outfits
from modiste.complete.pipeline import load_network
from modiste.lab.complete.baselines import BLOCK, FoldedIndex, PaperIndex
from tests.lab.complete.conftest import WIDTH, saved, unit
from tests.refine.networks import stirred

DIM, COUNT = 16, 5
CATEGORIES = tuple("abcde")


@pytest.fixture(scope="module", params=[True, False], ids=["attention", "all alike"])
def network(request, tmp_path_factory):
    """A network as it comes back from its weights, and what the look-up knows of it."""
    torch.manual_seed(0)
    config = CSANetConfig(CATEGORIES, DIM, subspaces=3, hidden=0, table=6, attention=request.param)
    weights = saved(tmp_path_factory.mktemp("weights"), stirred(CSANet(WIDTH, config), by=0.5))
    return load_network(weights), MaskTable(weights)


@pytest.fixture(scope="module")
def shop():
    """Unit vectors and their categories; of the last there are none."""
    return unit(200, DIM, seed=3).numpy(), np.random.default_rng(3).integers(0, COUNT - 1, 200)


def outfit(seed, items):
    random = np.random.default_rng(seed)
    return unit(items, DIM, seed=seed + 50).numpy(), random.integers(0, COUNT, items)


def exhaustive(network, vectors, categories, wanted, candidates):
    asked = Outfits(
        torch.from_numpy(vectors)[None],
        torch.from_numpy(categories)[None],
        torch.ones(1, len(vectors)),
        torch.tensor([wanted]),
    )
    with torch.inference_mode():
        return network.scores(asked, torch.from_numpy(candidates)[None])[0].numpy()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(1, 40), st.integers(0, 10**6))
def test_folding_keeps_everything_at_unit_length(dim, seed):
    vectors = unit(7, dim, seed=seed).numpy()
    folded = fold(vectors)
    assert folded.shape == (7, 2 * dim + 1)
    assert folded.dtype == np.float32
    assert np.allclose(np.linalg.norm(folded, axis=1), 1, atol=1e-6)
    assert np.allclose(unfold(folded), vectors, atol=1e-6)


def test_an_axis_needs_no_filling():
    folded = fold(np.eye(3, dtype=np.float32))
    assert np.allclose(folded[:, -1], 0, atol=1e-3)
    assert np.allclose(folded[:, :3] * 2**0.5, np.eye(3))
    assert np.allclose(folded[:, 3:6] * 2**0.5, np.eye(3))


def test_nothing_folds_to_nothing():
    assert fold(np.empty((0, 4), np.float32)).shape == (0, 9)
    assert unfold(np.empty((0, 9), np.float32)).shape == (0, 4)


@pytest.mark.parametrize("items", [1, 2, 5, 20])
@pytest.mark.parametrize("seed", range(3))
def test_both_indices_and_the_network_agree(network, shop, items, seed):
    trained, masks = network
    vectors, categories = outfit(seed, items)
    wanted = seed
    members = np.flatnonzero(shop[1] == wanted)
    every = exhaustive(trained, vectors, categories, wanted, shop[0][members])
    order = members[np.argsort(-every, kind="stable")]
    for index in (FoldedIndex.of(masks, *shop), PaperIndex.of(masks, *shop)):
        rows, scores = index.search(vectors, categories, wanted, 200)
        assert rows.tolist() == order.tolist(), type(index).__name__
        assert np.allclose(scores, np.sort(every)[::-1], atol=1e-5), type(index).__name__


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 20), st.integers(0, COUNT - 1), st.integers(0, 10**6))
def test_a_query_scores_as_the_network_does(network, items, wanted, seed):
    trained, masks = network
    vectors, categories = outfit(seed, items)
    candidates = unit(6, DIM, seed=seed + 1).numpy()
    asked = masks.query(vectors, categories, wanted)
    expected = exhaustive(trained, vectors, categories, wanted, candidates)
    assert np.abs(asked.scores(fold(candidates)) - expected).max() < 1e-5
    shares = masks.contributions(vectors, categories, wanted, candidates)
    assert shares.shape == (6, items)
    assert np.abs(shares.sum(1) - expected).max() < 1e-5


def test_a_query_is_one_search_by_cosine(network, shop):
    """Queries and products have unit length: any vector store puts the best first."""
    _, masks = network
    asked = masks.query(*outfit(1, 4), 2)
    folded = fold(shop[0])
    assert asked.vector.shape == (2 * DIM + 1,)
    assert np.linalg.norm(asked.vector) == pytest.approx(1, abs=1e-6)
    assert asked.vector[-1] == 0, "what fills a product up has no say"
    assert asked.scale > 0
    assert np.argsort(-(folded @ asked.vector)).tolist() == np.argsort(-asked.scores(folded)).tolist()


def test_what_an_item_contributes_is_its_own_share(network):
    """The naive masked distance of every pair, one after the other."""
    trained, masks = network
    vectors, categories = outfit(4, 3)
    candidates = unit(5, DIM, seed=9).numpy()
    contributions = masks.contributions(vectors, categories, 1, candidates)
    weights = masks.item_weights(vectors, categories, 1)
    for row, candidate in enumerate(candidates):
        for item, vector in enumerate(vectors):
            alone = exhaustive(trained, vector[None], categories[item : item + 1], 1, candidate[None])[0]
            assert contributions[row, item] == pytest.approx(weights[item] * alone, abs=1e-5)


@pytest.mark.parametrize("make", [FoldedIndex.of, PaperIndex.of], ids=["folded", "paper"])
@pytest.mark.parametrize(("wanted", "k", "count"), [(0, 7, 7), (0, 0, 0), (1, 999, None), (COUNT - 1, 10, 0)])
def test_as_many_as_asked_for_and_there_are(network, shop, make, wanted, k, count):
    index = make(network[1], *shop)
    rows, scores = index.search(*outfit(0, 2), wanted, k)
    assert len(rows) == len(scores) == (np.count_nonzero(shop[1] == wanted) if count is None else count)
    assert (shop[1][rows] == wanted).all()
    assert (np.diff(scores) <= 0).all()
    assert rows.tolist() == index.search(*outfit(0, 2), wanted, 999)[0][:k].tolist()


@pytest.mark.parametrize("k", [0, 1, 3, 10, 40, 999])
@pytest.mark.parametrize("members", [BLOCK, 4 * BLOCK, 20 * BLOCK + 7])
def test_the_best_of_many_are_those_of_a_full_sort(network, members, k):
    """A fifth of them have a twin."""
    vectors = unit(members, DIM, seed=5).numpy()
    vectors[: members // 5] = vectors[-(members // 5) :]
    index = FoldedIndex.of(network[1], vectors, np.ones(members, np.int64))
    rows, scores = index.search(*outfit(2, 3), 1, k)
    every = network[1].query(*outfit(2, 3), 1).scores(fold(vectors))
    order = np.argsort(-every, kind="stable")[:k]
    assert np.allclose(scores, every[order], atol=1e-6)
    assert set(rows.tolist()) == set(order.tolist())
    assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("make", [FoldedIndex.of, PaperIndex.of], ids=["folded", "paper"])
def test_twins_come_in_the_order_of_the_shop(network, shop, make):
    twins = np.repeat(shop[0][:1], 4, axis=0)
    rows, _ = make(network[1], twins, np.zeros(4, np.int64)).search(*outfit(0, 2), 0, 4)
    assert rows.tolist() == [0, 1, 2, 3]


def test_the_folded_index_is_smaller(network, shop):
    folded, paper = (make(network[1], *shop).bytes_per_item for make in (FoldedIndex.of, PaperIndex.of))
    assert folded == 4 * (2 * DIM + 1)
    assert paper == 4 * COUNT * DIM


def test_the_published_index_keeps_what_masks_leave_for_every_partner(network, shop):
    _, masks = network
    index = PaperIndex.of(masks, *shop)
    row = int(index.members[2][5])
    for partner in range(COUNT):
        assert np.allclose(index.slices[2][partner, 5], masks.table[partner, 2] * shop[0][row])
