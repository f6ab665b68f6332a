"""Where a recipe computes."""

from __future__ import annotations

import pytest
import torch

from modiste.errors import UsageError
from modiste.lab.training import pick_device


def test_a_device_is_found_by_its_name():
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type in ("cpu", "cuda")


def test_an_unknown_device():
    with pytest.raises(UsageError, match='no device "abacus"; give cpu, cuda or auto'):
        pick_device("abacus")
