"""What every answer says of its request, and what the log does."""

from __future__ import annotations

import json
import logging
import re
import socket

import httpx
import pytest
from starlette.testclient import TestClient

from modiste.server import Settings, create_app
from modiste.server.middleware import log_to_stderr
from tests.server.conftest import until


@pytest.fixture
def app(shop):
    """Its networks are never loaded, so that it answers at once."""
    return create_app(shop, Settings(body_wait=0.3, cors_origins="https://shop.example", metrics_keys="counting"))


@pytest.fixture
def asked(app):
    app.state.service.ready = True
    return TestClient(app)


@pytest.fixture
def log():
    """The lines' logger as it was before."""
    logger = logging.getLogger("modiste.access")
    yield logger
    logger.handlers.clear()
    logger.propagate = True


@pytest.mark.parametrize("brought", ["a", "0af7651916cd43dd8448eb211c80319c", "web-1.request_2", "x" * 64])
def test_an_id_that_came_with_a_request_goes_back(asked, brought):
    assert asked.get("/healthz", headers={"X-Request-ID": brought}).headers["x-request-id"] == brought


@pytest.mark.parametrize("brought", ["", "x" * 65, "two words", "<script>", "a\nb", 'quote"', "me@example.com", "é"])
def test_what_is_no_id_is_replaced(asked, brought):
    answer = asked.get("/healthz", headers=[(b"X-Request-ID", brought.encode())])
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["x-request-id"])


def test_errors_name_their_request(asked, monkeypatch, caplog):
    refused = asked.get("/v1/items/none", headers={"X-Request-ID": "mine"})
    assert (refused.status_code, refused.json()["request_id"]) == (404, "mine")

    def broken(self):
        raise ZeroDivisionError("secret of the house")

    monkeypatch.setattr("modiste.shop.Shop.facets", broken)
    failed = asked.get("/v1/facets", headers={"X-Request-ID": "that"})
    assert (failed.status_code, failed.json()["request_id"]) == (500, "that")
    assert "secret" not in failed.text
    assert "request that failed" in caplog.text


def test_the_log_has_a_line_a_request_and_nothing_personal(asked, capsys, log):
    log_to_stderr(as_json=True)
    said = {"X-Request-ID": "r1", "X-API-Key": "hush", "User-Agent": "Firefox of Ada", "X-Forwarded-For": "203.0.113.7"}
    asked.post("/v1/search", json={"text": "wedding dress of Ada", "where": "price < 7"}, headers=said)
    asked.get("/v1/items/red-jeans?note=Ada", headers=said)
    asked.get("/v1/Ada", headers=said)
    asked.request("ADA", "/healthz", headers=said)
    asked.post("/v1/try-on", files={"person": ("Ada.jpg", b"nothing", "image/jpeg")}, headers=said)
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/v1/search", 200),
        ("GET", "/v1/items/{id:any}", 200),
        ("GET", "unknown", 404),
        ("OTHER", "/healthz", 405),
        ("POST", "/v1/try-on", 422),
    ]
    assert {line["id"] for line in lines} == {"r1"}
    assert all(line["milliseconds"] > 0 and line["bytes"] > 0 for line in lines)
    for personal in ("Ada", "wedding", "red-jeans", "price", "hush", "Firefox", "203.0", "testclient", "127.0"):
        assert personal not in written


def test_plain_lines(asked, capsys, log):
    log_to_stderr(as_json=False)
    asked.get("/healthz", headers={"X-Request-ID": "r1"})
    time, line = capsys.readouterr().err.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", time)
    assert re.fullmatch(r"GET /healthz 200 15 \d+(\.\d)?ms r1\n", line)


PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-api-key,content-type"}


@pytest.mark.parametrize(
    ("allowed", "origin", "passes"),
    [
        ("", "https://shop.example", None),
        ("https://shop.example", "https://shop.example", "https://shop.example"),
        ("https://shop.example", "https://evil.example", None),
        ("https://shop.example", "https://shop.example.evil.example", None),
        ("https://a.example, http://localhost:3000", "http://localhost:3000", "http://localhost:3000"),
        ("*", "https://any.example", "*"),
    ],
)
def test_pages_of_these_origins_may_ask(shop, allowed, origin, passes):
    app = create_app(shop, Settings(cors_origins=allowed))
    app.state.service.ready = True
    asked = TestClient(app)
    before = asked.options("/v1/items", headers={"Origin": origin, **PREFLIGHT})
    answers = [
        asked.get("/v1/items", headers={"Origin": origin}),
        asked.get("/v1/items/none", headers={"Origin": origin}),
        before,
    ]
    assert [answer.headers.get("access-control-allow-origin") for answer in answers] == [passes] * 3
    assert all("access-control-allow-credentials" not in answer.headers for answer in answers)
    assert before.status_code == (200 if passes else 400 if allowed else 405)


def test_a_page_can_read_why_the_service_failed(asked, monkeypatch):
    monkeypatch.setattr("modiste.shop.Shop.facets", None)
    answer = asked.get("/v1/facets", headers={"Origin": "https://shop.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, "https://shop.example")
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize(("key", "status"), [("", 401), ("hush", 401), ("counting", 200)])
def test_metrics_have_a_key_of_their_own(asked, key, status):
    answer = asked.get("/metrics", headers={"Authorization": f"Bearer {key}"} if key else {})
    assert answer.status_code == status
    assert asked.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/healthz",
        "/docs",
        "/openapi.json",
        "/v1/items",
        "/v1/items/red-jeans",
        "/v1/items/red-jeans/photos/0",
        "/v1/no",
    ],
)
def test_head_is_get_without_the_body(app, asked, address):
    get, head = asked.get(address), asked.head(address)
    kept = ("content-type", "content-length", "etag", "cache-control")
    assert head.status_code == get.status_code
    assert [head.headers.get(name) for name in kept] == [get.headers.get(name) for name in kept]
    assert (head.content, bool(get.content)) == (b"", True)


def test_head_of_what_takes_no_get(asked):
    answer = asked.head("/v1/search")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")
    assert 'method="HEAD",route="/v1/search",status="405"' in asked.get("/metrics", headers=COUNTING).text


COUNTING = {"Authorization": "Bearer counting"}


def test_browsers_are_told_what_not_to_do(asked):
    page, data = asked.get("/docs").headers, asked.get("/v1/items").headers
    assert page["content-security-policy"].startswith("frame-ancestors 'self'")
    assert "content-security-policy" not in data
    for headers in (page, data):
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


@pytest.mark.parametrize("pieces", [b"", b'5\r\n{"tex\r\n'], ids=["nothing", "a part"])
def test_a_body_that_does_not_come_is_given_up(live, pieces):
    url = httpx.URL(live)
    head = (
        b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port), timeout=30) as connection:
        connection.sendall(head + pieces)
        said = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"nothing of the body came for 0.3 seconds; send it again" in said
    assert httpx.get(f"{live}/healthz").status_code == 200


def test_an_answer_that_takes_long_is_not_given_up(app, live, monkeypatch):
    """Only bodies are waited for: what is listened to after them is whether the client is still there."""
    import time

    from modiste.shop import Shop

    facets = Shop.facets
    monkeypatch.setattr(Shop, "facets", lambda shop: time.sleep(0.7) or facets(shop))
    assert httpx.get(f"{live}/v1/facets", timeout=30).status_code == 200
    until(lambda: app.state.service.ready)
