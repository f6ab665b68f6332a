"""Finding, reading and writing weights."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.weights import available, domain_of, find, save, suited


def test_weights_come_back_in_half_precision(tmp_path):
    written = save(tmp_path / "run", {"a": np.array([1.0, 1 / 3], np.float32)}, {"system": "encoder", "name": "Größe"})
    found = find(str(tmp_path / "run"))
    assert found == written
    assert found.name == str(tmp_path / "run")
    assert found.config == {"system": "encoder", "name": "Größe"}
    assert found.tensors()["a"].dtype == np.float32
    assert found.tensors()["a"] == pytest.approx([1.0, 1 / 3], abs=1e-3)


def test_the_order_of_memory_is_not_the_order_of_a_tensor(tmp_path):
    tensor = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    last = np.ascontiguousarray(tensor.transpose(0, 2, 1)).transpose(0, 2, 1)
    assert not last.flags.c_contiguous
    assert np.array_equal(save(tmp_path, {"w": last}, {}).tensors()["w"], tensor)


def test_revision_changes_with_tensors_and_with_configuration(tmp_path):
    one = save(tmp_path / "1", {"a": np.zeros(2)}, {"dim": 1})
    assert one.revision == save(tmp_path / "2", {"a": np.zeros(2)}, {"dim": 1}).revision
    assert one.revision != save(tmp_path / "3", {"a": np.ones(2)}, {"dim": 1}).revision
    assert one.revision != save(tmp_path / "4", {"a": np.zeros(2)}, {"dim": 2}).revision


def test_what_ships_is_small_half_precision_and_has_a_card():
    from safetensors.numpy import load_file

    shipped = available()
    for weights in shipped:
        tensors = weights.folder / "model.safetensors"
        assert tensors.stat().st_size <= 15 * 2**20, weights.name
        assert {tensor.dtype for tensor in load_file(tensors).values()} == {np.dtype(np.float16)}, weights.name
        assert weights.name in (weights.folder / "README.md").read_text(), weights.name
    assert {"encoder-boutique", "encoder-photos"} <= {weights.name for weights in shipped}


@pytest.mark.parametrize(
    ("name", "says"),
    [("encoder-foto", 'no weights "encoder-foto"'), (".", "holds no model.safetensors; a run writes it at its end")],
)
def test_find_refuses(tmp_path, monkeypatch, name, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=says):
        find(name)


def test_what_weights_go_with_is_no_part_of_their_revision(tmp_path):
    """A configuration that names a domain or a parser means no shop must be indexed again."""
    plain = save(tmp_path / "1", {"a": np.zeros(2)}, {"system": "encoder", "dim": 1})
    told = save(
        tmp_path / "2", {"a": np.zeros(2)}, {"system": "encoder", "domain": "boutique", "parser": "p", "dim": 1}
    )
    assert told.revision == plain.revision
    assert (domain_of(told.name), domain_of(plain.name)) == ("boutique", "photos")


def test_every_shipped_configuration_names_its_domain():
    shipped = {weights.name: weights.config for weights in available()}
    for name, config in shipped.items():
        assert suited(config["system"], config["domain"]) == name
        if config["system"] == "tryon":
            assert shipped[config["parser"]]["domain"] == config["domain"]


@pytest.mark.parametrize("name", ["hub:org/model", "no-such-run", ""])
def test_weights_that_say_nothing_are_for_photographs(name):
    assert domain_of(name) == "photos"
    assert suited("parser", "paintings") == "parser-photos"
