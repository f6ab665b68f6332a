"""Refine, turn by turn: a photo, what should be different, and the product that starts the next turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modiste.errors import UsageError
from modiste.images import ImageError, fit, image_hash, load_image
from modiste.index import Index, Query, identity_of
from modiste.phrases.facts import Item
from modiste.phrases.negation import Unwanted
from modiste.shop.contract import CHANGE, Hit, Page, PageRequest, find_product
from modiste.shop.search import exclusion_filter, read_text
from modiste.types import Pixels, Progress

if TYPE_CHECKING:
    from modiste.refine.pipeline import Refiner


def source_of(
    index: Index, image: str | Path | bytes | None, id: str | None, size: tuple[int, int]
) -> tuple[Pixels, tuple[str, ...], Item | None]:
    """Load a customer's photo, which may be a copy of the shop's own, or the photo of a product of the shop.

    Args:
        size: height and width of the photo.

    Returns:
        The photo, of shape (height, width, 3); ids of the products that it shows, which are no answer; and facts about
        the product, nothing for a customer's own photo.

    Raises:
        UsageError: the shop doesn't have the product, or there is no photo that can be read.
    """
    if image is not None:
        file = image if isinstance(image, bytes) else Path(image)
        return fit(load_image(file, at_least=size), size), tuple(index.having(image_hash(file))), None
    product = find_product(index, str(id))
    return _first_photo(product.id, product.images, size), (product.id,), product


def refine(
    index: Index, refiner: Refiner, texts: Sequence[str], request: PageRequest, progress: Progress | None
) -> Page:
    """Find the answers to the last of several turns; a turn that finds nothing is the last; see `Shop.refine`."""
    for text in texts:
        if not refiner.asks(text):
            raise UsageError(f'this text asks for no change: "{text}"; {CHANGE}')
    readings = [read_text(index, refiner.names, text, compares=True) for text in texts]
    if request.where:
        index.check(request.where)
    size, space = refiner.size, identity_of(refiner)
    photo, shown, item = source_of(index, request.image, request.id, size)
    left_out = index.fill(space, refiner.gallery, size, progress)

    exclusions: list[Unwanted] = []  # of one turn hold for the next ones, until one asks for what they exclude
    earlier: list[Hit] = []
    for turn, (text, reading) in enumerate(zip(texts, readings, strict=True), 1):
        last = turn == len(texts)
        # the network is asked nothing where a text only excludes what the source product isn't anyway
        excludes_source = item is None or any(one.matches(item) for one in reading.unwanted)
        asked = reading.text or (text if excludes_source else "")
        vector = refiner.query(photo[None], [asked])[0] if asked else refiner.gallery(photo[None])[0]
        exclusions = [one for one in exclusions if not one.matches({"title": reading.text})] + [*reading.unwanted]
        only = exclusion_filter(index, exclusions)
        k, offset = (request.k, request.offset) if last else (1, 0)
        found = index.search(Query(vector, "", request.where, request.min_score, shown, k, offset, only), space)
        if last or not found.ids:
            break
        earlier.append(Hit(found.ids[0], found.scores[0], found.items[0]))
        shown, item = (found.ids[0],), found.items[0]
        photo = _first_photo(found.ids[0], map(Path, found.items[0]["images"]), size)
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.notes))
    return replace(Page.of(found, request.offset), turns=tuple(earlier), left_out=left_out, notes=notes)


def _first_photo(id: str, images: Iterable[Path], size: tuple[int, int]) -> Pixels:
    """The first photo of a product that can be read. Shape: (height, width, 3)."""
    reasons = []
    for path in images:
        try:
            return fit(load_image(path, at_least=size), size)
        except ImageError as error:
            reasons.append(str(error).replace(str(path), path.name))  # where it lies is nobody's business
    reason = reasons[0] if reasons else "it has none"
    raise UsageError(f'no photo of product "{id}" can be read, so it can\'t be refined: {reason}')
