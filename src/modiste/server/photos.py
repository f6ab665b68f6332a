"""Photos of products: shrunk on their way out, checked and stored on their way in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from modiste.cache import write_once
from modiste.catalog.records import BadRow
from modiste.images import ImageError, load_image
from modiste.index.filters import quote
from modiste.shop import Shop

Size = Literal["small", "large"]

HEIGHTS: Mapping[Size, int] = {"small": 320, "large": 1200}
"""Pixels at most; a photo is never enlarged."""

BREADTH = 4
"""How many times its height a picture may be wide at most; WebP itself ends at 16,383 pixels."""

ROOM = 64 * 2**20
"""Bytes of pictures that are kept in memory."""

QUALITY = 82

FOLDER = "photos"
"""Where in a shop's folder photos lie that were sent in."""

ASKED = 50
"""Photos of which the store is asked at once whether a product has them."""

_STARTS: Mapping[bytes, str] = {
    rb"\xff\xd8\xff": ".jpg",
    rb"\x89PNG\r\n\x1a\n": ".png",
    rb"RIFF....WEBP": ".webp",
}
"""How the files begin that are taken in, and what their names end in."""

_DATA_URL = re.compile(r"data:[^,]{0,100};base64,")


@dataclass(frozen=True)
class Picture:
    """A product's photo as customers see it: WebP, upright, without what a camera notes."""

    data: bytes
    etag: str
    """Names the photo's bytes and the size."""


class Pictures:
    """Makes pictures of a shop's photos and remembers those that were asked for last; for many threads."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._held = room, 0
        self._kept: OrderedDict[tuple[Path, int, int, Size], Picture] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, photo: Path, size: Size, name: str) -> Picture:
        """A photo at a size.

        Args:
            name: what errors call it; they never tell where it lies.

        Raises:
            ImageError: the file is gone, or can't be read.
        """
        try:
            state = photo.stat()
            key = (photo, state.st_mtime_ns, state.st_size, size)  # a file that was replaced has another key
            return self._find(key) or self._keep(key, _shrunk(photo.read_bytes(), size, name))
        except OSError:
            raise ImageError(
                f"{name} is gone: its file isn't where it was when the shop was indexed; send the photo again with "
                "PUT /v1/items, or put the file back"
            ) from None

    def _find(self, key: tuple[Path, int, int, Size]) -> Picture | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[Path, int, int, Size], picture: Picture) -> Picture:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = picture
                self._held += len(picture.data)
            while self._held > self._room:
                self._held -= len(self._kept.popitem(last=False)[1].data)
        return picture


def decoded(image: object, name: str, max_pixels: int) -> bytes:
    """The bytes of a photo that was sent as base64 or as a data: URL, once they are known to be a photo.

    Raises:
        BadRow: not base64, or no photo that can be taken.
    """
    if not isinstance(image, str):
        raise BadRow(f"{name} is {_called(image)}; send the photo's bytes in base64, or as a data: URL")
    data = _bytes(image, name)
    try:
        load_image(data, name=name, max_pixels=max_pixels)
    except ImageError as error:
        raise BadRow(str(error)) from None
    if not suffix_of(data):
        raise BadRow(f"{name} is no JPEG, PNG or WebP file; save it as one of these")
    return data


def suffix_of(data: bytes) -> str:
    """What the name of a photo's file ends in, by its first bytes; empty where it isn't taken.

    >>> suffix_of(b"RIFF1234WEBPVP8 "), suffix_of(b"GIF89a")
    ('.webp', '')
    """
    return next((suffix for start, suffix in _STARTS.items() if re.match(start, data, re.DOTALL)), "")


def folder_of(shop: Shop) -> Path:
    """Where photos lie that were sent in."""
    return (shop.path / FOLDER).resolve()


def store(shop: Shop, data: bytes) -> Path:
    """Write a photo into the shop's folder, under the hash of its bytes; what is there already is left alone."""
    path = folder_of(shop) / f"{hashlib.sha256(data).hexdigest()}{suffix_of(data)}"

    def write(half: Path) -> None:
        half.write_bytes(data)

    return write_once(path, write)


def discard(shop: Shop, photos: Sequence[Path]) -> None:
    """Remove those of these photos that lie in the shop's own folder and that no product has any more."""
    folder = folder_of(shop)
    own = [place for place in dict.fromkeys(map(_place, photos)) if place.is_relative_to(folder)]
    for start in range(0, len(own), ASKED):
        some = own[start : start + ASKED]
        # By their names, because one file may be known by several paths.
        among = " OR ".join(f"strpos(array_to_string(images, '|'), {quote(photo.name)}) > 0" for photo in some)
        used = {_place(path) for product in shop.index.products(among) for path in product.images}
        for photo in some:
            if photo not in used:
                photo.unlink(missing_ok=True)


def _place(photo: Path) -> Path:
    """Where a file lies; of a link, where the link does."""
    return photo.parent.resolve() / photo.name


def _shrunk(data: bytes, size: Size, name: str) -> Picture:
    height = HEIGHTS[size]
    image = load_image(data, at_least=(height, height), name=name)
    image.thumbnail((height * BREADTH, height), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=QUALITY)
    return Picture(file.getvalue(), f'"{hashlib.sha256(data).hexdigest()[:16]}-{size}"')


def _bytes(image: str, name: str) -> bytes:
    if re.match(r"(?:https?|file|ftp)://", image, re.IGNORECASE):
        raise BadRow(f"{name} is an address, which is not fetched; send the photo's bytes in base64")
    head = _DATA_URL.match(image)
    if image.startswith("data:") and head is None:
        raise BadRow(f"{name} is a data: URL without base64; write data:image/jpeg;base64,...")
    try:
        return base64.b64decode(re.sub(r"\s+", "", image[head.end() if head else 0 :]), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRow(f"{name} is not base64 ({error}); send the photo's bytes in base64, or as a data: URL") from None


def _called(value: object) -> str:
    """What JSON calls a value."""
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", bool: "true or false"}.get(type(value), "a number")
