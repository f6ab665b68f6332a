"""Which files a catalogue's photos are, answered from one listing a folder: 40,000 rows are read in under a second."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from pathlib import Path

from modiste.catalog.gather import BadRow
from modiste.catalog.photo_names import SUFFIXES, spellings
from modiste.catalog.records import Product

MOST_FILES = 200_000
"""Looked through for what a name may have meant."""


class PhotoFinder:
    """Remembers what lies in each folder it was asked about.

    Args:
        folder: what names in a table are relative to.
    """

    def __init__(self, folder: Path = Path()) -> None:
        self._folder = folder.absolute()
        self._listings: dict[str, _Listing] = {}

    def exists(self, photo: Path) -> bool:
        """Whether `photo` is a file in its folder, without opening it."""
        folder, name = os.path.split(photo)
        return name in self._listing(folder).files

    def find(self, name: str) -> Path:
        """The file that a table names: as it is written, or the only one that is spelled alike.

        Letter case, kinds of slashes, ways to write an accent, %20 and such, and what follows a question mark may
        differ.

        Raises:
            BadRow: there is none, or several are alike; the message names what comes near.
        """
        paths: list[Path] = []
        for spelling in spellings(name):
            paths.append(self._folder / spelling)
            if self.exists(paths[-1]):
                return paths[-1]
        for path in paths:
            alike = [found for found in self._alike(path) if self.exists(found)]
            if len(alike) == 1:
                return alike[0]
            if alike:
                names = ", ".join(self._shown(found) for found in alike)
                raise BadRow(f"no image at {name}, and several are spelled alike: {names}; name one of them")
        if any(map(os.path.isdir, paths)):
            raise BadRow(f"{name} is a folder; name a photo in it")
        near = self._by_stem.get(_folded_stem(paths[-1]))
        hint = f"nearest: {near}" if near else "check the path, which is relative to the table"
        raise BadRow(f"no image at {name}; {hint}")

    def _alike(self, path: Path) -> list[Path]:
        """Files and folders that are spelled like a path."""
        found = [Path(path.anchor)]
        for part in path.parts[1:]:
            found = [
                place / name for place in found for name in self._listing(str(place)).alike.get(_folded(part), (part,))
            ]
        return found

    def _listing(self, folder: str) -> _Listing:
        if folder not in self._listings:
            self._listings[folder] = _Listing(folder)
        return self._listings[folder]

    @cached_property
    def _by_stem(self) -> dict[str, str]:
        """A photo for each name without ending, accents and signs, of those in and below the folder."""
        files = (Path(folder, name) for folder, _, names in os.walk(self._folder) for name in names)
        return {_folded_stem(path): self._shown(path) for path in islice(files, MOST_FILES) if is_photo(path)}

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix() if path.is_relative_to(self._folder) else str(path)


class _Listing:
    """What lies in a folder; nothing where it can't be read."""

    def __init__(self, folder: str) -> None:
        try:
            with os.scandir(folder or ".") as entries:
                self._names = {entry.name: entry.is_file() for entry in entries}
        except (OSError, ValueError):
            self._names = {}
        self.files = frozenset(name for name, is_file in self._names.items() if is_file)

    @cached_property
    def alike(self) -> dict[str, list[str]]:
        """Names by how they are spelled, whatever the letter case."""
        names: dict[str, list[str]] = {}
        for name in self._names:
            names.setdefault(_folded(name), []).append(name)
        return names


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


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _folded_stem(path: Path) -> str:
    letters = unicodedata.normalize("NFKD", path.stem).casefold()
    return "".join(letter for letter in letters if letter.isalnum()) or path.stem
