"""A boutique's people on disk, and swaps whose answer follows from them."""

from __future__ import annotations

import hashlib
import json
from random import Random

import numpy as np
import pytest

from modiste.boutique import design, make
from modiste.boutique.people.crowd import ProductsByRegion, draw_swaps, exchanged
from modiste.boutique.people.person import design_person
from modiste.catalog.categories import REGIONS
from modiste.errors import UsageError
from modiste.lab.datasets.people import read_people

SMALL = (64, 48)


@pytest.fixture(scope="module")
def boutique(people):
    return people


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("people/p*")}


def test_people_can_be_read(boutique):
    people = read_people(boutique)
    photos = {photo.id: photo for photo in people.photos}
    assert len([photo for photo in people.photos if photo.role == "photo"]) == 6
    assert len(people.swaps) == 3
    for photo in people.photos:
        assert photo.read_map().shape == SMALL
        assert photo.keypoints.shape == (17, 3)
        assert set(photo.worn) <= set(REGIONS)
        assert set(photo.worn.values()) <= set(people.products)
    for swap in people.swaps:
        assert photos[swap.query].person == photos[swap.truth].person
        assert photos[swap.truth].role == "truth"
        assert np.array_equal(photos[swap.query].keypoints, photos[swap.truth].keypoints)


def test_the_truth_wears_what_the_swap_asks_for(boutique):
    people = read_people(boutique)
    photos = {photo.id: photo for photo in people.photos}
    for swap in people.swaps:
        before, after = photos[swap.query].worn, photos[swap.truth].worn
        for region, source in swap.garments.items():
            assert after[region] == (photos[source].worn[region] if source in photos else source)
            assert before.get(region) != after[region]
        for region in set(after) - set(swap.garments):
            assert after[region] == before[region]


def test_fewer_people_are_the_beginning_of_more(boutique, tmp_path):
    make(tmp_path, products=60, outfits=0, people=3, size=SMALL)
    few, many = digests(tmp_path), digests(boutique)
    assert len(few) == 8
    assert few.items() <= many.items()
    for table in ("people.csv", "swaps.csv"):
        rows = [(folder / table).read_text().splitlines() for folder in (tmp_path, boutique)]
        assert set(rows[0]) <= set(rows[1])


def test_people_change_nothing_of_the_products(boutique, tmp_path):
    make(tmp_path, products=60, outfits=0, size=SMALL)
    assert (tmp_path / "products.csv").read_bytes() == (boutique / "products.csv").read_bytes()
    assert not (tmp_path / "people").exists()
    record, alone = (json.loads((folder / "boutique.json").read_text()) for folder in (boutique, tmp_path))
    assert (record.pop("people"), record.pop("swaps")) == (6, 3)
    assert record == {**alone, "asked": {**alone["asked"], "people": 6}}


def test_people_need_something_to_wear(tmp_path):
    make(tmp_path, products=2, outfits=0, people=2, size=SMALL)
    assert not list(tmp_path.glob("people/p*"))
    assert not (tmp_path / "people.csv").exists()
    with pytest.raises(UsageError, match="a boutique has 0 people or more; got -1"):
        make(tmp_path, products=2, people=-1)


def specs():
    return [design(0, index) for index in range(300)]


def test_nobody_goes_out_undressed():
    products = ProductsByRegion(specs())
    people = [design_person(0, index) for index in range(60)]
    worn = [products.dress(person, Random(person.id)) for person in people]
    assert all("dress" in clothes or {"top", "bottom"} <= set(clothes) for clothes in worn)
    assert any("dress" in clothes for clothes in worn)
    swaps = list(draw_swaps(people, worn, products, 0))
    assert [swap.person for swap in swaps] == list(range(1, 60, 2))
    for swap in swaps:
        assert 1 <= len(swap.garments) <= 3
        assert ("dress" in swap.worn) != ("top" in swap.worn and "bottom" in swap.worn)
    assert any(source.startswith("p") for swap in swaps for source in swap.garments.values())
    assert any(source.startswith("b") for swap in swaps for source in swap.garments.values())


@pytest.mark.parametrize(
    ("worn", "garments", "then"),
    [
        ({"top": 1, "bottom": 2}, {"dress": 3}, {"dress": 3}),
        ({"dress": 1, "shoes": 2}, {"top": 3, "bottom": 4}, {"bottom": 4, "top": 3, "shoes": 2}),
        ({"top": 1, "bottom": 2}, {"outer": 3}, {"bottom": 2, "top": 1, "outer": 3}),
    ],
)
def test_what_is_worn_after_a_swap(worn, garments, then):
    assert exchanged(worn, garments) == then
    assert list(exchanged(worn, garments)) == list(then)
