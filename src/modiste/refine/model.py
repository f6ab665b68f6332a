"""VAL: the network that composes a photo and a sentence into the query for another photo.

Source: Chen, Gong and Bazzani, "Image Search with Text Feedback by Visiolinguistic Attention Learning", CVPR 2020.
At each of three depths a composite transformer decides what of the photo is preserved (joint attention) and what
changes (self-attention). Each depth matches its own vector; joined, their dot product is the weighted sum over the
depths, so that a plain index serves (section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.encoders.efficientnet import HEAD_WIDTH, TAP_WIDTHS
from modiste.encoders.onnx import export
from modiste.encoders.pipeline import TrainedEncoder
from modiste.encoders.pipeline import load_network as load_encoder
from modiste.encoders.product import STATE_WIDTH, ImageTower
from modiste.errors import UsageError
from modiste.images import SIZE

DEPTHS = ("low", "mid", "high")
CHANNELS = dict(zip(DEPTHS, TAP_WIDTHS, strict=True))
GRIDS = {"low": (16, 12), "mid": (8, 6), "high": (4, 3)}
"""Height and width of a photo's maps."""


class PhotoFeatures(NamedTuple):
    """The encoder's maps of a batch of photos, and the pooled output of its head.

    Shapes: (b, 40, 16, 12), (b, 112, 8, 6), (b, 320, 4, 3) and (b, 1280).
    """

    low: Tensor
    mid: Tensor
    high: Tensor
    summary: Tensor


class Words(NamedTuple):
    """MiniLM's token states of a batch of sentences, and 1 where there is a token. Shapes: (b, t, 384) and (b, t)."""

    states: Tensor
    mask: Tensor


@dataclass(frozen=True)
class VALConfig:
    """Settings that build the network."""

    block: str = "modern"
    """`modern`: normalised, residual, gates that can close; `paper`: as published."""
    depths: tuple[str, ...] = DEPTHS
    """Depths that are fused and matched."""
    preserve: bool = True
    """With joint attention."""
    change: bool = True
    """With self-attention."""
    hidden: int = 256
    """Width of the LSTM and of a sentence."""

    def __post_init__(self) -> None:
        if self.block not in BLOCKS:
            raise UsageError(f'block must be one of {", ".join(BLOCKS)}; got "{self.block}"')
        if not self.depths or not set(self.depths) <= set(DEPTHS):
            raise UsageError(f"depths must be some of {', '.join(DEPTHS)}; got {self.depths}")
        if not (self.preserve or self.change):
            raise UsageError("preserve and change are both off, and nothing would be left of a photo; leave one on")


class VAL(nn.Module):
    """Query vectors of photos with sentences, and gallery vectors of photos.

    `query` and `gallery` give one unit vector a depth; `join` makes one vector of them.
    """

    def __init__(self, config: VALConfig) -> None:
        super().__init__()
        self.config = config
        depth, sentence = BLOCKS[config.block]
        self.sentence = sentence(config.hidden)
        self.depths = nn.ModuleDict({name: depth(name, config) for name in config.depths})
        self.described = nn.ModuleDict(
            {name: nn.Linear(config.hidden, self._depth(name).dim) for name in config.depths}
        )
        self.weights = nn.Parameter(torch.zeros(len(config.depths)), requires_grad=config.block == "modern")
        self.log_scale = nn.Parameter(torch.tensor(3.0))

    def query(self, source: PhotoFeatures, words: Words) -> tuple[Tensor, ...]:
        """Unit vectors of the source photos as the sentences want them. Shapes: (b, dim) for every depth."""
        return tuple(self._depth(name).vector(tokens) for name, tokens in self.fused(source, words).items())

    def gallery(self, photos: PhotoFeatures) -> tuple[Tensor, ...]:
        """Unit vectors of the photos that are searched. Shapes: (b, dim) for every depth."""
        depths = map(self._depth, self.config.depths)
        return tuple(depth.vector(depth.tokens(photos)) for depth in depths)

    def describe(self, words: Words) -> tuple[Tensor, ...]:
        """Unit vectors of product descriptions (visual-semantic matching, section 3.4). Shapes: (b, dim)."""
        sentence = self.sentence(words)
        return tuple(F.normalize(self.described[name](sentence), dim=1) for name in self.config.depths)

    def join(self, vectors: Sequence[Tensor]) -> Tensor:
        """One unit vector whose dot products are the weighted mean of the depths'. Shape: (b, sum of dims)."""
        shares = self.weights.softmax(0).sqrt()
        return torch.cat([share * vector for share, vector in zip(shares, vectors, strict=True)], 1)

    def fused(self, source: PhotoFeatures, words: Words) -> dict[str, Tensor]:
        """Output of each depth's composite transformer. Shapes: (b, n, width)."""
        sentence = self.sentence(words)
        return {name: self._depth(name).fuse(self._depth(name).tokens(source), sentence) for name in self.config.depths}

    def measure(self, photos: PhotoFeatures) -> None:
        """Set the features' mean and deviation from a sample of photos; in the published network, batch norms do."""
        for depth in map(self._depth, self.config.depths):
            if isinstance(depth, _ModernDepth):
                depth.scale_map.measure(getattr(photos, depth.name))
                if depth.name == "high":
                    depth.scale_summary.measure(photos.summary)

    def _depth(self, name: str) -> _ModernDepth | _PaperDepth:
        """The composite transformer of a depth."""
        return cast("_ModernDepth | _PaperDepth", self.depths[name])

    @property
    def scale(self) -> Tensor:
        """Inverse temperature, at most 100."""
        return self.log_scale.exp().clamp(max=100.0)


