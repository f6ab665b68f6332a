from __future__ import annotations

import pytest
from PIL import Image

from modiste import datasets
from modiste.catalog.records import Catalog, Product
from modiste.cli import run
from modiste.cli.demo import searches


def test_six_searches_of_six_sorts(catalogue):
    words, narrowed, photo, like, changed, incomplete = searches(datasets.read(catalogue))
    assert words.text == "yellow t-shirt"
    assert narrowed.text == "yellow dress"
    assert narrowed.where == "price < 125"
    assert photo.image.name == "16.png"
    assert like.id == "p22"
    assert changed.image.name == "4.png"
    assert changed.text == "in red"
    assert (incomplete.id, incomplete.want) == ("p4", "shoes")


def test_a_catalogue_of_bare_photos_can_be_searched_too(tmp_path):
    products = tuple(Product(f"p{n}", (tmp_path / f"{n}.jpg",), title=f"Photo {n}") for n in range(3))
    words, narrowed, photo, like, changed = searches(Catalog("photos", products))
    assert words.text == narrowed.text == "Photo 1"
    assert narrowed.where == "id != 'p1'"
    assert (photo.image, like.id, changed.text) == (tmp_path / "1.jpg", "p1", "in black")


def test_demo_on_a_catalogue(catalogue, fake_encoder, fake_refiner, fake_completer, tmp_path, capsys):
    line = ["demo", "--data", str(catalogue), "--out", str(tmp_path / "demo")]
    assert run(line) == 0
    told = capsys.readouterr().out
    assert '"yellow t-shirt"' in told
    assert 'like 4.png, "in red"' in told
    # four products share the photo that is refined, and are no answer
    assert [told.count(f" {total} products, ") for total in (24, 23, 20, 12, 6)] == [2, 1, 1, 1, 1]
    assert "shoes to go with p4" in told
    assert f"modiste complete --shop {tmp_path / 'demo' / 'shop'} --items p4" in told
    with Image.open(tmp_path / "demo" / "searches.png") as sheet:
        assert sheet.height > 6 * 200


def test_demo_for_machines(catalogue, fake_encoder, fake_refiner, fake_completer, tmp_path, answer):
    found = answer("demo", "--data", catalogue, "--out", tmp_path / "demo")
    assert [len(search["hits"]) for search in found["searches"]] == [6, 6, 6, 6, 6, 6]


def test_demo_on_an_empty_catalogue(fake_encoder, tmp_path, capsys):
    empty = tmp_path / "empty.csv"
    empty.write_text("id,image\n")
    assert run(["demo", "--data", str(empty)]) == 2
    assert f"see: modiste data inspect {empty}" in capsys.readouterr().err


@pytest.mark.slow
def test_the_whole_demo_twice(tmp_path, answer):
    """The second time everything is there already."""
    first = answer("demo", "--out", tmp_path / "demo", "--products", 120)
    drawn = {path: path.stat().st_mtime_ns for path in (tmp_path / "demo" / "catalogue").rglob("*")}
    assert answer("demo", "--out", tmp_path / "demo", "--products", 120) == first
    assert {path: path.stat().st_mtime_ns for path in drawn} == drawn
    assert first["searches"][0]["hits"][0]["item"]["title"]
