"""Result files of `modiste evaluate` and `modiste bench`."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from modiste.errors import UsageError

Metrics = Mapping[str, float]

DIRECTIONS: Mapping[str, str] = {
    "fd": "down",
    "kid": "down",
    "perceptual": "down",
    "perceptual_inside": "down",
    "self_perceptual": "down",
    "deltaE": "down",
    "garment_deltaE": "down",
    "drift": "down",
    "noop": "down",
}
"""Direction in which a metric gets better; `up` where it isn't named."""


def mean_of(metrics: Sequence[Metrics]) -> dict[str, float]:
    """The mean of each metric over several seeds."""
    return {name: math.fsum(values[name] for values in metrics) / len(metrics) for name in metrics[0]}


def evaluation_result(
    *,
    system: str,
    data: str | Sequence[str],
    split_hash: str,
    protocol: str,
    models: Mapping[str, Metrics],
    seeds: Sequence[int],
    seconds: float,
    directions: Mapping[str, str] = DIRECTIONS,
) -> dict[str, Any]:
    """Contents of an evaluation file, with ratios and versions.

    Args:
        system: the verb; our model bears it among `models`.
        data: the names of the data sets.
        split_hash: from the split that was evaluated.
        protocol: gallery, queries and exclusions in a sentence.
        models: name to its metrics; all were measured in this run on the same data.
        seeds: every seed that was run.
        seconds: the run's wall time.

    Raises:
        UsageError: ours is missing, or a metric is not a finite number.
    """
    result = {
        "system": system,
        "data": data,
        "split_hash": split_hash,
        "protocol": protocol,
        "models": models,
        "ratios": _ratios(models, system, directions),
        "seeds": seeds,
        "seconds": seconds,
        "versions": _versions(),
    }
    return {key: _plain(value, key) for key, value in result.items()}


def bench_result(
    *,
    verb: str,
    p50_ms: float,
    p95_ms: float,
    floor_ms: float,
    ratio: float,
    peak_mib: float,
    sizes: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Contents of a bench file, with versions.

    Args:
        verb: the verb that was timed.
        p50_ms: median time of one answer.
        p95_ms: time that 95 of 100 answers keep to.
        floor_ms: the least the same answer could take, such as the bare forward pass and matrix product.
        ratio: time over floor; for `index` and `serve` throughput over the reference's throughput.
        peak_mib: largest resident memory.
        sizes: one entry for every size that was measured.
    """
    result = {
        "verb": verb,
        "p50_ms": p50_ms,
        "p95_ms": p95_ms,
        "floor_ms": floor_ms,
        "ratio": ratio,
        "peak_mib": peak_mib,
        "sizes": sizes,
        "versions": _versions(),
    }
    return {key: _plain(value, key) for key, value in result.items()}


def _ratios(
    models: Mapping[str, Metrics], ours: str, directions: Mapping[str, str] = DIRECTIONS
) -> dict[str, float | None]:
    """Each of our metrics over the best baseline's; under 1 is better for metrics that go down.

    A metric that no baseline has gets no ratio; over a best baseline of 0 the ratio is None.

    Raises:
        UsageError: `ours` is not among `models`.
    """
    if ours not in models:
        raise UsageError(f'no model "{ours}" in the results, only {", ".join(models) or "none"}; ours bears the verb')
    baselines = [metrics for name, metrics in models.items() if name != ours]
    quotients = {}
    for metric, value in models[ours].items():
        others = [metrics[metric] for metrics in baselines if metric in metrics]
        if others:
            best = min(others) if directions.get(metric) == "down" else max(others)
            quotients[metric] = value / best if best else None
    return quotients


def _versions() -> dict[str, str]:
    """The versions that decide a number: Python, torch, numpy and Modiste."""
    return {"python": platform.python_version()} | {
        name: metadata.version(name) for name in ("torch", "numpy", "modiste")
    }


def _plain(value: Any, name: str) -> Any:
    """The same value in JSON's types, floats to six significant digits."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner, f"{name}.{key}") for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, name) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UsageError(f"{name} is {value}; a result file holds finite numbers only")
        return float(f"{value:.6g}")
    return value
