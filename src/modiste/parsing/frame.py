"""From any photo to one person, or one garment, in a frame: a 3:4 box on it, at which networks look.

Points are continuous: a photo's left edge is 0, its right edge its width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.backgrounds import backdrop_masks
from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES, REGION_CLASSES, REGIONS, tryon_region
from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError, unknown
from modiste.images import SIZE as SMALL_SIZE
from modiste.images import fit
from modiste.types import Keypoints, Map, Mask, Pixels

SIZE = (256, 192)
"""Height and width at which networks see a person."""
MIRRORED = tuple(
    KEYPOINTS.index(name.replace("left", "?").replace("right", "left").replace("?", "right")) for name in KEYPOINTS
)
"""Index of the joint that each one becomes in a mirror."""
SMALL = 0.6
"""Share of the frame's height under which a person is looked at again from near."""
MARGIN = 0.06
"""Around the person in the nearer frame, on each side."""
WIDE = 0.35
"""Around an object that may turn out to be a person."""
IN_SIGHT = 0.3
"""A joint's confidence above which it counts; two people share theirs."""
FEWEST = 4
"""Joints without which there is nobody."""
SPECK = 0.003
"""Share of the frame under which a silhouette is none."""
NEARLY, SURE = 0.84, 0.55
"""Of a photo's confidence, and at least, what a parser of drawings reaches on drawings and hardly on photographs."""
FLESH = 0.01
"""Share of skin and hair without which a silhouette is an object."""
CROWN = 0.004
"""Share of a silhouette that a head's hair or hat covers at least."""
WORN = 0.0015
"""Share of the frame that a garment on a person covers at least; shoes are small."""
COVER = (0.02, 0.75)
"""Shares of a photo between which a garment is taken to have been found."""
_ALIKE = {"top": "outer", "outer": "top", "bottom": "legwear", "legwear": "bottom"}
"""Regions whose garments look alike: a cardigan may be worn as either, leggings too."""

_BACKGROUND, _SKIN, _HAIR, _HAT = (PARSING_CLASSES.index(name) for name in ("background", "skin", "hair", "hat"))

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Points = NDArray[np.floating]


@dataclass(frozen=True)
class Frame:
    """A box in the photo's pixels; it may reach beyond the photo."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def whole(cls, image: Image.Image) -> Frame:
        """The smallest frame around the whole photo."""
        return cls.around((0, 0, image.width, image.height), image)

    @classmethod
    def around(cls, box: Box, image: Image.Image, margin: float = 0.0) -> Frame:
        """The smallest frame around a box with a margin, a share of its longer side, on each side.

        It is moved, but not shrunk, to lie on the photo as far as it can.
        """
        left, top, right, bottom = box
        extra = 2 * margin * max(right - left, bottom - top)
        wide, high = max(right - left, 1.0) + extra, max(bottom - top, 1.0) + extra
        ratio = SIZE[1] / SIZE[0]
        width, height = max(wide, high * ratio), max(high, wide / ratio)
        x, y = (
            (limit - length) / 2 if length >= limit else min(max((first + last - length) / 2, 0.0), limit - length)
            for first, last, length, limit in ((left, right, width, image.width), (top, bottom, height, image.height))
        )
        return cls(x, y, width, height)

    def cut(self, image: Image.Image, size: tuple[int, int] = SIZE) -> Pixels:
        """Cut the frame out of its photo; beyond the photo lies its edge's colour. Shape: (height, width, 3)."""
        pixels = np.asarray(image)
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        canvas = np.full((*size, 3), np.median(edge, axis=0), np.uint8)
        return self._drawn(image, canvas, Image.Resampling.BICUBIC)

    def cut_map(self, map: Map, size: tuple[int, int] = SIZE) -> Map:
        """Cut the frame out of a map of the photo's size; beyond it lies background. Shape: (height, width)."""
        return self._drawn(Image.fromarray(map), np.zeros(size, np.uint8), Image.Resampling.NEAREST)

    def _to_photo(self, points: Points, size: tuple[int, ...] = SIZE) -> NDArray[np.float32]:
        """Columns and rows in the frame's pixels to the photo's; what else stands in a row stays. Shape: (..., 2+)."""
        moved = np.array(points, np.float32)
        moved[..., 0] = self.left + moved[..., 0] * (self.width / size[1])
        moved[..., 1] = self.top + moved[..., 1] * (self.height / size[0])
        return moved

    def to_frame(self, points: Points, size: tuple[int, ...] = SIZE) -> NDArray[np.float32]:
        """The way back."""
        moved = np.array(points, np.float32)
        moved[..., 0] = (moved[..., 0] - self.left) * (size[1] / self.width)
        moved[..., 1] = (moved[..., 1] - self.top) * (size[0] / self.height)
        return moved

    def _drawn(self, image: Image.Image, canvas: Pixels, resampling: Image.Resampling) -> Pixels:
        """A canvas with what the frame covers of a picture on it."""
        size = canvas.shape
        corners = np.array([(0, 0), (image.width, image.height)], np.float32)
        inside = self.to_frame(corners, size).round().astype(int).clip((0, 0), (size[1], size[0]))
        (left, top), (right, bottom) = inside.tolist()
        if right > left and bottom > top:
            x0, y0, x1, y1 = self._to_photo(inside, size).clip((0, 0), (image.width, image.height)).ravel().tolist()
            gap = 2.0 if resampling is Image.Resampling.BICUBIC else None
            part = image.resize((right - left, bottom - top), resampling, box=(x0, y0, x1, y1), reducing_gap=gap)
            canvas[top:bottom, left:right] = np.asarray(part)
        return canvas


