"""What a step learns from: garments, and the beginnings of what may be said of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modiste.colour import rgb_to_lab
from modiste.imagine.model import COARSE, FINE, ImagineConfig
from modiste.imagine.preprocessing import SIZE
from modiste.imagine.text import Words, as_tensors
from modiste.imagine.words import GENDERS, Vocabulary, Word
from modiste.lab.imagine.data import Collection

MIDDLE = slice((SIZE[1] - FINE[1]) // 2, (SIZE[1] + FINE[1]) // 2)
"""The columns that aren't always white."""
LONGEST = 10
"""Words of a lesson at most."""
WHOLE, SHUFFLED, COMPOSED = 0.5, 0.3, 0.5
"""Shares of texts that are whole, whose words are shuffled, and which name all that is known of the garment."""


@dataclass(frozen=True)
class Lesson:
    """A step's garments as tensors; maps of both sizes are pairs, the coarse one first."""

    real: tuple[Tensor, Tensor]
    """RGB 0 to 1. Shapes: (b, 3, 64, 32), (b, 3, 128, 64)."""
    masks: tuple[Tensor, Tensor]
    """Shapes: (b, 1, 64, 32), (b, 1, 128, 64)."""
    relief: Tensor
    """Difference from the garment's colour in LAB, beside the mask. Shape: (b, 4, 64, 32)."""
    lab: Tensor
    """Each garment's colour. Shape: (b, 3)."""
    words: Words
    recoloured: Words
    """The same in colours of others."""
    coloured: Tensor
    """1 where a colour is said. Shape: (b,)."""
    lengths: Tensor
    """How many words are said. Shape: (b,)."""
    keeps: Tensor
    """1 where the last word is a colour, which should leave the shape alone. Shape: (b,)."""
    named: dict[str, Tensor]
    """What the words name, -1 for nothing. Shapes: (b,)."""
    classes: dict[str, Tensor]
    """What the garments are, -1 where it isn't known. Shapes: (b,)."""
    said: Tensor
    """1 for words of the prefix that name no type, colour or gender. Shape: (b, v)."""
    titled: Tensor
    """1 for such words of the whole title. Shape: (b, v)."""
    strangers: Tensor
    """For each garment a place in the batch whose words are held beside it. Shape: (b,)."""
    contradicted: Tensor
    """1 where those words contradict the garment. Shape: (b,)."""
    eps: Tensor
    """Shape: (b, sample)."""
    noise: Tensor
    """Shape: (b, noise)."""
    taste: Tensor
    """Gumbel's noise, by which one of several modes is chosen. Shape: (b, modes)."""
    shifts: tuple[Tensor, Tensor]
    """By how much photos and drawings are moved before a critic sees them. Shapes: (b, 2)."""

    def to(self, device: torch.device) -> Lesson:
        """The same on a device."""
        return Lesson(**{field.name: _to(getattr(self, field.name), device) for field in fields(self)})


