"""What is seen of photos."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.backgrounds import even_background
from modiste.cache import cache_folder
from modiste.complete.looks import CHUNK, Eyes, Looks, pixels_of
from modiste.images import SIZE, fit, load_image
from tests.photos import write_photo


@pytest.fixture(scope="module")
def eyes(encoder):
    return Eyes(encoder).eval()


@pytest.fixture(scope="module")
def files(boutique):
    return sorted((boutique / "images").iterdir())[:6]


@pytest.fixture(scope="module")
def photos(files):
    return np.concatenate(list(pixels_of(files)))


def by_torch(eyes, photos):
    with torch.inference_mode():
        return eyes(torch.from_numpy(photos)).numpy()


def test_pixels_are_photos_at_the_encoders_size(files, photos):
    assert photos.shape == (6, *SIZE, 3)
    for file, pixels in zip(files, photos, strict=True):
        assert np.array_equal(pixels, fit(load_image(file, at_least=SIZE)))


def test_the_graph_sees_what_the_network_sees(encoder, eyes, photos):
    found, direct = Looks(encoder, even=False).of(photos), by_torch(eyes, photos)
    assert found.shape == (6, eyes.width)
    assert np.abs(found - direct).max() < 1e-3 * np.abs(direct).max()


def test_looks_begin_with_the_encoders_vector_and_tell_of_its_maps(encoder, eyes, photos):
    looks, maps = by_torch(eyes, photos), encoder.maps(photos)
    assert np.abs(looks[:, : encoder.dim] - maps["vector"]).max() < 1e-3
    for name in ("low", "mid"):
        for told in (maps[name].mean((2, 3)), np.sqrt(maps[name].var((2, 3)) + 1e-6)):
            places = [at for at in range(looks.shape[1]) if np.abs(looks[:, at] - told[:, 0]).max() < 1e-2]
            nearest = [np.abs(looks[:, at : at + told.shape[1]] - told).max() for at in places]
            assert min(nearest) < 1e-2 * np.abs(told).max(), name


def test_backgrounds_are_made_even_first(encoder, eyes, photos):
    tinted = np.clip(photos.astype(np.int64) - [0, 6, 14], 0, 255).astype(np.uint8)
    even = Looks(encoder).of(tinted)
    direct = by_torch(eyes, even_background(tinted))
    assert np.abs(even - direct).max() < 1e-3 * np.abs(direct).max()
    raw = Looks(encoder, even=False).of(tinted)
    assert np.abs(raw - even).max() > 0.05 * np.abs(even).max()


def test_looks_hardly_depend_on_what_else_is_looked_at(encoder, photos):
    """But for rounding, which turns a pixel of a backdrop now and then."""
    looks = Looks(encoder)
    many = looks.of(photos[np.arange(CHUNK + 2) % 6])
    assert many.shape[0] == CHUNK + 2
    for start in (0, 60):
        assert np.abs(many[start : start + 6] - looks.of(photos)).max() < 0.01 * np.abs(many).max()


def test_files_are_looked_at_once(encoder, files, photos, monkeypatch):
    looks = Looks(encoder)
    found = looks.get(files)
    assert found.dtype == np.float16
    assert np.array_equal(found, looks.of(photos).astype(np.float16))
    monkeypatch.setattr(Looks, "of", lambda *_: pytest.fail("looked again"))
    assert np.array_equal(Looks(encoder).get(files), found)
    for others in (files[:-1], files[::-1]):
        with pytest.raises(pytest.fail.Exception, match="looked again"):
            looks.get(others)
    with pytest.raises(pytest.fail.Exception, match="looked again"):
        Looks(encoder, even=False).get(files)


def test_a_photo_that_has_changed_is_looked_at_again(encoder, tmp_path):
    photo, looks = write_photo(tmp_path / "photo.png", 10), Looks(encoder)
    before = looks.get([photo])
    write_photo(photo, 200)
    assert not np.array_equal(looks.get([photo]), before)


def test_looks_are_kept_in_the_cache_folder(encoder, files):
    kept = set(cache_folder().glob("looks-*.npy"))
    Looks(encoder).get(files[:2])
    assert len(set(cache_folder().glob("looks-*.npy")) - kept) == 1


def test_nothing_looks_like_nothing(encoder):
    assert len(Looks(encoder).of(np.empty((0, *SIZE, 3), np.uint8))) == 0
    assert list(pixels_of([])) == []
