from __future__ import annotations

import json

import pytest
from PIL import Image

from modiste.cli import run
from modiste.cli.evaluate import speech

pytestmark = pytest.mark.usefixtures("data_sets")
RESULT = {
    "system": "encoder",
    "data": ["boutique"],
    "split_hash": "0123456789ab",
    "protocol": "titles find photos",
    "models": {"projection": {"text_R@1": 0.15}, "encoder": {"text_R@1": 0.25, "acc_type": 0.875}},
    "ratios": {"text_R@1": 1.667},
    "seeds": [0],
    "seconds": 12.3,
    "versions": {},
}


@pytest.fixture
def asked(monkeypatch):
    """What `evaluate` was called with."""
    calls = []

    def evaluate(*arguments, **options):
        calls.append((arguments, options))
        return RESULT

    monkeypatch.setattr("modiste.lab.encoder.evaluate.evaluate", evaluate, raising=False)
    return calls


def test_evaluation_is_a_table(asked, capsys):
    assert run(["evaluate", "encoder", "--data", "a", "--data", "b", "--baselines"]) == 0
    told = capsys.readouterr().out
    assert [line.split() for line in told.splitlines() if "0." in line][:2] == [
        ["projection", "0.150"],
        ["encoder", "0.250", "0.875"],
    ]
    assert told.startswith("encoder on boutique\n")
    assert "titles find photos; split 0123456789ab; 12 s" in told
    assert [str(path) for path in asked[0][0][0]] == ["a", "b"]
    assert asked[0][1]["baselines"] is True


@pytest.mark.parametrize("line", ["--json OUT", "OUT --json"], ids=["after", "before"])
def test_json_goes_to_the_file_named(line, asked, tmp_path, capsys):
    file = tmp_path / "results" / "encoder.json"
    assert run(["evaluate", "encoder", "--data", "a", *line.replace("OUT", str(file)).split()]) == 0
    assert json.loads(file.read_text()) == RESULT
    assert capsys.readouterr().out == ""


def test_json_alone_goes_to_standard_output(asked, capsys):
    assert run(["evaluate", "encoder", "--json", "--data", "a"]) == 0
    assert json.loads(capsys.readouterr().out) == RESULT


REFINED = {
    **RESULT,
    "system": "refine",
    "data": ["boutique", "mango"],
    "protocol": "fpi-colour@0123456789ab: 9 questions among 20 products (test), the source left out",
    "models": {
        "refine": {"R@1": 0.5, "R@10": 0.75, "R@1 boutique, precise": 0.25, "R@10 boutique, precise": 1.0},
        "TIRG": {"R@1": 0.125, "R@10": 0.5, "R@1 boutique, precise": 0.0},
    },
}


@pytest.fixture
def refined(monkeypatch):
    """What `evaluate` of refine and its sheet were called with."""
    calls = []

    def evaluate(data, **options):
        calls.append(([str(folder) for folder in data], options))
        return REFINED

    def evaluated_sheet(data, weights, *, split):
        calls.append((str(data), weights, split))
        return Image.new("RGB", (8, 6))

    monkeypatch.setattr("modiste.lab.refine.evaluate.evaluate", evaluate)
    monkeypatch.setattr("modiste.lab.refine.sheets.evaluated_sheet", evaluated_sheet)
    return calls


