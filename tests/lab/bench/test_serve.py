"""The benchmark of the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from modiste.cli import run as carry_out_command
from modiste.cli.bench import _rows, _sentence
from modiste.errors import ModisteError, UsageError
from modiste.lab.bench import serve
from modiste.lab.bench.load import Round, _carry_out, load_generator
from modiste.lab.bench.serve import HERE, _draw_calls, _measure, run
from modiste.lab.bench.service import peak_of, serve_command, served
from modiste.shop import open_shop
from tests.fakes import FakeCompleter, FakeEncoder, FakeRefiner
from tests.shop.conftest import opened, product, wardrobe

CALLS = ["search", "refine", "complete"]


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Rounds that don't count are short."""
    monkeypatch.setattr(serve, "WARM_UP", 0.02)


def reopened(path):
    return open_shop(path, encoder=FakeEncoder(), refiner=FakeRefiner(), completer=FakeCompleter())


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spring")
    return reopened(opened(folder / "shop", wardrobe(folder / "photos")).path)


@pytest.fixture
def notes(tmp_path):
    """Where a stand-in notes what it is asked: path, connection, body."""
    return tmp_path / "notes.jsonl"


def stand_in(notes, mode=""):
    return [sys.executable, str(Path(__file__).with_name("stand_in.py")), str(notes), *filter(None, [mode])]


def noted(notes):
    return [json.loads(line) for line in notes.read_text().splitlines()]


@pytest.fixture
def quick(shop, notes, monkeypatch):
    """All of it, in short rounds, of a stand-in."""
    monkeypatch.setattr(serve, "open_shop", reopened)
    monkeypatch.setattr(serve, "first_page", lambda port: 0.7)

    def measured(mode="", **options):
        monkeypatch.setattr(serve, "serve_command", lambda path: stand_in(notes, mode))
        return run(**{"shop": shop.path, "clients": (1, 4), "rounds": 1, "seconds": 0.1, **options})

    return measured


