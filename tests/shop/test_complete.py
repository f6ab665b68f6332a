"""Completing outfits from outside: what goes with the items is found, and what makes no sense is refused."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modiste.catalog.records import Catalog
from modiste.errors import UsageError
from modiste.shop import Completion, open_shop
from tests.fakes import COLOURS, FakeCompleter, save_photo
from tests.shop.conftest import opened, product, wardrobe


def ids(found: Completion) -> list[str]:
    return [hit.id for hit in found.hits]


def fit(*colours: str) -> float:
    """How well the first colour goes with the mean of the others, worked out anew."""
    own, *others = FakeCompleter.place(np.array([COLOURS[colour] for colour in colours]))
    return float(np.mean([0.5 + 0.5 * own @ other for other in others]))


def test_one_category_is_one_group(plain):
    found = plain.complete(["red-t-shirt", "blue-jeans"], "shoes", k=6)
    (group,) = found.groups
    assert (group.category, group.total, group.likely, found.looks, found.notes) == ("shoes", 12, None, (), ())
    assert [(one.id, one.category, one.predicted) for one in found.items] == [
        ("red-t-shirt", "tops", False),
        ("blue-jeans", "bottoms", False),
    ]
    assert found.items[0].item["title"] == "red t-shirt"
    scores = {colour: fit(colour, "red", "blue") for colour in COLOURS}
    assert ids(found) == [f"{colour}-sandals" for colour in ("black", "blue", "red", "green", "yellow", "white")]
    assert scores["black"] > scores["blue"] > scores["green"] > scores["yellow"] > scores["white"]
    assert scores["red"] == pytest.approx(scores["blue"])
    for hit in found.hits:
        assert hit.score == pytest.approx(scores[hit.item["colour"]], abs=2e-3)
        assert sum(hit.contributions.values()) == pytest.approx(hit.score, abs=1e-5)
        assert hit.category == "shoes"
    assert plain.completer.asked[-1] == (("tops", "bottoms"), "shoes")


def test_the_item_that_tells_a_hit_from_the_others_spoke_for_it(plain):
    hits = {hit.item["colour"]: hit for hit in plain.complete(["red-t-shirt", "blue-jeans"], "shoes", k=6).hits}
    assert (hits["red"].top_contributor, hits["blue"].top_contributor) == ("red-t-shirt", "blue-jeans")
    says = {colour: 0.5 * fit(colour, "red") for colour in COLOURS}
    assert hits["red"].margin == pytest.approx(says["red"] - np.mean([*says.values()]), abs=2e-3)
    alone = plain.complete("red-t-shirt", "shoes", k=1).hits[0]
    assert (alone.top_contributor, dict(alone.contributions)) == (
        "red-t-shirt",
        {"red-t-shirt": pytest.approx(1.0, abs=1e-3)},
    )


@pytest.mark.parametrize(
    ("want", "category", "found"),
    [
        ("shoes", "shoes", ["red-sandals", "red-sneakers"]),
        ("Shoe", "shoes", ["red-sandals", "red-sneakers"]),
        ("SNEAKERS", "sneakers", ["red-sneakers"]),
        ("sneaker", "sneakers", ["red-sneakers"]),
        (["handbags"], "Handbag", ["red-handbag"]),
        ("bag", "bags", ["red-handbag"]),
        ("hats", "hats", ["red-beanie"]),
        (" bottom ", "bottoms", ["red-jeans"]),
    ],
)
def test_a_category_or_a_label_of_the_shop(plain, want, category, found):
    group = plain.complete("red-t-shirt", want, where="colour = 'red'").groups[0]
    assert (group.category, group.total) == (category, len(found))
    assert [hit.id for hit in group.hits] == found
    assert {hit.category for hit in group.hits} == {category}


def test_without_a_category_the_likeliest_that_are_missing_are_suggested(plain):
    found = plain.complete(["red-t-shirt", "blue-sneakers"], k=2)
    assert [(group.category, group.likely, len(group.hits), group.total) for group in found.groups] == [
        ("bags", 0.6, 2, 6),
        ("bottoms", 0.5, 2, 6),
        ("hats", 0.3, 2, 6),
    ]
    assert len(found.hits) == 6
    narrow = plain.complete(["red-t-shirt", "blue-sneakers"], where="category IN ('beanie', 'jeans')")
    assert [group.category for group in narrow.groups] == ["bottoms", "hats"]
    none = plain.complete("red-t-shirt", where="price > 90")
    assert (none.groups, none.notes) == ((), ("nothing that these lack passes the filter",))
    everything = [f"red-{kind}" for kind in ("t-shirt", "jeans", "sandals", "handbag", "beanie")]
    whole = plain.complete(everything)
    assert (whole.hits, whole.notes) == ((), ("nothing that these lack is in this shop",))


def test_several_categories_are_whole_looks(plain):
    found = plain.complete("red-t-shirt", ["jeans", "shoes", "bags"], k=4)
    assert (found.groups, found.hits) == ((), ())
    assert [[hit.category for hit in look.hits] for look in found.looks] == [["jeans", "shoes", "bags"]] * 4
    for look in found.looks:
        colours = {hit.id: hit.item["colour"] for hit in look.hits} | {"red-t-shirt": "red"}
        for hit in look.hits:
            rest = [colour for id, colour in colours.items() if id != hit.id]
            assert hit.score == pytest.approx(fit(colours[hit.id], *rest), abs=2e-3)
            assert set(hit.contributions) == set(colours) - {hit.id}
            assert sum(hit.contributions.values()) == pytest.approx(hit.score, abs=1e-5)
        assert look.score == pytest.approx(np.mean([hit.score for hit in look.hits]))
    assert [hit.id for hit in found.looks[0].hits] == ["red-jeans", "red-sandals", "red-handbag"]
    assert found.looks[0].score == pytest.approx(1, abs=1e-3)


def test_looks_differ_and_none_has_a_product_that_all_have(plain):
    looks = plain.complete("red-t-shirt", ["shoes", "bags"], k=5).looks
    shown = [tuple(hit.id for hit in look.hits) for look in looks]
    assert len(set(shown)) == 5
    assert set.intersection(*map(set, shown)) == set()
    assert [look.score for look in looks] == sorted((look.score for look in looks), reverse=True)
    narrow = plain.complete("red-t-shirt", ["shoes", "bags"], where="colour = 'blue' OR category = 'sandals'", k=3)
    assert [look.hits[1].id for look in narrow.looks] == ["blue-handbag"] * 3, "there is no other bag"
    assert len({look.hits[0].id for look in narrow.looks}) == 3


def test_two_names_of_one_category_give_a_look_two_things(plain):
    looks = plain.complete("red-t-shirt", ["sandals", "sneakers"], k=3).looks
    assert [[hit.category for hit in look.hits] for look in looks] == [["sandals", "sneakers"]] * 3
    assert all(set(hit.contributions) == {"red-t-shirt"} for look in looks for hit in look.hits)
    both = plain.complete("red-t-shirt", ["shoes", "sandals"], where="category = 'sandals'", k=10).looks
    pairs = [frozenset(hit.id for hit in look.hits) for look in both]
    assert {len(pair) for pair in pairs} == {2}
    assert len(set(pairs)) == len(pairs)


def test_filter_and_least_score_hold_for_everything(plain):
    cheap = plain.complete("red-t-shirt", "shoes", where="price < 3", k=10)
    assert (cheap.groups[0].total, {hit.item["price"] for hit in cheap.hits}) == (6, {0.0, 1.0, 2.0})
    near = plain.complete("red-t-shirt", "shoes", min_score=0.7, k=10)
    assert sorted(ids(near)) == ["black-sandals", "black-sneakers", "red-sandals", "red-sneakers"]
    assert near.groups[0].total == 4
    none = plain.complete("red-t-shirt", "shoes", where="price > 90", k=10)
    assert (none.hits, none.groups[0].total) == ((), 0)

    looks = plain.complete("red-t-shirt", ["shoes", "bags"], where="price < 3", min_score=0.6, k=10).looks
    hits = [hit for look in looks for hit in look.hits]
    assert hits
    assert max(hit.item["price"] for hit in hits) < 3
    assert min(hit.score for hit in hits) >= 0.6
    reds = plain.complete("red-t-shirt", ["sandals", "bags"], where="price < 3", min_score=0.999).looks
    assert [[hit.id for hit in look.hits] for look in reds] == [["red-sandals", "red-handbag"]]
    empty = plain.complete("red-t-shirt", ["shoes", "bags"], where="category = 'sandals'")
    assert empty.looks == ()
    assert empty.notes == ('nothing of "bags" passes the filter, so there is no look',)


def test_neither_the_items_nor_their_other_colours_are_found(tmp_path):
    photos = tmp_path / "photos"
    some = [
        product(photos, "bag", "red", "handbag"),
        product(photos, "bag-blue", "blue", "handbag", variant_of="bag"),
        product(photos, "shoe", "green", "sneakers", variant_of="m"),
        product(photos, "shoe-red", "red", "sneakers", variant_of="m"),
        product(photos, "other", "blue", "sneakers"),
        product(photos, "tote", "black", "tote"),
    ]
    found = opened(tmp_path / "shop", some).complete(["bag", "shoe"], ["shoes", "bags"], k=6)
    assert [[hit.id for hit in look.hits] for look in found.looks] == [["other", "tote"]]


def test_one_product_of_each_model_and_copies_only_where_nothing_else_is_left(tmp_path):
    photos = tmp_path / "photos"
    shoes = [product(photos, f"a{n}", (200, 20 + n, 30), "sneakers", variant_of="a") for n in range(60)]
    shoes += [product(photos, "near", (196, 20, 30), "sneakers"), product(photos, "black", "black", "boots")]
    shop = opened(tmp_path / "shop", [product(photos, "top", "red", "shirt"), *shoes])
    assert ids(shop.complete("top", "shoes", k=1)) == ["a0"]
    assert ids(shop.complete("top", "shoes", k=2)) == ["a0", "black"]
    assert ids(shop.complete("top", "shoes", k=3)) == ["a0", "near", "black"]
    everything = shop.complete("top", "shoes", k=10)
    assert (ids(everything), everything.groups[0].total) == (["a0", "near", "black"], 62)


WEARERS = [
    (["w"], "", {"w2", "u", "n"}),
    (["w", "u2"], "", {"w2", "u", "n"}),
    (["u2"], "", {"w2", "m2", "u", "n"}),
    (["n2"], "", {"w2", "m2", "u", "n"}),
    (["w", "m"], "", {"w2", "m2", "u", "n"}),
    (["m"], "", {"m2", "u", "n"}),
    (["w"], "gender = 'Men'", {"m2"}),
    (["w"], "GENDER IS NOT NULL", {"w2", "m2", "u", "n"}),
]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A shop for all: `w` is a woman's, `n` nobody's in particular."""
    folder = tmp_path_factory.mktemp("both")
    tops = {"w": "Women", "m": "Men", "u2": "Unisex", "n2": ""}
    shoes = {"w2": "Women", "m2": "Men", "u": "UNISEX", "n": ""}
    products = [product(folder / "photos", id, "red", "shirt", gender=gender) for id, gender in tops.items()]
    products += [product(folder / "photos", id, "red", "boots", gender=gender) for id, gender in shoes.items()]
    return opened(folder / "shop", products)


