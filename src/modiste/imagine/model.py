"""ReStGAN's networks: text encoders, the mixture prior, and a two-stage generator (StackGAN, section 3).

The generator gives a mask and each pixel's difference from the garment's colour in LAB; the colour itself comes from
the text. That is ours, not ReStGAN's; the baselines' generators give RGB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.colour import TO_XYZ, WHITE
from modiste.errors import UsageError
from modiste.imagine.words import Vocabulary, Word

BASE = (4, 2)
"""Height and width of the first feature map: five doublings make 128 x 64, the part of the canvas that isn't white."""
COARSE, FINE = (64, 32), (128, 64)
"""Height and width of the two stages' pictures."""
REACH = (50.0, 40.0, 40.0)
"""Largest difference of a pixel from the garment's colour, in LAB."""
GROUPS = 8


@dataclass(frozen=True)
class ImagineConfig:
    """Architecture of the networks."""

    text: str = "stream"
    """Text encoder: `stream` (ReStGAN), `mean` or `sentence` (baselines)."""
    table: bool = True
    """Whether colour words go through the LAB table."""
    painted: bool = True
    """Whether the generator gives differences from the text's colour, and a posterior encodes photos; else RGB."""
    focus: float = 1.25
    """Factor of the text's state at inference; with the 1 of training some words show too little."""
    state: int = 128
    """Length of the text's state."""
    sample: int = 96
    """Length of the conditioning sample."""
    noise: int = 0
    """Length of StackGAN's noise beside it; 0 where photos are reconstructed, because the sample has its own."""
    modes: int = 6
    """Normal distributions of the mixture prior; 1 as in StackGAN."""
    widths: tuple[int, ...] = (128, 96, 64, 48, 24)
    """Channels at 4x2, 8x4 ... 64x32."""
    fine: int = 32
    """Channels of the second stage."""

    def __post_init__(self) -> None:
        if self.text not in ENCODERS:
            raise UsageError(f"text must be one of {', '.join(ENCODERS)}; got {self.text}")
        if len(self.widths) != 5 or any(width % GROUPS for width in (*self.widths, self.fine)):
            raise UsageError(f"widths must be five multiples of {GROUPS}; got {self.widths} and {self.fine}")


class Tokens(NamedTuple):
    """Texts as tensors, padded at the end."""

    indices: Tensor
    """Indices in the vocabulary; -1 for padding and for a colour that isn't in it. Shape: (b, t)."""
    labs: Tensor
    """LAB of colour words over 100; 0 elsewhere. Shape: (b, t, 3)."""
    coloured: Tensor
    """1 for colour words. Shape: (b, t)."""
    mask: Tensor
    """1 for words, 0 for padding. Shape: (b, t)."""

    @classmethod
    def of(cls, texts: Sequence[Sequence[Word]], vocabulary: Vocabulary) -> Tokens:
        """Tensors of these texts."""
        shape = (len(texts), max([1, *map(len, texts)]))
        tokens = cls(torch.full(shape, -1), torch.zeros(*shape, 3), torch.zeros(shape), torch.zeros(shape))
        for row, text in enumerate(texts):
            for column, word in enumerate(text):
                tokens.indices[row, column] = vocabulary.indices.get(word.token, -1)
                tokens.mask[row, column] = 1
                if word.lab is not None:
                    tokens.labs[row, column] = torch.tensor(word.lab) / 100
                    tokens.coloured[row, column] = 1
        return tokens


class TextState(NamedTuple):
    """Recurrent state of a text encoder between two words."""

    hidden: Tensor
    """Shape: (b, d)."""
    cell: Tensor
    """Shape: (b, d)."""
    output: Tensor
    """The text's state, which the generator is conditioned on. Shape: (b, d)."""


