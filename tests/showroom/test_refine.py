"""The refine room: what is offered, what is shown, and what becomes of turns, starts and photos."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nicegui import Client, ui
from PIL import Image

from modiste.catalog.records import Catalog, Product
from modiste.errors import UsageError
from modiste.images import made_png
from modiste.phrases import difference
from modiste.refine.explain import PANEL
from modiste.shop import Hit, Page, Shop, open_shop
from modiste.showroom.refine.html import (
    ASKING,
    Start,
    _sentence,
    answers,
    differences,
    evidence,
    examples,
    invitation,
    offered,
    stage,
    starts,
    trail,
)
from modiste.showroom.refine.view import RefineView, _overlays, _read_photo
from modiste.showroom.session import Act, Session, State
from tests.fakes import COLOURS, FakeEncoder, FakeRefiner, save_photo

HOSTILE = '<script>alert("x")</script>'
ARABIC = "قميص أزرق"


class ExplainingRefiner(FakeRefiner):
    """The left half of a photo is preserved, the right one changed."""

    def explain(self, photo: np.ndarray, text: str) -> tuple[np.ndarray, np.ndarray]:
        assert photo.shape == (*self.size, 3)
        left = np.zeros((8, 6), np.float32)
        left[:, :3] = 1
        return left, 1 - left


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Shirts with short and long sleeves in every colour, and a bag of each."""
    folder = tmp_path_factory.mktemp("refine")
    products = []
    for colour in COLOURS:
        for kind, more in (("shirt", {"sleeve": "short"}), ("shirt", {"sleeve": "long"}), ("handbag", {})):
            id = "-".join([colour, kind, *more.values()])
            photo = save_photo(folder / f"{id}.png", colour, (24, 32 + len(products)))
            text = {"title": f"{colour} {kind}", "category": kind, "colour": colour}
            products.append(Product(id, (photo,), attributes=more, **text))
    made = open_shop(folder / "shop", encoder=FakeEncoder(), refiner=ExplainingRefiner(), create=True)
    made.add(Catalog("spring", tuple(products)))
    return made


# -- what is offered -----------------------------------------------------------------------------------------------


def test_one_starts_from_the_largest_categories(shop):
    assert [item["category"] for item in starts(shop)] == ["shirt", "handbag"]
    assert [item["category"] for item in starts(shop, 1)] == ["shirt"]


def test_sentences_lead_to_what_the_shop_has(shop):
    texts = examples(shop, shop.index.product("red-shirt-short"))
    assert len(texts) == 3
    assert texts[0].removeprefix("in ") in COLOURS
    assert texts[1] == "with long sleeves"
    assert texts[2].endswith(" and with long sleeves")
    assert "in red" not in " ".join(texts)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"colour": "navy", "sleeve": "long"}, "in navy blue and with long sleeves"),
        ({"colour": "navy", "fabric": "leather"}, "in navy blue leather"),
        ({"colour": "leather brown", "fabric": "leather"}, ""),
        ({"neck": "crew", "sleeve": "long"}, "with a crew neck and long sleeves"),
        ({"length": "cropped"}, "cropped"),
        ({"colour": "multi"}, ""),
        ({"fabric": "woven"}, ""),
        ({"neck": "qwzx"}, ""),
    ],
)
def test_changes_are_put_into_words(other, expected):
    assert _sentence(difference({}, other)) == expected


def test_a_bag_is_offered_no_sleeves(shop):
    assert [text.split()[0] for text in examples(shop, shop.index.product("red-handbag"))] == ["in"]


def test_a_product_of_which_nothing_is_known_is_offered_nothing(shop):
    assert examples(shop, {"id": "x", "title": "qwzx"}) == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"colour": "red", "sleeve": "long"}, ""),
        ({"colour": "navy", "sleeve": "long"}, "red → navy blue"),
        ({"colour": "red", "sleeve": "long", "neck": "crew", "season": "summer"}, "crew"),
        ({"colour": "navy", "sleeve": "short"}, "red → navy blue, long → short"),
    ],
)
def test_what_is_told_to_be_different(other, expected):
    assert differences({"colour": "red", "sleeve": "long"}, other) == expected


# -- what is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [HOSTILE, ARABIC, "'\" onload=x"])
def test_what_others_wrote_is_escaped(text):
    item = {"id": text, "title": text, "category": "shirt"}
    start = Start.of(item)
    page = Page((Hit(text, 0.5, item),), 1)
    shown = [
        invitation([item], [text], lost=text),
        stage(start, None, explains=True, explaining=False),
        stage(start, evidence("/a.png", "/b.png", text, text), explains=True, explaining=True),
        offered([text]),
        trail(start, [text, text], [item]),
        answers(page, [], Product(text, (), title=text)),
    ]
    for html in map(str, shown):
        assert "<script" not in html
        assert '"x")' not in html
        assert ' onload=x"' not in html.replace("&#39;&#34; onload=x", "")
    assert text is not ARABIC or ARABIC in str(shown[0])


