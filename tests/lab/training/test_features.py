"""The cache of feature maps."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.encoders import load_encoder
from modiste.images import fit, load_image
from modiste.lab.datasets import read
from modiste.lab.training.features import Features


@pytest.fixture(scope="module")
def encoder(run):
    return load_encoder(str(run))


@pytest.fixture(scope="module")
def photos(shapes):
    return [product.images[0] for product in read(shapes).products]


def test_features_are_the_encoders_in_half_precision(encoder, photos, tmp_path):
    found = Features(encoder, tmp_path).get(photos[:5])
    direct = encoder.maps(np.stack([fit(load_image(photo)) for photo in photos[:5]]))
    for depth, values in direct.items():
        assert found[depth].shape == values.shape
        assert np.abs(found[depth] - values).max() <= 2e-3 * np.abs(values).max(), depth


def test_a_photo_meets_the_encoder_once(encoder, photos, tmp_path, monkeypatch):
    first = Features(encoder, tmp_path)
    expected = first.get([*photos[:3], photos[0]], ["vector"])["vector"]
    assert len(first) == 3
    first.get(photos[:6])
    monkeypatch.setattr(encoder, "maps", lambda _: pytest.fail("encoded again"))
    found = Features(encoder, tmp_path).get([*photos[:3], photos[0]], ["vector"])["vector"]
    assert np.array_equal(found, expected)


def test_recipes_that_share_a_folder_take_turns(encoder, photos, tmp_path):
    """Both were opened while it was empty, so that each believes that the next row is its own."""
    one, other = Features(encoder, tmp_path), Features(encoder, tmp_path)
    expected = {
        photo: Features(encoder, tmp_path / "alone").get([photo], ["vector"])["vector"][0] for photo in photos[:6]
    }
    for features, some in ((one, photos[:3]), (other, photos[2:6]), (one, photos[3:5])):
        features.get(some, ["vector"])
    for features in (one, other, Features(encoder, tmp_path)):
        found = features.get(photos[:6], ["vector"])["vector"]
        assert np.array_equal(found, np.stack(list(expected.values())))
    assert len(one) == 6


@pytest.mark.parametrize("cut", [1, 30])
def test_a_stop_while_adding_loses_only_what_was_not_named(encoder, photos, tmp_path, cut):
    features = Features(encoder, tmp_path)
    expected = features.get(photos[:4], ["vector"])["vector"]
    names = features.folder / "photos.txt"
    names.write_text(names.read_text()[:-cut])
    found = Features(encoder, tmp_path)
    assert len(found) == 3
    assert np.array_equal(found.get(photos[:4], ["vector"])["vector"], expected)
