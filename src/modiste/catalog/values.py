"""What the cells of a shop's table mean."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable

from modiste.catalog.gather import BadRow
from modiste.catalog.records import Value

YES = frozenset({"yes", "true", "y", "in stock", "in_stock", "instock", "available"})
NO = frozenset({"no", "false", "n", "out of stock", "out_of_stock", "outofstock", "sold out", "unavailable"})
GENDERS = {
    **dict.fromkeys(("men", "man", "men's", "mens", "male", "m"), "Men"),
    **dict.fromkeys(("women", "woman", "women's", "womens", "female", "f", "w"), "Women"),
    **dict.fromkeys(("unisex", "all", "u"), "Unisex"),
    **dict.fromkeys(("boys", "boy", "boy's"), "Boys"),
    **dict.fromkeys(("girls", "girl", "girl's"), "Girls"),
}
_CURRENCY = r"(?:[^\W\d_]{1,3}|[$€£¥₹₩₽₺₫₴₪฿₱])?"
_PRICE = re.compile(rf"{_CURRENCY}\s*(-?)\s*{_CURRENCY}\s*(\d[\d.,'\u2019\s]*)\s*{_CURRENCY}")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


def text(cell: object) -> str:
    """A cell as text; empty where it holds nothing."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (list, tuple)):
        return ", ".join(text(part) for part in cell)
    return str(cell)


def price(cell: object) -> float | None:
    """A price with or without a currency: 12.50, € 12,50, 1,299.00, 1.299,00 or 1 299.

    The last comma or point is the decimal one, except a lone comma before exactly three digits (1,299).

    Raises:
        BadRow: negative, not a number, or not to be read as a price.
    """
    written = text(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        value = float(cell)
    elif not written:
        return None
    elif found := _PRICE.fullmatch(written):
        value = _decimal(found[1] + re.sub(r"[\s'\u2019]", "", found[2]))
    else:
        value = math.nan
    if not math.isfinite(value):
        raise BadRow(f'price "{written or cell}" is not a number; write it as 12.50')
    if value < 0:
        raise BadRow(f"price {written} is negative; give 0 or more")
    return value


def stock(cell: object) -> bool:
    """Whether it can be bought: yes or no in words, or how many are left; an empty cell means yes.

    Raises:
        BadRow: neither a word that is known nor a number.
    """
    written = text(cell).lower()
    if not written or written in YES:
        return True
    if written in NO:
        return False
    try:
        return float(written) > 0
    except ValueError:
        raise BadRow(f'in_stock "{written}" is not understood; write yes, no or how many there are') from None


def gender(cell: object) -> str:
    """Men, Women, Unisex, Boys or Girls where the word is known, else the shop's own word."""
    written = text(cell)
    return GENDERS.get(written.lower(), written)


def several(cell: object) -> list[str]:
    """The parts of a cell: a list, a JSON list, or text with `|` or `;` between the parts."""
    if isinstance(cell, (list, tuple)):
        parts = list(cell)
    else:
        written = text(cell)
        parts = _json_list(written) if written.startswith("[") else written.replace(";", "|").split("|")
    return [part for part in map(text, parts) if part]


def attribute_reader(cells: Iterable[object]) -> Callable[[object], Value | None]:
    """How to read the cells of a column that is no field: all numbers, all yes or no, or text."""
    known = [cell for cell in cells if text(cell)]
    if known and all(_is_truth(cell) for cell in known):
        return lambda cell: text(cell).lower() in YES if text(cell) else None
    if known and all(_is_number(cell) for cell in known):
        return lambda cell: float(text(cell)) if text(cell) else None
    return lambda cell: text(cell) or None


def _decimal(number: str) -> float:
    comma, point = number.rfind(","), number.rfind(".")
    if comma > point:
        thousands = point < 0 and (number.count(",") > 1 or len(number) - comma == 4)
        number = number.replace(",", "") if thousands else number.replace(".", "").replace(",", ".")
    elif number.count(".") > 1:
        number = number.replace(".", "")
    else:
        number = number.replace(",", "")
    try:
        return float(number)
    except ValueError:
        return math.nan


def _json_list(written: str) -> list[object]:
    try:
        parts = json.loads(written)
    except json.JSONDecodeError as error:
        raise BadRow(f'"{written}" is not a JSON list ({error.msg}); write ["one.jpg", "two.jpg"]') from None
    return parts if isinstance(parts, list) else [parts]


def _is_truth(cell: object) -> bool:
    return text(cell).lower() in {"true", "false", "yes", "no"}


def _is_number(cell: object) -> bool:
    """A number, but no code such as 007."""
    return not isinstance(cell, bool) and _NUMBER.fullmatch(text(cell)) is not None
