"""The phrase book keeps what is for testing apart, and its grammar is closed."""

from __future__ import annotations

import re

import pytest

from modiste.phrases import grammar, vocabulary
from modiste.phrases.book import BOOK, FORMS, KINDS, SLOTS, frames, wordings


def test_the_book_keeps_training_and_testing_apart():
    for form in FORMS[:-1]:
        assert frames(form, False)
        assert frames(form, True)
        assert not set(frames(form, False)) & set(frames(form, True))
    for attribute, relation in BOOK:
        block = wordings(attribute, relation)
        texts = [(wording.text, wording.form) for wording in block]
        assert len(texts) == len(set(texts)), (attribute, relation)
        assert {wording.held_out for wording in block} == {False, True}, (attribute, relation)
        assert {wording.kind for wording in block} <= set(KINDS)
        assert {wording.form for wording in block} <= set(FORMS)


def test_no_wording_is_in_training_under_one_block_and_held_out_under_another():
    every = [wording for block in BOOK for wording in wordings(*block)]
    kept = {wording.text for wording in every if wording.held_out}
    assert not kept & {wording.text for wording in every if not wording.held_out}


def test_the_grammar_is_closed_and_grows_with_what_is_held_out():
    small, large = grammar(), grammar(held_out=True)
    for rules in (small, large):
        assert set(SLOTS) < set(rules)
        referred = {name for texts in rules.values() for text in texts for name in re.findall(r"<([^>]+)>", text)}
        assert referred <= set(rules)
        assert set(rules) - referred <= {"request", *SLOTS}
        assert all(texts and "{" not in " ".join(texts) for texts in rules.values())
    assert all(set(small[name]) <= set(large[name]) for name in small)
    assert small != large


@pytest.mark.parametrize(
    "word", ["navy", "burgundy", "v-neck", "sleeves", "longer", "striped", "t-shirt", "women's", "plaid"]
)
def test_the_vocabulary_knows_fashion(word):
    assert set(word.split("-")) <= vocabulary() | {word.split("-")[0]}
