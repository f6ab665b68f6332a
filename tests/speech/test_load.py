from __future__ import annotations

import sys

import pytest

from modiste.errors import ModisteError, UsageError
from modiste.speech import load_transcriber


@pytest.fixture
def nothing(monkeypatch):
    for name in ("faster_whisper", "pocketsphinx"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("lies", ["cache", "network"])
def test_auto_takes_whisper_where_its_model_can_be_had(fake_whisper, lies):
    fake_whisper.lies = lies
    assert load_transcriber().name == "whisper"


def test_auto_takes_pocketsphinx_offline(fake_sphinx, fake_whisper):
    fake_whisper.lies = "nowhere"
    assert load_transcriber("auto").name == "pocketsphinx"


def test_auto_takes_pocketsphinx_where_it_is_alone(nothing, fake_sphinx):
    assert load_transcriber().name == "pocketsphinx"


def test_auto_says_why_whisper_fails_where_it_is_alone(nothing, fake_whisper):
    fake_whisper.lies = "nowhere"
    with pytest.raises(UsageError, match=r'the Whisper model "base.en" can\'t be had'):
        load_transcriber()


@pytest.mark.parametrize("name", ["auto", "whisper", "whisper:small", "pocketsphinx"])
def test_with_nothing_installed_the_extra_is_named(nothing, name):
    with pytest.raises(ModisteError, match=r"is not installed; run: pip install 'modiste\[speech\]'"):
        load_transcriber(name)


@pytest.mark.parametrize("name", ["whisper", "pocketsphinx", "whisper:small"])
def test_names_are_kept(fake_whisper, fake_sphinx, name):
    assert load_transcriber(name).name == name


def test_unknown_names_list_the_nearest():
    with pytest.raises(UsageError, match='no transcriber "wisper"; nearest: whisper'):
        load_transcriber("wisper")
