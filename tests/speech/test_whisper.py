from __future__ import annotations

import sys

import numpy as np
import pytest

from modiste.errors import ModisteError, UsageError
from modiste.speech.whisper import Whisper


@pytest.mark.parametrize(("lies", "asked"), [("cache", ["cache"]), ("network", ["cache", "network"])])
def test_the_network_is_asked_only_for_what_the_cache_lacks(fake_whisper, recording, lies, asked):
    fake_whisper.lies = lies
    whisper = Whisper()
    assert fake_whisper.asked == []  # loaded at first use
    assert whisper.transcribe(recording) == "i'd like it in navy please"
    assert whisper.transcribe(recording) == "i'd like it in navy please"
    assert fake_whisper.asked == asked
    assert fake_whisper.loaded == 1
    assert fake_whisper.folder == "/models/base.en"


def test_whisper_hears_samples_between_minus_one_and_one(fake_whisper, recording):
    Whisper().transcribe(recording)
    assert fake_whisper.samples.dtype == np.float32
    assert np.abs(fake_whisper.samples).max() == pytest.approx(0.5, abs=0.01)
    assert fake_whisper.options["language"] == "en"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" I'd like a V-neck, please.", "i'd like a v-neck please"),
        ("Don’t show me 'red' ones!", "don't show me red ones"),
        ("Size 42 - in navy?", "size 42 in navy"),
        (" ... ", ""),
    ],
)
def test_words_are_plain(fake_whisper, recording, text, words):
    fake_whisper.heard = [text]
    assert Whisper().transcribe(recording) == words


def test_what_is_in_memory_is_heard_as_a_file_is(fake_whisper, recording):
    Whisper().transcribe(recording)
    samples = fake_whisper.samples
    assert Whisper().transcribe(recording.read_bytes()) == "i'd like it in navy please"
    assert np.array_equal(fake_whisper.samples, samples)


def test_offline_the_other_one_is_named(fake_whisper, recording):
    fake_whisper.lies = "nowhere"
    with pytest.raises(
        UsageError,
        match=r'the Whisper model "base.en" can\'t be had \(Name or service not known\); '
        "connect to the network, or take the offline one: pocketsphinx",
    ):
        Whisper().transcribe(recording)


@pytest.mark.parametrize(
    ("model", "name"), [("base.en", "whisper"), ("small", "whisper:small"), ("me/mine", "whisper:me/mine")]
)
def test_names(fake_whisper, model, name):
    assert Whisper(model).name == name


def test_a_folder_is_taken_as_it_is(fake_whisper, recording, tmp_path):
    Whisper(str(tmp_path)).transcribe(recording)
    assert fake_whisper.folder == str(tmp_path)
    assert fake_whisper.asked == []


def test_unknown_models_list_the_nearest(fake_whisper):
    with pytest.raises(UsageError, match=r'no Whisper model "bas.en"; nearest: base.en'):
        Whisper("bas.en")


def test_missing_faster_whisper_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ModisteError, match=r"faster-whisper is not installed; run: pip install 'modiste\[speech\]'"):
        Whisper()
