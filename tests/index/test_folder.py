"""One writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modiste.index import Identity, Index
from modiste.index.folder import LockedError, exclusive

ROOT = Path(__file__).resolve().parents[2]


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
        "import sys, time, pathlib; from modiste.index.folder import exclusive\n"
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


WRITER = """
import pathlib, sys
from modiste.index.folder import LockedError
from tests.index.test_folder import new_shop
try:
    with new_shop(pathlib.Path(sys.argv[1])).writing():
        print('held', flush=True)
        sys.stdin.read()
except LockedError as error:
    print(error, flush=True)
"""


def new_shop(folder: Path) -> Index:
    return Index(folder, Identity("fake", "12345678", "none", 4))


def test_a_refused_writer_of_a_new_shop_leaves_the_lock_to_its_owner(tmp_path):
    shop = tmp_path / "shop"
    command = [sys.executable, "-c", WRITER, str(shop)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        refused = (
            f'shop "{shop}" is being written by process {first.pid}; wait until it has finished, reading goes on\n'
        )
        for _ in range(2):
            other = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT)
            assert other.stdout == refused, other.stderr
        with pytest.raises(LockedError), new_shop(shop).writing():
            pass
        first.communicate()
    assert not shop.exists()


def test_a_writer_leaves_what_others_put_into_a_new_shop(tmp_path):
    with new_shop(tmp_path / "shop").writing():
        (tmp_path / "shop" / "notes.txt").write_text("not ours")
    assert (tmp_path / "shop" / "notes.txt").read_text() == "not ours"


def test_a_lock_without_a_name_is_held_by_another_process(tmp_path):
    with exclusive(tmp_path / "lock", "spring"):
        (tmp_path / "lock").write_text("")
        with (
            pytest.raises(LockedError, match="is being written by another process; wait"),
            exclusive(tmp_path / "lock", "spring"),
        ):
            pass
