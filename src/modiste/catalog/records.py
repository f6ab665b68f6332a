"""Records of a catalogue: products, outfits, rejected rows, and the layouts in which catalogues lie on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Value = str | float | bool
"""Value of an attribute."""

Row = Mapping[str, object]
"""A table's cells, by column."""


class BadRow(ValueError):  # noqa: N818 - it is the row that is bad, and "row error" would hide that
    """A row that can't be used; the message names the fault, its value and the remedy.

    Args:
        cells: those of its cells that could be read.
    """

    def __init__(self, reason: str, cells: Row | None = None) -> None:
        super().__init__(reason)
        self.cells: Row = cells or {}


@dataclass(frozen=True)
class Product:
    """One product of a shop, with its photos."""

    id: str
    images: tuple[Path, ...] = ()
    """Photos, the most telling first."""
    title: str = ""
    description: str = ""
    category: str = ""
    """The shop's own label, such as `Casual Shoes`; `categories.py` maps it to those of a system."""
    gender: str = ""
    """Men, Women, Unisex, Boys or Girls; empty when the source doesn't say."""
    colour: str = ""
    price: float | None = None
    in_stock: bool = True
    variant_of: str = ""
    """The product model that this is a variant of; products of one model are never in two splits."""
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
    """The fault, its value and the remedy, in one line."""
    source: str
    """File and line of the row, or the image's path."""


@dataclass(frozen=True)
class Catalog:
    """Products, outfits and rejected rows of a source."""

    name: str
    products: tuple[Product, ...]
    outfits: tuple[Outfit, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    licence: str = ""
    """The terms the source states, in a sentence."""
    notes: tuple[str, ...] = ()
    """Assumptions of the reader, such as which column it read as the title."""


@dataclass(frozen=True)
class Layout:
    """One way in which a catalogue lies on disk, and its reader."""

    name: str
    """Value of `--format`."""
    files: str
    """The files by which it is recognised, in words."""
    detect: Callable[[Path], bool]
    read: Callable[..., Catalog]
    """Takes the source; with `takes_options` also columns, allow_downloads, refresh and encoding."""
    takes_options: bool = False
    """True for a shop's own tables and photos, false for published layouts, which are known."""
    licence: str = ""
    """The terms its publisher states, in a sentence."""
    traps: tuple[str, ...] = ()
    """Known pitfalls of the data."""
    domain: str = "photos"
    """The kind of pictures, as configurations of weights name it: `photos`, or `boutique` for drawings."""
