from __future__ import annotations

from pathlib import Path

import pytest

from modiste.catalog import read
from modiste.errors import UsageError
from tests.photos import write_photo


def test_names_become_titles_and_folders_categories(tmp_path: Path) -> None:
    write_photo(tmp_path / "red_linen-dress.jpg")
    write_photo(tmp_path / "summer" / "long skirts" / "pleated.png")
    write_photo(tmp_path / ".thumbnails" / "hidden.png")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "notes.md").write_bytes(b"x")
    catalog = read(tmp_path)
    assert [(one.id, one.title, one.category) for one in catalog.products] == [
        ("red_linen-dress", "red linen dress", ""),
        ("summer/long skirts/pleated", "pleated", "long skirts"),
    ]
    assert catalog.products[1].images == (tmp_path / "summer" / "long skirts" / "pleated.png",)
    assert [(bad.source, bad.reason) for bad in catalog.rejected] == [
        ("notes.md", "notes.md is no photo; give JPEG, PNG or WebP files")
    ]


def test_one_name_with_two_endings_is_one_product(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    write_photo(tmp_path / "a.png")
    catalog = read(tmp_path)
    assert len(catalog.products) == 1
    assert catalog.rejected[0].reason == 'id "a" is taken by a.jpg; give every product its own'


def test_a_folder_without_photos_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds neither a table .* nor photos; check the path"):
        read(tmp_path)
    assert read(tmp_path, format="images").products == ()


@pytest.mark.parametrize(
    ("table", "told"),
    [("feed/products.csv", True), ("feed/deeper/products.csv", False), (".old/a.csv", False), ("feed/a.txt", False)],
)
def test_a_table_one_folder_deeper_is_named(table: str, told: bool, tmp_path: Path) -> None:
    write_photo(tmp_path / "photos" / "a.jpg")
    (tmp_path / table).parent.mkdir(parents=True)
    (tmp_path / table).write_text("id,image\n")
    note = f"{tmp_path} is read as photos alone; {tmp_path / table} may be their table: give it as the source to use it"
    assert read(tmp_path).notes == ((note,) if told else ())


def test_a_folder_has_no_columns_to_map(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.jpg")
    with pytest.raises(UsageError, match="--map and --encoding are for tables"):
        read(tmp_path, columns={"title": "name"})
