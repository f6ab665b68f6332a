"""`modiste bench complete`: an outfit's look-up beside scoring every candidate, and the whole answer beside its floor.

Beyond the shop's own items, those that are looked up are drawn around them: a real item's vector and category, with
noise, so that every category keeps its share.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from modiste.catalog.records import Product
from modiste.complete.lookup import MaskTable, fold, unfold
from modiste.complete.model import CSANet, Masked, Outfits
from modiste.complete.pipeline import load_network
from modiste.encoders import Encoder
from modiste.errors import UsageError
from modiste.images import fit, load_image
from modiste.lab.bench.timing import Timing, in_turns, peak_mib, timed
from modiste.lab.complete.baselines import FoldedIndex, PaperIndex, SCENet, TypeAware
from modiste.lab.measures import bench_result
from modiste.shop import Shop, identity_of, open_shop
from modiste.types import Indices, Progress, Vectors

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

SIZES = (10_000, 100_000, 1_000_000)
"""Items that are looked up."""

OUTFIT = 4
"""Items of an outfit."""

K = 10
"""Items that are wanted."""

QUERIES = 200
"""Outfits that the shop is asked about."""

QUESTIONS = 50
"""Outfits whose rankings are compared, at each size."""

ROUNDS = 20
"""Of these, how many are timed."""

DEPTH = 100
"""How far down rankings must be the same."""

TIED = 1e-6
"""Scores this near each other may stand in any order: single precision can't tell them apart."""

SPREAD = 0.5
"""Length of the noise in a drawn vector, beside a real one's 1."""

CHUNK = 1024
"""Candidates that a network scores at once; more no longer stay in a core's cache, which is slower."""

PHOTOS = 256
"""Photos that the network looks at to tell how many it takes a second."""

Score = Callable[[Outfits, Tensor], Tensor]
"""How well candidates fit their outfits. Shape: items (b, g, d) to (b, g)."""


class Items(NamedTuple):
    """What is looked up."""

    vectors: Vectors
    """Unit length. Shape: (n, d)."""
    categories: Indices
    """Places in the network's categories. Shape: (n,)."""


class Question(NamedTuple):
    """An outfit, and the category that is wanted."""

    vectors: Vectors
    """Of its items. Shape: (OUTFIT, d)."""
    categories: Indices
    """Shape: (OUTFIT,)."""
    wanted: int
    rows: Indices
    """Which items they are. Shape: (OUTFIT,)."""


class LookUp(Protocol):
    """Whatever finds the best items of a category."""

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """Which they are and their scores, best first."""


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
    """Ask a shop what completes outfits of its own products; then look outfits up among more and more items.

    Args:
        shop: the shop to ask; by default one of `data`.
        data: a catalogue to index; by default the drawn boutique.
        weights: a name or a run; by default those that go with the shop's encoder.
        encoder: of a shop that is indexed for this; the photos' encoder by default, the drawings' for the boutique.
        sizes: how many items are looked up.
        queries: how many outfits the shop is asked about.
        progress: called with the number of products that were looked at, and of all; then with that of the sizes.

    Returns:
        What a bench file holds (one answer of the shop, and its floor), and beside it the shop's `products`, the photos
        that the network takes a second, and the `threads` it had; under `sizes` what `compare` measures.
    """
    if not sizes or min(sizes) < 1:
        raise UsageError(f"sizes are numbers of items, at least 1; got {', '.join(map(str, sizes)) or 'none'}")
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as folder:
        opened = open_shop(shop, completer=weights) if shop else _indexed(Path(folder), data, weights, encoder)
        completer = opened.completer
        opened.index.fill(identity_of(completer), completer.gallery, completer.size, progress)
        products, items = stock(opened)
        masks, network = MaskTable.of(completer.weights), load_network(completer.weights)
        timing = measure(opened, products, items, masks, queries)
        pace = photos_per_second(completer, products)
    rows = []
    for done, size in enumerate(sizes, 1):
        rows.append(compare(network, masks, draw(items, size)))
        if progress:
            progress(done, len(sizes))
    result = bench_result(
        verb="complete",
        p50_ms=timing.p50,
        p95_ms=timing.p95,
        floor_ms=timing.floor,
        ratio=timing.ratio,
        peak_mib=peak_mib(),
        sizes=rows,
    )
    own = {"products": len(products), "photos_per_second": round(pace, 1), "threads": torch.get_num_threads()}
    return result | own | {"protocol": _protocol(len(products))}


