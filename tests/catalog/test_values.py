from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modiste.catalog import values
from modiste.catalog.gather import BadRow


@pytest.mark.parametrize(
    ("cell", "price"),
    [
        ("12.50", 12.5),
        ("€ 12,50", 12.5),
        ("12,50 €", 12.5),
        ("1,299.00", 1299.0),
        ("1.299,00", 1299.0),
        ("1,299", 1299.0),
        ("1.299.000", 1299000.0),
        ("1,299,000", 1299000.0),
        ("1 299,50 kr", 1299.5),
        ("1'299.50", 1299.5),
        ("$7", 7.0),
        ("EUR 7", 7.0),
        ("0", 0.0),
        (19, 19.0),
        (19.99, 19.99),
        ("", None),
        (None, None),
    ],
)
def test_price(cell: object, price: float | None) -> None:
    assert values.price(cell) == price


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("-5", "price -5 is negative; give 0 or more"),
        ("€ -5,00", "is negative"),
        ("-€5", "is negative"),
        (-0.5, "is negative"),
        ("on request", 'price "on request" is not a number; write it as 12.50'),
        ("50%", "is not a number"),
        ("12-15", "is not a number"),
        ("nan", "is not a number"),
        (float("nan"), "is not a number"),
        (float("inf"), "is not a number"),
        ("1.2.3,4,5", "is not a number"),
    ],
)
def test_a_bad_price_is_refused(cell: object, says: str) -> None:
    with pytest.raises(BadRow, match=says.replace(".", r"\.")):
        values.price(cell)


@pytest.mark.parametrize(
    ("cell", "there"),
    [
        *[(cell, True) for cell in ("yes", "TRUE", "1", "17", True, 3, 0.5, "In Stock", "in_stock", "", None)],
        *[(cell, False) for cell in ("no", "False", "0", "-2", False, 0, 0.0, "out of stock", "sold out")],
    ],
)
def test_stock(cell: object, there: bool) -> None:
    assert values.stock(cell) is there


def test_stock_that_is_not_understood() -> None:
    with pytest.raises(BadRow, match='in_stock "perhaps" is not understood; write yes, no or how many there are'):
        values.stock("perhaps")


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("a.jpg", ["a.jpg"]),
        ("a.jpg|b.jpg", ["a.jpg", "b.jpg"]),
        ("a.jpg; b.jpg;", ["a.jpg", "b.jpg"]),
        ('["a.jpg", "b.jpg"]', ["a.jpg", "b.jpg"]),
        (["a.jpg", None, "b.jpg"], ["a.jpg", "b.jpg"]),
        ("", []),
        (None, []),
    ],
)
def test_several(cell: object, parts: list[str]) -> None:
    assert values.several(cell) == parts


def test_a_broken_list_is_refused() -> None:
    with pytest.raises(BadRow, match="is not a JSON list"):
        values.several('["a.jpg"')


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), (float("nan"), ""), (1163.0, "1163"), (1163, "1163"), (0.5, "0.5"), ("  a ", "a"), (["a", 2], "a, 2")],
)
def test_text(cell: object, text: str) -> None:
    assert values.text(cell) == text


@pytest.mark.parametrize(
    ("cell", "gender"),
    [("female", "Women"), ("Men's", "Men"), ("UNISEX", "Unisex"), ("boys", "Boys"), ("Damen", "Damen")],
)
def test_gender(cell: str, gender: str) -> None:
    assert values.gender(cell) == gender


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["1", "2.5", ""], [1.0, 2.5, None]),
        ([1, 2.5, None], [1.0, 2.5, None]),
        (["yes", "No", ""], [True, False, None]),
        ([True, False], [True, False]),
        (["S", "38"], ["S", "38"]),
        (["007", "008"], ["007", "008"]),
        (["1", "nan"], ["1", "nan"]),
        (["yes", "1"], ["yes", "1"]),
        (["", None], [None, None]),
        ([["cotton", "wool"]], ["cotton, wool"]),
    ],
)
def test_an_attribute_has_one_type_in_all_rows(cells: list[object], read: list[object]) -> None:
    reader = values.attribute_reader(cells)
    assert [reader(cell) for cell in cells] == read


@given(
    st.integers(0, 10**9), st.sampled_from([",.", ".,", " ,", "'.", " ."]), st.sampled_from(["{}", "€ {}", "{} EUR"])
)
def test_a_price_is_read_in_every_country(cents: int, marks: str, currency: str) -> None:
    thousands, decimal = marks
    written = f"{cents / 100:,.2f}".translate({ord(","): thousands, ord("."): decimal})
    assert values.price(currency.format(written)) == cents / 100
