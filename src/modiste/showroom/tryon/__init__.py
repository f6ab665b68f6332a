"""The try-on room."""

from modiste.showroom.tryon.room import TryOnRoom

__all__ = ["TryOnRoom"]
