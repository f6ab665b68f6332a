"""The try-on room: from a product to a picture, refined and compared, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from modiste.catalog.categories import tryon_region

LONG = 90_000
"""Milliseconds for a refinement on a busy machine."""


def figure(page):
    return page.locator(".compare")


def dressed(page):
    expect(page.locator('.compare[data-dressed="yes"]:not(.busy)')).to_be_visible(timeout=LONG)


def slider(page):
    return page.get_by_label("How much is shown of the photo before")


def pieces(page):
    return page.locator(".rack .piece")


def switches(page):
    return page.get_by_role("switch")


def wear(page, number=0):
    """Open the room with a product of the shop on."""
    page.goto("/?room=tryon")
    page.locator(".first .piece").nth(number).click()
    dressed(page)


def test_an_empty_board_invites(page, axe, shot):
    page.goto("/?room=tryon")
    expect(page.get_by_text("Dress Ines")).to_be_visible()
    expect(page.locator(".first .piece")).to_have_count(3)
    expect(figure(page).get_by_alt_text("Ines, before")).to_be_visible()
    expect(slider(page)).to_be_hidden()
    expect(page.get_by_role("button", name="Omar").locator("img")).to_be_visible(timeout=30_000)
    axe(page)
    shot(page, "tryon-empty")


def test_from_a_product_to_a_refined_picture(page, axe, shot):
    """Open a product, try it on, compare, download."""
    page.goto("/?category=t-shirt")
    page.get_by_role("button", name=re.compile("^Open ")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Try it on").click()
    dressed(page)
    expect(page.get_by_text("Partly drawn by a network")).to_be_visible()
    expect(switches(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_text("Refined.")).to_be_visible(timeout=LONG)
    slider(page).focus()
    for _ in range(4):
        page.keyboard.press("PageUp")
    expect(slider(page)).to_have_value("40")
    assert figure(page).evaluate("figure => getComputedStyle(figure).getPropertyValue('--share')") == "40%"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with Image.open(download.value.path()) as picture:
        assert picture.size == (768, 1024)
        assert picture.info["Source"] == "Partly made by a neural network: tryon-boutique"
    axe(page)
    shot(page, "tryon-refined")


def test_garments_are_switched_added_and_taken_off(page):
    wear(page)
    page.get_by_role("button", name="Shoes").click()
    expect(page.get_by_role("button", name="Shoes")).to_have_attribute("aria-pressed", "true")
    pieces(page).nth(1).click()
    expect(switches(page)).to_have_count(2)
    expect(switches(page).nth(0)).to_be_checked()
    expect(switches(page).nth(1)).to_be_checked()
    dressed(page)
    before = page.locator(".compare .is").get_attribute("src")
    switches(page).nth(1).focus()
    page.keyboard.press("Space")
    expect(switches(page).nth(1)).not_to_be_checked()
    expect(page.locator(".compare .is")).not_to_have_attribute("src", before, timeout=LONG)
    page.get_by_role("button", name=re.compile("^Take .* off the board")).nth(1).click()
    expect(switches(page)).to_have_count(1)


def test_two_tops_are_not_worn_together(page):
    page.goto("/?room=tryon")
    page.get_by_role("button", name="Tops").click()
    pieces(page).nth(0).click()
    expect(switches(page)).to_have_count(1)
    pieces(page).nth(1).click()
    expect(switches(page)).to_have_count(2)
    expect(switches(page).nth(0)).not_to_be_checked()
    expect(switches(page).nth(1)).to_be_checked()
    switches(page).nth(0).click()
    expect(switches(page).nth(0)).to_be_checked()
    expect(switches(page).nth(1)).not_to_be_checked()


def test_refinement_can_be_stopped(page):
    wear(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Refine", exact=True).last).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Not refined.")).to_be_visible()


def test_somebody_else_is_dressed_and_the_link_brings_them_back(page):
    wear(page)
    page.get_by_role("button", name="Zola").click()
    expect(figure(page).get_by_alt_text("Zola, dressed")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile("person=Zola"))
    page.reload()
    dressed(page)
    expect(page.get_by_role("button", name="Zola")).to_have_attribute("aria-pressed", "true")
    expect(figure(page).get_by_alt_text("Zola, dressed")).to_be_visible()


def test_what_cannot_be_worn_says_why(page):
    labels = page.request.get("/v1/facets").json()["category"]
    page.goto(f"/?category={next(label for label in labels if tryon_region(label) is None)}")
    page.get_by_role("button", name=re.compile("^Open ")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Try it on").click()
    expect(page.get_by_text("can't be tried on")).to_be_visible()
    expect(switches(page)).to_have_count(0)


def drawn_photo(tmp_path):
    """A photo of somebody drawn, as a visitor would send it."""
    from modiste.showroom.tryon.people import picture_of

    file = tmp_path / "me.jpg"
    with Image.open(io.BytesIO(picture_of("Freya"))) as image:
        image.convert("RGB").save(file, quality=90)
    return file


def test_a_photo_of_ones_own(page, axe, shot, tmp_path):
    wear(page)
    page.set_input_files("input[type=file][data-room=tryon]", drawn_photo(tmp_path))
    expect(figure(page).get_by_alt_text("You, dressed")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("it isn't kept")).to_be_visible()
    assert "person" not in page.url
    axe(page)
    shot(page, "tryon-own")
    page.get_by_role("button", name="Forget my photo").click()
    expect(figure(page).get_by_alt_text("Ines, dressed")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="You", exact=True)).to_have_count(0)


def test_what_is_no_photo_of_a_person_is_explained(page, tmp_path):
    page.goto("/?room=tryon")
    page.wait_for_selector(".first .piece")
    file = tmp_path / "wall.png"
    Image.fromarray(np.full((300, 200, 3), 120, np.uint8)).save(file)
    page.set_input_files("input[type=file][data-room=tryon]", file)
    expect(page.get_by_role("alert")).to_contain_text("No person was found on the photo")
    (tmp_path / "text.png").write_text("hello")
    page.set_input_files("input[type=file][data-room=tryon]", tmp_path / "text.png")
    expect(page.get_by_role("alert")).to_contain_text("not an image that can be read")


def test_the_camera_is_explained_where_there_is_none(page):
    page.goto("/?room=tryon")
    page.wait_for_selector(".first .piece")
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_role("alert")).to_contain_text("upload a photo instead")


def test_the_camera_takes_a_photo(page):
    """A camera that shows a grey wall: its photo is sent, and nobody is found on it."""
    page.add_init_script("""
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [480, 640];
      const brush = canvas.getContext("2d");
      const draw = () => { brush.fillStyle = "grey"; brush.fillRect(0, 0, 480, 640); };
      draw(); setInterval(draw, 50);
      window.tracks = [];
      navigator.mediaDevices.getUserMedia = async () => {
        const stream = canvas.captureStream(20); window.tracks.push(...stream.getTracks()); return stream; };
    """)
    page.goto("/?room=tryon")
    page.wait_for_selector(".first .piece")
    page.get_by_role("button", name="Camera").click()
    dialog = page.get_by_role("dialog", name="Take a photo")
    expect(dialog).to_be_visible()
    page.wait_for_function("document.querySelector('dialog.camera video').videoWidth > 0")
    dialog.get_by_role("button", name="Take the photo").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("alert")).to_contain_text("No person was found on the photo", timeout=30_000)
    assert page.evaluate("window.tracks.every((track) => track.readyState === 'ended')"), "the camera is off again"


def test_on_a_phone(phone, axe, shot):
    wear(phone)
    phone.get_by_role("button", name="Adam").tap()
    expect(figure(phone).get_by_alt_text("Adam, dressed")).to_be_visible(timeout=LONG)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    small = phone.locator(".room.tryon button:visible").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().height < 40).map(one => one.outerHTML)"
    )
    assert small == []
    axe(phone)
    shot(phone, "tryon-phone")
