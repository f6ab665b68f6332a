"""Errors as answers: RFC 9457, each with what was wrong and what to do."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from modiste.errors import ModisteError, UsageError
from modiste.index.folder import LockedError, ReembeddedError

MEDIA_TYPE = "application/problem+json"

LOADING = 2
"""Seconds after which it is worth asking again while networks are loaded, or of another replica."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; empty outside of one."""

_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""Their names in RFC 9110; Python has older ones."""

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "What was wrong, and what to do (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "request_id": {"type": "string", "description": "As `X-Request-ID` and the log have it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "why"],
                "properties": {"where": {"type": "string"}, "why": {"type": "string"}},
            },
        },
    },
    "example": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": 'no product "red-dres" in this shop; nearest: red-dress',
        "instance": "/v1/items/red-dres",
    },
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, meaning in {
        400: "The body can't be read.",
        401: "The key is missing or wrong.",
        403: "The key may not do this.",
        404: "There is no such thing.",
        405: "Another method is needed; `Allow` names it.",
        408: "The body didn't arrive; send it again.",
        409: "Something else stands in the way.",
        413: "The body is too large.",
        415: "The body, or a file in it, is of a type that isn't read.",
        422: "The request makes no sense; the detail says why.",
        423: "Somebody else is writing to the shop; try again after `Retry-After` seconds.",
        500: "The service failed.",
        501: "This needs something that isn't installed; the detail says how to install it.",
        503: "Not now; try again after `Retry-After` seconds.",
    }.items()
}
"""For `responses=` of a route."""

_FOLDER = r"""[^\s/;:()"'][^/;:()"'\n]*/"""
_FOLDERS = re.compile(rf"(?<![\w/:.)])/(?:{_FOLDER})+")
"""The folders of an absolute path."""

_log = logging.getLogger("modiste.server")


class Problem(Exception):  # noqa: N818, it is what RFC 9457 calls it
    """An error that is an answer.

    Args:
        detail: what was wrong, its value and what to do, in a sentence.
        retry_after: seconds after which it is worth asking again.
        errors: of single fields.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        retry_after: int | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.errors = status, detail, dict(headers or {}), errors
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def answer(self, scope: Scope) -> Response:
        """The answer to a request."""
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": _TITLES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": quote(scope["path"], safe="/:@!$&'()*+,;=~", errors="replace"),
        }
        if id := request_id.get():
            problem["request_id"] = id
        if self.errors:
            problem["errors"] = list(self.errors)
        content = json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")
        return Response(content, self.status, self.headers, MEDIA_TYPE)


def without_folders(message: str, shop: Path | None = None) -> str:
    """An error without the folders of the server, which are nobody's business.

    It may well quote what was asked, which is left alone unless it looks like a path itself.

    Args:
        shop: its folder, which is called by its name.

    >>> without_folders("no image at /srv/photos/1.jpg; run: modiste index --shop /srv/a (b)", Path("/srv/a (b)"))
    'no image at 1.jpg; run: modiste index --shop a (b)'
    """
    for folder in (shop, shop.absolute(), shop.resolve()) if shop else ():
        if len(folder.parts) > 1:
            message = re.sub(rf"{re.escape(str(folder))}/(?:{_FOLDER})*", "", message).replace(str(folder), folder.name)
    return _FOLDERS.sub("", message)


def problem_of(error: Exception, shop: Path | None = None) -> Problem:
    """The problem of an error; what nobody expected is logged, and not shown.

    Args:
        shop: its folder, which isn't shown either.
    """
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        errors = [{"where": ".".join(map(str, one["loc"])), "why": _reason(one)} for one in error.errors()]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        detail = f"{errors[0]['where']}: {errors[0]['why']}{more}; see /docs for what this route takes"
        return Problem(422, detail, errors=errors)
    if isinstance(error, HTTPException):
        return Problem(error.status_code, _explained(error), headers=error.headers)
    if isinstance(error, ReembeddedError):
        return Problem(503, "the shop was embedded anew with another encoder; start this service again", retry_after=60)
    if isinstance(error, ModisteError):
        status = 422 if isinstance(error, UsageError) else 423 if isinstance(error, LockedError) else 500
        # another writer is done in seconds
        return Problem(status, without_folders(str(error), shop), retry_after=5 if status == 423 else None)
    _log.error("request %s failed", request_id.get(), exc_info=error)
    return Problem(500, "the service failed, which is its own fault; its log says more")


def install(app: FastAPI, shop: Path | None = None) -> None:
    """Answer every error of an app's own routes with a problem; what is unexpected is caught further out.

    Args:
        shop: its folder.
    """

    async def answer(request: Request, error: Exception) -> Response:
        return problem_of(error, shop).answer(request.scope)

    for kind in (Problem, HTTPException, RequestValidationError, ModisteError):
        app.add_exception_handler(kind, answer)


def _reason(error: Mapping[str, Any]) -> str:
    """Pydantic's message as a part of a sentence."""
    if error["type"] == "json_invalid":
        return f"this isn't JSON ({error['ctx']['error']})"
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{reason[:1].lower()}{reason[1:]}"


def _explained(error: HTTPException) -> str:
    """The framework's message about a status, in words that help."""
    allowed = (error.headers or {}).get("Allow") or (error.headers or {}).get("allow")
    if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
        return "there is nothing at this address; see /docs for what there is"
    if error.status_code == 405:
        return f"this address takes {allowed}; see /docs" if allowed else "this method isn't taken here; see /docs"
    if error.status_code == 400 and "parsing the body" in str(error.detail):
        return "the body can't be read; send whole JSON, or a whole multipart form with its boundary"
    return str(error.detail)
