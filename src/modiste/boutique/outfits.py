"""Outfits of the boutique's products, drawn from its hidden style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random

import numpy as np

from modiste.boutique.style import Look, Relations, combine, relate
from modiste.catalog.categories import OUTFIT_CATEGORIES
from modiste.catalog.records import Outfit
from modiste.types import Doubles

FEWEST, MOST = 3, 7
"""Items of an outfit."""
TEMPERATURE = 0.055
"""How far below the best fit an item is still likely: higher draws looser outfits, whose truth says less of them."""
FLOOR = 0.45
"""What fits less well is left out; where it can't be done without, there is no outfit."""
WARMTH = {"summer": 0, "spring": 1, "all year": 2, "autumn": 3, "winter": 4}
"""How much a product of each season says for a jacket and a scarf."""


def draw_outfits(ids: Sequence[str], looks: Sequence[Look], seed: int) -> Iterator[Outfit]:
    """Outfits, no two of the same items, for as long as the shop gives any.

    Every product in its turn has one put together around it, so that most of a shop is worn. What is drawn follows
    from the seed and the products alone, so that fewer outfits are the beginning of more.

    Args:
        ids: of the products.
        looks: of the same products.
    """
    closet, seen = _Closet(looks), set[tuple[int, ...]]()
    for turn in count():
        before = len(seen)
        for first in _shuffled(len(ids), Random(f"outfits {seed} {turn}")):
            items = closet.outfit(first, Random(f"outfit {seed} {turn} {ids[first]}"))
            if items and items not in seen:
                yield Outfit(f"o{seed}-{len(seen):05d}", tuple(ids[item] for item in items))
                closet.wear(items)
                seen.add(items)
        if len(seen) == before:
            return


def _shuffled(products: int, rng: Random) -> list[int]:
    return rng.sample(range(products), products)


class _Closet:
    """A shop's products by category, compared with each other, and how often each is worn already."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = looks
        self.relations = relate(looks, looks)
        self.shelves = {
            name: np.array([at for at, look in enumerate(looks) if look.category == name], dtype=np.int64)
            for name in OUTFIT_CATEGORIES
        }
        self.worn = np.zeros(len(looks))

    def wear(self, items: Sequence[int]) -> None:
        self.worn[list(items)] += 1

    def outfit(self, first: int, rng: Random) -> tuple[int, ...]:
        """An outfit around one product, in the order of `OUTFIT_CATEGORIES`; nothing where the shop has none for it."""
        items = [first]
        for category in self._body(first, rng):
            if (item := self._pick(items, category, rng)) is None:
                return ()
            items.append(item)
        for category in self._extras(items, rng):
            if len(items) < MOST and (item := self._pick(items, category, rng)) is not None:
                items.append(item)
        return tuple(sorted(items, key=self._place)) if len(items) >= FEWEST else ()

    def _place(self, item: int) -> int:
        return OUTFIT_CATEGORIES.index(self.looks[item].category)

    def _body(self, first: int, rng: Random) -> list[str]:
        """The categories that the first product can't go out without."""
        start, dress = self.looks[first].category, rng.random() < 0.3
        if start == "all-body" or (dress and start not in ("tops", "bottoms")):
            return [category for category in ("all-body", "shoes") if category != start]
        return [category for category in ("tops", "bottoms", "shoes") if category != start]

    def _extras(self, items: list[int], rng: Random) -> list[str]:
        """What goes on top: more of it in the cold, and a bag at least where there are two items."""
        warmth = float(np.mean([WARMTH[self.looks[item].season] for item in items]))
        chances = {
            "outerwear": 0.2 * warmth - 0.1,
            "bags": 1.0 if len(items) < FEWEST else 0.6,
            "hats": 0.25,
            "sunglasses": 0.25,
            "scarves": 0.1 * warmth,
            "accessories": 0.2,
            "jewellery": 0.3,
        }
        worn = {self.looks[item].category for item in items}
        return [name for name, chance in chances.items() if rng.random() < chance and name not in worn]

    def _pick(self, items: list[int], category: str, rng: Random) -> int | None:
        """One of a category, the likelier the better it fits and the less it is worn; None where none fits."""
        shelf = self.shelves[category]
        grid = np.ix_(np.array(items), shelf)
        fit = combine(Relations(self.relations.pairs[grid], self.relations.echoes[grid]))
        shelf, fit = shelf[fit >= FLOOR], fit[fit >= FLOOR]
        if not len(shelf):
            return None
        weights = np.exp((fit - fit.max()) / TEMPERATURE) / (1 + self.worn[shelf]) ** 2
        return int(shelf[_choose(weights, rng)])


def _choose(weights: Doubles, rng: Random) -> int:
    # In whole numbers, whose sum is the same on every machine; the best of them is never rounded to nothing.
    ends = np.cumsum(np.ceil(weights * 1e6).astype(np.int64))
    return int(np.searchsorted(ends, rng.randrange(int(ends[-1])), side="right"))
