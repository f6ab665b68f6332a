"""Filters are SQL expressions over a shop's columns, checked before they are used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from modiste.errors import UsageError, unknown

MAX_LENGTH = 2000

RESERVED = frozenset({"and", "or", "not", "in", "is", "null", "like", "ilike", "between", "true", "false", "as"})
"""Words of SQL that never name a column."""

TYPES = frozenset({"int", "bigint", "float", "double", "string", "varchar", "boolean", "date", "timestamp"})
"""Words that name a type, in a cast, where no column has that name."""

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>'(?:[^']|'')*')
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<quoted>`[^`]+`|"[^"]+")
    | (?P<function>[^\W\d]\w*(?=\s*\())
    | (?P<name>[^\W\d]\w*)
    | (?P<comment>--|/\*)
    | (?P<sign><=|>=|<>|!=|==|::|\|\||[<>=+\-*/%(),])""",
    re.VERBOSE,
)

Token = tuple[str, str]
"""Kind and text."""


def check(where: str, columns: Mapping[str, str]) -> str:
    """The expression in brackets, ready for the store, with every column in lower case.

    The store reads a filter up to where it stops making sense and ignores the rest; brackets make the rest an error.

    Raises:
        UsageError: not one expression, or a name that is no column.
    """
    if len(where) > MAX_LENGTH:
        raise UsageError(f"the filter has {len(where)} characters, at most {MAX_LENGTH} are read")
    tokens = list(_tokens(where))
    _check_brackets(where, tokens)
    resolved = (_column(text, columns) if kind in ("name", "quoted") else text for kind, text in tokens)
    return f"({''.join(resolved)})"


def wrong(where: str, columns: Iterable[str], why: str = "") -> UsageError:
    """The error for a filter that doesn't parse."""
    reason = f" ({why})" if why else ""
    return UsageError(
        f"the filter {where!r} can't be read{reason}; write it like category = 'shoes' AND price < 80, "
        f"with the columns {', '.join(columns)}"
    )


def equalities(where: str) -> Iterator[tuple[str, str]]:
    """Every column that the filter compares with a text by `=`, and that text."""
    tokens = [token for token in _tokens(where) if token[0] != "space"]
    for (kind, column), sign, (other, text) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if kind in ("name", "quoted") and sign[1] in ("=", "==") and other == "text":
            yield column.strip('`"').lower(), text[1:-1].replace("''", "'")


def quote(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _tokens(where: str) -> Iterator[Token]:
    at = 0
    while at < len(where):
        match = _TOKEN.match(where, at)
        if match is None or match.lastgroup is None or match.lastgroup == "comment":
            raise UsageError(
                f"the filter {where!r} can't be read at {where[at : at + 10]!r}; "
                "write it like category = 'shoes' AND price < 80"
            )
        yield match.lastgroup, match.group()
        at = match.end()


def _check_brackets(where: str, tokens: Iterable[Token]) -> None:
    depth = 0
    for kind, text in tokens:
        if kind == "sign":
            depth += (text == "(") - (text == ")")
        if depth < 0:
            break
    if depth != 0:
        raise UsageError(f"the brackets of the filter {where!r} don't match; close each one that is opened")


def _column(text: str, columns: Mapping[str, str]) -> str:
    name = text.strip('`"').lower()
    if name in columns and text.lower() not in RESERVED:
        return f"`{name}`"
    if text.lower() in RESERVED | TYPES:
        return text
    if text.startswith('"'):
        raise UsageError(f"no column {text}; texts stand in single quotes, like category = 'shoes'")
    error = unknown("column", name, columns, "in this shop")
    raise UsageError(f"{error} (columns: {', '.join(columns)})")
