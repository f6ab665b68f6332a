"""Spaces in the order of a shop's products: filled from the photos' files, and searched like the encoder's vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index.base import Identity
from modiste.index.gallery import Gallery
from modiste.index.ingest import Encode, encoded, read_ahead
from modiste.index.space import Fingerprints, Space
from modiste.types import Indices, Progress, Vectors

if TYPE_CHECKING:
    from modiste.index.view import View


@dataclass(frozen=True)
class Aligned:
    """A space beside a gallery: the same products in the same order, but for those that it has no vectors of."""

    gallery: Gallery
    present: Indices | None
    """Where its products stand in the other gallery; nothing when all are here."""
    filled: bool
    """Whether it was tried to get vectors for all of them."""

    @classmethod
    def of(cls, space: Space, gallery: Gallery, photos: Fingerprints, *, filled: bool) -> Aligned:
        """Bring a space's vectors into a gallery's order.

        Args:
            photos: the fingerprint of each product's photos. Shape: (n,).
        """
        places = space.find(photos)
        present = np.flatnonzero(places >= 0)
        matrix, starts = space.matrix(places[present])
        if len(present) == len(gallery):
            return cls(replace(gallery, matrix=matrix, starts=starts), None, filled)
        items = gallery.items.take(present)
        return cls(Gallery(items, items["id"].to_pylist(), gallery.row_ids[present], matrix, starts), present, filled)

    def among(self, positions: Indices | None) -> Indices | None:
        """Where products of the other gallery stand here, those that are absent left out."""
        if positions is None or self.present is None:
            return positions
        return np.flatnonzero(np.isin(self.present, positions, assume_unique=True))

    def matches(self, matches: Vectors | None) -> Vectors | None:
        """The other gallery's word matches, in the order of this one."""
        return matches if matches is None or self.present is None else matches[self.present]


class Spaces:
    """The spaces of one shop, each brought into the products' order once for every version of the table."""

    def __init__(self, shop: Path, limit: int) -> None:
        self._shop, self._limit = shop, limit
        self._files: dict[Identity, Space] = {}
        self._working = threading.Lock()

    def aligned(self, view: View, space: Identity) -> Aligned:
        """The vectors of a space that are there.

        Raises:
            UsageError: there are too many products.
        """
        return self._once(view, space, lambda files, _: files.read(), filled=False)

    def filled(
        self, view: View, space: Identity, encode: Encode, size: tuple[int, int], progress: Progress | None
    ) -> Aligned:
        """The vectors of a space, after those that it lacked were made.

        Raises:
            UsageError: there are too many products.
        """

        def work(files: Space, gallery: Gallery) -> None:
            fill(files, gallery, view.photos, encode, size, progress)

        return self._once(view, space, work, filled=True)

    def _once(self, view: View, space: Identity, work: Callable[[Space, Gallery], None], *, filled: bool) -> Aligned:
        held = view.spaces.get(space)
        if held is None or held.filled < filled:
            gallery = self._gallery(view, space)
            with self._working:  # what another thread did meanwhile need not be done again
                held = view.spaces.get(space)
                if held is None or held.filled < filled:
                    files = self._files.setdefault(space, Space(self._shop, space))
                    work(files, gallery)
                    held = view.spaces[space] = Aligned.of(files, gallery, view.photos, filled=filled)
        return held

    def _gallery(self, view: View, space: Identity) -> Gallery:
        if view.gallery is None:
            raise UsageError(
                f"this shop has {view.count:,} products; {space.encoder} compares each of them and takes at most "
                f"{self._limit:,}, so split the catalogue into smaller shops"
            )
        return view.gallery


def fill(
    space: Space,
    gallery: Gallery,
    photos: Fingerprints,
    encode: Encode,
    size: tuple[int, int],
    progress: Progress | None = None,
) -> None:
    """Give a space the vectors that it lacks; it may be killed at any moment, and loses one chunk at most.

    A product whose photos are no longer what they were when it was indexed gets none: an answer must be what the shop
    shows.

    Args:
        photos: the fingerprint of each product's photos. Shape: (n,).
        encode: photos to unit vectors. Shape: (n, height, width, 3) to (n, dim).
    """
    space.read()
    if (space.find(photos) < 0).any():
        with space.writing():
            missing = np.flatnonzero(space.find(photos) < 0)
            _encode(space, _products(gallery, missing), photos[missing], encode, size, progress)
    with suppress(OSError):
        space.remove_older()


def _encode(
    space: Space,
    products: Sequence[Product],
    photos: Fingerprints,
    encode: Encode,
    size: tuple[int, int],
    progress: Progress | None,
) -> None:
    """Read the products' photos, and add the vectors of those that are what they were."""
    indexed = dict(zip((product.id for product in products), photos.astype(str).tolist(), strict=True))
    known: set[str] = set()
    for done, readings in read_ahead(products, {}, size):
        usable = [one for one in readings if one.photos and one.fingerprint.photos == indexed[one.product.id]]
        fresh = {one.fingerprint.photos: one for one in usable if one.fingerprint.photos not in known}
        vectors = encoded(list(fresh.values()), encode)
        space.add({photos: vectors[one.product.id] for photos, one in fresh.items()})
        known |= fresh.keys()
        if progress:
            progress(done, len(products))


def _products(gallery: Gallery, positions: Indices) -> list[Product]:
    rows = gallery.items.select(["id", "images"]).take(positions).to_pylist()
    return [Product(row["id"], tuple(map(Path, row["images"]))) for row in rows]
