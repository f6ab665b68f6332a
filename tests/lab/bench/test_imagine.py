"""The benchmark of imagining."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from modiste.cli import run as carry_out
from modiste.cli.bench import _rows
from modiste.errors import UsageError
from modiste.imagine.model import FINE
from modiste.imagine.words import read
from modiste.lab.bench import imagine
from modiste.lab.bench.imagine import WARM_UP, _bare, _measure, _stream, run
from tests.imagine.imaginers import tiny, vocabulary


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("run"))


def test_what_a_bench_file_holds(made):
    told = []
    result = run(made, rounds=4, strips=3, progress=lambda done, total: told.append((done, total)))
    assert (result["verb"], result["threads"]) == ("imagine", torch.get_num_threads())
    assert result["sizes"] == [{"height": 128, "width": 96, "words": 5}]
    assert result["ratio"] == pytest.approx(result["p50_ms"] / result["floor_ms"], rel=1e-4)
    assert all(result[name] > 0 for name in ("p50_ms", "floor_ms", "strip_ms", "strip_p95_ms", "peak_mib"))
    assert result["p95_ms"] >= result["p50_ms"]
    assert result["protocol"].startswith("\"women's black jeans ")
    total = 4 + 3 + 2 * WARM_UP
    assert told == [(done, total) for done in range(1, total + 1)]


def test_the_text_has_five_words_that_go_together():
    text = _stream(vocabulary())
    found = read(text, vocabulary())
    assert text.split()[:3] == ["women's", "black", "jeans"]
    assert (len(found.words), found.notes) == (5, ())
    kinds = [vocabulary().attribute(word) for word in found.words]
    assert [kinds.count(kind) for kind in ("gender", "colour", "type", "other")] == [1, 1, 1, 2]


def test_weights_that_know_too_little():
    few = replace(vocabulary(), tokens=("pants", "jeans", "shorts"), counts={"pants": 60, "rare": 3})
    with pytest.raises(UsageError, match="these weights know 2 words that go together; a text of 5 is measured"):
        _stream(few)


def test_only_the_last_word_is_timed(made, monkeypatch):
    words = read("women's black jeans", made.vocabulary).words
    said, drawn, rounds = [], [], []
    add, render = type(made).add, type(made).render
    monkeypatch.setattr(type(made), "add", lambda self, state, word: said.append(word.text) or add(self, state, word))
    monkeypatch.setattr(type(made), "render", lambda self, states: drawn.append(len(states)) or render(self, states))
    timing = _measure(made, words, 2, lambda: rounds.append(len(said)))
    assert said == ["women", "black"] * 2 + ["women", "black", "jeans"] + ["jeans"] * (2 + WARM_UP)
    assert drawn == [1] * (1 + 2 + WARM_UP)
    assert timing.floor > 0


def test_the_floor_is_the_generator_on_what_it_is_given(made):
    words = read("women's black jeans", made.vocabulary).words
    forward = _bare(made, words)
    calls = []
    hook = made.network.generator.register_forward_hook(lambda module, given, got: calls.append(got))
    forward()
    state = made.start()
    for word in words:
        state = made.add(state, word)
    (picture,) = made.render([state])
    hook.remove()
    first, second = (got[-1].picture for got in calls)
    assert torch.equal(first, second)
    assert first.shape == (1, 3, *FINE)
    middle = picture[:, (96 - FINE[1]) // 2 : (96 + FINE[1]) // 2]
    assert (middle != 255).any()


@pytest.fixture
def command(made, monkeypatch):
    named = []
    monkeypatch.setattr(imagine, "load_imaginer", lambda name: named.append(name) or made)
    usual = imagine.run
    monkeypatch.setattr(imagine, "run", lambda weights, **options: usual(weights, **options, rounds=2, strips=2))
    return named


def test_bench_tells_of_imagining(command, capsys):
    assert carry_out(["bench", "imagine", "--weights", "imagine-boutique"]) == 0
    head, row, *said = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["size", "p50", "ms"]
    assert row.split()[0] == "128x96"
    assert " ".join(said).startswith("\"women's black jeans")
    assert command == ["imagine-boutique"]


def test_the_table_has_the_whole_text_and_the_word():
    result = {
        "p50_ms": 21.04, "p95_ms": 30, "floor_ms": 20, "ratio": 1.052, "strip_ms": 99.96, "strip_p95_ms": 120,
        "threads": 2, "peak_mib": 1234.5, "sizes": [{"height": 128, "width": 96, "words": 5}],
    }  # fmt: skip
    assert _rows("imagine", result) == [
        {"size": "128x96", "p50 ms": "21.0", "p95 ms": "30.0", "floor ms": "20.0", "ratio": "1.05",
         "5 words ms": "100.0", "5 words p95 ms": "120.0", "threads": "2", "MiB": "1,234"}
    ]  # fmt: skip
