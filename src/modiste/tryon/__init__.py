"""Try on: garments of several photos on one person (O-VITON)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modiste.tryon.known import MaskedGarment, ParsedPerson
    from modiste.tryon.pipeline import TryOn, try_on

__all__ = ["MaskedGarment", "ParsedPerson", "TryOn", "try_on"]


def __getattr__(name: str) -> Any:
    if name in __all__:  # torch is imported when it is needed
        from modiste.tryon import pipeline

        return getattr(pipeline, name)
    raise AttributeError(name)