def measure(shop: Shop, products: Sequence[Product], items: Items, masks: MaskTable, queries: int) -> Timing:
    """Complete; the floor is one product of all the shop's vectors with what an outfit asks for."""
    names, folded = shop.completer.categories, fold(items.vectors)
    questions = ask(items, queries)
    wishes = [masks.query(*question[:3]).vector for question in questions]
    outfits = [[products[row].id for row in question.rows.tolist()] for question in questions]
    k = min(K, len(shop))
    return in_turns(
        lambda turn: shop.complete(outfits[turn], want=names[questions[turn].wanted], k=k),
        lambda turn: folded @ wishes[turn],
        queries,
    )


def compare(network: CSANet, masks: MaskTable, items: Items, rounds: int = ROUNDS) -> dict[str, Any]:
    """Look outfits up in every way, in turns.

    Returns:
        `folded_ms` is the product's median; `paper_ms` that of an embedding for each partner category (nothing where
        those take more than half of the free memory); `sce_net_ms`, `type_aware_ms` and `exhaustive_ms` those of
        networks that score every candidate: weights for each pair of items, cached vectors that are masked when they
        are asked for, and CSA-Net itself. `identical`: the look-up ranks as CSA-Net itself does.
    """
    built: list[FoldedIndex] = []
    index_s = timed(lambda: built.append(FoldedIndex.of(masks, *items)))
    folded, questions = built[0], ask(items, QUESTIONS)
    pool = [torch.from_numpy(items.vectors[rows]) for rows in folded.members]
    sce_net, type_aware = SCENet(1, network.config).eval(), TypeAware(1, network.config).eval()
    exhaustive = Exhaustive(network.scores, pool, folded.members)
    ways: dict[str, LookUp] = {
        "folded": folded,
        "sce_net": Exhaustive(sce_net.scores, pool, folded.members),
        "type_aware": Exhaustive(partial(masked_scores, type_aware), pool, folded.members),
        "exhaustive": exhaustive,
    }
    paper_bytes = len(masks.table) * items.vectors.nbytes
    if paper_bytes <= free_memory() / 2:
        ways["paper"] = PaperIndex.of(masks, *items)
    times = all_in_turns(ways, questions[:rounds])
    return {
        "products": len(items.vectors),
        **{f"{name}_ms": times.get(name) for name in ("folded", "paper", "sce_net", "type_aware", "exhaustive")},
        "times_faster": times["sce_net"] / times["folded"],
        "identical": all(same_ranking(folded, exhaustive, question) for question in questions),
        "bytes_per_item": folded.bytes_per_item,
        "paper_bytes_per_item": paper_bytes / len(items.vectors),
        "index_s": index_s,
    }


@dataclass(frozen=True)
class Exhaustive:
    """A network that is asked about every item of the wanted category, some at a time."""

    score: Score
    candidates: Sequence[Tensor]
    """The items of each category. Shape of each: (members, d)."""
    members: Sequence[Indices]

    @torch.inference_mode()
    def scores(self, vectors: Vectors, categories: Indices, wanted: int) -> Tensor:
        """How well each item of the wanted category fits. Shape: (members,)."""
        outfits = Outfits(
            torch.from_numpy(vectors)[None],
            torch.from_numpy(categories)[None],
            torch.ones(1, len(categories)),
            torch.tensor([wanted]),
        )
        return torch.cat([self.score(outfits, some[None])[0] for some in self.candidates[wanted].split(CHUNK)])

    def search(self, vectors: Vectors, categories: Indices, wanted: int, k: int) -> tuple[Indices, Vectors]:
        """The best items of the wanted category and their scores, best first."""
        scores = self.scores(vectors, categories, wanted)
        best = scores.topk(min(k, len(scores)))
        return self.members[wanted][best.indices.numpy()], best.values.numpy()


def masked_scores(network: Masked, outfits: Outfits, items: Tensor) -> Tensor:
    """Every item embedded for each of its pairs of categories, then compared (as type-aware networks are published)."""
    masks, masked = network.masked(outfits)
    apart = masks[:, :, None] * items[:, None] - masked[:, :, None]
    return 1 - (network.item_weights(outfits)[:, :, None] * (apart * apart).sum(3)).sum(1) / 2


