"""The better recogniser, where its model can be had: Whisper (Radford et al., ICML 2023) through faster-whisper."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from modiste.errors import ModisteError, UsageError, unknown
from modiste.speech.audio import read_audio

DEFAULT = "base.en"
_LOUDEST = 32_768
"""The int16 that is 1.0 for Whisper."""


class Whisper:
    """Recognition with a model of the Hugging Face Hub, fetched once and kept by it.

    Args:
        model: a name that faster-whisper knows, such as `base.en` or `small`, a model of the Hub as
            `ORGANISATION/NAME`, or a folder with one.

    Raises:
        ModisteError: faster-whisper is not installed.
        UsageError: it knows no such model.
    """

    def __init__(self, model: str = DEFAULT) -> None:
        self.name = "whisper" if model == DEFAULT else f"whisper:{model}"
        try:
            import faster_whisper
        except ImportError:
            raise ModisteError("faster-whisper is not installed; run: pip install 'modiste[speech]'") from None
        self._source, self._module = model, faster_whisper
        self._model: Any = None
        self._lock = Lock()
        if "/" not in model and not Path(model).is_dir() and model not in self._module.available_models():
            raise unknown("Whisper model", model, self._module.available_models())

    def load(self) -> None:
        """Fetch the model and load it, unless that is done.

        Raises:
            UsageError: neither the network nor the Hub's cache has it.
        """
        with self._lock:
            if self._model is not None:
                return
            try:
                # One processor is enough for a sentence, and a GPU would need CUDA's libraries beside the driver.
                self._model = self._module.WhisperModel(self._folder(), device="cpu", compute_type="int8")
            except (OSError, RuntimeError, ValueError) as error:
                reason = str(error).strip().partition("\n")[0].rstrip(".")
                raise UsageError(
                    f'the Whisper model "{self._source}" can\'t be had ({reason}); '
                    "connect to the network, or take the offline one: pocketsphinx"
                ) from None

    def transcribe(self, audio: Path | bytes) -> str:
        """The recognised words, in lower case and without punctuation."""
        samples = read_audio(audio).astype(np.float32) / _LOUDEST
        self.load()
        with self._lock:
            segments, _ = self._model.transcribe(samples, language="en", condition_on_previous_text=False)
            text = " ".join(segment.text for segment in segments).lower().replace("’", "'")
        return " ".join(re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", text))

    def _folder(self) -> str:
        """Folder or cached copy of the model; it is downloaded only if there is neither."""
        if Path(self._source).is_dir():
            return self._source
        try:
            return str(self._module.download_model(self._source, local_files_only=True))
        except OSError:
            return str(self._module.download_model(self._source))
