from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modiste.catalog import prices
from modiste.catalog.records import BadRow


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
        *[(cell, None) for cell in ("", None, "N/A", "n/a", "-", "–", "nan", "None", "null", float("nan"))],
        ("1.299 €", 1299.0),
        ("59,-", 59.0),
        ("199,– €", 199.0),
        ("CHF 59.-", 59.0),
        ("Rs. 1,299", 1299.0),
        ("₹ 1,29,900.00", 129900.0),
        ("kr. 199", 199.0),
        ("From €19.99", 19.99),
        ("ab 19,99 €", 19.99),
        ("12-15", 12.0),
        ("£19.99 – £29.99", 19.99),
        (",99", 0.99),
        ("\uffe51200", 1200.0),
        ("49.99 *", 49.99),
        ("1\u202f299,50 €", 1299.5),
        ("R$ 1.299,90", 1299.9),
        ("12.99 incl. VAT", 12.99),
        ("0.299", 0.299),
        *[
            ("kr.199", 199.0),
            ("kr.1299", 1299.0),
            ("Rs.999", 999.0),
            ("Fr.50", 50.0),
            ("€.99", 0.99),
            ("S/.1,299.50", 1299.5),
        ],
        *[("Rs.1,299", 1299.0), ("Fr.1'299", 1299.0), ("kr.1.299,50", 1299.5)],
        *[(Decimal("12.990"), 12.99), (Decimal("1299"), 1299.0), (1299, 1299.0)],
    ],
)
def test_price(cell: object, price: float | None) -> None:
    assert prices.price(cell) == price


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("-5", "price -5 is negative; give 0 or more"),
        ("€ -5,00", "is negative"),
        ("-€5", "is negative"),
        (-0.5, "is negative"),
        ("on request", 'price "on request" is not a number; write it as 12.50'),
        ("50%", "is not a number"),
        ("5 for 10", "is not a number"),
        ("12 15", "is not a number"),
        ("1e3", "is not a number"),
        ("1" * 400, "is not a number"),
        (10**400, "is not a number"),
        (" ".join(["see description"] * 5000), 'price "see description see description see desc..." is not a number'),
        (float("inf"), "is not a number"),
        ("1.2.3,4,5", "is not a number"),
    ],
)
def test_a_bad_price_is_refused(cell: object, says: str) -> None:
    with pytest.raises(BadRow, match=says.replace(".", r"\.")):
        prices.price(cell)


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["89,95 €", "1.299 €", "1.299,00 €"], [89.95, 1299.0, 1299.0]),
        (["89.95", "1,299", "1,299.00"], [89.95, 1299.0, 1299.0]),
        (["12.5", "19.99", "1.299"], [12.5, 19.99, 1.299]),
        (["12.9935", "1.299", "1,299"], [12.9935, 1.299, 1299.0]),
        ([12.5, None, "1.299"], [12.5, None, 1299.0]),
        (["1.299 €", "49,90 €", "2.499 €", "19.9"], [1299.0, 49.9, 2499.0, 19.9]),
        (["$1,299", "$1,499", "$2,099", "12,5"], [1299.0, 1499.0, 2099.0, 12.5]),
        (["1,299", "1,499", "1,2345"], [1299.0, 1499.0, 1.2345]),
        (["1.299", "", "1.299,00"], [1299.0, None, 1299.0]),
    ],
)
def test_three_digits_are_thousands_unless_the_column_holds_computed_numbers(
    cells: list[object], read: list[float | None]
) -> None:
    assert list(map(prices.price_reader(cells), cells)) == read


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        *[
            ("12,50 €", "€"),
            ("EUR 12", "EUR"),
            ("US$ 12", "US$"),
            ("kr. 199", "kr"),
            ("Rs. 1,299", "Rs"),
            ("zł 5", "zł"),
        ],
        *[
            ("from 12 to 15", ""),
            ("12.50", ""),
            (12.5, ""),
            ("ab 19,99 CHF", "CHF"),
            ("12.99 incl. VAT", ""),
            (None, ""),
        ],
    ],
)
def test_currency(cell: object, currency: str) -> None:
    assert prices.currency(cell) == currency


@pytest.mark.parametrize("cell", [" " * 1600 + "x", "1" + " " * 10**5, "1 " * 10**5, ",." * 10**5, "€ " * 10**5])
def test_a_long_price_takes_no_longer_than_its_length(cell: str) -> None:
    with suppress(BadRow):
        prices.price_reader([cell])(cell)  # minutes, where a pattern tries every way to read it
    prices.currency(cell)


@given(
    st.integers(0, 10**9), st.sampled_from([",.", ".,", " ,", "'.", " ."]), st.sampled_from(["{}", "€ {}", "{} EUR"])
)
def test_a_price_is_read_in_every_country(cents: int, marks: str, currency: str) -> None:
    thousands, decimal = marks
    written = f"{cents / 100:,.2f}".translate({ord(","): thousands, ord("."): decimal})
    assert prices.price(currency.format(written)) == cents / 100
