"""Parts of every recipe: preset, device, batches, learning rates, optimiser's step, record, and the check of splits.

The loops themselves stay in the recipes: `lab/SYSTEM/train.py` shows the whole of each.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modiste.errors import UsageError, unknown
from modiste.lab.datasets import domain
from modiste.lab.training.ranks import Group
from modiste.lab.training.run import Run
from modiste.weights import Weights

Config = TypeVar("Config")
"""A recipe's `TrainConfig`, a frozen dataclass with a field `seed`."""

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # from glibc's malloc.h


def setup(presets: Mapping[str, Config], preset: str, seed: int, device: str) -> tuple[Config, torch.device]:
    """The configuration and the device of a run.

    Args:
        preset: a name in `presets`.
        seed: of the order of the examples, their augmentation and the network's start.
        device: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: no such preset or device.
    """
    keep_memory()
    if preset not in presets:
        raise unknown("preset", preset, presets)
    return replace(presets[preset], seed=seed), pick_device(device)  # type: ignore[type-var]


def pick_device(name: str) -> torch.device:
    """The device of this name: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: torch knows no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError:
        raise UsageError(f'no device "{name}"; give cpu, cuda or auto') from None


def keep_memory() -> None:
    """Stop glibc from giving every large activation back to the system, which clears it page by page for the next.

    Other C libraries are left as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    mallopt(_ARENA_MAX, 1)


def batches(
    count: int, size: int, steps: range, seed: int, group: Group | None = None
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Number of each step with the rows that this process works on.

    Every epoch is a new permutation; a last batch that isn't full is left out. The same step gives the same rows
    wherever a run starts from. All processes get the same number of rows, which `gather` needs.

    Args:
        count: rows there are.
        size: rows of a step over all processes, rounded up to a multiple of their number; at most `count`.

    Raises:
        UsageError: fewer rows than processes.
    """
    group = group or Group()
    if count < group.size:
        raise UsageError(f"{group.size} processes can't share {count} examples; start at most {count}")
    size = group.size * min(math.ceil(size / group.size), count // group.size)
    per_epoch = count // size
    order, epoch = np.arange(count), -1
    for step in steps:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = np.random.default_rng([seed, epoch]).permutation(count)
        start = step % per_epoch * size
        yield step, order[start : start + size][group.rank :: group.size]


def check_sizes(*, batch_size: int = 2, steps: int = 1) -> None:
    """Refuse batches without negatives, and runs without steps.

    Raises:
        UsageError: fewer than 2 in a batch, or fewer than 1 step.
    """
    if batch_size < 2:
        raise UsageError(f"batch_size must be at least 2, because negatives come from the batch; got {batch_size}")
    if steps < 1:
        raise UsageError(f"there must be at least 1 step; got {steps}")


def set_rates(optimiser: torch.optim.Optimizer, step: int, steps: int, warm_up: int) -> None:
    """Set the learning rates: a linear warm-up to each group's `peak`, then half a cosine down to a hundredth of it.

    A group may have a multiple of that rate, `times`.
    """
    progress = (step - warm_up) / max(1, steps - warm_up)
    for group in optimiser.param_groups:
        if step < warm_up:
            rate = group["peak"] * (step + 1) / warm_up
        else:
            rate = group["peak"] * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
        group["lr"] = group.get("times", 1) * rate


def update(
    loss: Tensor, network: nn.Module, optimiser: torch.optim.Optimizer, run: Run,
    clipped: Sequence[tuple[nn.Module, float]] = (),
) -> None:  # fmt: skip
    """Take a step of the optimiser on the mean of all processes' gradients.

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
    system: str, data: Sequence[Path], config: Any, hashes: Mapping[str, str], terms: Iterable[str], **own: Any
) -> dict[str, Any]:
    """The configuration beside a run's weights.

    Args:
        data: the sources of the training data.
        config: the recipe's, whole.
        hashes: name of each source to the hash of its split.
        terms: those of the sources.
        own: entries of the system itself, such as its encoder and its vocabulary.
    """
    return {
        "system": system, "domain": domain(data), **own, "trained_on": dict(hashes),
        "terms": " ".join(dict.fromkeys(filter(None, terms))), "settings": asdict(config),
    }  # fmt: skip


def check_split(split: str, baselines: bool) -> None:
    """Refuse splits other than `test` and `all`, and baselines that are to learn where nothing is to be learnt from.

    Raises:
        UsageError: no such split, or baselines without a training part.
    """
    if split not in ("test", "all"):
        raise unknown("split", split, ("test", "all"))
    if baselines and split == "all":
        raise UsageError("--baselines learns from the training part, and --split all has none; give --split test")


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
