"""Spoken requests: recordings to words. What was heard is shown for editing before anything is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modiste.errors import ModisteError, unknown
from modiste.speech.base import Transcriber, plain_words, read_audio

__all__ = ["NAMES", "Transcriber", "load_transcriber", "plain_words", "read_audio"]

NAMES = ("auto", "whisper", "pocketsphinx")
_WHISPER = "whisper:"


def load_transcriber(name: str = "auto") -> Transcriber:
    """The transcriber of this name.

    Args:
        name: `whisper`, or `whisper:MODEL` for another of its models: the better one, whose model is fetched from the
            Hugging Face Hub at first; `pocketsphinx`: offline; `auto`: Whisper where its model can be had, else
            pocketsphinx.

    Raises:
        UsageError: there is no such transcriber, or no such model.
        ModisteError: what it needs is not installed.
    """
    if name.startswith(_WHISPER):
        return _whisper(name.removeprefix(_WHISPER))
    loaders: Mapping[str, Callable[[], Transcriber]] = dict(zip(NAMES, (_best, _whisper, _sphinx), strict=True))
    if name not in loaders:
        raise unknown("transcriber", name, NAMES)
    return loaders[name]()


def _best() -> Transcriber:
    from modiste.speech.whisper import Whisper

    try:
        whisper = Whisper()
        whisper.load()
        return whisper
    except ModisteError as missing:
        try:
            return _sphinx()
        except ModisteError:
            raise missing from None


def _whisper(*model: str) -> Transcriber:
    from modiste.speech.whisper import Whisper

    return Whisper(*model)


def _sphinx() -> Transcriber:
    from modiste.speech.sphinx import Pocketsphinx

    return Pocketsphinx()
