from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modiste.colour import delta_e, lab_to_rgb, rgb_to_lab
from modiste.errors import UsageError
from modiste.imagine.pipeline import SIZE
from modiste.lab.datasets import read
from modiste.lab.imagine.preprocessing import TOP, WAIST, dominant_colours, preprocess, preprocess_all
from modiste.parsing import Parsed, open_parser
from tests.parsing.figures import value

GREY, NAVY, BLACK, WHITE = (226, 227, 230), (30, 40, 90), (12, 12, 12), (252, 252, 252)


class Told:
    """A parser that was told what it sees."""

    name, revision = "told", "00000000"

    def __init__(self, *maps):
        self.maps = itertools.cycle(maps)

    def parse(self, pixels):
        return [Parsed(next(self.maps), np.zeros((17, 3), np.float32)) for _ in pixels]


def trousers(size=(192, 256), waist=60, tall=170, left=66, top=30, flare=0):
    """A mask with two legs. Size is width and height, and so is everything in pixels."""
    picture = Image.new("1", size)
    right, crotch, bottom = left + waist - 1, top + min(tall * 0.4, waist * 0.8), top + tall - 1
    inner = waist * 0.12
    middle = left + waist / 2 - 0.5
    outline = [(left, top), (right, top), (right + flare, bottom), (middle + inner, bottom), (middle, crotch)]
    ImageDraw.Draw(picture).polygon([*outline, (middle - inner, bottom), (left - flare, bottom)], fill=1)
    return np.asarray(picture)


def photo_of(mask, colour=NAVY, backdrop=GREY):
    return Image.fromarray(np.where(mask[..., None], colour, backdrop).astype(np.uint8))


def person():
    """Somebody from the chest down on grey, and the map of what they wear."""
    map = np.zeros((256, 192), np.uint8)
    map[:48, 60:132] = value("top")
    map[40:100, 40:56] = map[40:100, 136:152] = value("skin")
    map[0:40, 40:60] = map[0:40, 132:152] = value("skin")
    map[trousers(waist=64, left=64, top=48, tall=170)] = value("bottom")
    map[218:228, 60:90] = map[218:228, 102:132] = value("shoes")
    colours = np.full((13, 3), GREY, np.uint8)
    colours[[value("top"), value("skin"), value("bottom"), value("shoes")]] = (
        (200, 30, 40), (222, 170, 140), NAVY, (20, 90, 20)
    )  # fmt: skip
    return Image.fromarray(colours[map]), map


def waist(garment) -> tuple[int, int, int]:
    """Top row, width and doubled middle of a waistband."""
    solid = garment.mask > 127
    top = int(np.argmax(solid.any(1)))
    columns = np.flatnonzero(solid[top + 3])
    return top, len(columns), int(columns[0] + columns[-1] + 1)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((192, 256), {}),
        ((192, 256), {"left": 20, "top": 60}),  # anywhere on the photo
        ((192, 256), {"tall": 60}),  # shorts
        ((192, 256), {"tall": 110}),  # capris
        ((192, 256), {"flare": 12}),
        ((480, 640), {"waist": 150, "tall": 420, "left": 200}),
        ((239, 334), {"waist": 90, "tall": 250, "left": 70}),
    ],
)
def test_every_waistband_is_drawn_alike(size, shape):
    mask = trousers(size, **shape)
    garment = preprocess(photo_of(mask), mask=mask)
    top, wide, middle = waist(garment)
    assert top == pytest.approx(TOP, abs=1)
    assert wide == pytest.approx(WAIST, abs=1)
    assert middle == pytest.approx(SIZE[1], abs=2)
    assert garment.pixels.shape == (*SIZE, 3)
    assert (garment.pixels.dtype, garment.mask.dtype) == (np.uint8, np.uint8)


def test_shorts_come_out_shorter_than_capris_and_those_shorter_than_trousers():
    masks = [trousers(tall=tall) for tall in (60, 110, 170)]
    heights = [int((preprocess(photo_of(mask), mask=mask).mask > 127).any(1).sum()) for mask in masks]
    assert heights == pytest.approx([60 * WAIST / 60, 110 * WAIST / 60, 170 * WAIST / 60], abs=2)


