from __future__ import annotations

import json

import pytest

from modiste.cli import output, run


def test_index_tells_what_happened(catalogue, fake_encoder, capsys):
    with catalogue.open("a") as file:
        file.write("p25,images/none.png,Ghost,dress,red,5,no\n")
    shop = catalogue.parent / "shop"
    assert run(["index", str(catalogue), "--shop", str(shop)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("24 added in ")
    assert "1 rejected, each with its reason in" in told
    assert "holds 24 products" in told
    assert "no image at" in json.loads((shop / "rejected.jsonl").read_text())["reason"]
    assert "  catalogue.csv, line 26: no image at" in told


def test_index_shows_the_first_reasons(catalogue, fake_encoder, capsys):
    lines = catalogue.read_text().splitlines()
    lines[1:8] = [line.replace(",10", ",[red]").replace("images/", "images/x") for line in lines[1:8]]
    catalogue.write_text("\n".join(lines))
    assert run(["index", str(catalogue), "--shop", str(catalogue.parent / "shop")]) == 0
    told = capsys.readouterr().out
    assert "7 rejected, each with its reason in" in told
    assert told.count("catalogue.csv, line") == 5
    assert "... and 2 more" in told


def test_index_says_what_it_assumed(catalogue, fake_encoder, capsys):
    catalogue.write_bytes(catalogue.read_text().replace("Red dress", "Robe d’été – œuvrée", 1).encode("cp1252"))
    shop = str(catalogue.parent / "shop")
    assert run(["index", str(catalogue), "--shop", shop]) == 0
    told = capsys.readouterr().err
    assert "read catalogue.csv as windows-1252, since it isn't UTF-8" in told
    assert "read id, image, title, category, colour, price from the columns of these names" in told
    assert "kept as attributes, which filters can use: warm" in told
    assert "no column was taken for in_stock; every product counts as in stock" in told
    assert run(["index", str(catalogue), "--shop", shop, "--encoding", "latin-1"]) == 0
    assert "since it isn't UTF-8" not in capsys.readouterr().err
    assert run(["index", str(catalogue), "--shop", shop, "--encoding", "latin-99"]) == 2
    assert 'no encoding "latin-99"' in capsys.readouterr().err


def test_a_large_prune_is_asked_for(catalogue, shop, fake_encoder, capsys):
    catalogue.write_text("\n".join(catalogue.read_text().splitlines()[:19]))
    assert run(["index", str(catalogue), "--shop", str(shop), "--prune"]) == 2
    assert "--prune would remove 6 of the shop's 24 products" in capsys.readouterr().err
    assert run(["index", str(catalogue), "--shop", str(shop), "--prune-many"]) == 0
    assert "18 unchanged, 6 removed" in capsys.readouterr().out


def test_index_again_does_only_what_is_new(catalogue, shop, fake_encoder, answer):
    encoded = fake_encoder.photos
    again = answer("index", catalogue, "--shop", shop)
    assert (again["added"], again["unchanged"], again["products"]) == (0, 24, 24)
    lines = catalogue.read_text().splitlines()
    catalogue.write_text("\n".join(lines[:-1]) + "\n")
    pruned = answer("index", catalogue, "--shop", shop, "--prune")
    assert (pruned["removed"], pruned["products"]) == (1, 23)
    assert fake_encoder.photos - encoded <= 2 * 64, "the estimate's blanks, and nothing of the catalogue"


def test_index_maps_columns(catalogue, fake_encoder, answer):
    catalogue.write_text(catalogue.read_text().replace("title", "label", 1))
    shop = catalogue.parent / "shop"
    answer("index", catalogue, "--shop", shop, "--map", "title=label")
    assert answer("search", "--shop", shop, "--text", "red", "-k", 1)["hits"][0]["item"]["title"] == "Red t-shirt"


def test_reembed_needs_no_source(shop, fake_encoder, answer):
    fake_encoder.revision = "87654321"
    assert answer("index", "--shop", shop, "--reembed")["products"] == 24
    assert answer("search", "--shop", shop, "--text", "red")["total"] == 24


def test_remove(shop, answer):
    assert answer("remove", "--shop", shop, "p1", "p2") == {"shop": str(shop), "products": 22, "removed": 2}


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (["--text", "red boots"], "p13"),
        (["--text", "red", "--filter", "category = 'dress'"], "p7"),
        (["--image", "images/3.png", "--filter", "price > 200"], "p21"),
        (["--id", "p3"], "p15"),
    ],
    ids=lambda asked: " ".join(asked) if isinstance(asked, list) else None,
)
def test_search_finds(asked, first, shop, answer, monkeypatch):
    monkeypatch.chdir(shop.parent)
    assert answer("search", "--shop", shop, *asked)["hits"][0]["id"] == first


@pytest.mark.parametrize("words", [["red boots"], ["red", "boots"]])
def test_words_need_no_option(words, shop, answer):
    assert answer("search", *words, "--shop", shop) == answer("search", "--shop", shop, "--text", "red boots")


