from __future__ import annotations

import pytest
from PIL import Image

from modiste.cli import run
from modiste.imagine.words import MAX_WORDS
from tests.cli.conftest import KINDS
from tests.fakes import COLOURS
from tests.imagine.imaginers import tiny

LINE = ["imagine", "women's black pants", "--out", "strip.png"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A network that hasn't learnt, and knows few words."""
    return tiny(tmp_path_factory.mktemp("run"))


@pytest.fixture
def desk(made, tmp_path, monkeypatch):
    """A folder in which that network goes by every name."""
    named = []

    def load(name="imagine-photos"):
        named.append(name)
        return made

    monkeypatch.setattr("modiste.imagine.pipeline.load_imaginer", load)
    monkeypatch.chdir(tmp_path)
    return named


def size(file):
    """Width and height of a picture."""
    with Image.open(file) as picture:
        return picture.size


def test_a_strip_is_written(desk, tmp_path, capsys):
    before = set(tmp_path.rglob("*"))
    assert run([*LINE[:-1], "strips/one.png"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "wrote strips/one.png\n")
    assert set(tmp_path.rglob("*")) - before == {tmp_path / "strips", tmp_path / "strips/one.png"}
    assert desk == ["imagine-photos"]
    with Image.open("strips/one.png") as picture:
        assert picture.info["Source"].startswith("Made by a neural network: ")
        assert "trainedAlgorithmicMedia" in picture.info["XML:com.adobe.xmp"]


def test_json_says_what_was_drawn(desk, answer):
    assert answer(*LINE) == {
        "text": "women's black pants",
        "out": "strip.png",
        "words": ["women", "black", "pants"],
        "prefixes": ["women", "women black", "women black pants"],
        "n": 1,
        "notes": [],
    }


def test_the_same_words_and_seed_are_the_same_file(desk, tmp_path):
    files = []
    for seed in ("5", "5", "6"):
        assert run([*LINE, "--seed", seed]) == 0
        files.append((tmp_path / "strip.png").read_bytes())
    assert files[0] == files[1] != files[2]


def test_a_row_for_each_of_n(desk, answer):
    assert answer(*LINE)["n"] == 1
    wide, low = size("strip.png")
    assert answer(*LINE, "-n", "3")["n"] == 3
    assert size("strip.png")[0] == wide
    assert size("strip.png")[1] >= low + 2 * 128


@pytest.mark.parametrize(
    ("text", "drawn", "notes"),
    [
        ("black white pants", ["black", "white", "pants"], ['"black" and "white" contradict each other']),
        ("black pants 🙂", ["black", "pants"], ["not known, so drawn without: 🙂"]),
        ("petite black pants", ["black", "pants"], ["not known, so drawn without: petite (in 3 titles)"]),
        ("navy-blue pants", ["navy blue", "pants"], []),
        ("pants " * MAX_WORDS, ["pants"] * MAX_WORDS, []),
    ],
    ids=lambda given: given[:24] if isinstance(given, str) else None,
)
def test_what_is_odd_is_drawn_and_said(text, drawn, notes, desk, answer, tmp_path):
    found = answer("imagine", text, "--out", "strip.png")
    assert found["words"] == drawn
    assert len(found["prefixes"]) == max(1, len(drawn))
    assert len(found["notes"]) == len(notes)
    for said, wanted in zip(found["notes"], notes, strict=True):
        assert wanted in said
    assert (tmp_path / "strip.png").exists()


def test_notes_are_printed(desk, capsys):
    assert run(["imagine", "[bold] petite pants", "--out", "strip.png"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line == "not known, so drawn without: bold, petite (in 3 titles)"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["", "--out", "strip.png"], 'the text "" holds no word'),
        (["  ", "--out", "strip.png"], "holds no word"),
        (["...", "--out", "strip.png"], "holds no word"),
        (["zzz", "--out", "strip.png"], 'no word of this text is known: "zzz"; name a garment and a colour'),
        (["schwarze Hose", "--out", "strip.png"], "no word of this text is known"),
        (["👖", "--out", "strip.png"], "no word of this text is known"),
        (["black " * 200, "--out", "strip.png"], f"the text has 200 words; at most {MAX_WORDS} are read"),
        (["red dress", "--out", "strip.png"], '"dress" was never learnt; what can be drawn is pants, jeans, shorts'),
        ([*LINE[1:], "-n", "0"], "-n takes 1 to 12 pictures of each prefix; got 0"),
        ([*LINE[1:], "-n", "many"], "invalid value for '-n'"),
        ([*LINE[1:], "-n", "13"], "-n takes 1 to 12 pictures of each prefix; got 13"),
        ([*LINE[1:], "--seed", "-1"], "--seed takes 0 to 2,147,483,648; got -1"),
        ([*LINE[1:], "--seed", str(2**31 + 1)], "--seed takes 0 to 2,147,483,648; got 2,147,483,649"),
        ([*LINE[1:], "--filter", "price < 3"], '--filter "price < 3" is for products of a shop; name it: --shop SHOP'),
        ([*LINE[1:], "--shop", "nowhere"], "there is no shop at nowhere"),
        (["black", "--out", "strip"], "strip has no ending that a picture has; call it strip.png"),
        (
            ["black", "--out", "notes.txt/strip.png"],
            "notes.txt/strip.png can't be written, because notes.txt is a file",
        ),
        (["black", "--out", "notes.txt/a/strip.png"], "because notes.txt is a file; name another folder"),
        (["black", "--out", "taken.png"], "taken.png is a folder; name a file in it, such as taken.png/picture.png"),
        (["black"], "missing option '--out'"),
        (["--out", "strip.png"], "missing argument 'TEXT'"),
    ],
    ids=lambda given: " ".join(given)[:30] if isinstance(given, list) else None,
)
def test_requests_that_make_no_sense(line, says, desk, capsys, tmp_path):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "taken.png").mkdir()
    assert run(["imagine", *line]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("modiste: ")
    assert says in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "strip.png").exists()


