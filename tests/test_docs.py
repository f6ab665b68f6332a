"""The documentation is executed: commands and snippets run in order, links lead somewhere, tables are the results."""

from __future__ import annotations

import doctest
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock

from docs import generate
from tests.conftest import ROOT
from tests.reader import do, reader_at

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
MODULES = [path for path in (ROOT / "src/modiste").rglob("*.py") if ">>> " in path.read_text(encoding="utf-8")]
PHOTOS = "photos/"
"""Commands that name this folder need real photographs."""
BOUTIQUE = "modiste data make boutique "
"""A command that takes a minute and that several pages give."""


class Block(NamedTuple):
    """Lines between fences."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """What a page tells its reader to run, in order."""
    found = re.findall(r"^```(bash|python)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(*parts) for parts in found]


def commands(block: Block) -> list[str]:
    """Its command lines, those that a backslash continues put together."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_the_command_line_reference_is_the_help():
    assert generate.REFERENCE.read_text(encoding="utf-8") == generate.cli_reference(), "run: make docs"


@pytest.mark.parametrize("page", generate.TABLED, ids=lambda page: page.parent.name)
def test_tables_are_the_results(page):
    text = page.read_text(encoding="utf-8")
    assert text == generate.with_tables(text), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"^make ([a-z][\w-]*)", "".join(block.text for block in blocks(page)), re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_examples_in_docstrings(module):
    name = ".".join(module.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.fixture
def desk(tmp_path, drawn):
    """The folder that a reader works in: 60 products with photos, a photo to search by, and data sets if there are."""
    from PIL import Image

    shutil.copytree(drawn, tmp_path, ignore=shutil.ignore_patterns("people"), dirs_exist_ok=True)
    (tmp_path / "boutique.json").unlink()
    rows = (tmp_path / "products.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "products.csv").unlink()
    (tmp_path / "catalogue.csv").write_text("".join(rows[:61]), encoding="utf-8")
    first = min((tmp_path / "images").iterdir())
    Image.open(first).convert("RGB").save(tmp_path / "dress.jpg")
    photographs = Path(os.environ.get("MODISTE_DATA") or ROOT.parent / "shared" / "data")
    if photographs.is_dir():
        (tmp_path / PHOTOS).symlink_to(photographs)
    return tmp_path


@pytest.mark.slow
@pytest.mark.page
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_a_page_runs_from_top_to_bottom(page, desk, drawn, shared, request):
    """A line that ends with & goes on in the background until the page ends, and then has to end well.

    The README's lines are commands, each a process of its own; those of other pages share one.
    """
    if page.name == "README.md":  # whose reader has run `make demo`
        shutil.copytree(drawn, desk / "demo" / "catalogue")
        shutil.copytree(request.getfixturevalue("indexed"), desk / "demo" / "shop")
    with ExitStack() as background:
        reader = None if page.name == "README.md" else background.enter_context(reader_at(desk))
        for block in blocks(page):
            lines = [block.text] if block.language == "python" else commands(block)
            for line in lines:
                if not runs_here(block.language, line, desk):
                    continue
                if line.endswith(" &"):
                    background.enter_context(_running(line.removesuffix(" &"), desk))
                elif line.startswith(BOUTIQUE):
                    _draw(line, desk, shared)
                elif reader is None:
                    _run(block.language, line, desk)
                else:
                    code, said = reader.submit(do, block.language, line).result(timeout=900)
                    assert code == 0, f"{line}\n{said}"


def runs_here(language: str, line: str, desk: Path) -> bool:
    """Whether a reader at this desk can do it: `make` has its own tests, and photographs may be absent."""
    return (language == "python" or line.startswith("modiste ")) and (PHOTOS not in line or (desk / PHOTOS).exists())


@contextmanager
def _running(line: str, desk: Path) -> Iterator[None]:
    """A command that serves, which has to get so far, until SIGTERM."""
    process = subprocess.Popen(shlex.split(line), cwd=desk, env=_environment())
    port = int(re.findall(r"--port (\d+)", line)[0])
    try:
        yield
        for _ in range(600):
            assert process.poll() is None, f"{line} has ended"
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                break
            time.sleep(0.5)
        else:
            raise AssertionError(f"{line} doesn't answer")
    finally:
        process.terminate()
        assert process.wait(90) == 0


def _draw(line: str, desk: Path, shared: Path) -> None:
    """A boutique: drawn for the first page that asks for one with these options, and copied for the others."""
    name, *options = shlex.split(line.removeprefix(BOUTIQUE))
    drawn = shared / "".join(options)
    with FileLock(f"{drawn}.lock"):
        if drawn.exists():
            shutil.copytree(drawn, desk / name)
        else:
            _run("bash", line, desk)
            shutil.copytree(desk / name, drawn)


def _run(language: str, line: str, desk: Path) -> None:
    arguments = [sys.executable, "-c", line] if language == "python" else shlex.split(line, comments=True)
    done = subprocess.run(
        arguments, cwd=desk, env=_environment(), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def _environment() -> dict[str, str]:
    """With the installed commands."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
