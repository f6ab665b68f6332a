"""Published data sets, read in their publishers' layouts into the records that every shop uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from modiste.catalog import Catalog, read_catalog
from modiste.catalog.read import FORMATS, NO_COLUMNS, detect_format
from modiste.datasets import boutique, ccp, fashion200k, fashion_iq, fashion_product_images, mango, polyvore, shoes
from modiste.datasets.inspection import Inspection, inspect_catalog
from modiste.datasets.layout import Layout, Progress
from modiste.errors import UsageError, unknown

__all__ = ["LAYOUTS", "Inspection", "Layout", "detect", "domain", "inspect", "read"]

LAYOUTS: dict[str, Layout] = {
    reader.LAYOUT.name: reader.LAYOUT
    for reader in (fashion_product_images, mango, ccp, fashion_iq, fashion200k, shoes, polyvore, boutique)
}


def detect(source: Path) -> str:
    """The name of the published layout that `source` is in, or else the format of its table: csv, images, ...

    Raises:
        UsageError: nothing lies there, or nothing that can be read.
    """
    for name, layout in LAYOUTS.items():
        if layout.detect(source):
            return name
    return detect_format(source)


def domain(data: Sequence[Path]) -> str:
    """The kind of pictures that networks know which learn from some data sets; `photos` where they are of several."""
    layouts = map(detect, data)
    domains = {LAYOUTS[name].domain if name in LAYOUTS else Layout.domain for name in layouts}
    return domains.pop() if len(domains) == 1 else Layout.domain


def read(
    source: Path,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    refresh: bool = False,
    encoding: str | None = None,
) -> Catalog:
    """Read a data set in its publisher's layout, or a shop's own table or folder of photos.

    Args:
        format: a name of `LAYOUTS`, csv, parquet, jsonl or images; auto tells by the files.
        columns: field to column, for tables.
        allow_downloads: fetch photos that a table gives as URLs.
        refresh: fetch those, and again what was fetched before and has changed.
        encoding: of a table's file; by default it is told from the bytes.

    Raises:
        UsageError: an unknown format, or a source that isn't in it.
    """
    name = detect(source) if format == "auto" else format
    if name in FORMATS:
        return read_catalog(
            source, format=name, columns=columns, allow_downloads=allow_downloads, refresh=refresh, encoding=encoding
        )
    if name not in LAYOUTS:
        raise unknown("format", name, [*LAYOUTS, *FORMATS])
    layout = LAYOUTS[name]
    if not layout.detect(source):
        raise UsageError(f"{source} is not in the layout {name}, which has {layout.files}; check the path")
    if columns or encoding:
        raise UsageError(f"--map and --encoding are for tables; {source} is read in the layout {name}, which is known")
    return layout.read(source)


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
    traps = LAYOUTS[name].traps if name in LAYOUTS else ()
    return inspect_catalog(catalog, name, traps, progress)
