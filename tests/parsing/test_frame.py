from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from modiste.catalog.categories import tryon_region
from modiste.errors import UsageError
from modiste.parsing import SIZE, Frame, garment_of, look, look_with
from modiste.parsing.frame import check_kind, foreground
from tests.parsing.figures import PALETTE, ColourReader, figure_map, photo_of, value

UPPER = {"hair": (0.3, 0.0, 0.7, 0.2), "skin": (0.35, 0.15, 0.65, 0.4), "top": (0.1, 0.38, 0.9, 1.0)}
LOWER = {"skin": (0.3, 0.75, 0.7, 0.9), "bottom": (0.2, 0.0, 0.8, 0.76), "shoes": (0.25, 0.9, 0.75, 1.0)}


def shown(seen) -> set[int]:
    return set(np.unique(seen.map).tolist())


WHOLE = {value(name) for name in ("background", "hair", "skin", "top", "bottom", "shoes")}


@pytest.mark.parametrize("tells_joints", [True, False])
@pytest.mark.parametrize(
    ("size", "figures", "parts", "people", "looks"),
    [
        ((300, 400), [(0, 20, 360)], None, 1, 1),  # tall enough
        ((1200, 1600), [(800, 900, 500)], None, 1, 2),  # small
        ((900, 600), [(20, 40, 500), (500, 100, 400)], None, 2, 2),  # two
        ((900, 400), [(0, 20, 360), (350, 40, 300), (620, 10, 260)], None, 3, 2),
        ((300, 400), [(-40, 30, 380)], UPPER, 1, 1),
        ((300, 400), [(-40, 30, 380)], LOWER, 1, 1),
        ((300, 400), [], None, 0, 1),
    ],
)
def test_people_are_found(size, figures, parts, people, looks, tells_joints):
    reader = ColourReader(tells_joints)
    photo = photo_of(figure_map(size, figures, parts) if parts else figure_map(size, figures))
    seen = look(photo, reader)
    assert (seen.people, reader.asked) == (people, looks)
    assert seen.map.shape == SIZE
    assert seen.pixels.shape == (*SIZE, 3)
    np.testing.assert_array_equal(seen.frame.cut(photo), seen.pixels)
    assert (seen.keypoints[:, 2] > 0).any() == (bool(people) and tells_joints)


def test_a_small_person_fills_the_nearer_frame():
    seen = look(photo_of(figure_map((1200, 1600), [(800, 900, 500)])), ColourReader())
    rows = np.flatnonzero((seen.map != 0).any(1))
    assert np.ptp(rows) > 0.8 * SIZE[0]
    x, y = seen.frame._to_photo(seen.keypoints)[0, :2]
    assert (x, y) == pytest.approx((1050, 900 + 500 * 0.12), abs=12)  # the skin, on the photo


def test_somebody_very_small_is_no_thing():
    """Joints are told from near only."""

    class ShortSighted(ColourReader):
        def _joints(self, map):
            found = super()._joints(map)
            return found if (map != 0).any(1).sum() > 80 else found * (1, 1, 0.1)

    seen = look(photo_of(figure_map((1200, 1600), [(800, 900, 300)])), ShortSighted())
    assert seen.people == 1
    assert np.ptp(np.flatnonzero((seen.map != 0).any(1))) > 120


def test_of_several_people_the_largest_alone_is_left():
    photo = photo_of(figure_map((500, 600), [(10, 40, 500), (360, 300, 260)]))
    seen = look(photo, ColourReader())
    assert seen.people == 2
    columns = np.flatnonzero((seen.map != 0).any(0))
    left, right = (seen.frame._to_photo(np.array([[column, 0.0]]))[0, 0] for column in (columns[0], columns[-1]))
    assert (left, right) == pytest.approx((135, 385), abs=6)
    assert shown(seen) == WHOLE


def test_people_who_touch_are_told_by_their_heads():
    photo = photo_of(figure_map((700, 500), [(30, 20, 460), (255, 20, 460)]))
    assert look(photo, ColourReader()).people == 2


