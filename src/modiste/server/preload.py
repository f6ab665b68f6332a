"""The first request of each verb, made by the service itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modiste.errors import UsageError
from modiste.shop import Shop
from modiste.types import Progress

WORD = "black"
"""Known to all networks, and nothing that only some of them can draw."""


def _complete(shop: Shop, progress: Progress) -> None:
    from modiste.index import quote

    labels = [label for label in shop.facets()["category"] if shop.completer.category_of(label)]
    if not labels:
        raise UsageError("no product is of a category that is understood; see the column category")
    first = _first(shop, f"category = {quote(labels[0])}")
    if not shop.complete(first, k=1, progress=progress).groups:
        raise UsageError("the shop has nothing that goes with its products; it takes several categories")


def _try_on(shop: Shop, progress: Progress) -> None:
    from modiste.catalog.categories import tryon_region

    if not any(tryon_region(label) for label in shop.facets()["category"]):
        raise UsageError("no product can be tried on; see the column category")
    from modiste.tryon.pipeline import preload

    preload(shop.weights_for("tryon"))


def _first(shop: Shop, where: str | None = None) -> str:
    """The id of a product."""
    return shop.browse(where, k=1).hits[0].id


VERBS: Mapping[str, Callable[[Shop, Progress], object]] = {
    "search": lambda shop, _: shop.search(text=WORD, k=1),
    "refine": lambda shop, progress: shop.refine("in black", id=_first(shop), k=1, progress=progress),
    "complete": _complete,
    "try-on": _try_on,
    "imagine": lambda shop, _: shop.imagine(WORD, k=1),
}
"""A request of each verb, which loads its networks; it raises where the shop can't do it."""
