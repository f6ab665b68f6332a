"""The parser's metrics, from the predictions of a parser or a baseline on photos whose maps and joints are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.images import load_image
from modiste.lab.parser.data import SEEN, Example, Examples, sized
from modiste.parsing.frame import SIZE, Frame, Parsed
from modiste.types import Pixels

NEAR = 0.05
"""Largest error at which a joint counts as found, as a share of the person's height."""
CHUNK = 16
"""Photos at once."""

Parse = Callable[[Pixels], Sequence[Parsed]]
Matrix = NDArray[np.int64]


def measure(parse: Parse, examples: Examples) -> dict[str, float]:
    """All metrics, each on the photos that have its labels.

    Of people `miou` over the classes there are, `accuracy` of the pixels inside the photos, each class's IoU, and
    `keypoints`, the share of joints in sight that are found within 0.05 of the height from the highest to the lowest
    of them. Of garments that lie alone `garments`, the mean IoU of what isn't background, and `garment_class`, the
    share of them of which most pixels have the right class.
    """
    matrix, found, asked = np.zeros((len(PARSING_CLASSES), len(PARSING_CLASSES)), np.int64), 0, 0
    for photo, example, parsed in _parsed(parse, [*examples.parsed, *examples.tagged]):
        if example.read is not None:
            matrix += _confusion(sized(example, photo), parsed, photo)
        if example.keypoints is not None:
            near = _near(example.keypoints, parsed, photo)
            found, asked = found + int(near.sum()), asked + len(near)
    overlaps, right = [], []
    for photo, example, parsed in _parsed(parse, examples.alone):
        truth = Frame.whole(photo).cut_map(sized(example, photo))
        garment, predicted = truth > 0, parsed.map > 0
        overlaps.append((garment & predicted).sum() / max(1, (garment | predicted).sum()))
        counts = np.bincount(parsed.map[predicted], minlength=len(PARSING_CLASSES))
        right.append(counts.any() and counts.argmax() == truth.max())
    return {
        **_intersections(matrix),
        **({"keypoints": found / asked} if asked else {}),
        **({"garments": float(np.mean(overlaps)), "garment_class": float(np.mean(right))} if overlaps else {}),
    }


def _intersections(matrix: Matrix) -> dict[str, float]:
    """Mean IoU, accuracy and each class's IoU from a confusion matrix, true classes down, predicted ones across."""
    both, right, predicted = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
    if not right.sum():
        return {}
    iou = {
        name: float(both[index] / (right[index] + predicted[index] - both[index]))
        for index, name in enumerate(PARSING_CLASSES)
        if right[index]
    }
    return {
        "miou": float(np.mean(list(iou.values()))),
        "accuracy": float(both.sum() / right.sum()),
        **{f"iou_{name}": value for name, value in iou.items()},
    }


def _parsed(parse: Parse, examples: Sequence[Example]) -> Iterator[tuple[Image.Image, Example, Parsed]]:
    for start in range(0, len(examples), CHUNK):
        chunk = examples[start : start + CHUNK]
        photos = [load_image(example.image, at_least=SIZE) for example in chunk]
        parsed = parse(np.stack([Frame.whole(photo).cut(photo) for photo in photos]))
        yield from zip(photos, chunk, parsed, strict=True)


def _confusion(truth: NDArray[np.uint8], parsed: Parsed, photo: Image.Image) -> Matrix:
    """Pixels of the photo, counted at the frame's size: large photos count as much as small ones."""
    frame = Frame.whole(photo)
    right = frame.cut_map(truth + np.uint8(1))  # 0 is now what lies beyond the photo
    inside = right > 0
    pairs = (right[inside].astype(np.int64) - 1) * len(PARSING_CLASSES) + parsed.map[inside]
    return np.bincount(pairs, minlength=len(PARSING_CLASSES) ** 2).reshape(len(PARSING_CLASSES), -1)


def _near(keypoints: NDArray[np.float32], parsed: Parsed, photo: Image.Image) -> NDArray[np.bool_]:
    frame = Frame.whole(photo)
    points = frame.to_frame(keypoints[:, :2] * (photo.width, photo.height))
    inside = (keypoints[:, :2] >= 0).all(1) & (keypoints[:, :2] < 1).all(1)
    seen = (keypoints[:, 2] >= SEEN) & inside
    if seen.sum() < len(KEYPOINTS) // 3:
        return np.zeros(0, np.bool_)
    height = np.ptp(points[seen, 1])
    apart = np.hypot(*(points - parsed.keypoints[:, :2]).T)
    return np.asarray(apart[seen] <= NEAR * height)
