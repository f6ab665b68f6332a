from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from modiste.boutique import make
from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.errors import UsageError
from modiste.images import load_image
from modiste.lab.datasets import ccp
from modiste.lab.datasets.people import _near_duplicates, read_people


def picture(seed: int) -> Image.Image:
    """Big soft blobs, as different from seed to seed as photos are."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 8, 3)).astype(np.uint8)
    return Image.fromarray(noise).resize((64, 96), Image.Resampling.BICUBIC)


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Twelve photos of as many blocks of ids, of which 0700 shows what 0100 shows."""
    for part in ("photos", "annotations/pixel-level", "annotations/image-level"):
        (tmp_path / part).mkdir(parents=True)
    labels = np.zeros((96, 64), np.uint8)
    labels[20:60, 20:40] = ccp.LABELS.index("dress")
    for number in range(100, 1300, 100):
        shown = picture(100 if number == 700 else number)
        shown.save(tmp_path / "photos" / f"{number:04}.jpg", quality=95 if number == 100 else 80)
        savemat(tmp_path / "annotations" / "pixel-level" / f"{number:04}.mat", {"groundtruth": labels})
    points = [[0.01 * place, 0.02 * place, 9.0, 0.5] for place in range(33)]
    (tmp_path / "pose_mediapipe33.json").write_text(json.dumps({"0100": points, "0200": None}))
    return tmp_path


@pytest.fixture(scope="module")
def boutique(people: Path) -> Path:
    return people


def test_a_street_of_people(street: Path) -> None:
    people = read_people(street)
    first = people.photos[0]
    assert (first.id, first.role, len(people.photos)) == ("0100", "photo", 12)
    assert np.unique(first.read_map()).tolist() == [0, PARSING_CLASSES.index("dress")]
    assert first.keypoints is not None
    ear = first.keypoints[KEYPOINTS.index("left_ear")]  # the seventh of MediaPipe's joints
    np.testing.assert_allclose(ear, [0.07, 0.14, 0.5], atol=1e-6)
    assert people.photos[1].keypoints is None


def test_one_picture_stays_in_one_part(street: Path) -> None:
    people = read_people(street)
    where = {photo.id: part for part in ("train", "judge", "test") for photo in people.part(part)}
    assert len(where) == 12
    assert where["0100"] == where["0700"]
    assert _near_duplicates([photo.image for photo in people.photos]) == [[0, 6]]


def test_all_of_a_street_can_be_unseen(street: Path) -> None:
    people = read_people(street, unseen=True)
    assert (len(people.part("test")), len(people.part("train"))) == (12, 0)


def test_drawn_people_and_their_swaps(boutique: Path) -> None:
    people = read_people(boutique, unseen=True)
    photos = {photo.id: photo for photo in people.photos}
    assert [photo.role for photo in people.photos] == ["photo"] * 6 + ["truth"] * 3
    assert len(people.part("test")) == 6  # answers are in no part
    assert all(swap.query in people.split.test for swap in people.swaps)
    for swap in people.swaps:
        query, truth = photos[swap.query], photos[swap.truth]
        assert (query.person, truth.role) == (truth.person, "truth")
        for region, source in swap.garments.items():
            worn = photos[source].worn[region] if source in photos else source
            assert truth.worn[region] == worn
            assert query.worn.get(region) != worn
            assert worn in people.products
    first = photos[people.swaps[0].query]
    assert first.read_map().shape == load_image(first.image).size[::-1]


def test_a_boutique_without_people(tmp_path: Path) -> None:
    make(tmp_path, products=2, outfits=0, size=(64, 48))
    with pytest.raises(UsageError, match=r"has no photos of people; give Clothing Co-Parsing or a folder that"):
        read_people(tmp_path)


@pytest.mark.parametrize("name", ["keypoints.json", "people.csv"])
def test_damaged_people(boutique: Path, tmp_path: Path, name: str) -> None:
    for part in boutique.iterdir():
        (tmp_path / part.name).symlink_to(part)
    (tmp_path / name).unlink()
    (tmp_path / name).write_text("photo,role\np1,photo\n")
    with pytest.raises(UsageError, match=r"the people of .* are damaged; draw the boutique again"):
        read_people(tmp_path)


def test_a_photo_without_a_map(street: Path) -> None:
    (street / "annotations" / "pixel-level" / "0300.mat").unlink()
    third = read_people(street).photos[2]
    with pytest.raises(UsageError, match="photo 0300 has no parsing map; choose one that has"):
        third.read_map()


def test_the_published_photos(photographs: Path) -> None:
    people = read_people(photographs / "ccp")
    assert sum(photo.keypoints is None for photo in people.photos) == 2
    assert sum(photo.map is not None for photo in people.photos) > 800
    twins = _near_duplicates([photo.image for photo in people.photos])
    part = {photo.id: name for name in ("train", "judge", "test") for photo in people.part(name)}
    assert len(twins) >= 8
    assert all(part[people.photos[first].id] == part[people.photos[second].id] for first, second in twins)
