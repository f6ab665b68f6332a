"""A photo of the visitor's own that is refined: checked, and made ready to be seen again."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image

from modiste.images import load_image, made_by, made_png

SEEN = (960, 720)
"""Most height and width at which the page shows it."""


@dataclass(frozen=True)
class StartPhoto:
    """A photo that was sent, held for as long as the page is open."""

    file: bytes
    name: str
    """Tells it from others."""
    preview: bytes
    """PNG, upright, no larger than it is shown."""
    made_by: str
    """The network that made it, as its metadata say; empty for a photograph."""


def start_photo(file: bytes) -> StartPhoto:
    """Check a photo.

    Raises:
        ImageError: it can't be used; the message says why.
    """
    image = load_image(file, at_least=SEEN, name="your photo")
    image.thumbnail(SEEN[::-1])
    maker = made_by(file)
    return StartPhoto(file, hashlib.sha256(file).hexdigest()[:16], _png(image, maker), maker)


def _png(image: Image.Image, maker: str) -> bytes:
    """The preview, which says that a network made it where the photo does."""
    if maker:
        return made_png(image, maker)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
