"""One writer at a time: a file lock that the system releases when its process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modiste.errors import ModisteError


class LockedError(ModisteError):
    """Another process writes to the shop."""


@contextmanager
def exclusive(path: Path, shop: str) -> Iterator[None]:
    """Hold the lock at `path`, which names its holder's process id.

    Args:
        shop: how the shop is called in the error.

    Raises:
        LockedError: another process, or another shop object of this one, holds it.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise LockedError(
                f'shop "{shop}" is being written by process {holder}; wait until it has finished, reading goes on'
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
