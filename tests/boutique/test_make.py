"""A boutique on disk: the same bytes every time, and a catalogue that our own reader accepts whole."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from modiste.boutique import design, make, photograph
from modiste.errors import UsageError
from modiste.lab.datasets import read

SMALL = (64, 48)


@pytest.fixture
def quick(monkeypatch):
    """Every picture is the same, where the outfits are what is looked at."""
    one = photograph(design(0, 0), SMALL)
    monkeypatch.setattr(import_module("modiste.boutique.make"), "photograph", lambda spec, size: one)


def digest(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in files)
    return hashlib.sha256(named).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path):
    code = "from modiste.boutique import make; from pathlib import Path; import sys; "
    code += "make(Path(sys.argv[1]), products=8, size=(64, 48))"
    for name in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": name}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], env=environment, check=True, timeout=60)
    make(tmp_path / "3", products=8, size=SMALL, seed=1)
    assert digest(tmp_path / "1") == digest(tmp_path / "2") != digest(tmp_path / "3")


def test_a_smaller_shop_is_the_beginning_of_a_larger_one(tmp_path):
    make(tmp_path / "large", products=12, size=SMALL)
    make(tmp_path / "small", products=5, size=SMALL)
    tables = [(tmp_path / name / "products.csv").read_text().splitlines() for name in ("small", "large")]
    assert tables[0] == tables[1][:6]
    for picture in (tmp_path / "small" / "images").iterdir():
        assert picture.read_bytes() == (tmp_path / "large" / "images" / picture.name).read_bytes()


def test_outfits_change_nothing_else(tmp_path, quick):
    made = [make(tmp_path / str(outfits), products=40, outfits=outfits, size=SMALL) for outfits in (0, 5, 10)]
    assert made == [0, 5, 10]
    none, few, more = ((tmp_path / str(outfits) / "outfits.csv").read_text() for outfits in made)
    assert none == "outfit,product\n"
    assert few != more
    assert more.startswith(few)
    for outfits in made:
        record = json.loads((tmp_path / str(outfits) / "boutique.json").read_text())
        assert (record.pop("outfits"), record.pop("asked")["outfits"]) == (outfits, outfits)
        (tmp_path / str(outfits) / "boutique.json").write_text(json.dumps(record))
        (tmp_path / str(outfits) / "outfits.csv").unlink()
    assert digest(tmp_path / "0") == digest(tmp_path / "5") == digest(tmp_path / "10")


def test_what_is_made_can_be_read(tmp_path):
    done = []
    make(tmp_path, products=20, size=SMALL, progress=lambda at, of: done.append((at, of)))
    catalog = read(tmp_path)
    assert (len(catalog.products), catalog.rejected) == (20, ())
    assert "CC0" in catalog.licence
    assert done[-1] == (20, 20)
    for product in catalog.products:
        assert product.title
        assert product.colour
        assert product.price
        assert product.attributes["fabric"]
        mask_file = tmp_path / "masks" / f"{product.id}.png"
        with Image.open(product.images[0]) as picture, Image.open(mask_file) as mask:
            assert picture.size == mask.size == (48, 64)
            assert np.asarray(mask).mean() > 0.03
    record = json.loads((tmp_path / "boutique.json").read_text())
    assert (record["seed"], record["products"], sum(record["kinds"].values())) == (0, 20, 20)


@pytest.mark.parametrize("gone", ["boutique.json", "images/b0-00001.jpg"])
def test_the_same_boutique_is_drawn_over_itself(gone, tmp_path, quick, monkeypatch):
    make(tmp_path, products=3, size=SMALL)
    before = digest(tmp_path)
    (tmp_path / "images" / "boots.jpg").write_bytes(b"kept")
    with monkeypatch.context() as patch:
        patch.setattr(import_module("modiste.boutique.make"), "_save", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make(tmp_path, products=3, size=SMALL)
    (tmp_path / gone).unlink()
    make(tmp_path, products=3, size=SMALL)
    assert (tmp_path / "images" / "boots.jpg").read_bytes() == b"kept"
    (tmp_path / "images" / "boots.jpg").unlink()
    assert digest(tmp_path) == before


@pytest.mark.parametrize(
    ("there", "holds"),
    [
        ({"products.csv": "id,image\n"}, "holds products.csv, which is no drawn boutique; name a new folder"),
        ({"boots.jpg": "", "zip": ""}, "holds boots.jpg, which is no drawn boutique; name a new folder"),
        ({"boutique.json": "{"}, "holds a boutique of other settings; name another folder, or remove this one"),
        ({"boutique.json": "[]"}, "holds a boutique of other settings; name another folder, or remove this one"),
        (None, "holds a boutique of other settings; name another folder, or remove this one"),
    ],
)
def test_nothing_else_is_drawn_over(there, holds, tmp_path, quick):
    if there is None:
        make(tmp_path, products=3, size=SMALL)
    for name, text in (there or {}).items():
        (tmp_path / name).write_text(text)
    before = digest(tmp_path)
    with pytest.raises(UsageError, match=holds):
        make(tmp_path, products=2, size=SMALL)
    assert digest(tmp_path) == before


def test_make_refuses(tmp_path):
    with pytest.raises(UsageError, match="a boutique needs at least 1 product; got 0"):
        make(tmp_path, products=0)
    with pytest.raises(UsageError, match="a boutique has 0 outfits or more; got -1"):
        make(tmp_path, products=1, outfits=-1)
    with pytest.raises(UsageError, match="a boutique has 0 further bottoms or more; got -2"):
        make(tmp_path, products=1, bottoms=-2)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file is a file; name a folder for the boutique"):
        make(tmp_path / "file", products=1)


def test_further_bottoms_change_nothing_else(tmp_path):
    for name, bottoms in (("none", 0), ("few", 3), ("more", 6)):
        make(tmp_path / name, products=8, people=2, bottoms=bottoms, size=SMALL, seed=5)
    none, few, more = (tmp_path / name for name in ("none", "few", "more"))
    rows = [(folder / "products.csv").read_text().splitlines() for folder in (none, few, more)]
    assert rows[1] == rows[2][:12]
    assert rows[1][:9] == [rows[0][0] + ",size", *(f"{row}," for row in rows[0][1:])]
    assert [row.split(",")[0] for row in rows[1][9:]] == ["b5-t00000", "b5-t00001", "b5-t00002"]
    told = ("products.csv", "boutique.json")
    for smaller, larger in ((none, few), (few, more)):
        for path in smaller.rglob("*"):
            if path.is_file() and path.name not in told:
                assert path.read_bytes() == (larger / path.relative_to(smaller)).read_bytes(), path
    records = [json.loads((folder / "boutique.json").read_text()) for folder in (none, few)]
    asked = {**records[0]["asked"], "bottoms": 3}
    assert records[1] == {**records[0], "bottoms": 3, "asked": asked}


def test_further_bottoms_can_be_read(tmp_path):
    done = []
    make(tmp_path, products=2, bottoms=30, size=SMALL, seed=7, progress=lambda at, of: done.append((at, of)))
    catalog = read(tmp_path)
    assert (len(catalog.products), catalog.rejected, done[-1]) == (32, (), (32, 32))
    further = [product for product in catalog.products if "-t" in product.id]
    assert {product.category for product in further} == {"trousers", "jeans", "shorts"}
    assert {product.attributes["size"] for product in further} <= {"regular", "petite"}
    for product in further:
        with Image.open(tmp_path / "masks" / f"{product.id}.png") as mask:
            assert np.asarray(mask).mean() > 0.03
