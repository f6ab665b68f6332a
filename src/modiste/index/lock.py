"""One writer at a time: a file lock that the system releases when its process dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from modiste.errors import ModisteError


class LockedError(ModisteError):
    """Another process writes to the shop."""


@contextmanager
def exclusive(path: Path, shop: str) -> Iterator[None]:
    """Hold the lock at `path`, which names its holder's process id.

    Args:
        shop: name of the shop for the error.

    Raises:
        LockedError: another process, or another shop object of this one, holds it.
    """
    try:
        lock = FileLock(path, timeout=0).acquire()
    except Timeout:
        raise LockedError(
            f'shop "{shop}" is being written by {_holder(path)}; wait until it has finished, reading goes on'
        ) from None
    with lock:
        _write_holder(path, str(os.getpid()))
        try:
            yield
        finally:
            _write_holder(path, "")


def _write_holder(path: Path, holder: str) -> None:
    with suppress(OSError):  # Windows lets not even its holder write to a locked file, and a new shop's may be gone
        path.write_text(holder)


def _holder(path: Path) -> str:
    with suppress(OSError):
        if holder := path.read_text().strip():
            return f"process {holder}"
    return "another process"
