"""`modiste bench complete`: search for an outfit beside scores of every candidate, and the answer beside its floor.

Beyond the shop's own items, those that are searched are drawn around them: a real item's vector and category, with
noise, so that every category keeps its share.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from modiste.catalog.records import Product
from modiste.complete.lookup import MaskTable, fold, unfold
from modiste.complete.model import CSANet, Matcher, Outfits
from modiste.complete.pipeline import load_network
from modiste.encoders import Encoder
from modiste.errors import UsageError
from modiste.images import fit, load_image
from modiste.index import identity_of
from modiste.lab.bench.timing import Timing, all_in_turns, in_turns, shop_to_measure, timed
from modiste.lab.complete.baselines import BASELINES, FoldedIndex, PaperIndex
from modiste.shop import Shop
from modiste.types import Indices, Progress, Vectors

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

SIZES = (10_000, 100_000, 1_000_000)
"""Numbers of items that are searched."""
OUTFIT = 4
"""Items of an outfit."""

_K = 10
"""Items that are wanted."""
QUERIES = 200
"""Outfits that the shop completes."""
_COMPARED = 50
"""Outfits whose rankings are compared, at each size."""
ROUNDS = 20
"""Outfits that are timed, of those compared."""
DEPTH = 100
"""Rank down to which rankings must be the same."""
_TIED = 1e-6
"""Difference below which scores may stand in any order: single precision can't distinguish them."""
_SPREAD = 0.5
"""Length of the noise in a drawn vector, beside a real one's 1."""
CHUNK = 1024
"""Candidates that a network scores at once; more no longer stay in a core's cache, which is slower."""
_PHOTOS = 256
"""Photos by which the network's throughput is measured."""
_PROTOCOL = (
    f"outfits of {OUTFIT} items, the {_K} best of one other category, each category wanted as often; the items are the "
    "shop's {products:,} and others drawn around those, in the same shares; rankings compared down to "
    f"{DEPTH} for {_COMPARED} outfits, scores within {_TIED:g} being equal"
)

_Search = Callable[[Vectors, Indices, int, int], tuple[Indices, Vectors]]
"""Finds the best items of a wanted category and their scores, best first, for the vectors and categories of an outfit.
The last argument is their number."""
_Score = Callable[[Outfits, Tensor], Tensor]
"""Compatibility of candidates with their outfits. Shape: items (b, g, d) to (b, g)."""


class _Items(NamedTuple):
    """Items that are searched."""

    vectors: Vectors
    """Unit length. Shape: (n, d)."""
    categories: Indices
    """Indices in the network's categories. Shape: (n,)."""


class _Query(NamedTuple):
    """An outfit, and the category that is wanted."""

    vectors: Vectors
    """Of its items. Shape: (OUTFIT, d)."""
    categories: Indices
    """Shape: (OUTFIT,)."""
    wanted: int
    rows: Indices
    """Indices of its items. Shape: (OUTFIT,)."""


