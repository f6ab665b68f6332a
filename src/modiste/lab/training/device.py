"""Where a recipe computes."""

from __future__ import annotations

import torch

from modiste.errors import UsageError


def pick_device(name: str) -> torch.device:
    """The device of this name: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: torch knows no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError:
        raise UsageError(f'no device "{name}"; give cpu, cuda or auto') from None