@dataclass(frozen=True)
class Parsed:
    """Map and joints of one frame."""

    map: Map
    """Indices in PARSING_CLASSES. Shape: (256, 192)."""
    keypoints: Keypoints
    """Column and row in the frame's pixels, and confidence 0-1, in the order of KEYPOINTS. Shape: (17, 3)."""


class Parser(Protocol):
    """Predicts the class of each pixel, and the joints, of a person."""

    name: str
    """As given to `open_parser`, such as `parser-photos`."""
    revision: str
    """First digits of the weights' SHA-256."""

    def parse(self, pixels: Pixels) -> Sequence[Parsed]:
        """Frames, RGB 0-255, to maps and keypoints. Shape: (n, 256, 192, 3)."""


@dataclass(frozen=True)
class Scene:
    """A person, or a garment that lies alone, in the frame in which networks see it."""

    pixels: Pixels
    """Shape: (h, w, 3)."""
    map: Map
    """Indices in PARSING_CLASSES; of several people the largest alone. Shape: (h, w)."""
    keypoints: Keypoints
    """x and y in pixels, and confidence, 0 throughout where nobody is there. Shape: (17, 3)."""

    def mask(self, region: str) -> Mask:
        """Mask of a region's garment. Shape: (h, w)."""
        return np.isin(self.map, region_classes(region))


@dataclass(frozen=True)
class Seen(Scene):
    """A photo's person or garment, in a frame of `SIZE`."""

    frame: Frame
    """The box on the photo."""
    people: int
    """Number of people; 0 on a photo of a garment that lies alone, or of a landscape."""

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
    corners = np.reshape(_box(max(bodies, key=np.sum)), (2, 2))
    if seen.people <= 1 and np.ptp(corners[:, 1]) >= SMALL * SIZE[0]:
        return seen
    x0, y0, x1, y1 = seen.frame._to_photo(corners).ravel().tolist()
    # of somebody who is very small only a part may have been seen, and taken for an object
    near = _through(Frame.around((x0, y0, x1, y1), image, MARGIN if seen.people else WIDE), image, parser)
    if not near.people:
        return seen
    map = _without_others(near, seen) if seen.people > 1 else near.map
    return replace(near, map=map, people=max(seen.people, 1))


def look_with(image: Image.Image, parsers: Sequence[Parser]) -> tuple[Seen, Parser]:
    """Find the person in a photo or drawing, and the parser that sees its kind of picture.

    A parser that learnt from photographs sees drawn joints too; one that learnt from drawings is sure of drawn ones
    alone.

    Args:
        parsers: the first one of photographs, the others of drawings.
    """
    seen, best = look(image, parsers[0]), parsers[0]
    for parser in parsers[1:]:
        drawn = look(image, parser)
        if drawn.confidence >= max(SURE, NEARLY * seen.confidence):
            seen, best = drawn, parser
    return seen, best


