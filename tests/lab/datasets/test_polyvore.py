from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modiste.catalog import Catalog, Outfit
from modiste.errors import UsageError
from modiste.lab.datasets import LAYOUTS, OUTFITS, detect, inspect, polyvore, read, read_outfits
from modiste.lab.datasets.outfits import Blank
from tests.photos import write_photo

CATEGORIES = """2,undefined,
11,sweater,tops
11,shirt,tops
11,shirt,tops
27,jeans,bottoms
41,closed shoes,shoes
51,gloves,accessories\x20
51,scarf,scarves
18,cardigan,outerwear
"""


def item(category_id: str, category: str, title: str = "", url_name: str = "", description: str = "") -> dict[str, Any]:
    return {
        "url_name": url_name,
        "description": description,
        "catgeories": ["Women's Fashion"],
        "title": title,
        "related": "",
        "category_id": category_id,
        "semantic_category": category,
    }


ITEMS = {
    "101": item("11", "tops", "Red\n shirt", "red shirt of wool", "Made of wool."),
    "102": item("11", "tops", url_name="blue jumper"),
    "103": item("11", "tops"),
    "104": item("27", "bottoms", "Jeans"),
    "105": item("27", "bottoms"),
    "106": item("41", "shoes"),
    "107": item("41", "shoes"),
    "108": item("51", "scarves"),
    "109": item("18", "outerwear"),
}


def worn(set_id: str, *items: str) -> dict[str, Any]:
    return {"set_id": set_id, "items": [{"item_id": id, "index": place} for place, id in enumerate(items, 1)]}


def blank(question: str, answers: str, position: int = 1) -> dict[str, Any]:
    return {"question": question.split(), "blank_position": position, "answers": answers.split()}


NONDISJOINT: dict[str, Any] = {
    "train.json": [worn("1", "101", "104", "106"), worn("2", "102", "105")],
    "valid.json": [worn("3", "101", "107")],
    "test.json": [worn("4", "103", "104", "107", "108"), worn("5", "102", "106", "109")],
    "fill_in_blank_test.json": [
        blank("4_2 4_3 4_4", "4_1 5_1 1_1 3_1"),
        blank("5_1 5_3", "4_3 1_3 5_2 3_2", 2),
    ],
    "compatibility_test.txt": "1 4_1 4_2 4_3 4_4\n1 5_1 5_2 5_3\n\n0 5_1 4_2 5_2\n0 4_1 5_2 4_4 \n",
}
DISJOINT: dict[str, Any] = {
    "train.json": [worn("1", "101", "104", "106")],
    "valid.json": [worn("3", "102", "107")],
    "test.json": [worn("4", "103", "105", "108")],
    "fill_in_blank_test.json": [blank("4_2 4_3", "1_1 3_1 4_1")],
    "compatibility_test.txt": "1 4_1 4_2 4_3\n0 3_1 4_2 4_3\n",
}
ONE_OF_ONE = "outfits asked about, where one of several must be of one; download the file again"
DISJOINT_NOTES = (
    "1 of the published 16,995 training outfits",
    "1 of the published 3,000 validation outfits",
    "1 of the published 15,145 test outfits",
    "0 of the 2 items of validation outfits are in training outfits too",
    "0 of the 3 items of test outfits are in training outfits too",
)


def publish(base: Path, without: str = "") -> Path:
    """A small copy of the publisher's layout; `without` are items without a photo."""
    for version, files in (("nondisjoint", NONDISJOINT), ("disjoint", DISJOINT)):
        (base / version).mkdir(parents=True)
        for name, content in files.items():
            (base / version / name).write_text(content if isinstance(content, str) else json.dumps(content))
    (base / "polyvore_item_metadata.json").write_text(json.dumps(ITEMS))
    (base / "categories.csv").write_text(CATEGORIES)
    for shade, id in enumerate(ITEMS):
        if id not in without.split():
            write_photo(base / "images" / f"{id}.jpg", 20 * shade)
    return base


def rewrite(path: Path, change: list[Any]) -> None:
    """Add entries to a JSON list."""
    path.write_text(json.dumps([*json.loads(path.read_text()), *change]))


