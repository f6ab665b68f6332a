"""Try on: products of the shop, each where it is worn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from modiste.catalog.categories import REGIONS, never_worn, tryon_region
from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index import Index
from modiste.shop.contract import find_product


def garments_of(index: Index, items: Sequence[str]) -> dict[str, Path]:
    """Region to the first photo of the product that is worn there.

    Raises:
        UsageError: no items, an id that the shop doesn't have, a product that can't be tried on, two for one region, a
            photo that is gone.
    """
    if not items:
        raise UsageError("there is nothing to try on; give the ids of products")
    worn: dict[str, Product] = {}
    for id in dict.fromkeys(items):
        product = find_product(index, id)
        region = tryon_region(product.category or product.title)  # a title tells it where there is no category
        if region is None:
            raise UsageError(_not_worn(product))
        if region in worn:
            raise UsageError(
                f'"{worn[region].id}" and "{id}" are both tried on as {region}; name one of them, and try the other on '
                "in a call of its own"
            )
        if not os.access(product.images[0], os.R_OK):
            raise UsageError(
                f'the photo of "{id}", {product.images[0].name}, is gone or can\'t be read; put it back and index the '
                "catalogue again, or leave the product out"
            )
        worn[region] = product
    return {region: product.images[0] for region, product in worn.items()}


def _not_worn(product: Product) -> str:
    """Explain why a product can't be tried on, and what to do."""
    can, photo = f"what can be is worn as {', '.join(REGIONS)}", "try its photo on as a garment of its own"
    if not product.category:
        return f'"{product.id}" has no category, so where it is worn isn\'t known; {can}: {photo}'
    label = f'"{product.id}" is of the category "{product.category}"'
    if never_worn(product.category):
        return f"{label}, which can't be tried on; {can}"
    return f"{label}, which isn't understood or can't be tried on; {can}: {photo}"