def run(
    shop: Path | None = None,
    data: Path | None = None,
    *,
    weights: str | Completer | None = None,
    encoder: str | Encoder | None = None,
    sizes: Sequence[int] = SIZES,
    queries: int = QUERIES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Let a shop complete outfits of its own products; then search more and more items for outfits.

    Args:
        shop, data, encoder: those of `shop_to_measure`.
        weights: a name or a run; by default those that go with the shop's encoder.
        sizes: numbers of items that are searched.
        queries: number of outfits that the shop completes.
        progress: called with the number of products whose vectors are made, and of all; then with that of the sizes.

    Returns:
        The contents of a bench file (one answer of the shop, and its floor), and beside it the shop's `products`, the
        photos that the network takes a second, and the `threads` it had; under `sizes` the results of `compare`.
    """
    if not sizes or min(sizes) < 1:
        raise UsageError(f"sizes are numbers of items, at least 1; got {', '.join(map(str, sizes)) or 'none'}")
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as folder:
        opened = shop_to_measure(shop, Path(folder), data, encoder, completer=weights)
        completer = opened.completer
        opened.index.fill(identity_of(completer), completer.gallery, completer.size, progress)
        products, items = _shop_items(opened)
        masks, network = MaskTable(completer.weights), load_network(completer.weights)
        timing = _measure(opened, products, items, masks, queries)
        throughput = _photos_per_second(completer, products)
    rows = []
    for done, size in enumerate(sizes, 1):
        rows.append(_compare(network, masks, _draw_items(items, size)))
        if progress:
            progress(done, len(sizes))
    return timing.result("complete", rows) | {
        "products": len(products),
        "photos_per_second": round(throughput, 1),
        "threads": torch.get_num_threads(),
        "protocol": _PROTOCOL.format(products=len(products)),
    }


def _measure(shop: Shop, products: Sequence[Product], items: _Items, masks: MaskTable, queries: int) -> Timing:
    """Time the shop; the floor is one matrix product of all the shop's vectors with an outfit's query vector."""
    names, folded = shop.completer.categories, fold(items.vectors)
    drawn = _draw_queries(items, queries)
    vectors = [masks.query(*query[:3]).vector for query in drawn]
    outfits = [[products[row].id for row in query.rows.tolist()] for query in drawn]
    k = min(_K, len(shop))
    return in_turns(
        lambda turn: shop.complete(outfits[turn], want=names[drawn[turn].wanted], k=k),
        lambda turn: folded @ vectors[turn],
        queries,
    )


def _compare(network: CSANet, masks: MaskTable, items: _Items, rounds: int = ROUNDS) -> dict[str, Any]:
    """Search for outfits in every way, in turns.

    Returns:
        `folded_ms` is the product's median; `paper_ms` that of an embedding for each partner category (nothing where
        those take more than half of the free memory); `sce_net_ms`, `type_aware_ms` and `exhaustive_ms` those of
        networks that score every candidate: weights for each pair of items, cached vectors that are masked at the
        time of the query, and CSA-Net itself. `identical`: the search ranks as CSA-Net itself does.
    """
    built: list[FoldedIndex] = []
    index_s = timed(lambda: built.append(FoldedIndex.of(masks, *items)))
    folded, queries = built[0], _draw_queries(items, _COMPARED)
    pool = [torch.from_numpy(items.vectors[rows]) for rows in folded.members]
    sce_net, type_aware = (BASELINES[name](1, network.config).eval() for name in ("SCE-Net", "type-aware"))
    exhaustive = _Exhaustive(network.scores, pool, folded.members)
    ways: dict[str, _Search] = {
        "folded": folded.search,
        "sce_net": _Exhaustive(sce_net.scores, pool, folded.members).search,
        "type_aware": _Exhaustive(partial(_masked_scores, type_aware), pool, folded.members).search,
        "exhaustive": exhaustive.search,
    }
    paper_bytes = len(masks.table) * items.vectors.nbytes
    if paper_bytes <= _free_memory() / 2:
        ways["paper"] = PaperIndex.of(masks, *items).search
    calls = {name: _asking(search, queries) for name, search in ways.items()}
    times = {name: float(np.median(ms)) for name, ms in all_in_turns(calls, rounds, warm_up=2).items()}
    return {
        "products": len(items.vectors),
        **{f"{name}_ms": times.get(name) for name in ("folded", "paper", "sce_net", "type_aware", "exhaustive")},
        "times_faster": times["sce_net"] / times["folded"],
        "identical": all(_same_ranking(folded.search, exhaustive, query) for query in queries),
        "bytes_per_item": folded.bytes_per_item,
        "paper_bytes_per_item": paper_bytes / len(items.vectors),
        "index_s": index_s,
    }


@dataclass(frozen=True)
class _Exhaustive:
    """A network that scores every item of the wanted category, in chunks."""

    score: _Score
    candidates: Sequence[Tensor]
    """The items of each category. Shape of each: (members, d)."""
    members: Sequence[Indices]

    @torch.inference_mode()
    def scores(self, vectors: Vectors, categories: Indices, wanted: int) -> Tensor:
        """Compatibility of each item of the wanted category. Shape: (members,)."""
        outfits = Outfits(
            torch.from_numpy(vectors)[None],
            torch.from_numpy(categories)[None],
            torch.ones(1, len(categories)),
            torch.tensor([wanted]),
        )
        return torch.cat([self.score(outfits, chunk[None])[0] for chunk in self.candidates[wanted].split(CHUNK)])

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """The best items of the wanted category and their scores, best first."""
        scores = self.scores(vectors, categories, wanted)
        best = scores.topk(min(k, len(scores)))
        return self.members[wanted][best.indices.numpy()], best.values.numpy()


def _masked_scores(network: Matcher, outfits: Outfits, items: Tensor) -> Tensor:
    """Every item embedded for each of its pairs of categories, then compared (as type-aware networks are published)."""
    masks, masked = network.masked(outfits)
    apart = masks[:, :, None] * items[:, None] - masked[:, :, None]
    return 1 - (network.item_weights(outfits)[:, :, None] * (apart * apart).sum(3)).sum(1) / 2


def _asking(search: _Search, queries: Sequence[_Query]) -> Callable[[int], object]:
    """A call that searches for the query of a turn."""
    return lambda turn: search(*queries[turn][:3], _K)


def _same_ranking(search: _Search, exhaustive: _Exhaustive, query: _Query) -> bool:
    """True if the first DEPTH are those that scoring every candidate gives, in that order."""
    best, _ = search(*query[:3], DEPTH)
    scores = exhaustive.scores(*query[:3]).numpy()
    return _are_greatest(scores, np.searchsorted(exhaustive.members[query.wanted], best))


def _are_greatest(scores: Vectors, indices: Indices) -> bool:
    """True if these are the indices of the DEPTH greatest scores, in order but for those within _TIED."""
    best = -np.sort(-scores)[:DEPTH]
    if len(indices) != len(best) or len(np.unique(indices)) != len(indices):
        return False
    return bool((np.abs(scores[indices] - best) <= _TIED).all())


def _shop_items(shop: Shop) -> tuple[list[Product], _Items]:
    """The shop's products whose categories are understood, and the vectors of their first photos."""
    completer, products = shop.completer, shop.index.products()
    vectors = shop.index.vectors([product.id for product in products], identity_of(completer))
    categories = {product.id: completer.category_of(product.category) for product in products}
    usable = [product for product in products if product.id in vectors and categories[product.id]]
    numbers = [completer.categories.index(str(categories[product.id])) for product in usable]
    folded = np.array([vectors[product.id][0] for product in usable], np.float32).reshape(-1, completer.dim)
    return usable, _Items(_unit(unfold(folded)), np.array(numbers, np.int64))


