"""Filters: what passes to the store, and what is refused with a reason."""

from __future__ import annotations

import re

import pytest

from modiste.errors import UsageError
from modiste.index import filters

COLUMNS = {"id": "text", "category": "text", "price": "number", "date": "text", "in_stock": "boolean"}


@pytest.mark.parametrize(
    ("written", "checked"),
    [
        ("price < 80", "(`price` < 80)"),
        ("Category = 'Shoes'", "(`category` = 'Shoes')"),
        ('"price" >= .5e3', "(`price` >= .5e3)"),
        ("`price` BETWEEN 1 AND 2", "(`price` BETWEEN 1 AND 2)"),
        ("category IN ('a', 'b''s -- ;')", "(`category` IN ('a', 'b''s -- ;'))"),
        ("NOT (in_stock OR price IS NULL)", "(NOT (`in_stock` OR `price` IS NULL))"),
        ("lower(category) LIKE 'sh%'", "(lower(`category`) LIKE 'sh%')"),
        ("CAST(price AS int) = 3", "(CAST(`price` AS int) = 3)"),
        ("date > '2020'", "(`date` > '2020')"),
    ],
)
def test_check_makes_columns_unmistakable(written, checked):
    assert filters.check(written, COLUMNS) == checked


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("prize < 80", 'no column "prize" in this shop; nearest: price'),
        ("prize < 80", "columns: id, category, price"),
        ("modiste_row = 'x'", 'no column "modiste_row"'),
        ('category = "shoes"', "texts stand in single quotes"),
        ("price < 80; drop table products", "can't be read at '; drop tab'"),
        ("price < 80 -- and more", "can't be read at '-- and mor'"),
        ("price < 80 /* more */", "can't be read at"),
        ("price < 80 LIMIT 3", 'no column "LIMIT"'),
        ("price < 80) OR (1 = 1", "the brackets of the filter"),
        ("(price < 80", "the brackets of the filter"),
        ("category = 'shoes", "can't be read at \"'shoes\""),
        ("id IN (SELECT id FROM products)", 'no column "SELECT"'),
        ("id = $1", "can't be read at '$1'"),
        ("price < 8" + "0" * 2000, "at most 2000"),
    ],
)
def test_check_refuses(written, says):
    with pytest.raises(UsageError, match="(?i)" + re.escape(says)) as error:
        filters.check(written, COLUMNS)
    assert "\n" not in str(error.value)


def test_equalities_are_those_with_texts():
    where = "category = 'shoes' AND price = 3 OR NOT (Colour == 'o''clock') AND id != 'x'"
    assert list(filters.equalities(where)) == [("category", "shoes"), ("colour", "o'clock")]


def test_quote_cannot_be_left():
    assert filters.quote("x' OR '1'='1") == "'x'' OR ''1''=''1'"
