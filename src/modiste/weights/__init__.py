"""Weights: those that ship with Modiste, and those of a run of your own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.errors import UsageError, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DRAWINGS", "PHOTOGRAPHS", "Weights", "available", "domain_of", "find", "save", "suited"]

TENSORS, CONFIG = "model.safetensors", "config.json"
PHOTOGRAPHS, DRAWINGS = "photos", "boutique"
"""Domains, which a configuration names under `domain`: the kind of pictures that weights were trained on."""


@dataclass(frozen=True)
class Weights:
    """A folder with `model.safetensors`, `config.json` and, if it ships, its model card `README.md`."""

    name: str
    """`encoder-photos` and the like; of a run its absolute path, by which a shop finds it from anywhere."""
    folder: Path

    @property
    def config(self) -> dict[str, Any]:
        """Sizes of the network, and the data and settings that it was trained with."""
        config: dict[str, Any] = json.loads((self.folder / CONFIG).read_text(encoding="utf-8"))
        return config

    @property
    def revision(self) -> str:
        """The first 8 digits of the SHA-256 of the tensors, in the order of their names.

        The configuration has no part in it, so that a word changed there makes no shop embed its photos again.
        """
        digest = hashlib.sha256()
        for _, tensor in sorted(self._stored().items()):
            digest.update(f"{tensor.dtype}{tensor.shape}".encode())
            digest.update(tensor.tobytes())
        return digest.hexdigest()[:8]

    @property
    def former_revisions(self) -> tuple[str, ...]:
        """Revisions of the same tensors in earlier releases; vectors that were made then stay valid."""
        return tuple(self.config.get("former_revisions", ()))

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All tensors, in single precision."""
        return {name: tensor.astype("float32") for name, tensor in self._stored().items()}

    def _stored(self) -> dict[str, NDArray[np.float16]]:
        from safetensors.numpy import load_file

        return load_file(self.folder / TENSORS)


def available() -> list[Weights]:
    """The weights that ship with this release, by name."""
    folders = sorted(path.parent for path in Path(__file__).parent.glob(f"*/{TENSORS}"))
    return [Weights(folder.name, folder) for folder in folders]


def find(name: str, system: str | None = None) -> Weights:
    """Find weights by their name, or by the folder of a run.

    Args:
        system: the verb that they must be for, such as complete; by default any.

    Raises:
        UsageError: no weights have this name, and no run that has ended is in such a folder; or they are for another
            system.
    """
    shipped = {weights.name: weights for weights in available()}
    folder = Path(name)
    if name in shipped:
        found = shipped[name]
    elif (folder / TENSORS).exists() and (folder / CONFIG).exists():
        found = Weights(str(folder.resolve()), folder)
    elif folder.is_dir():
        raise UsageError(f"{folder} holds no {TENSORS}; a run writes it at its end: go on with --resume")
    else:
        raise unknown("weights", name, shipped)
    if system and (other := found.config.get("system")) != system:
        raise UsageError(f"{name} does not {system}, it is for {other}; what does is listed by: modiste models")
    return found


def save(folder: Path, tensors: Mapping[str, NDArray[Any]], config: Mapping[str, Any]) -> Weights:
    """Write weights in half precision."""
    from safetensors.numpy import save as serialise

    folder.mkdir(parents=True, exist_ok=True)
    # safetensors writes memory as it is, and tensors in channels-last are in another order than their shape says
    half = {name: tensor.astype("float16", order="C") for name, tensor in tensors.items()}
    (folder / TENSORS).write_bytes(serialise(half))
    (folder / CONFIG).write_bytes((json.dumps(config, indent=1, ensure_ascii=False) + "\n").encode())
    return Weights(str(folder.resolve()), folder)


def domain_of(name: str) -> str:
    """Domain of weights; `photos` where they name none, as those of the Hub."""
    try:
        return str(find(name).config.get("domain", PHOTOGRAPHS))
    except UsageError:
        return PHOTOGRAPHS


@lru_cache(64)
def suited(system: str, domain: str) -> str:
    """Name of the shipped weights of a system for a domain; those for photographs where there are none.

    >>> suited("parser", DRAWINGS), suited("tryon", "paintings")
    ('parser-boutique', 'tryon-photos')
    """
    suitable = [weights for weights in available() if weights.config["system"] == system]
    shipped = {weights.config.get("domain"): weights.name for weights in suitable}
    return shipped.get(domain) or shipped[PHOTOGRAPHS]
