"""The losses of try-on, as pure functions of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def map_loss(logits: Tensor, target: Tensor, zone: Tensor, outside: float = 0.1) -> Tensor:
    """Cross-entropy of a map, mostly where it isn't known (O-VITON, section 3.2).

    Args:
        logits: Shape: (b, k, h, w).
        target: classes. Shape: (b, h, w).
        zone: 1 where the map must be invented. Shape: (b, h, w).
        outside: weight of the rest.
    """
    each = F.cross_entropy(logits, target, reduction="none")
    weight = zone + outside * (1 - zone)
    return (each * weight).sum() / weight.sum().clamp_min(1)


def perceptual(made: Sequence[Tensor], true: Sequence[Tensor], mask: Tensor) -> Tensor:
    """Distance of two pictures' feature maps inside a mask, each depth by its own scale (O-VITON, eq. 5).

    Args:
        made: maps at some depths. Shapes: (b, c, h, w).
        true: the same of the true picture.
        mask: Shape: (b, 1, H, W).
    """
    total = torch.zeros((), device=mask.device)
    for ours, theirs in zip(made, true, strict=True):
        inside = F.adaptive_avg_pool2d(mask, (ours.shape[-2], ours.shape[-1]))
        scale = (theirs.abs() * inside).sum().detach().clamp_min(1e-6)
        total = total + ((ours - theirs).abs() * inside).sum() / scale
    return total / len(made)


def region_statistics(made: Tensor, rough: Tensor, mask: Tensor) -> Tensor:
    """How far a garment's mean colour and spread have moved from its own pixels', where a stranger's is worn.

    Shapes: (b, c, h, w), (b, c, h, w), (b, 1, h, w).
    """
    area = mask.sum((2, 3)).clamp_min(1)
    means, spreads = [], []
    for image in (made, rough):
        mean = (image * mask).sum((2, 3)) / area
        means.append(mean)
        spreads.append((((image - mean[..., None, None]) ** 2 * mask).sum((2, 3)) / area + 1e-4).sqrt())
    return (means[0] - means[1]).abs().mean() + (spreads[0] - spreads[1]).abs().mean()
