"""Complete: items that are worn together, categories that are asked for, and what the shop has to go with them.

A product's category is what its label says, or else what its photo looks like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modiste.catalog.categories import never_worn
from modiste.catalog.records import Product
from modiste.errors import UsageError, nearest
from modiste.index import Index, as_item, identity_of, quote
from modiste.index.photos import read_ahead
from modiste.shop.contract import Completion, Group, PageRequest, Worn, find_product
from modiste.shop.looks import CANDIDATES, Candidates, CandidateSearch, Outfit, best_looks
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

UNISEX = "unisex"
"""The gender of what all can wear."""

MISSING = 3
"""Categories that are suggested where none was asked for."""

LOOKED_AT = 10_000
"""Products without a category that is understood, of which the photos are looked at."""


@dataclass(frozen=True)
class _Wanted:
    """A category that is asked for: one of the network's, or one of the shop's own."""

    name: str
    """As answers call it."""
    category: str
    """The network's; empty for a label of the shop that isn't understood, until photos tell."""
    labels: tuple[str, ...]
    """The shop's own categories that it stands for."""
    whole: bool
    """Whether it is the network's category, so that products count whose photos were predicted to be of it."""


class Assortment:
    """The products of one version of a shop, sorted into a network's categories.

    Args:
        before: of an older version; photos that it has a prediction for aren't looked at again.
    """

    def __init__(self, path: Path, index: Index, completer: Completer, before: Assortment | None = None) -> None:
        self.version = index.version()
        self.path, self.index, self.completer = path, index, completer
        self._labels = {label: completer.category_of(label) for label in sorted(index.counts("category"))}
        self._predictions: dict[str, str] = {} if before is None else before._predictions
        """Fingerprint of a first photo to its category."""
        self._predicted_ids: dict[str, list[str]] | None = None
        """Category to the products that have it by their photos."""
        self._counts: Counter[tuple[str, str]] = Counter()
        """Products of each label that isn't understood and each predicted category."""
        self.unseen = 0
        """Products whose category nobody knows, because there are too many of them."""

    def complete(
        self, items: Sequence[str], want: Sequence[str], request: PageRequest, progress: Progress | None
    ) -> Completion:
        """Find what goes with some items of the shop; see `Shop.complete`.

        Args:
            items: ids, as they were named.
            want: names of categories; none for those that are missing.

        Raises:
            UsageError: an argument that makes no sense; as many of them as possible before a photo is looked at.
        """
        index, completer, space = self.index, self.completer, identity_of(self.completer)
        products = [find_product(index, id) for id in dict.fromkeys(items)]
        asked = [self._wanted(name) for name in want]
        wanted = list(dict.fromkeys(asked))
        notes = [f'"{id}" is named more than once, and counts once' for id, n in Counter(items).items() if n > 1]
        repeated = [entry.name for entry in wanted if asked.count(entry) > 1]
        notes += [f'"{name}" is asked for more than once, and found once' for name in repeated]
        if request.where:
            index.check(request.where)
        worn = [self._worn(product) for product in products]
        for item in worn:
            if item.predicted:
                label = item.item["category"]
                says = f'the category "{label}", which is not understood' if label else "no category"
                notes.append(f'"{item.id}" has {says}; its photo looks like {item.category}')
        _check_categories(worn, wanted)
        self._look(progress)
        wanted = [self._settled(entry) for entry in wanted]
        notes += _check_categories(worn, wanted)
        left_out = index.fill(space, completer.gallery, completer.size, progress)
        wearer, wearer_notes = _wearer(products, request.where)

        ids = tuple(item.id for item in worn)
        photos = index.vectors(ids, space)
        for product in products:
            if product.id not in photos:
                raise _gone(self.path, product)
        outfit = Outfit(ids, tuple(item.category for item in worn), np.stack([photos[id][0] for id in ids]))
        search = CandidateSearch(index, completer, space, request.where, wearer, tuple(index.variants(ids)))
        found = self._found(search, outfit, wanted, request)
        notes += [*wearer_notes, *found.notes]
        if self.unseen:
            notes.append(
                f"{self.unseen:,} products can't be found, because their category is not understood; the photos of "
                f"{LOOKED_AT:,} others told theirs; name the column that has it: modiste index --map category=COLUMN"
            )
        return replace(found, items=tuple(worn), notes=tuple(notes), left_out=left_out)

    def _found(
        self, search: CandidateSearch, outfit: Outfit, wanted: Sequence[_Wanted], request: PageRequest
    ) -> Completion:
        """Suggested groups where nothing is wanted, one group for one category, looks for several."""

        def find(entry: _Wanted, count: int, min_score: float | None) -> tuple[Candidates, list[int]]:
            return search.find(outfit, entry.name, entry.category, self._filter(entry), count, min_score)

        if len(wanted) > 1:
            found = [find(entry, CANDIDATES, None) for entry in wanted]
            pools = [candidates.take(shown) for candidates, shown in found]
            notes = tuple(
                f'nothing of "{pool.label}" passes the filter, so there is no look' for pool in pools if not pool.total
            )
            return Completion((), (), best_looks(search, outfit, pools, request.k, request.min_score), notes)

        def group(entry: _Wanted, likely: float | None = None) -> Group:
            candidates, shown = find(entry, request.k, request.min_score)
            return Group(entry.name, search.matches(outfit, candidates, shown), candidates.total, likely)

        if wanted:
            return Completion((), (group(wanted[0]),), ())
        groups: list[Group] = []
        for category, likely in search.completer.missing(outfit.categories):
            if len(groups) < MISSING and category not in outfit.categories and self._has(category):
                suggested = group(self._wanted(category), likely)
                groups += [suggested] if suggested.total else []
        which = "passes the filter" if request.where or request.min_score is not None else "is in this shop"
        return Completion((), tuple(groups), (), () if groups else (f"nothing that these lack {which}",))

    def _wanted(self, name: str) -> _Wanted:
        """Find the category of a name, singular or plural, or else the label of the shop.

        Raises:
            UsageError: neither; or a label of what belongs in no outfit.
        """
        for category in self.completer.categories:
            if _same(name, category):
                return _Wanted(category, category, self._labels_of(category), whole=True)
        labels = tuple(label for label in self._labels if label and _same(name, label))
        if not labels:
            names = [*self.completer.categories, *filter(None, self._labels)]
            meant = self.completer.category_of(name)  # elsewhere the name may mean a category
            close = list(dict.fromkeys([*([meant] if meant else []), *nearest(name, names)]))[:3]
            hint = f"nearest: {', '.join(close)}" if close else f"it has {self._categories()}"
            raise UsageError(f'no category "{name.strip()}" in this shop; {hint}')
        if all(map(never_worn, labels)):
            raise UsageError(f'"{labels[0]}" belongs in no outfit; ask for one of {self._categories()}')
        known = [category for category in map(self._labels.get, labels) if category]
        return _Wanted(labels[0], known[0] if known else "", labels, whole=False)

    def _settled(self, wanted: _Wanted) -> _Wanted:
        """Complete a wanted label that isn't understood by the category of its photos, once they were looked at.

        Raises:
            UsageError: photos don't tell either, or the shop has no such products.
        """
        if not wanted.category:
            counts = Counter({category: n for (label, category), n in self._counts.items() if label in wanted.labels})
            if not counts:
                raise UsageError(f'it is not understood what "{wanted.name}" is; ask for one of {self._categories()}')
            wanted = replace(wanted, category=counts.most_common(1)[0][0])
        if not wanted.labels and not self._ids(wanted.category):
            raise UsageError(f"this shop has no {wanted.name}; it has {self._categories() or 'nothing that is worn'}")
        return wanted

    def _has(self, category: str) -> bool:
        """Return whether any product is of a category."""
        return bool(self._labels_of(category) or self._ids(category))

    def _filter(self, wanted: _Wanted) -> str:
        """Filter in SQL of the products that are asked for."""
        ids = self._ids(wanted.category) if wanted.whole else ()
        parts = [("category", wanted.labels), ("id", ids)]
        return " OR ".join(f"{column} IN ({', '.join(map(quote, names))})" for column, names in parts if names)

    def _worn(self, product: Product) -> Worn:
        """An item with its category, which its photo tells where its label doesn't.

        Raises:
            UsageError: it belongs in no outfit, its photo is gone, or the network can't tell categories from photos.
        """
        if never_worn(product.category):
            raise UsageError(
                f'product "{product.id}" belongs in no outfit, it is of the category "{product.category}"; leave it out'
            )
        known = self.completer.category_of(product.category)
        category = known
        if category is None:
            photos = self.index.fingerprints()[product.id].photos
            if photos not in self._predictions:
                self._predict([product], {product.id: photos})
            category = self._predictions.get(photos)
        if category is None:
            raise _gone(self.path, product)
        return Worn(product.id, category, not known, as_item(product))

    def _look(self, progress: Progress | None = None) -> None:
        """Predict the categories of products whose label isn't understood; photos are looked at once."""
        if self._predicted_ids is not None:
            return
        ids: dict[str, list[str]] = {}
        unknown = [label for label, category in self._labels.items() if category is None and not never_worn(label)]
        if unknown:
            products = self.index.products(f"category IN ({', '.join(map(quote, unknown))})")
            photos = {id: fingerprint.photos for id, fingerprint in self.index.fingerprints().items()}
            fresh = [product for product in products if photos.get(product.id) not in self._predictions]
            with suppress(UsageError):  # a network that learnt a catalogue's own categories can't tell them from photos
                self._predict(fresh[:LOOKED_AT], photos, progress)
            self.unseen = max(0, len(fresh) - LOOKED_AT)
            for product in products:
                category = self._predictions.get(photos.get(product.id, ""))
                if category:
                    ids.setdefault(category, []).append(product.id)
                    self._counts[product.category, category] += 1
        self._predicted_ids = ids

    def _predict(self, products: Sequence[Product], photos: dict[str, str], progress: Progress | None = None) -> None:
        """Predict the categories of products from their first photos.

        Args:
            photos: id to the fingerprint of its photos.
        """
        first = [replace(product, images=product.images[:1]) for product in products]
        for done, readings in read_ahead(first, {}, self.completer.size):
            usable = [reading for reading in readings if reading.photos]
            if usable:
                pixels = np.stack([reading.photos[0] for reading in usable if reading.photos])
                keys = [photos[reading.product.id] for reading in usable]
                self._predictions.update(zip(keys, self.completer.predict(pixels), strict=True))
            if progress:
                progress(done, len(products))

    def _labels_of(self, category: str) -> tuple[str, ...]:
        return tuple(label for label, known in self._labels.items() if known == category)

    def _ids(self, category: str) -> Sequence[str]:
        return (self._predicted_ids or {}).get(category, ())

    def _categories(self) -> str:
        """The categories that the shop has, for messages."""
        return ", ".join(filter(self._has, self.completer.categories))


