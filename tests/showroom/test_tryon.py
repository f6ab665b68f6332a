"""The try-on room: what can be worn together, what is shown, and what becomes of pictures and jobs."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from markupsafe import escape
from nicegui import Client, core, ui
from PIL import Image

from modiste.catalog.records import Catalog, Product
from modiste.errors import UsageError
from modiste.server.jobs import BusyError, Jobs
from modiste.server.metrics import Metrics
from modiste.server.settings import Settings
from modiste.shop import Shop, open_shop
from modiste.showroom.session import Act, Session, State
from modiste.showroom.tryon import clothes as tryon_html
from modiste.showroom.tryon import view as tryon
from modiste.showroom.tryon.clothes import (
    garments,
    in_order,
    next_shelf,
    on_shelf,
    shelves_of,
    suggested,
    switched,
)
from tests.fakes import FakeEncoder, save_photo

HOSTILE = '<script>alert("x")</script>'
ARABIC = "قميص أزرق"
KINDS = ("t-shirt", "shirt", "jeans", "dress", "coat", "earrings")
PATIENCE = 10.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """One of each kind for either gender, and a shirt for everybody."""
    folder = tmp_path_factory.mktemp("tryon")
    products = []
    for gender in ("Women", "Men", "Unisex"):
        for kind in KINDS if gender != "Unisex" else ("shirt",):
            photo = save_photo(folder / f"{gender}-{kind}.png", "red", (24, 32 + len(products)))
            text = {"title": f"{gender} {kind}", "category": kind, "gender": gender, "colour": "red"}
            products.append(Product(f"{gender}-{kind}", (photo,), **text))
    made = open_shop(folder / "shop", encoder=FakeEncoder(), create=True)
    made.add(Catalog("spring", tuple(products)))
    return made


def board(shop: Shop, *kinds: str) -> list[Product]:
    return [shop.index.product(f"Women-{kind}") for kind in kinds]


def worn(shop: Shop, *kinds: str, off: tuple[str, ...] = ()) -> list[str]:
    found = garments(shop, board(shop, *kinds), [f"Women-{kind}" for kind in off], {})
    return [one.product.category for one in found if one.worn]


# -- what can be worn together -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "off", "expected"),
    [
        ([], (), []),
        (["t-shirt", "jeans"], (), ["t-shirt", "jeans"]),
        (["t-shirt", "jeans"], ("jeans",), ["t-shirt"]),
        (["t-shirt", "shirt"], (), ["shirt"]),
        (["t-shirt", "shirt"], ("shirt",), ["t-shirt"]),
        (["dress", "jeans", "coat"], (), ["jeans", "coat"]),
        (["t-shirt", "jeans", "dress"], (), ["dress"]),
        (["earrings", "coat"], (), ["coat"]),
    ],
)
def test_what_was_added_last_is_worn(shop, kinds, off, expected):
    assert worn(shop, *kinds, off=off) == expected


@pytest.mark.parametrize(
    ("kinds", "touched", "expected"),
    [
        (["t-shirt", "jeans"], "jeans", ["t-shirt"]),
        (["t-shirt", "shirt", "coat"], "t-shirt", ["t-shirt", "coat"]),
        (["t-shirt", "jeans", "dress"], "jeans", ["t-shirt", "jeans"]),
        (["dress", "t-shirt", "jeans"], "dress", ["dress"]),
    ],
)
def test_a_switch_takes_off_what_it_clashes_with(shop, kinds, touched, expected):
    products = board(shop, *kinds)
    off = switched(garments(shop, products, (), {}), f"Women-{touched}", ())
    assert [one.product.category for one in garments(shop, products, off, {}) if one.worn] == expected


def test_a_switch_is_touched_twice(shop):
    products = board(shop, "t-shirt", "coat")
    off = switched(garments(shop, products, (), {}), "Women-coat", ())
    assert off == {"Women-coat"}
    assert switched(garments(shop, products, off, {}), "Women-coat", off) == set()


def test_jewellery_says_why_it_is_not_tried_on(shop):
    (earrings,) = board(shop, "earrings")
    reason = "This is of the category \"earrings\", which isn't understood or can't be tried on"
    assert garments(shop, [earrings], (), {})[0].why_not == reason
    assert garments(shop, board(shop, "coat"), (), {})[0].why_not == ""


def test_what_was_refused_is_not_worn(shop):
    found = garments(shop, board(shop, "coat"), (), {"Women-coat": "It is damaged"})
    assert (found[0].worn, found[0].why_not) == (False, "It is damaged")


def test_garments_are_named_in_one_order(shop):
    one, other = (garments(shop, board(shop, *kinds), (), {}) for kinds in (("coat", "jeans"), ("jeans", "coat")))
    assert in_order(one) == in_order(other) == ("Women-jeans", "Women-coat")


# -- what the shop has ---------------------------------------------------------------------------------------------


def test_shelves_are_of_what_can_be_tried_on(shop):
    assert shelves_of(shop) == ["top", "bottom", "dress", "outer"]


@pytest.mark.parametrize(
    ("region", "gender", "expected"),
    [
        ("top", "Men", ["Men-shirt", "Men-t-shirt", "Unisex-shirt"]),
        ("top", "", ["Men-shirt", "Men-t-shirt", "Unisex-shirt", "Women-shirt", "Women-t-shirt"]),
        ("top", "Girls", ["Men-shirt", "Men-t-shirt", "Unisex-shirt", "Women-shirt", "Women-t-shirt"]),
        ("dress", "Women", ["Women-dress"]),
    ],
)
def test_a_shelf_has_what_is_for_somebody(shop, region, gender, expected):
    page = on_shelf(shop, region, gender)
    assert sorted(hit.id for hit in page.hits) == expected
    assert on_shelf(shop, region, gender, k=1).next is not None or page.total == 1


@pytest.mark.parametrize(("kinds", "expected"), [([], "top"), (["shirt"], "bottom"), (["dress"], "outer")])
def test_the_first_shelf_is_of_what_is_missing(shop, kinds, expected):
    assert next_shelf(shelves_of(shop), garments(shop, board(shop, *kinds), (), {})) == expected


def test_an_empty_board_invites_with_different_kinds(shop):
    assert len({item["category"] for item in suggested(shop, "Women")}) == 3


# -- what is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [HOSTILE, ARABIC])
def test_what_others_wrote_is_escaped(text):
    product = Product(text, (), title=text, category=text)
    item = {"id": text, "title": text}
    shown = [
        tryon_html.wearing([tryon_html.Garment(product, True), tryon_html.Garment(product, False, text)]),
        tryon_html.invitation(text, [item]),
        tryon_html.shelf([item], [text], more=True),
        tryon_html.caption("tryon-photos", text, [text], tryon_html.outcome(text, again=True)),
    ]
    for html in map(str, shown):
        assert "<script" not in html
        assert text is HOSTILE or ARABIC in html


def test_a_picture_is_told_to_be_partly_drawn():
    html = str(tryon_html.caption("tryon-photos", "/picture.png", ["2 people"], tryon_html.progress(3, 30)))
    assert "Partly drawn by a network" in html
    assert "tryon-photos" in html
    assert 'href="/picture.png" download' in html
    assert '<progress max="30" value="3">' in html
    assert 'data-act="stop"' in html


def test_only_what_can_be_worn_has_a_switch():
    product = Product("x", (), title="Ring", category="ring", price=3.0)
    can, cannot = (str(tryon_html.wearing([tryon_html.Garment(product, True, why)])) for why in ("", "It is a ring"))
    assert all(part in can for part in ('role="switch"', "checked", "3.00"))
    assert 'role="switch"' not in cannot
    assert "It is a ring" in cannot


def test_a_photo_of_ones_own_is_said_not_to_be_kept():
    assert escape(tryon_html.KEPT) in tryon_html.own_photo(given=False)
    assert "Forget my photo" not in tryon_html.own_photo(given=False)
    assert "Forget my photo" in tryon_html.own_photo(given=True)


# -- the room ------------------------------------------------------------------------------------------------------


class FakeFitting:
    """Is refined when somebody lets it."""

    def __init__(self) -> None:
        picture = Image.new("RGB", (6, 8), "red")
        self.feed_forward = SimpleNamespace(photo=picture, changed=picture.convert("L"), notes=("two people",))
        self.go, self.stopped = threading.Event(), False

    def refined(self, steps: int, progress: Callable[[int, int], bool]) -> Any:
        for step in range(1, steps + 1):
            while going := progress(step, steps):
                if step < 3 or self.go.wait(0.01):
                    break
            if not going:
                self.stopped = True
                break
        return SimpleNamespace(photo=Image.new("RGB", (6, 8), "blue"), steps=step, gain=0.5)


class Stage:
    """A page with the room, whose pictures come from stand-ins."""

    def __init__(self, shop: Shop, **state: Any) -> None:
        self.fittings: list[tuple[bytes, tuple[str, ...], FakeFitting]] = []
        self.complaints: list[str] = []
        self.bad: set[str] = set()
        self.late: dict[bytes, threading.Event] = {}
        self.jobs = Jobs(Settings(), Metrics())
        stand_in = MagicMock(wraps=shop, index=shop.index, fitting=self.fitting)
        stand_in.__len__.side_effect = shop.__len__
        service = SimpleNamespace(shop=stand_in, call=asyncio.to_thread, jobs=self.jobs)
        frame = SimpleNamespace(
            show=self.show, show_error=lambda text: self.complaints.extend([text] * bool(text)),
            work=lambda text, share=None: None, status=SimpleNamespace(set_text=lambda text: None),
        )  # fmt: skip
        self.client = Client(ui.page("/tryon"), request=None)
        self.session = Session(service, self.client, State(room="tryon", **state), frame=frame)  # type: ignore[arg-type]
        self.scripts: list[str] = []
        self.session.run = self.scripts.append  # type: ignore[method-assign]
        with self.client:
            self.room = tryon.TryOnView(self.session)

    def fitting(self, photo: bytes, items: str | tuple[str, ...]) -> FakeFitting:
        ids = (items,) if isinstance(items, str) else items
        if bad := self.bad & set(ids):
            raise UsageError(f"{min(bad)} is damaged; save it again")
        if late := self.late.get(photo):
            late.wait(PATIENCE)
        made = FakeFitting()
        self.fittings.append((photo, ids, made))
        return made

    async def show(self, before: State | None = None) -> None:
        if self.session.state.room == "tryon":
            await self.room.show()

    async def until(self, there: Callable[[], Any]) -> None:
        end = time.monotonic() + PATIENCE
        while not there():
            assert time.monotonic() < end, (self.scripts, self.complaints, self.told)
            await asyncio.sleep(0.01)

    @property
    def told(self) -> str:
        return str(self.room.caption.content)

    @property
    def dressed(self) -> list[str]:
        return [script for script in self.scripts if script.startswith("modiste.dressed")]


@pytest.fixture
def play(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Carries out what happens on a page of its own."""
    monkeypatch.setattr(tryon, "picture_of", lambda name: name.encode())
    monkeypatch.setattr(tryon, "person_of", lambda name, regions: name.encode())
    monkeypatch.setattr(tryon, "face_of", lambda name: b"face")
    monkeypatch.setattr("modiste.showroom.tryon.view.OFTEN", 0.01)

    def carry_out(happens: Callable[[Stage], Any], *kinds: str, **state: Any) -> None:
        async def run() -> None:
            monkeypatch.setattr(core, "loop", asyncio.get_running_loop())
            stage = Stage(shop, board=tuple(f"Women-{kind}" for kind in kinds), **state)
            await stage.room.show()
            await happens(stage)
            for _, _, fitting in stage.fittings:
                fitting.go.set()
            if stage.client.id in Client.instances:
                stage.client.delete()
            await stage.until(
                lambda: not {"dress", "refine", "try-on"} & {task.get_name() for task in asyncio.all_tasks()}
            )
            assert not stage.jobs._jobs, "nothing is kept"

        asyncio.run(run())

    return carry_out


