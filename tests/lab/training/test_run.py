"""A run's folder, and the moving average against a plain loop."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from modiste.errors import UsageError
from modiste.lab.training import Average, Run


def parts():
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    return network, Average(network), torch.optim.AdamW(network.parameters())


def learn(run, steps, state=None):
    network, average, optimiser = state or parts()
    run.resume(network, average, optimiser)
    for step in range(run.step, steps):
        random = run.seed_step(step)
        x = torch.randn(4, 3) * float(random.random())
        optimiser.zero_grad()
        network(x).square().mean().backward()
        optimiser.step()
        average.update(network, step)
        run.save(network, average, optimiser, step + 1)
    return network, average


def test_resuming_is_exact(tmp_path):
    whole, average = learn(Run(tmp_path / "whole"), 8)
    learn(Run(tmp_path / "parts"), 3)
    torch.randn(17)  # whatever else was drawn meanwhile
    resumed, resumed_average = learn(Run(tmp_path / "parts", resume=True), 8)
    assert torch.equal(whole.weight, resumed.weight)
    assert torch.equal(average.network.weight, resumed_average.network.weight)


def test_resuming_nothing_starts_from_the_beginning(tmp_path):
    run = Run(tmp_path / "new", resume=True)
    run.resume(*parts())
    assert run.step == 0


def test_a_run_is_neither_overwritten_nor_resumed_with_other_settings(tmp_path):
    learn(Run(tmp_path, settings={"lr": 0.1}), 1)
    with pytest.raises(UsageError, match="holds a run already; give --resume"):
        Run(tmp_path)
    with pytest.raises(UsageError, match=r"was trained with lr 0\.1, not 0\.2"):
        learn(Run(tmp_path, resume=True, settings={"lr": 0.2}), 2)


def test_a_stop_while_saving_leaves_the_checkpoint_before_it(tmp_path, monkeypatch):
    state = parts()
    learn(Run(tmp_path), 2, state)

    def half(state, path):
        path.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="no space left"):
        learn(Run(tmp_path, resume=True), 3, state)
    run = Run(tmp_path, resume=True)
    run.resume(*parts())
    assert run.step == 2


def test_two_processes_dont_train_in_one_folder(tmp_path):
    first, second = Run(tmp_path), Run(tmp_path, resume=True)
    steps = first.progress(range(3), 3, "first")
    next(steps)
    with pytest.raises(UsageError, match=r"another process trains in .*; wait for it, or give another --out"):
        next(second.progress(range(3), 3, "second"))
    steps.close()
    assert list(second.progress(range(3), 3, "second")) == [0, 1, 2]


def test_log_and_progress(tmp_path, capsys):
    run = Run(tmp_path)
    for step in run.progress(range(3), 3, "counting"):
        run.log(step, loss=1 / 3)
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [
        {"step": step, "loss": 0.33333} for step in range(3)
    ]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "counting" in captured.err


def test_average_equals_the_loop():
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, 1.0)
    average, expected = Average(network, decay=0.5), 1.0
    for step in range(20):
        nn.init.constant_(network.weight, float(step))
        average.update(network, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
    assert average.network.weight.item() == pytest.approx(expected, abs=1e-5)


def test_buffers_come_along_and_nothing_is_trained():
    network = nn.BatchNorm1d(2)
    average = Average(network)
    network(torch.randn(8, 2))
    average.update(network, 10_000)
    assert average.network.num_batches_tracked.item() == 1
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
