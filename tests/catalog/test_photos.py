from __future__ import annotations

from pathlib import Path

import pytest

from modiste.catalog import read
from modiste.catalog.photos import MOST_LETTERS, PhotoFinder, is_photo, is_url, photo_names
from modiste.catalog.records import BadRow
from tests.photos import write_photo


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (None, []),
        ("", []),
        ("a.jpg", ["a.jpg"]),
        (' "a.jpg" ', ["a.jpg"]),
        ("a|b", ["a", "b"]),
        ("a.jpg;b.jpg|", ["a.jpg", "b.jpg"]),
        ("a.jpg | b", ["a.jpg", "b"]),
        ("a.jpg, b.jpg", ["a.jpg", "b.jpg"]),
        ("a.jpg,b.JPEG,c.jfif", ["a.jpg", "b.JPEG", "c.jfif"]),
        ("a.jpg b.jpg", ["a.jpg", "b.jpg"]),
        ("a.jpg\nb.jpg\r\nc.jpg", ["a.jpg", "b.jpg", "c.jpg"]),
        ("High Street, London.jpg", ["High Street, London.jpg"]),
        ("a.jpg, High Street, London.jpg", ["a.jpg", "High Street, London.jpg"]),
        ("a;b.jpg", ["a;b.jpg"]),
        ("a.jpg (1).jpg", ["a.jpg (1).jpg"]),
        ("a.jpg?v=1;b.jpg?v=2", ["a.jpg?v=1", "b.jpg?v=2"]),
        ('["a.jpg", "b, c.jpg"]', ["a.jpg", "b, c.jpg"]),
        ("['a.jpg', 'b.jpg']", ["a.jpg", "b.jpg"]),
        ("[]", []),
        *[(cell, ["a.jpg"]) for cell in ("a.jpg, null", "|a.jpg|", "N/A;a.jpg", '["a.jpg", "-"]')],
        *[(cell, []) for cell in ("N/A", "-", "null", "None")],
        *[(f"a.jpg{signs}b.jpg", ["a.jpg", "b.jpg"]) for signs in (";;", "||", ",,", "; ;", ", ,", "|-|")],
        *[(f'[{{"{key}": "a.jpg", "alt": "x"}}]', ["a.jpg"]) for key in ("src", "url", "path")],
        ('{"url": "a.jpg"}', ["a.jpg"]),
        ([{"src": "a.jpg"}, {"url": "b.jpg"}, None], ["a.jpg", "b.jpg"]),
        (["\ud800.jpg"], ["?.jpg"]),
        (["a;b", "c d.jpg", None], ["a;b", "c d.jpg"]),
        ("https://x.org/a;b|c d.jpg", ["https://x.org/a;b|c d.jpg"]),
        ("https://x.org/w_20,h_30/a.jpg?f=1|2;3", ["https://x.org/w_20,h_30/a.jpg?f=1|2;3"]),
        ("https://x.org/1|https://x.org/2", ["https://x.org/1", "https://x.org/2"]),
        ("https://x.org/1, //x.org/2", ["https://x.org/1", "//x.org/2"]),
        ("https://x.org/a.jpg;b.jpg", ["https://x.org/a.jpg", "b.jpg"]),
        ("https://x.org/?from=https://y.org/a.jpg", ["https://x.org/?from=https://y.org/a.jpg"]),
        ("a.jpg|https://x.org/b c.jpg", ["a.jpg", "https://x.org/b c.jpg"]),
    ],
)
def test_photos_of_a_cell(cell: object, names: list[str]) -> None:
    assert photo_names(cell) == names


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("[a.jpg", r'"\[a.jpg" is not a JSON list \(Expecting value\); write \["one.jpg", "two.jpg"\]'),
        ("[" * 9000, "is not a JSON list"),
        ("a.jpg " * MOST_LETTERS, "the images are named in 59,999 characters; give at most 10,000"),
    ],
)
def test_cells_that_cannot_be_read(cell: str, says: str) -> None:
    with pytest.raises(BadRow, match=says):
        photo_names(cell)


@pytest.mark.parametrize(
    ("photo", "so"),
    [
        ("https://x.org/a", True),
        ("HTTP://X.org", True),
        ("//cdn.x.org/a.png", True),
        ("a.png", False),
        ("C:\\a.png", False),
        ("C://a.png", False),
        ("//a.png", False),
        ("images//a.png", False),
        ("file:///a.png", False),
    ],
)
def test_is_url(photo: str, so: bool) -> None:
    assert is_url(photo) is so


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
    (product,) = read(Path("shop.csv")).products
    assert product.images == (folder / "photos" / "tee.jpg",), "absolute: a shop is opened from anywhere"
    assert {path for one in read(Path(), format="images").products for path in one.images} >= {*product.images}


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
