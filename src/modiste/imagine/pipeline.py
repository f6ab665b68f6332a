"""Text to pictures, word by word: `imagine`."""

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
from modiste.imagine.words import Reading, Vocabulary, Word, read
from modiste.types import Doubles, Floats, Pixels
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from torch import Tensor

    from modiste.imagine.model import Imagination, TextState

SIZE = (128, 96)
"""Height and width of a picture."""
SHADE = 0.45
"""Largest distance of a shade from its colour, in radii of the colour's cluster."""
SPREAD = 0.5
"""Factor of the noise's standard deviation, so that nothing rare is drawn."""
UNLIKELY = 3.0
"""A colour that the text doesn't name is given up when words make another so much likelier, in nats."""
MIN_PART = 0.2
"""Least size of a garment's part, as a share of its largest; smaller ones are specks."""
PINHOLE = 0.02
"""Share of the garment up to which a hole is filled."""
EDGE = 2.5
"""Factor by which a mask's edge is made steeper."""
CHUNK = 32
"""Pictures drawn at once."""
MOST = 12
"""Most pictures of a text."""
MODES = 64
"""Length of a picture's Gumbel noise for modes, more than any network has."""
LAST_SEED = 2**31


class State(NamedTuple):
    """A text so far, and the noise that stays the same as words are added."""

    words: tuple[Word, ...]
    encoder: TextState
    """State of the text encoder, for one text."""
    outputs: Tensor
    """Its outputs after each number of words. Shape: (t + 1, d)."""
    seeds: tuple[int, ...]
    """Seed of each picture's noise."""
    excluded: frozenset[int] = frozenset()
    """Colour clusters that a garment without a named colour doesn't get."""


@dataclass(frozen=True)
class Frame:
    """The pictures of a prefix of the text."""

    text: str
    word: str
    """The last word, which is the new one."""
    pictures: Pixels
    """RGB on white. Shape: (n, 128, 96, 3)."""


@dataclass(frozen=True)
class Strip:
    """A frame for every prefix of a text."""

    frames: tuple[Frame, ...]
    words: tuple[Word, ...]
    notes: tuple[str, ...]
    """Messages on unknown words and contradictions."""
    made_by: str = ""
    """Name of the weights."""

    @property
    def last(self) -> Pixels:
        """The pictures of the whole text. Shape: (n, 128, 96, 3)."""
        return self.frames[-1].pictures

    def picture(self) -> Image.Image:
        """Contact sheet with a column for every word and a row for every picture of a text."""
        rows: list[tuple[str, list[Cell]]] = []
        for row in range(len(self.last)):
            cells: list[Cell] = [(Image.fromarray(frame.pictures[row]), frame.word, False) for frame in self.frames]
            rows.append((self.frames[-1].text if row == 0 else "", cells))
        return sheet(rows, thumb=self.last.shape[1:3], columns=len(self.frames))


