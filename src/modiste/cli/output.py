"""Output of commands: results on standard output, progress on standard error."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image
    from rich.console import Console

    from modiste.types import Progress

WIDTH = 120
"""Of tables that go to a file or a pipe."""
LONG = 20.0
"""Seconds of work from which on an estimate is given."""


def say(line: str = "") -> None:
    """One line of a result; `[bold]…[/]` and the like are rich's markup."""
    console().print(line, highlight=False, soft_wrap=True)


def escape(text: str) -> str:
    """Text of somebody else's, so that its brackets are no markup."""
    from rich.markup import escape

    return escape(text)


def note(line: str) -> None:
    """One line about what is going on, on standard error."""
    _errors().print(line, highlight=False, soft_wrap=True, markup=False, style="dim")


def notes(lines: Iterable[str]) -> None:
    """Notes on an answer, which are part of the result."""
    for line in lines:
        say(f"[yellow]{escape(line)}[/]")


def emit(value: Mapping[str, Any] | Sequence[Any], file: Path | None = None) -> None:
    """A result for machines: JSON on standard output, or in a file."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"
    if file is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    write(file, lambda half: half.write_text(text, encoding="utf-8"))


def write(file: Path, save: Callable[[Path], object]) -> None:
    """A file for somebody, which stands under its name only once it is whole; a note says so.

    Args:
        save: writes it under the name that it is given, which has the same ending.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists() and not file.is_file():  # a device or a pipe
        save(file)
        return
    target = file.resolve()
    half = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
    try:
        save(half)
        half.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(file)) from None
    finally:
        half.unlink(missing_ok=True)
    note(f"wrote {file}")


def table(rows: Sequence[Mapping[str, Any]], *, right: Sequence[str] = ()) -> None:
    """Rows with equal keys as a table; columns in which every row is empty are left out.

    Args:
        right: keys of the columns that are aligned to the right, as numbers are.
    """
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    names = [name for name in rows[0] if any(row[name] not in ("", None) for row in rows)] if rows else []
    for name in names:
        drawn.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*("" if row[name] is None else escape(str(row[name])) for name in names))
    console().print(drawn)


def write_made(picture: Image.Image, file: Path, by: str, *, composite: bool = False) -> None:
    """Write a picture that a network made, which its file says, and tell where.

    Args:
        by: the weights.
        composite: it is a photograph, of which a part was made.
    """
    from modiste.images import save_made

    write(file, lambda half: save_made(picture, half, by, composite=composite))


@contextmanager
def progress(label: str, what: str = "") -> Iterator[Progress]:
    """A bar with the time that is left, on standard error and only where somebody watches.

    Args:
        what: is done to how many, such as `products are looked at`; how long that takes in all is printed once its
            pace is known, if it is long.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    errors = _errors()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        seen: list[tuple[int, float]] = []

        def follow(done: int, total: int) -> None:
            if what and len(seen) < 2:  # the first part also loads networks, which is not the pace
                seen.append((done, time.perf_counter()))
                if len(seen) == 2:
                    (first, then), (second, now) = seen
                    say_if_long(f"{total:,} {what}", (now - then) / max(second - first, 1) * (total - second))
            bar.update(task, completed=done, total=total)

        yield follow


def say_if_long(what: str, seconds: float, hint: str = "") -> None:
    """Print an estimate, in rough seconds, minutes or hours, if it is long."""
    if seconds < LONG:
        return
    if seconds < 100:
        roughly = f"{seconds:.0f} s"
    else:
        roughly = f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
    note(f"{what}: about {roughly}{hint}")


def console() -> Console:
    """Standard output, as wide as the terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH)


def _errors() -> Console:
    from rich.console import Console

    return Console(stderr=True)
