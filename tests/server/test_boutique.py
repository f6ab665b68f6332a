"""The verbs over HTTP with the networks that come with Modiste, on a small drawn shop."""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from modiste.server import Settings, create_app
from modiste.shop import Shop, open_shop
from tests.server.conftest import until

pytestmark = pytest.mark.slow

SAME = 1e-4
"""How far scores may be apart that a network worked out together with others, or alone."""


@pytest.fixture(autouse=True)
def stand_ins() -> None:
    """There are none."""


@pytest.fixture(scope="module")
def boutique(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A drawn shop, opened beside the service."""
    return open_shop(shutil.copytree(indexed, tmp_path_factory.mktemp("boutique") / "shop"))


@pytest.fixture(scope="module")
def asked(boutique: Shop) -> Iterator[TestClient]:
    """Asks the service of that shop, once it is ready."""
    with TestClient(create_app(open_shop(boutique.path), Settings(read_keys=frozenset(), replica="here"))) as client:
        until(lambda: client.app.state.service.ready, 300)
        assert client.app.state.service.unavailable == {}
        yield client


@pytest.fixture(scope="module")
def dress(boutique: Shop) -> str:
    """A product that can be changed and completed."""
    return str(boutique.browse("category = 'dress'", k=1).hits[0].id)


def same(hits: list[dict], known) -> None:
    assert [hit["id"] for hit in hits] == [hit.id for hit in known]
    assert [hit["score"] for hit in hits] == pytest.approx([hit.score for hit in known], abs=SAME)


@pytest.mark.parametrize(
    "said",
    [{"text": "red dress"}, {"text": "vestito rosso"}, {"text": "striped t-shirt", "where": "price < 60"}, {"k": 3}],
    ids=str,
)
def test_search(asked, boutique, dress, said):
    said = said if "text" in said else {**said, "id": dress}
    answer = asked.post("/v1/search", json={"k": 5, **said})
    page = boutique.search(**{"k": 5, **said})
    same(answer.json()["hits"], page.hits)
    assert (answer.json()["total"], answer.json()["next"]) == (page.total, page.next)


def test_search_by_a_photo(asked, boutique, dress):
    photo = Path(boutique.index.product(dress).images[0]).read_bytes()
    answer = asked.post(
        "/v1/search", data={"k": "4", "text": "in blue"}, files={"image": ("a.jpg", photo, "image/jpeg")}
    )
    same(answer.json()["hits"], boutique.search("in blue", photo, k=4).hits)


def test_refine(asked, boutique, dress):
    turns = ["in navy", "with short sleeves"]
    answer = asked.post("/v1/refine", json={"id": dress, "text": turns, "k": 5}).json()
    page = boutique.refine(turns, id=dress, k=5)
    same(answer["hits"], page.hits)
    same(answer["turns"], page.turns)


def test_complete(asked, boutique, dress):
    groups = asked.post("/v1/complete", json={"items": [dress], "want": "shoes", "k": 3}).json()["groups"]
    same(groups[0]["hits"], boutique.complete(dress, "shoes", k=3).groups[0].hits)
    looks = asked.post("/v1/complete", json={"items": [dress], "want": ["shoes", "bags"], "k": 2}).json()["looks"]
    for look, known in zip(looks, boutique.complete(dress, ["shoes", "bags"], k=2).looks, strict=True):
        same(look["hits"], known.hits)


def test_imagine(asked, boutique):
    answer = asked.post("/v1/imagine", json={"text": "women's black jeans", "seed": 2, "k": 3}).json()
    known = boutique.imagine("women's black jeans", seed=2, k=3)
    same(answer["hits"], known.hits)
    assert answer["words"] == [word.text for word in known.strip.words]
    (address,) = answer["frames"][-1]["pictures"]
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    assert picture.tobytes() == known.strip.last[0].tobytes()
    assert picture.info["Source"].endswith("imagine-boutique")


def test_many_at_once_are_answered_as_one_alone(asked, boutique, dress):
    """Searches, refinements and completions mixed, each with an answer of its own."""
    colours = ["red", "blue", "green", "black", "white", "navy", "beige", "pink"]
    requests = [("search", {"text": f"{colour} dress", "k": 5}) for colour in colours]
    requests += [("refine", {"id": dress, "text": f"in {colour}", "k": 5}) for colour in colours]
    requests += [("complete", {"items": [dress], "want": "shoes", "k": 3})] * 4
    alone = [asked.post(f"/v1/{verb}", json=said).json() for verb, said in requests]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda one: asked.post(f"/v1/{one[0]}", json=one[1]), requests))
    assert {answer.status_code for answer in together} == {200}
    for answer, known in zip(together, alone, strict=True):
        hits = answer.json()["hits"]
        assert [hit["id"] for hit in hits] == [hit["id"] for hit in known["hits"]]
        assert [hit["score"] for hit in hits] == pytest.approx([hit["score"] for hit in known["hits"]], abs=SAME)


@pytest.mark.parametrize("text", ["ملابس حمراء", "красное платье", "赤いドレス", "👗👠", "ḋ̸̡r̷̛e̶s̸s̵"])
@pytest.mark.parametrize("verb", ["search", "refine", "imagine"])
def test_any_script_is_answered_or_explained(asked, dress, verb, text):
    said = {"id": dress, "text": text, "k": 3} if verb == "refine" else {"text": text, "k": 3}
    answer = asked.post(f"/v1/{verb}", json=said)
    assert answer.status_code == 200 or (answer.status_code == 422 and len(answer.json()["detail"]) > 20)


def test_no_path_is_told(asked, boutique, drawn, dress):
    told = [
        asked.post("/v1/search", json={"id": dress, "k": 120}),
        asked.post("/v1/complete", json={"items": [dress]}),
        asked.post("/v1/refine", json={"id": "nobody", "text": "in red"}),
        asked.get("/openapi.json"),
    ]
    assert not any(str(folder) in answer.text for folder in (boutique.path.parent, drawn) for answer in told)
