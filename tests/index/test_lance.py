"""The embedded index: what is written is found, under every filter, by every reader."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index import Fingerprint, Identity, Index, Query
from modiste.index.folder import ReembeddedError
from modiste.index.records import IndexedProduct

DIM = 16
IDENTITY = Identity("fake", "12345678", "0000", DIM)
KINDS = ("shirt", "shoe", "bag")


def product(number: int, photos: int = 1) -> IndexedProduct:
    """A product whose vector grows away from that of number 0."""
    kind = KINDS[number % 3]
    fields = Product(
        id=f"p{number:03}",
        images=(Path(f"{number}.jpg"),) * photos,
        title=f"{kind} number{number}",
        category=kind,
        price=float(number),
        attributes={"Season of sale": "winter" if number % 2 else "summer", "washable": number % 2 == 0},
    )
    return IndexedProduct(fields, Fingerprint(f"row{number}", f"photos{number}"), vectors(number, photos))


def vectors(number: int, photos: int) -> np.ndarray:
    angles = 0.02 * number + 3 * np.arange(photos)[:, None]
    return np.pad(np.hstack([np.cos(angles), np.sin(angles)]), ((0, 0), (0, DIM - 2))).astype(np.float32)


def fill(index: Index, products: Iterable[IndexedProduct]) -> Index:
    products = list(products)
    with index.writing():
        index.prepare([one.product for one in products])
        index.upsert(products)
        index.optimize()
    return index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return fill(Index(tmp_path_factory.mktemp("shop"), IDENTITY), map(product, range(60)))


@pytest.fixture(scope="module")
def above_limit(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The same products, too many for memory."""
    return fill(Index(tmp_path_factory.mktemp("large"), IDENTITY, exact_limit=10), map(product, range(60)))


def toward(number: int, **asked: object) -> Query:
    return Query(vectors(number, 1)[0], **asked)  # type: ignore[arg-type]


FILTERS = [
    ("", range(60)),
    ("category = 'shoe'", range(1, 60, 3)),
    ("price < 7", range(7)),
    ("Season_of_Sale = 'winter' AND price BETWEEN 4 AND 9", [5, 7, 9]),
    ("washable AND category IN ('bag', 'shoe') AND price > 50", [52, 56, 58]),
    ("title LIKE '%number5%' AND NOT washable", [5, 51, 53, 55, 57, 59]),
    ("description IS NULL OR price IS NULL", []),
    ("array_contains(images, '12.jpg')", [12]),
    ("category IN ('shoe', 'hat') AND price < 5", [1, 4]),
    ("category = 'hat' OR price < 2", [0, 1]),
    ("1 / price > 0.3", [1, 2, 3]),
    ("price < 3 AND length(category) / (length(category) - 4) < 9", [0, 2]),
    ("id NOT IN ('gone') AND title NOT LIKE '%polyester%' AND price < 2 AND description = ''", [0, 1]),
]


def test_more_filters_than_are_remembered(index, monkeypatch):
    monkeypatch.setattr("modiste.index.snapshot.REMEMBERED_FILTERS", 2)
    for _ in range(2):
        assert [index.search(toward(0, where=f"price < {most}")).total for most in range(1, 6)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("where", "numbers"), FILTERS)
@pytest.mark.parametrize("words", ["", "shoe"])
@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_every_product_that_passes_is_found(request, kind, where, numbers, words):
    found = request.getfixturevalue(kind).search(toward(0, where=where, words=words, k=60))
    assert sorted(found.ids) == [f"p{number:03}" for number in numbers]
    assert found.total == len(found.ids)
    assert found.scores == pytest.approx([float(np.cos(0.02 * int(id[1:]))) for id in found.ids], abs=1e-6)


@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_a_programs_own_filter_goes_with_the_customers(request, kind):
    index = request.getfixturevalue(kind)
    only = f"category IN ('shoe') OR id IN ({', '.join(repr(f'p{number:03}') for number in range(900))})"
    assert len(only) > 5000
    assert index.search(toward(0, only=only)).total == 60
    found = index.search(toward(0, where="price < 7", only="category = 'shoe' OR id = 'p006'"))
    assert (sorted(found.ids), found.total) == (["p001", "p004", "p006"], 3)
    with pytest.raises(UsageError, match=r"the filter 'price <' can't be read") as error:
        index.search(toward(0, where="price <", only=only))
    assert "p006" not in str(error.value)
    with pytest.raises(UsageError, match='no category "shoo" in this shop; nearest: shoe'):
        index.search(toward(0, where="category = 'shoo'", only=only))
    assert index.search(toward(0, where="category = 'bag'", only="category = 'shoe'")).total == 0