@pytest.mark.parametrize("shape", [{"waist": 40, "tall": 200, "left": 76}, {"tall": 120, "flare": 60}])
def test_what_does_not_fit_is_shrunk(shape):
    mask = trousers(**shape)
    garment = preprocess(photo_of(mask), mask=mask)
    assert waist(garment)[1] < WAIST - 2
    edge = np.concatenate(
        [garment.mask[:2].ravel(), garment.mask[-2:].ravel(), garment.mask[:, [0, 1, -2, -1]].ravel()]
    )
    assert edge.max() == 0
    assert waist(garment)[0] == pytest.approx(TOP, abs=1)


@pytest.mark.parametrize("colour", [NAVY, BLACK, (214, 190, 160), (120, 122, 124)])
@pytest.mark.parametrize("way", ["mask", "parser", "backdrop"])
def test_a_garment_is_whole_and_has_no_fringe(colour, way):
    mask = trousers()
    given = {"mask": {"mask": mask}, "parser": {"parser": Told(mask * np.uint8(value("bottom")))}, "backdrop": {}}[way]
    garment = preprocess(photo_of(mask, colour), **given)
    drawn, known = garment.mask / 255, preprocess(photo_of(mask), mask=mask).mask / 255
    assert np.abs(drawn - known).mean() < 0.01
    expected = drawn[..., None] * colour + (1 - drawn[..., None]) * 255
    np.testing.assert_allclose(garment.pixels, expected, atol=9)
    assert garment.mask[90, 48] == 0  # the gap between the legs


def test_a_white_garment_on_white_is_what_the_parser_says():
    mask = trousers()
    photo = photo_of(mask, WHITE, (254, 254, 254))
    garment = preprocess(photo, parser=Told(mask * np.uint8(value("bottom"))))
    known = preprocess(photo, mask=mask)
    assert np.abs(garment.mask / 255 - known.mask / 255).mean() < 0.01


def test_a_parser_too_generous_is_corrected_by_the_backdrop():
    """It fills the gap between two legs, and takes the shadow beside them for cloth."""
    mask = trousers()
    wide = mask | np.roll(mask, 4, 1)
    wide[100:200, 66:126] = True
    pixels = np.array(photo_of(mask))
    pixels[np.roll(mask, 4, 1) & ~mask] = (200, 201, 204)
    garment = preprocess(Image.fromarray(pixels), parser=Told(wide * np.uint8(value("bottom"))))
    known = preprocess(photo_of(mask), mask=mask)
    assert np.abs(garment.mask / 255 - known.mask / 255).mean() < 0.015


def test_what_else_a_person_wears_is_taken_away():
    photo, map = person()
    garment = preprocess(photo, parser=Told(map))
    solid = garment.mask > 250
    np.testing.assert_allclose(garment.pixels[solid], np.broadcast_to(NAVY, (solid.sum(), 3)), atol=6)
    assert waist(garment)[1] == pytest.approx(WAIST, abs=2)
    known = preprocess(photo, mask=map == value("bottom"))
    assert np.abs(garment.mask / 255 - known.mask / 255).mean() < 0.02


@pytest.mark.parametrize(("name", "place"), [("skin", (120, 70)), ("legwear", (205, 70)), ("accessory", (50, 90))])
def test_mistakes_on_a_garment_are_filled(name, place):
    photo, map = person()
    wrong = map.copy()
    there = np.zeros_like(map, np.bool_)
    there[place[0] : place[0] + 9, place[1] : place[1] + 9] = True
    wrong[there & (map == value("bottom"))] = value(name)
    right, mended = (preprocess(photo, parser=Told(some)) for some in (map, wrong))
    np.testing.assert_allclose(mended.mask.astype(int), right.mask.astype(int), atol=40)


def test_without_a_parser_shirt_and_shoes_are_cropped():
    garment = preprocess(person()[0])
    assert garment is not None
    colours = garment.pixels[garment.mask > 250].astype(int)
    assert (np.abs(colours - NAVY).max(1) < 12).mean() > 0.75
    assert not (np.abs(colours - (20, 90, 20)).max(1) < 12).any()


def notched():
    mask = trousers().copy()
    mask[50:64, 60:86] = False
    return mask


