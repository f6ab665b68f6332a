"""Refine, turn by turn: a photo, what should be different, and the product that starts the next turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modiste.errors import UsageError, unknown
from modiste.images import ImageError, Pixels, fit, image_hash, load_image
from modiste.index import Found, Identity, Index, Query

if TYPE_CHECKING:
    from modiste.refine.pipeline import Refiner


@dataclass(frozen=True)
class Source:
    """What a turn starts from."""

    photo: Pixels
    """Shape: (height, width, 3)."""
    products: tuple[str, ...]
    """Ids of the products that it shows, which are no answer."""

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
        return cls(_first_photo(product.id, product.images, size), (product.id,))

    @classmethod
    def of_answer(cls, found: Found, size: tuple[int, int]) -> Source:
        """The best of what was found."""
        return cls(_first_photo(found.ids[0], map(Path, found.items[0]["images"]), size), (found.ids[0],))


def take_turns(
    index: Index, space: Identity, refiner: Refiner, source: Source, texts: Sequence[str], query: Query
) -> Iterator[Found]:
    """What each turn finds; one that finds nothing is the last.

    Args:
        query: what holds for all turns, and the page of the last one; its vector and `without` don't count.
    """
    for number, text in enumerate(texts, 1):
        last = number == len(texts)
        vector = refiner.query(source.photo[None], [text])[0]
        asked = replace(query, vector=vector, without=source.products)
        found = index.search(asked if last else replace(asked, k=1, offset=0), space)
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