def test_what_a_bench_file_holds(quick):
    told = []
    result = quick(progress=lambda done, total: told.append((done, total)))
    rows = result["sizes"]
    assert [(row["call"], row["clients"]) for row in rows] == [(call, many) for call in CALLS for many in (1, 4)]
    assert all(row["errors"] == 0 and row["requests"] > 0 for row in rows)
    assert all(row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"] for row in rows)
    assert all(row["ratio"] == pytest.approx(row["rps"] / row["in_process_rps"], rel=1e-4) for row in rows)
    best = [max(row["ratio"] for row in rows if row["call"] == call) for call in CALLS]
    assert (result["verb"], result["ratio"], result["wrong"]) == ("serve", min(best), [])
    assert (result["p50_ms"], result["p95_ms"]) == (rows[0]["p50_ms"], rows[0]["p95_ms"])
    assert min(result[name] for name in ("floor_ms", "peak_mib", "first_ready_s")) > 0
    assert result["first_page_s"] == 0.7
    assert result["protocol"].startswith("a shop of 36 products, served by modiste serve")
    assert "1, 4 clients that ask without a pause" in result["protocol"]
    total = 3 * 3 * 2
    assert told == [(done, total) for done in range(1, total + 1)]
    assert json.loads(json.dumps(result)) == result


def test_connections_are_kept_and_no_question_is_asked_twice(quick, notes):
    quick(clients=(3,), seconds=0.3)
    asked = noted(notes)
    assert {path for path, _, _ in asked} == {f"/v1/{call}" for call in CALLS}
    rounds = 2
    assert len({port for _, port, _ in asked}) == 3 * len(CALLS) * rounds
    for call in ("search", "refine"):
        bodies = [json.dumps(body) for path, _, body in asked if path == f"/v1/{call}"]
        assert len(bodies) > 5
        assert len(set(bodies)) == len(bodies)


def test_a_catalogue_gets_a_shop_of_its_own(tmp_path, notes, quick, monkeypatch):
    rows = [f"{one.id},{one.images[0].name},{one.category}" for one in wardrobe(tmp_path)]
    (tmp_path / "spring.csv").write_text("\n".join(["id,image,category", *rows]))
    given = []
    monkeypatch.setattr(serve, "open_shop", lambda path: given.append(path) or reopened(path))
    options = {"clients": (2,), "rounds": 1, "seconds": 0.05}
    result = quick(shop=None, data=tmp_path / "spring.csv", encoder=FakeEncoder(), **options)
    assert result["protocol"].startswith("a shop of 36 products")
    assert not given[0].exists()


@pytest.mark.parametrize(
    ("mode", "call", "said"),
    [("broken", "refine", '500: {"title": "it broke"}'), ("empty", "complete", "nothing was found")],
)
def test_wrong_answers_are_errors_and_do_not_count(quick, mode, call, said):
    result = quick(mode)
    assert result["wrong"] == [said]
    for row in result["sizes"]:
        wrong = row["call"] == call
        assert row["errors"] == (row["requests"] if wrong else 0)
        assert (row["rps"] == 0) is wrong
    assert result["ratio"] == 0


def test_questions_are_of_the_shop_and_the_shop_answers_them(shop):
    ids = {product.id for product in shop.index.products()}
    asked = {verb: list(islice(bodies, 100)) for verb, bodies in _draw_calls(shop).items()}
    assert [*asked] == CALLS
    for verb, bodies in asked.items():
        assert len({json.dumps(body) for body in bodies}) >= 50
        assert all(getattr(shop, verb)(**body).hits for body in bodies)
    assert {body["id"] for body in asked["refine"]} == ids
    assert all(set(body["items"]) <= ids and len(body["items"]) == 4 for body in asked["complete"])
    assert {body["want"] for body in asked["complete"]} == {"tops", "bottoms", "shoes", "bags", "hats"}


def test_outfits_are_for_one_gender(tmp_path):
    products = [
        product(tmp_path / "photos", f"{gender}-{kind}", (9 * row, 30, 40), kind, gender=gender)
        for gender in ("men", "women")
        for row, kind in enumerate(("t-shirt", "jeans", "sneakers"))
    ]
    shop = reopened(opened(tmp_path / "shop", products).path)
    for body in islice(_draw_calls(shop)["complete"], 20):
        assert len({id.partition("-")[0] for id in body["items"]}) == 1
        assert shop.complete(**body).hits


def test_a_shop_of_one_category_has_no_outfits(tmp_path):
    shop = reopened(opened(tmp_path / "shop", [product(tmp_path / "photos", "1", "red", "jeans")]).path)
    with pytest.raises(UsageError, match="at least 2 categories that are understood, for the same gender"):
        _draw_calls(shop)


def test_an_empty_shop_has_nothing_to_ask_for(tmp_path):
    shop = reopened(opened(tmp_path / "shop", [product(tmp_path / "photos", "1", "red", "jeans")]).path)
    shop.remove(["1"])
    with pytest.raises(UsageError, match="is empty, so there is nothing to measure; run: modiste index"):
        _draw_calls(shop)


def test_rounds_are_in_turns(shop):
    turns = []

    def load(port, path, bodies, clients, seconds):
        turns.append((path, clients, seconds))
        return Round(1.0, [1.0])

    found = _measure(shop, 1, load, {"search": _draw_calls(shop)["search"]}, (1, 8), 2, 0.05)
    assert turns == [("/v1/search", many, seconds) for seconds, many in (
        (serve.WARM_UP, 1), (serve.WARM_UP, 8), (0.05, 8), (0.05, 1), (0.05, 1), (0.05, 8)
    )]  # fmt: skip
    assert [len(found["search", way]) for way in (HERE, 1, 8)] == [2, 2, 2]
    assert all(one.seconds >= 0.05 and one.ms for one in found["search", HERE])


def test_a_service_is_ready_and_is_ended(notes, tmp_path):
    with served(stand_in(notes), tmp_path) as server:
        assert 0 < server.ready_s < 60
        assert peak_of(server.pid) > 1
        one = _carry_out(server.port, "/v1/search", [{"text": "red"}], 2, 0.05)
        assert one.wrong == []
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
    (why, *_) = _carry_out(server.port, "/v1/search", [{"text": "red"}], 2, 0.05).wrong
    assert why.startswith("0: ConnectionRefusedError")


def test_a_service_that_does_not_start_says_why(notes, tmp_path):
    with (
        pytest.raises(ModisteError, match=r"wasn't ready after \d+ s: modiste: there is no shop"),
        served(stand_in(notes, "dead"), tmp_path),
    ):
        pytest.fail("it is not ready")


def test_the_clients_are_another_process(notes, tmp_path):
    with served(stand_in(notes), tmp_path) as server, load_generator() as load:
        started = time.perf_counter()
        one = load(server.port, "/v1/search", [{"text": "red"}, {"text": "blue"}], 3, 0.2)
        assert 0.2 <= one.seconds <= time.perf_counter() - started
    texts = [body["text"] for _, _, body in noted(notes)]
    assert len(texts) == len(one.ms)
    assert set(texts) == {"red", "blue"}


def test_the_clients_import_little():
    """They would take the cores from the service while they start."""
    heavy = (
        "import sys, modiste.lab.bench.load;"
        "print([name for name in ('numpy', 'torch', 'lancedb') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", heavy], text=True).strip() == "[]"


