"""`modiste bench serve`: requests per second of the service, beside the same calls in this process."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.catalog.records import Product
from modiste.encoders import Encoder
from modiste.errors import UsageError
from modiste.index import identity_of
from modiste.lab.bench.load import Load, Round, load_generator
from modiste.lab.bench.service import first_page, peak_of, serve_command, served
from modiste.lab.bench.timing import Timing, shop_to_measure
from modiste.shop import Shop, open_shop
from modiste.shop.contract import MAX_TEXT
from modiste.types import Progress

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

_CLIENTS = (1, 8, 32)
"""Numbers of connections that send requests at once."""
ROUNDS = 3
"""Of each call, in this process and with each number of clients."""
_SECONDS = 1.5
"""Of a round; requests under way are waited for."""
_BODIES = 2_000
"""Bodies that a round has at hand."""
OUTFIT = 4
"""Items that are completed, as far as there are so many categories."""
WARM_UP = 0.2
"""Seconds of the rounds before those that count."""
HERE = 0
"""Stands for the number of clients where the calls are made in this process."""
_PROTOCOL = (
    "a shop of {products:,} products, served by modiste serve in a process of its own with its usual settings; search "
    "by words of its titles, refine a product with what customers typed, complete an outfit of "
    f"{OUTFIT} with one category, no question twice; "
    "{clients} clients that ask without a pause, each on a connection of its own, all in another process, and one call "
    "after the other in this process: {rounds} rounds of {seconds:g} s of each, in turns; the photos had been looked "
    "at; an answer counts if its status is 200 and it has hits; a call's ratio is the service's requests a second over "
    "this process's, the whole ratio the least of the calls' best; times are those of one search at a time, the floor "
    "is the search in this process"
)

_Body = dict[str, Any]
"""Of a request; also the arguments of the shop's own call."""


