"""What can be put on together, and what a shop has of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modiste.catalog.categories import REGIONS, REPLACES, tryon_region
from modiste.errors import UsageError
from modiste.index.filters import quote
from modiste.shop.tryon import garments_of
from modiste.showroom.tryon.html import SHELVES, Garment

if TYPE_CHECKING:
    from modiste.catalog.records import Product
    from modiste.shop import Page, Shop

AT_ONCE = 18
"""Products on a shelf."""
INVITED, INVITATIONS = ("top", "dress", "outer", "bottom"), 3
"""Where what an empty board invites with is worn, and how many."""
LABELS = 40
"""Categories of a shop that count for a shelf: a filter may only be so long."""


def region_of(product: Product) -> str | None:
    """Where a product is worn."""
    return tryon_region(product.category or product.title)


def why_not(shop: Shop, product: Product) -> str:
    """Why a product can't be tried on; nothing where it can."""
    try:
        garments_of(shop.index, [product.id])
    except UsageError as error:
        return str(error).split(";")[0].replace(f'"{product.id}"', "This", 1)
    return ""


def clash(one: str | None, other: str | None) -> bool:
    """Whether what is worn in two regions can't be worn together."""
    return one == other or one in REPLACES.get(other or "", ()) or other in REPLACES.get(one or "", ())


def garments(shop: Shop, products: Sequence[Product], off: Iterable[str], refused: dict[str, str]) -> list[Garment]:
    """The board, and what of it is worn: of those that can't be worn together the one that was added last.

    Args:
        off: ids that are switched off.
        refused: id to why its photo can't be used.
    """
    left_off, taken, found = set(off), list[str | None](), list[Garment]()
    for product in reversed(products):
        region, reason = region_of(product), refused.get(product.id) or why_not(shop, product)
        worn = not reason and product.id not in left_off and not any(clash(region, other) for other in taken)
        if worn:
            taken.append(region)
        found.append(Garment(product, worn, reason))
    return found[::-1]


def switched(garments: Sequence[Garment], id: str, off: Iterable[str]) -> frozenset[str]:
    """What is switched off once somebody has touched a switch: what clashes with what is put on is taken off."""
    (touched,) = (one for one in garments if one.product.id == id)
    if touched.worn:
        return frozenset(off) | {id}
    region = region_of(touched.product)
    others = {one.product.id for one in garments if one.product.id != id and clash(region, region_of(one.product))}
    return (frozenset(off) | others) - {id}


def shelves_of(shop: Shop) -> list[str]:
    """The regions for which a shop has something, as they are offered."""
    there = {tryon_region(label) for label in shop.facets()["category"]}
    return [region for region in SHELVES if region in there]


def next_shelf(regions: Sequence[str], worn: Iterable[Garment]) -> str:
    """What is looked for next: the first place where nothing is worn."""
    taken = [region_of(one.product) for one in worn if one.worn]
    free = (region for region in regions if not any(clash(region, other) for other in taken))
    return next(free, regions[0] if regions else "")


def on_shelf(shop: Shop, region: str, gender: str, k: int = AT_ONCE, cursor: str | None = None) -> Page:
    """Products of a region, for somebody if the shop tells whom they are for."""
    facets = shop.facets()
    labels = [label for label in facets["category"] if tryon_region(label) == region][:LABELS]
    where = f"category IN ({', '.join(map(quote, labels))})"
    k = min(k, len(shop))
    if gender in facets["gender"]:
        for_them = shop.browse(f"{where} AND gender IN ({quote(gender)}, 'Unisex')", k, cursor)
        if for_them.total:
            return for_them
    return shop.browse(where, k, cursor)


def invited(shop: Shop, gender: str) -> list[Mapping[str, Any]]:
    """A few products to begin with, of different kinds."""
    regions = shelves_of(shop)
    wanted = [region for region in INVITED if region in regions] or regions
    pages = [on_shelf(shop, region, gender, 1) for region in wanted[:INVITATIONS]]
    return [page.hits[0].item for page in pages if page.hits]


def in_order(garments: Iterable[Garment]) -> tuple[str, ...]:
    """Ids of what is worn, what lies below first."""
    worn = [one.product for one in garments if one.worn]
    return tuple(one.id for one in sorted(worn, key=lambda one: REGIONS.index(region_of(one) or "hat")))
