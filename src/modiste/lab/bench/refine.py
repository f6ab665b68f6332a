"""`modiste bench refine`: milliseconds from a photo and a sentence to products, beside the bare networks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.catalog.records import Product
from modiste.encoders import Encoder
from modiste.errors import UsageError
from modiste.images import fit, load_image
from modiste.index import identity_of
from modiste.lab.bench.timing import Timing, in_turns, shop_to_measure
from modiste.phrases.reading import Reading
from modiste.shop import Shop
from modiste.shop.search import read_text
from modiste.types import Pixels, Progress

if TYPE_CHECKING:
    from modiste.refine.pipeline import Refiner

QUERIES = 200
"""Number of photos, each with another sentence."""

_Prepare = Callable[[Pixels, str], Callable[[], object]]
"""Takes a photo and a sentence, returns a function that runs the bare networks on them."""


def run(
    shop: Path | None = None,
    data: Path | None = None,
    *,
    weights: str | Refiner | None = None,
    encoder: str | Encoder | None = None,
    queries: int = QUERIES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Refine photos of a shop's own products by a sentence.

    Args:
        shop, data, encoder: those of `shop_to_measure`.
        weights: a name or a run; by default those that go with the shop's encoder.
        queries: number of photos and sentences.
        progress: called with the number of products whose vectors are made, and of all.

    Returns:
        The contents of a bench file: one answer decodes a photo, reads a sentence, composes and searches.
    """
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as folder:
        opened = shop_to_measure(shop, Path(folder), data, encoder, refiner=weights)
        refiner = opened.refiner
        opened.index.fill(identity_of(refiner), refiner.gallery, refiner.size, progress)
        timing = _measure(opened, _bare_networks(refiner), queries)
        products = opened.index.products()
    return timing.result("refine", [{"products": len(products), "photos": _photos(products), "dim": refiner.dim}])


def _measure(shop: Shop, bare: _Prepare, queries: int) -> Timing:
    """Time the shop; the floor is the bare networks and one matrix product with as many vectors as it has photos."""
    products, size = shop.index.products(), shop.refiner.size
    drawn = np.random.default_rng(0).permutation(len(products))[:queries]
    photos = [products[index].images[0] for index in drawn]
    texts = _sentences(shop, len(photos))
    matrix = np.random.default_rng(0).standard_normal((_photos(products), shop.refiner.dim), np.float32)
    ready = [bare(fit(load_image(photo, at_least=size), size), text) for photo, text in zip(photos, texts, strict=True)]
    k = min(10, len(shop))
    return in_turns(
        lambda turn: shop.refine(texts[turn], image=photos[turn], k=k),
        lambda turn: (ready[turn](), matrix @ matrix[turn]),
        len(photos),
    )


def _bare_networks(refiner: Refiner) -> _Prepare:
    """The image encoder's and MiniLM's graphs alone, on prepared arrays."""
    from modiste.encoders.pipeline import MiniLM, encoder_of

    photos, words = encoder_of(refiner.weights).backend, MiniLM()

    def prepare(photo: Pixels, text: str) -> Callable[[], object]:
        encoding = words.tokenizer.encode(text)
        arrays = {"ids": np.array([encoding.ids]), "mask": np.array([encoding.attention_mask])}
        return lambda: (photos.photos(photo[None]), words.session.run(None, arrays))

    return prepare


def _sentences(shop: Shop, count: int) -> list[str]:
    """Texts of customers that reach the network as they are, again from the start where more are needed."""
    from modiste.lab.refine.protocol import written_cases

    texts = [case["text"] for case in written_cases()]
    usable = [text for text in texts if shop.refiner.asks(text) and _is_plain(shop, text)]
    return list(islice(cycle(usable), count))


def _is_plain(shop: Shop, text: str) -> bool:
    try:
        return read_text(shop.index, shop.refiner.names, text, compares=True) == Reading(text, text)
    except UsageError:  # no word of it says anything
        return False


def _photos(products: Sequence[Product]) -> int:
    return sum(len(product.images) for product in products)
