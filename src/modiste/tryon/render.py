"""The picture at the photo's own size, where the garments' own pixels are taken at theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.parsing import SIZE, Seen
from modiste.tryon.canvas import (
    BLED,
    FOLD,
    bounds,
    chosen_classes,
    evidence,
    folded_in,
    goes_on,
    one_hot,
    to_pixels,
    to_tensor,
)
from modiste.tryon.fields import enlarge, here, sample
from modiste.tryon.model import Dressed, Plan
from modiste.tryon.scene import CLASS, Scene, covers, region_classes
from modiste.types import Map, Mask

LARGEST = 3072
"""Pixels of height at which a garment is rendered; beyond it the picture is enlarged."""
FINEST = 4
"""Times the networks' size at which a garment's edge is drawn at most."""


@dataclass(frozen=True)
class Garment:
    """A garment's photo, its frame and what is in it."""

    image: Image.Image
    seen: Seen

    @property
    def scene(self) -> Scene:
        """What the networks see."""
        return Scene(self.seen.pixels, self.seen.map, self.seen.keypoints)

    def as_top(self) -> Garment:
        """What was given as a dress, as a top."""
        map = np.where(self.seen.map == CLASS["dress"], CLASS["top"], self.seen.map).astype(np.uint8)
        return replace(self, seen=replace(self.seen, map=map))


@dataclass(frozen=True)
class Person:
    """Whoever is to be dressed."""

    image: Image.Image
    """The photo, turned so that the person stands upright."""
    seen: Seen
    """Where the person is on it, and what is."""
    quarters: int = 0
    """Quarter turns, counter-clockwise, by which the photo was turned."""
    notes: tuple[str, ...] = ()
    """What was assumed."""
    before: Image.Image | None = None
    """The photo as it was given, where `image` shows the person without the garments that are replaced."""
    worn: Map | None = None
    """The map of what was worn there, in the frame. Shape: (256, 192)."""


def render(image: Image.Image, seen: Seen, plan: Plan, worn: Mapping[str, Garment]) -> tuple[Tensor, Tensor]:
    """The rough picture of a plan at the photo's own resolution, where the references' pixels are taken at full size.

    Returns:
        RGB 0-1 of the frame, shape (3, h, w), and how much of it is new, 0 where the query stays, shape (1, h, w).
    """
    height = min(LARGEST, max(1, round(seen.frame.height)))
    size = (height, max(1, round(height * seen.frame.width / seen.frame.height)))
    rough, likely = _enlarged(plan.canvas.rough, size), _smooth(one_hot(plan.map), size)
    query, worn_values = plan.query, chosen_classes(worn)
    whole = to_tensor(seen.frame.cut(image, size))
    places = _scaled(here(*size), size)
    for value in set(np.unique(plan.map[plan.changed]).tolist()) - worn_values:
        place = (plan.map == value) & plan.changed
        if goes_on(value, place):
            tall, wide = _bounds(place, size)
            (mask,) = evidence(query, [value], plan.changed)
            folded, trust = _folded_finely(places[:, tall, wide], mask, size)
            own = sample(whole, _unscaled(folded, size))
            rough[:, tall, wide] = _mixed(rough[:, tall, wide], own, trust, likely[value, tall, wide])
    for region, garment in worn.items():
        scale = _sharpness(garment, size[0])
        theirs = to_tensor(garment.seen.frame.cut(garment.image, (SIZE[0] * scale, SIZE[1] * scale)))
        inside = ndimage.binary_erosion(garment.scene.mask(region), iterations=BLED)
        place = covers(plan.map, region_classes(region))
        if not place.any():
            continue
        tall, wide = _bounds(place, size)
        folded, trust = _folded_finely(enlarge(plan.fields[region], *size)[:, tall, wide], inside, size)
        own, there = sample(theirs, (folded + 0.5) * scale - 0.5), likely[list(region_classes(region))].sum(0)
        rough[:, tall, wide] = _mixed(rough[:, tall, wide], own, trust, there[tall, wide])
    return rough, _edge(plan, size)


