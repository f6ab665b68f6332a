"""Comma-separated values, with whichever separator, encoding and stray quotes a spreadsheet or an export wrote."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from modiste.catalog.encodings import decode, line_numbers
from modiste.catalog.records import BadRow, Outfit, Rejected
from modiste.catalog.table import Table, unique
from modiste.errors import UsageError

_SEPARATORS = ",;\t|"
_LONG_ROW = 100
"""Lines that are always searched for the end of a row."""
_MOST_PASSES = 10
"""Times that a file's lines are searched for ends of rows that aren't there, before only `_LONG_ROW` of them are."""

csv.field_size_limit(2**31 - 1)  # descriptions hold whole pictures, which are longer than the default


class _Record(NamedTuple):
    """A row, from one or several lines."""

    line: int
    """Number of the first line."""
    cells: list[str]
    stray: bool = False
    """True if a quote in it doesn't pair up and was read as text."""


def read_csv(path: Path, encoding: str | None = None) -> Table:
    """Read a table; lines before the first one with two cells or more are skipped.

    Args:
        encoding: of the file; by default it is guessed from the bytes.

    Raises:
        UsageError: no header, or no such encoding.
    """
    text, notes = decode(path.read_bytes(), path.name, encoding)
    lines = text.split("\n")
    start, separator = _header_line(lines)
    header, after = _whole(lines, start, separator)
    if not header:
        header, after = split_line(lines[start], separator), start + 1
    if not any(name.strip() for name in header):
        raise UsageError(f"{path.name} is empty; its first line must name the columns")
    records = list(_records(lines, after, separator, len(header)))
    filled = {column for record in records for column, cell in enumerate(record.cells) if cell.strip()}
    kept = [column for column, name in enumerate(header) if name.strip() or column in filled]
    names, renamed = unique([" ".join(header[column].split()) for column in kept])
    if stray := [record.line for record in records if record.stray]:
        notes += (f"{path.name} has quotes that don't pair up, read as text, in {line_numbers(stray)}",)
    rows = [(f"{path.name}, line {record.line}", _row(record, kept, names, separator)) for record in records]
    return Table(path, names, [*rows], (*notes, *renamed))


def read_rows(path: Path, columns: set[str], remedy: str) -> list[tuple[str, dict[str, str] | BadRow]]:
    """The rows of a table with known columns: the source of each, and its cells or why it can't be read.

    Args:
        columns: names that its header must have.
        remedy: closing words of the error where it hasn't.

    Raises:
        UsageError: a column is missing.
    """
    table = read_csv(path)
    if missing := columns - set(table.header):
        raise UsageError(f"{path} has no column {', '.join(sorted(missing))}; {remedy}")
    return cast("list[tuple[str, dict[str, str] | BadRow]]", table.rows)


def read_outfits(
    table: Path, columns: tuple[str, str], products: set[str], remedy: str
) -> tuple[tuple[Outfit, ...], tuple[Rejected, ...]]:
    """Outfits of a table with one row for each of their products, and the rows that can't be used; none without a file.

    Args:
        columns: names of the columns with the outfit's id and the product's.
        products: ids of the products that are there.
        remedy: as in `read_rows`.
    """
    if not table.is_file():
        return (), ()
    outfit, product = columns
    items: dict[str, list[str]] = {}
    rejected = []
    for source, row in read_rows(table, set(columns), remedy):
        if isinstance(row, BadRow):
            rejected.append(Rejected("", str(row), source))
        elif row[product] in products:
            items.setdefault(row[outfit], []).append(row[product])
        else:
            reason = f'outfit {row[outfit]} names "{row[product]}", which is no product here'
            rejected.append(Rejected(row[product], reason, source))
    return tuple(Outfit(id, tuple(dict.fromkeys(group))) for id, group in items.items()), tuple(rejected)


def split_line(line: str, separator: str = ",", width: int = 0) -> list[str]:
    """The cells of a line that is a row by itself, whatever its quotes mean.

    Args:
        width: number of cells expected; of the ways to read the quotes, the first that gives as many is taken.
    """
    between = re.escape(separator)
    line = re.sub(rf'(^|{between}) +(?=")|(?<=") +(?={between}|$)', r"\1", line)  # spaces around cells in quotes
    ways = (_strict(line, separator), _strict(line, separator, escape="\\"), _loose(line, separator))
    readings = [cells for cells in ways if cells]
    literal = [_unquoted(cell) for cell in line.split(separator)]
    return next(
        (cells for cells in readings if len(cells) == width), readings[0] if readings and not width else literal
    )


