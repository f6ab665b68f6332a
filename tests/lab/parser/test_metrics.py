from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from modiste.catalog.categories import KEYPOINTS
from modiste.images import load_image
from modiste.lab.parser.baselines import mean_person
from modiste.lab.parser.data import Example, Examples
from modiste.lab.parser.metrics import _intersections, measure
from modiste.parsing import Frame, Parsed
from tests.parsing.figures import ColourReader, figure_map, joints, photo_of, value

SIZE = (150, 256)
FIGURES = [(-40.0, 10.0, 230.0), (-50.0, 20.0, 220.0), (-30.0, 5.0, 240.0)]


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> list[Example]:
    folder = tmp_path_factory.mktemp("figures")
    found = []
    for number, figure in enumerate(FIGURES):
        map = figure_map(SIZE, [figure])
        photo_of(map).save(folder / f"{number}.png")
        found.append(Example(str(number), folder / f"{number}.png", partial(np.copy, map), joints(SIZE, *figure)))
    return found


def score(parse, people):
    return measure(parse, Examples(tuple(people), (), ()))


class Moved(ColourReader):
    """The true joints of the first figure, moved down by some pixels of the frame."""

    def __init__(self, example: Example, by: float) -> None:
        super().__init__()
        photo = load_image(example.image)
        self.points = Frame.whole(photo).to_frame(example.keypoints * (photo.width, photo.height, 1))
        self.points[:, 1] += by

    def _joints(self, map):
        return self.points


def test_intersections_by_hand():
    matrix = np.zeros((13, 13), np.int64)
    matrix[0, 0], matrix[0, 5], matrix[5, 5], matrix[5, 0], matrix[5, 8] = 80, 5, 10, 3, 2
    metrics = _intersections(matrix)
    assert metrics["iou_background"] == pytest.approx(80 / 88)
    assert metrics["iou_top"] == pytest.approx(10 / 20)
    assert metrics["miou"] == pytest.approx((80 / 88 + 0.5) / 2)  # the class that is not there is left out
    assert metrics["accuracy"] == pytest.approx(0.9)
    assert _intersections(np.zeros((13, 13), np.int64)) == {}


def test_a_parser_that_is_right(figures):
    metrics = score(ColourReader().parse, figures)
    assert metrics["miou"] > 0.98
    assert metrics["accuracy"] > 0.99


@pytest.mark.parametrize(("by", "share"), [(0, 1.0), (8.5, 1.0), (10.5, 0.0)])
def test_joints_within_a_twentieth_of_the_height(figures, by, share):
    # from the eyes at 0.09 to the ankles at 0.92 of 230 pixels are 190.9, a twentieth of which are 9.5
    assert score(Moved(figures[0], by).parse, figures[:1])["keypoints"] == pytest.approx(share)


def test_joints_nobody_is_sure_of_are_not_asked(figures):
    doubtful = figures[0].keypoints.copy()
    doubtful[KEYPOINTS.index("nose"), :] = (0.0, 0.0, 0.1)
    example = Example("a", figures[0].image, figures[0].read, doubtful)
    assert score(Moved(figures[0], 0).parse, [example])["keypoints"] == 1.0
    without = Example("a", figures[0].image, figures[0].read)
    assert "keypoints" not in score(ColourReader().parse, [without])


def test_the_border_beyond_a_photo_does_not_count(figures):
    class Wrong(ColourReader):
        def parse(self, pixels):
            found = super().parse(pixels)
            for parsed in found:
                parsed.map[:, :20], parsed.map[:, -20:] = 7, 7  # the photo fills columns 21 to 171
            return found

    assert score(Wrong().parse, figures) == score(ColourReader().parse, figures)


def test_garments_alone(tmp_path: Path):
    map = np.zeros((256, 192), np.uint8)
    map[50:150, 40:140] = value("top")
    photo_of(map).save(tmp_path / "top.png")
    photo_of(np.where(map > 0, value("skirt"), 0).astype(np.uint8)).save(tmp_path / "skirt.png")
    examples = [Example(name, tmp_path / f"{name}.png", partial(np.copy, map), alone=True) for name in ("top", "skirt")]
    metrics = measure(ColourReader().parse, Examples((), (), tuple(examples)))
    assert metrics["garments"] > 0.98
    assert metrics["garment_class"] == 0.5
    assert measure(ColourReader().parse, Examples((), (), ())) == {}


def test_the_mean_person(figures):
    mean = mean_person(figures[:2] + figures[:1])
    parsed = mean(np.zeros((2, 256, 192, 3), np.uint8))
    assert len(parsed) == 2
    assert isinstance(parsed[0], Parsed)
    assert score(mean, figures[:1])["miou"] > 0.95  # two of the three are that figure
    assert score(mean, figures[:1])["keypoints"] == 1.0
    assert score(mean, figures[2:])["miou"] < 0.95
