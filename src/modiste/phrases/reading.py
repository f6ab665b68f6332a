"""A customer's text in the words that networks learnt: what is wanted, what is unwanted, and notes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from modiste.colour import COLOUR_WORDS, COLOURS, FAMILIES, Colour, colour_at, nearest_colour
from modiste.phrases.languages import translate
from modiste.phrases.lexicon import IDLE, NOUNS, PAIRS, SIMILAR, label, word_set
from modiste.phrases.negation import Unwanted, split
from modiste.phrases.sentences import vocabulary

_AMOUNT = r"\d[\d.,]*"
_CURRENCY = r"(?:[€$£₹]|eur(?:os?)?\b|usd\b|gbp\b|dollars?\b|pounds?\b|bucks\b|rs\b\.?|inr\b|kr\b)"
_PRICE = re.compile(
    rf"""\b(?:(?:priced?\s+)?(?:under|below|less\s+than|cheaper\s+than|up\s+to|max(?:imum)?|at\s+most|over|above|between
        |more\s+than|at\s+least|around|about|for)\s+{_CURRENCY}?\s*{_AMOUNT}(?:\s*(?:and|to|-)\s*{_AMOUNT})?\s*{_CURRENCY}?)
    | {_CURRENCY}\s*{_AMOUNT} | {_AMOUNT}\s*{_CURRENCY}""",
    re.X | re.I,
)
_SIZE = re.compile(
    r"""\b(?:(?:size|sz|eu|uk|us|gr(?:ö|oe)(?:ß|ss)e|taille|talla)\s*(?:\d{1,3}(?:[.,]5)?|xxs|xs|s|m|l|xl|xxl)
    | xxs|xs|xl|xxl|xxxl|\dxl)\b""",
    re.X | re.I,
)
_CHEAP = re.compile(
    r"\b(?:cheap(?:er|est)?|affordable|inexpensive|expensive|discounted|on\s+sale|low[-\s]price[ds]?)\b", re.I
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PAIRED = re.compile(
    r"^\s*short(?=\s*$) | \b(?:trouser|pant|sweatpant|jean|legging|jegging|jogger|chino)(?=\W*(?:$|\bfor\b))",
    re.X | re.I,
)
"""Singular of a pair, unless a word follows that it belongs to."""
_SHORTEST = 4
"""Letters of a word that may be spelled wrongly."""
_VIVID, _GREY = 18.0, 10.0
"""Chroma from which on a colour is no grey, and up to which it is one."""
_HUES = math.radians(90)
"""Largest difference between the hues of such colours for one to replace the other."""
_DETAILS = word_set("""
    accessories accessory alpaca angora animal applique argyle asymmetric athleisure backless bamboo batik beaded
    beads belted bikini bling bodycon bodysuit boho boucle braided bralette bridal broderie buckle button buttons
    cable cambric camel chambray chenille chiffon chronograph chunky clothes clothing collarless corduroy corset
    cosy cowl cozy crepe crinkled crochet cuffed cuffs cupro denim distressed drape draped drawstring drawstrings
    elastane embossed embroidered embroidery eyelet fashion faux feather flannel flounce flounces flowy footwear
    frill frilled frills fringe fringed fur gathered geometric georgette glitter graphic grosgrain handwoven
    headband herringbone hoody houndstooth ikat jacquard jute knit knitwear laced laces lamé lined linen lining
    lurex lycra lyocell mandarin maternity merino metallic modal monogram neoprene nylon ombre organic organza
    outerwear outfit padded paisley pajama pajamas panelled patchwork peep peplum pinstripe pique placket pleat
    pleated pleats plisse pocket pockets polyester pompom poplin pyjama pyjamas quilted racerback ribbed ruched
    ruffle ruffled ruffles sateen satin scallop scalloped seamless seersucker sequin sequined sequins shearling
    sherpa shiny sleepwear sleeve sleeveless sleeves slub smocked smocking sneaker spaghetti stitching strap
    strapless strappy straps stretch studded studs stylish suede swimwear taffeta tapered tartan tassel tassels
    terry tiered toe trendy trim tulle tuxedo tweed twill unlined velour velvet vintage viscose voile waist
    waterproof wedding wool woollen workwear wrap zip zipper zippers
