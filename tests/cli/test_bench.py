from __future__ import annotations

import json

import pytest

from modiste.cli import run


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
