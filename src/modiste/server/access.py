"""Log of requests: an id and a line for each, without a word of what was asked or by whom."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from starlette.datastructures import Headers
from starlette.types import Scope

HEADER = "X-Request-ID"

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; empty outside of one."""

_log = logging.getLogger("modiste.access")


@dataclass(frozen=True)
class Access:
    """One line of the log. Texts, names, addresses and keys are in none of its fields."""

    id: str
    method: str
    route: str
    """As it is written in the code: an address holds ids of products and of jobs."""
    status: int
    bytes: int
    """Of the answer."""
    milliseconds: float

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.status} {self.bytes} {self.milliseconds:g}ms {self.id}"

    def write(self) -> None:
        """Log it."""
        _log.info("%s", self, extra={"access": asdict(self)})


def id_of(scope: Scope) -> str:
    """The id in a request's header, as long as it is one, or a new one."""
    given = Headers(scope=scope).get(HEADER, "")
    return given if re.fullmatch(r"[\w.-]{1,64}", given, re.ASCII) else secrets.token_hex(8)


def log_to_stderr(*, as_json: bool) -> None:
    """Write a line for every request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(as_json))
    _log.handlers[:] = [handler]
    _log.setLevel(logging.INFO)
    _log.propagate = False


class _Lines(logging.Formatter):
    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if self._as_json:
            return json.dumps({"time": time, **record.__dict__["access"]})
        return f"{time} {record.getMessage()}"
