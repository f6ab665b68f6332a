"""Encoders: photos and texts to vectors of one space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from modiste.errors import UsageError
from modiste.types import Pixels, Vectors
from modiste.weights import available

__all__ = ["DEFAULT", "Encoder", "load_encoder"]

DEFAULT = "encoder-photos"


class Encoder(Protocol):
    """Turns photos and texts into vectors of one space; nearness is their dot product."""

    name: str
    """As given to `load_encoder`, such as `encoder-photos`."""
    revision: str
    """First digits of the weights' SHA-256: two encoders of one name and revision give the same vectors."""
    preprocessing: str
    """Hash of the way that photos are brought to size and scaled."""
    dim: int
    """Length of a vector."""
    size: tuple[int, int]
    """Height and width of the photos it takes, in pixels."""
    names: frozenset[str]
    """Colours and categories that its texts were about, in lower case; empty where that isn't known."""

    def encode_images(self, photos: Pixels) -> Vectors:
        """Photos, RGB 0-255, to unit vectors. Shape: (n, height, width, 3) to (n, dim)."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors. Shape: (n, dim)."""


def load_encoder(name: str = DEFAULT) -> Encoder:
    """Load the encoder of this name.

    Args:
        name: shipped weights (`modiste models` lists them), the folder of a run, or a model of the Hugging Face Hub
            as `hub:ORGANISATION/NAME`.

    Raises:
        UsageError: there is no such encoder.
    """
    if name.startswith("hub:"):
        from modiste.encoders.hub import HubEncoder

        return HubEncoder(name)
    shipped = available()
    if name not in (weights.name for weights in shipped) and not Path(name).exists():
        encoders = [weights.name for weights in shipped if weights.config["system"] == "encoder"]
        raise UsageError(
            f'no encoder "{name}"; there are {", ".join(encoders)}, the folder of a run, and models of the Hugging '
            "Face Hub: hub:ORG/NAME, such as hub:openai/clip-vit-base-patch32"
        )
    from modiste.encoders.pipeline import TrainedEncoder

    return TrainedEncoder(name)
