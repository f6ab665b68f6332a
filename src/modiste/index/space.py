"""Spaces: vectors of networks other than the encoder for a shop's photos, kept beside the table."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modiste.catalog.records import Product
from modiste.index.folder import LockedError, exclusive
from modiste.index.photos import Encode, encoded, read_ahead
from modiste.index.records import Identity
from modiste.types import Indices, Progress, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "spaces"
"""In the shop's folder."""

BLOCK = 4096
"""Vectors that are converted to single precision together."""

_ENTRY = np.dtype([("photos", "S16"), ("count", "<u4")])
"""The fingerprint of a product's photos, and their number."""

_HALF = np.dtype("<f2")

Fingerprints = NDArray[np.bytes_]
"""Of the photos of some products. Shape: (n,)."""

_Part = tuple[NDArray[np.void], NDArray[np.float16]]
"""Some products' entries, and their vectors, one after the other."""


class Space:
    """Vectors of one network in half precision, keyed by the fingerprint of a product's photos.

    `vectors.f16` holds them, product after product; `photos.bin` names the product of each and is written last: vectors
    that a stop left without a name are written over. Named ones stay as they are, so that reading needs no lock.
    """

    def __init__(self, shop: Path, identity: Identity) -> None:
        self.identity = identity
        revisions = (identity.revision, *identity.former)  # those made under an earlier name of it stay where they are
        names = [f"{_plain(identity.encoder)}-{revision}-{identity.preprocessing}" for revision in revisions]
        folders = [shop / FOLDER / name for name in names]
        self.folder = next(filter(Path.is_dir, folders), folders[0])
        self._row_bytes = identity.dim * _HALF.itemsize
        self._nothing: _Part = (np.empty(0, _ENTRY), np.empty((0, identity.dim), _HALF))
        self._names, self._vectors = self.folder / "photos.bin", self.folder / "vectors.f16"
        self._stored, self._rows = self._nothing
        self._memory: list[_Part] = []
        """Parts that could not be written, because another process writes or the folder can't be written to."""
        self._locked = False

    def read(self) -> None:
        """Map the files as they are on disk now; they stay readable even when somebody removes them."""
        self._stored, self._rows = self._nothing
        with suppress(OSError):
            names = np.fromfile(self._names, _ENTRY)
            ends = np.concatenate([[0], np.cumsum(names["count"], dtype=np.int64)])
            whole = int(np.searchsorted(ends, self._vectors.stat().st_size // self._row_bytes, side="right")) - 1
            if whole:
                shape = (int(ends[whole]), self.identity.dim)
                self._stored, self._rows = names[:whole], np.memmap(self._vectors, _HALF, "r", shape=shape)

    def find(self, photos: Fingerprints) -> Indices:
        """Indices of the products with these photos here, or -1. Shape: (n,)."""
        names = self._entries()["photos"]
        if not len(names):
            return np.full(len(photos), -1, np.int64)
        order = np.argsort(names, kind="stable")
        nearest = order[np.searchsorted(names, photos, sorter=order).clip(max=len(names) - 1)]
        indices: Indices = np.where(names[nearest] == photos, nearest, -1)
        return indices

    def matrix(self, indices: Indices) -> tuple[Vectors, Indices | None]:
        """The vectors of the products at these indices, and the first row of each, as a `Gallery` has them."""
        starts = np.concatenate([[0], np.cumsum(self._entries()["count"], dtype=np.int64)])
        photos, bounds = photos_of(starts, indices)
        matrix = np.empty((len(photos), self.identity.dim), np.float32)
        vectors = np.concatenate([self._rows, *(rows for _, rows in self._memory)]) if self._memory else self._rows
        for start in range(0, len(photos), BLOCK):
            block = matrix[start : start + BLOCK]
            block[:] = vectors[photos[start : start + BLOCK]]
            length = np.sqrt(np.einsum("pd,pd->p", block, block))  # which half precision left at 1 only nearly
            block /= np.maximum(length, 1e-6)[:, None]
        return matrix, None if len(photos) == len(indices) else bounds

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write, where that can be had; elsewhere, added vectors stay in memory."""
        with ExitStack() as lock:
            with suppress(LockedError, OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                lock.enter_context(exclusive(self.folder / "writer.lock", str(self.folder)))
                self._locked = True
            self.read()  # again: the writer before may have added to it until now
            try:
                yield
            finally:
                self._locked = False
                self.read()

    def add(self, vectors: Mapping[str, Vectors]) -> None:
        """Keep the vectors of products, by their photos' fingerprint, while `writing`."""
        if not vectors:
            return
        entries = np.array([(photos, len(part)) for photos, part in vectors.items()], _ENTRY)
        rows = np.concatenate(list(vectors.values())).astype(_HALF)
        if self._locked:
            with suppress(OSError):  # a full disk, or a folder that is gone
                _put(self._vectors, int(self._stored["count"].sum()) * self._row_bytes, rows)
                _put(self._names, self._stored.nbytes, entries, last=True)
                self._stored = np.concatenate([self._stored, entries])
                return
        self._memory.append((entries, rows))

    def fill(
        self, items: pa.Table, photos: Fingerprints, encode: Encode, size: tuple[int, int], progress: Progress | None
    ) -> None:
        """Get the vectors that are missing here; it may be killed at any moment, and loses one chunk at most.

        A product whose photos have changed since it was indexed gets none: results must be those that the shop shows.

        Args:
            items: rows of the products; the other arguments are those of `Index.fill`.
            photos: the fingerprint of each product's photos. Shape: (n,).
        """
        self.read()
        if (self.find(photos) < 0).any():
            with self.writing():
                missing = np.flatnonzero(self.find(photos) < 0)
                rows = items.select(["id", "images"]).take(missing).to_pylist()
                products = [Product(row["id"], tuple(map(Path, row["images"]))) for row in rows]
                names = photos[missing].astype(str).tolist()
                indexed = {product.id: name for product, name in zip(products, names, strict=True)}
                added: set[str] = set()
                for done, readings in read_ahead(products, {}, size):
                    fresh = {
                        reading.fingerprint.photos: reading
                        for reading in readings
                        if reading.photos
                        and reading.fingerprint.photos == indexed[reading.product.id]
                        and reading.fingerprint.photos not in added
                    }
                    vectors = encoded(list(fresh.values()), encode)
                    self.add({fingerprint: vectors[reading.product.id] for fingerprint, reading in fresh.items()})
                    added |= fresh.keys()
                    if progress:
                        progress(done, len(products))
        with suppress(OSError):
            self.remove_older()

    def remove_older(self) -> None:
        """Remove the vectors of other revisions of this network, once all vectors of this one are on disk."""
        if self._memory or not self._names.exists():
            return
        same = re.compile(re.escape(_plain(self.identity.encoder)) + r"-[^-]+-[^-]+")
        for folder in self.folder.parent.iterdir():
            if folder != self.folder and same.fullmatch(folder.name):
                with suppress(LockedError, OSError), exclusive(folder / "writer.lock", str(folder)):
                    shutil.rmtree(folder)

    def _entries(self) -> NDArray[np.void]:
        return np.concatenate([self._stored, *(entries for entries, _ in self._memory)])


def photos_of(starts: Indices, among: Indices) -> tuple[Indices, Indices]:
    """Rows of these products' photos, and the first of each product among them. Shapes: (photos,), (among + 1,).

    Args:
        starts: first row of every product's photos, and the end. Shape: (n + 1,).
    """
    counts = np.diff(starts)[among]
    within = np.concatenate([[0], np.cumsum(counts)])
    return np.repeat(starts[among] - within[:-1], counts) + np.arange(within[-1]), within


def _put(file: Path, at: int, array: NDArray[Any], *, last: bool = False) -> None:
    """Write an array at a byte; `last` cuts off the bytes behind it, which readers would take for names."""
    with file.open("r+b" if file.exists() else "w+b") as stream:
        if last:
            stream.truncate(at)
        stream.seek(at)
        stream.write(array.tobytes())
        stream.flush()
        os.fsync(stream.fileno())


def _plain(name: str) -> str:
    """A network's name as a folder's; a run's name is a path, which becomes its hash."""
    return name if re.fullmatch(r"[\w.-]{1,80}", name) else hashlib.sha256(name.encode()).hexdigest()[:12]
