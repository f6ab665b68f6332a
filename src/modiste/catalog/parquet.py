"""Parquet tables."""

from __future__ import annotations

from pathlib import Path

from modiste.catalog.table import Table
from modiste.errors import UsageError


def read_parquet(path: Path) -> Table:
    """Read a whole Parquet file.

    Raises:
        UsageError: the file is no Parquet.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise UsageError(f"{path.name} is not a Parquet file that can be read ({_first_line(error)})") from None
    rows = [(f"{path.name}, row {number}", row) for number, row in enumerate(table.to_pylist(), 1)]
    return Table(path, tuple(table.column_names), rows)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