class _TextEncoder(nn.Module):
    """Base of the text encoders, which read a text word by word.

    Args:
        vectors: word vectors of the vocabulary, learnt from titles alone. Shape: (v, w).
        width: length of the state.
        table: whether a colour word is embedded by its LAB values instead of its word vector.
    """

    frozen: ClassVar[bool] = True

    def __init__(self, vectors: Tensor, width: int, *, table: bool) -> None:
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding.from_pretrained(vectors, freeze=self.frozen)
        w = vectors.shape[1]
        self.colour = nn.Sequential(nn.Linear(3, 32), nn.LeakyReLU(0.2), nn.Linear(32, w)) if table else None

    def embed(self, tokens: Tokens) -> Tensor:
        """Vector of each word. Shape: (b, t, w)."""
        vectors: Tensor = self.embedding(tokens.indices.clamp_min(0)) * (tokens.indices >= 0).unsqueeze(-1)
        if self.colour is None:
            return vectors
        return torch.where(tokens.coloured.unsqueeze(-1) > 0, self.colour(tokens.labs), vectors)

    def start(self, count: int) -> TextState:
        """State of `count` empty texts."""
        zeros = self.embedding.weight.new_zeros(count, self.width)
        return TextState(zeros, zeros, zeros)

    def add(self, state: TextState, vector: Tensor) -> TextState:
        """State after one more word. `vector` Shape: (b, w)."""
        raise NotImplementedError

    def forward(self, tokens: Tokens) -> Tensor:
        """Outputs after each number of words, 0 included. Shape: (b, t + 1, d)."""
        vectors, state = self.embed(tokens), self.start(len(tokens.indices))
        outputs = [state.output]
        for column in range(tokens.indices.shape[1]):
            updated, present = self.add(state, vectors[:, column]), tokens.mask[:, column, None] > 0
            state = TextState(*(torch.where(present, new, old) for new, old in zip(updated, state, strict=True)))
            outputs.append(state.output)
        return torch.stack(outputs, 1)


class _WordStream(_TextEncoder):
    """An LSTM trained with the generator (ReStGAN), whose steps are gated.

    The gate is ours: words that have nothing to do with a picture learn to leave the state alone.
    """

    frozen = False

    def __init__(self, vectors: Tensor, width: int, *, table: bool = True) -> None:
        super().__init__(vectors, width, table=table)
        self.cell = nn.LSTMCell(vectors.shape[1], width)
        self.step = nn.Linear(width, width)
        self.gate = nn.Linear(width + vectors.shape[1], width)

    def add(self, state: TextState, vector: Tensor) -> TextState:
        hidden, cell = self.cell(vector, (state.hidden, state.cell))
        gate = torch.sigmoid(self.gate(torch.cat([hidden, vector], 1)))
        return TextState(hidden, cell, state.output + gate * torch.tanh(self.step(hidden)))


class _MeanWords(_TextEncoder):
    """The mean of frozen word vectors: StackGAN on the plainest text embedding."""

    def __init__(self, vectors: Tensor, width: int, *, table: bool = False) -> None:
        super().__init__(vectors, width, table=table)
        self.lift = nn.Linear(vectors.shape[1], width)

    def add(self, state: TextState, vector: Tensor) -> TextState:
        total, count = state.hidden + self.lift(vector), state.cell + 1
        return TextState(total, count, total / count)


class SentenceLSTM(_TextEncoder):
    """An LSTM pretrained to classify a title's type, colour and gender, then frozen, as StackGAN's encoder is."""

    def __init__(self, vectors: Tensor, width: int, *, table: bool = False) -> None:
        super().__init__(vectors, width, table=table)
        self.cell = nn.LSTMCell(vectors.shape[1], width)

    def add(self, state: TextState, vector: Tensor) -> TextState:
        hidden, cell = self.cell(vector, (state.hidden, state.cell))
        return TextState(hidden, cell, hidden)


ENCODERS: Mapping[str, type[_TextEncoder]] = {"stream": _WordStream, "mean": _MeanWords, "sentence": SentenceLSTM}


class Gaussian(NamedTuple):
    """A normal distribution of the conditioning sample, with a diagonal covariance."""

    mean: Tensor
    """Shape: (b, c)."""
    log_sd: Tensor
    """Shape: (b, c)."""

    def sample(self, eps: Tensor) -> Tensor:
        """Reparameterised sample from standard normal noise. Shape: (b, c) to (b, c)."""
        return self.mean + self.log_sd.exp() * eps


