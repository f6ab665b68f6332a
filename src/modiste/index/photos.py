"""Photos of products, read and decoded once, on threads that work while the encoder does."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modiste.catalog.records import Product, Rejected
from modiste.images import ImageError, fit, load_image, read_image
from modiste.index.records import Fingerprint, photos_hash, row_hash
from modiste.types import Pixels, Vectors

Encode = Callable[[Pixels], Vectors]

CHUNK = 32
"""Products whose photos a thread reads together, and the encoder gets together; larger ones are no faster."""

_AHEAD = 4
"""Chunks that are read ahead of the encoder."""


@dataclass(frozen=True)
class Reading:
    """A product whose photos were read."""

    product: Product
    fingerprint: Fingerprint
    photos: tuple[Pixels, ...] | None = None
    """None where the index has their vectors; empty where none can be used."""
    rejected: tuple[Rejected, ...] = ()


def read_ahead(
    products: Sequence[Product], known: Mapping[str, Fingerprint], size: tuple[int, int]
) -> Iterator[tuple[int, list[Reading]]]:
    """Chunks of products with their photos, in order, each with the number of products that are read by then."""

    def read(chunk: Sequence[Product]) -> list[Reading]:
        return [_read(product, known.get(product.id), size) for product in chunk]

    chunks = [products[start : start + CHUNK] for start in range(0, len(products), CHUNK)]
    done = 0
    with ThreadPoolExecutor(min(_AHEAD, os.cpu_count() or 1), "modiste-photos") as threads:
        ahead: deque[Future[list[Reading]]] = deque()
        for chunk in [*chunks, *[None] * _AHEAD]:
            if chunk is not None:
                ahead.append(threads.submit(read, chunk))
            if ahead and (len(ahead) > _AHEAD or chunk is None):
                readings = ahead.popleft().result()
                done += len(readings)
                yield done, readings


def encoded(readings: Sequence[Reading], encode: Encode) -> dict[str, Vectors]:
    """Each product's vectors; the photos of all of them go to the encoder together."""
    photos = [photo for reading in readings for photo in reading.photos or ()]
    if not photos:
        return {}
    vectors = encode(np.stack(photos))
    ends = np.cumsum([len(reading.photos or ()) for reading in readings])[:-1]
    parts = np.split(vectors, ends)
    return {reading.product.id: part for reading, part in zip(readings, parts, strict=True) if reading.photos}


def _read(product: Product, known: Fingerprint | None, size: tuple[int, int]) -> Reading:
    """Read each photo's bytes once; decode them only when they are new."""
    row = row_hash(product)
    files: list[bytes | None] = []
    for path in product.images:
        try:
            files.append(read_image(path))
        except ImageError:
            files.append(None)
    digests = [hashlib.sha256(data or b"").digest() for data in files]
    fingerprint = Fingerprint(row, photos_hash(digests))
    if known and known.photos == fingerprint.photos:
        return Reading(product, fingerprint)
    photos, usable, rejected = [], [], []
    for path, data, digest in zip(product.images, files, digests, strict=True):
        try:
            photos.append(_decode(path, data, size))
            usable.append(digest)
        except ImageError as error:
            rejected.append(Rejected(product.id, str(error), str(path)))
    fingerprint = Fingerprint(row, photos_hash(usable))
    indexed = known is not None and known.photos == fingerprint.photos
    return Reading(product, fingerprint, None if indexed else tuple(photos), tuple(rejected))


def _decode(path: Path, data: bytes | None, size: tuple[int, int]) -> Pixels:
    with suppress(ImageError):
        if data is not None:
            return fit(load_image(data, at_least=size), size)
    load_image(path)  # raises an error with the photo's name, which bytes don't have
    raise ImageError(f"{path.name} changed while it was read; index it again")
