"""What of a request is too much: its body, its photos."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import UploadFile
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste.images import check_image
from modiste.server.problems import Problem

if TYPE_CHECKING:
    from modiste.server.service import Service


CLOSE = {"Connection": "close"}
"""The rest of a body that was given up isn't read."""


class _RefusedError(Exception):
    """A body grew over the limit while it was read, or the rest of it didn't come."""


class BodyLimit:
    """Refuses bodies over a limit: those that say how large they are at once, others as soon as they are.

    Args:
        most: bytes.
        wait: seconds that the next piece of a body may take.
    """

    def __init__(self, app: ASGIApp, most: int, wait: float) -> None:
        self._app, self._most, self._wait = app, most, wait
        # Uploads stay in memory: a form's parser would write those over 1 MiB to the disk.
        MultiPartParser.spool_max_size = max(MultiPartParser.spool_max_size, most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif _declared(scope) > self._most:
            await self._too_large().answer(scope)(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, whole, answered = 0, False, False
        refusal: Problem | None = None

        async def counting() -> Message:
            nonlocal size, whole, refusal
            try:  # after the body, what is waited for is that the client goes away
                message = await asyncio.wait_for(receive(), None if whole else self._wait)
            except TimeoutError:
                refusal = self._too_slow()
                raise _RefusedError from None
            whole = not message.get("more_body", False)
            size += len(message.get("body", b""))
            if size > self._most:
                refusal = self._too_large()
                raise _RefusedError
            return message

        async def refusing(message: Message) -> None:
            nonlocal answered
            if refusal and not answered:
                raise _RefusedError  # whatever the app makes of a body that it couldn't read
            answered = True
            await send(message)

        try:
            await self._app(scope, counting, refusing)
        except _RefusedError:
            if answered or refusal is None:
                raise
            await refusal.answer(scope)(scope, receive, send)

    def _too_large(self) -> Problem:
        return Problem(413, f"the body is larger than {_megabytes(self._most)}; shrink the photos, or send fewer")

    def _too_slow(self) -> Problem:
        return Problem(408, f"nothing of the body came for {self._wait:g} seconds; send it again", headers=CLOSE)


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
    data = await upload.read()
    await service.call(check_image, data, name, service.settings.max_pixels)
    return data


def _declared(scope: Scope) -> int:
    """How large a body says it is."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.3g} MiB" if size >= 2**20 else f"{size:,} bytes"
