"""The drawn models: varied, plain, upright, and in their files as they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.boutique import MODEL_SIZE, MODELS, draw_models, draw_person, model_person, plain_clothes, read_model
from modiste.boutique.people import models as files
from modiste.boutique.people.heads import SKINS
from modiste.catalog.categories import PARSING_CLASSES
from modiste.showroom.tryon.people import FOLDER


def drawn(name, *off):
    clothes = plain_clothes(MODELS[name].gender)
    return draw_person(model_person(name), {k: v for k, v in clothes.items() if k not in off}, files.MODEL_SIZE)


def same(read, expected):
    np.testing.assert_array_equal(read.pixels, expected.pixels)
    np.testing.assert_array_equal(read.map, expected.map)
    np.testing.assert_array_equal(read.keypoints, expected.keypoints)


def test_models_are_varied():
    models = MODELS.values()
    assert 6 <= len(models) <= 8
    assert len({model.skin for model in models}) >= 6
    assert len({model.style for model in models}) >= 6
    assert {model.gender for model in models} == {"Women", "Men"}
    assert max(model.weight for model in models) - min(model.weight for model in models) > 0.2


def test_everybody_can_be_designed():
    """A face is drawn by chance until its skin is the one that is meant: that has an end."""
    assert [model_person(name).head.skin for name in MODELS] == [SKINS[model.skin] for model in MODELS.values()]


def test_the_whole_person_is_on_the_picture_in_plain_clothes():
    drawn = read_model(FOLDER, "Rosa")
    worn = {PARSING_CLASSES[value] for value in np.unique(drawn.map)}
    assert worn == {"background", "skin", "hair", "top", "bottom", "shoes"}
    assert drawn.keypoints[:, 2].all(), "from head to foot"


@pytest.mark.parametrize(("name", "off"), [("Ines", ()), ("Omar", ("top", "bottom"))])
def test_the_files_that_ship_are_what_is_drawn(name, off):
    assert files.MODEL_SIZE == MODEL_SIZE
    same(read_model(FOLDER, name, off), drawn(name, *off))


def test_every_frame_is_read_as_it_was_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MODEL_SIZE", (128, 96))
    draw_models(tmp_path, ["Kenji"])
    for off in files._FRAMES:
        same(read_model(tmp_path, "Kenji", off), drawn("Kenji", *off))
    same(read_model(tmp_path, "Kenji", {"hat", "shoes"}), drawn("Kenji", "shoes"))
