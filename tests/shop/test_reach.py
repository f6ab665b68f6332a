"""Files of the shop wing that one call of each verb enters: a reader who follows a verb must read no more."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

import modiste
from modiste.shop import Shop, open_shop

HOUSE = Path(modiste.__file__).parent
MOST = {"search": 10, "refine": 13, "complete": 10, "imagine": 13}
"""Reached today; no number here may grow."""


def entered(call: Callable[[], object]) -> set[str]:
    """The files of the shop wing whose code runs in a call, on any thread that it starts."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    paths = (Path(file) for file in files)
    names = {path.relative_to(HOUSE).as_posix() for path in paths if path.is_relative_to(HOUSE)}
    return {name for name in names if not name.startswith(("lab/", "cli/"))}


@pytest.fixture(scope="module")
def boutique(indexed: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The drawn shop with the networks that ship."""
    return open_shop(shutil.copytree(indexed, tmp_path_factory.mktemp("reach") / "shop"))


@pytest.mark.slow
@pytest.mark.parametrize("verb", MOST)
def test_a_verb_enters_few_files(boutique, verb):
    id = boutique.browse(k=1).hits[0].id
    calls = {
        "search": lambda: boutique.search("red dress"),
        "refine": lambda: boutique.refine("in navy", id=id),
        "complete": lambda: boutique.complete([id]),
        "imagine": lambda: boutique.imagine("women's black pants"),
    }
    calls[verb]()  # loads networks, looks at photos
    files = entered(calls[verb])
    assert len(files) <= MOST[verb], sorted(files)
