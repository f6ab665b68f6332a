"""Refine, turn by turn: a photo, what should be different, and the product that starts the next turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modiste.errors import UsageError, unknown
from modiste.images import ImageError, fit, image_hash, load_image
from modiste.index import Identity, Index, Query, SearchResult, identity_of
from modiste.phrases.facts import Item
from modiste.phrases.negation import Unwanted
from modiste.phrases.reading import Reading
from modiste.shop.requests import check_changes, offset_of, page_size
from modiste.shop.results import Hit, Page
from modiste.shop.words import filter_of, understood
from modiste.types import Pixels, Progress

if TYPE_CHECKING:
    from modiste.refine.pipeline import Refiner
    from modiste.shop.shop import Shop


@dataclass(frozen=True)
class Source:
    """What a turn starts from."""

    photo: Pixels
    """Shape: (height, width, 3)."""
    products: tuple[str, ...]
    """Ids of the products that it shows, which are no answer."""
    item: Item | None = None
    """What is known about the product; nothing of a customer's own photo."""

    @classmethod
    def of(cls, index: Index, image: str | Path | bytes | None, id: str | None, size: tuple[int, int]) -> Source:
        """A product of the shop, or a customer's photo, which may be a copy of the shop's own.

        Raises:
            UsageError: the shop doesn't have the product, or there is no photo that can be read.
        """
        if image is not None:
            file = image if isinstance(image, bytes) else Path(image)
            photo = fit(load_image(file, at_least=size), size)
            return cls(photo, tuple(index.having(image_hash(file))))
        product = None if id is None else index.product(id)
        if product is None:
            raise unknown("product", str(id), index.ids(), "in this shop")
        return cls(_first_photo(product.id, product.images, size), (product.id,), product)

    @classmethod
    def of_answer(cls, found: SearchResult, size: tuple[int, int]) -> Source:
        """The best of what was found."""
        item = found.items[0]
        return cls(_first_photo(found.ids[0], map(Path, item["images"]), size), (found.ids[0],), item)

    def asked_for(self, text: str, reading: Reading) -> str:
        """What a turn asks the network for; nothing where it rules out what the product isn't anyway."""
        rules_out = self.item is None or any(one.matches(self.item) for one in reading.unwanted)
        return reading.text or (text if rules_out else "")


def refine(
    shop: Shop, texts: Sequence[str], image: str | Path | bytes | None, id: str | None, where: str | None, k: int,
    min_score: float | None, cursor: str | None, progress: Progress | None,
) -> Page:  # fmt: skip
    """A page of the last turn's answers; see `Shop.refine`."""
    k = page_size(shop.path, len(shop), k, min_score)
    offset, index, refiner = offset_of(cursor), shop.index, shop.refiner
    check_changes(texts, refiner)
    readings = [understood(index, refiner.names, text, compares=True) for text in texts]
    if where:
        index.check(where)
    source, space = Source.of(index, image, id, refiner.size), identity_of(refiner)
    left_out = index.fill(space, refiner.gallery, refiner.size, progress)
    query = Query(np.empty(0, np.float32), "", where or "", min_score, (), k, offset)
    *before, last = take_turns(index, space, refiner, source, texts, readings, query)
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.notes))
    return Page.of(last, offset, tuple(map(Hit.best, before)), left_out, notes)


def take_turns(
    index: Index,
    space: Identity,
    refiner: Refiner,
    source: Source,
    texts: Sequence[str],
    readings: Sequence[Reading],
    query: Query,
) -> Iterator[SearchResult]:
    """What each turn finds; one that finds nothing is the last.

    Args:
        readings: what each text means; what one leaves out stays left out, until a later one asks for it.
        query: what holds for all turns, and the page of the last one; its vector, `without` and `only` don't count.
    """
    unwanted: list[Unwanted] = []
    for number, (text, reading) in enumerate(zip(texts, readings, strict=True), 1):
        last, photos = number == len(texts), source.photo[None]
        asked = source.asked_for(text, reading)
        vector = refiner.query(photos, [asked])[0] if asked else refiner.gallery(photos)[0]
        unwanted = [one for one in unwanted if not one.matches({"title": reading.text})] + [*reading.unwanted]
        turn = replace(query, vector=vector, without=source.products, only=filter_of(index, unwanted))
        found = index.search(turn if last else replace(turn, k=1, offset=0), space)
        yield found
        if last or not found.ids:
            return
        source = Source.of_answer(found, refiner.size)


def _first_photo(id: str, images: Iterable[Path], size: tuple[int, int]) -> Pixels:
    """The first photo of a product that can be read."""
    reasons = []
    for path in images:
        try:
            return fit(load_image(path, at_least=size), size)
        except ImageError as error:
            reasons.append(str(error).replace(str(path), path.name))  # where it lies is nobody's business
    why = reasons[0] if reasons else "it has none"
    raise UsageError(f'no photo of product "{id}" can be read, so it can\'t be refined: {why}')
