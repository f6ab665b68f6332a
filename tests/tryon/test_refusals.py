"""What is refused because little would come of it, and what comes of it anyway."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from modiste.errors import UsageError
from modiste.tryon import try_on
from tests.tryon.figures import PAINTS, TSHIRT, VALUE, PaintParser, dresser, flat, person, photo


class UprightParser(PaintParser):
    """Is sure of nobody whose hair isn't above their shoes."""

    def _parsed(self, frame):
        parsed = super()._parsed(frame)
        rows = [np.flatnonzero((parsed.map == VALUE[name]).any(1)) for name in ("hair", "shoes")]
        wide = np.ptp(np.flatnonzero((parsed.map > 0).any(0))) > np.ptp(np.flatnonzero((parsed.map > 0).any(1)))
        if all(map(len, rows)) and (wide or rows[0].mean() > rows[1].mean()):
            parsed.keypoints[:, 2] *= 0.4
        return parsed


class CutParser(PaintParser):
    """Sees no joints where no skin or cloth is."""

    def _parsed(self, frame):
        parsed = super()._parsed(frame)
        if (parsed.map == VALUE["shoes"]).mean() < 0.003:
            parsed.keypoints[13:, 2] = 0.01
        if (parsed.map == VALUE["hair"]).mean() < 0.003:
            parsed.keypoints[:5, 2] = 0.01
        return parsed


@pytest.fixture(scope="module")
def made():
    return dresser()


@pytest.fixture
def desk(tmp_path):
    photo(tmp_path / "me.png", person())
    photo(tmp_path / "top.png", person(sleeves="short"))
    whole = Image.open(tmp_path / "me.png")
    whole.crop((0, 0, 192, 150)).save(tmp_path / "no-feet.png")
    whole.crop((0, 48, 192, 256)).save(tmp_path / "no-head.png")
    photo(tmp_path / "hat.png", flat("hat", [(60, 100), (130, 100), (120, 60), (70, 60)]))
    photo(tmp_path / "shoes.png", flat("shoes", [(60, 100), (130, 100), (120, 130), (70, 130)]))
    tiny = flat("top", [(90, 90), (100, 90), (100, 100), (90, 100)])
    photo(tmp_path / "scrap.png", tiny)
    small = person(sleeves="short").map.copy()
    covered = np.isin(small, [VALUE["top"]]) & (np.arange(192)[None] > 70)
    small[covered] = VALUE["outer"]
    paints = np.array([PAINTS[name] for name in VALUE], np.uint8)
    Image.fromarray(paints[small]).save(tmp_path / "hidden.png")
    return tmp_path


def worn(made, desk, who, garments, parser=None, **options):
    photos = {region: desk / file for region, file in garments.items()}
    return try_on(desk / who, photos, weights=made, parser=parser or PaintParser(), **options)


@pytest.mark.parametrize(("who", "garments", "says"), [
    ("no-feet.png", {"shoes": "shoes.png"}, "doesn't show the feet, so nothing can be put on as shoes"),
    ("no-head.png", {"hat": "hat.png"}, "doesn't show the head, so nothing can be put on as hat"),
    ("me.png", {"top": "hidden.png"}, "little of the top is seen on its photo"),
])  # fmt: skip
def test_what_gives_a_ruin_is_refused_unless_somebody_insists(who, garments, says, desk, made):
    with pytest.raises(UsageError, match=says) as error:
        worn(made, desk, who, garments, CutParser())
    assert str(error.value).endswith("or try it with --anyway")
    found = worn(made, desk, who, garments, CutParser(), anyway=True)
    assert any(says in note for note in found.notes)


def test_what_a_closed_coat_hides_is_said(desk, made):
    coated = person().map.copy()
    coated[np.isin(coated, [VALUE["top"], VALUE["bottom"]])] = VALUE["outer"]
    Image.fromarray(np.array([PAINTS[name] for name in VALUE], np.uint8)[coated]).save(desk / "coat.png")
    with pytest.raises(UsageError, match="nothing of the bottom is seen: what is worn over it hides it"):
        worn(made, desk, "coat.png", {"bottom": "me.png"})
    found = worn(made, desk, "coat.png", {"bottom": "me.png", "hat": "hat.png"})
    assert found.notes == ("nothing of the bottom is seen: what is worn over it hides it, or the photo ends there",)


@pytest.mark.parametrize(("turn", "degrees"), [
    (Image.Transpose.ROTATE_90, 270), (Image.Transpose.ROTATE_180, 180), (Image.Transpose.ROTATE_270, 90)
])  # fmt: skip
def test_a_photo_that_lies_or_stands_on_its_head_is_turned_and_comes_back_as_it_was(turn, degrees, desk, made):
    upright = worn(made, desk, "me.png", {"top": "top.png"}, UprightParser())
    Image.open(desk / "me.png").transpose(turn).save(desk / "turned.png")
    found = worn(made, desk, "turned.png", {"top": "top.png"}, UprightParser())
    assert found.notes == (f"the person was found by turning the photo by {degrees} degrees",)
    np.testing.assert_array_equal(np.asarray(found.photo), np.asarray(upright.photo.transpose(turn)))
    np.testing.assert_array_equal(np.asarray(found.changed), np.asarray(upright.changed.transpose(turn)))


def test_nobody_is_undressed_by_a_t_shirt_given_as_a_dress(desk, made):
    photo(desk / "tee.png", flat("dress", [(x, min(y, 135)) for x, y in TSHIRT]))
    found = worn(made, desk, "me.png", {"dress": "tee.png"})
    assert found.notes == ("what was given as a dress covers no more than a top, and was put on as one",)
    before, after = np.asarray(Image.open(desk / "me.png")), np.asarray(found.photo)
    legs = person().map == VALUE["bottom"]
    legs[:150] = False
    np.testing.assert_array_equal(after[legs], before[legs])


def test_a_dress_is_put_on_as_one(desk, made):
    gown = [(78, 40), (114, 40), (124, 44), (140, 230), (52, 230), (68, 44)]
    picture = Image.new("L", (192, 256))
    ImageDraw.Draw(picture).polygon(gown, VALUE["dress"])
    photo(desk / "gown.png", flat("dress", gown))
    found = worn(made, desk, "me.png", {"dress": "gown.png"})
    assert found.notes == ()
    assert set(np.unique(found.dressed.map)) & {VALUE["dress"], VALUE["top"]} == {VALUE["dress"]}
