"""What holds for all verbs: what is sent in which way, what is refused, and that no text breaks anything."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from modiste.server import Settings, create_app
from modiste.shop import Shop, open_shop
from tests.fakes import COLOURS, FakeCompleter, FakeEncoder, FakeRefiner
from tests.server.conftest import READ, FakeImaginer, until
from tests.tryon.figures import PaintParser

START = {
    "search": {"text": "red"},
    "refine": {"id": "red-jeans", "text": "in blue"},
    "complete": {"items": ["red-jeans"], "want": "shoes"},
    "imagine": {"text": "red dress"},
}
"""A request of each verb that is answered."""

SCRIPTS = {
    "arabic": "فستان أحمر",
    "chinese": "红色连衣裙",
    "hindi": "लाल पोशाक",
    "emoji": "👗🔥👩🏽‍🎤",
    "combining": "r" + "\u0301" * 50,
    "right to left": "\u202ered\u202c",
    "newlines": "red\r\n\tdress\u2028x",
    "control": "red\x01\x7f\x1b[31m",
    "quotes": "';\"`--/*",
    "markup": "<script>alert(1)</script>",
    "template": "%s %d {x} ${y} \\N{DASH} \\",
    "unassigned": "\U000e0fff\ufffe\uffff",
    "long words": "a" * 500,
    "signs": "?! ... +-*/=() [] {}",
    "numbers": "42 1e309 NaN",
}


def photo(colour: str = "red", kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 40), COLOURS[colour]).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="module")
def desk(plain: Shop, untrained: Any) -> Iterator[TestClient]:
    """One service for all tables of this page, which none of them changes."""
    fakes = {"encoder": FakeEncoder(), "refiner": FakeRefiner(), "completer": FakeCompleter()}
    shop = open_shop(plain.path, **fakes, imaginer=FakeImaginer())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modiste.tryon.pipeline._dresser", lambda name: untrained)
        patch.setattr("modiste.tryon.pipeline._parser", lambda name: PaintParser())
        with TestClient(create_app(shop, Settings())) as client:
            until(lambda: client.app.state.service.ready)
            yield client


def refused(answer: Any, status: int) -> str:
    """What a problem says, once it is known to be one."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["status"], bool(problem["title"])) == (status, True)
    return str(problem["detail"])


@pytest.mark.parametrize("verb", START)
def test_each_verb_answers(desk, verb):
    answer = desk.post(f"/v1/{verb}", json={**START[verb], "k": 2})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    assert len(answer.json()["hits"]) == 2
    assert str(desk.app.state.service.shop.path.parent) not in answer.text


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize(("verb", "field"), [(verb, field) for verb in START for field in (*START[verb], "where")])
def test_a_text_in_any_script_is_answered_or_explained(desk, verb, field, text):
    answer = desk.post(f"/v1/{verb}", json={**START[verb], field: text})
    if answer.status_code != 200:
        assert len(refused(answer, 422)) > 20


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_so_is_one_in_a_form(desk, text):
    answer = desk.post(
        "/v1/search", data={"text": text, text: "red"}, files={"image": ("é\u202e.png", photo(), "image/png")}
    )
    refused(answer, 422)
    answer = desk.post("/v1/search", data={"text": text}, files={"image": ("\U0001f457.png", photo(), "image/png")})
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("k", 0),
        ("k", -3),
        ("k", 10**30),
        ("k", "5"),
        ("k", True),
        ("where", ""),
        ("where", "colr = 'red'"),
        ("where", "price <"),
        ("where", "1=1) OR (1=1"),
        ("where", "category = '\0'"),
        ("where", "x" * 2001),
        ("where", {"price": 5}),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("verb", START)
def test_terms_that_make_no_sense_are_refused(desk, verb, field, value):
    assert len(refused(desk.post(f"/v1/{verb}", json={**START[verb], field: value}), 422)) > 20


