from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from modiste import images
from modiste.catalog import downloads, read
from modiste.catalog.records import BadRow
from tests.photos import write_photo


class Web(BaseHTTPRequestHandler):
    photo = b""
    etag = ""
    status = 200
    asked: ClassVar[list[str]] = []
    checks: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.checks.append(self.headers["If-None-Match"])
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", "/a.png")
            self.end_headers()
        elif self.etag and self.checks[-1] == self.etag:
            self.send_response(304)
            self.end_headers()
        else:
            self.send_response(404 if "none" in self.path else self.status)
            self.send_header("Content-Length", str(len(self.photo) + ("short" in self.path)))
            if self.etag:
                self.send_header("ETag", self.etag)
            self.end_headers()
            self.wfile.write(self.photo)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    Web.photo, Web.etag, Web.status = write_photo(tmp_path / "source.png").read_bytes(), "", 200
    Web.asked, Web.checks = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_photos_are_fetched_once_and_kept(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "shop.csv").write_text(f"id,image\n1,{web}/a.png\n2,{web}/a.png\n3,{web}/none.png\n")
    for _ in range(2):
        catalog = read(tmp_path / "shop.csv", allow_downloads=True)
    first, second = catalog.products
    assert first.images == second.images
    assert first.images[0].read_bytes() == Web.photo
    assert first.images[0].parent == tmp_path / "cache" / "photos"
    assert Web.asked.count("/a.png") == 1
    assert [bad.id for bad in catalog.rejected] == ["3"]
    assert "can't be fetched (HTTP Error 404: Not Found); check the URL" in catalog.rejected[0].reason


def test_without_permission_nothing_is_asked(web: str, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(f"id,image\n1,{web}/a.png\n")
    assert "--allow-downloads" in read(tmp_path / "shop.csv").rejected[0].reason
    assert Web.asked == []


def test_a_photo_that_is_too_large_is_refused(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 2**20)
    Web.photo += bytes(2**20)
    (found,) = downloads.download_all([f"{web}/a.png"], tmp_path / "kept").values()
    assert isinstance(found, BadRow)
    assert "is larger than 1 MiB; give a smaller photo" in str(found)
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    "url", ["ftp://x.org/a.png", "file:///etc/passwd", "http://127.0.0.1:1/a.png", "http://[/a.png"]
)
def test_what_cannot_be_fetched(url: str, tmp_path: Path) -> None:
    (found,) = downloads.download_all([url], tmp_path).values()
    assert isinstance(found, BadRow)
    assert str(found).startswith(f"{url} can't be fetched")


def fetch(url: str, folder: Path, **options: bool) -> Path | BadRow:
    return downloads.download_all([url], folder, **options)[url]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "is a web page, which can't be read; give a JPEG, PNG or WebP file"),
        (b"", "is empty"),
        (b"not here", "is not an image that can be read"),
    ],
)
def test_what_is_no_photo_is_not_kept(web: str, tmp_path: Path, sent: bytes, says: str) -> None:
    photo, Web.photo = Web.photo, sent
    found = fetch(f"{web}/a.png", tmp_path / "kept")
    assert str(found).startswith(f"{web}/a.png {says}")
    Web.photo = photo
    assert isinstance(fetch(f"{web}/a.png", tmp_path / "kept"), Path)


def test_a_photo_that_was_kept_before_it_was_checked_is_fetched_again(web: str, tmp_path: Path) -> None:
    found = fetch(f"{web}/a.png", tmp_path)
    assert isinstance(found, Path)
    found.write_bytes(b"<html>")
    found.with_suffix(".json").unlink()
    fetch(f"{web}/a.png", tmp_path)
    assert found.read_bytes() == Web.photo


@pytest.mark.parametrize("etag", ["", '"1"'])
def test_refresh_fetches_what_has_changed(web: str, tmp_path: Path, etag: str) -> None:
    url, Web.etag = f"{web}/a.png", etag
    found = fetch(url, tmp_path)
    assert isinstance(found, Path)
    fetch(url, tmp_path, refresh=True)
    Web.photo = write_photo(tmp_path / "other.png", shade=9).read_bytes()
    Web.etag = etag and '"2"'
    assert fetch(url, tmp_path) == found
    assert found.read_bytes() != Web.photo
    assert fetch(url, tmp_path, refresh=True) == found
    assert found.read_bytes() == Web.photo
    assert Web.checks == [None, etag or None, etag or None], "unchanged photos aren't sent again"


def test_a_photo_stays_while_its_server_is_down(web: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    url = f"{web}/a.png"
    found = fetch(url, tmp_path)
    Web.status = 503
    assert fetch(url, tmp_path, refresh=True) == found
    assert f"1 photos are used as they were kept, because they can't be asked for: {url}" in caplog.text
    Web.status = 410
    assert isinstance(fetch(url, tmp_path, refresh=True), BadRow), "a photo that is gone is gone"


def test_photos_that_are_cut_off_or_moved(web: str, tmp_path: Path) -> None:
    assert "can't be fetched (IncompleteRead" in str(fetch(f"{web}/short.png", tmp_path))
    assert isinstance(fetch(f"{web}/moved", tmp_path), Path)


def test_a_server_that_never_comes_to_an_end(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "LONGEST", -1)
    assert "takes longer" in str(fetch(f"{web}/a.png", tmp_path))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/my shirt.png", "/my%20shirt.png"),
        ("/my%20shirt.png", "/my%20shirt.png"),
        ("/100%.png", "/100%25.png"),
        ("/robe-\u00e9t\u00e9.png", "/robe-%C3%A9t%C3%A9.png"),
        ("/a;b|c.png?w=1|2&h=3;4", "/a;b%7Cc.png?w=1%7C2&h=3;4"),
        ("/a,b.png#top", "/a,b.png"),
    ],
)
def test_urls_as_people_write_them(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, sent: str
) -> None:
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "shop.jsonl").write_text(json.dumps({"id": "1", "image": web + written}))
    catalog = read(tmp_path / "shop.jsonl", allow_downloads=True)
    assert (Web.asked, len(catalog.products)) == ([sent], 1)
