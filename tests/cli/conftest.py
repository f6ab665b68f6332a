"""A small catalogue of plain colours, and a shop of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from modiste.cli import run
from tests.fakes import COLOURS, FakeCompleter, FakeEncoder, FakeRefiner, save_photo

KINDS = ("t-shirt", "dress", "boots", "handbag")


@pytest.fixture
def fake_encoder(monkeypatch):
    """Every encoder that is asked for by a name."""
    encoder = FakeEncoder()
    monkeypatch.setattr("modiste.encoders.load_encoder", lambda name="encoder-photos": encoder)
    return encoder


@pytest.fixture
def fake_refiner(monkeypatch):
    """Every refiner that is asked for."""
    refiner = FakeRefiner()
    monkeypatch.setattr("modiste.refine.load_refiner", lambda name=None, encoder="": refiner)
    return refiner


@pytest.fixture
def fake_completer(monkeypatch):
    """Every completer that is asked for."""
    completer = FakeCompleter()
    monkeypatch.setattr("modiste.complete.load_completer", lambda name=None, encoder="": completer)
    return completer


@pytest.fixture
def catalogue(tmp_path) -> Path:
    """A table of 24 products, four kinds in six colours; the price of row n is 10 n."""
    rows = []
    for number, (kind, colour) in enumerate([(kind, colour) for kind in KINDS for colour in COLOURS], 1):
        save_photo(tmp_path / "images" / f"{number}.png", colour)
        title = f"{colour.capitalize()} {kind}"
        rows.append([f"p{number}", f"images/{number}.png", title, kind, colour, 10 * number, number % 2 == 0])
    path = tmp_path / "catalogue.csv"
    write_table(path, rows)
    return path


@pytest.fixture
def shop(catalogue, fake_encoder, capsys) -> Path:
    """A shop of that catalogue."""
    folder = catalogue.parent / "shop"
    assert run(["index", str(catalogue), "--shop", str(folder)]) == 0
    capsys.readouterr()
    return folder


@pytest.fixture
def data_sets(tmp_path, monkeypatch):
    """The folders "a", "b" and "made" to work in, for what only names data sets."""
    for name in ("a", "b", "made"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def answer(capsys):
    """Carries out a command with --json and gives what it printed."""

    def carry_out(*arguments):
        assert run([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return carry_out


def write_table(path: Path, rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image", "title", "category", "colour", "price", "warm"])
        writer.writerows(rows)