class MixturePrior(NamedTuple):
    """Distribution of the conditioning sample given a text: a mixture of normal distributions.

    A text that leaves the length open has a mode for long and one for short garments, and between them lies none.
    """

    logits: Tensor
    """Of the modes. Shape: (b, m)."""
    mean: Tensor
    """Shape: (b, m, c)."""
    log_sd: Tensor
    """Shape: (b, m, c)."""
    cholesky: Tensor
    """Lower-triangular factor that correlates the noise, before it is scaled by `log_sd`. Shape: (c, c)."""

    def sample(self, eps: Tensor, gumbel: Tensor) -> Tensor:
        """Sample from standard normal noise, of the mode that Gumbel noise chooses. Shape: (b, c), (b, m) to (b, c)."""
        mode = (self.logits + gumbel[:, : self.logits.shape[1]]).argmax(1)
        rows = torch.arange(len(mode), device=mode.device)
        return self.mean[rows, mode] + self.log_sd[rows, mode].exp() * (eps @ self.cholesky.T)

    def log_prob(self, sample: Tensor) -> Tensor:
        """Log-density of a sample, without its constant. Shape: (b, c) to (b,)."""
        scaled = (sample[:, None] - self.mean) * (-self.log_sd).exp()
        noise = torch.linalg.solve_triangular(self.cholesky, scaled.flatten(0, 1).T, upper=False).T.view_as(scaled)
        each = -(0.5 * noise**2 + self.log_sd).sum(2) - self.cholesky.diagonal().log().sum()
        total: Tensor = (self.logits.log_softmax(1) + each).logsumexp(1)
        return total


class Composite(NamedTuple):
    """A generated picture in two layers; the mask of a generator that gives RGB is full."""

    mask: Tensor
    """Shape: (b, 1, h, w), 0 to 1."""
    garment: Tensor
    """RGB 0 to 1, as it would be without the mask. Shape: (b, 3, h, w)."""

    @property
    def picture(self) -> Tensor:
        """RGB 0 to 1 on white. Shape: (b, 3, h, w)."""
        return self.mask * self.garment + 1 - self.mask


class _ModulatedConv(nn.Module):
    """A convolution whose channels are scaled and shifted by the sample (DF-GAN, section 3.3).

    Shapes of forward: (b, c, h, w), (b, s) to (b, out, h, w).
    """

    def __init__(self, width: int, out: int, sample: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, out, 3, 1, 1, bias=False)
        self.norm = nn.GroupNorm(GROUPS, out)
        self.affine = nn.Linear(sample, 2 * out)
        nn.init.normal_(self.affine.weight, std=0.02)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, sample: Tensor) -> Tensor:
        scale, shift = self.affine(sample)[:, :, None, None].chunk(2, 1)
        return F.leaky_relu(self.norm(self.convolution(x)) * (1 + scale) + shift, 0.2)


class Generator(nn.Module):
    """Two stages that share one conditioning sample: a coarse picture, and a finer one from its feature map.

    Args of forward:
        sample: conditioning sample beside noise. Shape: (b, sample + noise).
        colour: the garment's in LAB; ignored unless `painted`. Shape: (b, 3).
        fine: how many pictures of the batch go through the second stage; all by default.

    Returns:
        Of 64 x 32 all pictures, of 128 x 64 the first `fine`.
    """

    def __init__(self, config: ImagineConfig) -> None:
        super().__init__()
        self.config = config
        condition = config.sample + config.noise + (3 if config.painted else 0)
        first, *_, last = config.widths
        out = 4 if config.painted else 3
        self.root = nn.Linear(condition, first * BASE[0] * BASE[1])
        self.small = nn.ModuleList([_ModulatedConv(width, width, condition) for width in config.widths[:-1]])
        self.large = nn.ModuleList([_ModulatedConv(*widths, condition) for widths in pairwise(config.widths)])
        self.coarse = nn.Conv2d(last, out, 3, 1, 1)
        self.enter = _ModulatedConv(last + out, config.fine, condition)
        self.detail = nn.ModuleList([_ModulatedConv(config.fine, config.fine, condition) for _ in range(2)])
        self.shuffle = nn.Conv2d(config.fine, 4 * 12, 3, 1, 1)
        self.fine = nn.Conv2d(12, out, 3, 1, 1)
        nn.init.normal_(self.coarse.weight, std=0.02)
        nn.init.zeros_(self.fine.weight)
        nn.init.zeros_(cast(Tensor, self.fine.bias))
        if not config.painted:
            nn.init.constant_(cast(Tensor, self.coarse.bias), 1.5)  # most of a picture is white

    def forward(self, sample: Tensor, colour: Tensor, fine: int | None = None) -> tuple[Composite, Composite]:
        condition = torch.cat([sample, colour / 50 - 1], 1) if self.config.painted else sample
        x = self.root(condition).view(len(condition), -1, *BASE).contiguous(memory_format=torch.channels_last)
        for small, large in zip(self.small, self.large, strict=True):
            x = large(F.interpolate(small(x, condition), scale_factor=2.0, mode="nearest"), condition)
        coarse: Tensor = self.coarse(x)
        count = len(x) if fine is None else fine
        y = self.enter(torch.cat([x[:count], coarse[:count]], 1), condition[:count])
        for block in self.detail:
            y = y + block(y, condition[:count])
        y = F.leaky_relu(F.pixel_shuffle(self.shuffle(y), 2), 0.2)
        residual = self.fine(y)
        larger = F.interpolate(coarse[:count], scale_factor=2.0, mode="bilinear") + residual
        return self._composite(coarse, colour), self._composite(larger, colour[:count])

    def _composite(self, raw: Tensor, colour: Tensor) -> Composite:
        raw = raw.float()
        if not self.config.painted:
            return Composite(torch.ones_like(raw[:, :1]), torch.sigmoid(2 * raw))
        reach = torch.tensor(REACH, device=raw.device)[:, None, None]
        lab = colour.float()[:, :, None, None] + reach * torch.tanh(raw[:, 1:])
        return Composite(torch.sigmoid(raw[:, :1]), _lab_to_rgb(lab))


