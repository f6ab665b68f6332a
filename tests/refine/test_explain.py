"""What a sentence does to a photo."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from modiste.refine.explain import CHANGED, GRID, KEPT, LEGEND, PANEL, draw, explanation, picture, spread
from modiste.refine.model import VAL, VALConfig
from modiste.refine.pipeline import Explanation
from tests.refine.networks import stirred, views, words

LEFT = np.repeat([[0.9, 0.8, 0.7, 0.4, 0.3, 0.2]], GRID[0], 0).astype(np.float32)
GAP, MARGIN = 16, 32


@pytest.fixture(params=["modern", "paper"])
def network(request):
    torch.manual_seed(0)
    return stirred(VAL(VALConfig(block=request.param, hidden=32)))


@torch.no_grad()
def test_places_count_by_what_the_query_would_be_without_them(network):
    """Against a loop over the places of the middle depth, the others put aside."""
    network.config = VALConfig(block=network.config.block, hidden=32, depths=("mid",))
    network.weights = torch.nn.Parameter(torch.zeros(1))
    photo, sentence, depth = views(1), words(1), network.depth("mid")
    tokens, spoken = depth.tokens(photo), network.sentence(sentence)
    fused = depth.fuse(tokens, spoken).tokens
    query = depth.vector(fused)
    kept, changed = torch.zeros(48), torch.zeros(48)
    for place in range(48):
        blank, untouched = tokens.clone(), fused.clone()
        blank[0, place], untouched[0, place] = tokens[0].mean(0), tokens[0, place]
        kept[place] = (depth.vector(depth.fuse(blank, spoken).tokens) - query).norm()
        changed[place] = (depth.vector(untouched) - query).norm()
    found = explanation(network, photo, sentence)
    np.testing.assert_allclose(found.kept.ravel(), kept / kept.max(), atol=1e-4)
    np.testing.assert_allclose(found.changed.ravel(), changed / changed.max(), atol=1e-4)


@torch.no_grad()
def test_all_depths_share_a_grid(network):
    found = explanation(network, views(1), words(1))
    for heat in found:
        assert heat.shape == GRID
        assert heat.max() == pytest.approx(1)
        assert heat.min() >= 0


@torch.no_grad()
def test_a_sentence_that_writes_nothing_changes_nothing():
    network = VAL(VALConfig(change=False, hidden=32)).eval()
    for name in network.config.depths:
        for gate in (network.depth(name).channel_gate, network.depth(name).place_gate):
            torch.nn.init.constant_(gate.bias, 40)
    found = explanation(network, views(1), words(1))
    assert found.changed.max() < 0.01
    assert found.kept.max() == pytest.approx(1)


def test_a_coarse_map_is_spread_over_its_own_places():
    heat = np.zeros(GRID, np.float32)
    heat[2, 1] = 1
    smooth = spread(heat, (80, 60))
    assert np.unravel_index(smooth.argmax(), smooth.shape) in {(row, column) for row in (24, 25) for column in (14, 15)}
    assert (smooth.min(), smooth.max() <= 1, smooth[45:].max()) == (0, True, 0)


def panels(page: Image.Image) -> list[np.ndarray]:
    """The three photos of a picture, without their frames and legends."""
    top = page.height - (PANEL[0] + LEGEND) - 100
    width = (page.width - 2 * MARGIN + GAP) // 3
    return [
        np.asarray(page)[top + 60 : top + PANEL[0] - 60, MARGIN + n * width + 5 : MARGIN + n * width + 355]
        for n in range(3)
    ]


def test_shades_show_where(tmp_path):
    page = draw(Image.new("RGB", (60, 80), "white"), "in navy", Explanation(LEFT, LEFT[:, ::-1].copy()))
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
    _, kept, _ = panels(draw(Image.new("RGB", (60, 80), "white"), "in navy", Explanation(level, level)))
    assert kept.min() > 250


def test_dark_products_stay_visible():
    dark = Image.new("RGB", (60, 80), "black")
    dark.paste("white", (0, 0, 60, 40))
    _, kept, _ = panels(draw(dark, "in navy", Explanation(LEFT, LEFT)))
    upper, lower = kept[: len(kept) // 3].mean((0, 1)), kept[-len(kept) // 3 :].mean((0, 1))
    assert (upper > lower + 20).all()
    assert np.ptp(kept[-10].astype(int), axis=0).max() > 40


@pytest.mark.parametrize("text", ["in navy", "ein Kleid für den Süden, 100 €", "x " * 250])
def test_any_sentence_is_a_caption(text):
    page = draw(Image.new("RGB", (300, 100), "red"), text, Explanation(LEFT, LEFT))
    assert page.width == 2 * MARGIN + 3 * PANEL[1] + 2 * GAP
    assert PANEL[0] + LEGEND < page.height < 2 * PANEL[0]


def test_the_photo_is_drawn_as_the_network_sees_it():
    asked = []

    class Refiner:
        size = (128, 96)

        def explain(self, photo, text):
            asked.append((photo.shape, photo[64, 48].tolist(), photo.flags.writeable, text))
            return Explanation(LEFT, LEFT)

    wide = Image.new("RGB", (300, 100), (200, 20, 30))
    page = picture(Refiner(), wide, "in navy")
    assert asked == [((128, 96, 3), [200, 20, 30], True, "in navy")]
    assert (panels(page)[0] == (200, 20, 30)).all()


def test_the_two_maps_have_colours_of_their_own():
    assert set(KEPT) & set(CHANGED) == {"#ffffff"}