@pytest.mark.parametrize(("items", "where", "found"), WEARERS)
def test_what_is_found_is_for_those_who_wear_the_items(both, items, where, found):
    answer = both.complete(items, "boots", where=where, k=8)
    assert ({hit.id for hit in answer.hits}, answer.groups[0].total) == (found, len(found))
    note = "only products for {}, or for no gender in particular; a filter on gender changes that"
    names = {("w",): "Women", ("w", "u2"): "Women", ("m",): "Men"}
    assert answer.notes == ((note.format(names[tuple(items)]),) if len(found) == 3 else ())


def test_what_photos_tell(tmp_path):
    """Products without a category that is understood count where their photo says they belong."""
    photos = tmp_path / "photos"
    strange = [
        product(photos, "gizmo", "black", "Gizmo"),
        product(photos, "bare", "black", ""),
        product(photos, "sack", "white", "Gizmo"),
        product(photos, "lip", "black", "Lipstick"),
    ]
    shop = opened(tmp_path / "shop", [*wardrobe(photos), *strange])
    for _ in range(2):
        found = shop.complete("red-t-shirt", "shoes", where="colour = 'red' OR colour = ''", k=10)
        assert sorted(ids(found)) == ["bare", "gizmo", "red-sandals", "red-sneakers"]
    assert shop.completer.predicted == 3
    assert ids(shop.complete("red-t-shirt", "bags", where="price IS NULL")) == ["sack"]
    assert shop.completer.predicted == 3

    worn = shop.complete(["gizmo", "bare"], "bags", k=1)
    assert [(one.category, one.predicted) for one in worn.items] == [("shoes", True)] * 2
    assert worn.notes == (
        '"gizmo" has the category "Gizmo", which is not understood; its photo looks like shoes',
        '"bare" has no category; its photo looks like shoes',
    )

    shop.add(Catalog("more", (product(photos, "late", "white", "Gizmo"), replace(strange[0], price=3.0))))
    assert sorted(ids(shop.complete("red-t-shirt", "bags", where="category = 'Gizmo'"))) == ["late", "sack"]
    assert shop.completer.predicted == 4, "what was looked at before is known"


