"""A customer's text in the words that networks learnt: what is wanted, what is unwanted, and notes."""

from __future__ import annotations

import math
import re
import unicodedata
from cmath import polar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from modiste.colour import COLOUR_WORDS, COLOURS, FAMILIES, Colour, colour_at, nearest_colour
from modiste.phrases.book import vocabulary
from modiste.phrases.lexicon import IDLE, NOUNS, PAIRS, SIMILAR, label, singulars, word_set
from modiste.phrases.negation import Unwanted, split

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
_RARE = singulars(SIMILAR)
"""Forms of rare words to the word."""
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
# fmt: off
_WORDS: Mapping[str, Mapping[str, str]] = {
    "German": {
        "red": "rot", "black": "schwarz", "white": "weiß weiss", "blue": "blau", "green": "grün gruen",
        "yellow": "gelb", "grey": "grau", "brown": "braun", "pink": "~rosa", "purple": "lila violett", "dark": "dunkel",
        "light": "hell", "dress": "kleid", "shirt": "hemd", "blouse": "bluse", "trousers": "~hose",
        "skirt": "~rock röck", "jacket": "jacke", "leather jacket": "lederjacke", "winter jacket": "winterjacke",
        "coat": "mantel mäntel", "shoes": "schuh", "boots": "stiefel", "bag": "tasche handtasche", "sweater": "pulli",
        "socks": "socken", "hat": "~hut hüte", "cap": "mütze", "scarf": "schal", "belt": "gürtel", "watch": "uhr",
        "sneakers": "turnschuh", "long": "~lang", "short": "kurz", "striped": "gestreift", "men": "herren männer",
        "women": "damen frauen", "boys": "jungen", "girls": "mädchen", "summer": "sommer", "without": "ohne",
        "with": "~mit", "for": "für", "not": "nicht kein keine keinen", "and": "und", "but": "aber sondern",
        "or": "oder", "except": "außer ausser", "sleeves": "ärmel", "stripes": "streifen", "leather": "~leder",
        "": "~ein ~eine ~einen ~der ~die ~das ~den ~aus", "summer dress": "sommerkleid",
    },
    "French": {
        "red": "rouge", "black": "~noir noire", "white": "blanc blanche", "blue": "bleu", "green": "vert",
        "yellow": "jaune", "grey": "gris", "brown": "marron", "pink": "~rose", "purple": "violet violette",
        "dress": "~robe", "shirt": "chemise", "blouse": "chemisier", "trousers": "pantalon", "skirt": "jupe",
        "jacket": "veste blouson", "coat": "manteau", "shoes": "chaussure", "boots": "bottes bottine", "bag": "~sac",
        "socks": "chaussette", "hat": "chapeau", "scarf": "écharpe", "belt": "ceinture", "watch": "montre",
        "sneakers": "basket", "long": "longue", "short": "court", "striped": "rayé", "men": "homme", "women": "femme",
        "boys": "garçon", "girls": "fille", "summer": "été", "without": "~sans", "with": "avec", "for": "~pour",
        "not": "~pas", "and": "~et", "but": "~mais", "except": "sauf", "sleeves": "manches", "stripes": "rayures",
        "leather": "cuir", "": "~un ~une ~de ~des ~du ~le ~la ~les ~en ~à",
    },
    "Spanish": {
        "red": "rojo roja", "black": "~negro negra", "white": "blanco blanca", "blue": "azul", "green": "verde",
        "yellow": "amarill", "grey": "gris", "brown": "marrón", "pink": "~rosa", "purple": "morad", "dress": "vestido",
        "shirt": "camisa", "t-shirt": "camiseta", "blouse": "blusa", "trousers": "pantalón pantalones",
        "skirt": "falda", "jacket": "chaqueta", "coat": "abrigo", "shoes": "zapato", "boots": "~bota", "bag": "~bolso",
        "sweater": "jersé jerséis", "socks": "calcetin calcetín", "hat": "sombrero", "cap": "gorra", "scarf": "bufanda",
        "belt": "cinturón", "watch": "reloj", "sneakers": "zapatilla", "long": "larg", "short": "corto corta",
        "men": "~hombre", "women": "~mujer", "boys": "niño", "girls": "niña", "summer": "verano", "without": "~sin",
        "with": "~con", "for": "~para", "not": "~no", "and": "~y", "but": "pero", "except": "excepto salvo",
        "sleeves": "mangas", "stripes": "~rayas", "leather": "~cuero", "": "~un ~una ~de ~el ~la ~los ~las",
    },
    "Italian": {
        "red": "rosso rossa rossi rosse", "black": "nero nera", "white": "bianco bianca", "blue": "azzurr",
        "green": "verde", "yellow": "giallo gialla", "grey": "grigi", "brown": "marrone", "pink": "~rosa",
        "purple": "viola", "dress": "vestito abito", "shirt": "camicia camicie", "t-shirt": "maglietta",
        "trousers": "pantaloni", "skirt": "gonna", "jacket": "giacca giacche", "coat": "cappotto",
        "shoes": "scarpe scarpa", "boots": "stivali", "bag": "borsa borse", "sweater": "maglione", "socks": "calzini",
        "hat": "cappello", "scarf": "sciarpa", "belt": "cintura", "watch": "orologio", "men": "uomo uomini",
        "women": "donna donne", "boys": "bambino", "girls": "bambina", "summer": "estate", "without": "senza",
        "with": "~con", "for": "~per", "not": "~non", "and": "~e", "but": "~ma", "except": "tranne eccetto",
        "sleeves": "maniche", "leather": "~pelle", "": "~un ~una ~di ~da ~il ~la ~i ~le ~in",
    },
    "Dutch": {
        "red": "rood rode", "black": "zwart", "white": "~wit witte", "blue": "blauw", "green": "groen",
        "yellow": "geel gele", "grey": "grijs grijze", "brown": "bruin", "pink": "roze", "purple": "paars",
        "dress": "jurk", "shirt": "overhemd", "trousers": "broek", "skirt": "rok rokje", "jacket": "jas jasje",
        "shoes": "schoen", "boots": "laarzen", "bag": "~tas tassen", "sweater": "trui", "socks": "sokken",
        "hat": "hoed", "scarf": "sjaal", "belt": "riem", "men": "heren mannen", "women": "~dames vrouwen",
        "boys": "jongens", "girls": "meisjes", "without": "zonder", "with": "~met", "for": "~voor", "not": "niet geen",
        "and": "~en", "but": "~maar", "except": "behalve", "": "~een ~de ~het ~van",
    },
}
# fmt: on
"""Language to English words and how its words for them begin; "~" marks those that mean something else in English."""
_FUNCTION = frozenset(["and", "but", "or", "with", "without", "except", "for", "not", ""])
"""These don't decline."""
_SIMPLE_COLOURS = word_set("red black white blue green yellow grey brown pink purple dark light")
_STEMS = [
    sorted(
        (
            (stem.removeprefix("~"), english, not stem.startswith("~"))
            for english, listed in words.items()
            for stem in listed.split()
        ),
        key=lambda entry: -len(entry[0]),
    )
    for words in _WORDS.values()
]
"""Of each language the beginnings of words, the longest first, with their meaning and whether they have no other."""
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
        english = _translated(text, lambda word: _is_fashion(word) or word in IDLE)
        if english != text:
            notes.append(f'read as "{english}"')
    plain = _without_numbers(english, notes)
    if known.names and not (compares and plain.lower().strip() == "short"):
        plain = _PAIRED.sub(r"\g<0>s", plain)
    plain, understood = _corrected(plain, known, notes)
    wanted, unwanted = split(plain, compares=compares)
    renamed = _renamed(wanted, known, notes) if known.names else wanted
    return Reading(renamed, text if english != text else wanted, unwanted, tuple(notes), understood)


