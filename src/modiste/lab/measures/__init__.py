"""Ranks, distances between sets of features, confidence intervals, result files and contact sheets."""

from modiste.contact_sheets import Cell, sheet
from modiste.lab.measures.bootstrap import Interval, bootstrap
from modiste.lab.measures.frechet import frechet_distance, kernel_distance
from modiste.lab.measures.ranks import ranks, recall_at, same_label, score_blocks
from modiste.lab.measures.result import DIRECTIONS, bench_result, evaluation_result, mean_of, ratios, versions

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
