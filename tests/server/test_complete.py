"""Completing an outfit over HTTP: groups, looks and notes."""

from __future__ import annotations

import pytest

from tests.server.test_verbs import refused


def test_one_category_is_a_group(client, shop):
    asked = {"items": ["red-jeans", "blue-handbag"], "want": "shoes", "k": 3, "where": "price < 4", "min_score": 0.1}
    answer, found = client.post("/v1/complete", json=asked).json(), shop.complete(**asked)
    (group,), (known,) = answer["groups"], found.groups
    assert (group["category"], group["total"], group["likely"]) == ("shoes", known.total, None)
    assert group["hits"] == answer["hits"]
    for hit, match in zip(group["hits"], known.hits, strict=True):
        assert (hit["id"], hit["category"], hit["top_contributor"]) == (match.id, "shoes", match.top_contributor)
        assert hit["score"] == pytest.approx(match.score, abs=1e-6)
        assert hit["contributions"] == {id: pytest.approx(share, abs=1e-6) for id, share in match.contributions.items()}
        assert hit["item"]["images"] == [f"/v1/items/{hit['id']}/photos/0"]
    assert answer["looks"] == []
    assert [(one["id"], one["category"], one["predicted"]) for one in answer["items"]] == [
        ("red-jeans", "bottoms", False),
        ("blue-handbag", "bags", False),
    ]
    assert "red-jeans/photos/0" in answer["items"][0]["item"]["images"][0]


def test_several_are_looks(client, shop):
    asked = {"items": "red-jeans", "want": ["shoes", "bags"], "k": 2}
    answer, found = client.post("/v1/complete", json=asked).json(), shop.complete(**asked)
    assert (answer["groups"], answer["hits"]) == ([], [])
    assert [[hit["id"] for hit in look["hits"]] for look in answer["looks"]] == [
        [hit.id for hit in look.hits] for look in found.looks
    ]
    assert answer["looks"][0]["score"] == pytest.approx(found.looks[0].score, abs=1e-6)


def test_none_are_those_that_are_missing(client, shop):
    answer = client.post("/v1/complete", json={"items": ["red-jeans", "red-jeans"], "k": 1}).json()
    found = shop.complete(["red-jeans", "red-jeans"], k=1)
    assert [(one["category"], one["likely"]) for one in answer["groups"]] == [
        (one.category, one.likely) for one in found.groups
    ]
    assert len(answer["hits"]) == len(found.groups)
    assert answer["notes"] == list(found.notes) == ['"red-jeans" is named more than once, and counts once']


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "body.items: field required"),
        ({"items": []}, "body.items"),
        ({"items": ["red-jean"]}, 'no product "red-jean" in this shop; nearest: red-jeans'),
        ({"items": ["red-jeans"], "want": "sneekers"}, 'no category "sneekers" in this shop; nearest: sneakers'),
        ({"items": ["red-jeans"], "want": "jeans"}, "name an item of another category"),
        ({"items": ["red-jeans"], "want": ["shoes", ""]}, "body.want.1: the text is empty"),
        ({"items": ["red-jeans"], "cursor": "1"}, 'no field "cursor"'),
    ],
)
def test_what_the_shop_refuses_is_told(client, asked, says):
    assert says in refused(client.post("/v1/complete", json=asked), 422)


def test_a_photo_that_is_gone_is_told_without_its_path(client, shop, monkeypatch):
    service = client.app.state.service
    monkeypatch.setattr(type(service.shop.index), "vectors", lambda self, ids, space=None: {})
    detail = refused(client.post("/v1/complete", json={"items": ["red-jeans"], "want": "shoes"}), 422)
    assert 'the photo of product "red-jeans" is gone or changed since it was indexed: red-jeans.png;' in detail
    assert f"--shop {shop.path.name})" in detail
