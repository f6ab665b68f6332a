"""The generator: two stages that share one noise vector and one conditioning sample (ReStGAN; StackGAN, section 3).

A picture is painted, not printed: the network says where the garment is and how each place differs from the
garment's colour in LAB, and the colour itself comes from the state. That is ours; baselines print RGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.imagine.text import ENCODERS, make_encoder

BASE = (4, 2)
"""Height and width that pictures grow from: five doublings make 128 x 64, the part of the canvas that isn't white."""
COARSE, FINE = (64, 32), (128, 64)
"""Height and width of the two stages' pictures."""
REACH = (50.0, 40.0, 40.0)
"""How far a place may be from the garment's colour, in LAB."""
GROUPS = 8


@dataclass(frozen=True)
class ImagineConfig:
    """What a generator is made of."""

    text: str = "stream"
    """How words are read: `stream` (ReStGAN), `mean` or `sentence` (baselines)."""
    table: bool = True
    """Whether colour words go through the LAB table."""
    painted: bool = True
    """Whether pictures are painted in the state's colour, and told apart from it by the posterior."""
    focus: float = 1.25
    """By how much words count more in drawing than they were learnt to; at 1 some show too little."""
    state: int = 128
    sample: int = 96
    """Length of the conditioning sample."""
    noise: int = 0
    """Length of the noise beside it, which StackGAN has; where photos are reconstructed, the sample's own is all."""
    modes: int = 6
    """Normal distributions that the sample is drawn from; 1 as in StackGAN."""
    widths: tuple[int, ...] = (128, 96, 64, 48, 24)
    """Channels at 4x2, 8x4 ... 64x32."""
    fine: int = 32
    """Channels of the second stage."""

    def __post_init__(self) -> None:
        if self.text not in ENCODERS:
            raise UsageError(f"text must be one of {', '.join(ENCODERS)}; got {self.text}")
        if len(self.widths) != 5 or any(width % GROUPS for width in (*self.widths, self.fine)):
            raise UsageError(f"widths must be five multiples of {GROUPS}; got {self.widths} and {self.fine}")


class Belief(NamedTuple):
    """A normal distribution of the conditioning sample."""

    mean: Tensor
    """Shape: (b, c)."""
    log_sd: Tensor
    """Shape: (b, c)."""

    def drawn(self, eps: Tensor) -> Tensor:
        """The sample that this noise stands for. Shape: (b, c)."""
        return self.mean + self.log_sd.exp() * eps


class Beliefs(NamedTuple):
    """What a state says of the conditioning sample: normal distributions, one of which it is drawn from.

    What words leave open has modes, such as long and short, and between them lies no garment.
    """

    chances: Tensor
    """Logits. Shape: (b, m)."""
    mean: Tensor
    """Shape: (b, m, c)."""
    log_sd: Tensor
    """Shape: (b, m, c)."""
    mix: Tensor
    """What goes with what: a lower triangle that mixes the noise. Shape: (c, c)."""

    def drawn(self, eps: Tensor, taste: Tensor) -> Tensor:
        """The sample that this noise stands for; `taste`, which is Gumbel's, decides between the modes.

        Shapes: (b, c), (b, m) to (b, c).
        """
        chosen = (self.chances + taste[:, : self.chances.shape[1]]).argmax(1)
        rows = torch.arange(len(chosen), device=chosen.device)
        return self.mean[rows, chosen] + self.log_sd[rows, chosen].exp() * (eps @ self.mix.T)

    def log_density(self, sample: Tensor) -> Tensor:
        """How likely a sample is, but for a constant. Shape: (b, c) to (b,)."""
        apart = (sample[:, None] - self.mean) * (-self.log_sd).exp()
        noise = torch.linalg.solve_triangular(self.mix, apart.flatten(0, 1).T, upper=False).T.view_as(apart)
        each = -(0.5 * noise**2 + self.log_sd).sum(2) - self.mix.diagonal().log().sum()
        total: Tensor = (self.chances.log_softmax(1) + each).logsumexp(1)
        return total


class Raw(NamedTuple):
    """A picture before it is painted; what is printed is all cloth."""

    mask: Tensor
    """Shape: (b, 1, h, w), 0 to 1."""
    cloth: Tensor
    """RGB 0 to 1, as it would be without the mask. Shape: (b, 3, h, w)."""

    @property
    def picture(self) -> Tensor:
        """RGB 0 to 1 on white. Shape: (b, 3, h, w)."""
        return on_white(self.cloth, self.mask)