@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_values_of_a_column_and_the_products_that_have_them(request, kind):
    index = request.getfixturevalue(kind)
    assert list(index.counts("category").items()) == [("bag", 20), ("shirt", 20), ("shoe", 20)]
    assert [one.id for one in index.products("category = 'bag' AND price < 6")] == ["p002", "p005"]
    assert len(index.products()) == 60


@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_browsing_goes_through_all_products_that_pass(request, kind):
    index = request.getfixturevalue(kind)
    found = index.browse("category = 'bag'", 3, 2)
    assert (list(found.ids), list(found.scores), found.total) == (["p008", "p011", "p014"], [0.0] * 3, 20)
    assert [item["category"] for item in found.items] == ["bag"] * 3
    pages = [index.browse("", 25, offset).ids for offset in (0, 25, 50, 75)]
    assert [id for page in pages for id in page] == [f"p{number:03}" for number in range(60)]
    with pytest.raises(UsageError, match='no category "shoo" in this shop; nearest: shoe'):
        index.browse("category = 'shoo'", 3, 0)


@pytest.mark.parametrize("limit", [2, 100])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["p000"], ["p000", "p003"]),
        (["p003"], ["p000", "p003"]),
        (["p001", "p004", "p9"], ["p001", "p004", "p005"]),
        (["p002"], ["p002"]),
        (["p9"], []),
        ([], []),
    ],
)
def test_variants_of_a_model(tmp_path, limit, asked, found):
    """Product 0 gave its id to a model, another one has a name of its own."""
    model = {3: "p000", 4: "m", 5: "m"}
    some = [replace(one, product=replace(one.product, variant_of=model.get(n, ""))) for n, one in numbered(6)]
    assert sorted(fill(Index(tmp_path, IDENTITY, exact_limit=limit), some).variants(asked)) == found


def numbered(count: int) -> Iterable[tuple[int, IndexedProduct]]:
    return enumerate(map(product, range(count)))


def test_every_write_makes_another_version(tmp_path):
    index = Index(tmp_path, IDENTITY)
    seen = [index.version()]
    fill(index, map(product, range(3)))
    seen.append(index.version())
    assert index.version() == seen[1] == Index(tmp_path, IDENTITY).version()
    with index.writing():
        index.remove(["p001"])
    assert index.counts("category") == {"bag": 1, "shirt": 1}
    assert len({*seen, index.version(), Index(tmp_path, replace(IDENTITY, revision="new")).version()}) == 4


@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_order_pages_least_score_and_exclusion(request, kind):
    index = request.getfixturevalue(kind)
    assert index.search(toward(0, k=3)).ids == ["p000", "p001", "p002"]
    second = index.search(toward(0, k=3, offset=3, without=("p000",)))
    assert (second.ids, second.total) == (["p004", "p005", "p006"], 59)
    near = index.search(toward(0, min_score=float(np.cos(0.07))))
    assert (near.ids, near.total) == (["p000", "p001", "p002", "p003"], 4)
    assert near.items[1]["season_of_sale"] == "winter"
    assert "modiste_vectors" not in near.items[1]


@pytest.mark.parametrize("kind", ["index", "above_limit"])
@pytest.mark.parametrize(("without", "total"), [(("p030",), 7), (("p003", "p030", "none"), 6)])
def test_only_what_would_have_passed_is_missing_from_the_total(request, kind, without, total):
    found = request.getfixturevalue(kind).search(toward(0, where="price < 7", without=without))
    assert (found.total, len(found.ids)) == (total, total)


@pytest.mark.parametrize("kind", ["index", "above_limit"])
@pytest.mark.parametrize(
    "words", ["p030", "#p030", "(P030)", "p030,", "art. p030", "SKU: p030", "sku:p030", "show me p030 please"]
)
def test_a_product_is_found_by_what_it_is_called(request, kind, words):
    found = request.getfixturevalue(kind).search(toward(0, words=words, k=2))
    assert found.ids[0] == "p030"


