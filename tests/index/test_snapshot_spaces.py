"""Spaces beside a shop's products: every photo is looked at once, and every search sees the products of its moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.images import fit, image_hash, load_image
from modiste.index import Identity, Index, Query, SearchResult, ingest
from modiste.index.photos import CHUNK
from modiste.index.snapshot import WORDS_WEIGHT, Gallery
from modiste.index.space import Fingerprints, Space
from modiste.types import Progress
from tests.fakes import COLOURS, FakeEncoder, FakeRefiner, save_photo

ROOT = Path(__file__).resolve().parents[2]
NAMES = list(COLOURS)
SHADE = (120, 140, 70)


def identity_of(network: FakeEncoder | FakeRefiner) -> Identity:
    return Identity(network.name, network.revision, network.preprocessing, network.dim)


def products(folder: Path, count: int = 12) -> list[Product]:
    """A third each of one, two and three photos; no two photos are alike."""
    return [Product(f"p{n:02}", photos(folder, n), title=NAMES[n % 6], price=float(n)) for n in range(count)]


def photos(folder: Path, number: int) -> tuple[Path, ...]:
    shades = [(10 + 20 * number, 250 - 20 * number, 60 * turn) for turn in range(1 + number % 3)]
    return tuple(save_photo(folder / f"{number}-{turn}.png", shade) for turn, shade in enumerate(shades))


def open_index(shop: Path, encoder: FakeEncoder | None = None, **options: int) -> Index:
    return Index(shop, identity_of(encoder or FakeEncoder()), **options)


def bring(index: Index, some: Sequence[Product], encoder: FakeEncoder | None = None) -> Index:
    encoder = encoder or FakeEncoder()
    with index.writing():
        ingest.ingest(index, some, encoder.encode_images, encoder.size)
        index.optimize()
    return index


def fill(index: Index, refiner: FakeRefiner, progress: Progress | None = None) -> int:
    return index.fill(identity_of(refiner), refiner.gallery, refiner.size, progress)


def search(index: Index, refiner: FakeRefiner, shade: tuple[int, int, int], **asked: object) -> SearchResult:
    """What looks like one colour, in the refiner's space."""
    query = refiner.query(np.full((1, *refiner.size, 3), shade, np.uint8), ["it"])[0]
    return index.search(Query(query, **{"k": 100, **asked}), identity_of(refiner))  # type: ignore[arg-type]


@pytest.fixture
def refiner() -> FakeRefiner:
    return FakeRefiner()


@pytest.fixture
def some(tmp_path: Path) -> list[Product]:
    return products(tmp_path)


@pytest.fixture
def index(tmp_path: Path, some: list[Product]) -> Index:
    return bring(open_index(tmp_path / "shop"), some)


ASKED = [
    ({}, range(12)),
    ({"k": 3, "offset": 2}, range(12)),
    ({"where": "price > 2 AND price < 9"}, range(3, 9)),
    ({"where": "price = 99"}, []),
    ({"min_score": 0.9, "without": ("p05",)}, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]),
    ({"where": "price < 9", "without": ("p01", "p11"), "k": 2}, [0, 2, 3, 4, 5, 6, 7, 8]),
    ({"words": "green"}, range(12)),
]


@pytest.mark.parametrize(("asked", "passing"), ASKED, ids=[str(asked) for asked, _ in ASKED])
@pytest.mark.parametrize("gone", [(), ("3-0.png", "7-0.png", "8-2.png")], ids=["all", "some gone"])
def test_search_agrees_with_a_loop(tmp_path, index, some, refiner, gone, asked, passing):
    """Products 3, 7 and 8 lose a photo, and are not found any more."""
    for name in gone:
        (tmp_path / name).unlink()
    assert fill(index, refiner) == len(gone)
    vector = refiner.gallery(np.full((1, *refiner.size, 3), SHADE, np.uint8))[0]
    expected = []
    for one in (some[number] for number in passing if f"{number}-" not in {name[:2] for name in gone}):
        pixels = [fit(load_image(photo), refiner.size) for photo in one.images]
        score = float((refiner.gallery(np.stack(pixels)) @ vector).max())
        if score >= asked.get("min_score", -1):
            expected.append((-score - WORDS_WEIGHT * (one.title == asked.get("words")), one.id, score))
    offset, k = asked.get("offset", 0), asked.get("k", 100)
    page = sorted(expected)[offset : offset + k]
    found = search(index, refiner, SHADE, **asked)
    assert list(found.ids) == [id for _, id, _ in page]
    assert found.scores == pytest.approx([score for *_, score in page], abs=1e-4)
    assert found.total == len(expected)
    assert [item["id"] for item in found.items] == list(found.ids)