def test_a_label_that_is_not_understood_may_be_asked_for(tmp_path):
    photos = tmp_path / "photos"
    shoes = [product(photos, f"z{n}", (10 + n, 15, 15), "Zapatos") for n in range(3)]
    shop = opened(tmp_path / "shop", [*wardrobe(photos), *shoes, product(photos, "odd", "green", "Zapatos")])
    found = shop.complete(["red-t-shirt"], "zapato", k=10)
    assert (found.groups[0].category, found.groups[0].total) == ("Zapatos", 4)
    assert shop.completer.asked[-1] == (("tops",), "shoes")
    with pytest.raises(UsageError, match="Zapatos can't go with red-sneakers alone, which is shoes too"):
        shop.complete("red-sneakers", "Zapatos")
    assert sorted(ids(shop.complete("red-t-shirt", ["sandals"], k=9))) == sorted(f"{one}-sandals" for one in COLOURS)


def test_only_so_many_photos_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr("modiste.shop.complete.LOOKED_AT", 2)
    photos = tmp_path / "photos"
    bare = [product(photos, f"b{n}", (10 + n, 15, 15), "") for n in range(5)]
    shop = opened(tmp_path / "shop", [*wardrobe(photos), *bare])
    found = shop.complete("red-t-shirt", "shoes", where="category = ''")
    assert len(found.hits) == 2
    assert found.notes == (
        "3 products can't be found, because their category is not understood; the photos of 2 others told theirs; "
        "name the column that has it: modiste index --map category=COLUMN",
    )
    assert (shop.complete("b4", "bags", k=1).items[0].category, shop.completer.predicted) == ("shoes", 3)


