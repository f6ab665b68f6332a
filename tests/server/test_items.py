"""Products over HTTP: what is asked for comes, what makes no sense is refused and changes nothing."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from modiste.catalog.records import Catalog, Product
from modiste.server import Settings, create_app
from modiste.shop.items import FOLDER
from tests.fakes import COLOURS, save_photo
from tests.server.conftest import READ, WRITE, TestClient, until

IDS = ("a/b", "/", "a b", "قميص", "👗", "100%", "a?b#c", "..%2f", "../../etc", "x/photos/0", 'O\'Neill "one"')


def png(colour: str = "red", size: tuple[int, int] = (24, 32)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(file, "PNG")
    return file.getvalue()


def sent(photo: bytes) -> str:
    return base64.b64encode(photo).decode()


def at(id: str, *rest: str) -> str:
    return "/".join(["/v1/items", quote(id, safe=""), *rest])


@pytest.fixture
def put(client: TestClient, writing: dict[str, str]) -> Any:
    """Sends rows in."""
    return lambda *rows: client.put("/v1/items", json={"items": rows}, headers=writing)


def ids(answer: Any) -> list[str]:
    return [hit["id"] for hit in answer.json()["hits"]]


def stored(shop: Any) -> list[Path]:
    folder = shop.path / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_pages_hold_every_product_once(client):
    seen: list[str] = []
    page, cursor = {}, ""
    while not page or page["next"]:
        page = client.get(f"/v1/items?k=10{cursor}").json()
        seen += [hit["id"] for hit in page["hits"]]
        cursor = f"&cursor={page['next']}"
        assert page["total"] == 36
    assert len(seen) == len(set(seen)) == 36


def test_a_page_shows_addresses_and_no_paths(client, shop):
    answer = client.get("/v1/items", params={"where": "category = 'jeans' AND colour = 'red'", "k": 5})
    assert ids(answer) == ["red-jeans"]
    assert answer.json()["hits"][0]["item"]["images"] == ["/v1/items/red-jeans/photos/0"]
    assert str(shop.path.parent) not in answer.text


def test_more_than_there_is_can_be_asked_for(client):
    assert len(client.get("/v1/items?k=1000").json()["hits"]) == 36


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("where=colur = 'red'", 'no column "colur" in this shop; nearest: colour'),
        ("where=(((", "can't be read"),
        ("k=0", "query.k: input should be greater than or equal to 1"),
        ("cursor=-1", "query.cursor"),
        ("wher=price", 'no field "wher"; nearest: where'),
    ],
)
def test_a_page_that_makes_no_sense(client, query, says):
    answer = client.get(f"/v1/items?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert says in answer.json()["detail"]


def test_facets_count_products(client):
    facets = client.get("/v1/facets").json()
    assert facets["colour"] == dict.fromkeys(COLOURS, 6)
    assert facets["category"]["jeans"] == 6
    assert facets["gender"] == {}


def test_one_product(client):
    item = client.get("/v1/items/red-jeans").json()
    assert (item["id"], item["title"], item["price"]) == ("red-jeans", "red jeans", 0.0)
    assert item["images"] == ["/v1/items/red-jeans/photos/0"]


@pytest.mark.parametrize("path", ["/v1/items/red-jean", "/v1/items/red-jean/photos/0"])
def test_an_unknown_product_is_named_with_its_neighbours(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'no product "red-jean" in this shop; nearest: red-jeans' in answer.json()["detail"]


def test_ids_of_any_script(live, writing):
    with httpx.Client(base_url=live) as client:  # the test client decodes addresses twice
        rows = [{"id": id, "title": id, "images": [sent(png())]} for id in IDS]
        assert client.put("/v1/items", json={"items": rows}, headers=writing).json()["added"] == len(IDS)
        for id in IDS:
            item = client.get(at(id)).json()
            assert (item["id"], item["title"]) == (id, id)
            assert client.get(item["images"][0]).headers["content-type"] == "image/webp"
            assert client.delete(at(id), headers=writing).status_code == 204
            assert client.get(at(id)).status_code == 404
        assert client.get("/v1/items/x/photos/0").json()["detail"].startswith('no product "x" in')
        assert client.get("/v1/items/x%2fphotos%2f0").json()["detail"].startswith('no product "x/photos/0" in')


@pytest.mark.parametrize(("size", "height"), [("small", 320), ("large", 1200), (None, 1200)])
def test_a_photo_is_shrunk(client, put, size, height):
    put({"id": "tall", "images": [sent(png(size=(1000, 2000)))]})
    answer = client.get(at("tall", "photos", "0"), params={"size": size} if size else {})
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (height // 2, height))
    assert answer.headers["cache-control"] == "public, max-age=86400"


def test_a_photo_that_is_known_is_not_sent_again(client):
    first = client.get("/v1/items/red-jeans/photos/0?size=small")
    tag = first.headers["etag"]
    for known in (tag, f'W/{tag}, "other"', "*"):
        again = client.get("/v1/items/red-jeans/photos/0?size=small", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
    other = client.get("/v1/items/red-jeans/photos/0?size=large", headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["etag"] == tag) == (200, False)


def test_behind_a_key_nobody_on_the_way_keeps_photos(shop):
    with TestClient(create_app(shop, Settings(read_keys=frozenset({READ}), grace=5))) as client:
        until(lambda: client.app.state.service.ready)
        assert client.get("/v1/items/red-jeans/photos/0").status_code == 401
        answer = client.get("/v1/items/red-jeans/photos/0", headers={"X-API-Key": READ})
        assert answer.headers["cache-control"] == "private, max-age=86400"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("red-jeans/photos/1", 404, 'product "red-jeans" has no photo 1; it has 1, counted from 0'),
        ("red-jeans/photos/99999999999999999999", 404, "has no photo 99999999999999999999"),
        pytest.param(f"red-jeans/photos/{'9' * 5000}", 404, 'no product "red-jeans/photos/999', id="5000 digits"),
        ("red-jeans/photos/-1", 404, 'no product "red-jeans/photos/-1"'),
        ("red-jeans/photos/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404, "no product"),
        ("red-jeans/photos/0?size=huge", 422, "query.size: input should be 'small' or 'large'"),
    ],
)
def test_no_such_photo(client, path, status, says):
    answer = client.get(f"/v1/items/{path}")
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_a_photo_that_has_vanished_or_is_damaged(client, shop, put, tmp_path):
    photos = [save_photo(tmp_path / "own" / f"{name}.png", "red") for name in ("gone", "broken")]
    shop.add(Catalog("more", (Product("bare", tuple(photos)),)))
    photos[0].unlink()
    photos[1].write_bytes(photos[1].read_bytes()[:50])
    for number, says in enumerate(("is gone: its file isn't where it was", "is damaged")):
        answer = client.get(at("bare", "photos", str(number)))
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith(f'photo {number} of product "bare" {says}')
        assert str(tmp_path) not in answer.text


def test_what_is_put_is_found_at_once_and_what_is_deleted_is_not(client, put, writing):
    pink = {"id": "new", "title": "Qxyz model", "category": "jeans", "price": "€ 12,50", "images": [sent(png("red"))]}
    answer = put({**pink, "attributes": {"fitType": "slim", "length": 32}})
    told = answer.json()
    assert told.pop("seconds") >= 0
    assert told == {"added": 1, "updated": 0, "unchanged": 0, "rejected": []}
    found = client.post("/v1/search", json={"text": "qxyz", "where": "fit_type = 'slim' AND length > 30"}).json()
    assert [(hit["id"], hit["item"]["price"]) for hit in found["hits"]] == [("new", 12.5)]
    assert client.get("/v1/facets").json()["category"]["jeans"] == 7
    refined = client.post("/v1/refine", json={"id": "blue-jeans", "text": "in red", "where": "length > 30"})
    assert ids(refined) == ["new"]
    assert client.delete("/v1/items/new", headers=writing).status_code == 204
    assert client.get("/v1/items?k=1000").json()["total"] == 36
    assert "new" not in ids(client.post("/v1/search", json={"text": "red", "k": 36}))


def test_what_is_left_out_stays_and_null_empties(client, put):
    put({"id": "one", "title": "One", "colour": "Red", "price": 10, "images": [sent(png())], "attributes": {"a": "x"}})
    assert put({"id": "one", "price": 5, "attributes": {"b": True}}).json()["updated"] == 1
    item = client.get("/v1/items/one").json()
    assert (item["title"], item["colour"], item["price"], item["a"], item["b"]) == ("One", "red", 5.0, "x", True)
    assert item["images"] == ["/v1/items/one/photos/0"]
    put({"id": "one", "title": None, "price": None, "attributes": {"a": None}})
    item = client.get("/v1/items/one").json()
    assert (item["title"], item["price"], item["b"]) == ("", None, True)
    assert "a" not in item
    assert put({"id": "one"}).json()["unchanged"] == 1


def test_bad_rows_are_refused_beside_good_ones(client, put):
    answer = put(
        {"id": "good", "images": sent(png("green"))},
        {"id": "red-jeans", "price": "ten", "title": "no more"},
        {"id": "good", "images": [sent(png())]},
        "a row",
    ).json()
    assert (answer["added"], answer["updated"]) == (1, 0)
    assert [(row["id"], row["source"]) for row in answer["rejected"]] == [
        ("red-jeans", "items[1]"),
        ("good", "items[2]"),
        ("", "items[3]"),
    ]
    assert 'price "ten" is not a number' in answer["rejected"][0]["reason"]
    assert 'id "good" is taken by items[0]' in answer["rejected"][1]["reason"]
    assert client.get("/v1/items/red-jeans").json()["title"] == "red jeans"


def test_a_bad_update_loses_nothing(client, put, shop):
    before = client.get("/v1/items/red-jeans").json()
    answer = put({"id": "red-jeans", "title": "other", "images": [sent(png("blue")), sent(png()[:60])]})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": "body.items[0]", "why": answer.json()["errors"][0]["why"]}]
    assert "images[1] is damaged" in answer.json()["detail"]
    assert client.get("/v1/items/red-jeans").json() == before
    assert client.get("/v1/items/red-jeans/photos/0").status_code == 200
    assert stored(shop) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"items": []}, "body.items"),
        ({"items": [{"id": str(n)} for n in range(101)]}, "at most 100 items"),
        ({"item": []}, 'no field "item"; nearest: items'),
        ({}, "body.items: field required"),
        ([], "body"),
    ],
)
def test_a_call_that_makes_no_sense(client, writing, body, says):
    answer = client.put("/v1/items", json=body, headers=writing)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


def test_a_reason_can_always_be_told(client, writing):
    rows = r'{"items": [{"id": "\ud800", "price": NaN}, {"id": "x", "\ud800": 1}, {"id": "y", "price": 1e999}]}'
    headers = {**writing, "Content-Type": "application/json"}
    answer = client.put("/v1/items", content=rows, headers=headers)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 3


def test_who_may_write(client, writing):
    body = {"items": [{"id": "x", "images": [sent(png())]}]}
    assert client.put("/v1/items", json=body).status_code == 401
    assert client.put("/v1/items", json=body, headers={"X-API-Key": "wrong"}).status_code == 401
    assert client.delete("/v1/items/red-jeans").status_code == 401
    assert client.delete("/v1/items/red-jean", headers=writing).status_code == 404
    assert client.get("/v1/items/red-jeans").status_code == 200


def test_another_process_that_writes_is_waited_for(client, put, shop, writing):
    code = (
        "import sys, pathlib; from modiste.index.folder import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1]), 'spring'):\n    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(shop.path / "writer.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        answers: Sequence[Any] = [
            put({"id": "x", "images": [sent(png())]}),
            client.delete("/v1/items/red-jeans", headers=writing),
        ]
        assert [answer.status_code for answer in answers] == [423, 423]
        assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
        assert client.get("/v1/items/red-jeans").status_code == 200
        assert stored(shop) == []
        other.communicate()
    assert put({"id": "x", "images": [sent(png())]}).status_code == 200


def test_many_may_write_at_once(client, put):
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: put({"id": f"n{n}", "images": [sent(png(size=(9, 9 + n)))]}), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert client.get("/v1/items").json()["total"] == 44


def test_what_a_catalogue_rejected_stays_written(client, put, shop):
    file = shop.path / "rejected.jsonl"
    file.write_text('{"id": "1", "reason": "no photo", "source": "catalogue.csv, line 2"}\n')
    answer = put({"id": "x", "images": [sent(png())]}, {"id": "y"}, {"id": "z", "images": ["bm8="]})
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["rejected"]] == ["y", "z"]
    assert put({"id": "y"}).status_code == 422
    assert put({"id": "x", "price": 3}).json()["rejected"] == []
    assert "catalogue.csv, line 2" in file.read_text()


def test_photos_leave_with_their_last_product(client, put, shop, writing):
    one, other = sent(png("green", (30, 40))), sent(png("black", (30, 40)))
    put({"id": "one", "images": [one]}, {"id": "two", "images": [one, other]})
    assert len(stored(shop)) == 2
    client.delete("/v1/items/two", headers=writing)
    assert len(stored(shop)) == 1
    assert client.get("/v1/items/one/photos/0").status_code == 200
    put({"id": "one", "images": [other]})
    assert len(stored(shop)) == 1
    client.delete("/v1/items/one", headers=writing)
    assert stored(shop) == []


def test_photos_of_a_catalogue_stay_where_they_are(client, shop, writing):
    photo = shop.index.product("red-jeans").images[0]
    assert client.delete("/v1/items/red-jeans", headers=writing).status_code == 204
    assert photo.exists()


def test_an_empty_shop_has_an_empty_page(client, shop, writing):
    shop.remove(shop.index.ids())
    assert client.get("/v1/items").json() == {
        "hits": [],
        "total": 0,
        "next": None,
        "left_out": 0,
        "turns": [],
        "notes": [],
    }
    assert client.get("/v1/items/red-jeans").status_code == 404
    assert client.get("/v1/facets").json() == {"category": {}, "gender": {}, "colour": {}}


def test_the_description_has_every_route(client):
    described = client.get("/openapi.json").json()["paths"]
    assert set(described["/v1/items/{id}/photos/{number}"]["get"]["responses"]) >= {"200", "304", "404"}
    assert set(described["/v1/items"]) == {"get", "put"}
    assert set(described["/v1/items/{id}"]) == {"get", "delete"}
    assert json.dumps(described).count(os.sep + "tmp") == 0
    assert WRITE not in json.dumps(described)
