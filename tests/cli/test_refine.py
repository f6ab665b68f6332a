from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from modiste.cli import run
from modiste.errors import UsageError
from tests.fakes import FakeRefiner, save_photo


class ExplainingRefiner(FakeRefiner):
    """Preserves the upper half of a photo and changes the lower."""

    def explain(self, photo, text):
        assert photo.shape == (*self.size, 3)
        self.explained = (photo[64, 48].tolist(), text)
        upper = np.repeat([1.0, 0.2], 4)[:, None] * np.ones((8, 6))
        return upper.astype(np.float32), upper[::-1].astype(np.float32)


@pytest.fixture
def refiner(monkeypatch):
    """The refiner of every shop."""
    fake = ExplainingRefiner()
    monkeypatch.setattr("modiste.refine.load_refiner", lambda name=None, encoder="": fake)
    return fake


@pytest.fixture
def desk(shop, refiner, monkeypatch):
    """The folder that the shop is in."""
    monkeypatch.chdir(shop.parent)
    return shop.parent


@pytest.fixture
def speech(monkeypatch):
    """Hears what a test puts into it."""

    def transcribe(audio):
        if not audio.exists():
            raise UsageError(f'no audio file "{audio}"; give a WAV file')
        return audio.read_text()

    transcriber = SimpleNamespace(transcribe=transcribe)
    monkeypatch.setitem(sys.modules, "modiste.speech", SimpleNamespace(load_transcriber=lambda: transcriber))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["--id", "p1", "--text", "in blue"], ["p15", "p21", "p3", "p9"]),
        (["in blue", "--id", "p1"], ["p15", "p21", "p3", "p9"]),
        (["in", "blue", "--id", "p1"], ["p15", "p21", "p3", "p9"]),
        (["in green", "--id", "p1", "--text", "in blue"], ["p15", "p21", "p3", "p9"]),
        (["--image", "images/1.png", "--text", "in blue"], ["p15", "p21", "p3", "p9"]),
        (["--id", "p1", "--text", "in blue", "--filter", "category = 'boots'"], ["p15"]),
        (["--id", "p1", "--text", "in blue", "--filter", "price < 50", "--min-score", "0.9"], ["p3"]),
        (["--id", "p1", "--text", "in blue", "--text", "in green please"], ["p14", "p2", "p20", "p8"]),
        (["--id", "p1", "--text", "in blue", "--next", "2"], ["p3", "p9"]),
        (["--id", "p1", "--text", "in blue", "--weights", "any"], ["p15", "p21", "p3", "p9"]),
    ],
    ids=lambda asked: " ".join(asked) if asked[0].startswith("--") else None,
)
def test_refine_finds(asked, found, desk, answer):
    assert [hit["id"] for hit in answer("refine", "--shop", "shop", *asked)["hits"]][: len(found)] == found


def test_a_single_turn_is_a_table(desk, capsys):
    assert run(["refine", "--shop", "shop", "--id", "p1", "--text", "in blue", "-k", "2"]) == 0
    told = capsys.readouterr()
    head, first, _, count = told.out.splitlines()
    assert head.split() == ["#", "score", "id", "title", "category", "colour", "price"]
    assert first.split() == ["1", "1.000", "p15", "Blue", "boots", "boots", "blue", "150.00"]
    assert (count, told.err) == ("2 of 23; the next: --next 2", "")


