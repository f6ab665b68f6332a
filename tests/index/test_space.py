"""The files of a space: what was added is there, whatever cut the writer short, and whoever writes beside it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modiste.index import Identity
from modiste.index.space import FOLDER, Space

DIM = 6
IDENTITY = Identity("refine-photos", "12345678", "0000", DIM)


def name(number: int) -> str:
    return f"{number:016x}"


def vectors(number: int, photos: int) -> np.ndarray:
    drawn = np.random.default_rng(number).standard_normal((photos, DIM))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def some(*numbers: int) -> dict[str, np.ndarray]:
    """Products with one to three photos each."""
    return {name(number): vectors(number, 1 + number % 3) for number in numbers}


def fill(space: Space, *numbers: int) -> Space:
    with space.writing():
        for number in numbers:
            space.add(some(number))
    return space


def opened(shop: Path, identity: Identity = IDENTITY) -> Space:
    space = Space(shop, identity)
    space.read()
    return space


def held(space: Space, *numbers: int) -> list[int]:
    """Which of the products it has, after a look at their vectors."""
    places = space.find(np.array([name(number) for number in numbers], "S16"))
    known = [number for number, place in zip(numbers, places, strict=True) if place >= 0]
    matrix, starts = space.matrix(places[places >= 0])
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1, abs=1e-6)
    bounds = np.arange(len(known) + 1) if starts is None else starts
    for number, start, end in zip(known, bounds[:-1], bounds[1:], strict=True):
        assert matrix[start:end] == pytest.approx(vectors(number, 1 + number % 3), abs=1e-3)
    return known


def test_what_was_added_is_read_in_any_order(tmp_path, monkeypatch):
    monkeypatch.setattr("modiste.index.space.BLOCK", 4)
    assert held(opened(tmp_path), 1, 2) == []
    writer = fill(Space(tmp_path, IDENTITY), *range(20))
    assert held(writer, *range(20)) == [*range(20)]
    assert held(opened(tmp_path), 30, 7, 3, 19, 3, 25, 0) == [7, 3, 19, 3, 0]
    assert held(opened(tmp_path), 30) == []


def test_one_photo_each_needs_no_bounds(tmp_path):
    space = fill(Space(tmp_path, IDENTITY), 0, 3, 6, 7)
    assert space.matrix(np.array([2, 0]))[1] is None
    assert space.matrix(np.array([2, 3]))[1].tolist() == [0, 1, 3]


CUTS = [
    ("photos.bin", -1, [0, 1, 2, 3]),
    ("photos.bin", -20, [0, 1, 2, 3]),
    ("photos.bin", -21, [0, 1, 2]),
    ("vectors.f16", -1, [0, 1, 2, 3]),
    ("vectors.f16", -6 * DIM * 2, [0, 1]),
    ("vectors.f16", +5, [0, 1, 2, 3, 4]),
    ("vectors.f16", +9 * DIM * 2, [0, 1, 2, 3, 4]),
    ("vectors.f16", -9 * DIM * 2, []),
    ("photos.bin", +13, [0, 1, 2, 3, 4]),
    ("photos.bin", -5 * 20, []),
]


@pytest.mark.parametrize(("file", "by", "whole"), CUTS)
def test_a_writer_cut_short_costs_what_it_was_writing(tmp_path, file, by, whole):
    """Products 0 to 4 have 1, 2, 3, 1 and 2 photos."""
    cut = fill(Space(tmp_path, IDENTITY), *range(5)).folder / file
    content = cut.read_bytes()
    cut.write_bytes(content + bytes(range(by)) if by > 0 else content[:by])
    assert held(opened(tmp_path), *range(5)) == whole
    fill(Space(tmp_path, IDENTITY), *range(10, 14))
    assert held(opened(tmp_path), *range(20)) == [*whole, 10, 11, 12, 13]


def test_a_second_writer_keeps_what_it_adds_to_itself(tmp_path):
    first, second = Space(tmp_path, IDENTITY), Space(tmp_path, IDENTITY)
    with first.writing():
        first.add(some(1))
        fill(second, 1, 2)
        first.add(some(3))
    second.read()
    assert held(second, 1, 2, 3) == [1, 2, 3]
    assert held(opened(tmp_path), 1, 2, 3) == [1, 3]
    fill(second, 4)
    assert held(opened(tmp_path), 1, 2, 3, 4) == [1, 3, 4]


def test_where_nothing_can_be_written_memory_serves(tmp_path):
    (tmp_path / FOLDER).write_text("no folder")
    space = fill(Space(tmp_path, IDENTITY), 1, 2)
    assert held(space, 1, 2, 3) == [1, 2]
    space.remove_older()


def test_a_full_disk_is_no_reason_to_fail(tmp_path, monkeypatch):
    space = fill(Space(tmp_path, IDENTITY), 1)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("modiste.index.space._put", full)
        fill(space, 2)
    assert held(space, 1, 2) == [1, 2]
    assert held(opened(tmp_path), 1, 2) == [1]


def test_a_folder_that_is_removed_meanwhile(tmp_path):
    reader, writer = fill(Space(tmp_path, IDENTITY), 1), Space(tmp_path, IDENTITY)
    with writer.writing():
        shutil.rmtree(writer.folder)
        writer.add(some(2))
    assert held(writer, 1, 2) == [2]
    assert held(reader, 1) == [1], "what was opened can be read on"
    assert not writer.folder.exists()


NEIGHBOURS = [
    (replace(IDENTITY, revision="abcdefgh"), False),
    (replace(IDENTITY, preprocessing="1111"), False),
    (replace(IDENTITY, encoder="refine"), True),
    (replace(IDENTITY, encoder="refine-photos-b"), True),
    (replace(IDENTITY, encoder="/runs/refine-photos"), True),
]


@pytest.mark.parametrize(("other", "stays"), NEIGHBOURS)
def test_only_other_revisions_of_the_same_network_give_way(tmp_path, other, stays):
    fill(Space(tmp_path, other), 1)
    complete = fill(Space(tmp_path, IDENTITY), 2)
    complete.remove_older()
    assert held(opened(tmp_path, other), 1) == ([1] if stays else [])
    assert held(opened(tmp_path), 2) == [2]


def test_vectors_of_a_revision_that_goes_by_another_name_now_are_used(tmp_path):
    fill(opened(tmp_path), 1, 2)
    renamed = replace(IDENTITY, revision="fedcba98", former=("87654321", IDENTITY.revision))
    assert held(fill(opened(tmp_path, renamed), 3), 1, 2, 3) == [1, 2, 3]
    assert held(opened(tmp_path, replace(renamed, former=("87654321",))), 1, 2, 3) == []


def test_an_older_revision_stays_until_the_new_one_is_on_disk(tmp_path):
    older = replace(IDENTITY, revision="abcdefgh")
    fill(Space(tmp_path, older), 1)
    new = Space(tmp_path, IDENTITY)
    new.remove_older()
    with Space(tmp_path, IDENTITY).writing():
        fill(new, 1).remove_older()
    assert held(opened(tmp_path, older), 1) == [1]


def test_an_older_revision_stays_while_it_is_written(tmp_path):
    older = Space(tmp_path, replace(IDENTITY, revision="abcdefgh"))
    with older.writing():
        older.add(some(1))
        fill(Space(tmp_path, IDENTITY), 1).remove_older()
        older.add(some(2))
    assert held(opened(tmp_path, older.identity), 1, 2) == [1, 2]
