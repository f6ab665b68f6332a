"""Token states."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.encoders.pipeline import MAX_TOKENS, MiniLM


@pytest.fixture(scope="module")
def words():
    return MiniLM()


def test_states_stand_beside_a_mask_and_padding_is_zero(words):
    states = words.states(["dress", "a light blue summer dress"])
    assert states.values.shape == (2, 7, 384)
    assert states.mask.sum(1).tolist() == [3, 7]
    assert not states.values[0, 3:].any()


def test_a_text_means_the_same_beside_a_longer_one(words):
    alone = words.states(["red dress"]).values[0]
    beside = words.states(["red dress", "a much longer text that brings padding"]).values[0, : len(alone)]
    assert np.abs(alone - beside).max() < 1e-4


def test_meaning_is_closer_than_spelling(words):
    def mean(text):
        states = words.states([text])
        vector = states.values.sum(1)[0]
        return vector / np.linalg.norm(vector)

    assert mean("red dress") @ mean("crimson gown") > mean("red dress") @ mean("blue jeans") + 0.1


def test_long_texts_are_cut(words):
    assert words.states(["very " * 200]).values.shape[1] == MAX_TOKENS


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("  a red   dress ", [3]),
        ("red " * 30, [30]),
        ("red " * 31, [16, 15]),
        ("red " * 100, [25, 25, 25, 25]),
        ("x" * 500, [1]),
        ("", [0]),
    ],
)
def test_the_pieces_of_a_text_are_read_whole(words, text, lengths):
    pieces = words.pieces(text)
    assert [len(piece.split()) for piece in pieces] == lengths
    assert " ".join(pieces).split() == text.split()
    assert len(pieces) > 1 or pieces == [text]
