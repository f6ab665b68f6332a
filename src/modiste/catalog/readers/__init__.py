"""Readers of catalogues, in one registry (`LAYOUTS`) behind one `read` and one `detect`.

Those of Parquet and of a bare folder of photos are here, the others have files of their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from modiste.catalog.photos import is_photo
from modiste.catalog.readers import boutique, fashion_product_images, mango
from modiste.catalog.readers.csv_table import read_csv
from modiste.catalog.readers.json_lines import read_json_lines
from modiste.catalog.records import BadRow, Catalog, Layout, Product
from modiste.catalog.table import Table, gather, to_catalog, unique
from modiste.errors import UsageError, unknown

__all__ = ["LAYOUTS", "NO_COLUMNS", "Layout", "detect", "read"]

NO_COLUMNS: Mapping[str, str] = MappingProxyType({})

_TABLES = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "jsonl"),
}
"""File name endings of tables, to the layout."""
_UNREAD = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "a spreadsheet; save its sheet as CSV (UTF-8)"),
    **dict.fromkeys((".xml", ".rss"), "XML; export the catalogue as CSV or as JSON Lines"),
    **dict.fromkeys((".gz", ".zip", ".7z", ".rar", ".bz2", ".xz", ".tar", ".tgz"), "packed; unpack it first"),
}
"""Other file name endings, to the kind of file and the remedy."""


def read(
    source: Path,
    format: str = "auto",
    columns: Mapping[str, str] = NO_COLUMNS,
    allow_downloads: bool = False,
    refresh: bool = False,
    encoding: str | None = None,
    layouts: Mapping[str, Layout] | None = None,
) -> Catalog:
    """Read a published shop in its layout, or a shop's own table or folder of photos.

    No photo is opened here: whether it can be decoded shows when it is.

    Args:
        format: a name of `layouts`; auto decides by the files.
        columns: field to column of a table, such as `{"title": "name"}`; other columns go by their names.
        allow_downloads: fetch photos that a table gives as URLs.
        refresh: fetch those, and again those that were fetched before and have changed.
        encoding: of a table's file; by default it is guessed from the bytes.
        layouts: by default `LAYOUTS`; `modiste.lab.datasets` has more.

    Raises:
        UsageError: nothing there, an unknown format, a source that isn't in it, or a table without an id or an image
            column.
    """
    layouts = LAYOUTS if layouts is None else layouts
    name = detect(source, layouts) if format == "auto" else format
    if name not in layouts:
        raise unknown("format", name, layouts)
    layout = layouts[name]
    if layout.takes_options:
        if not source.exists():
            raise UsageError(f"there is nothing at {source}; check the path")
        return layout.read(source, columns=columns, encoding=encoding, allow_downloads=allow_downloads, refresh=refresh)
    if not layout.detect(source):
        raise UsageError(f"{source} is not in the layout {name}, which has {layout.files}; check the path")
    if columns or encoding:
        raise UsageError(f"--map and --encoding are for tables; {source} is read in the layout {name}, which is known")
    return layout.read(source)


def detect(source: Path, layouts: Mapping[str, Layout] | None = None) -> str:
    """The name of the first layout that `source` is in, by a file's ending or by the files of a folder.

    Raises:
        UsageError: there is no file or folder, or none that can be read.
    """
    for name, layout in (LAYOUTS if layouts is None else layouts).items():
        if layout.detect(source):
            return name
    if not source.exists():
        raise UsageError(f"there is nothing at {source}; check the path")
    if source.is_file():
        if kind := _UNREAD.get(source.suffix.lower()):
            raise UsageError(f"{source.name} is {kind}")
        raise UsageError(f"{source.name} is no table that is known; give {', '.join(_TABLES)}, or say --format")
    if other := _unread_file(source):
        raise UsageError(
            f"{source} holds {other.name}, which is {_UNREAD[other.suffix.lower()]}; or say --format images"
        )
    raise UsageError(f"{source} holds neither a table ({', '.join(_TABLES)}) nor photos; check the path")


def _is_table(format: str, source: Path) -> bool:
    """True if a file, or the first table in a folder, has an ending of a format."""
    files = _tables_in(source)[:1] if source.is_dir() else [source] if source.is_file() else []
    return any(_TABLES.get(file.suffix.lower()) == format for file in files)


def _is_photo_folder(source: Path) -> bool:
    """True for a folder with photos below, and without a table of any kind."""
    return source.is_dir() and not _tables_in(source) and not _unread_file(source) and any(map(is_photo, _walk(source)))


def _tables_in(folder: Path) -> list[Path]:
    # Text files, notes of programs and rejects of an earlier run lie beside photos; none of them is a catalogue.
    endings = set(_TABLES) - {".txt", ".json"}
    tables = [path for path in folder.iterdir() if path.suffix.lower() in endings and path.is_file()]
    return sorted(path for path in tables if path.name != "rejected.jsonl" and not path.name.startswith("."))


def _unread_file(folder: Path) -> Path | None:
    """A spreadsheet or another table of a kind that isn't read, without which photos would be a bare folder."""
    files = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in _UNREAD and path.is_file())
    return next((path for path in files if not path.name.startswith((".", "~"))), None)


