"""Parquet tables."""

from __future__ import annotations

from pathlib import Path

from modiste.catalog.table import Table, unique
from modiste.errors import UsageError


def read_parquet(path: Path, encoding: str | None = None) -> Table:
    """Read a whole Parquet file, whose texts are UTF-8.

    Raises:
        UsageError: the file is no Parquet, or an encoding is given.
    """
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
