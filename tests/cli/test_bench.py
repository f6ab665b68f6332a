from __future__ import annotations

import json

import pytest

from modiste.cli import run
from modiste.cli.bench import _rows
from tests.fakes import FakeRefiner
from tests.lab.bench import completers


@pytest.fixture
def catalogue_bench(catalogue, fake_encoder):
    """The command, on a few products."""
    return ["bench", "index", "--data", str(catalogue)]


def test_bench_tells_of_indexing_and_searching(catalogue_bench, capsys):
    assert run(catalogue_bench) == 0
    told = capsys.readouterr().out
    assert told.startswith("24 photos indexed at ")
    assert [line.split()[0] for line in told.splitlines()[-3:]] == ["photo", "words", "id"]


def test_bench_for_the_record(catalogue_bench, tmp_path):
    file = tmp_path / "bench-index.json"
    assert run([*catalogue_bench, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert result["verb"] == "index"
    assert result["sizes"] == [{"products": 24, "photos": 24}]


@pytest.fixture
def refine_bench(shop, monkeypatch):
    """The command, on a small shop; the bare networks are nothing."""
    monkeypatch.setattr("modiste.refine.load_refiner", lambda name=None, encoder="": FakeRefiner())
    monkeypatch.setattr("modiste.lab.bench.refine._bare_networks", lambda refiner: lambda photo, text: lambda: None)
    return ["bench", "refine", "--shop", str(shop)]


def test_bench_tells_of_refining(refine_bench, capsys):
    assert run(refine_bench) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["products", "photos", "p50", "ms", "p95", "ms", "floor", "ms", "ratio", "MiB"]
    assert row.split()[:2] == ["24", "24"]


def test_refine_bench_for_the_record(refine_bench, tmp_path):
    file = tmp_path / "bench-refine.json"
    assert run([*refine_bench, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert (result["verb"], result["sizes"]) == ("refine", [{"products": 24, "photos": 24, "dim": 512}])


@pytest.fixture
def complete_bench(tmp_path, fake_encoder, monkeypatch):
    """The command, on a small shop and few items."""
    opened = completers.shop(tmp_path)
    monkeypatch.setattr("modiste.complete.load_completer", lambda name=None, encoder="": opened.completer)
    return ["bench", "complete", "--shop", str(opened.path), "--size", "100", "--size", "200"]


def test_bench_tells_of_completing(complete_bench, capsys):
    assert run(complete_bench) == 0
    said, head, *rows = capsys.readouterr().out.splitlines()
    assert said.startswith("outfits completed among 36 products in ")
    assert head.split()[:3] == ["items", "folded", "ms"]
    assert [row.split()[0] for row in rows[:2]] == ["100", "200"]
    assert all("yes" in row.split() for row in rows[:2])


def test_complete_bench_for_the_record(complete_bench, tmp_path):
    file = tmp_path / "bench-complete.json"
    assert run([*complete_bench, "--json", str(file)]) == 0
    result = json.loads(file.read_text())
    assert (result["verb"], result["products"]) == ("complete", 36)
    assert [(size["products"], size["identical"]) for size in result["sizes"]] == [(100, True), (200, True)]


@pytest.mark.parametrize(("paper_ms", "told"), [(1.234, "1.23"), (None, "no room")])
def test_a_published_index_that_memory_has_no_room_for(paper_ms, told):
    size = {
        **dict.fromkeys(("folded_ms", "exhaustive_ms", "type_aware_ms", "sce_net_ms", "times_faster", "index_s"), 1.0),
        **{"products": 1_000_000, "paper_ms": paper_ms, "identical": False},
        **{"bytes_per_item": 516.0, "paper_bytes_per_item": 2816.0},
    }
    (row,) = _rows("complete", {"sizes": [size]})
    assert (row["items"], row["paper ms"], row["same"]) == ("1,000,000", told, "no")
    assert (row["bytes"], row["paper bytes"]) == ("516", "2,816")
