"""How well requests are heard: `modiste evaluate speech`.

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
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from modiste.errors import ModisteError, UsageError
from modiste.lab.measures import DIRECTIONS, evaluation_result
from modiste.phrases import LEXICON, ask, grammar
from modiste.phrases.book import frames
from modiste.phrases.grammar import FORMS
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
"""Kind of product to what requests are about."""
_VALUES: Mapping[str, Sequence[str]] = {
    **{attribute: tuple(values) for attribute, values in LEXICON.items()},
    "colour": ("black", "white", "grey", "red", "navy blue", "blue", "green", "pink", "beige", "brown", "yellow"),
    "gender": ("men", "women", "boys", "girls"),
}
_TWO = 0.25
"""Share of requests for two changes at once."""

_ALIKE = {"gray": "grey", "color": "colour", "colored": "coloured", "tshirt": "t shirt", "tee": "t"}
"""Spellings of one sound."""
_LITTLE = frozenset(
    (
        *("a", "an", "any", "and", "at", "but", "for", "from", "i", "in", "instead", "is", "isnt", "are", "arent"),
        *("no", "not", "of", "on", "rather", "so", "t", "than", "that", "the", "to", "up", "with"),
    )
)
"""Words that say nothing about a product by themselves."""
_TELLING = ("adjective", "phrase", "thing", "named", "colour", "noun", "mark", "owner", "fabric")
"""Rules of the phrase book whose words say what is wanted."""


@dataclass(frozen=True)
class Spoken:
    """One request of the test."""

    text: str
    held_out: bool
    """In wordings that the language model has not seen."""
    voice: str


@dataclass(frozen=True)
class Heard:
    """What became of it."""

    spoken: Spoken
    text: str
    seconds: float


def evaluate(transcriber: str = "pocketsphinx", *, sentences: int = 50, seed: int = 0) -> dict[str, Any]:
    """Measure a transcriber on requests that espeak-ng speaks.

    Where pocketsphinx is installed, its own language model of plain English is the baseline.

    Args:
        transcriber: as for `load_transcriber`.
        sentences: how many requests.

    Returns:
        What an evaluation file holds.

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
    test = compose(sentences, seed)
    with tempfile.TemporaryDirectory() as folder:
        files = [speak(spoken, Path(folder) / f"{number}.wav") for number, spoken in enumerate(test)]
        models = {name: score(_listen(each, test, files)) for name, each in transcribers.items()}
    return evaluation_result(
        system="speech",
        data=["espeak-ng"],
        split_hash=hashlib.sha256(repr(test).encode()).hexdigest()[:12],
        protocol=f"{sentences} requests, half in unseen wordings, spoken by {_version()} in voices "
        f"{', '.join(VOICES)} at {WORDS_PER_MINUTE} words a minute, heard by {transcribers['speech'].name}",
        models=models,
        seeds=[seed],
        seconds=time.monotonic() - started,
        directions={**DIRECTIONS, **dict.fromkeys(("wer", "wer_seen", "wer_unseen", "seconds"), "down")},
    )


def compose(count: int, seed: int) -> list[Spoken]:
    """Requests between two products of one kind, every other one in unseen wordings, all voices alike."""
    rng, found = Random(seed), list[Spoken]()
    while len(found) < count:
        kind = rng.choice(list(PRODUCTS))
        source = {"category": kind} | {name: rng.choice(_VALUES[name]) for name in PRODUCTS[kind]}
        names = rng.sample(PRODUCTS[kind], 2 if rng.random() < _TWO else 1)
        target = source | {name: rng.choice(_VALUES[name]) for name in names}
        if rng.random() < 1 / (1 + len(PRODUCTS[kind])):
            target = source | {"category": rng.choice(list(PRODUCTS))}
        held_out, voice = len(found) % 2 == 1, VOICES[len(found) // 2 % len(VOICES)]
        try:
            found.append(Spoken(ask(source, target, rng, held_out=held_out).text, held_out, voice))
        except UsageError:  # equal after all, or without words for it
            continue
    return found


def speak(spoken: Spoken, path: Path) -> Path:
    """A WAV file of the request.

    Raises:
        ModisteError: espeak-ng is not installed.
    """
    speed = str(WORDS_PER_MINUTE)
    _espeak("-v", spoken.voice, "-s", speed, "-w", str(path), "--", spoken.text)
    return path


def score(heard: Sequence[Heard]) -> dict[str, float]:
    """Word error rate of all, of seen and of unseen wordings, right sentences, attribute words and seconds."""
    parts = {"wer": heard}
    parts["wer_seen"] = [one for one in heard if not one.spoken.held_out]
    parts["wer_unseen"] = [one for one in heard if one.spoken.held_out]
    return {
        **{name: word_error_rate(part) for name, part in parts.items() if part},
        "sentences": sum(_folded(one.spoken.text) == _folded(one.text) for one in heard) / len(heard),
        "attribute_words": attribute_words_heard(heard),
        "seconds": sum(one.seconds for one in heard) / len(heard),
    }


def word_error_rate(heard: Iterable[Heard]) -> float:
    """Words that were missed, added or taken for others, over the words that were spoken."""
    pairs = [(_folded(one.spoken.text), _folded(one.text)) for one in heard]
    return sum(edits(*pair) for pair in pairs) / sum(len(spoken) for spoken, _ in pairs)


def attribute_words_heard(heard: Iterable[Heard]) -> float:
    """Share of the words that say what is wanted, wherever in the sentence they were heard."""
    right = total = 0
    for one in heard:
        spoken = Counter(word for word in _folded(one.spoken.text) if word in attribute_words())
        right += (spoken & Counter(_folded(one.text))).total()
        total += spoken.total()
    return right / total if total else 1.0


def edits(spoken: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest words to leave out, put in or replace to get from one to the other (Levenshtein, 1966)."""
    row = list(range(len(heard) + 1))
    for deleted, word in enumerate(spoken, 1):
        diagonal, row[0] = row[0], deleted
        for at, other in enumerate(heard, 1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1]


@cache
def attribute_words() -> Collection[str]:
    """The words for what a product can be, without little ones and those that only frame a request."""
    rules = grammar(held_out=True)
    texts = [text for rule in _TELLING for text in rules[rule]]
    framing = {
        word for form in FORMS for held in (False, True) for text in frames(form, held) for word in _folded(text)
    }
    return frozenset(word for text in texts for word in _folded(re.sub("<[^>]*>", "", text))) - framing - _LITTLE


def _listen(transcriber: Transcriber, test: Sequence[Spoken], files: Sequence[Path]) -> list[Heard]:
    transcriber.transcribe(files[0])  # loads what it needs, and is not timed
    found = []
    for spoken, file in zip(test, files, strict=True):
        started = time.monotonic()
        text = transcriber.transcribe(file)
        found.append(Heard(spoken, text, time.monotonic() - started))
    return found


def _baseline() -> Transcriber:
    from modiste.speech.sphinx import Pocketsphinx

    return Pocketsphinx(plain=True)


def _folded(text: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    return " ".join(_ALIKE.get(word, word) for word in words).split()


def _version() -> str:
    found = re.search(r"\d+(\.\d+)+", _espeak("--version"))
    return f"espeak-ng {found[0]}" if found else "espeak-ng"


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
