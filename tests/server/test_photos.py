"""Photos of products: small enough for a page, taken in only when they are photos, gone when nobody has them."""

from __future__ import annotations

import base64
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from modiste.catalog.records import BadRow, Catalog, Product
from modiste.images import MAX_PIXELS, ImageError
from modiste.server.photos import FOLDER, Pictures, decoded, discard, store, suffix_of
from tests.fakes import COLOURS, save_photo


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


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("size", "small", "large"),
    [
        ((24, 32), (24, 32), (24, 32)),
        ((640, 640), (320, 320), (640, 640)),
        ((3000, 2000), (480, 320), (1800, 1200)),
        ((9000, 300), (1280, 43), (4800, 160)),
    ],
)
def test_photos_are_shrunk_and_never_enlarged(tmp_path, size, small, large):
    photo, pictures = save_photo(tmp_path / "one.png", "red", size), Pictures()
    assert opened(pictures.of(photo, "small", "it").data).size == small
    assert opened(pictures.of(photo, "large", "it").data).size == large


def test_a_picture_is_upright_rgb_without_what_the_camera_noted(tmp_path):
    notes = Image.Exif()
    notes[0x0112] = 6  # lies on its side
    notes[0x010F] = "A camera"
    (tmp_path / "one.jpg").write_bytes(encoded((40, 20), "JPEG", exif=notes))
    with opened(Pictures().of(tmp_path / "one.jpg", "small", "it").data) as picture:
        assert (picture.format, picture.mode, picture.size) == ("WEBP", "RGB", (20, 40))
        assert not picture.getexif()


def test_what_was_made_once_is_kept_until_the_file_changes(tmp_path):
    photo, pictures = save_photo(tmp_path / "one.png", "red"), Pictures()
    first = pictures.of(photo, "small", "it")
    assert pictures.of(photo, "small", "it") is first
    assert pictures.of(photo, "large", "it").etag != first.etag
    save_photo(photo, "blue")
    os.utime(photo, ns=(1, 1))
    changed = pictures.of(photo, "small", "it")
    assert changed.etag != first.etag
    assert opened(changed.data).convert("RGB").getpixel((5, 5))[2] > 150


def test_little_is_kept_in_memory(tmp_path):
    photos = [save_photo(tmp_path / f"{colour}.png", colour, (300, 300)) for colour in COLOURS]
    pictures = Pictures()
    sizes = [len(pictures.of(photo, "small", "it").data) for photo in photos]
    pictures = Pictures(room=sum(sizes[-2:]))
    made = [pictures.of(photo, "small", "it") for photo in photos]
    assert [pictures.of(photo, "small", "it") is one for photo, one in zip(photos[-2:], made[-2:], strict=True)] == [
        True,
        True,
    ]
    assert pictures.of(photos[0], "small", "it") is not made[0]


def test_a_picture_larger_than_all_room_is_made_anyway(tmp_path):
    photo, pictures = save_photo(tmp_path / "one.png", "red"), Pictures(room=10)
    assert opened(pictures.of(photo, "small", "it").data).size == (24, 32)
    assert opened(pictures.of(photo, "small", "it").data).size == (24, 32)


@pytest.mark.parametrize(
    ("data", "says"),
    [(None, "it is gone"), (b"", "it is empty"), (encoded()[:60], "it is damaged"), (b"text", "it is not an image")],
)
def test_a_photo_that_cannot_be_shown_is_told_without_its_path(tmp_path, data, says):
    photo = tmp_path / "secret" / "one.png"
    if data is not None:
        photo.parent.mkdir()
        photo.write_bytes(data)
    with pytest.raises(ImageError) as error:
        Pictures().of(photo, "small", "it")
    assert str(error.value).startswith(says)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_photos_come_as_base64_or_data_urls(format):
    data = encoded(format=format)
    wrapped = base64.encodebytes(data).decode()
    for sent in (text(data), wrapped, f"data:image/x;base64,{text(data)}", f"data:;base64,{wrapped}"):
        assert decoded(sent, "images[0]", MAX_PIXELS) == data
    assert suffix_of(data) == {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[format]


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
        decoded(sent, "photo", MAX_PIXELS)
    assert says in str(bad.value)


def test_a_service_may_take_fewer_pixels():
    with pytest.raises(BadRow, match="megapixels"):
        decoded(text(encoded((30, 40))), "photo", 1199)
    assert decoded(text(encoded((30, 40))), "photo", 1200)


def test_a_photo_is_stored_once_under_its_hash(shop):
    data = encoded()
    path = store(shop, data)
    assert path == store(shop, data)
    assert path.parent == (shop.path / FOLDER).resolve()
    assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_only_photos_of_the_shops_own_that_no_product_has_are_discarded(shop, tmp_path):
    outside = save_photo(tmp_path / "outside.png", "red")
    used, unused = store(shop, encoded((20, 20))), store(shop, encoded((21, 21)))
    linked = tmp_path / "link.png"
    linked.symlink_to(unused)
    spelled = shop.path / FOLDER / ".." / FOLDER / used.name  # another path to the same file
    shop.add(Catalog("more", (Product("one", (spelled,)),)))
    discard(shop, [outside, linked, used, unused, Path("/nowhere.png")])
    assert [file.exists() for file in (outside, linked.parent, used, unused)] == [True, True, True, False]
    assert linked.is_symlink()


def test_many_photos_are_discarded_at_once(shop):
    stored = [store(shop, encoded((20, 20 + n))) for n in range(60)]
    shop.add(Catalog("more", (Product("one", tuple(stored[-1:])),)))
    discard(shop, stored)
    assert [path.exists() for path in stored] == [False] * 59 + [True]
