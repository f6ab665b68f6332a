"""The metrics, on values that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.imagine.metrics import (
    Outcomes,
    Step,
    above,
    accuracy,
    changed,
    found,
    inception_score,
    mask_iou,
    persistence,
    responsiveness,
    silhouette,
)


def naive_inception(rows):
    whole = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    divergences = [sum(p * np.log(p / q) for p, q in zip(row, whole, strict=True) if p > 0) for row in rows]
    return np.exp(sum(divergences) / len(rows))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 3.0),
        ([[1, 0, 0], [1, 0, 0]], 1.0),
        ([[0.2, 0.3, 0.5]] * 4, 1.0),
        ([[1, 0, 0], [0, 1, 0]], 2.0),
        ([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.0, 0.4, 0.6]], None),
    ],
)
def test_inception_score(rows, expected):
    score = inception_score(rows)
    assert score == pytest.approx(naive_inception(rows))
    if expected is not None:
        assert score == pytest.approx(expected)


@pytest.mark.parametrize("rows", [[], np.zeros((0, 3)), [0.5, 0.5]])
def test_inception_score_of_nothing_is_refused(rows):
    with pytest.raises(UsageError, match="an inception score needs a row of probabilities each picture; got shape"):
        inception_score(rows)


@pytest.mark.parametrize(
    ("predicted", "wanted", "expected"),
    [([0, 1, 2, 2], [0, 1, 1, 2], 0.75), ([0, 1, 2], [0, -1, 1], 0.5), ([], [], None), ([1], [-1], None)],
)
def test_accuracy_counts_where_something_was_wanted(predicted, wanted, expected):
    assert accuracy(predicted, wanted) == expected


BARE = {"type": 0, "colour": 5, "gender": 1}
STEPS = [
    Step("colour", BARE, BARE | {"colour": 2}, wanted=2, sequence="a"),
    Step("type", BARE, BARE | {"colour": 2}, wanted=1, sequence="a"),
    Step("other", BARE, BARE | {"gender": 0}, sequence="b"),
    Step("gender", BARE, BARE, wanted=1, sequence="c"),
]


def test_persistence_asks_what_a_word_does_not_concern():
    told = persistence(STEPS)
    # type and gender; then colour, which moved, and gender; then type, colour and gender, which moved; type and colour
    assert told.values.tolist() == [True, True, False, True, True, True, False, True, True]
    assert told.sequences == ("a",) * 4 + ("b",) * 3 + ("c",) * 2
    assert told.mean == pytest.approx((3 / 4 + 2 / 3 + 1) / 3)


def test_responsiveness_asks_for_what_a_word_names():
    told = responsiveness(STEPS)
    assert told.values.tolist() == [True, False, True]
    assert told.sequences == ("a", "a", "c")
    assert told.mean == pytest.approx((1 / 2 + 1) / 2)


def test_intervals_are_over_sequences():
    alone = Outcomes(np.array([True, False] * 50), tuple(range(100)))
    together = Outcomes(alone.values, tuple(np.arange(100) // 2))  # each sequence right by half
    assert alone.interval().low < 0.45 < 0.55 < alone.interval().high
    assert together.interval().low == together.interval().high == 0.5


def test_nothing_asked_has_no_mean():
    told = responsiveness([STEPS[2]])
    assert len(told) == 0
    assert told.mean is None
    with pytest.raises(UsageError, match="no step asks this"):
        told.interval()


def often(share, count=200, first=0):
    return Outcomes(np.arange(count) % 10 < 10 * share, tuple(range(first, first + count)))


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"), [(0.8, 0.7, True), (0.7, 0.8, False), (0.8, 0.8, False), (1.0, 0.9, True)]
)
def test_above_compares_the_same_sequences(ours, theirs, expected):
    assert above(often(ours), often(theirs)) is expected


def test_above_is_paired():
    rng = np.random.default_rng(0)
    theirs = rng.random(100) < 0.5
    ours = theirs | (np.arange(100) % 10 == 0)
    names = tuple(range(100))
    assert above(Outcomes(ours, names), Outcomes(theirs, names))
    assert not above(Outcomes(ours, names), Outcomes(rng.permutation(theirs), names))


def test_above_needs_the_same_sequences():
    with pytest.raises(UsageError, match="got 200 and 200, of which 150 are the same"):
        above(often(0.5), often(0.5, first=50))
    with pytest.raises(UsageError, match="at least one; got 0 and 0"):
        above(often(0.5, 0), often(0.5, 0))


@pytest.mark.parametrize(("ranks", "k", "expected"), [([1, 10, 11, 40], 10, 0.5), ([3], 2, 0.0), ([], 10, None)])
def test_found(ranks, k, expected):
    assert found(ranks, k) == expected


def test_mask_iou_is_pairwise():
    left, all, none = np.zeros((3, 4, 6), bool)
    left[:, :3], all[:] = True, True
    first, second = np.stack([left, left, left, none, left]), np.stack([left, all, none, none, ~left])
    assert mask_iou(first, second).tolist() == [1.0, 0.5, 0.0, 1.0, 0.0]


def legs(colour, gap=8, ground=255):
    """Trousers of one colour, 60 by 30 pixels, with a gap between the legs."""
    picture = np.full((128, 96, 3), ground, np.uint8)
    picture[10:70, 30:60] = colour
    picture[30:70, 45 - gap // 2 : 45 + gap // 2] = ground
    return picture


def test_changed_is_a_share_of_pixels():
    first = legs((100, 100, 100))
    second = first.copy()
    second[:64, :, 1] -= np.uint8(9)
    second[64:, :, 2] -= np.uint8(8)
    assert changed(np.stack([first, first]), np.stack([first, second])).tolist() == [0.0, 0.5]


@pytest.mark.parametrize("ground", [255, 250])
@pytest.mark.parametrize("colour", [(20, 20, 20), (200, 30, 40), (235, 230, 220)])
def test_silhouette_is_what_is_not_white(colour, ground):
    picture = legs(colour, ground=ground)
    assert (silhouette(picture[None])[0] == (picture != ground).any(2)).all()


def test_a_white_garment_is_what_its_shading_encloses():
    whole = (legs((0, 0, 0)) == 0).all(2)
    picture = legs((255, 255, 255))
    picture[10:70, 30], picture[10:70, 59], picture[10, 30:60] = 240, 240, 240
    picture[30:70, [40, 49]], picture[29, 40:50], picture[69, 30:41], picture[69, 49:60] = 240, 240, 240, 240
    picture[20, 30] = 255  # a gap in the edge
    assert (silhouette(picture[None])[0] == whole).mean() > 0.995


def test_the_gap_between_dark_legs_is_no_garment():
    picture = legs((20, 30, 60))
    picture[68:70, 30:60] = (20, 30, 60)  # the hems touch
    assert not silhouette(picture[None])[0, 40:60, 43:47].any()


def test_small_holes_are_filled_and_specks_are_gone():
    picture = legs((20, 30, 60))
    expected = (picture != 255).any(2)
    picture[15:17, 35:38] = 255
    picture[100:103, 10:13] = 90
    assert (silhouette(picture[None])[0] == expected).all()


def test_an_empty_picture_has_no_silhouette():
    assert not silhouette(np.full((2, 128, 96, 3), 252, np.uint8)).any()
