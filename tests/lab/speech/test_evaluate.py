from __future__ import annotations

import shutil
import subprocess
from collections import Counter

import numpy as np
import pytest
from scipy.io import wavfile

from modiste.errors import ModisteError, UsageError
from modiste.lab.speech import evaluate as room
from modiste.lab.speech.evaluate import (
    VOICES,
    _attribute_words,
    _compose,
    _edits,
    _score,
    _speak,
    _Spoken,
    evaluate,
)
from modiste.phrases.book import frames


@pytest.mark.parametrize(
    ("spoken", "heard", "count"),
    [
        ("in red", "in red", 0),
        ("in red", "", 2),
        ("", "in red", 2),
        ("make it longer please", "make it long please", 1),
        ("not a jacket but a coat", "not jacket but a red coat", 2),
        ("a b c", "c a b", 2),
        ("show me the men's section", "so me the mens section", 2),
    ],
)
def test_edits(spoken, heard, count):
    assert _edits(spoken.split(), heard.split()) == _edits(heard.split(), spoken.split()) == count


def spoken_as(text: str, held_out: bool = False) -> _Spoken:
    return _Spoken(text, held_out, "en-us")


def test_scores_by_hand():
    """Five words with one error in seen wordings, four with two in unseen ones; of four telling words two are heard."""
    test = [spoken_as("a striped one in navy"), spoken_as("ideally longer and red", held_out=True)]
    found = _score(test, ["a striped one in wavy", "ideally and head red"], 2.0)
    assert found == pytest.approx(
        {
            "wer": 3 / 9,
            "wer_seen": 1 / 5,
            "wer_unseen": 2 / 4,
            "sentences": 0.0,
            "attribute_words": 2 / 4,
            "seconds": 2.0,
        }
    )


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        ("I'd like a T-shirt, please", "i'd like a t-shirt please"),
        ("the gray tshirt", "the grey t-shirt"),
        ("a v-neck", "a v neck"),
        ("the women's ones", "the womens ones"),
        ("the boys' section", "the boy's section"),
    ],
)
def test_spellings_of_one_sound_are_right(spoken, text):
    assert _score([spoken_as(spoken)], [text], 1.0)["wer"] == 0
    assert _score([spoken_as(spoken)], [text], 1.0)["sentences"] == 1


@pytest.mark.parametrize(
    "word", ["navy", "striped", "longer", "sleeves", "dress", "cotton", "womens", "formal", "casual"]
)
def test_words_that_tell(word):
    assert word in _attribute_words()


@pytest.mark.parametrize("word", ["the", "please", "want", "something", "like", "ideally", "in", "it", "but"])
def test_words_that_frame(word):
    assert word not in _attribute_words()


def test_requests_are_composed_evenly():
    test = _compose(48, seed=3)
    assert test == _compose(48, seed=3) != _compose(48, seed=4)
    assert Counter((spoken.voice, spoken.held_out) for spoken in test) == {
        (voice, held_out): 6 for voice in VOICES for held_out in (False, True)
    }
    assert len({spoken.text for spoken in test}) > 40
    asked = [spoken for spoken in test if spoken.text.startswith(("ideally", "could you make", "got anything"))]
    assert asked
    assert all(spoken.held_out for spoken in asked)
    assert "ideally {x}" in frames("adjective", True)


class Transcriber:
    """Hears every sentence but its last word; or the first one only."""

    def __init__(self, name: str, test: list[_Spoken], plain: bool = False) -> None:
        self.name, self.plain = name, plain
        self.texts = {f"{number}.wav": spoken.text for number, spoken in enumerate(test)}

    def transcribe(self, audio) -> str:
        words = self.texts[audio.name].split()
        return " ".join(words[:1] if self.plain else words[:-1])


@pytest.fixture
def studio(monkeypatch):
    """espeak-ng that says nothing, and transcribers that know what it would have said."""
    spoken = []

    def run(arguments, **options):
        spoken.append(arguments)
        return subprocess.CompletedProcess(arguments, 0, "eSpeak NG text-to-speech: 1.51  Data at: /usr/lib\n", "")

    monkeypatch.setattr(room.subprocess, "run", run)
    monkeypatch.setattr(room, "load_transcriber", lambda name: Transcriber(name, _compose(8, 5)))
    monkeypatch.setattr(room, "_baseline", lambda: Transcriber("plain", _compose(8, 5), plain=True))
    monkeypatch.setattr(room, "find_spec", lambda name: object())
    return spoken


def test_an_evaluation_beside_its_baseline(studio):
    result = evaluate("pocketsphinx", sentences=8, seed=5)
    test = _compose(8, 5)
    lengths = [len(room._folded(spoken.text)) for spoken in test]
    assert result["system"] == "speech"
    assert list(result["models"]) == ["speech", "open language model"]
    last = sum(len(room._folded(spoken.text.split()[-1])) for spoken in test)
    assert result["models"]["speech"]["wer"] == pytest.approx(last / sum(lengths), rel=1e-5)
    assert result["models"]["speech"]["sentences"] == 0
    assert result["ratios"]["wer"] < 1
    assert result["seeds"] == [5]
    assert "8 requests, half in unseen wordings, spoken by espeak-ng 1.51 in voices en-us, " in result["protocol"]
    assert result["protocol"].endswith("heard by pocketsphinx")
    texts = [arguments[-1] for arguments in studio if "-w" in arguments]
    assert texts == [spoken.text for spoken in test]


def test_without_pocketsphinx_there_is_no_baseline(studio, monkeypatch):
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    result = evaluate("whisper", sentences=8, seed=5)
    assert list(result["models"]) == ["speech"]
    assert result["ratios"] == {}


def test_too_few_sentences_are_refused(studio):
    with pytest.raises(UsageError, match="--sentences must be at least 2, one for each kind of wording; got 1"):
        evaluate(sentences=1)


def test_missing_espeak_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModisteError, match="espeak-ng, which speaks the sentences, is missing; run: apt-get install"):
        _speak(_Spoken("in red", False, "en-us"), tmp_path / "a.wav")


def test_a_failing_espeak_says_why(monkeypatch, tmp_path):
    def run(arguments, **options):
        raise subprocess.CalledProcessError(1, arguments, stderr="no such voice\n")

    monkeypatch.setattr(room.subprocess, "run", run)
    with pytest.raises(ModisteError, match=r"espeak-ng failed \(no such voice\); try: espeak-ng hello"):
        _speak(_Spoken("in red", False, "klingon"), tmp_path / "a.wav")


needs_espeak = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="espeak-ng is missing: apt-get install espeak-ng"
)


@needs_espeak
def test_espeak_says_longer_sentences_longer(tmp_path):
    short = _speak(_Spoken("in red", False, "en-us"), tmp_path / "a.wav")
    long = _speak(_Spoken("i would like this in red instead of blue please", False, "en-gb+f2"), tmp_path / "b.wav")
    rate, samples = wavfile.read(long)
    assert rate == 22_050
    assert len(samples) > 2 * len(wavfile.read(short)[1])
    assert np.abs(samples).max() > 3_000


@pytest.mark.slow
@needs_espeak
def test_a_sentence_is_really_heard(tmp_path, monkeypatch):
    pytest.importorskip("pocketsphinx", reason="pocketsphinx is missing: pip install 'modiste[speech]'")
    from modiste.speech import load_transcriber

    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path))
    file = _speak(_Spoken("i want it with a regular fit", False, "en-us"), tmp_path / "a.wav")
    assert load_transcriber("pocketsphinx").transcribe(file) == "i want it with a regular fit"
