"""Words to pictures: `imagine`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.colour import delta_e
from modiste.contact_sheets import Cell, sheet
from modiste.errors import UsageError
from modiste.imagine.preprocessing import SIZE
from modiste.imagine.words import Reading, Vocabulary, Word, read
from modiste.types import Pixels
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from torch import Tensor

    from modiste.imagine.model import Imagination
    from modiste.imagine.text import Memory

SHADE = 0.45
"""How far a shade may be from its colour, in radii of the colour's cluster."""
SPREAD = 0.5
"""Share of the noise's spread that is drawn with: what is rare is left out."""
UNLIKELY = 3.0
"""A colour that nobody named is given up when words make another so much likelier, in nats."""
LEAST = 0.2
"""Parts of a garment that are smaller than this share of its largest are no parts of it."""
PINHOLE = 0.02
"""Nor are holes that are smaller than this share of it."""
EDGE = 2.5
"""By how much a mask is steeper than it was drawn."""
CHUNK = 32
"""Pictures drawn at once."""
MOST = 12
"""Pictures of a text."""
MODES = 64
"""More than any network has."""
LAST_SEED = 2**31


class State(NamedTuple):
    """What was said to an imaginer so far, and the noise that stays the same as words are added."""

    words: tuple[Word, ...]
    memory: Memory
    """Of the text encoder, of one text."""
    told: Tensor
    """The text encoder's state after each number of words. Shape: (t + 1, d)."""
    seeds: tuple[int, ...]
    """Of each picture's noise."""
    barred: frozenset[int] = frozenset()
    """Colour clusters that a garment without a named colour doesn't get."""


@dataclass(frozen=True)
class Frame:
    """The pictures of a text's beginning."""

    text: str
    word: str
    """The last one, which is what is new."""
    pictures: Pixels
    """RGB on white. Shape: (n, 128, 96, 3)."""


@dataclass(frozen=True)
class Strip:
    """A picture for every beginning of a text."""

    frames: tuple[Frame, ...]
    words: tuple[Word, ...]
    notes: tuple[str, ...]
    """What was not understood, and what contradicts itself."""
    made_by: str = ""
    """The weights that drew it."""

    @property
    def last(self) -> Pixels:
        """The pictures of the whole text. Shape: (n, 128, 96, 3)."""
        return self.frames[-1].pictures

    def picture(self) -> Image.Image:
        """All of them side by side: a column for every word, a row for every picture of a text."""
        rows: list[tuple[str, list[Cell]]] = []
        for row in range(len(self.last)):
            cells: list[Cell] = [(Image.fromarray(one.pictures[row]), one.word, False) for one in self.frames]
            rows.append((self.frames[-1].text if row == 0 else "", cells))
        return sheet(rows, thumb=self.last.shape[1:3], columns=len(self.frames))


def imagine(text: str, *, seed: int = 0, n: int = 1, weights: str | Imaginer = "imagine-photos") -> Strip:
    """Draw a picture for every beginning of a text; each word changes what it names and keeps the rest.

    Args:
        text: such as "women's black pants petite capri", of at most `MAX_WORDS` words.
        seed: of the noise; the same words and seed give the same bytes.
        n: how many pictures of each beginning, of different noise; 1 to `MOST`.
        weights: a name, a run's folder, or an imaginer that is there already.

    Raises:
        UsageError: an empty or overlong text or one without a known word, a garment that was never learnt, no such `n`
            or seed, unknown weights.
    """
    if not 1 <= n <= MOST:
        raise UsageError(f"n must be 1 to {MOST} pictures; got {n}")
    if not 0 <= seed <= LAST_SEED:
        raise UsageError(f"seed must be 0 to {LAST_SEED:,}; got {seed:,}")
    imaginer = load_imaginer(weights) if isinstance(weights, str) else weights
    reading = imaginer.read(text)
    if not reading.words:
        raise UsageError(f'no word of this text is known: "{text}"; name a garment and a colour: women\'s black pants')
    state = imaginer.start(seed, n, reading.barred)
    states = []
    for word in reading.words:
        state = imaginer.add(state, word)
        states.append(state)
    pictures = imaginer.render(states)
    pictures = pictures.reshape(-1, n, *pictures.shape[1:])
    frames = [
        Frame(" ".join(word.said for word in one.words), one.words[-1].said, shown)
        for one, shown in zip(states, pictures, strict=True)
    ]
    return Strip(tuple(frames), reading.words, reading.notes, imaginer.name)


