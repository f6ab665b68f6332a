"""The losses of parsing, as pure functions of logits and targets."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

IGNORED = 255
"""Value of unknown pixels in a map."""


def pixels(logits: Tensor, map: Tensor, weights: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of the pixels, the mean over those that are known.

    Args:
        logits: Shape: (b, c, h, w).
        map: indices of the target classes, or IGNORED. Shape: (b, h, w).
        weights: of each class. Shape: (c,).
        smoothing: share of the target that is spread over all classes: labels at jagged edges are often wrong.
    """
    if not (map != IGNORED).any():
        return logits.sum() * 0
    return F.cross_entropy(logits, map, weights, ignore_index=IGNORED, label_smoothing=smoothing)


def overlap(logits: Tensor, map: Tensor) -> Tensor:
    """Soft Dice over the classes that the batch has: small garments count as much as large ones.

    Milletari et al., "V-Net", 3DV 2016, equation 2, with the batch as one picture. Shapes as of `pixels`.
    """
    known = map != IGNORED
    target = F.one_hot(torch.where(known, map, 0), logits.shape[1]).permute(0, 3, 1, 2) * known[:, None]
    predicted = logits.softmax(1) * known[:, None]
    both, total = (predicted * target).sum((0, 2, 3)), (predicted + target).sum((0, 2, 3))
    present = target.sum((0, 2, 3)) > 0
    return 1 - (2 * both[present] / total[present].clamp(min=1)).sum() / present.sum().clamp(min=1)


def tags(logits: Tensor, allowed: Tensor) -> Tensor:
    """Mean negative log-likelihood of a pixel's being of one of the classes that a photo's tags allow.

    Args:
        logits: Shape: (b, c, h, w).
        allowed: Shape: (b, c).
    """
    likely = logits.masked_fill(~allowed[:, :, None, None], -torch.inf).logsumexp(1)
    return (logits.logsumexp(1) - likely).mean()


def joints(heat: Tensor, absent: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of each joint's cell, with being out of sight as one more class.

    Args:
        heat: logits of the cells. Shape: (b, k, h, w).
        absent: logits of being out of sight. Shape: (b, k).
        target: shares that sum to 1, or to 0 for a joint that is out of sight. Shape: (b, k, h, w).
        weight: 1 for joints whose position, or absence, is known, else 0. Shape: (b, k).
    """
    logits = torch.cat([heat.flatten(2), absent[:, :, None]], 2)
    cells = target.flatten(2)
    shares = torch.cat([cells, 1 - cells.sum(2, keepdim=True)], 2)
    errors = -(shares * logits.log_softmax(2)).sum(2)
    return (errors * weight).sum() / weight.sum().clamp(min=1)
