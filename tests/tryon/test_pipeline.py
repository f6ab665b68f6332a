"""Photos in, a photo out, with networks that haven't learnt."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import modiste
from modiste.boutique import make
from modiste.errors import UsageError
from modiste.images import ImageError
from modiste.showroom.tryon.people import picture_of
from modiste.tryon import try_on
from tests.tryon.figures import PAINTS, TSHIRT, VALUE, PaintParser, dresser, flat, person, photo

GREEN = {"top": (20, 160, 60)}


@pytest.fixture(scope="module")
def made():
    return dresser()


@pytest.fixture
def desk(tmp_path):
    """Photos: somebody, others in a top and in a skirt, a T-shirt alone, and a landscape."""
    photo(tmp_path / "me.png", person(), (240, 320))
    photo(tmp_path / "top.png", person(sleeves="short"), (200, 260))
    photo(tmp_path / "skirt.png", person(bottom="skirt"), (192, 256))
    photo(tmp_path / "shirt.png", flat("top", TSHIRT))
    Image.new("RGB", (240, 320), PAINTS["background"]).save(tmp_path / "landscape.png")
    return tmp_path


@pytest.fixture
def wear(desk, made):
    """Tries garments on, named by their photos."""

    def carry_out(garments, who="me.png", **options):
        worn = {region: desk / file for region, file in garments.items()}
        return try_on(desk / who, worn, weights=made, parser=PaintParser(), **options)

    return carry_out


def same(first, second):
    return np.array_equal(np.asarray(first), np.asarray(second))


def test_one_call_enters_at_most_16_files_of_the_shop_wing(tmp_path):
    """Once networks and graphs are loaded: a person, a garment that lies alone, and refinement."""
    make(tmp_path, products=4, outfits=0)
    person, garment = picture_of("Ines"), next((tmp_path / "images").glob("*.jpg"))
    wing, entered = Path(modiste.__file__).parent, set()

    def note(frame, event, argument):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(wing) and not file.is_relative_to(wing / "lab"):
            entered.add(str(file.relative_to(wing)))

    for hook in (None, note):
        sys.setprofile(hook)
        try:
            try_on(person, {"top": garment}, weights="tryon-boutique", refine_steps=1, anyway=True)
        finally:
            sys.setprofile(None)
    assert {"tryon/pipeline.py", "tryon/model.py", "parsing/frame.py"} <= entered
    assert len(entered) <= 16, sorted(entered)


@pytest.mark.parametrize("size", [(240, 320), (97, 131), (900, 400), (300, 800), (601, 801)], ids=str)
def test_the_photo_keeps_its_size_and_all_that_is_not_changed(size, desk, wear):
    photo(desk / "me.png", person(), size)
    found = wear({"top": "top.png"})
    assert found.photo.size == found.changed.size == found.feed_forward.size == size
    before, after, new = (np.asarray(image) for image in (Image.open(desk / "me.png"), found.photo, found.changed))
    assert set(np.unique(new)) == {0, 255}
    assert 0.01 < (new > 0).mean() < 0.7
    np.testing.assert_array_equal(after[new == 0], before[new == 0])
    assert (after[new > 0] != before[new > 0]).any()


def test_face_and_shoes_stay(desk, wear):
    """A top changes neither."""
    new = np.asarray(wear({"top": "top.png"}).changed)
    face, shoe = (int(34 * 1.25), 120), (int(230 * 1.25), int(106 * 1.25))
    assert not new[face[0] - 6 : face[0] + 6, face[1] - 6 : face[1] + 6].any()
    assert not new[shoe[0] - 3 : shoe[0] + 3, shoe[1] - 3 : shoe[1] + 3].any()


@pytest.mark.parametrize("garments", [{"top": "shirt.png"}, {"bottom": "skirt.png"}, {"top": "top.png"}], ids=str)
def test_garments_alone_and_on_others_are_tried_on(garments, wear):
    assert np.asarray(wear(garments).changed).any()


def test_the_order_in_which_garments_are_named_does_not_matter(wear):
    first = wear({"top": "top.png", "bottom": "skirt.png"})
    assert same(first.photo, wear({"bottom": "skirt.png", "top": "top.png"}).photo)


def test_garments_do_not_touch_where_the_other_one_is_not(wear):
    """Two at once change what each changes alone, and nothing far from both."""
    both, top, bottom = (
        np.asarray(wear(garments).changed) > 0
        for garments in ({"top": "top.png", "bottom": "skirt.png"}, {"top": "top.png"}, {"bottom": "skirt.png"})
    )
    assert (both & (top | bottom)).sum() > 0.9 * both.sum()


def test_one_request_one_answer(wear):
    assert same(wear({"top": "top.png"}, refine_steps=2).photo, wear({"top": "top.png"}, refine_steps=2).photo)


def test_files_bytes_names_and_pictures_are_the_same_photo(desk, made):
    asked = {"top": desk / "top.png"}
    given = [desk / "me.png", str(desk / "me.png"), (desk / "me.png").read_bytes(), Image.open(desk / "me.png")]
    answers = [try_on(one, asked, weights=made, parser=PaintParser()).photo for one in given]
    assert all(same(answers[0], answer) for answer in answers[1:])


def test_refinement_is_reported_and_leaves_the_rest_alone(desk, wear, made):
    before = {name: value.clone() for name, value in made.appearance.state_dict().items()}
    told = []
    found = wear({"top": "top.png"}, refine_steps=3, progress=lambda done, total: told.append((done, total)) or True)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert found.steps == 3
    assert found.gain is not None
    assert found.gain >= 0  # what ships is the best step, and the first is one of them
    kept = np.asarray(found.changed) == 0
    np.testing.assert_array_equal(np.asarray(found.photo)[kept], np.asarray(Image.open(desk / "me.png"))[kept])
    assert all(np.array_equal(value, before[name]) for name, value in made.appearance.state_dict().items())


def test_refinement_can_be_stopped(wear):
    found = wear({"top": "top.png"}, refine_steps=20, progress=lambda done, total: done < 2)
    assert found.steps == 2
    assert same(found.feed_forward, wear({"top": "top.png"}).photo)


def test_without_refinement_there_is_no_gain(wear):
    found = wear({"top": "top.png"})
    assert (found.gain, found.steps, found.notes) == (None, 0, ())
    assert same(found.photo, found.feed_forward)


def test_of_several_people_the_largest_is_dressed_and_that_is_said(desk, wear):
    crowd = Image.new("RGB", (560, 400), PAINTS["background"])
    crowd.paste(Image.open(photo(desk / "a.png", person(), (300, 400))), (0, 0))
    crowd.paste(Image.open(photo(desk / "b.png", person(), (225, 300))), (320, 60))
    crowd.save(desk / "crowd.png")
    found = wear({"top": "top.png"}, "crowd.png")
    assert [note for note in found.notes if "2 people" in note and "largest" in note] == list(found.notes)
    assert len(found.notes) == 1
    new = np.asarray(found.changed) > 0
    assert new[:, :300].any()
    assert not new[:, 345:].any()


@pytest.mark.parametrize(
    ("who", "garments", "says"),
    [
        ("landscape.png", {"top": "top.png"}, "no person was found"),
        ("shirt.png", {"top": "top.png"}, "no person was found"),
        ("me.png", {"outer": "top.png"}, "wears no outer that can be seen, only bottom, top, shoes"),
        ("me.png", {"bottom": "landscape.png"}, "the photo shows no bottom"),
        ("me.png", {"topp": "top.png"}, 'no region "topp"; nearest: top'),
        ("me.png", {}, "there is nothing to try on"),
    ],
)
def test_what_can_not_be_done_is_said(who, garments, says, wear):
    with pytest.raises(UsageError) as error:
        wear(garments, who)
    assert says in str(error.value)


@pytest.mark.parametrize("steps", [-1, 500])
def test_steps_have_bounds(steps, wear):
    with pytest.raises(UsageError, match=f"--refine takes 1 to 200 steps; got {steps}"):
        wear({"top": "top.png"}, refine_steps=steps)


def damaged(kind, desk):
    """A file that is no photo to work with."""
    path = desk / f"{kind}.png"
    if kind == "animated":
        frames = [Image.new("RGB", (60, 80), colour) for colour in ("red", "blue")]
        path = path.with_suffix(".gif")
        frames[0].save(path, save_all=True, append_images=frames[1:])
    elif kind == "truncated":
        data = (desk / "me.png").read_bytes()
        path.write_bytes(data[: len(data) // 2])
    elif kind == "huge":
        stream = io.BytesIO()
        Image.new("1", (20_000, 3_000)).save(stream, "PNG")
        path.write_bytes(stream.getvalue())
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("a skirt")
    return path.name


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("animated", "is animated"),
        ("truncated", "is damaged"),
        ("huge", "has 60 megapixels"),
        ("empty", "is empty"),
        ("text", "is not an image"),
        ("missing", "no image at"),
    ],
)
@pytest.mark.parametrize("place", ["person", "garment"])
def test_files_that_are_no_photos(kind, says, place, desk, wear):
    file = damaged(kind, desk)
    with pytest.raises(ImageError) as error:
        wear({"top": file if place == "garment" else "top.png"}, file if place == "person" else "me.png")
    assert says in str(error.value)


def test_a_strip_20000_pixels_wide_is_read_and_its_person_found_too_small(desk, wear):
    photo(desk / "strip.png", person(), (20_000, 60))
    with pytest.raises(UsageError, match=r"no person was found|pixels high"):
        wear({"top": "top.png"}, "strip.png")


@pytest.mark.parametrize("size", [(1, 1), (12, 16), (45, 60)], ids=str)
def test_a_tiny_photo_is_refused(size, desk, wear):
    photo(desk / "tiny.png", person(), size)
    with pytest.raises(UsageError, match=r"no person was found|pixels high"):
        wear({"top": "top.png"}, "tiny.png")


def test_nothing_is_written(desk, wear, monkeypatch):
    monkeypatch.setenv("MODISTE_CACHE", str(desk / "cache"))
    monkeypatch.chdir(desk)
    before = sorted(desk.rglob("*"))
    wear({"top": "top.png"}, refine_steps=1)
    assert sorted(desk.rglob("*")) == before


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


@pytest.fixture
def folder(tmp_path):
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


def worn(made, folder, who, garments, parser=None, **options):
    photos = {region: folder / file for region, file in garments.items()}
    return try_on(folder / who, photos, weights=made, parser=parser or PaintParser(), **options)


@pytest.mark.parametrize(("who", "garments", "says"), [
    ("no-feet.png", {"shoes": "shoes.png"}, "doesn't show the feet, so nothing can be put on as shoes"),
    ("no-head.png", {"hat": "hat.png"}, "doesn't show the head, so nothing can be put on as hat"),
    ("me.png", {"top": "hidden.png"}, "little of the top is seen on its photo"),
])  # fmt: skip
def test_what_gives_a_ruin_is_refused_unless_somebody_insists(who, garments, says, folder, made):
    with pytest.raises(UsageError, match=says) as error:
        worn(made, folder, who, garments, CutParser())
    assert str(error.value).endswith("or try it with --anyway")
    found = worn(made, folder, who, garments, CutParser(), anyway=True)
    assert any(says in note for note in found.notes)


def test_what_a_closed_coat_hides_is_said(folder, made):
    coated = person().map.copy()
    coated[np.isin(coated, [VALUE["top"], VALUE["bottom"]])] = VALUE["outer"]
    Image.fromarray(np.array([PAINTS[name] for name in VALUE], np.uint8)[coated]).save(folder / "coat.png")
    with pytest.raises(UsageError, match="nothing of the bottom is seen: what is worn over it hides it"):
        worn(made, folder, "coat.png", {"bottom": "me.png"})
    found = worn(made, folder, "coat.png", {"bottom": "me.png", "hat": "hat.png"})
    assert found.notes == ("nothing of the bottom is seen: what is worn over it hides it, or the photo ends there",)


@pytest.mark.parametrize(("turn", "degrees"), [
    (Image.Transpose.ROTATE_90, 270), (Image.Transpose.ROTATE_180, 180), (Image.Transpose.ROTATE_270, 90)
])  # fmt: skip
def test_a_photo_that_lies_or_stands_on_its_head_is_turned_and_comes_back_as_it_was(turn, degrees, folder, made):
    upright = worn(made, folder, "me.png", {"top": "top.png"}, UprightParser())
    Image.open(folder / "me.png").transpose(turn).save(folder / "turned.png")
    found = worn(made, folder, "turned.png", {"top": "top.png"}, UprightParser())
    assert found.notes == (f"the person was found by turning the photo by {degrees} degrees",)
    np.testing.assert_array_equal(np.asarray(found.photo), np.asarray(upright.photo.transpose(turn)))
    np.testing.assert_array_equal(np.asarray(found.changed), np.asarray(upright.changed.transpose(turn)))


def test_nobody_is_undressed_by_a_t_shirt_given_as_a_dress(folder, made):
    photo(folder / "tee.png", flat("dress", [(x, min(y, 135)) for x, y in TSHIRT]))
    found = worn(made, folder, "me.png", {"dress": "tee.png"})
    assert found.notes == ("what was given as a dress covers no more than a top, and was put on as one",)
    before, after = np.asarray(Image.open(folder / "me.png")), np.asarray(found.photo)
    legs = person().map == VALUE["bottom"]
    legs[:150] = False
    np.testing.assert_array_equal(after[legs], before[legs])


def test_a_dress_is_put_on_as_one(folder, made):
    gown = [(78, 40), (114, 40), (124, 44), (140, 230), (52, 230), (68, 44)]
    picture = Image.new("L", (192, 256))
    ImageDraw.Draw(picture).polygon(gown, VALUE["dress"])
    photo(folder / "gown.png", flat("dress", gown))
    found = worn(made, folder, "me.png", {"dress": "gown.png"})
    assert found.notes == ()
    assert set(np.unique(found.dressed.map)) & {VALUE["dress"], VALUE["top"]} == {VALUE["dress"]}
