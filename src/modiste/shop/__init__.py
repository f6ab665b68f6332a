"""A shop: one catalogue, one index, its networks; products go in, and the verbs find them."""

from modiste.index import identity_of
from modiste.shop.contract import (
    MAX_ID,
    MAX_ITEMS,
    MAX_LOOKS,
    MAX_TEXT,
    MAX_TURNS,
    MAX_WANTED,
    Completion,
    Group,
    Hit,
    Look,
    Match,
    Page,
    Report,
    Worn,
)
from modiste.shop.imagine import Imagined
from modiste.shop.shop import Shop, open_shop

__all__ = [
    "MAX_ID",
    "MAX_ITEMS",
    "MAX_LOOKS",
    "MAX_TEXT",
    "MAX_TURNS",
    "MAX_WANTED",
    "Completion",
    "Group",
    "Hit",
    "Imagined",
    "Look",
    "Match",
    "Page",
    "Report",
    "Shop",
    "Worn",
    "identity_of",
    "open_shop",
]