class SentenceEncoder(nn.Module):
    """Token states, which hold their context already, to one vector: their maximum and their weighted mean.

    Shapes: (b, t, 384) and (b, t) to (b, hidden).
    """

    def __init__(self, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.read, self.look = nn.Linear(STATE_WIDTH, hidden), nn.Linear(STATE_WIDTH, 1)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(2 * hidden, hidden)

    def forward(self, words: Words) -> Tensor:
        absent = words.mask[:, :, None] == 0
        read = F.gelu(self.read(words.states))
        weights = self.look(words.states).masked_fill(absent, float("-inf")).softmax(1)
        pooled = torch.cat([read.masked_fill(absent, -1.0).amax(1), (weights * read).sum(1)], 1)
        projected: Tensor = self.project(self.dropout(pooled))
        return projected


class _PaperSentenceEncoder(nn.Module):
    """Token states to one vector: LSTM, maximum over the tokens, a linear layer (section 3.1). Shapes as above."""

    def __init__(self, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.lstm = nn.LSTM(STATE_WIDTH, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(hidden, hidden)

    def forward(self, words: Words) -> Tensor:
        start = words.states.new_zeros(1, words.states.shape[0], self.lstm.hidden_size)
        outputs, _ = self.lstm(words.states, (start, start))
        outputs = outputs.masked_fill(words.mask[:, :, None] == 0, -1.0)  # an LSTM's output is never below -1
        projected: Tensor = self.project(self.dropout(outputs.amax(1)))
        return projected


class _Depth(nn.Module):
    """Base of one depth: it makes tokens of photos, fuses them with a sentence, and pools them to a vector."""

    pool: Callable[[Tensor], Tensor]

    def vector(self, tokens: Tensor) -> Tensor:
        """Unit vectors of tokens. Shape: (b, n, width) to (b, dim)."""
        return F.normalize(self.pool(tokens), dim=1)


class _ModernDepth(_Depth):
    """One depth of the modern network: projected tokens and a pre-normalised residual block.

    The low map's 2x2 neighbours become one token; at the high depth the head's pooled output is a token more.
    """

    WIDTHS: Mapping[str, tuple[int, int]] = {"low": (96, 96), "mid": (128, 160), "high": (256, 256)}
    """Width of a token, and of the vector."""
    HEADS = 4

    def __init__(self, name: str, config: VALConfig) -> None:
        super().__init__()
        self.name, (width, self.dim) = name, self.WIDTHS[name]
        self.preserve, self.change = config.preserve, config.change
        fold = 4 if name == "low" else 1
        channels, positions = CHANNELS[name] * fold, GRIDS[name][0] * GRIDS[name][1] // fold
        self.scale_map = Standardise(CHANNELS[name])
        self.stem = nn.Sequential(nn.Linear(channels, width), nn.GELU(), nn.Linear(width, width))
        self.place = nn.Parameter(0.02 * torch.randn(positions, width))
        if name == "high":
            self.scale_summary, self.summary = Standardise(HEAD_WIDTH), nn.Linear(HEAD_WIDTH, width)
        self.fuse_photo, self.fuse_words = nn.Linear(width, width), nn.Linear(config.hidden, width)
        if self.change:
            self.transform = _SelfAttention(width, self.HEADS)
        if self.preserve:
            self.channel_gate, self.place_gate = nn.Linear(width, width), nn.Linear(width, 1)
            nn.init.constant_(self.channel_gate.bias, 2.0)  # starts by preserving
            nn.init.constant_(self.place_gate.bias, 2.0)
        self.pool = _AttentionPool(width, self.dim, self.HEADS)

    def tokens(self, photos: PhotoFeatures) -> Tensor:
        """Tokens of the photos at this depth. Shape: (b, n, width)."""
        scaled = self.scale_map(getattr(photos, self.name))
        if self.name == "low":
            scaled = F.pixel_unshuffle(scaled, 2)
        tokens: Tensor = self.stem(scaled.flatten(2).transpose(1, 2)) + self.place
        if self.name == "high":
            summary = self.summary(self.scale_summary(photos.summary))
            tokens = torch.cat([tokens, summary[:, None]], 1)
        return tokens

    def fuse(self, source: Tensor, sentence: Tensor) -> Tensor:
        """Preserve by joint attention, change by self-attention. Shapes: (b, n, width) and (b, hidden)."""
        joined = F.gelu(self.fuse_photo(source) + self.fuse_words(sentence)[:, None])
        tokens = torch.zeros_like(source)
        if self.preserve:
            channel = torch.sigmoid(self.channel_gate(joined.mean(1, keepdim=True)))
            tokens = channel * torch.sigmoid(self.place_gate(joined)) * source
        if self.change:
            tokens = tokens + self.transform(joined)
        return tokens


class _SelfAttention(nn.Module):
    """A pre-normalised transformer layer, whose output starts at zero. Shape: (b, n, width)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.norm_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attend, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.write = nn.Linear(width, width)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(self, tokens: Tensor) -> Tensor:
        b, n, width = tokens.shape
        parts = self.attend(self.norm(tokens)).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(*parts).transpose(1, 2).reshape(b, n, width)
        tokens = tokens + self.out(attended)
        tokens = tokens + self.feed(self.norm_feed(tokens))
        output: Tensor = self.write(tokens)
        return output


class _AttentionPool(nn.Module):
    """Tokens to one vector: each head's weighted mean, and the plain mean. Shape: (b, n, width) to (b, dim)."""

    def __init__(self, width: int, dim: int, heads: int) -> None:
        super().__init__()
        self.look, self.value = nn.Linear(width, heads), nn.Linear(width, width)
        self.project = nn.Linear(2 * width, dim)

    def forward(self, tokens: Tensor) -> Tensor:
        b, n, _ = tokens.shape
        weights = self.look(tokens).softmax(1)
        values = self.value(tokens).view(b, n, weights.shape[2], -1)
        attended = (weights[..., None] * values).sum(1).flatten(1)
        vector: Tensor = self.project(torch.cat([attended, tokens.mean(1)], 1))
        return vector


class Standardise(nn.Module):
    """Channels to mean 0 and deviation 1 over the training photos. Shape: (b, channels, ...)."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    @torch.no_grad()
    def measure(self, features: Tensor) -> None:
        """Set mean and deviation to those of these features. Shape: (n, channels, ...)."""
        rows = features.float().transpose(0, 1).flatten(1)
        self.mean.copy_(rows.mean(1))
        self.deviation.copy_(rows.std(1).clamp(min=1e-3))

    def forward(self, features: Tensor) -> Tensor:
        shape = (1, -1, *[1] * (features.dim() - 2))
        return (features - self.mean.view(shape)) / self.deviation.view(shape)


class _PaperDepth(_Depth):
    """One depth of the published network (section 3.2): ReLU before the gates' sigmoids, no projection."""

    HEADS = 2

    def __init__(self, name: str, config: VALConfig) -> None:
        super().__init__()
        self.name, channels = name, CHANNELS[name]
        self.dim, self.grid = channels, GRIDS[name]
        self.join = nn.Sequential(nn.Conv2d(channels + config.hidden, channels, 1), nn.BatchNorm2d(channels), nn.ReLU())
        self.pool = partial(torch.mean, dim=1)
        self.attend = nn.Linear(channels, 3 * channels, bias=False)
        self.dropout = nn.Dropout(0.1)
        self.out = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU())
        self.channel_gate = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels), nn.ReLU())
        self.place_gate = nn.Sequential(nn.Conv2d(1, 1, self.grid), nn.BatchNorm2d(1), nn.ReLU())
        # "same" padding by hand: torch warns about its own where a side of the kernel is even
        self.margin = tuple(padding for side in reversed(self.grid) for padding in ((side - 1) // 2, side // 2))
        self.weight_preserved = nn.Parameter(torch.tensor(float(config.preserve)), requires_grad=config.preserve)
        # the published start is a gated photo; with nothing preserved, that would be nothing at all
        self.weight_changed = nn.Parameter(torch.tensor(float(not config.preserve)), requires_grad=config.change)

    def tokens(self, photos: PhotoFeatures) -> Tensor:
        """Tokens of the photos at this depth. Shape: (b, n, channels)."""
        features: Tensor = getattr(photos, self.name)
        return features.flatten(2).transpose(1, 2)

    def fuse(self, source: Tensor, sentence: Tensor) -> Tensor:
        """Preserve by joint attention, change by self-attention. Shapes: (b, n, channels) and (b, hidden)."""
        # not unflatten: exported, it would take no batch of another size than the example's
        photo = source.transpose(1, 2).reshape(-1, source.shape[2], *self.grid)
        tiled = sentence[:, :, None, None].expand(-1, -1, *self.grid)
        joined = self.join(torch.cat([photo, tiled], 1))
        query, key, value = (
            part.view(-1, part.shape[1], self.HEADS, self.dim // self.HEADS).transpose(1, 2)
            for part in self.attend(joined.flatten(2).transpose(1, 2)).chunk(3, dim=2)
        )
        # the published scale is that of a head's width
        weights = self.dropout((query @ key.transpose(2, 3) / (self.dim / self.HEADS) ** 0.5).softmax(3))
        changed = self.out((weights @ value).transpose(2, 3).reshape(-1, self.dim, *self.grid))
        channel = torch.sigmoid(self.channel_gate(joined.mean((2, 3), keepdim=True)))
        gate = channel * torch.sigmoid(self.place_gate(F.pad(joined.mean(1, keepdim=True), self.margin)))
        tokens: Tensor = self.weight_preserved * gate * photo + self.weight_changed * changed
        return tokens.flatten(2).transpose(1, 2)


BLOCKS: Mapping[str, tuple[type[_ModernDepth | _PaperDepth], type[SentenceEncoder | _PaperSentenceEncoder]]] = {
    "modern": (_ModernDepth, SentenceEncoder),
    "paper": (_PaperDepth, _PaperSentenceEncoder),
}


def explain(network: VAL, photo: PhotoFeatures, words: Words) -> tuple[Tensor, Tensor]:
    """Occlude each position of one photo and measure how far the query vector moves.

    A gate says what passes, not what it matters to. So a position counts as preserved by how far the query moves when
    the photo shows nothing there (the mean of its tokens), and as changed by how far it moves when the sentence leaves
    the position alone.

    Returns:
        Preserved and changed, the largest of each being 1. Shapes: (8, 6).
    """
    grid, sentence = GRIDS["mid"], network.sentence(words)
    effects: tuple[list[Tensor], list[Tensor]] = ([], [])
    for name, share in zip(network.config.depths, network.weights.softmax(0), strict=True):
        depth = network._depth(name)
        source = depth.tokens(photo)
        fused = depth.fuse(source, sentence)
        query = depth.vector(fused)
        each = torch.eye(source.shape[1], dtype=torch.bool)[:, :, None]  # one token in each copy
        blank = torch.where(each, source.mean(1, keepdim=True), source)
        blanked = depth.vector(depth.fuse(blank, sentence.expand(len(blank), -1)))
        untouched = depth.vector(torch.where(each, source, fused))
        height, width = {48: grid, 192: GRIDS["low"]}.get(source.shape[1], GRIDS["high"])
        for effect, vectors in zip(effects, (blanked, untouched), strict=True):
            moved = (vectors - query).square().sum(1)[: height * width]  # the high depth's summary has no position
            moved = moved.reshape(1, 1, height, width) * (height * width) / (grid[0] * grid[1])
            effect.append(share * F.interpolate(moved, grid, mode="bilinear", align_corners=False)[0, 0])
    kept, changed = (torch.stack(effect).sum(0).sqrt() for effect in effects)
    # a largest value below 1e-4 is nothing but rounding
    return kept / kept.max().clamp(min=1e-4), changed / changed.max().clamp(min=1e-4)


def photo_features(encoder: ImageTower, photos: Tensor) -> PhotoFeatures:
    """Features of pixels, as the encoder gives them. Shape: (b, h, w, 3), 0-255."""
    maps = encoder.maps(photos)
    return PhotoFeatures(maps.low, maps.mid, maps.high, encoder.network.pooled(maps))


class _PixelVAL(nn.Module):
    """Export wrapper: pixels to gallery vectors or, with token states, to query vectors."""

    def __init__(self, network: VAL, encoder: TrainedEncoder) -> None:
        super().__init__()
        self.network, self.image = network, load_encoder(encoder.weights).image

    def forward(self, photos: Tensor, states: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        features = photo_features(self.image, photos)
        if states is None or mask is None:
            return self.network.join(self.network.gallery(features))
        return self.network.join(self.network.query(features, Words(states, mask)))


def export_graph(network: VAL, encoder: TrainedEncoder, part: str, path: Path) -> None:
    """Write VAL behind its encoder as a graph for onnxruntime.

    Args:
        part: `gallery` (photos to vectors) or `query` (photos and token states to vectors).
    """
    batch, tokens = {0: "n"}, {0: "n", 1: "tokens"}
    inputs = {"photos": torch.zeros(2, *SIZE, 3, dtype=torch.uint8)}
    axes = {"photos": batch, "vector": batch}
    if part == "query":
        inputs |= {"states": torch.zeros(2, 8, STATE_WIDTH), "mask": torch.ones(2, 8)}
        axes |= {"states": tokens, "mask": tokens}
    export(_PixelVAL(network, encoder), tuple(inputs.values()), list(inputs), ["vector"], axes, path)
