from __future__ import annotations

import pytest

from modiste.speech.language import sentences
from modiste.speech.pronounce import RARE, dictionary, read_dictionary, sounds

KNOWN = {
    "neck": ("N EH K",),
    "line": ("L AY N",),
    "v": ("V IY",),
    "the": ("DH AH", "DH IY"),
    "long": ("L AO NG",),
    "sleeved": ("S L IY V D",),
}


@pytest.mark.parametrize(
    ("word", "ways"),
    [
        ("the", ("DH AH", "DH IY")),
        ("neckline", ("N EH K L AY N",)),
        ("longline", ("L AO NG L AY N",)),
        ("v-neck", ("V IY N EH K",)),
        ("long-sleeved", ("L AO NG S L IY V D",)),
        ("long-qwzx", ()),
        ("qwzx", ()),
        ("beanie", (RARE["beanie"],)),
    ],
)
def test_sounds(word, ways):
    assert sounds(word, KNOWN) == ways


def test_a_dictionary_is_read_as_it_is_written(tmp_path):
    text, left_out = dictionary({"the", "neckline", "qwzx"}, KNOWN)
    assert text == "neckline N EH K L AY N\nthe DH AH\nthe(2) DH IY\n"
    assert left_out == ["qwzx"]
    (tmp_path / "a.dict").write_text(text)
    assert read_dictionary(tmp_path / "a.dict") == {"neckline": ("N EH K L AY N",), "the": ("DH AH", "DH IY")}


def test_no_word_of_the_phrase_book_is_left_out():
    pocketsphinx = pytest.importorskip("pocketsphinx", reason="its dictionary comes with pocketsphinx")
    from pathlib import Path

    known = read_dictionary(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
    heard = {word for text in sentences(20_000) for word in text}
    assert len(heard) > 500
    assert dictionary(heard, known)[1] == []
    phones = {phone for ways in known.values() for way in ways for phone in way.split()}
    assert {phone for way in RARE.values() for phone in way.split()} - phones == set()
    assert set(RARE) & set(known) == set()
