"""Whether a text asks for anything, and its negations: "not blue", "without sleeves", "anything but stripes"."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from modiste.colour import (
    COLOURS,
    FAMILIES,
    FURTHER,
    SYNONYMS,
    Colour,
    Lab,
    colour_at,
    delta_e,
    nearest_colour,
    parse_colours,
)
from modiste.phrases.facts import GENDERS, OWNERS, TITLE_WORDS, Item, facts, spelled
from modiste.phrases.lexicon import IDLE, LEXICON, NOUNS, SIMILAR, head, label, nouns, singulars, word_set

_CUE = re.compile(
    r"""(?<!\S)[-!](?=[^\W\d]) | \b(?:
    (?:(?:any|every)thing|all|(?:any|every)\s+(?:other\s+)?(?:colou?r|shade|fabric|material|pattern|print|kind|style))
      \s+(?:but|except(?:\s+for)?|other\s+than|apart\s+from|besides)(?!\s+not)
    | but(?=\s+\w+\s*$)
    | (?:(?:do|does|did|can|wo|must|should|would)n'?t|(?:do|does|did|can|will|must|should|would)\s?not)
      \s+(?:really\s+)?(?:want|like|need|have|wear|show(?:\s+me)?|care\s+for|be|include|contain|love|come)
    | (?:hate|dislike|avoid|skip|lose|remove|exclude|omit|leave\s+out|(?:tired|sick)\s+of|allergic\s+to)
    | drop(?=\s+(?:the|all|any)\b)
    | (?:is|are|was)n'?t | neither | never | not | nor | nothing | none\s+of | no
    | without | w/o(?:ut)? | with\s+out | lacking | minus | sans | free\s+(?:of|from)
    | except(?:\s+for)? | excluding | other\s+than | apart\s+from | besides | instead\s+of | rather\s+than | non[-\s]?
    )(?=\W|(?<=non)|$)""",
    re.X,
)
_HARMLESS = re.compile(
    r"""not\s+(?:only|just|bad|ok(?:ay)?|sure|necessarily|to\s+mention|much|all|least|yet)\b
    | no[-\s]+(?:problem|matter|idea|one|longer|less|more|doubt|time|name|show|iron|rush|worries|thanks?|[.:]|\d)
    | non[-\s]?(?:iron|slip|stop|stick|wired?|binary)\b | nothing\s+(?:but|special|fancy|in\s+particular|else)\b
    | (?<=why\s)not\b | (?<=if\s)not\b | (?<=or\s)not\s*$ | never\s+mind\b
    """,
    re.X,
)
"""Phrases that begin like a negation and are none."""
_ANY = re.compile(r"\b(?:any|every|all)\s+\w+\s+$")
"""Words before a "but" that excludes: any shoes but boots."""
_GRADED = re.compile(r"\s+(?:(?:is|are|be)\s+)?(?:too|so|very|overly|that|quite|as)\s+")
"""Words after a negation that ask for less of something, not for none of it."""
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s'-]")
_JOINTS = ("or", "nor", "and", ",", "/", "&")
_FREE = re.compile(r"\b(\w+)(?:[- ]free|,? (?:is |are )?excluded| (?:is|are)(?: not|n't) ok(?:ay)?)\b")
"""Negations after the words that they negate."""
_LEFT = re.compile(
    r"(?:[\s,;.:–-]|\b(?:but|and|or|that|which|it|its|it's|they|i|is|are|has|have|in|with|please|definitely|just|also)\b)*$"
)
"""Words before a negation that belong to it."""
_FILLERS = word_set("""
    a an the any in of with for into made from to be being it them this that these those really want like my me on
    no sort kind pair such all other have has having wear wearing show is are shade shades come available :
""")
_STOPS = word_set("""
    but with in for and or nor please instead that which from by under over at on to i as though just because
    since if than so not no without one ones however except rather
""")
_VAGUE = word_set("""
    colour color colours colors fit fabric style length neck neckline material size shape cut look price thing
    things one ones anything something it this these that those same different another other sure clingy shapeless
    much necklines shade tone more less longer shorter darker lighter brighter
""")
"""Words that no product can be left out by."""
_ABSENT: Mapping[str, tuple[str, str, str]] = {
    **dict.fromkeys(word_set("sleeve sleeves arms"), ("sleeve", "sleeveless", "sleeveless")),
    **dict.fromkeys(
        word_set("print prints printed pattern patterns patterned motif motifs"), ("pattern", "solid", "plain")
    ),
    **dict.fromkeys(word_set("heel heels heeled"), ("heel", "flat", "flat")),
}
"""Word to an attribute, and its value and its word for the absence: "without sleeves" is sleeveless."""
_TONES: Mapping[str, str] = {
    "dark": "dark", "light": "light", "pale": "light", "pastel": "light", "bright": "bright",
    "colourful": "bright", "colorful": "bright", "loud": "bright", "vivid": "bright", "neon": "bright",
    "flashy": "bright",
}  # fmt: skip
_DEGREES: Mapping[str, tuple[str, frozenset[str]]] = {
    "short": ("length", frozenset(["mini", "cropped"])), "long": ("length", frozenset(["maxi"])),
    "tight": ("fit", frozenset(["skinny", "slim"])), "slim": ("fit", frozenset(["skinny", "slim"])),
    "loose": ("fit", frozenset(["oversized", "relaxed"])), "baggy": ("fit", frozenset(["oversized"])),
    "wide": ("fit", frozenset(["oversized", "wide"])), "high": ("heel", frozenset(["high"])),
    "flat": ("heel", frozenset(["flat"])), "formal": ("formality", frozenset(["formal"])),
    "casual": ("formality", frozenset(["casual"])), "sporty": ("formality", frozenset(["sporty"])),
}  # fmt: skip
"""Word to the attribute and values of products that are too much so."""
_ALL = {**COLOURS, **FURTHER}
_NEAR = 10.0
"""CIEDE2000 up to which two names mean one colour."""


@dataclass(frozen=True)
class Unwanted:
    """Attributes and words that a product must not have together."""

    text: str
    """As the customer's text has it: "blue shirt"."""
    values: Mapping[str, frozenset[str]]
    """Attribute to its unwanted values; of colours their names."""
    words: tuple[str, ...] = ()
    """Words that stand for no attribute, unwanted in a product's own words."""

    def matches(self, item: Item) -> bool:
        """True if a product is known to be this; nobody knows so of words that stand for no attribute."""
        known = facts(item)
        return not self.words and all(has(name, values, known.get(name, "")) for name, values in self.values.items())


def split(text: str, *, compares: bool = False) -> tuple[str, tuple[Unwanted, ...]]:
    """Part what a text wants from what it excludes.

    If a word names the absence it stays a wish: "without sleeves" is "sleeveless".

    Args:
        compares: leave comparisons with a product alone: "not so dark".

    Returns:
        The text without its negations, the text itself if nothing is negated; and what they exclude.

    >>> split("shirt but not blue")[0], split("t-shirt without print, not black")[0]
    ('shirt', 'plain t-shirt')
    """
    # lower case with plain apostrophes, every character at its index
    plain = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text).replace("’", "'")
    kept, unwanted, absent, at = [], [], [], 0
    for start, end, items in sorted(_negations(plain, compares), key=lambda negation: negation[:2]):
        if start < at:
            continue
        start = at + len(_LEFT.sub("", plain[at:start]))
        kept.append(text[at:start])
        at = end
        unwanted += [item for item, _ in items]
        if any("heel" in item.values and item.text.endswith("heels") for item, _ in items):
            unwanted.append(Unwanted("heels", {"category": frozenset(["heels"])}))
        absent += [word for _, word in items if word]
    if not unwanted:
        return text, ()
    rest = " ".join(" ".join([*kept, text[at:]]).split())
    rest = re.sub(r"\(\s*\)|\s+(?=[,.;!?])", "", rest)
    rest = re.sub(r"^(?:(?:but|and|or)\b|[\s,.;:&/–-])+|(?:\b(?:but|and|or)|[\s,;:&/–-])+$", "", rest)
    if _KINDS.keys().isdisjoint(spelled(rest).split()):
        # "no red shirts" are shirts that aren't red
        kinds = [kind for item in unwanted if len(item.values) > 1 for kind in item.values.get("category", ())]
        rest = " ".join([*([rest] if asks(rest) else []), *dict.fromkeys(kinds)])
        for index, item in enumerate(unwanted if kinds else ()):  # of any kind then, unless only the kind is unwanted
            values = {name: values for name, values in item.values.items() if name != "category"}
            unwanted[index] = replace(item, values=values or item.values)
    return " ".join([*dict.fromkeys(absent), *([rest] if asks(rest) else [])]), tuple(unwanted)


