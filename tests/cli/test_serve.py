from __future__ import annotations

import json
import socket
import sys
import time
import types

import httpx
import pytest
import typer

from modiste import server
from modiste.cli import serve as module
from modiste.errors import ModisteError, UsageError


@pytest.fixture
def served(monkeypatch):
    """What would be served, and where."""
    calls = []

    def run(app, host, port, announce):
        calls.append((app, host, port))
        announce(f"http://{host}:{port}")

    monkeypatch.setattr("modiste.server.run", run)
    for name in server.Settings.model_fields:
        monkeypatch.delenv(f"MODISTE_{name.upper()}", raising=False)
    return calls


def test_a_shop_is_served(shop, served, capsys):
    module.serve(shop, port=8123)
    ((app, host, port),) = served
    assert (host, port) == ("127.0.0.1", 8123)
    assert app.state.service.shop.path == shop
    told = capsys.readouterr().out
    assert f"{shop}, 24 products, at http://127.0.0.1:8123" in told
    assert "http://127.0.0.1:8123/docs" in told


def test_for_machines(shop, served, capsys, monkeypatch):
    monkeypatch.setenv("MODISTE_REPLICA", "two")
    module.serve(shop, host="0.0.0.0", port=80, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told == {"url": "http://0.0.0.0:80", "shop": str(shop), "products": 24, "replica": "two"}


def test_the_showroom_is_attached_when_it_is_asked_for(shop, served, monkeypatch):
    attached = []
    monkeypatch.setitem(sys.modules, "modiste.showroom", types.SimpleNamespace(attach=attached.append))
    module.serve(shop)
    assert not attached
    module.serve(shop, showroom=True)
    assert attached == [served[1][0]]


def test_settings_are_checked_before_anything_is_loaded(tmp_path, served, monkeypatch):
    monkeypatch.setenv("MODISTE_THREADS", "0")
    with pytest.raises(UsageError, match="MODISTE_THREADS"):
        module.serve(tmp_path)


def test_there_must_be_a_shop(tmp_path, served):
    with pytest.raises(UsageError, match=r"there is no shop at .*; run: modiste index"):
        module.serve(tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_an_address_that_cannot_be_had(shop, monkeypatch, host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ModisteError) as error:
            module.serve(shop, host=host, port=port)
    assert str(error.value).startswith(f"nothing can be served at {host}, port {port} (")
    assert str(error.value).endswith("); give another --host or --port")


def test_its_options():
    app = typer.Typer()
    app.command()(module.serve)
    names = {name for parameter in typer.main.get_command(app).params for name in parameter.opts}
    assert {"--shop", "--host", "--port", "--showroom", "--json"} <= names


def test_a_shop_is_really_served(shop, capsys, monkeypatch):
    """On a thread; a request is answered, then it is told to end."""
    import threading

    addresses = []
    servers = []
    real = server.app._Server

    class Noted(real):
        def __init__(self, *args):
            super().__init__(*args)
            servers.append(self)

    monkeypatch.setattr("modiste.server.app._Server", Noted)
    monkeypatch.setattr("modiste.server.service.VERBS", {})
    monkeypatch.setattr("modiste.cli.output.emit", lambda said: addresses.append(said["url"]))
    thread = threading.Thread(target=module.serve, args=(shop,), kwargs={"port": 0, "as_json": True}, daemon=True)
    thread.start()
    while not addresses:
        assert thread.is_alive()
        time.sleep(0.01)
    assert httpx.get(f"{addresses[0]}/healthz").json() == {"status": "ok"}
    servers[0].should_exit = True
    thread.join(30)
    assert not thread.is_alive()
