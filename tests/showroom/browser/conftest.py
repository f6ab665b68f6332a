"""The showroom of a small boutique in a real browser: Chromium, a desktop's window and a phone's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modiste.lab.bench.service import browser_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

MISSING = "no Chromium here: apt-get install chromium, or name one in MODISTE_BROWSER"
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
QUIET_FAILURES = ("net::ERR_ABORTED",)
"""Of requests that the page itself gave up, such as pictures of a room that was left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them take a browser, which is slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module's tests, each of which has a window of its own.

    Not for longer: while it is there, no test can run an event loop of its own.
    """
    path = browser_path()
    if path is None:
        pytest.skip(MISSING)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """A demo on a port of its own, and what it said when it was open."""
    modiste = str(Path(sys.executable).parent / "modiste")
    command = [modiste, "demo", "--out", str(folder), "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            assert line, f"the demo ended with {process.wait()}: {said}"
            said += line
        yield json.loads(said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0


@pytest.fixture(scope="session")
def showroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a showroom on a boutique of 150 products; MODISTE_SHOWROOM names one that runs already."""
    running = os.environ.get("MODISTE_SHOWROOM")
    if running:
        yield running
        return
    if browser_path() is None:
        pytest.skip(MISSING)
    with running_demo(tmp_path_factory.mktemp("demo"), "--products", "150") as said:
        yield said["url"]


@pytest.fixture
def open_page(chromium: Browser, showroom: str) -> Iterator[Callable[..., Page]]:
    """Opens windows; a test fails on whatever a page complains of.

    Statuses that a test means to see go into the page's list `page.expected`.
    """
    complaints: list[str] = []
    contexts = []

    def opened(viewport: ViewportSize = DESKTOP, **options: Any) -> Page:
        context = chromium.new_context(viewport=viewport, base_url=showroom, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.expected = []  # type: ignore[attr-defined]
        page.set_default_timeout(20_000)

        def console(message: Any) -> None:
            if message.type == "error" and not ("Failed to load resource" in message.text and page.expected):  # type: ignore[attr-defined]
                complaints.append(f"console: {message.text}")

        def answered(response: Any) -> None:
            if response.status >= 400 and response.status not in page.expected:  # type: ignore[attr-defined]
                complaints.append(f"{response.status}: {response.url}")

        page.on("console", console)
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("response", answered)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A desktop's window."""
    return open_page()


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A phone's."""
    return open_page(PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Asserts that nobody is kept out, as far as a program can tell."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        told = [f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]
        assert told == []

    return check


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Saves what is seen, in the folder that SHOTS names, for somebody to look at."""

    def save(page: Page, name: str) -> None:
        if os.environ.get("SHOTS"):
            page.wait_for_timeout(600)
            page.screenshot(path=Path(os.environ["SHOTS"]) / f"{name}.png")

    return save
