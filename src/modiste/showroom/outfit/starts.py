"""What a shop has for an outfit: the categories that it lacks, products of every kind, and outfits to begin with."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index.filters import quote
from modiste.shop import Completion, Shop
from modiste.shop.complete import UNISEX

if TYPE_CHECKING:
    from modiste.server.service import Service

Start = tuple[Product, ...]

FIRST = ("all-body", "tops", "outerwear", "bottoms")
"""Categories of which outfits are begun, where a shop has them."""
STARTS = 3
ALONE: Mapping[str, frozenset[str]] = {
    "all-body": frozenset({"tops", "bottoms"}),
    "tops": frozenset({"all-body"}),
    "bottoms": frozenset({"all-body"}),
}
"""Categories that aren't worn with others, as a dress takes the place of a shirt and trousers."""

_MADE: WeakKeyDictionary[Service, tuple[Hashable, tuple[Start, ...]]] = WeakKeyDictionary()
"""Of a service: the version of its shop, and the outfits to begin with."""


def kinds(shop: Shop) -> dict[str, list[str]]:
    """Categories of outfits that a shop has, and its own labels of each, the most frequent first."""
    found: dict[str, list[str]] = {}
    for label in shop.facets()["category"]:
        category = shop.completer.category_of(label)
        if category:
            found.setdefault(category, []).append(label)
    return found


def together(own: Iterable[str], others: Iterable[str]) -> list[str]:
    """Those of the other categories that are worn with one's own and with each other, the first before the later."""
    worn, fitting = set(own), list[str]()
    for category in others:
        if category not in worn and worn.isdisjoint(ALONE.get(category, frozenset())):
            fitting.append(category)
            worn.add(category)
    return fitting


def lacking(shop: Shop, products: Sequence[Product]) -> list[str]:
    """Categories that the shop has and an outfit lacks, the likeliest first."""
    has = kinds(shop)
    own = {category for one in products if (category := shop.completer.category_of(one.category))}
    order = [name for name, _ in shop.completer.missing(sorted(own))] if own else list(has)
    return [name for name in order if name in has and together(own, [name])]


def wearers(shop: Shop, products: Sequence[Product]) -> str:
    """Products for those who wear the items, in SQL; empty where the items are for all, or for several."""
    genders = {one.gender.lower() for one in products} - {"", UNISEX}
    if len(genders) != 1:
        return ""
    named = [name for name in shop.facets()["gender"] if name.lower() in (*genders, UNISEX)]
    return f"gender IN ({', '.join(map(quote, [*named, '']))})"


def drawn(shop: Shop, seed: int, count: int, where: str = "") -> list[Mapping[str, Any]]:
    """Products by chance, of all categories in turn, the same for a seed."""
    chance, has = Random(seed), kinds(shop)
    share = -(-count // max(1, len(has)))
    piles = [_some(shop, labels, share, chance, where) for labels in has.values()]
    turns = [pile[turn] for turn in range(share) for pile in piles if turn < len(pile)]
    return turns[:count] if has else list(shop.index.browse(where, count, 0).items)


def starts(service: Service) -> tuple[Start, ...]:
    """Outfits to begin with, made once for each version of the shop."""
    shop = service.shop
    version = shop.index.version()
    if service not in _MADE or _MADE[service][0] != version:
        _MADE[service] = version, made(shop)
    return _MADE[service][1]


def made(shop: Shop, count: int = STARTS) -> tuple[Start, ...]:
    """Products by chance, each of which the network completes; fewer where the shop hasn't enough."""
    chance, has, found = Random(0), kinds(shop), list[Start]()
    first = [category for category in FIRST if category in has] or list(has)
    for turn in range(2 * count if first else 0):
        with suppress(UsageError):  # a product of which the photo is gone
            found += _completed(shop, has[first[turn % len(first)]], chance)
    return tuple(found[:count])


def whole(shop: Shop, items: Sequence[str], looks: int) -> Completion:
    """Whole outfits with these items: of each category that is missing, one product."""
    missing = shop.complete(items, k=1)
    named = [group.category for group in missing.groups]
    wanted = together([one.category for one in missing.items], named) or named
    return shop.complete(items, wanted, k=min(looks, len(shop))) if wanted else missing


def _completed(shop: Shop, labels: Sequence[str], chance: Random) -> list[Start]:
    """An outfit that begins with a product of these labels, if there is one and something goes with it."""
    first = [str(item["id"]) for item in _some(shop, labels, 1, chance)]
    found = whole(shop, first, 1) if first else None
    if found is None or not (found.looks or found.hits):
        return []
    hits = found.looks[0].hits if found.looks else found.hits[:1]
    return [tuple(one for id in (*first, *(hit.id for hit in hits)) if (one := shop.index.product(id)))]


def _some(shop: Shop, labels: Sequence[str], count: int, chance: Random, where: str = "") -> list[Mapping[str, Any]]:
    """Products of some labels that are in stock, by chance."""
    only = " AND ".join(filter(None, (f"category IN ({', '.join(map(quote, labels))})", "in_stock", where)))
    total = shop.index.browse(only, 1, 0).total
    places = chance.sample(range(total), min(count, total))
    return [item for place in places for item in shop.index.browse(only, 1, place).items]
