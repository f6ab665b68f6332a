"""A run's folder with its checkpoint and log, and the moving average of the weights, which is what ships."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import nn

from modiste.errors import UsageError
from modiste.lab.training.ranks import Group

Item = TypeVar("Item")
Network = TypeVar("Network", bound=nn.Module)
SAVE_EVERY_SECONDS = 120.0


class Average(Generic[Network]):
    """Exponential moving average (Polyak and Juditsky, 1992) of parameters and buffers.

    The decay rises from 0 to `decay` over the first steps, so that the random start is forgotten.
    """

    def __init__(self, network: Network, decay: float = 0.999) -> None:
        self.network: Network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network after step number `step`, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        ours, theirs = self.network.state_dict(), network.state_dict()
        for name, value in ours.items():
            if value.is_floating_point():
                value.lerp_(theirs[name], 1 - decay)
            else:
                value.copy_(theirs[name])


class Run:
    """The folder of a run, from which it resumes after any stop.

    Every step seeds torch by its own number, and batches are functions of the step. So weights, moments, average and
    the step are all that a checkpoint must hold for a resumed run to end in the same bits.
    """

    def __init__(self, folder: Path, *, seed: int = 0, resume: bool = False, settings: dict[str, Any] | None = None):
        self.folder, self.seed, self.group = folder, seed, Group.join()
        self.step = 0
        self._checkpoint = folder / "checkpoint.pt"
        self._settings = json.loads(json.dumps(settings or {}))
        self._saved_at = time.monotonic()
        self._lock = FileLock(folder / "lock", timeout=0)
        if self._checkpoint.exists() and not resume:
            raise UsageError(f"{folder} holds a run already; give --resume to go on with it, or another --out")
        folder.mkdir(parents=True, exist_ok=True)

    def resume(self, network: nn.Module, average: Average[Any], optimiser: torch.optim.Optimizer) -> None:
        """Load the checkpoint if there is one.

        Raises:
            UsageError: it was written with other settings.
        """
        if not self._checkpoint.exists():
            return
        state = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        changed = [key for key, value in state["settings"].items() if self._settings.get(key) != value]
        if changed:
            before, now = state["settings"][changed[0]], self._settings.get(changed[0])
            raise UsageError(
                f"{self.folder} was trained with {changed[0]} {before}, not {now}; resume with what it had"
            )
        network.load_state_dict(state["network"])
        average.network.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]

    def save(self, network: nn.Module, average: Average[Any], optimiser: torch.optim.Optimizer, step: int) -> None:
        """Write the state after `step` steps; a stop while it is written leaves the one before it."""
        self._saved_at = time.monotonic()
        if not self.group.leads:
            return
        state = {
            "network": network.state_dict(),
            "average": average.network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "settings": self._settings,
        }
        half = self._checkpoint.with_suffix(".half")
        torch.save(state, half)
        half.replace(self._checkpoint)

    @property
    def save_due(self) -> bool:
        """True if `SAVE_EVERY_SECONDS` have passed since the last checkpoint."""
        return time.monotonic() - self._saved_at > SAVE_EVERY_SECONDS

    def seed_step(self, step: int) -> np.random.Generator:
        """Seed torch by the run's seed, the step and the process, and return a numpy generator of the same."""
        key = [self.seed, step, self.group.rank]
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1))
        return np.random.default_rng(key)

    def log(self, step: int, **values: float) -> None:
        """Add a line to `log.jsonl`."""
        if self.group.leads:
            line = {"step": step, **{name: round(float(value), 5) for name, value in values.items()}}
            with (self.folder / "log.jsonl").open("a") as stream:
                stream.write(json.dumps(line) + "\n")

    def progress(self, items: Iterable[Item], total: int, description: str) -> Iterator[Item]:
        """The items with a bar on stderr, where rich is installed; meanwhile the folder is this process's alone.

        Raises:
            UsageError: another process trains in the folder.
        """
        if not self.group.leads:
            yield from items
            return
        try:
            self._lock.acquire()
        except Timeout:
            raise UsageError(f"another process trains in {self.folder}; wait for it, or give another --out") from None
        with suppress(ImportError):  # a bare GPU machine
            from rich.console import Console
            from rich.progress import track

            items = track(items, description, total=total, console=Console(stderr=True), update_period=0.5)
        try:
            yield from items
        finally:
            self._lock.release()
