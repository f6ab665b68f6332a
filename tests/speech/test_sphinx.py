from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from modiste.errors import ModisteError, UsageError
from modiste.speech.audio import read_audio
from modiste.speech.sphinx import PAUSE, PlainEnglish, Pocketsphinx, _as_dictated


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

    english = PlainEnglish(
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
