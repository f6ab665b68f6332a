"""The outfit board: where items lie, what a shop offers for them, and what a visitor does with them."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import Client, ui
from PIL import Image, ImageFont

from modiste.catalog.records import Product
from modiste.errors import ModisteError, UsageError
from modiste.shop import Completion, Group, Look, Match, Shop
from modiste.showroom.outfit import layout as parts
from modiste.showroom.outfit import view as outfit_view
from modiste.showroom.outfit.layout import SCALE, _columns, _total_of, _wrapped, picture
from modiste.showroom.outfit.view import (
    OutfitView,
    _answer_query,
    _complete_outfits,
    _gender_filter,
    _labels_by_category,
    _make_starts,
    _missing_categories,
    _outfit_starts,
    _Query,
    _random_products,
    _worn_together,
)
from modiste.showroom.session import Act, State
from tests.fakes import COLOURS, save_photo
from tests.shop.conftest import plain as plain
from tests.shop.conftest import shop as shop
from tests.showroom.test_markup import HOSTILE, Elements


def product(id: str, category: str = "t-shirt", **fields: Any) -> Product:
    return Product(id, category=category, title=fields.pop("title", f"a {category}"), **fields)


# -- laid flat -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        (["jeans", "t-shirt"], [[], ["t-shirt", "jeans"], []]),
        (["sneakers", "dress", "tote bag", "cap", "coat"], [["coat", "tote bag"], ["dress"], ["cap", "sneakers"]]),
        (["sunglasses", "cap", "boots", "dress"], [["sunglasses"], ["dress"], ["cap", "boots"]]),
        (["cap", "boots", "coat", "tote bag", "belt"], [["coat", "tote bag"], [], ["cap", "belt", "boots"]]),
        (["sunglasses"], [[], [], ["sunglasses"]]),
        (["", "gizmo"], [["gizmo"], [], [""]]),
        (["Socks", "jeans", "shirt", "cardigan"], [[], ["shirt", "cardigan", "jeans", "Socks"], []]),
        ([], [[], [], []]),
    ],
)
def test_items_lie_where_they_are_worn(labels, columns):
    products = [product(str(number), label) for number, label in enumerate(labels)]
    assert [[one.category for one in column] for column in _columns(products)] == columns


@pytest.mark.parametrize(
    ("prices", "total"),
    [
        ([], ""),
        ([None, None], ""),
        ([0.0], "0.00"),
        ([1200.5, 99.99], "1,300.49"),
        ([10.0, None], "10.00 and 1 without a price"),
        ([0.1, 0.2], "0.30"),
    ],
)
def test_prices_are_added_up(prices, total):
    assert _total_of([{"price": price} for price in prices]) == total


# -- the picture -----------------------------------------------------------------------------------------------------


def test_the_picture_shows_every_photo_at_its_place(tmp_path):
    outfit = [
        product("b", "jeans", images=(save_photo(tmp_path / "b.png", "blue", (60, 80)),), price=20.0),
        product("a", "t-shirt", images=(save_photo(tmp_path / "a.png", "red", (60, 80)),), price=10.0),
        product("c", "sneakers", images=(save_photo(tmp_path / "c.png", "green", (60, 80)),)),
    ]
    with Image.open(io.BytesIO(picture(outfit))) as opened:
        assert opened.format == "PNG"
        seen = opened.convert("RGB")
    assert seen.getpixel((0, 0)) == (0xFA, 0xF8, 0xF4)
    places = {name: _places(seen, COLOURS[name]) for name in ("red", "blue", "green")}
    assert all(len(found) > (100 * SCALE) ** 2 for found in places.values()), "each is drawn large"
    middle = {name: _mean(found) for name, found in places.items()}
    assert middle["red"][0] == pytest.approx(middle["blue"][0])
    assert middle["red"][1] < middle["blue"][1], "a shirt lies above trousers"
    assert middle["green"][0] > middle["red"][0], "shoes lie beside them"


def _places(image: Image.Image, colour: tuple[int, int, int]) -> list[tuple[int, int]]:
    pixels = image.load()
    assert pixels is not None
    return [(x, y) for y in range(image.height) for x in range(image.width) if pixels[x, y] == colour]


def _mean(places: list[tuple[int, int]]) -> tuple[float, float]:
    return sum(x for x, _ in places) / len(places), sum(y for _, y in places) / len(places)


@pytest.mark.parametrize("title", ["", "قميص أبيض", "Été 👗 " * 40, "x" * 300, HOSTILE, "\n\t"])
def test_a_picture_of_any_title_and_without_a_photo(title, monkeypatch):
    for fonts in (("DejaVuSans.ttf",), ()):
        monkeypatch.setattr("modiste.showroom.outfit.layout.SCRIPTS", fonts)
        with Image.open(io.BytesIO(picture([product("a", "hat", title=title, images=(Path("gone.jpg"),))]))) as image:
            assert image.width < image.height


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three", ["one two", "three"]),
        ("one two three four five", ["one two", "three fo…"]),
        ("overlongwords", ["overlong…"]),
    ],
)
def test_names_take_two_lines(text, lines):
    letters = SimpleNamespace(getlength=len)
    assert _wrapped(text, letters, 9) == lines


def test_names_fit_into_their_column():
    font = ImageFont.load_default(20)
    assert all(font.getlength(line) <= 120 for line in _wrapped("a long dress with very long sleeves", font, 120))


# -- in HTML ---------------------------------------------------------------------------------------------------------


def match(id: str, category: str = "shoes", spoke: str = "", **item: Any) -> Match:
    return Match(id, 0.9, {"id": id, "category": category, **item}, category, {}, spoke, 0.1)


def test_what_a_shop_wrote_is_escaped():
    one = product(HOSTILE, HOSTILE, title=HOSTILE, price=1.0)
    hit = match(HOSTILE, HOSTILE, HOSTILE, title=HOSTILE)
    pages = [
        parts.lay([one], State(board=(HOSTILE,)), tryon=True),
        parts.beginnings([(one, one)]),
        parts.stock([vars(one)], ()),
        parts.questions([HOSTILE], HOSTILE),
        parts.suggestions(
            Completion((), (Group(HOSTILE, (hit,), 1),), (), (HOSTILE,)), HOSTILE, {HOSTILE: HOSTILE}, ()
        ),
        parts.suggestions(Completion((), (), (Look((hit, hit), 0.9),)), "all", {}, ()),
        parts.suggestions([hit], HOSTILE, {}, (), swap=True),
    ]
    for page in pages:
        read = Elements(page)
        assert read.named("script") == []
        values = [value for _, attributes in read.tags for value in attributes.values() if value]
        assert any(HOSTILE in text for text in [*read.texts, *values]), "told as it was written"


def test_a_board_tells_the_sum_and_offers_to_swap_take_off_and_share():
    outfit = [product("a/b", "t-shirt", price=10.0), product("c", "jeans", price=5.5)]
    read = Elements(parts.lay(outfit, State(room="outfit", board=("a/b", "c"), q="red", want="swap:c"), tryon=True))
    assert "2 items, 15.50" in read.texts
    acts = [(one.get("data-act"), one.get("data-id")) for one in read.named("button")]
    assert {("swap", "c"), ("board", "c"), ("open", "c"), ("tryon", ""), ("download", ""), ("clear", "")} <= {*acts}
    (swapped,) = [one for one in read.named("button") if one.get("aria-pressed") == "true"]
    assert (swapped["data-act"], swapped["data-id"]) == ("swap", "c")
    (share,) = [one for one in read.named("button") if one.get("data-act") == "share"]
    assert share["data-value"] == State(room="outfit", board=("a/b", "c")).link(), "the outfit, and nothing else"


@pytest.mark.parametrize(
    ("board", "known", "says"),
    [
        ((), 0, "Your outfit goes here"),
        (("a", "b"), 1, "1 of this outfit is no longer in the shop."),
        (("a", "b"), 0, "2 of this outfit are no longer in the shop."),
        (("a",), 1, "1 item"),
    ],
)
def test_a_board_that_is_empty_or_names_what_is_gone(board, known, says):
    page = parts.lay([product(id) for id in board[:known]], State(board=board), tryon=False)
    assert says in Elements(page).texts
    assert "Try it on" not in page


def test_suggestions_name_the_item_that_they_go_with():
    outfit = [
        product("a", "Shirt", title="white shirt"),
        product("b", "Shirt", title="blue shirt"),
        product("c", "jeans"),
    ]
    names = parts.item_names(outfit)
    assert names == {"a": "white shirt", "b": "blue shirt", "c": "jeans"}
    for contributor, note in (("c", "goes with the jeans"), ("a", "goes with the white shirt"), ("?", None)):
        told = Elements(parts._with_contributors([match("x", spoke=contributor)], names, ())).texts
        assert [text for text in told if text.startswith("goes with")] == [note] * bool(note)


def test_a_look_is_taken_at_once_and_its_items_speak_for_each_other():
    look = Look((match("x", "boots", "a", price=10.0), match("y", "tote bag", "x", price=5.0)), 0.9)
    read = Elements(parts.suggestions(Completion((), (), (look,)), "The whole outfit", {"a": "shirt"}, ("x",)))
    assert {"goes with the shirt", "goes with the boots", "15.00 together"} <= {*read.texts}
    (take,) = [one for one in read.named("button") if one.get("data-act") == "take"]
    assert json.loads(take["data-value"] or "") == ["x", "y"]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("only products for Women, or for all; a filter on gender changes that", "Only products for Women, or for all"),
        ('"a" is tops too, and was not asked', "The shirt is tops too, and was not asked"),
        ('"b" has no category', '"b" has no category'),
    ],
)
def test_notes_speak_of_items_by_name(note, told):
    assert parts._with_names(note, {"a": "shirt"}) == told


# -- what a shop has for an outfit -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "others", "fitting"),
    [
        ((), ("tops", "bottoms", "all-body", "shoes"), ["tops", "bottoms", "shoes"]),
        (("all-body",), ("shoes", "tops", "bottoms"), ["shoes"]),
        (("bottoms",), ("all-body", "tops"), ["tops"]),
        (("shoes",), ("shoes",), []),
    ],
)
def test_a_dress_takes_the_place_of_a_shirt_and_trousers(own, others, fitting):
    assert _worn_together(own, others) == fitting


def test_the_shop_says_what_an_outfit_lacks(plain):
    assert {name: sorted(labels) for name, labels in _labels_by_category(plain).items()} == {
        "tops": ["t-shirt"],
        "bottoms": ["jeans"],
        "shoes": ["sandals", "sneakers"],
        "bags": ["Handbag"],
        "hats": ["beanie"],
    }
    jeans = plain.index.product("red-jeans")
    assert _missing_categories(plain, [jeans]) == ["shoes", "bags", "tops", "hats"], "the likeliest first"
    assert set(_missing_categories(plain, [product("x", "gizmo")])) == set(_labels_by_category(plain))


@pytest.mark.parametrize(
    ("genders", "where"),
    [
        (["Women", "Unisex"], "gender IN ('Women', 'Unisex', '')"),
        (["women"], "gender IN ('Women', 'Unisex', '')"),
        (["Women", "Men"], ""),
        (["Unisex", ""], ""),
        ([], ""),
    ],
)
def test_products_are_for_whoever_wears_the_items(genders, where):
    shop = SimpleNamespace(facets=lambda: {"gender": {"Women": 5, "Men": 3, "Unisex": 2}})
    assert _gender_filter(shop, [product(str(at), gender=gender) for at, gender in enumerate(genders)]) == where


def test_products_of_every_kind_are_drawn_the_same_for_a_seed(plain):
    first = [item["id"] for item in _random_products(plain, 0, 10)]
    assert first == [item["id"] for item in _random_products(plain, 0, 10)]
    assert first != [item["id"] for item in _random_products(plain, 1, 10)]
    assert len(set(first)) == 10
    assert {plain.completer.category_of(plain.index.product(id).category) for id in first[:5]} == set(
        _labels_by_category(plain)
    )
    assert {item["colour"] for item in _random_products(plain, 0, 10, "colour = 'red'")} == {"red"}


def test_outfits_to_begin_with_are_completed_by_the_network(plain):
    outfits = _make_starts(plain)
    assert len(outfits) == 3
    assert len({outfit[0].id for outfit in outfits}) == 3
    for outfit in outfits:
        worn = [plain.completer.category_of(one.category) for one in outfit]
        assert len(worn) == len(set(worn)) >= 3
    assert _make_starts(plain) == outfits


def test_outfits_to_begin_with_are_made_once_for_each_version(shop, monkeypatch):
    class Place:
        def __init__(self, shop: Shop) -> None:
            self.shop = shop

    calls = []
    monkeypatch.setattr(outfit_view, "_make_starts", lambda shop: calls.append(shop) or ())
    place = Place(shop)
    _outfit_starts(place)
    _outfit_starts(place)
    assert len(calls) == 1
    shop.remove(["red-jeans"])
    _outfit_starts(place)
    assert len(calls) == 2
    _outfit_starts(Place(shop))
    assert len(calls) == 3


def test_a_shop_without_outfits_has_none_to_begin_with(plain, monkeypatch):
    monkeypatch.setattr(outfit_view, "_labels_by_category", lambda shop: {})
    assert _make_starts(plain) == ()
    assert [item["id"] for item in _random_products(plain, 0, 3)] == [hit.id for hit in plain.browse(k=3).hits]


def test_a_whole_outfit_has_a_product_of_each_category_that_is_missing(plain):
    found = _complete_outfits(plain, ["red-t-shirt"], 3)
    assert len(found.looks) == 3
    assert [hit.category for hit in found.looks[0].hits] == ["shoes", "bags", "bottoms"]


# -- what is asked ---------------------------------------------------------------------------------------------------


def test_an_item_that_is_alone_is_swapped_for_one_like_it(plain):
    hits = _answer_query(plain, _Query((), "shoes", "sneakers", "red-sneakers"))
    assert isinstance(hits, list)
    assert {hit.item["category"] for hit in hits} == {"sneakers"}
    assert "red-sneakers" not in [hit.id for hit in hits]


@pytest.mark.parametrize(
    ("items", "want", "says"),
    [
        (("red-sneakers", "red-sandals"), "shoes", "can't go with red-sneakers, red-sandals alone"),
        (("red-jeans",), "hovercraft", 'no category "hovercraft" in this shop'),
    ],
)
def test_the_shop_explains_what_cannot_be_asked(plain, items, want, says):
    with pytest.raises(UsageError, match=says):
        _answer_query(plain, _Query(items, want))


# -- what a visitor does ---------------------------------------------------------------------------------------------


class FakeSession:
    """A visit without a browser: changes are shown, complaints are kept."""

    def __init__(self, shop: Shop, **chosen: Any) -> None:
        class Place:
            pass

        self.service = Place()
        self.service.shop = shop  # type: ignore[attr-defined]
        self.state = State(room="outfit", **chosen)
        self.views = {"wall": None, "outfit": None, "tryon": None}
        self.complaint, self.said, self.scripts = "", [""], list[str]()
        with Client(ui.page("/outfit"), request=None):
            self.room = OutfitView(self)  # type: ignore[arg-type]
        self.before_answer = lambda: None

    async def change(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        if self.state.room == "outfit":
            await self.room.show()

    async def call(self, function: Any, *args: Any) -> Any:
        answer = function(*args)
        if function is _answer_query:
            then, self.before_answer = self.before_answer, lambda: None
            then()
        return answer

    def product(self, id: str) -> Product | None:
        return self.service.shop.index.product(id) if id else None  # type: ignore[attr-defined]

    def publish(self, name: str, png: bytes) -> str:
        with Image.open(io.BytesIO(png)) as image:
            assert image.format == "PNG"
        return f"/{name}.png"

    def announce(self, text: str) -> None:
        self.said.append(text)

    def run(self, script: str) -> None:
        self.scripts.append(script)

    @contextmanager
    def showing_errors(self):
        self.complaint = ""
        try:
            yield
        except ModisteError as error:
            self.complaint = str(error)

    @contextmanager
    def working(self, text):
        yield


def do(session: FakeSession, *acts: Act) -> FakeSession:
    async def all_of_them() -> None:
        await session.room.show()
        for act in acts:
            await session.room.act(act)

    asyncio.run(all_of_them())
    return session


def test_an_empty_board_offers_outfits_and_products_to_begin_with(plain):
    session = do(FakeSession(plain))
    assert "Your outfit goes here" in session.room.board.content
    assert (
        len([one for one in Elements(session.room.questions.content).named("button") if one["data-act"] == "take"]) == 3
    )
    assert len(Elements(session.room.stock.content).named("article")) == 12
    assert session.complaint == ""


@pytest.mark.parametrize(
    ("chosen", "acts", "board", "want"),
    [
        ({}, [Act("drop", "red-jeans")], ["red-jeans"], ""),
        ({}, [Act("drop", "a text that was dragged")], [], ""),
        ({}, [Act("board", "red-jeans"), Act("drop", "red-jeans")], ["red-jeans"], ""),
        ({}, [Act("board", "red-jeans"), Act("board", "red-jeans")], [], ""),
        ({}, [Act("take", "", '["red-jeans", "no such", "red-beanie", 7]')], ["red-jeans", "red-beanie"], ""),
        ({}, [Act("take", "", "[[[")], [], ""),
        ({}, [Act("take", "", "null")], [], ""),
        ({"board": ("red-jeans",)}, [Act("want", "shoes")], ["red-jeans"], "shoes"),
        ({"board": ("red-jeans",)}, [Act("want", "shoes"), Act("want", "shoes")], ["red-jeans"], ""),
        ({"board": ("red-jeans",), "want": "shoes"}, [Act("board", "red-sandals")], ["red-jeans", "red-sandals"], ""),
        ({"board": ("red-jeans",), "want": "shoes"}, [Act("done")], ["red-jeans"], ""),
        ({"board": ("red-jeans",), "want": "shoes"}, [Act("clear")], [], ""),
        (
            {"board": ("red-jeans", "red-sandals", "red-beanie")},
            [Act("swap", "red-sandals"), Act("board", "blue-sneakers")],
            ["red-jeans", "blue-sneakers", "red-beanie"],
            "swap:blue-sneakers",
        ),
        (
            {"board": ("red-jeans", "red-sandals"), "want": "swap:red-sandals"},
            [Act("board", "red-beanie")],
            ["red-jeans", "red-sandals", "red-beanie"],
            "",
        ),
        ({"board": ("a", "red-jeans"), "want": "swap:red-jeans"}, [Act("board", "red-jeans")], ["a"], ""),
        ({"board": ("red-jeans",), "want": "swap:red-jeans"}, [Act("swap", "red-jeans")], ["red-jeans"], ""),
    ],
)
def test_what_is_done_with_the_board(plain, chosen, acts, board, want):
    session = do(FakeSession(plain, **chosen), *acts)
    assert (list(session.state.board), session.state.want) == (board, want)
    assert session.complaint == ""


@pytest.mark.parametrize(
    ("board", "want", "heading", "says"),
    [
        (("red-jeans",), "shoes", "Shoes", "goes with the jeans"),
        (("red-jeans",), "all", "The whole outfit", "Put all on the board"),
        (("red-jeans", "red-beanie"), "swap:red-beanie", "Instead of the beanie", "goes with the jeans"),
        (("red-jeans",), "swap:red-jeans", "Instead of the jeans", "Open blue jeans"),
        (("red-jeans",), "swap:gone", "", ""),
        ((), "shoes", "", ""),
    ],
)
def test_a_link_brings_its_answer_back(plain, board, want, heading, says):
    session = do(FakeSession(plain, board=board, want=want))
    answer = session.room.answers.content
    assert heading in answer
    assert says in answer
    assert bool(answer) == bool(heading)
    assert session.complaint == ""


def test_errors_are_explained_and_no_old_answer_is_left(plain):
    session = do(FakeSession(plain, board=("red-jeans", "red-beanie"), want="shoes"))
    assert session.room.answers.content
    do(session, Act("want", "hovercraft"))
    assert 'no category "hovercraft"' in session.complaint
    assert session.room.answers.content == ""
    do(session, Act("want", "bags"))
    assert session.complaint == ""
    assert "Bags" in session.room.answers.content


def test_an_answer_to_what_is_no_longer_asked_is_not_shown(plain):
    session = FakeSession(plain, board=("red-jeans",))

    def think_again() -> None:
        session.state = replace(session.state, want="bags")

    session.before_answer = think_again
    do(session, Act("want", "shoes"))
    assert session.room.answers.content == ""
    do(session)
    assert "Bags" in session.room.answers.content


def test_products_stay_beside_the_board_until_others_are_asked_for(plain):
    session = do(FakeSession(plain))
    before = session.room.stock.content
    do(session, Act("drop", "red-jeans"))
    assert session.room.stock.content == before
    do(session, Act("others"))
    assert session.room.stock.content != before


@pytest.mark.parametrize(("act", "room"), [("tryon", "tryon"), ("browse", "wall")])
def test_ways_out_of_the_room(plain, act, room):
    session = do(FakeSession(plain, board=("red-jeans",)), Act(act))
    assert (session.state.room, session.state.board) == (room, ("red-jeans",))


def test_the_picture_is_published_and_saved(plain):
    session = do(FakeSession(plain, board=("red-jeans", "gone")), Act("download"))
    assert session.scripts[-1] == "modiste.save(\"/outfit.png\", 'outfit.png')"
    empty = do(FakeSession(plain), Act("download"))
    assert not any("save" in script for script in empty.scripts)


def test_photos_of_ones_own_are_sent_elsewhere(plain):
    with pytest.raises(UsageError, match="start from a photo of your own in Refine"):
        asyncio.run(FakeSession(plain).room.take(b""))