def test_one_arrives_and_is_shown_a_picture_that_is_then_refined(play):
    async def happens(stage):
        await stage.until(lambda: "Refining" in stage.told)
        ((photo, ids, fitting),) = stage.fittings
        assert (photo, ids) == (b"Ines", ("Women-shirt",))
        assert 'value="3"' in stage.told
        assert "Two people" in stage.told
        first = stage.session.pictures["dressed"]
        fitting.go.set()
        await stage.until(lambda: "Refined." in stage.told)
        refined = stage.session.pictures["dressed"]
        assert len(stage.dressed) == 2
        with Image.open(io.BytesIO(first)) as before, Image.open(io.BytesIO(refined)) as after:
            assert [image.getpixel((0, 0)) for image in (before, after)] == [(255, 0, 0), (0, 0, 255)]
            assert "Partly made by a neural network" in after.info["Source"]
        assert stage.complaints == []

    play(happens, "shirt")


def test_nothing_is_dressed_while_nothing_is_on(play):
    async def happens(stage):
        await stage.until(lambda: "modiste.undressed()" in stage.scripts)
        assert stage.fittings == []
        assert "Dress Ines" in stage.room.wearing.content

    play(happens)


def test_the_visitor_may_stop_and_begin_again(play):
    async def happens(stage):
        await stage.until(lambda: 'value="3"' in stage.told)
        await stage.room.act(Act("stop"))
        fitting = stage.fittings[0][2]
        fitting.go.set()
        await stage.until(lambda: "Not refined" in stage.told)
        assert fitting.stopped
        await stage.room.act(Act("refine"))
        await stage.until(lambda: "Refined." in stage.told)
        assert len(stage.fittings) == 1

    play(happens, "shirt")


