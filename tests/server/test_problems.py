from __future__ import annotations

import logging

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from modiste.errors import ModisteError, UsageError
from modiste.images import ImageError
from modiste.index.folder import LockedError
from modiste.server import problems
from modiste.server.app import EVERYWHERE
from modiste.server.problems import PROBLEMS, Problem

ERRORS = {
    "problem": (Problem(404, "no such thing", headers={"X-Hint": "look"}), 404, "Not Found", "no such thing"),
    "usage": (UsageError("k is wrong"), 422, "Unprocessable Content", "k is wrong"),
    "image": (ImageError("it is animated"), 422, "Unprocessable Content", "it is animated"),
    "locked": (LockedError("wait"), 423, "Locked", "wait"),
    "modiste": (ModisteError("the note is damaged"), 500, "Internal Server Error", "the note is damaged"),
    "http": (HTTPException(404), 404, "Not Found", "there is nothing at this address; see /docs for what there is"),
    "teapot": (HTTPException(418, "short and stout"), 418, "I'm a Teapot", "short and stout"),
}


class Body(BaseModel):
    """What the app under test takes."""

    k: int
    name: str = ""


@pytest.fixture(scope="module")
def asked():
    """An app that fails as it is told to."""
    app = FastAPI()
    problems.install(app)

    @app.get("/raise/{kind}")
    async def fail(kind: str) -> None:
        raise ERRORS[kind][0]

    @app.post("/body")
    async def take(body: Body) -> Body:
        return body

    return TestClient(app)


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_are_answers(asked, kind):
    _, status, title, detail = ERRORS[kind]
    answer = asked.get(f"/raise/{kind}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"/raise/{kind}",
    }


def test_headers_of_a_problem(asked):
    assert asked.get("/raise/problem").headers["x-hint"] == "look"
    assert int(asked.get("/raise/locked").headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "where", "why"),
    [
        ('{"k": "ten"}', ["body.k"], "input should be a valid integer"),
        ('{"name": 5}', ["body.k", "body.name"], "field required"),
        ('{"k": ', ["body.6"], "this isn't JSON (Expecting value)"),
        ("", ["body"], "field required"),
    ],
)
def test_what_of_a_body_is_wrong(asked, body, where, why):
    answer = asked.post("/body", content=body, headers={"Content-Type": "application/json"})
    said = answer.json()
    assert (answer.status_code, said["title"]) == (422, "Unprocessable Content")
    assert [error["where"] for error in said["errors"]] == where
    assert said["errors"][0]["why"].startswith(why)
    more = f" (and {len(where) - 1} more)" if len(where) > 1 else ""
    assert said["detail"] == f"{where[0]}: {said['errors'][0]['why']}{more}; see /docs for what this route takes"


def test_what_nobody_expected_is_logged_and_not_told(caplog):
    error = ZeroDivisionError("the secret")
    with caplog.at_level(logging.ERROR):
        problem = problems.problem_of(error)
    assert problem.status == 500
    assert "secret" not in problem.detail
    assert caplog.records[0].exc_info[1] is error


@pytest.mark.parametrize(
    ("path", "instance"),
    [("/v1/items/a b", "/v1/items/a%20b"), ("/v1/ثوب", "/v1/%D8%AB%D9%88%D8%A8"), ("/v1/a\udcff", "/v1/a%3F")],
)
def test_the_instance_is_an_address(path, instance):
    answer = Problem(404, "gone: \udcff").answer({"type": "http", "path": path})
    assert f'"instance": "{instance}"'.encode() in answer.body


def test_every_status_says_what_it_means():
    assert set(EVERYWHERE) <= set(PROBLEMS)
    for declared in PROBLEMS.values():
        assert declared["description"].endswith(".")
        assert list(declared["content"]) == ["application/problem+json"]