def _header_line(lines: Sequence[str]) -> tuple[int, str]:
    """Index of the header's line, and the separator: blank lines, comments, titles and `sep=;` come before it."""
    declared = ""
    for index, line in enumerate(lines):
        if match := re.fullmatch(r'"?sep=(.)"?[\s;,|]*', line, re.IGNORECASE):
            declared = match[1]
        elif not re.match(r"#\s", line):
            separator = declared or max(_SEPARATORS, key=lambda sign: len(_whole(lines, index, sign)[0]))
            if sum(bool(cell.strip()) for cell in line.split(separator)) > 1:
                return index, separator
    return next((index for index, line in enumerate(lines) if line.strip()), 0), ","


def _records(lines: Sequence[str], start: int, separator: str, width: int) -> Iterator[_Record]:
    """The rows of all lines; none is lost to a quote that is opened and never closed, or closed in another row.

    Cells in quotes may go on in the next lines. Such a row must be as wide as the header, and its first and last line
    must not be rows by themselves; otherwise the quote is a stray one, and every line is read alone.
    """
    at, spare = start, _MOST_PASSES * len(lines)
    while at < len(lines):
        line, after = lines[at], at + 1
        if '"' not in line:
            record = _Record(at + 1, line.split(separator))
        else:
            cells, end = _whole(lines, at, separator, max(_LONG_ROW, spare))
            if cells and _is_one_row(lines[at:end], cells, separator, width):
                record, after = _Record(at + 1, cells), end
            else:
                record = _Record(at + 1, split_line(line, separator, width), stray=True)
                spare -= end - at
        if any(cell.strip() for cell in record.cells):
            yield record
        at = after


def _whole(lines: Sequence[str], start: int, separator: str, most: int = _LONG_ROW) -> tuple[list[str], int]:
    """The row that begins in a line, of at most so many, and the line after it; no cells where quotes don't pair up."""
    texts = (f"{lines[n]}\n" for n in range(start, min(start + most, len(lines))))
    reader = csv.reader(texts, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        cells = []
    return cells, start + reader.line_num


def _is_one_row(lines: Sequence[str], cells: Sequence[str], separator: str, width: int) -> bool:
    """True if lines that quotes join are one row, rather than rows between two stray quotes."""
    if len(lines) == 1:
        return True
    first, last = lines[0].split(separator), lines[-1].split(separator)
    if len(cells) != width or min(len(first), len(last)) < width:
        return len(cells) == width
    broken = [column for column, cell in enumerate(cells) if "\n" in cell]
    before, after = broken[-1], len(cells) - 1 - broken[0]
    alone, joined = [*last[:before], *first[len(first) - after :]], [*cells[:before], *cells[len(cells) - after :]]
    alike = [_is_alike(*pair) for pair in zip(alone, joined, strict=True) if re.fullmatch(r"\S+", pair[1])]
    return bool(alike) and sum(alike) <= len(alike) / 2


def _is_alike(cell: str, code: str) -> bool:
    """True if a cell may stand in the column of a number, a code or a path."""
    return (
        re.fullmatch(r"\S+", cell) is not None and cell.isdigit() == code.isdigit() and ("." in cell) == ("." in code)
    )


def _strict(line: str, separator: str, escape: str | None = None) -> list[str] | None:
    try:
        return next(csv.reader([line], delimiter=separator, escapechar=escape, strict=True))
    except csv.Error:
        return None


def _loose(line: str, separator: str) -> list[str]:
    """The cells where a quote only closes a cell that ends with it: `"5" heel, black"` is one."""
    cells: list[str] = []
    line, at, closes = line + separator, 0, True
    while at < len(line):
        close = line.find(f'"{separator}', at + 1) + 1 if closes and line[at] == '"' else 0
        closes = closes and (close > 0 or line[at] != '"')  # what isn't found once needn't be looked for again
        end = close or line.find(separator, at)
        cells.append(_unquoted(line[at:end]))
        at = end + 1
    return cells


def _unquoted(cell: str) -> str:
    """A cell without the quotes around it, or without the one that was never closed."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell[1:] if cell[:1] == '"' and cell.count('"') % 2 else cell


def _row(record: _Record, columns: Sequence[int], names: Sequence[str], separator: str) -> dict[str, str] | BadRow:
    """A record's cells by the names of their columns; missing ones at its end are empty."""
    cells = dict(enumerate(record.cells))
    row = {name: cells.pop(column, "") for name, column in zip(names, columns, strict=True)}
    if not any(cell.strip() for cell in cells.values()):
        return row
    remedy = "close or double its quotes" if record.stray else f'put quotes around values that contain "{separator}"'
    return BadRow(f"the row has {len(record.cells)} cells and the table {len(names)} columns; {remedy}", row)
