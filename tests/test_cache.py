"""What was computed once is kept."""

from __future__ import annotations

import pytest

from modiste.cache import cache_folder, fill_once, write_once


def test_write_once_writes_once_and_leaves_nothing_half_done(tmp_path):
    path = tmp_path / "deep" / "graph.onnx"

    def fail(half):
        half.write_text("half")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_once(path, fail)
    assert list(path.parent.iterdir()) == []
    assert write_once(path, lambda half: half.write_text("whole") and None).read_text() == "whole"
    assert write_once(path, fail).read_text() == "whole"


def test_fill_once_fills_once_and_leaves_nothing_half_done(tmp_path):
    folder = tmp_path / "deep" / "set"

    def fail(half):
        (half / "photos").write_text("half")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fill_once(folder, fail)
    assert list(folder.parent.iterdir()) == []

    def fill(half):  # another process is faster
        fill_once(folder, lambda other: (other / "photos").write_text("first") and None)
        (half / "photos").write_text("second")

    assert (fill_once(folder, fill) / "photos").read_text() == "first"
    assert [path.name for path in folder.parent.iterdir()] == ["set"]
    assert (fill_once(folder, fail) / "photos").read_text() == "first"


def test_cache_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "elsewhere"))
    assert cache_folder() == tmp_path / "elsewhere"
    assert cache_folder().is_dir()
