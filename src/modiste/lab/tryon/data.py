"""Training data of try-on: single photos of dressed people, and tasks made of them.

Nobody is seen twice, so a task is a photo to paint again: some of its garments are taken off (with a margin as if
another's garment had been there), laid onto another person's body and back, which misplaces them the way that another
person's garment is misplaced, and the networks have to put them on again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from modiste.catalog.categories import REGIONS
from modiste.errors import UsageError
from modiste.images import load_image
from modiste.lab.datasets.people import PersonPhoto
from modiste.parsing import Scene
from modiste.parsing.frame import MIRRORED, Frame, region_classes
from modiste.tryon.align import Field, body_field, enlarge, follow_field, register, sample
from modiste.tryon.body import CLASS, MARGIN, OCCLUDERS, covers, hides, person_box, stand_in
from modiste.tryon.composite import changed_mask, laid, lay_out, one_hot, to_tensor
from modiste.tryon.model import body_model, generated_zone
from modiste.types import Mask

LEAST = 0.012
"""Share of a frame that a garment must cover to be worth a task."""
_FREQUENT = ("top", "bottom", "dress", "outer")
"""Regions whose garments tasks are made of most; the others now and then."""


def gather(photos: Sequence[PersonPhoto]) -> list[Scene]:
    """The people of the photos that have a map and keypoints, each framed.

    Raises:
        UsageError: there are none.
    """
    people = [framed(photo)[1] for photo in photos if photo.map is not None and photo.keypoints is not None]
    if not people:
        raise UsageError(
            f"none of the {len(photos)} photos of people has both a parsing map and keypoints; try-on needs both "
            "(for Clothing Co-Parsing, pose_mediapipe33.json beside its photos)"
        )
    return people


def framed(photo: PersonPhoto) -> tuple[Frame, Scene]:
    """The frame around the person of a photo whose map and keypoints are known, and the person in it.

    Raises:
        UsageError: it has none.
    """
    if photo.keypoints is None:
        raise UsageError(f"photo {photo.id} has no keypoints; name a parser")
    image, map = load_image(photo.image), photo.read_map()
    points = photo.keypoints.copy()
    points[:, :2] *= (image.width, image.height)
    frame = Frame.around(person_box(map, points), image, MARGIN)
    return frame, Scene(frame.cut(image), frame.cut_map(map), frame.to_frame(points))


class ShapeTask(NamedTuple):
    """Inputs of the shape network, and its target."""

    body: Tensor
    """Shape: (BODY, 128, 96)."""
    masks: Tensor
    """Shape: (13, 128, 96)."""
    zone: Tensor
    """Shape: (128, 96)."""
    target: Tensor
    """Shape: (128, 96)."""


class AppearanceTask(NamedTuple):
    """Inputs of the appearance network, and its target."""

    photo: Tensor
    """The target. Shape: (3, 256, 192)."""
    masks: Tensor
    """Its map. Shape: (13, 256, 192)."""
    source: Tensor
    """The photo that the codes of the garments come from. Shape: (3, 256, 192)."""
    source_masks: Tensor
    """Its map. Shape: (13, 256, 192)."""
    borrowed: Tensor
    """Mask of the classes whose codes come from there. Shape: (13,)."""
    composite: Tensor
    """Shape: (3, 256, 192)."""
    sampled: Tensor
    """Shape: (1, 256, 192)."""
    changed: Tensor
    """Shape: (1, 256, 192)."""
    supervised: Tensor
    """1 where the photo is the target, 0 inside another person's garment. Shape: (1, 256, 192)."""


def _mirrored(scene: Scene) -> Scene:
    """A scene in a mirror."""
    points = scene.keypoints[list(MIRRORED)]
    points[:, 0] = scene.map.shape[1] - 1 - points[:, 0]
    return Scene(scene.pixels[:, ::-1].copy(), scene.map[:, ::-1].copy(), points)


def _draw_regions(scene: Scene, random: np.random.Generator) -> list[str]:
    """One or two regions that a scene has garments in; none where it has none."""
    worn = [region for region in REGIONS if scene.mask(region).mean() >= LEAST / (1 if region in _FREQUENT else 4)]
    weights = np.array([1.0 if region in _FREQUENT else 0.3 for region in worn])
    if not worn:
        return []
    count = min(len(worn), 1 + int(random.random() < 0.3))
    chosen = random.choice(len(worn), count, replace=False, p=weights / weights.sum())
    return [worn[index] for index in sorted(chosen)]


def draw_shape_task(people: Sequence[Scene], row: int, random: np.random.Generator, size: tuple[int, int]) -> ShapeTask:
    """A shape task of a row's photo."""
    scene, others, regions = _draw(people, row, random)
    return _shape_task(scene, others[0], others[1], regions, size, random)


def draw_appearance_task(
    people: Sequence[Scene], row: int, random: np.random.Generator, swapped: float, untextured: float
) -> AppearanceTask:
    """An appearance task of a row's photo.

    Args:
        swapped: share of tasks in which another person's garment is put on.
        untextured: share of tasks without the texture path.
    """
    scene, others, regions = _draw(people, row, random)
    textured = random.random() >= untextured
    if random.random() < swapped:
        for other in others:
            shared = [region for region in regions if other.mask(region).mean() > 0.01]
            if shared:
                return _appearance_task(scene, other, shared, random, swapped=True, textured=True)
    return _appearance_task(scene, others[0], regions, random, textured=textured)


