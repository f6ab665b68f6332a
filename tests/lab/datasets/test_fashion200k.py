from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from modiste.errors import UsageError
from modiste.lab.datasets import detect, fashion200k, inspect, read, read_triplets
from modiste.lab.datasets.fashion200k import _draw_triplets
from modiste.lab.datasets.triplets import Query
from tests.photos import write_photo

TRAIN = {
    "dresses/day_dresses/1/1_0": "red lace dress",
    "dresses/day_dresses/1/1_1": "red lace dress",
    "dresses/gowns/2/2_0": "blue lace dress",
    "dresses/gowns/3/3_0": "lace red dress",
    "dresses/gowns/4/4_0": "long pleated gown",
}
TEST = {
    "tops/shirts/5/5_0": "white silk top",
    "tops/shirts/6/6_0": "black silk top",
    "tops/shirts/6/6_1": "black silk top",
    "tops/shirts/7/7_0": "silk black top",
    "tops/shirts/8/8_0": "no. 8 top & belt",
}
QUERIES = [("5/5_0", "6/6_0"), ("6/6_0", "5/5_0"), ("7/7_0", "6/6_1"), ("5/5_0", "8/8_0"), ("9/9_0", "5/5_0")]


def photo(place: str) -> str:
    return f"women/{place}.jpeg"


def publish(folder: Path, without: str = "", queries: bool = True) -> Path:
    """A small copy of the publisher's layout; `without` are photos that weren't unpacked."""
    (folder / "labels").mkdir(parents=True)
    for file, labels in (("dress_train", TRAIN), ("top_test", TEST)):
        lines = [f"{photo(place)}\t-1.5\t{caption}\n" for place, caption in labels.items()]
        (folder / "labels" / f"{file}_detect_all.txt").write_text("".join(lines) + "\n", encoding="utf-8")
    for shade, place in enumerate({**TRAIN, **TEST}):
        if place.rpartition("/")[2] not in without.split():
            write_photo(folder / photo(place), shade)
    if queries:
        lines = [f"{photo(f'tops/shirts/{a}')} {photo(f'tops/shirts/{b}')}\n" for a, b in QUERIES]
        (folder / "test_queries.txt").write_text("".join(lines) + "\n")
    return folder


def test_training_captions_differ_in_one_word(tmp_path: Path) -> None:
    train = read_triplets(publish(tmp_path)).train
    caption = {photo(place): text for place, text in TRAIN.items()}
    found = {(caption[one.source], caption[one.target], one.texts) for one in train}
    assert found <= {
        ("red lace dress", "blue lace dress", ("replace red with blue",)),
        ("lace red dress", "blue lace dress", ("replace red with blue",)),
        ("blue lace dress", "red lace dress", ("replace blue with red",)),
        ("blue lace dress", "lace red dress", ("replace blue with red",)),
    }
    assert [one.source for one in train] == [photo(place) for place in TRAIN][:4], "nothing is one word from the gown"


def test_every_pair_is_drawn_by_some_seed() -> None:
    captions = {"1": "red dress", "2": "blue dress", "3": "red gown", "4": "red red dress"}
    drawn = Counter((one.source, one.target) for seed in range(300) for one in _draw_triplets(captions, seed))
    assert set(drawn) == {("1", "2"), ("1", "3"), ("2", "1"), ("3", "1")}
    assert drawn["1", "2"] == pytest.approx(150, abs=40)
    assert drawn["2", "1"] == drawn["3", "1"] == 300
    assert _draw_triplets(captions, 5) == _draw_triplets(captions, 5)


def test_captions_of_the_same_words_are_no_pair() -> None:
    assert _draw_triplets({"1": "red lace dress", "2": "lace red dress", "3": "red lace dress"}) == ()
    assert _draw_triplets({}) == ()


def test_any_photo_with_the_caption_of_the_target_is_right(tmp_path: Path) -> None:
    data = read_triplets(publish(tmp_path))
    (protocol,) = data.protocols
    assert (protocol.name, protocol.leaves_out_source) == ("fashion200k test", True)
    assert protocol.gallery == tuple(photo(place) for place in TEST)
    white, black, black_too, other_order, belt = protocol.gallery
    assert protocol.queries == (
        Query(white, "replace white with black", (black, black_too)),
        Query(black, "replace black with white", (white,)),
        Query(other_order, "replace top with top", (black, black_too)),
        Query(white, "replace white with no.", (belt,)),
    )


