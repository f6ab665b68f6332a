"""The truth that a drawn boutique's outfits come from, as a scorer: what the best network could reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modiste.boutique import Look, Relations, combine, relate
from modiste.errors import UsageError
from modiste.lab.complete.data import Collection, Rows, Wardrobe
from modiste.lab.complete.metrics import measure
from modiste.lab.complete.protocol import Questions


class Truth:
    """The boutique's hidden style.

    Raises:
        UsageError: the products weren't drawn.
    """

    def __init__(self, wardrobe: Wardrobe) -> None:
        looks = [Look.of(product) for product in wardrobe.products]
        self._relations = relate(looks, looks)

    def scores(self, outfits: Sequence[Rows], candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """Shape: (b, g) to (b, g)."""
        pairs, echoes = self._relations.pairs, self._relations.echoes
        return np.array(
            [
                combine(Relations(pairs[np.ix_(outfit, some)], echoes[np.ix_(outfit, some)]))
                for outfit, some in zip(outfits, candidates, strict=True)
            ]
        )


def ceiling(collection: Collection, asked: Questions) -> dict[str, float]:
    """The truth's own metrics; nothing where the products weren't drawn."""
    try:
        truth = Truth(collection.wardrobe)
    except UsageError:
        return {}
    return measure(truth, asked)
