from __future__ import annotations

import json

import pytest

from modiste.cli import run
from tests.fakes import FakeRefiner


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
    monkeypatch.setattr("modiste.bench.refine.bare_networks", lambda refiner: lambda photo, text: lambda: None)
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
