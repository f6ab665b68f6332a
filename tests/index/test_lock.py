"""One writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from modiste.index.lock import LockedError, exclusive


def test_second_writer_is_told_who_writes(tmp_path):
    with (
        exclusive(tmp_path / "lock", "spring"),
        pytest.raises(LockedError, match=rf'shop "spring" is being written by process {os.getpid()}; wait'),
        exclusive(tmp_path / "lock", "spring"),
    ):
        pass
    with exclusive(tmp_path / "lock", "spring"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_lock_of_a_killed_process_is_free(tmp_path):
    code = (
        "import sys, time, pathlib; from modiste.index.lock import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1]), 'spring'):\n    print('held', flush=True); time.sleep(60)"
    )
    lock = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {writer.pid}"), exclusive(lock, "spring"):
            pass
        writer.kill()
    with exclusive(lock, "spring"):
        assert lock.read_text() == str(os.getpid())
