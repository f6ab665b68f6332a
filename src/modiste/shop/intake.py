"""What a catalogue must have to be taken in, and what is told of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from modiste.catalog.records import Catalog, Product, Rejected
from modiste.errors import UsageError
from modiste.index.ingest import Tally
from modiste.shop.results import Report

PRUNED = 0.2
"""Share of a shop's products up to which they are removed without being asked for once more."""


def findable(product: Product) -> Product:
    """With photos that are found wherever the shop is opened from."""
    return replace(product, images=tuple(path.absolute() for path in product.images))


def check_not_empty(name: str, usable: int, rejected: Sequence[Rejected]) -> None:
    """Something of a catalogue can be used."""
    if usable:
        return
    why = f"{len(rejected)} rejected, the first: {rejected[0].reason}" if rejected else "it has no rows"
    raise UsageError(f"nothing in {name} can be indexed; {why}")


def gone(catalogue: Catalog, held: Sequence[str], many: bool) -> list[str]:
    """Which of a shop's products the catalogue no longer names; a row that can't be used today still names its own.

    Args:
        many: remove more than a fifth of them too, and though rows have no id that can be read.

    Raises:
        UsageError: these would be removed, and `many` isn't set.
    """
    named = {product.id for product in catalogue.products} | {row.id for row in catalogue.rejected}
    pruned = sorted(set(held) - named)
    if many or not pruned:
        return pruned
    told = f"--prune would remove {len(pruned):,} of the shop's {len(held):,} products"
    if "" in named:
        place = next(row.source for row in catalogue.rejected if not row.id)
        raise UsageError(f"{told}, but rows have no id, such as {place}; mend them, or say --prune-many")
    if len(pruned) > PRUNED * len(held):
        raise UsageError(f"{told}, such as {pruned[0]}; check {catalogue.name}, and if that is right: --prune-many")
    return pruned


def report(tally: Tally, removed: int, started: float) -> Report:
    """What became of its products."""
    seconds = round(time.perf_counter() - started, 3)
    return Report(
        tally.added, tally.updated, tally.unchanged, removed, len(tally.rejected), seconds, tuple(tally.notes)
    )
