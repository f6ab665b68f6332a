from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from modiste.cli import run
from tests.fakes import save_photo

LINE = ["complete", "--shop", "shop", "--items"]


@pytest.fixture
def desk(shop, fake_completer, monkeypatch):
    """The folder that the shop is in: t-shirts are p1 to p6, dresses p7, boots p13, handbags p19, red ones first."""
    monkeypatch.chdir(shop.parent)
    return shop.parent


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["p1", "--want", "boots"], ["p13", "p17"]),
        (["p1", "--want", "Shoe"], ["p13", "p17"]),
        (["p1,p9", "--want", "shoes"], ["p17"]),
        (["p1", "--items", "p9", "--want", "shoes"], ["p17"]),
        ([" p1 , p9 ", "--want", "shoes"], ["p17"]),
        (["p1", "--want", "shoes", "--filter", "colour = 'blue'"], ["p15"]),
        (["p1", "--want", "shoes", "--min-score", "0.9"], ["p13"]),
        (["p1", "--want", "shoes", "-k", "1"], ["p13"]),
        (["p1", "--want", "shoes", "-k", "1000"], ["p13", "p17", "p16", "p14", "p15", "p18"]),
        (['"p1", "p9"', "--want", '"shoes"'], ["p17"]),
        (["p1", "--want", "shoes", "--weights", "any"], ["p13", "p17"]),
    ],
    ids=lambda asked: " ".join(asked) if "--want" in asked else None,
)
def test_complete_finds(asked, found, desk, answer):
    (group,) = answer(*LINE, *asked)["groups"]
    narrow = any(option in asked for option in ("--filter", "--min-score", "-k"))
    assert [hit["id"] for hit in group["hits"]][: None if narrow else len(found)] == found


def test_one_category_is_a_table(desk, capsys):
    assert run([*LINE, "p1", "--want", "shoes", "-k", "2"]) == 0
    told = capsys.readouterr()
    head, first, second, count = told.out.splitlines()
    assert head.split() == ["#", "score", "id", "title", "category", "colour", "price"]
    assert first.split() == ["1", "1.000", "p13", "Red", "boots", "boots", "red", "130.00"]
    assert second.split()[2] == "p17"
    assert (count, told.err) == ("2 of 6", "")


