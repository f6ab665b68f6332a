"""The benchmark of trying on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from modiste.cli import run as carry_out
from modiste.errors import UsageError
from modiste.lab.bench import tryon
from modiste.lab.bench.tryon import _bare, _exactly, _make_requests, run
from modiste.lab.datasets.people import People, PersonPhoto
from modiste.lab.datasets.splits import Split
from modiste.tryon.model import _settled
from tests.tryon.figures import PAINTS, PaintParser, dresser, person, photo


@pytest.fixture
def crowd(tmp_path, monkeypatch):
    """Three people and a landscape, of whom the second is unseen."""
    files = [
        photo(tmp_path / "0.png", person()),
        photo(tmp_path / "1.png", person(sleeves="short")),
        photo(tmp_path / "2.png", person(bottom="skirt")),
        tmp_path / "3.png",
    ]
    Image.new("RGB", (192, 256), PAINTS["background"]).save(files[3])
    photos = tuple(PersonPhoto(str(number), file, str(number)) for number, file in enumerate(files))
    people = People("made", photos, Split(("0", "2", "3"), (), ("1",)))
    monkeypatch.setattr(tryon, "read_people", lambda source: people)
    return tmp_path


def test_what_a_bench_file_holds(crowd):
    told = []
    result = run(
        crowd, weights=dresser(), parser=PaintParser(), requests=4, refined=2, steps=2,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert (result["verb"], result["threads"] >= 1) == ("tryon", True)
    assert result["sizes"] == [{"height": 256, "width": 192, "people": 3, "steps": 2}]
    assert result["ratio"] == pytest.approx(result["p50_ms"] / result["floor_ms"], rel=1e-4)
    assert all(result[name] > 0 for name in ("p50_ms", "p95_ms", "floor_ms", "parsing_ms", "refining_ms", "peak_mib"))
    assert result["protocol"].startswith("3 people at 256x192, each in one garment of another")
    assert told == [(done, 9) for done in range(1, 10)]


def test_unseen_people_come_first(crowd):
    assert [path.name for path in tryon._photos(crowd)] == ["1.png", "0.png", "2.png", "3.png"]


def test_each_wears_what_another_one_wears(crowd):
    asked = _make_requests([crowd / f"{number}.png" for number in range(4)], PaintParser(), 10)
    assert [list(one.garments) for one in asked] == [["top"]] * 3
    for one in asked:
        assert one.garments["top"].pixels is not one.query.pixels
    assert len(_make_requests([crowd / f"{number}.png" for number in range(4)], PaintParser(), 2)) == 2


@pytest.mark.parametrize("files", [["3.png"], ["0.png"], []], ids=str)
def test_fewer_than_two_people_are_nothing_to_measure(files, crowd):
    with pytest.raises(UsageError, match="so there is nothing to measure; give photos of at least two dressed people"):
        _make_requests([crowd / name for name in files], PaintParser(), 10)


def test_the_floor_is_both_networks_on_what_they_are_given(crowd, monkeypatch):
    made = dresser()
    one = _make_requests([crowd / f"{number}.png" for number in range(2)], PaintParser(), 1)[0]
    plan = made.plan(one.query, one.garments)
    forward = _bare(made, plan)
    calls = []
    for network in (made.shape, made.appearance, made.appearance.encoder):
        network.register_forward_hook(lambda module, given, got: calls.append(type(module).__name__))
    picture = forward()
    assert calls == ["ShapeNetwork", "_AppearanceEncoder", "_AppearanceEncoder", "AppearanceNetwork"]
    assert picture.shape == (1, 3, 256, 192)
    painted = made.paint(plan).pixels[plan.changed].astype(int)
    again = (picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().numpy().astype(int)[plan.changed]
    assert np.abs(painted - again).max() <= 1


def test_timed_refinement_does_not_stop_early():
    config = _exactly(30)
    assert (config.steps, config.least) == (30, -math.inf)
    assert not _settled([1.0] * 29, config)
    assert not _settled([0.0] * 29, config)


@pytest.fixture
def command(crowd, monkeypatch):
    made = dresser()
    monkeypatch.setattr(tryon, "load_dresser", lambda name: made)
    monkeypatch.setattr(tryon, "open_parser", lambda name: PaintParser())
    usual = tryon.run
    monkeypatch.setattr(tryon, "run", lambda data, **options: usual(data, **options, requests=2, refined=1, steps=2))
    return ["bench", "tryon", "--data", str(crowd)]


def test_bench_tells_of_trying_on(command, capsys):
    assert carry_out(command) == 0
    head, row, *said = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["size", "p50", "ms"]
    assert row.split()[0] == "256x192"
    assert " ".join(said).startswith("2 people at 256x192")


@pytest.mark.parametrize(("data", "kind"), [(True, "photos"), (False, "boutique")])
def test_weights_go_with_the_data(data, kind, crowd, monkeypatch):
    named = []
    made = dresser()
    monkeypatch.setattr(tryon, "load_dresser", lambda name: named.append(name) or made)
    monkeypatch.setattr(tryon, "open_parser", lambda name: named.append(name) or PaintParser())
    monkeypatch.setattr(tryon, "_drawn", lambda folder: folder)
    run(crowd if data else None, requests=1, refined=0, steps=1)
    assert named == [f"tryon-{kind}", f"parser-{kind}"]
