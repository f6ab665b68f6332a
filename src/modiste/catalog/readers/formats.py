"""The one way in for a shop's own catalogue: a table, or a bare folder of photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from modiste.catalog.readers.csv_table import read_csv
from modiste.catalog.readers.image_folder import holds_photos, read_image_folder
from modiste.catalog.readers.json_lines import read_json_lines
from modiste.catalog.readers.parquet import read_parquet
from modiste.catalog.records import Catalog
from modiste.catalog.table import Table, to_catalog
from modiste.errors import UsageError, unknown

READERS: Mapping[str, Callable[[Path, str | None], Table]] = {
    "csv": read_csv,
    "parquet": read_parquet,
    "jsonl": read_json_lines,
}
IMAGES = "images"
FORMATS = (*READERS, IMAGES)
SUFFIXES = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "jsonl"),
}
"""File name endings to formats."""
UNREAD = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "a spreadsheet; save its sheet as CSV (UTF-8)"),
    **dict.fromkeys((".xml", ".rss"), "XML; export the catalogue as CSV or as JSON Lines"),
    **dict.fromkeys((".gz", ".zip", ".7z", ".rar", ".bz2", ".xz", ".tar", ".tgz"), "packed; unpack it first"),
}
"""What other endings mean, and what to do."""
NO_COLUMNS: Mapping[str, str] = MappingProxyType({})


def read_catalog(
    source: Path,
    *,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    refresh: bool = False,
    encoding: str | None = None,
) -> Catalog:
    """Read a table (CSV, Parquet, JSON), a folder that holds one, or a bare folder of photos.

    No photo is opened here: whether it can be decoded shows when it is.

    Args:
        columns: field to column, such as `{"title": "name"}`; other columns go by their names.
        allow_downloads: fetch photos that are given as URLs.
        refresh: fetch those, and again what was fetched before and has changed.
        encoding: of a table's file; by default it is told from the bytes.

    Raises:
        UsageError: nothing there, an unknown format, or a table without an id or an image column.
    """
    name = detect_format(source) if format == "auto" else format
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    if not source.exists():
        raise UsageError(f"there is nothing at {source}; check the path")
    if name != IMAGES:
        table = _table(source, name)
        return to_catalog(READERS[name](table, encoding), columns, allow_downloads, refresh)
    if columns or encoding:
        raise UsageError(f"--map and --encoding are for tables; {source} is read as a folder of photos, which has none")
    if not source.is_dir():
        raise UsageError(f"{source} is no folder; give a folder of photos, or --format {', '.join(READERS)}")
    found = read_image_folder(source)
    folders = sorted(path for path in source.iterdir() if path.is_dir() and not path.name.startswith("."))
    below = next((table for folder in folders for table in _tables(folder)), None)
    if below is None:
        return found
    note = f"{source} is read as photos alone; {below} may be their table: give it as the source to use it"
    return replace(found, notes=(*found.notes, note))


def detect_format(source: Path) -> str:
    """The format of a file by its ending, of a folder by what lies in it.

    Raises:
        UsageError: nothing there, or nothing that can be read as a catalogue.
    """
    if not source.exists():
        raise UsageError(f"there is nothing at {source}; check the path")
    if source.is_file():
        if what := UNREAD.get(source.suffix.lower()):
            raise UsageError(f"{source.name} is {what}")
        if source.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{source.name} is no table that is known; give {', '.join(SUFFIXES)}, or say --format")
        return SUFFIXES[source.suffix.lower()]
    tables, other = _tables(source), _unread(source)
    if not tables and other:
        raise UsageError(
            f"{source} holds {other.name}, which is {UNREAD[other.suffix.lower()]}; or say --format images"
        )
    if not tables and not holds_photos(source):
        raise UsageError(f"{source} holds neither a table ({', '.join(SUFFIXES)}) nor photos; check the path")
    return SUFFIXES[tables[0].suffix.lower()] if tables else IMAGES


def _tables(folder: Path) -> list[Path]:
    # Text files, notes of programs and rejects of an earlier run lie beside photos; none of them is a catalogue.
    endings = set(SUFFIXES) - {".txt", ".json"}
    found = [path for path in folder.iterdir() if path.suffix.lower() in endings and path.is_file()]
    return sorted(path for path in found if path.name != "rejected.jsonl" and not path.name.startswith("."))


def _unread(folder: Path) -> Path | None:
    """A spreadsheet or another table of a kind that isn't read, without which photos would be a bare folder."""
    found = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in UNREAD and path.is_file())
    return next((path for path in found if not path.name.startswith((".", "~"))), None)


def _table(source: Path, format: str) -> Path:
    if source.is_file():
        return source
    tables = _tables(source)
    if len(tables) != 1:
        names = ", ".join(path.name for path in tables) or "none"
        raise UsageError(f"{source} must hold one table; it holds {names}: give the {format} file itself")
    return tables[0]