@pytest.mark.parametrize(
    ("say", "lost", "expected"),
    [
        ((), "", "Start from something you like"),
        (("in navy",), "", "Your photo isn&#39;t in the link"),
        (("in navy",), "gone-1", "no product “gone-1” any more"),
    ],
)
def test_the_invitation_says_what_to_do(say, lost, expected):
    html = invitation([], say, lost)
    assert expected in html or expected in html.replace("'", "&#39;")
    assert all(text in html for text in say)
    assert 'type="file"' in html


def test_each_turn_stands_after_what_it_starts_from():
    html = trail(Start("a", "A", "/a.png", "/a.png"), ["in navy", "longer"], [{"id": "b", "title": "B"}])
    order = [html.index(part) for part in ('"/a.png"', ">in navy<", "/v1/items/b/", ">longer<", "Back a turn")]
    assert order == sorted(order)
    assert html.count('data-act="unsay"') == 3
    assert trail(None, [], []) == ""


def test_a_turn_that_found_nothing_leaves_those_after_it_without_a_photo():
    html = trail(Start("a", "A", "/a.png", "/a.png"), ["in navy", "longer"], [])
    assert html.count("<img") == 1
    assert ">longer<" in html


def test_a_picture_by_a_network_is_labelled():
    start = Start("", "your photo", "/p.png", "/p.png", made_by="imagine-photos")
    assert "by a network <span>(imagine-photos)" in stage(start, None, explains=False, explaining=False)
    assert "by a network" not in stage(Start("", "your photo", "/p", "/p"), None, explains=False, explaining=False)


def test_the_field_is_labelled_and_sends_nothing_when_it_is_left():
    assert 'aria-labelledby="the-same"' in ASKING
    assert "data-act" not in ASKING.partition('id="refine-words"')[2].partition(">")[0]


# -- photos --------------------------------------------------------------------------------------------------------


def photo_file(size: tuple[int, int] = (60, 80), colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(file, "PNG")
    return file.getvalue()


def test_a_large_photo_is_previewed_small():
    taken = _read_photo(photo_file((3000, 2000)))
    with Image.open(io.BytesIO(taken.preview)) as preview:
        assert preview.size == (720, 480)
        assert "Source" not in preview.info
    assert taken.made_by == ""


def test_what_a_network_made_stays_told():
    taken = _read_photo(made_png(Image.new("RGB", (60, 80)), "imagine-photos"))
    assert taken.made_by == "imagine-photos"
    with Image.open(io.BytesIO(taken.preview)) as preview:
        assert preview.info["Source"].endswith("imagine-photos")


def test_what_is_no_photo_is_refused():
    with pytest.raises(UsageError, match="your photo is not an image that can be read; give a JPEG, PNG or WebP file"):
        _read_photo(b"hello")


def test_green_is_where_it_is_preserved_and_orange_where_it_changes(shop):
    kept, changed = (
        np.asarray(Image.open(io.BytesIO(file)), float) for file in _overlays(shop, None, "white-shirt-long", "in red")
    )
    assert kept.shape == changed.shape == (*PANEL, 3)
    red, green = 0, 1
    assert kept[240, 40, green] > kept[240, 40, red] + 50
    assert changed[240, 320, red] > changed[240, 320, green] + 50
    for picture, untouched in ((kept, 320), (changed, 40)):
        assert np.ptp(picture[240, untouched]) < 5, "the rest keeps its own colour, which is white"


# -- the room ------------------------------------------------------------------------------------------------------


@dataclass
class FakeFrame:
    """Shows the room, and remembers what it was differences."""

    session: Any = None
    complaints: list[str] = field(default_factory=list)
    status: Any = field(default_factory=lambda: SimpleNamespace(set_text=lambda text: None))

    async def show(self, before: State | None = None) -> None:
        await self.session.views["refine"].show()

    def show_error(self, text: str) -> None:
        self.complaints += [text] * bool(text)

    def work(self, text: str, share: float | None = None) -> None: ...


@pytest.fixture
def visited(shop: Shop) -> Callable[..., Any]:
    """Carries out what happens in a room of a page of its own."""

    def carry_out(happens: Callable[[RefineView], Coroutine[Any, Any, None]], **state: Any) -> RefineView:
        async def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        async def run() -> RefineView:
            service = SimpleNamespace(shop=shop, call=call)
            client = Client(ui.page("/refine"), request=None)
            session = Session(service, client, State(room="refine", **state), frame=FakeFrame())  # type: ignore[arg-type]
            session.run = lambda script: None  # type: ignore[method-assign]
            with client:
                room = session.views["refine"] = RefineView(session)
                session.frame.session = session
                await room.show()
                await happens(room)
            return room

        return asyncio.run(run())

    return carry_out


def acts(*names: str | tuple[str, str]) -> Callable[[RefineView], Coroutine[Any, Any, None]]:
    async def happen(room: RefineView) -> None:
        for one in names:
            await room.act(Act(*((one,) if isinstance(one, str) else one)))

    return happen


def found(room: RefineView) -> list[str]:
    return [hit.id for hit in room._page.hits] if room._page else []


def test_a_turn_is_taken_and_shown(visited):
    room = visited(acts(("say", "in green")), source="red-shirt-long")
    assert room.session.state.say == ("in green",)
    assert found(room)[0].startswith("green-")
    assert ">in green<" in room.trail.content
    assert "Look" not in room.stage.content
    assert room.session.frame.complaints == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the text is empty; say what should be different"),
        ("hello please", "asks for no change"),
        ("qqq", "no word of this text is known"),
        ("x" * 501, "at most 500 characters"),
    ],
)
def test_what_makes_no_sense_is_no_turn(visited, text, expected):
    room = visited(acts(("say", text)), source="red-shirt-long")
    assert room.session.state.say == ()
    assert expected in " ".join(room.session.frame.complaints)