@pytest.mark.parametrize(
    ("mask", "kept"),
    [
        (trousers(), True),
        (np.zeros((256, 192), np.bool_), False),
        (np.ones((256, 192), np.bool_), False),
        (trousers(top=0), False),  # the waist is beyond the photo
        (trousers(top=100, tall=156), True),  # the hem is, but most is seen
        (trousers(top=180, tall=76), False),
        (trousers(left=0, waist=60, flare=5), False),
        (trousers(tall=22), False),  # no legs
        (trousers(waist=30, left=80, tall=200), False),  # a stick
        (trousers(waist=12, left=90, tall=36), False),  # seen from too far away
        (notched(), False),  # a hand before it
    ],
)
def test_only_whole_garments_are_kept(mask, kept):
    assert (preprocess(photo_of(mask), mask=mask) is not None) == kept
    assert (preprocess(photo_of(mask), parser=Told(mask * np.uint8(value("bottom")))) is not None) == kept


def test_too_few_pixels_of_the_photo_are_no_garment():
    small = trousers((60, 80), waist=10, tall=28, left=25, top=20)
    photo = photo_of(small)
    assert preprocess(photo, mask=small) is None
    near = Image.fromarray(small).resize((192, 256))
    assert preprocess(photo, parser=Told(np.asarray(near) * np.uint8(value("bottom")))) is None


def test_a_mask_of_another_size_is_refused():
    with pytest.raises(UsageError, match=r"the mask is 192x256, the photo 60x80; give a mask of the photo's size"):
        preprocess(Image.new("RGB", (60, 80)), mask=trousers())


def test_a_photo_stays_as_it_was():
    photo = photo_of(trousers())
    before = photo.tobytes()
    preprocess(photo, parser=Told(trousers() * np.uint8(value("bottom"))))
    preprocess(photo)
    assert photo.tobytes() == before


