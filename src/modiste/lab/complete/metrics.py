"""Answers to questions, whoever gives them, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch

from modiste.complete.model import Matcher, Outfits, padded
from modiste.lab.complete.data import Rows, Wardrobe
from modiste.lab.complete.protocol import Questions
from modiste.lab.measures import ranks, recall_at
from modiste.types import Doubles, Indices

CUTS = (10, 30, 50)
CHUNK = 256


class Scorer(Protocol):
    """Whatever can say how well candidates fit an outfit: a network, or counts."""

    def scores(self, outfits: Sequence[Rows], candidates: Indices) -> Doubles:
        """Candidates of one category a row. Shape: (b, g) to (b, g)."""


class Network:
    """A network that has looked at a wardrobe."""

    def __init__(self, network: Matcher, wardrobe: Wardrobe) -> None:
        self._network, self._categories = network.eval(), torch.from_numpy(wardrobe.categories)
        with torch.inference_mode():
            parts = [network.vector(wardrobe.seen(slice(at, at + CHUNK))) for at in range(0, len(wardrobe), CHUNK)]
            self._vectors = torch.cat(parts)

    @torch.inference_mode()
    def scores(self, outfits: Sequence[Rows], candidates: Indices) -> Doubles:
        """The network's scores; where all rows are the same, they are compared at once."""
        items, there = padded(outfits)
        rows = torch.from_numpy(candidates)
        asked = Outfits(self._vectors[items], self._categories[items], there, self._categories[rows[:, 0]])
        if len(rows) > 1 and (rows == rows[0]).all():
            return self._network.across(asked, self._vectors[rows[0]]).numpy().astype(np.float64)
        return self._network.scores(asked, self._vectors[rows]).numpy().astype(np.float64)


def measure(scorer: Scorer, questions: Questions) -> dict[str, float]:
    """Fill-in-the-blank and AUC for every lot of strangers, and recall in the pools."""
    metrics = {}
    for lot, strangers in questions.strangers.items():
        name = f"_{lot}" if lot else ""
        own, others = _choices(scorer, questions, strangers)
        metrics[f"fitb{name}"] = fill_in_the_blank(own, others)
        metrics[f"auc{name}"] = auc(own, others.ravel())
    if questions.judged is not None:
        metrics["auc"] = auc(*(wholeness(scorer, side) for side in questions.judged))
    found = pool_ranks(scorer, questions)
    return metrics | {f"R@{cut}": recall_at(found, cut) for cut in CUTS}


def fill_in_the_blank(own: Doubles, others: Doubles) -> float:
    """Share of the questions whose answer scores above its strangers; a tie counts as its share of a guess.

    Args:
        own: of the answers. Shape: (q,).
        others: of the strangers of every draw. Shape: (q, draws, strangers).
    """
    best = (own[:, None, None] >= others).all(2)
    tied = 1 + (own[:, None, None] == others).sum(2)
    return float((best / tied).mean())


def wholeness(scorer: Scorer, outfits: Sequence[Rows]) -> Doubles:
    """How well outfits hold together: the mean over their items of how well each fits the others. Shape: (n,)."""
    rest = [tuple(other for other in outfit if other != row) for outfit in outfits for row in outfit]
    items = np.array([[row] for outfit in outfits for row in outfit])
    scores = _by_chunks(scorer, rest, items)[:, 0]
    ends = np.cumsum([len(outfit) for outfit in outfits])[:-1]
    return np.array([part.mean() for part in np.split(scores, ends)])


def auc(real: Doubles, chance: Doubles) -> float:
    """How likely what is real scores above what is chance; a tie counts half (Mann and Whitney)."""
    from scipy.stats import rankdata

    above = rankdata(np.concatenate([real, chance]))[: len(real)].sum() - len(real) * (len(real) + 1) / 2
    return float(above / (len(real) * len(chance)))


def pool_ranks(scorer: Scorer, questions: Questions) -> Indices:
    """The rank of each answer among the pool of its category, the outfit's own items left out.

    An answer that its pool has no room for isn't asked. Shape: (answers in a pool,).
    """
    found = []
    for pool in questions.pools.values():
        place = {row: at for at, row in enumerate(pool.tolist())}
        asked = [at for at, answer in enumerate(questions.answers.tolist()) if answer in place]
        for start in range(0, len(asked), CHUNK):
            some = asked[start : start + CHUNK]
            outfits = [questions.outfits[at] for at in some]
            scores = scorer.scores(outfits, np.tile(pool, (len(some), 1)))
            for outfit, own in zip(outfits, scores, strict=True):
                own[[place[row] for row in outfit if row in place]] = -np.inf
            right = [np.array([place[int(questions.answers[at])]]) for at in some]
            found.append(ranks(scores.astype(np.float32), right))
    return np.concatenate(found)


def _choices(scorer: Scorer, questions: Questions, strangers: Indices) -> tuple[Doubles, Doubles]:
    """Doubles of the answers and of their strangers. Shapes: (q,), (q, draws, strangers)."""
    choices = np.concatenate([questions.answers[:, None], strangers.reshape(len(questions), -1)], 1)
    scores = _by_chunks(scorer, questions.outfits, choices)
    return scores[:, 0], scores[:, 1:].reshape(strangers.shape)


def _by_chunks(scorer: Scorer, outfits: Sequence[Rows], candidates: Indices) -> Doubles:
    parts = [
        scorer.scores(outfits[start : start + CHUNK], candidates[start : start + CHUNK])
        for start in range(0, len(outfits), CHUNK)
    ]
    return np.concatenate(parts)
