"""Outfits that people put together, and the questions about them that published results are about."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from modiste.catalog.records import BadRow, Catalog, Layout, Outfit, Rejected
from modiste.errors import UsageError
from modiste.lab.datasets.splits import PARTS
from modiste.lab.datasets.triplets import read_json_list, read_lines

Entry = TypeVar("Entry")
Record = TypeVar("Record")


@dataclass(frozen=True)
class Blank:
    """An outfit that lacks an item, and what may be put there."""

    outfit: tuple[str, ...]
    """Ids of the items that are there."""
    choices: tuple[str, ...]
    """Ids of the answers, the right one first; who scores them must not let a tie count as right."""


@dataclass(frozen=True)
class Judged:
    """Items, and whether people put them together or chance did."""

    items: tuple[str, ...]
    compatible: bool


@dataclass(frozen=True)
class OutfitData:
    """A published data set, read for training and for its own protocols."""

    catalog: Catalog
    """Its notes say where it isn't what was published; its outfits are those of all parts."""
    categories: Mapping[str, str]
    """Product id to the outfit category that the publisher gives it, which may differ from what its label says."""
    train: tuple[Outfit, ...]
    judge: tuple[Outfit, ...]
    test: tuple[Outfit, ...]
    blanks: tuple[Blank, ...]
    """Of the test; so for the next."""
    judged: tuple[Judged, ...]

    @property
    def split_hash(self) -> str:
        """Names the split: the first 12 hexadecimal digits of the SHA-256 of its sorted `outfit:part` lines."""
        lines = sorted(f"{outfit.id}:{part}\n" for part in PARTS for outfit in getattr(self, part))
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]


def holds_outfits(source: Path) -> bool:
    """Whether `source` is in a layout that `read_outfits` reads."""
    return any(layout.detect(source) for layout, _ in _readers())


def read_outfits(source: Path) -> OutfitData:
    """Read a data set whose publisher gives parts of outfits and questions about them.

    Raises:
        UsageError: it is in no such layout, a file is damaged, or none of its items can be used.
    """
    readers = _readers()
    for layout, read in readers:
        if layout.detect(source):
            return read(source)
    layouts = "; ".join(f"{layout.name} ({layout.files})" for layout, _ in readers)
    raise UsageError(f"{source} holds no published outfits; give a folder in one of these layouts: {layouts}")


def sift(
    entries: Iterable[tuple[str, Entry]], parse: Callable[[Entry], Record]
) -> tuple[tuple[Record, ...], tuple[Rejected, ...]]:
    """What can be made of a published file's entries, and why the others can't be used.

    Args:
        entries: where each stands ("disjoint/test.json, entry 12"), and what stands there.
        parse: makes a record of an entry, or raises `BadRow`.
    """
    good: list[Record] = []
    bad: list[Rejected] = []
    for place, entry in entries:
        try:
            good.append(parse(entry))
        except BadRow as reason:
            bad.append(Rejected("", str(reason), place))
    return tuple(good), tuple(bad)


def entries(path: Path) -> Iterator[tuple[str, object]]:
    """The entries of a published JSON list, and where each stands.

    Raises:
        UsageError: it is missing or damaged, or holds no list.
    """
    for number, entry in enumerate(read_json_list(path), 1):
        yield f"{path.parent.name}/{path.name}, entry {number}", entry


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a published text file that aren't empty, and where each stands.

    Raises:
        UsageError: it can't be read.
    """
    for number, line in enumerate(read_lines(path), 1):
        if line:
            yield f"{path.parent.name}/{path.name}, line {number}", line


def items_of(outfits: Iterable[Outfit]) -> frozenset[str]:
    """Ids of all products that are in an outfit."""
    return frozenset(item for outfit in outfits for item in outfit.items)


def shared_items(asked: Iterable[Outfit], train: Iterable[Outfit], kind: str) -> str:
    """Says how many items of outfits that are asked about can be known from training.

    Args:
        kind: what the outfits that are asked about are called.
    """
    items = items_of(asked)
    seen = len(items & items_of(train))
    return f"{seen:,} of the {len(items):,} items of {kind} outfits are in training outfits too"


def _readers() -> tuple[tuple[Layout, Callable[[Path], OutfitData]], ...]:
    # The reader imports the values above.
    from modiste.lab.datasets import polyvore

    return ((polyvore.LAYOUT, polyvore.outfits),)
