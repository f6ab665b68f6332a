"""Bodies of requests: JSON, or a form where a file comes with it; both are checked by one model."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from modiste.images import check_image
from modiste.server.problems import Problem
from modiste.server.schemas import RequestBody
from modiste.server.service import Service
from modiste.shop.contract import MAX_TURNS

JSON, FORM = "application/json", "multipart/form-data"
LONG = 2**16
"""Bytes of JSON from which on it is read in a thread of its own."""

_Body = TypeVar("_Body", bound=RequestBody)


class InMemoryRoute(APIRoute):
    """A route whose uploads never touch the disk; `BodyLimit` keeps them from filling the memory."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, which gets a request that reads forms into memory."""
        handler = super().get_route_handler()

        async def in_memory(request: Request) -> Response:
            request = _InMemoryRequest(request.scope, request.receive)
            try:
                return await handler(request)
            finally:
                await request.close()  # its form's files

        return in_memory


class _InMemoryRequest(Request):
    async def form(self, **limits: Any) -> FormData:  # type: ignore[override]  # awaited only
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return await super().form(**limits)
        try:
            async with aclosing(self.stream()) as stream:
                self._form = await _InMemoryParser(self.headers, stream, **limits).parse()
                return self._form
        except MultiPartException as error:
            raise HTTPException(400, error.message) from None


class _InMemoryParser(MultiPartParser):
    spool_max_size = 2**40  # Starlette's own would write files over 1 MiB to the disk


async def read(request: Request, model: type[_Body], service: Service) -> tuple[_Body, UploadFile | None]:
    """Read a request's body, and the file that came with it.

    Raises:
        Problem: the body is neither JSON nor a form, where one is taken.
        RequestValidationError: it is no such request; `errors` says where and why.
    """
    kind, _, options = request.headers.get("content-type", "").partition(";")
    try:
        if kind.strip().lower() == JSON and model.model_fields:
            body = await request.body()
            if len(body) > LONG:
                return await service.call(model.model_validate_json, body, strict=True), None
            return model.model_validate_json(body, strict=True), None
        if kind.strip().lower() != FORM or not model.uploads:
            kinds = [*([JSON] if model.model_fields else []), *([FORM] if model.uploads else [])]
            raise Problem(415, f'the body is of the type "{kind.strip()}"; send {" or ".join(kinds)}')
        charset = re.search(r'charset\s*=\s*"?([^";\s]*)', options, re.IGNORECASE)
        if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):  # some of Python's are none, and break
            raise Problem(415, f'the form is in the charset "{charset[1]}"; send it in UTF-8')
        form = await request.form(max_files=len(model.uploads), max_fields=MAX_TURNS + len(model.model_fields))
        fields: dict[str, Any] = {}
        upload = None
        for name in form:
            values = form.getlist(name)
            files = [value for value in values if isinstance(value, UploadFile)]
            if name in model.uploads and len(files) == len(values):
                upload = files[0]
            else:
                fields[name] = values if len(values) > 1 else values[0]
        return model.model_validate(fields), upload
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in errors]) from None


async def photo_of(upload: UploadFile, service: Service) -> bytes:
    """An uploaded photo's bytes, once its head shows that it is one that is read.

    Raises:
        Problem: it says itself that it is no picture.
        ImageError: it is empty, no picture, or too large.
    """
    name = upload.filename or "image"
    kind = (upload.content_type or "").partition(";")[0].strip().lower()
    if kind and kind != "application/octet-stream" and not kind.startswith("image/"):
        raise Problem(415, f"{name} is sent as {kind}; send a JPEG, PNG or WebP file as image/jpeg, image/png or such")
    photo = await upload.read()
    await service.call(check_image, photo, name, service.settings.max_pixels)
    return photo


def described(model: type[RequestBody]) -> dict[str, Any]:
    """A request's body in OpenAPI, with the model's examples; a file is required where there are no fields."""
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


def written(model: BaseModel) -> Response:
    """An answer in JSON, which is written down where this is called: long ones take a while."""
    return Response(model.model_dump_json().encode(), media_type=JSON)
