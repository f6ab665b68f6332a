"""What surrounds every recipe's loop: its preset, its optimiser's rates and step, its record, and what it must not see.

The loops themselves stay in the recipes: `lab/SYSTEM/train.py` shows the whole of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from modiste.errors import UsageError, unknown
from modiste.lab.datasets import domain
from modiste.lab.training.device import pick_device
from modiste.lab.training.memory import keep_memory
from modiste.lab.training.run import Run
from modiste.lab.training.schedule import learning_rate
from modiste.weights import Weights

Config = TypeVar("Config")
"""A recipe's `TrainConfig`, a frozen dataclass with a field `seed`."""


def setup(presets: Mapping[str, Config], preset: str, seed: int, device: str) -> tuple[Config, torch.device]:
    """The configuration and the device of a run.

    Raises:
        UsageError: no such preset or device.
    """
    keep_memory()
    if preset not in presets:
        raise unknown("preset", preset, presets)
    return replace(presets[preset], seed=seed), pick_device(device)  # type: ignore[type-var]


def set_rates(optimiser: torch.optim.Optimizer, step: int, steps: int, warm_up: int) -> None:
    """Set the learning rate of every group, each of which names its `peak`."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(step, steps, group["peak"], warm_up)


def update(
    loss: Tensor, network: nn.Module, optimiser: torch.optim.Optimizer, run: Run,
    clipped: Sequence[tuple[nn.Module, float]] = (),
) -> None:  # fmt: skip
    """One step of the optimiser on the mean of all processes' gradients.

    Args:
        clipped: parts of the network and the norm that each one's gradient is clipped to; the whole to 5 by default.
    """
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    run.group.average_gradients(network.parameters())
    for part, norm in clipped or [(network, 5.0)]:
        nn.utils.clip_grad_norm_(part.parameters(), norm)
    optimiser.step()


class MeanLosses:
    """Mean of each loss since the last line of the log."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Add a step's losses."""
        for name, value in losses.items():
            self._values.setdefault(name, []).append(value.item())

    def log(self, run: Run, step: int) -> None:
        """Write a line, and start anew."""
        run.log(step, **{name: float(np.mean(values)) for name, values in self._values.items()})
        self._values.clear()


def record(
    system: str, data: Sequence[Path], config: Any, hashes: Mapping[str, str], terms: Iterable[str], **learnt: Any
) -> dict[str, Any]:
    """The configuration beside a run's weights.

    Args:
        data: the sources that were learnt from.
        config: the recipe's, whole.
        hashes: name of each source to the hash of its split.
        terms: those of the sources.
        learnt: what builds the network, what it goes with, and how good it is.
    """
    return {
        "system": system, "domain": domain(data), **learnt, "trained_on": dict(hashes),
        "terms": " ".join(dict.fromkeys(filter(None, terms))), "settings": asdict(config),
    }  # fmt: skip


def check_unseen(weights: Weights, hashes: Mapping[str, str]) -> None:
    """Refuse to evaluate on the test part of another split than weights were trained on.

    Args:
        hashes: name of each source to the hash of its split.

    Raises:
        UsageError: a source was split otherwise.
    """
    trained = weights.config.get("trained_on", {})
    for name, hash in hashes.items():
        if trained.get(name, hash) != hash:
            raise UsageError(
                f"{weights.name} was trained on split {trained[name]} of {name}, this is {hash}, and its test part may "
                "hold what was trained on: give the data as it was or, if it is new, --split all"
            )
