"""Scenes, which try-on works on, and the body in them as bones: the position of one person's pixel on another.

O-VITON's body model is DensePose; here it is 17 keypoints, from which come the bones and the coarse parts of a body,
a declared deviation. Each bone carries a frame of its own; a pixel near several bones follows a blend of them (linear
blend skinning), so that sleeves follow arms and trousers follow legs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.parsing import Scene
from modiste.types import Floats, Map, Mask

Points = NDArray[np.float32]

CLASS = {name: index for index, name in enumerate(PARSING_CLASSES)}
"""Parsing class to its value in a map."""
OCCLUDERS = tuple(CLASS[name] for name in ("hair", "hat", "accessory", "bag"))
"""Classes that lie over garments and hide some of them."""
BARE = tuple(CLASS[name] for name in ("background", "skin", "hair"))
"""Classes that aren't worn."""
SEEN = 0.3
"""Least confidence of a keypoint that counts."""
MARGIN = 0.03
"""Room around a person, as a share of their height."""
# The median body of Clothing Co-Parsing's photos, from the middle of the shoulders, in lengths of the torso.
_STANDING = np.array(
    [[0, -0.38], [0.06, -0.45], [-0.06, -0.45], [0.12, -0.41], [-0.12, -0.41], [0.315, 0], [-0.315, 0], [0.39, 0.54],
     [-0.39, 0.54], [0.4, 0.99], [-0.4, 0.99], [0.176, 1], [-0.176, 1], [0.15, 1.78], [-0.15, 1.78], [0.11, 2.47],
     [-0.11, 2.47]],
    np.float32,
)  # fmt: skip


def covers(map: Map, classes: Iterable[int]) -> Mask:
    """Mask of the pixels of a map that have one of some classes."""
    return np.isin(map, list(classes))


def alone(scene: Scene) -> bool:
    """True if a garment lies without anybody in it."""
    return bool((scene.keypoints[:, 2] < SEEN).all())


def present(scene: Scene, region: str) -> list[str]:
    """The parsing classes of a region that a scene shows, a skirt first; the region's own where it shows none."""
    names = ("skirt", "bottom") if region == "bottom" else (region,)
    areas = {name: int((scene.map == CLASS[name]).sum()) for name in names}
    return [name for name, area in areas.items() if area and area >= 0.2 * max(areas.values())] or [region]


def hides(scene: Scene, region: str) -> Mask:
    """Mask of what lies over a region's garment: hair, a bag, a hat, and what is worn above it. Shape: (h, w)."""
    above = {"top": ("outer",), "dress": ("outer",), "bottom": ("top", "outer"), "legwear": ("shoes", "bottom")}
    over = [CLASS[name] for name in above.get(region, ())]
    return covers(scene.map, [*OCCLUDERS, *over])


@dataclass(frozen=True)
class Bone:
    """A piece of a body that moves as one."""

    origin: Points
    """Shape: (2,)."""
    axes: Points
    """Across and along as columns, in pixels. Shape: (2, 2)."""
    end: Points
    """End of the segment that begins at the origin. Shape: (2,)."""
    thickness: float
    """Half of it, in pixels."""

    def share(self, points: Points) -> Floats:
        """Position of points along the bone: 0 at its origin, 1 at its end. Shape: (n, 2) to (n,)."""
        along = self.end - self.origin
        return np.asarray((points - self.origin) @ along / max(float(along @ along), 1e-6), np.float32)

    def distance(self, points: Points) -> Floats:
        """Distance of points from the bone's surface, 0 inside. Shape: (n, 2) to (n,)."""
        nearest = np.clip(self.share(points), 0, 1)[:, None] * (self.end - self.origin)
        away = np.hypot(*(points - self.origin - nearest).T)
        return np.asarray(np.maximum(away - self.thickness, 0), np.float32)


ARMS = ("left_upper_arm", "right_upper_arm", "left_lower_arm", "right_lower_arm")
LEGS = ("left_thigh", "right_thigh", "left_shin", "right_shin")
SKIRT = ("lap", "shins")
FEET = ("left_foot", "right_foot")
FOLLOWED: Mapping[str, tuple[str, ...]] = {
    "top": ("torso", *ARMS, "lap"),
    "outer": ("torso", *ARMS, *SKIRT),
    "dress": ("torso", *ARMS, *SKIRT),
    "jumpsuit": ("torso", *ARMS, *LEGS),
    "bottom": ("torso", *LEGS),
    "skirt": ("torso", *SKIRT),
    "legwear": ("torso", *LEGS, *FEET),
    "shoes": ("left_shin", "right_shin", *FEET),
    "bag": ("torso",),
    "hat": ("head",),
}
"""Parsing class to the bones that its garments follow; a jumpsuit is a dress with legs."""
STANDS_OFF = {"lap": 0.6, "shins": 0.8, "torso": 0.35, "head": 1.0, **dict.fromkeys(FEET, 0.3)}
"""Bone to how far a garment stands off it at most, in lengths of the torso; 0.22 by default."""


def stand_in(keypoints: Points) -> Points:
    """x and y of all joints: those that aren't seen are placed as a standing body that fits the others has them.

    Shape, with confidence, (17, 3) to (17, 2).
    """
    seen = keypoints[:, 2] >= SEEN
    points = keypoints[:, :2].astype(np.float32)
    if seen.sum() < 2:
        return np.asarray(_STANDING * 60 + np.array([96, 60]), np.float32)
    centre, middle = _STANDING[seen].mean(0), points[seen].mean(0)
    apart = _STANDING[seen] - centre
    scale = float((apart * (points[seen] - middle)).sum()) / max(float((apart**2).sum()), 1e-6)
    scale = max(scale, 5.0)  # without turning
    guess = _STANDING * scale + (middle - scale * centre)
    return np.asarray(np.where(seen[:, None], points, guess), np.float32)


