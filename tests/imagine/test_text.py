"""Text encoders: states after every word."""

from __future__ import annotations

import pytest
import torch

from modiste.errors import UsageError
from modiste.imagine.text import ENCODERS, as_tensors, make_encoder
from modiste.imagine.words import read
from tests.imagine.imaginers import vocabulary


@pytest.fixture(params=sorted(ENCODERS))
def encoder(request):
    torch.manual_seed(0)
    return make_encoder(request.param, torch.randn(len(vocabulary().tokens), 12), 16, table=True)


def words(*texts):
    return as_tensors([list(read(text, vocabulary()).words) for text in texts], vocabulary())


def test_word_by_word_is_what_the_whole_text_says(encoder):
    text = words("women navy slim jeans")
    whole, memory = encoder(text), encoder.start(1)
    for place, vector in enumerate(encoder.vectors(text).unbind(1)):
        assert torch.equal(memory.state, whole[:, place])
        memory = encoder.add(memory, vector)
    assert torch.equal(memory.state, whole[:, -1])


def test_padding_says_nothing(encoder):
    alone, padded = encoder(words("black jeans")), encoder(words("black jeans", "women navy slim jeans"))
    assert torch.allclose(padded[0, 2], alone[0, 2], atol=1e-6)
    assert torch.equal(padded[0, 4], padded[0, 2])


def test_unseen_colours_have_a_place_by_their_lab(encoder):
    teal, red = encoder(words("teal jeans", "red jeans"))[:, 1]
    assert not torch.allclose(teal, red)


def test_baselines_are_frozen_and_the_stream_is_not():
    frozen = {
        name: not make_encoder(name, torch.randn(5, 12), 16, table=False).embedding.weight.requires_grad
        for name in ENCODERS
    }
    assert frozen == {"stream": False, "mean": True, "sentence": True}


def test_mean_words_is_the_mean():
    torch.manual_seed(0)
    encoder = make_encoder("mean", torch.randn(len(vocabulary().tokens), 12), 16, table=False)
    text = words("women slim jeans")
    mean = encoder.embedding(text.tokens[0]).mean(0)
    assert torch.allclose(encoder(text)[0, 3], encoder.lift(mean), atol=1e-6)


def test_an_unknown_encoder_is_refused():
    with pytest.raises(UsageError, match='no text encoder "streem"'):
        make_encoder("streem", torch.randn(5, 12), 16, table=True)
