"""From rows to products: every row ends up in the catalogue or among the rejects, with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from modiste.catalog.records import BadRow as BadRow
from modiste.catalog.records import Product, Rejected
from modiste.catalog.records import Row as Row
from modiste.catalog.values import text

Cells = TypeVar("Cells", bound=Row)


@dataclass(frozen=True)
class Incomplete:
    """A product that can be used, though some of its row can't."""

    product: Product
    reasons: Sequence[str]
    """What was left out, and why."""


def gather(
    rows: Iterable[tuple[str, Cells | BadRow]],
    parse: Callable[[Cells], Product | Incomplete],
    id_column: str = "id",
) -> tuple[tuple[Product, ...], tuple[Rejected, ...]]:
    """Turn every row into a product, and keep the reason where that fails, for a row or for a part of it.

    Args:
        rows: where each row stands ("styles.csv, line 12"), and the row, or why it couldn't even be read.
        parse: makes a product of a row, or raises `BadRow`.
        id_column: the column whose value names a rejected row.
    """
    products: dict[str, Product] = {}
    places: dict[str, str] = {}
    rejected: list[Rejected] = []
    for place, row in rows:
        try:
            product, reasons = _parsed(row, parse)
            if product.id in products:
                raise BadRow(f'id "{product.id}" is taken by {places[product.id]}; give every product its own')
        except BadRow as bad:
            id = (row.cells if isinstance(row, BadRow) else row).get(id_column)
            rejected.append(Rejected(text(id), str(bad), place))
        else:
            products[product.id], places[product.id] = product, place
            rejected += [Rejected(product.id, reason, place) for reason in reasons]
    return tuple(products.values()), tuple(rejected)


def write_rejected(path: Path, rejected: Iterable[Rejected]) -> None:
    """Write one JSON object a line with `id`, `reason` and `source`."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in rejected]
    path.write_text("".join(lines), encoding="utf-8")


def _parsed(row: Cells | BadRow, parse: Callable[[Cells], Product | Incomplete]) -> tuple[Product, Sequence[str]]:
    if isinstance(row, BadRow):
        raise row
    parsed = parse(row)
    return (parsed.product, parsed.reasons) if isinstance(parsed, Incomplete) else (parsed, ())
