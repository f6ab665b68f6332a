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
from modiste.showroom.page import STATIC, _router
from modiste.showroom.session import PICTURES, Session, State
from tests.fakes import FakeEncoder
from tests.shop.conftest import plain as plain


class View:
    """Keeps the photos that it is sent."""

    def __init__(self):
        self.photos = []

    async def take(self, photo):
        self.photos.append(photo)


class Frame:
    """Remembers what it was told to show."""

    def __init__(self):
        self.said = []

    def show_error(self, text):
        self.said.append(text)


def picture(size=(10, 10)):
    file = io.BytesIO()
    Image.new("RGB", size).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def session():
    async def call(function, *args):
        return function(*args)

    service = SimpleNamespace(
        call=call, settings=SimpleNamespace(max_pixels=1000), shop=SimpleNamespace(path=Path("/srv/spring"))
    )
    found = Session(service, nullcontext(), State(), views={"refine": View()}, frame=Frame())
    return found


@pytest.fixture
def client(session):
    app = FastAPI()
    problems.install(app)
    app.include_router(_router({session.token: session}))
    return TestClient(app)


def test_a_photo_reaches_its_room(client, session):
    assert client.post(f"/visits/{session.token}/refine/photo", content=picture()).status_code == 204
    assert session.views["refine"].photos == [picture()]


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        (b"", "your photo is empty; save or download it again"),
        (b"%PDF-1.7", "your photo is a PDF file, which can't be read; give a JPEG, PNG or WebP file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "your photo is an EPS drawing, which can't be read;"),
        ((100, 20), "your photo has 0.002 megapixels, at most 0.001 are read; shrink it"),
    ],
)
def test_photos_are_checked_as_the_service_does(client, session, photo, says):
    content = picture(photo) if isinstance(photo, tuple) else photo
    assert client.post(f"/visits/{session.token}/refine/photo", content=content).status_code == 204
    assert session.frame.said[-1].startswith(says)
    assert session.views["refine"].photos == []


@pytest.mark.parametrize(("token", "room"), [("another", "refine"), (None, "cellar")])
def test_a_photo_for_nobody_is_refused(client, session, token, room):
    answer = client.post(f"/visits/{token or session.token}/{room}/photo", content=b"bytes")
    assert (answer.status_code, answer.json()["detail"]) == (404, "this page is gone; load it again")
    assert session.views["refine"].photos == []


def test_what_a_room_can_not_use_is_told_on_the_page(client, session, monkeypatch):
    async def refuse(photo):
        raise UsageError("this is no photo; give another one")

    monkeypatch.setattr(session.views["refine"], "take", refuse)
    assert client.post(f"/visits/{session.token}/refine/photo", content=picture()).status_code == 204
    assert session.frame.said == ["", "this is no photo; give another one"]


def test_a_room_that_fails_tells_no_secrets(client, session, monkeypatch, caplog):
    async def fail(photo):
        raise RuntimeError("/home/shop/secret")

    monkeypatch.setattr(session.views["refine"], "take", fail)
    client.post(f"/visits/{session.token}/refine/photo", content=picture())
    assert session.frame.said[-1].startswith("something went wrong on our side")
    assert "secret" not in session.frame.said[-1]
    assert "secret" in caplog.text


def test_pictures_are_had_by_those_who_know_their_address(client, session):
    address = session.publish("imagined-0", b"png")
    answer = client.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"png", "image/png")
    assert answer.headers["cache-control"] == "private, no-store"
    assert client.get(address.replace(session.token, "another")).status_code == 404
    assert client.get(address.replace("imagined-0", "imagined-1")).status_code == 404


def test_a_picture_that_changes_has_another_address(session):
    first, second = session.publish("one", b"1"), session.publish("one", b"2")
    assert first.partition("?")[0] == second.partition("?")[0]
    assert first != second
    assert session.pictures == {"one": b"2"}


def test_old_pictures_are_let_go(session):
    for number in range(PICTURES + 3):
        session.publish(str(number), b"png")
    assert list(session.pictures) == [str(number) for number in range(3, PICTURES + 3)]


def test_no_two_visits_have_one_name():
    assert len({Session(None, None, State()).token for _ in range(50)}) == 50


def test_the_page_is_not_opened_where_readers_need_keys():
    app = FastAPI()
    app.state.service = SimpleNamespace(settings=SimpleNamespace(read_keys={"key"}))
    with pytest.raises(UsageError, match="unset MODISTE_READ_KEYS"):
        attach(app)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # NiceGUI looks at all objects that there are
def test_errors_of_the_page_are_answers_that_tell_nothing(plain, monkeypatch, caplog):
    app = create_app(open_shop(plain.path, encoder=FakeEncoder()), Settings(grace=1))
    attach(app)
    monkeypatch.setattr(Service, "preload", lambda service: None)
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
def test_a_step_is_one_that_back_takes_back(session, monkeypatch, changes, script):
    scripts, shown = [], []

    async def show(before):
        shown.append(before)

    session.frame.show = show
    monkeypatch.setattr(session, "run", scripts.append)
    asyncio.run(session.change(**changes))
    assert [one.partition("(")[0] for one in scripts] == ([script] if script else [])
    assert shown == [State()]


def test_the_board_is_changed_by_one_product(session, monkeypatch):
    async def show(before):
        return None

    session.frame.show, session.frame.status = show, SimpleNamespace(set_text=session.frame.said.append)
    monkeypatch.setattr(session, "run", lambda script: None)
    asyncio.run(session.board("p1"))
    asyncio.run(session.board("p2"))
    asyncio.run(session.board("p1"))
    assert session.state.board == ("p2",)
    assert session.frame.said == [
        "On the outfit board, which has 1",
        "On the outfit board, which has 2",
        "Off the outfit board, which has 1",
    ]