def _draw(people: Sequence[Scene], row: int, random: np.random.Generator) -> tuple[Scene, list[Scene], list[str]]:
    """A row's person, or another where it shows no garment, half of them in a mirror; eight others; and regions."""
    for _ in range(20):
        scene = people[row]
        regions = _draw_regions(scene, random)
        if regions:
            break
        row = int(random.integers(len(people)))
    others = [people[index] for index in random.integers(len(people), size=8).tolist()]
    return _mirrored(scene) if random.random() < 0.5 else scene, others, regions


def _round_trip(scene: Scene, wearer: Scene, region: str, random: np.random.Generator) -> Field:
    """Field to a scene's garment after a wearer in between: it lies nearly, but not quite, where it was.

    Returns:
        x and y in the scene. Shape: (64, 48, 2).
    """
    there = body_field(_jittered(wearer, random), scene, region)  # of the wearer's cells, on the scene
    back = body_field(_jittered(scene, random), wearer, region)  # of the scene's cells, on the wearer
    return follow_field(there, back, scene.map.shape[0])


def _jittered(scene: Scene, random: np.random.Generator, share: float = 0.02) -> Scene:
    """A scene whose joints are as wrong as a parser's may be."""
    points = scene.keypoints.copy()
    height = float(np.ptp(stand_in(points)[:, 1]))
    points[:, :2] += random.normal(0, share * height, points[:, :2].shape)
    return replace(scene, keypoints=points)


def _shape_task(
    scene: Scene, wearer: Scene, other: Scene, regions: Sequence[str], size: tuple[int, int],
    random: np.random.Generator,
) -> ShapeTask:  # fmt: skip
    """Take garments off a map, which is the target.

    Args:
        wearer: the wearer of the garments in between.
        other: a person whose garments widen the zone, as if they had been there instead.
    """
    chosen = set(region_classes(*regions))
    away = [_through(other, region, body_field(scene, other, region)) for region in regions]
    aligned = {region: _round_trip(scene, wearer, region, random) for region in regions}
    zone = generated_zone(scene.map, [mask for mask in away if random.random() < 0.8], chosen)
    planes = one_hot(scene.map)
    masks = planes * torch.from_numpy(~zone)
    for region, field in aligned.items():
        dense = enlarge(field, *scene.map.shape)
        for value in region_classes(region):
            masks[value] = sample(planes[value : value + 1], dense)[0]
    return ShapeTask(
        body_model(scene, zone, size), _shaken(F.adaptive_avg_pool2d(masks, size), random),
        F.adaptive_max_pool2d(torch.from_numpy(zone)[None].float(), size)[0],
        F.adaptive_avg_pool2d(planes, size).argmax(0),
    )  # fmt: skip


def _shaken(masks: Tensor, random: np.random.Generator) -> Tensor:
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


def _appearance_task(
    scene: Scene, other: Scene, regions: Sequence[str], random: np.random.Generator, *, swapped: bool = False,
    textured: bool = True,
) -> AppearanceTask:  # fmt: skip
    """Take garments off a photo, which is the target.

    Args:
        other: the wearer of the garments in between, or, `swapped`, the person whose garments are put on instead: then
            only what isn't garment has a target.
        textured: give the garments' own pixels; else only their codes.
    """
    chosen = set(region_classes(*regions))
    away = [_through(other, region, body_field(scene, other, region)) for region in regions]
    over = covers(scene.map, {*OCCLUDERS, CLASS["skin"]} - chosen)
    grown = changed_mask(scene.map, scene.map, chosen, chosen)
    for mask in away:
        grown |= mask & ~over
    garments, source = {}, other if swapped else scene
    for region in regions:
        field = body_field(scene, other, region) if swapped else _round_trip(scene, other, region, random)
        field = register(field, source.mask(region), scene.mask(region), hides(scene, region), hides(source, region))
        pixels, found = laid(source, region, field, scene.mask(region))
        garments[region] = (pixels, found) if textured else (torch.full_like(pixels, 0.5), torch.zeros_like(found))
    composite, sampled, changed = lay_out(scene, scene.map, garments, grown)
    planes, photo = one_hot(scene.map), to_tensor(scene.pixels)
    borrowed = torch.tensor([swapped and value in chosen for value in range(len(planes))])
    supervised = torch.ones_like(changed)
    if swapped:
        supervised = torch.from_numpy(~covers(scene.map, chosen))[None].float()
    return AppearanceTask(
        photo, planes, to_tensor(source.pixels), one_hot(source.map), borrowed, composite, sampled, changed, supervised,
    )  # fmt: skip


def _through(scene: Scene, region: str, field: Field) -> Mask:
    """A scene's garment through a field. Shape: (256, 192)."""
    mask = torch.from_numpy(scene.mask(region))[None].float()
    return np.asarray(sample(mask, enlarge(field, *scene.map.shape))[0].numpy() > 0.5)
