from __future__ import annotations

import json

import pytest

from modiste.cli import doctor, run
from modiste.cli.doctor import Check
from modiste.errors import UsageError


def test_all_is_well(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_checks", lambda: iter([Check("disk", "75 GiB free [here]")]))
    assert run(["doctor"]) == 0
    assert capsys.readouterr().out == "✓ disk  75 GiB free [here]\n"


def test_what_is_missing_comes_with_a_remedy_and_1(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_checks", lambda: iter([Check("disk", "0 GiB free", "make room")]))
    assert run(["doctor"]) == 1
    assert capsys.readouterr().out.split() == ["✗", "disk", "0", "GiB", "free", "make", "room"]


def test_it_looks_at_everything(fake_encoder, capsys):
    code = run(["doctor", "--json"])
    found = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert {"modiste", "torch", "lancedb", "encoder-photos", "encoder-boutique", "words", "speed", "disk"} <= {*found}
    assert "photos/s with fake@12345678" in found["speed"]["found"]
    assert code == any(check["remedy"] for check in found.values())


def test_a_missing_package_names_the_command():
    assert doctor._package("no-such-package").remedy.endswith("-m pip install no-such-package")


def test_a_check_that_fails_is_told():
    def look() -> str:
        raise UsageError("the weights are damaged; install Modiste again")

    assert doctor._guarded("words", look) == Check("words", "failed", "the weights are damaged; install Modiste again")


@pytest.mark.parametrize(("free", "well"), [(50, True), (1, False)])
def test_disk(free, well, monkeypatch):
    usage = type("Usage", (), {"free": free * 2**30})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    assert (doctor._disk().remedy == "") is well