def _read_table(
    format: str, source: Path, *, columns: Mapping[str, str], encoding: str | None, **downloads: bool
) -> Catalog:
    """Read a table, or a folder that holds one."""
    tables = [source] if source.is_file() else _tables_in(source)
    if len(tables) != 1:
        names = ", ".join(path.name for path in tables) or "none"
        raise UsageError(f"{source} must hold one table; it holds {names}: give the {format} file itself")
    return to_catalog(_FORMATS[format](tables[0], encoding), columns, **downloads)


def _read_parquet(path: Path, encoding: str | None) -> Table:
    """Read a whole Parquet file, whose texts are UTF-8."""
    import pyarrow
    from pyarrow import parquet

    if encoding:
        raise UsageError(f"{path.name} is a Parquet file, whose texts are UTF-8; leave --encoding out")
    try:
        table = parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"{path.name} is not a Parquet file that can be read ({reason})") from None
    names, notes = unique(table.column_names)
    # As text, because Python has no nanoseconds and no year beyond 9999.
    columns = [
        column.cast(pyarrow.string()) if pyarrow.types.is_temporal(column.type) else column for column in table.columns
    ]
    rows = pyarrow.table(columns, list(names)).to_pylist()
    return Table(path, names, [(f"{path.name}, row {number}", row) for number, row in enumerate(rows, 1)], notes)


def _read_photos(source: Path, *, columns: Mapping[str, str], encoding: str | None, **_: bool) -> Catalog:
    """Read every photo below a folder: its file's name is the title, its folder's name the category.

    Hidden files are left alone, other files are rejected; a table in a folder below is noted.
    """
    if columns or encoding:
        raise UsageError(f"--map and --encoding are for tables; {source} is read as a folder of photos, which has none")
    if not source.is_dir():
        raise UsageError(f"{source} is no folder; give a folder of photos, or --format {', '.join(_FORMATS)}")
    base, rows = source.absolute(), []
    for path in _walk(base):
        at = path.relative_to(base)
        row = {"id": at.with_suffix("").as_posix(), "path": str(path), "folder": at.parent.name}
        rows.append((at.as_posix(), row))
    products, rejected = gather(rows, _photo_product)
    folders = sorted(path for path in source.iterdir() if path.is_dir() and not path.name.startswith("."))
    below = next((table for folder in folders for table in _tables_in(folder)), None)
    note = f"{source} is read as photos alone; {below} may be their table: give it as the source to use it"
    return Catalog(source.resolve().name, products, rejected=rejected, notes=(note,) if below else ())


def _photo_product(row: Mapping[str, str]) -> Product:
    path = Path(row["path"])
    if not is_photo(path):
        raise BadRow(f"{path.name} is no photo; give JPEG, PNG or WebP files")
    title, category = (re.sub(r"[\s_-]+", " ", name).strip() for name in (path.stem, row["folder"]))
    return Product(row["id"], (path,), title, category=category)


def _walk(source: Path) -> Iterator[Path]:
    """Every file below `source` that isn't hidden."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


_FORMATS = {"csv": read_csv, "parquet": _read_parquet, "jsonl": read_json_lines}

LAYOUTS: Mapping[str, Layout] = {
    **{reader.LAYOUT.name: reader.LAYOUT for reader in (fashion_product_images, mango, boutique)},
    **{
        name: Layout(
            name=name,
            files=f"a table ({', '.join(ending for ending, format in _TABLES.items() if format == name)})",
            detect=partial(_is_table, name),
            read=partial(_read_table, name),
            takes_options=True,
        )
        for name in _FORMATS
    },
    "images": Layout("images", "photos", _is_photo_folder, _read_photos, takes_options=True),
}
"""Every layout by its name, in the order in which their files are looked for: published shops, tables, photos."""