def asks(text: str) -> bool:
    """True if any word of the text could ask for a change.

    >>> asks("hello there"), asks("the same please"), asks("the same in navy")
    (False, False, True)
    """
    return any(word not in IDLE for word in re.findall(r"[^\W_]+", re.sub("['’]", "", text.lower())))


def has(attribute: str, values: frozenset[str], value: str) -> bool:
    """True if a product's value of an attribute, in the lexicon's words, is one of these."""
    if attribute == "colour":
        return any(_is_colour(values, colour) for colour in parse_colours(value))
    if attribute == "category":
        kinds = set(map(spelled, (label(value), head(value), *nouns(value))))
        return not kinds.isdisjoint(values)
    return facts({attribute: value}).get(attribute) in values


def wordings(attribute: str, values: frozenset[str]) -> tuple[str, ...]:
    """Phrases of titles for one of these values, in lower case."""
    if attribute == "colour":
        return tuple(name for name, colour in _NAMED.items() if colour in values)
    if attribute == "category":
        return tuple(values)
    if attribute == "gender":
        return tuple(word for name in values for word in OWNERS.get(name, ((name,), ()))[0])
    return tuple(phrase for phrase, meaning in TITLE_WORDS.items() if meaning[0] == attribute and meaning[1] in values)


_Items = list[tuple[Unwanted, str]]
"""Unwanted attributes, each with a word for its absence or nothing."""


