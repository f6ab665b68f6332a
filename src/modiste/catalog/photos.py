"""Photos of a catalogue: the names in a table's cells, the files that they mean, and the masks beside these files.

Files are looked up in one listing a folder: 40,000 rows are read in under a second.
"""

from __future__ import annotations

import ast
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from urllib.parse import unquote
from urllib.request import url2pathname

from modiste.catalog.records import BadRow
from modiste.catalog.values import is_missing, text

SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif",
    ".tiff", ".jp2", ".j2k", ".jpf", ".jpx", ".avif", ".heic", ".heif",
})  # fmt: skip
"""File name endings of photos."""
MOST_LETTERS = 10_000
"""Of a cell."""
_MOST_FILES = 200_000
"""Files that are searched for the one that a name may have meant."""

_PHOTO = rf"(?:{'|'.join(map(re.escape, sorted(SUFFIXES)))})(?![\w.-])"
_ENDS_AS_PHOTO = re.compile(rf"{_PHOTO}(?:[?#]\S*)?$", re.IGNORECASE)
_HAS_PHOTO = re.compile(_PHOTO, re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|//[\w-]+(?:\.[\w-]+)+/")
_SEPARATOR = re.compile(r"((?:\s*[|;\n])+\s*|(?:,\s*)+|\s+)")


def is_url(photo: str) -> bool:
    """True if a cell names a photo by a URL that is fetched; a file: URL is a path."""
    return _URL.match(photo) is not None and not photo.lower().startswith("file:")


def photo_names(cell: object) -> list[str]:
    """The photos of a cell: a list or an object, one as JSON or Python write it, or text with separators between them.

    Names and URLs may hold separators too: one counts only behind a name that ends like a photo and before one that may
    be another, or where no name ends like a photo.

    >>> photo_names("a.jpg|b, c.jpg;https://x.org/w_20,h_30/d e.jpg;https://x.org/?f|g")
    ['a.jpg', 'b, c.jpg', 'https://x.org/w_20,h_30/d e.jpg', 'https://x.org/?f|g']

    Raises:
        BadRow: a list that can't be read, a photo's bytes without a path, or a text that is too long.
    """
    if isinstance(cell, (list, tuple, dict, bytes)):
        names = _named(cell)
    elif len(written := text(cell)) > MOST_LETTERS:
        raise BadRow(f"the images are named in {len(written):,} characters; give at most {MOST_LETTERS:,}")
    else:
        names = _listed(written) if written.startswith(("[", '{"', "{'")) else _parts(written)
    return [name for name in (name.strip().strip("\"'") for name in names) if not is_missing(name)]


def _spellings(name: str) -> Iterator[str]:
    """The paths that a name may mean, the likeliest first.

    >>> list(_spellings("/my%20photos\\\\a.jpg?v=2"))[-1]
    'my photos/a.jpg'
    """
    if local := re.match(r"(?i)file:(?://(?:localhost)?(?=/))?", name):
        name = url2pathname(name[local.end() :])
    yield name
    slashes = name.replace("\\", "/")
    bare = re.sub(r"[?#].*", "", slashes)
    for path in dict.fromkeys((slashes, unquote(slashes), bare, unquote(bare))):
        if path != name:
            yield path
        if path.startswith("/"):
            yield path.lstrip("/")  # from the top of a web site


def mask_beside(photo: Path) -> Path | None:
    """A photo's mask: `masks/NAME.png` beside the folder that `NAME.jpg` lies in, or nothing where there is none.

    It has the photo's size, and is light where the product is.
    """
    mask = photo.parent.parent / "masks" / f"{photo.stem}.png"
    return mask if mask.is_file() else None


def is_photo(path: Path) -> bool:
    """True if a file's name ends like a photo's and isn't hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


class PhotoFinder:
    """Finder of photos by name, with one listing of each folder.

    Args:
        folder: that names in a table are relative to.
    """

    def __init__(self, folder: Path = Path()) -> None:
        self._folder = folder.absolute()
        self._listing = cache(_listing)
        self._alike_names = cache(lambda folder: _by_spelling(self._listing(folder)))

    def exists(self, photo: Path) -> bool:
        """True if `photo` is a file in its folder; it isn't opened."""
        folder, name = os.path.split(photo)
        return self._listing(folder).get(name, False)

    def find(self, name: str) -> Path:
        """The file that a table names: as it is written, or the only one that is spelled alike.

        Letter case, kinds of slashes, ways to write an accent, %20 and such, and the part after a question mark may
        differ.

        Raises:
            BadRow: there is none, or several are alike; the message names the nearest.
        """
        paths: list[Path] = []
        for spelling in _spellings(name):
            paths.append(self._folder / spelling)
            if self.exists(paths[-1]):
                return paths[-1]
        for path in paths:
            alike = [file for file in self._alike(path) if self.exists(file)]
            if len(alike) == 1:
                return alike[0]
            if alike:
                names = ", ".join(self._shown(file) for file in alike)
                raise BadRow(f"no image at {name}, and several are spelled alike: {names}; name one of them")
        if any(map(os.path.isdir, paths)):
            raise BadRow(f"{name} is a folder; name a photo in it")
        near = self._by_stem.get(_folded_stem(paths[-1]))
        hint = f"nearest: {near}" if near else "check the path, which is relative to the table"
        raise BadRow(f"no image at {name}; {hint}")

    def _alike(self, path: Path) -> list[Path]:
        """Files and folders that are spelled like a path."""
        paths = [Path(path.anchor)]
        for part in path.parts[1:]:
            names = [(folder, self._alike_names(str(folder)).get(_folded(part), [part])) for folder in paths]
            paths = [folder / name for folder, alike in names for name in alike]
        return paths

    @cached_property
    def _by_stem(self) -> dict[str, str]:
        """A photo for each name without ending, accents and signs, of those in and below the folder."""
        files = (Path(folder, name) for folder, _, names in os.walk(self._folder) for name in names)
        return {_folded_stem(path): self._shown(path) for path in islice(files, _MOST_FILES) if is_photo(path)}

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix() if path.is_relative_to(self._folder) else str(path)


def _named(photos: object) -> list[str]:
    """The names of a list of photos, or of a single one: of an object, its path or address."""
    names = []
    for photo in photos if isinstance(photos, (list, tuple)) else [photos]:
        if isinstance(photo, dict) and photo.get("bytes") is None:
            photo = next((photo[key] for key in ("path", "src", "url") if photo.get(key)), photo)
        if isinstance(photo, (bytes, dict)):
            raise BadRow("the image is given without a path; save it as a file, and name that file's path")
        names.append(text(photo))
    return names


def _listed(written: str) -> list[str]:
    """The photos of a list as JSON or Python write it."""
    try:
        return _named(json.loads(written))
    except (json.JSONDecodeError, RecursionError) as error:
        reason = str(error).partition(":")[0]
    try:
        photos = ast.literal_eval(written)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise BadRow(f'"{written}" is not a JSON list ({reason}); write ["one.jpg", "two.jpg"]') from None
    return _named(photos)


def _parts(written: str) -> list[str]:
    pieces = _SEPARATOR.split(written)
    parts = pieces[:1]
    for index in range(1, len(pieces), 2):
        if _is_between(parts[-1], pieces[index].strip(" \t"), "".join(pieces[index + 1 :])):
            parts.append(pieces[index + 1])
        else:
            parts[-1] += pieces[index] + pieces[index + 1]
    return parts


def _is_between(left: str, separator: str, rest: str) -> bool:
    """True if a separator stands between two photos, and not inside a name."""
    if _URL.match(rest):
        return True
    usual = separator[:1] in ("|", ";", "\n")
    if (usual and is_missing(left)) or (separator and is_missing(rest)):
        return True
    if not _ENDS_AS_PHOTO.search(left):
        return usual and not _URL.match(left) and not _HAS_PHOTO.search(f"{left}|{rest}")
    if usual and not _URL.match(left):
        return True
    return _HAS_PHOTO.search(rest) is not None and rest[0] not in "(&="


def _listing(folder: str) -> dict[str, bool]:
    """The names in a folder, each with whether it is a file's; none where the folder can't be read."""
    try:
        with os.scandir(folder or ".") as entries:
            return {entry.name: entry.is_file() for entry in entries}
    except (OSError, ValueError):
        return {}


def _by_spelling(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by how they are spelled, whatever the letter case."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(_folded(name), []).append(name)
    return alike


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _folded_stem(path: Path) -> str:
    letters = unicodedata.normalize("NFKD", path.stem).casefold()
    return "".join(letter for letter in letters if letter.isalnum()) or path.stem
