"""What try-on learns from: single photos of dressed people, and tasks made of them.

Nobody is seen twice, so a task is a photo to paint again: some of its garments are taken off (with a margin as if
another's garment had been there), lent to a stranger's body and taken back, which misplaces them the way that another
person's garment is misplaced, and the networks have to put them on again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modiste.catalog.categories import REGIONS
from modiste.errors import UsageError
from modiste.images import load_image
from modiste.lab.datasets.people import PersonPhoto
from modiste.parsing.base import MIRRORED
from modiste.parsing.frame import Frame
from modiste.tryon.align import body_field
from modiste.tryon.body import MARGIN, person_box, stand_in
from modiste.tryon.canvas import changed_mask, laid, lay_out, one_hot, to_tensor
from modiste.tryon.fields import Field, enlarge, follow_field, sample
from modiste.tryon.registration import hides, register
from modiste.tryon.scene import CLASS, OCCLUDERS, Scene, covers, region_classes
from modiste.tryon.shape import body_model, invented
from modiste.types import Mask

LEAST = 0.012
"""Share of a frame that a garment must cover to be worth a task."""
_TRIED = ("top", "bottom", "dress", "outer")
"""Regions whose garments tasks are made of most; the others now and then."""


@dataclass(frozen=True)
class Crowd:
    """Photos of people in their frames, as arrays."""

    pixels: NDArray[np.uint8]
    """Shape: (n, 256, 192, 3)."""
    maps: NDArray[np.uint8]
    """Shape: (n, 256, 192)."""
    keypoints: NDArray[np.float32]
    """Shape: (n, 17, 3)."""
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def scene(self, row: int) -> Scene:
        """One person."""
        return Scene(self.pixels[row], self.maps[row], self.keypoints[row])


def gather(photos: Sequence[PersonPhoto]) -> Crowd:
    """Read the photos that have a map and keypoints, each framed around its person.

    Raises:
        UsageError: there are none.
    """
    scenes, ids = [], []
    for photo in photos:
        if photo.map is not None and photo.keypoints is not None:
            scenes.append(framed(photo))
            ids.append(photo.id)
    if not scenes:
        raise UsageError(
            f"none of the {len(photos)} photos of people has both a parsing map and keypoints; try-on needs both "
            "(for Clothing Co-Parsing, pose_mediapipe33.json beside its photos)"
        )
    return Crowd(
        np.stack([scene.pixels for scene in scenes]), np.stack([scene.map for scene in scenes]),
        np.stack([scene.keypoints for scene in scenes]), tuple(ids),
    )  # fmt: skip


def framed(photo: PersonPhoto) -> Scene:
    """A photo whose map and keypoints are known, in the frame around its person."""
    image = load_image(photo.image)
    map = photo.read_map()
    assert photo.keypoints is not None
    points = photo.keypoints.copy()
    points[:, :2] *= (image.width, image.height)
    frame = Frame.around(person_box(map, points), image, MARGIN)
    return Scene(frame.cut(image), frame.cut_map(map), frame.to_frame(points))


class ShapeTask(NamedTuple):
    """A map to paint."""

    body: Tensor
    """Shape: (BODY, 128, 96)."""
    masks: Tensor
    """Shape: (13, 128, 96)."""
    zone: Tensor
    """Shape: (128, 96)."""
    target: Tensor
    """Shape: (128, 96)."""


class AppearanceTask(NamedTuple):
    """A photo to paint."""

    photo: Tensor
    """The true photo. Shape: (3, 256, 192)."""
    masks: Tensor
    """Its map. Shape: (13, 256, 192)."""
    source: Tensor
    """The photo that the codes of the garments come from. Shape: (3, 256, 192)."""
    source_masks: Tensor
    """Its map. Shape: (13, 256, 192)."""
    borrowed: Tensor
    """Which classes' codes come from there. Shape: (13,)."""
    rough: Tensor
    """Shape: (3, 256, 192)."""
    sampled: Tensor
    """Shape: (1, 256, 192)."""
    changed: Tensor
    """Shape: (1, 256, 192)."""
    told: Tensor
    """1 where the true photo says what is right, 0 inside a stranger's garment. Shape: (1, 256, 192)."""


def mirrored(scene: Scene) -> Scene:
    """A scene in a mirror."""
    points = scene.keypoints[list(MIRRORED)]
    points[:, 0] = scene.map.shape[1] - 1 - points[:, 0]
    return Scene(scene.pixels[:, ::-1].copy(), scene.map[:, ::-1].copy(), points)


def draw_regions(scene: Scene, random: np.random.Generator) -> list[str]:
    """One or two regions that a scene has garments in; none where it has none."""
    there = [region for region in REGIONS if scene.mask(region).mean() >= LEAST / (1 if region in _TRIED else 4)]
    weights = np.array([1.0 if region in _TRIED else 0.3 for region in there])
    if not there:
        return []
    count = min(len(there), 1 + int(random.random() < 0.3))
    chosen = random.choice(len(there), count, replace=False, p=weights / weights.sum())
    return [there[at] for at in sorted(chosen)]


