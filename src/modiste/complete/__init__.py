"""Complete: which product goes with these (CSA-Net)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modiste.weights import domain_of, suited

if TYPE_CHECKING:
    from modiste.complete.pipeline import Completer

__all__ = ["load_completer"]


def load_completer(name: str | None = None, *, encoder: str = "") -> Completer:
    """The network of this name.

    Args:
        name: shipped weights (`modiste models` lists them) or the folder of a run; by default the shipped weights that
            suit a shop.
        encoder: the name of the shop's encoder; weights that learnt from the same kind of pictures suit the shop.

    Raises:
        UsageError: there are no such weights, or they are for something else.
    """
    from modiste.complete.pipeline import Completer

    return Completer(name or suited("complete", domain_of(encoder)))