def test_several_products_are_found_by_what_they_are_called(index):
    assert sorted(index.search(toward(0, words="p030 p031", k=2)).ids) == ["p030", "p031"]


@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_words_lift_what_carries_them(request, kind):
    found = request.getfixturevalue(kind).search(toward(0, words="number30", k=2))
    assert found.ids == ["p030", "p000"]
    assert found.scores == pytest.approx([np.cos(0.6), 1.0], abs=1e-6)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("price <", "can't be read (at"),
        ("price < 'cheap'", "'cheap' is a text, where a number is needed"),
        ("CAST(title AS int) = 3", "('shirt number0' can't be cast)"),
        ("CAST('2020-13-45' AS date) < '2020'", "('2020-13-45' can't be cast)"),
        ("CAST('x' AS timestamp) < '2020'", "('x' can't be cast)"),
        ("CAST('x' AS boolean)", "('x' can't be cast)"),
        ("category = 'shoo'", 'no category "shoo" in this shop; nearest: shoe'),
        ("category IN ('shoo', 'bags')", 'no category "shoo" in this shop; nearest: shoe'),
        ("category IN ('Shoe', 'bag')", 'no category "Shoe" in this shop; nearest: shoe'),
        ("category = 'Shoe' OR price < 3", 'no category "Shoe" in this shop; nearest: shoe'),
        ("category <> 'shoo'", 'no category "shoo" in this shop; nearest: shoe'),
        ("category NOT IN ('bag', 'shoo')", 'no category "shoo" in this shop; nearest: shoe'),
        ("NOT category = 'Bag'", 'no category "Bag" in this shop; nearest: bag'),
        ("category LIKE '%Shoe%'", 'no category is LIKE "%Shoe%" in this shop; ILIKE'),
        ("title NOT LIKE '%Number5%'", "finds "),
        ("category LIKE 'shoo%'", 'no category "shoo%" in this shop; nearest: shoe'),
        ("season_of_sale IN ('Winter')", 'no season_of_sale "Winter" in this shop; nearest: winter'),
        ("prize < 3", 'no column "prize" in this shop; nearest: price'),
    ],
)
@pytest.mark.parametrize("kind", ["index", "above_limit"])
def test_filter_that_makes_no_sense(request, kind, where, says):
    index = request.getfixturevalue(kind)
    for ask in (
        lambda: index.search(toward(0, where=where)),
        lambda: index.browse(where, 3, 0),
        lambda: index.check(where),
    ):
        with pytest.raises(UsageError, match=re.escape(says)) as error:
            ask()
    assert "\n" not in str(error.value)
    assert ".rs" not in str(error.value)


def test_several_photos_count_by_the_best(tmp_path):
    index = fill(Index(tmp_path, IDENTITY), [product(0, 2), product(10), product(20, 3)])
    best = vectors(20, 3)[2]
    found = index.search(Query(best, k=3))
    assert found.ids[0] == "p020"
    assert found.scores == pytest.approx(
        [max(float(photo @ best) for photo in vectors(n, count)) for n, count in ((20, 3), (10, 1), (0, 2))], abs=1e-6
    )
    assert index.vectors(["p020"])["p020"] == pytest.approx(vectors(20, 3))
    assert {id: len(held) for id, held in index.vectors(["p000", "p010", "p9"]).items()} == {"p000": 2, "p010": 1}


def test_upsert_replaces_and_remove_removes(tmp_path):
    index = fill(Index(tmp_path, IDENTITY), map(product, range(5)))
    changed = replace(product(3).product, price=99.0)
    moved = IndexedProduct(changed, Fingerprint("new", "new"), vectors(0, 1))
    fill(index, [moved])
    assert len(index) == 5
    assert index.search(toward(0, k=2, where="price > 0.5")).ids == ["p003", "p001"]
    assert index.fingerprints()["p003"] == Fingerprint("new", "new")
    with index.writing():
        index.remove(["p003", "p000"])
    assert sorted(index.ids()) == ["p001", "p002", "p004"]
    assert index.search(toward(0, words="number3", k=5)).ids == ["p001", "p002", "p004"]


