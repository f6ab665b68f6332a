"""Titles and descriptions: natural, varied, and true of the product."""

from __future__ import annotations

from itertools import pairwise

import pytest

from modiste.boutique import attributes, description, design, title
from modiste.phrases.facts import read_title

SPECS = [design(3, index) for index in range(800)]


def test_a_title_names_colour_and_kind():
    for spec in SPECS:
        text = title(spec).lower()
        assert spec.colour in text
        assert spec.kind in text or (spec.kind, spec.length) == ("boots", "ankle")
        if spec.pattern != "solid":
            assert any(word in text for word in ("strip", "check", "dot", "floral", "logo"))


@pytest.mark.parametrize("write", [title, description])
def test_words_are_true(write):
    """What a reader of the text believes is what the row says."""
    for spec in SPECS:
        known = attributes(spec)
        for attribute, value in read_title(write(spec)).items():
            if attribute in ("formality", "season") or not known.get(attribute):
                continue
            if spec.kind not in ("denim jacket", "crossbody bag"):
                assert value == known[attribute], (attribute, write(spec))


def test_no_word_stands_twice_in_a_row():
    for spec in SPECS:
        for text in (title(spec), description(spec)):
            words = text.lower().replace(",", "").split()
            assert not [word for word, following in pairwise(words) if word == following], text


def test_titles_vary():
    texts = [title(spec) for spec in SPECS]
    assert len(set(texts)) > 0.75 * len(texts)
    assert sum(text.startswith(("Women's", "Men's")) for text in texts) > 100
    assert sum(" in " in text for text in texts) > 80


def test_a_description_is_two_sentences():
    for spec in SPECS:
        text = description(spec)
        assert text.count(".") == 2
        assert text[0].isupper()
        assert spec.colour in text
