"""Rows of JSON become products by the rules of a shop's tables; what can't be used changes nothing."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from modiste.catalog.records import BadRow, Catalog, Product, Rejected
from modiste.errors import UsageError
from modiste.images import MAX_PIXELS
from modiste.index.folder import LockedError, exclusive
from modiste.shop import Shop, items
from modiste.shop.items import FOLDER, _decoded, _discard, _store, _suffix_of
from tests.fakes import COLOURS, save_photo


def photo(colour: str = "red", size: tuple[int, int] = (24, 32)) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def encoded(size: tuple[int, int] = (24, 32), format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, COLOURS["red"]).save(file, format, **options)
    return file.getvalue()


def huge() -> bytes:
    """A PNG of 200 megapixels, as its header says; there is hardly anything behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100)))


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def upsert(shop: Shop, *rows: Any) -> items.Outcome:
    return shop.upsert(rows)


def kept(shop: Shop, id: str) -> Product:
    product = shop.index.product(id)
    assert product is not None
    return product


def stored(shop: Shop) -> list[Path]:
    folder = shop.path / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_values_are_read_as_those_of_a_table(shop):
    row = {
        "id": 17,
        "title": "  A shirt ",
        "gender": "female",
        "colour": "NAVY",
        "price": "1.299,00 €",
        "in_stock": "sold out",
        "images": [photo()],
        "attributes": {"baseColour": "Navy", "Length (cm)": "32", "washable": "yes", "sizes": ["S", "M"], "note": None},
    }
    upsert(shop, row)
    assert replace(kept(shop, "17"), images=()) == Product(
        "17",
        title="A shirt",
        gender="Women",
        colour="navy",
        price=1299.0,
        in_stock=False,
        attributes={"base_colour": "Navy", "length_cm": 32.0, "washable": "yes", "sizes": "S, M"},
    )


def test_attributes_follow_the_shops_columns(shop):
    upsert(shop, {"id": "one", "images": [photo()], "attributes": {"year": 2024, "code": "A1", "new": True}})
    outcome = upsert(
        shop,
        {"id": "two", "images": [photo()], "attributes": {"year": "2025", "code": 7, "new": "no"}},
        {"id": "three", "images": [photo()], "attributes": {"year": "last", "code": "B"}},
        {"id": "four", "images": [photo()], "attributes": {"new": "perhaps"}},
        {"id": "five", "images": [photo()], "attributes": {"year": 1e-9}},
    )
    assert kept(shop, "two").attributes == {"year": 2025.0, "code": "7", "new": False}
    assert kept(shop, "five").attributes == {"year": 1e-9}
    assert [(row.id, row.reason) for row in outcome.rejected] == [
        ("three", 'its year is "last", but this shop holds a number there; mend the value'),
        ("four", 'its new is "perhaps", but this shop holds a boolean there; mend the value'),
    ]


