"""A bare folder of photos: the file's name is the title, its folder's name the category."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from modiste.catalog.gather import gather
from modiste.catalog.photos import is_photo
from modiste.catalog.records import BadRow, Catalog, Product


class _File(TypedDict):
    """A file, and the id and folder that its path gives."""

    id: str
    path: Path
    folder: str


def read_image_folder(source: Path) -> Catalog:
    """Read every photo below a folder, however deep; hidden files are left alone, other files are rejected."""
    base = source.absolute()
    paths = ((path, path.relative_to(base)) for path in _walk(base))
    files = (
        (at.as_posix(), _File(id=at.with_suffix("").as_posix(), path=path, folder=at.parent.name)) for path, at in paths
    )
    products, rejected = gather(files, _product)
    return Catalog(source.resolve().name, products, rejected=rejected)


def holds_photos(source: Path) -> bool:
    """True if any photo lies below `source`."""
    return any(is_photo(path) for path in _walk(source))


def _walk(source: Path) -> Iterator[Path]:
    """Every file below `source` that isn't hidden."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _product(row: _File) -> Product:
    path = row["path"]
    if not is_photo(path):
        raise BadRow(f"{path.name} is no photo; give JPEG, PNG or WebP files")
    return Product(id=row["id"], images=(path,), title=_words(path.stem), category=_words(row["folder"]))


def _words(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip()
