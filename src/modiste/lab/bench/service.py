"""A service in a process of its own, to be measured, and a visitor of its first page in a real browser."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from modiste.errors import ModisteError

PATIENCE = 300
"""Seconds until a service that isn't ready is given up."""
_GRACE = 30
"""Seconds until a service that doesn't end is killed."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VISITS = 5
"""Each by a browser without a cache."""


@dataclass(frozen=True)
class _Served:
    """A service in a process of its own."""

    port: int
    pid: int
    ready_s: float
    """From the start of the process until it took requests."""


def serve_command(shop: Path) -> list[str]:
    """Command that starts `modiste serve` on any free port and prints the address as JSON."""
    own = [sys.executable, "-c", "from modiste.cli import main; main()"]
    return [*own, "serve", "--shop", str(shop), "--showroom", "--port", "0", "--json"]


@contextmanager
def served(command: Sequence[str], folder: Path) -> Iterator[_Served]:
    """A service that is ready, until the end of the block; it needs no key.

    Args:
        command: prints its `url` as JSON.
        folder: for its output.

    Raises:
        ModisteError: it ended, or wasn't ready in time.
    """
    output, errors = folder / "service.json", folder / "service.log"
    started = time.perf_counter()
    with output.open("w") as out, errors.open("w") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=os.environ | {"MODISTE_READ_KEYS": ""})
    try:
        while not (port := _ready_port(output)):
            if process.poll() is not None or time.perf_counter() > started + PATIENCE:
                reason = errors.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
                raise ModisteError(f"the service wasn't ready after {time.perf_counter() - started:.0f} s: {reason[0]}")
            time.sleep(0.05)
        yield _Served(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peak_of(pid: int) -> float:
    """A process's largest resident memory so far, in MiB; its present one where the system doesn't keep that."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        fields = dict(line.partition(":")[::2] for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) / 1024
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)])) / 1024


def browser_path() -> str | None:
    """Path of Chromium, if it is installed; MODISTE_BROWSER names one."""
    named = os.environ.get("MODISTE_BROWSER")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _BROWSERS)), None)


def first_page(port: int) -> float | None:
    """Seconds from the address to the first products, the median of five visits.

    Returns:
        None where there is no Chromium, or no Playwright to drive it.
    """
    browser = browser_path()
    if browser is None:
        return None
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    seconds = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for _ in range(_VISITS):
            page = chromium.new_context().new_page()
            started = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/")
            page.locator(".card").first.wait_for()
            seconds.append(time.perf_counter() - started)
            page.context.close()
    return median(seconds)


def _ready_port(output: Path) -> int:
    """Port at which a service takes requests; 0 if it doesn't yet."""
    try:
        port = int(json.loads(output.read_text())["url"].rpartition(":")[2])
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/readyz")
            return port if connection.getresponse().status == 200 else 0
    except (OSError, ValueError, http.client.HTTPException):
        return 0
