from __future__ import annotations

import json
from pathlib import Path

import pytest

from modiste.errors import UsageError
from modiste.lab.datasets import LAYOUTS, detect, fashion_iq, inspect, read, read_triplets
from modiste.lab.datasets.triplets import Query, Triplet, TripletData
from tests.photos import write_photo

OFFICIAL, VAL = "(official gallery)", "(VAL gallery: union of sources and targets)"


def pair(source: str, target: str, *captions: str) -> dict[str, object]:
    return {"candidate": source, "target": target, "captions": list(captions)}


CAPTIONS = {
    "dress.train": [pair("D1", "D2", " is  red.", "has sleeves"), pair("D2", "D3", "is long", "is long")],
    "dress.val": [
        pair("D4", "D5", "is shorter", "The dress is white."),
        pair("D5", "D6", "is plain", ""),
        pair("D6", "D6", "is the same", "looks the same"),
        pair("D4", "D7", "is blue", "is bluer"),
        pair("D4", "D5", " ", "."),
    ],
    "dress.test": [{"candidate": "D9", "captions": ["is green", "is darker"]}],
    "toptee.train": [pair("T1", "D1", "is a dress", "is longer")],
}
SPLITS = {
    "dress.train": ["D1", "D2", "D3"],
    "dress.val": ["D4", "D8", "D5", "D6", "D7", "D5"],
    "dress.test": ["D9"],
}