def test_turns_tell_what_each_found(desk, capsys):
    turns = ["--text", "in blue", "--text", "[in] yellow", "--text", "in white please"]
    assert run(["refine", "--shop", "shop", "--id", "p1", *turns, "-k", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        " 1  in blue         → p15  Blue boots  1.000",
        " 2  [in] yellow     → p10  Yellow dress  1.000",
        " 3  in white please",
        "#  score  id   title        category  colour   price",
    ]


def test_json_tells_all(desk, answer):
    told = answer("refine", "--shop", "shop", "--id", "p1", "--text", "in blue", "--text", "in green", "-k", 2)
    assert list(told) == ["turns", "text", "heard", "total", "left_out", "next", "notes", "hits"]
    assert [(turn["text"], turn["hit"]["id"]) for turn in told["turns"]] == [("in blue", "p15")]
    assert (told["text"], told["heard"], told["total"], told["left_out"], told["next"]) == (
        "in green",
        None,
        23,
        0,
        "2",
    )
    assert told["hits"][0]["item"]["title"] == "Green boots"


def test_notes_say_how_the_texts_were_read(desk, answer, capsys):
    line = ["refine", "--shop", "shop", "--id", "p1", "--text", "not green", "--text", "in crimson"]
    said = ['"crimson" is read as "red", the nearest that the network knows', "left out: green"]
    assert sorted(answer(*line)["notes"]) == said
    assert run(line) == 0
    assert set(said) <= set(capsys.readouterr().out.splitlines())


def test_a_turn_that_finds_nothing_ends_the_request(desk, answer, capsys):
    line = ["refine", "--shop", "shop", "--id", "p1", "--filter", "colour = 'blue'", "--min-score", "0.9"]
    turns = ["--text", "in blue", "--text", "in red", "--text", "in white"]
    told = answer(*line, *turns)
    assert (told["total"], told["hits"], [turn["hit"] and turn["hit"]["id"] for turn in told["turns"]]) == (
        0,
        [],
        ["p15", None],
    )
    assert run([*line, *turns]) == 0
    assert capsys.readouterr().out.splitlines() == [
        " 1  in blue  → p15  Blue boots  1.000",
        " 2  in red",
        "nothing found; a wider --filter or a lower --min-score finds more",
        "the turns after it were not taken",
    ]


def test_what_is_left_out_is_said(desk, capsys):
    save_photo(desk / "images" / "24.png", (90, 20, 90))
    assert run(["index", "catalogue.csv", "--shop", "shop"]) == 0
    (desk / "images" / "24.png").unlink()
    capsys.readouterr()
    assert run(["refine", "--shop", "shop", "--id", "p1", "--text", "in blue", "-k", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "1 of 22; the next: --next 1",
        "1 left out, whose photos are gone or changed since they were indexed; run: modiste index SOURCE --shop shop",
    ]


def test_a_spoken_sentence_is_the_last_turn(desk, speech, capsys):
    (desk / "request.wav").write_text("in blue")
    line = ["refine", "--shop", "shop", "--id", "p1", "--audio", "request.wav", "--json"]
    assert run(line) == 0
    told = capsys.readouterr()
    assert told.err == 'heard: "in blue"\n'
    assert (json.loads(told.out)["heard"], json.loads(told.out)["hits"][0]["id"]) == ("in blue", "p15")
    assert run([*line, "--text", "in green"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert ([turn["text"] for turn in told["turns"]], told["hits"][0]["id"]) == (["in green"], "p15")


def test_an_explanation_is_of_the_last_turn(desk, refiner, capsys):
    line = ["refine", "--shop", "shop", "--id", "p1", "--text", "in blue", "--text", "in green"]
    assert run([*line, "--explain", "why/p1.png"]) == 0
    assert capsys.readouterr().err == "wrote why/p1.png\n"
    assert refiner.explained == ([20, 40, 200], "in green")
    with Image.open("why/p1.png") as drawn:
        assert drawn.width > 3 * 360


@pytest.mark.parametrize(
    ("start", "colour"), [(["--id", "p13"], [200, 20, 30]), (["--image", "mine.jpg"], [14, 15, 15])]
)
def test_an_explanation_starts_from_what_was_given(start, colour, desk, refiner):
    save_photo(desk / "mine.jpg", "black", (90, 120))
    assert run(["refine", "--shop", "shop", *start, "--text", "in blue", "--explain", "why.png"]) == 0
    assert np.abs(np.subtract(refiner.explained[0], colour)).max() <= 2


def test_a_sheet_has_a_row_for_each_turn(desk):
    line = ["refine", "--shop", "shop", "--id", "p1", "--text", "in blue", "-k", "3", "--out"]
    assert run([*line, "one.png"]) == run([*line, "two.png", "--text", "in green"]) == 0
    with Image.open("one.png") as one, Image.open("two.png") as two:
        assert (one.width == two.width, two.height > 1.7 * one.height) == (True, True)
        assert (np.asarray(one) == (20, 40, 200)).all(2).any()


def test_the_first_call_says_how_long_it_will_take(desk, capsys, monkeypatch):
    times = iter(range(0, 10_000, 100))
    monkeypatch.setattr("modiste.cli.output.time.perf_counter", lambda: next(times))
    monkeypatch.setattr("modiste.index.photos.CHUNK", 6)
    line = ["refine", "--shop", "shop", "--id", "p1", "--text", "in blue"]
    assert run(line) == 0
    assert capsys.readouterr().err == "24 products are looked at for the first time: about 3 min\n"
    assert run(line) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("--text;in blue", "nothing to start from; give --image FILE or --id ID"),
        ("--image;images/1.png;--id;p1;--text;in blue", "an image and an id can't be refined together"),
        ("--id;p1", 'there is no text; say what should be different, such as "in navy"'),
        ("--id;p1;--text;hello", 'this text asks for no change: "hello"; say what should be different'),
        ("--id;p1;--text;in blue;--text;the same please", 'this text asks for no change: "the same please"'),
        ("--id;p1;--text;qwzx", 'no word of this text is known: "qwzx"'),
        ("--id;p1;--text;", "the text is empty; say what should be different"),
        ("--id;p1;--text; ", "the text is empty"),
        (f"--id;p1;--text;{'x' * 501}", "the text has 501 characters; give at most 500 characters"),
        ("--id;p1" + 51 * ";--text;in blue", "there are 51 turns; give at most 50"),
        ("--image;none.jpg;--text;in blue", "'--image': there is nothing at none.jpg"),
        ("--image;catalogue.csv;--text;in blue", "catalogue.csv is not an image that can be read"),
        ("--id;p99;--text;in blue", 'no product "p99" in this shop; nearest: p9'),
        ("--id;p1;--text;in blue;--filter;price<", "can't be read"),
        ("--id;p1;--text;in blue;--filter;prise < 80", 'no column "prise" in this shop; nearest: price'),
        ("--id;p1;--text;in blue;-k;0", "k must be at least 1"),
        ("--id;p1;--text;in blue;--min-score;2", "from -1 to 1"),
        ("--id;p1;--text;in blue;--next;x", 'no cursor "x"'),
        ("--id;p1;--audio;none.wav", "'--audio': there is nothing at none.wav"),
        ("--id;p1;--audio;mumbled.wav", "no words were understood in mumbled.wav; record it again, or type them"),
        ("--id;p1;--audio;greeting.wav", 'this text asks for no change: "hello"'),
        ("--id;p1;--text;in blue;--explain;why", "why has no ending that a picture has; call it why.png"),
        ("--id;p1;--text;in blue;--out;sheet.txt", "sheet.txt has no ending that a picture has; call it sheet.png"),
    ],
    ids=lambda text: text[:40],
)
def test_refine_refuses(asked, says, desk, refiner, speech, capsys):
    (desk / "mumbled.wav").write_text("")
    (desk / "greeting.wav").write_text("hello")
    before = {path: path.stat().st_mtime_ns for path in desk.rglob("*")}
    assert run(["refine", "--shop", "shop", *asked.split(";")]) == 2
    told = capsys.readouterr()
    *heard, error = told.err.splitlines()
    assert error.startswith("modiste: ")
    assert says in error
    assert (told.out, heard) == ("", ['heard: "hello"'] if "greeting" in asked else [])
    assert {path: path.stat().st_mtime_ns for path in desk.rglob("*")} == before
    assert refiner.photos == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--shop nowhere", "there is no shop at nowhere; run: modiste index SOURCE --shop nowhere"),
        ("--shop shop --weights refine-photo", 'no weights "refine-photo"'),
        (
            "--shop shop --weights encoder-photos",
            "encoder-photos does not refine, it is for encoder; what does is listed",
        ),
        ("--shop shop --weights images", "images holds no model.safetensors; a run writes it at its end"),
    ],
)
def test_a_shop_or_weights_that_do_not_fit(line, says, shop, capsys, monkeypatch):
    monkeypatch.chdir(shop.parent)
    assert run(["refine", *line.split(), "--id", "p1", "--text", "in blue"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("modiste: ")
    assert told.count("\n") == 1
    assert says in told
