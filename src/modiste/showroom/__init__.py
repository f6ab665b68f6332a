"""The showroom: one web page on which a visitor refines, completes, tries on and imagines."""

from modiste.showroom.page import attach

__all__ = ["attach"]