def test_explain_says_which_item_spoke(desk, capsys):
    assert run([*LINE, "p1,p9", "--want", "boots", "-k", "6", "--explain"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0][-2:] == ["because", "of"]
    spoke = {row[2]: (row[-2], row[-1]) for row in rows[1:-1]}
    assert (spoke["p13"][0], spoke["p15"][0]) == ("p1", "p9")
    assert float(spoke["p15"][1]) > 0.1
    assert spoke["p15"][1].startswith("+")


def test_without_a_category_what_is_missing_has_a_table_each(desk, capsys):
    assert run([*LINE, "p7", "-k", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "of such outfits" in line] == [
        "shoes  in 90% of such outfits",
        "bags  in 60% of such outfits",
        "tops  in 40% of such outfits",
    ]
    assert [line.split()[2] for line in lines if line.startswith("1  ")] == ["p13", "p19", "p1"]
    assert lines.count("1 of 6") == 3


def test_several_categories_are_looks(desk, capsys):
    assert run([*LINE, "p1", "--want", "shoes,bags", "-k", "2", "--explain"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["#", "look", "score", "id"]
    assert [row.split()[0] for row in rows[::2]] == ["1", "2"]
    assert rows[0].split()[1:4] == ["1.000", "1.000", "p13"]
    assert rows[1].split()[:2] == ["1.000", "p19"]


def test_json_tells_all(desk, answer):
    told = answer(*LINE, "p1,p9,p1", "--want", "shoes", "-k", 2)
    assert list(told) == ["items", "groups", "looks", "notes", "left_out"]
    assert [(one["id"], one["category"], one["predicted"]) for one in told["items"]] == [
        ("p1", "tops", False),
        ("p9", "all-body", False),
    ]
    assert told["items"][0]["item"]["title"] == "Red t-shirt"
    assert told["notes"] == ['"p1" is named more than once, and counts once']
    (group,) = told["groups"]
    assert (group["category"], group["likely"], group["total"], told["looks"], told["left_out"]) == (
        "shoes",
        None,
        6,
        [],
        0,
    )
    hit = group["hits"][0]
    assert list(hit) == ["id", "score", "item", "category", "contributions", "top_contributor", "margin"]
    assert sum(hit["contributions"].values()) == pytest.approx(hit["score"], abs=1e-3)
    looks = answer(*LINE, "p1", "--want", "shoes", "--want", "bags", "-k", 3)["looks"]
    assert [[hit["category"] for hit in look["hits"]] for look in looks] == [["shoes", "bags"]] * 3


def test_notes_and_what_is_left_out_are_said(desk, capsys):
    save_photo(desk / "images" / "24.png", (90, 20, 90))
    assert run(["index", "catalogue.csv", "--shop", "shop"]) == 0
    (desk / "images" / "24.png").unlink()
    capsys.readouterr()
    assert run([*LINE, "p1,p14", "--want", "shoes", "--filter", "price > 900"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        '"p14" is shoes too, and was not asked which shoes go with it',
        "nothing found; a wider --filter or a lower --min-score finds more",
        "1 left out, whose photos are gone or changed since they were indexed; run: modiste index SOURCE --shop shop",
    ]


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        (["--want", "shoes"], 1),
        (["--want", "shoes,bags"], 3),
        ([], 3),
        (["--want", "shoes", "--filter", "price > 900"], 1),
    ],
    ids=["a group", "looks", "missing", "nothing"],
)
def test_a_sheet_has_the_items_marked_in_front(asked, rows, desk, capsys):
    assert run([*LINE, "p9", *asked, "-k", "3", "--out", "sheets/p9.png"]) == 0
    assert "wrote sheets/p9.png" in capsys.readouterr().err
    with Image.open("sheets/p9.png") as drawn:
        pixels = np.asarray(drawn)
    marked = (pixels[:, :200] == (10, 127, 90)).all(2).any(1)
    bands = np.flatnonzero(np.diff(marked.astype(int)) == 1)
    assert (pixels == (20, 40, 200)).all(2).any()
    assert drawn.height > rows * 200
    assert len(bands) >= rows


def test_the_first_call_says_how_long_it_will_take(desk, capsys, monkeypatch):
    times = iter(range(0, 10_000, 100))
    monkeypatch.setattr("modiste.cli.output.time.perf_counter", lambda: next(times))
    monkeypatch.setattr("modiste.index.photos.CHUNK", 6)
    assert run([*LINE, "p1", "--want", "shoes"]) == 0
    assert capsys.readouterr().err == "24 products are looked at for the first time: about 3 min\n"
    assert run([*LINE, "p1", "--want", "shoes"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("", "there are no items"),
        ('"p1', "the quotes in \"p1 can't be understood"),
        ("p1,", 'no product "" in this shop'),
        ("p99;--want;shoes", 'no product "p99" in this shop; nearest: p9'),
        (",".join(f"x{n}" for n in range(21)), "there are 21 items; give at most 20"),
        ("p1;--want;handbaggs", 'no category "handbaggs" in this shop; nearest: handbag'),
        ("p1;--want;", "the category asked for is empty"),
        ("p1;--want;shoes,", "the category asked for is empty"),
        ("p1;--want;hats", "this shop has no hats; it has tops, all-body, shoes, bags"),
        ("p1;--want;tops", "tops can't go with p1 alone, which is tops too; name an item of another category"),
        ("p1;--want;shoes;--filter;price<", "can't be read"),
        ("p1;--want;shoes;--filter;prise < 80", 'no column "prise" in this shop; nearest: price'),
        ("p1;--want;shoes;-k;0", "k must be at least 1"),
        ("p1;--want;shoes;--min-score;2", "from -1 to 1"),
        ("p1;--want;shoes;--out;sheet.txt", "sheet.txt has no ending that a picture has; call it sheet.png"),
    ],
    ids=lambda text: text[:40],
)
def test_complete_refuses(asked, says, desk, fake_completer, capsys):
    before = {path: path.stat().st_mtime_ns for path in desk.rglob("*")}
    assert run([*LINE, *asked.split(";")]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("modiste: ")
    assert told.err.count("\n") == 1
    assert says in told.err
    assert told.out == ""
    assert {path: path.stat().st_mtime_ns for path in desk.rglob("*")} == before
    assert fake_completer.photos == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--shop nowhere --items p1", "there is no shop at nowhere; run: modiste index SOURCE --shop nowhere"),
        ("--shop shop", "missing option '--items'; give --items ID,ID,...; see: modiste complete --help"),
        ("--shop shop --items p1 --weights complete-photo", 'no weights "complete-photo"'),
        (
            "--shop shop --items p1 --weights encoder-photos",
            "encoder-photos does not complete, it is for encoder; what does is listed",
        ),
    ],
)
def test_a_shop_or_weights_that_do_not_fit(line, says, shop, capsys, monkeypatch):
    monkeypatch.chdir(shop.parent)
    assert run(["complete", *line.split()]) == 2
    told = capsys.readouterr().err
    assert told.startswith("modiste: ")
    assert told.count("\n") == 1
    assert says in told