def publish(folder: Path, without: str = "") -> Path:
    """A small copy of the publisher's layout; `without` are photos whose download failed."""
    for kind, contents in (("captions/cap", CAPTIONS), ("image_splits/split", SPLITS)):
        for name, content in contents.items():
            path = folder / f"{kind}.{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
    for shade, id in enumerate(["D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "T1"]):
        place = folder / "images" / ("toptee" if id == "T1" else "dress") / f"{id}.png"
        write_photo(place, shade)
        if id in without.split():
            place.write_bytes(b"")
    return folder


def asked(data: TripletData, gallery: str) -> tuple[tuple[str, ...], tuple[Query, ...]]:
    (protocol,) = (one for one in data.protocols if one.name == f"fashion-iq dress val {gallery}")
    assert protocol.leaves_out_source
    return protocol.gallery, protocol.queries


def test_training_texts_are_both_sentences_alone_and_joined(tmp_path: Path) -> None:
    assert read_triplets(publish(tmp_path)).train == (
        Triplet("D1", "D2", ("is red", "has sleeves", "is red and has sleeves", "has sleeves and is red")),
        Triplet("D2", "D3", ("is long", "is long and is long")),
        Triplet("T1", "D1", ("is a dress", "is longer", "is a dress and is longer", "is longer and is a dress")),
    )


def test_the_official_gallery_is_asked_with_both_sentences(tmp_path: Path) -> None:
    gallery, questions = asked(read_triplets(publish(tmp_path)), OFFICIAL)
    assert gallery == ("D4", "D8", "D5", "D6", "D7")
    assert questions == (
        Query("D4", "is shorter and The dress is white", ("D5",)),
        Query("D5", "is plain", ("D6",)),
        Query("D4", "is blue and is bluer", ("D7",)),
    )


def test_the_val_gallery_is_asked_with_each_sentence(tmp_path: Path) -> None:
    gallery, questions = asked(read_triplets(publish(tmp_path)), VAL)
    assert gallery == ("D4", "D5", "D6", "D7"), "D8 is in no pair"
    assert [(one.source, one.text, one.targets) for one in questions] == [
        ("D4", "is shorter", ("D5",)),
        ("D4", "The dress is white", ("D5",)),
        ("D5", "is plain", ("D6",)),
        ("D4", "is blue", ("D7",)),
        ("D4", "is bluer", ("D7",)),
    ]


def test_protocols_without_questions_are_not_there(tmp_path: Path) -> None:
    data = read_triplets(publish(tmp_path))
    assert [one.name for one in data.protocols] == [f"fashion-iq dress val {OFFICIAL}", f"fashion-iq dress val {VAL}"]


def test_what_lacks_a_photo_is_left_out_and_counted(tmp_path: Path) -> None:
    whole = read_triplets(publish(tmp_path / "whole"))
    data = read_triplets(publish(tmp_path / "part", without="D3 D5 D8"))
    assert set(whole.photos) - set(data.photos) == {"D3", "D5", "D8"}
    assert [(one.source, one.target) for one in data.train] == [("D1", "D2"), ("T1", "D1")]
    assert asked(data, OFFICIAL) == (("D4", "D6", "D7"), (Query("D4", "is blue and is bluer", ("D7",)),))
    assert asked(data, VAL)[0] == ("D4", "D7")
    assert [len(asked(one, VAL)[1]) for one in (whole, data)] == [5, 2]
    assert data.notes[0] == (
        "3 of 10 photos can't be used and are left out with all that needs them, the first at split.dress.train.json: "
        "no photo D3 lies below the folder, or it is empty; download it again"
    )
    assert data.notes[1:] == (
        "1 of the published 5,985 dress training triplets",
        f"3 of the published 3,817 photos of fashion-iq dress val {OFFICIAL}",
        f"1 of the published 2,017 questions of fashion-iq dress val {OFFICIAL}",
        f"2 of the published 2,628 photos of fashion-iq dress val {VAL}",
        f"2 of the published 4,034 questions of fashion-iq dress val {VAL}",
        "0 of the published 5,988 shirt training triplets",
        f"0 of the published 6,346 photos of fashion-iq shirt val {OFFICIAL}",
        f"0 of the published 2,038 questions of fashion-iq shirt val {OFFICIAL}",
        f"0 of the published 3,089 photos of fashion-iq shirt val {VAL}",
        f"0 of the published 4,076 questions of fashion-iq shirt val {VAL}",
        "1 of the published 6,027 toptee training triplets",
        f"0 of the published 5,373 photos of fashion-iq toptee val {OFFICIAL}",
        f"0 of the published 1,961 questions of fashion-iq toptee val {OFFICIAL}",
        f"0 of the published 2,902 photos of fashion-iq toptee val {VAL}",
        f"0 of the published 3,922 questions of fashion-iq toptee val {VAL}",
    )


def test_a_complete_data_set_has_no_more_to_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {
        "TRAIN_PAIRS": (2, 0, 1),
        "VAL_PAIRS": (3, 0, 0),
        "OFFICIAL_GALLERY": (5, 0, 0),
        "VAL_GALLERY": (4, 0, 0),
    }
    for name, counts in sizes.items():
        monkeypatch.setattr(fashion_iq, name, dict(zip(fashion_iq.KINDS, counts, strict=True)))
    data = read_triplets(publish(tmp_path))
    assert data.notes == ("5 of the published 6 questions of fashion-iq dress val " + VAL,), (
        "one sentence is blank here"
    )


def test_a_gallery_that_was_not_published_is_not_asked(tmp_path: Path) -> None:
    (publish(tmp_path) / "image_splits" / "split.dress.val.json").unlink()
    data = read_triplets(tmp_path)
    assert [one.name for one in data.protocols] == [f"fashion-iq dress val {VAL}"]
    assert f"0 of the published 3,817 photos of fashion-iq dress val {OFFICIAL}" in data.notes
    assert "D8" not in data.photos, "nothing names it"


def test_photos_are_products(tmp_path: Path) -> None:
    source = publish(tmp_path, without="D2")
    (source / "tags").mkdir()
    tags = {"D1": [["dress"], ["floral", "print"], [], ["maxi"], [], []], "T1": [[], [], [], [], [], []]}
    (source / "tags" / "asin2attr.dress.train.json").write_text(json.dumps(tags))
    assert detect(source) == "fashion-iq"
    catalog = read(source)
    products = {one.id: one for one in catalog.products}
    assert list(products) == ["D1", "D3", "D4", "D8", "D5", "D6", "D7", "D9", "T1"]
    first, top = products["D1"], products["T1"]
    assert first.images == (source / "images" / "dress" / "D1.png",)
    assert (first.title, first.category, first.gender) == ("dress, floral, print, maxi", "dress", "Women")
    assert (top.title, top.category, top.attributes) == ("", "top", {"part": "train"})
    assert [products[id].attributes["part"] for id in ("D3", "D4", "D9")] == ["train", "val", "test"]
    assert [(bad.id, bad.source) for bad in catalog.rejected] == [("D2", "split.dress.train.json")]
    found = inspect(source)
    assert (found.products, len(found.problems), found.traps) == (9, 1, LAYOUTS["fashion-iq"].traps)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("captions/cap.dress.val.json", "[", r"cap.dress.val.json is damaged \(.*\); download it again"),
        ("captions/cap.dress.val.json", '[{"candidate": "D4"}]', r'entry 1 has no text under "target"; download the'),
        ("captions/cap.dress.train.json", '["D4"]', r'entry 1 has no text under "candidate"; download the file again'),
        (
            "captions/cap.dress.val.json",
            '[{"candidate": "D4", "target": "D5", "captions": "is red"}]',
            r'entry 1 has no list under "captions"; download the file again',
        ),
        ("image_splits/split.dress.val.json", "{}", "holds a dict where the published file has a list; check it"),
        ("asin2attr.dress.val.json", '{"D1": 3}', "is no file of tags of this set; download it again, or remove it"),
        ("asin2attr.dress.val.json", "[", "is no file of tags of this set; download it again, or remove it"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, file: str, content: str, says: str) -> None:
    (publish(tmp_path) / file).write_text(content)
    with pytest.raises(UsageError, match=says):
        read_triplets(tmp_path)


def test_captions_alone_are_of_no_use(tmp_path: Path) -> None:
    publish(tmp_path, without="D1 D2 D3 D4 D5 D6 D7 D8 D9 T1")
    with pytest.raises(UsageError, match=r"none of the 10 photos of this data set lies below .*; put the publisher's"):
        read_triplets(tmp_path)
