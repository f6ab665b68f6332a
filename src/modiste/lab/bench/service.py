"""A service in a process of its own, to be measured."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from modiste.errors import ModisteError

PATIENCE = 300
"""Seconds until a service that isn't ready is given up."""

GRACE = 30
"""Seconds until a service that doesn't end is killed."""


@dataclass(frozen=True)
class Served:
    """A service in a process of its own."""

    port: int
    pid: int
    ready_s: float
    """From the start of the process until it took requests."""


def serve_command(shop: Path) -> list[str]:
    """Starts `modiste serve` on any free port; says where as JSON."""
    own = [sys.executable, "-c", "from modiste.cli import main; main()"]
    return [*own, "serve", "--shop", str(shop), "--showroom", "--port", "0", "--json"]


@contextmanager
def served(command: Sequence[str], folder: Path) -> Iterator[Served]:
    """A service that is ready, until the end of the block; everybody may ask it.

    Args:
        command: prints its `url` as JSON.
        folder: for what it prints.

    Raises:
        ModisteError: it ended, or wasn't ready in time.
    """
    said, errors = folder / "service.json", folder / "service.log"
    started = time.perf_counter()
    with said.open("w") as out, errors.open("w") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=os.environ | {"MODISTE_READ_KEYS": ""})
    try:
        while not (port := _ready_port(said)):
            if process.poll() is not None or time.perf_counter() > started + PATIENCE:
                why = errors.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
                raise ModisteError(f"the service wasn't ready after {time.perf_counter() - started:.0f} s: {why[0]}")
            time.sleep(0.05)
        yield Served(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peak_of(pid: int) -> float:
    """A process's largest resident memory so far, in MiB; what it has now where the system doesn't keep that."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        said = dict(line.partition(":")[::2] for line in status.read_text().splitlines())
        return int(said["VmHWM"].split()[0]) / 1024
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) / 1024


def _ready_port(said: Path) -> int:
    """Where a service takes requests; 0 if it doesn't yet."""
    try:
        port = int(json.loads(said.read_text())["url"].rpartition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            return port if connection.getresponse().status == 200 else 0
    except (OSError, ValueError, http.client.HTTPException):
        return 0
