"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from pathlib import Path

from modiste.catalog.gather import BadRow, Row
from modiste.catalog.table import Rows, Table


def read_json_lines(path: Path) -> Table:
    """Read a table whose columns are the keys of all lines together; a line that is no object becomes a reject."""
    rows: Rows = []
    columns: dict[str, None] = {}
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    for number, line in enumerate(lines, 1):
        if line.strip():
            row = _row(line)
            rows.append((f"{path.name}, line {number}", row))
            columns.update({} if isinstance(row, BadRow) else dict.fromkeys(row))
    return Table(path, tuple(columns), rows)


def _row(line: bytes) -> Row | BadRow:
    try:
        row = json.loads(line)
    except ValueError:
        return BadRow(f"not JSON: {line[:40].decode(errors='replace')}; write one object a line")
    if not isinstance(row, dict):
        return BadRow(f"not a JSON object: {line[:40].decode(errors='replace')}; write one object a line")
    return row
