"""Published data sets, read in their publishers' layouts into the records that every shop uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from modiste.catalog import readers
from modiste.catalog.readers import NO_COLUMNS
from modiste.catalog.records import Catalog, Layout
from modiste.errors import UsageError
from modiste.lab.datasets import ccp, fashion200k, fashion_iq, polyvore, shoes
from modiste.lab.datasets.inspection import Inspection, inspect_catalog
from modiste.lab.datasets.outfits import OutfitData
from modiste.lab.datasets.triplets import TripletData
from modiste.types import Progress

__all__ = ["LAYOUTS", "OUTFITS", "TRIPLETS", "Inspection", "detect", "read"]

_Data = TypeVar("_Data")

LAYOUTS: Mapping[str, Layout] = {
    **{reader.LAYOUT.name: reader.LAYOUT for reader in (ccp, fashion_iq, fashion200k, shoes, polyvore)},
    **readers.LAYOUTS,  # tables come last, since other layouts hold some too
}
"""Layouts of published data sets and of shops."""
TRIPLETS: Mapping[str, Callable[[Path], TripletData]] = {
    reader.LAYOUT.name: reader.triplets for reader in (fashion_iq, fashion200k, shoes)
}
"""Layouts whose publishers give triplets, to their readers."""
OUTFITS: Mapping[str, Callable[[Path], OutfitData]] = {polyvore.LAYOUT.name: polyvore.outfits}
"""Layouts whose publishers give parts of outfits and questions about them, to their readers."""

detect = partial(readers.detect, layouts=LAYOUTS)
read = partial(readers.read, layouts=LAYOUTS)


def holds_triplets(source: Path) -> bool:
    """True if `read_triplets` can read `source`."""
    return any(LAYOUTS[name].detect(source) for name in TRIPLETS)


def read_triplets(source: Path) -> TripletData:
    """Read a data set whose publisher gives triplets.

    Raises:
        UsageError: it is in no such layout, a file is damaged, or there are no photos.
    """
    return _published(source, TRIPLETS, "triplets")


def holds_outfits(source: Path) -> bool:
    """True if `read_outfits` can read `source`."""
    return any(LAYOUTS[name].detect(source) for name in OUTFITS)


def read_outfits(source: Path) -> OutfitData:
    """Read a data set whose publisher gives parts of outfits and questions about them.

    Raises:
        UsageError: it is in no such layout, a file is damaged, or none of its items can be used.
    """
    return _published(source, OUTFITS, "published outfits")


def domain(data: Sequence[Path]) -> str:
    """The kind of pictures that networks know which learn from these data sets; `photos` where they are of several."""
    domains = {LAYOUTS[detect(source)].domain for source in data}
    return domains.pop() if len(domains) == 1 else Layout.domain


def check_names(catalogs: Sequence[Catalog]) -> None:
    """Refuse data sets of one name, because splits and colours are kept by name.

    Raises:
        UsageError: two have the same.
    """
    names = [catalog.name for catalog in catalogs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f'two data sets are called "{twice[0]}", as their files are; give one of them another name')


def inspect(
    source: Path,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """Count and check the contents of a data set; every photo is decoded. The arguments are those of `read`.

    Args:
        progress: called with the number of products that are done, and of all.
    """
    name = detect(source) if format == "auto" else format
    catalog = read(source, name, columns, allow_downloads, encoding=encoding)
    return inspect_catalog(catalog, name, LAYOUTS[name].traps, progress)


def _published(source: Path, readers: Mapping[str, Callable[[Path], _Data]], content: str) -> _Data:
    for name, read_data in readers.items():
        if LAYOUTS[name].detect(source):
            return read_data(source)
    layouts = "; ".join(f"{name} ({LAYOUTS[name].files})" for name in readers)
    raise UsageError(f"{source} holds no {content}; give a folder in one of these layouts: {layouts}")
