from __future__ import annotations

import os
import signal
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from modiste.cli import run
from modiste.tryon import TryOn
from tests.tryon.figures import PAINTS, PaintParser, dresser, person, photo

LINE = ["tryon", "--person", "me.png", "--out", "out.png"]
TOP = ["--garment", "top=top.png"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The folder that the photos are in; networks that haven't learnt, and a parser that knows paints."""
    photo(tmp_path / "me.png", person(), (240, 320))
    photo(tmp_path / "top.png", person(sleeves="short"))
    photo(tmp_path / "skirt.png", person(bottom="skirt"))
    made = dresser()
    monkeypatch.setattr("modiste.tryon.pipeline._dresser", lambda name: made)
    monkeypatch.setattr("modiste.tryon.pipeline._parser", lambda name: PaintParser())
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def faked(monkeypatch, tmp_path):
    """A try-on that only says what it was asked, and refines in as many steps as it is told to."""
    calls = []

    def fake(person, garments, *, refine_steps=0, weights="tryon-photos", parser=None, progress=None, anyway=False):
        calls.append(
            {"person": person, "garments": dict(garments), "weights": weights, "parser": parser, "anyway": anyway}
        )
        plain, better = (Image.new("RGB", (30, 40), colour) for colour in ("gray", "white"))
        steps = 0
        while steps < refine_steps:
            steps += 1
            if steps == 2 and (tmp_path / "press").exists():
                os.kill(os.getpid(), signal.SIGINT)
            if not progress(steps, refine_steps):
                break
        changed = Image.new("L", (30, 40))
        changed.paste(255, (0, 0, 30, 10))
        notes = ("2 people are on the photo; the largest was dressed",)
        return TryOn(better if steps else plain, changed, plain, notes, 0.25 if steps else None, steps)

    def fitted(request):
        """What a shop asks for: the same in two steps."""
        given = {"weights": request.weights, "parser": request.parser, "anyway": request.anyway}
        again = partial(fake, request.person, request.garments, **given)
        return SimpleNamespace(
            feed_forward=None if request.refine_steps else again(),
            refined=lambda steps, progress: again(refine_steps=steps, progress=progress),
        )

    monkeypatch.setattr("modiste.tryon.pipeline.try_on", fake)
    monkeypatch.setattr("modiste.tryon.pipeline.fit_on", fitted)
    for name in ("me.png", "top.png", "skirt.png"):
        Image.new("RGB", (30, 40), "red").save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return calls


def colour(file):
    with Image.open(file) as picture:
        return picture.getpixel((20, 20))


def test_a_picture_of_the_photos_size_is_written(desk, capsys):
    assert run([*LINE, *TOP, "--garment", "bottom=skirt.png"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "wrote out.png\n")
    with Image.open("out.png") as out, Image.open("me.png") as me:
        assert out.size == me.size
        assert (np.asarray(out) != np.asarray(me)).any()
        assert out.info["Source"] == "Partly made by a neural network: tryon-photos"


def test_nothing_is_written_but_what_was_asked_for(desk):
    before = set(desk.rglob("*"))
    assert run([*LINE, *TOP, "--refine", "1", "--sheet", "sheets/all.png"]) == 0
    assert set(desk.rglob("*")) - before == {desk / "out.png", desk / "sheets", desk / "sheets/all.png"}
    with Image.open("sheets/all.png") as sheet:
        assert sheet.info["Source"] == "Partly made by a neural network: tryon-photos"


def test_json_says_what_was_done(desk, answer):
    found = answer(*LINE, *TOP, "--refine", "2")
    assert (found["out"], found["sheet"], found["regions"]) == ("out.png", None, ["top"])
    assert (found["width"], found["height"], found["notes"]) == (240, 320, [])
    assert 0.01 < found["changed"] < 0.7
    assert found["refined"]["steps"] == 2
    assert not found["refined"]["stopped"]
    assert answer(*LINE, *TOP)["refined"] == {"steps": 0, "gain": None, "stopped": False}


def test_bad_photos_are_one_line(desk, capsys):
    Image.new("RGB", (240, 320), PAINTS["background"]).save("landscape.png")
    frames = [Image.new("RGB", (30, 40), name) for name in ("red", "blue")]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    (desk / "half.png").write_bytes((desk / "me.png").read_bytes()[:300])
    photo(desk / "tiny.png", person(), (24, 32))
    for who, garment, says in (
        ("landscape.png", "top=top.png", "no person was found"),
        ("me.png", "outer=top.png", "wears no outer"),
        ("moving.gif", "top=top.png", "moving.gif is animated"),
        ("me.png", "top=moving.gif", "moving.gif is animated"),
        ("half.png", "top=top.png", "half.png is damaged"),
        ("tiny.png", "top=top.png", "pixels high"),
        ("nobody.png", "top=top.png", "'--person': there is nothing at nobody.png"),
        ("me.png", "top=nothing.png", "--garment top: there is nothing at nothing.png"),
    ):
        assert run(["tryon", "--person", who, "--garment", garment, "--out", "out.png"]) == 2
        told = capsys.readouterr()
        assert told.err.startswith("modiste: ")
        assert says in told.err
        assert told.err.count("\n") == 1
        assert not (desk / "out.png").exists()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([], "there is nothing to try on; give --garment REGION=FILE, or --shop SHOP --items ID,ID,..."),
        (["--garment", "top.png"], '--garment takes REGION=FILE, such as top=blouse.jpg; got "top.png"'),
        (["--garment", "top="], 'got "top="'),
        (["--garment", "=top.png"], 'got "=top.png"'),
        (["--garment", "topp=top.png"], 'no region "topp"; top? there are legwear, bottom, top, dress, outer, shoes'),
        (
            ["--garment", "xyz=top.png"],
            'no region "xyz"; there are legwear, bottom, top, dress, outer, shoes, bag, hat',
        ),
        ([*TOP, "--garment", "top=skirt.png"], "--garment names top twice, top.png and skirt.png; one is worn there"),
        ([*TOP, "--shop", "shop", "--items", "p1"], "garments come from files (--garment) or from a shop"),
        ([*TOP, "--items", "p1"], "garments come from files (--garment) or from a shop"),
        (["--items", "p1,p2"], "--items p1,p2 are products of a shop; name it: --shop SHOP"),
        (["--shop", "shop"], "nothing of the shop shop is named; give the ids of its products: --items"),
        ([*TOP, "--sheet", "sheet"], "sheet has no ending that a picture has; call it sheet.png"),
        ([*TOP, "--sheet", "out.png"], "--out and --sheet are both out.png; name another file for the sheet"),
        ([*TOP, "--out", "me.png"], "--out me.png would overwrite a photo that was given; name another file"),
        ([*TOP, "--sheet", "./top.png"], "--sheet top.png would overwrite a photo that was given"),
        ([*TOP, "--out", "out"], "out has no ending that a picture has"),
    ],
    ids=lambda asked: " ".join(asked) if isinstance(asked, list) else None,
)
def test_requests_that_make_no_sense(asked, says, faked, capsys):
    assert run([*LINE, *asked]) == 2
    assert says in capsys.readouterr().err
    assert faked == []


