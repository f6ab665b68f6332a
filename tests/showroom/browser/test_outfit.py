"""The outfit board: from nothing to a whole outfit, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from playwright.sync_api import expect

PUT = re.compile("^Put .* on the outfit board$")
TAKE_OFF = re.compile("^Take .* off the outfit board$")


def board(page):
    return page.locator(".lay")


def pieces(page):
    return board(page).locator(".lay-item")


def stock(page):
    return page.locator(".stock .card")


def answers(page):
    return page.locator(".suited")


def begin(page, number=0):
    """The board with an outfit of the shop's on it."""
    page.goto("/?room=outfit")
    page.get_by_role("button", name=re.compile("^Begin with")).nth(number).click()
    expect(pieces(page).first).to_be_visible()


def with_one(page):
    """The board with one product on it: the first that is offered."""
    page.goto("/?room=outfit")
    stock(page).first.get_by_role("button", name=PUT).click()
    expect(pieces(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("board="))


def prices(page):
    texts = pieces(page).locator(".price").all_inner_texts()
    return sum(float(text.replace(",", "")) for text in texts if text)


def test_an_empty_board_invites(page, axe, shot):
    page.goto("/?room=outfit")
    expect(page.get_by_text("Your outfit goes here")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Begin with"))).to_have_count(3)
    expect(stock(page)).to_have_count(12)
    axe(page)
    shot(page, "outfit-empty")
    first = stock(page).first.get_attribute("data-product")
    page.get_by_role("button", name="Others").click()
    expect(stock(page).first).not_to_have_attribute("data-product", first)


def test_an_outfit_of_the_shop_is_one_click(page, axe, shot):
    begin(page)
    assert pieces(page).count() >= 3
    expect(board(page).get_by_text(f"{pieces(page).count()} items, {prices(page):,.2f}")).to_be_visible()
    axe(page)
    shot(page, "outfit")
    page.reload()
    expect(pieces(page).first).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("Your outfit goes here")).to_be_visible()


def test_products_are_dragged_onto_the_board_and_taken_off(page):
    page.goto("/?room=outfit")
    expect(stock(page)).to_have_count(12)
    first = stock(page).first.inner_text()
    stock(page).nth(1).drag_to(board(page))
    expect(pieces(page)).to_have_count(1)
    expect(stock(page).first).not_to_have_text(
        first
    )  # what goes with it comes in front; a card that moves can't be dragged
    stock(page).nth(2).drag_to(board(page))
    expect(pieces(page)).to_have_count(2)
    pieces(page).first.hover()
    pieces(page).first.get_by_role("button", name=TAKE_OFF).click()
    expect(pieces(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"^[^&]*\?room=outfit&board=[^&]+$"))


def test_a_category_is_asked_for_and_put_on(page, axe, shot):
    with_one(page)
    wanted = page.locator(".questions").get_by_role("button").nth(1)
    category = wanted.inner_text()
    wanted.click()
    expect(answers(page).get_by_role("heading", name=category, exact=True)).to_be_visible()
    expect(answers(page).get_by_text(re.compile("^goes with the ")).first).to_be_visible()
    expect(page).to_have_url(re.compile("want="))
    axe(page)
    shot(page, "outfit-category")
    link = page.url
    answers(page).get_by_role("button", name=PUT).first.click()
    expect(pieces(page)).to_have_count(2)
    expect(answers(page)).to_be_empty()
    expect(page.locator(".questions").get_by_role("button", name=category, exact=True)).to_have_count(0)
    page.goto(link)
    expect(answers(page).get_by_role("heading", name=category, exact=True)).to_be_visible()


def test_the_whole_outfit_is_put_on_at_once(page, axe, shot):
    with_one(page)
    page.get_by_role("button", name="The whole outfit").click()
    look = answers(page).locator(".look").first
    expect(look).to_be_visible()
    items = look.locator(".card").count()
    assert items >= 2
    expect(look.get_by_text("together")).to_be_visible()
    axe(page)
    shot(page, "outfit-whole")
    look.get_by_role("button", name="Put all on the board").click()
    expect(pieces(page)).to_have_count(1 + items)
    expect(board(page).get_by_text(f"{1 + items} items, {prices(page):,.2f}")).to_be_visible()


def test_an_item_is_swapped_in_its_place(page, axe, shot):
    begin(page)
    count, last = pieces(page).count(), pieces(page).last
    before, title = last.locator("[data-act=open]").get_attribute("data-id"), last.get_by_role("heading").inner_text()
    last.hover()
    last.get_by_role("button", name=re.compile("^Swap")).click()
    expect(answers(page).get_by_role("heading", name=re.compile("^Instead of the"))).to_be_visible()
    axe(page)
    shot(page, "outfit-swap")
    answers(page).get_by_role("button", name=PUT).first.click()
    expect(pieces(page).last.locator("[data-act=open]")).not_to_have_attribute("data-id", before)
    expect(pieces(page)).to_have_count(count)
    expect(board(page).get_by_role("button", name=f"Open {title}", exact=True)).to_have_count(0)
    answers(page).get_by_role("button", name=PUT).first.click()
    expect(pieces(page)).to_have_count(count)
    page.get_by_role("button", name="Done").click()
    expect(answers(page)).to_be_empty()


def test_a_single_item_is_swapped_for_one_like_it(page):
    with_one(page)
    pieces(page).first.hover()
    before = pieces(page).first.locator("[data-act=open]").get_attribute("data-id")
    pieces(page).first.get_by_role("button", name=re.compile("^Swap")).click()
    answers(page).get_by_role("button", name=PUT).first.click()
    expect(pieces(page).first.locator("[data-act=open]")).not_to_have_attribute("data-id", before)


def test_what_cannot_be_asked_is_explained(page):
    with_one(page)
    page.goto(f"{page.url}&want=hovercraft")
    expect(page.get_by_role("alert").get_by_text('No category "hovercraft" in this shop')).to_be_visible()
    page.goto(page.url.replace("hovercraft", "all") + "&board=nothing-like-it")
    expect(page.get_by_text("1 of this outfit is no longer in the shop.")).to_be_visible()
    expect(answers(page).get_by_role("heading").first).to_be_visible()


def test_the_link_is_copied(open_page, showroom):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    begin(page)
    expect(page).to_have_url(re.compile("board="))
    board_of = re.findall("board=[^&]+", page.url)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("The link is copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(showroom)
    assert re.findall("board=[^&]+", link) == board_of
    other = open_page()
    other.goto(link)
    expect(pieces(other)).to_have_count(len(board_of))


def test_without_a_clipboard_the_link_is_shown(page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    begin(page)
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_label("The link to this outfit")
    expect(field).to_have_value(re.compile("room=outfit&board="))
    assert page.evaluate("getSelection().toString()") == field.input_value()


def test_the_outfit_is_downloaded_as_a_picture(page, tmp_path):
    begin(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "outfit.png"
    download.value.save_as(tmp_path / "outfit.png")
    with Image.open(tmp_path / "outfit.png") as image:
        assert image.width > 1000


def test_two_browsers_have_boards_of_their_own(open_page):
    here, there = open_page(), open_page()
    begin(here, 0)
    begin(there, 1)
    ids = [
        [one.get_attribute("data-id") for one in pieces(page).locator("[data-act=open]").all()]
        for page in (here, there)
    ]
    assert ids[0] != ids[1]
    here.get_by_role("button", name="The whole outfit").click()
    there.locator(".questions").get_by_role("button").nth(1).click()
    expect(answers(here).get_by_role("heading", name="The whole outfit")).to_be_visible()
    expect(answers(there).get_by_text(re.compile("^goes with the ")).first).to_be_visible()
    expect(answers(there).get_by_role("heading", name="The whole outfit")).to_have_count(0)
    here.get_by_role("button", name="Start over").click()
    expect(pieces(here)).to_have_count(0)
    expect(pieces(there)).to_have_count(len(ids[1]))
    still = [one.get_attribute("data-id") for one in pieces(there).locator("[data-act=open]").all()]
    assert still == ids[1]


def test_by_keyboard_alone(page):
    page.goto("/?room=outfit")
    start = page.get_by_role("button", name=re.compile("^Begin with")).first
    start.focus()
    page.keyboard.press("Enter")
    expect(pieces(page).first).to_be_visible()
    count = pieces(page).count()
    swap = pieces(page).first.get_by_role("button", name=re.compile("^Swap"))
    swap.focus()
    expect(swap).to_be_visible()
    page.keyboard.press("Space")
    expect(answers(page).get_by_role("heading").first).to_be_visible()
    expect(swap).to_be_focused()
    page.keyboard.press("Tab")
    expect(pieces(page).first.get_by_role("button", name=TAKE_OFF)).to_be_focused()
    page.keyboard.press("Enter")
    expect(pieces(page)).to_have_count(count - 1)


def test_to_the_try_on_room(page):
    begin(page)
    away = page.get_by_role("button", name="Try it on", exact=True)
    if not away.count():
        pytest.skip("this showroom has no try-on room")
    away.click()
    expect(page).to_have_url(re.compile("room=tryon"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone(open_page, axe, shot, theme):
    size = {"width": 390, "height": 844}
    phone = open_page(size, has_touch=True, is_mobile=True, device_scale_factor=2, color_scheme=theme)
    phone.goto("/?room=outfit")
    expect(stock(phone)).to_have_count(12)
    shot(phone, f"outfit-phone-empty-{theme}")
    phone.get_by_role("button", name=re.compile("^Begin with")).nth(2).tap()
    expect(pieces(phone).first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing scrolls sideways"
    small = phone.eval_on_selector_all(
        ".outfit button",
        "all => all.filter(one => one.offsetHeight && one.offsetHeight < 40).map(one => one.outerHTML)",
    )
    assert small == [], "fingers are not small"
    axe(phone)
    shot(phone, f"outfit-phone-{theme}")
    phone.get_by_role("button", name="The whole outfit").tap()
    put = phone.get_by_role("button", name="Put all on the board").or_(answers(phone).get_by_role("button", name=PUT))
    expect(put.first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing scrolls sideways"
    shot(phone, f"outfit-phone-whole-{theme}")
    count = pieces(phone).count()
    put.last.tap()
    expect(pieces(phone)).not_to_have_count(count)
