"""CSA-Net's losses: pure functions of distances and scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from modiste.errors import UsageError, unknown

MARGIN = 0.3
"""CSA-Net, section 4.2."""
PHI = ("min", "mean", "semi-hard")
"""Ways to join an outfit's distances to its negatives (eq. 6); see `outfit_ranking`."""


def outfit_ranking(
    positive: Tensor, negative: Tensor, margin: float = MARGIN, *, valid: Tensor | None = None, phi: str = "min"
) -> Tensor:
    """Hinge between an outfit's distance to its target and to the negatives (CSA-Net, eq. 5-7).

    The mean over the outfit comes first, then the negatives are joined to one distance, then one hinge. An outfit
    without negatives doesn't count.

    Args:
        positive: distance of every outfit item to the target. Shape: (b, n).
        negative: distance of every outfit item to every negative. Shape: (b, n, m).
        valid: 1 for negatives, 0 for padding. Shape: (b, m).
        phi: how negatives are joined: `min`, `mean`, or `semi-hard`, the nearest of those that are farther than the
            target, or the farthest where none is.

    Raises:
        UsageError: an unknown phi.
    """
    if phi not in PHI:
        raise unknown("phi", phi, PHI)
    target, distances = positive.mean(1), negative.mean(1)  # (b,) and (b, m)
    valid = torch.ones_like(distances) if valid is None else valid
    counted = valid.any(1)
    if not counted.any():
        return (target.sum() + distances.sum()) * 0.0
    if phi == "mean":
        joined = (distances * valid).sum(1) / valid.sum(1).clamp(min=1)
    elif phi == "min":
        joined = _nearest(distances, valid)
    else:
        farther = _nearest(distances, valid * (distances > target[:, None]))
        farthest = distances.masked_fill(valid == 0, float("-inf")).max(1).values
        joined = torch.where(farther.isinf(), farthest, farther)
    return F.relu(target - joined + margin)[counted].mean()


def _nearest(distances: Tensor, valid: Tensor) -> Tensor:
    return distances.masked_fill(valid == 0, float("inf")).min(1).values


def info_nce(scores: Tensor, valid: Tensor) -> Tensor:
    """Cross-entropy of the target among an outfit's negatives.

    An outfit without negatives doesn't count.

    Args:
        scores: of every outfit with its target, in front, and with negatives, temperature included. Shape: (b, 1 + m).
        valid: 1 for negatives, 0 for padding. Shape: (b, m).
    """
    counted = valid.any(1)
    if not counted.any():
        return scores.sum() * 0.0
    negatives = scores[:, 1:].masked_fill(valid == 0, float("-inf"))
    logits = torch.cat([scores[:, :1], negatives], 1)[counted]
    return F.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long, device=logits.device))


class CollapseError(UsageError):
    """A run has reached a loss's trivial minimum, where all items have the same vector."""


def check_not_collapsed(loss: float, cosine: float, margin: float | None) -> None:
    """Stop a run that collapses.

    Args:
        loss: a mean over many steps.
        cosine: the mean cosine of random items.
        margin: of the hinge; None for a loss without one.

    Raises:
        CollapseError: the loss stands at the margin, or the items point the same way.
    """
    remedy = "normalise the features, start the masks near one, or lower lr"
    if margin is not None and abs(loss - margin) <= 1e-3:
        raise CollapseError(f"the loss stands at its margin, {loss:.4f}: every distance is the same; {remedy}")
    if cosine > 0.9:
        raise CollapseError(f"random items have a mean cosine of {cosine:.2f}, over 0.9: they collapse; {remedy}")
