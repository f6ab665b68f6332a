"""Stand-ins that several tests share."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.complete.lookup import OutfitQuery

COLOURS = {
    "red": (200, 20, 30),
    "green": (20, 150, 40),
    "blue": (20, 40, 200),
    "yellow": (240, 220, 30),
    "black": (15, 15, 15),
    "white": (245, 245, 245),
}


class FakeEncoder:
    """A photo is its mean colour, and a colour's name lies where photos of that colour lie; other words are noise."""

    name = "fake"
    preprocessing = "0000"
    dim = 256
    size = (32, 24)
    names = frozenset(COLOURS)

    def __init__(self, revision: str = "12345678", former: tuple[str, ...] = ()) -> None:
        self.revision, self.former_revisions = revision, former
        self.photos = 0
        """How many photos it has encoded."""
        self._axes = np.random.default_rng(zlib.crc32(revision.encode())).standard_normal((4, self.dim))

    def encode_images(self, photos: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.photos += len(photos)
        return self._place(photos.reshape(len(photos), -1, 3).mean(1))

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._text(text) for text in texts])

    def _place(self, colours: NDArray[np.floating]) -> NDArray[np.float32]:
        centred = np.column_stack([colours / 127.5 - 1, np.full(len(colours), 0.3)])
        vectors = centred @ self._axes
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def _text(self, text: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dim, np.float32)
        for word in text.lower().split():
            noise = np.random.default_rng(zlib.crc32(word.encode())).standard_normal(self.dim)
            vector += self._place(np.array([COLOURS[word]]))[0] if word in COLOURS else 0.01 * noise.astype(np.float32)
        return vector / np.linalg.norm(vector)


class FakeRefiner:
    """A photo is its mean colour; a text that names a colour asks for one, a text of greetings for nothing."""

    name = "fake-refine"
    preprocessing = "0000"
    dim = 512
    size = (128, 96)
    names = frozenset(COLOURS)

    def __init__(self, revision: str = "87654321") -> None:
        self.revision = revision
        self.photos = 0
        """How many photos of galleries it has looked at."""
        self.asked: list[str] = []
        """Texts of its queries."""
        self._axes = np.random.default_rng(zlib.crc32(revision.encode())).standard_normal((4, self.dim))

    def gallery(self, photos: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert photos.shape[1:] == (*self.size, 3)
        self.photos += len(photos)
        return self._place(photos.reshape(len(photos), -1, 3).mean(1))

    def query(self, photos: NDArray[np.uint8], texts: Sequence[str]) -> NDArray[np.float32]:
        """Where photos of the colour named lie; without one, where the photo itself does."""
        assert len(photos) == len(texts)
        self.asked += texts
        means = photos.reshape(len(photos), -1, 3).mean(1)
        wanted = [self._colour(text, mean) for text, mean in zip(texts, means, strict=True)]
        return self._place(np.stack(wanted))

    def asks(self, text: str) -> bool:
        return not set(text.lower().split()) <= {"hello", "please", "the", "same"}

    def _colour(self, text: str, mean: NDArray[np.floating]) -> NDArray[np.floating]:
        named = [np.array(COLOURS[word], float) for word in text.lower().split() if word in COLOURS]
        return named[0] if named else mean

    def _place(self, colours: NDArray[np.floating]) -> NDArray[np.float32]:
        centred = np.column_stack([colours / 127.5 - 1, np.full(len(colours), 0.3)])
        vectors = centred @ self._axes
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class FakeCompleter:
    """A photo is its mean colour, and what fits items best has the mean of their colours; 1 is the same colour."""

    name = "fake-complete"
    preprocessing = "0000"
    dim = 4
    size = (128, 96)
    categories = OUTFIT_CATEGORIES

    LOOKS_LIKE: ClassVar = {"black": "shoes", "white": "bags", "red": "hats"}
    """What photos of a colour are taken for; all others for tops."""
    USUAL: ClassVar = {"shoes": 0.9, "bags": 0.6, "bottoms": 0.5, "tops": 0.4, "hats": 0.3, "scarves": 0.2}

    def __init__(self, revision: str = "87654321") -> None:
        self.revision = revision
        self.photos = 0
        """How many photos of galleries it has looked at."""
        self.predicted = 0
        """How many photos it has told the category of."""
        self.asked: list[tuple[tuple[str, ...], str]] = []
        """Categories of the items of its queries, and the wanted one."""

    def gallery(self, photos: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert photos.shape[1:] == (*self.size, 3)
        self.photos += len(photos)
        return self.place(photos.reshape(len(photos), -1, 3).mean(1))

    def category_of(self, label: str) -> str | None:
        return outfit_category(label)

    def predict(self, photos: NDArray[np.uint8]) -> list[str]:
        assert photos.shape[1:] == (*self.size, 3)
        self.predicted += len(photos)
        nearest = [np.abs(np.array([*COLOURS.values()]) - photo.mean((0, 1))).sum(1).argmin() for photo in photos]
        return [self.LOOKS_LIKE.get([*COLOURS][place], "tops") for place in nearest]

    def query(self, items: NDArray[np.float32], categories: Sequence[str], want: str) -> OutfitQuery:
        assert items.shape == (len(categories), self.dim)
        assert len(items)
        assert {*categories, want} <= set(self.categories)
        self.asked.append((tuple(categories), want))
        mean = items.mean(0)
        length = float(np.linalg.norm(mean))
        return OutfitQuery(mean / length, length / 2, 0.5)

    def contributions(
        self, items: NDArray[np.float32], categories: Sequence[str], want: str, candidates: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        assert len(items) == len(categories)
        return (0.5 + 0.5 * candidates @ items.T) / np.float32(len(items))

    def missing(self, categories: Sequence[str]) -> list[tuple[str, float]]:
        return [(category, odds) for category, odds in self.USUAL.items() if category not in categories]

    @staticmethod
    def place(colours: NDArray[np.floating]) -> NDArray[np.float32]:
        """Unit vectors that are the same for copies of a photo alone. Shape: (n, 3) to (n, 4)."""
        centred = np.column_stack([colours / 127.5 - 1, np.full(len(colours), 0.3)])
        return (centred / np.linalg.norm(centred, axis=1, keepdims=True)).astype(np.float32)


def save_photo(path: Path, colour: str | tuple[int, int, int], size: tuple[int, int] = (24, 32)) -> Path:
    """A photo of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLOURS[colour] if isinstance(colour, str) else colour).save(path)
    return path
