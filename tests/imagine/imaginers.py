"""An untrained network that draws from words."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from modiste.colour import COLOURS
from modiste.imagine.model import Imagination, ImagineConfig
from modiste.imagine.pipeline import Imaginer, load_imaginer
from modiste.imagine.words import Palette, Vocabulary
from modiste.weights import save

PAINTS = ("black", "white", "red", "blue", "navy blue")
SMALL = ImagineConfig(state=16, sample=16, modes=2, widths=(16, 16, 16, 8, 8), fine=8)


def vocabulary() -> Vocabulary:
    """Nine words, a rare one, and a few colours."""
    tokens = ("pants", "jeans", "shorts", "men", "women", "unisex", "slim", "cropped", "denim", *PAINTS)
    counts = {token: 100 - index for index, token in enumerate(tokens)} | {"petite": 3}
    palette = Palette.build([*PAINTS] * 10, [COLOURS[paint].lab for paint in PAINTS] * 10)
    return Vocabulary(tokens, ("pants", "jeans", "shorts"), counts, palette)


def tiny(folder: Path) -> Imaginer:
    """One whose weights are in this folder."""
    known = vocabulary()
    torch.manual_seed(0)
    network = Imagination(SMALL, torch.randn(len(known.tokens), 12), len(known.palette.names))
    tensors = {
        name: tensor.numpy() for name, tensor in network.state_dict().items() if not name.startswith("posterior.")
    }
    config = {"system": "imagine", "vocabulary": known.record(), "settings": {"network": asdict(SMALL)}}
    save(folder, tensors, config)
    return load_imaginer(folder)