class Lessons:
    """The training part, ready to draw from."""

    def __init__(self, collection: Collection, network: ImagineConfig, shift: float = 0.06) -> None:
        self.collection, self.rows = collection, collection.part(0)
        self.network, self.shift = network, shift
        palette = collection.vocabulary.palette
        self.classes = {
            "type": collection.types[self.rows],
            "gender": collection.genders[self.rows],
            "colour": np.array([palette.nearest(lab) for lab in collection.labs[self.rows]], np.int64),
        }

    def __len__(self) -> int:
        return len(self.rows)

    def draw(self, chosen: NDArray[np.int64], random: np.random.Generator) -> Lesson:
        """A lesson on these garments; half of them in a mirror."""
        rows = self.rows[chosen]
        texts = [self.said(int(row), random) for row in chosen]
        lengths = np.array([_length(len(text), random) for text in texts], np.int64)
        heard = [text[:length] for text, length in zip(texts, lengths, strict=True)]
        flip = random.random(len(rows)) < 0.5
        pixels, masks = self.collection.pixels[rows][:, :, MIDDLE], self.collection.masks[rows][:, :, MIDDLE]
        pixels = np.where(flip[:, None, None, None], pixels[:, :, ::-1], pixels)
        masks = np.where(flip[:, None, None], masks[:, :, ::-1], masks)
        real, mask = _planes(pixels), torch.from_numpy(masks[:, None] / 255).float()
        lab = self.collection.labs[rows]
        named = _named(heard, self.collection.vocabulary)
        classes = {name: values[chosen] for name, values in self.classes.items()}
        strangers, contradicted = _strangers(named, classes, random)
        words = as_tensors(heard, self.collection.vocabulary)
        return Lesson(
            real=(F.interpolate(real, COARSE, mode="area"), real),
            masks=(F.interpolate(mask, COARSE, mode="area"), mask),
            relief=_relief(pixels, masks, lab),
            lab=torch.from_numpy(lab).float(),
            words=words,
            recoloured=_recoloured(words),
            coloured=words.coloured.amax(1),
            lengths=torch.from_numpy(lengths),
            keeps=torch.tensor([_keeps(text, self.collection.vocabulary) for text in heard]),
            named={name: torch.from_numpy(values) for name, values in named.items()},
            classes={name: torch.from_numpy(values) for name, values in classes.items()},
            said=self._plain(heard),
            titled=self._plain([list(self.collection.words[row]) for row in rows]),
            strangers=torch.from_numpy(strangers),
            contradicted=torch.from_numpy(contradicted).float(),
            eps=torch.randn(len(rows), self.network.sample),
            noise=torch.randn(len(rows), self.network.noise),
            taste=-torch.log(-torch.log(torch.rand(len(rows), self.network.modes).clamp(1e-6, 1 - 1e-6))),
            shifts=(self._shifts(len(rows)), self._shifts(len(rows))),
        )

    def said(self, row: int, random: np.random.Generator) -> list[Word]:
        """What may be said of a garment: its title, or its title and all else that is known, in any order.

        Colours are what its pixels have, whatever the title says (ReStGAN's look-up table).
        """
        vocabulary = self.collection.vocabulary
        cluster = int(self.classes["colour"][row])
        text = [self._own(word, cluster) for word in self.collection.words[self.rows[row]]]
        if random.random() < COMPOSED:
            spoken = {vocabulary.attribute(word) for word in text}
            text += [word for kind, word in self._attributes(row).items() if kind not in spoken]
        if random.random() < SHUFFLED:
            text = [text[place] for place in random.permutation(len(text))]
        return text[:LONGEST]

    def _own(self, word: Word, cluster: int) -> Word:
        palette = self.collection.vocabulary.palette
        if word.lab is None or word.cluster == cluster:
            return word
        return _colour(palette.names[cluster], cluster, self.collection.vocabulary)

    def _attributes(self, row: int) -> dict[str, Word]:
        vocabulary = self.collection.vocabulary
        cluster, gender = int(self.classes["colour"][row]), int(self.classes["gender"][row])
        kind = vocabulary.types[int(self.classes["type"][row])]
        words = {"colour": _colour(vocabulary.palette.names[cluster], cluster, vocabulary), "type": Word(kind, kind)}
        if gender >= 0 and GENDERS[gender] in vocabulary.places:
            words = {"gender": Word(GENDERS[gender], GENDERS[gender]), **words}
        return words

    def _plain(self, texts: list[list[Word]]) -> Tensor:
        vocabulary = self.collection.vocabulary
        found = torch.zeros(len(texts), len(vocabulary.tokens))
        for row, text in enumerate(texts):
            found[row, [vocabulary.places[word.token] for word in text if vocabulary.attribute(word) == "other"]] = 1
        return found

    def _shifts(self, count: int) -> Tensor:
        return self.shift * (4 * torch.rand(count, 2) - 2)  # a grid is two wide


def _recoloured(words: Words) -> Words:
    """Texts whose colours went round."""
    labs, coloured = words.labs.clone(), words.coloured > 0
    labs[coloured] = labs[coloured].roll(1, 0)
    return words._replace(labs=labs)


def _colour(name: str, cluster: int, vocabulary: Vocabulary) -> Word:
    lightness, a, b = (float(value) for value in vocabulary.palette.labs[cluster])
    return Word(name, name if name in vocabulary.places else "", (lightness, a, b), cluster)


def _length(words: int, random: np.random.Generator) -> int:
    return words if random.random() < WHOLE else int(random.integers(words + 1))


def _keeps(text: list[Word], vocabulary: Vocabulary) -> float:
    return float(bool(text) and vocabulary.attribute(text[-1]) == "colour")


def _named(texts: list[list[Word]], vocabulary: Vocabulary) -> dict[str, NDArray[np.int64]]:
    found = [vocabulary.wanted(text) for text in texts]
    return {name: np.array([one.get(name, -1) for one in found], np.int64) for name in ("type", "colour", "gender")}


def _strangers(
    named: dict[str, NDArray[np.int64]], classes: dict[str, NDArray[np.int64]], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each garment another's words that contradict it, if the batch has any."""
    count = len(named["type"])
    against = np.zeros((count, count), bool)
    for name, wanted in named.items():
        has = classes[name][:, None]
        against |= (wanted[None] >= 0) & (has >= 0) & (wanted[None] != has)
    draw = np.where(against, random.random((count, count)), -1)
    return draw.argmax(1), np.asarray(against.any(1))


def _planes(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float() / 255


def _relief(pixels: NDArray[np.uint8], masks: NDArray[np.uint8], lab: NDArray[np.float64]) -> Tensor:
    small, mask = pixels[:, ::2, ::2], masks[:, ::2, ::2, None] / 255
    apart = (rgb_to_lab(small) - lab[:, None, None]) / 30 * mask
    return torch.from_numpy(np.concatenate([apart, mask], -1).transpose(0, 3, 1, 2).copy()).float()


def _to(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {name: _to(one, device) for name, one in value.items()}
    return (
        type(value)(*(_to(one, device) for one in value))
        if isinstance(value, Words)
        else tuple(_to(one, device) for one in value)
    )
