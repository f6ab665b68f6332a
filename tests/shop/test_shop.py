"""A shop from outside: what goes in is found, what makes no sense is refused and changes nothing."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from modiste.catalog.records import Catalog, Product, Rejected
from modiste.errors import ModisteError, UsageError
from modiste.index import quote
from modiste.shop import Page, Report, Shop, open_shop
from tests.fakes import COLOURS, FakeEncoder, FakeRefiner, save_photo

SIZES = range(4)


def catalogue(folder: Path) -> Catalog:
    """Four sizes of one thing in each colour, a little lighter each."""
    products = []
    for colour, rgb in COLOURS.items():
        for size in SIZES:
            shade = tuple(min(255, value + 4 * size) for value in rgb)
            photo = save_photo(folder / f"{colour}-{size}.png", shade)  # type: ignore[arg-type]
            products.append(
                Product(
                    f"{colour}-{size}",
                    (photo,),
                    title=f"{colour} shirt of size {size}",
                    category="shirt" if size else "coat",
                    colour=colour,
                    price=10.0 * size,
                    attributes={"season": "summer" if size > 1 else "winter"},
                )
            )
    return Catalog("spring", tuple(products))


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return catalogue(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, spring: Catalog) -> Shop:
    """A shop that tests only read."""
    folder = tmp_path_factory.mktemp("shop") / "spring"
    shop = open_shop(folder, encoder=FakeEncoder(), refiner=FakeRefiner(), create=True)
    shop.add(spring)
    return shop


@pytest.fixture
def shop(filled: Shop, tmp_path: Path) -> Shop:
    """A copy that a test may change."""
    shutil.copytree(filled.path, tmp_path / "spring", ignore=shutil.ignore_patterns("spaces"))
    return open_shop(tmp_path / "spring", encoder=FakeEncoder(), refiner=FakeRefiner())


def ids(page: Page) -> list[str]:
    return [hit.id for hit in page.hits]


def outcome(report: Report) -> tuple[int, int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.removed, report.rejected


def state(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_words_find_their_colour(filled):
    page = filled.search("yellow", k=4)
    assert ids(page) == ["yellow-0", "yellow-1", "yellow-2", "yellow-3"]
    assert (page.total, page.next) == (24, "4")
    assert page.hits[0].score > 0.999
    assert page.hits[0].item["title"] == "yellow shirt of size 0"
    assert page.hits[0].item["season"] == "winter"


def test_a_word_that_only_the_products_know_is_enough(tmp_path, spring):
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), create=True)
    shop.add(Catalog("named", (replace(spring.products[7], title="the qx7 model"), *spring.products[:3])))
    assert ids(shop.search("qx7", k=1)) == ["green-3"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("red-3", ["red-3"]),
        ('"RED-3"', ["red-3"]),
        ("blue", ["blue-0", "blue-1", "blue-2", "blue-3"]),
        ("Maritime", ["red-0", "red-1", "red-2", "red-3"]),
        ("4006381333931", ["green-0"]),
        ("7", ["green-1"]),
        ("it's 5\"", ["yellow-0"]),
        ("q,7", ["yellow-1"]),
    ],
)
def test_what_a_product_is_called_finds_it_first(tmp_path, spring, text, found):
    facts = {"green-0": {"EAN": 4006381333931.0}, "green-1": {"sku": "7"}, "yellow-0": {"sku": "it's 5\""}}
    names = {"yellow-1": "q,7"}
    products = [
        replace(
            one,
            id=names.get(one.id, one.id),
            attributes={"Brand": "Maritime" if one.colour == "red" else "Other", **facts.get(one.id, {})},
        )
        for one in spring.products
    ]
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), create=True)
    shop.add(Catalog("called", tuple(products)))
    assert sorted(ids(shop.search(text, k=len(found)))) == sorted(names.get(id, id) for id in found)
    assert shop.search(text, where=f"id <> {quote(names.get(found[0], found[0]))}").total == 23


@pytest.mark.parametrize("k", [25, 10**9])
def test_a_page_has_as_many_products_as_there_are(filled, k):
    for page in (filled.search("red", k=k), filled.browse(k=k)):
        assert (len(page.hits), page.total, page.next) == (24, 24, None)
    assert len(filled.refine("in blue", id="red-0", k=k).hits) == 23


@pytest.mark.parametrize(
    "text", ['"red shirt"', "red AND NOT (blue", "+red ~shirt", "red* ~2 ^3", "red\0\\shirt", "👗 red"]
)
@pytest.mark.parametrize("where", ["", "price < 100"])
def test_what_is_typed_is_no_syntax(filled, text, where):
    assert filled.search(text, where=where).total == 24


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_photo_finds_what_looks_like_it(filled, tmp_path, as_bytes):
    photo = save_photo(tmp_path / "query.png", (202, 22, 32))
    assert ids(filled.search(image=photo.read_bytes() if as_bytes else photo, k=2)) == ["red-0", "red-1"]


def test_more_like_this_leaves_itself_out(filled):
    page = filled.search(id="blue-0", k=3)
    assert ids(page) == ["blue-1", "blue-2", "blue-3"]
    assert page.total == 23


def test_a_photo_and_words_meet_in_the_middle(filled, spring):
    page = filled.search("yellow", image=spring.products[0].images[0], k=24)
    rank = {colour: min(ids(page).index(f"{colour}-{size}") for size in SIZES) for colour in COLOURS}
    assert max(rank["red"], rank["yellow"]) < min(rank["blue"], rank["black"])
    alone = filled.search(id="red-1", k=1).hits[0].score
    assert filled.search("blue", id="red-1", k=1).hits[0].score < alone


def test_filter_least_score_and_pages(filled):
    coats = filled.search("red", where="category = 'coat' AND price < 5", k=24)
    assert sorted(ids(coats)) == sorted(f"{colour}-0" for colour in COLOURS)
    assert (coats.total, coats.next) == (6, None)
    near = filled.search("red", min_score=0.99, k=3)
    assert (ids(near), near.total, near.next) == (["red-0", "red-1", "red-2"], 4, "3")
    rest = filled.search("red", min_score=0.99, k=3, cursor=near.next)
    assert (ids(rest), rest.total, rest.next) == (["red-3"], 4, None)


BAD_REQUESTS = [
    ({}, "nothing to search for; give a text, an image or an id"),
    ({"text": ""}, "the text is empty"),
    ({"text": " \n"}, "the text is empty"),
    ({"text": "x" * 10_000}, "the text has 10,000 characters; give at most 500 characters"),
    ({"text": "qwzx qqq"}, 'no word of this text is known: "qwzx qqq"'),
    ({"image": "absent.jpg"}, "no image at absent.jpg"),
    ({"image": b"GIF89 no photo"}, "image is not an image that can be read"),
    ({"image": b""}, "image is empty"),
    ({"image": "a.jpg", "id": "red-0"}, "an image and an id can't be searched for together"),
    ({"id": "red-00"}, 'no product "red-00" in this shop; nearest: red-0'),
    ({"text": "red", "where": "price <"}, "the filter 'price <' can't be read"),
    ({"text": "red", "where": "prize < 3"}, 'no column "prize" in this shop; nearest: price'),
    ({"text": "red", "where": "category = 'coatt'"}, 'no category "coatt" in this shop; nearest: coat'),
    ({"text": "red", "k": 0}, "k must be at least 1, because a page shows as many products; got 0"),
    ({"text": "red", "min_score": 2.0}, "the least score is a cosine, from -1 to 1; got 2.0"),
    ({"text": "red", "min_score": float("nan")}, "the least score is a cosine"),
    ({"text": "red", "cursor": "-3"}, 'no cursor "-3"'),
    ({"text": "red", "cursor": "9" * 5000}, "give the one that the page before named as its next"),
    ({"text": '""'}, "no word of this text is known"),
    ({"text": "\ud800 red"}, "has no character at place 1"),
    ({"id": "\ud800"}, "has no character at place 1"),
]


@pytest.mark.parametrize(("request_", "says"), BAD_REQUESTS, ids=[says[:30] for _, says in BAD_REQUESTS])
def test_search_refuses(filled, request_, says):
    before = state(filled.path)
    with pytest.raises(UsageError, match=re.escape(says)) as error:
        filled.search(**request_)
    assert "\n" not in str(error.value)
    assert state(filled.path) == before


def broken(folder: Path, *_: object) -> Catalog:
    (folder / "text.jpg").write_text("no photo")
    return Catalog("broken", (Product("1", (folder / "text.jpg",)),))


BAD_CATALOGUES = [
    (lambda folder: Catalog("nothing", ()), "nothing in nothing can be indexed; it has no rows"),
    (
        lambda folder: Catalog("poor", (), rejected=(Rejected("1", "no price", "row 1"), Rejected("2", "no", "row 2"))),
        "nothing in poor can be indexed; 2 rejected, the first: no price",
    ),
    (broken, "nothing in broken can be indexed; 1 rejected, the first: text.jpg is not an image"),
    (lambda folder: folder / "absent.csv", "there is nothing at"),
]


@pytest.mark.parametrize(("source", "says"), BAD_CATALOGUES, ids=["empty", "all rejected", "all broken", "absent"])
@pytest.mark.parametrize("new", [True, False])
def test_add_refuses(shop, tmp_path, source, says, new):
    where = tmp_path / "new" if new else shop.path
    opened, before = open_shop(where, encoder=FakeEncoder(), create=True), state(where)
    with pytest.raises(UsageError, match=re.escape(says)):
        opened.add(source(tmp_path))
    assert where.exists() is not new
    assert state(where) == before
    assert len(shop) == 24


def test_add_again_with_changes_and_prune(shop, spring, tmp_path):
    first, second, *rest = spring.products
    photo = save_photo(tmp_path / "new.png", "white")
    autumn = Catalog(
        "autumn",
        (replace(first, price=99.0), replace(second, id="new", images=(photo,)), *rest[:-1]),
        rejected=(Rejected(rest[-1].id, "bad price", "row 24"),),
    )
    seen: list[tuple[int, int]] = []
    assert outcome(shop.add(autumn, progress=lambda done, total: seen.append((done, total)))) == (1, 1, 21, 0, 1)
    assert seen == [(23, 23)]
    assert json.loads((shop.path / "rejected.jsonl").read_text()) == {
        "id": rest[-1].id,
        "reason": "bad price",
        "source": "row 24",
    }
    assert outcome(shop.add(autumn, prune=True)) == (0, 0, 23, 1, 1)
    assert len(shop) == 24
    assert rest[-1].id in shop.index.ids(), "a row that is bad today is not gone"
    assert ids(shop.search("red", where="price > 90")) == ["red-0"]


def test_a_prune_of_more_than_a_fifth_is_asked_for(shop, spring):
    few = replace(spring, products=spring.products[:19])
    before = state(shop.path)
    says = "--prune would remove 5 of the shop's 24 products, such as black-3; check spring, and if that is right"
    with pytest.raises(UsageError, match=says):
        shop.add(few, prune=True)
    assert state(shop.path) == before
    assert outcome(shop.add(few, prune_many=True)) == (0, 0, 19, 5, 0)
    assert outcome(shop.add(replace(few, products=few.products[:16]), prune=True)) == (0, 0, 16, 3, 0)


def test_a_prune_where_rows_have_no_id_is_asked_for(shop, spring):
    broken = replace(
        spring, products=spring.products[:-1], rejected=(Rejected("", "not JSON", "spring.jsonl, line 3"),)
    )
    with pytest.raises(
        UsageError, match=r"but rows have no id, such as spring.jsonl, line 3; mend them, or say --prune-m"
    ):
        shop.add(broken, prune=True)
    assert outcome(shop.add(broken, prune_many=True)) == (0, 0, 23, 1, 1)
    assert outcome(shop.add(replace(spring, rejected=broken.rejected), prune=True)) == (1, 0, 23, 0, 1)


def test_embedded_anew_a_column_of_text_stays_one(shop, spring, tmp_path):
    sized = [replace(product, attributes={"size": size}) for product, size in zip(spring.products, "LM", strict=False)]
    shop.add(replace(spring, products=tuple(sized)))
    shop.add(replace(spring, products=tuple(replace(product, attributes={"size": 38.0}) for product in sized)))
    open_shop(shop.path, encoder=FakeEncoder("abcdefgh"), reembed=True).reembed()
    assert open_shop(shop.path, encoder=FakeEncoder("abcdefgh")).index.columns()["size"] == "text"


def test_remove(shop):
    shop.remove(["red-0", "blue-3"])
    assert len(shop) == 22
    assert "red-0" not in ids(shop.search("red", k=22))
    with pytest.raises(UsageError, match='no product "red-9" in this shop; nearest: red-1, red-2, red-3'):
        shop.remove(["red-1", "red-9"])
    assert len(shop) == 22
    shop.remove(shop.index.ids())
    with pytest.raises(UsageError, match=r"has no products; run: modiste index SOURCE --shop"):
        shop.search("red", k=1)


def test_open_shop_refuses(tmp_path):
    with pytest.raises(UsageError, match=r"there is no shop at .*/absent; run: modiste index SOURCE --shop .*/absent"):
        open_shop(tmp_path / "absent")
    with pytest.raises(UsageError, match=r"a shop is a folder on this machine; got s3://bucket"):
        open_shop("s3://bucket", create=True)


def test_another_encoder_is_refused_until_the_shop_is_embedded_anew(shop, spring):
    other = FakeEncoder("abcdefgh")
    before = state(shop.path)
    remedy = f"run: modiste index --shop {shop.path} --reembed"
    says = f'shop "{shop.path}" was indexed with fake@12345678, this is fake@abcdefgh; {remedy}'
    with pytest.raises(UsageError, match=re.escape(says)):
        open_shop(shop.path, encoder=other)
    changed = open_shop(shop.path, encoder=other, reembed=True)
    for use in (lambda: changed.add(spring), lambda: changed.search("red")):
        with pytest.raises(UsageError, match=re.escape(says)):
            use()
    assert state(shop.path) == before

    assert outcome(changed.reembed()) == (24, 0, 0, 0, 0)
    assert ids(changed.search("green", k=4)) == [f"green-{size}" for size in SIZES]
    assert other.photos == 24
    assert outcome(changed.add(spring)) == (0, 0, 24, 0, 0)
    assert ids(open_shop(shop.path, encoder=FakeEncoder("abcdefgh")).search("green", k=1)) == ["green-0"]
    with pytest.raises(ModisteError, match="was embedded anew with fake@abcdefgh"):
        shop.search("green")


def test_a_revision_that_goes_by_another_name_now_embeds_nothing_again(shop, spring):
    renamed = FakeEncoder("fedcba98", former=("12345678",))
    renamed._axes = FakeEncoder()._axes
    again = open_shop(shop.path, encoder=renamed)
    assert outcome(again.add(spring)) == (0, 0, 24, 0, 0)
    assert renamed.photos == 0
    assert ids(again.search("red")) == ids(shop.search("red"))
    with pytest.raises(UsageError, match="was indexed with fake@12345678, this is fake@fedcba98"):
        open_shop(shop.path, encoder=FakeEncoder("fedcba98", former=("11111111",)))


def test_reembed_with_a_catalogue_brings_both(shop, spring, tmp_path):
    other = FakeEncoder("abcdefgh")
    new = Product("new", (save_photo(tmp_path / "new.png", "white"),))
    report = open_shop(shop.path, encoder=other, reembed=True).add(Catalog("more", (new,)), reembed=True)
    assert outcome(report) == (1, 0, 0, 0, 0)
    assert other.photos == 25
    assert len(open_shop(shop.path, encoder=other)) == 25


def test_reembed_with_the_same_encoder_encodes_all_photos(shop):
    assert outcome(shop.reembed()) == (0, 24, 0, 0, 0)
    assert shop.encoder.photos == 24


def test_without_an_encoder_ids_and_removal_still_work(shop):
    plain = open_shop(shop.path)
    assert ids(plain.search(id="red-0", k=1)) == ["red-1"]
    plain.remove(["red-1"])
    assert ids(plain.search(id="red-0", k=1)) == ["red-2"]


def test_refine_finds_what_is_asked_for_and_leaves_its_source_out(filled):
    page = filled.refine("in blue", id="red-2", k=4)
    assert ids(page) == ["blue-0", "blue-1", "blue-2", "blue-3"]
    assert (page.total, page.next, page.turns, page.left_out) == (23, "4", (), 0)
    assert page.hits[0].score > 0.999
    assert page.hits[0].item["title"] == "blue shirt of size 0"
    assert ids(filled.refine("in red", id="red-0", k=23))[:3] == ["red-1", "red-2", "red-3"]
    assert "red-0" not in ids(filled.refine("in red", id="red-0", k=24))


@pytest.mark.parametrize("as_bytes", [False, True])
def test_refine_leaves_out_the_product_that_the_photo_is_of(filled, spring, tmp_path, as_bytes):
    copy = tmp_path / "photo.png"
    copy.write_bytes(spring.products[0].images[0].read_bytes())
    page = filled.refine("in red", image=copy.read_bytes() if as_bytes else copy, k=24)
    assert (ids(page)[:3], page.total) == (["red-1", "red-2", "red-3"], 23)
    other = save_photo(tmp_path / "other.png", "red", (48, 64))
    assert ids(filled.refine("in red", image=str(other), k=1)) == ["red-0"]


def test_refine_takes_turns(filled):
    page = filled.refine(["in blue", "in yellow", "in white please"], id="red-0", where="category = 'shirt'", k=2)
    assert [hit.id for hit in page.turns] == ["blue-1", "yellow-1"]
    assert ids(page) == ["white-1", "white-2"]
    assert (page.total, page.next) == (17, "2")
    rest = filled.refine(
        ["in blue", "in yellow", "in white please"], id="red-0", where="category = 'shirt'", cursor="2"
    )
    assert (rest.turns, ids(rest)[0]) == (page.turns, "white-3")


def test_every_turn_starts_from_the_best_answer_to_the_one_before(filled):
    turns = ["in blue", *["a little different"] * 3]
    page = filled.refine(turns, id="red-0", k=1)
    assert [hit.id for hit in page.turns] == ["blue-0", "blue-1", "blue-0"], "a turn leaves out its own source alone"
    assert ids(page) == ["blue-1"]


@pytest.mark.parametrize("count", [20, 50])
def test_many_turns(filled, count):
    colours = [list(COLOURS)[turn % 6] for turn in range(count)]
    page = filled.refine([f"in {colour}" for colour in colours], id="white-3", k=1)
    assert [hit.id for hit in (*page.turns, *page.hits)] == [f"{colour}-0" for colour in colours]


def test_a_turn_that_finds_nothing_is_the_last(filled):
    filled.refiner.asked.clear()
    page = filled.refine(["in blue", "in yellow", "in white"], id="blue-0", where="colour = 'blue'", min_score=0.9)
    assert page == Page((), 0, None, page.turns, 0)
    assert [hit.id for hit in page.turns] == ["blue-1"]
    assert filled.refiner.asked == ["in blue", "in yellow"]


def test_what_the_shop_lacks_brings_the_nearest(shop, tmp_path):
    shop.remove([f"green-{size}" for size in SIZES])
    photo = save_photo(tmp_path / "query.png", "red")
    page = shop.refine("in green", image=photo, k=3)
    assert len(page.hits) == 3
    assert page.hits[0].score < 0.9
    assert shop.refine("in green", image=photo, min_score=0.9) == Page((), 0)
    assert [hit.score for hit in page.hits] == sorted((hit.score for hit in page.hits), reverse=True)


def test_refine_looks_at_each_photo_once(shop, spring, tmp_path):
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        shop.refine("in blue", id="red-0", progress=lambda done, of: seen.append((done, of)))
    again = open_shop(shop.path, refiner=shop.refiner)
    again.refine("in blue", id="red-0", progress=lambda done, of: seen.append((done, of)))
    assert (seen, shop.refiner.photos) == ([(24, 24)], 24)

    new = Product("new", (save_photo(tmp_path / "new.png", "blue", (48, 64)),), colour="blue")
    shop.add(Catalog("more", (new, replace(spring.products[0], price=99.0))))
    page = shop.refine("in blue", id="red-0", k=2, progress=lambda done, of: seen.append((done, of)))
    assert ids(page) == ["blue-0", "new"]
    assert (seen, shop.refiner.photos) == ([(24, 24), (1, 1)], 25)

    other = open_shop(shop.path, encoder=FakeEncoder("abcdefgh"), refiner=shop.refiner, reembed=True)
    other.reembed()
    assert ids(other.refine("in blue", id="red-0", k=2)) == ["blue-0", "new"]
    assert shop.refiner.photos == 25, "another encoder changes nothing for the refiner"


def test_products_without_their_photos_are_left_out_and_counted(tmp_path):
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner(), create=True)
    some = catalogue(tmp_path / "photos")
    first, second = save_photo(tmp_path / "front.png", "red"), save_photo(tmp_path / "back.png", (90, 20, 90))
    shop.add(Catalog("spring", (*some.products, Product("both", (first, second)))))
    (tmp_path / "photos" / "blue-0.png").unlink()
    save_photo(tmp_path / "photos" / "blue-1.png", "white")
    page = shop.refine("in blue", id="both", k=2)
    assert (ids(page), page.total, page.left_out) == (["blue-2", "blue-3"], 22, 2)
    assert open_shop(shop.path, refiner=shop.refiner).refine("in blue", id="red-0").left_out == 2

    first.unlink()
    assert ids(shop.refine("as it is", id="both", k=1)) == ids(shop.refine("as it is", image=second, k=2))[1:]
    second.unlink()
    with pytest.raises(
        UsageError, match=r'no photo of product "both" can be read, so .*: no image at .*front.png; check'
    ):
        shop.refine("in blue", id="both")
    (tmp_path / "photos" / "blue-2.png").unlink()
    with pytest.raises(UsageError, match='no photo of product "blue-2" can be read'):
        shop.refine(["in blue", "in red"], id="red-0")


BAD_REFINEMENTS = [
    ({"text": "in blue"}, "nothing to start from; give an image or an id"),
    ({"text": "in blue", "image": "a.jpg", "id": "red-0"}, "an image and an id can't be refined together; give one of"),
    ({"text": ""}, 'the text is empty; say what should be different, such as "in navy" or "with long sleeves"'),
    ({"text": []}, 'there is no text; say what should be different, such as "in navy" or "with long sleeves"'),
    ({"text": ["in blue", " "]}, "the text is empty; say what should be different"),
    ({"text": ["in blue"] * 51}, "there are 51 turns; give at most 50, and go on from what they find"),
    ({"text": "x" * 10_000}, "the text has 10,000 characters; give at most 500 characters"),
    ({"text": "qwzx qqq"}, 'no word of this text is known: "qwzx qqq"'),
    ({"text": ["in blue", "qwzx"]}, 'no word of this text is known: "qwzx"'),
    (
        {"text": "hello"},
        'this text asks for no change: "hello"; say what should be different, such as "in navy" or "with long sleeves"',
    ),
    ({"text": ["in blue", "the same"]}, 'this text asks for no change: "the same"; say what should be different'),
    ({"text": "in blue", "image": "absent.jpg"}, "no image at absent.jpg"),
    ({"text": "in blue", "image": b"GIF89 no photo"}, "image is not an image that can be read"),
    ({"text": "in blue", "id": "red-00"}, 'no product "red-00" in this shop; nearest: red-0'),
    ({"text": "in blue", "where": "price <"}, "the filter 'price <' can't be read"),
    ({"text": "in blue", "where": "prize < 3"}, 'no column "prize" in this shop; nearest: price'),
    ({"text": "in blue", "where": "category = 'coatt'"}, 'no category "coatt" in this shop; nearest: coat'),
    ({"text": "in blue", "k": 0}, "k must be at least 1"),
    ({"text": "in blue", "min_score": 2.0}, "the least score is a cosine, from -1 to 1; got 2.0"),
    ({"text": "in blue", "cursor": "-3"}, 'no cursor "-3"'),
]


@pytest.mark.parametrize(("request_", "says"), BAD_REFINEMENTS, ids=[says[:30] for _, says in BAD_REFINEMENTS])
def test_refine_refuses_before_it_looks_at_a_photo(shop, request_, says):
    source = {} if {"image", "id"} & set(request_) or says.startswith("nothing") else {"id": "red-0"}
    before = state(shop.path)
    with pytest.raises(UsageError, match=re.escape(says)) as error:
        shop.refine(**{**source, **request_})
    assert "\n" not in str(error.value)
    assert state(shop.path) == before
    assert shop.refiner.photos == 0


def test_an_empty_shop_refuses_to_refine(tmp_path):
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner(), create=True)
    with pytest.raises(UsageError, match=r"has no products; run: modiste index SOURCE --shop"):
        shop.refine("in blue", id="red-0")
    assert not shop.path.exists()


@pytest.mark.parametrize("given", [None, "refine-other"])
def test_the_refiner_goes_with_the_shops_encoder(shop, monkeypatch, given):
    asked: list[tuple[str | None, str]] = []

    def load_refiner(name: str | None, encoder: str) -> FakeRefiner:
        asked.append((name, encoder))
        return FakeRefiner()

    monkeypatch.setitem(sys.modules, "modiste.refine", SimpleNamespace(load_refiner=load_refiner))
    opened = open_shop(shop.path, refiner=given)
    for _ in range(2):
        assert ids(opened.refine("in blue", id="red-0", k=1)) == ["blue-0"]
    assert asked == [(given, "fake")]


def test_browsing_pages_through_what_passes(shop):
    first = shop.browse("price >= 2", k=5)
    assert (len(first.hits), first.next) == (5, "5")
    assert {hit.score for hit in first.hits} == {0.0}
    seen, page = [hit.id for hit in first.hits], first
    while page.next:
        page = shop.browse("price >= 2", k=5, cursor=page.next)
        seen += [hit.id for hit in page.hits]
    assert len(seen) == len(set(seen)) == first.total
    assert set(seen) == {product.id for product in shop.index.products("price >= 2")}
    with pytest.raises(UsageError, match=r"k must be at least 1"):
        shop.browse(k=0)


def test_facets_count_what_filters_may_ask_for(shop):
    facets = shop.facets()
    assert list(facets) == ["category", "gender", "colour"]
    for column, counts in facets.items():
        assert "" not in counts
        assert list(counts.values()) == sorted(counts.values(), reverse=True)
        for value, count in counts.items():
            assert shop.browse(f"{column} = '{value}'", k=1).total == count


def test_photos_are_found_wherever_the_shop_is_opened_from(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalogue(Path("spring"))
    open_shop("shop", encoder=FakeEncoder(), create=True).add(catalogue(Path("spring")))
    monkeypatch.chdir("/")
    shop = open_shop(tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner())
    assert shop.refine("in blue", id=shop.index.ids()[0], k=1).hits
