"""What customers are likely to say: trigrams of the phrase book's sentences above the bigrams of plain English.

The sentences alone hear their own words in whatever is said; plain English alone hears no "v-neck". So a word's
probability after the two before it is mixed of what sentences and English say (Jelinek and Mercer, 1980), with the
sentences trusted the more, the more often they have seen these two (Witten and Bell, IEEE Trans. IT 37(4), 1991).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Protocol

from modiste.phrases import grammar
from modiste.phrases.nouns import PAIRS
from modiste.phrases.sentences import article

Gram = tuple[str, ...]
Level = dict[Gram, float]
"""Words in a row to the probability of the last one after the others."""

START, END = "<s>", "</s>"
ORDER = 3
"""Words that are looked at together."""
SENTENCES = 40_000
"""Drawn from the phrase book: enough for every word to be seen in most of its frames."""
TRUST = 0.9
"""Most that the sentences count, even about what they have often seen: they are all of our own making."""
ENGLISH_WORD, ENGLISH_PAIR = 0.05, 0.5
"""How much plain English counts in single words, and in pairs as far as the sentences don't tell."""

_SEARCHES = (
    *("<colour> <noun>", "<owner> <noun>", "<owner> <colour> <noun>", "<fabric> <noun>", "<noun> <phrase>"),
    *("<adjective> <noun>", "<adjective> <colour> <noun>", "<colour> <noun> <phrase>", "<noun> with <mark>"),
)
"""What is said to a search box."""


class English(Protocol):
    """Plain English, as far as it is needed."""

    @property
    def words(self) -> Mapping[str, float]:
        """The commonest words and their probabilities."""

    def following(self, word: str) -> Mapping[str, float]:
        """What comes after a word, `END` too, more often than elsewhere; probabilities that sum up to 1 at most."""


def sentences(count: int = SENTENCES, seed: int = 0) -> list[Gram]:
    """Sentences of the phrase book by chance, without the wordings that are kept for testing."""
    rules, rng = _rules(), Random(seed)
    return [tuple(re.findall(r"[a-z'-]+", _expanded("request", rules, rng))) for _ in range(count)]


def model(texts: Sequence[Gram], english: English) -> list[Level]:
    """Probabilities of what customers say: of words, pairs and triples.

    Args:
        texts: sentences as words.
        english: plain English; a word that only it knows gets a place too.
    """
    levels = [_words(Counter(_grams(texts, 1)), english.words)]
    for order in range(2, ORDER + 1):
        seen: dict[Gram, Counter[str]] = defaultdict(Counter)
        for gram in _grams(texts, order):
            seen[gram[:-1]][gram[-1]] += 1
        known = [(word,) for word in (START, *english.words)] if order == 2 else []
        level: Level = {}
        for context in dict.fromkeys((*seen, *known)):
            others = english.following(context[0]) if order == 2 else {}
            level |= _after(context, seen.get(context, Counter()), others, levels[-1])
        levels.append(level)
    return levels


def arpa(levels: Sequence[Level]) -> str:
    """A model in the text form that recognisers read: logarithms to base ten, and what is left for shorter rows."""
    lines = ["\\data\\", *(f"ngram {order}={len(level)}" for order, level in enumerate(levels, 1))]
    for order, level in enumerate(levels, 1):
        rests = _rests(levels[order], level) if order < len(levels) else {}
        lines += ["", f"\\{order}-grams:"]
        for gram, probability in sorted(level.items()):
            rest = f" {_log(rests.get(gram, 1.0))}" if order < len(levels) else ""
            lines.append(f"{_log(probability)} {' '.join(gram)}{rest}")
    return "\n".join([*lines, "", "\\end\\", ""])


def _rules() -> dict[str, tuple[str, ...]]:
    """The phrase book's, with searches, and with an article before a noun that stands alone: "not a shirt"."""
    rules = grammar()
    rules["sentence"] = tuple(text.replace("<noun>", "<a noun>") for text in rules["sentence"])
    rules["a noun"] = tuple(noun if noun.split()[-1] in PAIRS else f"{article(noun)} {noun}" for noun in rules["noun"])
    return rules | {"search": _SEARCHES, "request": (*rules["request"], "<search>")}


def _expanded(rule: str, rules: Mapping[str, Sequence[str]], rng: Random) -> str:
    return re.sub(r"<([^>]+)>", lambda found: _expanded(found[1], rules, rng), rng.choice(rules[rule]))


def _grams(texts: Sequence[Gram], order: int) -> Iterator[Gram]:
    for text in texts:
        whole = (START, *text, END)
        yield from (whole[at : at + order] for at in range(len(whole) - order + 1))


def _words(counts: Counter[Gram], english: Mapping[str, float]) -> Level:
    """Single words. The start of a sentence is never heard, only what comes after it."""
    del counts[START,]
    total, common = counts.total(), sum(english.values())
    share = ENGLISH_WORD if english else 0.0
    level = {gram: (1 - share) * count / total for gram, count in counts.items()}
    for word, probability in english.items():
        level[word,] = level.get((word,), 0.0) + share * probability / common
    return level | {(START,): 0.0}


def _after(context: Gram, seen: Counter[str], english: Mapping[str, float], shorter: Level) -> Level:
    """What comes after some words, where sentences or English tell."""
    total = seen.total()
    trust = min(total / (total + len(seen)), TRUST) if total else 0.0
    foreign = ENGLISH_PAIR if english else 0.0
    level = {}
    for word in dict.fromkeys((*seen, *english)):
        rest = (1 - foreign) * shorter[*context[1:], word] + foreign * english.get(word, 0.0)
        level[*context, word] = (trust * seen[word] / total if total else 0.0) + (1 - trust) * rest
    return level


def _rests(longer: Level, shorter: Level) -> dict[Gram, float]:
    """For every context the weight of shorter rows, such that all words after it sum up to 1."""
    told: dict[Gram, float] = defaultdict(float)
    taken: dict[Gram, float] = defaultdict(float)
    for gram, probability in longer.items():
        told[gram[:-1]] += probability
        taken[gram[:-1]] += shorter[gram[1:]]
    return {context: max(1 - told[context], 1e-9) / max(1 - taken[context], 1e-9) for context in told}


def _log(value: float) -> str:
    return f"{math.log10(value):.4f}" if value > 0 else "-99"
