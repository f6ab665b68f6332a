"""The benchmark of refining."""

from __future__ import annotations

import json

import pytest

from modiste.catalog.records import Catalog, Product
from modiste.lab.bench.refine import _measure, run
from modiste.shop import open_shop
from tests.fakes import COLOURS, FakeEncoder, FakeRefiner, save_photo


@pytest.fixture
def spring(tmp_path):
    """Twelve products, every other one with two photos."""
    photos = [save_photo(tmp_path / f"{name}.png", name) for name in COLOURS]
    products = (Product(f"{n:02}", (photos[n % 6], photos[0])[: 1 + n % 2], title=f"thing {n}") for n in range(12))
    return Catalog("spring", tuple(products))


@pytest.fixture
def shop(tmp_path, spring):
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner(), create=True)
    shop.add(spring)
    return shop


class Bare:
    """Notes what it prepares and what it runs."""

    def __init__(self):
        self.prepared, self.ran = [], []

    def __call__(self, photo, text):
        self.prepared.append((photo.shape, text))
        number = len(self.prepared) - 1
        return lambda: self.ran.append(number)


@pytest.fixture
def bare(monkeypatch):
    bare = Bare()
    monkeypatch.setattr("modiste.lab.bench.refine._bare_networks", lambda refiner: bare)
    return bare


@pytest.mark.usefixtures("bare")
def test_run_measures_a_shop(shop):
    seen: list[tuple[int, int]] = []
    result = run(shop.path, weights=shop.refiner, queries=5, progress=lambda done, of: seen.append((done, of)))
    assert result["verb"] == "refine"
    assert result["sizes"] == [{"products": 12, "photos": 18, "dim": 512}]
    assert seen == [(12, 12)]
    assert result["ratio"] == pytest.approx(result["p50_ms"] / result["floor_ms"], rel=0.01)
    assert result["p95_ms"] >= result["p50_ms"] > 0
    assert json.loads(json.dumps(result)) == result


def test_every_question_is_another_one_and_the_floor_follows(shop, bare):
    timing = _measure(shop, bare, queries=6)
    warm_up = 3
    assert len(shop.refiner.asked) == len(bare.ran) == warm_up + 6
    assert len(set(shop.refiner.asked)) == 6
    assert {shape for shape, _ in bare.prepared} == {(*shop.refiner.size, 3)}
    assert [bare.prepared[number][1] for number in bare.ran] == shop.refiner.asked
    assert timing.floor > 0


def test_more_questions_than_products_ask_all_of_them(shop, bare):
    _measure(shop, bare, queries=100)
    assert len(bare.prepared) == 12


@pytest.mark.usefixtures("bare")
def test_a_catalogue_gets_a_shop_of_its_own(tmp_path, spring):
    rows = [f"{product.id},{product.images[0].name}" for product in spring.products]
    (tmp_path / "spring.csv").write_text("\n".join(["id,image", *rows]))
    result = run(data=tmp_path / "spring.csv", weights=FakeRefiner(), encoder=FakeEncoder(), queries=3)
    assert result["sizes"][0]["products"] == 12