def test_items_are_products_and_outfits_are_those_of_all_parts(tmp_path: Path) -> None:
    source = publish(tmp_path)
    assert detect(source) == "polyvore-outfits"
    catalog = read(source)
    products = {product.id: product for product in catalog.products}
    assert list(products) == ["101", "104", "106", "102", "105", "107", "103", "108", "109"]
    shirt = products["101"]
    assert shirt.images == (tmp_path / "images" / "101.jpg",)
    assert (shirt.title, shirt.description) == ("Red shirt", "Made of wool.")
    assert shirt.attributes == {"semantic_category": "tops", "category_id": "11"}
    assert (products["102"].title, products["103"].title) == ("blue jumper", "")
    assert [outfit.id for outfit in catalog.outfits] == ["1", "2", "3", "4", "5"]
    assert catalog.outfits[3] == Outfit("4", ("103", "104", "107", "108"))
    assert (catalog.name, catalog.rejected) == ("polyvore-outfits-nondisjoint", ())
    assert catalog.notes == (
        "2 of the published 53,306 training outfits",
        "1 of the published 5,000 validation outfits",
        "2 of the published 10,000 test outfits",
        "1 of the 2 items of validation outfits are in training outfits too",
        "3 of the 7 items of test outfits are in training outfits too",
    )
    found = inspect(source)
    assert (found.products, found.outfits, found.traps) == (9, 5, LAYOUTS["polyvore-outfits"].traps)


@pytest.mark.parametrize(
    ("id", "label"),
    [("101", "sweater/shirt"), ("104", "jeans"), ("108", "scarf"), ("109", "cardigan")],
)
def test_a_category_is_called_all_that_its_id_is(tmp_path: Path, id: str, label: str) -> None:
    assert {product.id: product.category for product in read(publish(tmp_path)).products}[id] == label


def test_without_names_a_category_is_the_outfit_category(tmp_path: Path) -> None:
    (publish(tmp_path) / "categories.csv").unlink()
    assert {product.category for product in read(tmp_path).products} == {
        *("tops", "bottoms", "shoes", "scarves", "outerwear"),
    }


def test_outfit_categories_are_the_publishers(tmp_path: Path) -> None:
    data = read_outfits(publish(tmp_path))
    assert data.categories == {id: one["semantic_category"] for id, one in ITEMS.items()}
    assert data.categories["109"] == "outerwear", "though other shops call a cardigan a top"


@pytest.mark.parametrize("folder", ["", "nondisjoint"])
def test_nondisjoint_is_read_in_its_parts(tmp_path: Path, folder: str) -> None:
    source = publish(tmp_path) / folder
    assert detect(source) in OUTFITS
    data = read_outfits(source)
    assert data.train == (Outfit("1", ("101", "104", "106")), Outfit("2", ("102", "105")))
    assert data.judge == (Outfit("3", ("101", "107")),)
    assert [outfit.id for outfit in data.test] == ["4", "5"]
    assert data.blanks == (
        Blank(("104", "107", "108"), ("103", "102", "101", "101")),
        Blank(("102", "109"), ("106", "107", "106", "107")),
    ), "the right one comes first, wherever it is published"
    assert data.judged == (
        (("103", "104", "107", "108"), True),
        (("102", "106", "109"), True),
        (("102", "104", "106"), False),
        (("103", "106", "108"), False),
    )
    assert data.catalog.notes[-3:] == (
        "2 of the published 10,000 questions with a blank",
        "4 of the published 20,000 judged outfits",
        "1 of 2 questions with a blank offer their right item twice",
    )
    assert data.catalog.licence == polyvore.LAYOUT.licence


def test_disjoint_is_another_set_with_the_same_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = publish(tmp_path) / "disjoint"
    data = read_outfits(source)
    assert data.catalog == Catalog(
        "polyvore-outfits-disjoint",
        data.catalog.products,
        data.train + data.judge + data.test,
        (),
        polyvore.LAYOUT.licence,
        (
            *DISJOINT_NOTES,
            "1 of the published 15,145 questions with a blank",
            "2 of the published 30,290 judged outfits",
        ),
    )
    assert {product.id for product in data.catalog.products} == {"101", "102", "103", "104", "105", "106", "107", "108"}
    assert data.blanks == (Blank(("105", "108"), ("103", "101", "102")),)
    assert data.judged == ((("103", "105", "108"), True), (("102", "105", "108"), False))
    assert data.split_hash != read_outfits(tmp_path).split_hash
    monkeypatch.chdir(source)
    assert read_outfits(Path()) == data


