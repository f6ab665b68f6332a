"""Known facts about a product, in the lexicon's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Protocol

from modiste.colour import parse_colour
from modiste.phrases.lexicon import COLUMNS, LEXICON, label, noun_phrase

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


class _Described(Protocol):
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


Item = _Described | Mapping[str, str | float | bool]
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
