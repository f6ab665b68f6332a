from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import loadmat, savemat

from modiste.catalog.categories import PARSING_CLASSES
from modiste.errors import UsageError
from modiste.lab.datasets import ccp, read
from tests.photos import write_photo


def value(label: str) -> int:
    return ccp.LABELS.index(label)


def a_map(*labels: str) -> NDArray[np.uint8]:
    return np.array([[value("null"), *map(value, labels)]] * 2, np.uint8)


@pytest.fixture
def street(tmp_path: Path) -> Path:
    for shade, name in enumerate(["0001", "0002", "0536", "0900"]):
        write_photo(tmp_path / "photos" / f"{name}.jpg", shade)
    pixels, tags = tmp_path / "annotations" / "pixel-level", tmp_path / "annotations" / "image-level"
    pixels.mkdir(parents=True)
    tags.mkdir()
    savemat(pixels / "0001.mat", {"groundtruth": a_map("skin", "hair", "jeans", "blazer", "boots")})
    savemat(pixels / "0536.mat", {"groundtruth": a_map()})
    savemat(tags / "0002.mat", {"tags": np.array([[0, value("skirt"), value("bag")]], np.uint8)})
    return tmp_path


def test_photos_are_products_with_what_is_worn(street: Path) -> None:
    catalog = read(street)
    assert [(one.id, one.attributes["tags"], one.attributes["parsed"]) for one in catalog.products] == [
        ("0001", "blazer, boots, jeans", True),
        ("0002", "bag, skirt", False),
        ("0900", "", False),
    ]
    assert [(bad.id, bad.reason) for bad in catalog.rejected] == [
        ("0536", "the map 0536.mat is empty; leave the photo out")
    ]


def test_a_map_in_parsing_classes(street: Path) -> None:
    found = ccp.read_map(street / "annotations" / "pixel-level" / "0001.mat")
    assert [PARSING_CLASSES[one] for one in found[0]] == ["background", "skin", "hair", "bottom", "outer", "shoes"]
    assert (found.shape, found.dtype) == ((2, 6), np.uint8)


def test_maps_that_are_none(street: Path) -> None:
    with pytest.raises(UsageError, match=r"the map 0536.mat is empty; leave its photo out"):
        ccp.read_map(street / "annotations" / "pixel-level" / "0536.mat")
    for name, content in [("text.mat", b"hello"), ("none.mat", None)]:
        if content:
            (street / name).write_bytes(content)
        with pytest.raises(UsageError, match="is no annotation of this set"):
            ccp.read_map(street / name)
    savemat(street / "large.mat", {"groundtruth": np.array([[59]], np.uint8)})
    with pytest.raises(UsageError, match="has the label 59; there are 59, from 0"):
        ccp.read_map(street / "large.mat")


def test_every_label_has_a_parsing_class() -> None:
    assert len(ccp.LABELS) == len(set(ccp.LABELS)) == 59
    assert set(ccp.CLASSES) == set(ccp.LABELS)
    assert set(ccp.CLASSES.values()) == set(PARSING_CLASSES)


def test_the_labels_stand_in_the_published_order(photographs: Path) -> None:
    published = loadmat(photographs / "ccp" / "label_list.mat")["label_list"][0]
    assert tuple(str(label[0]) for label in published) == ccp.LABELS


def test_a_real_map(photographs: Path) -> None:
    maps = sorted((photographs / "ccp" / "annotations" / "pixel-level").glob("*.mat"))
    found = ccp.read_map(maps[0])
    assert {"background", "skin", "hair"} <= {PARSING_CLASSES[one] for one in np.unique(found)}
