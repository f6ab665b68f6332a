"""What a shop sells: products, outfits, and the rows that could not be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Value = str | float | bool
"""What an attribute may hold."""

Row = Mapping[str, object]
"""A table's cells, by column."""


class BadRow(ValueError):  # noqa: N818 - it is the row that is bad, and "row error" would hide that
    """A row that can't be used; the message says what is wrong, its value and what to do.

    Args:
        cells: what could be read of it.
    """

    def __init__(self, reason: str, cells: Row | None = None) -> None:
        super().__init__(reason)
        self.cells: Row = cells or {}


@dataclass(frozen=True)
class Product:
    """One thing that can be bought, with its photos."""

    id: str
    images: tuple[Path, ...] = ()
    """Photos, the most telling first."""
    title: str = ""
    description: str = ""
    category: str = ""
    """The shop's own label, such as `Casual Shoes`; `categories.py` maps it to what a system needs."""
    gender: str = ""
    """Men, Women, Unisex, Boys or Girls; empty when the source doesn't say."""
    colour: str = ""
    price: float | None = None
    in_stock: bool = True
    variant_of: str = ""
    """The product model that this is a variant of; products of one model never lie in two splits."""
    outfit_id: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """Every other column of the source; filters can use them."""


@dataclass(frozen=True)
class Outfit:
    """Products that a stylist put together."""

    id: str
    items: tuple[str, ...]
    """Ids of its products."""


@dataclass(frozen=True)
class Rejected:
    """A row that can't be used, and why."""

    id: str
    reason: str
    """What was wrong, its value and what to do, in one line."""
    source: str
    """Where the row stands: file and line, or the image's path."""


@dataclass(frozen=True)
class Catalog:
    """A source, read: what can be used and what can't."""

    name: str
    products: tuple[Product, ...]
    outfits: tuple[Outfit, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    licence: str = ""
    """The terms the source states, in a sentence."""
    notes: tuple[str, ...] = ()
    """What the reader took for granted, such as which column it read as the title."""