class Untelling(FakeCompleter):
    """Learnt the categories of one catalogue, and can't tell them from photos."""

    categories = ("t-shirt", "sneakers")

    def category_of(self, label):
        return label if label in self.categories else None

    def predict(self, photos):
        raise UsageError("no category of fake-complete can be told from a photo; give the product one")


def test_a_network_that_cannot_tell_categories_finds_what_has_one(plain):
    shop = open_shop(plain.path, completer=Untelling())
    assert ids(shop.complete("red-t-shirt", "sneakers", k=1)) == ["red-sneakers"]
    with pytest.raises(UsageError, match="no category of fake-complete can be told from a photo; give the product one"):
        shop.complete(["red-t-shirt", "red-jeans"], "sneakers")
    with pytest.raises(UsageError, match='it is not understood what "jeans" is; ask for one of t-shirt, sneakers'):
        shop.complete("red-t-shirt", "jeans")


def test_items_of_the_category_asked_for_say_nothing(plain):
    found = plain.complete(["red-t-shirt", "blue-sandals"], "shoes", k=1)
    assert ids(found) == ["red-sandals"]
    assert found.notes == ('"blue-sandals" is shoes too, and was not asked which shoes go with it',)
    assert set(found.hits[0].contributions) == {"red-t-shirt"}


