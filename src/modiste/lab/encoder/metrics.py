"""The encoder's metrics, from what an encoder or a baseline answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modiste.encoders.product import ATTRIBUTES
from modiste.lab.encoder.data import Prepared
from modiste.lab.measures import ranks, recall_at, same_label, score_blocks

METRIC = {"category": "acc_type", "colour": "acc_colour", "gender": "acc_gender"}


class Answers(NamedTuple):
    """What an encoder says of some products."""

    photos: NDArray[np.float32]
    """Unit vectors. Shape: (n, dim)."""
    titles: NDArray[np.float32]
    """Unit vectors. Shape: (n, dim)."""
    attributes: dict[str, list[str]]
    """The likeliest category, colour and gender of each photo."""


def score(answers: Answers, data: Prepared) -> dict[str, float]:
    """The metrics of the encoder; accuracies over the products that state the attribute."""
    titles = [data.texts[number].lower() if number >= 0 else "" for number in data.titles]
    asked = [row for row, title in enumerate(titles) if title]
    right = same_label([titles[row] for row in asked], titles)
    found = ranks(score_blocks(answers.titles[asked], answers.photos), right)
    metrics = {"text_R@1": recall_at(found, 1), "text_R@10": recall_at(found, 10)}
    for name in ATTRIBUTES:
        metrics[METRIC[name]] = _accuracy(answers.attributes[name], data.labels[name])
    return metrics


def _accuracy(told: Sequence[str], stated: Sequence[str]) -> float:
    pairs = [(guess, label) for guess, label in zip(told, stated, strict=True) if label]
    return sum(guess == label for guess, label in pairs) / len(pairs) if pairs else 0.0
