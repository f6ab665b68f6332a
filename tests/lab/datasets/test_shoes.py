from __future__ import annotations

import json
from pathlib import Path

import pytest

from modiste.errors import UsageError
from modiste.lab.datasets import detect, inspect, read, read_triplets, shoes
from modiste.lab.datasets.triplets import Query, Triplet
from tests.photos import write_photo

TRAIN = ["boots_1", "boots_2", "rain_boots_3"]
EVAL = ["flats_10", "flats_11", "pumps_12"]
UNLISTED = ["clogs_20", "clogs_21", "clogs_22"]
PAIRS = [
    ("boots_1", "boots_2", " is  more shiny. "),
    ("boots_1", "rain_boots_3", "is for rain"),
    ("boots_1", "clogs_22", "is lower"),
    ("flats_10", "pumps_12", "has a heel"),
    ("flats_10", "clogs_20", "is a clog"),
    ("clogs_20", "clogs_21", "is listed nowhere"),
    ("flats_11", "flats_11", "is the same"),
    ("flats_11", "pumps_12", " "),
]


def long(id: str) -> str:
    return f"img_womens_{id}"


def publish(folder: Path, without: str = "", base: str = "") -> Path:
    """A small copy of the publisher's layout; the captions may lie in a folder of their own."""
    (folder / base).mkdir(parents=True, exist_ok=True)
    names = {"train_im_names.txt": TRAIN, "eval_im_names.txt": EVAL}
    for file, ids in names.items():
        (folder / base / file).write_text("".join(f"{long(id)}.jpg\n" for id in ids) + "\n")
    entries = [
        {"ImageName": f"{long(target)}.jpg", "ReferenceImageName": f"{long(source)}.jpg", "RelativeCaption": text}
        for source, target, text in PAIRS
    ]
    (folder / base / shoes.CAPTIONS).write_text(json.dumps(entries))
    for shade, id in enumerate(TRAIN + EVAL + UNLISTED):
        if id not in without.split():
            write_photo(folder / "attributedata" / f"womens_{id.rpartition('_')[0]}" / "0" / f"{long(id)}.jpg", shade)
    return folder


@pytest.mark.parametrize("base", ["", "dataset"])
def test_training_triplets_lead_from_the_reference_to_the_image(tmp_path: Path, base: str) -> None:
    assert read_triplets(publish(tmp_path, base=base)).train == (
        Triplet("img_womens_boots_1", "img_womens_boots_2", ("is more shiny",)),
        Triplet("img_womens_boots_1", "img_womens_rain_boots_3", ("is for rain",)),
        Triplet("img_womens_boots_1", "img_womens_clogs_22", ("is lower",)),
    )


def test_the_gallery_are_listed_photos_and_those_of_the_pairs(tmp_path: Path) -> None:
    (protocol,) = read_triplets(publish(tmp_path)).protocols
    assert (protocol.name, protocol.leaves_out_source) == ("shoes eval", True)
    assert protocol.gallery == tuple(map(long, [*EVAL, "clogs_20"]))
    assert protocol.queries == (
        Query("img_womens_flats_10", "has a heel", ("img_womens_pumps_12",)),
        Query("img_womens_flats_10", "is a clog", ("img_womens_clogs_20",)),
    )


def test_nobody_trains_on_a_pair_that_is_judged_on(tmp_path: Path) -> None:
    publish(tmp_path)
    with (tmp_path / "train_im_names.txt").open("a") as stream:
        stream.write("img_womens_flats_10.jpg\nimg_womens_clogs_20.jpg\n")
    data = read_triplets(tmp_path)
    assert "img_womens_flats_10" not in {one.source for one in data.train}
    assert len(data.protocols[0].queries) == 2
    assert data.train[-1] == Triplet("img_womens_clogs_20", "img_womens_clogs_21", ("is listed nowhere",))


def test_what_lacks_a_photo_is_left_out_and_counted(tmp_path: Path) -> None:
    data = read_triplets(publish(tmp_path, without="boots_2 flats_11 clogs_20"))
    assert len(data.photos) == 6
    assert [one.target for one in data.train] == ["img_womens_rain_boots_3", "img_womens_clogs_22"]
    (protocol,) = data.protocols
    assert protocol.gallery == ("img_womens_flats_10", "img_womens_pumps_12")
    assert [one.targets for one in protocol.queries] == [("img_womens_pumps_12",)]
    assert data.notes == (
        "3 of 9 photos can't be used and are left out with all that needs them, the first at train_im_names.txt: "
        "no photo img_womens_boots_2.jpg lies below the folder, or it is empty; download it again",
        "2 of the published 10,000 training photos",
        "2 of the published 8,990 training triplets",
        "2 of the published 4,658 photos of shoes eval",
        "1 of the published 1,761 questions of shoes eval",
    )


def test_a_complete_data_set_has_nothing_to_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in {"TRAIN_PHOTOS": 3, "TRAIN_PAIRS": 3, "EVAL_GALLERY": 4, "EVAL_PAIRS": 2}.items():
        monkeypatch.setattr(shoes, name, count)
    assert read_triplets(publish(tmp_path)).notes == ()


def test_photos_are_products(tmp_path: Path) -> None:
    source = publish(tmp_path, without="clogs_21")
    titles = [{"ImageName": "img_womens_rain_boots_3.jpg", "Caption": "tall green boots."}]
    (source / "captions_shoes.json").write_text(json.dumps(titles))
    assert detect(source) == "shoes"
    catalog = read(source)
    products = {one.id.removeprefix("img_womens_"): one for one in catalog.products}
    assert list(products) == [*TRAIN, *EVAL, "clogs_22", "clogs_20"]
    boots = products["rain_boots_3"]
    assert boots.images == (source / "attributedata/womens_rain_boots/0/img_womens_rain_boots_3.jpg",)
    assert (boots.title, boots.category, boots.gender) == ("tall green boots", "rain boots", "Women")
    assert [products[id].attributes for id in ("boots_1", "flats_10", "clogs_20")] == [
        {"part": "train"},
        {"part": "eval"},
        {},
    ]
    assert [(bad.id, bad.source) for bad in catalog.rejected] == [("img_womens_clogs_21", shoes.CAPTIONS)]
    assert inspect(source).categories["boots"] == 2


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        (shoes.CAPTIONS, "[", r"shoes.json is damaged \(.*\); download it again"),
        (shoes.CAPTIONS, '[{"ImageName": "a.jpg"}]', 'entry 1 has no text under "ReferenceImageName"; download the'),
        ("captions_shoes.json", '[{"ImageName": "a.jpg"}]', 'entry 1 has no text under "Caption"; download the file'),
        ("eval_im_names.txt", None, r"eval_im_names.txt can't be read \(.*\); download it from the publisher"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, file: str, content: str | None, says: str) -> None:
    publish(tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    with pytest.raises(UsageError, match=says):
        read_triplets(tmp_path)


def test_captions_alone_are_of_no_use(tmp_path: Path) -> None:
    publish(tmp_path, without=" ".join(TRAIN + EVAL + UNLISTED))
    with pytest.raises(UsageError, match=r"none of the 9 photos of this data set lies below .*; put the publisher's"):
        read_triplets(tmp_path)