def imagine(text: str, *, seed: int = 0, n: int = 1, weights: str | Imaginer = "imagine-photos") -> Strip:
    """Draw a picture for every prefix of a text; each word changes what it names and keeps the rest.

    Args:
        text: such as "women's black pants petite capri", of at most `MAX_WORDS` words.
        seed: of the noise; the same words and seed give the same bytes.
        n: pictures of each prefix, of different noise; 1 to `MOST`.
        weights: a name, a run's folder, or a loaded imaginer.

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
    state = imaginer.start(seed, n, reading.excluded)
    states = []
    for word in reading.words:
        state = imaginer.add(state, word)
        states.append(state)
    pictures = imaginer.render(states)
    frames = [
        Frame(" ".join(word.text for word in state.words), state.words[-1].text, drawn)
        for state, drawn in zip(states, pictures.reshape(-1, n, *pictures.shape[1:]), strict=True)
    ]
    return Strip(tuple(frames), reading.words, reading.notes, imaginer.name)


class Imaginer:
    """Trained networks that draw pictures from words.

    Args:
        weights: of the system `imagine`.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights, self.name, self.revision = weights, weights.name, weights.revision
        self.vocabulary = Vocabulary.of(weights.config["vocabulary"])

    @cached_property
    def network(self) -> Imagination:
        """The networks, ready for inference."""
        import torch

        from modiste.imagine.model import Imagination, ImagineConfig

        settings = dict(self.weights.config["settings"]["network"])
        arrays = self.weights.tensors()
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items() if not name.startswith("judge.")}
        config = ImagineConfig(**{**settings, "widths": tuple(settings["widths"])})
        network = Imagination(config, tensors["text.embedding.weight"], len(self.vocabulary.palette.names))
        network.posterior = None
        network.load_state_dict(tensors)
        return network.eval()

    def read(self, text: str) -> Reading:
        """Read a text in words of the vocabulary."""
        return read(text, self.vocabulary)

    def start(self, seed: int = 0, n: int = 1, excluded: frozenset[int] = frozenset()) -> State:
        """State of an empty text, for `n` pictures without colours of the excluded clusters."""
        encoder = self.network.text.start(1)
        return State((), encoder, encoder.output, tuple(range(seed * 1000, seed * 1000 + n)), excluded)

    def add(self, state: State, word: Word) -> State:
        """State with one more word; the given one stays as it is."""
        import torch

        from modiste.imagine.model import Tokens

        with torch.inference_mode():
            vector = self.network.text.embed(Tokens.of([[word]], self.vocabulary))[:, 0]
            encoder = self.network.text.add(state.encoder, vector)
            outputs = torch.cat([state.outputs, encoder.output])
        return State((*state.words, word), encoder, outputs, state.seeds, state.excluded)

    def render(self, states: Sequence[State]) -> Pixels:
        """Draw states, each state's pictures one after the other. Shape: (states * n, 128, 96, 3)."""
        requests = [(state, seed) for state in states for seed in state.seeds]
        chunks = [requests[start : start + CHUNK] for start in range(0, len(requests), CHUNK)]
        return np.concatenate([self._render(chunk) for chunk in chunks])

    def draw(self, texts: Sequence[Sequence[Word]], seeds: Sequence[int]) -> Pixels:
        """Draw one picture of each text. Shape: (m, 128, 96, 3)."""
        import torch

        from modiste.imagine.model import Tokens

        states, empty = [], self.network.text.start(1)
        for start in range(0, len(texts), CHUNK):
            batch = texts[start : start + CHUNK]
            with torch.inference_mode():
                outputs = self.network.text(Tokens.of(batch, self.vocabulary))
            for text, padded, seed in zip(batch, outputs, seeds[start : start + CHUNK], strict=True):
                states.append(State(tuple(text), empty, padded[: len(text) + 1], (seed,)))
        return self.render(states)

    def _render(self, requests: Sequence[tuple[State, int]]) -> Pixels:
        """Draw one picture of each state with the noise of a seed. Shape: (b, 128, 96, 3)."""
        import torch

        config = self.network.config
        noise = [_noise(seed, config.sample + config.noise) for _, seed in requests]
        eps = torch.from_numpy(np.stack([drawn.eps for drawn in noise]))
        gumbel = torch.from_numpy(np.stack([drawn.modes for drawn in noise]))
        with torch.inference_mode():
            text = torch.stack([state.outputs[-1] for state, _ in requests]) * (config.focus if config.painted else 1)
            sample = self.network.prior(text).sample(SPREAD * eps[:, : config.sample], gumbel)
            colours = []
            for (state, _), drawn in zip(requests, noise, strict=True):
                log_probs = self.network.colours(state.outputs).log_softmax(1).numpy()
                log_probs[:, sorted(state.excluded)] = -np.inf
                colours.append(self._colour(state.words, log_probs, drawn))
            condition = torch.cat([sample, SPREAD * eps[:, config.sample :]], 1)
            _, fine = self.network.generator(condition, torch.from_numpy(np.stack(colours)))
            shown = fine._replace(mask=_cleaned(fine.mask)) if config.painted else fine
            pixels = (shown.picture.clamp(0, 1) * 255).round().to(torch.uint8)
        side = (SIZE[1] - pixels.shape[3]) // 2  # white columns beside the garment
        canvas = np.pad(pixels.permute(0, 2, 3, 1).numpy(), ((0, 0), (0, 0), (side, side), (0, 0)), constant_values=255)
        return np.asarray(canvas)

    def _colour(self, text: Sequence[Word], log_probs: Floats, noise: _Noise) -> Floats:
        """The garment's LAB: a shade of the colour named last or, where none is, of one that goes with the words."""
        palette = self.vocabulary.palette
        named = [word for word in text if word.lab is not None]
        if named:
            lab, cluster = np.array(named[-1].lab, np.float32), named[-1].cluster
        else:
            cluster = _kept_colour(log_probs, noise.colours[: len(palette.names)])
            lab = palette.labs[cluster]
        step = noise.shade * np.array([1.0, 0.35, 0.5])
        # At most SHADE radii, in CIEDE2000, which the step's own length in LAB isn't.
        longest = SHADE * float(palette.radii[cluster])
        step *= min(1.0, longest / max(float(delta_e(lab, lab + step * 3)), 1e-6)) * 3 if longest else 0.0
        return np.asarray(lab + step, np.float32)