def test_the_service_is_the_one_of_the_command_line():
    assert serve_command(Path("my shop"))[-7:] == ["serve", "--shop", "my shop", "--showroom", "--port", "0", "--json"]


@pytest.fixture
def result():
    size = {
        "call": "search",
        "clients": 8,
        "requests": 100,
        "rps": 90.04,
        "p50_ms": 80.06,
        "p95_ms": 100,
        "p99_ms": 120,
    }
    return {
        "ratio": 0.876, "first_ready_s": 4.04, "first_page_s": 0.7, "cores": 2, "peak_mib": 1234.5,
        "wrong": ["500: [broken]"],
        "sizes": [{**size, "errors": 1, "in_process_rps": 70.02, "ratio": 1.286}], "protocol": "how it was measured",
    }  # fmt: skip


def test_the_table_and_the_sentence(result):
    assert _rows("serve", result) == [
        {"call": "search", "clients": "8", "requests/s": "90.0", "p50 ms": "80.1", "p95 ms": "100.0",
         "p99 ms": "120.0", "errors": "1", "in process/s": "70.0", "ratio": "1.29"}
    ]  # fmt: skip
    assert _sentence("serve", result) == (
        "ready after 4.0 s; the showroom's first page in 0.7 s; every call reaches at least 0.88 of what it does in "
        "one process; 2 cores, 1,234 MiB of memory at most"
    )
    assert "page" not in _sentence("serve", {**result, "first_page_s": None})


def test_bench_tells_of_the_service(result, monkeypatch, capsys, tmp_path):
    given = []
    monkeypatch.setattr(serve, "run", lambda shop, data, progress: given.append((shop, data)) or result)
    assert carry_out_command(["bench", "serve", "--shop", str(tmp_path)]) == 0
    head, row, ready, *rest = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["call", "clients", "requests/s"]
    assert row.split()[:3] == ["search", "8", "90.0"]
    assert ready.startswith("ready after 4.0 s")
    assert rest == ["wrong: 500: [broken]", "how it was measured"]
    assert carry_out_command(["bench", "serve", "--json", str(tmp_path / "out.json")]) == 0
    assert json.loads((tmp_path / "out.json").read_text()) == result
    assert given == [(tmp_path, None), (None, None)]
