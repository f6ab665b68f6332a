from __future__ import annotations

import math
import re
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from modiste.errors import ModisteError, UsageError
from modiste.phrases import grammar
from modiste.speech.audio import read_audio
from modiste.speech.sphinx import (
    END,
    PAUSE,
    RARE,
    START,
    Pocketsphinx,
    _arpa,
    _as_dictated,
    _dictionary,
    _language_model,
    _PlainEnglish,
    _read_dictionary,
    _sentences,
    _sounds,
)


def test_it_says_what_it_heard(fake_sphinx, recording):
    transcriber = Pocketsphinx()
    assert transcriber.name == "pocketsphinx"
    assert fake_sphinx.settings == []  # loaded at first use
    assert transcriber.transcribe(recording) == "in navy"
    fake_sphinx.hears = ""
    assert transcriber.transcribe(recording) == ""
    assert len(fake_sphinx.settings) == 1
    assert len(fake_sphinx.said) == 2 * round((1 + 2 * PAUSE) * 16_000)


def test_what_is_in_memory_is_heard_as_a_file_is(fake_sphinx, recording):
    transcriber = Pocketsphinx()
    transcriber.transcribe(recording)
    said = fake_sphinx.said
    assert transcriber.transcribe(recording.read_bytes()) == "in navy"
    assert fake_sphinx.said == said


def test_the_language_model_is_written_once(fake_sphinx, recording, tmp_path):
    Pocketsphinx().transcribe(recording)
    Pocketsphinx().transcribe(recording)
    assert len(fake_sphinx.opened) == 1
    model, words = fake_sphinx.settings[0]["lm"], fake_sphinx.settings[0]["dict"]
    assert str(tmp_path / "cache" / "speech") in model
    text = (tmp_path / "cache").joinpath(model).read_text()
    assert text.startswith("\\data\\")
    assert "hello" in text
    lines = (tmp_path / "cache").joinpath(words).read_text().splitlines()
    assert "navy N EY V IY" in lines
    assert "the(2) DH IY" in lines
    assert fake_sphinx.settings[1] == fake_sphinx.settings[0]


def test_plain_english_needs_no_model_of_ours(fake_sphinx, recording):
    Pocketsphinx(plain=True).transcribe(recording)
    assert "lm" not in fake_sphinx.settings[0]
    assert fake_sphinx.opened == []


def test_what_english_says_of_pairs(fake_sphinx):
    import pocketsphinx

    english = _PlainEnglish(
        pocketsphinx.NGramModel(), {"in": ("IH N",), "red": ("R EH D",), "t-shirt": ("T",), "o'": ("OW",)}
    )
    assert english.words == {word: pytest.approx(0.2, rel=1e-3) for word in ("in", "red", "t-shirt")}
    assert english.following("red") == {"</s>": pytest.approx(0.2, rel=1e-3)}  # no oftener than elsewhere
    half = pytest.approx(0.5, rel=1e-3)
    assert english.following("in") == {"in": half, "red": half, "t-shirt": half, "</s>": half}
    assert english.following("qwzx") == {}


@pytest.mark.parametrize("gain", [0.01, 0.3, 1.0])
def test_voices_are_brought_to_one_loudness(recording, gain):
    samples = _as_dictated((read_audio(recording) * gain).astype(np.int16))
    pause = round(PAUSE * 16_000)
    voice = samples[pause + 100 : -pause - 100].astype(float)
    assert 20 * np.log10(np.sqrt(np.mean(voice**2)) / 32767) == pytest.approx(-20, abs=1)
    assert samples[:pause].std() > 10  # no silence without noise


