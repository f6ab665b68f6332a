"""The outfit room."""

from modiste.showroom.outfit.room import Outfit

__all__ = ["Outfit"]
