"""The language model of customers' requests, and a dictionary of how its words are pronounced.

Trigrams of the phrase book's sentences are interpolated with bigrams of plain English. The sentences alone recognise
their own words in any speech; plain English alone recognises no "v-neck". So a word's probability after the two before
it is mixed of both (Jelinek and Mercer, 1980), with a weight of the sentences that grows with the count of these two
(Witten and Bell, IEEE Trans. IT 37(4), 1991).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Protocol

from modiste.phrases import grammar
from modiste.phrases.lexicon import PAIRS
from modiste.phrases.sentences import article

Gram = tuple[str, ...]
Level = dict[Gram, float]
"""N-gram to the probability of its last word after the others."""
Sounds = Mapping[str, tuple[str, ...]]
"""Word to its pronunciations, each a row of phones such as "D R EH S"."""

START, END = "<s>", "</s>"
ORDER = 3
"""Words of the longest n-grams."""
SENTENCES = 40_000
"""Drawn from the phrase book: enough for every word to be seen in most of its frames."""
TRUST = 0.9
"""Largest weight of the sentences, however often they have a context: they are all of our own making."""
ENGLISH_WORD, ENGLISH_PAIR = 0.05, 0.5
"""Weight of plain English in single words, and in pairs as far as the sentences leave weight."""

_SEARCHES = (
    *("<colour> <noun>", "<owner> <noun>", "<owner> <colour> <noun>", "<fabric> <noun>", "<noun> <phrase>"),
    *("<adjective> <noun>", "<adjective> <colour> <noun>", "<colour> <noun> <phrase>", "<noun> with <mark>"),
)
"""Search texts."""
_SHORTEST = 3
"""Letters of a part of a compound: anything can be cut into shorter ones."""

# fmt: off
RARE: Mapping[str, str] = {
    "bardot": "B AA R D OW", "beanie": "B IY N IY", "cami": "K AE M IY", "camo": "K AE M OW",
    "capris": "K AH P R IY Z", "chequered": "CH EH K ER D", "claret": "K L EH R AH T", "clingy": "K L IH NG IY",
    "colourful": "K AH L ER F AH L", "foulard": "F UW L AA R D", "fuchsia": "F Y UW SH AH",
    "fuschia": "F Y UW SH AH", "gilet": "ZH IH L EY", "hoodie": "HH UH D IY", "jewellery": "JH UW AH L R IY",
    "kurta": "K ER T AH", "kurti": "K ER T IY", "marl": "M AA R L", "multicoloured": "M AH L T IY K AH L ER D",
    "neckerchief": "N EH K ER CH IH F", "oxblood": "AA K S B L AH D", "paler": "P EY L ER",
    "pyjama": "P AH JH AA M AH", "pyjamas": "P AH JH AA M AH Z", "romper": "R AA M P ER", "saree": "S AA R IY",
    "stripy": "S T R AY P IY", "summery": "S AH M ER IY", "taupe": "T OW P", "tshirt": "T IY SH ER T",
    "wintery": "W IH N T ER IY", "womens": "W IH M AH N Z",
}
# fmt: on
"""Words that neither the recogniser's dictionary has, nor are compounds of two that it has."""


class English(Protocol):
    """A language model of plain English."""

    @property
    def words(self) -> Mapping[str, float]:
        """The commonest words and their probabilities."""

    def following(self, word: str) -> Mapping[str, float]:
        """Words that come after a word more often than elsewhere, `END` too; probabilities sum up to 1 at most."""


def sentences(count: int = SENTENCES, seed: int = 0) -> list[Gram]:
    """Random sentences of the phrase book, without the wordings that are kept for testing."""
    rules, rng = grammar(), Random(seed)
    # an article before a noun that stands alone: "not a shirt"
    rules["sentence"] = tuple(text.replace("<noun>", "<a noun>") for text in rules["sentence"])
    rules["a noun"] = tuple(noun if noun.split()[-1] in PAIRS else f"{article(noun)} {noun}" for noun in rules["noun"])
    rules |= {"search": _SEARCHES, "request": (*rules["request"], "<search>")}
    return [tuple(re.findall(r"[a-z'-]+", _expanded("request", rules, rng))) for _ in range(count)]


def model(texts: Sequence[Gram], english: English) -> list[Level]:
    """Probabilities of words, pairs and triples in requests.

    Args:
        texts: sentences as words.
        english: plain English, whose words are included even if no text has them.
    """
    levels = [_unigrams(Counter(_grams(texts, 1)), english.words)]
    for order in range(2, ORDER + 1):
        counts: dict[Gram, Counter[str]] = defaultdict(Counter)
        for gram in _grams(texts, order):
            counts[gram[:-1]][gram[-1]] += 1
        known = [(word,) for word in (START, *english.words)] if order == 2 else []
        level: Level = {}
        for context in dict.fromkeys((*counts, *known)):
            others = english.following(context[0]) if order == 2 else {}
            level |= _after(context, counts.get(context, Counter()), others, levels[-1])
        levels.append(level)
    return levels


