"""Encoders: photos and words to vectors of one space."""

from __future__ import annotations

from modiste.encoders.base import Encoder

__all__ = ["DEFAULT", "Encoder", "load_encoder"]

DEFAULT = "encoder-photos"


def load_encoder(name: str = DEFAULT) -> Encoder:
    """The encoder of this name.

    Args:
        name: shipped weights (`modiste models` lists them), the folder of a run, or a model of the Hugging Face Hub
            as `hub:ORGANISATION/NAME`.

    Raises:
        UsageError: there is no such encoder.
    """
    if name.startswith("hub:"):
        from modiste.encoders.hub import HubEncoder

        return HubEncoder(name)
    from modiste.encoders.pipeline import TrainedEncoder

    return TrainedEncoder(name)
