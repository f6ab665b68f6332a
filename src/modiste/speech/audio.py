"""Recorded speech as samples: the only reader of audio files."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modiste.errors import UsageError

Samples = NDArray[np.int16]

RATE = 16_000
"""Samples a second that recognisers want."""
LONGEST = 60.0
"""Seconds; a request takes three to ten."""
LARGEST = 64 * 2**20
"""Bytes of a file that is opened at all: a minute of the widest WAV that recorders write."""
_RATES = range(4_000, 384_001)
"""Plausible sampling rates: resampling from absurd ones would take hours."""
_RECORDING = "the recording"
"""Name in errors of a recording that is no file."""
_SILENT = 1e-3
"""Peak, of full scale, below which a recording is silent."""


def read_audio(audio: Path | bytes) -> Samples:
    """Read a recording as 16 kHz mono, whatever it was.

    WAV is read as it is; FLAC, Ogg and MP3 need soundfile.

    Args:
        audio: a file, or its bytes, which stay in memory.

    Raises:
        UsageError: no such file, no audio, silence, or longer than a minute.
    """
    name = _RECORDING if isinstance(audio, bytes) else str(audio)
    if not isinstance(audio, bytes) and not audio.is_file():
        raise UsageError(f'no audio file "{audio}"; give a WAV file')
    size = len(audio) if isinstance(audio, bytes) else audio.stat().st_size
    if size > LARGEST:
        raise UsageError(f"{name} is too long ({size:,} bytes); a request takes at most {LONGEST:.0f} s")
    if not size:
        raise UsageError(f"{name} is empty; record it again")
    data = audio if isinstance(audio, bytes) else audio.read_bytes()
    is_wav = data[:4] in (b"RIFF", b"RIFX", b"RF64") and data[8:12] == b"WAVE"
    sound, rate = _read_wav(name, data) if is_wav else _read_other(name, data)
    if rate not in _RATES:
        raise UsageError(f"{name} claims {rate} samples a second; record at 16000")
    if not sound.size:
        raise UsageError(f"{name} holds no sound; record it again")
    if len(sound) > LONGEST * rate:
        raise UsageError(f"{name} is too long; a request takes at most {LONGEST:.0f} s")
    mono = sound if sound.ndim == 1 else sound.mean(1)
    if not np.abs(mono).max() > _SILENT:
        raise UsageError(f"{name} is silent; check the microphone and record it again")
    if rate != RATE:
        from scipy.signal import resample_poly

        common = math.gcd(rate, RATE)
        mono = resample_poly(mono, RATE // common, rate // common)
    return (np.clip(mono, -1, 1) * np.iinfo(np.int16).max).astype(np.int16)


def _read_wav(name: str, data: bytes) -> tuple[NDArray[np.float64], int]:
    """Samples between -1 and 1, and their rate. Shape: (n,) or (n, channels)."""
    # The standard library's reader knows whole numbers in the oldest header only; browsers and ffmpeg write others.
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about chunks that hold no sound
            rate, samples = wavfile.read(io.BytesIO(data))
    except Exception as error:  # a broken header sets off nearly any
        reason = str(error).rstrip(".") if isinstance(error, ValueError) and str(error) else "its header is broken"
        raise UsageError(f"{name} is no WAV file that can be read ({reason}); record it again") from None
    if samples.dtype.kind == "f":
        return np.nan_to_num(samples.astype(np.float64)), int(rate)
    middle = 128 if samples.dtype == np.uint8 else 0  # eight bits have no sign
    return (samples.astype(np.float64) - middle) / float(2 ** (8 * samples.dtype.itemsize - 1)), int(rate)


def _read_other(name: str, data: bytes) -> tuple[NDArray[np.float64], int]:
    """The same of the formats that soundfile reads, if it is installed."""
    try:
        import soundfile
    except (ImportError, OSError):
        remedy = (
            "or record it as one" if name == _RECORDING else f"or: ffmpeg -i {name} {Path(name).with_suffix('.wav')}"
        )
        raise UsageError(f"{name} is no WAV file; run: pip install soundfile, {remedy}") from None
    file: Any
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            # One second more than allowed, so that what is too long shows without being unpacked.
            samples = file.read(int((LONGEST + 1) * file.samplerate), dtype="float64")
            return samples, int(file.samplerate)
    except (RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0].rpartition(": ")[2].rstrip(".")
        raise UsageError(f"{name} is no audio ({reason}); give a WAV file") from None
