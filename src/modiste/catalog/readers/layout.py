"""What a reader of a published layout says about itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modiste.catalog.records import Catalog


@dataclass(frozen=True)
class Layout:
    """One way in which a data set lies on disk."""

    name: str
    """What `--format` calls it."""
    files: str
    """The files by which it is recognised, in words."""
    licence: str
    """The terms its publisher states, in a sentence."""
    traps: tuple[str, ...]
    """What is known to mislead in it."""
    detect: Callable[[Path], bool]
    read: Callable[[Path], Catalog]
    domain: str = "photos"
    """The kind of pictures, as configurations of weights name it: `photos`, or `boutique` for drawings."""
