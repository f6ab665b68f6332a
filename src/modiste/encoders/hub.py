"""Encoders of the Hugging Face Hub: CLIP and SigLIP for photos and texts, DINOv2 and ResNet for photos."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modiste.errors import ModisteError, UsageError, unknown
from modiste.types import Pixels, Vectors

if TYPE_CHECKING:
    from torch import Tensor

PREFIX = "hub:"
CHUNK = 32
"""Photos or texts in a batch."""
DIMS: Mapping[str, Callable[[Any], int]] = {
    "clip": lambda config: config.projection_dim,
    "siglip": lambda config: config.vision_config.hidden_size,
    "dinov2": lambda config: config.hidden_size,
    "resnet": lambda config: config.hidden_sizes[-1],
}
"""By `model_type` of a model's configuration, the length of a vector."""
WITH_TEXTS = ("clip", "siglip")
"""Types whose texts and photos share a space."""


def model_of(name: str) -> str:
    """`hub:ORGANISATION/NAME` without its beginning.

    Raises:
        UsageError: nothing stands behind it.
    """
    if not (model := name.removeprefix(PREFIX).strip()):
        raise UsageError(f'"{name}" names no model; write hub:ORG/NAME, or hub:FOLDER')
    return model


class HubEncoder:
    """A published model behind the `Encoder` protocol, on a GPU if there is one.

    Photos arrive at its `size`, as `images.fit` brings them there, so nothing is cropped away; here they are only
    scaled as the model's image processor says.

    Args:
        name: `hub:ORGANISATION/NAME`, or `hub:FOLDER` with files that `save_pretrained` wrote.

    Raises:
        ModisteError: transformers is missing, or the model can't be fetched.
        UsageError: a model of a type that is not in `DIMS`.
    """

    names: frozenset[str] = frozenset()
    """Empty: no model of the Hub lists what its texts were about."""

    def __init__(self, name: str) -> None:
        self.name, self._source = name, model_of(name)
        config = self._fetch(lambda hub: hub.AutoConfig.from_pretrained(self._source))
        if config.model_type not in DIMS:
            raise unknown("hub model type", config.model_type, DIMS, f"for {name}")
        self._type = config.model_type
        self._model = self._fetch(lambda hub: hub.AutoModel.from_pretrained(self._source)).eval()
        import torch

        self._model.to("cuda" if torch.cuda.is_available() else "cpu")
        self.dim = DIMS[self._type](config)
        self.revision = revision_of(config, Path(self._source))
        # the settings alone: the image processors themselves may want torchvision
        settings = self._fetch(lambda hub: hub.ImageProcessingMixin.get_image_processor_dict(self._source)[0])
        self.size, self._mean, self._std = _scaling(settings)
        self.preprocessing = hashlib.sha256(json.dumps([self.size, self._mean, self._std]).encode()).hexdigest()[:8]
        self._tokenizer: Any = None
        text = getattr(config, "text_config", None)
        self._max_tokens = text.max_position_embeddings if text is not None else 0

    def encode_images(self, photos: Pixels) -> Vectors:
        if photos.ndim != 4 or photos.shape[1:] != (*self.size, 3):
            height, width = self.size
            raise UsageError(f"photos for {self.name} must have shape (n, {height}, {width}, 3), got {photos.shape}")
        return self._encode(photos, self._image_features)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """As the protocol has it; a UsageError if the model knows photos only."""
        if self._type not in WITH_TEXTS:
            raise UsageError(f"{self.name} knows photos, not words; search by photo, or take a CLIP or SigLIP model")
        if self._tokenizer is None:
            self._tokenizer = self._fetch(lambda hub: hub.AutoTokenizer.from_pretrained(self._source))
        return self._encode(texts, self._text_features)

    def _encode(self, items: Any, features: Callable[[Any], Any]) -> Vectors:
        import torch

        parts = [np.empty((0, self.dim), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(items), CHUNK):
                outputs = features(items[start : start + CHUNK])
                vectors: Tensor = getattr(outputs, "pooler_output", outputs)  # before transformers 5 it came bare
                parts.append(torch.nn.functional.normalize(vectors.flatten(1), dim=1).cpu().numpy())
        return np.concatenate(parts)

    def _image_features(self, photos: Pixels) -> Any:
        import torch

        values = torch.tensor(photos, device=self._model.device) / 255
        scaled = (values - values.new_tensor(self._mean)) / values.new_tensor(self._std)
        features = self._model.get_image_features if self._type in WITH_TEXTS else self._model
        return features(pixel_values=scaled.permute(0, 3, 1, 2).contiguous())

    def _text_features(self, texts: Sequence[str]) -> Any:
        # SigLIP was trained on texts padded to full length and attends to the padding (Zhai et al., ICCV 2023).
        padding = "max_length" if self._type == "siglip" else True
        tokens = self._tokenizer(
            list(texts), padding=padding, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        )
        names = ("input_ids",) if padding == "max_length" else ("input_ids", "attention_mask")
        return self._model.get_text_features(**{name: tokens[name].to(self._model.device) for name in names})

    def _fetch(self, load: Callable[[Any], Any]) -> Any:
        """Load a part of the model from transformers, with an error that teaches when that fails."""
        try:
            import transformers
        except ImportError:
            raise ModisteError(f"{self.name} needs transformers; run: pip install 'modiste[hub]'") from None
        transformers.utils.logging.disable_progress_bar()
        try:
            return load(transformers)
        except (OSError, ValueError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModisteError(
                f"{self.name} can't be loaded ({reason}); check its name and the network, "
                f"or give a folder: {PREFIX}FOLDER"
            ) from None


def _scaling(settings: Mapping[str, Any]) -> tuple[tuple[int, int], list[float], list[float]]:
    """Height and width, mean and deviation of the channels, from an image processor's settings."""
    size = settings.get("crop_size") if settings.get("do_center_crop") else settings.get("size")
    if isinstance(size, Mapping):
        edge = size.get("shortest_edge")
        height, width = (edge, edge) if edge else (size["height"], size["width"])
    else:
        height = width = size or 224
    return (height, width), list(settings.get("image_mean", [0.5] * 3)), list(settings.get("image_std", [0.5] * 3))


def revision_of(config: Any, folder: Path) -> str:
    """The Hub's commit, or the hash of the weights in a folder; 8 digits."""
    if commit := getattr(config, "_commit_hash", None):
        return str(commit)[:8]
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:8]
