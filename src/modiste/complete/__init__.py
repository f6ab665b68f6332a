"""Complete: find what completes an outfit (CSA-Net)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modiste.weights import domain_of, suited

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

__all__ = ["load_completer"]


def load_completer(name: str | None = None, *, encoder: str = "") -> Completer:
    """Load the network of this name.

    Args:
        name: shipped weights (`modiste models` lists them) or the folder of a run; by default the shipped weights that
            suit a shop.
        encoder: the name of the shop's encoder; weights trained on the same kind of pictures suit the shop.

    Raises:
        UsageError: there are no such weights, or they are for another system.
    """
    from modiste.complete.pipeline import Completer

    return Completer(name or suited("complete", domain_of(encoder)))
