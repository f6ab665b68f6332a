from __future__ import annotations

import threading
import time

import pytest
from starlette.testclient import TestClient

from modiste.catalog.records import Catalog
from modiste.errors import ModisteError
from modiste.server import Settings, create_app
from modiste.server.service import VERBS
from modiste.shop import open_shop
from tests.fakes import FakeCompleter, FakeEncoder, FakeRefiner
from tests.server.conftest import until
from tests.shop.conftest import product


@pytest.fixture
def stocked(tmp_path):
    """Makes a shop of products of these categories."""

    def make(*categories: str):
        fakes = {"encoder": FakeEncoder(), "refiner": FakeRefiner(), "completer": FakeCompleter()}
        shop = open_shop(tmp_path / "shop", **fakes, create=True)
        products = [product(tmp_path, f"p{n}", "red", category) for n, category in enumerate(categories)]
        if products:
            shop.add(Catalog("few", tuple(products)))
        return shop

    return make


def ready(shop) -> dict:
    """What a shop says of itself once it has loaded what it can."""
    app = create_app(shop, Settings(replica="here"))
    with TestClient(app) as client:
        until(lambda: app.state.service.ready)
        answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()


def test_a_shop_that_can_do_everything(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "replica": "here",
        "products": 36,
        "verbs": ["search", "refine", "complete", "try-on", "imagine"],
        "unavailable": {},
    }


@pytest.mark.parametrize(
    ("categories", "missing"),
    [
        (["Handbag", "Handbag"], {}),
        (["vase", "chair"], {"complete": "no product is of a category", "try-on": "no product can be tried on"}),
        (["watches"], {"try-on": "no product can be tried on; see the column category"}),
    ],
)
def test_a_shop_says_what_it_cannot_do(stocked, categories, missing):
    said = ready(stocked(*categories))
    found = {verb: why for verb, why in said["unavailable"].items() if verb != "complete" or verb in missing}
    assert found.keys() == missing.keys()
    assert all(found[verb].startswith(why) for verb, why in missing.items())
    assert set(said["verbs"]) == set(VERBS) - set(said["unavailable"])


def test_an_empty_shop_starts_too(stocked):
    said = ready(stocked())
    assert (said["products"], said["verbs"]) == (0, [])
    assert said["unavailable"]["search"].startswith("the shop at shop has no products")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ModisteError("no weights; see: modiste models"), "no weights; see: modiste models"),
        (ZeroDivisionError("inside"), "its networks can't be loaded; the service's log says why"),
    ],
)
def test_networks_that_cannot_be_loaded_stop_nothing_else(shop, monkeypatch, error, says, caplog):
    def broken(name):
        raise error

    monkeypatch.setattr("modiste.tryon.pipeline._dresser", broken)
    monkeypatch.setattr("modiste.imagine.pipeline.load_imaginer", broken)
    said = ready(shop)
    assert said["unavailable"] == {"try-on": says, "imagine": says}
    assert said["verbs"] == ["search", "refine", "complete"]
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(logged) == (2 if isinstance(error, ZeroDivisionError) else 0)


def test_a_network_that_the_shop_has_no_weights_for_stops_nothing_else(plain, monkeypatch):
    def missing(name, encoder):
        raise ModisteError(f"nothing refines with {encoder}")

    monkeypatch.setattr("modiste.refine.load_refiner", missing)
    said = ready(open_shop(plain.path, encoder=FakeEncoder(), completer=FakeCompleter()))
    assert said["unavailable"] == {"refine": "nothing refines with fake"}


@pytest.fixture
def slow(app, monkeypatch):
    """A service that loads until it is let go."""
    go, began = threading.Event(), threading.Event()

    def wait(shop, progress):
        for done in range(10_000):
            began.set()
            progress(done, 10_000)
            if go.wait(0.01):
                return

    monkeypatch.setitem(VERBS, "refine", wait)
    app.state.began = began
    yield go
    go.set()


def test_it_is_healthy_before_it_is_ready(app, slow):
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["detail"] == "the networks are still being loaded; try again in a moment"
        assert client.get("/v1/facets").status_code == 503
        slow.set()
        until(lambda: app.state.service.ready)
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/facets").status_code == 200


def test_it_can_be_stopped_before_it_is_ready(app, slow):
    with TestClient(app):
        assert app.state.began.wait(30)
    assert not app.state.service.ready


def test_it_is_not_ready_while_it_shuts_down(client, service):
    service.close_by(time.monotonic() + 1)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the service shuts down; ask another replica")
    assert client.get("/healthz").status_code == 200
    assert client.get("/v1/facets").status_code == 200


def test_it_is_not_ready_once_the_shop_was_embedded_anew(client, shop):
    open_shop(shop.path, encoder=FakeEncoder("99999999"), reembed=True).reembed()
    for answer in (client.get("/readyz"), client.post("/v1/search", json={"text": "red"})):
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
        assert answer.json()["detail"] == "the shop was embedded anew with another encoder; start this service again"
    assert client.get("/healthz").status_code == 200


def test_the_first_request_fills_no_space(client, service):
    seen = service.shop.refiner.photos, service.shop.completer.photos
    assert seen == (36, 36)
    assert client.post("/v1/refine", json={"text": "in navy", "id": "red-jeans"}).status_code == 200
    assert client.post("/v1/complete", json={"items": ["red-jeans"], "want": "shoes"}).status_code == 200
    assert (service.shop.refiner.photos, service.shop.completer.photos) == seen
