from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import time
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from modiste.server import Settings, create_app
from modiste.server.routes.health import router as health
from tests.server.conftest import serving, until

SLOW = 1.5
"""Seconds."""


@pytest.fixture
def mounted(app):
    """The service under a page that answers everything, as NiceGUI's does."""

    async def page(request):
        return HTMLResponse(f"a page for {request.url.path}", 404)

    methods = ["GET", "POST", "DELETE", "TRACE"]
    app.mount("/", Starlette(routes=[Route("/{path:path}", page, methods=methods)]))
    app.state.service.ready = True
    return TestClient(app)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1", 404, None),
        ("GET", "/v1/", 404, None),
        ("GET", "/v1/nothing", 404, None),
        ("POST", "/v1/nothing/at/all", 404, None),
        ("GET", "/v1/search", 405, "POST"),
        ("PATCH", "/v1/items", 405, None),
        ("HEAD", "/v1/search", 405, "POST"),
        ("TRACE", "/v1/search", 405, "POST"),
        ("TRACE", "/v1/nothing", 405, "GET"),
        ("TRACE", "/somewhere", 405, "GET"),
        ("POST", "/healthz", 405, "GET"),
        ("DELETE", "/metrics", 405, "GET"),
    ],
)
def test_what_is_not_there_is_a_problem(mounted, method, path, status, allow):
    answer = mounted.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert allow is None or answer.headers["allow"] == allow
    if method != "HEAD":
        assert (answer.json()["status"], answer.json()["instance"]) == (status, path)


@pytest.mark.parametrize("path", ["/", "/product/red-jeans", "/v10/x", "/healthzz"])
def test_the_rest_is_the_page(mounted, path):
    assert mounted.get(path).text == f"a page for {path}"


def test_something_unexpected_is_a_problem(client, service, monkeypatch, caplog):
    monkeypatch.setattr(service, "shop", None)
    answer = client.get("/v1/facets")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "NoneType" not in answer.text
    assert any("NoneType" in str(record.exc_info[1]) for record in caplog.records if record.exc_info)
    assert _counted(service, "/v1/facets", 500) == 1


def _counted(service, route, status, method="GET"):
    labels = {"route": route, "method": method, "status": str(status)}
    return service.metrics.registry.get_sample_value("modiste_requests_total", labels)


def test_routes_within_routers_are_counted_by_their_whole_address(client, service):
    assert client.post("/v1/search", json={"text": "red"}).status_code == 200
    assert _counted(service, "/v1/search", 200, "POST") == 1


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/items"), ("POST", "/v1/search"), ("GET", "/v1/jobs/x")])
def test_nothing_is_answered_before_it_is_ready(app, method, path):
    answer = TestClient(app).request(method, path, json={"text": "red"} if method == "POST" else None)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def held(service, monkeypatch):
    """Searches take their time; says how many began, and how many ended."""
    counts = {"began": 0, "ended": 0}

    def hold():
        search = service.shop.search

        def slow(*args, **kwargs):
            counts["began"] += 1
            time.sleep(SLOW)
            counts["ended"] += 1
            return search(*args, **kwargs)

        monkeypatch.setattr(service.shop, "search", slow)
        return counts

    return hold


def test_a_slow_request_holds_up_nobody(live, service, monkeypatch):
    go, search, began, answers = threading.Event(), service.shop.search, [], []

    def slow(*args, **kwargs):
        began.append(args)
        go.wait(30)
        return search(*args, **kwargs)

    def ask():
        answers.append(httpx.post(f"{live}/v1/search", json={"text": "red"}, timeout=30).status_code)

    monkeypatch.setattr(service.shop, "search", slow)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(began) == 3)
    assert httpx.get(f"{live}/healthz").status_code == 200
    assert httpx.get(f"{live}/v1/items?k=1").status_code == 200
    assert answers == []
    go.set()
    for thread in threads:
        thread.join()
    assert answers == [200] * 3


def test_no_more_is_worked_on_than_there_are_threads(shop):
    """Two threads: the third request waits, and is answered."""
    app = create_app(shop, Settings(threads=2))
    most, now, lock = 0, 0, threading.Lock()

    def work():
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.2)
        with lock:
            now -= 1

    @app.get("/work")
    async def route() -> str:
        await app.state.service.call(work)
        return "done"

    with serving(app) as address:
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(httpx.get(f"{address}/work").text)) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (most, answers) == (2, ['"done"'] * 5)


