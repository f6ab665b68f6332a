"""Search over HTTP: the shop's answers, as JSON."""

from __future__ import annotations

import pytest

from tests.server.test_verbs import photo, refused


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["id"] for hit in answer.json()["hits"]]


def test_hits_are_those_of_the_shop(client, shop):
    asked = {"text": "red", "where": "price < 3", "k": 4, "min_score": -0.5}
    answer, page = client.post("/v1/search", json=asked).json(), shop.search(**asked)
    assert [(hit["id"], hit["score"]) for hit in answer["hits"]] == [(one.id, round(one.score, 6)) for one in page.hits]
    assert (answer["total"], answer["next"]) == (page.total, page.next)
    assert (answer["left_out"], answer["turns"]) == (0, [])
    item = answer["hits"][0]["item"]
    assert item["images"] == [f"/v1/items/{item['id']}/photos/0"]
    assert {name: item[name] for name in ("category", "colour", "price")} == {
        name: page.hits[0].item[name] for name in ("category", "colour", "price")
    }


def test_notes_say_how_a_text_was_read(client, shop):
    answer = client.post("/v1/search", json={"text": "not red, drees", "k": len(shop)}).json()
    assert answer["notes"] == ['"drees" is read as "dress"', "left out: red"]
    assert "red" not in {hit["item"]["colour"] for hit in answer["hits"]}


def test_its_photos_can_be_fetched(client):
    (hit,) = client.post("/v1/search", json={"text": "red", "k": 1}).json()["hits"]
    answer = client.get(hit["item"]["images"][0])
    assert (answer.status_code, answer.headers["content-type"].partition("/")[0]) == (200, "image")


@pytest.mark.parametrize(
    "fields", [{}, {"text": "green"}, {"where": "category = 'jeans'", "min_score": "0.1"}], ids=str
)
def test_a_photo_is_searched_with(client, shop, fields):
    answer = client.post("/v1/search", data={"k": "3", **fields}, files={"image": ("a.png", photo(), "image/png")})
    least = {"min_score": 0.1} if "min_score" in fields else {}
    assert ids(answer) == [hit.id for hit in shop.search(image=photo(), k=3, **{**fields, **least}).hits]
    assert answer.json()["total"] == (6 if "where" in fields and not least else answer.json()["total"])


def test_a_form_needs_no_photo(client):
    form = {"text": (None, "red"), "k": (None, "2")}
    assert ids(client.post("/v1/search", files=form)) == ids(client.post("/v1/search", json={"text": "red", "k": 2}))


def test_pages_follow_each_other(client, shop):
    found, cursor = [], None
    while True:
        page = client.post("/v1/search", json={"id": "red-jeans", "k": 9, "cursor": cursor}).json()
        found += [hit["id"] for hit in page["hits"]]
        assert page["total"] == len(shop) - 1
        cursor = page["next"]
        if cursor is None:
            break
    assert (len(found), len(set(found)), "red-jeans" in found) == (35, 35, False)


def test_what_nobody_asked_for_is_ten_or_what_there_is(client, shop):
    assert len(ids(client.post("/v1/search", json={"text": "red"}))) == 10
    shop.remove([id for id in shop.index.ids() if not id.startswith("red")])
    assert len(ids(client.post("/v1/search", json={"text": "red"}))) == 6
    assert len(ids(client.post("/v1/search", json={"text": "red", "k": 7}))) == 6
    assert "greater than or equal to 1" in refused(client.post("/v1/search", json={"text": "red", "k": 0}), 422)


@pytest.mark.parametrize("text", ['"red jeans"', '"', "red AND (NOT", "red~ +blue -green*", "red^\\", "👗 red"])
@pytest.mark.parametrize("where", [None, "price < 1000 OR price IS NULL"])
def test_what_is_typed_is_no_syntax(client, text, where):
    answer = client.post("/v1/search", json={"text": text, "where": where})
    assert answer.status_code == 200 if "red" in text else "no word of this text is known" in refused(answer, 422)


def test_an_empty_shop_says_so_without_its_path(client, shop):
    shop.remove(shop.index.ids())
    detail = refused(client.post("/v1/search", json={"text": "red"}), 422)
    assert "has no products" in detail
    assert str(shop.path.parent) not in detail


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "nothing to search for; give a text, an image or an id"),
        ({"image": None}, "nothing to search for; give a text, an image or an id"),
        ({"image": "aGVsbG8="}, "a file is uploaded; send multipart/form-data with a file called image"),
        ({"id": "red-jean"}, 'no product "red-jean" in this shop; nearest: red-jeans'),
        ({"text": "qq"}, 'no word of this text is known: "qq"; describe the product in other words'),
        ({"text": "red", "where": "colr = 'red'"}, 'no column "colr" in this shop; nearest: colour'),
    ],
)
def test_what_the_shop_refuses_is_told(client, asked, says):
    assert says in refused(client.post("/v1/search", json=asked), 422)
