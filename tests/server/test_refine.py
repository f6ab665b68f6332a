"""Refining over HTTP: turns, photos, and what can't be changed."""

from __future__ import annotations

import pytest

from modiste.images import ImageError
from tests.server.test_verbs import photo, refused


def kinds(hits) -> list[str]:
    return [hit["id"].partition("-")[0] for hit in hits]


def test_each_turn_is_told(client, shop):
    texts = ["in blue", "in green", "in black"]
    answer = client.post("/v1/refine", json={"id": "red-jeans", "text": texts, "k": 3})
    page = shop.refine(texts, id="red-jeans", k=3)
    found = answer.json()
    assert [hit["id"] for hit in found["hits"]] == [hit.id for hit in page.hits]
    assert [hit["id"] for hit in found["turns"]] == [hit.id for hit in page.turns]
    assert (kinds(found["turns"]), kinds(found["hits"])) == (["blue", "green"], ["black"] * 3)
    assert (found["total"], found["next"], found["left_out"]) == (page.total, "3", 0)
    assert found["turns"][0]["item"]["images"][0].startswith("/v1/items/blue-")


@pytest.mark.parametrize(("texts", "turns"), [("in blue", []), (["in blue", "in green"], ["blue"])])
def test_a_photo_is_changed(client, texts, turns):
    data = {"text": texts, "k": "2", "where": "category = 'jeans'"}
    answer = client.post("/v1/refine", data=data, files={"image": ("a.jpg", photo(kind="JPEG"), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (kinds(found["turns"]), found["hits"][0]["item"]["category"]) == (turns, "jeans")
    assert kinds(found["hits"])[0] == ("green" if turns else "blue")


def test_a_turn_that_finds_nothing_ends_it(client):
    asked = {"id": "red-jeans", "text": ["in blue", "in green"], "where": "price > 100"}
    found = client.post("/v1/refine", json=asked).json()
    assert (found["hits"], found["total"], found["next"], found["turns"]) == ([], 0, None, [])


def test_pages_follow_each_other(client):
    asked = {"id": "red-jeans", "text": "in blue", "k": 20}
    first = client.post("/v1/refine", json=asked).json()
    second = client.post("/v1/refine", json={**asked, "cursor": first["next"]}).json()
    assert (len(first["hits"]), len(second["hits"]), second["next"]) == (20, 15, None)
    assert not {hit["id"] for hit in first["hits"]} & {hit["id"] for hit in second["hits"]}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"id": "red-jeans"}, "body.text: field required"),
        ({"text": "in blue"}, "nothing to start from; give an image or an id"),
        ({"id": "red-jean", "text": "in blue"}, "nearest: red-jeans"),
        ({"id": "red-jeans", "text": "hello"}, 'this text asks for no change: "hello"'),
        ({"id": "red-jeans", "text": ["in blue", "qq"]}, 'no word of this text is known: "qq"'),
    ],
)
def test_what_the_shop_refuses_is_told(client, asked, says):
    assert says in refused(client.post("/v1/refine", json=asked), 422)


@pytest.mark.parametrize("folder", ["{shop}/photos of a shop", "/srv/my photos/2025", "/a"])
def test_a_photo_that_is_gone_is_told_without_its_path(client, shop, monkeypatch, folder):
    def gone(path, **_):
        raise ImageError(f"no image at {folder.format(shop=shop.path)}/one.png; check the path and/or the image column")

    monkeypatch.setattr("modiste.shop.refine.load_image", gone)
    assert refused(client.post("/v1/refine", json={"id": "red-jeans", "text": "in blue"}), 422) == (
        'no photo of product "red-jeans" can be read, so it can\'t be refined: '
        "no image at one.png; check the path and/or the image column"
    )
