from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from modiste.errors import UsageError
from modiste.lab.parser.data import HEAT_SIZE, _inside, targets
from modiste.parsing import SIZE, open_parser
from modiste.parsing.model import ParserExport
from modiste.parsing.pipeline import TrainedParser, joints_of, load_network


@pytest.fixture(scope="module")
def parser(run: Path) -> TrainedParser:
    return TrainedParser(str(run), threads=1)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, *SIZE, 3), dtype=np.uint8)


def test_the_graph_says_what_the_network_says(parser, pixels, cache):
    parsed = parser.parse(pixels[:2])
    with torch.inference_mode():
        map, heat = ParserExport(load_network(parser.weights)).eval()(torch.from_numpy(pixels[:2]))
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


@pytest.mark.parametrize("place", [(50.0, 80.0), (3.1, 250.7), (191.0, 0.5), (96.4, 128.9)])
def test_what_is_drawn_is_found(place):
    """Targets and peaks are each other's inverse, at the frame's edge too."""
    keypoints = np.zeros((1, 2, 3), np.float32)
    keypoints[0, 0] = (*place, 1)
    heat, known = targets(keypoints)
    found = joints_of(heat)[0]
    assert heat.shape == (1, 2, *HEAT_SIZE)
    assert known.tolist() == [[1, 1]]
    at_edge = min(place[0], place[1], 192 - place[0], 256 - place[1]) < 12
    np.testing.assert_allclose(found[0, :2], place, atol=4 if at_edge else 0.3)
    assert found[0, 2] > 0.95
    assert found[1, 2] == 0


def test_confidence_is_the_heat_at_the_peak():
    heat = np.zeros((1, 1, *HEAT_SIZE), np.float32)
    heat[0, 0, 10, 10], heat[0, 0, 40, 40] = 0.5, 0.3
    np.testing.assert_allclose(joints_of(heat)[0, 0], [42, 42, 0.5], rtol=1e-5)


def test_unknown_joints_and_those_out_of_sight():
    keypoints = np.array([[[10, 10, -1], [10, 300, 1], [10, 10, 0]]], np.float32)
    heat, known = targets(keypoints)
    assert known.tolist() == [[0, 1, 1]]
    assert heat.sum() == 0
    assert _inside(keypoints).tolist() == [[True, False, True]]