class _Noise(NamedTuple):
    """Random numbers of one picture."""

    eps: Floats
    """Standard normal, for the conditioning sample and StackGAN's noise."""
    shade: Doubles
    """Standard normal, the direction and distance of the shade in LAB."""
    colours: Doubles
    """Gumbel noise, which chooses a colour where none is named."""
    modes: Floats
    """Gumbel noise, which chooses a mode of the prior."""


def _noise(seed: int, length: int) -> _Noise:
    """The noise of a seed, with `length` numbers in `eps`."""
    random = np.random.default_rng(seed)
    return _Noise(
        eps=random.standard_normal(length, np.float32),
        shade=random.standard_normal(3),
        colours=random.gumbel(size=256),
        modes=random.gumbel(size=MODES).astype(np.float32),
    )


def load_imaginer(name: str | Path = "imagine-photos") -> Imaginer:
    """Load the imaginer of these weights.

    Raises:
        UsageError: there are none, or they are for something else.
    """
    weights = find(str(name))
    return _imaginer(weights, weights.revision)


@lru_cache(maxsize=4)
def _imaginer(weights: Weights, revision: str) -> Imaginer:
    """The imaginer, kept from one text to the next for as long as the files stay the same."""
    system = weights.config.get("system")
    if system != "imagine":
        raise UsageError(f"{weights.name} does not imagine, it is for {system}; what does is listed by: modiste models")
    return Imaginer(weights)


def _kept_colour(log_probs: Floats, gumbel: Doubles) -> int:
    """Colour cluster of a garment whose text names none: sampled for the empty text, kept until words make it unlikely.

    Args:
        log_probs: log-probability of each cluster after each number of words. Shape: (t + 1, k).
        gumbel: Gumbel noise, with which the largest sum is a sample. Shape: (k,).
    """
    kept = int((log_probs[0] + gumbel).argmax())
    for after in log_probs[1:]:
        if after[kept] < after.max() - UNLIKELY:
            kept = int((after + gumbel).argmax())
    return kept


def _cleaned(masks: Tensor) -> Tensor:
    """Masks with a steeper edge, without specks beside the garment and pinholes in it. Shape: (b, 1, h, w)."""
    import torch
    from scipy.ndimage import binary_dilation

    parts, closed = [], []
    for mask in masks[:, 0].numpy() > 0.5:
        marks, sizes = _components(mask)
        garment = (sizes >= max(1, MIN_PART * sizes.max()))[marks]
        marks, sizes = _components(~mask)
        parts.append(binary_dilation(garment, iterations=2))
        closed.append(binary_dilation(((sizes > 0) & (sizes < PINHOLE * garment.sum()))[marks]) & parts[-1])
    steep = ((masks - 0.5) * EDGE + 0.5).clamp(0, 1)
    part, close = (torch.from_numpy(np.stack(arrays)[:, None]) for arrays in (parts, closed))
    return torch.where(close, torch.ones_like(steep), steep * part)


def _components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number of each pixel's connected component, and the components' sizes; the rest is number 0, of size 0."""
    from scipy.ndimage import label

    marks, _ = label(mask)
    sizes = np.bincount(marks.ravel())
    sizes[0] = 0
    return marks, sizes
