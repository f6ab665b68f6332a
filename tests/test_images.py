from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from modiste.images import ImageError, fit, image_hash, load_image, made_png

RED = (255, 0, 0)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def noise(width: int = 200, height: int = 200) -> Image.Image:
    return Image.effect_noise((width, height), 90)


def red(mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (40, 30), RED).convert(mode)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (encoded(red(), "PNG"), RED),
        (encoded(red(), "BMP"), RED),
        (encoded(red("P"), "GIF"), RED),
        (encoded(red("CMYK"), "JPEG", quality=100), RED),
        (encoded(red("L"), "PNG"), (76, 76, 76)),
        (encoded(Image.new("RGBA", (40, 30), (255, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encoded(Image.new("LA", (40, 30), (10, 0)), "PNG"), (255, 255, 255)),
        (encoded(Image.fromarray(np.full((30, 40), 32768, np.uint16)), "PNG"), (128, 128, 128)),
        (encoded(red(), "MPO", save_all=True, append_images=[red()], quality=100), RED),
    ],
    ids=["png", "bmp", "gif", "cmyk", "grey", "transparent", "transparent grey", "16 bits", "phone"],
)
def test_every_kind_of_picture_becomes_rgb(data: bytes, colour: tuple[int, int, int]) -> None:
    image = load_image(data)
    assert (image.mode, image.size) == ("RGB", (40, 30))
    assert np.abs(np.subtract(image.getpixel((3, 3)), colour)).max() <= 2


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "dress.jpg is empty; save or download it again"),
        (b"hello", "dress.jpg is not an image that can be read; give a JPEG, PNG or WebP file"),
        (encoded(noise(), "JPEG")[:4000], "dress.jpg is damaged"),
        (encoded(noise(), "PNG")[:4000], "dress.jpg is damaged"),
        (encoded(red("P"), "GIF", save_all=True, append_images=[noise(40, 30)]), "dress.jpg is animated (2 frames)"),
        (encoded(Image.new("1", (10_000, 5_100)), "PNG"), "dress.jpg has 51 megapixels, at most 50 are read"),
        (encoded(Image.new("1", (10_000, 9_500)), "PNG"), "dress.jpg has over 50 megapixels, which is too large"),
        (encoded(Image.new("1", (20_000, 9_500)), "PNG"), "dress.jpg has over 50 megapixels, which is too large"),
    ],
    ids=["empty", "text", "cut jpeg", "cut png", "animated", "51", "95", "190"],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    photo = tmp_path / "dress.jpg"
    photo.write_bytes(data)
    with pytest.raises(ImageError) as refused:
        load_image(photo)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no image at .*coat.jpg; check the path"):
        load_image(tmp_path / "coat.jpg")
    with pytest.raises(ImageError, match="can't be read"):
        load_image(tmp_path)


def test_bytes_bear_the_name_that_the_caller_gives() -> None:
    with pytest.raises(ImageError, match="the uploaded photo is empty"):
        load_image(b"", name="the uploaded photo")


def test_a_photo_is_turned_upright() -> None:
    sideways = Image.new("RGB", (40, 30), "blue")
    sideways.paste(RED, (0, 0, 20, 30))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is left in the file is the top of the photo
    image = load_image(encoded(sideways, "PNG", exif=exif))
    assert image.size == (30, 40)
    assert image.getpixel((15, 5)) == RED


def test_a_large_jpeg_is_decoded_smaller_but_no_smaller_than_asked() -> None:
    data = encoded(noise(1600, 1200), "JPEG")
    small = load_image(data, at_least=(128, 96))
    assert 96 <= small.width < 1600
    assert 128 <= small.height < 1200


@pytest.mark.parametrize("shape", [(96, 128), (60, 80), (300, 40), (40, 300), (1, 1), (2000, 3)])
def test_fit_fills_the_size_and_keeps_the_shape(shape: tuple[int, int]) -> None:
    pixels = fit(Image.new("RGB", shape, (10, 200, 30)), (128, 96))
    assert pixels.shape == (128, 96, 3)
    assert (pixels == (10, 200, 30)).all(), "the rest is filled with the border's colour"


def test_fit_does_not_stretch() -> None:
    square = Image.new("RGB", (50, 50), "white")
    square.paste((0, 0, 0), (10, 10, 40, 40))
    dark = fit(square, (128, 96)).mean(-1) < 128
    assert abs(int(dark.any(0).sum()) - int(dark.any(1).sum())) <= 1


def test_the_hash_is_of_the_files_bytes(tmp_path: Path) -> None:
    data = encoded(red(), "PNG")
    photo = tmp_path / "red.png"
    photo.write_bytes(data)
    assert image_hash(photo) == image_hash(data) == hashlib.sha256(data).hexdigest()
    with pytest.raises(ImageError, match=r"no image at"):
        image_hash(tmp_path / "other.png")


@pytest.mark.parametrize(
    ("composite", "source", "kind"),
    [
        (False, "Made by a neural network: imagine-photos", "/trainedAlgorithmicMedia"),
        (True, "Partly made by a neural network: imagine-photos", "/compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_a_made_picture_says_so(composite: bool, source: str, kind: str) -> None:
    pixels = noise(30, 20)
    with Image.open(io.BytesIO(made_png(pixels, "imagine-photos", composite=composite))) as file:
        assert (np.asarray(file) == np.asarray(pixels)).all()
        assert (file.format, file.info["Source"]) == ("PNG", source)
        assert file.info["Software"].startswith("Modiste ")
        assert f'{kind}"' in file.info["XML:com.adobe.xmp"]
