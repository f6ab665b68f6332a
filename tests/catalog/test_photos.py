from __future__ import annotations

from pathlib import Path

import pytest

from modiste.catalog.photos import PhotoFinder, is_photo, with_photo
from modiste.catalog.records import Product
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


def test_with_photo_keeps_products_whose_first_photo_can_be_read(tmp_path: Path) -> None:
    fine, broken, cut = write_photo(tmp_path / "fine.png"), tmp_path / "broken.png", tmp_path / "cut.png"
    broken.write_bytes(b"no image")
    cut.write_bytes(fine.read_bytes()[:60])
    photos = {
        "one": (fine,),
        "none": (),
        "broken": (broken,),
        "cut": (cut,),
        "gone": (tmp_path / "gone.png",),
        "a folder": (tmp_path,),
        "broken second": (fine, broken),
        "broken first": (broken, fine),
        "the same": (fine,),
    }
    products = [Product(id, images) for id, images in photos.items()]
    kept = with_photo(iter(products))
    assert [product.id for product in kept] == ["one", "broken second", "the same"], "in the order in which they came"
    assert kept[0] is products[0]


def test_with_photo_of_nothing() -> None:
    assert with_photo([]) == []
