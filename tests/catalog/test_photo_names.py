from __future__ import annotations

import pytest

from modiste.catalog.gather import BadRow
from modiste.catalog.photo_names import MOST_LETTERS, is_url, photo_names


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (None, []),
        ("", []),
        ("a.jpg", ["a.jpg"]),
        (' "a.jpg" ', ["a.jpg"]),
        ("a|b", ["a", "b"]),
        ("a.jpg;b.jpg|", ["a.jpg", "b.jpg"]),
        ("a.jpg | b", ["a.jpg", "b"]),
        ("a.jpg, b.jpg", ["a.jpg", "b.jpg"]),
        ("a.jpg,b.JPEG,c.jfif", ["a.jpg", "b.JPEG", "c.jfif"]),
        ("a.jpg b.jpg", ["a.jpg", "b.jpg"]),
        ("a.jpg\nb.jpg\r\nc.jpg", ["a.jpg", "b.jpg", "c.jpg"]),
        ("High Street, London.jpg", ["High Street, London.jpg"]),
        ("a.jpg, High Street, London.jpg", ["a.jpg", "High Street, London.jpg"]),
        ("a;b.jpg", ["a;b.jpg"]),
        ("a.jpg (1).jpg", ["a.jpg (1).jpg"]),
        ("a.jpg?v=1;b.jpg?v=2", ["a.jpg?v=1", "b.jpg?v=2"]),
        ('["a.jpg", "b, c.jpg"]', ["a.jpg", "b, c.jpg"]),
        ("['a.jpg', 'b.jpg']", ["a.jpg", "b.jpg"]),
        ("[]", []),
        *[(cell, ["a.jpg"]) for cell in ("a.jpg, null", "|a.jpg|", "N/A;a.jpg", '["a.jpg", "-"]')],
        *[(cell, []) for cell in ("N/A", "-", "null", "None")],
        *[(f"a.jpg{signs}b.jpg", ["a.jpg", "b.jpg"]) for signs in (";;", "||", ",,", "; ;", ", ,", "|-|")],
        *[(f'[{{"{key}": "a.jpg", "alt": "x"}}]', ["a.jpg"]) for key in ("src", "url", "path")],
        ('{"url": "a.jpg"}', ["a.jpg"]),
        ([{"src": "a.jpg"}, {"url": "b.jpg"}, None], ["a.jpg", "b.jpg"]),
        (["\ud800.jpg"], ["?.jpg"]),
        (["a;b", "c d.jpg", None], ["a;b", "c d.jpg"]),
        ("https://x.org/a;b|c d.jpg", ["https://x.org/a;b|c d.jpg"]),
        ("https://x.org/w_20,h_30/a.jpg?f=1|2;3", ["https://x.org/w_20,h_30/a.jpg?f=1|2;3"]),
        ("https://x.org/1|https://x.org/2", ["https://x.org/1", "https://x.org/2"]),
        ("https://x.org/1, //x.org/2", ["https://x.org/1", "//x.org/2"]),
        ("https://x.org/a.jpg;b.jpg", ["https://x.org/a.jpg", "b.jpg"]),
        ("https://x.org/?from=https://y.org/a.jpg", ["https://x.org/?from=https://y.org/a.jpg"]),
        ("a.jpg|https://x.org/b c.jpg", ["a.jpg", "https://x.org/b c.jpg"]),
    ],
)
def test_photos_of_a_cell(cell: object, names: list[str]) -> None:
    assert photo_names(cell) == names


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("[a.jpg", r'"\[a.jpg" is not a JSON list \(Expecting value\); write \["one.jpg", "two.jpg"\]'),
        ("[" * 9000, "is not a JSON list"),
        ("a.jpg " * MOST_LETTERS, "the images are named in 59,999 characters; give at most 10,000"),
    ],
)
def test_cells_that_cannot_be_read(cell: str, says: str) -> None:
    with pytest.raises(BadRow, match=says):
        photo_names(cell)


@pytest.mark.parametrize(
    ("photo", "so"),
    [
        ("https://x.org/a", True),
        ("HTTP://X.org", True),
        ("//cdn.x.org/a.png", True),
        ("a.png", False),
        ("C:\\a.png", False),
        ("C://a.png", False),
        ("//a.png", False),
        ("images//a.png", False),
        ("file:///a.png", False),
    ],
)
def test_is_url(photo: str, so: bool) -> None:
    assert is_url(photo) is so
