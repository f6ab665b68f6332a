"""The body as bones: where a pixel of one person lies on another.

O-VITON's body model is DensePose; here it is 17 keypoints, from which come the bones and the coarse parts of a body,
a declared deviation. Each bone carries a frame of its own; a pixel near several bones follows a blend of them (linear
blend skinning), so that sleeves follow arms and trousers follow legs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from modiste.catalog.categories import KEYPOINTS
from modiste.tryon.scene import Points
from modiste.types import Floats, Map, Mask

SEEN = 0.3
"""Least confidence of a keypoint that is believed."""
MARGIN = 0.03
"""Room around a person, as a share of their height."""
# The median body of Clothing Co-Parsing's photos, from the middle of the shoulders, in lengths of the torso.
_STANDING = np.array(
    [[0, -0.38], [0.06, -0.45], [-0.06, -0.45], [0.12, -0.41], [-0.12, -0.41], [0.315, 0], [-0.315, 0], [0.39, 0.54],
     [-0.39, 0.54], [0.4, 0.99], [-0.4, 0.99], [0.176, 1], [-0.176, 1], [0.15, 1.78], [-0.15, 1.78], [0.11, 2.47],
     [-0.11, 2.47]],
    np.float32,
)  # fmt: skip
_AT = {name: place for place, name in enumerate(KEYPOINTS)}


@dataclass(frozen=True)
class Bone:
    """A piece of a body that moves as one."""

    origin: Points
    """Shape: (2,)."""
    axes: Points
    """Across and along as columns, in pixels. Shape: (2, 2)."""
    end: Points
    """Where the segment that began at the origin ends. Shape: (2,)."""
    thickness: float
    """Half of it, in pixels."""

    def distance(self, points: Points) -> Floats:
        """How far points are from the bone's surface, 0 inside. Shape: (n, 2) to (n,)."""
        along = self.end - self.origin
        share = np.clip(((points - self.origin) @ along) / max(float(along @ along), 1e-6), 0, 1)
        away = np.hypot(*(points - self.origin - share[:, None] * along).T)
        return np.asarray(np.maximum(away - self.thickness, 0), np.float32)