@pytest.mark.parametrize("away", ["change", "leave", "close"])
def test_a_job_that_nobody_waits_for_is_given_up(play, away):
    async def happens(stage):
        await stage.until(lambda: 'value="3"' in stage.told)
        if away == "change":
            await stage.session.change(person="Zola")
        elif away == "leave":
            await stage.session.change(room="wall")
        else:
            stage.client.delete()
        fitting = stage.fittings[0][2]
        await stage.until(lambda: all(job.stopped for job in stage.jobs._jobs.values() if job.fitting is fitting))
        await asyncio.sleep(0.05)
        fitting.go.set()
        await stage.until(lambda: fitting.stopped)

    play(happens, "shirt")


def test_who_comes_back_has_it_refined_after_all(play):
    async def happens(stage):
        await stage.until(lambda: 'value="3"' in stage.told)
        await stage.session.change(room="wall")
        await asyncio.sleep(0.05)
        stage.fittings[0][2].go.set()
        await stage.until(lambda: "Not refined" in stage.told)
        await stage.session.change(room="tryon")
        await stage.until(lambda: "Refined." in stage.told)
        assert len(stage.fittings) == 1

    play(happens, "shirt")


def test_an_answer_that_comes_too_late_is_not_shown(play):
    async def happens(stage):
        await stage.until(lambda: "Refining" in stage.told)
        stage.late[b"Zola"] = threading.Event()
        await stage.session.change(person="Zola")
        await stage.until(lambda: any("modiste.person" in script and "Zola" in script for script in stage.scripts))
        await stage.session.change(person="Adam")
        await stage.until(lambda: len(stage.dressed) == 2)
        assert stage.fittings[-1][0] == b"Adam"
        stage.late[b"Zola"].set()
        await stage.until(lambda: stage.fittings[-1][0] == b"Zola")
        await asyncio.sleep(0.05)
        assert len(stage.dressed) == 2
        assert [script for script in stage.scripts if "modiste.person" in script][-1].endswith("'Adam')")

    play(happens, "shirt")


