"""Refine: from a start to the product that is the same but for what was said, typed or spoken."""

from __future__ import annotations

import io
import json
import re
import wave

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

MUTE = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"
HUM = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext({ sampleRate: 44100 });
  const tone = new OscillatorNode(context, { frequency: 440 });
  const stream = context.createMediaStreamDestination();
  tone.connect(stream);
  tone.start();
  return stream.stream;
};
"""
"""A microphone that hears a tone."""
HEARING = """
window.SpeechRecognition = window.webkitSpeechRecognition = class {
  start() { setTimeout(() => { %s; this.onend(); }, 50); }
  stop() {}
};
"""
"""The browser's own recognition, with what becomes of it."""


def sketch() -> dict[str, object]:
    """A photo of one's own: a red T."""
    image = Image.new("RGB", (600, 800), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((200, 200, 400, 650), fill="firebrick")
    pen.rectangle((80, 200, 520, 320), fill="firebrick")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def choose(page, file):
    """Use a photo, once the page knows where to send it."""
    page.wait_for_function("modiste.visit")
    page.get_by_label("Use a photo").set_input_files(file)


def begin(page):
    """Start from the first product that is offered."""
    page.goto("/?room=refine")
    page.locator(".begin").first.click()
    expect(offered(page).first).to_be_visible()


def words(page):
    return page.get_by_label("The same, but")


def offered(page):
    return page.locator(".offered").get_by_role("button")


def answers(page):
    return page.locator(".answers .card")


def turns(page):
    return page.get_by_role("list", name="What was said").get_by_role("listitem")


def ids(page):
    return page.eval_on_selector_all(".answers .card", "all => all.map(one => one.dataset.product)")


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_from_the_first_click_to_what_changed(request, kind, axe, shot):
    page = request.getfixturevalue(kind)
    page.goto("/")
    page.get_by_role("navigation").get_by_role("button", name="Refine").click()
    expect(page.get_by_role("heading", name="Start from something you like")).to_be_visible()
    expect(page.locator(".begin").nth(3)).to_be_visible()
    axe(page)
    shot(page, f"refine-{kind}-start")
    page.locator(".begin").first.click()
    text = offered(page).first.inner_text()
    offered(page).first.click()
    expect(answers(page).first).to_be_visible()
    expect(turns(page)).to_have_text([text])
    words(page).fill("without a pattern")
    words(page).press("Enter")
    expect(turns(page)).to_have_text([text, "without a pattern"])
    expect(words(page)).to_have_value("")
    expect(turns(page).nth(1).get_by_role("button", name="Open")).to_be_visible()
    axe(page)
    shot(page, f"refine-{kind}-turns")
    page.get_by_role("button", name="What changed?").click()
    expect(page.get_by_role("img", name=re.compile("preserved is green"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("changed is orange"))).to_be_visible()
    expect(page.get_by_text("What “without a pattern” does to")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('.evidence img')].every(one => one.naturalWidth === 360)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    shot(page, f"refine-{kind}-changed")


def test_the_link_brings_the_turns_back_and_each_is_taken_back_with_a_click(page, open_page, shot):
    begin(page)
    offered(page).first.click()
    expect(turns(page)).to_have_count(1)
    first = ids(page)
    words(page).fill("in black")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(turns(page)).to_have_count(2)
    other = open_page(color_scheme="dark")
    other.goto(page.url)
    expect(turns(other)).to_have_count(2)
    expect(answers(other)).to_have_count(len(ids(page)))
    assert ids(other) == ids(page)
    shot(other, "refine-dark")
    page.get_by_role("button", name="Back a turn").click()
    expect(turns(page)).to_have_count(1)
    assert ids(page) == first
    turns(page).get_by_role("button", name="Take back").click()
    expect(turns(page)).to_have_count(0)
    expect(answers(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"room=refine&source=[^&]+$"))


def test_one_goes_on_from_an_answer_opens_it_and_keeps_it(page):
    begin(page)
    offered(page).first.click()
    card = answers(page).nth(1)
    id, title = card.get_attribute("data-product"), card.locator("h3").inner_text()
    card.get_by_role("button", name="Put").click(force=True)
    expect(page).to_have_url(re.compile(f"board={id}"))
    card.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=2, name=title)).to_be_visible()
    page.get_by_role("button", name="Close").click()
    card.get_by_role("button", name="Start from this").click()
    expect(page).to_have_url(re.compile(f"source={id}"))
    expect(turns(page)).to_have_count(0)
    expect(page.locator(".stage").get_by_role("button", name=f"Open {title}")).to_be_visible()


def test_a_product_is_dragged_onto_the_photo(page):
    begin(page)
    offered(page).first.click()
    id = answers(page).first.get_attribute("data-product")
    answers(page).first.drag_to(page.locator(".easel"))
    expect(page).to_have_url(re.compile(f"source={id}"))


def test_a_product_that_is_open_can_be_changed(page):
    page.goto("/")
    page.locator(".grid .card .shot").first.click()
    page.get_by_role("button", name="Change something").click()
    expect(words(page)).to_be_visible()
    expect(page).to_have_url(re.compile("room=refine&source="))


