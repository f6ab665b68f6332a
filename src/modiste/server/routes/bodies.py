"""What is sent to the verbs: JSON, or a form where a file comes with it; both are checked by one model."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from fastapi import Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as File

from modiste.server.problems import PROBLEMS, Problem
from modiste.server.schemas import Asked
from modiste.server.service import Service
from modiste.shop import MAX_TURNS, Shop

JSON, FORM = "application/json", "multipart/form-data"
LONG = 2**16
"""Bytes of JSON from which on it is read in a thread of its own."""
REFUSED: dict[int | str, dict[str, Any]] = {status: PROBLEMS[status] for status in (413, 415, 422)}
"""What may be wrong with a body."""

_Asked = TypeVar("_Asked", bound=Asked)


async def read(
    request: Request,
    model: type[_Asked],
    service: Service,
    take: Callable[[UploadFile], Awaitable[bytes]] | None = None,
) -> tuple[_Asked, bytes | None]:
    """What was asked, and the file that came with it.

    Args:
        take: reads the file, and refuses it where it can't be used.

    Raises:
        Problem: the body is neither JSON nor a form, where one is taken.
        RequestValidationError: it is no such request; `errors` says where and why.
    """
    kind, _, options = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() == JSON and model.model_fields:
        body = await request.body()
        return await service.call(_of_json, model, body) if len(body) > LONG else _of_json(model, body), None
    if kind.strip().lower() != FORM or take is None:
        raise Problem(415, f'the body is of the type "{kind.strip()}"; send {" or ".join(_kinds(model))}')
    _check_charset(options)
    async with request.form(max_files=len(model.uploads), max_fields=MAX_TURNS + len(model.model_fields)) as form:
        asked = _of_form(model, form)
        file = next((form[name] for name in model.uploads if name in form), None)
        return asked, await take(cast(UploadFile, file)) if file else None


def described(model: type[Asked]) -> dict[str, Any]:
    """A request's body as OpenAPI has it, with the model's examples; a file is asked for where there are no fields."""
    schema = model.model_json_schema()
    examples = schema.pop("examples", [])
    named = {"examples": {str(number): {"value": one} for number, one in enumerate(examples, 1)}} if examples else {}
    content: dict[str, Any] = {}
    if model.model_fields:
        content[JSON] = {"schema": schema, **named}
    if model.uploads:
        files = {name: {"type": "string", "format": "binary", "description": it} for name, it in model.uploads.items()}
        needed = [*schema.get("required", ()), *(() if model.model_fields else files)]
        form = {**schema, "title": f"{schema['title']}Form", "properties": {**schema["properties"], **files}}
        content[FORM] = {"schema": {**form, "required": needed} if needed else form, **named}
    return {"requestBody": {"required": True, "content": content}}


async def answer(
    service: Service, function: Callable[..., BaseModel], *args: Any, by: Callable[..., Awaitable[bytes]] | None = None
) -> Response:
    """What a function answers, worked out and written down in the service's threads.

    Args:
        by: another of the service's ways to call than `Service.call`.
    """
    call = by or service.call
    return Response(await call(_written, service.shop, function, *args), media_type=JSON)


def _written(shop: Shop, function: Callable[..., BaseModel], *args: Any) -> bytes:
    return function(shop, *args).model_dump_json().encode()


def _kinds(model: type[Asked]) -> list[str]:
    """The types of body that a request can have."""
    return [*([JSON] if model.model_fields else []), *([FORM] if model.uploads else [])]


def _check_charset(options: str) -> None:
    """A form's texts are in UTF-8: some of what Python knows as charsets are none, and break."""
    named = re.search(r'charset\s*=\s*"?([^";\s]*)', options, re.IGNORECASE)
    if named and named[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, f'the form is in the charset "{named[1]}"; send it in UTF-8')


def _of_json(model: type[_Asked], body: bytes) -> _Asked:
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _refused(error) from None


def _of_form(model: type[_Asked], form: FormData) -> _Asked:
    said: dict[str, Any] = {}
    for name in form:
        values = form.getlist(name)
        if not (name in model.uploads and all(isinstance(value, File) for value in values)):
            said[name] = values if len(values) > 1 else values[0]
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: ValidationError) -> RequestValidationError:
    errors = error.errors(include_url=False, include_input=False)
    return RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in errors])
