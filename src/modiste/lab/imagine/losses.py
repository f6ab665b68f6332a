"""The discriminators, and the losses of both players as pure functions of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.imagine.model import Gaussian, MixturePrior

WIDTHS = {(64, 32): (24, 48, 64, 96, 128), (128, 64): (16, 24, 48, 64, 96, 128)}
"""Channels at full size and after each halving, down to 4 x 2."""


class Discriminator(nn.Module):
    """One stage's discriminator with its auxiliary classifier (AC-GAN, section 3; ReStGAN).

    Args:
        size: height and width of its pictures.
        state: length of the text's state.
        classes: number of types, colours and genders.
        words: size of the vocabulary.

    Args of forward:
        picture: RGB 0 to 1. Shape: (b, 3, h, w).

    Returns:
        Features, shape (b, 128), and the first feature maps, by which pictures are compared.
    """

    def __init__(self, size: tuple[int, int], state: int, classes: Mapping[str, int], words: int) -> None:
        super().__init__()
        widths = WIDTHS[size]
        self.enter = nn.Conv2d(3, widths[0], 3, 1, 1)
        self.down = nn.ModuleList([nn.Conv2d(before, after, 4, 2, 1) for before, after in pairwise(widths)])
        self.skip = nn.ModuleList([nn.Conv2d(before, after, 1) for before, after in pairwise(widths)])
        self.gather = nn.Linear(widths[-1] * 8, 128)
        self.real = nn.Linear(128, 1)
        self.fits = nn.Linear(state, 128)
        self.words = nn.Linear(128, words)
        self.heads = nn.ModuleDict({f"{name}s": nn.Linear(128, count) for name, count in classes.items()})

    def forward(self, picture: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        x = F.leaky_relu(self.enter(picture * 2 - 1), 0.2)
        maps = []
        for down, skip in zip(self.down, self.skip, strict=True):
            x = F.leaky_relu(down(x), 0.2) + skip(F.avg_pool2d(x, 2))
            maps.append(x)
        return F.leaky_relu(self.gather(x.flatten(1)).float(), 0.2), tuple(maps[:3])

    def score(self, features: Tensor, state: Tensor, fade_in: float = 1.0) -> Tensor:
        """Score that is high for a photo that fits the text (projection discriminator; Miyato and Koyama, 2018).

        Args:
            features: Shape: (b, 128).
            state: the text's. Shape: (b, d).
            fade_in: weight of the text's part. Returns Shape: (b,).
        """
        fit = (self.fits(state) * features).sum(1) / features.shape[1] ** 0.5
        total: Tensor = self.real(features)[:, 0] + fade_in * fit
        return total

    def classify(self, features: Tensor) -> dict[str, Tensor]:
        """Logits of type, colour and gender. Shapes: (b, classes)."""
        return {name[:-1]: head(features) for name, head in self.heads.items()}


def translate(picture: Tensor, shift: Tensor) -> Tensor:
    """Move pictures over their white ground (DiffAugment's translation; its colours would contradict the text).

    Shapes: (b, 3, h, w), (b, 2) in shares of the size.
    """
    theta = torch.zeros(len(picture), 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta.to(picture), list(picture.shape), align_corners=False)
    return 1 - F.grid_sample(1 - picture, grid, align_corners=False)


def discriminator_hinge(
    real: Tensor, fake: Tensor, mismatched: Tensor, contradicts: Tensor, weight: float = 1.0
) -> Tensor:
    """Hinge loss: photos above 1; drawings, and photos with texts that contradict them, below -1.

    StackGAN's three kinds of pairs (section 3.2) under DF-GAN's hinge (eq. 2).

    Args:
        real: scores of photos with their texts. Shape: (b,).
        fake: scores of drawings. Shape: (b,).
        mismatched: scores of photos with texts of others. Shape: (b,).
        contradicts: 1 where such a text contradicts the photo, 0 where it may fit. Shape: (b,).
        weight: of the mismatched pairs beside the drawings, 0 to 1.
    """
    above, below = F.relu(1 - real).mean(), F.relu(1 + fake).mean()
    contradiction = (F.relu(1 + mismatched) * contradicts).sum() / contradicts.sum().clamp_min(1)
    return above + (below + weight * contradiction) / 2


def masked_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy over the examples with a label; 0 where none has one.

    Args:
        logits: Shape: (b, k).
        labels: classes, -1 for none. Shape: (b,).
    """
    total = F.cross_entropy(logits, labels, ignore_index=-1, reduction="sum")
    return total / (labels >= 0).sum().clamp_min(1)


def positive_cross_entropy(logits: Tensor, words: Tensor) -> Tensor:
    """Binary cross-entropy over a text's own words, because others may fit the picture too; 0 without any word.

    Shapes: (b, v), (b, v) of 0 and 1.
    """
    return (F.softplus(-logits) * words).sum() / words.sum().clamp_min(1)


def kl_divergence(posterior: Gaussian, sample: Tensor, prior: MixturePrior) -> Tensor:
    """KL divergence of the posterior from the prior in nats, estimated from one sample.

    Args:
        posterior: given the photo.
        sample: drawn from it. Shape: (b, c).
        prior: given the text.
    """
    scaled = (sample - posterior.mean) * (-posterior.log_sd).exp()
    own = -(0.5 * scaled**2 + posterior.log_sd).sum(1)
    return (own - prior.log_prob(sample)).mean()


def standard_normal_kl(prior: MixturePrior) -> Tensor:
    """KL divergence of the modes from a standard normal, a dimension (StackGAN, eq. 2). Shape: () in nats."""
    each = 0.5 * (prior.mean**2 + (2 * prior.log_sd).exp() - 1) - prior.log_sd
    return each.mean()


def feature_distance(fake: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """L1 distance of feature maps, each depth by its own scale (Larsen et al., 2016, eq. 7)."""
    total = torch.zeros((), device=real[0].device)
    for ours, theirs in zip(fake, real, strict=True):
        total = total + (ours - theirs).abs().mean() / theirs.abs().mean().detach().clamp_min(1e-6)
    return total / len(real)


def preservation(before: MixturePrior, after: MixturePrior, weight: Tensor) -> Tensor:
    """Squared change of the prior by a word that shouldn't change it; ours, not ReStGAN's.

    Args:
        before: given the text without the word.
        after: given the text with the word.
        weight: 1 for words that shouldn't change it. Shape: (b,).
    """
    change = ((after.mean - before.mean) ** 2 + (after.log_sd - before.log_sd) ** 2).sum(2).mean(1)
    return (weight * (change + ((after.logits - before.logits) ** 2).sum(1))).mean()


def gradient_penalty(score: Tensor, picture: Tensor) -> Tensor:
    """Mean squared gradient of the score at photos (R1; Mescheder et al., 2018, eq. 9). `picture` needs a gradient."""
    (gradient,) = torch.autograd.grad(score.sum(), picture, create_graph=True)
    return gradient.flatten(1).square().sum(1).mean()
