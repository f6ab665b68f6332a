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


@pytest.mark.parametrize(
    ("tensors", "config", "same"),
    [
        ({"a": np.zeros(2), "b": np.ones(3)}, {}, True),
        ({"b": np.ones(3), "a": np.zeros(2)}, {"domain": "boutique", "terms": "CC0"}, True),
        ({"a": np.zeros(2), "c": np.ones(3)}, {}, True),
        ({"a": np.ones(3), "b": np.zeros(2)}, {}, False),
        ({"a": np.zeros((2, 1)), "b": np.ones(3)}, {}, False),
        ({"a": np.zeros(2), "b": np.ones(3) + 1e-3}, {}, False),
    ],
)
def test_a_revision_is_of_the_tensors_alone(tmp_path, tensors, config, same):
    """A word in a configuration, or another name for a tensor, makes no shop embed its photos again."""
    one = save(tmp_path / "1", {"a": np.zeros(2), "b": np.ones(3)}, {"system": "encoder"})
    assert (save(tmp_path / "2", tensors, config).revision == one.revision) is same


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


def test_the_domain_is_read_from_the_configuration(tmp_path):
    said = save(tmp_path / "1", {"a": np.zeros(2)}, {"domain": "boutique"})
    plain = save(tmp_path / "2", {"a": np.zeros(2)}, {})
    assert (domain_of(said.name), domain_of(plain.name)) == ("boutique", "photos")


def test_every_shipped_configuration_says_what_it_goes_with():
    shipped = {weights.name: weights for weights in available()}
    for name, weights in shipped.items():
        config = weights.config
        assert suited(config["system"], config["domain"]) == name
        assert config["terms"].endswith(".")
        if config["system"] == "tryon":
            assert shipped[config["parser"]].config["domain"] == config["domain"]
        if config["system"] in ("refine", "complete", "imagine"):
            assert config["encoder"]["revision"] == shipped[config["encoder"]["name"]].revision


@pytest.mark.parametrize("name", ["hub:org/model", "no-such-run", ""])
def test_weights_that_say_nothing_are_for_photographs(name):
    assert domain_of(name) == "photos"
    assert suited("parser", "paintings") == "parser-photos"