def round_trip(scene: Scene, stranger: Scene, region: str, random: np.random.Generator) -> Field:
    """Where a scene's garment lies after a stranger has worn it: nearly, but not quite, where it was.

    Returns:
        x and y in the scene. Shape: (64, 48, 2).
    """
    there = body_field(jittered(stranger, random), scene, region)  # of the stranger's cells, on the scene
    back = body_field(jittered(scene, random), stranger, region)  # of the scene's cells, on the stranger
    return follow_field(there, back, scene.map.shape[0])


def jittered(scene: Scene, random: np.random.Generator, share: float = 0.02) -> Scene:
    """A scene whose joints are as wrong as a parser's may be."""
    points = scene.keypoints.copy()
    height = float(np.ptp(stand_in(points)[:, 1]))
    points[:, :2] += random.normal(0, share * height, points[:, :2].shape)
    return replace(scene, keypoints=points)


def shape_task(
    scene: Scene, stranger: Scene, others: Scene, regions: Sequence[str], size: tuple[int, int],
    random: np.random.Generator,
) -> ShapeTask:  # fmt: skip
    """Take garments off a map, and ask for it back.

    Args:
        stranger: who wears the garments in between.
        others: whose garments have been there instead, and leave the zone to be invented.
    """
    chosen = {value for region in regions for value in region_classes(region)}
    away = [_seen(others, region, body_field(scene, others, region)) for region in regions]
    aligned = {region: round_trip(scene, stranger, region, random) for region in regions}
    zone = invented(scene.map, [mask for mask in away if random.random() < 0.8], chosen)
    planes = one_hot(scene.map)
    masks = planes * torch.from_numpy(~zone)
    for region, field in aligned.items():
        dense = enlarge(field, *scene.map.shape)
        for value in region_classes(region):
            masks[value] = sample(planes[value : value + 1], dense)[0]
    return ShapeTask(
        body_model(scene, zone, size), shaken(F.adaptive_avg_pool2d(masks, size), random),
        F.adaptive_max_pool2d(torch.from_numpy(zone)[None].float(), size)[0],
        F.adaptive_avg_pool2d(planes, size).argmax(0),
    )  # fmt: skip


def shaken(masks: Tensor, random: np.random.Generator) -> Tensor:
    """Each class's mask moved by a random affine of its own, so that a code can't be copied (O-VITON, section 3.2)."""
    count, height, width = masks.shape
    turn, shear = np.deg2rad(random.uniform(-5, 5, count)), random.uniform(-0.06, 0.06, count)
    scale, shift = random.uniform(0.93, 1.07, (2, count)), random.uniform(-0.05, 0.05, (2, count))
    rows = [
        [[scale[0, i] * np.cos(turn[i]), -np.sin(turn[i]) + shear[i], shift[0, i]],
         [np.sin(turn[i]), scale[1, i] * np.cos(turn[i]), shift[1, i]]]
        for i in range(count)
    ]  # fmt: skip
    grid = F.affine_grid(torch.tensor(rows, dtype=torch.float32), [count, 1, height, width], align_corners=False)
    return F.grid_sample(masks[:, None], grid, align_corners=False)[:, 0]


def appearance_task(
    scene: Scene, stranger: Scene, regions: Sequence[str], random: np.random.Generator, *, swapped: bool = False,
    textured: bool = True,
) -> AppearanceTask:  # fmt: skip
    """Take garments off a photo, and ask for it back.

    Args:
        stranger: who wears the garments in between, or, `swapped`, whose garments are put on instead: then only what
            isn't garment has a true answer.
        textured: whether the garments' own pixels are given, or only their codes.
    """
    chosen = {value for region in regions for value in region_classes(region)}
    away = [_seen(stranger, region, body_field(scene, stranger, region)) for region in regions]
    over = covers(scene.map, {*OCCLUDERS, CLASS["skin"]} - chosen)
    grown = changed_mask(scene.map, scene.map, chosen, chosen)
    for mask in away:
        grown |= mask & ~over
    garments, source = {}, stranger if swapped else scene
    for region in regions:
        field = body_field(scene, stranger, region) if swapped else round_trip(scene, stranger, region, random)
        field = register(field, source.mask(region), scene.mask(region), hides(scene, region), hides(source, region))
        pixels, found = laid(source, region, field, scene.mask(region))
        garments[region] = (pixels, found) if textured else (torch.full_like(pixels, 0.5), torch.zeros_like(found))
    canvas = lay_out(scene, scene.map, garments, grown)
    planes, photo = one_hot(scene.map), to_tensor(scene.pixels)
    borrowed = torch.tensor([swapped and value in chosen for value in range(len(planes))])
    told = torch.from_numpy(~covers(scene.map, chosen))[None].float() if swapped else torch.ones_like(canvas.changed)
    return AppearanceTask(
        photo, planes, to_tensor(source.pixels), one_hot(source.map), borrowed, canvas.rough, canvas.sampled,
        canvas.changed, told,
    )  # fmt: skip


def _seen(scene: Scene, region: str, field: Field) -> Mask:
    """A scene's garment through a field. Shape: (256, 192)."""
    mask = torch.from_numpy(scene.mask(region))[None].float()
    return np.asarray(sample(mask, enlarge(field, *scene.map.shape))[0].numpy() > 0.5)