def region_classes(*regions: str) -> list[int]:
    """The values of some regions' classes in a map.

    Raises:
        UsageError: there is no such region.
    """
    for region in regions:
        if region not in REGION_CLASSES:
            raise unknown("region", region, REGION_CLASSES)
    return [PARSING_CLASSES.index(name) for region in regions for name in REGION_CLASSES[region]]


def garment_of(image: Image.Image, parser: Parser, region: str) -> Seen:
    """Find the garment of a region: on a person, whose whole map is given, or alone.

    A garment alone is what the parser takes for garments; where a studio's backdrop says otherwise, what stands before
    it. Either is given the region's class, whatever the parser takes it for.

    Raises:
        UsageError: no such region, or the photo doesn't show it.
    """
    classes = region_classes(region)
    seen = look(image, parser)
    if seen.people:
        if seen.mask(region).mean() < WORN:
            shown = [name for name in REGIONS if seen.mask(name).mean() >= WORN]
            raise UsageError(
                f"the person on the photo wears no {' or '.join(REGION_CLASSES[region])} that can be seen, only "
                f"{', '.join(shown) or 'nothing that can be tried on'}; give a photo that shows it"
            )
        return seen
    garment = _alone(image, seen, classes)
    if garment is None:
        raise UsageError(
            f"the photo shows no {region}: neither a person nor a garment before a plain backdrop; give one that does"
        )
    areas = [(seen.map[garment] == value).sum() for value in classes]
    return replace(seen, map=(garment * classes[int(np.argmax(areas))]).astype(np.uint8))


def foreground(image: Image.Image) -> Mask:
    """Mask of what stands before a studio's backdrop, of everything where there is none.

    Shape: (height, width) of the photo.
    """
    scale = min(SMALL_SIZE[1] / image.width, SMALL_SIZE[0] / image.height)
    height, width = (
        min(limit, max(1, round(side * scale))) for limit, side in zip(SMALL_SIZE, image.size[::-1], strict=True)
    )
    top, left = (SMALL_SIZE[0] - height) // 2, (SMALL_SIZE[1] - width) // 2
    pixels = fit(image)
    if np.median(pixels[[0, -1]]) < 100:  # backdrops are recognised by their light, dark ones in the negative
        pixels = 255 - pixels
    mask = backdrop_masks(pixels[None])[0][top : top + height, left : left + width]
    product = Image.fromarray((~mask).astype(np.uint8) * 255).resize(image.size, Image.Resampling.BILINEAR)
    return np.asarray(product) > 127


def check_kind(image: Image.Image, region: str, encoder: str) -> None:
    """Refuse a photo of a garment that lies alone and is worn in another region, as its likeliest category says.

    Args:
        encoder: name of weights that predict categories.

    Raises:
        UsageError: the photo shows what is worn elsewhere.
    """
    network, regions = _classifier(encoder)
    logits = network.logits(fit(image)[None])["category"][0]
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    # what is worn in no region takes its share too
    likely = {name: float(shares[[worn == name for worn in regions]].sum()) for name in REGIONS}
    shown = max(likely, key=lambda name: likely[name])
    if max(likely[region], likely[_ALIKE.get(region, region)]) < 0.3 * likely[shown]:
        raise UsageError(
            f"the photo shows what is worn as {shown}, not as {region}; name {shown} as its region, or give a photo "
            "that shows what was meant"
        )


@lru_cache(2)
def _classifier(encoder: str) -> tuple[TrainedEncoder, list[str | None]]:
    """An encoder, and the region of each of its categories."""
    network = TrainedEncoder(encoder)
    return network, list(map(tryon_region, network.labels["category"]))


