"""From products to rows: photos are read and decoded once, on threads that work while the encoder does."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from modiste.catalog.records import Product, Rejected
from modiste.images import ImageError, fit, load_image, read_image
from modiste.index.base import Fingerprint, Index, IndexedProduct
from modiste.index.rows import photos_hash, row_hash
from modiste.types import Pixels, Progress, Vectors

Encode = Callable[[Pixels], Vectors]

CHUNK = 32
"""Products whose photos a thread reads together, and the encoder gets together; larger ones are no faster."""

AHEAD = 4
"""Chunks that are read ahead of the encoder."""

BATCH = 2048
"""Products written at once at most."""

SECONDS = 2.0
"""What a crash can cost: after so long, what there is is written, however little."""


@dataclass
class Tally:
    """What became of the products."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What changed for those who search."""


@dataclass(frozen=True)
class Reading:
    """A product whose photos were read."""

    product: Product
    fingerprint: Fingerprint
    photos: tuple[Pixels, ...] | None = None
    """Nothing where the index has their vectors; empty where none can be used."""
    rejected: tuple[Rejected, ...] = ()


def ingest(
    index: Index,
    products: Sequence[Product],
    encode: Encode,
    size: tuple[int, int],
    progress: Progress | None = None,
    *,
    anew: bool = False,
    batch: int = BATCH,
) -> Tally:
    """Bring products into an index that is held for writing; what it has already is left alone.

    Args:
        encode: photos to unit vectors. Shape: (n, height, width, 3) to (n, dim).
        size: height and width of the photos that `encode` takes.
        anew: encode every photo, also where its vector is there already.
        batch: products written at once.
    """
    tally = Tally()
    held = index.columns()
    tally.notes += _widened(held, index.prepare(products))
    stored = index.fingerprints()
    known = {} if anew else stored
    pending: list[IndexedProduct] = []
    written = time.monotonic()
    for done, readings in read_ahead(products, known, size):
        pending += _indexed(index, readings, known, encode, tally)
        if len(pending) >= batch or done == len(products) or time.monotonic() - written >= SECONDS:
            _write(index, pending, stored, tally)
            pending, written = [], time.monotonic()
        if progress and not pending:
            progress(done, len(products))
    return tally


def _widened(held: Mapping[str, str], columns: Mapping[str, str]) -> list[str]:
    """A note on every column that holds text from now on."""
    return [
        f"{name} held a {held[name]} in every product and holds text from now on; "
        f"write filters like {name} = '{'true' if held[name] == 'boolean' else 38}'"
        for name, kind in columns.items()
        if held.get(name, kind) != kind
    ]


def read_ahead(
    products: Sequence[Product], known: Mapping[str, Fingerprint], size: tuple[int, int]
) -> Iterator[tuple[int, list[Reading]]]:
    """Chunks of products with their photos, in order, and how many products are read by then."""
    chunks = [products[start : start + CHUNK] for start in range(0, len(products), CHUNK)]
    done = 0
    with ThreadPoolExecutor(min(AHEAD, os.cpu_count() or 1), "modiste-photos") as threads:
        ahead: deque[Future[list[Reading]]] = deque()
        for chunk in [*chunks, *[None] * AHEAD]:
            if chunk is not None:
                ahead.append(threads.submit(_read_chunk, chunk, known, size))
            if ahead and (len(ahead) > AHEAD or chunk is None):
                readings = ahead.popleft().result()
                done += len(readings)
                yield done, readings


def _read_chunk(products: Sequence[Product], known: Mapping[str, Fingerprint], size: tuple[int, int]) -> list[Reading]:
    return [_read(product, known.get(product.id), size) for product in products]


def _read(product: Product, known: Fingerprint | None, size: tuple[int, int]) -> Reading:
    """Read each photo's bytes once; decode them only when they are new."""
    row = row_hash(product)
    files = [_bytes(path) for path in product.images]
    seen = Fingerprint(row, _hash(files))
    if known and known.photos == seen.photos:
        return Reading(product, seen)
    photos, usable, rejected = [], [], []
    for path, data in zip(product.images, files, strict=True):
        try:
            photos.append(_decode(path, data, size))
            usable.append(data)
        except ImageError as error:
            rejected.append(Rejected(product.id, str(error), str(path)))
    seen = Fingerprint(row, _hash(usable))
    indexed = known is not None and known.photos == seen.photos
    return Reading(product, seen, None if indexed else tuple(photos), tuple(rejected))


def _bytes(path: Path) -> bytes | None:
    try:
        return read_image(path)
    except ImageError:
        return None


def _decode(path: Path, data: bytes | None, size: tuple[int, int]) -> Pixels:
    if data is None:
        raise _error(path)
    try:
        return fit(load_image(data, at_least=size), size)
    except ImageError:
        raise _error(path) from None


def _error(path: Path) -> ImageError:
    """What is wrong with a photo, by its name, which bytes don't have."""
    try:
        load_image(path)
    except ImageError as error:
        return error
    return ImageError(f"{path.name} changed while it was read; index it again")


def _hash(files: Sequence[bytes | None]) -> str:
    return photos_hash(hashlib.sha256(data or b"").digest() for data in files)


def _indexed(
    index: Index, readings: Sequence[Reading], known: Mapping[str, Fingerprint], encode: Encode, tally: Tally
) -> list[IndexedProduct]:
    """The products of a chunk that must be written, with their vectors."""
    tally.rejected += [reason for reading in readings for reason in reading.rejected]
    usable = [reading for reading in readings if reading.photos != ()]
    changed = [reading for reading in usable if reading.fingerprint != known.get(reading.product.id)]
    tally.unchanged += len(usable) - len(changed)
    vectors = {**encoded(changed, encode), **index.vectors([one.product.id for one in changed if one.photos is None])}
    return [IndexedProduct(one.product, one.fingerprint, vectors[one.product.id]) for one in changed]


def encoded(readings: Sequence[Reading], encode: Encode) -> dict[str, Vectors]:
    """Each product's vectors; the photos of all of them go to the encoder together."""
    photos = [photo for reading in readings for photo in reading.photos or ()]
    if not photos:
        return {}
    vectors = encode(np.stack(photos))
    ends = np.cumsum([len(reading.photos or ()) for reading in readings])[:-1]
    parts = np.split(vectors, ends)
    return {reading.product.id: part for reading, part in zip(readings, parts, strict=True) if reading.photos}


def _write(index: Index, products: Sequence[IndexedProduct], stored: Mapping[str, Fingerprint], tally: Tally) -> None:
    if products:
        index.upsert(products)
        updated = sum(one.product.id in stored for one in products)
        tally.updated += updated
        tally.added += len(products) - updated