def run(
    shop: Path | None = None,
    data: Path | None = None,
    *,
    encoder: str | Encoder | None = None,
    clients: Sequence[int] = _CLIENTS,
    rounds: int = ROUNDS,
    seconds: float = _SECONDS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Serve a shop, search for its own products by words, refine them, and complete outfits of them.

    Args:
        shop, data, encoder: those of `shop_to_measure`.
        clients: numbers of connections that send requests at once.
        rounds: of each call and number of clients.
        seconds: of each round.
        progress: called with the number of rounds that are done, and of all.

    Returns:
        The contents of a bench file (`ratio` is the least of the calls': the service's best throughput over that of the
        same calls in this process; times are of searches by one client, the floor is the search in this process;
        memory is the service's), and beside it `first_ready_s`, the service's start, `first_page_s`, the showroom's
        (None without a browser), and `wrong`, the reasons for some wrong responses. Under `sizes`, each call with
        each number of clients.

    Raises:
        ModisteError: the service doesn't start.
        UsageError: the shop is empty.
    """
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as name:
        folder = Path(name)
        opened = open_shop(shop or shop_to_measure(None, folder, data, encoder).path)
        calls, products = _draw_calls(opened), len(opened)
        with served(serve_command(opened.path), folder) as server, load_generator() as load:
            page = first_page(server.port)
            measured = _measure(opened, server.port, load, calls, clients, rounds, seconds, progress)
            peak = peak_of(server.pid)
    own = {
        "first_ready_s": round(server.ready_s, 3),
        "first_page_s": page and round(page, 3),
        "wrong": sorted({reason for each in measured.values() for done in each for reason in done.wrong})[:5],
        "cores": os.cpu_count(),
    }
    many = ", ".join(map(str, clients))
    protocol = _PROTOCOL.format(products=products, clients=many, rounds=rounds, seconds=seconds)
    return _result(measured, clients, peak) | own | {"protocol": protocol}


def _draw_calls(shop: Shop) -> dict[str, Iterator[_Body]]:
    """Bodies of each verb that is measured, no two of them the same.

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
    sentences = [text for text in cases if shop.refiner.asks(text)]
    searches = ({"text": f"{text} {word}", "k": k} for text, word in _pairs(texts, words))
    refinements = ({"id": product.id, "text": text, "k": k} for product, text in _pairs(products, sentences))
    completions = ({"items": worn, "want": want, "k": k} for worn, want in _outfits(shop.completer, products))
    return {"search": searches, "refine": refinements, "complete": completions}


def _measure(
    shop: Shop,
    port: int,
    load: Load,
    calls: Mapping[str, Iterator[_Body]],
    clients: Sequence[int],
    rounds: int,
    seconds: float,
    progress: Progress | None = None,
) -> Mapping[tuple[str, int], list[Round]]:
    """Rounds in this process and of the service, in turns, by verb and clients; these are `HERE` for this process."""
    ways, done = (HERE, *clients), count(1)
    measured: dict[tuple[str, int], list[Round]] = {(verb, way): [] for verb in calls for way in ways}
    for verb, bodies in calls.items():
        for number in range(-1, rounds):
            for way in ways if number % 2 else reversed(ways):
                lasting = seconds if number >= 0 else WARM_UP
                result = (
                    load(port, f"/v1/{verb}", list(islice(bodies, _BODIES)), way, lasting)
                    if way
                    else _in_process(getattr(shop, verb), bodies, lasting)
                )
                if number >= 0:
                    measured[verb, way].append(result)
                if progress:
                    progress(next(done), len(calls) * len(ways) * (rounds + 1))
    return measured


def _in_process(verb: Callable[..., Any], bodies: Iterator[_Body], seconds: float) -> Round:
    """Calls of the shop itself, one after the other, for some time."""
    started, ms, empty = time.perf_counter(), [], 0
    while (before := time.perf_counter()) < started + seconds:
        empty += not verb(**next(bodies)).hits
        ms.append(1000 * (time.perf_counter() - before))
    return Round(time.perf_counter() - started, ms, ["nothing was found in this process"] * empty)


def _pairs(firsts: Sequence[Any], seconds: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Pairs of each with each, both in a random order; from the start again after the last."""
    random = np.random.default_rng(0)
    first, second = random.permutation(len(firsts)), random.permutation(len(seconds))
    for number in count():
        turn, index = divmod(number, len(first))
        yield firsts[first[index]], seconds[second[(turn + index) % len(second)]]


def _outfits(completer: Completer, products: Sequence[Product]) -> Iterator[tuple[list[str], str]]:
    """Products of different categories for one gender, and a category that they lack, each category as often."""
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
    return ((_draw_outfit(kinds, want, random), want) for kinds, want in cycle(wanted))


def _draw_outfit(kinds: Mapping[str, Sequence[str]], want: str, random: np.random.Generator) -> list[str]:
    others = random.permutation([name for name in kinds if name != want])[:OUTFIT]
    return [str(random.choice(kinds[name])) for name in others]


def _result(measured: Mapping[tuple[str, int], Sequence[Round]], clients: Sequence[int], peak: float) -> dict[str, Any]:
    verbs = list(dict.fromkeys(verb for verb, _ in measured))
    rows = [_row(verb, number, measured) for verb in verbs for number in clients]
    search, here = measured["search", min(clients)], measured["search", HERE]
    ratio = min(max(row["ratio"] for row in rows if row["call"] == verb) for verb in verbs)
    timing = Timing(_quantile(search, 0.5), _quantile(search, 0.95), _quantile(here, 0.5))
    return timing.result("serve", rows, ratio, peak)


def _row(verb: str, clients: int, measured: Mapping[tuple[str, int], Sequence[Round]]) -> dict[str, Any]:
    rounds, here = measured[verb, clients], _requests_per_second(measured[verb, HERE])
    rps = _requests_per_second(rounds)
    return {
        "call": verb,
        "clients": clients,
        "requests": sum(len(each.ms) for each in rounds),
        "rps": rps,
        "p50_ms": _quantile(rounds, 0.5),
        "p95_ms": _quantile(rounds, 0.95),
        "p99_ms": _quantile(rounds, 0.99),
        "errors": sum(len(each.wrong) for each in rounds),
        "in_process_rps": here,
        "ratio": rps / here,
    }


def _requests_per_second(rounds: Sequence[Round]) -> float:
    """Right responses a second."""
    return sum(len(each.ms) - len(each.wrong) for each in rounds) / sum(each.seconds for each in rounds)


def _quantile(rounds: Sequence[Round], share: float) -> float:
    return float(np.quantile([ms for each in rounds for ms in each.ms], share))
