"""Limits on the bodies of requests: bytes, and seconds without a piece of them."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modiste.server.problems import Problem

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > self._most:
            await self._too_large().answer(scope)(scope, receive, send)
            return
        size, whole, answered = 0, False, False
        refusal: Problem | None = None

        async def counting() -> Message:
            nonlocal size, whole, refusal
            try:  # after the body, what is waited for is that the client goes away
                message = await asyncio.wait_for(receive(), None if whole else self._wait)
            except TimeoutError:
                late = f"nothing of the body came for {self._wait:g} seconds; send it again"
                refusal = Problem(408, late, headers=CLOSE)
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
        limit = f"{self._most / 2**20:.3g} MiB" if self._most >= 2**20 else f"{self._most:,} bytes"
        return Problem(413, f"the body is larger than {limit}; shrink the photos, or send fewer")
