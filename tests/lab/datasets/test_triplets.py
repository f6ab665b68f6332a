from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from modiste.catalog import Catalog, Product, Rejected
from modiste.errors import UsageError
from modiste.lab.datasets import TRIPLETS, detect, fashion200k, fashion_iq, read_triplets, shoes, triplets
from modiste.lab.datasets.triplets import Protocol, Query
from tests.photos import write_photo

ASKED = Protocol("small", ("a", "b"), (Query("a", "is red", ("b",)),))


def test_the_hash_names_a_protocol_by_hand() -> None:
    content = (
        '{"gallery": ["a", "b"], "leaves_out_source": true, "name": "small", '
        '"questions": [{"right": ["b"], "source": "a", "text": "is red"}]}'
    )
    assert ASKED.hash == hashlib.sha256(content.encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, name="large"),
        replace(ASKED, gallery=("b", "a")),
        replace(ASKED, queries=()),
        replace(ASKED, queries=(Query("a", "is blue", ("b",)),)),
        replace(ASKED, queries=(Query("a", "is red", ("a", "b")),)),
        replace(ASKED, leaves_out_source=False),
    ],
)
def test_whatever_is_asked_otherwise_has_another_hash(other: Protocol) -> None:
    assert other.hash != ASKED.hash


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("fashion-iq", {"captions/cap.shirt.train.json": [{"candidate": "a", "target": "b", "captions": ["is red"]}]}),
        (
            "shoes",
            {"relative_captions_shoes.json": [], "train_im_names.txt": "a.jpg\n", "eval_im_names.txt": "b.jpg\n"},
        ),
        ("fashion200k", {"labels/dress_train_detect_all.txt": "a.jpg\t-1\tred dress\nb.jpg\t-1\tblue dress\n"}),
    ],
)
def test_a_layout_is_told_by_its_files(tmp_path: Path, name: str, files: dict[str, object]) -> None:
    for place, content in files.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(content if isinstance(content, str) else json.dumps(content))
    assert detect(tmp_path) in TRIPLETS
    write_photo(tmp_path / "a.jpg", 1)
    write_photo(tmp_path / "b.jpg", 2)
    data = read_triplets(tmp_path)
    assert (data.name, set(data.photos)) == (name, {"a", "b"} if name != "fashion200k" else {"a.jpg", "b.jpg"})
    assert data.licence == {"fashion-iq": fashion_iq, "shoes": shoes, "fashion200k": fashion200k}[name].LAYOUT.licence


def test_a_folder_without_triplets(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read_triplets(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path} holds no triplets; give a folder in one of these layouts: ")
    assert [name in str(refused.value) for name in ("fashion-iq (cap", "; fashion200k (lab", "; shoes (rel")] == [
        True
    ] * 3


def test_files_that_can_be_used(tmp_path: Path) -> None:
    write_photo(tmp_path / "real" / "b.png")
    source = tmp_path / "source"
    for place in ("z.png", "a/c.png", ".hidden/d.png", "a/._c.png"):
        write_photo(source / place)
    (source / "empty.png").touch()
    (source / "broken.png").symlink_to(source / "nowhere")
    (source / "linked").symlink_to(tmp_path / "real")
    found = [path.relative_to(source).as_posix() for path in triplets.files_below(source)]
    assert found == ["z.png", "a/c.png", "linked/b.png"]


def test_photos_by_id(tmp_path: Path) -> None:
    catalog = Catalog("shop", (Product("1", (tmp_path / "1.jpg",)),), rejected=(Rejected("2", "gone", "list.txt"),))
    assert triplets.photos_of(catalog, tmp_path) == {"1": tmp_path / "1.jpg"}
    with pytest.raises(UsageError, match=r"none of the 1 photos of this data set lies below .*; put the publisher's"):
        triplets.photos_of(replace(catalog, products=()), tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "list.json is missing; download it from the publisher"),
        (b'[{"a":', r"list.json is damaged \(.*\); download it again"),
        (b"\xff\xfe\x00", r"list.json is damaged \(.*\); download it again"),
        (b"{}", "list.json holds a dict where the published file has a list; check it"),
    ],
)
def test_files_that_are_no_json_list(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "list.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        triplets.read_json_list(path)


def test_lines_end_where_the_publisher_ends_them(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_bytes("a\u2028b \r\n\n c\n".encode() + b"d\xff")
    assert triplets.read_lines(path) == ["a\u2028b", "", "c", "d\ufffd"]
    with pytest.raises(UsageError, match=r"none.txt can't be read \(.*\); download it from the publisher"):
        triplets.read_lines(tmp_path / "none.txt")


@pytest.mark.parametrize("entry", ["text", None, {}, {"name": 3}, {"name": None}])
def test_entries_without_a_text(entry: object) -> None:
    with pytest.raises(UsageError, match=r'^entry 4 has no text under "name"; download the file again$'):
        triplets.field(entry, "name", "entry 4")


@pytest.mark.parametrize(
    ("text", "tidied"),
    [(" is  more \tred. ", "is more red"), ("is blue", "is blue"), (" . ", ""), ("size 3.5, wide", "size 3.5, wide")],
)
def test_captions_are_tidied(text: str, tidied: str) -> None:
    assert triplets.tidy(text) == tidied


def test_counts_that_are_not_the_published_ones() -> None:
    counts = {"photos": (4_642, 4_658), "pairs": (7, 7), "questions": (0, 1_761)}
    assert triplets.unlike_published(counts) == (
        "4,642 of the published 4,658 photos",
        "0 of the published 1,761 questions",
    )
