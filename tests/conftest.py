"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The folder of real photographs: `$MODISTE_DATA`, or `shared/data` beside the repository."""
    folder = Path(os.environ.get("MODISTE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no photographs at {folder}; set MODISTE_DATA to the folder that holds the data sets")
    return folder


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables as wide and as plain everywhere."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