def _draw_items(real: _Items, size: int) -> _Items:
    """Draw items: real ones, and around them as many as are needed besides."""
    random = np.random.default_rng(0)
    own = random.permutation(len(real.vectors))[:size]
    indices = np.concatenate([own, random.integers(0, len(real.vectors), size - len(own))])
    vectors = real.vectors[indices]
    noise = random.standard_normal((size - len(own), vectors.shape[1]), np.float32)
    vectors[len(own) :] += np.float32(_SPREAD / np.sqrt(vectors.shape[1])) * noise
    return _Items(_unit(vectors), real.categories[indices])


def _draw_queries(items: _Items, count: int) -> list[_Query]:
    """Draw outfits of items in different categories, as far as there are so many; each category is wanted as often.

    Raises:
        UsageError: all items are of one category.
    """
    random, kinds = np.random.default_rng(1), np.unique(items.categories)
    if len(kinds) < 2:
        raise UsageError(
            f"outfits need items of at least 2 categories; the {len(items.vectors)} whose category is understood have "
            f"{len(kinds)}, so there is nothing to measure"
        )
    members = {kind: np.flatnonzero(items.categories == kind) for kind in kinds.tolist()}
    queries = []
    for number in range(count):
        wanted = int(kinds[number % len(kinds)])
        worn = np.resize(random.permutation(kinds[kinds != wanted]), OUTFIT)
        rows = np.array([random.choice(members[kind]) for kind in worn.tolist()])
        queries.append(_Query(items.vectors[rows], items.categories[rows], wanted, rows))
    return queries


def _photos_per_second(completer: Completer, products: Sequence[Product]) -> float:
    """Throughput of the network on decoded photos."""
    files = [product.images[0] for product in products[:_PHOTOS]]
    photos = np.stack([fit(load_image(file, at_least=completer.size), completer.size) for file in files])
    return len(photos) / timed(partial(completer.gallery, photos))


def _free_memory() -> float:
    """Bytes of free memory; where the system doesn't say, half of the machine's memory."""
    table = Path("/proc/meminfo")
    if table.exists():
        fields = dict(line.split(":") for line in table.read_text().splitlines())
        return int(fields["MemAvailable"].split()[0]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
