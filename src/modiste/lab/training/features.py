"""Feature maps kept on disk, so that a photo meets the encoder once, and training a system takes minutes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from modiste.cache import cache_folder
from modiste.encoders.pipeline import TrainedEncoder
from modiste.images import fit, image_hash, load_image

MAPS = {"low": (40, 16, 12), "mid": (112, 8, 6), "high": (320, 4, 3)}
"""Shape of a photo's feature map at each depth."""
CHUNK = 256


class Features:
    """Cache of photos' vectors and maps in half precision, keyed by the encoder and the photo's SHA-256.

    Each depth is one file to which rows are only ever added. `photos.txt` names the photo of each row and is written
    last: what a stop left behind without a name is written over. Processes that share the folder take turns.
    """

    def __init__(self, encoder: TrainedEncoder, folder: Path | None = None) -> None:
        self.encoder = encoder
        self.folder = (folder or cache_folder() / "features") / f"{encoder.weights.folder.name}-{encoder.revision}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._shapes: dict[str, tuple[int, ...]] = {"vector": (encoder.dim,), **MAPS}
        self._names = self.folder / "photos.txt"
        self._lock = FileLock(self.folder / "lock")
        self._rows: dict[str, int] = {}
        self._read_rows()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, photos: Sequence[Path], depths: Sequence[str] = ("vector", *MAPS)) -> dict[str, NDArray[np.float16]]:
        """Features of the photos, computed where they aren't there yet.

        Args:
            photos: files that `load_image` can read.
            depths: any of vector, low, mid, high.

        Returns:
            By depth, one row a photo.
        """
        hashes = [image_hash(photo) for photo in photos]
        missing = {name: photo for name, photo in zip(hashes, photos, strict=True) if name not in self._rows}
        names = list(missing)
        for start in range(0, len(names), CHUNK):
            with self._lock:
                self._read_rows()
                self._add({name: missing[name] for name in names[start : start + CHUNK] if name not in self._rows})
        rows = np.array([self._rows[name] for name in hashes], np.int64)
        shapes = {depth: (len(self._rows), *self._shapes[depth]) for depth in depths}
        if not len(self):
            return {depth: np.empty(shape, np.float16)[rows] for depth, shape in shapes.items()}
        return {depth: np.memmap(self._file(depth), np.float16, "r", shape=shapes[depth])[rows] for depth in depths}

    def _read_rows(self) -> None:
        """Read the photo of each row; a line that a stop cut short is removed, or the next would be appended to it."""
        with self._lock:
            text = self._names.read_text() if self._names.exists() else ""
            kept = text[: text.rfind("\n") + 1]
            if kept != text:
                self._names.write_text(kept)
        self._rows = {name: row for row, name in enumerate(kept.split())}

    def _add(self, photos: dict[str, Path]) -> None:
        if not photos:
            return
        pixels = np.stack([fit(load_image(photo, at_least=self.encoder.size)) for photo in photos.values()])
        maps = self.encoder.maps(pixels)
        for depth in self._shapes:
            row_bytes = int(np.prod(self._shapes[depth])) * np.dtype(np.float16).itemsize
            with self._file(depth).open("r+b" if self._file(depth).exists() else "w+b") as stream:
                stream.seek(len(self._rows) * row_bytes)
                stream.write(maps[depth].astype(np.float16).tobytes())
        with self._names.open("a") as stream:
            stream.writelines(f"{name}\n" for name in photos)
        self._rows.update({name: len(self._rows) + row for row, name in enumerate(photos)})

    def _file(self, depth: str) -> Path:
        return self.folder / f"{depth}.f16"
