"""Encoders of the Hugging Face Hub: CLIP and SigLIP for photos and words, DINOv2 and ResNet for photos."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.errors import ModisteError, UsageError, unknown
from modiste.types import Pixels, Vectors

if TYPE_CHECKING:
    from torch import Tensor

PREFIX = "hub:"
CHUNK = 32
"""Photos or texts at once."""


@dataclass(frozen=True)
class Family:
    """How models of one type are used."""

    dim: Callable[[Any], int]
    """Length of a vector, from the model's configuration."""
    has_words: bool
    """Whether texts and photos share a space."""


FAMILIES: Mapping[str, Family] = {
    "clip": Family(lambda config: config.projection_dim, True),
    "siglip": Family(lambda config: config.vision_config.hidden_size, True),
    "dinov2": Family(lambda config: config.hidden_size, False),
    "resnet": Family(lambda config: config.hidden_sizes[-1], False),
}
"""By `model_type` of the model's configuration."""


def model_of(name: str) -> str:
    """`hub:ORGANISATION/NAME` without its beginning.

    Raises:
        UsageError: nothing stands behind it.
    """
    if not (model := name.removeprefix(PREFIX).strip()):
        raise UsageError(f'"{name}" names no model; write hub:ORG/NAME, or hub:FOLDER')
    return model


class HubEncoder:
    """A published model behind the `Encoder` protocol.

    Photos arrive at its `size`, as `images.fit` brings them there, so nothing is cropped away; here they are only
    scaled as the model's image processor says.

    Args:
        name: `hub:ORGANISATION/NAME`, or `hub:FOLDER` with files that `save_pretrained` wrote.

    Raises:
        ModisteError: transformers is missing, or the model can't be fetched.
        UsageError: a model of a type that is not in `FAMILIES`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._source = model_of(name)
        config = _fetch(name, lambda transformers: transformers.AutoConfig.from_pretrained(self._source))
        if config.model_type not in FAMILIES:
            raise unknown("hub model type", config.model_type, FAMILIES, f"for {name}")
        self._family = FAMILIES[config.model_type]
        self._model = _fetch(name, _network(self._source))
        self.dim = self._family.dim(config)
        self.revision = _revision(config, Path(self._source))
        self.size, self._mean, self._std = _scaling(_fetch(name, _processor(self._source)))
        self.preprocessing = hashlib.sha256(json.dumps([self.size, self._mean, self._std]).encode()).hexdigest()[:8]
        self._tokenizer: Any = None
        self._tokens = _text_length(config)

    @property
    def names(self) -> frozenset[str]:
        """Nothing: nobody wrote down what it learnt."""
        return frozenset()

    def encode_images(self, photos: Pixels) -> Vectors:
        """Photos, RGB 0-255, to unit vectors. Shape: (n, height, width, 3) to (n, dim)."""
        if photos.ndim != 4 or photos.shape[1:] != (*self.size, 3):
            height, width = self.size
            raise UsageError(f"photos for {self.name} must have shape (n, {height}, {width}, 3), got {photos.shape}")
        return self._encode(photos, self._photos)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors. Shape: (n, dim).

        Raises:
            UsageError: the model knows photos only.
        """
        self._check_words()
        return self._encode(texts, self._texts)

    def knows(self, text: str) -> bool:
        """Whether at least one token of the text is in the model's vocabulary.

        Raises:
            UsageError: the model knows photos only.
        """
        tokenizer = self._check_words()
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        return any(token != tokenizer.unk_token_id for token in tokens) and any(map(str.isalnum, text))

    def _check_words(self) -> Any:
        if not self._family.has_words:
            raise UsageError(f"{self.name} knows photos, not words; search by photo, or take a CLIP or SigLIP model")
        if self._tokenizer is None:
            self._tokenizer = _fetch(
                self.name, lambda transformers: transformers.AutoTokenizer.from_pretrained(self._source)
            )
        return self._tokenizer

    def _encode(self, items: Any, forward: Callable[[Any], Tensor]) -> Vectors:
        import torch

        parts = [np.empty((0, self.dim), np.float32)]
        with torch.inference_mode():
            for chunk in _chunks(items):
                vectors = torch.nn.functional.normalize(forward(chunk).flatten(1), dim=1)
                parts.append(vectors.cpu().numpy())
        return np.concatenate(parts)

    def _photos(self, photos: Pixels) -> Tensor:
        import torch

        values = torch.tensor(photos, device=self._model.device) / 255
        scaled = (values - values.new_tensor(self._mean)) / values.new_tensor(self._std)
        pixels = scaled.permute(0, 3, 1, 2).contiguous()
        if self._family.has_words:
            return _pooled(self._model.get_image_features(pixel_values=pixels))
        return _pooled(self._model(pixel_values=pixels))

    def _texts(self, texts: Sequence[str]) -> Tensor:
        # SigLIP was trained on texts padded to full length and attends to the padding (Zhai et al., ICCV 2023).
        padding = "max_length" if self._model.config.model_type == "siglip" else True
        tokens = self._tokenizer(
            list(texts), padding=padding, truncation=True, max_length=self._tokens, return_tensors="pt"
        )
        names = ("input_ids",) if padding == "max_length" else ("input_ids", "attention_mask")
        inputs = {name: tokens[name].to(self._model.device) for name in names}
        return _pooled(self._model.get_text_features(**inputs))


