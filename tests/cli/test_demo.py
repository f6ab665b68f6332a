from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from modiste.cli import run


@pytest.fixture
def served(monkeypatch):
    """What is served, and where, instead of serving it."""
    asked = []

    def fake(app, host, port, announce):
        asked.append((app, host, port))
        announce(f"http://{host}:{port}")

    monkeypatch.setattr("modiste.server.run", fake)
    monkeypatch.setattr("modiste.showroom.attach", lambda app: asked.append("attached"))
    return asked


@pytest.fixture
def fakes(fake_encoder, fake_refiner, fake_completer):
    """Networks of a shop of plain colours."""


def test_demo_on_a_catalogue(catalogue, fakes, served, tmp_path, capsys):
    line = ["demo", "--data", str(catalogue), "--out", str(tmp_path / "demo"), "--port", "8123"]
    assert run(line) == 0
    told = capsys.readouterr().out
    for stage in ("catalogue read", "24 products indexed", "ready to search", "ready to refine", "in all"):
        assert stage in told
    assert "The showroom is open: http://127.0.0.1:8123" in told
    assert served[0] == "attached"
    app, host, port = served[1]
    assert (len(app.state.service.shop), host, port) == (24, "127.0.0.1", 8123)
    assert app.state.service.ready


def test_demo_for_machines(catalogue, fakes, served, tmp_path, answer):
    said = answer("demo", "--data", catalogue, "--out", tmp_path / "demo")
    assert said["url"] == "http://127.0.0.1:8000"
    assert Path(said["shop"]).name == "shop-catalogue.csv"
    assert list(said["stages"])[:2] == ["catalogue read", "24 products indexed"]
    assert said["seconds"] >= max(said["stages"].values())


def test_two_catalogues_have_two_shops(catalogue, fakes, served, tmp_path):
    other = catalogue.with_name("other.csv")
    other.write_text("".join(catalogue.read_text().splitlines(keepends=True)[:13]))
    for source in (catalogue, other):
        assert run(["demo", "--data", str(source), "--out", str(tmp_path / "demo")]) == 0
    assert [len(asked[0].state.service.shop) for asked in served[1::2]] == [24, 12]


def test_demo_on_an_empty_catalogue(fake_encoder, tmp_path, capsys):
    empty = tmp_path / "empty.csv"
    empty.write_text("id,image\n")
    assert run(["demo", "--data", str(empty)]) == 2
    assert f"see: modiste data inspect {empty}" in capsys.readouterr().err


@pytest.mark.slow
def test_the_whole_demo_twice(tmp_path):
    """The second time everything is there already; a port that is taken is named."""
    command = [Path(sys.executable).parent / "modiste", "demo", "--products", "20", "--json", "--out", "demo"]
    written = []
    for _ in range(2):
        with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
            said = ""
            while not said.endswith("}\n"):
                said += process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert "20 products drawn" in json.loads(said)["stages"]
        drawn = (path for path in (tmp_path / "demo" / "catalogue").rglob("*"))
        written.append({path: path.stat().st_mtime_ns for path in drawn})
    assert written[0] == written[1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*command, "--port", port], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert f"nothing can be served at 127.0.0.1, port {port}" in done.stderr
