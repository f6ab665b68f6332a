"""Errors that teach: what was wrong, its value, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ModisteError(Exception):
    """Something failed that the caller can mend; the message is one line. Exit code 1."""


class UsageError(ModisteError, ValueError):
    """The request itself is wrong: an argument, a file, an id. Exit code 2."""


def nearest(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """The names closest in spelling to `name`, best first."""
    folded = {known.lower(): known for known in names}
    found = difflib.get_close_matches(name.lower(), folded, n=count, cutoff=0.5)
    return [folded[close] for close in found]


def unknown(kind: str, name: str, names: Iterable[str], where: str = "") -> UsageError:
    """The error for a name that is not among `names`.

    >>> str(unknown("category", "sneekers", ["sneakers", "bags"], "in this shop"))
    'no category "sneekers" in this shop; nearest: sneakers'
    """
    known = list(names)
    close = nearest(name, known)
    place = f" {where}" if where else ""
    if close:
        hint = f"nearest: {', '.join(close)}"
    else:
        hint = f"there are {len(known)}, such as {', '.join(known[:3])}" if known else "there are none"
    return UsageError(f'no {kind} "{name}"{place}; {hint}')
