"""Catalogues as arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from modiste.catalog import Product
from modiste.errors import UsageError
from modiste.lab.datasets import read
from modiste.lab.encoder.data import prepare


@pytest.fixture(scope="module")
def products(shapes):
    return read(shapes).products


@pytest.fixture(scope="module")
def data(products, tmp_path_factory):
    return prepare(products[:8], tmp_path_factory.mktemp("prepared"), descriptions=4)


def test_everything_stands_in_one_order(data, products):
    assert data.ids == tuple(product.id for product in products[:8])
    assert data.photos.shape == (8, 128, 96, 3)
    assert data.labels["colour"] == tuple(product.colour for product in products[:8])
    assert [data.texts[number] for number in data.titles] == [product.title for product in products[:8]]
    assert data.descriptions.shape == (8, 4)
    for row, product in enumerate(products[:8]):
        assert all(isinstance(data.texts[number], str) for number in data.descriptions[row]), product


def test_states_are_those_of_the_texts(data):
    from modiste.encoders.pipeline import MiniLM

    numbers = [int(data.titles[3]), int(data.descriptions[0, 1])]
    found, direct = data.states.of(numbers), MiniLM().states([data.texts[number] for number in numbers])
    assert np.abs(found.values - direct.values).max() < 2e-3  # half precision
    assert np.array_equal(found.mask, direct.mask)


def test_groups_join_equal_attributes(data):
    same = list(zip(*data.labels.values(), strict=True))
    for first in range(8):
        for second in range(8):
            assert (data.attribute_groups[first] == data.attribute_groups[second]) == (same[first] == same[second])


def test_a_photo_that_cannot_be_read_is_left_out(products, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    mixed = [*products[:2], Product("broken", (broken,), title="a shirt"), Product("none", (), title="a shirt")]
    assert prepare(mixed, tmp_path).ids == tuple(product.id for product in products[:2])
    with pytest.raises(UsageError, match="none of the 2 products has a photo that can be read"):
        prepare(mixed[2:], tmp_path)


def test_a_photo_that_is_replaced_in_place_is_prepared_again(products, tmp_path):
    photo = tmp_path / "photo.png"
    product = replace(products[0], images=(photo,))
    for shade in (40, 200):
        Image.new("RGB", (96, 128), (shade,) * 3).save(photo)
        assert (prepare([product], tmp_path / "cache").photos == shade).all()


def test_it_is_prepared_once(products, tmp_path, monkeypatch):
    first = prepare(products[:2], tmp_path)
    monkeypatch.setattr("modiste.lab.encoder.data._write", lambda *_: pytest.fail("prepared again"))
    assert prepare(products[:2], tmp_path).ids == first.ids
