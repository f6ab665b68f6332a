"""A shop: one catalogue, one index, one encoder; products go in, and words or a photo find them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.catalog.gather import write_rejected
from modiste.catalog.records import Catalog, Product, Rejected
from modiste.errors import UsageError, unknown
from modiste.images import fit, load_image
from modiste.index import Identity, Index, LanceIndex, Query, meta
from modiste.index.base import Vectors
from modiste.index.ingest import Progress, Tally, ingest

if TYPE_CHECKING:
    from modiste.encoders.base import Encoder

MAX_TEXT = 500
"""Characters of a text that is searched for."""


@dataclass(frozen=True)
class Hit:
    """A product that was found."""

    id: str
    score: float
    """Cosine between the query and the product's best photo, from -1 to 1."""
    item: Mapping[str, Any]
    """Its row: the fields and attributes that it has."""


@dataclass(frozen=True)
class Page:
    """Hits in order, best first."""

    hits: tuple[Hit, ...]
    total: int
    """Products that pass the filter and the least score, on this page or not."""
    next: str | None = None
    """The cursor of the following page; nothing on the last one."""


@dataclass(frozen=True)
class Report:
    """What became of a catalogue's products."""

    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    """Rows and photos that could not be used; `rejected.jsonl` in the shop says why."""
    seconds: float


def open_shop(
    path: str | Path, *, encoder: str | Encoder | None = None, create: bool = False, reembed: bool = False
) -> Shop:
    """Open the shop in a folder.

    Args:
        encoder: an encoder or its name; by default the one that the shop was indexed with, loaded when it is needed.
        create: allow a folder that holds no shop; the first products that are added make it one.
        reembed: allow another encoder than the shop's; `Shop.reembed` then changes the shop over to it.

    Raises:
        UsageError: there is no shop, or another encoder made its vectors.
    """
    if "://" in str(path):
        raise UsageError(f"a shop is a folder on this machine; got {path}")
    folder = Path(path)
    stored = meta.read(folder)
    if stored is None and not create:
        raise UsageError(f"there is no shop at {folder}; run: modiste index SOURCE --shop {folder}")
    shop = Shop(folder, stored, encoder)
    if stored is not None and encoder is not None and not reembed:
        shop.check_encoder()
    return shop


