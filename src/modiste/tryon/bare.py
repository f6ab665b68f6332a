"""Garments on a person whose bare photo is known: nothing is generated, silhouettes cover the body.

The old garments are off already, so only the new garments' silhouettes are needed. Their bones bring them onto the
body (align.py); what this leaves bare of the limbs and the trunk that they dress is covered as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from modiste.catalog.categories import REGIONS
from modiste.parsing import Scene
from modiste.parsing.frame import region_classes
from modiste.tryon.align import LONE, bones_followed
from modiste.tryon.body import CLASS, OCCLUDERS, Bone, bones, hides, stand_in, torso
from modiste.types import Map, Mask

_BINS = 0.08
"""Length of the slices in which limbs are covered or not, in lengths of their bones."""
_COVERED = 0.4
"""Share of a slice from which a silhouette is meant to cover all of it."""
_WAIST = 0.7
"""Height from which arms lie beside a skirt, as a share of the way from shoulders to hips."""
_FREE = 0.45
"""Distance below the wrists from which no cloth is taken for a sleeve, in lengths of the torso."""


def worn_map(bare: Scene, garments: Mapping[str, Scene], aligned: Mapping[int, Tensor], keep: Mask) -> Map:
    """The map of somebody in garments, in their layers.

    Args:
        bare: the person, without what the garments take the place of.
        aligned: class to its reference's mask as it lies on the person. Shape: (h, w).
        keep: face and hands, which only a hat covers. Shape: (h, w).
    """
    wanted = bare.map.copy()
    for region in (region for region in REGIONS if region in garments):
        over = np.zeros_like(keep) if region == "hat" else keep | hides(bare, region)
        for value in region_classes(region):
            if value in aligned:
                mask = aligned[value].numpy() > 0.5
                if region not in LONE:
                    mask = _on_body(bare, mask, region, bones_followed(bare, garments[region], region))
                    # without single pixels that stand out or lack
                    mask = ndimage.median_filter(mask.astype(np.uint8), 5) > 0
                wanted[mask & ~over] = value
    return wanted


def _on_body(bare: Scene, mask: Mask, region: str, names: Sequence[str]) -> Mask:
    """A silhouette that covers what of the body its garment dresses, from where it begins to where it ends.

    Args:
        mask: as its bones lay it. Shape: (h, w).
        names: the bones that it follows.
    """
    joints = stand_in(bare.keypoints)
    body = bones(joints)
    rows, columns = np.nonzero((bare.map != CLASS["background"]) & ~np.isin(bare.map, OCCLUDERS))
    points = np.stack([columns, rows], 1).astype(np.float32)
    limbs = {
        f"{side} {limb}": (body[f"{side}_{upper}"], body[f"{side}_{lower}"])
        for side in ("left", "right")
        for limb, upper, lower in (("arm", "upper_arm", "lower_arm"), ("leg", "thigh", "shin"))
    }
    away = [np.minimum(upper.distance(points), lower.distance(points)) for upper, lower in limbs.values()]
    nearest = np.array(["trunk", *limbs])[np.argmin([body["torso"].distance(points), *away], 0)]
    inside, covered = mask[rows, columns], np.zeros(len(rows), bool)
    for limb, (upper, lower) in limbs.items():
        if f"{limb.split()[0]}_upper_arm" in names if "arm" in limb else "left_thigh" in names:
            down, on_limb = _along(points, upper, lower), nearest == limb
            covered |= on_limb & (down <= _reach(down[on_limb], inside[on_limb]))
    low = float(joints[9:13, 1].max())  # beside what is lower no arms hang
    if "lap" in names:
        legs, down = np.char.endswith(nearest, "leg"), (points[:, 1] - joints[11:13, 1].mean()) / torso(joints)
        covered |= legs & (down <= _reach(down[legs], inside[legs]))
    trunk, down = nearest == "trunk", body["torso"].share(points)
    below = trunk & ((down > 0.3) | (region == "bottom"))  # above the underarm necklines are as they are cut
    covered |= below & _slices(down, inside, below)
    if "left_upper_arm" in names:  # the seam of a sleeve lies on the shoulder, which counts as the trunk's
        across = body["torso"].axes[:, 0]
        covered |= trunk & ~below & (np.abs((points - body["torso"].origin) @ across) > 0.4 * across @ across)
    whole = mask.copy()
    whole[rows[covered], columns[covered]] = True
    no_arms = np.zeros_like(mask)
    no_arms[rows, columns] = ~np.char.endswith(nearest, "arm")
    if "lap" in names:
        waist = (1 - _WAIST) * joints[5:7, 1].mean() + _WAIST * joints[11:13, 1].mean()
        whole = _without_gaps(whole, no_arms, round(float(waist)), round(low + _FREE * torso(joints)))
    if region == "bottom":  # where hands hang, 0.25 torsos long, its cloth stays close to the hips
        beside = ndimage.distance_transform_edt(~no_arms) > 0.07 * torso(joints)
        beside[round(low + 0.25 * torso(joints)) :] = False
        whole &= ~beside
    return np.asarray(ndimage.binary_dilation(whole, mask=whole | (bare.map == CLASS["background"])))


def _without_gaps(mask: Mask, trunk: Mask, waist: int, free: int) -> Mask:
    """A skirt: in each row all between its edges, which run straight where arms hang beside it. Shape: (h, w).

    Args:
        trunk: what of the body isn't arms. Shape: (h, w).
        waist: the row where arms begin to lie beside it.
        free: the row from which on none do.
    """
    whole = mask.copy()
    for row in range(free, len(mask)):
        if mask[row].any():
            first, last = np.flatnonzero(mask[row])[[0, -1]]
            whole[row, first : last + 1] = True
    if free >= len(mask) or not mask[free].any() or not (mask & trunk)[waist].any():
        return whole
    upper_left, upper_right = np.flatnonzero((mask & trunk)[waist])[[0, -1]]
    left, right = np.flatnonzero(mask[free])[[0, -1]]
    for row in range(waist, free):
        share = (row - waist) / (free - waist)
        first, last = upper_left + share * (left - upper_left), upper_right + share * (right - upper_right)
        whole[row, round(first) : round(last) + 1] = True
    return whole


def _along(points: NDArray[np.float32], upper: Bone, lower: Bone) -> NDArray[np.float32]:
    """Position of points along a limb: 0 at its joint, 1 at elbow or knee, 2 at its end."""
    first, second = upper.share(points), lower.share(points)
    return np.where(upper.distance(points) <= lower.distance(points), np.minimum(first, 1), 1 + np.maximum(second, 0))


def _reach(down: NDArray[np.float32], inside: Mask) -> float:
    """Position along a limb to which a garment reaches that covers most of each slice above; -inf without any."""
    slices = np.clip(np.floor(down / _BINS), 0, None).astype(int)
    counts = np.bincount(slices)
    shares = np.bincount(slices, inside) / np.maximum(counts, 1)
    gain = np.cumsum(np.where(counts > 0, shares - _COVERED, 0))
    return float((gain.argmax() + 1) * _BINS) if len(gain) and gain.max() > 0 else -np.inf


def _slices(down: NDArray[np.float32], inside: Mask, mine: Mask) -> Mask:
    """Mask of the points in slices that a garment covers."""
    slices = np.floor((down - down.min()) / _BINS).astype(int)
    counts = np.bincount(slices[mine], minlength=slices.max() + 1)
    shares = np.bincount(slices[mine], inside[mine], minlength=slices.max() + 1) / np.maximum(counts, 1)
    return np.asarray((shares >= _COVERED)[slices])
