"""The encoder at work."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.encoders import load_encoder
from modiste.encoders.pipeline import CHUNK, TrainedEncoder, encoder_of
from modiste.errors import UsageError
from modiste.weights import find, save


@pytest.fixture(scope="module")
def encoder(run):
    return load_encoder(str(run))


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(0).integers(0, 256, (CHUNK + 3, 128, 96, 3), dtype=np.uint8)


def test_both_backends_agree(run, encoder, photos):
    torch = TrainedEncoder(str(run), backend="torch")
    texts = ["red shirt", "a green bag for her", "x"]
    assert np.abs(encoder.encode_images(photos) - torch.encode_images(photos)).max() < 1e-3
    assert np.abs(encoder.encode_texts(texts) - torch.encode_texts(texts)).max() < 1e-3
    assert encoder.attributes(photos) == torch.attributes(photos)
    ours, theirs = encoder.maps(photos[:2]), torch.maps(photos[:2])
    for depth in ours:
        assert np.abs(ours[depth] - theirs[depth]).max() < 1e-3 * max(1.0, np.abs(theirs[depth]).max()), depth


def test_vectors_have_unit_length_and_do_not_depend_on_the_batch(encoder, photos):
    together = encoder.encode_images(photos)
    assert together.shape == (CHUNK + 3, encoder.dim)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.abs(together[-1:] - encoder.encode_images(photos[-1:])).max() < 1e-4


def test_nothing_gives_nothing(encoder, photos):
    assert encoder.encode_images(photos[:0]).shape == (0, encoder.dim)
    assert encoder.encode_texts([]).shape == (0, encoder.dim)


def test_logits_say_how_likely_each_label_is(run, encoder, photos):
    logits = encoder.logits(photos)
    assert {name: part.shape for name, part in logits.items()} == {
        name: (CHUNK + 3, len(labels)) for name, labels in encoder.labels.items()
    }
    for name, told in encoder.attributes(photos).items():
        assert [encoder.labels[name][best] for best in logits[name].argmax(1)] == told
    theirs = TrainedEncoder(str(run), backend="torch").logits(photos)
    assert all(np.abs(logits[name] - theirs[name]).max() < 1e-2 for name in logits)
    assert {name: part.shape for name, part in encoder.logits(photos[:0]).items()} == {
        name: (0, len(labels)) for name, labels in encoder.labels.items()
    }


@pytest.fixture
def system(tmp_path):
    """Weights of a system that say whose features they were trained on."""

    def system(name, revision):
        record = {"system": "refine", "encoder": {"name": name, "revision": revision}}
        return save(tmp_path / "system", {"x": np.zeros(1)}, record)

    return system


def test_the_encoder_of_a_system_is_the_one_it_was_trained_on(system, run):
    found = encoder_of(system(str(run), find(str(run)).revision))
    assert (found.name, found.revision) == (str(run), find(str(run)).revision)
    assert encoder_of(system("encoder-photos", find("encoder-photos").revision)).name == "encoder-photos"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("encoder-photos", "system was trained on encoder-photos@00000000, this is @.*: modiste train refine"),
        ("encoder-fotos", 'no weights "encoder-fotos"; nearest: encoder-photos'),
        ("refine-photos", "refine-photos is no encoder but refine"),
    ],
)
def test_an_encoder_that_is_no_longer_what_it_was_is_refused(system, name, says):
    with pytest.raises(UsageError, match=says):
        encoder_of(system(name, "00000000"))


def test_it_says_what_it_is(run, encoder):
    assert encoder.name == str(run)
    assert len(encoder.revision) == 8
    assert encoder.size == (128, 96)


def test_the_last_words_of_a_long_text_count(encoder):
    long = "something soft that I can wear all day long in the office and at home " * 3
    short, navy, red = "a red shirt", f"{long} in navy", f"{long} in red"
    together = encoder.encode_texts([short, navy, red])
    assert np.allclose(together[0], encoder.encode_texts([short])[0], atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert together[1] @ together[2] < 0.9999


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda e: e.encode_images(np.zeros((1, 96, 128, 3), np.uint8)), r"shape \(n, 128, 96, 3\); got uint8"),
        (lambda e: e.encode_images(np.zeros((1, 128, 96, 3))), "got float64"),
        (
            lambda _: load_encoder("clip"),
            'no encoder "clip"; there are encoder-boutique, encoder-photos, the folder of a run, and models of .*'
            "hub:ORG/NAME",
        ),
        (lambda e: TrainedEncoder(str(e.weights.folder), backend="tourch"), 'no backend "tourch"; nearest: torch'),
    ],
)
def test_refuses(encoder, call, says):
    with pytest.raises(UsageError, match=says):
        call(encoder)


def test_weights_of_another_system_are_refused(tmp_path):
    save(tmp_path, {"x": np.zeros(1)}, {"system": "refine"})
    with pytest.raises(UsageError, match="is no encoder but refine"):
        load_encoder(str(tmp_path))
