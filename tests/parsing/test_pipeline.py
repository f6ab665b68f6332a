from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.parsing import SIZE, open_parser
from modiste.parsing.graphs import Sight
from modiste.parsing.joints import joints_of
from modiste.parsing.pipeline import TrainedParser, load_network


@pytest.fixture(scope="module")
def parser(run: Path) -> TrainedParser:
    return TrainedParser(str(run), threads=1)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, *SIZE, 3), dtype=np.uint8)


def test_the_graph_says_what_the_network_says(parser, pixels, cache):
    parsed = parser.parse(pixels[:2])
    with torch.inference_mode():
        map, heat = Sight(load_network(parser.weights)).eval()(torch.from_numpy(pixels[:2]))
    for place, one in enumerate(parsed):
        assert one.map.shape == SIZE
        assert one.map.dtype == np.uint8
        assert (one.map == map[place].numpy()).mean() > 0.999
        np.testing.assert_allclose(one.keypoints, joints_of(heat.numpy())[place], atol=0.05)
    assert list(cache.glob(f"parser-{parser.revision}.onnx"))


def test_frames_are_parsed_one_by_one_or_together(parser, pixels):
    together = parser.parse(pixels)
    assert len(together) == 9
    alone = parser.parse(pixels[8:])[0]
    assert (alone.map == together[8].map).mean() > 0.999
    assert parser.parse(pixels[:0]) == []


@pytest.mark.parametrize(("frames", "says"), [
    (np.zeros((256, 192, 3), np.uint8), r"frames must be uint8 of shape \(n, 256, 192, 3\); got uint8 \(256, 192, 3\)"),
    (np.zeros((1, 256, 192, 3), np.float32), "got float32"),
    (np.zeros((1, 128, 96, 3), np.uint8), "cut them with Frame"),
])  # fmt: skip
def test_what_is_no_frame(parser, frames, says):
    with pytest.raises(UsageError, match=says):
        parser.parse(frames)


def test_names(run: Path):
    opened = open_parser(str(run))
    assert opened.name == str(run.resolve())
    assert len(opened.revision) == 8
    with pytest.raises(UsageError, match="encoder-boutique is no parser but encoder; parsers are listed by: modiste"):
        open_parser("encoder-boutique")
    with pytest.raises(UsageError, match='no weights "parser-foto"'):
        open_parser("parser-foto")
