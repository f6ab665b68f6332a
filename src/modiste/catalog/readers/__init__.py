"""Every source of products that a shop reads: tables, folders of photos, and published shops in their own layouts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modiste.catalog.readers import boutique, fashion_product_images, mango
from modiste.catalog.readers.formats import FORMATS, NO_COLUMNS, detect_format, read_catalog
from modiste.catalog.readers.layout import Layout
from modiste.catalog.records import Catalog
from modiste.errors import UsageError, unknown

__all__ = ["LAYOUTS", "NO_COLUMNS", "Layout", "detect", "read"]

LAYOUTS: Mapping[str, Layout] = {
    reader.LAYOUT.name: reader.LAYOUT for reader in (fashion_product_images, mango, boutique)
}
"""Published shops, in the order in which their files are looked for."""


def detect(source: Path, layouts: Mapping[str, Layout] = LAYOUTS) -> str:
    """The name of the published layout that `source` is in, or else the format of its table: csv, images, ...

    Raises:
        UsageError: nothing lies there, or nothing that can be read.
    """
    for name, layout in layouts.items():
        if layout.detect(source):
            return name
    return detect_format(source)


def read(
    source: Path,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    refresh: bool = False,
    encoding: str | None = None,
    layouts: Mapping[str, Layout] = LAYOUTS,
) -> Catalog:
    """Read a published shop in its layout, or a shop's own table or folder of photos.

    Args:
        format: a name of `layouts`, csv, parquet, jsonl or images; auto tells by the files.
        columns: field to column, for tables.
        allow_downloads: fetch photos that a table gives as URLs.
        refresh: fetch those, and again what was fetched before and has changed.
        encoding: of a table's file; by default it is told from the bytes.
        layouts: what is known; `modiste.lab.datasets` knows more.

    Raises:
        UsageError: an unknown format, or a source that isn't in it.
    """
    name = detect(source, layouts) if format == "auto" else format
    if name in FORMATS:
        return read_catalog(
            source, format=name, columns=columns, allow_downloads=allow_downloads, refresh=refresh, encoding=encoding
        )
    if name not in layouts:
        raise unknown("format", name, [*layouts, *FORMATS])
    layout = layouts[name]
    if not layout.detect(source):
        raise UsageError(f"{source} is not in the layout {name}, which has {layout.files}; check the path")
    if columns or encoding:
        raise UsageError(f"--map and --encoding are for tables; {source} is read in the layout {name}, which is known")
    return layout.read(source)
