from __future__ import annotations

from pathlib import Path

import pytest

from modiste.catalog.photos import PhotoFinder, is_photo
from tests.photos import write_photo


def test_a_folder_is_listed_once(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.png")
    (tmp_path / "folder.png").mkdir()
    finder = PhotoFinder()
    assert finder.exists(photo)
    assert not finder.exists(tmp_path / "folder.png")
    assert not finder.exists(tmp_path / "none" / "a.png")
    photo.unlink()
    assert finder.exists(photo), "the listing was taken when the folder was first asked about"


@pytest.mark.parametrize(
    ("name", "so"),
    [("a.jpg", True), ("a.JPEG", True), ("a.webp", True), ("a.txt", False), ("a", False), (".a.jpg", False)],
)
def test_is_photo(name: str, so: bool) -> None:
    assert is_photo(Path(name)) is so
