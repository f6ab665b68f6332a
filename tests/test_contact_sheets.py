"""Contact sheets."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageColor

from modiste.contact_sheets import MARK, _wrap, sheet
from modiste.errors import UsageError

RED = Image.new("RGB", (60, 80), "red")


def count(page: Image.Image, colour: str) -> int:
    return int((np.asarray(page) == ImageColor.getrgb(colour)).all(-1).sum())


def test_photos_of_files_and_memory_stand_side_by_side(tmp_path):
    RED.save(tmp_path / "a.png")
    page = sheet([("a query", [(tmp_path / "a.png", "one", False), (RED, "two", False)])], thumb=(80, 60))
    assert page.mode == "RGB"
    assert count(page, "red") == 2 * 60 * 80
    assert count(page, MARK) == 0


def test_a_mark_frames_its_photo_only():
    plain = sheet([("", [(RED, "", False), (RED, "", False)])])
    marked = sheet([("", [(RED, "", True), (RED, "", False)])])
    assert plain.size == marked.size
    assert count(marked, MARK) > 1000
    assert count(marked.crop((marked.width // 2, 0, marked.width, marked.height)), MARK) == 0


def test_photos_beyond_the_columns_wrap():
    cells = [(RED, "", False)] * 5
    wide, narrow = sheet([("", cells)]), sheet([("", cells)], columns=2)
    assert narrow.width < wide.width
    assert narrow.height > 2 * wide.height


def test_long_captions_wrap_and_make_room():
    short, long = (sheet([(caption, [(RED, "", False)] * 3)]) for caption in ("word", "word " * 100))
    assert short.width == long.width
    assert long.height > short.height


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one two", ["one two"]),
        ("one two three four", ["one two", "three", "four"]),
        ("one two three four five six seven", ["one two", "three", "four..."]),
        ("été, 20 €", ["ete, 20", "EUR"]),
        ("incomprehensible", ["inco..."]),
    ],
)
def test_lines_keep_to_the_width(text, lines):
    class Fixed:
        @staticmethod
        def getlength(line: str) -> int:
            return 10 * len(line)

    assert _wrap(text, Fixed(), 70, most=3) == lines


def test_no_rows_is_refused():
    with pytest.raises(UsageError, match="at least one row"):
        sheet([])
