"""`modiste bench serve`: requests per second of the service, beside the same calls in this process."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from modiste.catalog.records import Product
from modiste.encoders import Encoder
from modiste.errors import UsageError
from modiste.lab.bench.load import LoadGenerator, Round, load_generator
from modiste.lab.bench.page import first_page
from modiste.lab.bench.service import peak_of, serve_command, served
from modiste.lab.measures import bench_result
from modiste.shop import MAX_TEXT, Shop, identity_of, open_shop
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

CLIENTS = (1, 8, 32)
"""Connections that ask at once."""

ROUNDS = 3
"""Of each call, in this process and with each number of clients."""

SECONDS = 1.5
"""Of a round; requests under way are waited for."""

QUESTIONS = 2_000
"""That a round has at hand."""

OUTFIT = 4
"""Items that are completed, as far as there are so many categories."""

WARM_UP = 0.2
"""Seconds of the rounds before those that count."""

HERE = 0
"""Clients of the calls in this process."""

Body = dict[str, Any]
"""Of a request; also what the shop's own call is given."""


class Call(NamedTuple):
    """What is asked for, again and again but never the same."""

    verb: str
    bodies: Iterator[Body]


def run(
    shop: Path | None = None,
    data: Path | None = None,
    *,
    encoder: str | Encoder | None = None,
    clients: Sequence[int] = CLIENTS,
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
    reopen: Callable[[Path], Shop] = open_shop,
    command: Callable[[Path], Sequence[str]] = serve_command,
    visit: Callable[[int], float | None] = first_page,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Serve a shop, and ask for products of its own by words, to refine them and to complete outfits of them.

    Args:
        shop: the shop to serve; by default one of `data`.
        data: a catalogue to index; by default the drawn boutique.
        encoder: of a shop that is indexed for this; the photos' encoder by default, the drawings' for the boutique.
        clients: how many ask at once.
        rounds: of each call and number of clients.
        seconds: of each round.
        reopen: opens the shop whose calls are made in this process.
        command: starts a service that prints its `url` as JSON.
        visit: seconds until the first page of the service at a port can be used.
        progress: called with the rounds that are done, and all.

    Returns:
        What a bench file holds (`ratio` is the least of the calls': the service's best throughput over that of the
        same calls in this process; times are of searches by one client, the floor is the search in this process;
        memory is the service's), and beside it `first_ready_s`, the service's start, `first_page_s`, the showroom's
        (nothing without a browser), and `wrong`, what some of the wrong answers said. Under `sizes`, each call with
        each number of clients.

    Raises:
        ModisteError: the service doesn't start.
        UsageError: the shop has nothing to ask for.
    """
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as name:
        folder = Path(name)
        opened = reopen(shop or _indexed(folder, data, encoder))
        asked, products = calls(opened), len(opened)
        with served(command(opened.path), folder) as server, load_generator() as load:
            page = visit(server.port)
            found = measure(opened, server.port, load, asked, clients, rounds, seconds, progress)
            peak = peak_of(server.pid)
    rows = [_row(call.verb, many, found) for call in asked for many in clients]
    search, here = found["search", min(clients)], found["search", HERE]
    result = bench_result(
        verb="serve",
        p50_ms=_quantile(search, 0.5),
        p95_ms=_quantile(search, 0.95),
        floor_ms=_quantile(here, 0.5),
        ratio=min(max(row["ratio"] for row in rows if row["call"] == call.verb) for call in asked),
        peak_mib=peak,
        sizes=rows,
    )
    wrong = sorted({why for each in found.values() for one in each for why in one.wrong})[:5]
    seconds_to = {"first_ready_s": round(server.ready_s, 3), "first_page_s": page and round(page, 3)}
    own = {**seconds_to, "wrong": wrong, "cores": os.cpu_count()}
    return result | own | {"protocol": _protocol(products, clients, rounds, seconds)}


def calls(shop: Shop) -> list[Call]:
    """The verbs that are measured, and what they are asked; each question is another one.

    Raises:
        UsageError: the shop is empty, or no outfit can be put together.
    """
    from modiste.lab.refine.protocol import written_cases

    products, k = shop.index.products(), min(10, len(shop))
    if not products:
        raise UsageError(f"the shop {shop.path} is empty, so there is nothing to measure; run: modiste index")
    for network in (shop.refiner, shop.completer):
        shop.index.fill(identity_of(network), network.gallery, network.size)
    texts = [(product.title or product.category or product.id)[: MAX_TEXT // 2] for product in products]
    words = sorted({word for text in texts for word in text.split()})
    cases = (case["text"] for case in written_cases())
    wishes = [text for text in cases if shop.refiner.asks(text)]
    searches = ({"text": f"{text} {word}", "k": k} for text, word in _pairs(texts, words))
    refinements = ({"id": product.id, "text": wish, "k": k} for product, wish in _pairs(products, wishes))
    completions = ({"items": worn, "want": want, "k": k} for worn, want in _outfits(shop.completer, products))
    return [Call("search", searches), Call("refine", refinements), Call("complete", completions)]


def measure(
    shop: Shop,
    port: int,
    load: LoadGenerator,
    asked: Sequence[Call],
    clients: Sequence[int],
    rounds: int,
    seconds: float,
    progress: Progress | None = None,
) -> Mapping[tuple[str, int], list[Round]]:
    """Ask in this process and the service, in turns; by verb and clients, which are `HERE` for this process."""
    ways, done = (HERE, *clients), count(1)
    found: dict[tuple[str, int], list[Round]] = {(call.verb, way): [] for call in asked for way in ways}
    for call in asked:
        for number in range(-1, rounds):
            for way in ways if number % 2 else reversed(ways):
                lasting = seconds if number >= 0 else WARM_UP
                one = (
                    load(port, f"/v1/{call.verb}", list(islice(call.bodies, QUESTIONS)), way, lasting)
                    if way
                    else in_process(shop, call, lasting)
                )
                if number >= 0:
                    found[call.verb, way].append(one)
                if progress:
                    progress(next(done), len(asked) * len(ways) * (rounds + 1))
    return found


def in_process(shop: Shop, call: Call, seconds: float) -> Round:
    """One call after the other, for some time."""
    verb = getattr(shop, call.verb)
    started, ms, empty = time.perf_counter(), [], 0
    while (before := time.perf_counter()) < started + seconds:
        empty += not verb(**next(call.bodies)).hits
        ms.append(1000 * (time.perf_counter() - before))
    return Round(time.perf_counter() - started, ms, ["nothing was found in this process"] * empty)


def _indexed(folder: Path, data: Path | None, encoder: str | Encoder | None) -> Path:
    """A shop of its own for a catalogue, or for the drawn boutique."""
    if data is None:
        from modiste.boutique import make

        data, encoder = folder / "boutique", encoder or "encoder-boutique"
        make(data, seed=0)
    open_shop(folder / "shop", encoder=encoder, create=True).add(data)
    return folder / "shop"


def _pairs(firsts: Sequence[Any], seconds: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each with each, both drawn in another order; all over again after the last."""
    random = np.random.default_rng(0)
    first, second = random.permutation(len(firsts)), random.permutation(len(seconds))
    for number in count():
        turn, place = divmod(number, len(first))
        yield firsts[first[place]], seconds[second[(turn + place) % len(second)]]


def _outfits(completer: Completer, products: Sequence[Product]) -> Iterator[tuple[list[str], str]]:
    """Products of different categories for one gender, and a category of it that they lack, each as often."""
    members: dict[str, dict[str, list[str]]] = {}
    for product in products:
        category = completer.category_of(product.category)
        if category:
            members.setdefault(product.gender, {}).setdefault(category, []).append(product.id)
    wanted = [(kinds, name) for kinds in members.values() if len(kinds) > 1 for name in kinds]
    if not wanted:
        raise UsageError(
            "outfits need products of at least 2 categories that are understood, for the same gender; the shop has "
            "none, so there is nothing to measure"
        )
    random = np.random.default_rng(0)
    return ((_worn(kinds, want, random), want) for kinds, want in cycle(wanted))


def _worn(kinds: Mapping[str, Sequence[str]], want: str, random: np.random.Generator) -> list[str]:
    others = random.permutation([name for name in kinds if name != want])[:OUTFIT]
    return [str(random.choice(kinds[name])) for name in others]


def _row(verb: str, clients: int, found: Mapping[tuple[str, int], Sequence[Round]]) -> dict[str, Any]:
    rounds, pace, here = found[verb, clients], _pace(found[verb, clients]), _pace(found[verb, HERE])
    return {
        "call": verb,
        "clients": clients,
        "requests": sum(len(one.ms) for one in rounds),
        "rps": pace,
        "p50_ms": _quantile(rounds, 0.5),
        "p95_ms": _quantile(rounds, 0.95),
        "p99_ms": _quantile(rounds, 0.99),
        "errors": sum(len(one.wrong) for one in rounds),
        "in_process_rps": here,
        "ratio": pace / here,
    }


def _pace(rounds: Sequence[Round]) -> float:
    """Right answers a second."""
    return sum(len(one.ms) - len(one.wrong) for one in rounds) / sum(one.seconds for one in rounds)


def _quantile(rounds: Sequence[Round], share: float) -> float:
    return float(np.quantile([ms for one in rounds for ms in one.ms], share))


def _protocol(products: int, clients: Sequence[int], rounds: int, seconds: float) -> str:
    many = ", ".join(map(str, clients))
    return (
        f"a shop of {products:,} products, served by modiste serve in a process of its own with its usual settings; "
        f"search by words of its titles, refine a product with what customers typed, complete an outfit of {OUTFIT} "
        f"with one category, no question twice; {many} clients that ask without a pause, each on a connection of its "
        f"own, all in another process, and one call after the other in this process: {rounds} rounds of {seconds:g} s "
        f"of each, in turns; the photos had been looked at; an answer counts if its status is 200 and it has hits; a "
        f"call's ratio is the service's requests a second over this process's, the whole ratio the least of the "
        f"calls' best; times are those of one search at a time, the floor is the search in this process"
    )
