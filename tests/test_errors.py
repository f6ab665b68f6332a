"""Errors name what is nearest, whatever they are asked about."""

from __future__ import annotations

import pytest

from modiste import errors
from modiste.errors import nearest, unknown


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sneekers", ["sneakers"]),
        ("SHOE", ["Shoes"]),
        ("sku-100", ["sku-1001", "sku-1000", "sku-2001"]),
        ("qwzx", []),
        ("", []),
        ("sneakers" * 10_000, []),
    ],
)
def test_the_nearest_names_come_first(name, found):
    assert sorted(nearest(name, ["sneakers", "Shoes", "sku-1001", "sku-1000", "sku-2001"])) == sorted(found)


def test_no_more_names_are_compared_than_can_be_at_once(monkeypatch):
    monkeypatch.setattr(errors, "COMPARED", 10)
    assert nearest("sku-20", [f"sku-{number}" for number in range(30)], 1) != ["sku-20"]


def test_an_error_is_short_however_long_the_names():
    error = str(unknown("product", "x" * 10_000, ["x" * 500, "y" * 500]))
    assert len(error) < 400
    assert "…" in error
