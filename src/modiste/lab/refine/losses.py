"""VAL's losses: pure functions of scores."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from modiste.lab.encoder.losses import contrastive

MARGIN = 0.2
"""VAL, section 3.4."""


def semi_hard_triplet(scores: Tensor, positives: Tensor, margin: float = MARGIN) -> Tensor:
    """Bidirectional triplet loss on squared distances with the hardest of the semi-hard negatives (VAL, eq. 6).

    A negative is semi-hard when it is at least as far from the query as the query's own target; the published code
    compares it with the item's own pair, because it broadcasts along the wrong axis. A query without one costs nothing.

    Args:
        scores: cosines of every query with every gallery item; targets are on the diagonal. Shape: (b, g), g >= b.
        positives: True where an item answers a query, its own target included. Shape: (b, g).
    """
    count = len(scores)
    forth = _hinge(2 - 2 * scores, positives, margin)
    back = _hinge(2 - 2 * scores[:, :count].T, positives[:, :count].T, margin)
    return forth + back


def hierarchical_matching(
    queries: Sequence[Tensor], gallery: Sequence[Tensor], positives: Tensor, *, scale: Tensor | None = None
) -> Tensor:
    """Mean over the depths of the loss between query and gallery vectors (VAL, section 3.3).

    Args:
        queries: unit vectors of each depth. Shapes: (b, d).
        gallery: the same of the items; the first b are the queries' targets. Shapes: (g, d).
        positives: True where an item answers a query. Shape: (b, g).
        scale: inverse temperature of InfoNCE; without it the published triplet loss.
    """
    losses = []
    for query, items in zip(queries, gallery, strict=True):
        scores = query @ items.T
        losses.append(semi_hard_triplet(scores, positives) if scale is None else contrastive(scale * scores, positives))
    return torch.stack(losses).mean()


def _hinge(distances: Tensor, positives: Tensor, margin: float) -> Tensor:
    """Hinge in one direction. Shape of the distances: (b, g), with those to the targets on the diagonal."""
    own = distances.diagonal()
    semi_hard = ~positives & (distances >= own[:, None])
    nearest = distances.masked_fill(~semi_hard, float("inf")).min(1).values
    return F.relu(margin + own - nearest).mean()
