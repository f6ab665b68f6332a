"""Filters are SQL expressions over a shop's columns; `modiste.index.expressions` reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modiste.errors import UsageError, shortened

MAX_LENGTH = 2000
"""Characters of a filter."""


@dataclass(frozen=True)
class Named:
    """Texts that a filter compares a column with."""

    column: str
    operator: str
    """`=`, `LIKE` or `ILIKE`."""
    texts: tuple[str, ...]
    negated: bool
    """Whether products pass that differ from them."""


@dataclass(frozen=True)
class Filter:
    """A filter that was checked."""

    written: str
    """By the customer."""
    sql: str
    """In brackets, as the store reads it; empty where all products pass."""
    named: tuple[Named, ...]


EVERYTHING = Filter("", "", ())
"""Lets all products pass."""


def wrong(where: str, columns: Iterable[str], why: str) -> UsageError:
    """The error for a filter that can't be used."""
    return UsageError(
        f"the filter {shortened(where)!r} can't be read ({why}); write it like category = 'shoes' AND price < 80, "
        f"with the columns {', '.join(columns)}"
    )


def quote(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