def _check_categories(worn: Sequence[Worn], wanted: Sequence[_Wanted]) -> list[str]:
    """Refuse a wanted category that all items are of, and note the items of it: only those of others are asked."""
    notes = []
    for entry in wanted:
        same = [item.id for item in worn if item.category == entry.category]
        if len(same) == len(worn):
            raise UsageError(
                f"{entry.name} can't go with {', '.join(same)} alone, which {'is' if len(same) == 1 else 'are'} "
                f"{entry.category} too; name an item of another category"
            )
        notes += [f'"{id}" is {entry.category} too, and was not asked which {entry.name} go with it' for id in same]
    return notes


def _wearer(products: Sequence[Product], where: str) -> tuple[str, list[str]]:
    """Filter of the products for the gender that the items are for, unless `where` speaks of it, and a note.

    Pictures hardly tell for whom a product is.
    """
    genders = {product.gender for product in products if product.gender.lower() not in ("", UNISEX)}
    if len(genders) != 1 or re.search(r"\bgender\b", where, re.IGNORECASE):
        return "", []
    (gender,) = genders
    note = f"only products for {gender}, or for no gender in particular; a filter on gender changes that"
    return f"lower(gender) IN ({quote(gender.lower())}, '{UNISEX}', '')", [note]


def _gone(shop: Path, product: Product) -> UsageError:
    photo = product.images[0].name if product.images else "none"
    return UsageError(
        f'the photo of product "{product.id}" is gone or changed since it was indexed: {photo}; '
        f"index it again (modiste index SOURCE --shop {shop}), or leave the product out"
    )


def _same(name: str, other: str) -> bool:
    """Return whether two names are the same, singular or plural, in capitals or not.

    >>> _same("Scarf", "scarves"), _same("t-shirts", "T Shirt"), _same("shoes", "sandals")
    (True, True, False)
    """
    return not _forms(name).isdisjoint(_forms(other))


def _forms(name: str) -> set[str]:
    """A name, and each word that may be its singular."""
    plain = re.sub(r"[\s_-]+", " ", name.strip().lower())
    endings = {"s": "", "es": "", "ies": "y", "ves": "f"}
    return {plain, *(plain.removesuffix(end) + instead for end, instead in endings.items() if plain.endswith(end))}