def test_what_lacks_a_photo_is_left_out_and_counted(tmp_path: Path) -> None:
    data = read_triplets(publish(tmp_path, without="2_0 6_0 8_0"))
    assert len(data.photos) == 7
    assert data.train == ()
    (protocol,) = data.protocols
    white, black_too, other_order = (photo(f"tops/shirts/{place}") for place in ("5/5_0", "6/6_1", "7/7_0"))
    assert protocol.gallery == (white, black_too, other_order)
    assert [(one.source, one.targets) for one in protocol.queries] == [
        (white, (black_too,)),
        (other_order, (black_too,)),
    ]
    assert data.notes == (
        "3 of 10 photos can't be used and are left out with all that needs them, the first at "
        "dress_train_detect_all.txt, line 3: no photo women/dresses/gowns/2/2_0.jpeg lies in the folder, or it is "
        "empty; unpack women.tar.gz there",
        "4 of the published 172,049 training photos",
        "3 of the published 29,789 photos of fashion200k test",
        "2 of the published 33,480 questions of fashion200k test",
    )


def test_a_complete_data_set_has_nothing_to_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, count in {"TRAIN_PHOTOS": 5, "TEST_PHOTOS": 5, "TEST_QUESTIONS": 4}.items():
        monkeypatch.setattr(fashion200k, name, count)
    assert read_triplets(publish(tmp_path)).notes == ()


def test_without_queries_nothing_is_asked(tmp_path: Path) -> None:
    data = read_triplets(publish(tmp_path, queries=False))
    assert (data.protocols, len(data.train)) == ((), 4)
    assert (
        data.notes[-1] == "test_queries.txt of TIRG is missing, without which nothing is asked; put it beside labels/"
    )


def test_photos_are_products(tmp_path: Path) -> None:
    source = publish(tmp_path, without="2_0")
    with (source / "labels" / "top_test_detect_all.txt").open("a") as stream:
        stream.write("women/tops/shirts/9/9_0.jpeg\t-1.5\n")
    (source / "labels" / "top_test_detect_all_cn.txt").write_text("somebody's own file\n")
    assert detect(source) == "fashion200k"
    catalog = read(source)
    assert [one.id for one in catalog.products] == [photo(place) for place in {**TRAIN, **TEST} if "/2_0" not in place]
    first, last = catalog.products[0], catalog.products[-1]
    assert first.images == (source / "women/dresses/day_dresses/1/1_0.jpeg",)
    assert (first.title, first.category, first.gender) == ("red lace dress", "dress", "Women")
    assert (first.variant_of, first.attributes) == ("1", {"part": "train", "style": "day dresses"})
    assert (last.title, last.category, last.attributes["part"]) == ("no. 8 top & belt", "top", "test")
    missing, short = catalog.rejected
    assert (missing.id, missing.source) == (photo("dresses/gowns/2/2_0"), "dress_train_detect_all.txt, line 3")
    assert (short.reason, short.source) == (
        "the line has 2 cells instead of 3; restore the publisher's line",
        "top_test_detect_all.txt, line 7",
    )
    assert inspect(source).categories == {"top": 5, "dress": 4}


def test_broken_queries_are_named(tmp_path: Path) -> None:
    (publish(tmp_path) / "test_queries.txt").write_text("\nwomen/a.jpeg women/b.jpeg women/c.jpeg\n")
    with pytest.raises(UsageError, match=r"line 2 names 3 photos instead of 2; download the file again"):
        read_triplets(tmp_path)


def test_labels_alone_are_of_no_use(tmp_path: Path) -> None:
    publish(tmp_path, without="1_0 1_1 2_0 3_0 4_0 5_0 6_0 6_1 7_0 8_0")
    with pytest.raises(UsageError, match=r"none of the 10 photos of this data set lies below .*; put the publisher's"):
        read_triplets(tmp_path)
