"""The house itself: what is promised about the repository holds."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

import modiste
from tests.conftest import ROOT

FILES = sorted((ROOT / "src/modiste").rglob("*.py"))


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_importing_modiste_is_instant():
    code = "import sys, modiste; sys.exit(' '.join({'torch', 'lancedb', 'numpy'} & set(sys.modules)) or 0)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0


BARE = """
import importlib.abc, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import modiste.lab.complete.train, modiste.lab.encoder.train, modiste.lab.parser.train, modiste.lab.refine.train
import modiste.lab.imagine.train, modiste.lab.tryon.train
"""


def test_recipes_need_little(project):
    """A machine that only trains has torch, which brings filelock, numpy, Pillow, scipy and safetensors."""
    there = {"torch", "filelock", "numpy", "pillow", "scipy", "safetensors"}
    needed = {re.split(r"[<>=]", need)[0] for need in project["dependencies"]}
    absent = {name.replace("-", "_") for name in needed - there} | {"skimage"}
    assert len(absent) > 5
    subprocess.run([sys.executable, "-c", BARE.replace("{absent}", repr(absent))], timeout=60, check=True)


def test_every_dependency_is_pinned(project):
    pinned = {_normal(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    wanted = [
        *project["dependencies"],
        *(need for extra in project["optional-dependencies"].values() for need in extra),
    ]
    names = {_normal(re.split(r"[<>=~!\[ ]", need)[0]) for need in wanted}
    assert names - pinned == set()


def _normal(name: str) -> str:
    """How package indices compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_pins_let_every_index_offer_its_own_build_of_torch():
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()


def test_the_citation_names_this_release():
    assert f"\nversion: {modiste.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_tests_mirror_the_tree():
    """Every test file in a room's folder belongs to that room."""
    rooms = {path.name for path in (ROOT / "src/modiste").iterdir() if path.is_dir()}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= rooms


def test_every_file_tells_one_story():
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in FILES}
    assert {name: len(text.splitlines()) for name, text in texts.items() if len(text.splitlines()) > 400} == {}
    assert [name for name, text in texts.items() if not text.startswith('"""')] == []
    assert [name for name, text in texts.items() if "TODO" in text or "FIXME" in text] == []


def test_no_photographs_in_the_repository():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pictures = [name for name in tracked if name.endswith((".jpg", ".jpeg", ".png", ".webp"))]
    drawn = ("docs/images/", "src/modiste/showroom/tryon/models/")
    assert [name for name in pictures if not name.startswith(drawn)] == []
