"""Search: words, a photo, a product of the shop, or one of these and words together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modiste.index import Query
from modiste.shop.places import place_of
from modiste.shop.requests import check_search, offset_of, page_size
from modiste.shop.results import Page
from modiste.shop.words import ANYTHING, filter_of, understood

if TYPE_CHECKING:
    from modiste.shop.shop import Shop


def search(
    shop: Shop, text: str | None, image: str | Path | bytes | None, id: str | None, where: str | None, k: int,
    min_score: float | None, cursor: str | None,
) -> Page:  # fmt: skip
    """A page of what is searched for; see `Shop.search`."""
    check_search(text, image, id)
    k = page_size(shop.path, len(shop), k, min_score)
    reading = None if text is None else understood(shop.index, shop.encoder.names, text)
    alone = image is None and id is None
    wanted = (reading.text or (ANYTHING if alone else None)) if reading else None
    words = reading.words if reading and alone else ""
    offset, without = offset_of(cursor), () if id is None else (id,)
    only = filter_of(shop.index, reading.unwanted) if reading else ""
    vector = place_of(shop, wanted, image, id)
    found = shop.index.search(Query(vector, words, where or "", min_score, without, k, offset, only))
    return Page.of(found, offset, notes=reading.notes if reading else ())
