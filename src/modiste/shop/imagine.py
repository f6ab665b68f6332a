"""Imagine: a picture drawn from words, and the products of the shop that are like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from modiste.index import Query
from modiste.shop.places import place_of_photo, place_of_text, together
from modiste.shop.requests import check_page
from modiste.shop.results import Hit, Page

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Strip
    from modiste.index.base import Vectors
    from modiste.shop.shop import Shop


@dataclass(frozen=True)
class Imagined:
    """What `Shop.imagine` drew, and found with it."""

    strip: Strip
    """A picture for every prefix of the text."""
    hits: tuple[Hit, ...]
    """Best first."""
    total: int
    """Products that pass the filter, shown or not."""


def imagine(shop: Shop, text: str, *, seed: int, n: int, k: int, where: str | None) -> Imagined:
    """Draw a text and search with its last picture and its words together; see `Shop.imagine`.

    Raises:
        UsageError: an argument that makes no sense; as many of them as possible before anything is drawn.
    """
    check_page(shop.path, len(shop), k, None)
    if where:
        shop.index.check(where)
    from modiste.imagine.pipeline import imagine

    strip = imagine(text, seed=seed, n=n, weights=shop.imaginer)
    found = shop.index.search(Query(_place(shop, text, Image.fromarray(strip.last[0])), where=where or "", k=k))
    page = Page.of(found, 0)
    return Imagined(strip, page.hits, page.total)


def weights_for(encoder: str) -> str:
    """Of a shop whose photos an encoder of drawings has seen, those for drawings."""
    return "imagine-boutique" if encoder == "encoder-boutique" else "imagine-photos"


def _place(shop: Shop, text: str, picture: Image.Image) -> Vectors:
    """Where picture and words meet; the picture's own place where the encoder knows no word."""
    seen = place_of_photo(shop, picture)
    return together(seen, place_of_text(shop, text)) if shop.encoder.knows(text) else seen
