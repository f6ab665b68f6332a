"""The note beside a shop's table: its format, and the encoder that made its vectors."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

from modiste.errors import ModisteError, UsageError
from modiste.index.base import Identity

FILE = "shop.json"
_FORMAT = 1
"""Raised when an older Modiste could no longer read a shop."""


class ReembeddedError(UsageError):
    """Another encoder made a shop's vectors anew while it was open."""


def read(shop: Path) -> Identity | None:
    """The identity of the encoder that a shop was indexed with; nothing where there is no shop.

    Raises:
        ModisteError: the note is damaged, or a newer Modiste wrote it.
    """
    try:
        note = json.loads((shop / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise ModisteError(f"{shop / FILE} is damaged; index the catalogue into a new shop") from None
    if note["format"] > _FORMAT:
        raise ModisteError(f'shop "{shop}" was written by Modiste {note["modiste"]}; update Modiste to read it')
    return Identity(**note["identity"])


def write(shop: Path, identity: Identity) -> None:
    """Make `identity` the shop's, all at once: a reader sees the old note or the new one."""
    from modiste import __version__

    note = {"format": _FORMAT, "modiste": __version__, "identity": identity.as_dict()}
    draft = shop / f"{FILE}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(note, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(shop / FILE)


def table_name(identity: Identity) -> str:
    """The table that holds vectors of this identity; a new encoder's grows beside the old one's."""
    return f"products-{sha256(json.dumps(identity.as_dict()).encode()).hexdigest()[:8]}"


def mismatch(shop: Path, stored: Identity, given: Identity, encoder: str | None) -> UsageError:
    """The error for an encoder that did not make a shop's vectors.

    Args:
        encoder: the one of the command, which the remedy names.
    """
    names = [str(stored), str(given)]
    if names[0] == names[1]:
        names = [f"{identity} (preprocessing {identity.preprocessing})" for identity in (stored, given)]
    remedy = f"modiste index --shop {shop} --reembed" + (f" --encoder {encoder}" if encoder else "")
    return UsageError(f'shop "{shop}" was indexed with {names[0]}, this is {names[1]}; run: {remedy}')
