"""The way in for photos, the way out for pictures, and who may have the page."""

from __future__ import annotations

import asyncio
import io
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from modiste.errors import UsageError
from modiste.server import Settings, create_app, problems
from modiste.server.service import Service
from modiste.shop import open_shop
from modiste.showroom import attach
from modiste.showroom.mount import STATIC, _router
from modiste.showroom.state import State
from modiste.showroom.visit import PICTURES, Visit
from tests.fakes import FakeEncoder
from tests.shop.conftest import plain as plain


class Room:
    """Keeps the photos that it is sent."""

    def __init__(self):
        self.photos = []

    async def take(self, photo):
        self.photos.append(photo)


class Frame:
    """Remembers what it was told to show."""

    def __init__(self):
        self.said = []

    def complain(self, text):
        self.said.append(text)


def picture(size=(10, 10)):
    file = io.BytesIO()
    Image.new("RGB", size).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def visit():
    async def call(function, *args):
        return function(*args)

    service = SimpleNamespace(
        call=call, settings=SimpleNamespace(max_pixels=1000), shop=SimpleNamespace(path=Path("/srv/spring"))
    )
    found = Visit(service, nullcontext(), State(), rooms={"refine": Room()}, frame=Frame())
    return found


@pytest.fixture
def client(visit):
    app = FastAPI()
    problems.install(app)
    app.include_router(_router({visit.token: visit}))
    return TestClient(app)


def test_a_photo_reaches_its_room(client, visit):
    assert client.post(f"/visits/{visit.token}/refine/photo", content=picture()).status_code == 204
    assert visit.rooms["refine"].photos == [picture()]


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        (b"", "your photo is empty; save or download it again"),
        (b"%PDF-1.7", "your photo is a PDF file, which can't be read; give a JPEG, PNG or WebP file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "your photo is an EPS drawing, which can't be read;"),
        ((100, 20), "your photo has 0.002 megapixels, at most 0.001 are read; shrink it"),
    ],
)
def test_photos_are_checked_as_the_service_does(client, visit, photo, says):
    content = picture(photo) if isinstance(photo, tuple) else photo
    assert client.post(f"/visits/{visit.token}/refine/photo", content=content).status_code == 204
    assert visit.frame.said[-1].startswith(says)
    assert visit.rooms["refine"].photos == []


@pytest.mark.parametrize(("token", "room"), [("another", "refine"), (None, "cellar")])
def test_a_photo_for_nobody_is_refused(client, visit, token, room):
    answer = client.post(f"/visits/{token or visit.token}/{room}/photo", content=b"bytes")
    assert (answer.status_code, answer.json()["detail"]) == (404, "this page is gone; load it again")
    assert visit.rooms["refine"].photos == []


def test_what_a_room_can_not_use_is_told_on_the_page(client, visit, monkeypatch):
    async def refuse(photo):
        raise UsageError("this is no photo; give another one")

    monkeypatch.setattr(visit.rooms["refine"], "take", refuse)
    assert client.post(f"/visits/{visit.token}/refine/photo", content=picture()).status_code == 204
    assert visit.frame.said == ["", "this is no photo; give another one"]


def test_a_room_that_fails_tells_no_secrets(client, visit, monkeypatch, caplog):
    async def fail(photo):
        raise RuntimeError("/home/shop/secret")

    monkeypatch.setattr(visit.rooms["refine"], "take", fail)
    client.post(f"/visits/{visit.token}/refine/photo", content=picture())
    assert visit.frame.said[-1].startswith("something went wrong on our side")
    assert "secret" not in visit.frame.said[-1]
    assert "secret" in caplog.text


def test_pictures_are_had_by_those_who_know_their_address(client, visit):
    address = visit.publish("imagined-0", b"png")
    answer = client.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"png", "image/png")
    assert answer.headers["cache-control"] == "private, no-store"
    assert client.get(address.replace(visit.token, "another")).status_code == 404
    assert client.get(address.replace("imagined-0", "imagined-1")).status_code == 404


def test_a_picture_that_changes_has_another_address(visit):
    first, second = visit.publish("one", b"1"), visit.publish("one", b"2")
    assert first.partition("?")[0] == second.partition("?")[0]
    assert first != second
    assert visit.pictures == {"one": b"2"}


def test_old_pictures_are_let_go(visit):
    for number in range(PICTURES + 3):
        visit.publish(str(number), b"png")
    assert list(visit.pictures) == [str(number) for number in range(3, PICTURES + 3)]


def test_no_two_visits_have_one_name():
    assert len({Visit(None, None, State()).token for _ in range(50)}) == 50


def test_the_page_is_not_opened_where_readers_need_keys():
    app = FastAPI()
    app.state.service = SimpleNamespace(settings=SimpleNamespace(read_keys={"key"}))
    with pytest.raises(UsageError, match="unset MODISTE_READ_KEYS"):
        attach(app)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # NiceGUI looks at all objects that there are
def test_errors_of_the_page_are_answers_that_tell_nothing(plain, monkeypatch, caplog):
    app = create_app(open_shop(plain.path, encoder=FakeEncoder()), Settings(grace=1))
    attach(app)
    monkeypatch.setattr(Service, "start", lambda service: None)
    monkeypatch.setattr(State, "of", lambda query: (plain.path / "gone").read_text())
    with TestClient(app, raise_server_exceptions=False) as client:
        answers = {
            404: client.get("/nothing?q=wedding"),
            405: client.post("/"),
            500: client.get("/?q=wedding", headers={"X-Request-ID": "r1"}),
        }
    for status, answer in answers.items():
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert str(plain.path) not in answer.text
    assert answers[500].json()["request_id"] == "r1"
    assert "request r1 failed" in caplog.text
    assert "wedding" not in caplog.text


def test_what_the_page_needs_is_in_the_package():
    names = {file.name for file in STATIC.iterdir()}
    assert {"base.css", "base.js"} <= names
    texts = [file.read_text(encoding="utf-8") for file in STATIC.iterdir()]
    assert not any("https://" in text for text in texts), "nothing is fetched from elsewhere"


@pytest.mark.parametrize(
    ("changes", "script"),
    [
        ({"room": "outfit"}, "history.pushState"),
        ({"open": "p1"}, "history.pushState"),
        ({"q": "red"}, "history.replaceState"),
        ({"q": ""}, None),
    ],
)
def test_a_step_is_one_that_back_takes_back(visit, monkeypatch, changes, script):
    scripts, shown = [], []

    async def show(before):
        shown.append(before)

    visit.frame.show = show
    monkeypatch.setattr(visit, "run", scripts.append)
    asyncio.run(visit.change(**changes))
    assert [one.partition("(")[0] for one in scripts] == ([script] if script else [])
    assert shown == [State()]


def test_the_board_is_changed_by_one_product(visit, monkeypatch):
    async def show(before):
        return None

    visit.frame.show, visit.frame.status = show, SimpleNamespace(set_text=visit.frame.said.append)
    monkeypatch.setattr(visit, "run", lambda script: None)
    asyncio.run(visit.board("p1"))
    asyncio.run(visit.board("p2"))
    asyncio.run(visit.board("p1"))
    assert visit.state.board == ("p2",)
    assert visit.frame.said == [
        "On the outfit board, which has 1",
        "On the outfit board, which has 2",
        "Off the outfit board, which has 1",
    ]
