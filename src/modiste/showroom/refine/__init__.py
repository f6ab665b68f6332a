"""The refine room."""

from modiste.showroom.refine.room import Refine

__all__ = ["Refine"]
