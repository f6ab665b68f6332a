"""The wall: from the first sight of it to a product on the board."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


def cards(page):
    return page.locator(".grid .card")


def test_the_first_page_is_there_at_once_and_open_to_all(page, axe, shot):
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Modiste")
    expect(page.locator(".count", has_text="150 products")).to_be_visible()
    axe(page)
    shot(page, "wall")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_light_and_dark(open_page, axe, shot, theme):
    page = open_page(color_scheme=theme)
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    axe(page)
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    axe(page)
    page.reload()
    expect(cards(page).first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before, "the choice is remembered"


def test_more_comes_as_one_scrolls(page):
    page.goto("/")
    expect(cards(page)).to_have_count(24)
    page.mouse.wheel(0, 4000)
    expect(cards(page)).to_have_count(48)
    for _ in range(12):
        page.mouse.wheel(0, 5000)
        page.wait_for_timeout(150)
    expect(cards(page)).to_have_count(150)
    ids = page.eval_on_selector_all(".card", "all => all.map(one => one.dataset.product)")
    assert len(set(ids)) == 150
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_words_filters_and_the_link_that_brings_them_back(page, open_page):
    page.goto("/")
    page.get_by_role("searchbox").fill("blue jeans")
    page.keyboard.press("Enter")
    expect(page.get_by_text("nearest to “blue jeans” first")).to_be_visible()
    category = page.get_by_label("Category")
    category.select_option(index=1)
    expect(page).to_have_url(re.compile("category="))
    chosen = category.input_value()
    page.get_by_label("Price").select_option("100")
    expect(page).to_have_url(re.compile("under=100"))
    other = open_page()
    other.goto(page.url)
    expect(cards(other).first).to_be_visible()
    expect(cards(page)).to_have_count(cards(other).count())
    script = "all => all.map(one => one.dataset.product)"
    assert other.eval_on_selector_all(".card", script) == page.eval_on_selector_all(".card", script)
    expect(other.get_by_label("Category")).to_have_value(chosen)
    expect(other.get_by_role("searchbox")).to_have_value("blue jeans")
    other.get_by_role("button", name="Show all").click()
    expect(other.locator(".count", has_text="150 products")).to_be_visible()
    expect(other.get_by_role("searchbox")).to_have_value("")


@pytest.mark.parametrize("text", ["qwzx", "красное платье", "👗", "<img src=x onerror=alert(1)>", "' OR 1=1 --"])
def test_any_text_is_answered_or_explained(page, text):
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    page.get_by_role("searchbox").fill(text)
    page.keyboard.press("Enter")
    answer = page.get_by_text("first").or_(page.get_by_role("alert").get_by_text(re.compile("known")))
    expect(answer.first).to_be_visible()
    assert page.locator("img[onerror]").count() == 0


def test_a_product_opens_in_place(page, axe, shot):
    page.goto("/")
    cards(page).first.get_by_role("button", name=re.compile("^Open")).click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading")).to_be_visible()
    expect(page).to_have_url(re.compile("open="))
    axe(page)
    shot(page, "product")
    sheet.get_by_role("button", name="Put on the outfit board").click()
    expect(sheet.get_by_role("button", name="Take off the outfit board")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page).not_to_have_url(re.compile("open="))
    expect(page).to_have_url(re.compile("board="))


def test_back_closes_a_product(page):
    page.goto("/")
    cards(page).nth(2).get_by_role("button", name=re.compile("^Open")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(cards(page).first).to_be_visible()


def test_more_like_this(page):
    page.goto("/")
    cards(page).first.get_by_role("button", name=re.compile("^Open")).click()
    page.get_by_role("button", name="More like this").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text("nearest to")).to_be_visible()
    expect(page).to_have_url(re.compile("like="))


def test_products_are_dragged_to_the_tray_or_clicked(page):
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    cards(page).nth(1).drag_to(page.get_by_role("complementary", name="Outfit board"))
    expect(page).to_have_url(re.compile("board="))
    third = cards(page).nth(3)
    third.hover()
    third.get_by_role("button", name=re.compile("^Put")).click()
    expect(third.get_by_role("button", name=re.compile("^Take"))).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Complete this outfit (2)")).to_be_visible()
    third.get_by_role("button", name=re.compile("^Take")).click()
    expect(page.get_by_role("button", name="Complete this outfit (1)")).to_be_visible()


def test_by_keyboard_alone(page):
    page.goto("/")
    expect(cards(page).first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the products")).to_be_focused()
    add = cards(page).first.get_by_role("button", name=re.compile("^Put"))
    add.focus()
    page.keyboard.press("Space")
    expect(cards(page).first.get_by_role("button", name=re.compile("^Take"))).to_be_focused()
    cards(page).first.get_by_role("button", name=re.compile("^Open")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_on_a_phone(phone, axe, shot):
    phone.goto("/")
    expect(cards(phone).first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing scrolls sideways"
    axe(phone)
    shot(phone, "wall-phone")
    cards(phone).first.get_by_role("button", name=re.compile("^Put")).tap()
    expect(phone.get_by_role("button", name="Complete this outfit (1)")).to_be_visible()
    cards(phone).first.get_by_role("button", name=re.compile("^Open")).tap()
    expect(phone.get_by_role("dialog")).to_be_visible()
    shot(phone, "product-phone")
