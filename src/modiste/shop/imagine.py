"""Imagine: a picture drawn from words, and the products of the shop that are like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from modiste.errors import UsageError
from modiste.index import Query
from modiste.shop.places import place_of_photo, place_of_text, together
from modiste.shop.requests import page_size
from modiste.shop.results import Hit, Page
from modiste.shop.words import filter_of, understood
from modiste.weights import domain_of, suited

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Strip
    from modiste.phrases.reading import Reading
    from modiste.shop.shop import Shop
    from modiste.types import Vectors


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
    k = page_size(shop.path, len(shop), k, None)
    if where:
        shop.index.check(where)
    from modiste.imagine.pipeline import imagine

    strip = imagine(text, seed=seed, n=n, weights=shop.imaginer)
    reading = _reading(shop, text)
    place = _place(shop, reading.text if reading else "", Image.fromarray(strip.last[0]))
    only = filter_of(shop.index, reading.unwanted) if reading else ""
    page = Page.of(shop.index.search(Query(place, where=where or "", k=k, only=only)), 0)
    left_out = [note for note in reading.notes if note.startswith("left out")] if reading else []
    notes = tuple(dict.fromkeys([*strip.notes, *left_out]))
    return Imagined(replace(strip, notes=notes), page.hits, page.total)


def weights_for(encoder: str) -> str:
    """Weights that learnt from the same kind of pictures as a shop's encoder."""
    return suited("imagine", domain_of(encoder))


def _reading(shop: Shop, text: str) -> Reading | None:
    """What the text means to the search; nothing where the encoder knows no word of it."""
    try:
        return understood(shop.index, shop.encoder.names, text)
    except UsageError:
        return None


def _place(shop: Shop, text: str, picture: Image.Image) -> Vectors:
    """Where picture and words meet; the picture's own place where there are none."""
    seen = place_of_photo(shop, picture)
    return together(seen, place_of_text(shop, text)) if text else seen
