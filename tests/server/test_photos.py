"""Photos of products as customers see them: small enough for a page."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from PIL import Image

from modiste.images import ImageError
from modiste.server.photos import Pictures
from tests.fakes import COLOURS, save_photo


def encoded(size: tuple[int, int] = (24, 32), format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, COLOURS["red"]).save(file, format, **options)
    return file.getvalue()


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
    assert opened(pictures.of(photo, "small", "it")[0]).size == small
    assert opened(pictures.of(photo, "large", "it")[0]).size == large


def test_a_picture_is_upright_rgb_without_what_the_camera_noted(tmp_path):
    notes = Image.Exif()
    notes[0x0112] = 6  # lies on its side
    notes[0x010F] = "A camera"
    (tmp_path / "one.jpg").write_bytes(encoded((40, 20), "JPEG", exif=notes))
    with opened(Pictures().of(tmp_path / "one.jpg", "small", "it")[0]) as picture:
        assert (picture.format, picture.mode, picture.size) == ("WEBP", "RGB", (20, 40))
        assert not picture.getexif()


def test_what_was_made_once_is_kept_until_the_file_changes(tmp_path):
    photo, pictures = save_photo(tmp_path / "one.png", "red"), Pictures()
    first = pictures.of(photo, "small", "it")
    assert pictures.of(photo, "small", "it") is first
    assert pictures.of(photo, "large", "it")[1] != first[1]
    save_photo(photo, "blue")
    os.utime(photo, ns=(1, 1))
    changed = pictures.of(photo, "small", "it")
    assert changed[1] != first[1]
    assert opened(changed[0]).convert("RGB").getpixel((5, 5))[2] > 150


def test_little_is_kept_in_memory(tmp_path):
    photos = [save_photo(tmp_path / f"{colour}.png", colour, (300, 300)) for colour in COLOURS]
    pictures = Pictures()
    sizes = [len(pictures.of(photo, "small", "it")[0]) for photo in photos]
    pictures = Pictures(most=sum(sizes[-2:]))
    made = [pictures.of(photo, "small", "it") for photo in photos]
    assert [pictures.of(photo, "small", "it") is one for photo, one in zip(photos[-2:], made[-2:], strict=True)] == [
        True,
        True,
    ]
    assert pictures.of(photos[0], "small", "it") is not made[0]


def test_a_picture_larger_than_all_room_is_made_anyway(tmp_path):
    photo, pictures = save_photo(tmp_path / "one.png", "red"), Pictures(most=10)
    assert opened(pictures.of(photo, "small", "it")[0]).size == (24, 32)
    assert opened(pictures.of(photo, "small", "it")[0]).size == (24, 32)


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
