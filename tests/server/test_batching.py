"""Requests that are worked on together."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from modiste.catalog.records import Catalog, Product
from modiste.errors import UsageError
from modiste.server.batching import Batcher, batched
from modiste.server.metrics import Metrics
from modiste.server.settings import Settings
from modiste.shop import open_shop
from tests.fakes import COLOURS, FakeCompleter, FakeEncoder, FakeRefiner, save_photo
from tests.imagine.imaginers import tiny

PATIENCE = 20
"""Seconds after which a test takes it for a deadlock."""


class Gate:
    """Work that notes what it gets, and holds its first call until it is opened."""

    def __init__(self, work=lambda requests: [request * 10 for request in requests]):
        self.begun, self.opened, self.calls, self._work = threading.Event(), threading.Event(), [], work

    def __call__(self, requests):
        self.calls.append(list(requests))
        if len(self.calls) == 1:
            self.begun.set()
            assert self.opened.wait(PATIENCE)
        return self._work(requests)


def batcher_of(work, most=16, wait=0.002):
    """A batcher whose batches nobody counts."""
    return Batcher(work, most, wait, lambda size: None)


def together(batcher, gate, requests):
    """The first request is worked on while the others come in, in their order; an answer or an error for each."""

    def ask(request):
        try:
            return batcher(request)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(requests)) as pool:
        asked = [pool.submit(ask, requests[0])]
        assert gate.begun.wait(PATIENCE)
        for number, request in enumerate(requests[1:], 1):
            asked.append(pool.submit(ask, request))
            until(lambda number=number: len(batcher._waiting) == number)
        gate.opened.set()
        return [one.result(PATIENCE) for one in asked]


def until(true):
    """Wait for something that another thread does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("most", "calls"),
    [
        (16, [[1], [2, 3, 4, 5, 6]]),
        (5, [[1], [2, 3, 4, 5, 6]]),
        (3, [[1], [2, 3, 4], [5, 6]]),
        (1, [[1], [2], [3], [4], [5], [6]]),
    ],
)
def test_what_comes_in_meanwhile_is_worked_on_together_in_its_order(most, calls):
    gate, seen = Gate(), []
    answers = together(Batcher(gate, most, 0, seen.append), gate, [1, 2, 3, 4, 5, 6])
    assert answers == [10, 20, 30, 40, 50, 60]
    assert gate.calls == calls
    assert seen == [len(call) for call in calls]


def test_a_lone_caller_never_waits():
    batcher = batcher_of(lambda requests: requests, wait=PATIENCE)
    started = time.monotonic()
    assert [batcher(number) for number in range(3)] == [0, 1, 2]
    assert time.monotonic() - started < PATIENCE / 2


def test_who_had_to_wait_waits_for_company():
    gate = Gate()
    batcher = batcher_of(gate, most=3, wait=PATIENCE)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher, 1)
        assert gate.begun.wait(PATIENCE)
        second = pool.submit(batcher, 2)
        until(lambda: batcher._waiting)
        gate.opened.set()
        assert first.result(PATIENCE) == 10
        until(lambda: batcher._working)
        assert gate.calls == [[1]]
        others = [pool.submit(batcher, 3)]
        until(lambda: len(batcher._waiting) == 2)
        others.append(pool.submit(batcher, 4))
        assert [one.result(PATIENCE / 2) for one in (second, *others)] == [20, 30, 40]
    assert gate.calls == [[1], [2, 3, 4]]


def test_company_that_does_not_come_is_not_waited_for_long():
    gate = Gate()
    started = time.monotonic()
    assert together(batcher_of(gate, wait=0.05), gate, [1, 2]) == [10, 20]
    assert time.monotonic() - started < PATIENCE / 2


def test_an_error_goes_to_those_who_caused_it():
    def divide(requests):
        return [12 // request for request in requests]

    gate = Gate(divide)
    answers = together(batcher_of(gate, wait=0), gate, [1, 2, 0, 3, 0])
    assert [answers[place] for place in (0, 1, 3)] == [12, 6, 4]
    assert isinstance(answers[2], ZeroDivisionError)
    assert isinstance(answers[4], ZeroDivisionError)
    assert answers[2] is not answers[4]
    assert gate.calls == [[1], [2, 0, 3, 0], [2], [0], [3], [0]]


def test_too_few_answers_are_an_error_of_the_work():
    batcher = batcher_of(lambda requests: [], wait=0)
    with pytest.raises(ValueError, match="shorter"):
        batcher(1)


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_it_goes_on_after_the_work_was_broken_off(failure):
    def work(requests):
        if requests == [1]:
            raise failure("broken off")
        return requests

    batcher = batcher_of(work)
    with pytest.raises(failure, match="broken off"):
        batcher(1)
    assert batcher(2) == 2


def test_thirty_two_threads_get_their_own_answers():
    """Some of which are errors; each thread's thirty requests follow at once on one another."""
    at_once, calls, lock = [0], [], threading.Lock()

    def work(requests):
        with lock:
            at_once[0] += 1
        assert at_once[0] == 1, "worked on twice at once"
        calls.append(len(requests))
        time.sleep(0.0005)
        try:
            if any(request % 97 == 0 for request in requests):
                raise UsageError(f"not {requests}")
            return [-request for request in requests]
        finally:
            with lock:
                at_once[0] -= 1

    batcher = batcher_of(work, most=8, wait=0.001)

    def ask(thread):
        for request in range(1 + thread * 30, 31 + thread * 30):
            if request % 97:
                assert batcher(request) == -request
            else:
                with pytest.raises(UsageError, match=rf"not \[{request}\]"):
                    batcher(request)
        return thread

    with ThreadPoolExecutor(32) as pool:
        asked = [pool.submit(ask, thread) for thread in range(32)]
        assert [one.result(PATIENCE) for one in asked] == list(range(32))
    assert max(calls) == 8
    assert not batcher._waiting


@pytest.fixture
def metrics():
    return Metrics()


def batch_sizes(metrics, network):
    """How many calls a network had, and how many requests in them."""
    value = metrics.registry.get_sample_value
    return tuple(value(f"modiste_batch_size_{part}", {"network": network}) for part in ("count", "sum"))


def at_once(function, requests):
    """Answers to requests from as many threads."""
    with ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(function, requests))


