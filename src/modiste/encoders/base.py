"""What every encoder offers to indices, shops and systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from modiste.types import Pixels, Vectors


class Encoder(Protocol):
    """Turns photos and words into vectors of one space; nearness is their dot product."""

    @property
    def name(self) -> str:
        """As given to `load_encoder`, such as `encoder-photos`."""

    @property
    def revision(self) -> str:
        """First digits of the weights' SHA-256: two encoders of one name and revision give the same vectors."""

    @property
    def preprocessing(self) -> str:
        """Hash of how photos are brought to size and scaled."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photos it takes, in pixels."""

    @property
    def names(self) -> frozenset[str]:
        """Colours and kinds of product that its texts were about, in lower case; nothing where that isn't known."""

    def encode_images(self, photos: Pixels) -> Vectors:
        """Photos, RGB 0-255, to unit vectors. Shape: (n, height, width, 3) to (n, dim)."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors. Shape: (n, dim)."""

    def knows(self, text: str) -> bool:
        """Whether at least one word of the text means something to it."""
