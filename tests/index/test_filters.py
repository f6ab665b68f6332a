"""Filters: what passes to the store, written anew, and what is refused with a reason."""

from __future__ import annotations

import random
import re

import pytest

from modiste.errors import UsageError
from modiste.index import quote
from modiste.index.expressions import read
from modiste.index.filters import Condition

COLUMNS = {
    "id": "text",
    "category": "text",
    "price": "number",
    "date": "text",
    "in_stock": "boolean",
    "images": "list",
    "group": "text",
}


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        ("price < 80", "`price` < 80"),
        ("Category = 'Shoes'", "`category` = 'Shoes'"),
        ('"price" >= .5e3', "`price` >= 0.5e3"),
        ("`price` BETWEEN 1 AND 2", "`price` BETWEEN 1 AND 2"),
        ("price == 3 AND price <> -4", "(`price` = 3) AND (`price` != (-4))"),
        ("category IN ('a', 'b''s -- ;')", "`category` IN ('a', 'b''s -- ;')"),
        ("category NOT IN ('a')", "NOT (`category` IN ('a'))"),
        ("NOT (in_stock OR price IS NULL)", "NOT (`in_stock` OR (`price` IS NULL))"),
        ("in_stock IS NOT TRUE", "NOT (`in_stock` IS TRUE)"),
        ("lower(category) LIKE 'sh%'", "lower(`category`) LIKE 'sh%'"),
        ("category NOT ILIKE 'sh%'", "`category` NOT ILIKE 'sh%'"),
        ("round(price * 2 + 1, 1) % 2 = 0.5", "(round(((`price` * 2) + 1), 1) % nullif(2, 0)) = 0.5"),
        ("array_contains(images, 'x')", "array_contains(`images`, 'x')"),
        ("CAST(price AS int) = 3", "CAST(`price` AS int) = 3"),
        ("trim(category) = ''", "btrim(`category`) = ''"),
        ("date > '2020'", "`date` > '2020'"),
        ("date::date > '2020-01-01'", "CAST(`date` AS date) > '2020-01-01'"),
        ("group = 'order'", "`group` = 'order'"),
        ("price = 9" + "9" * 30, "`price` = 1e+31"),
        ("((((price < 80))))", "`price` < 80"),
    ],
)
def test_a_filter_is_written_anew(written, sql):
    found = read(written, COLUMNS).sql
    assert found.removeprefix("(").removesuffix(")") in (sql, f"({sql})")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("prize < 80", 'no column "prize" in this shop; nearest: price'),
        ("prize < 80", "columns: id, category, price"),
        ("modiste_row = 'x'", 'no column "modiste_row"'),
        ('category = "shoes"', "texts stand in single quotes"),
        ("category -> 'a' = 1", "(at \"-> 'a' = 1\")"),
        ("category.price = 1", "isn't understood"),
        ("price < 80; drop table products", "(at 'drop table products')"),
        ("price < 80 -- and more", "(at 'and more')"),
        ("price < 80 /* more */", "(at 'more */')"),
        ("price < 80 LIMIT 3", "(at 'LIMIT 3')"),
        ("price < 80) OR (1 = 1", "(at ') OR (1 = 1')"),
        ("(price < 80", "can't be read"),
        ("category = 'shoes", "a quote is opened and not closed"),
        ("id IN (SELECT id FROM products)", "isn't understood"),
        ("id IN ()", "isn't understood"),
        ("id = $1", 'no column "$1"'),
        ("()", "isn't understood"),
        ("price", '"price" is a number, where true or false is needed'),
        ("price + 1", '"price" + 1 is a number, where true or false is needed'),
        ("price < 'abc'", "'abc' is a text, where a number is needed"),
        ("category > 3", "3 is a number, where a text or a date is needed"),
        ("in_stock = 1", "1 is a number, where true or false is needed"),
        ("price LIKE '8%'", '"price" is a number, where a text is needed'),
        ("lower(price) = 'x'", '"price" is a number, where a text is needed'),
        ("NULL = 'x'", "write IS NULL"),
        ("category NOT IN ('a', NULL)", "write IS NULL"),
        ("length(repeat(category, 1000000)) > 1", 'no function "repeat" in filters'),
        ("uper(category) = 'X'", 'no function "uper" in filters; nearest: upper'),
        ("ltrim(category) = 'x'", "isn't understood"),
        ("category || 'x' = 'y'", "isn't understood"),
        ("price BETWEEN SYMMETRIC 2 AND 1", "isn't understood"),
        ("CASE WHEN in_stock THEN 1 ELSE 2 END = 1", 'no function "case"'),
        ("price::decimal(10, 2) = 1", "isn't understood"),
        ("price < 1e999", "1e999 is too large"),
        ("price / 0 > 1", '"price" / 0 divides by 0'),
        ("price % (0.0) = 1", "divides by 0"),
        ("round(price, 1.5) = 3", "1.5 is no whole number of digits"),
        ("price < 8" + "0" * 2000, "at most 2,000"),
        ("(" * 900 + "price < 1" + ")" * 900, "more than 25 deep"),
        ("NOT " * 30 + "in_stock", "more than 25 deep"),
        ("lower(" * 30 + "category" + ")" * 30 + " = 'x'", "more than 25 deep"),
        ("price" + " + 1" * 400 + " < 3", "more than 25 deep"),
        (" OR ".join(["id LIKE 'a%'"] * 21), "more than 20 patterns"),
    ],
)
def test_what_is_refused(written, says):
    with pytest.raises(UsageError, match="(?i)" + re.escape(says)) as error:
        read(written, COLUMNS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (
            "category = 'a' OR 'o''clock' == Group",
            [("category", "=", ("a",), False), ("group", "=", ("o'clock",), False)],
        ),
        (
            "category <> 'a' AND NOT category != 'b'",
            [("category", "=", ("a",), True), ("category", "=", ("b",), False)],
        ),
        ("category NOT IN ('a', 'b')", [("category", "=", ("a", "b"), True)]),
        ("NOT category IN ('b')", [("category", "=", ("b",), True)]),
        (
            "category LIKE 'a%' OR id NOT ILIKE 'b'",
            [("category", "LIKE", ("a%",), False), ("id", "ILIKE", ("b",), True)],
        ),
        ("price = 3 AND id = category AND lower(id) = 'a' AND id > 'b'", []),
    ],
)
def test_the_texts_that_columns_are_compared_with(written, named):
    assert read(written, COLUMNS).conditions == tuple(Condition(*one) for one in named)


