"""The parser's baselines: the mean person, and a linear head on the trunk as ImageNet left it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.encoders.product import scaled
from modiste.images import load_image
from modiste.lab.parser.data import Example, sized
from modiste.lab.parser.metrics import Parse
from modiste.parsing.frame import SIZE, Frame, Parsed
from modiste.parsing.model import TAP_WIDTHS, TAPS, ParserConfig, ParserLogits, build


def mean_person(people: Sequence[Example]) -> Parse:
    """A parser that sees in every frame the likeliest class of each pixel and the median joints of these people."""
    counts = np.zeros((*SIZE, len(PARSING_CLASSES)), np.int64)
    joints, rows, columns = [], *np.ogrid[: SIZE[0], : SIZE[1]]
    for example in people:
        photo = load_image(example.image, at_least=SIZE)
        frame = Frame.whole(photo)
        if example.read is not None:
            counts[rows, columns, frame.cut_map(sized(example, photo))] += 1
        if example.keypoints is not None:
            joints.append(frame.to_frame(example.keypoints * np.array([*photo.size, 1], np.float32)))
    median = np.median(joints, axis=0).astype(np.float32) if joints else np.zeros((len(KEYPOINTS), 3), np.float32)
    mean = Parsed(counts.argmax(2).astype(np.uint8), median)
    return lambda frames: [mean] * len(frames)


class LinearHead(nn.Module):
    """One weight for each of the frozen trunk's channels and each class or joint.

    Args of forward:
        pixels: RGB 0-255. Shape: (b, 256, 192, 3).
    """

    def __init__(self, encoder: str = "", seed: int = 0) -> None:
        super().__init__()
        network = build(ParserConfig(), encoder, seed)
        self.trunk = network.trunk.requires_grad_(False)
        self.norm = nn.BatchNorm2d(sum(TAP_WIDTHS), affine=False, momentum=0.05)
        self.head = nn.Conv2d(sum(TAP_WIDTHS), len(PARSING_CLASSES) + len(KEYPOINTS), 1)
        self.nowhere = nn.Linear(TAP_WIDTHS[-1], len(KEYPOINTS))

    def forward(self, pixels: Tensor) -> ParserLogits:
        with torch.no_grad():
            taps = list(self._rise(scaled(pixels)))
            size = taps[1].shape[2:]  # a linear head gives the same at a quarter, enlarged, as at half
            maps = [F.interpolate(tap, size=size, mode="bilinear", align_corners=False) for tap in taps]
        logits = self.head(self.norm(torch.cat(maps, 1)))
        classes, heat = logits.split([len(PARSING_CLASSES), len(KEYPOINTS)], 1)
        classes = F.interpolate(classes, scale_factor=2.0, mode="bilinear", align_corners=False)
        return ParserLogits(classes, heat, self.nowhere(taps[-1].mean((2, 3))))

    def _rise(self, photos: Tensor) -> Iterator[Tensor]:
        x = self.trunk.stem(photos)
        for number, block in enumerate(self.trunk.blocks):
            x = block(x)
            if number in TAPS:
                yield x
