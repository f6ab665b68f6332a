"""A SegFormer of the Hub on a tiny model with random weights."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from modiste.catalog.categories import PARSING_CLASSES
from modiste.errors import ModisteError, UsageError
from modiste.parsing import SIZE
from modiste.parsing.pipeline import HubParser, _classes_of
from tests.parsing.figures import ColourReader

LABELS = (
    *("Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress", "Belt", "Left-shoe"),
    *("Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm", "Right-arm", "Bag", "Scarf"),
)
"""Of models trained on ATR."""


def save(folder: Path, labels=LABELS) -> str:
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.SegformerConfig(
        hidden_sizes=[8, 8, 8, 8], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 1, 1], decoder_hidden_size=8,
        id2label=dict(enumerate(labels)), label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    transformers.SegformerForSemanticSegmentation(config).save_pretrained(folder)
    settings = {"size": {"height": 64, "width": 64}, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return f"hub:{folder}"


@pytest.fixture(scope="module")
def name(tmp_path_factory) -> str:
    return save(tmp_path_factory.mktemp("segformer"))


def test_labels_become_classes():
    named = [PARSING_CLASSES[place] for place in _classes_of(dict(enumerate(LABELS)), "the model")]
    assert named == [
        *("background", "hat", "hair", "accessory", "top", "skirt", "bottom", "dress", "accessory", "shoes", "shoes"),
        *("skin", "skin", "skin", "skin", "skin", "bag", "accessory"),
    ]
    with pytest.raises(
        UsageError, match='the model tells "Sky", which is in no parsing class; take a model of clothes'
    ):
        _classes_of({0: "Background", 1: "Sky"}, "the model")


def test_likelihoods_of_one_class_count_together(name, monkeypatch):
    import torch

    parser = HubParser(name)
    # two kinds of shoes at 0.3 each beat a bag at 0.35
    likely = torch.full((1, len(LABELS), 4, 4), 0.05 / 15)
    likely[:, LABELS.index("Left-shoe")] = likely[:, LABELS.index("Right-shoe")] = 0.3
    likely[:, LABELS.index("Bag")] = 0.35

    class Answer:
        logits = likely.log()

    parser._model = lambda pixel_values: Answer
    found = parser._maps(np.zeros((1, *SIZE, 3), np.uint8))
    assert (found == PARSING_CLASSES.index("shoes")).all()


def test_frames_become_maps_without_joints(name):
    parser = HubParser(name)
    pixels = np.random.default_rng(0).integers(0, 256, (5, *SIZE, 3), dtype=np.uint8)
    parsed = parser.parse(pixels)
    assert len(parsed) == 5
    assert parsed[0].map.shape == SIZE
    assert (parsed[0].keypoints == 0).all()
    np.testing.assert_array_equal(parser.parse(pixels[4:])[0].map, parsed[4].map)
    assert parser.name == name
    assert len(parser.revision) == 8


def test_joints_come_from_another_parser(name):
    with_joints = HubParser(name, ColourReader())
    assert with_joints.revision == f"{HubParser(name).revision}+00000000"
    keypoints = with_joints.parse(np.zeros((2, *SIZE, 3), np.uint8))[1].keypoints
    assert (keypoints[:, 2] > 0).all()


def test_what_is_no_model_of_clothes(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=f'hub:{tmp_path} tells "wall"'):
        HubParser(save(tmp_path, ("wall", "floor")))
    with pytest.raises(ModisteError, match="can't be loaded"):
        HubParser(f"hub:{tmp_path / 'nothing'}")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModisteError, match=r"needs transformers; run: pip install 'modiste\[hub\]'"):
        HubParser(f"hub:{tmp_path}")
