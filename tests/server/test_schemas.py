"""What requests may say, and how products are shown."""

from __future__ import annotations

import math

import pytest
from pydantic import ValidationError

from modiste.server.routes.bodies import described
from modiste.server.schemas import (
    MAX_K,
    CompleteRequest,
    Hit,
    Hits,
    ImagineRequest,
    Item,
    RefineRequest,
    SearchRequest,
    TranscribeRequest,
    photo_url,
)
from modiste.shop import Hit as Found
from modiste.shop import Page

ROW = {"id": "a/b é", "title": "Dress", "price": 5.0, "images": ["/srv/photos/one.jpg", "/srv/photos/two.jpg"]}


@pytest.mark.parametrize(
    ("id", "url"),
    [
        ("red-dress", "/v1/items/red-dress/photos/0"),
        ("a/b c", "/v1/items/a%2Fb%20c/photos/0"),
        ("../x?y#z%", "/v1/items/..%2Fx%3Fy%23z%25/photos/0"),
        ("فستان", "/v1/items/%D9%81%D8%B3%D8%AA%D8%A7%D9%86/photos/0"),
        ("👗", "/v1/items/%F0%9F%91%97/photos/0"),
    ],
)
def test_photos_are_addresses(id, url):
    assert photo_url(id, 0) == url


def test_no_path_of_the_server_is_shown():
    shown = Item.of({**ROW, "season": "summer", "weight": math.nan}).model_dump(exclude_unset=True)
    assert shown == {
        "id": "a/b é",
        "title": "Dress",
        "price": 5.0,
        "season": "summer",  # JSON has no word for what is no number
        "images": ["/v1/items/a%2Fb%20%C3%A9/photos/0", "/v1/items/a%2Fb%20%C3%A9/photos/1"],
    }
    assert Item.of({"id": "a", "images": None}).images == []


def test_an_item_keeps_the_attributes_of_its_shop():
    item = Item.of({**ROW, "season": "summer", "copy": True})
    assert item.model_dump() == {
        **Item.of(ROW).model_dump(exclude_unset=True),
        **dict.fromkeys(("description", "category", "gender", "colour", "variant_of", "outfit_id"), ""),
        "in_stock": True,
        "season": "summer",
        "copy": True,
    }


def test_hits_are_a_page_of_the_shop():
    found = Found("a", 0.123456789, {"id": "a", "images": ["x.jpg"]})
    hits = Hits.model_validate(Page((found,), 7, "1", (found, found), 3))
    assert (hits.total, hits.next, hits.left_out, len(hits.turns)) == (7, "1", 3, 2)
    assert hits.hits == [Hit(id="a", score=0.123457, item=found.item)]


@pytest.mark.parametrize("model", [SearchRequest, RefineRequest, CompleteRequest, ImagineRequest])
def test_examples_are_requests(model):
    examples = model.model_json_schema()["examples"]
    assert examples
    for example in examples:
        assert model.model_validate(example).model_fields_set == set(example)


@pytest.mark.parametrize(("sent", "turns"), [("in navy", ["in navy"]), (["in navy", "longer"], ["in navy", "longer"])])
def test_one_text_is_a_turn(sent, turns):
    assert RefineRequest(text=sent).text == turns
    assert CompleteRequest(items=sent).items == turns
    assert CompleteRequest(items="a", want=sent).want == turns


