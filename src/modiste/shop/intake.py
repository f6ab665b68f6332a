"""How products come into a shop, what a catalogue must have for it, and the report afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modiste.catalog.gather import write_rejected
from modiste.catalog.records import Catalog, Product, Rejected
from modiste.errors import UsageError
from modiste.index import Index, LanceIndex
from modiste.index.ingest import Tally, ingest
from modiste.shop.results import Report
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.encoders import Encoder

PRUNED = 0.2
"""Share of a shop's products up to which they are removed without being asked for once more."""


def add(
    path: Path, index: Index, encoder: Encoder, catalogue: Catalog, prune: bool, prune_many: bool,
    progress: Progress | None,
) -> Report:  # fmt: skip
    """Bring a catalogue in; see `Shop.add`."""
    started = time.perf_counter()
    with index.writing():
        pruned = gone(catalogue, index.ids(), prune_many) if prune else []
        tally = _ingest(index, encoder, catalogue.products, progress)
        tally.rejected[:0] = catalogue.rejected
        check_not_empty(catalogue.name, tally.added + tally.updated + tally.unchanged, tally.rejected)
        index.remove(pruned)
        index.optimize()
        write_rejected(path / "rejected.jsonl", tally.rejected)
    return _report(tally, len(pruned), started)


def reembed(path: Path, old: Index, new: LanceIndex, encoder: Encoder, progress: Progress | None) -> Report:
    """Encode every photo anew, and let the new index take the place of the old one."""
    started = time.perf_counter()
    with old.writing():
        before, anew = len(old), old.identity == new.identity
        tally = _ingest(new, encoder, old.products(), progress, anew=anew)
        check_not_empty(str(path), tally.added + tally.updated + tally.unchanged, tally.rejected)
        new.optimize()
        new.promote()
        write_rejected(path / "rejected.jsonl", tally.rejected)
    return _report(tally, before - len(new), started)


def upsert(index: Index, encoder: Encoder, products: Sequence[Product]) -> tuple[Report, tuple[Rejected, ...]]:
    """Add products or change them; see `Shop.upsert`."""
    started = time.perf_counter()
    with index.writing():
        tally = _ingest(index, encoder, products, None)
        check_not_empty("the request", tally.added + tally.updated + tally.unchanged, tally.rejected)
        index.optimize()
    return _report(tally, 0, started), tuple(tally.rejected)


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


def _ingest(
    index: Index, encoder: Encoder, products: Sequence[Product], progress: Progress | None, *, anew: bool = False
) -> Tally:
    """Photos' paths become absolute, so that they are found wherever the shop is opened from."""
    found = [replace(product, images=tuple(path.absolute() for path in product.images)) for product in products]
    return ingest(index, found, encoder.encode_images, encoder.size, progress, anew=anew)


def _report(tally: Tally, removed: int, started: float) -> Report:
    seconds = round(time.perf_counter() - started, 3)
    return Report(
        tally.added, tally.updated, tally.unchanged, removed, len(tally.rejected), seconds, tuple(tally.notes)
    )
