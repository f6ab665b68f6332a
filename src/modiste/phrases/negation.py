"""What a text doesn't want: "not blue", "without sleeves", "anything but stripes"."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from modiste.phrases.describe import OWNERS
from modiste.phrases.facts import GENDERS, TITLE_WORDS, Item, facts, spelled
from modiste.phrases.idle import asks
from modiste.phrases.lexicon import LEXICON
from modiste.phrases.nouns import NOUNS, SIMILAR, head, label, nouns


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


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
"""What begins like a negation and is none."""
_ANY = re.compile(r"\b(?:any|every|all)\s+\w+\s+$")
"""Before a "but" that excludes: any shoes but boots."""
_GRADED = re.compile(r"\s+(?:(?:is|are|be)\s+)?(?:too|so|very|overly|that|quite|as)\s+")
"""Behind a negation: less of something, not none of it."""
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s'-]")
_JOINTS = ("or", "nor", "and", ",", "/", "&")
_FREE = re.compile(r"\b(\w+)(?:[- ]free|,? (?:is |are )?excluded| (?:is|are)(?: not|n't) ok(?:ay)?)\b")
"""Negations behind what they negate."""
_LEFT = re.compile(
    r"(?:[\s,;.:–-]|\b(?:but|and|or|that|which|it|its|it's|they|i|is|are|has|have|in|with|please|definitely|just|also)\b)*$"
)
"""Words before a negation that belong to it."""
_FILLERS = _listed("""
    a an the any in of with for into made from to be being it them this that these those really want like my me on
    no sort kind pair such all other have has having wear wearing show is are shade shades come available :
""")
_STOPS = _listed("""
    but with in for and or nor please instead that which from by under over at on to i as though just because
    since if than so not no without one ones however except rather
""")
_VAGUE = _listed("""
    colour color colours colors fit fabric style length neck neckline material size shape cut look price thing
    things one ones anything something it this these that those same different another other sure clingy shapeless
    much necklines shade tone more less longer shorter darker lighter brighter
""")
"""Words that no product can be left out by."""
_ABSENT: Mapping[str, tuple[str, str, str]] = {
    **dict.fromkeys(("sleeve", "sleeves", "arms"), ("sleeve", "sleeveless", "sleeveless")),
    **dict.fromkeys(
        ("print", "prints", "printed", "pattern", "patterns", "patterned", "motif", "motifs"),
        ("pattern", "solid", "plain"),
    ),
    **dict.fromkeys(("heel", "heels", "heeled"), ("heel", "flat", "flat")),
}
"""What has a value and a word for its absence: "without sleeves" is sleeveless."""
_TONES: Mapping[str, str] = {
    "dark": "dark", "light": "light", "pale": "light", "pastel": "light", "bright": "bright",
    "colourful": "bright", "colorful": "bright", "loud": "bright", "vivid": "bright", "neon": "bright",
    "flashy": "bright",
}  # fmt: skip
_DEGREES: Mapping[str, tuple[str, frozenset[str]]] = {
    word: (attribute, frozenset(values.split()))
    for word, attribute, values in (
        ("short", "length", "mini cropped"),
        ("long", "length", "maxi"),
        ("tight", "fit", "skinny slim"),
        ("slim", "fit", "skinny slim"),
        ("loose", "fit", "oversized relaxed"),
        ("baggy", "fit", "oversized"),
        ("wide", "fit", "oversized wide"),
        ("high", "heel", "high"),
        ("flat", "heel", "flat"),
        ("formal", "formality", "formal"),
        ("casual", "formality", "casual"),
        ("sporty", "formality", "sporty"),
    )
}
"""What a product has that is too much so."""
_ALL = {**COLOURS, **FURTHER}
_NEAR = 10.0
"""CIEDE2000 up to which two names mean one colour."""


@dataclass(frozen=True)
class Unwanted:
    """What a product must not be: all of this together."""

    said: str
    """As the text has it: "blue shirt"."""
    values: Mapping[str, frozenset[str]]
    """Attribute to the values that are meant; of colours their names."""
    words: tuple[str, ...] = ()
    """Words that stand for no attribute: a product whose own words have them is meant."""

    def holds(self, item: Item) -> bool:
        """Whether a product is known to be this; what is said in other words than an attribute's is never known."""
        known = facts(item)
        return not self.words and all(has(name, values, known.get(name, "")) for name, values in self.values.items())

    def without_kind(self) -> Unwanted:
        """The same of any kind of product, unless nothing but the kind is meant."""
        values = {name: values for name, values in self.values.items() if name != "category"}
        return replace(self, values=values) if values else self


@dataclass(frozen=True)
class Split:
    """A text and what it doesn't want."""

    text: str
    """What is left to be wanted; the text itself where nothing is negated, and nothing where nothing else is said."""
    unwanted: tuple[Unwanted, ...]