def test_vectors_of_some_products_in_a_space(tmp_path, index, some, refiner):
    space = identity_of(refiner)
    assert index.vectors(["p01", "p02"], space) == {}, "nothing was looked at"
    (tmp_path / "4-0.png").unlink()
    fill(index, refiner)
    held = index.vectors(["p07", "p02", "p99", "p04", "p02"], space)
    assert sorted(held) == ["p02", "p07"]
    for number, vectors in ((2, held["p02"]), (7, held["p07"])):
        pixels = np.stack([fit(load_image(photo), refiner.size) for photo in some[number].images])
        assert vectors == pytest.approx(refiner.gallery(pixels), abs=1e-3)
    assert [len(held[id]) for id in ("p02", "p07")] == [3, 2]
    assert index.vectors([], space) == {}
    encoder = index.vectors(["p02", "p07"])
    assert encoder["p02"].shape == (3, FakeEncoder().dim)


def test_each_photo_is_looked_at_once(tmp_path, index, some, refiner):
    seen: list[tuple[int, int]] = []
    assert fill(index, refiner, lambda done, of: seen.append((done, of))) == 0
    assert (refiner.photos, seen) == (24, [(12, 12)])
    assert fill(index, refiner) == 0
    again = open_index(index.path)
    assert fill(again, refiner) == 0
    assert refiner.photos == 24
    shade = (10, 250, 0)
    assert search(again, refiner, shade) == search(index, refiner, shade)
    assert search(again, refiner, shade).ids[0] == "p00"


def test_a_changed_shop_costs_only_what_changed(tmp_path, index, some, refiner):
    fill(index, refiner)
    bring(index, [replace(one, price=3.0) for one in some])
    assert fill(index, refiner) == 0
    assert search(index, refiner, (10, 250, 0), where="price = 3").total == 12
    assert refiner.photos == 24, "a new price needs no new look"

    fresh = Product("new", (save_photo(tmp_path / "new.png", "white"),))
    save_photo(some[0].images[0], "black")
    bring(index, [fresh, *some])
    with index.writing():
        index.remove(["p11"])
    before = search(index, refiner, COLOURS["white"])
    assert set(before.ids) == {one.id for one in some[1:11]}, "without a look, what is known is found"
    assert fill(index, refiner) == 0
    assert refiner.photos == 26
    assert search(index, refiner, COLOURS["white"], k=1).ids == ["new"]
    assert search(index, refiner, COLOURS["black"], k=1).ids == ["p00"]
    assert search(index, refiner, COLOURS["white"]).total == 12

    bring(index, [some[11]])
    assert fill(index, refiner) == 0
    assert refiner.photos == 26, "what comes back is known"


def test_copies_of_a_photo_are_looked_at_once(tmp_path, refiner):
    copies = [save_photo(tmp_path / f"{n}.png", "red") for n in range(5)]
    index = bring(open_index(tmp_path / "shop"), [Product(f"p{n}", (copy,)) for n, copy in enumerate(copies)])
    assert fill(index, refiner) == 0
    assert refiner.photos == 1
    assert search(index, refiner, COLOURS["red"], k=3).ids == ["p0", "p1", "p2"]
    assert sorted(index.having(image_hash(copies[0]))) == ["p0", "p1", "p2", "p3", "p4"]


