"""Indexing of products: what changed since the last time is encoded and written, the rest is left alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modiste.catalog.records import Product, Rejected
from modiste.index.lance import Index
from modiste.index.photos import Encode, Reading, encoded, read_ahead
from modiste.index.records import Fingerprint, IndexedProduct
from modiste.types import Progress

_BATCH = 2048
"""Products written at once at most."""

SECONDS = 2.0
"""Work that a crash can cost: after so long, finished products are written, however few."""


@dataclass
class Tally:
    """Counts of products that were added, updated, unchanged or rejected."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Changes that concern those who search."""


def ingest(
    index: Index,
    products: Sequence[Product],
    encode: Encode,
    size: tuple[int, int],
    progress: Progress | None = None,
    *,
    anew: bool = False,
    batch: int = _BATCH,
) -> Tally:
    """Bring products into an index that is held for writing; unchanged ones are left alone.

    Args:
        encode, size: as in `Index.fill`.
        anew: encode every photo, also where the index has its vector.
        batch: products written at once.
    """
    tally, kinds = Tally(), index.columns()
    tally.notes += [
        f"{name} held a {kinds[name]} in every product and holds text from now on; "
        f"write filters like {name} = '{'true' if kinds[name] == 'boolean' else 38}'"
        for name, kind in index.prepare(products).items()
        if kinds.get(name, kind) != kind
    ]
    stored = index.fingerprints()
    known = {} if anew else stored
    pending: list[IndexedProduct] = []
    written = time.monotonic()
    for done, readings in read_ahead(products, known, size):
        pending += _indexed(index, readings, known, encode, tally)
        if len(pending) >= batch or done == len(products) or time.monotonic() - written >= SECONDS:
            if pending:
                index.upsert(pending)
                updated = sum(product.product.id in stored for product in pending)
                tally.updated += updated
                tally.added += len(pending) - updated
            pending, written = [], time.monotonic()
        if progress and not pending:
            progress(done, len(products))
    return tally


def _indexed(
    index: Index, readings: Sequence[Reading], known: Mapping[str, Fingerprint], encode: Encode, tally: Tally
) -> list[IndexedProduct]:
    """The products of a chunk that must be written, with their vectors."""
    tally.rejected += [rejected for reading in readings for rejected in reading.rejected]
    usable = [reading for reading in readings if reading.photos != ()]
    changed = [reading for reading in usable if reading.fingerprint != known.get(reading.product.id)]
    tally.unchanged += len(usable) - len(changed)
    stored = index.vectors([reading.product.id for reading in changed if reading.photos is None])
    vectors = {**encoded(changed, encode), **stored}
    return [IndexedProduct(reading.product, reading.fingerprint, vectors[reading.product.id]) for reading in changed]
