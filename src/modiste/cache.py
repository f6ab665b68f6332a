"""Cache on disk of what is computed once: exported graphs, features, downloads."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """`MODISTE_CACHE`, or the user's own cache folder."""
    if named := os.environ.get("MODISTE_CACHE"):
        folder = Path(named)
    else:
        import platformdirs

        folder = platformdirs.user_cache_path("modiste")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_once(path: Path, write: Callable[[Path], None]) -> Path:
    """Write the file at `path` with `write` unless it is there already, and return its path.

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
    """Fill a folder with `fill` unless it is there already, in the same way, and return its path."""
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
