"""Measure how many words of spoken requests are recognised: `modiste evaluate speech`.

Protocol: requests for the difference between two products, every other one in wordings that are kept for testing,
spoken by espeak-ng's voices in turn. Letter case, hyphens, apostrophes and spellings that sound alike don't count.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from modiste.errors import ModisteError, UsageError
from modiste.lab.datasets.sentences import ask
from modiste.lab.measures import DIRECTIONS, evaluation_result
from modiste.phrases import LEXICON, grammar
from modiste.phrases.book import FORMS, frames
from modiste.phrases.lexicon import word_set
from modiste.speech import Transcriber, load_transcriber

VOICES = ("en-us", "en-us+f2", "en-gb", "en-gb+f2")
"""Of espeak-ng: American and British, men and women."""
WORDS_PER_MINUTE = 150
"""As in conversation."""

# fmt: off
PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "dress": ("colour", "pattern", "sleeve", "neck", "length", "fabric", "formality", "season"),
    "t-shirt": ("colour", "pattern", "sleeve", "neck", "fit", "gender"),
    "shirt": ("colour", "pattern", "sleeve", "fit", "fabric", "formality", "gender"),
    "sweater": ("colour", "pattern", "neck", "fabric", "fit"), "skirt": ("colour", "pattern", "length", "fabric"),
    "jeans": ("colour", "fit", "gender"), "coat": ("colour", "pattern", "fabric", "length", "season"),
    "ankle boots": ("colour", "heel", "fabric"), "heels": ("colour", "heel", "formality"),
    "sneakers": ("colour", "pattern", "fabric", "gender"), "handbag": ("colour", "pattern", "fabric"),
}
# fmt: on
"""Kind of product to the attributes that requests are about."""
_VALUES: Mapping[str, Sequence[str]] = {
    **{attribute: tuple(values) for attribute, values in LEXICON.items()},
    "colour": ("black", "white", "grey", "red", "navy blue", "blue", "green", "pink", "beige", "brown", "yellow"),
    "gender": ("men", "women", "boys", "girls"),
}
_TWO = 0.25
"""Share of requests for two changes at once."""
_ALIKE = {"gray": "grey", "color": "colour", "colored": "coloured", "tshirt": "t shirt", "tee": "t"}
"""Spellings of one sound."""
_LITTLE = word_set("""
    a an any and at but for from i in instead is isnt are arent no not of on rather so t than that the to up with
