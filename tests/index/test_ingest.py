"""Photos become rows: once each, whatever happens on the way."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modiste.catalog.records import Product
from modiste.index import Identity, Index, Query, ingest
from modiste.index.photos import CHUNK
from modiste.index.records import FIELDS
from tests.fakes import COLOURS, FakeEncoder, save_photo

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def index(tmp_path: Path, encoder: FakeEncoder) -> Index:
    return open_index(tmp_path / "shop", encoder)


def open_index(folder: Path, encoder: FakeEncoder) -> Index:
    return Index(folder, Identity(encoder.name, encoder.revision, encoder.preprocessing, encoder.dim))


def products(folder: Path) -> list[Product]:
    return [Product(name, (save_photo(folder / f"{name}.png", name),), price=5.0) for name in COLOURS]


def bring(index: Index, products: list[Product], encoder: FakeEncoder, **options: int) -> ingest.Tally:
    with index.writing():
        return ingest.ingest(index, products, encoder.encode_images, encoder.size, **options)  # type: ignore[arg-type]


def counts(tally: ingest.Tally) -> tuple[int, int, int, int]:
    return tally.added, tally.updated, tally.unchanged, len(tally.rejected)


def test_only_what_changed_is_done_again(tmp_path, index, encoder):
    some = products(tmp_path)
    assert counts(bring(index, some, encoder)) == (6, 0, 0, 0)
    assert counts(bring(index, some, encoder)) == (0, 0, 6, 0)
    assert encoder.photos == 6

    cheaper = [replace(some[0], price=3.0), *some[1:]]
    before = index.vectors(["red"])["red"]
    assert counts(bring(index, cheaper, encoder)) == (0, 1, 5, 0)
    assert encoder.photos == 6, "a new price needs no new vector"
    assert index.vectors(["red"])["red"] == pytest.approx(before)
    assert index.search(Query(before[0], where="price < 4")).ids == ["red"]

    save_photo(some[1].images[0], "black")
    assert counts(bring(index, cheaper, encoder)) == (0, 1, 5, 0)
    assert encoder.photos == 7
    assert index.search(Query(index.vectors(["black"])["black"][0], k=2)).ids == ["black", "green"]


def test_bad_photos_are_named_and_the_rest_goes_in(tmp_path, index, encoder):
    good = save_photo(tmp_path / "good.png", "red")
    (tmp_path / "text.jpg").write_text("not a photo")
    (tmp_path / "cut.png").write_bytes(save_photo(tmp_path / "big.png", "blue", (300, 300)).read_bytes()[:400])
    some = [
        Product("whole", (good,)),
        Product("half", (tmp_path / "text.jpg", good)),
        Product("none", (tmp_path / "cut.png", tmp_path / "absent.png")),
    ]
    for first in (True, False):
        tally = bring(index, some, encoder)
        assert counts(tally) == ((2, 0, 0, 3) if first else (0, 0, 2, 3)), "a reason is given again, until it is mended"
        assert [(reject.id, Path(reject.source).name) for reject in tally.rejected] == [
            ("half", "text.jpg"),
            ("none", "cut.png"),
            ("none", "absent.png"),
        ]
        assert tally.rejected[0].reason.startswith("text.jpg is not an image that can be read")
        assert tally.rejected[1].reason.startswith("cut.png is damaged")
        assert tally.rejected[2].reason.startswith("no image at")
    assert index.vectors(["half", "whole"])["half"].shape == (1, encoder.dim)


def test_a_column_becomes_text_where_a_value_does_not_fit(tmp_path, index, encoder):
    photo = save_photo(tmp_path / "a.png", "red")

    def product(id: str, **attributes: str | float | bool) -> Product:
        return Product(id, (photo,), attributes=attributes)

    first = [product("1", size=38.0, new=True), product("2", size="38.50", new=False), product("3", size=40.0)]
    assert bring(index, first, encoder).notes == []
    assert index.columns()["size"] == "number"
    assert index.browse("size > 38 AND size < 40", 5, 0).ids == ["2"]

    later = [first[1], product("4", size="one size", new="partly"), product("5", size=42.0)]
    tally = bring(index, later, encoder)
    assert counts(tally) == (2, 1, 0, 0), "the second row is written anew, as its table has it"
    assert tally.notes == [
        f"{name} held a {kind} in every product and holds text from now on; write filters like {name} = '{value}'"
        for name, kind, value in (("size", "number", "38"), ("new", "boolean", "true"))
    ]
    held = {product.id: product.attributes for product in index.products()}
    assert held == {
        "1": {"size": "38", "new": "true"},
        "2": {"size": "38.50", "new": "false"},
        "3": {"size": "40"},
        "4": {"size": "one size", "new": "partly"},
        "5": {"size": "42"},
    }
    assert encoder.photos == 5, "no photo is encoded again"
    assert index.browse("size = '38'", 5, 0).ids == ["1"]

    assert bring(index, [product("4", size=38.0, new="yes")], encoder).notes == [], "text it stays"
    assert index.product("4").attributes == {"size": "38", "new": "yes"}
    assert set(index.columns()) - {"size", "new"} == set(FIELDS)


def test_a_column_left_by_a_run_that_was_killed_is_cleared_away(tmp_path, index, encoder):
    photo = save_photo(tmp_path / "a.png", "red")
    bring(index, [Product("1", (photo,), attributes={"size": 38.0})], encoder)
    index._open().add_columns({"modiste_wide_size": "cast(size AS string)"})
    assert "modiste_wide_size" not in index.columns()
    bring(index, [Product("2", (photo,), attributes={"size": "XL"})], encoder)
    assert sorted(product.attributes["size"] for product in index.products()) == ["38", "XL"]


def test_many_chunks_keep_each_vector_with_its_product(tmp_path, index, encoder, monkeypatch):
    monkeypatch.setattr("modiste.index.photos.CHUNK", 4)
    names = list(COLOURS)
    some = [
        Product(
            f"{n:02}",
            tuple(save_photo(tmp_path / f"{names[(n + i) % 6]}.png", names[(n + i) % 6]) for i in range(1 + n % 3)),
        )
        for n in range(50)
    ]
    seen: list[tuple[int, int]] = []
    with index.writing():
        tally = ingest.ingest(
            index, some, encoder.encode_images, encoder.size, lambda done, total: seen.append((done, total)), batch=10
        )
    assert counts(tally) == (50, 0, 0, 0)
    assert seen[-1] == (50, 50)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    held = index.vectors([product.id for product in some])
    for n, product in enumerate(some):
        for i in range(1 + n % 3):
            colour = np.full((1, *encoder.size, 3), COLOURS[names[(n + i) % 6]], np.uint8)
            assert held[product.id][i] == pytest.approx(encoder.encode_images(colour)[0], abs=0.02)


KILLED = """
import sys, pathlib
from tests.fakes import FakeEncoder
from tests.index.test_ingest import bring, many, open_index
index = open_index(pathlib.Path(sys.argv[1]), FakeEncoder())
write = index.upsert
def upsert(products):
    write(products)
    print(*(one.product.id for one in products), flush=True)
