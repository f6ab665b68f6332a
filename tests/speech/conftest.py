"""Recordings and recognisers for tests."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy.io import wavfile


def tone(seconds: float = 1.0, rate: int = 16_000, hertz: float = 440.0, peak: float = 0.5) -> np.ndarray:
    return peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.fixture
def recording(tmp_path) -> Path:
    """A second of sound."""
    path = tmp_path / "recording.wav"
    wavfile.write(path, 16_000, (tone() * 32767).astype(np.int16))
    return path


@pytest.fixture
def fake_whisper(monkeypatch) -> SimpleNamespace:
    """faster-whisper with a model in the cache, on the network or nowhere, as `lies` says."""
    told = SimpleNamespace(lies="cache", asked=[], loaded=0, heard=[" I'd like it in Navy,", " please."])

    def download_model(name: str, local_files_only: bool = False) -> str:
        told.asked.append("cache" if local_files_only else "network")
        if told.lies not in told.asked[-1:]:
            raise FileNotFoundError("Name or service not known.\nPlease check your connection")
        return f"/models/{name}"

    class WhisperModel:
        def __init__(self, folder: str, device: str, compute_type: str) -> None:
            told.loaded += 1
            told.folder = folder

        def transcribe(self, samples: np.ndarray, **options: object):
            told.samples, told.options = samples, options
            return (SimpleNamespace(text=text) for text in told.heard), SimpleNamespace(language="en")

    module = ModuleType("faster_whisper")
    module.__dict__.update(
        available_models=lambda: ["tiny.en", "base.en", "small"],
        download_model=download_model,
        WhisperModel=WhisperModel,
    )
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    return told


@pytest.fixture
def fake_sphinx(monkeypatch, tmp_path) -> SimpleNamespace:
    """pocketsphinx that hears what it is told to, with a dictionary of a few words and what English says of them."""
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("modiste.speech.sphinx.metadata.version", lambda name: "5.0.0")
    told = SimpleNamespace(hears="in navy", settings=[], said=b"", opened=[])
    words = tmp_path / "model" / "en-us" / "cmudict-en-us.dict"
    words.parent.mkdir(parents=True)
    words.write_text("in IH N\nnavy N EY V IY\nthe DH AH\nthe(2) DH IY\nhello HH AH L OW\n")

    class Decoder:
        def __init__(self, **settings: object) -> None:
            told.settings.append(settings)

        def start_utt(self) -> None:
            told.said = b""

        def process_raw(self, samples: bytes, no_search: bool = False, full_utt: bool = False) -> None:
            told.said += samples

        def end_utt(self) -> None: ...

        def hyp(self) -> SimpleNamespace | None:
            return SimpleNamespace(hypstr=told.hears) if told.hears else None

    class NGramModel:
        @staticmethod
        def readfile(path: str) -> NGramModel:
            told.opened.append(path)
            return NGramModel()

        def prob(self, words: list[str]) -> int:
            """Logarithm to base 1.0001 of 0.2, and of 0.5 after "in"."""
            return 0 - (6_932 if words[1:] == ["in"] else 16_095)

    module = ModuleType("pocketsphinx")
    module.__dict__.update(
        Decoder=Decoder, NGramModel=NGramModel, get_model_path=lambda name: str(tmp_path / "model" / name)
    )
    monkeypatch.setitem(sys.modules, "pocketsphinx", module)
    return told