def test_words_are_given_once(shop, capsys):
    assert run(["search", "red", "--text", "blue", "--shop", str(shop)]) == 2
    assert 'the words are given twice, "red" and --text "blue"; leave one out' in capsys.readouterr().err


def test_search_prints_a_table(shop, capsys):
    assert run(["search", "--shop", str(shop), "--text", "red", "--filter", "category = 'boots'", "-k", "2"]) == 0
    told = capsys.readouterr().out
    head, first, *_ = told.splitlines()
    assert head.split() == ["#", "score", "id", "title", "category", "colour", "price"]
    assert first.split() == ["1", "1.000", "p13", "Red", "boots", "boots", "red", "130.00"]
    assert told.rstrip().endswith("2 of 6; the next: --next 2")


def test_notes_say_how_a_text_was_read(shop, capsys, answer):
    asked = ["search", "--shop", str(shop), "--text", "drees, not red"]
    assert answer(*asked)["notes"] == ['"drees" is read as "dress"', "left out: red"]
    assert run(asked) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ['"drees" is read as "dress"', "left out: red"]


def test_pages_join(shop, answer):
    first = answer("search", "--shop", shop, "--text", "red", "-k", 20)
    rest = answer("search", "--shop", shop, "--text", "red", "-k", 20, "--next", first["next"])
    assert rest["next"] is None
    assert len({hit["id"] for hit in first["hits"] + rest["hits"]}) == first["total"] == 24


def test_search_draws_a_sheet(shop, tmp_path, capsys):
    from PIL import Image

    file = tmp_path / "sheets" / "red.png"
    assert run(["search", "--shop", str(shop), "--text", "red", "--out", str(file)]) == 0
    with Image.open(file) as sheet:
        assert sheet.width > 400
    assert capsys.readouterr().err == f"wrote {file}\n"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("--text ", "the text is empty"),
        (f"--text {'x' * 10_000}", "at most 500 characters"),
        ("--text qwzx", "no word of this text is known"),
        ("--image none.jpg", "'--image': there is nothing at none.jpg"),
        ("--image catalogue.csv", "catalogue.csv is not an image"),
        ("--filter price< --text red", "can't be read"),
        ("--filter prise<80 --text red", "prise"),
        ("--id p99", 'no product "p99" in this shop; nearest: p9'),
        ("--text red -k 0", "k must be at least 1"),
        ("--text red --min-score 2", "from -1 to 1"),
        ("--text red --next x", 'no cursor "x"'),
        (f"--text red --next {'9' * 5000}", "give the one that the page before named"),
        ("--text \udcff", "has no character at place 1"),
        ("", "nothing to search for; give words, --image FILE or --id ID"),
    ],
    ids=lambda text: text[:24],
)
def test_search_refuses(asked, says, shop, capsys, monkeypatch):
    monkeypatch.chdir(shop.parent)
    before = {path: path.stat().st_mtime_ns for path in shop.rglob("*")}
    assert run(["search", "--shop", "shop", *(asked.split(" ") if asked else [])]) == 2
    told = capsys.readouterr().err
    assert told.startswith("modiste: ")
    assert told.count("\n") == 1
    assert says in told
    assert {path: path.stat().st_mtime_ns for path in shop.rglob("*")} == before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("search --shop nowhere --text red", "there is no shop at nowhere; run: modiste index SOURCE --shop nowhere"),
        ("index nothing.csv --shop shop", "there is nothing at nothing.csv"),
        ("index --shop shop", "give a SOURCE"),
        ("index catalogue.csv --shop shop --map title", '--map takes FIELD=COLUMN, such as title=name; got "title"'),
        ("index catalogue.csv --shop shop --format xls", 'no format "xls"'),
        ("index catalogue.csv --shop /proc/shop", "/proc/shop can't be written"),
        ("index empty.csv --shop other", "nothing in empty can be indexed"),
        ("remove --shop shop p1 p100", 'no product "p100" in this shop; nearest: p10'),
    ],
)
def test_requests_that_make_no_sense(line, says, shop, capsys, monkeypatch):
    monkeypatch.chdir(shop.parent)
    (shop.parent / "empty.csv").write_text("id,image\n")
    assert run(line.split()) == 2
    assert says in capsys.readouterr().err
    assert not (shop.parent / "other").exists() or not any((shop.parent / "other").iterdir())


@pytest.mark.parametrize("asked", ["", " --encoder encoder-photos"])
def test_a_shop_of_another_encoder_names_the_remedy(asked, shop, fake_encoder, capsys):
    fake_encoder.revision = "87654321"
    line = f"search --shop {shop} --text red{asked}".split()
    assert run(line) == 2
    remedy = f"index --shop {shop} --reembed{asked}"
    assert capsys.readouterr().err.endswith(f"run: modiste {remedy}\n")
    assert run(remedy.split()) == run(line) == 0


@pytest.mark.parametrize(("seconds", "said"), [(25, "25 s"), (150, "2 min"), (9000, "2.5 h")])
def test_durations_are_said_roughly(seconds, said, capsys):
    output.say_if_long("24 photos", seconds)
    assert capsys.readouterr().err == f"24 photos: about {said}\n"
