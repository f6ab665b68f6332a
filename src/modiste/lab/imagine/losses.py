"""The losses of imagine, as pure functions of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from modiste.imagine.model import Belief, Beliefs


def hinge_critic(real: Tensor, drawn: Tensor, wrong: Tensor, mismatched: Tensor, weight: float = 1.0) -> Tensor:
    """What a critic lacks: photos above 1; drawings, and photos beside words that contradict them, below -1.

    StackGAN's three kinds of pairs (section 3.2) under DF-GAN's hinge (eq. 2).

    Args:
        real: scores of photos with their words. Shape: (b,).
        drawn: scores of drawings. Shape: (b,).
        wrong: scores of photos with words of others. Shape: (b,).
        mismatched: 1 where those words contradict the photo, 0 where they may fit. Shape: (b,).
        weight: of the mismatched pairs beside the drawings, 0 to 1.
    """
    above, below = F.relu(1 - real).mean(), F.relu(1 + drawn).mean()
    contradiction = (F.relu(1 + wrong) * mismatched).sum() / mismatched.sum().clamp_min(1)
    return above + (below + weight * contradiction) / 2


def named_cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy over those whose class is named; 0 where none is.

    Args:
        logits: Shape: (b, k).
        wanted: classes, -1 where none is named. Shape: (b,).
    """
    total = F.cross_entropy(logits, wanted, ignore_index=-1, reduction="sum")
    return total / (wanted >= 0).sum().clamp_min(1)


def words_seen(logits: Tensor, said: Tensor) -> Tensor:
    """What a picture lacks of the words that were said of it; others may fit it too. 0 where none was.

    Shapes: (b, v), (b, v) of 0 and 1.
    """
    return (F.softplus(-logits) * said).sum() / said.sum().clamp_min(1)


def surplus(found: Belief, sample: Tensor, told: Beliefs) -> Tensor:
    """What a photo says of its sample more than its words do, in nats; on average the divergence of the two.

    Args:
        found: what the photo says.
        sample: drawn from it. Shape: (b, c).
        told: what the words say.
    """
    own = -(0.5 * ((sample - found.mean) * (-found.log_sd).exp()) ** 2 + found.log_sd).sum(1)
    return (own - told.log_density(sample)).mean()


def spread_out(told: Beliefs) -> Tensor:
    """Divergence of the beliefs from a standard normal, by their length (StackGAN, eq. 2). Shape: () in nats."""
    each = 0.5 * (told.mean**2 + (2 * told.log_sd).exp() - 1) - told.log_sd
    return each.mean()


def feature_distance(drawn: Sequence[Tensor], true: Sequence[Tensor]) -> Tensor:
    """Distance of feature maps, each depth by its own scale (Larsen et al., 2016, eq. 7)."""
    total = torch.zeros((), device=true[0].device)
    for ours, theirs in zip(drawn, true, strict=True):
        total = total + (ours - theirs).abs().mean() / theirs.abs().mean().detach().clamp_min(1e-6)
    return total / len(true)


def preservation(before: Beliefs, after: Beliefs, weight: Tensor) -> Tensor:
    """How far a word moved the beliefs, for words that shouldn't; ours, not ReStGAN's.

    Args:
        before: the beliefs without the word.
        after: and with it.
        weight: how little each word should move them. Shape: (b,).
    """
    moved = ((after.mean - before.mean) ** 2 + (after.log_sd - before.log_sd) ** 2).sum(2).mean(1)
    return (weight * (moved + ((after.chances - before.chances) ** 2).sum(1))).mean()


def gradient_penalty(score: Tensor, picture: Tensor) -> Tensor:
    """Mean squared gradient of the critic at photos (R1; Mescheder et al., 2018, eq. 9). `picture` needs a gradient."""
    (gradient,) = torch.autograd.grad(score.sum(), picture, create_graph=True)
    return gradient.flatten(1).square().sum(1).mean()