def test_a_photo_that_cannot_be_used_is_told_of_and_the_rest_is_worn(play):
    async def happens(stage):
        await stage.until(lambda: stage.fittings)
        stage.bad = {"Women-coat"}
        await stage.room.act(Act("piece", "Women-coat"))
        await stage.until(lambda: "Women-coat is damaged" in stage.room.wearing.content)
        await stage.until(lambda: stage.fittings[-1][1] == ("Women-shirt",) and "Refining" in stage.told)
        assert stage.complaints == []

    play(happens, "shirt")


def test_where_others_are_refined_the_first_picture_stays(play):
    async def happens(stage):
        def busy(*args: Any, **kwargs: Any) -> None:
            raise BusyError("8 try-ons are waiting to be refined")

        await stage.until(lambda: "Refining" in stage.told)
        stage.jobs.start = busy
        await stage.session.change(person="Zola")
        await stage.until(lambda: tryon.BUSY in stage.told)
        assert 'data-act="refine"' in stage.told
        assert "Refining" not in stage.told

    play(happens, "shirt")


def test_switches_and_shelves(play):
    async def happens(stage):
        await stage.until(lambda: stage.fittings)
        await stage.room.act(Act("wear", "Women-coat", "on"))
        await stage.until(lambda: stage.fittings[-1][1] == ("Women-shirt",))
        await stage.room.act(Act("shelf", "dress"))
        assert "Women-dress" in stage.room.pieces.content
        await stage.room.act(Act("piece", "Women-dress"))
        await stage.until(lambda: stage.fittings[-1][1] == ("Women-dress",))
        assert stage.session.state.board == ("Women-shirt", "Women-coat", "Women-dress")
        await stage.room.act(Act("off", "Women-dress"))
        assert stage.session.state.board == ("Women-shirt", "Women-coat")

    play(happens, "shirt", "coat")


