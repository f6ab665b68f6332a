"""Pictures of what a sentence does to a photo."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from modiste.refine.explain import CHANGED, KEPT, LEGEND, PANEL, picture, spread

GRID = (8, 6)
LEFT = np.repeat([[0.9, 0.8, 0.7, 0.4, 0.3, 0.2]], GRID[0], 0).astype(np.float32)
GAP, MARGIN = 16, 32


def test_a_coarse_map_is_spread_over_its_own_positions():
    heat = np.zeros(GRID, np.float32)
    heat[2, 1] = 1
    smooth = spread(heat, (80, 60))
    assert np.unravel_index(smooth.argmax(), smooth.shape) in {(row, column) for row in (24, 25) for column in (14, 15)}
    assert (smooth.min(), smooth.max() <= 1, smooth[45:].max()) == (0, True, 0)


def draw(photo, text, kept, changed):
    """The picture by a refiner that explains so."""
    return picture(SimpleNamespace(size=(128, 96), explain=lambda *_: (kept, changed)), photo, text)


def panels(page: Image.Image) -> list[np.ndarray]:
    """The three photos of a picture, without their frames and legends."""
    top = page.height - (PANEL[0] + LEGEND) - 100
    width = (page.width - 2 * MARGIN + GAP) // 3
    return [
        np.asarray(page)[top + 60 : top + PANEL[0] - 60, MARGIN + n * width + 5 : MARGIN + n * width + 355]
        for n in range(3)
    ]


def test_shades_show_where(tmp_path):
    page = draw(Image.new("RGB", (60, 80), "white"), "in navy", LEFT, LEFT[:, ::-1].copy())
    assert page.mode == "RGB"
    source, kept, changed = panels(page)
    assert (source == 255).all()
    assert kept[:, :20].sum() < 0.7 * kept[:, -20:].sum()
    assert changed[:, -20:].sum() < 0.7 * changed[:, :20].sum()
    green, orange = kept[:, 10].mean(0), changed[:, -10].mean(0)
    assert green.argmax() == 1
    assert orange.argmax() == 0


def test_trifles_are_not_blown_up():
    level = np.full(GRID, 0.85, np.float32)
    level[0, 0] = 0.8501
    _, kept, _ = panels(draw(Image.new("RGB", (60, 80), "white"), "in navy", level, level))
    assert kept.min() > 250


def test_dark_products_stay_visible():
    dark = Image.new("RGB", (60, 80), "black")
    dark.paste("white", (0, 0, 60, 40))
    _, kept, _ = panels(draw(dark, "in navy", LEFT, LEFT))
    upper, lower = kept[: len(kept) // 3].mean((0, 1)), kept[-len(kept) // 3 :].mean((0, 1))
    assert (upper > lower + 20).all()
    assert np.ptp(kept[-10].astype(int), axis=0).max() > 40


@pytest.mark.parametrize("text", ["in navy", "ein Kleid für den Süden, 100 €", "x " * 250])
def test_any_sentence_is_a_caption(text):
    page = draw(Image.new("RGB", (300, 100), "red"), text, LEFT, LEFT)
    assert page.width == 2 * MARGIN + 3 * PANEL[1] + 2 * GAP
    assert PANEL[0] + LEGEND < page.height < 2 * PANEL[0]


def test_the_photo_is_drawn_as_the_network_sees_it():
    asked = []

    class Refiner:
        size = (128, 96)

        def explain(self, photo, text):
            asked.append((photo.shape, photo[64, 48].tolist(), photo.flags.writeable, text))
            return LEFT, LEFT

    wide = Image.new("RGB", (300, 100), (200, 20, 30))
    page = picture(Refiner(), wide, "in navy")
    assert asked == [((128, 96, 3), [200, 20, 30], True, "in navy")]
    assert (panels(page)[0] == (200, 20, 30)).all()


def test_the_two_maps_have_colours_of_their_own():
    assert set(KEPT) & set(CHANGED) == {"#ffffff"}
