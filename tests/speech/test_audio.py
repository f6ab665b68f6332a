from __future__ import annotations

import contextlib
import io
import sys
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import wavfile

from modiste.errors import UsageError
from modiste.speech.audio import LARGEST, read_audio
from tests.speech.conftest import tone


def pitch(samples: np.ndarray) -> float:
    """The loudest frequency of 16 kHz samples, in hertz."""
    return float(np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples))


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("width", [np.uint8, np.int16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_wav_becomes_sixteen_kilohertz_mono(tmp_path, rate, width, channels):
    values = tone(0.5, rate)
    if np.issubdtype(width, np.integer):
        top = np.iinfo(width).max
        values = values * (127 if width is np.uint8 else top) + (128 if width is np.uint8 else 0)
    samples = np.column_stack([values] * channels).astype(width)
    wavfile.write(tmp_path / "a.wav", rate, samples[:, 0] if channels == 1 else samples)
    read = read_audio(tmp_path / "a.wav")
    assert np.array_equal(read, read_audio((tmp_path / "a.wav").read_bytes()))
    assert read.dtype == np.int16
    assert abs(len(read) - 8_000) <= 1
    assert pitch(read) == pytest.approx(440, abs=2.1)
    assert np.abs(read[1000:-1000]).max() / 32767 == pytest.approx(0.5, abs=0.02)


def test_a_wav_of_three_bytes_and_a_wide_header(tmp_path):
    """24 bits, as ffmpeg and phones write them: the format's second header, put together by hand."""
    values = (tone(0.25) * (2**23 - 1)).astype("<i4")
    data = values.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    number = lambda value, size: value.to_bytes(size, "little")  # noqa: E731
    guid = bytes.fromhex("0100000000001000800000aa00389b71")
    head = number(0xFFFE, 2) + number(1, 2) + number(16_000, 4) + number(48_000, 4) + number(3, 2) + number(24, 2)
    head += number(22, 2) + number(24, 2) + number(4, 4) + guid
    body = b"WAVEfmt " + number(len(head), 4) + head + b"data" + number(len(data), 4) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + number(len(body), 4) + body)
    read = read_audio(tmp_path / "a.wav")
    assert len(read) == 4_000
    assert pitch(read) == pytest.approx(440, abs=4)
    assert read.max() == pytest.approx(0.5 * 32767, rel=0.01)


def wav(rate: int, samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, rate, samples)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, 'no audio file ".*a.wav"; give a WAV file'),
        (b"", "is empty; record it again"),
        (b"RIFF\x10\0\0\0WAVEjunk", "no WAV file that can be read .*; record it again"),
        (wav(16_000, np.zeros(0, np.int16)), "holds no sound; record it again"),
        (wav(16_000, np.zeros(16_000, np.int16)), "is silent; check the microphone and record it again"),
        (wav(16_000, np.full(16_000, np.nan, np.float32)), "is silent; check the microphone"),
        (wav(8_000, np.ones(8_000 * 61, np.int16)), "is too long; a request takes at most 60 s"),
        (wav(16_000, np.zeros(LARGEST // 2, np.int16)), r"is too long \(67,108,908 bytes\); a request takes at most"),
        (wav(7, np.ones(7, np.int16)), "claims 7 samples a second; record at 16000"),
    ],
    ids=["missing", "empty", "broken", "no sound", "silent", "not a number", "long", "large", "slow"],
)
def test_what_nobody_can_hear_is_refused(tmp_path, data, says):
    if data is not None:
        (tmp_path / "a.wav").write_bytes(data)
        with pytest.raises(UsageError, match=f"^the recording .*{says}"):
            read_audio(data)
    with pytest.raises(UsageError, match=says):
        read_audio(tmp_path / "a.wav")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 255)), min_size=1, max_size=6), cut=st.integers(12)
)
def test_broken_headers_are_refused_or_read(tmp_path, changes, cut):
    data = bytearray(wav(16_000, (tone(0.02) * 32767).astype(np.int16)))
    for place, value in changes:
        data[place] = value
    (tmp_path / "a.wav").write_bytes(bytes(data[:cut]))
    with contextlib.suppress(UsageError):
        assert read_audio(tmp_path / "a.wav").dtype == np.int16


class SoundFile:
    """soundfile's reader, of a stereo recording at 8 kHz."""

    samplerate = 8_000

    def __init__(self, file: io.BytesIO) -> None:
        if file.read(4) != b"OggS":
            raise RuntimeError(f"Error opening {file!r}: Format not recognised.")

    def __enter__(self) -> SoundFile:
        return self

    def __exit__(self, *error: object) -> None: ...

    def read(self, frames: int, dtype: str) -> np.ndarray:
        return np.column_stack([tone(120, 8_000)] * 2)[: min(frames, self.length)].astype(dtype)


@pytest.fixture
def soundfile(monkeypatch):
    module = ModuleType("soundfile")
    module.SoundFile = SoundFile
    monkeypatch.setitem(sys.modules, "soundfile", module)
    monkeypatch.setattr(SoundFile, "length", 8_000, raising=False)


def test_other_formats_are_read_by_soundfile(soundfile, tmp_path):
    (tmp_path / "a.ogg").write_bytes(b"OggS and more")
    read = read_audio(tmp_path / "a.ogg")
    assert np.array_equal(read, read_audio(b"OggS and more"))
    assert len(read) == 16_000
    assert pitch(read) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(
    ("data", "length", "says"),
    [
        (b"GIF89a", 8_000, r"a.ogg is no audio \(Format not recognised\); give a WAV file"),
        (b"OggS", 8_000 * 120, "is too long; a request takes at most 60 s"),
    ],
)
def test_what_soundfile_cannot_read_is_refused(soundfile, monkeypatch, tmp_path, data, length, says):
    monkeypatch.setattr(SoundFile, "length", length)
    (tmp_path / "a.ogg").write_bytes(data)
    with pytest.raises(UsageError, match=says):
        read_audio(tmp_path / "a.ogg")


def test_without_soundfile_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    (tmp_path / "a.ogg").write_bytes(b"OggS")
    with pytest.raises(UsageError, match=r"is no WAV file; run: pip install soundfile, or: ffmpeg -i .*a.ogg .*a.wav"):
        read_audio(tmp_path / "a.ogg")
    with pytest.raises(UsageError, match=r"^the recording is no WAV file; run: .*soundfile, or record it as one$"):
        read_audio(b"OggS")