@pytest.mark.parametrize(
    "asked", [["-n", "0"], ["--shop", "nowhere"], ["--filter", "price < 3"], ["--out", "strip"]], ids=" ".join
)
def test_nothing_is_loaded_for_what_makes_no_sense(asked, desk):
    assert run([*LINE, *asked]) == 2
    assert desk == []


def test_weights_that_are_not_there(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run([*LINE, "--weights", "runs/none"]) == 2
    assert 'no weights "runs/none"' in capsys.readouterr().err


def test_products_like_the_picture_are_found(shop, desk, capsys):
    assert run([*LINE, "--shop", str(shop), "-k", "4", "--filter", "price < 100"]) == 0
    told = capsys.readouterr()
    head, *rows, last = told.out.splitlines()
    assert head.split() == ["#", "score", "id", "title", "category", "colour", "price"]
    assert len(rows) == 4
    assert last == "4 of 9"
    assert told.err == "wrote strip.png\n"


def test_hits_for_machines(shop, desk, answer):
    """The picture is mostly white, and the words say white."""
    found = answer("imagine", "white pants", "--out", "strip.png", "--shop", shop, "-k", len(KINDS))
    assert [hit["item"]["colour"] for hit in found["hits"]] == ["white"] * len(KINDS)
    assert found["total"] == len(KINDS) * len(COLOURS)
    assert found["words"] == ["white", "pants"]


def test_a_filter_that_nothing_passes(shop, desk, capsys):
    assert run([*LINE, "--shop", str(shop), "--filter", "price > 9000"]) == 0
    assert capsys.readouterr().out == "nothing found; a wider --filter finds more\n"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["-k", "0"], "k must be at least 1"),
        (["--filter", "prize < 3"], 'no column "prize" in this shop'),
    ],
    ids=lambda asked: asked[0] if isinstance(asked, list) else None,
)
def test_what_a_shop_refuses(asked, says, shop, desk, capsys, tmp_path):
    assert run([*LINE, "--shop", str(shop), *asked]) == 2
    assert says in capsys.readouterr().err
    assert desk == []
    assert not (tmp_path / "strip.png").exists()


