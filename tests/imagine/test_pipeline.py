"""Words to pictures: bytes that repeat, states that stay, strips."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.colour import COLOURS, delta_e
from modiste.errors import UsageError
from modiste.imagine import imagine
from modiste.imagine.pipeline import LAST_SEED, MOST, Imaginer, _cleaned, _kept_colour, _noise, load_imaginer
from modiste.imagine.words import read
from modiste.weights import save
from tests.imagine.imaginers import tiny


@pytest.fixture(scope="module")
def imaginer(tmp_path_factory) -> Imaginer:
    return tiny(tmp_path_factory.mktemp("tiny"))


def test_the_same_words_and_seed_are_the_same_bytes(imaginer):
    one, other = (imagine("women's black slim jeans", seed=3, n=2, weights=imaginer) for _ in range(2))
    assert [frame.word for frame in one.frames] == ["women", "black", "slim", "jeans"]
    assert one.frames[2].text == "women black slim"
    for first, second in zip(one.frames, other.frames, strict=True):
        assert first.pictures.tobytes() == second.pictures.tobytes()


def test_another_seed_is_another_picture(imaginer):
    one, other = (imagine("black jeans", seed=seed, weights=imaginer).last for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_a_strip_draws_every_beginning_as_it_would_be_drawn_alone(imaginer):
    strip = imagine("women black jeans", n=3, weights=imaginer)
    alone = imagine("women black", n=3, weights=imaginer)
    assert np.abs(strip.frames[1].pictures.astype(int) - alone.last.astype(int)).max() <= 1


def test_a_state_stays_as_it_was_when_a_word_is_added(imaginer):
    words = read("women black", imaginer.vocabulary).words
    start = imaginer.start(5)
    first = imaginer.add(start, words[0])
    before = imaginer.render([first])
    imaginer.add(first, words[1])
    assert np.array_equal(imaginer.render([first]), before)
    assert start.words == ()


def test_many_texts_at_once_are_what_they_are_alone(imaginer):
    texts = [read(text, imaginer.vocabulary).words for text in ("women black jeans", "shorts", "men red slim pants")]
    together = imaginer.draw(texts, [7, 8, 9])
    for text, seed, picture in zip(texts, (7, 8, 9), together, strict=True):
        assert np.abs(imaginer.draw([text], [seed])[0].astype(int) - picture.astype(int)).max() <= 1


def test_several_pictures_are_shades_of_one_colour(imaginer):
    words = read("red jeans", imaginer.vocabulary).words
    noise = [_noise(seed, 16) for seed in range(12)]
    shades = [imaginer._colour(words, np.zeros((3, 5), np.float32), one) for one in noise]
    apart = delta_e(shades, COLOURS["red"].lab)
    assert apart.max() <= imaginer.vocabulary.palette.radii[words[0].cluster]
    assert len({shade.tobytes() for shade in shades}) == 12


def test_specks_and_pinholes_are_no_part_of_a_garment():
    mask = torch.zeros(1, 1, 40, 30)
    mask[:, :, 5:35, 5:12] = mask[:, :, 5:35, 16:23] = mask[:, :, 5:12, 5:23] = 0.9  # two legs
    mask[:, :, 20:22, 8:10] = 0.1
    mask[:, :, 36:39, 26:29] = 0.9
    cut = _cleaned(mask)[0, 0]
    assert (cut[20:22, 8:10] == 1).all()
    assert (cut[36:39, 26:29] == 0).all()
    assert (cut[13:35, 13:15] == 0).all(), "between the legs it stays open"
    assert (cut[6:34, 6:11] == 1).all()


def test_a_colour_that_nobody_named_is_kept_until_words_make_it_unlikely():
    gumbel = np.array([1.0, 0.0, 0.0])
    even, against = np.log([0.3, 0.3, 0.4]), np.log([0.001, 0.6, 0.399])
    assert _kept_colour(np.stack([even]), gumbel) == 0
    assert _kept_colour(np.stack([even, np.log([0.1, 0.8, 0.1])]), gumbel) == 0
    assert _kept_colour(np.stack([even, against]), gumbel) == 1
    assert _kept_colour(np.stack([even, against, even]), gumbel) == 1


@pytest.mark.parametrize("text", ["zzz", "schwarze Hose", "the", "👖"])
def test_without_a_known_word_nothing_is_drawn(imaginer, text):
    with pytest.raises(UsageError, match=f'no word of this text is known: "{text}"; name a garment and a colour'):
        imagine(text, weights=imaginer)


def test_a_colour_that_is_not_wanted_is_never_drawn(imaginer):
    every = frozenset(range(len(imaginer.vocabulary.palette.names)))
    left = [imaginer.render([imaginer.start(3, excluded=every - {cluster})]) for cluster in every]
    free = imaginer.render([imaginer.start(3)])
    (own,) = (cluster for cluster in every if np.array_equal(left[cluster], free))
    without = imaginer.render([imaginer.start(3, excluded=frozenset([own]))])
    assert any(np.array_equal(without, left[cluster]) for cluster in every - {own})
    assert "left out: blue" in imagine("jeans, not blue", weights=imaginer).notes


def test_a_strip_has_a_column_for_every_word_and_a_row_for_every_picture(imaginer):
    words = "women black slim cropped denim jeans women black slim red"
    wide, one = (imagine(text, n=2, weights=imaginer).picture() for text in (words, "jeans"))
    assert wide.width > 9 * one.width / 2
    tall = imagine("jeans", n=4, weights=imaginer).picture()
    assert tall.height > one.height


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n": 0}, f"n must be 1 to {MOST} pictures; got 0"),
        ({"n": 13}, "got 13"),
        ({"seed": -1}, "seed must be 0 to 2,147,483,648; got -1"),
        ({"seed": LAST_SEED + 1}, "got 2,147,483,649"),
    ],
)
def test_what_cannot_be_drawn_is_refused(imaginer, options, says):
    with pytest.raises(UsageError, match=says):
        imagine("black jeans", weights=imaginer, **options)


def test_weights_of_another_system_are_refused(tmp_path):
    save(tmp_path, {"a": np.zeros(1, np.float32)}, {"system": "refine"})
    with pytest.raises(UsageError, match="does not imagine, it is for refine"):
        load_imaginer(tmp_path)
