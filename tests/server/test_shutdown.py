"""What was accepted is finished: a process of its own, which is told to end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.conftest import ROOT
from tests.server.conftest import until

SERVER = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from PIL import Image
from modiste.server import Settings, create_app, run
from modiste.server.service import VERBS
from modiste.shop import open_shop
from tests.fakes import FakeCompleter, FakeEncoder, FakeRefiner
from tests.server.conftest import FakeImaginer

VERBS.pop("try-on"), VERBS.pop("imagine")
fakes = dict(encoder=FakeEncoder(), refiner=FakeRefiner(), completer=FakeCompleter(), imaginer=FakeImaginer())
app = create_app(open_shop(Path(sys.argv[1]), **fakes), Settings(grace=float(sys.argv[2]), replica="here"))
service = app.state.service
photo = Image.new("RGB", (8, 8))
first = SimpleNamespace(photo=photo, changed=photo.convert("L"), notes=())

def refined(steps, progress):
    for step in range(1, steps + 1):
        time.sleep(0.1)
        if not progress(step, steps):
            break
    return SimpleNamespace(photo=photo, gain=0.5, steps=step)

@app.get("/slow")
async def slow(seconds: float) -> str:
    print("began", flush=True)
    await service.call(time.sleep, seconds)
    return "done"

@app.get("/job")
async def job(steps: int) -> str:
    fitting = SimpleNamespace(feed_forward=first, refined=refined)
    app.state.job = await service.call(service.jobs.start, fitting, steps, by="fake")
    return app.state.job.id

run(app, port=0, announce=lambda url: print(url, flush=True))
print(getattr(app.state, "job", SimpleNamespace(state="nothing")).state, flush=True)
"""


class Serving:
    """A server in a process of its own."""

    def __init__(self, shop: Path, grace: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", SERVER, str(shop), str(grace)],
            cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said = self.process.stdout
        self.address = self.said.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.process.communicate()[1]
        until(lambda: httpx.get(f"{self.address}/readyz").status_code == 200)

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def ended(self) -> tuple[int, str, str]:
        """Its exit code, and what else it said."""
        said, errors = self.process.communicate(timeout=30)
        return self.process.returncode, said, errors


@pytest.fixture
def serve(shop):
    """Starts a server, and sees to its end."""
    started = []

    def start(grace: float) -> Serving:
        started.append(Serving(shop.path, grace))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def ask(address: str) -> tuple[threading.Thread, list]:
    """A request that somebody waits for."""
    answers: list = []

    def wait() -> None:
        try:
            answers.append(httpx.get(address, timeout=30).text)
        except httpx.HTTPError as error:
            answers.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread, answers


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_what_was_accepted_is_finished(serve, number):
    server = serve(20)
    assert httpx.get(f"{server.address}/job?steps=15").status_code == 200
    thread, answers = ask(f"{server.address}/slow?seconds=1.5")
    assert server.said.readline() == "began\n"
    server.stop(number)
    until(lambda: refused(server.address))
    assert thread.is_alive(), "nobody is taken any more, and the request is still worked on"
    thread.join()
    assert answers == ['"done"']
    code, said, errors = server.ended()
    assert (code, said) == (0, "done\n")
    assert "Traceback" not in errors


@pytest.mark.slow
def test_what_takes_too_long_is_given_up(serve):
    server = serve(1)
    assert httpx.get(f"{server.address}/job?steps=200").status_code == 200
    thread, answers = ask(f"{server.address}/slow?seconds=4")
    assert server.said.readline() == "began\n"
    server.stop()
    thread.join()
    assert "the service shut down before this was done; ask again" in answers[0]
    code, said, errors = server.ended()
    assert (code, said) == (0, "cancelled\n")
    assert "Traceback" not in errors


def refused(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False
