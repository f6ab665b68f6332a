"""`modiste doctor`: check this machine and what is installed."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import typer

from modiste.cli import output
from modiste.cli.options import Json
from modiste.errors import ModisteError

PACKAGES = ("torch", "onnxruntime", "lancedb", "numpy", "pillow", "transformers", "resvg-py")
SHIPPED = ("encoder-boutique", "encoder-photos")
"""Weights that belong to a release."""
LEAST_FREE_GIB = 2.0
"""Room for a shop of a million products and for caches."""


@dataclass(frozen=True)
class Check:
    """Result of one check."""

    name: str
    found: str
    remedy: str = ""
    """Advice; empty when all is well."""


def doctor(as_json: Json = False) -> None:
    """Check this machine and what is installed.

    Versions, weights, speed and disk: what is missing and what to do about it. Exit code 1 if something is.
    """
    checks = list(_checks())
    if as_json:
        output.emit([asdict(check) for check in checks])
    else:
        _show(checks)
    if any(check.remedy for check in checks):
        raise typer.Exit(1)


def _show(checks: list[Check]) -> None:
    widest = max(len(check.name) for check in checks)
    for check in checks:
        mark = "[red]✗[/]" if check.remedy else "[green]✓[/]"
        output.say(f"{mark} {check.name:{widest}}  {output.escape(check.found)}")
        if check.remedy:
            output.say(f"  {'':{widest}}  [yellow]{output.escape(check.remedy)}[/]")


def _checks() -> Iterator[Check]:
    yield Check("modiste", f"{metadata.version('modiste')} on Python {platform.python_version()}, {sys.platform}")
    for package in PACKAGES:
        yield _package(package)
    yield from _no_torchvision()
    yield Check("processor", f"{os.cpu_count()} cores")
    for name in SHIPPED:
        yield _shipped(name)
    yield _guarded("words", _words)
    yield _guarded("speed", _speed)
    yield _disk()


def _package(name: str) -> Check:
    try:
        return Check(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Check(name, "missing", f"run: {sys.executable} -m pip install {name}")


def _no_torchvision() -> Iterator[Check]:
    """A torchvision that doesn't fit this torch breaks transformers by its mere presence."""
    try:
        found = metadata.version("torchvision")
    except metadata.PackageNotFoundError:
        return
    try:
        import torchvision  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    except (ImportError, RuntimeError) as error:
        remedy = f"Modiste doesn't need it; run: {sys.executable} -m pip uninstall torchvision"
        yield Check("torchvision", f"{found} does not fit this torch ({str(error).splitlines()[0]})", remedy)


def _words() -> str:
    """MiniLM from its package, with its checksum looked at."""
    from modiste.encoders.pipeline import MiniLM

    MiniLM().states(["dress"])
    return "MiniLM, as published"


def _shipped(name: str) -> Check:
    from modiste.weights import available

    found = [weights.revision for weights in available() if weights.name == name]
    return Check(name, found[0]) if found else Check(name, "missing", "install Modiste again")


def _guarded(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, look())
    except ModisteError as error:
        return Check(name, "failed", str(error))


def _speed() -> str:
    """Photos per second of the default encoder, over a second or so."""
    import numpy as np

    from modiste.encoders import load_encoder

    encoder = load_encoder()
    photos = np.zeros((32, *encoder.size, 3), np.uint8)
    encoder.encode_images(photos)
    start, rounds = time.perf_counter(), 0
    while (seconds := time.perf_counter() - start) < 0.5:
        encoder.encode_images(photos)
        rounds += 1
    return f"{rounds * len(photos) / seconds:,.0f} photos/s with {encoder.name}@{encoder.revision}"


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    remedy = "" if free >= LEAST_FREE_GIB else f"make room: at least {LEAST_FREE_GIB:.0f} GiB"
    return Check("disk", f"{free:,.0f} GiB free here", remedy)
