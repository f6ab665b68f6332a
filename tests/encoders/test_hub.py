"""Hub encoders on tiny models with random weights, one of each family."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from modiste.encoders import load_encoder
from modiste.errors import ModisteError, UsageError
from modiste.parsing.pipeline import HubParser

WORDS = ["[PAD]", "[UNK]", "[END]", "red", "navy", "dress", "shoes", "women"]
SIZE = (32, 32)
PROCESSORS = {
    "clip": {"do_center_crop": True, "crop_size": {"height": 32, "width": 32}, "size": {"shortest_edge": 40}},
    "siglip": {"size": {"height": 32, "width": 32}},
    "dinov2": {"do_center_crop": True, "crop_size": {"height": 32, "width": 32}, "size": {"shortest_edge": 36}},
    "resnet": {"size": {"shortest_edge": 32}, "crop_pct": 0.875},
}
TRANSFORMER = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
TEXT = TRANSFORMER | {"vocab_size": len(WORDS), "max_position_embeddings": 8, "eos_token_id": 2, "pad_token_id": 0}
VISION = TRANSFORMER | {"image_size": 32, "patch_size": 8}


def configuration(family: str):
    import transformers

    if family == "clip":
        return transformers.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=12)
    if family == "siglip":
        return transformers.SiglipConfig(text_config=TEXT | {"projection_size": 16}, vision_config=VISION)
    if family == "dinov2":
        return transformers.Dinov2Config(**VISION)
    return transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 24], depths=[1, 1], layer_type="basic")


def save(family: str, folder: Path) -> str:
    """Write a tiny model as `save_pretrained` does and say how it is loaded."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    torch.manual_seed(0)
    transformers.AutoModel.from_config(configuration(family)).save_pretrained(folder)
    settings = PROCESSORS[family] | {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    if family in ("clip", "siglip"):
        tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        tokenizer.post_processor = processors.TemplateProcessing(single="$A [END]", special_tokens=[("[END]", 2)])
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", eos_token="[END]"
        ).save_pretrained(folder)
    return f"hub:{folder}"


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, str]:
    return {family: save(family, tmp_path_factory.mktemp(family)) for family in PROCESSORS}


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (35, *SIZE, 3), dtype=np.uint8)


@pytest.mark.parametrize(("family", "dim"), [("clip", 12), ("siglip", 16), ("dinov2", 16), ("resnet", 24)])
def test_photos_become_unit_vectors(folders, photos, family, dim):
    encoder = load_encoder(folders[family])
    vectors = encoder.encode_images(photos)
    assert (encoder.name, encoder.size, encoder.dim) == (folders[family], SIZE, dim)
    assert vectors.shape == (35, dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(photos[33:]), vectors[33:], atol=1e-5)
    assert encoder.encode_images(photos[:0]).shape == (0, dim)


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_words_become_unit_vectors_of_the_same_space(folders, photos, family):
    encoder = load_encoder(folders[family])
    vectors = encoder.encode_texts(["red dress", "navy shoes", "red " * 50])
    assert vectors.shape == (3, encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(encoder.encode_texts(["red dress"])[0], vectors[0], atol=1e-5)
    assert abs(vectors[0] - vectors[1]).max() > 1e-3
    assert encoder.encode_texts([]).shape == (0, encoder.dim)
    assert (encoder.encode_images(photos) @ vectors.T).shape == (35, 3)


def test_pixels_are_scaled_as_the_processor_says(folders, photos):
    """The same vector as from transformers' own model on values scaled by hand."""
    import torch
    import transformers

    model = transformers.AutoModel.from_pretrained(folders["dinov2"].removeprefix("hub:")).eval()
    scaled = (photos[:2] / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    with torch.inference_mode():
        expected = model(torch.tensor(scaled, dtype=torch.float32).permute(0, 3, 1, 2)).pooler_output.numpy()
    ours = load_encoder(folders["dinov2"]).encode_images(photos[:2])
    np.testing.assert_allclose(ours, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-5)


def test_revision_follows_the_weights_and_preprocessing_the_processor(folders, tmp_path):
    import transformers

    first = load_encoder(folders["resnet"])
    folder = tmp_path / "other"
    save("resnet", folder)
    assert load_encoder(f"hub:{folder}").revision == first.revision
    assert len(first.revision) == len(first.preprocessing) == 8
    transformers.AutoModel.from_config(configuration("resnet")).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": 48}))
    other = load_encoder(f"hub:{folder}")
    assert other.size == (48, 48)
    assert other.revision != first.revision
    assert other.preprocessing != first.preprocessing


@pytest.mark.parametrize("family", ["dinov2", "resnet"])
def test_models_without_words_say_so(folders, family):
    encoder = load_encoder(folders[family])
    with pytest.raises(UsageError, match="knows photos, not words; search by photo, or take a CLIP or SigLIP model"):
        encoder.encode_texts(["red"])


def test_photos_of_another_size_are_refused(folders):
    with pytest.raises(UsageError, match=r"must have shape \(n, 32, 32, 3\), got \(1, 128, 96, 3\)"):
        load_encoder(folders["clip"]).encode_images(np.zeros((1, 128, 96, 3), np.uint8))


def test_models_of_other_types_are_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UsageError, match=f'no hub model type "bert" for hub:{tmp_path}; there are 4, such as clip'):
        load_encoder(f"hub:{tmp_path}")


@pytest.mark.parametrize("load", [load_encoder, HubParser])
@pytest.mark.parametrize("name", ["hub:", "hub: "])
def test_a_name_without_a_model_is_refused_at_once(load, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UsageError, match=f'"{name}" names no model; write hub:ORG/NAME, or hub:FOLDER'):
        load(name)


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModisteError, match=r"can't be loaded .* check its name and the network, or give a folder"):
        load_encoder(f"hub:{tmp_path / 'missing'}")


def test_missing_transformers_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModisteError, match=r"hub:openai/clip needs transformers; run: pip install 'modiste\[hub\]'"):
        load_encoder("hub:openai/clip")