@pytest.mark.parametrize(("photographs", "drawings", "chosen"), [
    (0.85, 0.0, 0), (0.87, 0.7, 0), (0.88, 0.86, 1), (0.5, 0.7, 1), (0.0, 0.4, 0), (0.0, 0.9, 1)
])  # fmt: skip
def test_a_drawing_is_seen_by_what_knows_drawings(photographs, drawings, chosen):
    """The confidence of the joints tells; what knows photographs alone is sure of drawn ones too."""

    class Sure(ColourReader):
        def __init__(self, confidence):
            super().__init__()
            self.confidence = confidence

        def _joints(self, map):
            found = super()._joints(map)
            found[:, 2] = self.confidence
            return found

    parsers = [Sure(photographs), Sure(drawings)]
    seen, by = look_with(photo_of(figure_map((300, 400), [(0, 20, 360)])), parsers)
    assert by is parsers[chosen]
    assert seen.confidence == pytest.approx(by.confidence)


def test_a_garment_alone_is_nobody():
    map = np.zeros((400, 300), np.uint8)
    map[80:320, 60:240] = value("dress")
    assert look(photo_of(map), ColourReader(tells_joints=False)).people == 0


def test_a_garment_on_a_person_comes_with_the_whole_map():
    seen = garment_of(photo_of(figure_map((300, 400), [(0, 20, 360)])), ColourReader(), "top")
    assert shown(seen) == WHOLE
    assert seen.mask("top").mean() > 0.05
    assert (seen.keypoints[:, 2] > 0.5).all()


@pytest.mark.parametrize(("told", "region", "given"), [
    ("top", "top", "top"),
    ("outer", "top", "top"),  # taken for a jacket: the region that was asked for decides
    ("skirt", "bottom", "skirt"),
    ("bottom", "bottom", "bottom"),
    ("background", "dress", "dress"),  # not seen by the parser at all
])  # fmt: skip
def test_a_garment_alone(told, region, given):
    """Before a backdrop; where the parser sees nothing, the backdrop tells."""
    photo = Image.new("RGB", (300, 400), tuple(PALETTE[0].tolist()))
    colour = (90, 130, 60) if told == "background" else tuple(PALETTE[value(told)].tolist())
    photo.paste(colour, (70, 60, 230, 330))

    class Blind(ColourReader):
        def parse(self, pixels):
            found = super().parse(pixels)
            for parsed in found:
                parsed.map[:] = 0 if told == "background" else parsed.map
            return found

    seen = garment_of(photo, Blind(), region)
    assert seen.people == 0
    assert (seen.keypoints[:, 2] == 0).all()
    assert shown(seen) == {0, value(given)}
    assert (seen.map > 0).mean() == pytest.approx(160 * 270 / (300 * 400), rel=0.1)


@pytest.mark.parametrize("paper", [(0, 0, 0), (25, 25, 30), (120, 120, 120), (150, 40, 40), (250, 250, 250)], ids=str)
def test_a_plain_backdrop_of_any_colour_is_no_garment(paper):
    """Where the parser takes all of the photo for a garment, as those of packshots do on black."""
    photo = Image.new("RGB", (300, 400), paper)
    photo.paste((200, 140, 40), (70, 60, 230, 330))

    class Fooled(ColourReader):
        def parse(self, pixels):
            found = super().parse(pixels)
            for parsed in found:
                parsed.map[:] = value("top")
            return found

    seen = garment_of(photo, Fooled(tells_joints=False), "top")
    assert (seen.map > 0).mean() == pytest.approx(160 * 270 / (300 * 400), rel=0.12)


