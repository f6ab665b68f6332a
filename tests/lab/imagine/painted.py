"""Painted trousers: garments whose type, colour and gender are known, and models that paint what texts name."""

from __future__ import annotations

import numpy as np

from modiste.imagine.words import GENDERS
from modiste.lab.imagine.data import Collection, make_vocabulary, split_title
from modiste.lab.imagine.preprocessing import dominant_colours
from tests.fakes import COLOURS

TYPES = ("pants", "jeans", "shorts")
NAMED = ("black", "red", "blue")
LENGTHS = {"pants": 112, "jeans": 112, "shorts": 50}


def paint(kind, rgb, gender, seed=0):
    """A garment on white; jeans flare, women's are narrower."""
    random = np.random.default_rng(seed)
    picture = np.full((128, 96, 3), 255, np.uint8)
    half, gap = (16 if gender == "women" else 24), 3
    bottom = LENGTHS[kind] + int(random.integers(-2, 3))
    colour = np.clip(np.array(rgb) + random.integers(-4, 5), 0, 250)
    picture[8:bottom, 48 - half : 48 + half] = colour
    if kind == "jeans":
        picture[80:bottom, 32 - half : 64 + half] = colour
    picture[36:bottom, 48 - gap : 48 + gap] = 255
    return picture


def garments(count=180, seed=0, names=("fashion-product-images",), other_women=True):
    """A collection: seven tenths to learn from, the rest for judges and test."""
    random = np.random.default_rng(seed)
    kinds, colours, genders = (random.integers(0, some, count) for some in (3, len(NAMED), 2))
    sources = random.integers(0, len(names), count)
    if len(names) > 1 and other_women:
        genders[sources == 1] = GENDERS.index("women")
    titles = [
        f"Shop {GENDERS[gender].title()}'s {NAMED[colour].title()} Regular {TYPES[kind].title()}"
        for kind, colour, gender in zip(kinds, colours, genders, strict=True)
    ]
    pixels = np.stack(
        [
            paint(TYPES[kind], COLOURS[NAMED[colour]], GENDERS[gender], row)
            for row, (kind, colour, gender) in enumerate(zip(kinds, colours, genders, strict=True))
        ]
    )
    masks = ((pixels < 255).any(3) * 255).astype(np.uint8)
    labs = dominant_colours(pixels, masks)
    parts = np.digitize(np.arange(count) / count, [0.6, 0.8])
    phrases = [tuple(split_title(title)) for title in titles]
    vocabulary = make_vocabulary([phrases[row] for row in np.flatnonzero(parts == 0)], labs[parts == 0], TYPES)
    return Collection(
        names=tuple(names), ids=tuple(f"g{row}" for row in range(count)), titles=tuple(titles), pixels=pixels,
        masks=masks, types=kinds, genders=genders, labs=labs, sources=sources, parts=parts, vocabulary=vocabulary,
        words=tuple(vocabulary.known(pairs) for pairs in phrases),
        hashes={name: f"hash-{name}" for name in names}, licences=(),
    )  # fmt: skip


class Blocks:
    """An encoder that sees blocks of 16 pixels, and reads a text as the garment it names."""

    name, revision = "blocks", "12345678"

    def encode_images(self, photos):
        blocks = photos.reshape(len(photos), 8, 16, 6, 16, 3).mean((2, 4)) / 255
        flat = 1 - blocks.reshape(len(photos), 8 * 6 * 3)
        return (flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def encode_texts(self, texts):
        return self.encode_images(np.stack([self._read(text.lower().split()) for text in texts]))

    def _read(self, words):
        kind, colour, gender = (
            next((word for word in words if word in some), some[0]) for some in (TYPES, NAMED, GENDERS)
        )
        return paint(kind, COLOURS[colour], gender)


class Listens:
    """Paints what words name; what they don't, the seed chooses."""

    def draw(self, texts, seeds):
        return np.stack([self._one(text, seed) for text, seed in zip(texts, seeds, strict=True)])

    def _one(self, text, seed):
        random = np.random.default_rng(seed)
        kind, colour, gender = (some[int(random.integers(len(some)))] for some in (TYPES, NAMED, GENDERS[:2]))
        for word in text:
            kind = word.token if word.token in TYPES else kind
            colour = word.text if word.lab is not None else colour
            gender = word.token if word.token in GENDERS else gender
        return paint(kind, COLOURS[colour], gender, seed)


class Deaf(Listens):
    """Ignores words."""

    def _one(self, text, seed):
        return super()._one((), seed)
