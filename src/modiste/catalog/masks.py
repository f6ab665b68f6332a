"""Masks that a shop gives with its photos: where on a photo the product is."""

from __future__ import annotations

from pathlib import Path


def mask_beside(photo: Path) -> Path | None:
    """A photo's mask: `masks/NAME.png` beside the folder that `NAME.jpg` lies in, or nothing where there is none.

    It has the photo's size, and is light where the product is.
    """
    mask = photo.parent.parent / "masks" / f"{photo.stem}.png"
    return mask if mask.is_file() else None
