"""The house itself: what is promised about the repository holds."""

from __future__ import annotations

import ast
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
    """Every folder of tests belongs to a room, but for those of a page's browser tests."""
    source, tests = ROOT / "src/modiste", ROOT / "tests"
    folders = [path.parent.relative_to(tests) for path in tests.rglob("test_*.py")]
    assert [str(folder) for folder in folders if folder.name != "browser" and not (source / folder).is_dir()] == []


def test_the_lab_of_each_system_has_the_same_files():
    """A reader who knows one knows all; what is another story is named here."""
    names = {"data", "losses", "train", "protocol", "baselines", "metrics", "evaluate", "sheets", "ablate", "__init__"}
    stories = {"imagine": {"judges", "preprocessing"}}  # classifiers of pictures, and the pictures that are learnt from
    for system in ("encoder", "parser", "refine", "complete", "tryon", "imagine"):
        found = {path.stem for path in (ROOT / "src/modiste/lab" / system).glob("*.py")}
        assert found - names <= stories.get(system, set()), system
        assert {"data", "losses", "train", "baselines", "evaluate"} <= found, system


def test_every_file_tells_one_story():
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in FILES}
    assert {name: len(text.splitlines()) for name, text in texts.items() if len(text.splitlines()) > 500} == {}
    assert [name for name, text in texts.items() if not text.startswith('"""')] == []
    assert [name for name, text in texts.items() if "TODO" in text or "FIXME" in text] == []


def test_every_function_tells_one_story():
    """One of more than 50 lines says why beside its name: `def f(...):  # long: ...`."""
    long = []
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 50:
                heading = lines[node.lineno - 1 : node.body[0].lineno]
                if not any("# long: " in line for line in heading):
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert long == []


def test_the_house_stays_small():
    """Public names are what a reader may have to know; the boutique draws, and is counted apart."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    bodies = [node.body for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef)]
    public = [node.name for body in bodies for node in body if isinstance(node, kinds) and node.name[0] != "_"]
    assert len(public) <= 1500
    shop = [path for path in FILES if path.relative_to(ROOT / "src/modiste").parts[0] not in ("lab", "cli", "boutique")]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in shop) <= 22_000


SHOP_WING = """
import importlib, importlib.abc, pkgutil, sys
from pathlib import Path

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[:2] == ["modiste", "lab"]:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
import modiste
for module in pkgutil.walk_packages(modiste.__path__, "modiste."):
    if module.name.split(".")[1] not in ("lab", "cli", "__main__"):
        importlib.import_module(module.name)

source, folder = map(Path, sys.argv[1:])
shop = modiste.open_shop(folder, encoder="encoder-boutique", create=True)
shop.add(source)
ids = [hit.id for hit in shop.search(text="a red dress", k=3).hits]
assert shop.refine(id=ids[0], text="in blue", k=3).hits
assert shop.complete(ids[:1], want="shoes", k=3).hits
assert shop.imagine("women's black jeans", k=3).hits
person = source / "people" / "p0-00000.jpg"
top = next(product.id for product in shop.index.products() if product.category.lower() == "t-shirt")
assert shop.try_on(person, [top]).photo.size
from modiste.server import create_app
assert create_app(shop).openapi()
assert not [name for name in sys.modules if name.startswith("modiste.lab")]
"""


@pytest.mark.slow
def test_the_shop_wing_works_without_the_lab(drawn, tmp_path):
    code = [sys.executable, "-c", SHOP_WING, str(drawn), str(tmp_path / "shop")]
    subprocess.run(code, timeout=300, check=True)


def test_no_photographs_in_the_repository():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    pictures = [name for name in tracked if name.endswith((".jpg", ".jpeg", ".png", ".webp"))]
    drawn = ("docs/images/", "src/modiste/showroom/tryon/models/")
    assert [name for name in pictures if not name.startswith(drawn)] == []
