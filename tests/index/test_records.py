"""Products as rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index import as_item, records

SHOE = Product(
    "1", (Path("a.jpg"),), "Red shoe", category="Shoes", colour="red", attributes={"season": "SS", "heel": 4.0}
)


@pytest.mark.parametrize(
    ("attribute", "column"), [("season", "season"), ("Base Colour", "base_colour"), (" des.type ", "des_type")]
)
def test_column_name(attribute, column):
    assert records.column_name(attribute) == column


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *[(value, "number") for value in (38.0, "38", "38.50", "-1", "0")],
        *[(value, "boolean") for value in (True, "true", "FALSE")],
        *[(value, "text") for value in ("yes", "007", "XL", "1e3", "nan", "12345678901234567890")],
    ],
)
def test_kind(value, kind):
    assert records._kind(value) == kind


def test_a_mixture_of_kinds_is_held_as_text():
    products = [replace(SHOE, attributes={"size": size, "new": True}) for size in (38.0, "XL")]
    assert records.attribute_columns(products) == {"size": "text", "new": "boolean"}


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ({"Size": 1.0, "size": 2.0}, 'the attribute "size" can\'t be the column "size", which is taken; rename it'),
        ({"Title": "x"}, '"title", which is taken'),
        ({"!": "x"}, 'the attribute "!"'),
    ],
)
def test_columns_that_collide(attributes, says):
    with pytest.raises(UsageError, match=says):
        records.attribute_columns([replace(SHOE, attributes=attributes)])


@pytest.mark.parametrize(
    ("held", "value", "says"),
    [
        ("number", "XL", 'its size is "XL", but this shop holds a number there; mend the value'),
        ("boolean", 3.0, 'its size is "3.0", but this shop holds a boolean there'),
        ("text", 3.0, ""),
        ("number", "38.50", ""),
        ("boolean", "TRUE", ""),
        ("number", True, "holds a number"),
        ("number", 3.0, ""),
    ],
)
def test_misfit(held, value, says):
    found = records.misfit(replace(SHOE, attributes={"size": value}), {**records.FIELDS, "size": held})
    assert says in found
    assert bool(says) == bool(found)


def test_row_hash_sees_every_value():
    changed = [
        replace(SHOE, title="Blue shoe"),
        replace(SHOE, price=3.0),
        replace(SHOE, images=(Path("b.jpg"),)),
        replace(SHOE, attributes={"season": "SS", "heel": 5.0}),
    ]
    assert len({records.row_hash(product) for product in [SHOE, replace(SHOE), *changed]}) == 5


def test_words_are_what_customers_read():
    assert records._words(SHOE) == "Red shoe Shoes red SS"


def test_hits_show_whole_numbers_as_such():
    item = as_item(replace(SHOE, price=129.0, attributes={"size": 38.0, "heel": 4.5, "wide": True}))
    assert {name: item[name] for name in ("price", "size", "heel", "wide")} == {
        "price": 129, "size": 38, "heel": 4.5, "wide": True,
    }  # fmt: skip
    assert isinstance(item["price"], int)
    assert isinstance(item["size"], int)
    assert "attributes" not in item
    assert item["images"] == ["a.jpg"]
