"""Parsers at work: the trained one on onnxruntime, and those of the Hugging Face Hub.

From the Hub come SegFormers that were trained on clothes, such as mattmdjaga/segformer_b2_clothes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.cache import cache_folder, write_once
from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.encoders.hub import PREFIX, model_of, revision_of
from modiste.errors import ModisteError, UsageError
from modiste.parsing.frame import SIZE, Parsed, Parser
from modiste.types import Pixels
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from torch import Tensor

    from modiste.parsing.model import ParserNetwork

CHUNK, HUB_CHUNK = 8, 4
"""Frames at once, so that memory stays small however many are given."""
REACH = 3
"""Cells on each side of the peak that the joint is the mean of."""
OUTPUTS = ("map", "heat")
"""Names of the graph's outputs."""
HUB_CLASSES: Mapping[str, str] = {
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


class TrainedParser:
    """A parser that `modiste train parser` made.

    Args:
        name: shipped weights or the folder of a run.
        threads: cores for onnxruntime; all of them by default.
    """

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        self.weights = find(name)
        system = self.weights.config.get("system")
        if system != "parser":
            raise UsageError(f"{name} is no parser but {system}; parsers are listed by: modiste models")
        self.name, self.revision = self.weights.name, self.weights.revision
        self._threads = threads

    def parse(self, pixels: Pixels) -> list[Parsed]:
        """Frames, RGB 0-255, to maps and keypoints. Shape: (n, 256, 192, 3)."""
        parsed = []
        for frames in _batches(pixels, CHUNK):
            maps, heat = self._session.run(list(OUTPUTS), {"pixels": frames})
            parsed += [Parsed(map, joints) for map, joints in zip(maps, joints_of(heat), strict=True)]
        return parsed

    @cached_property
    def _session(self) -> Any:
        from modiste.encoders.onnx import open_session

        path = cache_folder() / f"parser-{self.revision}.onnx"
        if not path.exists():  # only then torch is needed
            write_once(path, lambda half: _write_graph(self.weights, half))
        return open_session(path, self._threads)


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
        self._classes = _classes_of(self._model.config.id2label, name)
        size = settings.get("size") or {}
        self._size = (int(size.get("height", 512)), int(size.get("width", 512)))
        self._mean = settings.get("image_mean", [0.485, 0.456, 0.406])
        self._std = settings.get("image_std", [0.229, 0.224, 0.225])
        own = revision_of(self._model.config, Path(source))
        self.revision = own if joints is None else f"{own}+{joints.revision}"

    def parse(self, pixels: Pixels) -> list[Parsed]:
        """Frames, RGB 0-255, to maps and keypoints. Shape: (n, 256, 192, 3)."""
        maps = [map for frames in _batches(pixels, HUB_CHUNK) for map in self._maps(frames)]
        if self._joints is None:
            return [Parsed(map, np.zeros((len(KEYPOINTS), 3), np.float32)) for map in maps]
        return [Parsed(map, seen.keypoints) for map, seen in zip(maps, self._joints.parse(pixels), strict=True)]

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


def _batches(pixels: Pixels, size: int) -> Iterator[Pixels]:
    """Frames in batches; what isn't frames of `SIZE` is refused."""
    if pixels.ndim != 4 or pixels.shape[1:] != (*SIZE, 3) or pixels.dtype != np.uint8:
        raise UsageError(
            f"frames must be uint8 of shape (n, {SIZE[0]}, {SIZE[1]}, 3); got {pixels.dtype} {pixels.shape}; cut them "
            "with Frame"
        )
    return (np.ascontiguousarray(pixels[start : start + size]) for start in range(0, len(pixels), size))


def _classes_of(labels: Mapping[int, str], name: str) -> tuple[int, ...]:
    """Index in PARSING_CLASSES of each of a model's labels, in the model's order."""
    indices = []
    for number in sorted(labels):
        label = labels[number].strip().lower().replace("_", "-").replace(" ", "-")
        if label not in HUB_CLASSES:
            raise UsageError(f'{name} tells "{labels[number]}", which is in no parsing class; take a model of clothes')
        indices.append(PARSING_CLASSES.index(HUB_CLASSES[label]))
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


def load_network(weights: Weights) -> ParserNetwork:
    """The network with these weights, ready for inference."""
    import torch

    from modiste.parsing.model import ParserConfig, ParserNetwork

    network = ParserNetwork(ParserConfig(tuple(weights.config["network"]["widths"])))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()})
    return network.eval()


def _write_graph(weights: Weights, path: Path) -> None:
    """Export the graph: frames to maps and heat."""
    import torch

    from modiste.encoders.onnx import export
    from modiste.parsing.model import ParserExport

    pixels, axes = torch.zeros(2, *SIZE, 3, dtype=torch.uint8), {name: {0: "n"} for name in ("pixels", *OUTPUTS)}
    export(ParserExport(load_network(weights)).eval(), (pixels,), ["pixels"], OUTPUTS, axes, path)


def joints_of(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean position around each joint's peak, and as its confidence the heat that lies there.

    Args:
        heat: sums to at most 1 for each joint. Shape: (n, k, h, w).

    Returns:
        Column and row in a frame of `SIZE`, confidence. Shape: (n, k, 3).
    """
    n, k, height, width = heat.shape
    peak = heat.reshape(n, k, -1).argmax(2)
    rows, columns = np.divmod(peak, width)
    steps = np.arange(-REACH, REACH + 1)
    padded = np.pad(heat, ((0, 0), (0, 0), (REACH, REACH), (REACH, REACH)))
    down = (rows[..., None] + REACH + steps)[..., :, None]
    across = (columns[..., None] + REACH + steps)[..., None, :]
    frames, joints = np.ogrid[:n, :k]
    near = padded[frames[..., None, None], joints[..., None, None], down, across]
    mass = near.sum((2, 3))
    scale = 1 / np.maximum(mass, 1e-9)
    x = columns + (near.sum(2) * steps).sum(2) * scale + 0.5
    y = rows + (near.sum(3) * steps).sum(2) * scale + 0.5
    return np.stack([x * (SIZE[1] / width), y * (SIZE[0] / height), np.minimum(mass, 1)], 2).astype(np.float32)
