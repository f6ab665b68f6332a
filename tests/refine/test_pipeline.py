"""VAL at work: graphs, explanations, and what is refused."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
import torch

from modiste.encoders.pipeline import TrainedEncoder
from modiste.encoders.pipeline import load_network as load_encoder
from modiste.errors import UsageError
from modiste.refine import load_refiner
from modiste.refine.model import VAL, VALConfig, Words, explain, photo_features
from modiste.refine.pipeline import CHUNK, Refiner, load_network
from modiste.weights import find, save
from tests.refine.networks import stirred

ENCODER = find("encoder-boutique")
TEXTS = ["in navy", "the same but with long sleeves and a floral pattern, please", "x"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folder of the weights of a network with the given settings, by a name."""

    def folder(name, network=None, **record):
        path = tmp_path_factory.getbasetemp() / f"refine-{name}"
        network = network or stirred(VAL(VALConfig()))
        tensors = {key: value.numpy() for key, value in network.state_dict().items() if value.is_floating_point()}
        encoder = {"name": ENCODER.name, "revision": ENCODER.revision}
        dim = sum(depth.dim for depth in network.depths.values())
        settings = asdict(network.config)
        save(path, tensors, {"system": "refine", "encoder": encoder, "network": settings, "dim": dim} | record)
        return str(path)

    return folder


@pytest.fixture(scope="module")
def refiner(folders):
    torch.manual_seed(0)
    return Refiner(folders("modern"), threads=1)


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(0).integers(0, 256, (3, 128, 96, 3), dtype=np.uint8)


def by_torch(refiner, photos, texts=None):
    """The vectors without graphs."""
    network, encoder = load_network(refiner.weights), load_encoder(ENCODER).image
    with torch.inference_mode():
        features = photo_features(encoder, torch.from_numpy(photos))
        if texts is None:
            return network.join(network.gallery(features)).numpy()
        words = Words(*map(torch.from_numpy, refiner._words.states(texts)))
        return network.join(network.query(features, words)).numpy()


def test_gallery_of_the_graph_is_that_of_the_network(refiner, photos):
    found = refiner.gallery(photos)
    assert found.shape == (3, refiner.dim)
    assert np.abs(found - by_torch(refiner, photos)).max() < 1e-4
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)


def test_query_of_the_graph_is_that_of_the_network(refiner, photos):
    found = refiner.query(photos, TEXTS)
    assert found.shape == (3, refiner.dim)
    assert np.abs(found - by_torch(refiner, photos, TEXTS)).max() < 1e-4
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)


def test_vectors_do_not_depend_on_what_else_is_asked(refiner, photos):
    together = refiner.query(photos, TEXTS)
    for row, text in enumerate(TEXTS):
        assert np.abs(refiner.query(photos[row : row + 1], [text])[0] - together[row]).max() < 1e-4
        assert np.abs(refiner.gallery(photos[row : row + 1])[0] - refiner.gallery(photos)[row]).max() < 1e-4


def test_more_than_is_worked_on_at_once(refiner, photos):
    many, texts = photos[np.arange(CHUNK + 2) % 3], [TEXTS[row % 3] for row in range(CHUNK + 2)]
    assert np.abs(refiner.gallery(many)[-2:] - refiner.gallery(many[-2:])).max() < 1e-4
    assert np.abs(refiner.query(many, texts)[-2:] - refiner.query(many[-2:], texts[-2:])).max() < 1e-4


def test_nothing_gives_nothing(refiner, photos):
    assert refiner.gallery(photos[:0]).shape == (0, refiner.dim)
    assert refiner.query(photos[:0], []).shape == (0, refiner.dim)


@pytest.mark.parametrize("settings", [{"block": "paper"}, {"depths": ("low", "high"), "preserve": False}])
def test_graphs_of_other_networks_agree_with_them(folders, photos, settings):
    torch.manual_seed(0)
    refiner = Refiner(folders("other", stirred(VAL(VALConfig(**settings)))), threads=1)
    assert np.abs(refiner.gallery(photos) - by_torch(refiner, photos)).max() < 1e-4
    assert np.abs(refiner.query(photos, TEXTS) - by_torch(refiner, photos, TEXTS)).max() < 1e-4


def test_it_says_what_it_is(refiner):
    assert refiner.name == str(refiner.weights.folder)
    assert len(refiner.revision) == 8
    assert refiner.size == (128, 96)
    assert refiner.dim == 512
    assert refiner.preprocessing == TrainedEncoder.preprocessing
    assert {"red", "shirt"} & refiner.names
    assert "qwzx" not in refiner.names


