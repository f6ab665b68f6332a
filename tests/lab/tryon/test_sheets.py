"""Contact sheets of people dressed."""

from __future__ import annotations

import pytest

from modiste.lab.tryon import sheets
from modiste.lab.tryon.protocol import Reader, Request
from modiste.lab.tryon.sheets import _row, evaluated_sheet
from tests.lab.tryon.crowds import crowd
from tests.tryon.figures import PaintParser, dresser


@pytest.fixture
def case(tmp_path):
    people = crowd(tmp_path, swaps=True)
    (found,), _ = Reader(people, PaintParser()).cases([Request("p1", {"top": "p0"}, "truth", "t1")])
    return found


def test_a_row_shows_query_references_baseline_ours_and_the_truth(case):
    caption, cells = _row(case, dresser(), PaintParser(), steps=1)
    labels = ["query", "top", "tps paste", "feed-forward", "refined, 1 steps", "truth"]
    assert caption == "top"
    assert [label for _, label, _ in cells] == labels
    assert {picture.size for picture, _, _ in cells} == {(192, 256)}
    assert [label for _, label, _ in _row(case, dresser(), PaintParser(), steps=0)[1]] == [
        *labels[:4],
        "truth",
    ]


def test_a_sheet_has_the_rows_that_were_asked_for(monkeypatch, tmp_path):
    people, networks = crowd(tmp_path, swaps=True), dresser()
    monkeypatch.setattr(sheets, "read_people", lambda source, unseen: people)
    monkeypatch.setattr(sheets, "load_dresser", lambda name: networks)
    monkeypatch.setattr(sheets, "open_parser", lambda name: PaintParser())
    one, two = (evaluated_sheet(["swaps"], count=count, refine_steps=0) for count in (1, 2))
    assert two.width == one.width
    assert two.height > one.height + 256
