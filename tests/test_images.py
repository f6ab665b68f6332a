from __future__ import annotations

import hashlib
import io
import random
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, features

from modiste import images
from modiste.images import ImageError, check_image, fit, image_hash, load_image, load_mask, made_by, made_png, save_made

RED = (255, 0, 0)


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def noise(width: int = 200, height: int = 200) -> Image.Image:
    return Image.effect_noise((width, height), 90)


def grey(dtype: type, value: float) -> Image.Image:
    """Half black, half `value`."""
    values = np.zeros((30, 40), dtype)
    values[:, :20] = value
    return Image.fromarray(values)


def spot(value: float) -> Image.Image:
    """Something small before a black backdrop."""
    values = np.zeros((30, 40), np.float32)
    values[:10, :10] = value
    return Image.fromarray(values)


def lab() -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(red(), srgb, lab, outputMode="LAB")
    assert converted is not None
    return converted


def with_nan() -> Image.Image:
    values = np.full((30, 40), 0.5, np.float32)
    values[10:12], values[14], values[16, :8] = np.nan, np.inf, 1e38
    return Image.fromarray(values)


def wide_gamut() -> bytes:
    """The profile of a colour space in which red and green are swapped, which no screen has."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


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
        (encoded(red(), "MPO", save_all=True, append_images=[noise(40, 30)], quality=100), RED),
        (encoded(red(), "TIFF", save_all=True, append_images=[noise(40, 30).convert("RGB")]), RED),
        (encoded(red("CMYK"), "TIFF"), RED),
        (encoded(red("YCbCr"), "TIFF"), RED),
        (encoded(lab(), "TIFF"), RED),
        (encoded(red(), "JPEG2000"), RED),
        (encoded(red().quantize(4), "PNG", transparency=bytes([0] * 4)), (255, 255, 255)),
        (encoded(red(), "PNG", transparency=RED), (255, 255, 255)),
        (encoded(Image.new("1", (40, 30), 1), "PNG"), (255, 255, 255)),
        (encoded(grey(np.uint16, 65535), "TIFF"), (255, 255, 255)),
        (encoded(grey(np.int32, 128), "TIFF"), (128, 128, 128)),
        (encoded(grey(np.uint32, 2**32 - 1), "TIFF"), (255, 255, 255)),
        (encoded(grey(np.float32, 0.5), "TIFF"), (128, 128, 128)),
        (encoded(grey(np.float32, 1.3), "TIFF"), (255, 255, 255)),
        (encoded(grey(np.float32, 128), "TIFF"), (128, 128, 128)),
        (encoded(spot(128), "TIFF"), (128, 128, 128)),
        (encoded(grey(np.float32, 32768), "TIFF"), (128, 128, 128)),
        (encoded(grey(np.float32, 1e9), "TIFF"), (255, 255, 255)),
        (encoded(grey(np.float32, -1), "TIFF"), (0, 0, 0)),
        (encoded(grey(np.float32, np.nan), "TIFF"), (0, 0, 0)),
        (encoded(with_nan(), "TIFF"), (128, 128, 128)),
    ],
    ids=[
        "png", "bmp", "gif", "cmyk", "grey", "transparent", "transparent grey", "16 bits", "phone", "pages",
        "cmyk tiff", "video colours", "lab", "jpeg 2000", "transparent palette", "transparent colour", "1 bit",
        "16 bit tiff", "32 bits to 255", "32 bits", "0 to 1", "highlights", "0 to 255", "mostly black", "0 to 65535",
        "large", "negative", "nothing", "holes",
    ],
)  # fmt: skip
def test_every_kind_of_picture_becomes_rgb(data: bytes, colour: tuple[int, int, int]) -> None:
    image = load_image(data)
    assert (image.mode, image.size) == ("RGB", (40, 30))
    assert np.abs(np.subtract(image.getpixel((3, 3)), colour)).max() <= 5


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "dress.jpg is empty; save or download it again"),
        (b"hello", "dress.jpg is not an image that can be read; give a JPEG, PNG or WebP file"),
        (encoded(noise(), "JPEG")[:4000], "dress.jpg is damaged"),
        (encoded(noise(), "PNG")[:4000], "dress.jpg is damaged"),
        (encoded(red("P"), "GIF", save_all=True, append_images=[noise(40, 30)]), "dress.jpg is animated; give a still"),
        (encoded(noise(), "PNG", save_all=True, append_images=[noise()]), "dress.jpg is animated; give a still"),
        (encoded(Image.new("1", (10_000, 5_100)), "PNG"), "dress.jpg has 51 megapixels, at most 50 are read"),
        (encoded(Image.new("1", (10_000, 9_500)), "PNG"), "dress.jpg has over 50 megapixels, which is too large"),
        (encoded(Image.new("1", (20_000, 9_500)), "PNG"), "dress.jpg has over 50 megapixels, which is too large"),
    ],
    ids=["empty", "text", "cut jpeg", "cut png", "animated", "animated png", "51", "95", "190"],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    photo = tmp_path / "dress.jpg"
    photo.write_bytes(data)
    with pytest.raises(ImageError) as refused:
        load_image(photo)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC photo, which can't be read; save it as a JPEG file"),
        (b"\0\0\0\x20ftypisom", "a film, which can't be read; give a JPEG, PNG or WebP file"),
        (b"\xff\x0a\xfa", "a JPEG XL photo,"),
        (b"%PDF-1.7", "a PDF file,"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n", "an EPS drawing,"),
        (b"8BPS\0\1", "a Photoshop file,"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing,"),
        (b"\n<!DOCTYPE html><title>Not found</title>", "a web page,"),
        (encoded(Image.new("RGB", (4, 4)), "ICO"), "not an image that can be read;"),
        (encoded(Image.new("RGB", (4, 4)), "EPS"), "an EPS drawing,"),
        (encoded(grey(np.float32, 1), "TIFF").replace(struct.pack("<HHII", 258, 3, 1, 32), bytes(12)), "a TIFF file"),
    ],
)
def test_other_files_are_named(start: bytes, what: str) -> None:
    with pytest.raises(ImageError) as refused:
        load_image(start, name="dress.jpg")
    assert str(refused.value).startswith(f"dress.jpg is {what}")


def test_heic_is_read_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    data = encoded(red(), "HEIF", quality=-1)
    assert np.abs(np.subtract(load_image(data).getpixel((3, 3)), RED)).max() <= 4
    monkeypatch.setattr(images, "_formats", lambda heif: ("JPEG",))
    with pytest.raises(ImageError, match=r'a HEIC photo, .* save it as a JPEG file, or run pip install "modiste\[heic'):
        load_image(data)


def packshot(progressive: bool) -> bytes:
    photo = Image.new("RGB", (300, 400), "white")
    photo.paste(noise().convert("RGB"), (50, 100))
    return encoded(photo, "JPEG", progressive=progressive)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("data", [lambda one: encoded(noise(300, 400), "JPEG", progressive=one), packshot])
def test_a_jpeg_may_lack_its_end_and_no_more(data: Callable[[bool], bytes], progressive: bool) -> None:
    whole = data(progressive)
    for short in (1, 2):
        assert load_image(whole[:-short]).size == (300, 400)
        assert load_image(whole[:-short], at_least=(128, 96)).size < (300, 400)
    half = len(whole) // 2
    for cut in (whole[: half + half // 2], whole[:half], whole[:half] + bytes(half), whole[: len(whole) // 5]):
        with pytest.raises(ImageError, match="is damaged"):
            load_image(cut)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_colours_are_those_of_a_screen(format: str) -> None:
    """The same colour, whatever it is noted in; and nobody after us applies the profile once more."""
    image = load_image(encoded(Image.new("RGB", (40, 30), (0, 255, 0)), format, icc_profile=wide_gamut(), quality=100))
    assert np.abs(np.subtract(image.getpixel((3, 3)), RED)).max() <= 3
    with Image.open(io.BytesIO(encoded(image, "PNG"))) as file:
        assert "icc_profile" not in file.info


def test_transparent_photos_have_profiles_too() -> None:
    photo = Image.new("RGBA", (40, 30), (0, 255, 0, 255))
    photo.putpixel((0, 0), (0, 255, 0, 0))
    image = load_image(encoded(photo, "PNG", icc_profile=wide_gamut()))
    assert (image.getpixel((0, 0)), image.getpixel((3, 3))) == ((255, 255, 255), RED)


@pytest.mark.parametrize("profile", [b"", b"no profile", wide_gamut()[:200], wide_gamut().replace(b"RGB ", b"GRAY")])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_profiles_that_cannot_be_used_are_ignored(profile: bytes, mode: str) -> None:
    data = encoded(red(mode), "JPEG", icc_profile=profile)
    plain = load_image(encoded(red(mode), "JPEG"))
    assert load_image(data).getpixel((3, 3)) == plain.getpixel((3, 3))


def test_a_photo_that_says_that_it_is_srgb_stays_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = noise().convert("RGB")
    assert np.array_equal(load_image(encoded(photo, "PNG", icc_profile=profile)), photo)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    """Each takes a few bytes and a pass over all pixels; a film behind a photo may look like scans."""
    data = encoded(Image.new("L", (400, 400)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(ImageError, match="over 50 scans"):
        load_image(data[:-2] + scan * 100 + data[-2:])
    assert load_image(data + scan * 100).size == (400, 400)


def test_no_file_is_read_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 2**20)
    photo = tmp_path / "dress.tif"
    with photo.open("wb") as file:
        file.truncate(2**40)
    for read in (load_image, image_hash):
        with pytest.raises(ImageError, match=r"dress.tif is larger than 1 MiB; save it as a JPEG"):
            read(photo)


def test_the_head_alone_can_be_checked() -> None:
    cut = encoded(noise(), "PNG")[:4000]
    check_image(cut, "a.png")
    with pytest.raises(ImageError, match=r"a.png has 0.04 megapixels, at most 0.03 are read; shrink it"):
        check_image(cut, "a.png", 30_000)


def test_a_mask_keeps_its_values(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(values).save(tmp_path / "mask.png")
    assert np.array_equal(load_mask(tmp_path / "mask.png"), values)
    with pytest.raises(ImageError, match=r"no image at"):
        load_mask(tmp_path / "none.png")


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file with these chunks between its head and its pixels."""
    whole = encoded(Image.new("RGB", (8, 8)), "PNG")
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return whole[:33] + b"".join(parts) + whole[33:]


