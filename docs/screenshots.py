"""Photographs the showroom for the README: one picture of each verb, of the boutique that `modiste demo` draws.

Run it through `make screenshots`; it takes Chromium.
"""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from PIL import Image

from modiste.lab.bench.service import browser_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

PICTURES = Path(__file__).resolve().parent / "images"
WINDOW = {"width": 1280, "height": 860}
MODISTE = Path(sys.executable).with_name("modiste")


def main() -> None:
    """Draw the boutique, open its showroom and photograph it."""
    browser = browser_path()
    if browser is None:
        sys.exit("the showroom is photographed with Chromium: apt-get install chromium, or name one in MODISTE_BROWSER")
    with TemporaryDirectory() as folder:
        command = [MODISTE, "demo", "--out", folder, "--port", "0", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
            assert demo.stdout is not None
            said = ""
            while not said.endswith("}\n"):
                said += demo.stdout.readline()
            try:
                photograph(json.loads(said)["url"], browser)
            finally:
                demo.send_signal(signal.SIGTERM)


def photograph(address: str, browser: str) -> None:
    """Every picture, in a window of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for name, walk in WALKS.items():
            page = chromium.new_page(viewport=WINDOW, base_url=address)  # type: ignore[arg-type]
            page.set_default_timeout(20_000)
            page.goto("/")
            page.locator(".card img").first.wait_for()
            walk(page)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1000)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.save(PICTURES / f"showroom-{name}.jpg", quality=88, optimize=True)
            page.close()


def refine(page: Page) -> None:
    """A product that is searched for, and two turns."""
    _search(page, "floral dress")
    page.locator(".card .shot").first.click()
    page.get_by_role("button", name="Change something").click()
    for text in ("in navy blue", "with stripes"):
        field = page.locator(".room.refine input[type=text], .room.refine input.field").first
        field.fill(text)
        field.press("Enter")
        page.get_by_role("button", name=text).first.wait_for()
        page.wait_for_timeout(1500)


def outfit(page: Page) -> None:
    """A starter outfit without its shoes, and which would go with it."""
    page.get_by_role("navigation").get_by_role("button", name="Outfit").click()
    page.get_by_role("button", name="Begin with").first.click()
    page.get_by_role("button", name="Swap").nth(1).click()


def tryon(page: Page) -> None:
    """What is on the board, on a model, refined."""
    asked = [
        {"text": text, "where": "gender = 'Women'", "k": 1} for text in ("turtleneck", "checked trousers", "handbag")
    ]
    found = [page.request.post("/v1/search", data=one).json()["hits"][0]["id"] for one in asked]
    page.goto(f"/?room=tryon&{urlencode({'board': found}, doseq=True)}")
    page.get_by_text("Refined.").wait_for(timeout=60_000)


def imagine(page: Page) -> None:
    """A picture that grows with the words."""
    page.get_by_role("navigation").get_by_role("button", name="Imagine").click()
    page.get_by_label("A garment, word by word").press_sequentially("men's light denim jeans", delay=30)
    page.locator(".imagine .card").first.wait_for()


def _search(page: Page, text: str) -> None:
    field = page.get_by_role("searchbox")
    field.fill(text)
    field.press("Enter")
    page.get_by_text("nearest to").first.wait_for()


WALKS: dict[str, Callable[[Page], None]] = {"refine": refine, "outfit": outfit, "tryon": tryon, "imagine": imagine}
"""Name of a picture to the way there."""


if __name__ == "__main__":
    main()
