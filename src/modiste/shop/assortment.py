"""What a shop has in each category of outfits: a product's label says it, or else what its photo looks like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from modiste.catalog.categories import never_worn
from modiste.catalog.records import Product
from modiste.errors import UsageError, nearest
from modiste.index import Index
from modiste.index.filters import quote
from modiste.index.ingest import read_ahead
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

LOOKED_AT = 10_000
"""Products without a category that is understood, of which the photos are looked at."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a category of the network, or one of the shop's own."""

    name: str
    """As answers call it."""
    category: str
    """The network's; empty for a label of the shop that isn't understood, until photos tell."""
    labels: tuple[str, ...]
    """The shop's own categories that it stands for."""
    whole: bool
    """Whether it is the network's category, so that products count which are told by their photos."""


class Assortment:
    """The products of one version of a shop, sorted into a network's categories.

    Args:
        before: of an older version; what photos told then isn't asked again.
    """

    def __init__(self, index: Index, completer: Completer, before: Assortment | None = None) -> None:
        self.version = index.version()
        self._index, self._completer = index, completer
        self._labels = {label: completer.category_of(label) for label in sorted(index.counts("category"))}
        self._told: dict[str, str] = {} if before is None else before._told
        """Fingerprint of a first photo to what it looks like."""
        self._guessed: dict[str, list[str]] | None = None
        self._counts: Counter[tuple[str, str]] = Counter()
        """Of labels that aren't understood, and what their products look like."""
        self.unseen = 0
        """Products whose category nobody knows, because there are too many of them."""

    def wanted(self, name: str) -> Wanted:
        """What a name means: a category, singular or plural, or else a label of the shop.

        Raises:
            UsageError: neither; or a label of what belongs in no outfit.
        """
        for category in self._completer.categories:
            if _same(name, category):
                return Wanted(category, category, self._labelled(category), whole=True)
        labels = tuple(label for label in self._labels if label and _same(name, label))
        if not labels:
            raise self._unknown(name)
        if all(map(never_worn, labels)):
            raise UsageError(f'"{labels[0]}" belongs in no outfit; ask for one of {", ".join(self._worn())}')
        known = [category for category in map(self._labels.get, labels) if category]
        return Wanted(labels[0], known[0] if known else "", labels, whole=False)

    def settled(self, wanted: Wanted) -> Wanted:
        """The same, once photos were looked at: with the category of a label that isn't understood.

        Raises:
            UsageError: photos don't tell either, or the shop has no such products.
        """
        if not wanted.category:
            told = Counter({category: n for (label, category), n in self._counts.items() if label in wanted.labels})
            if not told:
                raise UsageError(
                    f'it is not understood what "{wanted.name}" is; ask for one of {", ".join(self._worn())}'
                )
            wanted = replace(wanted, category=told.most_common(1)[0][0])
        if not wanted.labels and not self._ids(wanted.category):
            raise UsageError(
                f"this shop has no {wanted.name}; it has {', '.join(self._worn()) or 'nothing that is worn'}"
            )
        return wanted

    def has(self, category: str) -> bool:
        """Whether any product is of a category."""
        return bool(self._labelled(category) or self._ids(category))

    def filter(self, wanted: Wanted) -> str:
        """The products that are asked for, in SQL."""
        ids = self._ids(wanted.category) if wanted.whole else ()
        parts = [("category", wanted.labels), ("id", ids)]
        return " OR ".join(f"{column} IN ({', '.join(map(quote, names))})" for column, names in parts if names)

    def understood(self, product: Product) -> str | None:
        """The category of a product's label.

        Raises:
            UsageError: it belongs in no outfit.
        """
        if never_worn(product.category):
            raise UsageError(
                f'product "{product.id}" belongs in no outfit, it is of the category "{product.category}"; leave it out'
            )
        return self._completer.category_of(product.category)

    def told(self, product: Product) -> str | None:
        """What the first photo of a product looks like, or nothing where it can't be read.

        Raises:
            UsageError: the network can't tell categories from photos.
        """
        key = self._index.fingerprints()[product.id].photos
        if key not in self._told:
            self._look([product], {product.id: key})
        return self._told.get(key)

    def look(self, progress: Progress | None = None) -> None:
        """Look at the photos of products whose label isn't understood; what was looked at before is known."""
        if self._guessed is not None:
            return
        guessed: dict[str, list[str]] = {}
        strange = [label for label, category in self._labels.items() if category is None and not never_worn(label)]
        if strange:
            products = self._index.products(f"category IN ({', '.join(map(quote, strange))})")
            photos = {id: one.photos for id, one in self._index.fingerprints().items()}
            fresh = [one for one in products if photos.get(one.id) not in self._told]
            self._try_to_look(fresh[:LOOKED_AT], photos, progress)
            self.unseen = max(0, len(fresh) - LOOKED_AT)
            for product in products:
                category = self._told.get(photos.get(product.id, ""))
                if category:
                    guessed.setdefault(category, []).append(product.id)
                    self._counts[product.category, category] += 1
        self._guessed = guessed

    def _try_to_look(self, products: Sequence[Product], photos: dict[str, str], progress: Progress | None) -> None:
        try:
            self._look(products, photos, progress)
        except UsageError:  # a network that learnt a catalogue's own categories can't tell them from photos
            return

    def _look(self, products: Sequence[Product], photos: dict[str, str], progress: Progress | None = None) -> None:
        first = [replace(one, images=one.images[:1]) for one in products]
        for done, readings in read_ahead(first, {}, self._completer.size):
            usable = [one for one in readings if one.photos]
            if usable:
                told = self._completer.predict(np.stack([one.photos[0] for one in usable if one.photos]))
                self._told.update(zip((photos[one.product.id] for one in usable), told, strict=True))
            if progress:
                progress(done, len(products))

    def _labelled(self, category: str) -> tuple[str, ...]:
        return tuple(label for label, known in self._labels.items() if known == category)

    def _ids(self, category: str) -> Sequence[str]:
        return (self._guessed or {}).get(category, ())

    def _worn(self) -> list[str]:
        """The categories that the shop has."""
        return [category for category in self._completer.categories if self.has(category)]

    def _unknown(self, name: str) -> UsageError:
        """The error for a name that means nothing here; what it may mean elsewhere comes first."""
        names = [*self._completer.categories, *filter(None, self._labels)]
        meant = self._completer.category_of(name)
        close = list(dict.fromkeys([*([meant] if meant else []), *nearest(name, names)]))[:3]
        hint = f"nearest: {', '.join(close)}" if close else f"it has {', '.join(self._worn())}"
        return UsageError(f'no category "{name.strip()}" in this shop; {hint}')


def _same(one: str, other: str) -> bool:
    """Whether two names are one, singular or plural, in capitals or not.

    >>> _same("Scarf", "scarves"), _same("t-shirts", "T Shirt"), _same("shoes", "sandals")
    (True, True, False)
    """
    return not _forms(one).isdisjoint(_forms(other))


def _forms(name: str) -> set[str]:
    """A name, and what its singular may be."""
    plain = re.sub(r"[\s_-]+", " ", name.strip().lower())
    endings = {"s": "", "es": "", "ies": "y", "ves": "f"}
    return {plain, *(plain.removesuffix(end) + instead for end, instead in endings.items() if plain.endswith(end))}