def test_a_shadow_is_no_garment():
    """The backdrop takes it along; the parser doesn't, and its edge is the sharper one."""
    paper, cloth = (tuple(PALETTE[place].tolist()) for place in (0, value("top")))
    shadow = Image.new("L", (300, 400))
    shadow.paste(90, (84, 74, 244, 344))
    photo = Image.new("RGB", (300, 400), paper)
    photo.paste((60, 58, 56), (0, 0), shadow.filter(ImageFilter.GaussianBlur(7)))
    photo.paste(cloth, (70, 60, 230, 330))

    class Knowing(ColourReader):
        def parse(self, pixels):
            found = super().parse(pixels)
            for parsed in found:
                parsed.map[parsed.map != value("top")] = 0
            return found

    seen = garment_of(photo, Knowing(), "top")
    standing = seen.frame.cut_map(foreground(photo).astype(np.uint8))
    assert (seen.map > 0).mean() < 1.12 * 160 * 270 / (300 * 400) < 0.9 * standing.mean()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (400, 300, 3), dtype=np.uint8))


@pytest.mark.parametrize(("photo", "region", "says"), [
    (photo_of(figure_map((300, 400), [(0, 20, 360)])), "dress",
     "the person on the photo wears no dress that can be seen, only bottom, top, shoes"),
    (photo_of(figure_map((300, 400), [(-40, 30, 380)], UPPER)), "bottom",
     "the person on the photo wears no bottom or skirt that can be seen, only top"),
    (Image.new("RGB", (300, 400), (230, 228, 226)), "bag", "the photo shows no bag: neither a person nor a garment"),
    (NOISE, "hat", "the photo shows no hat"),
    (NOISE, "gloves", 'no region "gloves"'),
])  # fmt: skip
def test_what_a_photo_does_not_show(photo, region, says):
    with pytest.raises(UsageError, match=says):
        garment_of(photo, ColourReader(), region)


LABELS = ["t-shirt", "jacket", "jeans", "tights", "dress", "sneakers", "handbag", "cap", "watch"]


@pytest.fixture
def told(monkeypatch):
    """Let the encoder say how likely each label is."""

    def tell(**chances):
        shares = np.array([chances.get(label.replace("-", ""), 0.01) for label in LABELS], np.float32)
        network = SimpleNamespace(logits=lambda photos: {"category": np.log(shares)[None]})
        regions = list(map(tryon_region, LABELS))
        monkeypatch.setattr("modiste.parsing.frame._classifier", lambda name: (network, regions))

    return tell


PHOTO = Image.new("RGB", (96, 128))


@pytest.mark.parametrize(("chances", "region", "shown"), [
    ({"sneakers": 0.8}, "top", "shoes"),
    ({"handbag": 0.8}, "top", "bag"),
    ({"tshirt": 0.8}, "dress", "top"),
    ({"jeans": 0.8}, "dress", "bottom"),
    ({"tshirt": 0.8}, "bottom", "top"),
    ({"tshirt": 0.6, "dress": 0.1}, "dress", "top"),
    ({"cap": 0.8}, "shoes", "hat"),
])  # fmt: skip
def test_what_is_worn_elsewhere_is_refused(chances, region, shown, told):
    told(**chances)
    with pytest.raises(UsageError, match=f"the photo shows what is worn as {shown}, not as {region}"):
        check_kind(PHOTO, region, "encoder-photos")


@pytest.mark.parametrize(("chances", "region"), [
    ({"tshirt": 0.8}, "top"),
    ({"jacket": 0.8}, "top"),
    ({"tshirt": 0.8}, "outer"),
    ({"tights": 0.8}, "bottom"),
    ({"tshirt": 0.4, "dress": 0.3}, "dress"),  # it may be either
    ({"watch": 0.8}, "top"),  # nothing that is worn anywhere is likely
])  # fmt: skip
def test_what_may_be_worn_there_is_not(chances, region, told):
    told(**chances)
    check_kind(PHOTO, region, "encoder-photos")


