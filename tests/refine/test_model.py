"""VAL's parts, each against an independent computation."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.lab.refine.losses import hierarchical_matching
from modiste.refine.model import (
    BLOCKS,
    CHANNELS,
    DEPTHS,
    GRIDS,
    VAL,
    SentenceEncoder,
    Standardise,
    VALConfig,
    Words,
    _AttentionPool,
    _PaperSentenceEncoder,
    _SelfAttention,
    explain,
)
from tests.refine.networks import features, overfits, padded, stirred, words

DIMS = {"modern": {"low": 96, "mid": 160, "high": 256}, "paper": {"low": 40, "mid": 112, "high": 320}}
TOKENS = {"modern": {"low": 48, "mid": 48, "high": 13}, "paper": {"low": 192, "mid": 48, "high": 12}}


def fresh(**settings):
    torch.manual_seed(0)
    return VAL(VALConfig(**settings)).eval()


@pytest.fixture(scope="module", params=list(BLOCKS))
def block(request):
    return request.param


@pytest.fixture(scope="module")
def moved(block):
    """A network away from its start, in which every part has a say."""
    return stirred(fresh(block=block))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"block": "ancient"}, 'block must be one of modern, paper; got "ancient"'),
        ({"depths": ()}, r"depths must be some of low, mid, high; got \(\)"),
        ({"depths": ("low", "deep")}, "depths must be some of low, mid, high; got .*deep"),
        ({"preserve": False, "change": False}, "preserve and change are both off, .*; leave one on"),
    ],
)
def test_refuses(settings, says):
    with pytest.raises(UsageError, match=says):
        VALConfig(**settings)


@pytest.mark.parametrize("depths", [DEPTHS, ("mid",), ("low", "high")])
def test_each_depth_gives_unit_vectors_of_its_own(block, depths):
    network, photos, sentences = fresh(block=block, depths=depths), features(3), words(3)
    for vectors in (network.query(photos, sentences), network.gallery(photos), network.describe(sentences)):
        assert [vector.shape for vector in vectors] == [(3, DIMS[block][depth]) for depth in depths]
        for vector in vectors:
            assert torch.allclose(vector.norm(dim=1), torch.ones(3), atol=1e-5)
    assert set(network.fused(photos, sentences)) == set(depths)


def test_each_depth_fuses_tokens_of_its_own(block, moved):
    fused = moved.fused(features(2), words(2))
    assert {depth: tokens.shape[:2] for depth, tokens in fused.items()} == {
        depth: (2, count) for depth, count in TOKENS[block].items()
    }


def test_the_joined_vector_answers_as_the_depths_do_together(moved):
    with torch.no_grad():
        moved.weights.copy_(torch.tensor([0.0, 1.0, -1.0]))
    queries, items = moved.query(features(3), words(3)), moved.gallery(features(4, seed=1))
    shares = torch.tensor([0.0, 1.0, -1.0]).exp()
    scores = sum(share * query @ item.T for share, query, item in zip(shares, queries, items, strict=True))
    joined, found = moved.join(queries), moved.join(items)
    assert torch.allclose(joined @ found.T, scores / shares.sum(), atol=1e-5)
    assert torch.allclose(joined.norm(dim=1), torch.ones(3), atol=1e-5)
    assert joined.shape == (3, sum(query.shape[1] for query in queries))


def test_at_first_all_depths_weigh_the_same_and_the_paper_keeps_it_so(block):
    network = fresh(block=block)
    queries = network.query(features(2), words(2))
    scores = torch.stack([(query[0] * query[1]).sum() for query in queries])
    joined = network.join(queries)
    assert (joined[0] @ joined[1]).item() == pytest.approx(scores.mean().item(), abs=1e-5)
    assert network.weights.requires_grad == (block == "modern")


def test_photo_and_sentence_both_count(moved):
    base = moved.join(moved.query(features(1), words(1)))
    assert not torch.allclose(base, moved.join(moved.query(features(1, seed=1), words(1))), atol=1e-3)
    assert not torch.allclose(base, moved.join(moved.query(features(1), words(1, seed=1))), atol=1e-3)


def test_padding_changes_nothing(moved):
    plain, longer = words(2), padded(words(2), 4)
    for one, other in zip(moved.query(features(2), plain), moved.query(features(2), longer), strict=True):
        assert torch.allclose(one, other, atol=1e-5)
    for one, other in zip(moved.describe(plain), moved.describe(longer), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("sentence", [SentenceEncoder, _PaperSentenceEncoder])
def test_padding_changes_no_sentence(sentence):
    network = stirred(sentence(16))
    assert torch.allclose(network(words(2)), network(padded(words(2), 7)), atol=1e-5)
    assert not torch.allclose(network(words(2)), network(words(2, tokens=6)), atol=1e-3)


def test_the_paper_reads_words_in_their_order():
    network, sentence = stirred(_PaperSentenceEncoder(16)), words(1)
    backwards = Words(sentence.states.flip(1), sentence.mask)
    assert not torch.allclose(network(sentence), network(backwards), atol=1e-3)


def test_sentence_is_a_maximum_beside_a_weighted_mean():
    network, (states, mask) = stirred(SentenceEncoder(8)), words(1, tokens=3)
    read = F.gelu(network.read(states[0]))
    looks = network.look(states[0])[:, 0].exp()
    mean = sum(look * row for look, row in zip(looks / looks.sum(), read, strict=True))
    both = torch.cat([torch.stack(list(read)).max(0).values, mean])
    assert torch.allclose(network(Words(states, mask))[0], network.project(both), atol=1e-5)


def test_modern_starts_by_preserving():
    network, sources = fresh(), features(2)
    for depth, fused in network.fused(sources, words(2)).items():
        gate = fused / network.depths[depth].tokens(sources)
        assert gate.min() > 0.4, depth
        assert gate.max() < 1
    for query, item in zip(network.query(sources, words(2)), network.gallery(sources), strict=True):
        assert (query * item).sum(1).min() > 0.98


@pytest.mark.parametrize(("bias", "kept"), [(-30.0, 0.0), (30.0, 1.0)])
def test_modern_gates_close_and_open(bias, kept):
    network, sources = fresh(depths=("mid",)), features(2)
    depth = network.depths["mid"]
    with torch.no_grad():
        depth.place_gate.bias.fill_(bias)
        depth.channel_gate.bias.fill_(30.0)
    fused = network.fused(sources, words(2))["mid"]
    assert torch.allclose(fused, kept * depth.tokens(sources), atol=1e-4)


def test_paper_starts_with_a_gated_photo():
    network, sources = fresh(block="paper"), features(2)
    for depth, fused in network.fused(sources, words(2)).items():
        assert (network.depths[depth].weight_preserved.item(), network.depths[depth].weight_changed.item()) == (1, 0)
        gate = fused / network.depths[depth].tokens(sources)
        assert gate.min() >= 0.25 - 1e-4, depth
        assert gate.max() <= 1 + 1e-4


@pytest.mark.parametrize("by", [0.1, 3.0])
def test_paper_never_closes_a_gate(by):
    """Behind a ReLU a sigmoid is a half at least, and two of them a quarter."""
    network, sources = stirred(fresh(block="paper"), by), features(4)
    for depth in network.depths.values():
        with torch.no_grad():
            depth.weight_preserved.fill_(1.0)
            depth.weight_changed.fill_(0.0)
    for name, fused in network.fused(sources, words(4)).items():
        gate = fused / network.depths[name].tokens(sources)
        assert gate.min() >= 0.25 - 1e-4
        assert gate.max() <= 1 + 1e-4
        assert gate.std() > 1e-3


@pytest.mark.parametrize("depth", DEPTHS)
def test_paper_attention_equals_the_loop(depth):
    network, sources, sentences = stirred(fresh(block="paper")), features(1), words(1)
    part, (height, width), channels = network.depths[depth], GRIDS[depth], CHANNELS[depth]
    part.out = torch.nn.Identity()
    with torch.no_grad():
        part.weight_preserved.fill_(0.0)
        part.weight_changed.fill_(1.0)
    tiled = network.sentence(sentences)[0][:, None, None].expand(-1, height, width)
    joined = part.join(torch.cat([getattr(sources, depth)[0], tiled])[None])[0].flatten(1).T
    query, key, value = (joined @ weight.T for weight in part.attend.weight.split(channels))
    wide, heads = channels // 2, []
    for start in (0, wide):
        columns = slice(start, start + wide)
        scores = torch.stack([(key[:, columns] @ one) / wide**0.5 for one in query[:, columns]])
        heads.append(scores.exp() / scores.exp().sum(1, keepdim=True) @ value[:, columns])
    found = network.fused(sources, sentences)[depth][0]
    assert torch.allclose(found, torch.cat(heads, 1), atol=1e-4)


@pytest.mark.parametrize("depth", DEPTHS)
def test_paper_gates_positions_through_a_kernel_as_large_as_the_map(depth):
    """The gate of every position against a sum over the positions around it, with nothing outside the map."""
    network, sources, sentences = stirred(fresh(block="paper")), features(1), words(1)
    part, (height, width) = network.depths[depth], GRIDS[depth]
    part.channel_gate = torch.nn.Identity()
    torch.nn.init.constant_(part.place_gate[1].bias, 2.0)  # where ReLU lets all pass
    torch.nn.init.ones_(part.weight_preserved)
    torch.nn.init.zeros_(part.weight_changed)
    tiled = network.sentence(sentences)[0][:, None, None].expand(-1, height, width)
    joined = part.join(torch.cat([getattr(sources, depth)[0], tiled])[None])[0]
    kernel, bias = part.place_gate[0].weight[0, 0], part.place_gate[0].bias
    seen = torch.empty(height, width)
    for y in range(height):
        for x in range(width):
            top, left = y - (height - 1) // 2, x - (width - 1) // 2
            inside = [(v, u) for v in range(height) for u in range(width) if 0 <= v + top < height]
            inside = [(v, u) for v, u in inside if 0 <= u + left < width]
            seen[y, x] = bias + sum(kernel[v, u] * joined.mean(0)[v + top, u + left] for v, u in inside)
    gate = part.place_gate[1:](seen[None, None]).sigmoid().flatten()
    channel = joined.mean((1, 2)).sigmoid()
    assert gate.max() - gate.min() > 0.01
    expected = channel * gate[:, None] * part.tokens(sources)[0]
    assert torch.allclose(network.fused(sources, sentences)[depth][0], expected, atol=1e-5)


def test_self_attention_equals_the_loop():
    network, tokens = stirred(_SelfAttention(8, 2)), torch.randn(1, 5, 8)
    inputs = network.norm(tokens[0])
    query, key, value = (
        inputs @ weight.T + bias
        for weight, bias in zip(network.attend.weight.split(8), network.attend.bias.split(8), strict=True)
    )
    heads = []
    for columns in (slice(0, 4), slice(4, 8)):
        scores = query[:, columns] @ key[:, columns].T / 4**0.5
        heads.append(scores.softmax(1) @ value[:, columns])
    after = tokens[0] + network.out(torch.cat(heads, 1))
    after = after + network.feed(network.norm_feed(after))
    assert torch.allclose(network(tokens)[0], network.write(after), atol=1e-5)


def test_pool_is_what_each_head_looks_at_beside_the_mean():
    network, tokens = stirred(_AttentionPool(8, 6, 2)), torch.randn(1, 5, 8)
    looks, values = network.look(tokens[0]).exp(), network.value(tokens[0])
    seen = [
        sum(
            look[head] / looks[:, head].sum() * value[4 * head : 4 * head + 4]
            for look, value in zip(looks, values, strict=True)
        )
        for head in range(2)
    ]
    pooled = torch.cat([*seen, tokens[0].sum(0) / 5])
    assert torch.allclose(network(tokens)[0], network.project(pooled), atol=1e-5)


def test_without_preserving_only_what_is_written_remains(block):
    network = stirred(fresh(block=block, preserve=False))
    for depth in network.depths.values():
        if block == "paper":
            assert not depth.weight_preserved.requires_grad
            torch.nn.init.zeros_(depth.weight_preserved)
    assert all(fused.any() for fused in network.fused(features(2), words(2)).values())
    for depth in network.depths.values():
        for written in (depth.weight_changed,) if block == "paper" else depth.transform.write.parameters():
            torch.nn.init.zeros_(written)
    assert not any(fused.any() for fused in network.fused(features(2), words(2)).values())


def test_without_changing_only_the_gated_photo_remains(block):
    network, sources = fresh(block=block, change=False), features(2)
    for name, fused in network.fused(sources, words(2)).items():
        gate = fused / network.depths[name].tokens(sources)
        assert gate.min() > 0
        assert gate.max() <= 1 + 1e-4
        if block == "paper":
            assert not network.depths[name].weight_changed.requires_grad


@pytest.mark.parametrize("switched", [{}, {"preserve": False}, {"change": False}])
def test_overfits_one_batch(block, switched):
    torch.manual_seed(0)
    network = VAL(VALConfig(block=block, **switched))
    if block == "paper":
        frozen = {name: value.clone() for name, value in network.named_parameters() if not value.requires_grad}
    before, after = overfits(network, published=block == "paper")
    assert after < before / 2
    if block == "paper":
        assert all(torch.equal(value, network.get_parameter(name)) for name, value in frozen.items())


def test_descriptions_learn_the_vectors_of_products(block):
    torch.manual_seed(0)
    network, photos, sentences = VAL(VALConfig(block=block)), features(8), words(8)
    optimiser, right, losses = torch.optim.AdamW(network.parameters(), lr=2e-3), torch.eye(8, dtype=torch.bool), []
    for _ in range(15):
        loss = hierarchical_matching(network.describe(sentences), network.gallery(photos), right, scale=network.scale)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize(
    ("kind", "depth", "position", "token"),
    [
        ("modern", "low", (5, 7), 2 * 6 + 3),
        ("modern", "low", (15, 11), 47),
        ("modern", "mid", (3, 4), 3 * 6 + 4),
        ("modern", "high", (2, 1), 2 * 3 + 1),
        ("paper", "low", (5, 7), 5 * 12 + 7),
        ("paper", "high", (3, 2), 11),
    ],
)
def test_a_position_is_one_token(kind, depth, position, token):
    """`explain` puts tokens back on the grid by their number."""
    network, photos = stirred(fresh(block=kind)), features(1)
    before = network.depths[depth].tokens(photos).clone()
    getattr(photos, depth)[0, :, *position] += 1.0
    changed = (network.depths[depth].tokens(photos) - before).abs().amax(2)[0]
    assert changed.nonzero().flatten().tolist() == [token]


def test_the_summary_is_the_last_token_of_the_high_depth_alone():
    network, photos = stirred(fresh()), features(1)
    other = photos._replace(summary=photos.summary + 1)
    for name in DEPTHS:
        depth = network.depths[name]
        changed = (depth.tokens(photos) - depth.tokens(other)).abs().amax(2)[0].nonzero().flatten().tolist()
        assert changed == ([12] if name == "high" else [])


def test_features_are_standardised_by_what_was_measured():
    scale, photos = Standardise(2), torch.randn(50, 2, 4, 3)
    photos[:, 0] = 7 + 3 * photos[:, 0]
    photos[:, 1] = 5.0  # a channel that never fires must not blow up
    scale.measure(photos)
    scaled = scale(photos)
    assert scaled[:, 0].mean().item() == pytest.approx(0, abs=1e-4)
    assert scaled[:, 0].std().item() == pytest.approx(1, abs=1e-4)
    assert scaled[:, 1].abs().max() < 1e-2


def test_what_was_measured_is_kept_with_the_weights():
    network, photos = fresh(), features(20)
    network.measure(photos._replace(low=photos.low + 4, summary=photos.summary - 2))
    other = fresh()
    other.load_state_dict(network.state_dict())
    assert other.depths["low"].scale_map.mean.mean().item() == pytest.approx(4, abs=0.1)
    assert other.depths["high"].scale_summary.mean.mean().item() == pytest.approx(-2, abs=0.1)


def test_temperature_is_bounded():
    network = fresh()
    assert network.scale.item() == pytest.approx(20.09, abs=0.01)
    with torch.no_grad():
        network.log_scale.fill_(9.0)
    assert network.scale.item() == 100


@pytest.fixture(params=["modern", "paper"])
def explained(request):
    torch.manual_seed(0)
    return stirred(VAL(VALConfig(block=request.param, hidden=32)))


@torch.no_grad()
def test_positions_count_by_the_query_without_them(explained):
    """Against a loop over the positions of the middle depth, the others put aside."""
    network = explained
    network.config = VALConfig(block=network.config.block, hidden=32, depths=("mid",))
    network.weights = torch.nn.Parameter(torch.zeros(1))
    photo, sentence, depth = features(1), words(1), network.depths["mid"]
    tokens, sentence_vector = depth.tokens(photo), network.sentence(sentence)
    fused = depth.fuse(tokens, sentence_vector)
    query = depth.vector(fused)
    kept, changed = torch.zeros(48), torch.zeros(48)
    for position in range(48):
        blank, untouched = tokens.clone(), fused.clone()
        blank[0, position], untouched[0, position] = tokens[0].mean(0), tokens[0, position]
        kept[position] = (depth.vector(depth.fuse(blank, sentence_vector)) - query).norm()
        changed[position] = (depth.vector(untouched) - query).norm()
    kept_map, changed_map = explain(network, photo, sentence)
    assert torch.allclose(kept_map.flatten(), kept / kept.max(), atol=1e-4)
    assert torch.allclose(changed_map.flatten(), changed / changed.max(), atol=1e-4)


@torch.no_grad()
def test_all_depths_share_a_grid(explained):
    found = explain(explained, features(1), words(1))
    for heat in found:
        assert heat.shape == GRIDS["mid"]
        assert heat.max() == pytest.approx(1)
        assert heat.min() >= 0


@torch.no_grad()
def test_a_sentence_that_writes_nothing_changes_nothing():
    network = VAL(VALConfig(change=False, hidden=32)).eval()
    for name in network.config.depths:
        for gate in (network.depths[name].channel_gate, network.depths[name].place_gate):
            torch.nn.init.constant_(gate.bias, 40)
    kept, changed = explain(network, features(1), words(1))
    assert changed.max() < 0.01
    assert kept.max() == pytest.approx(1)