def test_what_is_named_twice_counts_once(plain):
    found = plain.complete(["red-t-shirt", "blue-jeans", "red-t-shirt"], ["shoe", "Shoes"], k=6)
    assert found.notes == (
        '"red-t-shirt" is named more than once, and counts once',
        '"shoes" is asked for more than once, and found once',
    )
    assert found == replace(plain.complete(["red-t-shirt", "blue-jeans"], "shoes", k=6), notes=found.notes)


def test_twenty_items(plain):
    items = [f"{colour}-{kind}" for colour in COLOURS for kind in ("t-shirt", "jeans", "handbag", "beanie")][:20]
    found = plain.complete(items, "shoes", k=12)
    assert len(found.items) == 20
    assert set(found.hits[0].contributions) == set(items)


def test_each_photo_is_looked_at_once(shop):
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        shop.complete("red-t-shirt", "shoes", progress=lambda done, of: seen.append((done, of)))
    open_shop(shop.path, completer=shop.completer).complete("red-t-shirt", "shoes")
    assert (seen, shop.completer.photos, shop.completer.predicted) == ([(32, 36), (36, 36)], 36, 0)


def test_photos_that_are_gone(shop, tmp_path):
    photos = tmp_path / "mine"
    some = [product(photos, "top", (190, 25, 30), "shirt"), product(photos, "bare", (20, 20, 20), "")]
    shop.add(Catalog("mine", tuple(some)))
    remedy = f"; index it again (modiste index SOURCE --shop {shop.path}), or leave the product out"
    for one in some:
        one.images[0].unlink()
    for item in ("top", "bare"):
        says = f'the photo of product "{item}" is gone or changed since it was indexed: {item}.png{remedy}'
        with pytest.raises(UsageError, match=re.escape(says)):
            shop.complete(item, "shoes")
    found = shop.complete("red-t-shirt", "shoes", k=2)
    assert (ids(found), found.left_out) == (["red-sandals", "black-sandals"], 2)


def test_an_item_that_was_looked_at_needs_its_photo_no_more(shop, tmp_path):
    top = product(tmp_path / "mine", "top", (190, 25, 30), "shirt")
    shop.add(Catalog("mine", (top,)))
    before = shop.complete("top", "shoes", k=3)
    top.images[0].unlink()
    assert shop.complete("top", "shoes", k=3) == before


def test_several_photos_count_by_the_best_and_items_by_the_first(tmp_path):
    photos = tmp_path / "photos"
    front, back = save_photo(photos / "front.png", "black", (24, 90)), save_photo(photos / "back.png", "red", (24, 91))
    both = replace(product(photos, "both", "green", "sneakers"), images=(front, back))
    rest = [product(photos, "top", "red", "shirt"), product(photos, "dark", "black", "shirt")]
    shop = opened(tmp_path / "shop", [both, *rest, product(photos, "blue", "blue", "sneakers")])
    hit = shop.complete("top", "shoes", k=1).hits[0]
    assert (hit.id, hit.score, dict(hit.contributions)) == (
        "both",
        pytest.approx(1, abs=1e-3),
        {"top": pytest.approx(1, abs=1e-3)},
    )
    tops = shop.complete("both", "tops", k=2)
    assert [(one.id, round(one.score, 2)) for one in tops.hits] == [
        ("dark", 1.0),
        ("top", round(fit("red", "black"), 2)),
    ]


