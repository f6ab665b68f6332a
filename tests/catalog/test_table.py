from __future__ import annotations

import pytest

from modiste.catalog.table import FIELDS, _match_columns, snake, unique
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
    columns = _match_columns(["SKU", "Photo", "Name", "Fit", "Sleeve Length"], {}, "shop.csv")
    assert columns.fields == {"id": "SKU", "image": "Photo", "title": "Name"}
    assert columns.attributes == {"fit": "Fit", "sleeve_length": "Sleeve Length"}
    assert columns.notes == (
        "read id from the column SKU",
        "read image from the column Photo",
        "read title from the column Name",
        "kept as attributes, which filters can use: fit, sleeve_length",
        "no column was taken for category, colour, price, in_stock; every product counts as in stock; name one: "
        "--map category=COLUMN",
    )


def test_the_map_goes_before_names_and_a_field_before_its_synonyms() -> None:
    columns = _match_columns(["id", "image", "title", "name", "type", "category"], {"title": "name"}, "shop.csv")
    assert columns.fields["title"] == "name"
    assert columns.fields["category"] == "category"
    assert columns.attributes == {"other_title": "title", "type": "type"}
    assert columns.notes[0] == "read id, image, category from the columns of these names"


def test_two_fields_may_be_read_from_one_column() -> None:
    assert _match_columns(["id", "image"], {"id": "id", "title": "id"}, "shop.csv").fields["title"] == "id"


def test_an_ambiguous_synonym_is_not_guessed() -> None:
    columns = _match_columns(["id", "image", "stock", "qty"], {}, "shop.csv")
    assert "in_stock" not in columns.fields
    assert columns.notes[0] == "in_stock may be stock or qty; choose one: --map in_stock=stock"


@pytest.mark.parametrize(
    ("header", "field", "column"),
    [
        (["qty", "is_in_stock"], "in_stock", "is_in_stock"),
        (["In stock?", "Stock"], "in_stock", "In stock?"),
        (["Variant Inventory Qty"], "in_stock", "Variant Inventory Qty"),
        (["Stock Level"], "in_stock", "Stock Level"),
        (["Qty on hand"], "in_stock", "Qty on hand"),
        (["prod_name"], "title", "prod_name"),
        (["product_type", "categories"], "category", "categories"),
        (["product_type_name", "product_group_name"], "category", "product_type_name"),
        (["colour_group_name"], "colour", "colour_group_name"),
        (["Price (EUR)"], "price", "Price (EUR)"),
        (["RRP [GBP]", "Sale price"], "price", "Sale price"),
        (["Body (HTML)"], "description", "Body (HTML)"),
    ],
)
def test_names_that_platforms_give(header: list[str], field: str, column: str) -> None:
    columns = _match_columns(["id", "image", *header], {}, "shop.csv")
    assert columns.fields[field] == column
    told = f"read {field} from the column {column}"
    assert (told in columns.notes) is (snake(column) != field)


@pytest.mark.parametrize("column", ["Bestand Filiale", "warehouse_quantity", "Availability zone", "stock_berlin"])
def test_what_may_be_the_stock_is_not_passed_over_in_silence(column: str) -> None:
    columns = _match_columns(["id", "image", column], {}, "shop.csv")
    assert columns.notes[-1] == f"in_stock may be {column}; if so: --map in_stock={column}"


@pytest.mark.parametrize(
    ("header", "given", "photos"),
    [
        (["image", "image 2"], {}, ("image", "image 2")),
        (["image", "image_1", "image_2", "images"], {}, ("image", "image_1", "image_2", "images")),
        (["Photo 1", "Photo 2"], {}, ("Photo 1", "Photo 2")),
        (
            ["Product Image File - 1", "Product Image File - 2"],
            {},
            ("Product Image File - 1", "Product Image File - 2"),
        ),
        (["image_1_url", "image_2_url"], {}, ("image_1_url", "image_2_url")),
        (["ansicht1", "ansicht2"], {"image": "ansicht1"}, ("ansicht1", "ansicht2")),
        (["image_link", "additional_image_link"], {}, ("image_link", "additional_image_link")),
    ],
)
def test_every_column_of_photos_is_read(header: list[str], given: dict[str, str], photos: tuple[str, ...]) -> None:
    columns = _match_columns(["id", *header], given, "shop.csv")
    assert columns.photos == photos
    assert columns.attributes == {}


@pytest.mark.parametrize(
    ("header", "attributes"),
    [
        (["Fit", "fit"], {"fit": "Fit", "fit_2": "fit"}),
        (["Stoff-Art", "Stoff Art"], {"stoff_art": "Stoff-Art", "stoff_art_2": "Stoff Art"}),
        (["id_", "modiste_row", "👗"], {"other_id": "id_", "other_modiste_row": "modiste_row", "column_5": "👗"}),
    ],
)
def test_columns_of_one_name_are_numbered(header: list[str], attributes: dict[str, str]) -> None:
    columns = _match_columns(["id", "image", *header], {}, "shop.csv")
    assert columns.attributes == attributes
    told = [note for note in columns.notes if "have one name; the latter is called" in note]
    assert len(told) == (len(header) == 2)


def test_twins_are_renamed() -> None:
    names, notes = unique(["id", "Meta: colour", "Meta: colour", "", ""])
    assert names == ("id", "Meta: colour", "Meta: colour 2", "column 4", "column 5")
    assert notes == ("two columns are called Meta: colour; the later one is read as Meta: colour 2",)


@pytest.mark.parametrize(
    ("header", "given", "says"),
    [
        (["id", "title"], {}, "shop.csv has no column for image; its columns are id, title; say which it is: --map im"),
        (
            ["ansicht"],
            {},
            "no column for id and image; its columns are ansicht; say which it is: --map id=COLUMN --map image",
        ),
        ([], {}, "its columns are none"),
        (["sku", "item_id", "image"], {}, "id may be sku or item_id; choose one: --map id=sku"),
        (["id", "image"], {"titel": "id"}, 'no field "titel" in --map; nearest: title'),
        (["id", "image", "name"], {"title": "nam"}, 'no column "nam" in shop.csv; nearest: name'),
    ],
)
def test_what_cannot_be_matched(header: list[str], given: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        _match_columns(header, given, "shop.csv")
    assert says in str(refused.value)


def test_no_synonym_stands_for_two_fields() -> None:
    names = [name for field, groups in FIELDS.items() for name in (field, *groups.replace("|", " ").split())]
    assert len(names) == len(set(names))


def test_a_column_without_a_name_stays() -> None:
    assert _match_columns(["", "id", "image"], {}, "shop.csv").attributes == {"column_1": ""}
