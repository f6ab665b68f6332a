from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from modiste.phrases import grammar
from modiste.speech.language import END, RARE, START, arpa, dictionary, model, read_dictionary, sentences, sounds


class NoEnglish:
    words: dict[str, float] = {}  # noqa: RUF012

    def following(self, word: str) -> dict[str, float]:
        return {}


class LittleEnglish:
    words = {"in": 0.6, "red": 0.3, "hello": 0.1}  # noqa: RUF012

    def following(self, word: str) -> dict[str, float]:
        return {"in": {"red": 0.5, END: 0.1}, START: {"hello": 0.4}}.get(word, {})


TEXTS = [("in", "red"), ("in", "red"), ("in", "navy"), ("longer",)]


class Read:
    """A model read back from its text, as recognisers do: a row that isn't there falls back to the shorter one."""

    def __init__(self, text: str) -> None:
        self.chance: dict[tuple[str, ...], float] = {}
        self.rest: dict[tuple[str, ...], float] = {}
        for section in re.split(r"\\(\d)-grams:\n", text)[2::2]:
            for line in section.split("\n\n")[0].splitlines():
                chance, *words = line.split()
                number = re.fullmatch(r"-?[\d.]+", words[-1]) if len(words) > 1 else None
                gram = tuple(words[:-1] if number else words)
                self.chance[gram] = 10 ** float(chance)
                self.rest[gram] = 10 ** float(words[-1]) if number else 1.0

    def after(self, word: str, *context: str) -> float:
        if (*context, word) in self.chance:
            return self.chance[*context, word]
        return self.rest.get(context, 1.0) * self.after(word, *context[1:])


@pytest.mark.parametrize("english", [NoEnglish(), LittleEnglish()], ids=["sentences alone", "with English"])
def test_what_can_follow_sums_up_to_one(english):
    read = Read(arpa(model(TEXTS, english)))
    words = {"in", "red", "navy", "longer", END} | set(english.words)
    for context in [(), (START,), ("in",), ("red",), (START, "in"), ("in", "red"), ("hello",), ("navy", "hello")]:
        assert sum(read.after(word, *context) for word in words) == pytest.approx(1, abs=2e-3), context


def test_seen_triples_follow_witten_and_bell():
    """By hand: after "<s> in" came three words of two kinds, so the sentences count 3 / (3 + 2)."""
    levels = model(TEXTS, NoEnglish())
    words = 4 + 3 + 4  # ends, "in", and one more of each sentence
    red = 2 / words
    pair = 3 / 5 * 2 / 3 + 2 / 5 * red
    assert levels[1]["in", "red"] == pytest.approx(pair)
    assert levels[2][START, "in", "red"] == pytest.approx(3 / 5 * 2 / 3 + 2 / 5 * pair)


def test_english_counts_for_what_sentences_do_not_tell():
    alone, mixed = model(TEXTS, NoEnglish()), model(TEXTS, LittleEnglish())
    assert ("hello",) not in alone[0]
    assert mixed[0]["hello",] == pytest.approx(0.05 * 0.1)
    assert mixed[0]["navy",] == pytest.approx(0.95 * alone[0]["navy",])
    trusted = 3 / 5 * 1 / 3
    assert mixed[1]["in", "navy"] == pytest.approx(trusted + 2 / 5 * 0.5 * mixed[0]["navy",])
    assert mixed[1]["in", "red"] == pytest.approx(2 * trusted + 2 / 5 * (0.5 * mixed[0]["red",] + 0.5 * 0.5))


def test_the_text_is_what_recognisers_read():
    text = arpa(model([("in", "red")], NoEnglish()))
    third = f"{math.log10(1 / 3):.4f}"
    lines = text.splitlines()
    assert lines[:4] == ["\\data\\", "ngram 1=4", "ngram 2=3", "ngram 3=2"]
    assert lines[5] == "\\1-grams:"
    assert lines[6].startswith(f"{third} </s> 0.0000")
    assert lines[7].startswith("-99 <s> ")
    assert lines[-1] == "\\end\\"
    assert len(re.findall(r"(?m)^-", text)) == 4 + 3 + 2


def test_nouns_that_stand_alone_have_their_article():
    texts = {" ".join(text) for text in sentences(40_000)}
    shirts = {text for text in texts if re.fullmatch("rather .*(shirt|jeans)", text)}
    assert {"rather a shirt", "rather jeans"} <= shirts
    assert not {"rather shirt", "rather a jeans"} & shirts


def test_sentences_keep_the_test_for_the_test():
    """Every word is one of the wordings for training; a repeated seed repeats them."""
    texts = sentences(3_000, seed=1)
    assert texts == sentences(3_000, seed=1) != sentences(3_000, seed=2)
    rules = " ".join(text for alternatives in grammar().values() for text in alternatives)
    allowed = set(re.findall(r"[a-z'-]+", re.sub("<[^>]*>", " ", rules)))
    assert {word for text in texts for word in text} <= allowed | {"a", "an"}
    assert ("striped", "jeans") in {text[-2:] for text in sentences(40_000)}
    assert not {"got", "ideally", "clingy"} & allowed


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
    known = read_dictionary(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
    words = {word for text in sentences(20_000) for word in text}
    assert len(words) > 500
    assert dictionary(words, known)[1] == []
    phones = {phone for ways in known.values() for way in ways for phone in way.split()}
    assert {phone for way in RARE.values() for phone in way.split()} - phones == set()
    assert set(RARE) & set(known) == set()
