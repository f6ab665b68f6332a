"""A reader of the documentation, who does line after line in one process, so that networks are loaded once a page."""

from __future__ import annotations

import io
import multiprocessing
import os
import shlex
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path


def reader_at(desk: Path) -> ProcessPoolExecutor:
    """A process of its own that works in a folder."""
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, fresh, initializer=os.chdir, initargs=(desk,))


def do(language: str, line: str) -> tuple[int, str]:
    """What a line ended with, and what it said."""
    from modiste.cli import run

    said, code = io.StringIO(), 0
    with redirect_stdout(said), redirect_stderr(said):
        if language == "python":
            exec(compile(line, "<page>", "exec"), {"__name__": "__main__"})
        else:
            _, *arguments = shlex.split(line, comments=True)
            code = run(arguments)
    return code, said.getvalue()
