"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

WORKER = "PYTEST_XDIST_WORKER" in os.environ
if WORKER:  # before torch is imported: each worker has one core
    os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the pages of the documentation, then with folders that have slow tests: the longest first."""
    slow = {_group(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (_group(item.nodeid) not in slow, not item.get_closest_marker("page")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Several workers share the tests by groups. (xdist's own `loadgroup` forms none with pytest 9.2.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return ByGroup(config, log)


def _group(nodeid: str) -> str:
    """What goes to one worker: a folder's tests, so that its shops and runs are made once, or a page."""
    path, _, test = nodeid.partition("::")
    if test.startswith("test_a_page_runs"):
        return nodeid
    folder = path.rpartition("/")[0]
    return path if folder == "tests" else folder


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The folder of real photographs: `$MODISTE_DATA`, or `shared/data` beside the repository."""
    folder = Path(os.environ.get("MODISTE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no photographs at {folder}; set MODISTE_DATA to the folder that holds the data sets")
    return folder


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of the tests' own, with the graphs taken over that were exported already."""
    from modiste.cache import cache_folder

    usual = cache_folder()
    folder = tmp_path_factory.mktemp("cache")
    for graph in usual.glob("*.onnx"):
        (folder / graph.name).symlink_to(graph.resolve())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODISTE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run's tests, whichever worker they are on."""
    return tmp_path_factory.getbasetemp().parent if WORKER else tmp_path_factory.getbasetemp()


@pytest.fixture(scope="session")
def drawn(shared: Path) -> Path:
    """A boutique of 120 products in 400 outfits, and of two people, to read or to copy."""
    return _drawn(shared, "drawn", products=120, people=2)


@pytest.fixture(scope="session")
def people(shared: Path) -> Path:
    """A boutique of 60 products and 6 people on photos of 64x48 pixels, to read."""
    return _drawn(shared, "people", products=60, outfits=0, people=6, size=(64, 48))


@pytest.fixture(scope="session")
def indexed(shared: Path, drawn: Path) -> Path:
    """A shop of the drawn boutique, indexed with `encoder-boutique`, to read or to copy."""
    from modiste.shop import open_shop

    folder = shared / "indexed"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            open_shop(shared / "indexing", encoder="encoder-boutique", create=True).add(drawn)
            (shared / "indexing").rename(folder)
    return folder


def _drawn(shared: Path, name: str, **options: object) -> Path:
    """A boutique that is drawn once, however many workers ask for it."""
    from modiste.boutique import make

    with FileLock(shared / f"{name}.lock"):
        if not (shared / name / "boutique.json").exists():  # which is written last
            make(shared / name, **options)  # type: ignore[arg-type]
    return shared / name


@pytest.fixture(autouse=True)
def quiet_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables as wide and as plain everywhere, and no shop from outside."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("MODISTE_SHOP", raising=False)
