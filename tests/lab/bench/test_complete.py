"""The benchmark of completing."""

from __future__ import annotations

import json
import os
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from modiste.complete.lookup import MaskTable
from modiste.complete.model import CSANetConfig, Outfits
from modiste.complete.pipeline import load_network
from modiste.errors import UsageError
from modiste.lab.bench import complete
from modiste.lab.bench.complete import (
    DEPTH,
    _are_greatest,
    _compare,
    _draw_items,
    _draw_queries,
    _Exhaustive,
    _Items,
    _masked_scores,
    _photos_per_second,
    _same_ranking,
    _shop_items,
    run,
)
from modiste.lab.complete.baselines import BASELINES, FoldedIndex, PaperIndex
from tests.fakes import FakeEncoder
from tests.lab.bench.completers import catalogue, completer, shop


@pytest.fixture
def real():
    """_Items of six categories, some of them rarer than others."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((60, 16)).astype(np.float32)
    categories = np.concatenate([np.arange(6), random.choice(6, 54, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.1])])
    return _Items(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), categories)


@pytest.fixture
def made(tmp_path):
    """A network and its masks."""
    weights = completer(tmp_path / "weights").weights
    return load_network(weights), MaskTable(weights)


@pytest.mark.parametrize("size", [200, 500])
def test_the_look_up_ranks_as_the_network_itself(made, real, size):
    network, masks = made
    row = _compare(network, masks, _draw_items(real, size), rounds=3)
    assert (row["products"], row["identical"]) == (size, True)
    assert row["bytes_per_item"] == 33 * 4
    assert row["paper_bytes_per_item"] == PaperIndex.of(masks, *_draw_items(real, size)).bytes_per_item == 11 * 16 * 4
    assert row["times_faster"] == row["sce_net_ms"] / row["folded_ms"]
    assert all(value > 0 for name, value in row.items() if name.endswith(("_ms", "_s")))


def test_rankings_down_to_the_depth_are_the_networks_own(made, real):
    """The same by hand: the mean over the outfit, as it is weighed, of squared distances between masked vectors."""
    _, masks = made
    items = _draw_items(real, 2000)
    folded = FoldedIndex.of(masks, *items)
    for question in _draw_queries(items, 12):
        found, _ = folded.search(*question[:3], DEPTH)
        mask = masks.table[question.categories, question.wanted].astype(np.float64)
        weights = masks.item_weights(question.vectors, question.categories, question.wanted)
        apart = mask[:, None] * (question.vectors[:, None] - items.vectors[folded.members[question.wanted]][None])
        distances = np.einsum("n,nmd->m", weights, apart**2)
        assert len(found) == min(DEPTH, len(distances))
        np.testing.assert_allclose(
            distances[np.searchsorted(folded.members[question.wanted], found)],
            np.sort(distances)[: len(found)],
            atol=1e-5,
        )


def test_other_masks_rank_otherwise(made, real):
    network, masks = made
    items = _draw_items(real, 500)
    right = FoldedIndex.of(masks, *items)
    others = copy(masks)
    others.table, others._attention = masks.table[:, ::-1], None
    wrong = replace(right, masks=others)
    pool = [torch.from_numpy(items.vectors[rows]) for rows in right.members]
    exhaustive = _Exhaustive(network.scores, pool, right.members)
    questions = _draw_queries(items, 6)
    assert all(_same_ranking(right.search, exhaustive, question) for question in questions)
    assert not any(_same_ranking(wrong.search, exhaustive, question) for question in questions)


@pytest.mark.parametrize(
    ("found", "same"),
    [
        pytest.param([2, 0, 1, 3], True, id="as they are"),
        pytest.param([2, 1, 0, 3], True, id="equal ones the other way round"),
        pytest.param([0, 2, 1, 3], False, id="another order"),
        pytest.param([2, 0, 3, 1], False, id="another order further down"),
        pytest.param([2, 0, 0, 3], False, id="one twice"),
        pytest.param([2, 0, 1], False, id="one missing"),
    ],
)
def test_rankings_are_the_same_but_for_equal_scores(found, same):
    scores = np.array([0.5, 0.5 - 1e-7, 0.9, 0.1], np.float32)
    assert _are_greatest(scores, np.array(found)) is same


def test_candidates_in_parts_are_scored_as_all_at_once(made, real, monkeypatch):
    network, masks = made
    items = _draw_items(real, 300)
    folded = FoldedIndex.of(masks, *items)
    exhaustive = _Exhaustive(
        network.scores, [torch.from_numpy(items.vectors[rows]) for rows in folded.members], folded.members
    )
    question = _draw_queries(items, 1)[0]
    whole = exhaustive.scores(*question[:3])
    monkeypatch.setattr(complete, "CHUNK", 7)
    np.testing.assert_allclose(exhaustive.scores(*question[:3]), whole, atol=1e-6)
    found, scores = exhaustive.search(*question[:3], 10)
    assert found.tolist() == folded.members[question.wanted][np.argsort(-whole.numpy())[:10]].tolist()
    assert scores.tolist() == pytest.approx(sorted(whole.tolist(), reverse=True)[:10], abs=1e-6)


def test_type_aware_scores_are_the_networks_own(real):
    torch.manual_seed(0)
    network = BASELINES["type-aware"](1, CSANetConfig(dim=16)).eval()
    vectors = torch.from_numpy(real.vectors)
    outfits = Outfits(vectors[None, :4], torch.tensor([[0, 1, 2, 3]]), torch.ones(1, 4), torch.tensor([5]))
    with torch.no_grad():
        torch.testing.assert_close(
            _masked_scores(network, outfits, vectors[None]), network.scores(outfits, vectors[None])
        )


def test_the_published_index_is_left_out_where_memory_is_short(made, real, monkeypatch):
    items = _draw_items(real, 200)
    needed = 200 * 11 * 16 * 4
    for free, there in ((2 * needed, True), (2 * needed - 2, False)):
        monkeypatch.setattr(complete, "_free_memory", lambda free=free: free)
        row = _compare(*made, items, rounds=1)
        assert (row["paper_ms"] is not None) is there
        assert row["paper_bytes_per_item"] == needed / 200


def test_drawn_items_lie_around_the_real_ones(real):
    few, many = _draw_items(real, 40), _draw_items(real, 3000)
    own = {vector.tobytes() for vector in real.vectors}
    near = (many.vectors @ real.vectors.T).max(1)
    assert len(few.vectors) == len({vector.tobytes() for vector in few.vectors}) == 40
    assert np.isin(np.round(few.vectors @ real.vectors.T, 5).max(1), [1]).all()
    assert len(own) == 60
    np.testing.assert_allclose(np.linalg.norm(many.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(near[:60], 1, atol=1e-5)
    assert 0.8 < np.median(near[60:]) < 0.97
    shares = [np.bincount(items.categories, minlength=6) / len(items.categories) for items in (real, many)]
    np.testing.assert_allclose(*shares, atol=0.03)
    assert many.vectors.dtype == np.float32


def test_every_category_is_wanted_and_no_outfit_has_it(real):
    questions = _draw_queries(real, 12)
    assert [question.wanted for question in questions] == [*range(6), *range(6)]
    for question in questions:
        assert question.wanted not in question.categories
        assert len(set(question.categories.tolist())) == 4
        assert (real.vectors[question.rows] == question.vectors).all()
        assert (real.categories[question.rows] == question.categories).all()


def test_outfits_of_few_categories_have_several_items_of_one(real):
    two = _Items(real.vectors, real.categories % 2)
    assert [question.categories.tolist() for question in _draw_queries(two, 2)] == [[1] * 4, [0] * 4]


def test_one_category_can_not_be_completed(real):
    with pytest.raises(UsageError, match="at least 2 categories; the 60 whose category is understood have 1"):
        _draw_queries(_Items(real.vectors, np.zeros(60, np.int64)), 1)


def test_the_stock_is_what_is_understood(tmp_path):
    opened = shop(tmp_path)
    opened.index.fill(complete.identity_of(opened.completer), opened.completer.gallery, opened.completer.size)
    products, items = _shop_items(opened)
    assert len(products) == 36
    assert {opened.completer.categories[place] for place in items.categories} == {
        "tops", "bottoms", "all-body", "outerwear", "shoes", "bags"
    }  # fmt: skip
    np.testing.assert_allclose(np.linalg.norm(items.vectors, axis=1), 1, atol=1e-6)


def test_photos_are_decoded_before_the_network_is_timed(tmp_path):
    opened = shop(tmp_path)
    seen = []
    opened.completer.gallery = lambda photos: seen.append(photos.shape)
    assert _photos_per_second(opened.completer, opened.index.products()) > 0
    assert seen == [(37, 32, 24, 3)]


def test_run_measures_a_shop(tmp_path):
    opened = shop(tmp_path)
    seen: list[tuple[int, int]] = []
    result = run(
        opened.path,
        weights=opened.completer,
        sizes=(30, 200),
        queries=8,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert (result["verb"], result["products"]) == ("complete", 36)
    assert [(row["products"], row["identical"]) for row in result["sizes"]] == [(30, True), (200, True)]
    assert result["ratio"] == pytest.approx(result["p50_ms"] / result["floor_ms"], rel=0.01)
    assert result["p95_ms"] >= result["p50_ms"] > 0
    assert seen[-3:] == [(37, 37), (1, 2), (2, 2)]
    assert json.loads(json.dumps(result)) == result


def test_the_shop_is_asked_for_outfits_of_its_own(tmp_path, monkeypatch):
    opened = shop(tmp_path)
    opened.index.fill(complete.identity_of(opened.completer), opened.completer.gallery, opened.completer.size)
    asked = []
    monkeypatch.setattr(opened, "complete", lambda items, want, k: asked.append((items, want, k)))
    products, items = _shop_items(opened)
    complete._measure(opened, products, items, MaskTable(opened.completer.weights), 6)
    category = {product.id: opened.completer.category_of(product.category) for product in products}
    warm_up = 3
    assert len(asked) == warm_up + 6
    assert {want for _, want, _ in asked} == set(category.values())
    assert all(want not in map(category.get, items) and len(items) == 4 and k == 10 for items, want, k in asked)


@pytest.mark.parametrize(("sizes", "said"), [((), "got none"), ((200, 0), "got 200, 0")])
def test_sizes_are_numbers_of_items(sizes, said):
    with pytest.raises(UsageError, match=f"at least 1; {said}"):
        run(sizes=sizes)


def test_a_catalogue_gets_a_shop_of_its_own(tmp_path):
    rows = [f"{product.id},{product.images[0].name},{product.category}" for product in catalogue(tmp_path).products]
    (tmp_path / "spring.csv").write_text("\n".join(["id,image,category", *rows]))
    result = run(
        data=tmp_path / "spring.csv",
        weights=completer(tmp_path / "weights"),
        encoder=FakeEncoder(),
        sizes=(100,),
        queries=3,
    )
    assert result["products"] == 36


def test_free_memory_is_some_of_the_machines():
    assert 2**20 < complete._free_memory() <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
