"""Errors that teach: what was wrong, its value, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

COMPARED = 100_000
"""Names that an unknown one is compared with: more would keep others waiting for an error."""


class ModisteError(Exception):
    """Something failed that the caller can mend; the message is one line. Exit code 1."""


class UsageError(ModisteError, ValueError):
    """The request itself is wrong: an argument, a file, an id. Exit code 2."""


def nearest(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """The names closest in spelling to `name`, best first."""
    from rapidfuzz import fuzz, process

    folded = {known.lower(): known for known in islice(names, COMPARED)}
    close = process.extract(shortened(name).lower(), folded.keys(), scorer=fuzz.ratio, limit=count, score_cutoff=50)
    return [folded[spelling] for spelling, _, _ in close]


def unknown(kind: str, name: str, names: Iterable[str], where: str = "") -> UsageError:
    """The error for a name that is not among `names`.

    >>> str(unknown("category", "sneekers", ["sneakers", "bags"], "in this shop"))
    'no category "sneekers" in this shop; nearest: sneakers'
    """
    known = list(names)
    if close := nearest(name, known):
        hint = f"nearest: {', '.join(map(shortened, close))}"
    else:
        hint = f"there are {len(known)}, such as {', '.join(map(shortened, known[:3]))}" if known else "there are none"
    return UsageError(f'no {kind} "{shortened(name)}"{where and f" {where}"}; {hint}')


def shortened(text: str, most: int = 100) -> str:
    """Shorten a text for a message to at most so many characters.

    >>> shortened("sneakers", 5)
    'snea…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
