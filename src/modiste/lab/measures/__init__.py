"""Ranks, distances between sets of features, confidence intervals and result files."""

from modiste.lab.measures.frechet import frechet_distance, kernel_distance
from modiste.lab.measures.ranks import bootstrap, ranks, recall_at, same_label, score_blocks
from modiste.lab.measures.result import DIRECTIONS, bench_result, evaluation_result, mean_of

__all__ = [
    "DIRECTIONS",
    "bench_result",
    "bootstrap",
    "evaluation_result",
    "frechet_distance",
    "kernel_distance",
    "mean_of",
    "ranks",
    "recall_at",
    "same_label",
    "score_blocks",
]
