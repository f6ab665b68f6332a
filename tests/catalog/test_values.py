from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest

from modiste.catalog import values
from modiste.catalog.records import BadRow
from modiste.catalog.values import plain


@pytest.mark.parametrize(
    ("cell", "there"),
    [
        *[(cell, True) for cell in ("yes", "TRUE", "1", "17", True, 3, 0.5, "In Stock", "in_stock", "", None, "N/A")],
        *[(cell, True) for cell in ("preorder", "Pre-Order", "backorder", "onbackorder", "available for order", "10+")],
        *[(cell, True) for cell in ("https://schema.org/InStock", ">10", "5 pcs", "1,200", "Auf Lager", "En stock")],
        *[(cell, False) for cell in ("no", "False", "0", "-2", False, 0, 0.0, "out of stock", "sold out", "0,0")],
        *[(cell, True) for cell in ("3 in stock", "Qty: 4", "only 5 left", "In stock (2 left)", "в наличии", "active")],
        *[
            (cell, False)
            for cell in ("none", "NIL", "OOS", "0 in stock", "qty 0", "Sold Out (restock May)", "archived")
        ],
        *[(cell, False) for cell in ("temporarily unavailable", "Currently unavailable", "epuise", "off", "disabled")],
        *[(cell, False) for cell in ("derzeit nicht verfügbar", "нет в наличии", "缺货", "(sold out)")],
        *[
            (cell, False)
            for cell in ("OutOfStock", "out_of_stock", "Discontinued", "Ausverkauft", "0 pcs", float("-0"))
        ],
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
    [
        (None, ""),
        (float("nan"), ""),
        (1163.0, "1163"),
        (1163, "1163"),
        (0.5, "0.5"),
        (Decimal("12.990"), "12.99"),
        (Decimal("100"), "100"),
        ("  a ", "a"),
        (["a", 2], "a, 2"),
    ],
)
def test_text(cell: object, text: str) -> None:
    assert values.text(cell) == text


@pytest.mark.parametrize(
    ("cell", "gender"),
    [("female", "Women"), ("Men's", "Men"), ("UNISEX", "Unisex"), ("boys", "Boys"), ("Kids", "Kids")]
    + [(word, "Women") for word in ("women’s", "Women‘s", "WOMENS", "Ladies", "Ladies'", "Damen", "Femme", "Mujer")]
    + [(word, "Men") for word in ("Men´s", "Herren", "Homme", "Hombre", "Uomo", "men`s", "Gents")],
)
def test_gender(cell: str, gender: str) -> None:
    assert values.gender(cell) == gender


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["1", "2.5", ""], [1.0, 2.5, None]),
        ([1, 2.5, None], [1.0, 2.5, None]),
        (["yes", "No", ""], ["yes", "No", None]),
        (["true", "False", ""], [True, False, None]),
        (["38", "38.50", "2025"], [38.0, "38.50", 2025.0]),
        (["4006381333931", "40063813339310000"], ["4006381333931", "40063813339310000"]),
        ([True, False], [True, False]),
        (["S", "38"], ["S", "38"]),
        (["007", "008"], ["007", "008"]),
        (["1", "nan", "N/A", "-"], [1.0, None, None, None]),
        (["S", "-"], ["S", "-"]),
        (["yes", "1"], ["yes", "1"]),
        (["", None], [None, None]),
        ([["cotton", "wool"]], ["cotton, wool"]),
    ],
)
def test_an_attribute_has_one_type_in_all_rows(cells: list[object], read: list[object]) -> None:
    reader = values.attribute_reader(cells)
    assert [reader(cell) for cell in cells] == read


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (None, "the id is missing; give every product one"),
        ("  ", "the id is missing"),
        ("a\nb", r"the id 'a\\nb' holds a line break or a control character; leave it out"),
        ("a\x00b", "control character"),
        ("a\u2028b", "control character"),
        (".", 'the id "." means a folder in an address'),
        (" .. ", 'the id ".." means a folder in an address'),
        (True, "the id true is a bool; give a text or a number"),
        ({"$oid": "x"}, "is a dict"),
    ],
)
def test_an_id_that_cannot_be_asked_for_is_refused(cell: object, says: str) -> None:
    with pytest.raises(BadRow, match=says):
        values.identifier(cell)


@pytest.mark.parametrize(
    "cell", [" " * 1600 + "x", "1" + " " * 10**5, "1 " * 10**5, "<" * 10**5, "-" * 10**5, "[" * 10**5]
)
@pytest.mark.parametrize("read", [values.stock, values.gender, values.several, values.text, values.plain])
def test_a_long_cell_takes_no_longer_than_its_length(read: Callable[[object], object], cell: str) -> None:
    with suppress(BadRow):
        read(cell)  # minutes, where a pattern tries every way to read it


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (
            '<div class="black strong"><p>Soft &amp; light.&nbsp;Caf&eacute; colours</p><ul><li>Machine wash</li></ul>'
            "<style>.dress{color:red}</style></div>",
            "Soft & light. Café colours Machine wash",
        ),
        ("<b>So</b>ft", "Soft"),
        ("one<br/>two<BR>three", "one two three"),
        ("a <script>var dress = '<p>'</script> b", "a b"),
        ("<p><!-- a <b>hidden</b> dress -->x</p>", "x"),
        ('<p title="5 > 3">x</p>', "x"),
        ("&lt;p&gt;Soft&lt;/p&gt;", "Soft"),
        ("Tom &amp; Jerry &#8211; caf&#xe9;", "Tom & Jerry – café"),
        ("<p>never closed", "never closed"),
        ("<img src='data:image/png;base64," + "iVBORw0KGgo" * 20_000 + "'>a", "a"),
        ("<o:p>Word</o:p>", "Word"),
        ("5 < 6 and R&B, Rock&Roll", "5 < 6 and R&B, Rock&Roll"),
        ("size <Größe 42>", "size <Größe 42>"),
        ("lines\nstay", "lines\nstay"),
        ("", ""),
    ],
)
def test_what_a_browser_would_show(written: str, text: str) -> None:
    assert plain(written) == text


@pytest.mark.parametrize(
    "written",
    ["</" * 50_000, "<b " * 50_000, "<!--" * 50_000, "<style>" * 50_000, "<a href='" * 50_000 + ">", "<" * 50_000],
)
def test_it_takes_no_longer_than_the_text_is(written: str) -> None:
    plain(f"<p>{written}")  # minutes, where each tag is looked for to the end
