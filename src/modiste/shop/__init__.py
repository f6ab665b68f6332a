"""A shop: one catalogue, one index, its networks; products go in, and the verbs find them."""

from modiste.shop.requests import MAX_TEXT, MAX_TURNS
from modiste.shop.results import Hit, Page, Report
from modiste.shop.shop import Shop, identity_of, open_shop

__all__ = ["MAX_TEXT", "MAX_TURNS", "Hit", "Page", "Report", "Shop", "identity_of", "open_shop"]
