"""Losses of parsing: pure functions of what the network tells and what is so."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

IGNORED = 255
"""In a map: nobody knows."""


def pixels(logits: Tensor, map: Tensor, weights: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of the pixels, the mean over those that are known.

    Args:
        logits: Shape: (b, c, h, w).
        map: places of the right classes, or IGNORED. Shape: (b, h, w).
        weights: of each class. Shape: (c,).
        smoothing: share of the truth that is spread over all classes: labels at jagged edges are often wrong.
    """
    if not (map != IGNORED).any():
        return logits.sum() * 0
    return F.cross_entropy(logits, map, weights, ignore_index=IGNORED, label_smoothing=smoothing)


def overlap(logits: Tensor, map: Tensor) -> Tensor:
    """Soft Dice over the classes that the batch has: small garments count as much as large ones.

    Milletari et al., "V-Net", 3DV 2016, equation 2, with the batch as one picture. Shapes as of `pixels`.
    """
    known = map != IGNORED
    right = F.one_hot(torch.where(known, map, 0), logits.shape[1]).permute(0, 3, 1, 2) * known[:, None]
    told = logits.softmax(1) * known[:, None]
    both, total = (told * right).sum((0, 2, 3)), (told + right).sum((0, 2, 3))
    there = right.sum((0, 2, 3)) > 0
    return 1 - (2 * both[there] / total[there].clamp(min=1)).sum() / there.sum().clamp(min=1)


def tags(logits: Tensor, allowed: Tensor) -> Tensor:
    """How unlikely it is that every pixel is of one of the classes that a photo's tags allow.

    Args:
        logits: Shape: (b, c, h, w).
        allowed: Shape: (b, c).
    """
    some = logits.masked_fill(~allowed[:, :, None, None], -torch.inf).logsumexp(1)
    return (logits.logsumexp(1) - some).mean()


def joints(heat: Tensor, nowhere: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of each joint's place, being nowhere among them.

    Args:
        heat: logits of the places. Shape: (b, k, h, w).
        nowhere: logits of being out of sight. Shape: (b, k).
        target: shares that sum to 1, or to 0 for a joint that is out of sight. Shape: (b, k, h, w).
        weight: 1 where it is known where a joint is, else 0. Shape: (b, k).
    """
    logits = torch.cat([heat.flatten(2), nowhere[:, :, None]], 2)
    places = target.flatten(2)
    shares = torch.cat([places, 1 - places.sum(2, keepdim=True)], 2)
    lost = -(shares * logits.log_softmax(2)).sum(2)
    return (lost * weight).sum() / weight.sum().clamp(min=1)
