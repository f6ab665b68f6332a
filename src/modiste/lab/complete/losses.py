"""What CSA-Net learns from: pure functions of distances and scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from modiste.errors import UsageError, unknown

MARGIN = 0.3
"""CSA-Net, section 4.2."""


def outfit_ranking(
    positive: Tensor, negative: Tensor, margin: float = MARGIN, *, weights: Tensor | None = None,
    wrong: Tensor | None = None, phi: str = "min",
) -> Tensor:  # fmt: skip
    """Hinge between an outfit's distance to its item and to the strangers' (CSA-Net, eq. 5-7).

    The mean over the outfit comes first, then the strangers are joined to one distance, then one hinge. An outfit
    without strangers doesn't count.

    Args:
        positive: distance of every outfit item to the right one. Shape: (b, n).
        negative: distance of every outfit item to every stranger. Shape: (b, n, m).
        weights: what each item of an outfit counts, 0 for padding; they sum to 1. Shape: (b, n).
        wrong: 1 for strangers, 0 for padding. Shape: (b, m).
        phi: how strangers are joined: `min`, `mean`, or `semi-hard`, the nearest of those that are farther than the
            item, or the farthest where none is.

    Raises:
        UsageError: an unknown phi.
    """
    if phi not in PHI:
        raise unknown("phi", phi, PHI)
    weights = torch.full_like(positive, 1 / positive.shape[1]) if weights is None else weights
    own = (positive * weights).sum(1)
    others = (negative * weights[:, :, None]).sum(1)
    wrong = torch.ones_like(others) if wrong is None else wrong
    asked = wrong.any(1)
    if not asked.any():
        return (own.sum() + others.sum()) * 0.0
    return F.relu(own - PHI[phi](own, others, wrong) + margin)[asked].mean()


def choice(scores: Tensor, wrong: Tensor) -> Tensor:
    """InfoNCE: the item that an outfit lost among strangers of its own kind.

    An outfit without strangers has nothing to choose from and doesn't count.

    Args:
        scores: of every outfit with its own item, in front, and with strangers, temperature included.
            Shape: (b, 1 + m).
        wrong: 1 for strangers, 0 for padding. Shape: (b, m).
    """
    asked = wrong.any(1)
    if not asked.any():
        return scores.sum() * 0.0
    strangers = scores[:, 1:].masked_fill(wrong == 0, float("-inf"))
    left = torch.cat([scores[:, :1], strangers], 1)[asked]
    return F.cross_entropy(left, torch.zeros(len(left), dtype=torch.long, device=left.device))


class CollapseError(UsageError):
    """A run has found a loss's empty minimum: all items in one place."""


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


def _nearest(own: Tensor, others: Tensor, wrong: Tensor) -> Tensor:
    return others.masked_fill(wrong == 0, float("inf")).min(1).values


def _mean(own: Tensor, others: Tensor, wrong: Tensor) -> Tensor:
    return (others * wrong).sum(1) / wrong.sum(1).clamp(min=1)


def _semi_hard(own: Tensor, others: Tensor, wrong: Tensor) -> Tensor:
    farther = _nearest(own, others, wrong * (others > own[:, None]))
    farthest = others.masked_fill(wrong == 0, float("-inf")).max(1).values
    return torch.where(farther.isinf(), farthest, farther)


PHI: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "min": _nearest,
    "mean": _mean,
    "semi-hard": _semi_hard,
}
"""How the distances of an outfit to its strangers become one (eq. 6). Shapes: (b,), (b, m), (b, m) to (b,)."""
