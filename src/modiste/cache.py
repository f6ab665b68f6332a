"""Where what was computed once is kept: exported graphs, features, downloads."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """`MODISTE_CACHE`, or the user's own cache folder."""
    folder = Path(os.environ.get("MODISTE_CACHE") or _usual())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_once(path: Path, write: Callable[[Path], None]) -> Path:
    """The file at `path`, written by `write` if it isn't there yet.

    It appears under its name only when it is complete, so that a process that dies half-way, or two that start
    together, leave nothing broken behind.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    os.close(handle)
    half = Path(name)
    try:
        write(half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path


def fill_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """The same for a folder, whose files `fill` writes."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        fill(half)
        try:
            half.rename(folder)
        except OSError:  # another process was first
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


def _usual() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("modiste")
