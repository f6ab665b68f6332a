"""API keys: of those who may read, change the shop, or scrape the metrics."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from modiste.server.problems import Problem
from modiste.server.service import AnyService
from modiste.server.settings import PREFIX

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description=f"`Authorization: Bearer KEY`; KEY is one of {PREFIX}READ_KEYS or {PREFIX}WRITE_KEYS, and for /metrics "
    f"one of {PREFIX}METRICS_KEYS.",
)
_header = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key", description="The same key, alone.")


async def _key_of(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
    header: Annotated[str | None, Security(_header)] = None,
) -> str:
    """The key that came with a request; empty without one."""
    return bearer.credentials if bearer else header or ""


Key = Annotated[str, Depends(_key_of)]


async def reader(service: AnyService, key: Key) -> None:
    """Admit a reader's key.

    Raises:
        Problem: the key is missing or wrong.
    """
    if (keys := service.settings.read_keys) and not _among(key, keys | service.settings.write_keys):
        raise _refused(key)


async def writer(service: AnyService, key: Key) -> None:
    """Admit a key that may change the shop.

    Raises:
        Problem: the key is missing or wrong, or only good for asking, or no key is good for more.
    """
    settings = service.settings
    if not settings.write_keys:
        raise Problem(403, f"no write key is set; set {PREFIX}WRITE_KEYS")
    if _among(key, settings.write_keys):
        return
    if _among(key, settings.read_keys):
        raise Problem(403, f"this key may only read; use one of {PREFIX}WRITE_KEYS to change the shop")
    raise _refused(key)


async def scraper(service: AnyService, key: Key) -> None:
    """Admit a key that may read the metrics.

    Raises:
        Problem: the key is missing or wrong.
    """
    if (keys := service.settings.metrics_keys) and not _among(key, keys):
        raise _refused(key)


def _among(key: str, keys: Iterable[str]) -> bool:
    """Return whether it is one of these keys, in the same time for each that isn't."""
    same = [hmac.compare_digest(key.encode(), known.encode()) for known in keys]
    return any(same)


def _refused(key: str) -> Problem:
    what = "this key is not known" if key else "a key is missing"
    return Problem(401, f"{what}; send Authorization: Bearer KEY", headers={"WWW-Authenticate": "Bearer"})