def _through(frame: Frame, image: Image.Image, parser: Parser) -> Seen:
    pixels = frame.cut(image)
    parsed = parser.parse(pixels[None])[0]
    people = _people(parsed.map, parsed.keypoints)
    keypoints = parsed.keypoints if people else parsed.keypoints * np.array([1, 1, 0], np.float32)
    return Seen(pixels, parsed.map, keypoints, frame, people)


def _people(map: Map, keypoints: Keypoints) -> int:
    """Count silhouettes of flesh, or heads where people touch; nobody without joints, if the parser predicts any."""
    bodies, confidence = _bodies(map), keypoints[:, 2]
    if not bodies or ((confidence > 0).any() and (confidence >= IN_SIGHT).sum() < FEWEST):
        return 0
    largest = max(body.sum() for body in bodies)
    return sum(_heads(map, body) for body in bodies if body.sum() >= 0.15 * largest)


def _heads(map: Map, body: Mask) -> int:
    """Count the heads on one silhouette, one at least: blobs of hair or hats as high as the highest, and beside it."""
    boxes = [_box(crown) for crown in _blobs(body & ((map == _HAIR) | (map == _HAT)), CROWN * body.sum())]
    tall, highest = np.ptp(np.flatnonzero(body.any(1))) + 1, min((box[1] for box in boxes), default=0.0)
    heads, reach = 0, -np.inf
    for left, top, right, _ in sorted(boxes, key=lambda box: box[0]):
        # one head's hair may fall on both sides of its face
        if top - highest < 0.25 * tall and left - reach > 0.12 * tall:
            heads, reach = heads + 1, right
    return max(1, heads)


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


def _box(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _without_others(near: Seen, first: Seen) -> Map:
    """The nearer map without what belongs to a smaller silhouette of the first one; people who touch stay together."""
    others = np.any([np.zeros_like(first.map, np.bool_), *sorted(_bodies(first.map), key=np.sum)[:-1]], 0)
    middles = np.stack(np.meshgrid(np.arange(SIZE[1]), np.arange(SIZE[0])), 2) + 0.5
    cells = first.frame.to_frame(near.frame._to_photo(middles)).astype(int)
    inside = ((cells >= 0) & (cells < SIZE[::-1])).all(2)
    cells = cells.clip(0, np.array(SIZE[::-1]) - 1)
    theirs = others[cells[..., 1], cells[..., 0]] & inside
    map = near.map.copy()
    for blob in _blobs(map != _BACKGROUND, 1):
        if (theirs & blob).sum() > 0.5 * blob.sum():
            map[blob] = _BACKGROUND
    return map


def _alone(image: Image.Image, seen: Seen, classes: list[int]) -> Mask | None:
    """Mask of a garment that lies alone, None without any.

    Where the backdrop and the parser mean the same object, the sharper edge of the two.
    """
    parsed: Mask = seen.map != _BACKGROUND
    standing = foreground(image)
    if not COVER[0] < standing.mean() < 0.97:  # no backdrop; on a street or a floor only what looks like it counts
        like = np.isin(seen.map, classes).sum() >= 0.3 * parsed.sum()
        return parsed if parsed.mean() > COVER[0] and like else None
    front = seen.frame.cut_map(standing.astype(np.uint8)).astype(bool)
    rim = np.concatenate([parsed[0], parsed[-1], parsed[:, 0], parsed[:, -1]])
    if parsed.mean() <= COVER[0] or rim.mean() > 0.5:  # the parser has taken the backdrop for a garment
        return front
    overlap = (parsed & front).sum() / max(1, (parsed | front).sum())
    if overlap < 0.5 or _contrast(seen.pixels, parsed) > _contrast(seen.pixels, front):
        return parsed
    return front


def _contrast(pixels: Pixels, mask: Mask) -> float:
    """Gradient of the colours along a mask's edge; it is small at a shadow's, which a backdrop mask takes along."""
    from scipy import ndimage

    soft = ndimage.gaussian_filter(pixels.astype(np.float32), (0.7, 0.7, 0))
    steep = sum(ndimage.sobel(soft, axis) ** 2 for axis in (0, 1)).sum(2)
    rim = mask & ~ndimage.binary_erosion(mask)
    return float(np.median(ndimage.maximum_filter(steep, 3)[rim])) if rim.any() else 0.0
