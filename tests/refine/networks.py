"""Made-up photos and sentences for networks, and networks that have moved away from their start."""

from __future__ import annotations

import torch

from modiste.lab.refine.losses import hierarchical_matching
from modiste.refine.model import CHANNELS, GRIDS, PhotoFeatures, Words


def features(count: int, seed: int = 0) -> PhotoFeatures:
    """Made-up features of photos."""
    random = torch.Generator().manual_seed(seed)
    maps = [torch.randn(count, CHANNELS[name], *GRIDS[name], generator=random) for name in CHANNELS]
    return PhotoFeatures(*maps, torch.randn(count, 1280, generator=random))


def words(count: int, tokens: int = 5, seed: int = 0) -> Words:
    """Token states of sentences of one length."""
    random = torch.Generator().manual_seed(seed)
    return Words(torch.randn(count, tokens, 384, generator=random), torch.ones(count, tokens))


def padded(sentences: Words, more: int, seed: int = 1) -> Words:
    """The same sentences with noise behind them that no mask lets through."""
    count = len(sentences.states)
    noise = words(count, more, seed).states
    return Words(torch.cat([sentences.states, noise], 1), torch.cat([sentences.mask, torch.zeros(count, more)], 1))


@torch.no_grad()
def stirred(network, by=0.1):
    """The network in evaluation mode, all of it moved from its start, so that nothing is zero any more."""
    random = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.add_(by * torch.randn(parameter.shape, generator=random))
    for buffer in network.buffers():
        buffer.add_(torch.rand(buffer.shape, generator=random).to(buffer.dtype))  # variances stay positive
    return network.eval()


def overfits(network, items=8, steps=12, *, published=False):
    """The loss at the first and the last step on one batch, whose targets are other photos than its sources.

    Args:
        published: the triplet loss instead of InfoNCE.
    """
    sources, sentences, photos = features(items), words(items), features(items + 2, seed=1)
    positives = torch.eye(items, items + 2, dtype=torch.bool)
    network.measure(photos)
    optimiser = torch.optim.AdamW(network.train().parameters(), lr=2e-3)
    losses = []
    for _ in range(steps):
        queries, gallery = network.query(sources, sentences), network.gallery(photos)
        loss = hierarchical_matching(queries, gallery, positives, scale=None if published else network.scale)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses[0], losses[-1]
