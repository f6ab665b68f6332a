"""Imagining in a shop: what is searched with, and what is found."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from modiste.errors import UsageError
from modiste.imagine.pipeline import Frame, Strip
from modiste.index import Identity
from modiste.shop import Imagined, Shop, open_shop
from tests.fakes import COLOURS
from tests.shop.conftest import KINDS


@pytest.fixture
def drawn(monkeypatch):
    """What is asked of a network that draws plain colours: a row for each, the first one red."""
    calls = []

    def fake(text, **options):
        calls.append((text, options))
        rows = [COLOURS["red"], *COLOURS.values()][: options["n"]]
        pictures = np.stack([np.full((128, 96, 3), row, np.uint8) for row in rows])
        frames = (Frame("a", "a", np.zeros_like(pictures)), Frame("a b", "b", pictures))
        return Strip(frames, (), ("left out: b",))

    monkeypatch.setattr("modiste.imagine.pipeline.imagine", fake)
    return calls


def test_the_last_picture_and_the_words_are_searched_with(plain, drawn):
    """A picture in red and the word blue."""
    found = plain.imagine("blue", k=len(plain))
    assert isinstance(found, Imagined)
    assert (found.strip.notes, found.total) == (("left out: b",), len(plain))
    seen = plain.encoder.encode_images(np.full((1, 32, 24, 3), COLOURS["red"], np.uint8))[0]
    both = seen + plain.encoder.encode_texts(["blue"])[0]
    vectors = plain.index.vectors([hit.id for hit in found.hits])
    wanted = [float(vectors[hit.id][0] @ both / np.linalg.norm(both)) for hit in found.hits]
    assert [hit.score for hit in found.hits] == pytest.approx(wanted, abs=1e-4)
    assert wanted == sorted(wanted, reverse=True)


def test_the_first_row_is_searched_with(plain, drawn):
    """Of three rows red, red and green."""
    found = plain.imagine("red", n=3, k=len(KINDS))
    assert {hit.id.split("-")[0] for hit in found.hits} == {"red"}
    assert len(found.strip.last) == 3


def test_an_uploaded_photo_would_find_the_same(plain, drawn, tmp_path):
    found = plain.imagine("green", k=5)
    Image.fromarray(found.strip.last[0]).save(tmp_path / "last.png")
    page = plain.search(text="green", image=tmp_path / "last.png", k=5)
    assert [(hit.id, hit.score) for hit in found.hits] == [(hit.id, hit.score) for hit in page.hits]


def test_words_that_the_encoder_does_not_know_leave_the_picture(plain, drawn, tmp_path):
    found = plain.imagine("qqq", k=len(KINDS))
    assert {hit.id.split("-")[0] for hit in found.hits} == {"red"}
    assert found.hits[0].score == pytest.approx(1, abs=1e-3)


def test_a_filter_holds(plain, drawn):
    found = plain.imagine("red", k=3, where="category = 'jeans' AND price < 2")
    assert [hit.id for hit in found.hits] == ["red-jeans", "green-jeans"]
    assert found.total == 2


def test_what_is_asked_for_is_passed_on(plain, drawn):
    plain.imagine("red", seed=7, n=2)
    open_shop(plain.path, encoder=plain.encoder, imaginer="imagine-boutique").imagine("red")
    asked = [(text, options["seed"], options["n"], options["weights"].name) for text, options in drawn]
    assert asked == [("red", 7, 2, "imagine-photos"), ("red", 0, 1, "imagine-boutique")]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"k": 0}, "k must be at least 1, because a page shows as many products; got 0"),
        ({"where": "colr = 'red'"}, "colr"),
        ({"where": "price <"}, "price <"),
    ],
    ids=str,
)
def test_what_can_not_be_searched_is_said_before_anything_is_drawn(options, says, plain, drawn):
    with pytest.raises(UsageError) as error:
        plain.imagine("red", **options)
    assert says in str(error.value)
    assert drawn == []


@pytest.mark.parametrize("system", ["imagine", "tryon"])
@pytest.mark.parametrize(
    ("encoder", "domain"), [("encoder-photos", "photos"), ("encoder-boutique", "boutique"), ("runs/mine", "photos")]
)
def test_weights_go_with_the_encoder(system, encoder, domain, tmp_path):
    assert Shop(tmp_path, Identity(encoder, "12345678", "none", 4)).weights_for(system) == f"{system}-{domain}"
