"""Times of a call and of its floor, measured in turns so that noise hits both, and shops to measure."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from modiste.encoders import Encoder
from modiste.lab.measures import bench_result
from modiste.shop import Shop, open_shop


@dataclass(frozen=True)
class Timing:
    """Milliseconds of a call, and of the least that its answer could take."""

    p50: float
    p95: float
    floor: float

    @property
    def ratio(self) -> float:
        """Median over the floor's median."""
        return self.p50 / self.floor

    def result(
        self,
        verb: str,
        sizes: Sequence[Mapping[str, Any]],
        ratio: float | None = None,
        peak_mib: float | None = None,
    ) -> dict[str, Any]:
        """The contents of a bench file.

        Args:
            sizes: one entry for every size that was measured.
            ratio: in place of this timing's own.
            peak_mib: largest resident memory, in place of this process's.
        """
        return bench_result(
            verb=verb,
            p50_ms=self.p50,
            p95_ms=self.p95,
            floor_ms=self.floor,
            ratio=self.ratio if ratio is None else ratio,
            peak_mib=_peak_mib() if peak_mib is None else peak_mib,
            sizes=sizes,
        )


def in_turns(call: Callable[[int], object], floor: Callable[[int], object], rounds: int, warm_up: int = 3) -> Timing:
    """Call both with the number of the round, each one first in every other round."""
    times = all_in_turns({"floor": floor, "call": call}, rounds, warm_up)
    p50, p95 = np.quantile(times["call"], [0.5, 0.95])
    return Timing(float(p50), float(p95), float(np.median(times["floor"])))


def all_in_turns(ways: Mapping[str, Callable[[int], object]], rounds: int, warm_up: int = 3) -> dict[str, list[float]]:
    """Milliseconds of each way in each round; another one comes first every time, so that noise hits all.

    Args:
        ways: name to what is called with the number of the round.
        warm_up: rounds before those that count.
    """
    names = list(ways)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            seconds = timed(partial(ways[name], number % rounds))
            if number >= 0:
                times[name].append(1000 * seconds)
    return times


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _peak_mib() -> float:
    """The process's largest resident memory so far, in MiB."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def shop_to_measure(
    shop: Path | None, folder: Path, data: Path | None, encoder: str | Encoder | None, **networks: Any
) -> Shop:
    """Open a shop, or index a catalogue into a new one in a folder.

    Args:
        shop: the one to open, if any.
        data: the catalogue; by default the drawn boutique.
        encoder: of a new shop; the photos' by default, the drawings' for the boutique.
        networks: of `open_shop`, such as `refiner`.
    """
    if shop is not None:
        return open_shop(shop, **networks)
    if data is None:
        from modiste.boutique import make

        data, encoder = folder / "boutique", encoder or "encoder-boutique"
        make(data, seed=0)
    opened = open_shop(folder / "shop", encoder=encoder, create=True, **networks)
    opened.add(data)
    return opened
