"""CSA-Net against its equations, one pair of items after the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from modiste.catalog.categories import OUTFIT_CATEGORIES
from modiste.complete.model import CSANet, CSANetConfig, Outfits, Trunk
from modiste.errors import UsageError
from tests.lab.complete.conftest import WIDTH, outfits, unit, widened
from tests.refine.networks import stirred

CONFIG = CSANetConfig(dim=8, hidden=16, subspaces=3, table=6)
VARIANTS = [
    CONFIG,
    replace(CONFIG, residual=False),
    replace(CONFIG, attention=False),
    replace(CONFIG, residual=False, attention=False, hidden=0),
    replace(CONFIG, categories=("frames", "lenses", "cases")),
]


def fresh(config=CONFIG, seed=0):
    torch.manual_seed(seed)
    return CSANet(WIDTH, config).eval()


@pytest.fixture(params=VARIANTS, ids=["ours", "mixture", "no attention", "published", "own categories"])
def network(request):
    return stirred(fresh(request.param), by=0.5)


def asked_of(network, count=4, items=3, seed=0):
    return outfits(count, items, network.config.dim, len(network.config.categories), seed)


@torch.no_grad()
def naive_score(network, asked, row, candidate):
    """Equations 1 and 5: what is left of item and candidate in the subspace of their categories, compared."""
    count, total = len(network.config.categories), 0.0
    there = [place for place in range(asked.present.shape[1]) if asked.present[row, place]]
    wanted = int(asked.wanted[row])
    for place, weight in zip(there, naive_weights(network, asked, row, there), strict=True):
        pair = torch.zeros(2 * count)
        pair[int(asked.categories[row, place])] = pair[count + wanted] = 1
        shares = torch.softmax(network.table(pair), 0)
        mask = sum(share * one for share, one in zip(shares, network.subspaces, strict=True))
        if network.config.residual:
            mask = (1 + mask) / ((1 + mask) ** 2).mean().sqrt()
        apart = mask * asked.vectors[row, place] - mask * candidate
        total += weight * float((apart**2).sum())
    return 1 - total / 2


def naive_weights(network, asked, row, there):
    if not network.config.attention:
        return [1 / len(there)] * len(there)
    known = [network.attention[int(asked.categories[row, place]), int(asked.wanted[row])] for place in there]
    seen = [asked.vectors[row, place] @ network.voice.weight[0] for place in there]
    return torch.softmax(torch.stack(known) + torch.stack(seen), 0).tolist()


def test_scores_are_the_papers(network):
    asked, items = widened(asked_of(network), 2), unit(4, 5, 8, seed=1)
    asked.present[1, 1] = 0
    asked = asked._replace(categories=asked.categories % len(network.config.categories))
    scores = network.scores(asked, items)
    assert scores.shape == (4, 5)
    for row in range(4):
        for place in range(5):
            expected = naive_score(network, asked, row, items[row, place])
            assert scores[row, place].item() == pytest.approx(expected, abs=1e-4)


def test_shared_candidates_are_scored_alike_at_once(network):
    asked, items = asked_of(network, 6, 5), unit(9, 8, seed=1)
    asked.present[2, 3:] = 0
    at_once = network.score_matrix(asked, items)
    assert at_once.shape == (6, 9)
    assert torch.allclose(at_once, network.scores(asked, items.expand(6, -1, -1)), atol=1e-5)


def test_padding_changes_nothing(network):
    asked, items = asked_of(network), unit(4, 5, 8, seed=1)
    more = widened(asked, 4)
    more = more._replace(categories=more.categories % len(network.config.categories))
    assert torch.allclose(network.scores(asked, items), network.scores(more, items), atol=1e-5)
    assert torch.allclose(network.score_matrix(asked, items[0]), network.score_matrix(more, items[0]), atol=1e-5)
    assert torch.allclose(network.item_weights(more)[:, 3:], torch.zeros(4, 4))


def test_the_order_of_an_outfit_changes_nothing(network):
    asked, items = asked_of(network), unit(4, 5, 8, seed=1)
    turned = asked._replace(vectors=asked.vectors.flip(1), categories=asked.categories.flip(1))
    assert torch.allclose(network.scores(asked, items), network.scores(turned, items), atol=1e-5)


def test_items_count_to_one(network):
    weights = network.item_weights(asked_of(network))
    assert weights.shape == (4, 3)
    assert (weights > 0).all()
    assert torch.allclose(weights.sum(1), torch.ones(4), atol=1e-6)
    assert (weights.std(1) > 1e-3).all() == network.config.attention


def test_nothing_fits_better_than_the_item_itself(network):
    asked = asked_of(network, 4, 1)
    items = torch.cat([unit(4, 5, 8, seed=1), asked.vectors], 1)
    scores = network.scores(asked, items)
    assert torch.allclose(scores[:, -1], torch.ones(4), atol=1e-5)
    assert (scores[:, :-1] < 1).all()


@pytest.mark.parametrize("residual", [True, False])
def test_fresh_masks_leave_vectors_as_long_as_they_were(residual):
    """Masks near zero would put all items in one place."""
    network = fresh(CSANetConfig(residual=residual))
    masks, masked = network.masked(outfits(32, 4, 64))
    assert masked.shape == (32, 4, 64)
    assert ((masked.norm(dim=2) - 1).abs() < 0.1).all()
    assert masks.std() > 0.01


def test_learnt_masks_keep_their_size_or_are_the_published_mixture(network):
    """Scores of different categories compare where no pair's masks are larger than another's."""
    count = len(network.config.categories)
    table = network.masks(*torch.meshgrid(torch.arange(count), torch.arange(count), indexing="ij"))
    sizes = table.square().mean(2)
    assert torch.allclose(sizes, torch.ones(count, count), atol=1e-4) == network.config.residual


def test_a_fresh_network_weighs_all_items_alike():
    assert torch.allclose(fresh().item_weights(outfits(4)), torch.full((4, 3), 1 / 3))


def test_from_shoes_to_bags_is_not_from_bags_to_shoes(network):
    count = len(network.config.categories)
    ones, others = torch.meshgrid(torch.arange(count), torch.arange(count), indexing="ij")
    table = network.masks(ones, others)
    assert table.shape == (count, count, 8)
    apart = (table - table.transpose(0, 1)).abs().amax(2)
    assert (apart[ones != others] > 1e-4).all()


def test_vectors_have_unit_length_before_the_masks(network):
    features = torch.randn(5, WIDTH)
    vectors = network.trunk(features)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(5), atol=1e-5)
    assert torch.equal(vectors, network.trunk(features)), "without dropout once it has learnt"
    masked = network.masked(asked_of(network)._replace(vectors=vectors.expand(4, -1, -1)[:, :3]))[1]
    assert (masked.norm(dim=2) - 1).abs().max() > 0.05


@pytest.mark.parametrize(("hidden", "layers"), [(0, 1), (16, 2)])
def test_between_features_and_vectors_lie_as_many_layers_as_are_asked_for(hidden, layers):
    trunk = Trunk(WIDTH, 8, hidden, 0.3)
    assert sum(isinstance(layer, torch.nn.Linear) for layer in trunk.layers) == layers
    assert trunk(torch.randn(3, WIDTH)).shape == (3, 8)


def test_features_are_standardised_by_what_was_measured():
    network, features = fresh(replace(CONFIG, hidden=0)), 5 + 2 * torch.randn(200, WIDTH)
    features[:, 3] = 7.0
    network.trunk.set_statistics(features)
    scaled = (features - features.mean(0)) / (features.std(0) + 1e-3)
    layer = network.trunk.layers[-1]
    assert torch.allclose(network.trunk(features), F.normalize(scaled @ layer.weight.T + layer.bias, dim=1), atol=1e-5)
    assert network.trunk(features).isfinite().all(), "though one feature is always the same"
    assert {"trunk.mean", "trunk.deviation"} <= set(network.state_dict())


def test_dropout_is_for_learning():
    network, features = fresh().train(), torch.randn(2, WIDTH)
    assert not torch.equal(network.trunk(features), network.trunk(features))


def test_temperature_is_bounded():
    network = fresh()
    assert network.scale.item() == pytest.approx(9.97, abs=0.01)
    with torch.no_grad():
        network.log_scale.fill_(9.0)
    assert network.scale.item() == 100


def test_all_of_it_learns():
    network = fresh().train()
    with torch.no_grad():
        network.voice.weight.fill_(0.1)
    vectors = network.trunk(torch.randn(12, WIDTH)).view(4, 3, 8)
    scores = network.scores(outfits(4)._replace(vectors=vectors), unit(4, 5, 8, seed=1))
    (network.scale * scores.square().sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_outfits_of_one_size_need_no_padding():
    asked = Outfits(unit(1, 2, 8), torch.tensor([[0, 1]]), torch.ones(1, 2), torch.tensor([2]))
    assert fresh().score_matrix(asked, unit(3, 8)).shape == (1, 3)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"categories": ("tops",)}, "an outfit needs at least 2 categories; got tops"),
        ({"categories": ()}, "an outfit needs at least 2 categories; got none"),
        ({"dim": 0, "subspaces": 3}, "dim and subspaces must be at least 1; got 0 and 3"),
        ({"dim": 32, "subspaces": 0}, "dim and subspaces must be at least 1; got 32 and 0"),
    ],
)
def test_networks_that_cannot_be(change, says):
    with pytest.raises(UsageError, match=says):
        CSANetConfig(**change)


def test_the_published_categories_are_eleven():
    assert CSANetConfig().categories == OUTFIT_CATEGORIES
    assert fresh(CSANetConfig()).attention.shape == (11, 11)
