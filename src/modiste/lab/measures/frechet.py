"""Distances between two sets of feature vectors: Frechet distance and kernel distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from modiste.errors import UsageError
from modiste.types import Doubles


def frechet_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Squared 2-Wasserstein distance between the Gaussians fitted to both sets (Dowson and Landau, 1982).

    |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)). It shrinks with the number of vectors: compare sets of one size.

    Args:
        first: Shape: (n, d).
        second: Shape: (m, d).

    Raises:
        UsageError: fewer than two vectors, or widths that differ.
    """
    one, two = _matrices(first, second)
    one_cov, two_cov = (np.atleast_2d(np.cov(vectors, rowvar=False)) for vectors in (one, two))
    # S1^(1/2) S2 S1^(1/2) has the eigenvalues of S1 S2 but is symmetric, so nothing turns complex.
    values, axes = np.linalg.eigh(one_cov)
    root = np.asarray((axes * np.sqrt(np.clip(values, 0, None))) @ axes.T)
    eigenvalues = np.linalg.eigvalsh(root @ two_cov @ root)
    cross = np.sqrt(np.clip(eigenvalues, 0, None)).sum()
    shift = one.mean(0) - two.mean(0)
    return float(max(0.0, shift @ shift + np.trace(one_cov) + np.trace(two_cov) - 2 * cross))


def kernel_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^3 (Binkowski and others, 2018).

    Its expectation doesn't depend on the number of vectors, so it may fall below 0 for sets that are alike.

    Args:
        first: Shape: (n, d).
        second: Shape: (m, d).
    """
    one, two = _matrices(first, second)
    within = []
    for x in (one, two):
        diagonal = float((((x**2).sum(1) / x.shape[1] + 1) ** 3).sum())
        within.append((_kernel_sum(x, x) - diagonal) / (len(x) * (len(x) - 1)))
    return float(sum(within) - 2 * _kernel_sum(one, two) / (len(one) * len(two)))


def _kernel_sum(first: Doubles, second: Doubles, rows: int = 1024) -> float:
    """Sum of the kernel over all pairs, a block of rows at a time."""
    blocks = (first[start : start + rows] for start in range(0, len(first), rows))
    return float(sum(((block @ second.T / first.shape[1] + 1) ** 3).sum() for block in blocks))


def _matrices(first: ArrayLike, second: ArrayLike) -> tuple[Doubles, Doubles]:
    """Both sets as matrices, checked."""
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.ndim != 2 or two.ndim != 2 or one.shape[1] != two.shape[1]:
        raise UsageError(f"features must be two matrices of one width, got {one.shape} and {two.shape}")
    if min(len(one), len(two)) < 2:
        raise UsageError(f"at least two vectors on each side make a distribution, got {len(one)} and {len(two)}")
    return one, two
