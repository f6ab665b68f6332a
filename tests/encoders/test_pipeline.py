"""The encoder at work."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.encoders import load_encoder
from modiste.encoders.pipeline import CHUNK, TrainedEncoder
from modiste.errors import UsageError
from modiste.weights import save


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


def test_it_says_what_it_is(run, encoder):
    assert encoder.name == str(run)
    assert len(encoder.revision) == 8
    assert encoder.size == (128, 96)
    assert encoder.knows("a red shirt")
    assert not encoder.knows("qwzx")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda e: e.encode_images(np.zeros((1, 96, 128, 3), np.uint8)), r"shape \(n, 128, 96, 3\); got uint8"),
        (lambda e: e.encode_images(np.zeros((1, 128, 96, 3))), "got float64"),
        (lambda _: load_encoder("encoder-photo"), 'no weights "encoder-photo"'),
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