""")
"""Words for cloth and details that no rule of the phrase book has."""
COMMON, NAME, COMPOUND, STRANGE = range(4)


@dataclass(frozen=True)
class Known:
    """The words that networks and a shop know."""

    names: frozenset[str] = frozenset()
    """Colours and kinds of product that the networks learnt, in lower case; nothing where they aren't known."""
    rarity: Callable[[str], int] = lambda word: COMMON
    """Rarity of a word in English: `COMMON`; rare, as a `NAME` is; a `COMPOUND` of parts; or `STRANGE` fragments."""
    carried: Callable[[str], bool] = lambda word: False
    """Returns whether a product of the shop has the word."""
    spellings: Callable[[], Iterable[str]] = tuple
    """Words of the shop's titles, to correct spelling mistakes."""


@dataclass(frozen=True)
class Reading:
    """The meaning of a text."""

    text: str
    """What is wanted, in words that the networks know; the text itself where no word needs replacing, and empty where
    it only says what is unwanted."""
    words: str
    """What is wanted in the text's own words, which products may have."""
    unwanted: tuple[Unwanted, ...] = ()
    notes: tuple[str, ...] = ()
    """Notes for the customer."""
    known: bool = True
    """True if any word means something."""


def read(text: str, known: Known, *, compares: bool = False) -> Reading:
    """Read a customer's text.

    Args:
        compares: True if it speaks of a product that is there: "not so dark" is then left to the network.
    """
    notes: list[str] = []
    text = english = unicodedata.normalize("NFKC", text)  # full-width letters
    if known.names:
        english = translate(text, lambda word: _is_fashion(word) or word in IDLE)
        if english != text:
            notes.append(f'read as "{english}"')
    plain = _without_numbers(english, notes)
    if known.names and not (compares and plain.lower().strip() == "short"):
        plain = _PAIRED.sub(r"\g<0>s", plain)
    plain, understood = _corrected(plain, known, notes)
    wanted, unwanted = split(plain, compares=compares)
    renamed = _renamed(wanted, known, notes) if known.names else wanted
    return Reading(renamed, text if english != text else wanted, unwanted, tuple(notes), understood)


def _without_numbers(text: str, notes: list[str]) -> str:
    """The text without prices and sizes, which are for filters."""
    prices = [match[0].strip() for match in _PRICE.finditer(text)]
    rest = _PRICE.sub(" ", text)
    sizes = [match[0] for match in _SIZE.finditer(rest)]
    rest = _SIZE.sub(" ", rest)
    prices += _CHEAP.findall(rest)
    if prices:
        notes.append(f"a price belongs into a filter, such as price < 50; not read: {', '.join(prices)}")
    if sizes:
        notes.append(
            f"a size belongs into a filter, where the shop has a column of sizes; not read: {', '.join(sizes)}"
        )
    return " ".join(rest.split()) if rest != text else text


def _corrected(text: str, known: Known, notes: list[str]) -> tuple[str, bool]:
    """The text with spelling mistakes corrected, and whether any word is known."""
    strange: list[str] = []
    understood = False

    def correct(match: re.Match[str]) -> str:
        nonlocal understood
        word = match[0].lower().replace("’", "'")
        if word.replace("'", "") in IDLE:
            return match[0]
        rarity = COMMON if _is_fashion(word) else known.rarity(word)
        if rarity == COMMON or known.carried(word):
            understood = True
            return match[0]
        right = _nearest_word(word, rarity, known)
        understood |= right is not None or rarity < STRANGE
        if right is None:
            strange.extend([match[0]] if rarity == STRANGE else [])
            return match[0]
        if rarity == NAME:
            notes.append(f'did you mean "{right}" by "{match[0]}"?')
            return match[0]
        notes.append(f'"{match[0]}" is read as "{right}"')
        return right

    corrected = _WORD.sub(correct, text) if known.names else text
    if strange:
        notes.append(f"not understood: {', '.join(dict.fromkeys(strange))}")
    return corrected, understood or (not strange and any(map(str.isalnum, text)))


