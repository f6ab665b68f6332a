from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient

from modiste.server import Settings, problems
from modiste.server.auth import reader, writer

BOTH = {"read_keys": {"reads", "reads-too"}, "write_keys": {"writes"}}


def asked(**keys: set[str]) -> TestClient:
    """An app with these keys: GET reads, PUT writes."""
    app = FastAPI()
    problems.install(app)
    app.state.service = SimpleNamespace(settings=Settings(**{name: frozenset(some) for name, some in keys.items()}))

    @app.get("/")
    async def read(allowed: Annotated[None, Depends(reader)]) -> str:
        return "read"

    @app.put("/")
    async def write(allowed: Annotated[None, Depends(writer)]) -> str:
        return "written"

    return TestClient(app)


@pytest.mark.parametrize(
    ("keys", "method", "key", "status"),
    [
        ({}, "GET", None, 200),
        ({}, "GET", "anything", 200),
        ({}, "PUT", None, 403),
        ({}, "PUT", "anything", 403),
        ({"write_keys": {"writes"}}, "GET", None, 200),
        ({"write_keys": {"writes"}}, "PUT", None, 401),
        ({"write_keys": {"writes"}}, "PUT", "writes", 200),
        ({"read_keys": {"reads"}}, "PUT", "reads", 403),
        (BOTH, "GET", None, 401),
        (BOTH, "GET", "wrong", 401),
        (BOTH, "GET", "read", 401),
        (BOTH, "GET", "reads", 200),
        (BOTH, "GET", "reads-too", 200),
        (BOTH, "GET", "writes", 200),
        (BOTH, "PUT", "reads", 403),
        (BOTH, "PUT", "wrong", 401),
        (BOTH, "PUT", "writes", 200),
    ],
)
@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_who_may(keys, method, key, status, header):
    value = key and (f"Bearer {key}" if header == "Authorization" else key)
    answer = asked(**keys).request(method, "/", headers={header: value} if value else {})
    assert answer.status_code == status
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


@pytest.mark.parametrize(
    ("keys", "method", "headers", "says"),
    [
        (BOTH, "GET", {}, "a key is missing; send Authorization: Bearer KEY"),
        (BOTH, "GET", {"Authorization": "Bearer wrong"}, "this key is not known; send Authorization: Bearer KEY"),
        (BOTH, "GET", {"Authorization": "Basic reads"}, "a key is missing; send Authorization: Bearer KEY"),
        (BOTH, "GET", {"X-API-Key": "schlüssel".encode()}, "this key is not known; send Authorization: Bearer KEY"),
        (
            BOTH,
            "PUT",
            {"X-API-Key": "reads"},
            "this key may only read; use one of MODISTE_WRITE_KEYS to change the shop",
        ),
        ({}, "PUT", {}, "no write key is set; set MODISTE_WRITE_KEYS"),
    ],
)
def test_what_is_said(keys, method, headers, says, caplog):
    caplog.set_level(logging.DEBUG)
    answer = asked(**keys).request(method, "/", headers=headers)
    assert answer.json()["detail"] == says
    assert not any(key in record.getMessage() for record in caplog.records for key in ("reads", "wrong"))
