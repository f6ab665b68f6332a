"""Published data sets, read in their publishers' layouts into the records that every shop uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from modiste.catalog import readers
from modiste.catalog.readers import NO_COLUMNS, Layout
from modiste.lab.datasets import ccp, fashion200k, fashion_iq, polyvore, shoes
from modiste.lab.datasets.inspection import Inspection, inspect_catalog
from modiste.types import Progress

__all__ = ["LAYOUTS", "Inspection", "Layout", "detect", "domain", "inspect", "read"]

LAYOUTS: Mapping[str, Layout] = {
    **{reader.LAYOUT.name: reader.LAYOUT for reader in (ccp, fashion_iq, fashion200k, shoes, polyvore)},
    **readers.LAYOUTS,  # tables come last, since other layouts hold some too
}
"""Layouts of published data sets and of shops."""
detect = partial(readers.detect, layouts=LAYOUTS)
read = partial(readers.read, layouts=LAYOUTS)


def domain(data: Sequence[Path]) -> str:
    """The kind of pictures that networks know which learn from some data sets; `photos` where they are of several."""
    domains = {LAYOUTS[detect(source)].domain for source in data}
    return domains.pop() if len(domains) == 1 else Layout.domain


def inspect(
    source: Path,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> Inspection:
    """Look at a whole data set; every photo is decoded. The arguments are those of `read`.

    Args:
        progress: is told how many photos are done, and of how many.
    """
    name = detect(source) if format == "auto" else format
    catalog = read(source, name, columns, allow_downloads, encoding=encoding)
    return inspect_catalog(catalog, name, LAYOUTS[name].traps, progress)