def test_the_limit_is_in_the_help(capsys):
    assert run(["imagine", "--help"]) == 0
    assert f"at most {MAX_WORDS} words" in " ".join(capsys.readouterr().out.split())


def test_training_goes_where_it_is_told(monkeypatch, tmp_path, answer, data_sets):
    from modiste.weights import Weights

    asked = []

    def fake(data, out, **options):
        asked.append((data, out, options))
        return Weights(str(out), out)

    monkeypatch.setattr("modiste.lab.imagine.train.train", fake)
    monkeypatch.setattr(Weights, "revision", "12345678")
    run_folder = tmp_path / "run"
    line = ["train", "imagine", "--data", "a", "--data", "b", "--out", run_folder, "--preset", "quick", "--seed", "3"]
    assert answer(*line, "--resume")["revision"] == "12345678"
    ((data, out, options),) = asked
    assert ([str(one) for one in data], out) == (["a", "b"], run_folder)
    assert options == {"preset": "quick", "seed": 3, "resume": True, "device": "auto"}


@pytest.fixture
def evaluated(monkeypatch, tmp_path, data_sets):
    """An evaluation that only says what it was asked."""
    calls = []
    result = {
        "system": "imagine", "data": ["made"], "split_hash": "abc", "protocol": "two texts", "seconds": 1.0,
        "models": {"imagine": {"is_type": 2.0, "drift": 0.75, "is_type_real": 2.5}, "mean words": {"is_type": 1.5}},
        "ceiling": {"is_type": 2.5},
    }  # fmt: skip
    monkeypatch.setattr(
        "modiste.lab.imagine.evaluate.evaluate", lambda data, **options: calls.append(options) or result
    )
    monkeypatch.setattr(
        "modiste.lab.imagine.sheets.evaluated_sheet",
        lambda data, weights, **options: calls.append({"weights": weights, **options}) or Image.new("RGB", (8, 8)),
    )
    return calls


def test_an_evaluation_is_a_table(evaluated, capsys):
    assert run(["evaluate", "imagine", "--data", "made", "--baselines"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "imagine on made"
    assert told[1].split() == ["metric", "mean", "words", "imagine", "real", "photos"]
    assert [line.split() for line in told[2:4]] == [["is_type", "1.500", "2.000", "2.500"], ["drift", "0.750"]]
    assert evaluated == [{"weights": "imagine-photos", "baselines": True, "split": "test", "seed": 0}]


def test_an_evaluation_for_the_record(evaluated, tmp_path):
    line = ["evaluate", "imagine", "--data", "made", "--weights", "run", "--split", "all", "--seed", "2"]
    assert run([*line, "--sheet", "sheets/strips.png", "--json", "result.json"]) == 0
    assert evaluated[1] == {"weights": "run", "split": "all", "seed": 2, "baselines": False, "baseline": ""}
    assert (tmp_path / "result.json").exists()
    assert (tmp_path / "sheets/strips.png").exists()


def test_a_sheet_needs_an_ending(evaluated, capsys):
    assert run(["evaluate", "imagine", "--data", "made", "--sheet", "strips"]) == 2
    assert "strips has no ending that a picture has" in capsys.readouterr().err
    assert evaluated == []


def test_what_was_learnt_from_is_only_known_beside_a_test_part(evaluated, capsys):
    assert run(["evaluate", "imagine", "--data", "made", "--split", "all", "--nearest", "nearest.png"]) == 2
    assert "--nearest looks at the training part, and --split all has none" in capsys.readouterr().err
    assert evaluated == []