def test_what_makes_no_sense_is_told_and_stays_in_the_field(page):
    begin(page)
    words(page).fill("hello please")
    words(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("asks for no change")
    expect(words(page)).to_have_value("hello please")
    expect(turns(page)).to_have_count(0)
    words(page).blur()
    words(page).fill("in red")
    words(page).press("Enter")
    expect(turns(page)).to_have_text(["in red"])
    expect(page.get_by_role("alert")).to_be_empty()


def test_words_are_not_used_before_they_are_sent(page):
    begin(page)
    words(page).fill("in red")
    words(page).blur()
    page.wait_for_timeout(500)
    expect(turns(page)).to_have_count(0)
    expect(words(page)).to_have_value("in red")


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_a_photo_of_ones_own(request, kind, axe, shot):
    page = request.getfixturevalue(kind)
    page.goto("/?room=refine")
    choose(page, sketch())
    expect(page.get_by_role("img", name="your photo")).to_be_visible()
    words(page).fill("in navy blue")
    words(page).press("Enter")
    expect(answers(page).first).to_be_visible()
    expect(page.get_by_text("Another photo")).to_be_visible()
    page.get_by_role("button", name="What changed?").click()
    expect(page.get_by_role("img", name=re.compile("your photo: preserved"))).to_be_visible()
    axe(page)
    shot(page, f"refine-{kind}-photo")
    page.reload()
    expect(page.get_by_role("heading", name="Your photo isn't in the link")).to_be_visible()
    expect(turns(page)).to_have_text(["in navy blue"])
    shot(page, f"refine-{kind}-lost")
    choose(page, sketch())
    expect(answers(page).first).to_be_visible()
    expect(turns(page)).to_have_text(["in navy blue"])


def test_what_is_no_photo_is_told(page):
    page.goto("/?room=refine")
    choose(page, {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"})
    expect(page.get_by_role("alert")).to_contain_text("is not an image that can be read; give a JPEG, PNG or WebP file")


@pytest.mark.parametrize("own", ["", HEARING % "this.onerror({ error: 'network' })"], ids=["none", "offline"])
def test_speech_is_recorded_written_down_and_waits_to_be_sent(page, axe, shot, own):
    page.add_init_script(MUTE + own + HUM)
    sent = []

    def write_down(route):
        sent.append(route.request.post_data_buffer)
        route.fulfill(json={"text": "in navy blue", "transcriber": "fake"})

    page.route("**/v1/transcribe", write_down)
    begin(page)
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("Listening… press to stop")).to_be_visible()
    axe(page)
    shot(page, "refine-listening")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Stop listening").click()
    expect(words(page)).to_have_value("in navy blue")
    expect(words(page)).to_be_focused()
    expect(page.get_by_text("Change it if it was misheard")).to_be_visible()
    expect(turns(page)).to_have_count(0)
    words(page).press("End")
    words(page).press_sequentially(" please")
    words(page).press("Enter")
    expect(turns(page)).to_have_text(["in navy blue please"])
    (body,) = sent
    assert b'name="audio"' in body
    with wave.open(io.BytesIO(body[body.index(b"RIFF") :])) as recording:
        assert (recording.getnchannels(), recording.getsampwidth(), recording.getframerate()) == (1, 2, 16_000)
        assert 0.5 < recording.getnframes() / 16_000 < 5
        samples = memoryview(recording.readframes(recording.getnframes())).cast("h")
    assert max(samples) > 10_000, "the tone is in it"


def test_the_browsers_own_recognition_is_asked_first(page):
    heard = "this.onresult({ results: [[{ transcript: 'in red' }]] })"
    page.add_init_script(MUTE + HEARING % heard)
    begin(page)
    page.get_by_role("button", name="Say it").click()
    expect(words(page)).to_have_value("in red")
    expect(turns(page)).to_have_count(0)
    page.get_by_role("button", name="Go", exact=True).click()
    expect(turns(page)).to_have_text(["in red"])


@pytest.mark.parametrize(
    ("script", "answer", "expected"),
    [
        (HUM, (501, "no transcriber is installed; run: pip install pocketsphinx"), "run: pip install pocketsphinx"),
        (HUM, (200, ""), "No words were understood; say it again, or type it."),
        ("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error())", None, "allow it in the browser's"),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", None, "can't be used"),
        (HEARING % "this.onerror({ error: 'no-speech' })", None, "No words were understood"),
    ],
    ids=["not installed", "not understood", "refused", "no microphone", "silence"],
)
def test_when_nothing_is_heard_the_page_says_what_to_do(page, script, answer, expected):
    page.add_init_script(MUTE + script)
    if answer:
        status, text = answer
        page.expected.append(status)
        body = {"text": text} if status == 200 else {"status": status, "detail": text}
        page.route("**/v1/transcribe", lambda route: route.fulfill(status=status, body=json.dumps(body)))
    begin(page)
    page.get_by_role("button", name="Say it").click()
    if answer:
        page.wait_for_timeout(700)
        page.get_by_role("button", name="Stop listening").click()
    expect(page.get_by_role("alert")).to_contain_text(expected)
    expect(page.get_by_role("button", name="Say it")).to_be_visible()


def test_by_keyboard_alone(page):
    page.goto("/?room=refine")
    page.locator(".begin").first.focus()
    page.keyboard.press("Enter")
    expect(words(page)).to_be_visible()
    words(page).focus()
    page.keyboard.type("in black")
    page.keyboard.press("Enter")
    expect(turns(page)).to_have_count(1)
    expect(words(page)).to_be_focused()
    page.get_by_role("button", name="Take back “in black”").focus()
    page.keyboard.press("Enter")
    expect(turns(page)).to_have_count(0)