def same_ranking(look_up: LookUp, exhaustive: Exhaustive, question: Question) -> bool:
    """Whether the first DEPTH are those that scoring every candidate gives, in that order."""
    found, _ = look_up.search(*question[:3], DEPTH)
    scores = exhaustive.scores(*question[:3]).numpy()
    return ranks_as(scores, np.searchsorted(exhaustive.members[question.wanted], found))


def ranks_as(scores: Vectors, found: Indices) -> bool:
    """Whether the places found are those of the greatest scores, in order but for what is TIED."""
    best = -np.sort(-scores)[:DEPTH]
    if len(found) != len(best) or len(np.unique(found)) != len(found):
        return False
    return bool((np.abs(scores[found] - best) <= TIED).all())


def all_in_turns(ways: Mapping[str, LookUp], questions: Sequence[Question], warm_up: int = 2) -> dict[str, float]:
    """Median milliseconds of each way to answer; another one comes first in every round, so that noise hits all.

    Args:
        warm_up: rounds before those that count.
    """
    names = list(ways)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, len(questions)):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            seconds = timed(partial(ways[name].search, *questions[number % len(questions)][:3], K))
            if number >= 0:
                times[name].append(seconds)
    return {name: float(np.median(some)) * 1000 for name, some in times.items()}


def stock(shop: Shop) -> tuple[list[Product], Items]:
    """The shop's products whose categories are understood, and the vectors of their first photos."""
    completer, products = shop.completer, shop.index.products()
    held = shop.index.vectors([product.id for product in products], identity_of(completer))
    categories = {product.id: completer.category_of(product.category) for product in products}
    usable = [product for product in products if product.id in held and categories[product.id]]
    numbers = [completer.categories.index(str(categories[product.id])) for product in usable]
    folded = np.array([held[product.id][0] for product in usable], np.float32).reshape(-1, completer.dim)
    return usable, Items(_unit(unfold(folded)), np.array(numbers, np.int64))


def draw(real: Items, size: int) -> Items:
    """As many items: real ones, and around them as many as are needed besides."""
    random = np.random.default_rng(0)
    own = random.permutation(len(real.vectors))[:size]
    places = np.concatenate([own, random.integers(0, len(real.vectors), size - len(own))])
    vectors = real.vectors[places]
    noise = random.standard_normal((size - len(own), vectors.shape[1]), np.float32)
    vectors[len(own) :] += np.float32(SPREAD / np.sqrt(vectors.shape[1])) * noise
    return Items(_unit(vectors), real.categories[places])


def ask(items: Items, count: int) -> list[Question]:
    """Outfits of items in different categories, as far as there are so many; each category is wanted as often.

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
    questions = []
    for number in range(count):
        wanted = int(kinds[number % len(kinds)])
        worn = np.resize(random.permutation(kinds[kinds != wanted]), OUTFIT)
        rows = np.array([random.choice(members[kind]) for kind in worn.tolist()])
        questions.append(Question(items.vectors[rows], items.categories[rows], wanted, rows))
    return questions


def photos_per_second(completer: Completer, products: Sequence[Product]) -> float:
    """How many decoded photos the network looks at in a second."""
    files = [product.images[0] for product in products[:PHOTOS]]
    photos = np.stack([fit(load_image(file, at_least=completer.size), completer.size) for file in files])
    return len(photos) / timed(partial(completer.gallery, photos))


def free_memory() -> float:
    """Bytes that can be had; where the system doesn't say, half of what the machine has."""
    table = Path("/proc/meminfo")
    if table.exists():
        said = dict(line.split(":") for line in table.read_text().splitlines())
        return int(said["MemAvailable"].split()[0]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2


def _indexed(folder: Path, data: Path | None, weights: str | Completer | None, encoder: str | Encoder | None) -> Shop:
    """A shop of its own for a catalogue, or for the drawn boutique."""
    if data is None:
        from modiste.boutique import make

        data, encoder = folder / "boutique", encoder or "encoder-boutique"
        make(data, seed=0)
    shop = open_shop(folder / "shop", encoder=encoder, completer=weights, create=True)
    shop.add(data)
    return shop


def _protocol(products: int) -> str:
    return (
        f"outfits of {OUTFIT} items, the {K} best of one other category, each category wanted as often; the items are "
        f"the shop's {products:,} and others drawn around those, in the same shares; rankings compared down to "
        f"{DEPTH} for {QUESTIONS} outfits, scores within {TIED:g} being equal"
    )


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
