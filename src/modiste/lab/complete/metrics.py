"""Scorers of candidates, and the metrics of their scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from modiste.complete.model import Matcher, Outfits
from modiste.lab.complete.data import ItemTable, Rows, padded
from modiste.lab.complete.protocol import Queries
from modiste.lab.measures import ranks, recall_at
from modiste.types import Doubles, Indices

CUTS = (10, 30, 50)
CHUNK = 256


Scorer = Callable[[Sequence[Rows], Indices], Doubles]
"""Compatibility of candidates, of one category a row, with outfits, by a network or a statistic. Shape: (b, g)."""


def network_scorer(network: Matcher, table: ItemTable) -> Scorer:
    """A network's scores of an item table; where all rows of candidates are the same, by matrix products."""
    network.eval()
    categories = torch.from_numpy(table.categories)
    with torch.inference_mode():
        chunks = [slice(start, start + CHUNK) for start in range(0, len(table), CHUNK)]
        vectors = torch.cat([network.trunk(table.features_of(chunk)) for chunk in chunks])

    @torch.inference_mode()
    def scores(outfits: Sequence[Rows], candidates: Indices) -> Doubles:
        items, present = padded(outfits)
        rows = torch.from_numpy(candidates)
        queries = Outfits(vectors[items], categories[items], present, categories[rows[:, 0]])
        if len(rows) > 1 and (rows == rows[0]).all():
            return network.score_matrix(queries, vectors[rows[0]]).numpy().astype(np.float64)
        return network.scores(queries, vectors[rows]).numpy().astype(np.float64)

    return scores


def measure(scorer: Scorer, queries: Queries) -> dict[str, float]:
    """Fill-in-the-blank accuracy and AUC for every sampling of negatives, and recall in the pools."""
    metrics = {}
    for sampling, negatives in queries.negatives.items():
        name = f"_{sampling}" if sampling else ""
        choices = np.concatenate([queries.targets[:, None], negatives.reshape(len(queries), -1)], 1)
        scores = _scores(scorer, queries.outfits, choices)
        positive, negative = scores[:, 0], scores[:, 1:].reshape(negatives.shape)
        metrics[f"fitb{name}"] = _fill_in_the_blank(positive, negative)
        metrics[f"auc{name}"] = _auc(positive, negative.ravel())
    if queries.judged is not None:
        metrics["auc"] = _auc(*(_compatibility(scorer, outfits) for outfits in queries.judged))
    ranked = _pool_ranks(scorer, queries)
    return metrics | {f"R@{cut}": recall_at(ranked, cut) for cut in CUTS}


def _fill_in_the_blank(positive: Doubles, negative: Doubles) -> float:
    """Share of the queries whose target scores above its negatives; a tie counts as its share of a guess.

    Args:
        positive: scores of the targets. Shape: (q,).
        negative: scores of the negatives of every draw. Shape: (q, draws, negatives).
    """
    best = (positive[:, None, None] >= negative).all(2)
    tied = 1 + (positive[:, None, None] == negative).sum(2)
    return float((best / tied).mean())


def _compatibility(scorer: Scorer, outfits: Sequence[Rows]) -> Doubles:
    """Mean over an outfit's items of each one's score with the others. Shape: (n,)."""
    rest = [tuple(other for other in outfit if other != row) for outfit in outfits for row in outfit]
    items = np.array([[row] for outfit in outfits for row in outfit])
    scores = _scores(scorer, rest, items)[:, 0]
    ends = np.cumsum([len(outfit) for outfit in outfits])[:-1]
    return np.array([part.mean() for part in np.split(scores, ends)])


def _auc(positive: Doubles, negative: Doubles) -> float:
    """Probability that a positive's score is above a negative's; a tie counts half (Mann and Whitney)."""
    from scipy.stats import rankdata

    count = len(positive)
    above = rankdata(np.concatenate([positive, negative]))[:count].sum() - count * (count + 1) / 2
    return float(above / (count * len(negative)))


def _pool_ranks(scorer: Scorer, queries: Queries) -> Indices:
    """Rank of each target among the pool of its category, the outfit's own items left out.

    A target that is not in its pool is left out. Shape: (targets in a pool,).
    """
    ranked = []
    for pool in queries.pools.values():
        column = {row: index for index, row in enumerate(pool.tolist())}
        within = [query for query, target in enumerate(queries.targets.tolist()) if target in column]
        for start in range(0, len(within), CHUNK):
            chunk = within[start : start + CHUNK]
            outfits = [queries.outfits[query] for query in chunk]
            scores = scorer(outfits, np.tile(pool, (len(chunk), 1)))
            for outfit, own in zip(outfits, scores, strict=True):
                own[[column[row] for row in outfit if row in column]] = -np.inf
            targets = [np.array([column[int(queries.targets[query])]]) for query in chunk]
            ranked.append(ranks(scores.astype(np.float32), targets))
    return np.concatenate(ranked)


def _scores(scorer: Scorer, outfits: Sequence[Rows], candidates: Indices) -> Doubles:
    parts = [
        scorer(outfits[start : start + CHUNK], candidates[start : start + CHUNK])
        for start in range(0, len(outfits), CHUNK)
    ]
    return np.concatenate(parts)