index.upsert = upsert
bring(index, many(pathlib.Path(sys.argv[2])), FakeEncoder(), batch=128)
"""


def many(folder: Path) -> list[Product]:
    photos = [folder / f"{name}.png" for name in COLOURS]
    return [Product(f"{n:05}", (photos[n % len(photos)],), title=f"product {n}") for n in range(2560)]


@pytest.mark.parametrize("batches", [1, 5])
def test_killed_in_the_middle_every_acknowledged_product_is_there(tmp_path, index, encoder, batches):
    for name in COLOURS:
        save_photo(tmp_path / f"{name}.png", name)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "shop"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        acknowledged = [id for _ in range(batches) for id in writer.stdout.readline().split()]
        writer.kill()
        acknowledged += writer.stdout.read().split()
    assert writer.returncode == -9
    assert 128 * batches <= len(acknowledged) < 2560
    assert set(acknowledged) <= set(index.ids())
    assert index.search(Query(np.eye(encoder.dim, dtype=np.float32)[0])).total == len(index)

    held = len(index)
    assert counts(bring(index, many(tmp_path), encoder)) == (2560 - held, 0, held, 0)
    assert encoder.photos == 2560 - held
    assert sorted(index.ids()) == [product.id for product in many(tmp_path)]


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_what_is_shown_as_done_is_written(tmp_path, index, encoder, monkeypatch, seconds):
    monkeypatch.setattr(ingest, "SECONDS", seconds)
    for name in COLOURS:
        save_photo(tmp_path / f"{name}.png", name)
    some, shown = many(tmp_path)[:200], list[tuple[int, int]]()

    def progress(done: int, total: int) -> None:
        shown.append((done, len(index)))

    with index.writing():
        ingest.ingest(index, some, encoder.encode_images, encoder.size, progress)
    assert shown[-1] == (200, 200)
    assert all(done == written for done, written in shown)
    assert len(shown) == (1 if seconds else -(-200 // CHUNK))


SHOWN = """
import sys, pathlib, time
from tests.fakes import FakeEncoder
from tests.index.test_ingest import ingest, many, open_index
encoder = FakeEncoder()
index = open_index(pathlib.Path(sys.argv[1]), encoder)
def slowly(photos):
    time.sleep(len(photos) / 100)
    return encoder.encode_images(photos)
ingest.SECONDS = 0.5
with index.writing():
    ingest.ingest(index, many(pathlib.Path(sys.argv[2])), slowly, encoder.size, lambda *done: print(*done, flush=True))
"""


@pytest.mark.slow
def test_killed_at_any_moment_what_was_shown_as_done_is_there(tmp_path, encoder):
    for name in COLOURS:
        save_photo(tmp_path / f"{name}.png", name)
    command = [sys.executable, "-c", SHOWN, str(tmp_path / "shop"), str(tmp_path)]
    seen = 0
    for moment in (random.Random(0).uniform(0, 3) for _ in range(6)):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(moment)
            writer.kill()
            shown = [first, *writer.stdout]
        done = int(shown[-1].split()[0])
        held = open_index(tmp_path / "shop", encoder)
        assert len(held) >= done >= seen
        seen = done
    there = len(held)
    assert counts(bring(held, many(tmp_path), encoder)) == (2560 - there, 0, there, 0)
