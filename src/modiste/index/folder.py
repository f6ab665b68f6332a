"""A shop's folder: the note of the encoder that made its vectors, and the lock that lets one writer in at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout

from modiste.errors import ModisteError, UsageError
from modiste.index.records import Identity

NOTE = "shop.json"
_FORMAT = 1
"""Raised when an older Modiste could no longer read a shop."""


class ReembeddedError(UsageError):
    """Another encoder made a shop's vectors anew while it was open."""


class LockedError(ModisteError):
    """Another process writes to the shop."""


def read_identity(shop: Path) -> Identity | None:
    """The identity of the encoder that a shop was indexed with; nothing where there is no shop.

    Raises:
        ModisteError: the note is damaged, or a newer Modiste wrote it.
    """
    try:
        note = json.loads((shop / NOTE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise ModisteError(f"{shop / NOTE} is damaged; index the catalogue into a new shop") from None
    if note["format"] > _FORMAT:
        raise ModisteError(f'shop "{shop}" was written by Modiste {note["modiste"]}; update Modiste to read it')
    return Identity(**note["identity"])


def write_identity(shop: Path, identity: Identity) -> None:
    """Make `identity` the shop's, all at once: a reader sees the old note or the new one."""
    from modiste import __version__

    note = {"format": _FORMAT, "modiste": __version__, "identity": _written(identity)}
    draft = shop / f"{NOTE}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(note, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(shop / NOTE)


def table_name(identity: Identity) -> str:
    """The table that holds vectors of this identity; a new encoder's grows beside the old one's."""
    return f"products-{sha256(json.dumps(_written(identity)).encode()).hexdigest()[:8]}"


@contextmanager
def exclusive(path: Path, shop: str) -> Iterator[None]:
    """Hold the lock at `path`, which names its holder's process id; the system releases it when the process dies.

    Args:
        shop: name of the shop for the error.

    Raises:
        LockedError: another process, or another shop object of this one, holds it.
    """
    try:
        lock = FileLock(path, timeout=0).acquire()
    except Timeout:
        holder = ""
        with suppress(OSError):
            holder = path.read_text().strip()
        writer = f"process {holder}" if holder else "another process"
        raise LockedError(
            f'shop "{shop}" is being written by {writer}; wait until it has finished, reading goes on'
        ) from None
    with lock:
        _write_holder(path, str(os.getpid()))
        try:
            yield
        finally:
            _write_holder(path, "")


def _written(identity: Identity) -> dict[str, str | int]:
    """The fields that are kept; those of the table's name never change, nor does their order."""
    return {name: value for name, value in vars(identity).items() if name != "former"}


def _write_holder(path: Path, holder: str) -> None:
    with suppress(OSError):  # Windows lets not even its holder write to a locked file, and a new shop's may be gone
        path.write_text(holder)