def test_weights_come_back_as_they_were(refiner):
    network = load_network(refiner.weights)
    assert not network.training
    for name, tensor in refiner.weights.tensors().items():
        assert np.array_equal(network.state_dict()[name].numpy(), tensor), name


@pytest.mark.parametrize(
    "settings",
    [{}, {"block": "paper"}, {"depths": ("high",)}, {"depths": ("low", "mid")}, {"preserve": False}, {"change": False}],
)
def test_explains_every_position_from_nothing_to_all(folders, photos, settings):
    torch.manual_seed(0)
    network = stirred(VAL(VALConfig(**settings)))
    kept, changed = Refiner(folders("explained", network)).explain(photos[0], TEXTS[0])
    assert kept.shape == changed.shape == (8, 6)
    assert kept.min() >= 0
    assert kept.max() <= 1
    assert changed.min() >= 0
    assert kept.max() == pytest.approx(1)
    assert changed.max() == pytest.approx(1)


def test_explains_the_photo_that_it_was_given(folders, photos):
    torch.manual_seed(0)
    refiner = Refiner(folders("mid", stirred(VAL(VALConfig(depths=("mid",))))))
    network, encoder = load_network(refiner.weights), load_encoder(ENCODER).image
    with torch.inference_mode():
        words = Words(*map(torch.from_numpy, refiner._words.states(TEXTS[:1])))
        kept, changed = explain(network, photo_features(encoder, torch.from_numpy(photos[:1])), words)
    found = refiner.explain(photos[0], TEXTS[0])
    assert np.allclose(found, (kept, changed), atol=1e-5)
    assert np.ptp(found[0]) > 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in navy", True),
        ("more formal", True),
        ("without the belt", True),
        ("shorter", True),
        ("I'd like it in size 42", True),
        ("not red", True),
        ("gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n", True),
        ("", False),
        ("?!", False),
        ("hello", False),
        ("Good morning!", False),
        ("the same please", False),
        ("I'd like this one", False),
        ("I’d like this one", False),
        ("Can you show me similar things?", False),
        ("thank you very much for it, hello", True),
    ],
)
def test_asks(refiner, text, expected):
    assert refiner.asks(text) is expected


def test_weights_of_another_system_are_refused():
    with pytest.raises(UsageError, match=r"encoder-boutique does not refine, it is for encoder; .*: modiste models"):
        Refiner("encoder-boutique")


@pytest.mark.parametrize(
    "ask",
    [lambda r, p: r.gallery(p), lambda r, p: r.query(p, TEXTS), lambda r, p: r.explain(p[0], "x")],
    ids=["gallery", "query", "explain"],
)
def test_an_encoder_that_is_no_longer_what_it_was_is_refused(folders, photos, ask):
    other = Refiner(folders("elsewhere", encoder={"name": ENCODER.name, "revision": "00000000"}))
    says = f"trained on encoder-boutique@00000000, this is @{ENCODER.revision}; .*modiste train refine"
    with pytest.raises(UsageError, match=says):
        ask(other, photos)


def test_an_encoder_that_is_gone_is_refused(folders, photos):
    other = Refiner(folders("gone", encoder={"name": "encoder-of-mine", "revision": "00000000"}))
    with pytest.raises(UsageError, match='no weights "encoder-of-mine"'):
        other.gallery(photos)


def test_weights_that_lack_a_tensor_are_refused(folders):
    weights = find(folders("lacking"))
    tensors = weights.tensors()
    del tensors["sentence.project.weight"]
    save(weights.folder, tensors, weights.config)
    with pytest.raises(RuntimeError, match=r"Missing key.*sentence\.project\.weight"):
        load_network(weights)


@pytest.mark.parametrize(
    ("name", "encoder", "loaded"),
    [
        (None, "", "refine-photos"),
        (None, "encoder-photos", "refine-photos"),
        (None, "encoder-boutique", "refine-boutique"),
        ("runs/mine", "encoder-boutique", "runs/mine"),
    ],
)
def test_weights_that_suit_a_shop(monkeypatch, name, encoder, loaded):
    monkeypatch.setattr("modiste.refine.pipeline.Refiner", lambda name: name)
    assert load_refiner(name, encoder=encoder) == loaded


def test_the_last_words_of_a_long_sentence_count(refiner, photos):
    long = "something soft that I can wear all day long in the office and at home " * 3
    navy, red = refiner.query(photos[:1].repeat(2, 0), [f"{long} in navy", f"{long} in red"])
    assert np.allclose(np.linalg.norm([navy, red], axis=1), 1, atol=1e-5)
    assert np.abs(navy - red).max() > 1e-4
