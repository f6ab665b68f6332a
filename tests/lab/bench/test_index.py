"""The benchmark of indexing and searching."""

from __future__ import annotations

import json

import pytest

from modiste.catalog.records import Catalog, Product
from modiste.index.photos import CHUNK
from modiste.lab.bench.index import _measure_indexing, run
from modiste.lab.bench.timing import all_in_turns, in_turns
from modiste.shop import open_shop
from tests.fakes import COLOURS, FakeEncoder, save_photo


@pytest.fixture
def products(tmp_path):
    photos = [save_photo(tmp_path / f"{name}.png", name) for name in COLOURS]
    return tuple(Product(f"{n:03}", (photos[n % 6],) * (1 + n % 2), title=f"thing {n}") for n in range(300))


def test_run_measures_a_shop(tmp_path, products):
    open_shop(tmp_path / "shop", encoder=FakeEncoder(), create=True).add(Catalog("things", products))
    seen: list[tuple[int, int]] = []
    result = run(
        tmp_path / "shop", encoder=FakeEncoder(), queries=5, progress=lambda done, all: seen.append((done, all))
    )
    assert result["verb"] == "index"
    assert result["sizes"] == [{"products": 300, "photos": 450}]
    assert seen[-1] == (450, 450)
    assert result["ratio"] == pytest.approx(result["photos_per_second"] / result["bare_photos_per_second"], rel=0.01)
    assert result["query_ratio"] == pytest.approx(result["p50_ms"] / result["floor_ms"], rel=0.01)
    assert {"p95_ms", "peak_mib", "reopen_ms", "text_p50_ms", "text_ratio", "id_p95_ms", "id_floor_ms"} < result.keys()
    assert all(value > 0 for name, value in result.items() if name.endswith(("_ms", "_mib", "ratio", "second")))
    assert json.loads(json.dumps(result)) == result


def test_indexing_is_complete_and_the_floor_sees_the_same_photos(tmp_path, products):
    encoder = FakeEncoder()
    shop = open_shop(tmp_path / "shop", encoder=encoder, create=True)
    photos, _, _ = _measure_indexing(shop, products)
    assert (photos, encoder.photos, len(shop)) == (450, CHUNK + 2 * 450, 300)


def test_in_turns_calls_both_equally_often():
    thing: list[int] = []
    floor: list[int] = []
    timing = in_turns(thing.append, floor.append, rounds=4, warm_up=1)
    assert thing == floor == [3, 0, 1, 2, 3]
    assert timing.p95 >= timing.p50 > 0
    assert timing.ratio == timing.p50 / timing.floor


def test_all_take_turns_at_being_first():
    called: list[tuple[str, int]] = []
    ways = {name: lambda turn, name=name: called.append((name, turn)) for name in "abc"}
    times = all_in_turns(ways, rounds=4, warm_up=1)
    rounds = [called[start : start + 3] for start in range(0, len(called), 3)]
    assert [[turn for _, turn in some] for some in rounds] == [[number] * 3 for number in (3, 0, 1, 2, 3)]
    assert ["".join(name for name, _ in some) for some in rounds] == ["cab", "abc", "bca", "cab", "abc"]
    assert {name: len(ms) for name, ms in times.items()} == dict.fromkeys("abc", 4)