def test_what_takes_seconds_leaves_threads_to_what_is_quick(shop):
    """However many ask for it."""
    app = create_app(shop, Settings(threads=2))
    go = threading.Event()

    @app.get("/long")
    async def route() -> bool:
        return await app.state.service.call_long(go.wait, 30)

    with serving(app) as address:
        threads = [
            threading.Thread(target=httpx.get, args=(f"{address}/long",), kwargs={"timeout": 60}) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        assert httpx.get(f"{address}/v1/items?k=1").status_code == 200
        assert httpx.post(f"{address}/v1/search", json={"text": "red"}).status_code == 200
        go.set()
        for thread in threads:
            thread.join()


def test_a_busy_service_still_says_that_it_is_there(shop):
    """All of its threads, of which there is one, are taken."""
    app = create_app(shop, Settings(threads=1))
    go, began = threading.Event(), threading.Event()

    def work():
        began.set()
        go.wait(30)

    @app.get("/work")
    async def route() -> None:
        await app.state.service.call(work)

    with serving(app) as address:
        thread = threading.Thread(target=httpx.get, args=(f"{address}/work",), kwargs={"timeout": 30})
        thread.start()
        assert began.wait(30)
        try:
            for path in ("/healthz", "/readyz", "/metrics"):
                assert httpx.get(address + path, timeout=5).status_code == 200
        finally:
            go.set()
            thread.join()


def raw(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def request(path: str, body: bytes, kind: str = "application/json", length: int | None = None) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: {kind}\r\nContent-Length: {length or len(body)}\r\n\r\n"
    )
    return head.encode() + body


FORM = (
    b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG'
)


@pytest.mark.parametrize("abruptly", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    ("sent", "waits"),
    [
        (b"POST /v1/search HTTP/1.1\r\nHo", False),
        (request("/v1/search", b'{"text": "r', length=1000), False),
        (request("/v1/search", FORM, "multipart/form-data; boundary=x", 100_000), False),
        (request("/v1/try-on", FORM, "multipart/form-data; boundary=x", 100_000), False),
        (request("/v1/search", b'{"text": "red"}'), True),
    ],
    ids=["head", "json", "photo", "try-on", "answer"],
)
def test_clients_that_hang_up(live, held, caplog, sent, waits, abruptly):
    counts = held()
    with raw(live) as connection:
        connection.sendall(sent)
        if waits:
            until(lambda: counts["began"] == 1)
        else:
            time.sleep(0.05)
        if abruptly:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if waits:
        until(lambda: counts["ended"] == 1)
        time.sleep(0.1)
    assert httpx.get(f"{live}/healthz").status_code == 200
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_client_that_sends_too_much_is_told_so_while_it_sends(shop):
    """Chunks without an end: the answer comes when there were too many."""
    with serving(create_app(shop, Settings(max_body=100_000))) as address, raw(address) as connection:
        head = (
            "POST /v1/search HTTP/1.1",
            "Host: here",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
        )
        connection.sendall("\r\n".join((*head, "", "")).encode())
        for _ in range(11):
            connection.sendall(b"2710\r\n" + b" " * 10_000 + b"\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_the_description(client):
    schema = client.get("/openapi.json").json()
    assert schema["info"]["title"] == "Modiste"
    assert "servers" not in schema
    assert schema["components"]["securitySchemes"]["bearer"] == {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer KEY`; KEY is one of MODISTE_READ_KEYS or MODISTE_WRITE_KEYS, and for "
        "/metrics one of MODISTE_METRICS_KEYS.",
    }
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert ({"bearer": []} in operation.get("security", [])) == path.startswith(("/v1", "/metrics")), path
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)
    assert "HTTPValidationError" not in json.dumps(schema)


def test_the_page_of_the_description(client):
    assert "openapi.json" in client.get("/docs").text


def test_health_is_nobodys_secret(shop):
    client = TestClient(create_app(shop, Settings(read_keys=frozenset({"secret"}))))
    assert {route.path for route in health.routes} == {"/healthz", "/readyz", "/metrics"}
    assert [client.get(route.path).status_code for route in health.routes] == [200, 503, 200]