@pytest.mark.parametrize("steps", ["-1", "500"])
def test_steps_have_bounds(steps, desk, capsys):
    assert run([*LINE, *TOP, "--refine", steps]) == 2
    assert capsys.readouterr().err == f"modiste: --refine takes 1 to 200 steps; got {steps}\n"


def test_garments_weights_and_parser_are_passed_on(faked, tmp_path):
    (tmp_path / "a=b.png").touch()
    assert run([*LINE, *TOP, "--garment", " bottom = a=b.png ", "--weights", "run", "--parser", "other"]) == 0
    (call,) = faked
    assert {region: str(file) for region, file in call["garments"].items()} == {"top": "top.png", "bottom": "a=b.png"}
    assert (str(call["person"]), call["weights"], call["parser"]) == ("me.png", "run", "other")


def test_notes_and_what_refinement_did_are_told(faked, capsys):
    assert run([*LINE, *TOP, "--refine", "3"]) == 0
    note, refined = capsys.readouterr().out.splitlines()
    assert note == "2 people are on the photo; the largest was dressed"
    assert refined == "refined in 3 steps: the error inside the garments fell by 25%"
    assert colour("out.png") == (255, 255, 255)


def test_ctrl_c_while_it_refines_keeps_what_was_there_before(faked, tmp_path, capsys):
    (tmp_path / "press").touch()
    usual = signal.getsignal(signal.SIGINT)
    assert run([*LINE, *TOP, "--refine", "9"]) == 0
    told = capsys.readouterr()
    assert "refinement was stopped after 2 steps; the picture is without it" in told.out
    assert "stopping" in told.err
    assert colour("out.png") == (128, 128, 128)
    assert signal.getsignal(signal.SIGINT) is usual


def test_ctrl_c_at_the_last_step_is_too_late(faked, tmp_path, answer):
    (tmp_path / "press").touch()
    assert answer(*LINE, *TOP, "--refine", "2")["refined"] == {"steps": 2, "gain": 0.25, "stopped": False}
    assert colour("out.png") == (255, 255, 255)


@pytest.mark.parametrize(("steps", "pictures"), [("0", 4), ("3", 5)])
def test_a_sheet_shows_photo_garments_and_results(steps, pictures, faked):
    assert run([*LINE, *TOP, "--garment", "bottom=skirt.png", "--refine", steps, "--sheet", "sheet.png"]) == 0
    with Image.open("sheet.png") as sheet:
        assert sheet.width == 2 * 32 + pictures * (384 + 16) - 16


def test_products_of_a_shop_are_tried_on(shop, faked, monkeypatch, answer, tmp_path):
    """p1 is a red T-shirt, p13 are boots."""
    line = [*LINE, "--shop", str(shop), "--items", "p1, p13", "--sheet", "sheet.png"]
    assert answer(*line)["regions"] == ["top", "shoes"]
    (call,) = faked
    assert {region: file.name for region, file in call["garments"].items()} == {"top": "1.png", "shoes": "13.png"}
    assert call["weights"] == "tryon-photos"
    assert (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ("p99", 'no product "p99" in this shop'),
        ("p1,p2", '"p1" and "p2" are both tried on as top'),
    ],
)
def test_products_that_can_not_be_tried_on(items, says, shop, faked, capsys):
    assert run([*LINE, "--shop", str(shop), "--items", items]) == 2
    assert says in capsys.readouterr().err
    assert faked == []
