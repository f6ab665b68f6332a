"""JSON: one object a line, or one list of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from modiste.catalog import values
from modiste.catalog.encodings import decode
from modiste.catalog.records import BadRow, Row
from modiste.catalog.table import Rows, Table
from modiste.errors import UsageError


def read_json_lines(path: Path, encoding: str | None = None) -> Table:
    """Read a table whose columns are the keys of all objects together; other values become rejects.

    The file holds one object a line, objects over several lines, or a list of them, alone or as the only list of an
    object (`{"products": [...]}`).

    Raises:
        UsageError: the file is empty, or no line of it is JSON.
    """
    text, notes = decode(path.read_bytes(), path.name, encoding)
    rows: Rows = [(f"{path.name}, {at}", row) for at, row in (_whole(text) or _lines(text))]
    if not any(isinstance(row, dict) for _, row in rows):
        if not text.strip():
            raise UsageError(f"{path.name} is empty; write one object a line")
        try:
            _parse(text)
        except ValueError as error:
            raise UsageError(f"{path.name} is not JSON ({error}); mend it, or write one object a line") from None
    columns = dict.fromkeys(key for _, row in rows if not isinstance(row, BadRow) for key in row)
    return Table(path, tuple(columns), rows, notes)


def _whole(text: str) -> list[tuple[str, Row | BadRow]]:
    """The objects of a file that holds a list of them; none where it holds something else."""
    try:
        content = _parse(text)
    except ValueError:
        return []
    lists = [value for value in content.values() if isinstance(value, list)] if isinstance(content, dict) else [content]
    if len(lists) != 1 or not isinstance(lists[0], list) or not any(isinstance(item, dict) for item in lists[0]):
        return []
    if isinstance(content, dict) and "id" in content:
        return []  # a product whose photos are the only list
    return [(f"item {number}", _object(item, json.dumps(item))) for number, item in enumerate(lists[0], 1)]


def _lines(text: str) -> Iterator[tuple[str, Row | BadRow]]:
    """One object a line; one that is written over several lines ends where its brackets do."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        number, line, at = at + 1, lines[at], at + 1
        if line.strip() in ("{", "["):
            while at < len(lines) and not lines[at - 1].startswith(("}", "]")):
                line, at = f"{line}\n{lines[at]}", at + 1
        if line.strip():
            try:
                row = _object(_parse(line), line)
            except ValueError as error:
                row = BadRow(f"not JSON ({getattr(error, 'msg', error)}): {line[:40]}; write one object a line")
            yield f"line {number}", row


def _object(value: object, written: str) -> Row | BadRow:
    if isinstance(value, dict):
        return value
    return BadRow(f"not a JSON object: {written[:40]}; write one object a line")


def _parse(text: str) -> object:
    """The value of a JSON text.

    Raises:
        ValueError: it isn't one, or a key is there twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_distinct)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [values.text(key) for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"two keys are called {next(key for key in keys if keys.count(key) > 1)}")
    return dict(zip(keys, (value for _, value in pairs), strict=True))
