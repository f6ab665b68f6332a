"""Imagine: from a word to a picture, and from the picture to products."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_strip_grows_with_the_words(request, kind, axe, shot):
    page = request.getfixturevalue(kind)
    page.goto("/")
    page.get_by_role("navigation").get_by_role("button", name="Imagine").click()
    expect(page.get_by_role("button", name=re.compile("petite capri"))).to_be_visible()
    axe(page)
    field = page.get_by_label("A garment, word by word")
    field.press_sequentially("women's black", delay=20)
    strip = page.get_by_role("list", name="Pictures, word by word").get_by_role("listitem")
    expect(strip).to_have_count(2)
    field.press_sequentially(" pants capri", delay=20)
    expect(strip).to_have_count(4)
    expect(strip.last).to_contain_text("capri")
    expect(page.get_by_text("Drawn by a network")).to_be_visible()
    expect(page.locator(".found .card").first).to_be_visible()
    expect(field).to_be_focused()
    expect(page).to_have_url(re.compile(r"words=women%27s\+black\+pants\+capri"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    shot(page, f"imagine-{kind}")


def test_the_link_brings_the_pictures_back(page, open_page):
    page.goto("/?room=imagine")
    page.get_by_role("button", name=re.compile("light denim jeans")).click()
    expect(page.get_by_role("list", name="Pictures")).to_be_visible()
    page.get_by_role("button", name="Another one").click()
    expect(page).to_have_url(re.compile("seed=12"))
    page.wait_for_timeout(800)
    other = open_page()
    other.goto(page.url)
    expect(other.get_by_role("list", name="Pictures")).to_be_visible()
    expect(other.get_by_label("A garment, word by word")).to_have_value("men's light denim jeans")
    assert picture(page) == picture(other)


def test_pictures_say_that_a_network_made_them(page):
    page.goto("/?room=imagine&words=black+jeans")
    expect(page.get_by_role("list", name="Pictures")).to_be_visible()
    with Image.open(io.BytesIO(picture(page))) as file:
        assert file.info["Source"] == "Made by a neural network: imagine-boutique"


def test_words_that_mean_nothing_and_garments_that_were_never_learnt(page):
    page.goto("/?room=imagine&words=black+qwzx+jeans")
    expect(page.get_by_text("qwzx")).to_be_visible()
    field = page.get_by_label("A garment, word by word")
    field.fill("a red sofa cushion dress")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("never learnt")


def test_the_picture_goes_on_to_refine(page):
    page.goto("/?room=imagine&words=black+jeans")
    page.get_by_role("button", name="Change something").click()
    expect(page).to_have_url(re.compile("room=refine"))


def picture(page) -> bytes:
    """The last picture's file."""
    address = page.locator(".frames img").last.get_attribute("src")
    return page.request.get(address).body()
