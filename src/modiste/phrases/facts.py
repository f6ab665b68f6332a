"""Known facts about a product, in the lexicon's words, and short search texts that describe it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from random import Random
from typing import Protocol

from modiste.colour import SYNONYMS, parse_colour
from modiste.phrases.lexicon import COLUMNS, LEXICON, Value, label, noun_phrase, nouns

Facts = Mapping[str, str]
"""Attribute to value: `category`, `gender` and `colour`, and what else of the lexicon is known."""

OWNERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "men": (("men's", "mens", "men"), ("for men", "for him")),
    "women": (("women's", "womens", "women", "ladies"), ("for women", "for her")),
    "boys": (("boys'", "boys", "boy's"), ("for boys", "for a boy")),
    "girls": (("girls'", "girls", "girl's"), ("for girls", "for a girl")),
    "unisex": (("unisex",), ()),
}
"""Gender to the words before and after the noun."""
MULTICOLOURED = ("multicoloured", "multi coloured", "colourful")
"""Words for the colour `multi`."""

_FEATURES: Mapping[str, float] = {
    "pattern": 0.5, "fabric": 0.4, "sleeve": 0.3, "neck": 0.3, "length": 0.3, "fit": 0.3, "heel": 0.3,
    "formality": 0.12,
}  # fmt: skip
"""How often an attribute is named. A season says little about one product."""
_ORDER: Mapping[str, float] = {"formality": 0, "fit": 1, "length": 1, "colour": 2, "pattern": 2, "neck": 3, "fabric": 4}
"""Rank of an adjective among those before the noun."""


class Described(Protocol):
    """A product as far as words need it; `catalog.Product` is one."""

    @property
    def title(self) -> str:
        """As the shop shows it."""

    @property
    def category(self) -> str:
        """The shop's own label."""

    @property
    def gender(self) -> str:
        """Men, Women, Unisex, Boys, Girls or nothing."""

    @property
    def colour(self) -> str:
        """A colour's name or nothing."""

    @property
    def attributes(self) -> Mapping[str, str | float | bool]:
        """Every other column."""


Item = Described | Mapping[str, str | float | bool]
"""A product, or its attributes alone."""


def facts(item: Item) -> dict[str, str]:
    """The known attributes of a product.

    Columns win over words of the title; unknown attributes are left out. Colours and values get their own name
    whatever the catalogue calls them: "navy" is `navy blue`, "stripe" is `striped`.

    >>> facts({"title": "Lee Men Striped V Neck Tee", "category": "Tshirts", "colour": "Navy"})
    {'category': 'tshirt', 'colour': 'navy blue', 'pattern': 'striped', 'neck': 'v-neck'}
    """
    if isinstance(item, Mapping):
        given = dict(item)
    else:
        own = {"title": item.title, "category": item.category, "gender": item.gender, "colour": item.colour}
        given = {**item.attributes, **own}
    columns = {COLUMNS.get(name.lower(), name.lower()): str(value) for name, value in given.items() if value != ""}
    title = columns.get("title", "")
    colour, gender = parse_colour(columns.get("colour", title)), spelled(columns.get("gender", ""))
    known = {
        "category": label(columns.get("category", "")),
        "gender": GENDERS.get(gender, gender),
        "colour": colour.name if colour else spelled(columns.get("colour", "")),
    }
    read = read_title(title)
    for attribute in LEXICON:
        if attribute in columns:
            words = spelled(columns[attribute])
            known[attribute] = _column_words(attribute).get(words, words)  # a value that the lexicon lacks is itself
        else:
            known[attribute] = read.get(attribute, "")
    return {attribute: value for attribute, value in known.items() if value}


@lru_cache(4096)
def read_title(title: str) -> Mapping[str, str]:
    """Attributes in a title's words, longest phrases first; "printed" gives way to a pattern by name."""
    read: dict[str, str] = {}
    words, start = spelled(title).split(), 0
    while start < len(words):
        for count in range(min(_LONGEST, len(words) - start), 0, -1):
            if (phrase := " ".join(words[start : start + count])) in TITLE_WORDS:
                break
        attribute, value = TITLE_WORDS.get(phrase, ("", ""))
        if read.get(attribute, "printed") == "printed":
            read[attribute] = value
        start += count
    read.pop("", None)
    return read


def spelled(text: str) -> str:
    """Lower case without hyphens and punctuation: the form in which phrases are compared."""
    return " ".join(re.findall(r"[a-z0-9/]+", text.lower().replace("'", "")))