class Shop:
    """One catalogue and its search; made by `open_shop`."""

    def __init__(self, path: Path, stored: Identity | None, encoder: str | Encoder | None) -> None:
        self.path = path
        self._stored, self._encoder = stored, encoder

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def index(self) -> Index:
        """Where the products are."""
        return LanceIndex(self.path, self._stored or identity_of(self.encoder))

    @cached_property
    def encoder(self) -> Encoder:
        """Turns photos and words into vectors; loaded at first use."""
        if self._encoder is not None and not isinstance(self._encoder, str):
            return self._encoder
        from modiste.encoders import DEFAULT, load_encoder

        return load_encoder(self._encoder or (self._stored.encoder if self._stored else DEFAULT))

    def check_encoder(self) -> None:
        """Raise a `UsageError` that names the remedy where another encoder made the shop's vectors."""
        given = identity_of(self.encoder)
        if given != self.index.identity:
            raise meta.mismatch(self.path, self.index.identity, given)

    def add(
        self,
        source: str | Path | Catalog,
        *,
        format: str = "auto",
        columns: Mapping[str, str] = MappingProxyType({}),
        prune: bool = False,
        reembed: bool = False,
        allow_downloads: bool = False,
        progress: Progress | None = None,
    ) -> Report:
        """Bring a catalogue in: new and changed products are indexed, the rest is left alone.

        It may be killed at any moment: what was written stays, and the same call goes on from there.

        Args:
            source: a catalogue, or where `modiste.datasets.read` finds one.
            prune: remove products that the catalogue no longer names.
            reembed: change the shop over to this encoder first.
            progress: called with the number of products that are done, and of all.

        Raises:
            UsageError: nothing in the catalogue can be used, or another encoder made the shop's vectors.
            LockedError: another process writes to the shop.
        """
        started = time.perf_counter()
        catalogue = source if isinstance(source, Catalog) else _read(source, format, columns, allow_downloads)
        _check_not_empty(catalogue.name, len(catalogue.products), catalogue.rejected)
        if reembed and self._stored is not None:
            self.reembed(progress)
        self.check_encoder()
        with self.index.writing():
            tally = self._ingest(self.index, catalogue.products, progress)
            tally.rejected[:0] = catalogue.rejected
            _check_not_empty(catalogue.name, tally.added + tally.updated + tally.unchanged, tally.rejected)
            gone = sorted(set(self.index.ids()) - _named(catalogue)) if prune else []
            self.index.remove(gone)
            self.index.optimize()
            write_rejected(self.path / "rejected.jsonl", tally.rejected)
        self._stored = self.index.identity
        return _report(tally, len(gone), started)

    def reembed(self, progress: Progress | None = None) -> Report:
        """Encode every photo with this encoder, from the files that the shop knows.

        The old vectors serve until all new ones are there. A product whose photos are gone leaves the shop, and
        `rejected.jsonl` says so.
        """
        started = time.perf_counter()
        old, new = self.index, LanceIndex(self.path, identity_of(self.encoder))
        with old.writing():
            before, anew = len(old), old.identity == new.identity
            tally = self._ingest(new, old.products(), progress, anew=anew)
            _check_not_empty(str(self.path), tally.added + tally.updated + tally.unchanged, tally.rejected)
            new.optimize()
            new.promote()
            write_rejected(self.path / "rejected.jsonl", tally.rejected)
        self.index, self._stored = new, new.identity
        return _report(tally, before - len(new), started)

    def remove(self, ids: Sequence[str]) -> None:
        """Take products out.

        Raises:
            UsageError: an id that the shop doesn't have; nothing is removed then.
        """
        with self.index.writing():
            known = set(self.index.ids())
            for id in ids:
                if id not in known:
                    raise unknown("product", id, known, "in this shop")
            self.index.remove(ids)

    def search(
        self,
        text: str | None = None,
        image: str | Path | bytes | None = None,
        id: str | None = None,
        where: str | None = None,
        k: int = 10,
        min_score: float | None = None,
        cursor: str | None = None,
    ) -> Page:
        """Find products by words, by a photo, by a product of the shop, or by one of these and words together.

        Args:
            image: a file, or its bytes.
            id: "more like this"; the product itself is left out.
            where: a filter in SQL, such as `category = 'shoes' AND price < 80`.
            k: hits on a page.
            min_score: least cosine.
            cursor: `Page.next` of the page before.

        Raises:
            UsageError: an argument that makes no sense; the message says what to do.
        """
        self._check_request(text, image, id, k, min_score)
        vector = self._vector(text, image, id)
        words = text if text and image is None and id is None else ""
        offset = _offset(cursor)
        found = self.index.search(Query(vector, words, where or "", min_score, id, k, offset))
        hits = tuple(map(Hit, found.ids, found.scores, found.items))
        end = offset + len(hits)
        return Page(hits, found.total, str(end) if hits and end < found.total else None)

    def _ingest(
        self, index: Index, products: Sequence[Product], progress: Progress | None, *, anew: bool = False
    ) -> Tally:
        encoder = self.encoder
        return ingest(index, products, encoder.encode_images, encoder.size, progress, anew=anew)

    def _vector(self, text: str | None, image: str | Path | bytes | None, id: str | None) -> Vectors:
        """The query's place among the products: the normalised sum of what is asked for. Shape: (dim,)."""
        parts = []
        if id is not None:
            parts.append(_unit(self._vectors_of(id).sum(0)))
        if image is not None:
            parts.append(self._encode_image(image))
        if text is not None:
            parts.append(self._encode_text(text))
        return parts[0] if len(parts) == 1 else _unit(np.sum(parts, axis=0, dtype=np.float32))

    def _vectors_of(self, id: str) -> Vectors:
        found = self.index.vectors([id])
        if id not in found:
            raise unknown("product", id, self.index.ids(), "in this shop")
        return found[id]

    def _encode_image(self, image: str | Path | bytes) -> Vectors:
        self.check_encoder()
        size = self.encoder.size
        photo = load_image(image if isinstance(image, bytes) else Path(image), at_least=size)
        vector: Vectors = self.encoder.encode_images(fit(photo, size)[None])[0]
        return vector

    def _encode_text(self, text: str) -> Vectors:
        self.check_encoder()
        if not self.encoder.knows(text) and not self.index.matches(text):
            raise UsageError(f'no word of this text is known: "{text}"; describe the product in other words')
        vector: Vectors = self.encoder.encode_texts([text])[0]
        return vector

    def _check_request(
        self, text: str | None, image: str | Path | bytes | None, id: str | None, k: int, min_score: float | None
    ) -> None:
        if text is None and image is None and id is None:
            raise UsageError("nothing to search for; give a text, an image or an id")
        if image is not None and id is not None:
            raise UsageError("an image and an id can't be searched for together; give one of them")
        if text is not None and not text.strip():
            raise UsageError("the text is empty; say what the product should be")
        if text is not None and len(text) > MAX_TEXT:
            raise UsageError(f"the text has {len(text):,} characters; give at most {MAX_TEXT} characters")
        count = len(self)
        if not count:
            raise UsageError(f"the shop at {self.path} has no products; run: modiste index SOURCE --shop {self.path}")
        if not 1 <= k <= count:
            raise UsageError(f"k must be 1 to {count}, the number of products; got {k}")
        if min_score is not None and not -1 <= min_score <= 1:
            raise UsageError(f"the least score is a cosine, from -1 to 1; got {min_score}")


def identity_of(encoder: Encoder) -> Identity:
    """What an index notes of the encoder that makes its vectors."""
    return Identity(encoder.name, encoder.revision, encoder.preprocessing, encoder.dim)


def _read(source: str | Path, format: str, columns: Mapping[str, str], allow_downloads: bool) -> Catalog:
    from modiste import datasets

    return datasets.read(Path(source), format=format, columns=columns, allow_downloads=allow_downloads)


def _check_not_empty(name: str, usable: int, rejected: Sequence[Rejected]) -> None:
    if usable:
        return
    why = f"{len(rejected)} rejected, the first: {rejected[0].reason}" if rejected else "it has no rows"
    raise UsageError(f"nothing in {name} can be indexed; {why}")


def _named(catalogue: Catalog) -> set[str]:
    """Ids that the catalogue names; a row that can't be used today is not gone."""
    return {product.id for product in catalogue.products} | {row.id for row in catalogue.rejected}


def _report(tally: Tally, removed: int, started: float) -> Report:
    seconds = round(time.perf_counter() - started, 3)
    return Report(tally.added, tally.updated, tally.unchanged, removed, len(tally.rejected), seconds)


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit()):
        raise UsageError(f'no cursor "{cursor}"; give the one that the page before named as its next')
    return int(cursor)


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
