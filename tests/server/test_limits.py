from __future__ import annotations

import io
import struct
import tempfile
import zlib
from typing import Annotated

import pytest
from fastapi import Depends, Request, UploadFile
from PIL import Image
from starlette.testclient import TestClient

from modiste.images import ImageError, check_image
from modiste.server import Settings, create_app
from modiste.server.routes.bodies import InMemoryRoute, photo_of
from modiste.server.service import ReadyService

LIMIT = 3 << 20


@pytest.fixture
def settings():
    """Three MiB, and a million pixels."""
    return Settings(max_body=LIMIT, max_pixels=1_000_000)


@pytest.fixture
def client(shop, settings):
    """The service with a route that takes a photo, and one that takes anything."""
    app = create_app(shop, settings)
    app.state.service.ready = True
    app.router.route_class = InMemoryRoute

    @app.post("/photo")
    async def photo(image: UploadFile, service: ReadyService) -> int:
        return len(await photo_of(image, service))

    @app.post("/anything")
    async def anything(size: Annotated[int, Depends(_size)]) -> int:
        return size

    return TestClient(app)


async def _size(request: Request) -> int:
    return len(await request.body())


def picture(format: str = "PNG", size: tuple[int, int] = (24, 32), **options) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(file, format, **options)
    return file.getvalue()


def png(*chunks: tuple[bytes, bytes], size: tuple[int, int] = (8, 8)) -> bytes:
    """A PNG file with these chunks between its head and its end."""
    head = (b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (head, *chunks, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb(name: bytes, size: int = 100 << 20) -> bytes:
    """A PNG file of which a chunk blows up to so many bytes."""
    return png((name, b"Comment\0\0" + zlib.compress(bytes(size), 9)), (b"IDAT", zlib.compress(bytes(8 * 25))))


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413), (10 * LIMIT, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies(client, size, status, chunked):
    body = bytes(size)
    pieces = (body[start : start + 100_000] for start in range(0, size, 100_000))
    answer = client.post("/anything", content=pieces if chunked else body)
    assert answer.status_code == status
    if status == 413:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == "the body is larger than 3 MiB; shrink the photos, or send fewer"


def test_a_form_that_grows_too_large_is_not_called_broken(client):
    """What reads forms takes any error for one of the form."""
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'

    def pieces():
        yield head
        for _ in range(40):
            yield bytes(100_000)
        yield b"\r\n--x--\r\n"

    answer = client.post("/photo", content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 413


def test_uploads_never_touch_the_disk(client, monkeypatch):
    def rolled(self):
        raise AssertionError("the upload went to the disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", rolled)
    data = picture("BMP", (900, 1000))
    assert len(data) > 2 << 20
    assert client.post("/photo", files={"image": data}).json() == len(data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", None])
def test_photos_are_told_by_their_bytes(client, format, kind):
    data = picture(format)
    assert client.post("/photo", files={"image": ("photo", data, kind)}).json() == len(data)


@pytest.mark.parametrize("kind", ["text/plain", "application/pdf", "text/html; charset=utf-8"])
def test_what_says_itself_that_it_is_no_picture(client, kind):
    answer = client.post("/photo", files={"image": ("a.png", picture(), kind)})
    assert answer.status_code == 415
    assert answer.json()["detail"].startswith(f"a.png is sent as {kind.partition(';')[0]}; send a JPEG")


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "a.png is empty"),
        (b"not a picture", "a.png is not an image that can be read; give a JPEG, PNG or WebP file"),
        (EPS, "a.png is an EPS drawing, which can't be read; give a JPEG, PNG or WebP file"),
        (png((b"IDAT", b""), size=(20_000, 10_000)), "a.png has over 1 megapixels, which is too large; shrink it"),
        (png((b"IDAT", b""), size=(9_000, 9_000)), "a.png has 81 megapixels, at most 1 are read; shrink it"),
        (png((b"IDAT", b""), size=(1_100, 1_000)), "a.png has 1.1 megapixels, at most 1 are read; shrink it"),
        (bomb(b"zTXt"), "a.png is damaged"),
        (picture()[:30], "a.png is"),
    ],
    ids=["empty", "text", "program", "200 megapixels", "81 megapixels", "1.1 megapixels", "zip bomb", "cut off"],
)
def test_pictures_that_are_refused(client, data, says):
    answer = client.post("/photo", files={"image": ("a.png", data, "image/png")})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(says)


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_bombs_do_not_fill_the_memory(name):
    """A hundred MiB of nothing: whether it is refused or left out, it is never there as a whole."""
    import tracemalloc

    data = bomb(name)
    assert len(data) < 1 << 20
    tracemalloc.start()
    try:
        check_image(data, "a.png", 1000)
    except ImageError:
        pass
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 8 << 20
