"""A shop: one catalogue, one index, its networks; products go in, and the verbs find them."""

from modiste.shop.contract import Completion, Group, Hit, Imagined, Look, Match, Page, Report, Worn
from modiste.shop.shop import Shop, open_shop

__all__ = ["Completion", "Group", "Hit", "Imagined", "Look", "Match", "Page", "Report", "Shop", "Worn", "open_shop"]