def test_turns_are_taken_back_one_by_one(visited, shop):
    room = visited(acts(("unsay", "0")), source="red-shirt-long", say=("in green", "in blue", "in black"))
    assert room.session.state.say == ("in blue", "in black")
    asked = len(shop.refiner.asked)
    again = visited(acts(("say", "in green"), ("say", "in blue"), ("unsay", "1")), source="red-shirt-long")
    assert found(again)[0].startswith("green-")
    assert len(shop.refiner.asked) == asked + 3, "one turn, two turns, and what was answered before"


def test_the_start_never_comes_back(visited):
    room = visited(acts(("say", "in green"), ("say", "in red")), source="red-shirt-long")
    assert found(room)[0].startswith("red-")
    assert "red-shirt-long" not in found(room)
    assert [hit.id[:5] for hit in room._page.turns] == ["green"]


def test_one_goes_on_from_what_was_found(visited):
    room = visited(acts(("say", "in green"), ("start", "green-handbag")), source="red-shirt-long")
    assert (room.session.state.source, room.session.state.say) == ("green-handbag", ())
    assert found(room) == []


def test_more_is_added_to_what_was_found(visited):
    room = visited(acts(("say", "in green"), "more"), source="red-shirt-long")
    assert [len(part.content.split("<article")) - 1 for part in room.grid] == [12, 5]
    assert room.more.content == ""


def test_a_photo_is_refined_and_gone_when_something_else_is_chosen(visited, shop):
    async def happen(room: RefineView) -> None:
        await room.take(photo_file())
        await room.act(Act("say", "in blue"))
        assert found(room)[0].startswith("blue-")
        assert "refine-photo" in room.stage.content
        await room.act(Act("drop", "red-handbag"))

    room = visited(happen)
    assert room._photo is None
    assert room.session.state.link() == "/?room=refine&source=red-handbag"


def test_words_wait_for_the_photo_that_no_link_brings_back(visited):
    room = visited(acts(), say=("in blue",))
    assert "Your photo isn" in room.welcome.content
    assert ">in blue<" in room.welcome.content

    async def choose(room: RefineView) -> None:
        await room.take(photo_file())

    room = visited(choose, say=("in blue",))
    assert room.session.state.say == ("in blue",)
    assert found(room)[0].startswith("blue-")


def test_a_product_that_is_gone_is_told(visited):
    room = visited(acts(("drop", "gone-2")), source="gone-1")
    assert "no product “gone-1” any more" in room.welcome.content
    assert room.session.state.source == "gone-1", "what isn't a product can't be dropped"


def test_what_changed_is_told_of_the_last_turn(visited):
    room = visited(acts(("say", "in green"), ("say", "in blue"), "explain"), source="red-shirt-long")
    assert "What “in blue” does to green" in room.stage.content
    assert {"refine-kept", "refine-changed"} <= set(room.session.pictures)
    assert (
        visited(acts(("say", "in green"), "explain", "explain"), source="red-handbag").stage.content.count("<img") == 1
    )


def test_it_starts_over(visited):
    room = visited(acts(("say", "in green"), "leave"), source="red-shirt-long")
    assert room.session.state == State(room="refine")
    assert "Start from something you like" in room.welcome.content