BAD_OUTFITS = [
    ({"items": []}, "there are no items; give the ids of products that are worn together"),
    ({"items": [f"x{n}" for n in range(21)]}, "there are 21 items; give at most 20, those that matter most"),
    ({"items": ["red-tshirt"]}, 'no product "red-tshirt" in this shop; nearest: red-t-shirt'),
    ({"items": ["red-t-shirt", ""]}, 'no product "" in this shop; there are 36, such as'),
    ({"want": "shoos"}, 'no category "shoos" in this shop; nearest: shoes'),
    ({"want": "sneekers"}, 'no category "sneekers" in this shop; nearest: sneakers'),
    ({"want": "trousers"}, 'no category "trousers" in this shop; nearest: bottoms'),
    ({"want": "qqq"}, 'no category "qqq" in this shop; it has tops, bottoms, shoes, bags, hats'),
    ({"want": ""}, 'the category asked for is empty; name one, such as "shoes", or none to be told what is missing'),
    ({"want": []}, "the category asked for is empty"),
    ({"want": ["shoes", " "]}, "the category asked for is empty"),
    ({"want": ["shoes"] * 11}, "there are 11 categories asked for; give at most 10"),
    ({"want": "scarf"}, "this shop has no scarves; it has tops, bottoms, shoes, bags, hats"),
    ({"want": ["shoes", "sunglasses"]}, "this shop has no sunglasses; it has"),
    ({"want": "tops"}, "tops can't go with red-t-shirt alone, which is tops too; name an item of another category"),
    (
        {"items": ["red-sandals", "blue-sneakers"], "want": "sandals"},
        "sandals can't go with red-sandals, blue-sneakers alone, which are shoes too",
    ),
    ({"want": ["bags", "t-shirt"]}, "t-shirt can't go with red-t-shirt alone"),
    ({"k": 0}, "k must be at least 1, because a page shows as many products; got 0"),
    ({"min_score": 1.5}, "the least score is a cosine, from -1 to 1; got 1.5"),
    ({"where": "price <"}, "the filter 'price <' can't be read"),
    ({"where": "prize < 3"}, 'no column "prize" in this shop; nearest: price'),
    ({"where": "colour = 'rde'"}, 'no colour "rde" in this shop; nearest: red'),
    ({"where": "price < 3) OR (price > 4"}, "can't be read (at ') OR (price > 4')"),
]


@pytest.mark.parametrize(("request_", "says"), BAD_OUTFITS, ids=[says[:40] for _, says in BAD_OUTFITS])
def test_complete_refuses_before_it_looks_at_a_photo(shop, request_, says):
    with pytest.raises(UsageError, match=re.escape(says)) as error:
        shop.complete(**{"items": ["red-t-shirt"], "want": "shoes", **request_})
    assert "\n" not in str(error.value)
    assert (shop.completer.photos, shop.completer.predicted) == (0, 0)
    assert not (shop.path / "spaces").exists()


def test_so_many_looks_keep_others_waiting(plain, monkeypatch):
    monkeypatch.setattr("modiste.shop.contract.MAX_LOOKS", 3)
    assert len(plain.complete("red-t-shirt", ["jeans", "shoes"], k=3).looks) == 3
    assert len(plain.complete("red-t-shirt", ["shoes", "shoes"], k=4).groups[0].hits) == 4
    with pytest.raises(UsageError, match="k must be 1 to 3 looks where several categories are asked for; got 4"):
        plain.complete("red-t-shirt", ["jeans", "shoes"], k=4)


def test_what_belongs_in_no_outfit_is_refused(shop, tmp_path):
    shop.add(Catalog("more", (product(tmp_path / "more", "lip", "red", "Lipstick"),)))
    says = 'product "lip" belongs in no outfit, it is of the category "Lipstick"; leave it out'
    with pytest.raises(UsageError, match=re.escape(says)):
        shop.complete(["red-t-shirt", "lip"], "shoes")
    with pytest.raises(UsageError, match='"Lipstick" belongs in no outfit; ask for one of tops, bottoms, shoes, bags'):
        shop.complete("red-t-shirt", "lipstick")


def test_an_empty_shop_refuses_to_complete(tmp_path):
    shop = open_shop(tmp_path / "shop", completer=FakeCompleter(), create=True)
    with pytest.raises(UsageError, match=r"has no products; run: modiste index SOURCE --shop"):
        shop.complete("red-t-shirt", "shoes")
    assert not shop.path.exists()


@pytest.mark.parametrize("given", [None, "complete-other"])
def test_the_completer_goes_with_the_shops_encoder(plain, monkeypatch, given):
    asked: list[tuple[str | None, str]] = []

    def load_completer(name: str | None, encoder: str) -> FakeCompleter:
        asked.append((name, encoder))
        return FakeCompleter()

    monkeypatch.setitem(sys.modules, "modiste.complete", SimpleNamespace(load_completer=load_completer))
    shop = open_shop(plain.path, completer=given)
    for _ in range(2):
        assert ids(shop.complete("red-t-shirt", "sandals", k=1)) == ["red-sandals"]
    assert asked == [(given, "fake")]
