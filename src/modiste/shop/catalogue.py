"""Catalogues on their way into a shop, and the report afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modiste.catalog.records import Catalog, Rejected
from modiste.catalog.table import write_rejected
from modiste.errors import UsageError
from modiste.index import Index
from modiste.index.ingest import Tally, ingest
from modiste.shop.contract import Report
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
        pruned = _no_longer_named(catalogue, index.ids(), prune_many) if prune or prune_many else []
        tally = bring_in(index, encoder, catalogue, progress)
        index.remove(pruned)
        index.optimize()
        write_rejected(path / "rejected.jsonl", tally.rejected)
    return report_of(tally, len(pruned), started)


def reembed(path: Path, old: Index, new: Index, encoder: Encoder, progress: Progress | None) -> Report:
    """Encode every photo anew, and let the new index replace the old one."""
    started = time.perf_counter()
    with old.writing():
        before, anew = len(old), old.identity == new.identity
        tally = bring_in(new, encoder, Catalog(str(path), tuple(old.products())), progress, anew=anew)
        new.optimize()
        new.promote()
        write_rejected(path / "rejected.jsonl", tally.rejected)
    return report_of(tally, before - len(new), started)


def bring_in(
    index: Index, encoder: Encoder, catalogue: Catalog, progress: Progress | None, *, anew: bool = False
) -> Tally:
    """Index a catalogue's products; its rejects come first among the rejected.

    Args:
        anew: encode every photo, also where its vector is there already.

    Raises:
        UsageError: none of them can be used.
    """
    # absolute, so that photos are found wherever the shop is opened from
    products = [
        replace(product, images=tuple(path.absolute() for path in product.images)) for product in catalogue.products
    ]
    tally = ingest(index, products, encoder.encode_images, encoder.size, progress, anew=anew)
    tally.rejected[:0] = catalogue.rejected
    check_not_empty(catalogue.name, tally.added + tally.updated + tally.unchanged, tally.rejected)
    return tally


def check_not_empty(name: str, usable: int, rejected: Sequence[Rejected]) -> None:
    """Refuse a catalogue of which nothing can be used."""
    if not usable:
        reason = f"{len(rejected)} rejected, the first: {rejected[0].reason}" if rejected else "it has no rows"
        raise UsageError(f"nothing in {name} can be indexed; {reason}")


def report_of(tally: Tally, removed: int, started: float) -> Report:
    """The report on a tally; `started` is the moment of `time.perf_counter()` when the work began."""
    seconds = round(time.perf_counter() - started, 3)
    return Report(
        tally.added, tally.updated, tally.unchanged, removed, len(tally.rejected), seconds, tuple(tally.notes)
    )


def _no_longer_named(catalogue: Catalog, held: Sequence[str], many: bool) -> list[str]:
    """Ids of a shop that a catalogue no longer names; a row that can't be used today still names its own.

    Args:
        many: remove more than a fifth of them too, and though rows have no id that can be read.

    Raises:
        UsageError: these would be removed, and `many` isn't set.
    """
    named = {product.id for product in catalogue.products} | {row.id for row in catalogue.rejected}
    pruned = sorted(set(held) - named)
    if many or not pruned:
        return pruned
    found = f"--prune would remove {len(pruned):,} of the shop's {len(held):,} products"
    if "" in named:
        source = next(row.source for row in catalogue.rejected if not row.id)
        raise UsageError(f"{found}, but rows have no id, such as {source}; mend them, or say --prune-many")
    if len(pruned) > PRUNED * len(held):
        raise UsageError(f"{found}, such as {pruned[0]}; check {catalogue.name}, and if that is right: --prune-many")
    return pruned
