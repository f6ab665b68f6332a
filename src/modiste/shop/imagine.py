"""Imagine: a picture drawn from words, and the products of the shop that are like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL import Image

from modiste.errors import UsageError
from modiste.images import fit
from modiste.index import Index, Query
from modiste.shop.contract import Hit, Page, PageRequest
from modiste.shop.search import exclusion_filter, read_text, sum_vectors

if TYPE_CHECKING:
    from modiste.encoders import Encoder
    from modiste.imagine.pipeline import Imaginer, Strip


@dataclass(frozen=True)
class Imagined:
    """Pictures that `Shop.imagine` drew, and the products found with them."""

    strip: Strip
    """A picture for every prefix of the text."""
    hits: tuple[Hit, ...]
    """Best first."""
    total: int
    """Products that pass the filter, shown or not."""


def imagine(
    index: Index, encoder: Encoder, imaginer: Imaginer, text: str, seed: int, n: int, request: PageRequest
) -> Imagined:
    """Draw a text and search with its last picture and its words together; see `Shop.imagine`."""
    from modiste.imagine.pipeline import imagine

    strip = imagine(text, seed=seed, n=n, weights=imaginer)
    photo = fit(Image.fromarray(strip.last[0]), encoder.size)
    vectors, only, notes = [encoder.encode_images(photo[None])[0]], "", list(strip.notes)
    try:
        reading = read_text(index, encoder.names, text)
    except UsageError:  # the encoder knows no word of it, so that the picture alone is searched with
        pass
    else:
        if reading.text:
            vectors.append(encoder.encode_texts([reading.text])[0])
        only = exclusion_filter(index, reading.unwanted)
        notes += [note for note in reading.notes if note.startswith("left out")]
    page = Page.of(index.search(Query(sum_vectors(vectors), where=request.where, k=request.k, only=only)), 0)
    return Imagined(replace(strip, notes=tuple(dict.fromkeys(notes))), page.hits, page.total)
