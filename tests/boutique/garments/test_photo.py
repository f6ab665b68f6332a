"""Pictures: every kind can be drawn, lies inside its frame, and shows the colour that it is said to have."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.boutique import KINDS, design, draw, photograph, render
from modiste.colour import COLOURS, rgb_to_lab

SMALL = (128, 96)
BY_KIND = {spec.kind: spec for spec in (design(0, index) for index in range(1200))}


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_lies_inside_its_frame(kind):
    photo = photograph(BY_KIND[kind], SMALL)
    assert photo.pixels.shape == (128, 96, 3)
    assert photo.mask.shape == SMALL
    assert 0.05 < photo.mask.mean() < 0.75
    edge = np.concatenate([photo.mask[0], photo.mask[-1], photo.mask[:, 0], photo.mask[:, -1]])
    assert not edge.any()


@pytest.mark.parametrize("kind", ["t-shirt", "jeans", "skirt", "coat", "beanie", "tote bag", "boots"])
def test_a_plain_product_has_the_colour_of_its_name(kind):
    plain = [
        spec for spec in (design(1, index) for index in range(900)) if (spec.kind, spec.pattern) == (kind, "solid")
    ]
    for spec in plain[:3]:
        photo = photograph(spec, SMALL)
        seen = np.median(rgb_to_lab(photo.pixels[photo.mask]), axis=0)
        assert np.linalg.norm(seen - COLOURS[spec.colour].lab) < 14, spec


@pytest.mark.parametrize("size", [(64, 48), (256, 192), (512, 384)])
def test_any_size_shows_the_same_silhouette(size):
    spec = BY_KIND["dress"]
    shares = photograph(spec, size).mask.mean(), photograph(spec, (384, 288)).mask.mean()
    assert shares[0] == pytest.approx(shares[1], rel=0.03)


def test_the_mask_is_the_drawing_itself():
    spec = BY_KIND["handbag"]
    assert np.array_equal(photograph(spec, SMALL).mask, render(draw(spec, SMALL))[..., 3] > 127)


def test_the_backdrop_tells_neither_colour_nor_kind():
    """Variants of one model lie on backdrops of their own, and ground is where the mask isn't."""
    specs = [design(0, index) for index in range(300)]
    tints = {}
    for spec in specs[:60]:
        photo = photograph(spec, (64, 48))
        tints.setdefault(spec.kind, set()).add(tuple((photo.pixels[1, 1] // 4).tolist()))
        assert photo.pixels[~photo.mask].mean() > 170
    assert len(set().union(*tints.values())) >= 6


def test_colours_of_one_model_have_one_shape():
    specs = [design(0, index) for index in range(200)]
    variant = next(spec for spec in specs if spec.variant_of)
    first = next(spec for spec in specs if spec.id == variant.variant_of)
    masks = [photograph(spec, SMALL).mask for spec in (first, variant)]
    assert np.mean(masks[0] != masks[1]) < 0.002
