"""Where files lie on the server is told to nobody, whatever is missing or broken there."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from modiste.catalog.records import Catalog
from modiste.server import Settings, create_app
from modiste.server.problems import without_folders
from modiste.shop import open_shop
from tests.fakes import FakeCompleter, FakeEncoder, FakeRefiner
from tests.server.conftest import until
from tests.shop.conftest import product

KINDS = ("t-shirt", "jeans", "sneakers")


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 32), "red").save(file, "PNG")
    return file.getvalue()


def empty(photos: Path, shop: Path) -> None:
    for photo in photos.iterdir():
        photo.write_bytes(b"")


def corrupt(photos: Path, shop: Path) -> None:
    for photo in photos.iterdir():
        photo.write_bytes(b"no photo")


def truncate(photos: Path, shop: Path) -> None:
    for photo in photos.iterdir():
        photo.write_bytes(photo.read_bytes()[:60])


def lose(photos: Path, shop: Path) -> None:
    for photo in photos.iterdir():
        photo.unlink()


def replace_by_folders(photos: Path, shop: Path) -> None:
    for photo in list(photos.iterdir()):
        photo.unlink()
        photo.mkdir()


def lose_folder(photos: Path, shop: Path) -> None:
    shutil.rmtree(photos)


def lose_shop(photos: Path, shop: Path) -> None:
    shutil.rmtree(shop)


def lose_vectors(photos: Path, shop: Path) -> None:
    for data in shop.glob("*.lance/data/*"):
        data.unlink()


def damage_note(photos: Path, shop: Path) -> None:
    (shop / "shop.json").write_text("no note")
    shutil.rmtree(next(shop.glob("*.lance")))


def asked_of_every_route(client: TestClient) -> list[Any]:
    """Everything that looks at a product, its photo or the shop's folder."""
    photo, shirt, jeans = ("me.png", png(), "image/png"), "red-t-shirt", "red-jeans"
    key = {"X-API-Key": "write"}
    return [
        client.get("/readyz"),
        client.get("/metrics"),
        client.get("/v1/items"),
        client.get("/v1/facets"),
        client.get(f"/v1/items/{shirt}"),
        client.get(f"/v1/items/{shirt}/photos/0"),
        client.get("/v1/items", params={"where": "nothing = 1"}),
        client.post("/v1/search", json={"text": "red"}),
        client.post("/v1/search", json={"id": shirt}),
        client.post("/v1/search", files={"image": photo}),
        client.post("/v1/refine", json={"id": shirt, "text": ["in blue", "in green"]}),
        client.post("/v1/refine", files={"image": photo}, data={"text": ["in blue", "in green"]}),
        client.post("/v1/complete", json={"items": [shirt], "want": "shoes"}),
        client.post("/v1/complete", json={"items": [shirt], "want": ["shoes", "jeans"]}),
        client.post("/v1/complete", json={"items": [shirt, jeans]}),
        client.post("/v1/imagine", json={"text": "red dress"}),
        client.post("/v1/try-on", files={"person": photo}, data={"items": [shirt], "refine_steps": 0}),
        client.put("/v1/items", json={"items": [{"id": shirt, "price": 5}]}, headers=key),
        client.put("/v1/items", json={"items": [{"id": "new", "images": ["bm8gcGhvdG8="]}]}, headers=key),
        client.delete(f"/v1/items/{jeans}", headers=key),
    ]


@pytest.mark.parametrize(
    "broken",
    [empty, corrupt, truncate, lose, replace_by_folders, lose_folder, lose_shop, lose_vectors, damage_note],
    ids=lambda broken: broken.__name__,
)
@pytest.mark.parametrize("warm", [True, False], ids=["after it was looked at", "before"])
def test_no_answer_tells_where_files_lie(tmp_path, broken, warm):
    photos, folder = tmp_path / "Photos: a (2024)", tmp_path / "the shop's"
    photos.mkdir()
    shop = open_shop(folder, encoder=FakeEncoder(), refiner=FakeRefiner(), completer=FakeCompleter(), create=True)
    shop.add(Catalog("few", tuple(product(photos, f"red-{kind}", "red", kind) for kind in KINDS)))
    app = create_app(shop, Settings(write_keys="write", replica="here", grace=1))
    if not warm:
        broken(photos, folder)
    with TestClient(app, raise_server_exceptions=False) as client:
        until(lambda: app.state.service.ready)
        if warm:
            asked_of_every_route(client)
            broken(photos, folder)
        answers = asked_of_every_route(client)
    for answer in answers:
        assert "Traceback" not in answer.text
        for place in (photos.name, str(tmp_path)):
            assert place not in answer.text, (answer.request.url.path, answer.status_code)
    assert sum(answer.status_code >= 400 for answer in answers) >= 2


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("no image at /srv/shop/a.jpg; check the path", "no image at a.jpg; check the path"),
        ("run: modiste index SOURCE --shop /srv/my (shop)", "run: modiste index SOURCE --shop my (shop)"),
        ("/srv/my (shop)/shop.json is damaged", "shop.json is damaged"),
        ('no product "shoes/red/38" in this shop', 'no product "shoes/red/38" in this shop'),
        ("half and/or wool, see https://shop.example/a/b/c", "half and/or wool, see https://shop.example/a/b/c"),
    ],
)
def test_folders_are_left_out(message, told):
    assert without_folders(message, Path("/srv/my (shop)")) == told


def test_a_shop_in_this_folder_is_left_as_it_was_called():
    assert without_folders("no dot. In it", Path()) == "no dot. In it"
