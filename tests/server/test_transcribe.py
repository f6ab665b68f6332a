"""Recordings over HTTP: what is heard, what can't be, and where nothing is installed that hears."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.io import wavfile

from modiste.errors import ModisteError, UsageError
from tests.speech.conftest import fake_sphinx as fake_sphinx
from tests.speech.conftest import fake_whisper as fake_whisper
from tests.speech.conftest import tone


def wav(seconds: float = 1.0, peak: float = 0.5) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, 16_000, (tone(seconds, peak=peak) * 32767).astype(np.int16))
    return file.getvalue()


def send(client, data: bytes, name: str = "audio", **fields: str):
    return client.post("/v1/transcribe", files={name: ("recording.wav", data, "audio/wav")}, data=fields)


@pytest.fixture
def heard(monkeypatch) -> SimpleNamespace:
    """A transcriber that says how long a recording is."""
    told = SimpleNamespace(loaded=0)

    def load() -> SimpleNamespace:
        from modiste.speech.audio import read_audio

        told.loaded += 1
        return SimpleNamespace(name="ear", transcribe=lambda audio: f"{len(read_audio(audio)) / 16_000:g} seconds")

    monkeypatch.setattr("modiste.speech.load_transcriber", load)
    return told


def test_what_is_said_is_written_down(client, heard):
    assert heard.loaded == 0  # only when somebody speaks
    for seconds in (1, 2):
        answer = send(client, wav(seconds))
        assert (answer.status_code, answer.json()) == (200, {"text": f"{seconds} seconds", "transcriber": "ear"})
    assert heard.loaded == 1


def test_a_recording_never_is_a_file(client, fake_whisper, fake_sphinx):
    """Whisper's model can't be had here, so the offline one hears; it gets bytes."""
    fake_whisper.lies = "nowhere"
    answer = send(client, wav())
    assert (answer.status_code, answer.json()) == (200, {"text": "in navy", "transcriber": "pocketsphinx"})
    assert len(fake_sphinx.said) > 2 * 16_000


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the recording is empty; record it again"),
        (b"RIFF\x10\0\0\0WAVEjunk", "the recording is no WAV file that can be read"),
        (b"GIF89a", "the recording is no"),
        (wav(peak=0), "the recording is silent; check the microphone and record it again"),
        (wav(61), "the recording is too long; a request takes at most 60 s"),
    ],
    ids=["empty", "broken", "a picture", "silent", "long"],
)
def test_what_nobody_can_hear_is_refused(client, heard, data, says):
    answer = send(client, data)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(says)


def test_a_recording_must_be_sent_as_one(client, heard):
    assert client.post("/v1/transcribe", json={"audio": "x"}).status_code == 415
    assert client.post("/v1/transcribe", json={}).json()["detail"].endswith("send multipart/form-data")
    unnamed = send(client, wav(), "sound")
    assert (unnamed.status_code, unnamed.json()["errors"]) == (
        422,
        [{"where": "body", "why": 'no field "sound"; there are 1, such as audio'}],
    )
    written = client.post("/v1/transcribe", files={"audio": (None, "hello")})
    assert (written.status_code, "multipart/form-data with a file called audio" in written.text) == (422, True)
    nothing = client.post(
        "/v1/transcribe", content=b"--x--\r\n", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert (nothing.status_code, 'a WAV file called "audio"' in nothing.json()["detail"]) == (422, True)


def test_without_a_transcriber_the_remedy_is_named(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    answer = send(client, wav())
    assert (answer.status_code, answer.headers["content-type"]) == (501, "application/problem+json")
    assert answer.json()["detail"] == "faster-whisper is not installed; run: pip install 'modiste[speech]'"


@pytest.mark.parametrize(("error", "status"), [(UsageError("no such model"), 422), (ModisteError("missing"), 501)])
def test_what_cannot_be_loaded_is_tried_again(client, heard, monkeypatch, error, status):
    def fail() -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr("modiste.speech.load_transcriber", fail)
        assert send(client, wav()).status_code == status
    assert send(client, wav()).status_code == 200
