"""What the cells of a table name as photos: paths and URLs, one or several, as shops' systems write them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote
from urllib.request import url2pathname

from modiste.catalog.gather import BadRow
from modiste.catalog.values import is_missing, text

SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif",
    ".tiff", ".jp2", ".j2k", ".jpf", ".jpx", ".avif", ".heic", ".heif",
})  # fmt: skip
"""File name endings of photos."""
MOST_LETTERS = 10_000
"""Of a cell."""

_PHOTO = rf"(?:{'|'.join(map(re.escape, sorted(SUFFIXES)))})(?![\w.-])"
_ENDS_AS_PHOTO = re.compile(rf"{_PHOTO}(?:[?#]\S*)?$", re.IGNORECASE)
_HAS_PHOTO = re.compile(_PHOTO, re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|//[\w-]+(?:\.[\w-]+)+/")
_SEPARATOR = re.compile(r"((?:\s*[|;\n])+\s*|(?:,\s*)+|\s+)")


def is_url(photo: str) -> bool:
    """Whether a cell names a photo by a URL that is fetched; a file: URL is a path."""
    return _URL.match(photo) is not None and not photo.lower().startswith("file:")


def photo_names(cell: object) -> list[str]:
    """The photos of a cell: a list or an object, one as JSON or Python write it, or text with separators between them.

    Names and URLs may hold separators too: one counts only behind what ends like a photo and before what may be
    another, or where nothing ends like a photo.

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


def spellings(name: str) -> Iterator[str]:
    """The paths that a name may mean, the likeliest first.

    >>> list(spellings("/my%20photos\\\\a.jpg?v=2"))[-1]
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


def _named(photos: object) -> list[str]:
    """What names each photo of a list, or a single one: of an object, its path or address."""
    names = []
    for photo in photos if isinstance(photos, (list, tuple)) else [photos]:
        if isinstance(photo, dict) and photo.get("bytes") is None:
            photo = next((photo[key] for key in ("path", "src", "url") if photo.get(key)), photo)
        if isinstance(photo, (bytes, dict)):
            raise BadRow("the image is given without a path; save it as a file, and name that file's path")
        names.append(text(photo))
    return names


def _listed(written: str) -> list[str]:
    try:
        return _named(json.loads(written))
    except (json.JSONDecodeError, RecursionError) as error:
        reason = str(error).partition(":")[0]
    try:
        held = ast.literal_eval(written)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise BadRow(f'"{written}" is not a JSON list ({reason}); write ["one.jpg", "two.jpg"]') from None
    return _named(held)


def _parts(written: str) -> list[str]:
    pieces = _SEPARATOR.split(written)
    parts = pieces[:1]
    for place in range(1, len(pieces), 2):
        if _is_between(parts[-1], pieces[place].strip(" \t"), "".join(pieces[place + 1 :])):
            parts.append(pieces[place + 1])
        else:
            parts[-1] += pieces[place] + pieces[place + 1]
    return parts


def _is_between(left: str, separator: str, rest: str) -> bool:
    """Whether a separator stands between two photos, and not inside a name."""
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
