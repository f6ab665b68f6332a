"""What was computed once is kept."""

from __future__ import annotations

import pytest

from modiste.cache import cache_folder, write_once


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


def test_cache_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "elsewhere"))
    assert cache_folder() == tmp_path / "elsewhere"
    assert cache_folder().is_dir()