def arpa(levels: Sequence[Level]) -> str:
    """A model in the text form that recognisers read: logarithms to base ten, and back-off weights."""
    lines = ["\\data\\", *(f"ngram {order}={len(level)}" for order, level in enumerate(levels, 1))]
    for order, level in enumerate(levels, 1):
        weights = _backoff_weights(levels[order], level) if order < len(levels) else {}
        lines += ["", f"\\{order}-grams:"]
        for gram, probability in sorted(level.items()):
            backoff = f" {_log(weights.get(gram, 1.0))}" if order < len(levels) else ""
            lines.append(f"{_log(probability)} {' '.join(gram)}{backoff}")
    return "\n".join([*lines, "", "\\end\\", ""])


def read_dictionary(path: Path) -> dict[str, tuple[str, ...]]:
    """A dictionary in the form of CMUdict: a word and its phones a line, `word(2)` for a second pronunciation."""
    known: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry, _, phones = line.partition(" ")
        word = re.sub(r"\(\d+\)$", "", entry)
        known[word] = (*known.get(word, ()), phones.strip())
    return known


def sounds(word: str, known: Sounds) -> tuple[str, ...]:
    """Every pronunciation of a word, also of compounds of known words; none if it is unknown.

    >>> sounds("neckline", {"neck": ("N EH K",), "line": ("L AY N",)})
    ('N EH K L AY N',)
    """
    if word in known:
        return known[word]
    if word in RARE:
        return (RARE[word],)
    if "-" in word:
        parts = word.split("-")
    else:
        cuts = ((word[:at], word[at:]) for at in range(len(word) - _SHORTEST, _SHORTEST - 1, -1))
        parts = next((list(parts) for parts in cuts if all(part in known for part in parts)), [])
    ways = [sounds(part, known) for part in parts]
    return (" ".join(way[0] for way in ways),) if ways and all(ways) else ()


def dictionary(words: Iterable[str], known: Sounds) -> tuple[str, list[str]]:
    """The dictionary of the words as text, and the words whose pronunciation is unknown."""
    lines, left_out = [], []
    for word in sorted(words):
        ways = sounds(word, known)
        lines += [f"{word}{f'({number})' if number > 1 else ''} {way}" for number, way in enumerate(ways, 1)]
        if not ways:
            left_out.append(word)
    return "\n".join(lines) + "\n", left_out


def _expanded(rule: str, rules: Mapping[str, Sequence[str]], rng: Random) -> str:
    return re.sub(r"<([^>]+)>", lambda match: _expanded(match[1], rules, rng), rng.choice(rules[rule]))


def _grams(texts: Sequence[Gram], order: int) -> Iterator[Gram]:
    for text in texts:
        whole = (START, *text, END)
        yield from (whole[at : at + order] for at in range(len(whole) - order + 1))


def _unigrams(counts: Counter[Gram], english: Mapping[str, float]) -> Level:
    """Probabilities of single words; that of the start of a sentence is 0, because only words follow others."""
    del counts[START,]
    total, common = counts.total(), sum(english.values())
    share = ENGLISH_WORD if english else 0.0
    level = {gram: (1 - share) * count / total for gram, count in counts.items()}
    for word, probability in english.items():
        level[word,] = level.get((word,), 0.0) + share * probability / common
    return level | {(START,): 0.0}


def _after(context: Gram, counts: Counter[str], english: Mapping[str, float], shorter: Level) -> Level:
    """Probabilities of the words that sentences or English have after a context."""
    total = counts.total()
    trust = min(total / (total + len(counts)), TRUST) if total else 0.0
    foreign = ENGLISH_PAIR if english else 0.0
    level = {}
    for word in dict.fromkeys((*counts, *english)):
        rest = (1 - foreign) * shorter[*context[1:], word] + foreign * english.get(word, 0.0)
        level[*context, word] = (trust * counts[word] / total if total else 0.0) + (1 - trust) * rest
    return level


def _backoff_weights(longer: Level, shorter: Level) -> dict[Gram, float]:
    """For every context the weight of the shorter n-grams with which all words after it sum up to 1."""
    given: dict[Gram, float] = defaultdict(float)
    replaced: dict[Gram, float] = defaultdict(float)
    for gram, probability in longer.items():
        given[gram[:-1]] += probability
        replaced[gram[:-1]] += shorter[gram[1:]]
    return {context: max(1 - given[context], 1e-9) / max(1 - replaced[context], 1e-9) for context in given}


def _log(value: float) -> str:
    return f"{math.log10(value):.4f}" if value > 0 else "-99"