def test_evaluation_of_refine_is_a_table_by_protocol(refined, capsys):
    assert run(["evaluate", "refine", "--data", "a"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in told] == [
        "refine on boutique, mango",
        "protocol           model     R@1   R@10",
        "fpi-colour         TIRG    0.125  0.500",
        "                   refine  0.500  0.750",
        "boutique, precise  TIRG    0.000",
        "                   refine  0.250  1.000",
        f"{REFINED['protocol']}; split 0123456789ab; 12 s",
    ]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("--data a", {"weights": ["refine-photos"], "baselines": False, "split": "test"}),
        ("--data a --weights b --weights c --split all", {"weights": ["b", "c"], "baselines": False, "split": "all"}),
        ("--data a --baselines", {"weights": ["refine-photos"], "baselines": True, "split": "test"}),
    ],
)
def test_what_refine_is_evaluated_with(line, options, refined, capsys):
    assert run(["evaluate", "refine", *line.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == REFINED
    assert refined == [(["a"], options)]


def test_a_sheet_of_questions_is_drawn_beside(refined, tmp_path, capsys):
    file = tmp_path / "looks" / "sheet.png"
    arguments = ["--data", "a", "--data", "b", "--weights", "run", "--split", "all", "--sheet", str(file)]
    assert run(["evaluate", "refine", *arguments]) == 0
    with Image.open(file) as drawn:
        assert drawn.size == (8, 6)
    assert refined[1] == ("a", "run", "all")
    assert capsys.readouterr().err == f"wrote {file}\n"


def test_a_sheet_that_is_no_picture_is_refused_before_anything_is_measured(refined, capsys):
    assert run(["evaluate", "refine", "--data", "a", "--sheet", "sheet.doc"]) == 2
    assert "sheet.doc has no ending that a picture has" in capsys.readouterr().err
    assert refined == []


COMPLETED = {
    **RESULT,
    "system": "complete",
    "protocol": "disjoint@0123456789ab: 9 items taken out of their outfits",
    "models": {"popularity": {"fitb": 0.25}, "complete": {"fitb": 0.5, "R@10": 0.75}},
    "spread": {"popularity": {"fitb": 0.0}, "complete": {"fitb": 0.01, "R@10": 0.02}},
    "ceiling": {"fitb": 0.875, "R@10": 1.0},
}


@pytest.fixture
def completed(monkeypatch):
    """What `evaluate`, `ablate` and the sheet of complete were called with."""
    calls = []

    def evaluate(data, **options):
        calls.append(("evaluate", [str(folder) for folder in data], options))
        return COMPLETED

    def ablate(data, out, **options):
        calls.append(("ablate", str(out), options))
        return COMPLETED

    def evaluated_sheet(data, weights, *, split):
        calls.append(("sheet", [str(folder) for folder in data], weights, split))
        return Image.new("RGB", (8, 6))

    monkeypatch.setattr("modiste.lab.complete.evaluate.evaluate", evaluate)
    monkeypatch.setattr("modiste.lab.complete.ablate.ablate", ablate)
    monkeypatch.setattr("modiste.lab.complete.sheets.evaluated_sheet", evaluated_sheet)
    return calls


def test_evaluation_of_complete_ends_with_the_truth(completed, capsys):
    assert run(["evaluate", "complete", "--data", "a"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split() for line in told[2:5]] == [
        ["popularity", "0.250"],
        ["complete", "0.500", "0.750"],
        ["the", "truth", "itself", "0.875", "1.000"],
    ]


def test_products_to_ask_for_stand_in_a_file(completed, tmp_path, capsys):
    (tmp_path / "ids").write_text("b0-00001\nb0-00002\n")
    assert run(["evaluate", "complete", "--data", "a", "--split", "all", "--ask", str(tmp_path / "ids"), "--json"]) == 0
    options = {"weights": ["complete-photos"], "baselines": False, "split": "all", "ids": ["b0-00001", "b0-00002"]}
    assert completed == [("evaluate", ["a"], options)]


@pytest.mark.parametrize(
    ("content", "says"), [(None, "'--ask': there is nothing at"), ("\n", "ids names no products; give an id a line")]
)
def test_a_file_that_names_no_products(content, says, completed, tmp_path, capsys):
    if content is not None:
        (tmp_path / "ids").write_text(content)
    assert run(["evaluate", "complete", "--data", "a", "--split", "all", "--ask", str(tmp_path / "ids")]) == 2
    assert says in capsys.readouterr().err
    assert completed == []


def test_ablations_of_complete_and_a_sheet(completed, tmp_path, capsys):
    arguments = ["--data", "a", "--ablations", "runs", "--seeds", "2", "--sheet", str(tmp_path / "sheet.png")]
    assert run(["evaluate", "complete", *arguments]) == 0
    assert completed == [("ablate", "runs", {"seeds": 2}), ("sheet", ["a"], "complete-photos", "test")]


HEARD = {
    "system": "speech",
    "data": ["espeak-ng"],
    "split_hash": "0123456789ab",
    "protocol": "requests are spoken",
    "models": {"speech": {"wer": 0.25, "seconds": 0.5}, "open language model": {"wer": 0.75, "seconds": 1.5}},
    "ratios": {"wer": 0.333},
    "seeds": [1],
    "seconds": 9.6,
    "versions": {},
}


@pytest.fixture
def spoken(monkeypatch):
    """What `evaluate` was called with."""
    calls = []

    def evaluate(*arguments, **options):
        calls.append((arguments, options))
        return HEARD

    monkeypatch.setattr("modiste.lab.speech.evaluate.evaluate", evaluate)
    return calls


def test_speech_is_a_table(spoken, capsys):
    speech("whisper", sentences=20, seed=1)
    told = capsys.readouterr().out
    assert [line.split() for line in told.splitlines() if "0." in line][:2] == [
        ["speech", "0.250", "0.500"],
        ["open", "language", "model", "0.750", "1.500"],
    ]
    assert told.startswith("speech on espeak-ng\n")
    assert spoken == [(("whisper",), {"sentences": 20, "seed": 1})]


def test_json_of_speech_goes_to_the_file_named(spoken, tmp_path):
    speech(as_json=True, file=tmp_path / "speech.json")
    assert json.loads((tmp_path / "speech.json").read_text()) == HEARD
    assert spoken == [(("pocketsphinx",), {"sentences": 50, "seed": 0})]