def test_a_photo_of_ones_own_is_worn_and_forgotten(play, monkeypatch):
    monkeypatch.setattr(tryon, "_own", lambda photo, weights: b"shrunk " + photo)

    async def happens(stage):
        await stage.until(lambda: stage.fittings)
        await stage.room.take(b"me")
        await stage.until(lambda: stage.fittings[-1][0] == b"shrunk me")
        assert stage.session.pictures["own"] == b"shrunk me"
        assert "me" not in stage.session.state.link().replace("room", "").replace("Women", "")
        await stage.room.act(Act("person", "Zola"))
        await stage.until(lambda: stage.fittings[-1][0] == b"Zola")
        await stage.room.act(Act("own"))
        await stage.until(lambda: stage.fittings[-1][0] == b"shrunk me")
        await stage.room.act(Act("forget"))
        await stage.until(lambda: stage.fittings[-1][0] == b"Zola")
        assert "own" not in stage.session.pictures
        assert stage.room._own is None

    play(happens, "shirt")


@pytest.mark.parametrize(
    ("photo", "says"),
    [(b"hello", "your photo is not an image that can be read"), (b"", "your photo is empty")],
)
def test_what_is_no_photo_is_refused(photo, says):
    with pytest.raises(UsageError, match=says):
        tryon._own(photo, "tryon-boutique")


def test_a_photo_without_anybody_is_refused(monkeypatch):
    from tests.tryon.figures import PaintParser

    monkeypatch.setattr("modiste.tryon.pipeline._parser", lambda name: PaintParser())
    file = io.BytesIO()
    Image.new("RGB", (60, 80), "black").save(file, "PNG")
    with pytest.raises(UsageError, match="no person was found on the photo"):
        tryon._own(file.getvalue(), "tryon-boutique")
