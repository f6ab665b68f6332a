"""Download of photos from the web, once each, and only where the user allowed it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import string
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from modiste.cache import cache_folder
from modiste.catalog.photos import SUFFIXES
from modiste.catalog.records import BadRow

_TIMEOUT = 20.0
"""Seconds without an answer."""
LONGEST = 120.0
"""Seconds for a whole photo."""
_THREADS = 8
_CHECKS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
"""Response headers that name a photo's version, to the request headers that ask for a newer one."""
_GONE = (404, 410)
"""Status codes after which a kept photo isn't used any longer."""

_SENDABLE = "".join(set(string.punctuation) - set('"<>\\^`{|}'))
_log = logging.getLogger(__name__)


def download_all(urls: Iterable[str], folder: Path | None = None, *, refresh: bool = False) -> dict[str, Path | BadRow]:
    """Fetch photos over HTTP, several at once; files that are no photos aren't kept.

    Args:
        folder: where they are kept; by default `photos` in `MODISTE_CACHE` or the user's cache folder.
        refresh: fetch kept photos again that have changed; one that the server doesn't answer for stays as it is.

    Returns:
        For each URL its file, or why there is none.
    """
    distinct = list(dict.fromkeys(urls))
    if not distinct:
        return {}
    folder = folder or cache_folder() / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_THREADS) as pool:
        downloads = list(pool.map(partial(_download, folder=folder, refresh=refresh), distinct))
    stale = [reason for _, reason in downloads if reason]
    if stale:
        _log.warning("%d photos are used as they were kept, because they can't be asked for: %s", len(stale), stale[0])
    return {url: photo for url, (photo, _) in zip(distinct, downloads, strict=True)}


def _download(url: str, folder: Path, refresh: bool) -> tuple[Path | BadRow, str]:
    """A photo, or why there is none; and why an older one is used."""
    suffix = Path(url.partition("?")[0]).suffix.lower()
    path = folder / (hashlib.sha256(url.encode()).hexdigest()[:32] + (suffix if suffix in SUFFIXES else ""))
    headers_file = path.with_suffix(".json")
    version = _version(path, headers_file)
    if version is not None and not refresh:
        return path, ""
    try:
        data, headers = _fetch(url, {_CHECKS[name]: value for name, value in (version or {}).items()})
    except BadRow as bad:
        return bad, ""
    except (OSError, HTTPException, ValueError) as error:
        code = error.code if isinstance(error, HTTPError) else None
        if version is not None and code == 304:
            return path, ""
        reason = f"{url} can't be fetched ({error}); check the URL"
        return (path, reason) if version is not None and code not in _GONE else (BadRow(reason), "")
    _write(path, data)
    _write(headers_file, json.dumps({name: headers[name] for name in _CHECKS if name in headers}).encode())
    return path, ""


def _version(path: Path, headers_file: Path) -> dict[str, str] | None:
    """The server's headers of a photo that was kept; nothing where none was."""
    try:
        version: dict[str, str] = json.loads(headers_file.read_bytes())
    except (OSError, ValueError):
        return None
    return version if path.exists() else None


def _write(path: Path, data: bytes) -> None:
    """Write a file that appears under its name only when it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(data)
    Path(draft.name).replace(path)


def _fetch(url: str, checks: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
    """The bytes of a photo that can be read, and the response's headers."""
    from modiste.images import MAX_BYTES, ImageError, load_image  # which needs numpy: too slow for a command's --help

    request = Request(_encoded(url), headers={"User-Agent": "modiste", **checks})
    with urlopen(request, timeout=_TIMEOUT) as response:
        data, end = bytearray(), time.monotonic() + LONGEST
        while part := response.read1(2**16):
            data += part
            if len(data) > MAX_BYTES:
                raise BadRow(f"{url} is larger than {MAX_BYTES // 2**20} MiB; give a smaller photo")
            if time.monotonic() > end:
                raise TimeoutError(f"it takes longer than {LONGEST:.0f} s")
        if response.length:
            raise IncompleteRead(bytes(data), response.length)
    try:
        load_image(bytes(data), at_least=(1, 1), name=url)
    except ImageError as error:
        raise BadRow(str(error)) from None
    return bytes(data), response.headers


def _encoded(url: str) -> str:
    """Encode a URL as people write it, with spaces, accents and other signs.

    >>> _encoded("//müller.example/é a%20b|c.jpg?w=1|2")
    'https://xn--mller-kva.example/%C3%A9%20a%20b%7Cc.jpg?w=1%7C2'
    """
    parts = urlsplit(f"https:{url}" if url.startswith("//") else url)
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError("only http and https are fetched")
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    path, query = (
        re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(part, safe=_SENDABLE)) for part in (parts.path, parts.query)
    )
    return urlunsplit((parts.scheme, host, path, query, ""))
