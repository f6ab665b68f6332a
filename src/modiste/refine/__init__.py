"""Refine: image search with text feedback (VAL)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modiste.weights import domain_of, suited

if TYPE_CHECKING:
    from modiste.refine.pipeline import Refiner

__all__ = ["load_refiner"]


def load_refiner(name: str | None = None, *, encoder: str = "") -> Refiner:
    """Load the refiner of this name.

    Args:
        name: shipped weights (`modiste models` lists them) or the folder of a run; by default the shipped weights that
            suit a shop.
        encoder: the name of the shop's encoder; weights trained on the same kind of pictures suit the shop.

    Raises:
        UsageError: there are no such weights, or they are for something else.
    """
    from modiste.refine.pipeline import Refiner

    return Refiner(name or suited("refine", domain_of(encoder)))
