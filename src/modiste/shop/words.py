"""What a customer's text means in a shop, and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from modiste.index import Index
from modiste.index.filters import quote
from modiste.index.rows import WORDS
from modiste.phrases.lexicon import COLUMNS
from modiste.phrases.negation import Unwanted, has, wordings
from modiste.phrases.reading import Known, Reading, read
from modiste.phrases.requests import SUBJECTS
from modiste.shop.requests import unknown_words

if TYPE_CHECKING:
    from modiste.encoders.minilm import MiniLM

ANYTHING = "clothes"
"""What a text searches for that only says what is unwanted."""
_TITLED = ("colour", "gender")
"""Attributes that a title tells only where no column does: "Red Tape" makes black shoes."""
_BOTH = "concat(title, ' ', description)"
_ABSENT = r"(without|no|non) \w+"
"""What a description says that a product doesn't have."""


def understood(index: Index, names: frozenset[str], text: str, *, compares: bool = False) -> Reading:
    """A text in words that a network knows, with notes on what is left out.

    Args:
        names: colours and kinds of product that the network learnt; nothing where that isn't known.
        compares: whether the text speaks of a product that is there.

    Raises:
        UsageError: no word of it says anything to the network or stands in the shop.
    """
    known = Known(names, _english().rarity, index.carries, index.spellings) if names else Known()
    reading = read(text, known, compares=compares)
    if not reading.known and not reading.unwanted and not index.matches(text):
        raise unknown_words(text, reading.notes)
    columns = _columns(index) if reading.unwanted else {}
    told = [one.text for one in reading.unwanted if not one.words and columns.keys() >= one.values.keys()]
    untold = [one.text for one in reading.unwanted if one.text not in told]
    parts = {"left out": told, "left out where titles and descriptions say so": untold}
    notes = [f"{where}: {', '.join(dict.fromkeys(said))}" for where, said in parts.items() if said]
    return Reading(reading.text, reading.words, reading.unwanted, (*reading.notes, *notes), reading.known)


def filter_of(index: Index, unwanted: Sequence[Unwanted]) -> str:
    """The products that are none of this, in SQL; empty where nothing is unwanted."""
    columns = _columns(index) if unwanted else {}
    return " AND ".join(f"NOT ({_condition(index, columns, one)})" for one in unwanted)


def _condition(index: Index, columns: Mapping[str, Sequence[str]], one: Unwanted) -> str:
    parts = [_is(index, columns.get(name, ()), name, values) for name, values in one.values.items()]
    parts += [_mentions(f"regexp_replace(lower({WORDS}), '{_ABSENT}', '', 'g')", [word]) for word in one.words]
    return " AND ".join(f"({part})" for part in parts)


def _is(index: Index, columns: Sequence[str], attribute: str, values: frozenset[str]) -> str:
    """Whether a column or the title says that an attribute has one of the values."""
    meant = {
        column: [value for value in index.counts(column) if value and has(attribute, values, value)]
        for column in columns
    }
    parts = [f"coalesce({name}, '') IN ({', '.join(map(quote, found))})" for name, found in meant.items() if found]
    said = _mentions("lower(title)" if attribute in _TITLED else f"lower({_BOTH})", wordings(attribute, values))
    if attribute in _TITLED:
        said = " AND ".join([*(f"coalesce({name}, '') = ''" for name in columns), said])
    return " OR ".join([*parts, f"({said})"])


def _mentions(text: str, words: Sequence[str]) -> str:
    """Whether a text has one of the words, in the singular or the plural."""
    forms = "|".join(re.escape(re.sub(r"(?<=[^s])s$", "", word)).replace(r"\ ", "[ -]") for word in words)
    pattern = rf"(^|[^\w-])({forms})(s|es|d|ed|[ -]up)?(\W|$)"
    return f"regexp_like({text}, {quote(pattern)})"


def _columns(index: Index) -> dict[str, list[str]]:
    """The shop's columns that tell each attribute, for any product."""
    told: dict[str, list[str]] = {}
    for name, kind in index.columns().items():
        if kind == "text" and COLUMNS.get(name, name) in SUBJECTS and any(index.counts(name)):
            told.setdefault(COLUMNS.get(name, name), []).append(name)
    return told


@cache
def _english() -> MiniLM:
    from modiste.encoders.minilm import MiniLM

    return MiniLM()
