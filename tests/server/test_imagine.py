"""Imagining over HTTP: pictures that say what they are, and products that are like them."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from tests.fakes import COLOURS
from tests.server.test_verbs import refused


def opened(address: str) -> Image.Image:
    head, _, data = address.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


def test_every_word_has_its_pictures(client, shop):
    found = client.post("/v1/imagine", json={"text": "Red 7 dress blue", "n": 2, "k": 3}).json()
    assert [(frame["text"], frame["word"]) for frame in found["frames"]] == [
        ("red", "red"),
        ("red dress", "dress"),
        ("red dress blue", "blue"),
    ]
    pictures = [[opened(one) for one in frame["pictures"]] for frame in found["frames"]]
    assert [[one.getpixel((50, 50)) for one in row] for row in pictures] == [
        [COLOURS[colour]] * 2 for colour in ("red", "red", "blue")
    ]
    assert pictures[0][0].size == (96, 128)
    assert (found["words"], found["notes"]) == (["red", "dress", "blue"], ['"7" is not known'])
    assert found["total"] == len(shop)
    assert found["hits"][0]["item"]["images"][0].startswith("/v1/items/")


def test_a_picture_says_that_a_network_made_it(client):
    found = client.post("/v1/imagine", json={"text": "red", "k": 1}).json()
    picture = opened(found["frames"][0]["pictures"][0])
    assert picture.info["Source"].endswith(": fake-imagine")
    assert "trainedAlgorithmicMedia" in picture.info["XML:com.adobe.xmp"]


def test_hits_are_those_of_the_shop(client, shop):
    asked = {"text": "blue jeans", "seed": 3, "k": 4, "where": "price < 3"}
    found, known = client.post("/v1/imagine", json=asked).json(), shop.imagine(**asked)
    assert [hit["id"] for hit in found["hits"]] == [hit.id for hit in known.hits]
    assert [hit["score"] for hit in found["hits"]] == pytest.approx([hit.score for hit in known.hits], abs=1e-6)
    assert found["total"] == known.total == 18


def test_the_network_sees_all_beginnings_of_a_text_as_one_request(client):
    def batches() -> float:
        (count,) = re.findall(r'^modiste_batch_size_count{network="imagine"} (.*)$', client.get("/metrics").text, re.M)
        return float(count)

    before = batches()
    for text in ("red", "red dress"):
        assert client.post("/v1/imagine", json={"text": text, "k": 1}).status_code == 200
    assert batches() == before + 2


def test_another_seed_draws_another_picture(client):
    asked = {"text": "red", "k": 1}
    answers = [client.post("/v1/imagine", json={**asked, "seed": seed}).json() for seed in (0, 0, 1)]
    pictures = [opened(answer["frames"][0]["pictures"][0]).tobytes() for answer in answers]
    assert pictures[0] == pictures[1] != pictures[2]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "body.text: field required"),
        ({"text": ["red"]}, "body.text"),
        ({"text": "red", "seed": -1}, "body.seed"),
        ({"text": "red", "seed": 2**40}, "body.seed"),
        ({"text": "red", "n": 0}, "body.n"),
        ({"text": "red", "min_score": 0.1}, 'no field "min_score"'),
        ({"text": "qwerty"}, '"qwerty" was never learnt; there are dress, jeans'),
    ],
)
def test_what_the_shop_refuses_is_told(client, asked, says):
    assert says in refused(client.post("/v1/imagine", json=asked), 422)