BOMB = zlib.compress(bytes(20 << 20), 9)
SOURCES = {
    "jpeg": encoded(noise(60, 80), "JPEG"),
    "progressive": encoded(noise(60, 80), "JPEG", progressive=True, icc_profile=wide_gamut()),
    "cmyk": encoded(noise(60, 80).convert("CMYK"), "JPEG"),
    "phone": encoded(noise(60, 80), "MPO", save_all=True, append_images=[noise(60, 80)]),
    "png": encoded(noise(60, 80), "PNG", icc_profile=wide_gamut()),
    "palette": encoded(noise(60, 80).quantize(16), "PNG", transparency=bytes(16)),
    "comments": png((b"tEXt", b"a\0b"), (b"zTXt", b"a\0\0" + BOMB), (b"eXIf", b"MM\0*\0\0\0\x08\0\1")),
    "profile bomb": png((b"iCCP", b"a\0\0" + BOMB)),
    "gif": encoded(noise(60, 80), "GIF"),
    "bmp": encoded(noise(60, 80), "BMP"),
    "webp": encoded(noise(60, 80), "WEBP"),
    "tiff": encoded(noise(60, 80), "TIFF"),
    "packed tiff": encoded(noise(60, 80), "TIFF", compression="tiff_adobe_deflate"),
    "float tiff": encoded(with_nan(), "TIFF"),
    "jpeg 2000": encoded(noise(60, 80), "JPEG2000"),
    **({"avif": encoded(noise(60, 80), "AVIF")} if features.check("avif") else {}),
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The same file with a few bytes changed, taken out or put in, most of them in its head."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 2, 8))):
        place = chance.randrange(min(len(broken), chance.choice((64, 600, len(broken)))))
        match chance.randrange(5):
            case 0:
                broken[place] = chance.randrange(256)
            case 1:
                broken[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
            case 2:
                del broken[place + 1 : place + chance.randrange(2, 30)]
            case 3:
                broken[place:place] = chance.randbytes(10)
            case 4:
                broken = broken[: place + 1]
    return bytes(broken)


@pytest.mark.parametrize("kind", SOURCES)
def test_whatever_is_wrong_with_a_file_is_an_image_error(kind: str) -> None:
    chance, refused = random.Random(kind), []
    for _ in range(40):
        try:
            load_image(damaged(SOURCES[kind], chance), max_pixels=10**6)
        except ImageError as error:
            refused.append(str(error))
    assert refused
    assert all(len(reason.splitlines()) == 1 for reason in refused)


def test_notes_that_cannot_be_read_do_not_matter() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\xff\0\0\0\xff\xff\0\0\x12\x01\x02\0\xff\0\0\0\xff\xff\0\0"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load_image(encoded(red(), "JPEG", exif=exif)).size == (40, 30)


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
    assert made_by(made_png(pixels, "imagine-photos", composite=composite)) == "imagine-photos"
    assert made_by(encoded(pixels, "PNG")) == ""


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_a_made_file_says_so_in_every_format_that_has_a_place_for_it(ending: str, tmp_path: Path) -> None:
    save_made(noise(30, 20), tmp_path / f"made.{ending}", "/home/me/runs/mine", composite=True)
    with Image.open(tmp_path / f"made.{ending}") as file:
        said = file.info.get("Source") or file.getexif()[ExifTags.Base.ImageDescription]
        assert said == "Partly made by a neural network: mine"
        assert "compositeWithTrainedAlgorithmicMedia" in str(file.info.get("xmp") or file.info["XML:com.adobe.xmp"])


def test_a_format_without_a_place_for_notes_is_written_too(tmp_path: Path) -> None:
    save_made(noise(30, 20), tmp_path / "made.bmp", "imagine-photos")
    assert load_image(tmp_path / "made.bmp").size == (30, 20)