def _negations(plain: str, compares: bool) -> Iterator[tuple[int, int, _Items]]:
    """Start, end and negated items of each negation."""
    for cue in _CUE.finditer(plain):
        if _HARMLESS.match(plain, cue.start()) or (cue[0] == "but" and not _ANY.search(plain, 0, cue.start())):
            continue
        graded = _GRADED.match(plain, cue.end())
        if graded and compares:
            continue
        items, end = _listed(plain, graded.end() if graded else cue.end(), graded is not None)
        if items:
            yield cue.start(), end, items
    for free in _FREE.finditer(plain):
        item = _item([free[1]], 0, False)
        if item and not item[0].words:
            yield free.start(), free.end(), [(item[0], item[1])]


def _listed(plain: str, start: int, graded: bool) -> tuple[_Items, int]:
    """The items that are listed from here, such as "red, blue or green", and their end."""
    tokens = [(match[0].replace("'", ""), match.end()) for match in _TOKEN.finditer(plain, start)]
    words = [word for word, _ in tokens]
    items: _Items = []
    at, end, joint = _skip(words, 0, _FILLERS), 0, ""
    while (item := _item(words, at, graded)) and (not items or _continues(words[at:], joint, items[-1][0], item[0])):
        items.append((item[0], item[1]))
        end = _skip(words, at + item[2], ("one", "ones"))
        joint = " ".join(word for word in words[end : end + 2] if word in _JOINTS)
        if not joint:
            break
        at = _skip(words, end + len(joint.split()), _FILLERS)
    return items, tokens[end - 1][1] if items else start


def _skip(words: Sequence[str], at: int, skipped: Collection[str]) -> int:
    """Index of the first word from here that isn't skipped."""
    while at < len(words) and words[at] in skipped:
        at += 1
    return at


def _continues(words: Sequence[str], joint: str, last: Unwanted, item: Unwanted) -> bool:
    """True if a list continues with these words; after "and" and commas only with more of the same."""
    if joint.split()[-1] in ("or", "nor", "/"):
        return True
    if joint == "and" and item.words:
        return item.words[-1].endswith("s")  # "without collar and buttons", but not "without collar and warm"
    listed = joint != "," or not {"or", "nor", "and", ","}.isdisjoint(words[:4])
    return listed and last.values.keys() == item.values.keys()


