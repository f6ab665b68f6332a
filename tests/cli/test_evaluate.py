from __future__ import annotations

import json

import pytest

from modiste.cli import run

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

    monkeypatch.setattr("modiste.encoders.evaluate.evaluate", evaluate, raising=False)
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
