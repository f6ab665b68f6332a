"""Paths that options name, checked while the command line is read: before anything is done for them."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import unquote, urlsplit

import typer

from modiste.errors import nearest

MOST = 2_000
"""Files of a folder whose names a missing one is compared with."""


def _local_path(given: str | Path) -> Path:
    """The value of an option as a path on this machine.

    Raises:
        typer.BadParameter: it is an address, such as https://...; so for all functions below.
    """
    if not str(given):
        raise typer.BadParameter("it is empty; give a path")
    scheme, mark, _ = str(given).partition("://")
    if not mark or not scheme.replace("+", "").isalnum():
        return Path(given)
    if scheme.lower() == "file":
        raise typer.BadParameter(f"{given} is an address; give the path alone: {unquote(urlsplit(str(given)).path)}")
    raise typer.BadParameter(
        f"{given} is an address, and nothing is fetched from there; download it first, then give its path"
    )


def file_to_read(given: str | Path) -> Path:
    """A file that is there."""
    path = path_to_read(given)
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; name a file in it")
    return path


def path_to_read(given: str | Path) -> Path:
    """A file or folder that is there."""
    path = _local_path(given)
    if not path.exists():
        beside = {file.stem: file for file in islice(path.parent.iterdir(), MOST)} if path.parent.is_dir() else {}
        close = nearest(path.stem, beside, 1)
        hint = f"is it {beside[close[0]]}?" if close else "check the path"
        raise typer.BadParameter(f"there is nothing at {path}; {hint}")
    return path


def folder(given: str | Path) -> Path:
    """A folder, there or not."""
    path = _local_path(given)
    if path.exists() and not path.is_dir():
        raise typer.BadParameter(f"{path} is a file; give a folder")
    return path


def folder_to_write(given: str | Path) -> Path:
    """A folder in which files can be written."""
    path = folder(given)
    _check_writable(path)
    return path


def json_to_write(given: str | Path) -> Path:
    """A file for JSON that can be written."""
    return _file_to_write(given, "result.json")


def picture_to_write(given: str | Path) -> Path:
    """A file for a picture that can be written; its name says the format."""
    from PIL import Image

    path = _file_to_write(given, "picture.png")
    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        raise typer.BadParameter(f"{path} has no ending that a picture has; call it {path.with_suffix('.png')}")
    return path


def _file_to_write(given: str | Path, example: str) -> Path:
    path = _local_path(given)
    if path.is_dir():
        raise typer.BadParameter(f"{path} is a folder; name a file in it, such as {path / example}")
    _check_writable(path)
    return path


def _check_writable(path: Path) -> None:
    """Refuse a file or folder that can't be written, or made where it isn't there yet."""
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    if there != path and not there.is_dir():
        raise typer.BadParameter(f"{path} can't be written, because {there} is a file; name another folder")
    try:
        if there.is_dir():  # the permissions don't tell of file systems that take no files
            TemporaryFile(dir=there).close()
        writable = os.access(there, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise typer.BadParameter(f"{path} can't be written: {there} doesn't allow it; name another place")
