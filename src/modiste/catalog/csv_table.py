"""Comma-separated values, with whichever separator and encoding a spreadsheet wrote."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from modiste.catalog.gather import BadRow, Row
from modiste.catalog.table import Table
from modiste.errors import UsageError

SEPARATORS = ",;\t|"


def read_csv(path: Path) -> Table:
    """Read UTF-8 (with or without a byte order mark), UTF-16 with one, or else Latin-1.

    Raises:
        UsageError: no header, or text that is no table.
    """
    written = _decode(path.read_bytes())
    header_line = written.partition("\n")[0]
    separator = max(SEPARATORS, key=header_line.count)
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator)
    lines: list[tuple[int, list[str]]] = []
    try:
        lines += ((reader.line_num, cells) for cells in reader)
    except csv.Error as error:
        raise UsageError(f"{path.name}, line {reader.line_num}: {error}; save it as CSV again") from None
    header = [name.strip() for name in lines[0][1]] if lines else []
    if not any(header):
        raise UsageError(f"{path.name} is empty; its first line must name the columns")
    rows = [
        (f"{path.name}, line {number}", _row(cells, header, separator))
        for number, cells in lines[1:]
        if any(cell.strip() for cell in cells)
    ]
    return Table(path, tuple(header), rows)


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _row(cells: list[str], header: list[str], separator: str) -> Row | BadRow:
    if len(cells) > len(header):
        told = f"the row has {len(cells)} cells and the table {len(header)} columns"
        return BadRow(f'{told}; put quotes around values that contain "{separator}"')
    return dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=True))