def test_many_are_preprocessed_in_their_order(tmp_path):
    masks = [trousers(), trousers(tall=60)]
    for number, mask in enumerate(masks):
        photo_of(mask).save(tmp_path / f"{number}.png")
        Image.fromarray(mask).save(tmp_path / f"{number}-mask.png")
    (tmp_path / "broken.png").write_bytes(b"no photo")
    paths = [tmp_path / "0.png", tmp_path / "broken.png", tmp_path / "1.png"]
    known = [tmp_path / "0-mask.png", None, tmp_path / "1-mask.png"]
    first, broken, last = preprocess_all(paths, masks=known)
    assert broken is None
    for garment, mask in zip((first, last), masks, strict=True):
        np.testing.assert_array_equal(garment.pixels, preprocess(photo_of(mask), mask=mask).pixels)
    parser = Told(*(mask * np.uint8(value("bottom")) for mask in masks))
    assert [some is None for some in preprocess_all(paths, parser)] == [False, True, False]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "categories", "kept", "filled"),
    [("fashion-product-images", ("Jeans", "Trousers"), 0.85, 0.5), ("mango", ("Jeans", "Trousers"), 0.95, 0.5)],
)
def test_photographs(photographs, name, categories, kept, filled):
    products = [product for product in read(photographs / name).products if product.category in categories]
    some = [product.images[0] for product in products[:: len(products) // 40]]
    preprocessed = list(preprocess_all(some, open_parser("parser-photos")))
    found = [garment for garment in preprocessed if garment is not None]
    assert len(found) >= kept * len(some)
    legs = [garment.mask[40:70, 24:72].mean() / 255 for garment in found]
    assert np.mean(legs) > filled


DARK_BLUE, DARK, RED = (34, 44, 77), (26, 26, 28), (200, 32, 47)


def on_white(colour, size=(128, 96), at=(slice(8, 100), slice(30, 66))):
    """A plain garment on white, and its mask."""
    pixels, mask = np.full((*size, 3), 255, np.uint8), np.zeros(size, bool)
    pixels[at], mask[at] = colour, True
    return pixels, mask


def shaded(colour, depth=14, seed=0):
    """With folds, and a halo of the backdrop on its edge."""
    pixels, mask = on_white(colour)
    folds = depth * np.sin(np.arange(96) / 3) + np.random.default_rng(seed).normal(0, 3, (128, 96))
    pixels[mask] = np.clip(pixels.astype(float) + folds[..., None], 0, 255)[mask]
    mask[7:101, 29:67] = True
    return pixels, mask


@pytest.mark.parametrize("colour", [DARK_BLUE, DARK, RED, (250, 250, 250), (217, 197, 163)])
def test_dominant_colour_is_the_cloths(colour):
    pixels, mask = shaded(colour)
    dominant = dominant_colours(pixels[None], mask[None])
    assert dominant.shape == (1, 3)
    assert delta_e(dominant[0], rgb_to_lab(colour)) < 6


def test_dominant_colour_is_the_larger_of_two():
    pixels, mask = on_white(DARK_BLUE)
    pixels[8:36, 30:66] = RED
    assert dominant_colours(pixels[None], mask[None])[0] == pytest.approx(rgb_to_lab(DARK_BLUE))


def naive_dominant(pixels, mask):
    """Lloyd's algorithm on every pixel inside, in plain loops."""
    inside = [
        (row, column)
        for row, column in zip(*np.nonzero(mask), strict=True)
        if all(mask[row + a, column + b] for a in range(-3, 4) for b in range(-3, 4) if abs(a) + abs(b) <= 3)
    ]
    points = rgb_to_lab(np.array([pixels[index] for index in inside]))
    centres = np.quantile(points, [1 / 6, 1 / 2, 5 / 6], axis=0)
    for _ in range(9):
        nearest = np.array([np.argmin([np.linalg.norm(point - centre) for centre in centres]) for point in points])
        centres = np.array([points[nearest == k].mean(0) if (nearest == k).any() else centres[k] for k in range(3)])
    return np.median(points[nearest == np.bincount(nearest, minlength=3).argmax()], axis=0)


def test_dominant_colour_is_that_of_all_pixels():
    pixels, mask = on_white(DARK_BLUE)
    noise = np.random.default_rng(1)
    pixels[mask] = noise.choice([DARK_BLUE, (60, 70, 110), (200, 200, 190)], mask.sum(), p=[0.6, 0.2, 0.2])
    pixels[mask] += noise.integers(0, 9, (mask.sum(), 3)).astype(np.uint8)
    assert delta_e(dominant_colours(pixels[None], mask[None])[0], naive_dominant(pixels, mask)) < 1


def test_dominant_colours_dont_depend_on_their_neighbours():
    pictures = [shaded(colour, seed=seed) for seed, colour in enumerate((DARK_BLUE, RED, DARK))]
    pixels, masks = (np.stack(parts) for parts in zip(*pictures, strict=True))
    together = dominant_colours(pixels, masks)
    alone = [dominant_colours(pixels[[row]], masks[[row]])[0] for row in range(3)]
    assert (together == np.array(alone)).all()
    assert (together == dominant_colours(pixels, masks.astype(np.uint8) * 255)).all()
    assert (together == dominant_colours(pixels, masks.astype(np.float32))).all()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((slice(8, 100), slice(40, 42)), RED),  # thinner than the edge that is taken off
        ((slice(50, 51), slice(50, 51)), RED),
        ((slice(0, 0), slice(0, 0)), (255, 255, 255)),  # no garment: the picture
    ],
)
def test_dominant_colours_of_very_little(at, expected):
    pixels, mask = on_white(RED, at=at)
    assert dominant_colours(pixels[None], mask[None])[0] == pytest.approx(rgb_to_lab(expected))


def test_dominant_colours_of_nothing():
    assert dominant_colours(np.zeros((0, 128, 96, 3), np.uint8), np.zeros((0, 128, 96), bool)).shape == (0, 3)
    with pytest.raises(UsageError, match="pictures need masks of their size"):
        dominant_colours(np.zeros((1, 128, 96, 3), np.uint8), np.zeros((1, 64, 48), bool))


def test_swatches_show_what_was_seen():
    """Colours go through LAB and back unharmed, so that a drawn centroid is the shop's colour."""
    pixels, mask = on_white(DARK_BLUE)
    lab = dominant_colours(pixels[None], mask[None])[0]
    assert lab_to_rgb(lab).tolist() == list(DARK_BLUE)