def _translated(text: str, english: Callable[[str], bool]) -> str:
    """The text in English where a word of it is of another language and not English; else the text itself.

    Words that aren't in the small list stay as they are.

    Args:
        english: returns whether a word is English.

    >>> _translated("Rotes Kleid ohne Taschen", lambda word: False), _translated("red dress", lambda word: True)
    ('red dress without bag', 'red dress')
    """
    words = re.findall(r"[^\W_]+", text.lower())
    readings = [[_meaning(word, stems) for word in words] for stems in _STEMS]
    meanings = max(readings, key=lambda reading: sum(meaning is not None for meaning in reading))
    if not any(meaning and meaning[1] and not english(word) for word, meaning in zip(words, meanings, strict=True)):
        return text
    translated = [word if meaning is None else meaning[0] for word, meaning in zip(words, meanings, strict=True)]
    translated = list(filter(None, translated))
    for index in range(1, len(translated)):  # the colour goes before what it colours
        before, word = translated[index - 1 : index + 1]
        if word in _SIMPLE_COLOURS and before not in _SIMPLE_COLOURS | _FUNCTION:
            translated[index - 1 : index + 1] = word, before
    return " ".join(translated)


def _meaning(word: str, stems: Sequence[tuple[str, str, bool]]) -> tuple[str, bool] | None:
    """English meaning of a word of a language, and whether it has no other meaning in English."""
    for stem, english, sure in stems:
        declension = 0 if english in _FUNCTION else 2 if sure else 1  # letters that it may add
        if word.startswith(stem) and len(word) - len(stem) <= declension:
            return english, sure
    return None


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
        rare = _RARE.get(" ".join(words[at : at + count]))
        if rare is not None:
            learnt = label(rare) in _labels(known.names) and known.rarity(rare) < STRANGE
            return "" if learnt else SIMILAR[rare], count
    return "", 1


@lru_cache(1024)
def _nearest_name(colour: Colour, names: frozenset[str]) -> str:
    """The name of the colour that looks most like it, if there is any.

    Nobody calls cyan an off white, or cloth gold or denim: such colours come last.
    """
    known, (chroma, hue) = [COLOURS[name] for name in sorted(names & COLOURS.keys())], polar(complex(*colour.lab[1:]))
    alike = []
    for other in known:
        other_chroma, other_hue = polar(complex(*other.lab[1:]))
        apart = abs((hue - other_hue + math.pi) % (2 * math.pi) - math.pi)
        same_cloth = (colour.family == "metal") == (other.family == "metal") and "denim" not in other.name
        if same_cloth and (chroma < _VIVID or (other_chroma >= _GREY and apart <= _HUES)):
            alike.append(other.name)
    candidates = alike or [other.name for other in known]
    return nearest_colour(colour.lab, candidates).name if candidates else ""


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
