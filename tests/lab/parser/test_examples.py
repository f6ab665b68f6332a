from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from modiste.catalog.categories import CCP_LABELS, PARSING_CLASSES
from modiste.errors import UsageError
from modiste.lab.parser.examples import ALWAYS, garment_class, read_parts
from modiste.parsing.garments import foreground
from tests.parsing.figures import value


@pytest.mark.parametrize(("category", "name"), [
    ("Skirt", "skirt"), ("Midi skirts", "skirt"), ("Skort", "skirt"), ("Jeans", "bottom"), ("Casual Shoes", "shoes"),
    ("Shirt dress", "dress"), ("Socks", "legwear"), ("Lipstick", None), ("Necklace", None), ("street photo", None),
])  # fmt: skip
def test_the_class_of_a_product(category, name):
    assert garment_class(category) == name


def test_a_boutique_has_people_and_garments(people: Path):
    parts = read_parts([people], products=2)
    assert sum(len(part.parsed) for part in (parts.train, parts.judge, parts.test)) == 23  # no truth is learnt from
    assert not parts.train.tagged
    assert set(parts.hashes) == {"people", "people people"}
    values = [int(example.read().max()) for example in parts.train.alone]
    assert max(np.bincount(values)) == 2
    assert len(set(values)) > 3
    for example in parts.train.alone:
        with Image.open(people / "masks" / f"{example.id}.png") as mask:
            np.testing.assert_array_equal(example.read() > 0, np.asarray(mask.convert("L")) > 127)
    ids = [{one.id for one in part.parsed} for part in (parts.train, parts.judge, parts.test)]
    assert not ids[0] & ids[2]


def test_parts_that_are_not_wanted_stay_empty(people: Path):
    parts = read_parts([people], 2, ["judge"])
    assert parts.judge.parsed
    assert not parts.train.parsed
    assert not parts.test.alone


def test_tags_say_what_there_is(tmp_path: Path):
    pixels, tags = tmp_path / "annotations" / "pixel-level", tmp_path / "annotations" / "image-level"
    for folder in (tmp_path / "photos", pixels, tags):
        folder.mkdir(parents=True)
    labels = {"0001": ("skin", "hair", "jeans"), "0002": ("skirt", "bag"), "0003": ()}
    for at, (name, some) in enumerate(labels.items()):
        noise = np.random.default_rng(at).integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "photos" / f"{name}.jpg")
        numbers = np.array([[0, *(CCP_LABELS.index(label) for label in some)]], np.uint8)
        if at == 0:
            savemat(pixels / f"{name}.mat", {"groundtruth": np.repeat(numbers, 2, 0)})
        else:
            savemat(tags / f"{name}.mat", {"tags": numbers})
    parts = read_parts([tmp_path], 1)
    everyone = [one for part in (parts.train, parts.judge, parts.test) for one in (*part.parsed, *part.tagged)]
    allowed = {
        one.id: {name for name, may in zip(PARSING_CLASSES, one.allowed, strict=True) if may} for one in everyone
    }
    assert allowed["0001"] == set(PARSING_CLASSES)  # the map says it all
    assert allowed["0002"] == {*ALWAYS, "skirt", "bag"}
    assert allowed["0003"] == set(PARSING_CLASSES)  # without a tag nothing is known
    assert [one.read is None for one in sorted(everyone, key=lambda one: one.id)] == [False, True, True]


def test_garments_are_found_before_their_backdrop(tmp_path: Path, people: Path):
    with (tmp_path / "products.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "image", "category"])
        for number in range(40):
            photo = Image.new("RGB", (96, 128), (245, 244, 242))
            if number % 4:  # every fourth shows nothing
                photo.paste((200, 20, 30 + number), (24, 20, 72, 100))
            photo.save(tmp_path / f"{number}.png")
            table.writerow([f"p{number}", f"{number}.png", "Skirt"])
    parts = read_parts([people, tmp_path], 30)
    added = [one for one in parts.train.alone if one.image.parent == tmp_path]
    assert 10 < len(added) <= 30
    for one in added:
        assert set(np.unique(one.read())) == {0, value("skirt")}
        assert (one.read() > 0).mean() == pytest.approx(48 * 80 / (96 * 128), rel=0.1)
        assert one.alone


@pytest.mark.parametrize("size", [(96, 128), (300, 200), (600, 900)])
def test_the_foreground_has_the_photos_size(size):
    photo = Image.new("RGB", size, (245, 244, 242))
    box = tuple(round(side * share) for share in (0.3, 0.6) for side in size)
    photo.paste((30, 60, 120), box)
    found = foreground(photo)
    assert found.shape == size[::-1]
    truth = np.zeros_like(found)
    truth[box[1] : box[3], box[0] : box[2]] = True
    assert (found & truth).sum() / (found | truth).sum() > 0.75


def test_without_people_nothing_is_learnt(tmp_path: Path):
    (tmp_path / "products.csv").write_text("id,image,category\na,a.png,Skirt\n")
    Image.new("RGB", (30, 40)).save(tmp_path / "a.png")
    with pytest.raises(UsageError, match="has no people with parsing maps; give Clothing Co-Parsing or a boutique"):
        read_parts([tmp_path], 1)
