"""Where among a shop's products lies what is searched for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from modiste.errors import unknown
from modiste.images import fit, load_image
from modiste.types import Vectors

if TYPE_CHECKING:
    from modiste.shop.shop import Shop


def place_of(shop: Shop, text: str | None, image: str | Path | bytes | None, id: str | None) -> Vectors:
    """The normalised sum of what is asked for. Shape: (dim,)."""
    parts = []
    if id is not None:
        parts.append(_unit(_vectors_of(shop, id).sum(0)))
    if image is not None:
        file = image if isinstance(image, bytes) else Path(image)
        parts.append(place_of_photo(shop, load_image(file, at_least=shop.encoder.size)))
    if text is not None:
        parts.append(place_of_text(shop, text))
    return together(*parts)


def together(*parts: Vectors) -> Vectors:
    """Where several places meet: one stays as it is. Shape: (dim,)."""
    return parts[0] if len(parts) == 1 else _unit(np.sum(parts, axis=0, dtype=np.float32))


def place_of_photo(shop: Shop, photo: Image.Image) -> Vectors:
    """Where products that look like a photo are. Shape: (dim,)."""
    shop.check_encoder()
    vector: Vectors = shop.encoder.encode_images(fit(photo, shop.encoder.size)[None])[0]
    return vector


def place_of_text(shop: Shop, text: str) -> Vectors:
    """Where products are that a text speaks of. Shape: (dim,)."""
    shop.check_encoder()
    vector: Vectors = shop.encoder.encode_texts([text])[0]
    return vector


def _vectors_of(shop: Shop, id: str) -> Vectors:
    found = shop.index.vectors([id])
    if id not in found:
        raise unknown("product", id, shop.index.ids(), "in this shop")
    return found[id]


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
