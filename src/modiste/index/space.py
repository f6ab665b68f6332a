"""Spaces: what networks other than the encoder see in a shop's photos, kept beside the table."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modiste.index.base import Identity
from modiste.index.gallery import photos_of
from modiste.index.lock import LockedError, exclusive
from modiste.types import Indices, Vectors

FOLDER = "spaces"
"""In the shop's folder."""

BLOCK = 4096
"""Vectors that are brought to single precision together."""

ENTRY = np.dtype([("photos", "S16"), ("count", "<u4")])
"""The fingerprint of a product's photos, and how many they are."""

HALF = np.dtype("<f2")

Fingerprints = NDArray[np.bytes_]
"""Of the photos of some products. Shape: (n,)."""

Part = tuple[NDArray[np.void], NDArray[np.float16]]
"""Some products' entries, and their vectors, one after the other."""


class Space:
    """Vectors of one network in half precision, keyed by the fingerprint of a product's photos.

    `vectors.f16` holds them, product after product; `photos.bin` names the product of each and is written last: what a
    stop left behind without a name is written over. What was named stays as it is, so that reading needs no lock.
    """

    def __init__(self, shop: Path, identity: Identity) -> None:
        self.identity = identity
        self.folder = _folder(shop / FOLDER, identity)
        self._names, self._vectors = self.folder / "photos.bin", self.folder / "vectors.f16"
        self._stored, self._rows = self._nothing()
        self._memory: list[Part] = []
        """What could not be written, because another process writes or the folder can't be written to."""
        self._locked = False

    def read(self) -> None:
        """See what is on disk now; it can be read on even when somebody removes the files."""
        self._stored, self._rows = self._nothing()
        with suppress(OSError):
            names = np.fromfile(self._names, ENTRY)
            ends = np.concatenate([[0], np.cumsum(names["count"], dtype=np.int64)])
            whole = int(np.searchsorted(ends, self._vectors.stat().st_size // self._row_bytes, side="right")) - 1
            if whole:
                shape = (int(ends[whole]), self.identity.dim)
                self._stored, self._rows = names[:whole], np.memmap(self._vectors, HALF, "r", shape=shape)

    def find(self, photos: Fingerprints) -> Indices:
        """Where the products with these photos stand here, or -1. Shape: (n,)."""
        names = self._entries()["photos"]
        if not len(names):
            return np.full(len(photos), -1, np.int64)
        order = np.argsort(names, kind="stable")
        found = order[np.searchsorted(names, photos, sorter=order).clip(max=len(names) - 1)]
        places: Indices = np.where(names[found] == photos, found, -1)
        return places

    def matrix(self, places: Indices) -> tuple[Vectors, Indices | None]:
        """The vectors of the products that stand there, and where each one's begin, as a `Gallery` has them."""
        starts = np.concatenate([[0], np.cumsum(self._entries()["count"], dtype=np.int64)])
        photos, bounds = photos_of(starts, places)
        matrix = np.empty((len(photos), self.identity.dim), np.float32)
        held = np.concatenate([self._rows, *(rows for _, rows in self._memory)]) if self._memory else self._rows
        for start in range(0, len(photos), BLOCK):
            block = matrix[start : start + BLOCK]
            block[:] = held[photos[start : start + BLOCK]]
            length = np.sqrt(np.einsum("pd,pd->p", block, block))  # which half precision left at 1 only nearly
            block /= np.maximum(length, 1e-6)[:, None]
        return matrix, None if len(photos) == len(places) else bounds

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write, where that can be had; elsewhere, what is added stays in memory."""
        with ExitStack() as held:
            with suppress(LockedError, OSError):
                self.folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(exclusive(self.folder / "writer.lock", str(self.folder)))
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
        entries = np.array([(photos, len(part)) for photos, part in vectors.items()], ENTRY)
        rows = np.concatenate(list(vectors.values())).astype(HALF)
        if self._locked:
            with suppress(OSError):  # a full disk, or a folder that is gone
                _put(self._vectors, int(self._stored["count"].sum()) * self._row_bytes, rows)
                _put(self._names, self._stored.nbytes, entries, last=True)
                self._stored = np.concatenate([self._stored, entries])
                return
        self._memory.append((entries, rows))

    def remove_older(self) -> None:
        """Take away what other revisions of this network left, once all that this one gave is on disk."""
        if self._memory or not self._names.exists():
            return
        same = re.compile(re.escape(_plain(self.identity.encoder)) + r"-[^-]+-[^-]+")
        for folder in self.folder.parent.iterdir():
            if folder != self.folder and same.fullmatch(folder.name):
                with suppress(LockedError, OSError), exclusive(folder / "writer.lock", str(folder)):
                    shutil.rmtree(folder)

    @property
    def _row_bytes(self) -> int:
        return self.identity.dim * HALF.itemsize

    def _nothing(self) -> Part:
        return np.empty(0, ENTRY), np.empty((0, self.identity.dim), HALF)

    def _entries(self) -> NDArray[np.void]:
        return np.concatenate([self._stored, *(entries for entries, _ in self._memory)])


def _folder(spaces: Path, identity: Identity) -> Path:
    """Where a network's vectors are; those that it made under an earlier name of its revision stay where they are."""
    names = [
        f"{_plain(identity.encoder)}-{revision}-{identity.preprocessing}"
        for revision in (identity.revision, *identity.former)
    ]
    return next((spaces / name for name in names if (spaces / name).is_dir()), spaces / names[0])


def _put(file: Path, at: int, what: NDArray[Any], *, last: bool = False) -> None:
    """Write from a place on; `last` takes away what stood behind it, which readers of names would take for names."""
    with file.open("r+b" if file.exists() else "w+b") as stream:
        if last:
            stream.truncate(at)
        stream.seek(at)
        stream.write(what.tobytes())
        stream.flush()
        os.fsync(stream.fileno())


def _plain(name: str) -> str:
    """A network's name as a folder's; that of a run is a path, which is told by its hash."""
    return name if re.fullmatch(r"[\w.-]{1,80}", name) else hashlib.sha256(name.encode()).hexdigest()[:12]