def describe(item: Item, rng: Random) -> str:
    """A short search text that is true of the product, in lower case.

    Every call may give another: with or without gender, colour and up to two further attributes, in several orders.
    A product of which nothing is known gives its title.

    >>> describe({"category": "Tshirts", "gender": "Women", "colour": "navy"}, Random(2))
    'women navy blue t-shirt'
    """
    known = facts(item)
    names = nouns(known.get("category", ""))
    if not names:
        return str(item.get("title", "")) if isinstance(item, Mapping) else item.title
    noun = names[0] if rng.random() < 0.6 else rng.choice(names)
    before, after = _features(known, noun, rng)
    owners, chance = OWNERS.get(known.get("gender", ""), ((), ())), rng.random()
    owner = rng.choice(owners[0]) if owners[0] and chance < 0.45 else ""
    owner_after = rng.choice(owners[1]) if not owner and owners[1] and chance < 0.6 else ""
    bare = not (before or after or owner or owner_after)
    if "colour" in known and (bare or rng.random() < 0.85):
        colour = colour_word(known["colour"], rng)
        if known["colour"] != "multi" and rng.random() < 0.12:
            after.insert(0, f"in {colour}")
        else:
            before["colour"] = colour
    # Customers keep to the usual order of adjectives, more or less.
    adjectives = sorted(before, key=lambda name: _ORDER.get(name, 1) + 1.4 * rng.random())
    having = " and ".join(phrase.removeprefix("with ") for phrase in after if phrase.startswith("with "))
    rest = [phrase for phrase in after if not phrase.startswith("with ")]
    with_all = [f"with {having}"] if having else []  # "with a v-neck and long sleeves for work"
    words = [owner, *(before[name] for name in adjectives), noun, *with_all, *rest, owner_after]
    return " ".join(filter(None, words))


def colour_word(colour: str, rng: Random) -> str:
    """A colour's name, or now and then another word for it."""
    if colour == "multi":
        return rng.choice(MULTICOLOURED)
    others = _COLOUR_WORDS.get(colour, [])
    word = rng.choice(others) if others and rng.random() < 0.3 else colour
    return word.replace("grey", "gray") if rng.random() < 0.2 else word


def value_of(attribute: str, value: str) -> Value:
    """Words for a value; one that the lexicon lacks is its own word."""
    return LEXICON[attribute].get(value) or Value((value,))


def repeats(value: str, text: str) -> bool:
    """True if a text already says a value: "denim" jacket, "casual" shoes, "hooded" hoodie."""
    stems = {word[:4] for word in text.replace("jeans", "denim").split()}
    return any(word[:4] in stems for word in value.split())


def _features(known: Facts, noun: str, rng: Random) -> tuple[dict[str, str], list[str]]:
    """Phrases for up to two further attributes: before the noun, by attribute, and after it."""
    before, after = {}, []
    text = f"{noun} {known.get('colour', '')}"
    names = [name for name in _FEATURES if name in known and rng.random() < _FEATURES[name]]
    for name in rng.sample(names, min(2, len(names))):
        value = value_of(name, known[name])
        # That something has no pattern is worth few words.
        if repeats(known[name], text) or (known[name] == "solid" and rng.random() < 0.7):
            continue
        text += f" {known[name]}"
        if value.after and (not value.before or rng.random() < 0.4):
            after.append(rng.choice(value.after))
        elif value.before:
            before[name] = rng.choice(value.before)
    return before, after


@cache
def _column_words(attribute: str) -> dict[str, str]:
    """Words that an attribute's column may hold, to the lexicon's names."""
    return {
        spelled(word): name
        for name, value in LEXICON[attribute].items()
        for word in (*value.column, *value.also, *value.before, name)
    }


GENDERS = {
    "male": "men", "man": "men", "mens": "men", "female": "women", "woman": "women", "womens": "women",
    "ladies": "women", "boy": "boys", "girl": "girls", "kids": "unisex",
}  # fmt: skip
"""Other words for a gender."""
TITLE_WORDS = {
    spelled(word): (attribute, name)
    for attribute, values in LEXICON.items()
    for name, value in values.items()
    for word in (*value.before, *value.also, *map(noun_phrase, value.after))
} | dict.fromkeys(("lace up", "gun metal"), ("", ""))
"""Phrase of a title to attribute and value."""
_LONGEST = max(len(words.split()) for words in TITLE_WORDS)
_ODD = {"wash", "marine", "melange", "bleach", "brass", "toned", "fuschia"}
"""Words of synonyms that are understood but would sound odd."""
_COLOUR_WORDS = {
    colour: [word for word, name in SYNONYMS.items() if name == colour and not _ODD & set(word.split())]
    for colour in SYNONYMS.values()
}