class Posterior(nn.Module):
    """Distribution of the sample and the noise given a photo (variational autoencoder; ours, not ReStGAN's).

    Args of forward: the photo's difference from the garment's colour in LAB, beside the mask. Shape: (b, 4, 64, 32).
    """

    def __init__(self, config: ImagineConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        widths = (4, 32, 48, 64, 96)
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.GroupNorm(GROUPS, after), nn.LeakyReLU(0.2)]
        self.trunk = nn.Sequential(*layers)
        self.out = nn.Linear(widths[-1] * BASE[0] * BASE[1], 2 * (config.sample + config.noise))
        nn.init.normal_(self.out.weight, std=0.01)

    def forward(self, relief: Tensor) -> Gaussian:
        mean, log_sd = self.out(self.trunk(relief).flatten(1)).float().chunk(2, 1)
        return Gaussian(mean, log_sd.clamp(-5, 1))


class Imagination(nn.Module):
    """Text encoder, mixture prior, generator and, for training alone, the posterior.

    Args:
        vectors: word vectors of the vocabulary. Shape: (v, w).
        clusters: how many colours the palette has.
    """

    def __init__(self, config: ImagineConfig, vectors: Tensor, clusters: int) -> None:
        super().__init__()
        self.config = config
        self.text: _TextEncoder = ENCODERS[config.text](vectors, config.state, table=config.table)
        self.condition = nn.Linear(config.state, config.modes + 2 * config.sample)
        self.mix = nn.Parameter(torch.zeros(config.sample, config.sample), requires_grad=config.painted)
        self.modes = nn.Parameter(torch.randn(config.modes, config.sample) * (0.5 if config.modes > 1 else 0.0))
        self.colours = nn.Linear(config.state, clusters)
        nn.init.normal_(self.condition.weight, std=0.05)
        nn.init.zeros_(self.condition.bias)
        self.generator = Generator(config)
        self.posterior = Posterior(config) if config.painted else None

    def prior(self, state: Tensor) -> MixturePrior:
        """Conditioning augmentation (StackGAN, section 3.2), with modes. Shape: (b, d) to (b, m, c) each.

        The text moves all modes alike, and gives their logits.
        """
        logits, mean, log_sd = (
            self.condition(state).float().split([self.config.modes, self.config.sample, self.config.sample], 1)
        )
        means = mean[:, None] + self.modes
        cholesky = self.mix.tril(-1) + self.mix.diagonal().exp().diag()
        return MixturePrior(logits, means, log_sd[:, None].clamp(-4, 1).expand_as(means), cholesky)


def _lab_to_rgb(lab: Tensor) -> Tensor:
    """CIE LAB to sRGB 0-1, as `colour.lab_to_rgb` but with gradients. Shape: (b, 3, h, w)."""
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], 1)
    ratio = torch.where(f > 0.2068966, f.clamp_min(0.2) ** 3, (f - 16 / 116) / 7.787)
    linear = torch.einsum("dc,bchw->bdhw", _TO_RGB.to(lab), ratio).clamp(1e-4, 1)
    return torch.where(linear > 0.0031308, 1.055 * linear.clamp_min(0.003) ** (1 / 2.4) - 0.055, 12.92 * linear)


_TO_RGB = torch.from_numpy(np.linalg.inv(TO_XYZ) * WHITE).float()
"""From the ratio to the white point to linear sRGB."""
