"""The offline recogniser: CMU's pocketsphinx with a language model of customers' requests.

Trigrams of the phrase book's sentences are interpolated with bigrams of plain English. The sentences alone recognise
their own words in any speech; plain English alone recognises no "v-neck". So a word's probability after the two before
it is mixed of both (Jelinek and Mercer, 1980), with a weight of the sentences that grows with the count of these two
(Witten and Bell, IEEE Trans. IT 37(4), 1991).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

import numpy as np

from modiste.cache import cache_folder, fill_once
from modiste.errors import ModisteError
from modiste.phrases import grammar
from modiste.phrases.book import article
from modiste.phrases.lexicon import PAIRS
from modiste.speech.audio import RATE, Samples, read_audio

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


class _PlainEnglish:
    """The recogniser's own language model of the commonest words."""

    def __init__(self, model: Any, known: Sounds) -> None:
        self._model = model
        usual = (word for word in known if re.fullmatch(r"[a-z]+(['-][a-z]+)*", word))
        likely = sorted(((self._probability(word), word) for word in usual), reverse=True)[:WORDS]
        self.words = {word: probability for probability, word in likely if probability > 0}

    def following(self, word: str) -> dict[str, float]:
        """Words that come after a word more often than elsewhere, with their probabilities."""
        if word not in self.words and word != START:
            return {}
        pairs = {
            next_word: probability
            for next_word, alone in self.words.items()
            if (probability := self._probability(next_word, word)) > max(_RAREST, _OFTENER * alone)
        }
        return pairs | {END: self._probability(END, word)}

    def _probability(self, *words: str) -> float:
        """Probability of the first word after the others, the nearest of which comes first."""
        return math.exp(self._model.prob(list(words)) * math.log(_LOG_BASE))


def _write_model(pocketsphinx: Any) -> tuple[Path, Path]:
    """Language model and dictionary, from the cache or written now."""

    def write(folder: Path) -> None:
        known = _read_dictionary(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
        english = pocketsphinx.NGramModel.readfile(pocketsphinx.get_model_path("en-us/en-us.lm.bin"))
        texts = [text for text in _sentences(SENTENCES) if all(_sounds(word, known) for word in text)]
        levels = _language_model(texts, _PlainEnglish(english, known))
        vocabulary = {word for (word,) in levels[0]} - {START, END}
        (folder / "requests.dict").write_text(_dictionary(vocabulary, known), encoding="utf-8")
        (folder / "requests.lm").write_text(_arpa(levels), encoding="utf-8")

    # a folder for each version of all that they depend on
    digest = hashlib.sha256(repr((grammar(), metadata.version("pocketsphinx"))).encode())
    digest.update(Path(__file__).read_bytes())
    folder = fill_once(cache_folder() / "speech" / digest.hexdigest()[:12], write)
    return folder / "requests.lm", folder / "requests.dict"


def _as_dictated(samples: Samples) -> Samples:
    """The samples at the usual loudness, with the noise of a quiet room.

    The recogniser learned from people at microphones: silence without any noise, such as synthetic voices leave
    around their words, has no spectrum that it knows.
    """
    limits = np.iinfo(np.int16)
    sound = np.pad(samples.astype(np.float64), round(PAUSE * RATE))
    voice = np.abs(sound) > 0.02 * np.abs(sound).max()
    loudness = float(np.sqrt(np.mean(sound[voice] ** 2)))
    wanted = limits.max * 10 ** (LOUDNESS / 20)
    noise = np.random.default_rng(0).normal(0, wanted * 10 ** (NOISE / 20), len(sound))
    return np.clip(sound * wanted / loudness + noise, limits.min, limits.max).astype(np.int16)


def _sentences(count: int, seed: int = 0) -> list[Gram]:
    """Random sentences of the phrase book, without the wordings that are kept for testing."""
    rules, rng = grammar(), Random(seed)
    # an article before a noun that stands alone: "not a shirt"
    rules["sentence"] = tuple(text.replace("<noun>", "<a noun>") for text in rules["sentence"])
    rules["a noun"] = tuple(noun if noun.split()[-1] in PAIRS else f"{article(noun)} {noun}" for noun in rules["noun"])
    rules |= {"search": _SEARCHES, "request": (*rules["request"], "<search>")}
    return [tuple(re.findall(r"[a-z'-]+", _expanded("request", rules, rng))) for _ in range(count)]


def _language_model(texts: Sequence[Gram], english: _PlainEnglish) -> list[Level]:
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
            level |= _after(context, counts[context], others, levels[-1])
        levels.append(level)
    return levels


def _arpa(levels: Sequence[Level]) -> str:
    """A model in the text form that recognisers read: logarithms to base ten, and back-off weights."""
    lines = ["\\data\\", *(f"ngram {order}={len(level)}" for order, level in enumerate(levels, 1))]
    for order, level in enumerate(levels, 1):
        weights = _backoff_weights(levels[order], level) if order < len(levels) else {}
        lines += ["", f"\\{order}-grams:"]
        for gram, probability in sorted(level.items()):
            backoff = f" {_log(weights.get(gram, 1.0))}" if order < len(levels) else ""
            lines.append(f"{_log(probability)} {' '.join(gram)}{backoff}")
    return "\n".join([*lines, "", "\\end\\", ""])


def _sounds(word: str, known: Sounds) -> tuple[str, ...]:
    """Every pronunciation of a word, also of compounds of known words; none if it is unknown.

    >>> _sounds("neckline", {"neck": ("N EH K",), "line": ("L AY N",)})
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
    ways = [_sounds(part, known) for part in parts]
    return (" ".join(way[0] for way in ways),) if ways and all(ways) else ()


def _read_dictionary(path: Path) -> dict[str, tuple[str, ...]]:
    """A dictionary in the form of CMUdict: a word and its phones a line, `word(2)` for a second pronunciation."""
    known: dict[str, tuple[str, ...]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry, _, phones = line.partition(" ")
        word = re.sub(r"\(\d+\)$", "", entry)
        known[word] = (*known.get(word, ()), phones.strip())
    return known


def _dictionary(words: Iterable[str], known: Sounds) -> str:
    """The dictionary of the words, in the same form."""
    lines = []
    for word in sorted(words):
        for number, way in enumerate(_sounds(word, known), 1):
            lines.append(f"{word}{f'({number})' if number > 1 else ''} {way}")
    return "\n".join(lines) + "\n"


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
