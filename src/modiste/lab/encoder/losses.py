"""The encoder's losses: pure functions of scores and logits."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def contrastive(scores: Tensor, positives: Tensor) -> Tensor:
    """Symmetric InfoNCE in which positives other than a pair's own are left out.

    Source: CLIP, figure 3, with the false negatives of a batch left out of the sum.

    Args:
        scores: of every query with every photo, temperature included; pairs are on the diagonal, and photos behind the
            first b are in no pair. Shape: (b, g), g >= b.
        positives: whether a photo is relevant to a query, the pair's own included. Shape: (b, g).
    """
    count = len(scores)
    pair = torch.eye(*scores.shape, dtype=torch.bool, device=scores.device)
    scores = scores.masked_fill(positives & ~pair, float("-inf"))
    target = torch.arange(count, device=scores.device)
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores[:, :count].T, target)) / 2


def attributes(logits: dict[str, Tensor], labels: dict[str, Tensor], smoothing: float = 0.1) -> Tensor:
    """Mean cross-entropy over the attribute heads.

    Args:
        logits: by head. Shape: (b, labels).
        labels: by head; -1 where a product doesn't state it. Shape: (b,).
    """
    losses = []
    for name, logit in logits.items():
        stated = labels[name] >= 0
        # a mean over no rows would be NaN, and one NaN ends a run
        loss = F.cross_entropy(logit, labels[name], ignore_index=-1, reduction="sum", label_smoothing=smoothing)
        losses.append(loss / stated.sum().clamp(min=1))
    return torch.stack(losses).mean()