def test_sentences_are_heard_one_after_the_other(fake_sphinx, recording):
    """What two threads say is never mixed."""
    transcriber = Pocketsphinx()
    transcriber.transcribe(recording)
    whole, lengths = len(fake_sphinx.said), []
    heard = transcriber._decoder.hyp
    transcriber._decoder.hyp = lambda: lengths.append(len(fake_sphinx.said)) or heard()
    threads = [threading.Thread(target=transcriber.transcribe, args=(recording,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [whole] * 8


def test_what_is_no_audio_is_refused_before_the_model_is_loaded(fake_sphinx, tmp_path):
    with pytest.raises(UsageError, match="no audio file"):
        Pocketsphinx().transcribe(tmp_path / "nothing.wav")
    assert fake_sphinx.settings == []


def test_missing_pocketsphinx_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(ModisteError, match=r"pocketsphinx is not installed; run: pip install 'modiste\[speech\]'"):
        Pocketsphinx()


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
    read = Read(_arpa(_language_model(TEXTS, english)))
    words = {"in", "red", "navy", "longer", END} | set(english.words)
    for context in [(), (START,), ("in",), ("red",), (START, "in"), ("in", "red"), ("hello",), ("navy", "hello")]:
        assert sum(read.after(word, *context) for word in words) == pytest.approx(1, abs=2e-3), context


def test_seen_triples_follow_witten_and_bell():
    """By hand: after "<s> in" came three words of two kinds, so the sentences count 3 / (3 + 2)."""
    levels = _language_model(TEXTS, NoEnglish())
    words = 4 + 3 + 4  # ends, "in", and one more of each sentence
    red = 2 / words
    pair = 3 / 5 * 2 / 3 + 2 / 5 * red
    assert levels[1]["in", "red"] == pytest.approx(pair)
    assert levels[2][START, "in", "red"] == pytest.approx(3 / 5 * 2 / 3 + 2 / 5 * pair)


def test_english_counts_for_what_sentences_do_not_tell():
    alone, mixed = _language_model(TEXTS, NoEnglish()), _language_model(TEXTS, LittleEnglish())
    assert ("hello",) not in alone[0]
    assert mixed[0]["hello",] == pytest.approx(0.05 * 0.1)
    assert mixed[0]["navy",] == pytest.approx(0.95 * alone[0]["navy",])
    trusted = 3 / 5 * 1 / 3
    assert mixed[1]["in", "navy"] == pytest.approx(trusted + 2 / 5 * 0.5 * mixed[0]["navy",])
    assert mixed[1]["in", "red"] == pytest.approx(2 * trusted + 2 / 5 * (0.5 * mixed[0]["red",] + 0.5 * 0.5))


def test_the_text_is_what_recognisers_read():
    text = _arpa(_language_model([("in", "red")], NoEnglish()))
    third = f"{math.log10(1 / 3):.4f}"
    lines = text.splitlines()
    assert lines[:4] == ["\\data\\", "ngram 1=4", "ngram 2=3", "ngram 3=2"]
    assert lines[5] == "\\1-grams:"
    assert lines[6].startswith(f"{third} </s> 0.0000")
    assert lines[7].startswith("-99 <s> ")
    assert lines[-1] == "\\end\\"
    assert len(re.findall(r"(?m)^-", text)) == 4 + 3 + 2


def test_nouns_that_stand_alone_have_their_article():
    texts = {" ".join(text) for text in _sentences(40_000)}
    shirts = {text for text in texts if re.fullmatch("rather .*(shirt|jeans)", text)}
    assert {"rather a shirt", "rather jeans"} <= shirts
    assert not {"rather shirt", "rather a jeans"} & shirts


def test_sentences_keep_the_test_for_the_test():
    """Every word is one of the wordings for training; a repeated seed repeats them."""
    texts = _sentences(3_000, seed=1)
    assert texts == _sentences(3_000, seed=1) != _sentences(3_000, seed=2)
    rules = " ".join(text for alternatives in grammar().values() for text in alternatives)
    allowed = set(re.findall(r"[a-z'-]+", re.sub("<[^>]*>", " ", rules)))
    assert {word for text in texts for word in text} <= allowed | {"a", "an"}
    assert ("striped", "jeans") in {text[-2:] for text in _sentences(40_000)}
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
    assert _sounds(word, KNOWN) == ways


def test_a_dictionary_is_read_as_it_is_written(tmp_path):
    text = _dictionary({"the", "neckline", "qwzx"}, KNOWN)
    assert text == "neckline N EH K L AY N\nthe DH AH\nthe(2) DH IY\n"
    (tmp_path / "a.dict").write_text(text)
    assert _read_dictionary(tmp_path / "a.dict") == {"neckline": ("N EH K L AY N",), "the": ("DH AH", "DH IY")}


def test_no_word_of_the_phrase_book_is_left_out():
    pocketsphinx = pytest.importorskip("pocketsphinx", reason="its dictionary comes with pocketsphinx")
    known = _read_dictionary(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
    words = {word for text in _sentences(20_000) for word in text}
    assert len(words) > 500
    assert [word for word in words if not _sounds(word, known)] == []
    phones = {phone for ways in known.values() for way in ways for phone in way.split()}
    assert {phone for way in RARE.values() for phone in way.split()} - phones == set()
    assert set(RARE) & set(known) == set()
