"""Backdrops: found, measured and made white, whatever their tint, without touching the product."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

from modiste.backgrounds import backdrop, backdrop_masks, even_background
from modiste.boutique import design, photograph
from modiste.colour import rgb_to_lab
from modiste.errors import UsageError
from modiste.images import SIZE, fit, load_image
from modiste.lab.datasets import read
from modiste.types import Pixels

Mask = NDArray[np.bool_]

WARM, COOL, GREY = (236, 231, 222), (230, 236, 241), (232, 232, 231)
FINE = 4
"""Drawn this many times larger, so that edges mix product and backdrop as in a photo."""


def ellipse(middle: tuple[float, float] = (0.45, 0.5), radii: tuple[float, float] = (0.25, 0.3)) -> NDArray[np.float64]:
    """How much of each pixel a product covers, 0-1; the numbers are shares of the height and the width."""
    y, x = np.mgrid[: SIZE[0] * FINE, : SIZE[1] * FINE] / np.reshape(SIZE, (2, 1, 1)) / FINE
    inside = ((y - middle[0]) / radii[0]) ** 2 + ((x - middle[1]) / radii[1]) ** 2 < 1
    return inside.reshape(SIZE[0], FINE, SIZE[1], FINE).mean((1, 3))


def studio(
    cover: NDArray[np.float64],
    colour: tuple[int, int, int],
    tint: tuple[int, int, int] = WARM,
    *,
    slope: float = 0.0,
    shadow: float = 0.0,
    folds: float = 3.0,
    grain: float = 0.6,
) -> Pixels:
    """A product before a backdrop.

    Args:
        slope: how much darker the backdrop is at the bottom than at the top, in levels.
        shadow: how much of the light a soft shadow below the product takes.
        folds: how far the product's own light and shade go, in levels.
    """
    rows, columns = np.arange(SIZE[0])[:, None, None], np.arange(SIZE[1])[None, :, None]
    ground = np.array(tint) - slope * rows / SIZE[0] * np.ones((1, SIZE[1], 1))
    cast = gaussian_filter(np.roll(cover, (5, 2), (0, 1)), 4)
    ground = ground * (1 - shadow * cast[..., None])
    cloth = np.array(colour) + folds * np.sin(rows / 5) * np.cos(columns / 7)
    seen = ground * (1 - cover[..., None]) + cloth * cover[..., None]
    noise = np.random.default_rng(0).normal(0, grain, (*SIZE, 1))
    return np.round(np.clip(seen + noise, 0, 255)).astype(np.uint8)


def street(seed: int = 0) -> Pixels:
    """A pale street: large stones, each of its own grey, and somebody in black."""
    rng = np.random.default_rng(seed)
    stones = rng.normal(215, 9, (SIZE[0] // 8, SIZE[1] // 8, 3)).repeat(8, 0).repeat(8, 1)
    seen = np.where(ellipse()[..., None] > 0.5, 20, stones) + rng.normal(0, 2, (*SIZE, 3))
    return np.round(np.clip(seen, 0, 255)).astype(np.uint8)


def inner(cover: NDArray[np.float64], by: int = 3) -> Mask:
    """The product without its rim, which may mix with the backdrop."""
    return np.asarray(binary_erosion(cover > 0.99, iterations=by, border_value=1))


def outer(cover: NDArray[np.float64], by: int = 3) -> Mask:
    return ~np.asarray(binary_dilation(cover > 0.01, iterations=by))


@pytest.mark.parametrize("tint", [WARM, COOL, GREY, (250, 250, 250), (205, 222, 215), (200, 190, 186)])
@pytest.mark.parametrize("colour", [(25, 25, 28), (170, 30, 45), (150, 150, 150), (240, 200, 60)])
@pytest.mark.parametrize("slope", [0, 25])
def test_the_backdrop_becomes_white_and_the_product_stays(tint, colour, slope):
    cover = ellipse()
    photo = studio(cover, colour, tint, slope=slope)
    (even,) = even_background(photo[None])
    assert (even[outer(cover)] == 255).all()
    assert np.array_equal(even[inner(cover)], photo[inner(cover)])


@pytest.mark.parametrize("tint", [WARM, COOL, (224, 224, 224)])
@pytest.mark.parametrize(
    ("what", "lighter"),
    [("brighter", (9, 9, 9)), ("bluer", (2, 4, 11)), ("yellower", (2, 0, -12)), ("darker", (-14, -13, -9))],
)
def test_a_garment_nearly_as_pale_as_the_backdrop_is_not_eaten(tint, what, lighter):
    cover = ellipse()
    photo = studio(cover, tuple(np.add(tint, lighter).tolist()), tint, slope=6, folds=1.5, grain=0.4)
    (even,) = even_background(photo[None])
    changed = (even != photo).any(-1)[inner(cover, 4)]
    assert changed.mean() < 0.01
    assert (even[outer(cover, 8)] == 255).all()


def test_what_can_not_be_told_from_its_backdrop_is_left_as_it_was():
    photo = studio(ellipse(), WARM, WARM, folds=0)
    assert np.array_equal(even_background(photo[None])[0], photo)
    assert np.isnan(backdrop(photo[None])).all()


def test_no_halo_of_the_tint_remains():
    cover = ellipse()
    photos = np.stack([studio(cover, (30, 30, 30), tint, grain=0) for tint in ((240, 225, 200), (200, 225, 240))])
    rim = ~inner(cover, 1) & ~outer(cover, 1)
    before, after = (
        np.abs(np.diff(some[:, rim].astype(int), axis=0)).max() for some in (photos, even_background(photos))
    )
    assert before > 30
    assert after <= 8


@pytest.mark.parametrize("tint", [WARM, COOL])
def test_a_soft_shadow_goes_with_the_backdrop(tint):
    cover = ellipse()
    photo = studio(cover, (30, 60, 140), tint, shadow=0.12)
    (even,) = even_background(photo[None])
    shaded = outer(cover) & (photo.mean(-1) < np.mean(tint) - 8)
    assert shaded.sum() > 100
    assert (even[shaded] == 255).all()


def test_the_backdrop_is_seen_through_a_ring():
    ring = ellipse(radii=(0.25, 0.3)) - ellipse(radii=(0.2, 0.24))
    photo = studio(ring, (120, 80, 40))
    (even,) = even_background(photo[None])
    assert (even[outer(ring)] == 255).all()
    assert np.array_equal(even[inner(ring, 2)], photo[inner(ring, 2)])


@pytest.mark.parametrize("middle", [(1.0, 0.5), (0.0, 0.5), (0.5, 1.0), (0.5, 0.0)])
def test_the_product_may_touch_the_frame(middle):
    cover = ellipse(middle, (0.45, 0.35))
    photo = studio(cover, (40, 70, 60), slope=10)
    (even,) = even_background(photo[None])
    assert (even[outer(cover)] == 255).all()
    assert np.array_equal(even[inner(cover)], photo[inner(cover)])


def gradient() -> Pixels:
    """A black garment that fills the photo, lit from above."""
    return np.broadcast_to(np.linspace(70, 20, SIZE[0])[:, None, None], (*SIZE, 3)).astype(np.uint8)


def cloth() -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


@pytest.mark.parametrize("photo", [street(), street(1), gradient(), cloth()], ids=["street", "square", "dark", "cloth"])
def test_photos_without_a_backdrop_are_left_alone(photo):
    assert np.array_equal(even_background(photo[None])[0], photo)
    assert not backdrop_masks(photo[None]).any()
    assert np.isnan(backdrop(photo[None])).all()


@pytest.mark.parametrize("size", [(300, 100), (100, 300)])
def test_the_sides_that_fit_adds_are_backdrop_too(size):
    cover = Image.fromarray((255 * ellipse(radii=(0.3, 0.45))).astype(np.uint8)).resize(size[::-1])
    photo = studio(ellipse(), (150, 20, 30), slope=20)
    picture = Image.fromarray(photo).resize(size[::-1])
    picture.paste((150, 20, 30), mask=cover)
    fitted = fit(picture)
    sides = (fitted == fitted[0, 0]).all(-1)
    (even,) = even_background(fitted[None])
    assert sides.mean() > 0.3
    assert (even[sides] == 255).all()
    assert tuple(even[SIZE[0] // 2, SIZE[1] // 2]) == tuple(fitted[SIZE[0] // 2, SIZE[1] // 2])


def test_sides_make_no_studio_of_a_street():
    fitted = fit(Image.fromarray(street()[:, :40]))
    assert np.array_equal(even_background(fitted[None])[0], fitted)


@pytest.mark.parametrize("tint", [WARM, COOL, (205, 222, 215)])
def test_the_backdrop_is_measured(tint):
    (colour,) = backdrop(studio(ellipse(), (30, 30, 30), tint)[None])
    assert np.linalg.norm(colour - rgb_to_lab(tint)) < 0.5


def test_photos_do_not_depend_on_their_neighbours_and_are_not_changed_in_place():
    photos = [studio(ellipse(), (20 * place, 90, 40), (WARM, COOL)[place % 2], slope=place) for place in range(5)]
    batch = np.stack([*photos, street(), *photos[::-1]] * 2)
    kept = batch.copy()
    even = even_background(batch)
    assert np.array_equal(batch, kept)
    for photo, whitened in zip(batch, even, strict=True):
        assert np.array_equal(even_background(photo[None])[0], whitened)


def test_even_photos_stay_even():
    once = even_background(studio(ellipse(), (30, 60, 140), COOL)[None])
    assert np.array_equal(even_background(once), once)


def test_no_photos_are_no_mistake():
    none = np.empty((0, *SIZE, 3), np.uint8)
    assert even_background(none).shape == none.shape
    assert backdrop(none).shape == (0, 3)


@pytest.mark.parametrize(
    "photos",
    [
        np.zeros(SIZE, np.uint8),
        np.zeros((*SIZE, 3), np.uint8),
        np.zeros((1, *SIZE, 4), np.uint8),
        np.zeros((1, *SIZE, 3), np.float32),
        np.zeros((1, 8, 96, 3), np.uint8),
    ],
    ids=["grey", "one photo", "alpha", "floats", "small"],
)
def test_other_arrays_are_refused(photos):
    with pytest.raises(UsageError, match=r"photos must be uint8 of shape \(n, h, w, 3\).*got .*; use images.fit"):
        even_background(photos)


def test_drawn_products_lose_their_backdrop_and_nothing_else():
    drawn = [photograph(design(3, index), SIZE) for index in range(24)]
    photos, there = np.stack([one.pixels for one in drawn]), np.stack([one.mask for one in drawn])
    even = even_background(photos)
    core = np.stack([binary_erosion(mask, iterations=3) for mask in there])
    far = np.stack([~binary_dilation(mask, iterations=12) for mask in there])
    assert (even != photos).any(-1)[core].mean() < 0.002
    assert (even[far] == 255).all(-1).mean() > 0.95


@pytest.mark.parametrize(("name", "least", "most"), [("mango", 0.98, 1.0), ("ccp", 0.0, 0.02)])
def test_photographs(photographs, name, least, most):
    products = read(photographs / name).products[::40]
    photos = np.stack([fit(load_image(product.images[0], at_least=SIZE)) for product in products])
    even = even_background(photos)
    found = backdrop_masks(photos).any((1, 2))
    assert least <= found.mean() <= most
    assert np.array_equal(even[~found], photos[~found])
    border = np.concatenate([even[found][:, 0], even[found][:, -1]], 1)
    assert not found.any() or (border == 255).mean() > 0.97