@pytest.mark.parametrize("limit", [10, 1000], ids=["above the limit", "below"])
def test_a_product_is_known_by_its_id_and_by_its_only_photo(tmp_path, some, limit):
    index = bring(open_index(tmp_path / "shop", exact_limit=limit), some)
    assert index.product("p04") == some[4]
    assert index.product("p99") is None
    assert index.having(image_hash(some[3].images[0])) == ["p03"]
    assert index.having(image_hash(some[4].images[0])) == []


def test_photos_that_changed_since_they_were_indexed_are_left_out(tmp_path, index, some, refiner):
    save_photo(some[3].images[0], "white")
    some[0].images[0].unlink()
    assert fill(index, refiner) == 2
    assert fill(index, refiner) == 2
    found = search(index, refiner, COLOURS["white"])
    assert set(found.ids) == {one.id for one in some} - {"p00", "p03"}
    bring(index, some)
    assert fill(index, refiner) == 1
    assert search(index, refiner, COLOURS["white"], k=1).ids == ["p03"]


def test_when_no_photo_is_left_nothing_is_found(index, some, refiner):
    for one in some:
        one.images[0].unlink()
    assert fill(index, refiner) == 12
    assert search(index, refiner, COLOURS["white"]) == SearchResult([], [], [], 0)
    assert index.product("p01") == some[1]


def test_a_space_is_brought_into_order_once_for_every_version(index, some, refiner, monkeypatch):
    made: list[int] = []
    align = Gallery.aligned

    def counted(gallery: Gallery, space: Space, fingerprints: Fingerprints) -> Gallery:
        aligned = align(gallery, space, fingerprints)
        made.append(len(aligned))
        return aligned

    monkeypatch.setattr(Gallery, "aligned", counted)
    search(index, refiner, (0, 0, 0))
    for _ in range(3):
        fill(index, refiner)
        search(index, refiner, (0, 0, 0), where="price < 3")
    assert made == [0, 12]
    bring(index, [replace(some[0], price=7.0)])
    for _ in range(3):
        fill(index, refiner)
    assert made == [0, 12, 12]


def test_two_spaces_and_the_encoders_own_stand_side_by_side(index, refiner):
    other = FakeRefiner("abcdefgh")
    other.name = "another"
    fill(index, refiner)
    fill(index, other)
    fill(open_index(index.path), refiner)
    assert (refiner.photos, other.photos) == (24, 24)
    encoder = FakeEncoder()
    vector = encoder.encode_images(np.full((1, *encoder.size, 3), (10, 250, 0), np.uint8))[0]
    assert index.search(Query(vector, k=1)).ids == ["p00"]
    assert search(index, refiner, (10, 250, 0), k=1).ids == search(index, other, (10, 250, 0), k=1).ids == ["p00"]


def test_a_new_revision_takes_the_old_ones_place(index, refiner):
    fill(index, refiner)
    new = FakeRefiner("abcdefgh")
    fill(index, new)
    assert [folder.name for folder in (index.path / "spaces").iterdir()] == ["fake-refine-abcdefgh-0000"]
    assert search(index, refiner, (10, 250, 0), k=1).ids == ["p00"], "who has it open still has it"
    assert search(index, new, (10, 250, 0), k=1).ids == ["p00"]


def test_another_encoder_leaves_spaces_alone(index, some, refiner):
    fill(index, refiner)
    other = FakeEncoder("abcdefgh")
    new = open_index(index.path, other)
    with index.writing():
        ingest.ingest(new, some, other.encode_images, other.size, anew=True)
        new.promote()
    assert fill(new, refiner) == 0
    assert refiner.photos == 24
    assert search(new, refiner, (10, 250, 0), k=1).ids == ["p00"]


def test_more_products_than_fit_into_memory_are_refused(tmp_path, some, refiner):
    index = bring(open_index(tmp_path / "shop", exact_limit=10), some)
    says = "this shop has 12 products; fake-refine compares each of them and takes at most 10, so split the catalogue"
    uses = (
        lambda: fill(index, refiner),
        lambda: search(index, refiner, (0, 0, 0)),
        lambda: index.vectors(["p01"], identity_of(refiner)),
    )
    for use in uses:
        with pytest.raises(UsageError, match=says):
            use()
    assert refiner.photos == 0
    assert not (index.path / "spaces").exists()


