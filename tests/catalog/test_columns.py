from __future__ import annotations

import pytest

from modiste.catalog.columns import FIELDS, match_columns, snake
from modiste.errors import UsageError


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("baseColour", "base_colour"),
        ("Base Colour", "base_colour"),
        ("  ID ", "id"),
        ("price (EUR)", "price_eur"),
        ("size-group", "size_group"),
        ("Größe", "größe"),
        ("!", ""),
    ],
)
def test_snake(column: str, name: str) -> None:
    assert snake(column) == name


def test_fields_synonyms_and_attributes() -> None:
    columns = match_columns(["SKU", "Photo", "Name", "Fit", "Sleeve Length"], {}, "shop.csv")
    assert columns.fields == {"id": "SKU", "image": "Photo", "title": "Name"}
    assert columns.attributes == {"fit": "Fit", "sleeve_length": "Sleeve Length"}
    assert columns.notes == (
        "read id from the column SKU",
        "read image from the column Photo",
        "read title from the column Name",
    )


def test_the_map_goes_before_names_and_a_field_before_its_synonyms() -> None:
    columns = match_columns(["id", "image", "title", "name", "type", "category"], {"title": "name"}, "shop.csv")
    assert columns.fields["title"] == "name"
    assert columns.fields["category"] == "category"
    assert columns.attributes == {"other_title": "title", "type": "type"}
    assert columns.notes == ()


def test_two_fields_may_be_read_from_one_column() -> None:
    assert match_columns(["id", "image"], {"id": "id", "title": "id"}, "shop.csv").fields["title"] == "id"


def test_an_ambiguous_synonym_is_not_guessed() -> None:
    columns = match_columns(["id", "image", "stock", "availability"], {}, "shop.csv")
    assert "in_stock" not in columns.fields
    assert columns.notes == ("in_stock may be stock or availability; choose one: --map in_stock=stock",)


@pytest.mark.parametrize(
    ("header", "given", "says"),
    [
        (["id", "title"], {}, "shop.csv has no column for image; its columns are id, title; say which it is: --map im"),
        (
            ["bild"],
            {},
            "no column for id and image; its columns are bild; say which it is: --map id=COLUMN --map image",
        ),
        ([], {}, "its columns are none"),
        (["sku", "item_id", "image"], {}, "id may be sku or item_id; choose one: --map id=sku"),
        (["id", "image"], {"titel": "id"}, 'no field "titel" in --map; nearest: title'),
        (["id", "image", "name"], {"title": "nam"}, 'no column "nam" in shop.csv; nearest: name'),
        (["id", "image", "image"], {}, "shop.csv has two columns of the name image; rename one"),
        (["id", "image", "Fit", "fit"], {}, 'the columns "Fit" and "fit" have one name; rename one'),
    ],
)
def test_what_cannot_be_matched(header: list[str], given: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        match_columns(header, given, "shop.csv")
    assert says in str(refused.value)


def test_no_synonym_stands_for_two_fields() -> None:
    names = [name for field, synonyms in FIELDS.items() for name in (field, *synonyms)]
    assert len(names) == len(set(names))


def test_a_column_without_a_name_stays() -> None:
    assert match_columns(["", "id", "image"], {}, "shop.csv").attributes == {"column_1": ""}
