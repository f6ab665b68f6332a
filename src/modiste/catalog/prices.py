"""Prices as shops write them: 12.50, € 12,50, 1.299,-, from 19.99."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal

from modiste.catalog.records import BadRow
from modiste.catalog.values import is_missing, quoted, text

LONGEST = 60
"""Characters of a price; a longer cell is none."""

_BESIDES = """
    from ab von à partir de dès desde da vanaf od fra från at as low starting price now only just sale rrp uvp msrp
    ca approx about to bis al tot till til incl inkl inc vat mwst tax ust per each stk pcs pc excl exkl ex gst euro
    euros dollar dollars pound pounds"""
_BESIDE = frozenset(_BESIDES.split())
"""Words beside a price that don't change what it is, and are no short names of currencies."""

_AMOUNT = re.compile(r"\d+(?:[.,'\u2019 ]\d+)*|(?<![^\W\d_])(?<!/)[.,]\d+")  # the point of kr.199 and S/.9 ends a name


def price_reader(cells: Iterable[object]) -> Callable[[object], float | None]:
    """Build the function that reads the prices of a column.

    Money has two decimals, so that a comma or point before three digits parts thousands: 1.299 € is 1299. Where the
    column mostly writes other than two decimals with that sign (12.5, 12.9943), it holds computed numbers, and 1.299 is
    1.299. Amounts that show the other use of the sign (1.299 €, or 49,90 for the point) speak against that.
    """
    votes: Counter[str] = Counter()
    for cell in cells:
        if isinstance(cell, str) and math.isfinite(_amount(text(cell), "")):
            for whole, sign, decimals in re.findall(r"(\d+)([.,])(\d+)(?![\d.,])", cell):
                if len(decimals) == 2:
                    votes["." if sign == "," else ","] -= 1
                elif len(decimals) == 3:
                    votes[sign] -= bool(currency(cell) and whole.strip("0"))
                elif len(decimals) == 1 or sign == ".":
                    votes[sign] += 1
    computed = "".join(sign for sign, count in votes.items() if count > 0)
    return lambda cell: price(cell, computed)


def price(cell: object, computed: str = "") -> float | None:
    """A price with or without a currency: 12.50, € 12,50, 1,299.00, 1.299,00, 1 299, 59,- or from 19.99; of a range the
    lower end, and nothing where the cell says that there is none.

    Args:
        computed: signs before which three digits are decimals, as in numbers that a program computed.

    Raises:
        BadRow: negative, not a number, or not to be read as a price.
    """
    if is_missing(cell):
        return None
    written = text(cell)
    value = float(cell) if isinstance(cell, (float, Decimal)) else _amount(written, computed)
    if not math.isfinite(value):
        raise BadRow(f'price "{quoted(written)}" is not a number; write it as 12.50')
    if value < 0:
        raise BadRow(f"price {quoted(written)} is negative; give 0 or more")
    return value


def currency(cell: object) -> str:
    """The currency that a price is written with, as it is written; empty where it has none."""
    if not isinstance(cell, str) or len(cell) > LONGEST:
        return ""
    words = re.findall(r"[^\s\d.,*()+:/\u2019'–—-]+", _AMOUNT.sub(" ", cell))
    return next((word for word in words if any(map(_is_currency, _words(word)))), "")


def _amount(written: str, computed: str) -> float:
    """The number in a price, the lower one of a range; NaN where it isn't one."""
    written = unicodedata.normalize("NFKC", written[: LONGEST + 1]).lower()
    amounts = list(_AMOUNT.finditer(written))
    words = _words(written)
    if (
        not 1 <= len(amounts) <= 2
        or len(written) > LONGEST
        or not all(word in "-–—*:~+()/" or word in _BESIDE or _is_currency(word) for word in words)
    ):
        return math.nan
    values = [_number(amount[0], computed) for amount in amounts]
    if len(values) == 2:
        between = written[amounts[0].end() : amounts[1].start()]
        return min(values) if re.search(r"[-–—]|\b(?:to|bis|à|a|al|tot|till|til)\b", between) else math.nan
    return -values[0] if re.search(r"[-–—]", written[: amounts[0].start()]) else values[0]


def _number(amount: str, computed: str) -> float:
    """`1.299,00` and the like; NaN where the signs make no sense."""
    parts = re.split(r"([.,'\u2019 ])", amount)
    groups, signs = parts[::2], parts[1::2]
    decimals = ""
    if signs and signs[-1] in ".," and signs[-1] not in signs[:-1]:
        fraction = len(groups[-1]) != 3 or len(signs) > 1 or groups[0] in ("", "0") or signs[-1] in computed
        decimals = groups.pop() if fraction else ""
        signs = signs[:-1] if fraction else signs
    grouped = not signs or (
        len(set(signs)) == 1
        and len(groups[0]) <= 3
        and len(groups[-1]) == 3
        and all(len(group) in (2, 3) for group in groups[1:])
    )
    return float(f"{''.join(groups) or 0}.{decimals or 0}") if grouped else math.nan


def _words(written: str) -> list[str]:
    """The words and the signs in a price, each by itself."""
    return re.findall(r"[^\W\d_]+|[^\w\s.,'\u2019]", written)


def _is_currency(word: str) -> bool:
    """A sign of money, or a currency's code or short name, such as EUR, kr, Rs or zł."""
    return unicodedata.category(word[0]) == "Sc" or (word.isalpha() and len(word) <= 3 and word.lower() not in _BESIDE)