class Modulated(nn.Module):
    """A convolution whose channels the sample scales and shifts (DF-GAN, section 3.3).

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
    """From a conditioning sample, noise and a colour to a picture in two sizes.

    Args of forward:
        sample: conditioning sample beside noise. Shape: (b, sample + noise).
        colour: of the garment in LAB; not looked at unless `painted`. Shape: (b, 3).
        fine: how many pictures of the batch go through the second stage; all by default.

    Returns:
        Of 64 x 32 all pictures, of 128 x 64 the first `fine`.
    """

    def __init__(self, config: ImagineConfig) -> None:
        super().__init__()
        self.config = config
        given = config.sample + config.noise + (3 if config.painted else 0)
        first, *_ = config.widths
        self.root = nn.Linear(given, first * BASE[0] * BASE[1])
        self.small = nn.ModuleList([Modulated(width, width, given) for width in config.widths[:-1]])
        self.large = nn.ModuleList([Modulated(*widths, given) for widths in pairwise(config.widths)])
        out, last = (4 if config.painted else 3), config.widths[-1]
        self.coarse = nn.Conv2d(last, out, 3, 1, 1)
        self.enter = Modulated(last + out, config.fine, given)
        self.detail = nn.ModuleList([Modulated(config.fine, config.fine, given) for _ in range(2)])
        self.shuffle = nn.Conv2d(config.fine, 4 * 12, 3, 1, 1)
        self.fine = nn.Conv2d(12, out, 3, 1, 1)
        nn.init.normal_(self.coarse.weight, std=0.02)
        nn.init.zeros_(self.fine.weight)
        nn.init.zeros_(cast(Tensor, self.fine.bias))
        if not config.painted:
            nn.init.constant_(cast(Tensor, self.coarse.bias), 1.5)  # most of a picture is white

    def forward(self, sample: Tensor, colour: Tensor, fine: int | None = None) -> tuple[Raw, Raw]:
        given = torch.cat([sample, colour / 50 - 1], 1) if self.config.painted else sample
        x = self.root(given).view(len(given), -1, *BASE).contiguous(memory_format=torch.channels_last)
        for small, large in zip(self.small, self.large, strict=True):
            x = large(F.interpolate(small(x, given), scale_factor=2.0, mode="nearest"), given)
        coarse: Tensor = self.coarse(x)
        count = len(x) if fine is None else fine
        y = self.enter(torch.cat([x[:count], coarse[:count]], 1), given[:count])
        for block in self.detail:
            y = y + block(y, given[:count])
        y = F.leaky_relu(F.pixel_shuffle(self.shuffle(y), 2), 0.2)
        larger = F.interpolate(coarse[:count], scale_factor=2.0, mode="bilinear") + self.fine(y)
        return self._shown(coarse, colour), self._shown(larger, colour[:count])

    def _shown(self, raw: Tensor, colour: Tensor) -> Raw:
        raw = raw.float()
        if not self.config.painted:
            return Raw(torch.ones_like(raw[:, :1]), torch.sigmoid(2 * raw))
        mask = torch.sigmoid(raw[:, :1])
        reach = torch.tensor(REACH, device=raw.device)[:, None, None]
        lab = colour.float()[:, :, None, None] + reach * torch.tanh(raw[:, 1:])
        return Raw(mask, lab_to_rgb(lab))


class Posterior(nn.Module):
    """What sample and noise a photo stands for (variational autoencoder; ours, not ReStGAN's).

    It sees the garment's relief, not its colour. Args of forward: RGB less the garment's own, beside the mask.
    Shape: (b, 4, 64, 32).
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

    def forward(self, relief: Tensor) -> Belief:
        mean, log_sd = self.out(self.trunk(relief).flatten(1)).float().chunk(2, 1)
        return Belief(mean, log_sd.clamp(-5, 1))


class Imagination(nn.Module):
    """Words to beliefs, beliefs and noise to a picture.

    Args:
        vectors: of the vocabulary's words. Shape: (v, w).
        clusters: of the palette.
    """

    def __init__(self, config: ImagineConfig, vectors: Tensor, clusters: int) -> None:
        super().__init__()
        self.config = config
        self.text = make_encoder(config.text, vectors, config.state, table=config.table)
        self.condition = nn.Linear(config.state, config.modes + 2 * config.sample)
        self.mix = nn.Parameter(torch.zeros(config.sample, config.sample), requires_grad=config.painted)
        self.modes = nn.Parameter(torch.randn(config.modes, config.sample) * (0.5 if config.modes > 1 else 0.0))
        self.colours = nn.Linear(config.state, clusters)
        nn.init.normal_(self.condition.weight, std=0.05)
        nn.init.zeros_(self.condition.bias)
        self.generator = Generator(config)
        self.posterior = Posterior(config) if config.painted else None

    def beliefs(self, state: Tensor) -> Beliefs:
        """Conditioning augmentation (StackGAN, section 3.2), with modes. Shape: (b, d) to (b, m, c) each.

        Words move all modes alike, and say how likely each is.
        """
        chances, mean, log_sd = (
            self.condition(state).float().split([self.config.modes, self.config.sample, self.config.sample], 1)
        )
        means = mean[:, None] + self.modes
        mix = self.mix.tril(-1) + self.mix.diagonal().exp().diag()
        return Beliefs(chances, means, log_sd[:, None].clamp(-4, 1).expand_as(means), mix)


def on_white(cloth: Tensor, mask: Tensor) -> Tensor:
    """Colours where the mask is, white elsewhere. Shapes: (b, 3, h, w), (b, 1, h, w)."""
    return mask * cloth + 1 - mask


def lab_to_rgb(lab: Tensor) -> Tensor:
    """CIE LAB to sRGB 0-1, as `colour.lab_to_rgb` but with gradients. Shape: (b, 3, h, w)."""
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    f = torch.stack([y + a / 500, y, y - b / 200], 1)
    ratio = torch.where(f > 0.2068966, f.clamp_min(0.2) ** 3, (f - 16 / 116) / 7.787)
    linear = torch.einsum("dc,bchw->bdhw", _TO_RGB.to(lab), ratio).clamp(1e-4, 1)
    return torch.where(linear > 0.0031308, 1.055 * linear.clamp_min(0.003) ** (1 / 2.4) - 0.055, 12.92 * linear)


_XYZ = torch.tensor(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]],
    dtype=torch.float64,
)
_WHITE = torch.tensor([0.95047, 1.0, 1.08883], dtype=torch.float64)
_TO_RGB = (torch.linalg.inv(_XYZ) * _WHITE).float()
"""From the ratio to the white point to linear sRGB."""
