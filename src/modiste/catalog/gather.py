"""Conversion of rows to products: every row ends up in the catalogue or among the rejects, with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from modiste.catalog.records import BadRow, Product, Rejected, Row
from modiste.catalog.values import text

Cells = TypeVar("Cells", bound=Row)


def gather(
    rows: Iterable[tuple[str, Cells | BadRow]],
    parse: Callable[[Cells], Product | tuple[Product, Sequence[str]]],
    id_column: str = "id",
) -> tuple[tuple[Product, ...], tuple[Rejected, ...]]:
    """Turn every row into a product, and keep the reason where that fails, for a row or for a part of it.

    Args:
        rows: source of each row ("styles.csv, line 12"), and the row, or why it couldn't even be read.
        parse: makes a product of a row, with the reasons why cells of it were left out, or raises `BadRow`.
        id_column: the column whose value names a rejected row.
    """
    products: dict[str, Product] = {}
    sources: dict[str, str] = {}
    rejected: list[Rejected] = []
    for source, row in rows:
        try:
            if isinstance(row, BadRow):
                raise row
            parsed = parse(row)
            product, reasons = (parsed, ()) if isinstance(parsed, Product) else parsed
            if product.id in products:
                raise BadRow(f'id "{product.id}" is taken by {sources[product.id]}; give every product its own')
        except BadRow as bad:
            id = (row.cells if isinstance(row, BadRow) else row).get(id_column)
            rejected.append(Rejected(text(id), str(bad), source))
        else:
            products[product.id], sources[product.id] = product, source
            rejected += [Rejected(product.id, reason, source) for reason in reasons]
    return tuple(products.values()), tuple(rejected)


def write_rejected(path: Path, rejected: Iterable[Rejected]) -> None:
    """Write one JSON object a line with `id`, `reason` and `source`."""
    lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rejected]
    path.write_text("".join(lines), encoding="utf-8")