ARMS = ("left_upper_arm", "right_upper_arm", "left_lower_arm", "right_lower_arm")
LEGS = ("left_thigh", "right_thigh", "left_shin", "right_shin")
SKIRT = ("lap", "shins")
FEET = ("left_foot", "right_foot")
_FOLLOWS: Mapping[str, tuple[str, ...]] = {
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


def stand_in(keypoints: Points) -> Points:
    """All joints of a body: those that aren't seen are put where a standing body that fits the others has them.

    Args:
        keypoints: x, y and confidence. Shape: (17, 3).

    Returns:
        x and y. Shape: (17, 2).
    """
    seen = keypoints[:, 2] >= SEEN
    points = keypoints[:, :2].astype(np.float32)
    if seen.sum() < 2:
        return np.asarray(_STANDING * 60 + np.array([96, 60]), np.float32)
    scale, shift = _fit(_STANDING[seen], points[seen])
    guess = _STANDING * scale + shift
    return np.asarray(np.where(seen[:, None], points, guess), np.float32)


def standing(shoulders: tuple[float, float], torso: float) -> Points:
    """Keypoints of a body that stands upright: what a garment that lies alone would be worn by."""
    points = _STANDING * torso + np.array(shoulders, np.float32)
    return np.concatenate([points, np.ones((len(points), 1), np.float32)], 1)


def _fit(template: Points, points: Points) -> tuple[float, Points]:
    """The scale and shift, without turning, that bring a template nearest to points."""
    centre, middle = template.mean(0), points.mean(0)
    spread = float(((template - centre) ** 2).sum())
    scale = float(((template - centre) * (points - middle)).sum()) / max(spread, 1e-6)
    scale = max(scale, 5.0)
    return scale, points.mean(0) - scale * centre


def torso(points: Points) -> float:
    """From the middle of the shoulders to that of the hips, in pixels: what all else is measured by. Shape: (17, 2)."""
    return max(float(np.linalg.norm(points[11:13].mean(0) - points[5:7].mean(0))), 8.0)


def bones(points: Points) -> dict[str, Bone]:
    """The bones of a body. `points` has x and y of 17 joints. Shape: (17, 2)."""
    joint = {name: points[place] for name, place in _AT.items()}
    neck = (joint["left_shoulder"] + joint["right_shoulder"]) / 2
    hips = (joint["left_hip"] + joint["right_hip"]) / 2
    knees = (joint["left_knee"] + joint["right_knee"]) / 2
    ankles = (joint["left_ankle"] + joint["right_ankle"]) / 2
    unit = max(float(np.linalg.norm(hips - neck)), 8.0)
    spine = _long_enough(hips - neck, unit)
    across = joint["left_shoulder"] - joint["right_shoulder"]
    across = _wide_enough(across, spine, 0.35 * unit)
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


def _wide_enough(across: Points, spine: Points, least: float) -> Points:
    """The line of the shoulders, never so short that a garment would be drawn out of a sliver."""
    normal = np.array([spine[1], -spine[0]]) / np.linalg.norm(spine)
    width = float(across @ normal)
    if abs(width) >= least:
        return across
    return np.asarray(across + normal * ((least if width >= 0 else -least) - width), np.float32)


def follow(query: Points, reference: Points, names: Sequence[str], grid: Points, softness: float = 0.1) -> Points:
    """Where on the reference the points of a grid over the query lie.

    Args:
        query: joints of the query. Shape: (17, 2).
        reference: joints of the reference. Shape: (17, 2).
        names: the bones that the garment follows.
        grid: x and y. Shape: (n, 2).
        softness: width of the blend between bones, in lengths of the torso.

    Returns:
        x and y on the reference. Shape: (n, 2).
    """
    here, there = bones(query), bones(reference)
    width = softness * float(np.linalg.norm(here["torso"].axes[:, 1]))
    away = np.stack([(here[name].distance(grid) / width) ** 2 for name in names])
    weights = np.exp(-(away - away.min(0)))
    weights /= weights.sum(0)
    moved = np.zeros_like(grid)
    for name, weight in zip(names, weights, strict=True):
        turn = there[name].axes @ np.linalg.inv(here[name].axes)
        moved += weight[:, None] * (there[name].origin + (grid - here[name].origin) @ turn.T)
    return np.asarray(moved, np.float32)


def within_reach(query: Points, names: Sequence[str], grid: Points, under: bool = False) -> Mask:
    """Where a garment can be at all: beyond the reach of its nearest bone, that bone's frame says nothing.

    Args:
        query: joints. Shape: (17, 2).
        names: the bones that the garment follows.
        grid: x and y. Shape: (n, 2).
        under: it is worn under a coat, so it keeps close to the trunk.

    Returns:
        Shape: (n,).
    """
    body = bones(query)
    unit = float(np.linalg.norm(body["torso"].axes[:, 1]))
    away = np.stack([body[name].distance(grid) for name in names]) / unit
    reach = np.array([0.1 if under and name == "torso" else _reach(name) for name in names])
    nearest = away.argmin(0)
    return np.asarray(away[nearest, np.arange(len(grid))] <= reach[nearest])


def followed(classes: Sequence[str]) -> list[str]:
    """The bones that a garment of some parsing classes, or a jumpsuit, can follow."""
    return list(dict.fromkeys(name for label in classes for name in _FOLLOWS[label]))


def _reach(bone: str) -> float:
    """How far a garment stands off a bone at most, in lengths of the torso: skirts farther than sleeves."""
    return {"lap": 0.6, "shins": 0.8, "torso": 0.35, "head": 1.0}.get(bone, 0.3 if "foot" in bone else 0.22)


def parts(points: Points, height: int, width: int) -> Mask:
    """Head, torso, arms and legs of a body as coarse shapes. Shape: (4, height, width)."""
    body, grid = bones(points), cells(height, width)
    groups: tuple[tuple[str, ...], ...] = (("head",), ("torso",), ARMS, LEGS)
    near = [np.min([body[name].distance(grid) for name in group], 0) <= 0 for group in groups]
    return np.stack(near).reshape(len(groups), height, width)


def cells(height: int, width: int, size: tuple[int, int] | None = None) -> Points:
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
    rows, columns = np.nonzero(np.isin(labels, np.flatnonzero(sizes >= 0.1 * sizes.max())) & (labels > 0))
    joints = points[points[:, 2] >= SEEN, :2].clip(0, (map.shape[1], map.shape[0]))
    xs, ys = np.concatenate([columns, joints[:, 0]]), np.concatenate([rows, joints[:, 1]])
    return float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1
