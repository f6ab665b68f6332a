"""The one way in for a shop's own catalogue: a table, or a bare folder of photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from modiste.catalog.csv_table import read_csv
from modiste.catalog.image_folder import holds_photos, read_image_folder
from modiste.catalog.json_lines import read_json_lines
from modiste.catalog.parquet import read_parquet
from modiste.catalog.records import Catalog
from modiste.catalog.table import Table, to_catalog
from modiste.errors import UsageError, unknown

READERS: Mapping[str, Callable[[Path], Table]] = {"csv": read_csv, "parquet": read_parquet, "jsonl": read_json_lines}
IMAGES = "images"
FORMATS = (*READERS, IMAGES)
SUFFIXES = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
}
"""File name endings to formats."""
NO_COLUMNS: Mapping[str, str] = MappingProxyType({})


def read_catalog(
    source: Path,
    *,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    refresh: bool = False,
) -> Catalog:
    """Read a table (CSV, Parquet, JSON Lines), a folder that holds one, or a bare folder of photos.

    No photo is opened here: whether it can be decoded shows when it is.

    Args:
        columns: field to column, such as `{"title": "name"}`; other columns go by their names.
        allow_downloads: fetch photos that are given as URLs.
        refresh: fetch those again that were fetched before and have changed.

    Raises:
        UsageError: nothing there, an unknown format, or a table without an id or an image column.
    """
    name = detect_format(source) if format == "auto" else format
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    if not source.exists():
        raise UsageError(f"there is nothing at {source}; check the path")
    if name != IMAGES:
        return to_catalog(READERS[name](_table(source, name)), columns, allow_downloads, refresh)
    if columns:
        raise UsageError(f"--map is for tables; {source} is read as a folder of photos, which has no columns")
    if not source.is_dir():
        raise UsageError(f"{source} is no folder; give a folder of photos, or --format {', '.join(READERS)}")
    return read_image_folder(source)


def detect_format(source: Path) -> str:
    """The format of a file by its ending, of a folder by what lies in it.

    Raises:
        UsageError: nothing there, or nothing that can be read as a catalogue.
    """
    if not source.exists():
        raise UsageError(f"there is nothing at {source}; check the path")
    if source.is_file():
        if source.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{source.name} is no table that is known; give {', '.join(SUFFIXES)}, or say --format")
        return SUFFIXES[source.suffix.lower()]
    tables = _tables(source)
    if not tables and not holds_photos(source):
        raise UsageError(f"{source} holds neither a table ({', '.join(SUFFIXES)}) nor photos; check the path")
    return SUFFIXES[tables[0].suffix.lower()] if tables else IMAGES


def _tables(folder: Path) -> list[Path]:
    # Text files and rejects of an earlier run lie beside photos; neither is a catalogue.
    found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    return sorted(path for path in found if path.suffix.lower() != ".txt" and path.name != "rejected.jsonl")


def _table(source: Path, format: str) -> Path:
    if source.is_file():
        return source
    tables = _tables(source)
    if len(tables) != 1:
        names = ", ".join(path.name for path in tables) or "none"
        raise UsageError(f"{source} must hold one table; it holds {names}: give the {format} file itself")
    return tables[0]
