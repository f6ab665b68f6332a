"""Parsers of the Hugging Face Hub: SegFormers that were trained on clothes, such as mattmdjaga/segformer_b2_clothes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.encoders.hub import PREFIX, model_of
from modiste.errors import ModisteError, UsageError
from modiste.parsing.frame import SIZE, Parsed, Parser, check_frames
from modiste.types import Pixels

if TYPE_CHECKING:
    from torch import Tensor

CHUNK = 4
"""Frames at once."""
CLASSES: Mapping[str, str] = {
    label: name
    for name, labels in {
        "background": "background",
        "skin": "face, left-leg, right-leg, left-arm, right-arm, torso-skin, skin, neck",
        "hair": "hair",
        "hat": "hat",
        "accessory": "sunglasses, glasses, belt, scarf, glove, gloves, tie, accessory, watch",
        "top": "upper-clothes, top, shirt",
        "outer": "coat, jacket, outer",
        "dress": "dress, jumpsuit, jumpsuits",
        "bottom": "pants, shorts, bottom",
        "skirt": "skirt",
        "legwear": "socks, stockings, legwear",
        "shoes": "left-shoe, right-shoe, shoes",
        "bag": "bag",
    }.items()
    for label in labels.split(", ")
}
"""The labels of the sets that such models are trained on (ATR, LIP) to parsing classes."""


class HubParser:
    """A published SegFormer behind the `Parser` protocol.

    Args:
        name: `hub:ORGANISATION/NAME`, or `hub:FOLDER` with files that `save_pretrained` wrote.
        joints: the parser whose joints are taken, as a SegFormer has none; without it all have confidence 0.

    Raises:
        ModisteError: transformers is missing, or the model can't be fetched.
        UsageError: the model has a label that is in no parsing class.
    """

    def __init__(self, name: str, joints: Parser | None = None) -> None:
        self.name, self._joints = name, joints
        source = model_of(name)
        self._model, settings = _fetched(name, source)
        self._classes = classes_of(self._model.config.id2label, name)
        size = settings.get("size") or {}
        self._size = (int(size.get("height", 512)), int(size.get("width", 512)))
        self._mean = settings.get("image_mean", [0.485, 0.456, 0.406])
        self._std = settings.get("image_std", [0.229, 0.224, 0.225])
        self._source = Path(source)

    @cached_property
    def revision(self) -> str:
        """The Hub's commit, or the hash of the weights in a folder; with the revision of the joints' parser."""
        commit = getattr(self._model.config, "_commit_hash", None)
        if commit:
            own = str(commit)[:8]
        else:
            digest = hashlib.sha256()
            for file in sorted(self._source.glob("*.safetensors")):
                with file.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
            own = digest.hexdigest()[:8]
        return own if self._joints is None else f"{own}+{self._joints.revision}"

    def parse(self, pixels: Pixels) -> list[Parsed]:
        """Frames, RGB 0-255, to maps and keypoints. Shape: (n, 256, 192, 3)."""
        check_frames(pixels)
        maps = [map for start in range(0, len(pixels), CHUNK) for map in self._maps(pixels[start : start + CHUNK])]
        if self._joints is not None:
            joints = [parsed.keypoints for parsed in self._joints.parse(pixels)]
        else:
            joints = [np.zeros((len(KEYPOINTS), 3), np.float32) for _ in maps]
        return [Parsed(map, points) for map, points in zip(maps, joints, strict=True)]

    def _maps(self, pixels: Pixels) -> NDArray[np.uint8]:
        import torch

        frames = [Image.fromarray(frame).resize(self._size[::-1], Image.Resampling.BICUBIC) for frame in pixels]
        values = torch.from_numpy(np.stack([np.asarray(frame) for frame in frames])).float() / 255
        scaled = (values - values.new_tensor(self._mean)) / values.new_tensor(self._std)
        with torch.inference_mode():
            logits: Tensor = self._model(pixel_values=scaled.permute(0, 3, 1, 2).contiguous()).logits
            full = torch.nn.functional.interpolate(logits, size=SIZE, mode="bilinear", align_corners=False)
        # the probabilities of labels of one class count together: half a left and half a right leg are skin
        probabilities = full.softmax(1).numpy()
        summed = np.zeros((len(probabilities), len(PARSING_CLASSES), *SIZE), np.float32)
        for label, index in enumerate(self._classes):
            summed[:, index] += probabilities[:, label]
        maps: NDArray[np.uint8] = summed.argmax(1).astype(np.uint8)
        return maps


def classes_of(labels: Mapping[int, str], name: str = "the model") -> tuple[int, ...]:
    """Index in PARSING_CLASSES of each of a model's labels, in the model's order.

    Raises:
        UsageError: a label that is in no class.
    """
    indices = []
    for number in sorted(labels):
        label = labels[number].strip().lower().replace("_", "-").replace(" ", "-")
        if label not in CLASSES:
            raise UsageError(f'{name} tells "{labels[number]}", which is in no parsing class; take a model of clothes')
        indices.append(PARSING_CLASSES.index(CLASSES[label]))
    return tuple(indices)


def _fetched(name: str, source: str) -> tuple[Any, Mapping[str, Any]]:
    """The model for inference and its image processor's settings."""
    try:
        import transformers
    except ImportError:
        raise ModisteError(f"{name} needs transformers; run: pip install 'modiste[hub]'") from None
    try:
        transformers.utils.logging.disable_progress_bar()
        model = transformers.AutoModelForSemanticSegmentation.from_pretrained(source).eval()
        return model, transformers.ImageProcessingMixin.get_image_processor_dict(source)[0]
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModisteError(
            f"{name} can't be loaded ({reason}); check its name and the network, or give a folder: {PREFIX}FOLDER"
        ) from None
