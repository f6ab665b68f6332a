"""What a catalogue must have to be taken in, and what is told of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modiste.catalog.records import Catalog, Product, Rejected
from modiste.errors import UsageError
from modiste.index.ingest import Tally
from modiste.shop.results import Report


def read(source: str | Path, format: str, columns: Mapping[str, str], allow_downloads: bool) -> Catalog:
    """A catalogue from wherever it is."""
    from modiste import datasets

    return datasets.read(Path(source), format=format, columns=columns, allow_downloads=allow_downloads)


def findable(product: Product) -> Product:
    """With photos that are found wherever the shop is opened from."""
    return replace(product, images=tuple(path.absolute() for path in product.images))


def check_not_empty(name: str, usable: int, rejected: Sequence[Rejected]) -> None:
    """Something of a catalogue can be used."""
    if usable:
        return
    why = f"{len(rejected)} rejected, the first: {rejected[0].reason}" if rejected else "it has no rows"
    raise UsageError(f"nothing in {name} can be indexed; {why}")


def named(catalogue: Catalog) -> set[str]:
    """Ids that the catalogue names; a row that can't be used today is not gone."""
    return {product.id for product in catalogue.products} | {row.id for row in catalogue.rejected}


def report(tally: Tally, removed: int, started: float) -> Report:
    """What became of its products."""
    seconds = round(time.perf_counter() - started, 3)
    return Report(tally.added, tally.updated, tally.unchanged, removed, len(tally.rejected), seconds)