def split(text: str, *, compares: bool = False) -> Split:
    """Part what a text wants from what it doesn't.

    What is absent where a word says so stays a wish: "without sleeves" is "sleeveless".

    Args:
        compares: leave alone what compares with a product: "not so dark".

    >>> split("shirt but not blue").text, split("t-shirt without print, not black").text
    ('shirt', 'plain t-shirt')
    """
    plain = _folded(text)
    kept, unwanted, absent, at = [], [], [], 0
    for start, end, found in sorted(_negations(plain, compares), key=lambda one: one[:2]):
        if start < at:
            continue
        start = at + len(_LEFT.sub("", plain[at:start]))
        kept.append(text[at:start])
        at = end
        unwanted += [one for one, _ in found]
        if any("heel" in one.values and one.said.endswith("heels") for one, _ in found):
            unwanted.append(Unwanted("heels", {"category": frozenset(["heels"])}))
        absent += [word for _, word in found if word]
    if not unwanted:
        return Split(text, ())
    rest = _tidy(" ".join([*kept, text[at:]]))
    if not _names_kind(rest):  # "no red shirts" are shirts that aren't red
        kinds = [kind for one in unwanted if len(one.values) > 1 for kind in one.values.get("category", ())]
        rest = " ".join([*([rest] if asks(rest) else []), *dict.fromkeys(kinds)])
        if kinds:
            unwanted = [one.without_kind() for one in unwanted]
    return Split(" ".join([*dict.fromkeys(absent), *([rest] if asks(rest) else [])]), tuple(unwanted))


def has(attribute: str, values: frozenset[str], value: str) -> bool:
    """Whether a product's value of an attribute, in the lexicon's words, is one of these."""
    if attribute == "colour":
        return any(_covers(values, colour) for colour in parse_colours(value))
    if attribute == "category":
        return any(_is_kind(name, value) for name in values)
    return facts({attribute: value}).get(attribute) in values


def wordings(attribute: str, values: frozenset[str]) -> tuple[str, ...]:
    """How titles say that a product has one of these values, in lower case."""
    if attribute == "colour":
        return tuple(name for name, colour in _NAMED.items() if colour in values)
    if attribute == "category":
        return tuple(values)
    if attribute == "gender":
        return tuple(word for name in values for word in OWNERS.get(name, ((name,), ()))[0])
    return tuple(phrase for phrase, meaning in TITLE_WORDS.items() if meaning[0] == attribute and meaning[1] in values)


def _negations(plain: str, compares: bool) -> Iterator[tuple[int, int, list[tuple[Unwanted, str]]]]:
    """Where each negation begins and ends, and what it negates, with the word for its absence."""
    for cue in _CUE.finditer(plain):
        if _HARMLESS.match(plain, cue.start()) or (cue[0] == "but" and not _ANY.search(plain, 0, cue.start())):
            continue
        graded = _GRADED.match(plain, cue.end())
        if graded and compares:
            continue
        found, end = _items(plain, graded.end() if graded else cue.end(), graded is not None)
        if found:
            yield cue.start(), end, found
    for free in _FREE.finditer(plain):
        item = _item([free[1]], 0, False)
        if item and not item[0].words:
            yield free.start(), free.end(), [(item[0], item[1])]


def _items(plain: str, start: int, graded: bool) -> tuple[list[tuple[Unwanted, str]], int]:
    """What is listed from here, such as "red, blue or green", and where it ends."""
    tokens = [(match[0].replace("'", ""), match.end()) for match in _TOKEN.finditer(plain, start)]
    words = [word for word, _ in tokens]
    found: list[tuple[Unwanted, str]] = []
    at, end, joint = _after_fillers(words, 0), 0, ""
    while (item := _item(words, at, graded)) and (not found or _goes_on(words[at:], joint, found[-1][0], item[0])):
        found.append((item[0], item[1]))
        end = at + item[2]
        while words[end : end + 1] and words[end] in ("one", "ones"):
            end += 1
        joint = " ".join(word for word in words[end : end + 2] if word in _JOINTS)
        if not joint:
            break
        at = _after_fillers(words, end + len(joint.split()))
    return found, tokens[end - 1][1] if found else start


def _after_fillers(words: Sequence[str], at: int) -> int:
    while at < len(words) and words[at] in _FILLERS:
        at += 1
    return at


def _goes_on(words: Sequence[str], joint: str, last: Unwanted, item: Unwanted) -> bool:
    """Whether a list goes on with these words; after "and" and commas only with more of the same."""
    if joint.split()[-1] in ("or", "nor", "/"):
        return True
    if joint == "and" and item.words:
        return item.words[-1].endswith("s")  # "without collar and buttons", but not "without collar and warm"
    listed = joint != "," or not {"or", "nor", "and", ","}.isdisjoint(words[:4])
    return listed and last.values.keys() == item.values.keys()