def standing(shoulders: tuple[float, float], torso: float) -> Points:
    """Keypoints of a body that stands upright, as the wearer of a garment that lies alone."""
    points = _STANDING * torso + np.array(shoulders, np.float32)
    return np.concatenate([points, np.ones((len(points), 1), np.float32)], 1)


def torso(points: Points) -> float:
    """From the middle of the shoulders to that of the hips, in pixels: the unit of all else. Shape: (17, 2)."""
    return max(float(np.linalg.norm(points[11:13].mean(0) - points[5:7].mean(0))), 8.0)


def bones(points: Points) -> dict[str, Bone]:
    """The bones of a body. `points` has x and y of 17 joints. Shape: (17, 2)."""
    joint, unit = dict(zip(KEYPOINTS, points, strict=True)), torso(points)
    neck, hips, knees, ankles = (
        (joint[f"left_{name}"] + joint[f"right_{name}"]) / 2 for name in ("shoulder", "hip", "knee", "ankle")
    )
    spine = _long_enough(hips - neck, unit)
    across = joint["left_shoulder"] - joint["right_shoulder"]
    normal, least = np.array([spine[1], -spine[0]]) / np.linalg.norm(spine), 0.35 * unit
    if abs(width := float(across @ normal)) < least:  # or a garment would be drawn out of a sliver
        across = np.asarray(across + normal * ((least if width >= 0 else -least) - width), np.float32)
    body = {
        "torso": Bone(neck, _columns(across, spine), neck + spine, 0.4 * float(np.linalg.norm(across))),
        "lap": Bone(hips, _columns(across, _long_enough(knees - hips, 0.3 * unit)), knees, 0.15 * unit),
        "shins": Bone(knees, _columns(across, _long_enough(ankles - knees, 0.3 * unit)), ankles, 0.15 * unit),
        "head": _upright(joint["nose"], unit, 0.25),
    }
    for side in ("left", "right"):
        for name, start, end, thick in (
            ("upper_arm", "shoulder", "elbow", 0.08),
            ("lower_arm", "elbow", "wrist", 0.07),
            ("thigh", "hip", "knee", 0.12),
            ("shin", "knee", "ankle", 0.08),
        ):
            body[f"{side}_{name}"] = _limb(joint[f"{side}_{start}"], joint[f"{side}_{end}"], unit, thick)
        body[f"{side}_foot"] = _upright(joint[f"{side}_ankle"], unit, 0.12)
    return body


def _limb(start: Points, end: Points, unit: float, thick: float) -> Bone:
    along = _long_enough(end - start, 0.15 * unit)
    across = np.array([along[1], -along[0]]) / np.linalg.norm(along) * unit * 0.3
    return Bone(start, _columns(across, along), start + along, thick * unit)


def _upright(origin: Points, unit: float, thick: float) -> Bone:
    end = origin + np.array([0, 0.15 * unit], np.float32)
    return Bone(origin, (np.eye(2) * unit).astype(np.float32), end, thick * unit)


def _columns(across: Points, along: Points) -> Points:
    return np.stack([across, along], 1).astype(np.float32)


def _long_enough(vector: Points, least: float) -> Points:
    """A vector of a foreshortened limb, made as long as it must be to carry a frame; downwards if it has no length."""
    length = float(np.linalg.norm(vector))
    if length < 1e-3:
        return np.array([0, least], np.float32)
    return np.asarray(vector * max(1.0, least / length), np.float32)


def follow(query: Points, reference: Points, names: Sequence[str], grid: Points) -> Points:
    """Positions on the reference of the points of a grid over the query, by the bones that a garment follows.

    Shapes, of both bodies' joints and the points: (17, 2), (17, 2), (n, 2) to (n, 2).
    """
    here, there = bones(query), bones(reference)
    width = 0.1 * float(np.linalg.norm(here["torso"].axes[:, 1]))  # of the blend between two bones
    away = np.stack([(here[name].distance(grid) / width) ** 2 for name in names])
    weights = np.exp(-(away - away.min(0)))
    weights /= weights.sum(0)
    moved = np.zeros_like(grid)
    for name, weight in zip(names, weights, strict=True):
        turn = there[name].axes @ np.linalg.inv(here[name].axes)
        moved += weight[:, None] * (there[name].origin + (grid - here[name].origin) @ turn.T)
    return np.asarray(moved, np.float32)


def parts(points: Points, height: int, width: int) -> Mask:
    """Head, torso, arms and legs of a body as coarse shapes. Shape: (4, height, width)."""
    body, grid = bones(points), cells(height, width)
    groups = (("head",), ("torso",), ARMS, LEGS)
    near = [np.min([body[name].distance(grid) for name in group], 0) <= 0 for group in groups]
    return np.stack(near).reshape(len(groups), height, width)


def cells(height: int, width: int, size: tuple[int, ...] = ()) -> Points:
    """The middles of a grid's cells, in pixels of a picture of `size`, row by row. Shape: (height * width, 2)."""
    tall, wide = size or (height, width)
    y, x = np.meshgrid(
        (np.arange(height) + 0.5) * tall / height - 0.5, (np.arange(width) + 0.5) * wide / width - 0.5, indexing="ij"
    )
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)


def person_box(map: Map, points: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all that is somebody's, in the map's pixels."""
    labels, _ = ndimage.label(map > 0)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    rows, columns = np.nonzero((sizes >= 0.1 * sizes.max())[labels] & (labels > 0))
    joints = points[points[:, 2] >= SEEN, :2].clip(0, (map.shape[1], map.shape[0]))
    xs, ys = np.concatenate([columns, joints[:, 0]]), np.concatenate([rows, joints[:, 1]])
    return float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1
