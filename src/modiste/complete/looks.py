"""What CSA-Net sees of a photo: the encoder's vector, its head's summary, and statistics of its maps.

The tint of a studio's background tells which products were shot, and so often put together, on one day. It is made
even before the encoder sees the photo.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modiste.backgrounds import even_background
from modiste.cache import cache_folder, write_once
from modiste.encoders.efficientnet import HEAD_WIDTH, TAP_WIDTHS
from modiste.encoders.onnx import export, open_session
from modiste.encoders.pipeline import TrainedEncoder, load_network
from modiste.images import SIZE, fit, image_hash, load_image
from modiste.types import Pixels

SEEN = "vector, summary, mean and deviation of the low and the mid map"
"""What looks are made of; a cache of others is not read."""
CHUNK = 64
"""Photos at once, so that memory stays small however many are given."""


class Eyes(nn.Module):
    """Pixels to looks: vector, summary, and the mean and deviation of each channel of the low and the mid map.

    Args of forward:
        photos: RGB, 0-255. Shape: (b, h, w, 3).

    Returns:
        Shape: (b, f).
    """

    def __init__(self, encoder: TrainedEncoder) -> None:
        super().__init__()
        self.image = load_network(encoder.weights).image
        self.width = encoder.dim + HEAD_WIDTH + 2 * (TAP_WIDTHS[0] + TAP_WIDTHS[1])

    def forward(self, photos: Tensor) -> Tensor:
        maps = self.image.maps(photos)
        parts = [self.image.vector(self.image.pooled(maps)), self.image.network.pooled(maps)]
        for one in (maps.low, maps.mid):
            mean = one.mean((2, 3))
            spread = ((one - mean[:, :, None, None]) ** 2).mean((2, 3))
            parts += [mean, torch.sqrt(spread + 1e-6)]
        return torch.cat(parts, 1)


class Looks:
    """Looks of photos, each made once; they are kept in the cache folder.

    Args:
        even: make backgrounds even first; without, the shortcut stays (to measure it).
    """

    def __init__(self, encoder: TrainedEncoder, *, even: bool = True, threads: int | None = None) -> None:
        self.encoder, self.even, self._threads = encoder, even, threads

    def of(self, photos: Pixels) -> NDArray[np.float32]:
        """Looks of pixels. Shape: (n, 128, 96, 3) to (n, f)."""
        chunks = (photos[start : start + CHUNK] for start in range(0, len(photos), CHUNK))
        found = [self._session.run(["looks"], {"photos": self._evened(chunk)})[0] for chunk in chunks]
        return np.concatenate(found) if found else np.empty((0, 0), np.float32)

    def get(self, files: Sequence[Path]) -> NDArray[np.float16]:
        """Looks of photos in files. Shape: (n, f)."""
        names = [image_hash(file) for file in files]
        key = _hash(self.encoder.revision, SEEN, str(self.even), *names)

        def write(path: Path) -> None:
            np.save(path, np.concatenate([self.of(pixels) for pixels in pixels_of(files)]).astype(np.float16))

        found: NDArray[np.float16] = np.load(write_once(cache_folder() / f"looks-{key}.npy", write))
        return found

    def _evened(self, photos: Pixels) -> Pixels:
        return even_background(photos) if self.even else photos

    @cached_property
    def _session(self) -> Any:
        def write(path: Path) -> None:
            free = {0: "n"}
            photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
            export(Eyes(self.encoder), (photos,), ["photos"], ["looks"], {"photos": free, "looks": free}, path)

        graph = cache_folder() / f"looks-{self.encoder.revision}-{_hash(SEEN)}.onnx"
        return open_session(write_once(graph, write), self._threads)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def pixels_of(files: Sequence[Path]) -> Iterator[Pixels]:
    """Photos at the encoder's size, some at a time. Shape: (n, 128, 96, 3)."""
    with ThreadPoolExecutor() as threads:
        for start in range(0, len(files), CHUNK):
            yield np.stack(list(threads.map(_pixels, files[start : start + CHUNK])))


def _pixels(file: Path) -> Pixels:
    return fit(load_image(file, at_least=SIZE))
