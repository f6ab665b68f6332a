"""A recipe in one process and in two, which shall learn the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from modiste.weights import find

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


def learnt_by_one_and_two(script: str, data: Path, folder: Path, cache: Path):
    """Weights that a script leaves in the second folder that it is given, from one process and from two.

    Args:
        script: trains on the data in the first folder that it is given.
        folder: for what is written.
    """
    (folder / "together.py").write_text(script)
    environment = {**os.environ, "MODISTE_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    for run, launch in (("one", ()), ("two", TORCHRUN)):
        command = [sys.executable, *launch, str(folder / "together.py"), str(data), str(folder / run)]
        subprocess.run(command, check=True, env=environment, timeout=600, capture_output=True)
    return [find(str(folder / run)).tensors() for run in ("one", "two")]
