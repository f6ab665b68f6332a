"""The service of a small shop of plain colours, whose networks are stand-ins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from numpy.typing import NDArray
from starlette.testclient import TestClient

from modiste.errors import UsageError
from modiste.imagine.pipeline import State
from modiste.imagine.words import Reading, Word
from modiste.server import Settings, create_app
from modiste.server.service import Service
from modiste.shop import Shop, open_shop
from tests.fakes import COLOURS, FakeCompleter, FakeEncoder, FakeRefiner
from tests.shop.conftest import plain as plain
from tests.tryon.figures import PaintParser, dresser

READ, WRITE = "read-key", "write-key"
PATIENCE = 30.0
"""Seconds for anything to happen."""


class FakeImaginer:
    """Draws a picture in the colour that was named last, grey before one is; "qwerty" can't be drawn."""

    name = "fake-imagine"
    revision = "12345678"

    def __init__(self) -> None:
        self.rendered: list[int] = []
        """How many states each call had."""

    def read(self, text: str) -> Reading:
        if "qwerty" in text:
            raise UsageError('"qwerty" was never learnt; there are dress, jeans')
        said = text.lower().split()
        notes = tuple(f'"{word}" is not known' for word in said if word.isdigit())
        return Reading(tuple(Word(word, word) for word in said if not word.isdigit()), (), notes)

    def start(self, seed: int = 0, n: int = 1, excluded: object = ()) -> State:
        return State((), None, None, tuple(range(seed * 1000, seed * 1000 + n)))  # type: ignore[arg-type]

    def add(self, state: State, word: Word) -> State:
        return state._replace(words=(*state.words, word))

    def render(self, states: Sequence[State]) -> NDArray[np.uint8]:
        self.rendered.append(len(states))
        return np.stack([self._picture(state, seed) for state in states for seed in state.seeds])

    def _picture(self, state: State, seed: int) -> NDArray[np.uint8]:
        named = [COLOURS[word.text] for word in state.words if word.text in COLOURS]
        picture = np.full((128, 96, 3), named[-1] if named else (128, 128, 128), np.uint8)
        picture[0, 0] = seed % 256
        return picture


@pytest.fixture(scope="session")
def untrained() -> Any:
    """Networks of try-on that haven't learnt."""
    return dresser()


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch: pytest.MonkeyPatch, untrained: Any) -> None:
    """Of the networks that a shop doesn't get as arguments; and no keys from outside."""
    imaginer = FakeImaginer()
    monkeypatch.setattr("modiste.imagine.pipeline.load_imaginer", lambda name="imagine-photos": imaginer)
    monkeypatch.setattr("modiste.tryon.pipeline._dresser", lambda name: untrained)
    monkeypatch.setattr("modiste.tryon.pipeline._parser", lambda name: PaintParser())
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MODISTE_{name.upper()}", raising=False)


@pytest.fixture
def shop(plain: Shop, tmp_path: Path) -> Shop:
    """A copy that a test may change: six kinds of things in six colours, such as `red-sneakers`."""
    import shutil

    shutil.copytree(plain.path, tmp_path / "shop", ignore=shutil.ignore_patterns("spaces"))
    return open_shop(tmp_path / "shop", encoder=FakeEncoder(), refiner=FakeRefiner(), completer=FakeCompleter())


@pytest.fixture
def settings() -> Settings:
    """Those of the service; a test module may have its own."""
    return Settings(write_keys=frozenset({WRITE}), replica="here", grace=5)


@pytest.fixture
def app(shop: Shop, settings: Settings) -> FastAPI:
    """The service as an app, which hasn't started."""
    return create_app(shop, settings)


@pytest.fixture
def service(app: FastAPI) -> Service:
    """What serves; `client` makes it ready."""
    return app.state.service


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Asks a service that has started and is ready."""
    with TestClient(app) as client:
        until(lambda: app.state.service.ready)
        yield client


@pytest.fixture
def writing() -> dict[str, str]:
    """The header of those who may change the shop."""
    return {"Authorization": f"Bearer {WRITE}"}


@pytest.fixture
def live(app: FastAPI) -> Iterator[str]:
    """The address of a real server, which is ready; for raw sockets and streams."""
    with serving(app) as address:
        yield address


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an app on a free port of this machine."""
    config = uvicorn.Config(app, port=0, log_level="warning", access_log=False, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started and app.state.service.ready)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(there: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait for something."""
    end = time.monotonic() + patience
    while not there():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.005)
