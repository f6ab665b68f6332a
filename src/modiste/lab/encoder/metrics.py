"""Metrics of an encoder's or a baseline's vectors and attributes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.encoders.product import ATTRIBUTES
from modiste.lab.encoder.data import Prepared
from modiste.lab.measures import ranks, recall_at, same_label, score_blocks

METRIC = {"category": "acc_type", "colour": "acc_colour", "gender": "acc_gender"}


class Predictions(NamedTuple):
    """Vectors and attributes of products, from an encoder or a baseline."""

    photos: NDArray[np.float32]
    """Unit vectors. Shape: (n, dim)."""
    titles: NDArray[np.float32]
    """Unit vectors. Shape: (n, dim)."""
    attributes: dict[str, list[str]]
    """The likeliest category, colour and gender of each photo."""


def measure(predictions: Predictions, data: Prepared) -> dict[str, float]:
    """The metrics of the encoder; accuracies over the products that state the attribute."""
    titles = [data.texts[number].lower() if number >= 0 else "" for number in data.titles]
    queries = [row for row, title in enumerate(titles) if title]
    positives = same_label([titles[row] for row in queries], titles)
    ranked = ranks(score_blocks(predictions.titles[queries], predictions.photos), positives)
    metrics = {"text_R@1": recall_at(ranked, 1), "text_R@10": recall_at(ranked, 10)}
    for name in ATTRIBUTES:
        pairs = zip(predictions.attributes[name], data.labels[name], strict=True)
        right = [predicted == label for predicted, label in pairs if label]
        metrics[METRIC[name]] = sum(right) / len(right) if right else 0.0
    return metrics
