"""Encoders: photos and words to vectors of one space."""

from __future__ import annotations

from pathlib import Path

from modiste.encoders.base import Encoder
from modiste.errors import UsageError
from modiste.weights import available

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
    if name not in (weights.name for weights in available()) and not Path(name).exists():
        encoders = [weights.name for weights in available() if weights.config["system"] == "encoder"]
        raise UsageError(
            f'no encoder "{name}"; there are {", ".join(encoders)}, the folder of a run, and models of the Hugging '
            "Face Hub: hub:ORG/NAME, such as hub:openai/clip-vit-base-patch32"
        )
    from modiste.encoders.pipeline import TrainedEncoder

    return TrainedEncoder(name)