def test_a_new_column_that_is_a_mixture_holds_text(shop):
    rows = [{"id": id, "images": [photo()], "attributes": {"size": size}} for id, size in (("a", 38), ("b", "M"))]
    assert upsert(shop, *rows).rejected == ()
    assert shop.index.columns()["size"] == "text"
    assert [kept(shop, id).attributes["size"] for id in "ab"] == ["38", "M"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (None, "it is no object"),
        ([1], "it is no object"),
        ({"images": [photo()]}, "the id is missing"),
        ({"id": " ", "images": [photo()]}, "the id is missing"),
        ({"id": "x" * 501, "images": [photo()]}, "id has 501 characters; give at most 500"),
        ({"id": "a\0b", "images": [photo()]}, "id holds what is no letter"),
        ({"id": "a\nb", "images": [photo()]}, "holds a line break or a control character"),
        ({"id": "..", "images": [photo()]}, 'the id ".." means a folder in an address'),
        ({"id": "\ud800", "images": [photo()]}, "id holds what is no letter"),
        ({"id": {"sku": 1}, "images": [photo()]}, "id is nested; give a text"),
        ({"id": "x"}, "the product is new and has no photo"),
        ({"id": "x", "images": []}, "the product is new and has no photo"),
        ({"id": "x", "images": {"0": photo()}}, '"images" must be a list of at most 20 photos'),
        ({"id": "x", "images": [photo()] * 21}, '"images" must be a list of at most 20 photos'),
        ({"id": "x", "images": [photo(), 7]}, "images[1] is a number; send the photo's bytes"),
        ({"id": "x", "images": ["photos/one.png"]}, "images[0] is not base64"),
        ({"id": "x", "images": [base64.b64encode(huge()).decode()]}, "megapixels"),
        ({"id": "x", "images": [photo()], "price": "on request"}, 'price "on request" is not a number'),
        ({"id": "x", "images": [photo()], "price": -1}, "price -1 is negative"),
        ({"id": "x", "images": [photo()], "price": 10**400}, "price can't be held"),
        ({"id": "x", "images": [photo()], "price": float("nan")}, "price can't be held"),
        ({"id": "x", "images": [photo()], "price": "€" + " " * 5000 + "x"}, "price has 5,002 characters"),
        ({"id": "x", "images": [photo()], "in_stock": "maybe"}, 'in_stock "maybe" is not understood'),
        ({"id": "x", "images": [photo()], "outfit_id": "[1"}, '"[1" is not a JSON list'),
        ({"id": "x", "images": [photo()], "title": {"en": "Shirt"}}, "title is nested"),
        ({"id": "x", "images": [photo()], "title": "x" * 10_001}, "title has 10,001 characters"),
        (
            {"id": "x", "images": [photo()], "titel": "Shirt"},
            'no field "titel"; nearest: title, attributes; other facts belong in',
        ),
        ({"id": "x", "images": [photo()], "attributes": ["new"]}, '"attributes" must be an object'),
        ({"id": "x", "images": [photo()], "attributes": {"price": 1}}, 'the attribute "price" can\'t be the column'),
        ({"id": "x", "images": [photo()], "attributes": {"modiste_row": 1}}, "which is taken; rename it"),
        ({"id": "x", "images": [photo()], "attributes": {"!": 1}}, "which is taken; rename it"),
        ({"id": "x", "images": [photo()], "attributes": {"n" * 65: 1}}, "has a name of 65 characters; give at most 64"),
        ({"id": "x", "images": [photo()], "attributes": {"a b": 1, "a-b": 2}}, "which is taken; rename it"),
        ({"id": "x", "images": [photo()], "attributes": {"a": {"b": 1}}}, "a is nested"),
        ({"id": "x", "images": [photo()], "attributes": {"a": 10**400}}, "a can't be held"),
        ({"id": "x", "images": [photo()], "attributes": {f"a{n}": n for n in range(101)}}, "it has 101 attributes"),
    ],
)
def test_a_bad_row_is_refused_and_the_good_one_goes_in(shop, row, says):
    columns = shop.index.columns()
    outcome = upsert(shop, row, {"id": "good", "images": [photo("green")]})
    assert [one.source for one in outcome.rejected] == ["items[0]"]
    assert says in outcome.rejected[0].reason
    outcome.rejected[0].reason.encode()
    assert outcome.report is not None
    assert outcome.report.added == 1
    assert kept(shop, "good")
    assert shop.index.columns() == columns
    assert len(stored(shop)) == 1


def test_the_same_id_twice_is_refused_the_second_time(shop):
    outcome = upsert(shop, {"id": "one", "images": [photo()]}, {"id": "one", "images": [photo("green")]})
    assert 'id "one" is taken by items[0]' in outcome.rejected[0].reason
    assert len(stored(shop)) == 1


def test_where_nothing_can_be_used_nothing_changes(shop):
    version, count = shop.index.version(), len(shop)
    outcome = upsert(shop, {"id": "x", "images": [photo()], "attributes": {"a": 1}, "price": "ten"}, 7)
    assert outcome.report is None
    assert len(outcome.rejected) == 2
    assert (shop.index.version(), len(shop), stored(shop)) == (version, count, [])


def test_photos_stay_without_being_looked_at_again(shop):
    upsert(shop, {"id": "one", "images": [photo("red"), photo("green")]})
    before, looked = kept(shop, "one"), shop.encoder.photos
    outcome = upsert(shop, {"id": "one", "title": "One", "images": None})
    assert outcome.report is not None
    assert (outcome.report.updated, kept(shop, "one").images) == (1, before.images)
    assert shop.encoder.photos == looked


def test_photos_that_were_replaced_leave(shop):
    upsert(shop, {"id": "one", "images": [photo("red"), photo("green")]})
    upsert(shop, {"id": "one", "images": [photo("green"), photo("blue"), photo("green")]})
    assert sorted(kept(shop, "one").images) == stored(shop)
    assert len(stored(shop)) == 2


@pytest.mark.parametrize("change", ["gone", "other"])
def test_a_product_whose_photos_are_lost_keeps_what_is_known_of_it(shop, tmp_path, change):
    file = save_photo(tmp_path / "one.png", "red")
    shop.add(Catalog("more", (Product("one", (file,), title="One"),)))
    vectors = shop.index.vectors(["one"])["one"]
    file.unlink() if change == "gone" else file.write_bytes(base64.b64decode(photo("blue")))
    outcome = upsert(shop, {"id": "one", "title": "Other"})
    assert outcome.report is None
    assert "are gone or have changed; send its photos again" in outcome.rejected[0].reason
    assert kept(shop, "one").title == "One"
    assert (shop.index.vectors(["one"])["one"] == vectors).all()
    assert upsert(shop, {"id": "one", "title": "Other", "images": [photo("blue")]}).rejected == ()


