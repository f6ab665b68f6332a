"""Weights: those that ship with Modiste, and those of a run of your own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.errors import UsageError, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Weights", "available", "find", "save"]

TENSORS, CONFIG = "model.safetensors", "config.json"


@dataclass(frozen=True)
class Weights:
    """A folder with `model.safetensors`, `config.json` and, if it ships, its model card `README.md`."""

    name: str
    """`encoder-photos` and the like; of a run its absolute path, by which a shop finds it from anywhere."""
    folder: Path

    @property
    def config(self) -> dict[str, Any]:
        """What is needed to build the network, and where its weights come from."""
        config: dict[str, Any] = json.loads((self.folder / CONFIG).read_text(encoding="utf-8"))
        return config

    @property
    def revision(self) -> str:
        """The first 8 digits of the SHA-256 of the tensors and the configuration."""
        content = (self.folder / TENSORS).read_bytes() + (self.folder / CONFIG).read_bytes()
        return hashlib.sha256(content).hexdigest()[:8]

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All tensors, in single precision."""
        from safetensors.numpy import load_file

        return {name: tensor.astype("float32") for name, tensor in load_file(self.folder / TENSORS).items()}


def available() -> list[Weights]:
    """The weights that ship with this release, by name."""
    folders = sorted(path.parent for path in Path(__file__).parent.glob(f"*/{TENSORS}"))
    return [Weights(folder.name, folder) for folder in folders]


def find(name: str) -> Weights:
    """Weights by their name, or by the folder of a run.

    Raises:
        UsageError: no weights have this name, and no run that has ended stands there.
    """
    shipped = {weights.name: weights for weights in available()}
    if name in shipped:
        return shipped[name]
    folder = Path(name)
    if (folder / TENSORS).exists() and (folder / CONFIG).exists():
        return Weights(str(folder.resolve()), folder)
    if folder.is_dir():
        raise UsageError(f"{folder} holds no {TENSORS}; a run writes it at its end: go on with --resume")
    raise unknown("weights", name, shipped)


def save(folder: Path, tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Weights:
    """Write weights in half precision."""
    from safetensors.numpy import save as packed

    folder.mkdir(parents=True, exist_ok=True)
    # safetensors writes memory as it lies, and a network in channels-last lies in another order than its shape says
    half = {name: tensor.astype("float16", order="C") for name, tensor in tensors.items()}
    (folder / TENSORS).write_bytes(packed(half))
    (folder / CONFIG).write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return Weights(str(folder.resolve()), folder)