def test_an_empty_shop_has_nothing_to_fill(tmp_path, refiner):
    index = open_index(tmp_path / "shop")
    assert fill(index, refiner) == 0
    assert search(index, refiner, (0, 0, 0)).total == 0
    assert index.product("p00") is None
    assert (index.vectors(["p00"], identity_of(refiner)), index.counts("category")) == ({}, {})
    assert list(index.having("00")) == []
    assert not index.path.exists()


@pytest.mark.parametrize(
    ("where", "says"),
    [("prize < 3", 'no column "prize"'), ("title = 'gren'", 'no title "gren"'), ("price < 'x'", "can't be read")],
)
@pytest.mark.parametrize("limit", [10, 1000])
def test_a_filter_can_be_checked_beforehand(tmp_path, some, limit, where, says):
    index = bring(open_index(tmp_path / "shop", exact_limit=limit), some)
    index.check("")
    index.check("price < 3")
    with pytest.raises(UsageError, match=says):
        index.check(where)


def test_threads_share_the_work(index, refiner):
    with ThreadPoolExecutor(4) as threads:
        left = [threads.submit(fill, index, refiner) for _ in range(8)]
        assert [one.result() for one in left] == [0] * 8
    assert refiner.photos == 24


FILLING = """
import pathlib, sys, time
from tests.fakes import FakeRefiner
from tests.index.test_snapshot_spaces import fill, open_index, search
class Slow(FakeRefiner):
    def gallery(self, photos):
        time.sleep(0.05)
        return super().gallery(photos)
index, refiner = open_index(pathlib.Path(sys.argv[1])), Slow()
left = fill(index, refiner, lambda done, of: print(done, flush=True))
print("left", left, "total", search(index, refiner, (0, 0, 99)).total, flush=True)
"""


def filling(shop: Path) -> subprocess.Popen[str]:
    """Another process that reports every chunk, and takes its time."""
    command = [sys.executable, "-c", FILLING, str(shop)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def many(folder: Path) -> list[Product]:
    """So many that they take several chunks."""
    shades = [(n % 250, n // 250, 99) for n in range(1500)]
    return [Product(f"{n:04}", (save_photo(folder / f"{n}.png", shade),)) for n, shade in enumerate(shades)]


@pytest.mark.parametrize("chunks", [1, 3])
def test_killed_in_the_middle_what_was_reported_is_kept(tmp_path, refiner, chunks):
    index = bring(open_index(tmp_path / "shop"), many(tmp_path))
    with filling(index.path) as process:
        assert process.stdout is not None
        reported = max(int(process.stdout.readline()) for _ in range(chunks))
        process.kill()
        reported = max([reported, *map(int, process.stdout.read().split())])
    assert process.returncode == -9
    assert CHUNK * chunks <= reported < 1500
    assert fill(index, refiner) == 0
    assert 1500 - reported - CHUNK <= refiner.photos <= 1500 - reported
    found = search(index, refiner, (0, 0, 99), k=1500)
    assert (found.total, found.ids[0]) == (1500, "0000")


def test_two_processes_at_once_both_answer_and_spoil_nothing(tmp_path, refiner):
    index = bring(open_index(tmp_path / "shop"), many(tmp_path))
    with filling(index.path) as process:
        assert process.stdout is not None
        done = int(process.stdout.readline())
        assert fill(index, refiner) == 0
        assert search(index, refiner, (0, 0, 99)).total == 1500
        assert refiner.photos <= 1500 - done
        assert process.stdout.read().splitlines()[-1] == "left 0 total 1500"
    late = FakeRefiner()
    again = open_index(index.path)
    assert fill(again, late) == 0
    assert late.photos == 0
    assert search(again, late, (0, 0, 99)) == search(index, refiner, (0, 0, 99))