def test_a_complete_set_has_only_its_overlap_to_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(polyvore.PUBLISHED, "disjoint", {"train": 1, "judge": 1, "test": 1})
    assert read_outfits(publish(tmp_path) / "disjoint").catalog.notes == DISJOINT_NOTES[3:]


@pytest.mark.parametrize("inside", [False, True])
def test_a_split_of_ones_own_lies_beside_or_around(tmp_path: Path, inside: bool) -> None:
    publish(tmp_path)
    (tmp_path / "disjoint").rename(tmp_path / "clean")
    if inside:
        for path in [tmp_path / "images", tmp_path / "polyvore_item_metadata.json"]:
            path.rename(tmp_path / "clean" / path.name)
    data = read_outfits(tmp_path / "clean")
    assert (data.catalog.name, data.catalog.notes) == ("polyvore-outfits-clean", DISJOINT_NOTES[3:])
    assert len(data.blanks) == 1


def test_items_that_cannot_be_used_leave_the_rest(tmp_path: Path) -> None:
    source = publish(tmp_path, without="107")
    rewrite(source / "nondisjoint" / "train.json", [worn("6", "101", "999"), worn("7", "101", "105", "100")])
    (source / "polyvore_item_metadata.json").write_text(json.dumps({**ITEMS, "100": item("245", "")}))
    data = read_outfits(source)
    assert [outfit.id for outfit in data.train] == ["1", "2", "7"], "6 keeps one item, which says nothing"
    assert (data.train[2].items, data.judge) == (("101", "105"), ())
    assert data.test[0] == Outfit("4", ("103", "104", "108"))
    assert data.blanks == ()
    assert [items for items, _ in data.judged] == [
        *(("102", "106", "109"), ("102", "104", "106"), ("103", "106", "108")),
    ]
    assert [(bad.id, bad.reason, bad.source) for bad in data.catalog.rejected] == [
        (
            "999",
            "no item 999 in polyvore_item_metadata.json; download that file again",
            "nondisjoint/train.json, outfit 6",
        ),
        (
            "100",
            'item 100 has the semantic_category "", not one of tops, bottoms, all-body, outerwear, shoes, bags, '
            "jewellery, accessories, hats, scarves, sunglasses; check it",
            "nondisjoint/train.json, outfit 7",
        ),
        (
            "107",
            f"no image at {tmp_path / 'images' / '107.jpg'}; put it there or live without the item",
            "nondisjoint/valid.json, outfit 3",
        ),
        (
            "",
            "4_3 is no item that can be used here; the question is left out",
            "nondisjoint/fill_in_blank_test.json, entry 1",
        ),
        (
            "",
            "4_3 is no item that can be used here; the question is left out",
            "nondisjoint/fill_in_blank_test.json, entry 2",
        ),
        (
            "",
            "4_3 is no item that can be used here; the question is left out",
            "nondisjoint/compatibility_test.txt, line 1",
        ),
    ]
    assert data.catalog.notes[0] == (
        "3 of 11 items can't be used, which 4 outfits lack; the first is named at nondisjoint/train.json, outfit 6: "
        "no item 999 in polyvore_item_metadata.json; download that file again"
    )


