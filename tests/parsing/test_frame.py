from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from modiste.parsing import SIZE, Frame


def gradient(width: int, height: int) -> Image.Image:
    """Red tells the column, green the row, in shares of 255."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 90)], 2).astype(np.uint8))


@pytest.mark.parametrize(
    ("size", "frame"),
    [
        ((300, 400), Frame(0, 0, 300, 400)),
        ((400, 400), Frame(0, -66.667, 400, 533.333)),
        ((100, 400), Frame(-100, 0, 300, 400)),
    ],
)
def test_the_whole_photo_is_in_the_smallest_frame(size, frame):
    found = Frame.whole(Image.new("RGB", size))
    assert (found.left, found.top, found.width, found.height) == pytest.approx(
        (frame.left, frame.top, frame.width, frame.height), abs=1e-3
    )


@pytest.mark.parametrize(
    ("box", "margin", "frame"),
    [
        ((400, 300, 430, 340), 0.0, (400, 300, 30, 40)),
        ((400, 300, 420, 340), 0.0, (395, 300, 30, 40)),  # too narrow: wider to both sides
        ((400, 300, 460, 340), 0.0, (400, 280, 60, 80)),  # too low: higher above and below
        ((400, 300, 430, 340), 0.25, (390, 286.667, 50, 66.667)),
        ((0, 300, 20, 340), 0.0, (0, 300, 30, 40)),  # it would reach beyond the photo: moved
        ((780, 560, 800, 600), 0.0, (770, 560, 30, 40)),
    ],
)
def test_a_frame_around_a_box(box, margin, frame):
    found = Frame.around(box, Image.new("RGB", (800, 600)), margin)
    assert found.width / found.height == pytest.approx(0.75)
    assert (found.left, found.top, found.width, found.height) == pytest.approx(frame, abs=1e-2)


def test_points_go_there_and_back():
    frame = Frame(-20, 35.5, 90, 120)
    points = np.array([[[0, 0, 0.5], [96, 128, 0.7], [192, 256, 1]]], np.float32)
    there = frame.to_photo(points)
    np.testing.assert_allclose(there[0], [[-20, 35.5, 0.5], [25, 95.5, 0.7], [70, 155.5, 1]], rtol=1e-6)
    np.testing.assert_allclose(frame.to_frame(there), points, atol=1e-3)
    assert points[0, 0, 0] == 0  # what was given stays as it was


def test_what_a_frame_shows_lies_where_its_points_say():
    photo = gradient(512, 512)
    frame = Frame(100, 50, 300, 400)
    pixels = frame.cut(photo)
    assert pixels.shape == (*SIZE, 3)
    for column, row in [(10, 10), (96, 128), (180, 250)]:
        x, y = frame.to_photo(np.array([column + 0.5, row + 0.5]))
        np.testing.assert_allclose(pixels[row, column, :2], [x / 511 * 255, y / 511 * 255], atol=2)


def test_beyond_the_photo_is_its_edge():
    photo = Image.new("RGB", (40, 40), (10, 200, 30))
    photo.paste((255, 255, 255), (10, 10, 30, 30))
    pixels = Frame(-40, -80, 120, 160).cut(photo)
    assert (pixels[0, 0] == (10, 200, 30)).all()
    assert (pixels[-1, -1] == (10, 200, 30)).all()
    assert (pixels[160, 96] == 255).all()  # the photo's middle lies at (60, 100) of 120 x 160
    assert (Frame(1000, 1000, 30, 40).cut(photo) == (10, 200, 30)).all()


def test_maps_keep_their_values():
    map = np.zeros((40, 40), np.uint8)
    map[10:30, 10:30] = 7
    shown = Frame(-40, -60, 120, 160).cut_map(map)
    assert set(np.unique(shown)) == {0, 7}
    assert (shown == 7).mean() == pytest.approx(20 * 20 / (120 * 160), rel=0.05)
    assert Frame(0, 0, 30, 40).cut_map(map, (64, 48)).shape == (64, 48)


def test_a_photo_of_the_frames_size_is_cut_bit_for_bit():
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    photo = Image.fromarray(pixels)
    np.testing.assert_array_equal(Frame.whole(photo).cut(photo), pixels)
