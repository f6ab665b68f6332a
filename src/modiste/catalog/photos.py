"""Whether photos exist, answered from one listing a folder: a catalogue of 40,000 rows is read in under a second."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from modiste.catalog.records import Product

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})
"""File name endings of photos in a bare folder."""


class PhotoFinder:
    """Remembers what lies in each folder it was asked about."""

    def __init__(self) -> None:
        self._listings: dict[str, frozenset[str]] = {}

    def exists(self, photo: Path) -> bool:
        """Whether `photo` is a file in its folder, without opening it."""
        folder, name = os.path.split(photo)
        if folder not in self._listings:
            self._listings[folder] = _files(folder)
        return name in self._listings[folder]


def is_photo(path: Path) -> bool:
    """Whether a file's name ends like a photo's and isn't hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def with_photo(products: Iterable[Product]) -> list[Product]:
    """Those whose first photo can be read; each is opened."""
    chosen = list(products)
    with ThreadPoolExecutor() as threads:
        readable = threads.map(_readable, chosen)
        return [product for product, fine in zip(chosen, readable, strict=True) if fine]


def _readable(product: Product) -> bool:
    from modiste.images import ImageError, load_image  # which needs numpy: too slow for a command's --help

    try:
        load_image(product.images[0])
    except (ImageError, IndexError):
        return False
    return True


def _files(folder: str) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if not entry.is_dir())
    except OSError:
        return frozenset()
