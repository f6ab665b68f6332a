from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from modiste.catalog import Catalog, Outfit, Rejected
from modiste.catalog.records import BadRow
from modiste.errors import UsageError
from modiste.lab.datasets import polyvore, read_outfits
from modiste.lab.datasets.outfits import Blank, OutfitData

DATA = OutfitData(
    catalog=Catalog("small", ()),
    categories={"a": "tops", "b": "shoes"},
    train=(Outfit("1", ("a", "b")), Outfit("10", ("a", "c"))),
    judge=(Outfit("2", ("c", "d")),),
    test=(Outfit("3", ("b", "d", "e")),),
    blanks=(Blank(("b", "d"), ("e", "a")),),
    judged=((("b", "d", "e"), True),),
)


def test_the_hash_names_a_split_by_hand() -> None:
    lines = "10:train\n1:train\n2:judge\n3:test\n"
    assert DATA.split_hash == hashlib.sha256(lines.encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(DATA, train=DATA.train[::-1]), True),
        (replace(DATA, blanks=()), True),
        (replace(DATA, train=DATA.train[:1]), False),
        (replace(DATA, judge=(), test=(*DATA.test, *DATA.judge)), False),
        (replace(DATA, test=(Outfit("4", ("b", "d", "e")),)), False),
    ],
)
def test_another_split_has_another_hash(other: OutfitData, same: bool) -> None:
    assert (other.split_hash == DATA.split_hash) is same


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (DATA.test, "1 of the 3 items of test outfits are in training outfits too"),
        (DATA.train, "3 of the 3 items of test outfits are in training outfits too"),
        ((), "0 of the 0 items of test outfits are in training outfits too"),
    ],
)
def test_what_is_known_from_training_is_counted(asked: tuple[Outfit, ...], says: str) -> None:
    assert polyvore._shared_items(asked, DATA.train, "test") == says


def test_a_folder_without_outfits(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read_outfits(tmp_path)
    assert str(refused.value).startswith(
        f"{tmp_path} holds no published outfits; give a folder in one of these layouts: polyvore-outfits (polyvore_item"
    )


def test_entries_are_sifted(tmp_path: Path) -> None:
    def parse(entry: object) -> int:
        if not isinstance(entry, int):
            raise BadRow(f'"{entry}" is no number')
        return -entry

    folder = tmp_path / "disjoint"
    folder.mkdir()
    (folder / "test.json").write_text('[1, "x", 3]')
    assert polyvore._sift(polyvore._entries(folder / "test.json"), parse) == (
        (-1, -3),
        (Rejected("", '"x" is no number', "disjoint/test.json, entry 2"),),
    )


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "disjoint"
    folder.mkdir()
    (folder / "a.txt").write_text("1 a \n\n0 b\n")
    assert list(polyvore._lines(folder / "a.txt")) == [
        ("disjoint/a.txt, line 1", "1 a"),
        ("disjoint/a.txt, line 3", "0 b"),
    ]