def test_quote_cannot_be_left():
    assert quote("x' OR '1'='1") == "'x'' OR ''1''=''1'"


WORDS = r"""
price category in_stock images group modiste_row x ' '' '%a%' 'it''s' " ` ( ) ( ) , . ; : :: || | = == != <> < <= > >=
+ - * / % ^ ~ @ # $1 ? ! & \ 1 2.5 .5e3 1e999 0x1F AND OR NOT IN LIKE ILIKE IS NULL TRUE FALSE BETWEEN AS CASE WHEN
THEN ELSE END CAST SELECT FROM WHERE UNION EXISTS ANY ALL OVER lower( upper( length( abs( round( cast( array_contains(
repeat( pg_sleep( INTERVAL DATE TIMESTAMP int text [ ] { } {{ }} -- /* */ é 尺寸 👗 SET SHOW WITH VALUES ROW COLLATE
ESCAPE DISTINCT GROUP ORDER BY LIMIT LATERAL UNNEST( STRUCT( MAP ARRAY[ -> ->> => := <=> @> <@ && ** // RLIKE SIMILAR TO
"""


def scrambled(seed: int) -> str:
    """Words of SQL in an order that means nothing, but for a beginning that may."""
    chance = random.Random(seed)
    words = chance.choices([*WORDS.split(), "\n", "\0", "\ud800"], k=chance.randint(1, 25))
    return chance.choice(["", "price < 80 AND ", "category = ", "lower("]) + chance.choice([" ", ""]).join(words)


def test_nonsense_is_read_or_refused():
    understood = 0
    for seed in range(600):
        try:
            understood += bool(read(scrambled(seed), COLUMNS).sql)
        except UsageError:
            continue
    assert understood
