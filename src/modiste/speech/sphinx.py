"""The offline recogniser: CMU's pocketsphinx with a language model of customers' requests."""

from __future__ import annotations

import hashlib
import math
import re
from functools import cached_property
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from modiste.cache import cache_folder, write_once
from modiste.errors import ModisteError
from modiste.phrases import grammar
from modiste.speech import language
from modiste.speech.audio import RATE, Samples, read_audio

WORDS = 2_000
"""The commonest words of plain English, which are recognised beside those of the phrase book."""
LANGUAGE_WEIGHT = 8.0
"""Weight of the language model against the acoustic model."""
LOUDNESS, NOISE = -20.0, -28.0
"""Of the voice below full scale, and of the noise below the voice, in decibels."""
PAUSE = 0.3
"""Seconds before and after."""

_OFTENER, _RAREST = 2.0, 1e-4
"""Least ratio to elsewhere, and least probability, of a word after another for the pair to be kept."""
_LOG_BASE = 1.0001
"""Of the recogniser's logarithms."""


class Pocketsphinx:
    """Recognition on this machine alone.

    Args:
        plain: use the recogniser's own language model of plain English, as a baseline.

    Raises:
        ModisteError: pocketsphinx is not installed.
    """

    def __init__(self, *, plain: bool = False) -> None:
        try:
            import pocketsphinx
        except ImportError:
            raise ModisteError("pocketsphinx is not installed; run: pip install 'modiste[speech]'") from None
        self.name, self._module, self._plain = "pocketsphinx", pocketsphinx, plain
        self._lock = Lock()  # a decoder decodes one sentence at a time

    def transcribe(self, audio: Path | bytes) -> str:
        """The recognised words, in lower case; the first call takes seconds longer and writes the language model."""
        samples = _as_dictated(read_audio(audio))
        with self._lock:
            decoder = self._decoder
            decoder.start_utt()
            decoder.process_raw(samples.tobytes(), full_utt=True)
            decoder.end_utt()
            hypothesis = decoder.hyp()
        return str(hypothesis.hypstr) if hypothesis else ""

    @cached_property
    def _decoder(self) -> Any:
        # Over whole sentences, so that no sentence depends on the one before it.
        settings: dict[str, Any] = {"cmn": "batch", "loglevel": "FATAL"}
        if not self._plain:
            model, words = _write_model(self._module)
            settings |= {"lm": str(model), "dict": str(words), "lw": LANGUAGE_WEIGHT}
        return self._module.Decoder(**settings)


class PlainEnglish:
    """The recogniser's own language model of the commonest words."""

    def __init__(self, model: Any, known: language.Sounds) -> None:
        self._model = model
        usual = (word for word in known if re.fullmatch(r"[a-z]+(['-][a-z]+)*", word))
        likely = sorted(((self._probability(word), word) for word in usual), reverse=True)[:WORDS]
        self.words = {word: probability for probability, word in likely if probability > 0}

    def following(self, word: str) -> dict[str, float]:
        """Words that come after a word more often than elsewhere, with their probabilities."""
        if word not in self.words and word != language.START:
            return {}
        pairs = {
            next_word: probability
            for next_word, alone in self.words.items()
            if (probability := self._probability(next_word, word)) > max(_RAREST, _OFTENER * alone)
        }
        return pairs | {language.END: self._probability(language.END, word)}

    def _probability(self, *words: str) -> float:
        """Probability of the first word after the others, the nearest of which comes first."""
        return math.exp(self._model.prob(list(words)) * math.log(_LOG_BASE))


def _write_model(pocketsphinx: Any) -> tuple[Path, Path]:
    """Language model and dictionary, from the cache or written now."""
    # a folder for each version of all that they depend on
    digest = hashlib.sha256(repr((grammar(), metadata.version("pocketsphinx"))).encode())
    for file in (__file__, language.__file__):
        digest.update(Path(file).read_bytes())
    folder = cache_folder() / "speech" / digest.hexdigest()[:12]
    model, words = folder / "requests.lm", folder / "requests.dict"
    if not (model.exists() and words.exists()):
        known = language.read_dictionary(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
        english = pocketsphinx.NGramModel.readfile(pocketsphinx.get_model_path("en-us/en-us.lm.bin"))
        texts = [text for text in language.sentences() if all(language.sounds(word, known) for word in text)]
        levels = language.model(texts, PlainEnglish(english, known))
        vocabulary = {word for (word,) in levels[0]} - {language.START, language.END}
        dictionary, _ = language.dictionary(vocabulary, known)
        write_once(words, lambda path: path.write_text(dictionary, encoding="utf-8"))
        write_once(model, lambda path: path.write_text(language.arpa(levels), encoding="utf-8"))
    return model, words


def _as_dictated(samples: Samples) -> Samples:
    """The samples at the usual loudness, with the noise of a quiet room.

    The recogniser learned from people at microphones: silence without any noise, such as synthetic voices leave
    around their words, has no spectrum that it knows.
    """
    pause = np.zeros(round(PAUSE * RATE))
    sound = np.concatenate([pause, samples.astype(np.float64), pause])
    voice = np.abs(sound) > 0.02 * np.abs(sound).max()
    loudness = float(np.sqrt(np.mean(sound[voice] ** 2)))
    wanted = np.iinfo(np.int16).max * 10 ** (LOUDNESS / 20)
    noise = np.random.default_rng(0).normal(0, wanted * 10 ** (NOISE / 20), len(sound))
    limits = np.iinfo(np.int16)
    return np.clip(sound * wanted / loudness + noise, limits.min, limits.max).astype(np.int16)
