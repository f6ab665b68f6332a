from __future__ import annotations

import json

import pytest

from modiste.cli.speech import speech

RESULT = {
    "system": "speech",
    "data": ["espeak-ng"],
    "split_hash": "0123456789ab",
    "protocol": "requests are spoken",
    "models": {"speech": {"wer": 0.25, "seconds": 0.5}, "open language model": {"wer": 0.75, "seconds": 1.5}},
    "ratios": {"wer": 0.333},
    "seeds": [1],
    "seconds": 9.6,
    "versions": {},
}


@pytest.fixture
def asked(monkeypatch):
    """What `evaluate` was called with."""
    calls = []

    def evaluate(*arguments, **options):
        calls.append((arguments, options))
        return RESULT

    monkeypatch.setattr("modiste.lab.speech.evaluate.evaluate", evaluate)
    return calls


def test_speech_is_a_table(asked, capsys):
    speech("whisper", sentences=20, seed=1)
    told = capsys.readouterr().out
    assert [line.split() for line in told.splitlines() if "0." in line][:2] == [
        ["speech", "0.250", "0.500"],
        ["open", "language", "model", "0.750", "1.500"],
    ]
    assert told.startswith("speech on espeak-ng\n")
    assert asked == [(("whisper",), {"sentences": 20, "seed": 1})]


def test_json_goes_to_the_file_named(asked, tmp_path):
    speech(as_json=True, file=tmp_path / "speech.json")
    assert json.loads((tmp_path / "speech.json").read_text()) == RESULT
    assert asked == [(("pocketsphinx",), {"sentences": 50, "seed": 0})]
