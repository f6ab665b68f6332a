"""From rows to products: every row ends up in the catalogue or among the rejects, with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from modiste.catalog.records import Product, Rejected

Row = Mapping[str, object]
"""Cells by column."""
Cells = TypeVar("Cells", bound=Row)


class BadRow(ValueError):  # noqa: N818 - it is the row that is bad, and "row error" would hide that
    """A row that can't be used; the message says what is wrong, its value and what to do."""


def gather(
    rows: Iterable[tuple[str, Cells | BadRow]], parse: Callable[[Cells], Product], id_column: str = "id"
) -> tuple[tuple[Product, ...], tuple[Rejected, ...]]:
    """Turn every row into a product, and keep the reason where that fails.

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
            product = _parsed(row, parse)
            if product.id in products:
                raise BadRow(f'id "{product.id}" is taken by {places[product.id]}; give every product its own')
        except BadRow as bad:
            id = "" if isinstance(row, BadRow) else row.get(id_column)
            rejected.append(Rejected("" if id is None else str(id), str(bad), place))
        else:
            products[product.id], places[product.id] = product, place
    return tuple(products.values()), tuple(rejected)


def write_rejected(path: Path, rejected: Iterable[Rejected]) -> None:
    """Write one JSON object a line with `id`, `reason` and `source`."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in rejected]
    path.write_text("".join(lines), encoding="utf-8")


def _parsed(row: Cells | BadRow, parse: Callable[[Cells], Product]) -> Product:
    if isinstance(row, BadRow):
        raise row
    return parse(row)
