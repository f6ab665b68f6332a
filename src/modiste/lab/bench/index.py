"""`modiste bench index`: photos per second and milliseconds a search, beside the bare encoder and matrix product."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from modiste.catalog.records import Product
from modiste.encoders import Encoder
from modiste.errors import UsageError
from modiste.images import fit, load_image
from modiste.index.ingest import ingest
from modiste.index.photos import CHUNK
from modiste.lab.bench.timing import Timing, in_turns, timed
from modiste.shop import Shop, open_shop
from modiste.shop.contract import MAX_TEXT
from modiste.types import Pixels, Progress

QUERIES = 200
"""Searches of each kind."""
_PARTS = 8
"""Parts in which the catalogue is indexed, each followed by the bare encoder on the same photos."""


def run(
    shop: Path | None = None,
    data: Path | None = None,
    *,
    encoder: str | Encoder | None = None,
    queries: int = QUERIES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Index a catalogue into a shop of its own, then search.

    Args:
        shop: the shop to search; by default the one just indexed.
        data: the catalogue to index; by default the shop's products, or the drawn boutique's.
        queries: searches of each kind.
        progress: called with the number of photos that are done, and of all.

    Returns:
        The contents of a bench file (`ratio` is that of the throughput), and beside it the photos per second, the time
        to reopen, `query_ratio` for photos, and the times of searches by text and by id.
    """
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as folder:
        given = open_shop(shop, encoder=encoder) if shop else None
        products = _products(given, data, Path(folder) / "boutique")
        fresh = open_shop(Path(folder) / "shop", encoder=given.encoder if given else encoder, create=True)
        photos, indexed, bare = _measure_indexing(fresh, products, progress)
        searched = open_shop(given.path if given else fresh.path, encoder=fresh.encoder)
        reopening = timed(lambda: len(searched))
        times = _measure_searches(searched, queries)
        photo = times["photo"]
        own = {
            "photos_per_second": indexed,
            "bare_photos_per_second": bare,
            "reopen_ms": reopening * 1000,
            "query_ratio": photo.ratio,
        }
        for name in ("text", "id"):
            timing = times[name]
            own |= {f"{name}_p50_ms": timing.p50, f"{name}_p95_ms": timing.p95}
            own |= {f"{name}_floor_ms": timing.floor, f"{name}_ratio": timing.ratio}
        sizes = [{"products": len(searched), "photos": photos}]
        result = photo.result("index", sizes, ratio=indexed / bare)
        return result | {name: round(value, 3) for name, value in own.items()}


def _measure_indexing(
    shop: Shop, products: Sequence[Product], progress: Progress | None = None
) -> tuple[int, float, float]:
    """Index products into a new shop, part by part, and let the bare encoder follow on the same photos.

    Returns:
        The number of photos, the photos a second indexed, and those of the encoder alone on decoded photos.
    """
    encoder, index = shop.encoder, shop.index
    encoder.encode_images(np.zeros((CHUNK, *encoder.size, 3), np.uint8))
    whole = bare = 0.0
    done, block = 0, max(CHUNK, -(-len(products) // _PARTS))
    with index.writing():
        for part in (products[start : start + block] for start in range(0, len(products), block)):
            whole += timed(partial(ingest, index, part, encoder.encode_images, encoder.size))
            photos, seconds = _bare_encoder(encoder, part)
            bare, done = bare + seconds, done + photos
            if progress:
                progress(done, sum(len(product.images) for product in products))
        whole += timed(index.optimize)
    return done, done / whole, done / bare


def _measure_searches(shop: Shop, queries: int) -> dict[str, Timing]:
    """Search by photo, by text and by id; the floor is the bare encoder and one matrix product with all vectors."""
    encoder, vectors = shop.encoder, shop.index.vectors(shop.index.ids())
    matrix = np.concatenate(list(vectors.values()))
    products = shop.index.products()
    drawn = [products[number] for number in np.random.default_rng(0).integers(0, len(products), queries)]
    photos = [_decode(product.images[0], encoder) for product in drawn]
    texts = [(product.title or product.category or product.id)[:MAX_TEXT] for product in drawn]
    k = min(10, len(shop))
    return {
        "photo": in_turns(
            lambda turn: shop.search(image=drawn[turn].images[0], k=k),
            lambda turn: matrix @ encoder.encode_images(photos[turn][None])[0],
            queries,
        ),
        "text": in_turns(
            lambda turn: shop.search(texts[turn], k=k),
            lambda turn: matrix @ encoder.encode_texts([texts[turn]])[0],
            queries,
        ),
        "id": in_turns(
            lambda turn: shop.search(id=drawn[turn].id, k=k), lambda turn: matrix @ vectors[drawn[turn].id][0], queries
        ),
    }


def _products(shop: Shop | None, data: Path | None, drawn: Path) -> Sequence[Product]:
    if data is None and shop is not None:
        return shop.index.products()
    from modiste.lab import datasets

    if data is None:
        from modiste.boutique import make

        make(drawn, seed=0)
    catalogue = datasets.read(data or drawn)
    if not catalogue.products:
        raise UsageError(f"nothing in {catalogue.name} can be indexed, so there is nothing to measure")
    return catalogue.products


def _bare_encoder(encoder: Encoder, products: Sequence[Product]) -> tuple[int, float]:
    """Number of the products' photos, and the seconds of the encoder alone on them."""
    paths = [path for product in products for path in product.images]
    seconds = 0.0
    for start in range(0, len(paths), CHUNK):
        photos = np.stack([_decode(path, encoder) for path in paths[start : start + CHUNK]])
        seconds += timed(partial(encoder.encode_images, photos))
    return len(paths), seconds


def _decode(path: Path, encoder: Encoder) -> Pixels:
    return fit(load_image(path, at_least=encoder.size), encoder.size)
