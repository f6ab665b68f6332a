"""How long a visitor waits for the showroom's first page, in a real browser."""

from __future__ import annotations

import os
import shutil
import time
from statistics import median

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VISITS = 5
"""Each by a browser that has seen nothing of it."""


def browser_path() -> str | None:
    """Where Chromium is, if it is anywhere; MODISTE_BROWSER names one."""
    named = os.environ.get("MODISTE_BROWSER")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


def first_page(port: int) -> float | None:
    """Seconds from the address to the first products, the median of some visits.

    Returns:
        Nothing where there is no Chromium, or no Playwright to drive it.
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
        for _ in range(VISITS):
            page = chromium.new_context().new_page()
            started = time.perf_counter()
            page.goto(f"http://127.0.0.1:{port}/")
            page.locator(".card").first.wait_for()
            seconds.append(time.perf_counter() - started)
            page.context.close()
    return median(seconds)
