"""A batch over two processes against the same batch in one."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from modiste.lab.training import Group, gather

SHARED = """
import torch
from modiste.lab.training import Group, gather

group = Group.join()
torch.manual_seed(0)
network = torch.nn.Linear(4, 3)
rows = torch.randn(6, 4)
y = gather(network(rows[group.rank :: group.size]))
numbers = gather(torch.arange(6)[group.rank :: group.size])
assert sorted(numbers.tolist()) == list(range(6))
loss = (y @ y.T).logsumexp(1).mean()
loss.backward()
group.average_gradients(network.parameters())

alone = torch.nn.Linear(4, 3)
alone.load_state_dict(network.state_dict())
z = alone(rows[numbers])
(z @ z.T).logsumexp(1).mean().backward()
assert torch.allclose(network.weight.grad, alone.weight.grad, atol=1e-5)
group.leave()
"""


def test_one_process_is_a_group_of_one():
    group, rows = Group.join(), torch.randn(3, 2)
    assert group == Group(0, 1)
    assert group.leads
    assert gather(rows) is rows


@pytest.mark.parametrize(("count", "shares"), [(4, (4, 2, 2)), (5, (5, 3, 2)), (1, (1, 1, 1)), (0, (0, 0, 0))])
def test_a_process_has_its_share(count, shares):
    assert tuple(Group(0, size).share(count) for size in (1, 2, 3)) == shares


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_gathered_gradients_are_those_of_one_batch(tmp_path, count):
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    launch = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={count}", "--master-port=29618"]
    subprocess.run([*launch, str(script)], check=True, timeout=120, capture_output=True)
