from __future__ import annotations

from pathlib import Path

import pytest

from modiste.catalog import read_catalog
from modiste.catalog.gather import BadRow
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
    ("name", "file"),
    [
        ("photos/tee.jpg", "photos/tee.jpg"),
        ("./photos//tee.jpg", "photos/tee.jpg"),
        ("photos\\tee.jpg", "photos/tee.jpg"),
        (".\\photos\\sub\\polo.jpg", "photos/sub/polo.jpg"),
        ("/photos/tee.jpg", "photos/tee.jpg"),
        ("{folder}/photos/tee.jpg", "photos/tee.jpg"),
        ("file://{folder}/photos/my%20shirt.jpg", "photos/my shirt.jpg"),
        ("file://localhost{folder}/photos/tee.jpg", "photos/tee.jpg"),
        ("FILE://{folder}/Photos/TEE.jpg", "photos/tee.jpg"),
        ("file:photos/tee.jpg", "photos/tee.jpg"),
        ("file:\\photos\\tee.jpg", "photos/tee.jpg"),
        ("photos/tee.JPG", "photos/tee.jpg"),
        ("Photos/Tee.jpg", "photos/tee.jpg"),
        ("photos/shirt.jpg", "photos/SHIRT.JPG"),
        ("photos/my%20shirt.jpg", "photos/my shirt.jpg"),
        ("PHOTOS\\My%20Shirt.jpg?v=2#top", "photos/my shirt.jpg"),
        ("photos/tee.jpg?v=1699", "photos/tee.jpg"),
        ("photos/100%25.jpg", "photos/100%25.jpg"),
        ("photos/Kleid-Gru\u0308n.jpg", "photos/Kleid-Gr\u00fcn.jpg"),
        ("photos/Robe-\u00e9t\u00e9.jpg", "photos/Robe-e\u0301te\u0301.jpg"),
        ("photos/ROBE-%C3%89T%C3%89.JPG", "photos/Robe-e\u0301te\u0301.jpg"),
        ("../{name}/photos/tee.jpg", "../{name}/photos/tee.jpg"),
        ("photos/twin.jpg", "photos/twin.jpg"),
    ],
)
def test_the_file_that_is_meant_is_found(folder: Path, name: str, file: str) -> None:
    named = {"folder": folder.as_posix(), "name": folder.name}
    assert PhotoFinder(folder).find(name.format(**named)) == folder / file.format(**named)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("photos/none.jpg", "no image at photos/none.jpg; check the path, which is relative to the table"),
        ("tee.jpg", "no image at tee.jpg; nearest: photos/tee.jpg"),
        ("photos/tee", "no image at photos/tee; nearest: photos/tee.jpg"),
        ("photos/tee.png", "no image at photos/tee.png; nearest: photos/tee.jpg"),
        ("photos/my_shirt.jpg", "no image at photos/my_shirt.jpg; nearest: photos/my shirt.jpg"),
        ("photos/kleid-grun.jpg", "no image at photos/kleid-grun.jpg; nearest: photos/Kleid-Gr\u00fcn.jpg"),
        ("C:\\Users\\ann\\tee.jpg", "no image at C:\\Users\\ann\\tee.jpg; nearest: photos/tee.jpg"),
        ("~/tee.jpg", "no image at ~/tee.jpg; nearest: photos/tee.jpg"),
        ("photos/sub", "photos/sub is a folder; name a photo in it"),
        ("photos/TWIN.JPG", "several are spelled alike: photos/Twin.jpg, photos/twin.jpg; name one of them"),
        ("photos/\0.jpg", "check the path, which is relative to the table"),
        ("x" * 5000, "check the path, which is relative to the table"),
        ("file://[", "check the path, which is relative to the table"),
        ("...", "check the path, which is relative to the table"),
    ],
)
def test_what_comes_near_is_named(folder: Path, name: str, reason: str) -> None:
    with pytest.raises(BadRow) as bad:
        PhotoFinder(folder).find(name)
    assert str(bad.value).endswith(reason)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos with names of many kinds, in `photos`."""
    names = ["tee", "my shirt", "100%25", "Kleid-Gr\u00fcn", "Robe-e\u0301te\u0301", "sub/polo", "Twin", "twin"]
    for name in names:
        write_photo(tmp_path / "photos" / f"{name}.jpg")
    write_photo(tmp_path / "photos" / "shirt.jpg").rename(tmp_path / "photos" / "SHIRT.JPG")
    return tmp_path


def test_a_table_may_be_named_without_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "photos" / "shop.csv").write_text("id,image\n1,tee.jpg\n")
    monkeypatch.chdir(folder / "photos")
    (product,) = read_catalog(Path("shop.csv")).products
    assert product.images == (folder / "photos" / "tee.jpg",), "absolute: a shop is opened from anywhere"
    assert {path for one in read_catalog(Path(), format="images").products for path in one.images} >= {*product.images}


@pytest.mark.parametrize(
    ("name", "so"),
    [
        ("a.jpg", True),
        ("a.jfif", True),
        ("a.JPE", True),
        ("a.heic", True),
        ("a.jp2", True),
        ("a.JPEG", True),
        ("a.webp", True),
        ("a.txt", False),
        ("a", False),
        (".a.jpg", False),
    ],
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
