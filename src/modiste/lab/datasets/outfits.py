"""Outfits of published data sets, and the questions about them that published results answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from modiste.catalog.records import Catalog, Outfit
from modiste.lab.datasets.splits import PARTS


@dataclass(frozen=True)
class Blank:
    """Fill-in-the-blank question: an outfit that lacks an item, and the choices for it."""

    outfit: tuple[str, ...]
    """Ids of the items that are there."""
    choices: tuple[str, ...]
    """Ids of the answers, the right one first; a tie must not count as right."""


@dataclass(frozen=True)
class OutfitData:
    """A published data set, read for training and for its own protocols."""

    catalog: Catalog
    """Its notes hold differences from the published data; its outfits are those of all parts."""
    categories: Mapping[str, str]
    """Product id to the outfit category that the publisher gives it, which may differ from its label."""
    train: tuple[Outfit, ...]
    judge: tuple[Outfit, ...]
    test: tuple[Outfit, ...]
    blanks: tuple[Blank, ...]
    """Of the test, as the next."""
    judged: tuple[tuple[tuple[str, ...], bool], ...]
    """Compatibility questions: the ids of an outfit's items, and True if people put them together, not chance."""

    @property
    def split_hash(self) -> str:
        """Name of the split: the first 12 hexadecimal digits of the SHA-256 of its sorted `outfit:part` lines."""
        lines = sorted(f"{outfit.id}:{part}\n" for part in PARTS for outfit in getattr(self, part))
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]