def test_a_product_with_one_damaged_photo_can_be_changed(shop, tmp_path):
    good, bad = save_photo(tmp_path / "good.png", "red"), tmp_path / "bad.png"
    bad.write_bytes(b"no photo")
    shop.add(Catalog("more", (Product("one", (good, bad)),)))
    outcome = upsert(shop, {"id": "one", "price": 5})
    assert kept(shop, "one").price == 5.0
    assert [(row.id, "bad.png is not an image" in row.reason) for row in outcome.rejected] == [("one", True)]
    assert str(tmp_path) not in str(outcome.rejected)


def test_a_shop_that_is_written_elsewhere_is_left_alone(shop):
    said = r'shop ".*shop" is being written by process \d+; wait'
    with exclusive(shop.path / "writer.lock", "spring"), pytest.raises(LockedError, match=said):
        upsert(shop, {"id": "one", "images": [photo()]})
    with exclusive(shop.path / "intake.lock", "spring"), pytest.raises(LockedError, match=said):
        shop.remove_item("red-jeans")
    assert kept(shop, "red-jeans")
    assert stored(shop) == []


def test_removing_what_the_shop_does_not_have(shop):
    with pytest.raises(UsageError, match='no product "red-jean" in this shop; nearest: red-jeans'):
        shop.remove_item("red-jean")


def test_a_long_reason_is_cut():
    assert len(items._shown(Rejected("x", "why " * 500, "product x")).reason) == 303


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_photos_come_as_base64_or_data_urls(format):
    data = encoded(format=format)
    wrapped = base64.encodebytes(data).decode()
    for sent in (text(data), wrapped, f"data:image/x;base64,{text(data)}", f"data:;base64,{wrapped}"):
        assert _decoded(sent, "images[0]", MAX_PIXELS) == data
    assert _suffix_of(data) == {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[format]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("", "photo is empty"),
        ("abc", "photo is not base64"),
        ("photos/one.jpg", "photo is not base64"),
        ("/etc/passwd", "photo is not base64"),
        ("قميص", "photo is not base64"),
        ("https://shop.example/one.jpg", "photo is an address, which is not fetched"),
        ("FILE:///etc/passwd", "photo is an address"),
        ("data:image/png,%89PNG", "photo is a data: URL without base64"),
        (text(b"no photo at all"), "photo is not an image"),
        (text(encoded()[:50]), "photo is damaged"),
        (text(encoded(format="GIF")), "photo is no JPEG, PNG or WebP file"),
        (text(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "photo is an EPS drawing"),
        (text(huge()), "megapixels"),
        (None, "photo is null; send"),
        (7, "photo is a number; send"),
        ({"url": "x"}, "photo is an object; send"),
    ],
)
def test_what_is_no_photo_is_refused(sent, says):
    with pytest.raises(BadRow) as bad:
        _decoded(sent, "photo", MAX_PIXELS)
    assert says in str(bad.value)


def test_a_service_may_take_fewer_pixels():
    with pytest.raises(BadRow, match="megapixels"):
        _decoded(text(encoded((30, 40))), "photo", 1199)
    assert _decoded(text(encoded((30, 40))), "photo", 1200)


def test_a_photo_is_stored_once_under_its_hash(shop):
    data = encoded()
    path = _store(shop.path, data)
    assert path == _store(shop.path, data)
    assert path.parent == (shop.path / FOLDER).resolve()
    assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_only_photos_of_the_shops_own_that_no_product_has_are_discarded(shop, tmp_path):
    outside = save_photo(tmp_path / "outside.png", "red")
    used, unused = _store(shop.path, encoded((20, 20))), _store(shop.path, encoded((21, 21)))
    linked = tmp_path / "link.png"
    linked.symlink_to(unused)
    spelled = shop.path / FOLDER / ".." / FOLDER / used.name  # another path to the same file
    shop.add(Catalog("more", (Product("one", (spelled,)),)))
    _discard(shop.path, shop.index, [outside, linked, used, unused, Path("/nowhere.png")])
    assert [file.exists() for file in (outside, linked.parent, used, unused)] == [True, True, True, False]
    assert linked.is_symlink()


def test_many_photos_are_discarded_at_once(shop):
    stored = [_store(shop.path, encoded((20, 20 + n))) for n in range(60)]
    shop.add(Catalog("more", (Product("one", tuple(stored[-1:])),)))
    _discard(shop.path, shop.index, stored)
    assert [path.exists() for path in stored] == [False] * 59 + [True]
