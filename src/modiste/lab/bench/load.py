"""The clients of `modiste bench serve`, in a process of their own: keep-alive connections that ask without a pause.

It reads rounds from standard input, a line of JSON each, and answers each with a line. It imports as little as
possible, and checks the responses only after the clock was stopped, to leave the machine to the server.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any, NamedTuple

from modiste.errors import ModisteError

_BUFFER = 2**20
"""Bytes of a response that are buffered until they are read."""


class Round(NamedTuple):
    """Requests of some seconds."""

    seconds: float
    ms: Sequence[float]
    """Of each request."""
    wrong: Sequence[str] = ()
    """Reason for each wrong response."""


Load = Callable[[int, str, Sequence[Any], int, float], Round]
"""Sends requests to a service on this machine: port, path, bodies, clients and seconds; see `_carry_out`."""


@contextmanager
def load_generator() -> Iterator[Load]:
    """Clients in a process of their own, so that they don't hold up the calls of this one, until the block's end."""
    command = [sys.executable, "-m", "modiste.lab.bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def load(port: int, path: str, bodies: Sequence[Any], clients: int, seconds: float) -> Round:
            assert process.stdin is not None
            assert process.stdout is not None
            order = {"port": port, "path": path, "bodies": bodies, "clients": clients, "seconds": seconds}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise ModisteError("the clients' process ended before its time; its errors are on standard error")
            return Round(**json.loads(answer))

        try:
            yield load
        finally:
            process.terminate()


class _Response(NamedTuple):
    """Response to a request."""

    seconds: float
    status: int
    """0 where the connection failed."""
    body: bytes


def main() -> None:
    """Carry out rounds until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_carry_out(**json.loads(line))._asdict()) + "\n")
        sys.stdout.flush()


def _carry_out(port: int, path: str, bodies: Sequence[Any], clients: int, seconds: float) -> Round:
    """Send requests from several connections at once, for some time.

    Args:
        bodies: of the requests, which the clients share; again from the start where more are needed.
        seconds: after which no request is made anymore; those under way are waited for.
    """
    requests = cycle([_request(port, path, json.dumps(body).encode()) for body in bodies])
    started = time.perf_counter()
    responses = asyncio.run(_all(port, requests, clients, started + seconds))
    taken = time.perf_counter() - started
    ms = [1000 * response.seconds for response in responses]
    return Round(taken, ms, [reason for reason in map(_fault, responses) if reason])


async def _all(port: int, requests: Iterator[bytes], clients: int, end: float) -> list[_Response]:
    parts = await asyncio.gather(*(_client(port, requests, end) for _ in range(clients)))
    return [response for part in parts for response in part]


async def _client(port: int, requests: Iterator[bytes], end: float) -> list[_Response]:
    """One connection, which sends the next request as soon as it has a response."""
    responses: list[_Response] = []
    started = time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_BUFFER)
        while (started := time.perf_counter()) < end:
            writer.write(next(requests))
            status, body = await _answer(reader)
            responses.append(_Response(time.perf_counter() - started, status, body))
        writer.close()
    except (OSError, EOFError, ValueError) as error:
        responses.append(_Response(time.perf_counter() - started, 0, repr(error).encode()))
    return responses


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of an HTTP/1.1 response with a content-length."""
    first, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    named = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return int(first.split()[1]), await reader.readexactly(int(named["content-length"]))


def _request(port: int, path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def _fault(response: _Response) -> str:
    """The reason why a response is wrong: another status than 200, or no hits; empty where it is right."""
    if response.status != 200:
        return f"{response.status}: {response.body[:300].decode(errors='replace')}"
    return "" if json.loads(response.body)["hits"] else "nothing was found"


if __name__ == "__main__":
    main()
