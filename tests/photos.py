"""Small photos for tests."""

from __future__ import annotations

from pathlib import Path

from PIL import Image


def write_photo(path: Path, shade: int = 0) -> Path:
    """A plain picture, another one for every shade 0-255."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 16), (shade, 100, 200)).save(path)
    return path