@pytest.mark.parametrize(
    ("file", "entry", "says"),
    [
        ("train.json", "text", 'there is no "set_id" with a list of "items" here; download the file again'),
        ("train.json", {"items": []}, 'there is no "set_id" with a list of "items" here; download the file again'),
        (
            "valid.json",
            {"set_id": "8", "items": [{"item_id": "101"}]},
            'outfit 8 has an item without "item_id" or "index"; download the file again',
        ),
        ("test.json", worn("1", "103"), 'outfit "1" is there already; every outfit must be in one part, once'),
        ("fill_in_blank_test.json", 3, 'there is no list under "question"; download the file again'),
        (
            "fill_in_blank_test.json",
            {"question": ["4_1"], "answers": "4_2"},
            'there is no list under "answers"; download the file again',
        ),
        (
            "fill_in_blank_test.json",
            blank("4_2 4_3", "1_1 3_1"),
            f"0 of 2 answers are of the 1 {ONE_OF_ONE}",
        ),
        (
            "fill_in_blank_test.json",
            blank("4_2 3_1", "4_1 1_1"),
            f"1 of 2 answers are of the 2 {ONE_OF_ONE}",
        ),
        (
            "fill_in_blank_test.json",
            blank("4_2 4_3", "4_1 4_3 1_1"),
            f"2 of 3 answers are of the 1 {ONE_OF_ONE}",
        ),
        (
            "fill_in_blank_test.json",
            blank("4_2 4_3", "4_1"),
            f"1 of 1 answers are of the 1 {ONE_OF_ONE}",
        ),
        (
            "fill_in_blank_test.json",
            blank("4_2 4_3", "4_1 77_1"),
            "77_1 is no item that can be used here; the question is left out",
        ),
    ],
)
def test_broken_entries_are_rejected_alone(tmp_path: Path, file: str, entry: object, says: str) -> None:
    whole = read_outfits(publish(tmp_path) / "disjoint")
    rewrite(tmp_path / "disjoint" / file, [entry])
    data = read_outfits(tmp_path / "disjoint")
    assert [(bad.reason, bad.source) for bad in data.catalog.rejected] == [(says, f"disjoint/{file}, entry 2")]
    assert (data.train, data.judge, data.test) == (whole.train, whole.judge, whole.test)
    assert (data.blanks, data.judged) == (whole.blanks, whole.judged)


@pytest.mark.parametrize("line", ["2 4_1 4_2", "1", "yes 4_1"])
def test_broken_lines_are_rejected_alone(tmp_path: Path, line: str) -> None:
    (publish(tmp_path) / "disjoint" / "compatibility_test.txt").write_text(f"{line}\n1 4_1 4_2\n")
    data = read_outfits(tmp_path / "disjoint")
    assert [(bad.reason, bad.source) for bad in data.catalog.rejected] == [
        (
            f'"{line}" is no 0 or 1 with items behind it; download the file again',
            "disjoint/compatibility_test.txt, line 1",
        )
    ]
    assert data.judged == ((("103", "105"), True),)


def test_questions_may_lack(tmp_path: Path) -> None:
    for name in ("fill_in_blank_test.json", "compatibility_test.txt"):
        (publish(tmp_path / name) / "disjoint" / name).unlink()
    assert read_outfits(tmp_path / "fill_in_blank_test.json" / "disjoint").blanks == ()
    data = read_outfits(tmp_path / "compatibility_test.txt" / "disjoint")
    assert (data.judged, len(data.blanks)) == ((), 1)
    assert "0 of the published 30,290 judged outfits" in data.catalog.notes


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("nondisjoint/train.json", "[", r"train.json is damaged \(.*\); download it again"),
        ("nondisjoint/test.json", "{}", "test.json holds a dict where the published file has a list; check it"),
        ("nondisjoint/valid.json", None, "valid.json is missing; download it from the publisher"),
        ("nondisjoint/fill_in_blank_test.json", "[{", r"fill_in_blank_test.json is damaged \(.*\); download it again"),
        ("polyvore_item_metadata.json", "{", r"polyvore_item_metadata.json is damaged \(.*\); download it again"),
        ("polyvore_item_metadata.json", "[]", "holds a list where the published file has items by id; check it"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, file: str, content: str | None, says: str) -> None:
    path = publish(tmp_path) / file
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=says):
        read_outfits(tmp_path)


def test_the_folder_of_both_means_nondisjoint(tmp_path: Path) -> None:
    for path in (publish(tmp_path) / "nondisjoint").iterdir():
        path.unlink()
    assert detect(tmp_path) == "polyvore-outfits"
    with pytest.raises(UsageError, match=r"nondisjoint/train.json is missing; download it from the publisher"):
        read(tmp_path)
    assert len(read(tmp_path / "disjoint").outfits) == 3


def test_texts_alone_are_of_no_use(tmp_path: Path) -> None:
    publish(tmp_path, without=" ".join(ITEMS))
    with pytest.raises(UsageError) as refused:
        read_outfits(tmp_path)
    assert str(refused.value) == (
        f"none of the items of {tmp_path / 'nondisjoint'} can be used (no image at {tmp_path / 'images' / '101.jpg'}; "
        "put it there or live without the item); the hosted copy keeps its photos in Parquet files: write them to "
        "images/ID.jpg"
    )
    assert len(read(tmp_path).rejected) == len(ITEMS)