def _item(words: Sequence[str], at: int, graded: bool) -> tuple[Unwanted, str, int] | None:
    """The item that begins at this word, a word for its absence, and the number of its words."""
    start, values, absent = at, dict[str, frozenset[str]](), ""
    while at < len(words):
        read = _value(words, at, graded)
        if read is None or read[0] in values:
            break
        attribute, values[attribute], used = read
        if used == 1 and not values.keys() - {attribute}:
            absent = _ABSENT.get(words[at], ("", "", ""))[2]
        at = _skip(words, at + used, ("coloured", "colored", "colour", "color"))
    if values:
        return Unwanted(" ".join(words[start:at]), values), absent, at - start
    while at < len(words) and at - start < 3 and words[at].isalpha() and words[at] not in _STOPS | _VAGUE:
        if _value(words, at, graded) is not None:
            break
        at += 1
    free = tuple(words[start:at])
    vague = not free or (words[at : at + 1] and words[at] in _VAGUE) or graded
    return None if vague else (Unwanted(" ".join(free), {}, free), "", at - start)


def _value(words: Sequence[str], at: int, graded: bool) -> tuple[str, frozenset[str], int] | None:
    """The attribute and its values that begin at this word, and the number of their words."""
    word = words[at]
    if graded and word in _DEGREES:
        return *_DEGREES[word], 1
    colour, used = colour_at(words, at)
    if colour is not None:
        return "colour", _same_colours(colour), used
    if word in _TONES:
        return "colour", _toned(_TONES[word]), 1
    for count in range(min(4, len(words) - at), 0, -1):
        # a denim jacket is a jacket of denim
        read = _phrase(" ".join(words[at : at + count]), kinds=count == 1 or word not in _LEXICAL)
        if read is not None:
            return *read, count
    return (*_DEGREES[word], 1) if word in _DEGREES else None


def _phrase(phrase: str, *, kinds: bool) -> tuple[str, frozenset[str]] | None:
    """The attribute and values of a phrase.

    Args:
        kinds: also as a kind of product.
    """
    for form in dict.fromkeys((phrase, phrase.removesuffix("s"), f"{phrase}s")):
        attribute, value = _LEXICAL.get(form, ("", ""))
        if attribute and not (value == "lace" and form != phrase):  # laces are no lace
            return attribute, frozenset([value])
    if phrase in _ABSENT:
        attribute, value, _ = _ABSENT[phrase]
        return attribute, frozenset(LEXICON[attribute]) - {value}
    if kinds and phrase in _KINDS:
        return "category", frozenset([_KINDS[phrase]])
    return ("gender", frozenset([_OWNERS[phrase]])) if phrase in _OWNERS else None


@lru_cache(1024)
def _same_colours(colour: Colour) -> frozenset[str]:
    """The names of colours that are excluded with this one: all blues for "blue"."""
    if colour.name in FAMILIES:
        return frozenset(name for name, known in _ALL.items() if known.family == colour.family)
    near = delta_e([known.lab for known in _ALL.values()], colour.lab) <= _NEAR
    metal = colour.family == "metal"
    alike = [known for known, close in zip(_ALL.values(), near, strict=True) if close]
    return frozenset([colour.name, *(known.name for known in alike if (known.family == "metal") == metal)])


def _toned(tone: str) -> frozenset[str]:
    """The names of colours that are dark, light or bright."""
    kept: Mapping[str, Callable[[Lab], bool]] = {
        "dark": lambda lab: lab[0] < 35,
        "light": lambda lab: lab[0] > 78,
        "bright": lambda lab: math.hypot(lab[1], lab[2]) > 52,
    }
    return frozenset(name for name, colour in _ALL.items() if kept[tone](colour.lab))


@lru_cache(4096)
def _is_colour(names: frozenset[str], colour: Colour) -> bool:
    """True if a colour, or the named one nearest to it, has one of the names."""
    return colour.name in names or nearest_colour(colour.lab).name in names


_LEXICAL = {
    phrase: meaning for phrase, meaning in TITLE_WORDS.items() if meaning[0] and phrase not in {*_ABSENT, *_TONES}
} | dict.fromkeys(("high heels",), ("heel", "high"))
_NOUNS = (*NOUNS, *(noun for names in NOUNS.values() for noun in names))
_KINDS = singulars(map(spelled, (*_NOUNS, *(noun.split()[-1] for noun in _NOUNS), *SIMILAR)))
_NAMED = {name: name for name in (*COLOURS, *FURTHER)} | dict(SYNONYMS)
_OWNERS = {spelled(word): owner for owner, (before, _) in OWNERS.items() for word in before} | GENDERS
