"""Ranks, distances between sets of features, confidence intervals, results and contact sheets."""

from modiste.measures.bootstrap import Interval, bootstrap
from modiste.measures.frechet import frechet_distance, kernel_distance
from modiste.measures.ranks import ranks, recall_at, same_label, score_blocks
from modiste.measures.result import DIRECTIONS, bench_result, evaluation_result, mean_of, ratios, versions
from modiste.measures.sheet import Cell, sheet

__all__ = [
    "DIRECTIONS",
    "Cell",
    "Interval",
    "bench_result",
    "bootstrap",
    "evaluation_result",
    "frechet_distance",
    "kernel_distance",
    "mean_of",
    "ranks",
    "ratios",
    "recall_at",
    "same_label",
    "score_blocks",
    "sheet",
    "versions",
]
