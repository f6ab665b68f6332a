"""What is known about a product, in the lexicon's words: from its columns first, from its title else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Protocol

from modiste.colour import parse_colour
from modiste.phrases.lexicon import COLUMNS, LEXICON, bare
from modiste.phrases.nouns import label

Facts = Mapping[str, str]
"""Attribute to value: `category`, `gender` and `colour`, and what else of the lexicon is known."""


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
    """What is known about a product.

    Columns win over words of the title; what neither tells is left out. Colours and values get their own name
    whatever the catalogue calls them: "navy" is `navy blue`, "stripe" is `striped`.

    >>> facts({"title": "Lee Men Striped V Neck Tee", "category": "Tshirts", "colour": "Navy"})
    {'category': 'tshirt', 'colour': 'navy blue', 'pattern': 'striped', 'neck': 'v-neck'}
    """
    columns = _columns(item)
    title = columns.get("title", "")
    told = {
        "category": label(columns.get("category", "")),
        "gender": _gender(columns.get("gender", "")),
        "colour": _colour(columns["colour"]) if "colour" in columns else _title_colour(title),
    }
    read = read_title(title)
    for attribute in LEXICON:
        told[attribute] = meaning(attribute, columns[attribute]) if attribute in columns else read.get(attribute, "")
    return {attribute: value for attribute, value in told.items() if value}


def meaning(attribute: str, value: str) -> str:
    """The lexicon's name for a value of a column; a value that it lacks is itself."""
    words = spelled(value)
    return _column_words(attribute).get(words, words)


def read_title(title: str) -> dict[str, str]:
    """What the words of a title tell, longest phrases first; "printed" gives way to a pattern by name."""
    found: dict[str, str] = {}
    words, at = spelled(title).split(), 0
    while at < len(words):
        for count in range(min(_LONGEST, len(words) - at), 0, -1):
            if (phrase := " ".join(words[at : at + count])) in TITLE_WORDS:
                break
        attribute, value = TITLE_WORDS.get(phrase, ("", ""))
        if found.get(attribute, "printed") == "printed":
            found[attribute] = value
        at += count
    found.pop("", None)
    return found


def spelled(text: str) -> str:
    """Lower case, hyphens and punctuation gone: how phrases are compared."""
    return " ".join(re.findall(r"[a-z0-9/]+", text.lower().replace("'", "")))


def _columns(item: Item) -> dict[str, str]:
    if isinstance(item, Mapping):
        named = dict(item)
    else:
        own = {"title": item.title, "category": item.category, "gender": item.gender, "colour": item.colour}
        named = {**item.attributes, **own}
    return {COLUMNS.get(name.lower(), name.lower()): str(value) for name, value in named.items() if value != ""}


def _colour(text: str) -> str:
    colour = parse_colour(text)
    return colour.name if colour else spelled(text)


def _title_colour(title: str) -> str:
    colour = parse_colour(title)
    return colour.name if colour else ""


def _gender(text: str) -> str:
    return GENDERS.get(spelled(text), spelled(text))


@cache
def _column_words(attribute: str) -> dict[str, str]:
    return {
        spelled(word): name
        for name, value in LEXICON[attribute].items()
        for word in (*value.column, *value.also, *value.before, name)
    }


GENDERS = {"male": "men", "man": "men", "mens": "men", "female": "women", "woman": "women", "womens": "women"}
GENDERS |= {"ladies": "women", "boy": "boys", "girl": "girls", "kids": "unisex"}
TITLE_WORDS = {
    spelled(word): (attribute, name)
    for attribute, values in LEXICON.items()
    for name, value in values.items()
    for word in (*value.before, *value.also, *map(bare, value.after))
} | dict.fromkeys(("lace up", "gun metal"), ("", ""))
_LONGEST = max(len(words.split()) for words in TITLE_WORDS)