def _fetch(name: str, load: Callable[[Any], Any]) -> Any:
    """Load a part of the model, with an error that teaches when that fails."""
    try:
        import transformers
    except ImportError:
        raise ModisteError(f"{name} needs transformers; run: pip install 'modiste[hub]'") from None
    try:
        return load(transformers)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModisteError(
            f"{name} can't be loaded ({reason}); check its name and the network, or give a folder: {PREFIX}FOLDER"
        ) from None


def _network(source: str) -> Callable[[Any], Any]:
    """The model for inference, on a GPU if there is one."""

    def load(transformers: Any) -> Any:
        import torch

        transformers.utils.logging.disable_progress_bar()
        model = transformers.AutoModel.from_pretrained(source)
        return model.eval().to("cuda" if torch.cuda.is_available() else "cpu")

    return load


def _processor(source: str) -> Callable[[Any], Mapping[str, Any]]:
    """The image processor's settings alone: the processors themselves may want torchvision."""

    def load(transformers: Any) -> Mapping[str, Any]:
        settings: Mapping[str, Any] = transformers.ImageProcessingMixin.get_image_processor_dict(source)[0]
        return settings

    return load


def _scaling(settings: Mapping[str, Any]) -> tuple[tuple[int, int], list[float], list[float]]:
    """Height and width, mean and deviation of the channels, from an image processor's settings."""
    size = settings.get("crop_size") if settings.get("do_center_crop") else settings.get("size")
    if isinstance(size, Mapping):
        edge = size.get("shortest_edge")
        height, width = (edge, edge) if edge else (size["height"], size["width"])
    else:
        height = width = size or 224
    return (height, width), list(settings.get("image_mean", [0.5] * 3)), list(settings.get("image_std", [0.5] * 3))


def _revision(config: Any, folder: Path) -> str:
    """The Hub's commit, or the hash of the weights in a folder; 8 digits."""
    if commit := getattr(config, "_commit_hash", None):
        return str(commit)[:8]
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:8]


def _text_length(config: Any) -> int:
    text = getattr(config, "text_config", None)
    return text.max_position_embeddings if text is not None else 0


def _pooled(outputs: Any) -> Tensor:
    """The vector among a model's outputs; before transformers 5 it came bare."""
    vector: Tensor = getattr(outputs, "pooler_output", outputs)
    return vector


def _chunks(items: Any) -> Iterator[Any]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