def gradient(width: int, height: int) -> Image.Image:
    """Red tells the column, green the row, in shares of 255."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 90)], 2).astype(np.uint8))


@pytest.mark.parametrize(
    ("size", "frame"),
    [
        ((300, 400), Frame(0, 0, 300, 400)),
        ((400, 400), Frame(0, -66.667, 400, 533.333)),
        ((100, 400), Frame(-100, 0, 300, 400)),
    ],
)
def test_the_whole_photo_is_in_the_smallest_frame(size, frame):
    found = Frame.whole(Image.new("RGB", size))
    assert (found.left, found.top, found.width, found.height) == pytest.approx(
        (frame.left, frame.top, frame.width, frame.height), abs=1e-3
    )


@pytest.mark.parametrize(
    ("box", "margin", "frame"),
    [
        ((400, 300, 430, 340), 0.0, (400, 300, 30, 40)),
        ((400, 300, 420, 340), 0.0, (395, 300, 30, 40)),  # too narrow: wider to both sides
        ((400, 300, 460, 340), 0.0, (400, 280, 60, 80)),  # too low: higher above and below
        ((400, 300, 430, 340), 0.25, (390, 286.667, 50, 66.667)),
        ((0, 300, 20, 340), 0.0, (0, 300, 30, 40)),  # it would reach beyond the photo: moved
        ((780, 560, 800, 600), 0.0, (770, 560, 30, 40)),
    ],
)
def test_a_frame_around_a_box(box, margin, frame):
    found = Frame.around(box, Image.new("RGB", (800, 600)), margin)
    assert found.width / found.height == pytest.approx(0.75)
    assert (found.left, found.top, found.width, found.height) == pytest.approx(frame, abs=1e-2)


def test_points_go_there_and_back():
    frame = Frame(-20, 35.5, 90, 120)
    points = np.array([[[0, 0, 0.5], [96, 128, 0.7], [192, 256, 1]]], np.float32)
    there = frame._to_photo(points)
    np.testing.assert_allclose(there[0], [[-20, 35.5, 0.5], [25, 95.5, 0.7], [70, 155.5, 1]], rtol=1e-6)
    np.testing.assert_allclose(frame.to_frame(there), points, atol=1e-3)
    assert points[0, 0, 0] == 0  # what was given stays as it was


def test_what_a_frame_shows_lies_where_its_points_say():
    photo = gradient(512, 512)
    frame = Frame(100, 50, 300, 400)
    pixels = frame.cut(photo)
    assert pixels.shape == (*SIZE, 3)
    for column, row in [(10, 10), (96, 128), (180, 250)]:
        x, y = frame._to_photo(np.array([column + 0.5, row + 0.5]))
        np.testing.assert_allclose(pixels[row, column, :2], [x / 511 * 255, y / 511 * 255], atol=2)


def test_beyond_the_photo_is_its_edge():
    photo = Image.new("RGB", (40, 40), (10, 200, 30))
    photo.paste((255, 255, 255), (10, 10, 30, 30))
    pixels = Frame(-40, -80, 120, 160).cut(photo)
    assert (pixels[0, 0] == (10, 200, 30)).all()
    assert (pixels[-1, -1] == (10, 200, 30)).all()
    assert (pixels[160, 96] == 255).all()  # the photo's middle lies at (60, 100) of 120 x 160
    assert (Frame(1000, 1000, 30, 40).cut(photo) == (10, 200, 30)).all()


def test_maps_keep_their_values():
    map = np.zeros((40, 40), np.uint8)
    map[10:30, 10:30] = 7
    shown = Frame(-40, -60, 120, 160).cut_map(map)
    assert set(np.unique(shown)) == {0, 7}
    assert (shown == 7).mean() == pytest.approx(20 * 20 / (120 * 160), rel=0.05)
    assert Frame(0, 0, 30, 40).cut_map(map, (64, 48)).shape == (64, 48)


def test_a_photo_of_the_frames_size_is_cut_bit_for_bit():
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    photo = Image.fromarray(pixels)
    np.testing.assert_array_equal(Frame.whole(photo).cut(photo), pixels)
