"""Filters: SQL expressions over a shop's columns, parsed by `modiste.index.expressions`; and checks of their values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modiste.errors import UsageError, shortened, unknown

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LENGTH = 2000
"""Characters of a filter."""

_BLOCK = 4096
"""Values of a column that are compared with a pattern together, until one is like it."""


@dataclass(frozen=True)
class Condition:
    """Texts that a filter compares a column with."""

    column: str
    operator: str
    """`=`, `LIKE` or `ILIKE`."""
    texts: tuple[str, ...]
    negated: bool
    """True if products pass that differ from the texts."""


@dataclass(frozen=True)
class Filter:
    """A filter that was checked."""

    written: str
    """By the customer."""
    sql: str
    """In brackets, as the store reads it; empty where all products pass."""
    conditions: tuple[Condition, ...]


EVERYTHING = Filter("", "", ())
"""Lets all products pass."""


def wrong(where: str, columns: Iterable[str], reason: str) -> UsageError:
    """The error for a filter that can't be used."""
    return UsageError(
        f"the filter {shortened(where)!r} can't be read ({reason}); write it like category = 'shoes' AND price < 80, "
        f"with the columns {', '.join(columns)}"
    )


def check_values(condition: Condition, values: pa.Array, total: int) -> None:
    """Raise an error where a condition has a value that no product has, but probably means another one.

    A filter that lets products pass is taken at its word, unless it leaves out a value that isn't there, or one that
    differs from those that are in capitals alone.

    Args:
        values: of the column.
        total: products that pass the filter.
    """
    missing = _missing(condition, values)
    for text, similar in missing.items():
        if similar and condition.operator == "LIKE":
            raise UsageError(
                f'no {condition.column} is LIKE "{shortened(text)}" in this shop; ILIKE, to which capitals are the '
                f"same as small letters, finds {', '.join(map(shortened, similar))}"
            )
        # A filter that leaves out products by their ids may well name some that are no longer there.
        left_out = condition.negated and condition.operator == "=" and condition.column != "id"
        if similar or left_out or (not total and len(missing) == len(condition.texts)):
            raise unknown(condition.column, text, similar or values.to_pylist(), "in this shop")


def _missing(condition: Condition, values: pa.Array) -> dict[str, list[str]]:
    """The texts that no value is equal to or like, and the values that differ from each in capitals alone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if condition.operator != "=":
        ignore_case = condition.operator == "ILIKE"
        absent = [text for text in condition.texts if not _like(values, text, ignore_case=ignore_case)]
        return {text: _like(values, text, ignore_case=True) for text in absent}
    present = set(values.filter(pc.is_in(values, pa.array(condition.texts))).to_pylist())
    missing = {text: list[str]() for text in condition.texts if text and text not in present}
    if missing:
        lowered = [text.lower() for text in missing]
        similar = values.filter(pc.is_in(pc.utf8_lower(values), pa.array(lowered))).to_pylist()
        for text, others in missing.items():
            others += [value for value in similar if value.lower() == text.lower()]
    return missing


def _like(values: pa.Array, pattern: str, *, ignore_case: bool) -> list[str]:
    """At most three of the values that are like a pattern."""
    import pyarrow.compute as pc

    for start in range(0, len(values), _BLOCK):
        block = values.slice(start, _BLOCK)
        similar: list[str] = block.filter(pc.match_like(block, pattern, ignore_case=ignore_case)).to_pylist()
        if similar:
            return similar[:3]
    return []
