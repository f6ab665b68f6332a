"""Photos of products as customers see them, shrunk on their way out."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from PIL import Image

from modiste.images import ImageError, load_image

Size = Literal["small", "large"]

HEIGHTS: Mapping[Size, int] = {"small": 320, "large": 1200}
"""Pixels at most; a photo is never enlarged."""
BREADTH = 4
"""Width of a picture in its heights at most; WebP itself ends at 16,383 pixels."""
CACHE = 64 * 2**20
"""Bytes of pictures that are kept in memory."""
QUALITY = 82


class Pictures:
    """Makes pictures of a shop's photos and keeps those that were asked for last; for many threads.

    Args:
        most: bytes that are kept.
    """

    def __init__(self, most: int = CACHE) -> None:
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[tuple[Path, int, int, Size], tuple[bytes, str]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, photo: Path, size: Size, name: str) -> tuple[bytes, str]:
        """A photo at a size, as WebP, upright, without what a camera notes, and an ETag that names both.

        Args:
            name: of the photo in errors, which never tell where it lies.

        Raises:
            ImageError: the file is gone, or can't be read.
        """
        try:
            state = photo.stat()
            key = (photo, state.st_mtime_ns, state.st_size, size)  # a file that was replaced has another key
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            data = photo.read_bytes()
        except OSError:
            raise ImageError(
                f"{name} is gone: its file isn't where it was when the shop was indexed; send the photo again with "
                "PUT /v1/items, or put the file back"
            ) from None
        height = HEIGHTS[size]
        image = load_image(data, at_least=(height, height), name=name)
        image.thumbnail((height * BREADTH, height), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        image.save(file, "WEBP", quality=QUALITY)
        picture = file.getvalue(), f'"{hashlib.sha256(data).hexdigest()[:16]}-{size}"'
        with self._lock:
            if key not in self._kept:
                self._kept[key] = picture
                self._bytes += len(picture[0])
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1][0])
        return picture