def _item(words: Sequence[str], at: int, graded: bool) -> tuple[Unwanted, str, int] | None:
    """What one or more words negate together, the word for its absence, and how many words these are."""
    start, values, absent = at, dict[str, frozenset[str]](), ""
    while at < len(words):
        read = _value(words, at, graded)
        if read is None or read[0] in values:
            break
        attribute, named, used = read
        values[attribute] = named
        if used == 1 and not values.keys() - {attribute}:
            absent = _ABSENT.get(words[at], ("", "", ""))[2]
        at += used
        while at < len(words) and words[at] in ("coloured", "colored", "colour", "color"):
            at += 1
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
    """The attribute and its values that begin at this word, and how many words they take."""
    word = words[at]
    if graded and word in _DEGREES:
        return *_DEGREES[word], 1
    colour, used = colour_at(words, at)
    if colour is not None:
        return "colour", _meant(colour), used
    if word in _TONES:
        return "colour", _toned(_TONES[word]), 1
    for count in range(min(4, len(words) - at), 0, -1):
        # a denim jacket is a jacket of denim
        found = _phrase(" ".join(words[at : at + count]), kinds=count == 1 or word not in _LEXICAL)
        if found is not None:
            return *found, count
    return (*_DEGREES[word], 1) if word in _DEGREES else None


def _phrase(phrase: str, *, kinds: bool) -> tuple[str, frozenset[str]] | None:
    """The attribute and its values that a phrase stands for."""
    for form in dict.fromkeys((phrase, phrase.removesuffix("s"), f"{phrase}s")):
        attribute, value = _LEXICAL.get(form, ("", ""))
        if attribute and not (value == "lace" and form != phrase):  # laces are no lace
            return attribute, frozenset([value])
    if phrase in _ABSENT:
        attribute, value, _ = _ABSENT[phrase]
        return attribute, frozenset(LEXICON[attribute]) - {value}
    for form in (phrase, label(phrase)) if kinds else ():
        if form in _KINDS:
            return "category", frozenset([form])
    return ("gender", frozenset([_OWNERS[phrase]])) if phrase in _OWNERS else None


def _is_kind(kind: str, value: str) -> bool:
    return kind in map(spelled, (label(value), head(value), *nouns(value)))


@lru_cache(1024)
def _meant(colour: Colour) -> frozenset[str]:
    """The names of colours that are the same to whoever doesn't want this one: all blues for "blue"."""
    if colour.name in FAMILIES:
        return frozenset(name for name, known in _ALL.items() if known.family == colour.family)
    near = delta_e([known.lab for known in _ALL.values()], colour.lab) <= _NEAR
    metal = colour.family == "metal"
    known = zip(_ALL.values(), near, strict=True)
    return frozenset([colour.name, *(one.name for one, close in known if close and (one.family == "metal") == metal)])


def _toned(tone: str) -> frozenset[str]:
    """The names of colours that are dark, light or bright."""
    kept: Mapping[str, Callable[[Lab], bool]] = {
        "dark": lambda lab: lab[0] < 35,
        "light": lambda lab: lab[0] > 78,
        "bright": lambda lab: math.hypot(lab[1], lab[2]) > 52,
    }
    return frozenset(name for name, colour in _ALL.items() if kept[tone](colour.lab))


@lru_cache(4096)
def _covers(names: frozenset[str], colour: Colour) -> bool:
    return colour.name in names or nearest_colour(colour.lab).name in names


def _folded(text: str) -> str:
    """Lower case and plain apostrophes, every character in its place."""
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text).replace("’", "'")


def _names_kind(text: str) -> bool:
    words = spelled(text).split()
    return any(form in _KINDS for word in words for form in (word, label(word)))


def _tidy(text: str) -> str:
    plain = re.sub(r"\(\s*\)|\s+(?=[,.;!?])", "", " ".join(text.split()))
    return re.sub(r"^(?:(?:but|and|or)\b|[\s,.;:&/–-])+|(?:\b(?:but|and|or)|[\s,;:&/–-])+$", "", plain)


_LEXICAL = {
    phrase: meaning for phrase, meaning in TITLE_WORDS.items() if meaning[0] and phrase not in {*_ABSENT, *_TONES}
} | dict.fromkeys(("high heels",), ("heel", "high"))
_PLAINEST = (*NOUNS, *(called for names in NOUNS.values() for called in names))
_KINDS = frozenset(map(spelled, (*_PLAINEST, *(name.split()[-1] for name in _PLAINEST), *SIMILAR)))
_NAMED = {name: name for name in (*COLOURS, *FURTHER)} | dict(SYNONYMS)
_OWNERS = {spelled(word): owner for owner, (before, _) in OWNERS.items() for word in before} | GENDERS