def _nearest_word(word: str, rarity: int, known: Known) -> str | None:
    """The known word that this one may be a misspelling of; a rare word has to be nearer than an unknown one."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, JaroWinkler

    if len(word) < _SHORTEST:
        return None
    nearness: Any = OSA.distance  # whose overloads say less than `extract` asks for
    most = 1 if rarity == NAME or len(word) < (7 if rarity == COMPOUND else 6) else 2
    near = [
        (distance, right not in vocabulary(), -JaroWinkler.similarity(word, right), right)
        for words in (_spellings(), known.spellings())
        for right, distance, _ in process.extract(word, words, scorer=nearness, score_cutoff=most, limit=20)
        if len(right) >= _SHORTEST and (right[0] == word[0] or right[1:] == word)
        if len(word) > _SHORTEST or right not in COLOUR_WORDS or right in FAMILIES  # "aber" is no amber
    ]
    return min(near)[-1] if near else None


def _renamed(text: str, known: Known, notes: list[str]) -> str:
    """The text with colours and kinds that networks hardly met under the nearest name that they know."""
    tokens = list(_WORD.finditer(text))
    words = [token[0].lower().replace("gray", "grey") for token in tokens]
    parts, at, end = [], 0, 0
    while at < len(words):
        name, used = _other_name(words, at, known)
        if name:
            start, stop = tokens[at].start(), tokens[at + used - 1].end()
            notes.append(f'"{text[start:stop]}" is read as "{name}", the nearest that the network knows')
            parts += [text[end:start], name]
            end = stop
        at += used
    return "".join([*parts, text[end:]])


def _other_name(words: list[str], at: int, known: Known) -> tuple[str, int]:
    """Known name for the colour or kind at this word, empty if it needs no other, and the number of its words."""
    colour, used = colour_at(words, at)
    if colour is not None:
        learnt = not known.names.isdisjoint((colour.name, *words[at : at + used]))
        return "" if learnt else _nearest_name(colour, known.names), used
    for count in range(min(3, len(words) - at), 0, -1):
        phrase = " ".join(words[at : at + count])
        for form in (phrase, label(phrase)):
            if form in SIMILAR:
                learnt = label(form) in _labels(known.names) and known.rarity(form) < STRANGE
                return "" if learnt else SIMILAR[form], count
    return "", 1


@lru_cache(1024)
def _nearest_name(colour: Colour, names: frozenset[str]) -> str:
    """The name of the colour that looks most like it, if there is any.

    Nobody calls cyan an off white, or cloth gold or denim: such colours come last.
    """
    known, (chroma, hue) = [COLOURS[name] for name in sorted(names & COLOURS.keys())], _polar(colour)
    alike = []
    for other in known:
        other_chroma, other_hue = _polar(other)
        apart = abs((hue - other_hue + math.pi) % (2 * math.pi) - math.pi)
        same_cloth = (colour.family == "metal") == (other.family == "metal") and "denim" not in other.name
        if same_cloth and (chroma < _VIVID or (other_chroma >= _GREY and apart <= _HUES)):
            alike.append(other.name)
    candidates = alike or [other.name for other in known]
    return nearest_colour(colour.lab, candidates).name if candidates else ""


def _polar(colour: Colour) -> tuple[float, float]:
    """Chroma and hue, in radians."""
    _, a, b = colour.lab
    return math.hypot(a, b), math.atan2(b, a)


@lru_cache(8)
def _labels(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(label, names))


@lru_cache(4096)
def _is_fashion(word: str) -> bool:
    """True if a word, in any of its forms, is one of fashion."""
    plural = word if word.endswith("s") else f"{word}s"  # "dres" is no word
    stems = {word, plural, *(word.removesuffix(end) for end in ("'s", "s", "es", "d", "ed", "y", "ing"))}
    return not stems.isdisjoint(_fashion_words()) or colour_at([word], 0)[0] is not None


@cache
def _fashion_words() -> frozenset[str]:
    return frozenset([*vocabulary(), *COLOUR_WORDS, *_spellings(), *_DETAILS])


@cache
def _spellings() -> tuple[str, ...]:
    """Words that a misspelled one may be meant as: kinds, colours and details."""
    named = " ".join((*NOUNS, *SIMILAR, *(noun for names in NOUNS.values() for noun in names)))
    kinds = set(re.findall(r"[a-z]+", named))
    plural = {f"{word}s" for word in kinds if not word.endswith("s")}
    return tuple(sorted(kinds | plural | PAIRS | COLOUR_WORDS | _DETAILS))
