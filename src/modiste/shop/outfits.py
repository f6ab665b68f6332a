"""Complete: items that are worn together, categories that are asked for, and what the shop has to go with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modiste.catalog.records import Product
from modiste.errors import UsageError, unknown
from modiste.index import Identity, Index
from modiste.index.base import as_item
from modiste.index.filters import quote
from modiste.shop.assortment import LOOKED_AT, Assortment, Wanted
from modiste.shop.candidates import Ensemble, Seeker
from modiste.shop.looks import CANDIDATES, best_looks
from modiste.shop.results import Completion, Group, Worn
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

UNISEX = "unisex"
"""The gender of what all can wear."""

MISSING = 3
"""Categories that are suggested where none was asked for."""


@dataclass(frozen=True)
class Room:
    """What completing needs of a shop."""

    path: Path
    index: Index
    completer: Completer
    space: Identity
    assortment: Assortment


@dataclass(frozen=True)
class Terms:
    """What holds for everything that is found."""

    where: str
    k: int
    min_score: float | None
    wearer: str = ""
    """Products for those who wear the items, in SQL; empty for all."""


def complete(
    room: Room, items: Sequence[str], want: Sequence[str], terms: Terms, progress: Progress | None
) -> Completion:
    """What goes with some items of the shop; see `Shop.complete`.

    Args:
        items: ids, as they were named.
        want: names of categories; none for those that are missing.

    Raises:
        UsageError: an argument that makes no sense; as many of them as possible before a photo is looked at.
    """
    products = [_product(room.index, id) for id in dict.fromkeys(items)]
    asked = [room.assortment.wanted(name) for name in want]
    wanted = list(dict.fromkeys(asked))
    notes = [f'"{id}" is named more than once, and counts once' for id, times in Counter(items).items() if times > 1]
    notes += [f'"{one.name}" is asked for more than once, and found once' for one in wanted if asked.count(one) > 1]
    if terms.where:
        room.index.check(terms.where)
    worn = [_worn(room, product) for product in products]
    notes += [_told(one) for one in worn if one.predicted]
    _check_others_speak(worn, wanted)
    room.assortment.look(progress)
    wanted = [room.assortment.settled(one) for one in wanted]
    notes += _check_others_speak(worn, wanted)
    left_out = room.index.fill(room.space, room.completer.gallery, room.completer.size, progress)
    wearer, whose = _wearer(products, terms.where)
    found = _found(room, _ensemble(room, products, worn), wanted, replace(terms, wearer=wearer))
    notes += whose
    return replace(found, items=tuple(worn), notes=(*notes, *found.notes, *_unseen(room)), left_out=left_out)


def _found(room: Room, outfit: Ensemble, wanted: Sequence[Wanted], terms: Terms) -> Completion:
    """Groups or looks, as it was asked."""
    without = tuple(room.index.variants(outfit.ids))
    seeker = Seeker(room.index, room.completer, room.space, terms.where, terms.wearer, without)
    if not wanted:
        groups = _missing(room, seeker, outfit, terms)
        which = "passes the filter" if terms.where or terms.min_score is not None else "is in this shop"
        return Completion((), groups, (), () if groups else (f"nothing that these lack {which}",))
    if len(wanted) == 1:
        return Completion((), (_group(room, seeker, outfit, wanted[0], terms),), ())
    pools = []
    for one in wanted:
        candidates, shown = seeker.find(outfit, one, room.assortment.filter(one), CANDIDATES)
        pools.append(candidates.take(shown))
    notes = tuple(
        f'nothing of "{pool.wanted.name}" passes the filter, so there is no look' for pool in pools if not pool.total
    )
    return Completion((), (), best_looks(seeker, outfit, pools, terms.k, terms.min_score), notes)


def _group(
    room: Room, seeker: Seeker, outfit: Ensemble, wanted: Wanted, terms: Terms, likely: float | None = None
) -> Group:
    products = room.assortment.filter(wanted)
    candidates, shown = seeker.find(outfit, wanted, products, terms.k, terms.min_score)
    return Group(wanted.name, seeker.matches(outfit, candidates, shown), candidates.total, likely)


def _missing(room: Room, seeker: Seeker, outfit: Ensemble, terms: Terms) -> tuple[Group, ...]:
    """The likeliest categories that the outfit lacks and of which something passes."""
    groups: list[Group] = []
    for category, likely in room.completer.missing(outfit.categories):
        if len(groups) < MISSING and category not in outfit.categories and room.assortment.has(category):
            group = _group(room, seeker, outfit, room.assortment.wanted(category), terms, likely)
            groups += [group] if group.total else []
    return tuple(groups)


def _product(index: Index, id: str) -> Product:
    product = index.product(id)
    if product is None:
        raise unknown("product", id, index.ids(), "in this shop")
    return product


def _worn(room: Room, product: Product) -> Worn:
    """An item and its category, which its photo tells where its label doesn't."""
    understood = room.assortment.understood(product)
    category = understood or room.assortment.told(product)
    if category is None:
        raise _gone(room.path, product)
    return Worn(product.id, category, not understood, as_item(product))


def _told(worn: Worn) -> str:
    label = worn.item["category"]
    says = f'the category "{label}", which is not understood' if label else "no category"
    return f'"{worn.id}" has {says}; its photo looks like {worn.category}'


def _check_others_speak(worn: Sequence[Worn], wanted: Sequence[Wanted]) -> list[str]:
    """Items of other categories are asked what fits; there must be one, and those of the same category are named."""
    notes = []
    for one in wanted:
        same = [item.id for item in worn if item.category == one.category]
        if len(same) == len(worn):
            raise UsageError(
                f"{one.name} can't go with {', '.join(same)} alone, which {'is' if len(same) == 1 else 'are'} "
                f"{one.category} too; name an item of another category"
            )
        notes += [f'"{id}" is {one.category} too, and was not asked which {one.name} go with it' for id in same]
    return notes


def _wearer(products: Sequence[Product], where: str) -> tuple[str, list[str]]:
    """Products for the gender that the items are for, unless the filter speaks of it: pictures hardly tell it."""
    genders = {product.gender for product in products if product.gender.lower() not in ("", UNISEX)}
    if len(genders) != 1 or re.search(r"\bgender\b", where, re.IGNORECASE):
        return "", []
    (gender,) = genders
    note = f"only products for {gender}, or for no gender in particular; a filter on gender changes that"
    return f"lower(gender) IN ({quote(gender.lower())}, '{UNISEX}', '')", [note]


def _ensemble(room: Room, products: Sequence[Product], worn: Sequence[Worn]) -> Ensemble:
    """The items as the network sees them, each by its first photo."""
    ids = tuple(one.id for one in worn)
    held = room.index.vectors(ids, room.space)
    for product in products:
        if product.id not in held:
            raise _gone(room.path, product)
    return Ensemble(ids, tuple(one.category for one in worn), np.stack([held[id][0] for id in ids]))


def _gone(shop: Path, product: Product) -> UsageError:
    photo = product.images[0].name if product.images else "none"
    return UsageError(
        f'the photo of product "{product.id}" is gone or changed since it was indexed: {photo}; '
        f"index it again (modiste index SOURCE --shop {shop}), or leave the product out"
    )


def _unseen(room: Room) -> list[str]:
    if not room.assortment.unseen:
        return []
    return [
        f"{room.assortment.unseen:,} products can't be found, because their category is not understood; the photos of "
        f"{LOOKED_AT:,} others told theirs; name the column that has it: modiste index --map category=COLUMN"
    ]