""")
"""Words that say nothing about a product by themselves."""
_ATTRIBUTE_RULES = ("adjective", "phrase", "thing", "named", "colour", "noun", "mark", "owner", "fabric")
"""Rules of the phrase book whose words name attributes."""


@dataclass(frozen=True)
class _Spoken:
    """One request of the test."""

    text: str
    held_out: bool
    """In wordings that the language model has not seen."""
    voice: str


def evaluate(transcriber: str = "pocketsphinx", *, sentences: int = 50, seed: int = 0) -> dict[str, Any]:
    """Measure a transcriber on requests that espeak-ng speaks.

    Where pocketsphinx is installed, its own language model of plain English is the baseline.

    Args:
        transcriber: as for `load_transcriber`.
        sentences: how many requests.

    Returns:
        The contents of an evaluation file.

    Raises:
        UsageError: fewer than two sentences, or no such transcriber.
        ModisteError: espeak-ng or the transcriber is not installed.
    """
    started = time.monotonic()
    if sentences < 2:
        raise UsageError(f"--sentences must be at least 2, one for each kind of wording; got {sentences}")
    transcribers = {"speech": load_transcriber(transcriber)}
    if find_spec("pocketsphinx"):
        transcribers["open language model"] = _baseline()
    test = _compose(sentences, seed)
    with tempfile.TemporaryDirectory() as folder:
        files = [_speak(spoken, Path(folder) / f"{number}.wav") for number, spoken in enumerate(test)]
        models = {name: _score(test, *_transcribe(each, files)) for name, each in transcribers.items()}
    version = re.search(r"\d+(\.\d+)+", _espeak("--version"))
    return evaluation_result(
        system="speech",
        data=["espeak-ng"],
        split_hash=hashlib.sha256(repr(test).encode()).hexdigest()[:12],
        protocol=f"{sentences} requests, half in unseen wordings, spoken by "
        f"espeak-ng{f' {version[0]}' if version else ''} in voices {', '.join(VOICES)} at {WORDS_PER_MINUTE} words a "
        f"minute, heard by {transcribers['speech'].name}",
        models=models,
        seeds=[seed],
        seconds=time.monotonic() - started,
        directions={**DIRECTIONS, **dict.fromkeys(("wer", "wer_seen", "wer_unseen", "seconds"), "down")},
    )


def _compose(count: int, seed: int) -> list[_Spoken]:
    """Requests between two products of one kind, every other one in unseen wordings, all voices alike."""
    rng, requests = Random(seed), list[_Spoken]()
    while len(requests) < count:
        kind = rng.choice(list(PRODUCTS))
        source = {"category": kind} | {name: rng.choice(_VALUES[name]) for name in PRODUCTS[kind]}
        names = rng.sample(PRODUCTS[kind], 2 if rng.random() < _TWO else 1)
        target = source | {name: rng.choice(_VALUES[name]) for name in names}
        if rng.random() < 1 / (1 + len(PRODUCTS[kind])):
            target = source | {"category": rng.choice(list(PRODUCTS))}
        held_out, voice = len(requests) % 2 == 1, VOICES[len(requests) // 2 % len(VOICES)]
        try:
            requests.append(_Spoken(ask(source, target, rng, held_out=held_out).text, held_out, voice))
        except UsageError:  # equal after all, or without words for it
            continue
    return requests


def _speak(spoken: _Spoken, path: Path) -> Path:
    """Write a WAV file of the request.

    Raises:
        ModisteError: espeak-ng is not installed.
    """
    _espeak("-v", spoken.voice, "-s", str(WORDS_PER_MINUTE), "-w", str(path), "--", spoken.text)
    return path


def _score(test: Sequence[_Spoken], texts: Sequence[str], seconds: float) -> dict[str, float]:
    """Word error rate of all, of seen and of unseen wordings, right sentences, attribute words and seconds.

    The word error rate counts missed, added and replaced words over the spoken words. Of the attribute words, those
    count that were recognised anywhere in the sentence.

    Args:
        texts: what was recognised of each request.
        seconds: of a request, in the mean.
    """
    pairs = [(_folded(spoken.text), _folded(text)) for spoken, text in zip(test, texts, strict=True)]
    parts = {"wer": pairs}
    for name, unseen in (("wer_seen", False), ("wer_unseen", True)):
        parts[name] = [pair for pair, spoken in zip(pairs, test, strict=True) if spoken.held_out is unseen]
    metrics = {
        name: sum(_edits(*pair) for pair in part) / sum(len(spoken) for spoken, _ in part)
        for name, part in parts.items()
        if part
    }
    telling = [Counter(word for word in spoken if word in _attribute_words()) for spoken, _ in pairs]
    recognised = sum((words & Counter(text)).total() for words, (_, text) in zip(telling, pairs, strict=True))
    total = sum(words.total() for words in telling)
    metrics["sentences"] = sum(spoken == text for spoken, text in pairs) / len(pairs)
    return metrics | {"attribute_words": recognised / total if total else 1.0, "seconds": seconds}


def _edits(spoken: Sequence[str], recognised: Sequence[str]) -> int:
    """Fewest words to leave out, put in or replace to get from one to the other (Levenshtein, 1966)."""
    row = list(range(len(recognised) + 1))
    for deleted, word in enumerate(spoken, 1):
        diagonal, row[0] = row[0], deleted
        for at, other in enumerate(recognised, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1]


@cache
def _attribute_words() -> Collection[str]:
    """The words for attributes, without little ones and those that only frame a request."""
    rules = grammar(held_out=True)
    texts = [text for rule in _ATTRIBUTE_RULES for text in rules[rule]]
    framing = {
        word for form in FORMS for held in (False, True) for text in frames(form, held) for word in _folded(text)
    }
    return frozenset(word for text in texts for word in _folded(re.sub("<[^>]*>", "", text))) - framing - _LITTLE


def _transcribe(transcriber: Transcriber, files: Sequence[Path]) -> tuple[list[str], float]:
    """The text of each file, and the mean of the seconds that it took."""
    transcriber.transcribe(files[0])  # loads what it needs, and is not timed
    started = time.monotonic()
    texts = [transcriber.transcribe(file) for file in files]
    return texts, (time.monotonic() - started) / len(files)


def _baseline() -> Transcriber:
    from modiste.speech.sphinx import Pocketsphinx

    return Pocketsphinx(plain=True)


def _folded(text: str) -> list[str]:
    """Words in one spelling each."""
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    return " ".join(_ALIKE.get(word, word) for word in words).split()


def _espeak(*arguments: str) -> str:
    try:
        return subprocess.run(["espeak-ng", *arguments], check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise ModisteError(
            "espeak-ng, which speaks the sentences, is missing; run: apt-get install espeak-ng"
        ) from None
    except subprocess.CalledProcessError as error:
        raise ModisteError(
            f"espeak-ng failed ({error.stderr.strip() or error.returncode}); try: espeak-ng hello"
        ) from None
