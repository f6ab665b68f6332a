from __future__ import annotations

from pathlib import Path

import pytest

from modiste.errors import UsageError
from modiste.server import Settings


def test_what_is_set_without_a_word():
    settings = Settings()
    assert (settings.read_keys, settings.write_keys) == (frozenset(), frozenset())
    assert (settings.max_body, settings.max_pixels) == (16 << 20, 50_000_000)
    assert len(settings.replica) == 6
    assert settings.replica != Settings().replica


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("MODISTE_READ_KEYS", "one, two,,")
    monkeypatch.setenv("MODISTE_GRACE", "2.5")
    monkeypatch.setenv("MODISTE_CACHE", "/somewhere")
    settings = Settings(threads=3)
    assert settings.read_keys == {"one", "two"}
    assert (settings.grace, settings.threads) == (2.5, 3)


def test_keys_are_never_shown():
    assert "secret" not in repr(Settings(read_keys=frozenset({"secret-1"}), write_keys="secret-2"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("threads", "0", "MODISTE_THREADS: input should be greater than or equal to 1; got 0"),
        ("batch_wait", "soon", "MODISTE_BATCH_WAIT: input should be a valid number"),
        ("grace", "inf", "MODISTE_GRACE: input should be a finite number; got inf"),
        ("max_pixels", "60000000", "MODISTE_MAX_PIXELS: input should be less than or equal to 50000000; got 60000000"),
        ("replica", "a-b", "MODISTE_REPLICA: string should match pattern"),
        ("read_keys", "schlüssel", "MODISTE_READ_KEYS: a key is sent in a header; make it of letters"),
        ("write_keys", "one two", "MODISTE_WRITE_KEYS: a key is sent in a header"),
    ],
)
def test_what_cannot_be(monkeypatch, name, value, says):
    monkeypatch.setenv(f"MODISTE_{name.upper()}", value)
    with pytest.raises(UsageError) as error:
        Settings()
    assert says in str(error.value)
    assert not (name.endswith("keys") and value in str(error.value))


@pytest.mark.parametrize(
    ("origins", "held"),
    [
        ("", set()),
        ("*", {"*"}),
        ("https://a.example, http://localhost:3000,", {"https://a.example", "http://localhost:3000"}),
    ],
)
def test_origins(monkeypatch, origins, held):
    monkeypatch.setenv("MODISTE_CORS_ORIGINS", origins)
    assert Settings().cors_origins == held


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/", "https://*.example/a", "null", "ftp://a"])
def test_what_is_no_origin(origin):
    with pytest.raises(UsageError, match=r'MODISTE_CORS_ORIGINS: ".*" is no origin; write https'):
        Settings(cors_origins=f"https://fine.example,{origin}")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name):
    described = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
    assert f"| `MODISTE_{name.upper()}` |" in described


def test_an_unknown_setting():
    with pytest.raises(UsageError, match='no setting "thread"; there are read_keys, write_keys'):
        Settings(thread=3)
