"""Photos from the web, fetched once, and only where the user allowed it."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from modiste.cache import cache_folder
from modiste.catalog.gather import BadRow
from modiste.catalog.photos import SUFFIXES

MAX_BYTES = 30 * 2**20
TIMEOUT = 20.0
"""Seconds without an answer."""
AT_ONCE = 8


def is_url(photo: str) -> bool:
    """Whether a cell names a photo by a URL."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", photo) is not None


def download_all(urls: Iterable[str], folder: Path | None = None) -> dict[str, Path | BadRow]:
    """Fetch photos over HTTP, several at once.

    Args:
        folder: where they are kept; by default `photos` in `MODISTE_CACHE` or the user's cache folder.

    Returns:
        For each URL its file, or why there is none.
    """
    wanted = list(dict.fromkeys(urls))
    if not wanted:
        return {}
    place = folder or cache_folder() / "photos"
    place.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(wanted, pool.map(lambda url: _download(url, place), wanted), strict=True))


def _download(url: str, folder: Path) -> Path | BadRow:
    path = folder / _file_name(url)
    if path.exists():
        return path
    try:
        data = _fetch(url)
    except (OSError, HTTPException, ValueError) as error:
        return BadRow(f"{url} can't be fetched ({error}); check the URL")
    if len(data) > MAX_BYTES:
        return BadRow(f"{url} is larger than {MAX_BYTES // 2**20} MiB; give a smaller photo")
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as half:
        half.write(data)
    Path(half.name).replace(path)
    return path


def _file_name(url: str) -> str:
    suffix = Path(url.partition("?")[0]).suffix.lower()
    return hashlib.sha256(url.encode()).hexdigest()[:32] + (suffix if suffix in SUFFIXES else "")


def _fetch(url: str) -> bytes:
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        raise ValueError("only http and https are fetched")
    with urlopen(Request(url, headers={"User-Agent": "modiste"}), timeout=TIMEOUT) as answer:
        data: bytes = answer.read(MAX_BYTES + 1)
        return data
