"""From any photo to one person, or one garment, in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from modiste.catalog.categories import PARSING_CLASSES, REGION_CLASSES
from modiste.errors import unknown
from modiste.parsing.base import SIZE, Parser
from modiste.parsing.frame import Box, Frame
from modiste.types import Keypoints, Map, Mask, Pixels

SMALL = 0.6
"""Share of the frame's height under which a person is looked at again from near."""
MARGIN = 0.06
"""Around the person in the nearer frame, on each side."""
WIDE = 0.35
"""Around a thing that may turn out to be a person."""
IN_SIGHT = 0.3
"""A joint's confidence above which it counts; two people share theirs."""
FEWEST = 4
"""Joints without which there is nobody."""
SPECK = 0.003
"""Share of the frame under which a silhouette is none."""
NEARLY, SURE = 0.84, 0.55
"""Of a photo's confidence, and at least, what a parser of drawings reaches on drawings and hardly on photographs."""
FLESH = 0.01
"""Share of skin and hair without which a silhouette is a thing."""

CROWN = 0.004
"""Share of a silhouette that a head's hair or hat covers at least."""

_BACKGROUND, _SKIN, _HAIR, _HAT = (PARSING_CLASSES.index(name) for name in ("background", "skin", "hair", "hat"))


@dataclass(frozen=True)
class Seen:
    """What a parser made of a photo."""

    frame: Frame
    """Where on the photo the rest lies."""
    pixels: Pixels
    """Shape: (256, 192, 3)."""
    map: Map
    """Places in PARSING_CLASSES; of several people the largest alone. Shape: (256, 192)."""
    keypoints: Keypoints
    """In the frame's pixels, confidence 0 throughout where nobody is there. Shape: (17, 3)."""
    people: int
    """How many were found; 0 on a photo of a garment that lies alone, or of a landscape."""

    def mask(self, region: str) -> Mask:
        """Where a region's garment is seen. Shape: (256, 192)."""
        return np.isin(self.map, classes_of(region))

    @property
    def confidence(self) -> float:
        """Mean of the joints'; 0 where nobody is there."""
        return float(self.keypoints[:, 2].mean())


def look(image: Image.Image, parser: Parser) -> Seen:
    """Find the person in a photo; from near if they are small or not alone."""
    seen = _through(Frame.whole(image), image, parser)
    bodies = _bodies(seen.map) if seen.people else _blobs(seen.map != _BACKGROUND, SPECK * seen.map.size)
    if not bodies:
        return seen
    left, top, right, bottom = _box(max(bodies, key=_size))
    if seen.people <= 1 and bottom - top >= SMALL * SIZE[0]:
        return seen
    (x0, y0), (x1, y1) = seen.frame.to_photo(np.array([(left, top), (right, bottom)], np.float32))
    box = (float(x0), float(y0), float(x1), float(y1))
    # of somebody who is very small only a part may have been seen, and taken for a thing
    near = _through(Frame.around(box, image, MARGIN if seen.people else WIDE), image, parser)
    if not near.people:
        return seen
    map = _without_others(near, seen) if seen.people > 1 else near.map
    return replace(near, map=map, people=max(seen.people, 1))


def look_with(image: Image.Image, parsers: Sequence[Parser]) -> tuple[Seen, Parser]:
    """Find the person in a photo or drawing, and the parser that sees its kind of picture.

    What learnt from photographs sees drawn joints too; what learnt from drawings is sure of drawn ones alone.

    Args:
        parsers: the first one of photographs, the others of drawings.
    """
    seen, by = look(image, parsers[0]), parsers[0]
    for parser in parsers[1:]:
        drawn = look(image, parser)
        if drawn.confidence >= max(SURE, NEARLY * seen.confidence):
            seen, by = drawn, parser
    return seen, by


def classes_of(region: str) -> list[int]:
    """The values of a region's classes in a map.

    Raises:
        UsageError: there is no such region.
    """
    if region not in REGION_CLASSES:
        raise unknown("region", region, REGION_CLASSES)
    return [PARSING_CLASSES.index(name) for name in REGION_CLASSES[region]]


def _through(frame: Frame, image: Image.Image, parser: Parser) -> Seen:
    pixels = frame.cut(image)
    parsed = parser.parse(pixels[None])[0]
    people = _people(parsed.map, parsed.keypoints)
    keypoints = parsed.keypoints.copy()
    if not people:
        keypoints[:, 2] = 0
    return Seen(frame, pixels, parsed.map, keypoints, people)


def _people(map: Map, keypoints: Keypoints) -> int:
    """Silhouettes of flesh, or heads where people touch; nobody without joints, if the parser tells joints at all."""
    bodies = _bodies(map)
    if not bodies:
        return 0
    told = keypoints[:, 2] > 0
    if told.any() and (keypoints[:, 2] >= IN_SIGHT).sum() < FEWEST:
        return 0
    largest = max(_size(body) for body in bodies)
    near = [body for body in bodies if _size(body) >= 0.15 * largest]
    return sum(max(1, _heads(map, body)) for body in near)


def _heads(map: Map, body: Mask) -> int:
    """Heads on one silhouette: blobs of hair or hats that lie about as high as the highest, and beside it."""
    crowns = _blobs(body & ((map == _HAIR) | (map == _HAT)), CROWN * _size(body))
    if not crowns:
        return 0
    boxes = [_box(crown) for crown in crowns]
    tall = _box(body)[3] - _box(body)[1]
    highest = min(box[1] for box in boxes)
    level = sorted((box for box in boxes if box[1] - highest < 0.25 * tall), key=lambda box: box[0])
    apart = [level[0]]
    for box in level[1:]:  # one head's hair may fall on both sides of its face
        if box[0] - apart[-1][2] > 0.12 * tall:
            apart.append(box)
    return len(apart)


def _bodies(map: Map) -> list[Mask]:
    """Silhouettes with skin or hair."""
    flesh = (map == _SKIN) | (map == _HAIR)
    blobs = _blobs(map != _BACKGROUND, SPECK * map.size)
    return [blob for blob in blobs if (flesh & blob).sum() >= FLESH * blob.sum()]


def _blobs(mask: Mask, least: float) -> list[Mask]:
    """Connected parts of a mask that have some size."""
    from scipy.ndimage import label

    marks, count = label(mask, np.ones((3, 3), int))
    return [part for number in range(1, count + 1) if (part := marks == number).sum() >= least]


def _without_others(near: Seen, first: Seen) -> Map:
    """The nearer map without what belongs to a smaller silhouette of the first one; people who touch stay together."""
    others = np.zeros_like(first.map, np.bool_)
    for body in sorted(_bodies(first.map), key=_size)[:-1]:
        others |= body
    columns, rows = np.meshgrid(np.arange(SIZE[1]) + 0.5, np.arange(SIZE[0]) + 0.5)
    places = first.frame.to_frame(near.frame.to_photo(np.stack([columns, rows], 2))).astype(int)
    inside = ((places >= 0) & (places < SIZE[::-1])).all(2)
    places = places.clip(0, np.array(SIZE[::-1]) - 1)
    theirs = others[places[..., 1], places[..., 0]] & inside
    map = near.map.copy()
    for blob in _blobs(map != _BACKGROUND, 1):
        if (theirs & blob).sum() > 0.5 * blob.sum():
            map[blob] = _BACKGROUND
    return map


def _size(mask: Mask) -> int:
    return int(mask.sum())


def _box(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
