"""Speech: recordings to words. Show the words for editing before anything is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from modiste.errors import ModisteError, unknown

NAMES = ("auto", "whisper", "pocketsphinx")


class Transcriber(Protocol):
    """Turns recorded speech into words."""

    @property
    def name(self) -> str:
        """As given to `load_transcriber`."""

    def transcribe(self, audio: Path | bytes) -> str:
        """The words of a file or its bytes, in lower case and without punctuation; empty if none are recognised."""


def load_transcriber(name: str = "auto") -> Transcriber:
    """Load the transcriber of this name.

    Args:
        name: `whisper`, or `whisper:MODEL` for another of its models: the better one, fetched from the Hugging Face
            Hub at first; `pocketsphinx`: offline; `auto`: Whisper where its model can be had, else pocketsphinx.

    Raises:
        UsageError: there is no such transcriber, or no such model.
        ModisteError: what it needs is not installed.
    """
    kind, colon, model = name.partition(":")
    if name not in NAMES and (kind, colon) != ("whisper", ":"):
        raise unknown("transcriber", name, NAMES)
    if kind == "pocketsphinx":
        from modiste.speech.sphinx import Pocketsphinx

        return Pocketsphinx()
    from modiste.speech.whisper import Whisper

    if kind == "whisper":
        return Whisper(model) if colon else Whisper()
    try:
        whisper = Whisper()
        whisper.load()
    except ModisteError as missing:
        try:
            return load_transcriber("pocketsphinx")
        except ModisteError:
            raise missing from None
    return whisper