@pytest.mark.parametrize(
    ("model", "said", "where", "says"),
    [
        (SearchRequest, {"txt": "red"}, (), 'no field "txt"; nearest: text'),
        (SearchRequest, {"min-score": 0.1}, (), 'no field "min-score"; nearest: min_score'),
        (SearchRequest, {"zzzz": 1}, (), 'no field "zzzz"; there are 7, such as text, id, where'),
        (SearchRequest, {"image": "x"}, (), "send multipart/form-data with a file called image"),
        (ImagineRequest, {"text": "a", "image": "x"}, (), 'no field "image"'),
        (RefineRequest, {}, ("text",), "Field required"),
        (SearchRequest, {"text": ""}, ("text",), "the text is empty; say something, or leave the field out"),
        (SearchRequest, {"text": " \n"}, ("text",), "the text is empty"),
        (SearchRequest, {"text": "a\0b"}, ("text",), "a text can't hold a null byte; leave it out"),
        (SearchRequest, {"id": "a\0"}, ("id",), "null byte"),
        (SearchRequest, {"text": "a", "where": "colour = '\0'"}, ("where",), "null byte"),
        (SearchRequest, {"text": "a", "where": ""}, ("where",), "the text is empty"),
        (SearchRequest, {"text": "\ud800"}, ("text",), "valid string"),
        (SearchRequest, {"text": "a" * 501}, ("text",), "at most 500 characters"),
        (SearchRequest, {"id": "a" * 501}, ("id",), "at most 500 characters"),
        (SearchRequest, {"text": ["red"]}, ("text",), "valid string"),
        (SearchRequest, {"text": 5}, ("text",), "valid string"),
        (SearchRequest, {"text": "a", "k": 0}, ("k",), "greater than or equal to 1"),
        (SearchRequest, {"text": "a", "k": -1}, ("k",), "greater than or equal to 1"),
        (SearchRequest, {"text": "a", "k": MAX_K + 1}, ("k",), "less than or equal to 1000"),
        (SearchRequest, {"text": "a", "k": 10**400}, ("k",), "less than or equal to 1000"),
        (SearchRequest, {"text": "a", "k": 1.5}, ("k",), "valid integer"),
        (SearchRequest, {"text": "a", "k": None}, ("k",), "valid integer"),
        (SearchRequest, {"text": "a", "min_score": math.nan}, ("min_score",), "finite number"),
        (SearchRequest, {"text": "a", "min_score": math.inf}, ("min_score",), "finite number"),
        (SearchRequest, {"text": "a", "min_score": 1.01}, ("min_score",), "less than or equal to 1"),
        (SearchRequest, {"text": "a", "cursor": "-1"}, ("cursor",), "should match pattern"),
        (SearchRequest, {"text": "a", "cursor": "9" * 5000}, ("cursor",), "should match pattern"),
        (SearchRequest, {"text": "a", "cursor": "٣"}, ("cursor",), "should match pattern"),
        (SearchRequest, {"text": "a", "cursor": "1\n"}, ("cursor",), "should match pattern"),
        (RefineRequest, {"text": []}, ("text",), "at least 1 item"),
        (RefineRequest, {"text": ["a", ""]}, ("text", 1), "the text is empty"),
        (RefineRequest, {"text": ["a"] * 51}, ("text",), "at most 50 items"),
        (CompleteRequest, {"items": ["a"] * 21}, ("items",), "at most 20 items"),
        (CompleteRequest, {"items": "a", "want": []}, ("want",), "at least 1 item"),
        (CompleteRequest, {"items": "a", "want": ["a"] * 11}, ("want",), "at most 10 items"),
        (ImagineRequest, {"text": "a", "seed": -1}, ("seed",), "greater than or equal to 0"),
        (ImagineRequest, {"text": "a", "seed": 2**31 + 1}, ("seed",), "less than or equal to 2147483648"),
        (ImagineRequest, {"text": "a", "n": 13}, ("n",), "less than or equal to 12"),
        (TranscribeRequest, {"audio": "a"}, (), "a file called audio"),
    ],
    ids=lambda value: None if isinstance(value, tuple) else ascii(value)[:40],
)
def test_what_makes_no_sense_is_refused(model, said, where, says):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(said)
    (error,) = refused.value.errors()
    assert (error["loc"], says in error["msg"]) == (where, True), error["msg"]


@pytest.mark.parametrize(
    ("model", "kinds", "needed"),
    [
        (SearchRequest, {"application/json": None, "multipart/form-data": "image"}, None),
        (RefineRequest, {"application/json": None, "multipart/form-data": "image"}, ["text"]),
        (CompleteRequest, {"application/json": None}, ["items"]),
        (ImagineRequest, {"application/json": None}, ["text"]),
        (TranscribeRequest, {"multipart/form-data": "audio"}, ["audio"]),
    ],
)
def test_bodies_are_described(model, kinds, needed):
    body = described(model)["requestBody"]
    assert body["required"]
    assert list(body["content"]) == list(kinds)
    for kind, file in kinds.items():
        told = body["content"][kind]
        assert told["schema"]["additionalProperties"] is False
        assert set(told["schema"]["properties"]) == set(model.model_fields) | ({file} if file else set())
        assert told["schema"].get("required") == needed
        assert bool(told.get("examples")) == bool(model.model_fields)