class Imaginer:
    """Networks that `modiste train imagine` made.

    Args:
        weights: of the system `imagine`.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights, self.name, self.revision = weights, weights.name, weights.revision
        self.vocabulary = Vocabulary.of(weights.config["vocabulary"])

    def read(self, text: str) -> Reading:
        """The words of a text that it knows."""
        return read(text, self.vocabulary)

    def start(self, seed: int = 0, n: int = 1, barred: frozenset[int] = frozenset()) -> State:
        """Nothing said yet, but for the clusters of colours that aren't wanted."""
        memory = self.network.text.start(1)
        return State((), memory, memory.state, tuple(range(seed * 1000, seed * 1000 + n)), barred)

    def add(self, state: State, word: Word) -> State:
        """One word more; the state without it stays as it is."""
        import torch

        from modiste.imagine.text import as_tensors

        with torch.inference_mode():
            vector = self.network.text.vectors(as_tensors([[word]], self.vocabulary))[:, 0]
            memory = self.network.text.add(state.memory, vector)
        return State((*state.words, word), memory, torch.cat([state.told, memory.state]), state.seeds, state.barred)

    def render(self, states: Sequence[State]) -> Pixels:
        """The pictures of some states, each state's side by side. Shape: (states * n, 128, 96, 3)."""
        texts = [(state.told, state.words, seed, state.barred) for state in states for seed in state.seeds]
        parts = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
        return np.concatenate([self._painted(*zip(*part, strict=True)) for part in parts])

    def draw(self, words: Sequence[Sequence[Word]], seeds: Sequence[int]) -> Pixels:
        """A picture for each text. Shape: (m, 128, 96, 3)."""
        import torch

        from modiste.imagine.text import as_tensors

        pictures = []
        for start in range(0, len(words), CHUNK):
            some = [list(text) for text in words[start : start + CHUNK]]
            with torch.inference_mode():
                told = self.network.text(as_tensors(some, self.vocabulary))
            heard = [states[: len(text) + 1] for states, text in zip(told, some, strict=True)]
            pictures.append(self._painted(heard, some, seeds[start : start + CHUNK], [frozenset()] * len(some)))
        return np.concatenate(pictures)

    def _painted(
        self,
        heard: Sequence[Tensor],
        words: Sequence[Sequence[Word]],
        seeds: Sequence[int],
        barred: Sequence[frozenset[int]],
    ) -> Pixels:
        """States to pixels, each with its own noise."""
        import torch

        from modiste.imagine.model import on_white

        config = self.network.config
        noise = [self._noise(seed, config.sample + config.noise) for seed in seeds]
        fixed = torch.from_numpy(np.stack([one.sample for one in noise]))
        with torch.inference_mode():
            tastes = torch.from_numpy(np.stack([one.modes for one in noise]))
            told = torch.stack([states[-1] for states in heard]) * (config.focus if config.painted else 1)
            sample = self.network.beliefs(told).drawn(SPREAD * fixed[:, : config.sample], tastes)
            chances = [self.network.colours(states).log_softmax(1).numpy() for states in heard]
            for likely, unwanted in zip(chances, barred, strict=True):
                likely[:, sorted(unwanted)] = -np.inf
            colours = [self._colour(text, some, one) for text, some, one in zip(words, chances, noise, strict=True)]
            given = torch.cat([sample, SPREAD * fixed[:, config.sample :]], 1)
            _, fine = self.network.generator(given, torch.from_numpy(np.stack(colours)))
            shown = on_white(fine.cloth, _cut_out(fine.mask)) if config.painted else fine.picture
            pixels = (shown.clamp(0, 1) * 255).round().to(torch.uint8)
        return _on_canvas(pixels.permute(0, 2, 3, 1).numpy())

    def _colour(self, words: Sequence[Word], chances: NDArray[np.float32], noise: _Noise) -> NDArray[np.float32]:
        """The garment's own: a shade of the colour last named or, where none is, of one that goes with the words."""
        palette = self.vocabulary.palette
        named = [word for word in words if word.lab is not None]
        if named:
            lab, cluster = np.array(named[-1].lab, np.float32), named[-1].cluster
        else:
            cluster = kept_colour(chances, noise.taste[: len(palette.names)])
            lab = palette.labs[cluster]
        return np.asarray(_shade(lab, noise.shade, SHADE * float(palette.radii[cluster])), np.float32)

    def _noise(self, seed: int, length: int) -> _Noise:
        random = np.random.default_rng(seed)
        return _Noise(
            sample=random.standard_normal(length, np.float32),
            shade=random.standard_normal(3),
            taste=random.gumbel(size=256),
            modes=random.gumbel(size=MODES).astype(np.float32),
        )

    @cached_property
    def network(self) -> Imagination:
        """The networks, ready for inference."""
        return load_network(self.weights)


