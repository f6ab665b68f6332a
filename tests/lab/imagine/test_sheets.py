"""Pictures to look at."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.imagine import sheets as module
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.protocol import sample_texts
from modiste.lab.imagine.sheets import MARK, _sampled, _strips, evaluated_sheet, nearest_sheet, trade_off
from tests.lab.imagine.painted import Blocks, Deaf, Listens, garments


@pytest.fixture(scope="module")
def collection():
    return garments(90)


@pytest.fixture
def world(monkeypatch, collection):
    shown = []
    judges = Judges.fit(collection, Blocks())
    monkeypatch.setattr(module, "find", lambda name: name)
    monkeypatch.setattr(module, "settings", lambda weights: None)
    monkeypatch.setattr(module, "load_imaginer", lambda name: Listens())
    monkeypatch.setattr(module, "gather", lambda data, found, imaginer, split: collection)
    monkeypatch.setattr(module, "train_baselines", lambda collection, config, names: {name: Deaf() for name in names})
    monkeypatch.setattr(module.Judges, "of", lambda weights: judges)
    real = module.sheet
    monkeypatch.setattr(module, "sheet", lambda rows, **how: (shown.extend(rows), real(rows, **how))[1])
    return SimpleNamespace(shown=shown)


def test_the_baseline_stands_above_ours(world):
    picture = evaluated_sheet(["shop"], "mine", baselines=True, count=2)
    captions = [caption.rpartition(": ") for caption, _ in world.shown]
    assert [name for *_, name in captions] == ["sentence LSTM + classifier", "imagine"] * 2
    assert captions[0][0] == captions[1][0] != captions[2][0]
    for (text, *_), (_, cells) in zip(captions, world.shown, strict=True):
        assert [label for _, label, _ in cells] == [f"+ {word}" for word in text.split()]
    assert picture.width > 4 * 144


@pytest.mark.parametrize(
    ("asked", "rows"), [({}, 3), ({"split": "all", "baselines": True}, 3), ({"baselines": True}, 6)]
)
def test_ours_stands_alone_without_a_baseline(world, asked, rows):
    evaluated_sheet(["shop"], "mine", count=3, **asked)
    assert len(world.shown) == rows


@pytest.mark.parametrize(
    ("asked", "says"),
    [({"baseline": "mean word"}, 'no baseline "mean word"; nearest: mean words'), ({"split": "tset"}, "no split")],
)
def test_a_sheet_refuses(world, asked, says):
    with pytest.raises(UsageError, match=says):
        evaluated_sheet(["shop"], "mine", **asked)
    assert module.BEST in BASELINES


def test_short_titles_make_no_strip(world, monkeypatch, collection):
    short = replace(collection, words=tuple(one[:2] for one in collection.words))
    monkeypatch.setattr(module, "gather", lambda *_: short)
    with pytest.raises(UsageError, match="no title to draw has 3 words that the network knows"):
        evaluated_sheet(["shop"], "mine")


def test_titles_are_drawn_once_each(collection):
    texts = sample_texts(collection).texts
    some = _sampled(texts, 5, 0)
    assert len({text.prefix() for text in some}) == 5
    assert _sampled(texts, 5, 0) == some != _sampled(texts, 5, 1)


def test_a_strip_adds_word_by_word(collection):
    (text,) = _sampled(sample_texts(collection).texts, 1, 0)
    ((_, cells),) = _strips(text, {"imagine": Listens()})
    whole = Listens().draw([text.words], [text.seed])[0]
    assert np.array_equal(np.asarray(cells[-1][0]), whole)
    assert not np.array_equal(np.asarray(cells[0][0]), whole)


def test_the_nearest_photos_are_training_photos(world, collection):
    nearest_sheet(["shop"], "mine", count=2)
    learnt = {collection.pixels[row].tobytes() for row in collection.part(0)}
    for _, cells in world.shown:
        assert cells[0][1] == "drawn"
        assert [marked for *_, marked in cells] == [True, False, False, False, False]
        assert all(np.asarray(photo).tobytes() in learnt for photo, _, marked in cells if not marked)
        away = [float(label.split()[1]) for _, label, marked in cells if not marked]
        assert away == sorted(away)


def test_models_that_keep_more_lie_higher():
    result = {"trade_off": {
        "imagine": {"persistence": 0.95, "responsiveness": 0.8},
        "mean words": {"persistence": 0.6, "responsiveness": 0.8},
        "mean words, fresh noise": {"persistence": 0.5, "responsiveness": 0.8},
        "nothing": {},
    }}  # fmt: skip
    picture = np.asarray(trade_off(result))
    green = np.array([int(MARK[at : at + 2], 16) for at in (1, 3, 5)])
    blue = np.array([int(module.OTHER[at : at + 2], 16) for at in (1, 3, 5)])
    plot = picture[:, : module.EDGE + module.PLOT]
    (ours, across), (theirs, beside) = (
        [axis.mean() for axis in np.nonzero((plot == colour).all(2))] for colour in (green, blue)
    )
    assert ours < theirs - 50
    assert across == pytest.approx(beside, abs=2)


def test_a_result_without_moves_is_no_plot():
    with pytest.raises(UsageError, match="no persistence and responsiveness; make it with: modiste evaluate imagine"):
        trade_off({"models": {}})