def test_new_attributes_become_columns_and_old_rows_lack_them(tmp_path):
    index = fill(Index(tmp_path, IDENTITY), map(product, range(3)))
    novel = replace(product(7), product=replace(product(7).product, attributes={"brand": "Acme", "rating": 4.5}))
    fill(index, [novel])
    assert {name: index.columns()[name] for name in ("brand", "rating", "washable")} == {
        "brand": "text",
        "rating": "number",
        "washable": "boolean",
    }
    assert index.search(toward(0, where="rating > 4 AND brand = 'Acme'")).ids == ["p007"]
    assert index.search(toward(0, where="brand IS NULL")).total == 3
    held = {one.id: one for one in index.products()}
    assert held["p007"].attributes == {"brand": "Acme", "rating": 4.5}
    assert held["p001"].attributes == {"season_of_sale": "winter", "washable": False}
    assert held["p001"].images == (Path("1.jpg"),)


def test_an_open_reader_sees_what_another_writes(tmp_path):
    reader, writer = Index(tmp_path, IDENTITY), Index(tmp_path, IDENTITY)
    assert len(reader) == 0
    assert reader.search(toward(0)).ids == []
    fill(writer, [product(1)])
    assert reader.search(toward(0)).ids == ["p001"]
    with writer.writing():
        writer.upsert([product(0)])
    assert reader.search(toward(0)).ids == ["p000", "p001"]
    assert reader.matches("number0") is True
    assert reader.matches("zebra") is False


def test_a_reader_goes_on_while_the_shop_is_pruned(tmp_path):
    """A reader that was opened before sees each write with its next request, whole."""
    reader = fill(Index(tmp_path, IDENTITY), map(product, range(20)))
    assert reader.search(toward(0, k=50)).total == 20
    writer = Index(tmp_path, IDENTITY)
    seen = []
    with ThreadPoolExecutor(2) as threads, writer.writing():
        for start in range(0, 15, 5):
            asked = [threads.submit(reader.search, toward(0, k=50)) for _ in range(4)]
            writer.remove([f"p{number:03}" for number in range(start, start + 5)])
            writer.optimize()
            seen += [len(one.result().ids) == one.result().total for one in asked]
            assert reader.search(toward(0, k=50)).total == 15 - start
    assert all(seen)


def test_a_reader_of_old_vectors_is_told_that_there_are_new_ones(tmp_path):
    reader = fill(Index(tmp_path, IDENTITY), [product(1)])
    assert len(reader) == 1
    fill(Index(tmp_path, replace(IDENTITY, revision="99999999")), [product(1)]).promote()
    with pytest.raises(ReembeddedError, match="anew with fake@99999999, but opened with fake@12345678; open"):
        reader.search(toward(0))


def test_nothing_written_leaves_no_folder(tmp_path):
    index = Index(tmp_path / "shop", IDENTITY)
    with index.writing():
        index.prepare([product(0).product])
    assert not (tmp_path / "shop").exists()


def test_a_writer_killed_before_the_words_were_indexed_is_mended(tmp_path):
    with Index(tmp_path, IDENTITY).writing():
        Index(tmp_path, IDENTITY)._create()
    index = fill(Index(tmp_path, IDENTITY), [product(1)])
    assert index.search(toward(0, words="number1")).ids == ["p001"]


def test_many_small_writes_leave_few_files(tmp_path, monkeypatch):
    monkeypatch.setattr("modiste.index.lance.COMPACT", 8)
    index = Index(tmp_path, IDENTITY)
    with index.writing():
        index.prepare([product(number).product for number in range(20)])
        for number in range(20):
            index.upsert([product(number)])
    table = index._open()
    assert table.stats()["fragment_stats"]["num_fragments"] < 8
    assert index.search(toward(0)).total == 20


def test_readers_on_threads_see_whole_writes_while_another_writes(tmp_path):
    reader = fill(Index(tmp_path, IDENTITY), map(product, range(10)))
    writer = Index(tmp_path, IDENTITY)
    query = toward(0, where="price >= 0", words="shoe", k=5)
    with ThreadPoolExecutor(3) as threads, writer.writing():
        searches = []
        for start in range(10, 50, 10):
            searches += [threads.submit(reader.search, query) for _ in range(5)]
            writer.upsert([product(number) for number in range(start, start + 10)])
        totals = {search.result().total for search in searches}
    assert totals <= {10, 20, 30, 40, 50}
    assert reader.search(query).total == 50