class _Noise(NamedTuple):
    """What of a picture no word says."""

    sample: NDArray[np.float32]
    shade: NDArray[np.float64]
    """Direction in LAB, and how far."""
    taste: NDArray[np.float64]
    """For colours, where none is named."""
    modes: NDArray[np.float32]
    """For what words leave open."""


def load_imaginer(name: str | Path = "imagine-photos") -> Imaginer:
    """The imaginer of these weights.

    Raises:
        UsageError: there are none, or they are for something else.
    """
    weights = find(str(name))
    return _imaginer(weights, weights.revision)


@lru_cache(maxsize=4)
def _imaginer(weights: Weights, revision: str) -> Imaginer:
    """Kept from one text to the next, for as long as the files stay the same."""
    system = weights.config.get("system")
    if system != "imagine":
        raise UsageError(f"{weights.name} does not imagine, it is for {system}; what does is listed by: modiste models")
    return Imaginer(weights)


def load_network(weights: Weights) -> Imagination:
    """The networks with these weights."""
    import torch

    from modiste.imagine.model import Imagination, ImagineConfig

    settings = dict(weights.config["settings"]["network"])
    tensors = {name: torch.from_numpy(one) for name, one in weights.tensors().items() if not name.startswith("judge.")}
    config = ImagineConfig(**{**settings, "widths": tuple(settings["widths"])})
    clusters = len(weights.config["vocabulary"]["palette"]["names"])
    network = Imagination(config, tensors["text.embedding.weight"], clusters)
    network.posterior = None
    network.load_state_dict(tensors)
    return network.eval()


def kept_colour(chances: NDArray[np.float32], taste: NDArray[np.float64]) -> int:
    """The colour of a garment of which none is named: one drawn at first, until words make it unlikely.

    Args:
        chances: log-likelihood of each colour after each number of words. Shape: (t + 1, k).
        taste: Gumbel's noise, by which the largest sum is a draw. Shape: (k,).
    """
    kept = int((chances[0] + taste).argmax())
    for after in chances[1:]:
        if after[kept] < after.max() - UNLIKELY:
            kept = int((after + taste).argmax())
    return kept


def _cut_out(masks: Tensor) -> Tensor:
    """Masks with a clear edge, without specks beside the garment and pinholes in it. Shape: (b, 1, h, w)."""
    import torch
    from scipy.ndimage import binary_dilation

    parts, closed = [], []
    for mask in masks[:, 0].numpy() > 0.5:
        marks, sizes = _pieces(mask)
        garment = (sizes >= max(1, LEAST * sizes.max()))[marks]
        marks, sizes = _pieces(~mask)
        parts.append(binary_dilation(garment, iterations=2))
        closed.append(binary_dilation(((sizes > 0) & (sizes < PINHOLE * garment.sum()))[marks]) & parts[-1])
    steep = ((masks - 0.5) * EDGE + 0.5).clamp(0, 1)
    part, close = (torch.from_numpy(np.stack(some)[:, None]) for some in (parts, closed))
    return torch.where(close, torch.ones_like(steep), steep * part)


def _pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The number of each place's piece, and how large each is; the rest is number 0, of size 0."""
    from scipy.ndimage import label

    marks, _ = label(mask)
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    return marks, sizes


def _on_canvas(pixels: Pixels) -> Pixels:
    """With the white columns beside the garment. Shape: (n, 128, 64, 3) to (n, 128, 96, 3)."""
    side = (SIZE[1] - pixels.shape[2]) // 2
    return np.pad(pixels, ((0, 0), (0, 0), (side, side), (0, 0)), constant_values=255)


def _shade(lab: NDArray[np.float32], direction: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """A colour at most so far from this one, in CIEDE2000."""
    step = direction * np.array([1.0, 0.35, 0.5])
    step *= min(1.0, most / max(float(delta_e(lab, lab + step * 3)), 1e-6)) * 3 if most else 0.0
    return np.asarray(lab + step)