@pytest.fixture
def stocked(tmp_path):
    """A shop of one product, with these networks instead of the usual stand-ins."""

    def make(**networks):
        fakes = {"encoder": FakeEncoder(), "refiner": FakeRefiner(), "completer": FakeCompleter(), **networks}
        shop = open_shop(tmp_path / "shop", **fakes, create=True)
        shop.add(Catalog("spring", (Product("1", (save_photo(tmp_path / "red.png", "red"),)),)))
        return shop

    return make


def test_an_encoder_answers_as_before(stocked, metrics):
    plain = FakeEncoder()
    encoder = batched(stocked(encoder=plain), Settings(), metrics).encoder
    assert (encoder.name, encoder.revision, encoder.dim, encoder.size) == ("fake", "12345678", 256, (32, 24))
    read = at_once(lambda colour: encoder.encode_texts([colour]), [*COLOURS])
    assert np.concatenate(read) == pytest.approx(plain.encode_texts([*COLOURS]), abs=1e-6)
    photos = np.random.default_rng(0).integers(0, 256, (3, 32, 24, 3), np.uint8)
    assert encoder.encode_images(photos) == pytest.approx(plain.encode_images(photos))
    assert batch_sizes(metrics, "words")[1] == len(COLOURS)


def test_several_texts_at_once_are_a_batch_already(stocked, metrics):
    encoder = batched(stocked(), Settings(), metrics).encoder
    assert encoder.encode_texts(["red", "blue"]).shape == (2, 256)
    assert batch_sizes(metrics, "words") == (None, None)


def test_an_imaginer_draws_as_before(stocked, tmp_path, metrics):
    from modiste.imagine.pipeline import imagine

    plain = tiny(tmp_path / "imaginer")
    imaginer = batched(stocked(imaginer=plain), Settings(), metrics).imaginer
    asked = [("black jeans", 1, 1), ("women's black jeans", 2, 3), ("pants", 3, 2), ("black shorts", 4, 1)]
    drawn = at_once(lambda one: imagine(one[0], seed=one[1], n=one[2], weights=imaginer), asked)
    for (text, seed, n), strip in zip(asked, drawn, strict=True):
        alone = imagine(text, seed=seed, n=n, weights=plain)
        assert [frame.text for frame in strip.frames] == [frame.text for frame in alone.frames]
        for frame, same in zip(strip.frames, alone.frames, strict=True):
            assert frame.pictures.shape == same.pictures.shape
            difference = np.abs(frame.pictures.astype(int) - same.pictures)
            assert difference.max() <= 1  # sums of floats depend on how many are added at once
    assert batch_sizes(metrics, "imagine")[1] == 4


def test_a_batched_shop_answers_as_before(tmp_path, metrics):
    photos = [save_photo(tmp_path / f"{name}.png", name) for name in COLOURS]
    products = (Product(f"{n:02}", (photos[n % 6],), title=f"thing {n}", category="tops") for n in range(12))
    shop = open_shop(
        tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner(), completer=FakeCompleter(), create=True
    )
    shop.add(Catalog("spring", tuple(products)))
    same = batched(shop, Settings(batch=4), metrics)
    assert same.path == shop.path
    assert (same.completer, same.refiner) == (shop.completer, shop.refiner)
    assert same.imaginer.name == shop.imaginer.name
    questions = [
        lambda shop: shop.search("red"),
        lambda shop: shop.search(image=photos[2]),
        lambda shop: shop.refine("in black", id="03"),
        lambda shop: shop.imagine("red dress", seed=1),
    ] * 3
    for page, question in zip(at_once(lambda one: one(same), questions), questions, strict=True):
        alone = question(shop)
        assert [hit.id for hit in page.hits] == [hit.id for hit in alone.hits]
        assert [hit.score for hit in page.hits] == pytest.approx([hit.score for hit in alone.hits], abs=1e-6)
    assert batch_sizes(metrics, "words")[1] == 6
    assert batch_sizes(metrics, "imagine")[1] == 3


def test_a_batched_shop_takes_products_in(tmp_path, metrics):
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner(), create=True)
    photo = save_photo(tmp_path / "red.png", "red")
    shop.add(Catalog("spring", (Product("1", (photo,)),)))
    same = batched(shop, Settings(), metrics)
    same.add(Catalog("more", (Product("2", (photo,)), Product("3", (save_photo(tmp_path / "blue.png", "blue"),)))))
    assert len(same) == len(open_shop(shop.path, encoder=FakeEncoder())) == 3
