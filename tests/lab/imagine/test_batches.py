"""Lessons: what is said of a garment, and what contradicts it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.imagine.model import ImagineConfig
from modiste.imagine.text import as_tensors
from modiste.imagine.words import GENDERS
from modiste.lab.imagine.batches import LONGEST, Lessons
from tests.lab.imagine.painted import garments


@pytest.fixture(scope="module")
def lessons():
    return Lessons(garments(120), ImagineConfig())


def test_a_lesson_has_both_sizes(lessons):
    lesson = lessons.draw(np.arange(6), np.random.default_rng(0))
    assert [tuple(one.shape) for one in lesson.real] == [(6, 3, 64, 32), (6, 3, 128, 64)]
    assert lesson.relief.shape == (6, 4, 64, 32)
    assert (lesson.eps.shape, lesson.noise.shape, lesson.taste.shape) == ((6, 96), (6, 0), (6, 6))


def test_the_relief_of_plain_cloth_is_flat(lessons):
    lesson = lessons.draw(np.arange(8), np.random.default_rng(0))
    inside = lesson.relief[:, 3:] > 0.99
    assert (lesson.relief[:, :3].abs() * inside).max() < 0.2
    assert (lesson.relief[:, :3] * (1 - lesson.relief[:, 3:])).abs().max() < 0.5


def test_what_is_said_is_true(lessons):
    random = np.random.default_rng(1)
    vocabulary = lessons.collection.vocabulary
    for row in range(len(lessons)):
        wanted = vocabulary.wanted(lessons.said(row, random))
        assert all(lessons.classes[name][row] == value for name, value in wanted.items())


def test_prefixes_of_every_length_are_drawn_and_whole_texts_most_often(lessons):
    lesson = lessons.draw(np.arange(60) % len(lessons), np.random.default_rng(2))
    lengths = lesson.lengths.numpy()
    assert lengths.min() == 0
    assert 3 <= lengths.max() <= LONGEST
    assert (lesson.words.there.sum(1).numpy() == lengths).all()


def test_named_is_what_the_prefix_names(lessons):
    lesson = lessons.draw(np.arange(30), np.random.default_rng(3))
    empty = lesson.lengths == 0
    assert empty.any()
    assert all((values[empty] == -1).all() for values in lesson.named.values())


def test_a_strangers_words_contradict_the_garment(lessons):
    lesson = lessons.draw(np.arange(30), np.random.default_rng(4))
    assert lesson.contradicted.any()
    for row in torch.nonzero(lesson.contradicted)[:, 0].tolist():
        other = int(lesson.strangers[row])
        assert any(
            lesson.named[name][other] >= 0 and lesson.named[name][other] != lesson.classes[name][row]
            for name in ("type", "colour", "gender")
        )


def test_recoloured_texts_differ_in_colours_alone(lessons):
    lesson = lessons.draw(np.arange(20), np.random.default_rng(6))
    coloured = lesson.words.coloured > 0
    assert torch.equal(lesson.recoloured.tokens, lesson.words.tokens)
    assert torch.equal(lesson.coloured > 0, coloured.any(1))
    assert not torch.equal(lesson.recoloured.labs[coloured], lesson.words.labs[coloured])
    assert sorted(lesson.recoloured.labs[coloured].tolist()) == sorted(lesson.words.labs[coloured].tolist())
    assert torch.equal(lesson.recoloured.labs[~coloured], lesson.words.labs[~coloured])


def test_the_same_step_is_the_same_lesson(lessons):
    torch.manual_seed(0)
    one = lessons.draw(np.arange(4), np.random.default_rng(5))
    torch.manual_seed(0)
    other = lessons.draw(np.arange(4), np.random.default_rng(5))
    assert torch.equal(one.real[1], other.real[1])
    assert torch.equal(one.eps, other.eps)
    assert torch.equal(one.words.tokens, other.words.tokens)


def test_texts_are_padded_behind(lessons):
    collection = lessons.collection
    texts = [list(collection.words[0]), [], list(collection.words[1])[:1]]
    words = as_tensors(texts, collection.vocabulary)
    assert words.there.sum(1).tolist() == [len(text) for text in texts]
    assert (words.tokens[1] == -1).all()
    spoken = {collection.vocabulary.tokens[place] for place in words.tokens[0].tolist() if place >= 0}
    assert spoken & set(GENDERS)
