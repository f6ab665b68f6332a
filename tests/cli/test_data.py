from __future__ import annotations

from importlib import import_module

from modiste.boutique import design, photograph
from modiste.cli import run
from modiste.lab import datasets


def test_inspect_tells_what_is_there_and_what_is_wrong(catalogue, capsys):
    (catalogue.parent / "images" / "2.png").write_bytes(b"no picture")
    assert run(["data", "inspect", str(catalogue)]) == 0
    told = capsys.readouterr().out
    for part in ("24 products, 24 photos, 0 outfits", "t-shirt 6", "red 4", "warm", "1 can't be used", "2.png"):
        assert part in told


def test_inspect_for_machines(catalogue, answer):
    found = answer("data", "inspect", catalogue)
    assert found["products"] == 24
    assert found["categories"]["dress"] == 6
    assert found["problems"] == []


def test_draw_a_boutique(tmp_path, answer):
    drawn = answer("data", "make", "boutique", tmp_path, "--products", 3, "--seed", 7)
    assert drawn == {"folder": str(tmp_path), "seed": 7, "products": 3, "outfits": 0, "people": 0, "bottoms": 0}
    assert len(datasets.read(tmp_path).products) == 3


def test_draw_further_bottoms(tmp_path, capsys, monkeypatch):
    one = photograph(design(0, 0), (64, 48))
    monkeypatch.setattr(import_module("modiste.boutique.make"), "photograph", lambda spec, size: one)
    asked = ["data", "make", "boutique", str(tmp_path), "--products", "3", "--people", "0", "--bottoms", "40"]
    assert run(asked) == 0
    assert "3 products with 40 further bottoms and 0 outfits drawn in" in capsys.readouterr().out
    kinds = [product.category for product in datasets.read(tmp_path).products if "-t" in product.id]
    assert (len(kinds), set(kinds)) == (40, {"trousers", "jeans", "shorts"})


def test_draw_a_boutique_with_outfits(tmp_path, capsys, monkeypatch):
    one = photograph(design(0, 0), (64, 48))
    monkeypatch.setattr(import_module("modiste.boutique.make"), "photograph", lambda spec, size: one)
    assert run(["data", "make", "boutique", str(tmp_path), "--products", "60", "--outfits", "9", "--people", "0"]) == 0
    assert "60 products and 9 outfits drawn in" in capsys.readouterr().out
    assert len(datasets.read(tmp_path).outfits) == 9


def test_inspect_of_nothing(capsys):
    assert run(["data", "inspect", "nowhere"]) == 2
    assert "'SOURCE': there is nothing at nowhere; check the path" in capsys.readouterr().err
