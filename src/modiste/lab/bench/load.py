"""The clients of `modiste bench serve`, in a process of their own: keep-alive connections that ask without a pause.

It reads rounds from standard input, a line of JSON each, and answers each with a line. It imports as little as
possible, and looks at the answers only after the clock was stopped, to leave the machine to the server.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any, NamedTuple

from modiste.errors import ModisteError

NEAR = 2**20
"""Bytes of an answer that are held until they are read."""


class Round(NamedTuple):
    """What came of asking for some time."""

    seconds: float
    ms: Sequence[float]
    """Of each request."""
    wrong: Sequence[str] = ()
    """Why answers can't be right, one by one."""


class LoadGenerator:
    """Clients in a process of their own, so that they don't hold up the calls of this one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, port: int, path: str, bodies: Sequence[Any], clients: int, seconds: float) -> Round:
        """Ask a service on this machine; see `carry_out`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"port": port, "path": path, "bodies": bodies, "clients": clients, "seconds": seconds}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise ModisteError("the clients' process ended before its time; what it said is on standard error")
        return Round(**json.loads(said))


@contextmanager
def load_generator() -> Iterator[LoadGenerator]:
    """Clients, until the end of the block."""
    command = [sys.executable, "-m", "modiste.lab.bench.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield LoadGenerator(process)
        finally:
            process.terminate()


class Asked(NamedTuple):
    """A request that was made."""

    seconds: float
    status: int
    """0 where the connection failed."""
    body: bytes


def main() -> None:
    """Carry out rounds until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(**json.loads(line))._asdict()) + "\n")
        sys.stdout.flush()


def carry_out(port: int, path: str, bodies: Sequence[Any], clients: int, seconds: float) -> Round:
    """Ask from several connections at once, for some time.

    Args:
        bodies: of the requests, which the clients share; again from the start where more are needed.
        seconds: after which no request is made anymore; those under way are waited for.

    Returns:
        How it went, until the last answer was there.
    """
    requests = cycle([_request(port, path, json.dumps(body).encode()) for body in bodies])
    started = time.perf_counter()
    asked = asyncio.run(_all(port, requests, clients, started + seconds))
    taken = time.perf_counter() - started
    return Round(taken, [1000 * one.seconds for one in asked], [why for why in map(_wrong, asked) if why])


async def _all(port: int, requests: Iterator[bytes], clients: int, end: float) -> list[Asked]:
    parts = await asyncio.gather(*(_client(port, requests, end) for _ in range(clients)))
    return [one for part in parts for one in part]


async def _client(port: int, requests: Iterator[bytes], end: float) -> list[Asked]:
    """One connection, which asks anew as soon as it is answered."""
    asked: list[Asked] = []
    started = time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=NEAR)
        while (started := time.perf_counter()) < end:
            writer.write(next(requests))
            status, body = await _answer(reader)
            asked.append(Asked(time.perf_counter() - started, status, body))
        writer.close()
    except (OSError, EOFError, ValueError) as error:
        asked.append(Asked(time.perf_counter() - started, 0, repr(error).encode()))
    return asked


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of an HTTP/1.1 answer that says how long it is."""
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


def _wrong(asked: Asked) -> str:
    """Why this can't be right: another status than 200, or nothing found; empty where all is well."""
    if asked.status != 200:
        return f"{asked.status}: {asked.body[:300].decode(errors='replace')}"
    return "" if json.loads(asked.body)["hits"] else "nothing was found"


if __name__ == "__main__":
    main()
