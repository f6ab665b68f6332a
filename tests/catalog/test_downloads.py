from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from modiste.catalog import downloads, read_catalog
from modiste.catalog.gather import BadRow
from tests.photos import write_photo


class Web(BaseHTTPRequestHandler):
    photo = b""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404 if "none" in self.path else 200)
        self.end_headers()
        self.wfile.write(self.photo)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    Web.photo, Web.asked = write_photo(tmp_path / "source.png").read_bytes(), []
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
        catalog = read_catalog(tmp_path / "shop.csv", allow_downloads=True)
    first, second = catalog.products
    assert first.images == second.images
    assert first.images[0].read_bytes() == Web.photo
    assert first.images[0].parent == tmp_path / "cache" / "photos"
    assert Web.asked.count("/a.png") == 1
    assert [bad.id for bad in catalog.rejected] == ["3"]
    assert "can't be fetched (HTTP Error 404: Not Found); check the URL" in catalog.rejected[0].reason


def test_without_permission_nothing_is_asked(web: str, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(f"id,image\n1,{web}/a.png\n")
    assert "--allow-downloads" in read_catalog(tmp_path / "shop.csv").rejected[0].reason
    assert Web.asked == []


def test_a_photo_that_is_too_large_is_refused(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 10)
    (found,) = downloads.download_all([f"{web}/a.png"], tmp_path / "kept").values()
    assert isinstance(found, BadRow)
    assert "is larger than" in str(found)
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    "url", ["ftp://x.org/a.png", "file:///etc/passwd", "http://127.0.0.1:1/a.png", "http://[/a.png"]
)
def test_what_cannot_be_fetched(url: str, tmp_path: Path) -> None:
    (found,) = downloads.download_all([url], tmp_path).values()
    assert isinstance(found, BadRow)
    assert str(found).startswith(f"{url} can't be fetched")


@pytest.mark.parametrize(
    ("photo", "so"), [("https://x.org/a", True), ("HTTP://X.org", True), ("a.png", False), ("C:\\a.png", False)]
)
def test_is_url(photo: str, so: bool) -> None:
    assert downloads.is_url(photo) is so