@pytest.mark.parametrize("verb", START)
def test_nearest_fields_are_named(desk, verb):
    field = next(iter(START[verb]))
    answer = desk.post(f"/v1/{verb}", json={f"{field}x": "red"})
    assert f'no field "{field}x"; nearest: {field}' in refused(answer, 422)
    assert answer.json()["errors"][0]["where"] == "body"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "this isn't JSON"),
        (b"{", "this isn't JSON"),
        (b"[" * 100_000, "recursion limit"),
        (b'{"text": "\\ud800"}', "this isn't JSON"),
        (b'{"\\ud800": 1}', "this isn't JSON"),
        (b'{"text": "\xff"}', "this isn't JSON"),
        (b"null", "body"),
        (b"[]", "body"),
        (b'"red"', "body"),
        (b'{"items": ' + b"9" * 5000 + b"}", "this isn't JSON (number out of range"),
        (b'{"colour": ' + json.dumps(["a"] * 10**5).encode() + b"}", 'no field "colour"'),
    ],
    ids=lambda value: ascii(value)[:30],
)
@pytest.mark.parametrize("verb", START)
def test_broken_json_is_refused(desk, verb, body, says):
    answer = desk.post(f"/v1/{verb}", content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert says in refused(answer, 422)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"text": "red", "k": 1e999}', "body.k"),
        (b'{"text": "red", "k": NaN}', "body.k"),
        (b'{"text": "red", "min_score": -Infinity}', "body.min_score"),
        (b'{"text": "\\u0000"}', "null byte"),
        (b'{"text": "' + b"a" * 10**6 + b'"}', "at most 500 characters"),
        (b'{"text": ' + json.dumps(["a"] * 10**5).encode() + b"}", "body.text"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_values_that_json_alone_can_write_are_refused(desk, body, says):
    assert says in refused(desk.post("/v1/search", content=body, headers={"Content-Type": "application/json"}), 422)


@pytest.mark.parametrize(
    ("kind", "status", "says"),
    [
        (None, 415, "send application/json or multipart/form-data"),
        ("text/plain", 415, 'the body is of the type "text/plain"; send application/json'),
        ("application/x-www-form-urlencoded", 415, "send application/json or multipart/form-data"),
        ("multipart/form-data", 400, "boundary"),
        ("multipart/form-data; boundary=x", 400, "multipart"),
        ("multipart/form-data; boundary=x; charset=base64", 415, 'the charset "base64"; send it in UTF-8'),
        ("multipart/form-data; charset=undefined; boundary=x", 415, "UTF-8"),
    ],
)
@pytest.mark.parametrize("verb", ["search", "refine"])
def test_other_bodies_are_refused(desk, verb, kind, status, says):
    headers = {"Content-Type": kind} if kind else {}
    assert says in refused(desk.post(f"/v1/{verb}", content=b"text=red", headers=headers), status)


@pytest.mark.parametrize("verb", ["complete", "imagine"])
def test_what_takes_no_file_takes_no_form(desk, verb):
    answer = desk.post(f"/v1/{verb}", files={"image": photo()})
    assert refused(answer, 415) == 'the body is of the type "multipart/form-data"; send application/json'


@pytest.mark.parametrize(
    ("file", "status", "says"),
    [
        (("a.png", b"", "image/png"), 422, "a.png is empty"),
        (("a.png", b"GIF89a", "image/png"), 422, "a.png is not an image that can be read"),
        (("a.png", photo()[:60], "image/png"), 422, "damaged"),
        (("a.txt", photo(), "text/plain"), 415, "a.txt is sent as text/plain"),
        ((None, "red"), 422, "send multipart/form-data with a file called image"),
    ],
)
@pytest.mark.parametrize("verb", ["search", "refine"])
def test_what_is_no_photo_is_refused(desk, verb, file, status, says):
    assert says in refused(desk.post(f"/v1/{verb}", files={"image": file}, data={"text": "in red"}), status)


@pytest.mark.parametrize(
    ("files", "status", "says"),
    [
        ([("image", photo()), ("image", photo())], 400, "Too many files"),
        ([("image", ("a.png", photo())), ("image", (None, "red"))], 422, "a file called image"),
        ([("foto", photo())], 422, 'no field "foto"'),
        ([("text", ("a.txt", b"red"))], 422, "body.text"),
        ([("k", (None, "1")), ("k", (None, "2")), ("image", ("a.png", photo()))], 422, "body.k"),
        ([("k", (None, "nan")), ("image", ("a.png", photo()))], 422, "body.k"),
        ([("min_score", (None, "nan")), ("image", ("a.png", photo()))], 422, "body.min_score"),
        ([("min_score", (None, "1e999")), ("image", ("a.png", photo()))], 422, "body.min_score"),
        ([("text", (None, "a\0b")), ("image", ("a.png", photo()))], 422, "null byte"),
        ([("id", (None, "red-jeans")), ("image", ("a.png", photo()))], 422, "give one of them"),
    ],
)
def test_forms_that_make_no_sense_are_refused(desk, files, status, says):
    assert says in refused(desk.post("/v1/search", files=files), status)


@pytest.mark.parametrize("verb", [*START, "transcribe"])
def test_keys_are_asked_for_before_anything_is_read(plain, verb):
    """Of a service that hasn't even started."""
    client = TestClient(create_app(plain, Settings(read_keys=frozenset({READ}))))
    assert client.post(f"/v1/{verb}", content=b"{").status_code == 401
    assert client.post(f"/v1/{verb}", content=b"{", headers={"X-API-Key": READ}).status_code == 503


def test_all_is_described(desk):
    paths = desk.get("/openapi.json").json()["paths"]
    for verb in (*START, "transcribe"):
        told = paths[f"/v1/{verb}"]["post"]
        assert {"200", "401", "413", "415", "422", "503"} <= set(told["responses"])
        assert told["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert all(kind["schema"]["title"] for kind in told["requestBody"]["content"].values())
        assert told["description"]
    assert "501" in paths["/v1/transcribe"]["post"]["responses"]