def _folded_finely(dense: Tensor, inside: Mask, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """`folded_in` at a mask of about the picture's size, without the staircase of the networks' size."""
    times = max(1, min(round(size[0] / SIZE[0]), FINEST))
    fine = _smooth(torch.from_numpy(inside)[None].float(), (SIZE[0] * times, SIZE[1] * times))[0] > 0.5
    folded, trust = folded_in((dense + 0.5) * times - 0.5, fine.numpy(), FOLD * times)
    return (folded + 0.5) / times - 0.5, trust


def _bounds(place: Mask, size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns that a mask spans in a frame of some size, with a pixel's margin."""
    tall, wide = (
        slice(int(max(side.start - 1, 0) * length / whole), int(min(side.stop + 1, whole) * length / whole))
        for side, length, whole in zip(bounds(place), size, SIZE, strict=True)
    )
    return tall, wide


def _mixed(rough: Tensor, own: Tensor, trust: Tensor, likely: Tensor) -> Tensor:
    """The rough picture with pixels of a class, where it probably is. Shapes: (3, h, w), (1, h, w) and (h, w)."""
    share = trust * ((likely - 0.35) / 0.3).clamp(0, 1)
    return share * own + (1 - share) * rough


def _scaled(places: Tensor, size: tuple[int, int]) -> Tensor:
    """Places in a frame of some size, at the networks' size. Shape: (2, h, w)."""
    ratio = torch.tensor([SIZE[1] / size[1], SIZE[0] / size[0]])[:, None, None]
    return (places + 0.5) * ratio - 0.5


def _unscaled(places: Tensor, size: tuple[int, int]) -> Tensor:
    """The way back."""
    ratio = torch.tensor([size[1] / SIZE[1], size[0] / SIZE[0]])[:, None, None]
    return (places + 0.5) * ratio - 0.5


def _smooth(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Planes of a map enlarged, without its staircase."""
    return _enlarged(F.avg_pool2d(F.avg_pool2d(planes[None], 3, 1, 1), 3, 1, 1)[0], size)


def _edge(plan: Plan, size: tuple[int, int]) -> Tensor:
    """How much of the picture is new: all of it where the map changes, less over a narrow rim. Shape: (1, h, w)."""
    return ((_smooth(torch.from_numpy(plan.changed)[None].float(), size) - 0.3) / 0.4).clamp(0, 1)


def _sharpness(garment: Garment, height: int) -> int:
    """How many times the networks' size a reference is cut at: as much as it has, and as the query can show."""
    most = min(garment.seen.frame.height, 2.0 * height, LARGEST)
    return max(1, min(round(most / SIZE[0]), LARGEST // SIZE[0]))


def finished(image: Image.Image, seen: Seen, rough: Tensor, mask: Tensor, dressed: Dressed) -> Image.Image:
    """The photo with the frame's new pixels in their place."""
    assert dressed.stroke is not None
    size = (rough.shape[1], rough.shape[2])
    made = to_pixels(rough + _enlarged(dressed.stroke[0], size))
    whole = np.asarray(image).copy()
    place, pixels, share = _placed(image, seen, made, mask)
    old = whole[place].astype(np.float32)
    mixed = np.round(share * pixels + (1 - share) * old).astype(np.uint8)
    whole[place] = np.where(share > 0, mixed, whole[place])
    return Image.fromarray(whole)


def changed_pixels(person: Person, mask: Tensor) -> Image.Image:
    """White where the picture may differ from the photo. Mode L."""
    before = person.before or person.image
    whole = np.where((np.asarray(person.image) != np.asarray(before)).any(2), 255, 0).astype(np.uint8)
    place, _, share = _placed(person.image, person.seen, np.zeros((*mask.shape[1:], 3), np.uint8), mask)
    whole[place][share[..., 0] > 0] = 255
    return Image.fromarray(whole)


def _placed(
    image: Image.Image, seen: Seen, made: np.ndarray, mask: Tensor
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Where on the photo a frame lies, its pixels there and how much of them to take."""
    frame = seen.frame
    left, top = max(0, round(frame.left)), max(0, round(frame.top))
    right, bottom = (
        min(image.width, round(frame.left + frame.width)),
        min(image.height, round(frame.top + frame.height)),
    )
    height, width = made.shape[:2]
    box = (
        (left - frame.left) * width / frame.width, (top - frame.top) * height / frame.height,
        (right - frame.left) * width / frame.width, (bottom - frame.top) * height / frame.height,
    )  # fmt: skip
    box = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
    size = (right - left, bottom - top)
    pixels = Image.fromarray(made).resize(size, Image.Resampling.BICUBIC, box=box)
    share = Image.fromarray(mask[0].numpy()).resize(size, Image.Resampling.BILINEAR, box=box)
    return (slice(top, bottom), slice(left, right)), np.asarray(pixels, np.float32), np.asarray(share)[..., None]


def _enlarged(planes: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(planes[None], size, mode="bilinear", align_corners=False)[0]
