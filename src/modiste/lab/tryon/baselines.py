"""Baselines of try-on: a garment cut out and laid on, or its colour alone.

They take the same maps and joints as ours. What lies over a garment stays over it; what was worn before shows wherever
the new garment doesn't reach.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import binary_erosion, label
from torch import Tensor

from modiste.catalog.categories import KEYPOINTS, REGIONS
from modiste.colour import lab_to_rgb, rgb_to_lab
from modiste.parsing import Scene
from modiste.tryon.align import COARSE, LONE, Field, body_field, enlarge, sample, worn_by
from modiste.tryon.body import CLASS, OCCLUDERS, SEEN, Points, alone, cells, covers, hides, present, stand_in
from modiste.tryon.composite import Dressed, replaced_classes, spread, to_pixels, to_tensor
from modiste.tryon.dresser import divided
from modiste.types import Mask, Pixels

_SPECK = 0.1
"""Size of the largest piece of a garment under which another piece is none of it."""
_FROM_HIPS = ("bottom", "legwear", "shoes")
"""Regions that are measured from the hips down, the others from the shoulders."""
_ARMS = ("shoulder", "elbow", "wrist", "hip")
_LEGS = ("hip", "knee", "ankle")
_JOINTS: Mapping[str, tuple[str, ...]] = {
    "top": _ARMS, "outer": _ARMS, "dress": (*_ARMS, "knee"), "bottom": _LEGS, "legwear": _LEGS, "shoes": ("ankle",),
    "bag": ("hip",), "hat": ("eye", "ear"),
}  # fmt: skip
"""Region to the joints that place its garments."""
_STIFF, _SLACK = 1e-4, 3e-3
"""Smoothing of the spline at a joint, and at a corner of a box, where they contradict each other."""

FieldOf = Callable[[Scene, Scene, str], Field]
"""Query, reference and region to the field from the query to the reference. Shape: (64, 48, 2)."""


Dress = Callable[[Scene, Mapping[str, Scene]], Dressed]
"""Puts garments on a person: the query, and region to the scene that shows its garment."""


def _paste(field_of: FieldOf, query: Scene, garments: Mapping[str, Scene]) -> Dressed:
    """The references' garments, cut out by their masks and laid on by a field, the lower layers first."""

    def piece(query: Scene, reference: Scene, region: str) -> tuple[Pixels, Mask]:
        field = field_of(query, reference, region)
        pixels = to_pixels(sample(_cloth(reference, region), enlarge(field, *query.map.shape)))
        return pixels, _silhouette(reference, region, field, query.map.shape)

    return _layered(query, garments, piece)


def _mean_colour(query: Scene, garments: Mapping[str, Scene]) -> Dressed:
    """The references' median colours, on what the query wears there, or else where the spline would lay the garment."""

    def piece(query: Scene, reference: Scene, region: str) -> tuple[Pixels, Mask]:
        shown, mask = reference.mask(region), query.mask(region)
        lab = np.median(rgb_to_lab(reference.pixels[shown]), axis=0) if shown.any() else (50.0, 0.0, 0.0)
        if not mask.any():
            mask = _silhouette(reference, region, _tps_field(query, reference, region), query.map.shape)
        return np.broadcast_to(lab_to_rgb(lab), query.pixels.shape), mask

    return _layered(query, garments, piece)


def _box_field(query: Scene, reference: Scene, region: str) -> Field:
    """Bring the garment's box onto the box of what the query wears there, or onto where their joints say."""
    here, there = _box_on_query(query, reference, region), _box(reference.mask(region), reference.map.shape)
    grid = cells(*COARSE, query.map.shape)
    share = (grid + 0.5 - here[:2]) / np.maximum(here[2:] - here[:2], 1)
    moved = there[:2] + share * (there[2:] - there[:2]) - 0.5
    return np.asarray(moved.reshape(*COARSE, 2), np.float32)


def _tps_field(query: Scene, reference: Scene, region: str) -> Field:
    """Bend the garment as a thin plate from joint to joint, and roughly from box to box (Bookstein, 1989)."""
    if alone(reference) and region in LONE:
        return body_field(query, reference, region)
    here, there, slack = _controls(query, reference, region)
    tall = query.map.shape[0]  # a plate's stiffness has a scale
    plate = RBFInterpolator(here / tall, there, kernel="thin_plate_spline", smoothing=slack, degree=1)
    grid = cells(*COARSE, query.map.shape)
    return np.asarray(plate(grid / tall).reshape(*COARSE, 2), np.float32)


BASELINES: Mapping[str, Dress] = {
    "box paste": partial(_paste, _box_field),
    "tps paste": partial(_paste, _tps_field),
    "mean colour": _mean_colour,
}


def _silhouette(reference: Scene, region: str, field: Field, size: tuple[int, ...]) -> Mask:
    """A garment's mask through a field. Shape: (h, w)."""
    mask = torch.from_numpy(reference.mask(region))[None].float()
    return np.asarray(sample(mask, enlarge(field, size[0], size[1]))[0].numpy() > 0.5)


def _box_on_query(query: Scene, reference: Scene, region: str) -> Points:
    """The box in which the query wears a region, or would wear it. Left, top, right and bottom. Shape: (4,)."""
    own = query.mask(region)
    if own.any():
        return _box(own, query.map.shape)
    field = body_field(query, reference, region)
    return _box(_silhouette(reference, region, field, query.map.shape), query.map.shape)


def _box(mask: Mask, size: tuple[int, ...]) -> Points:
    """The box around a mask without its specks; the middle of the picture where it is empty. Shape: (4,)."""
    pieces, count = label(mask)
    if not count:
        return np.array([size[1] / 3, size[0] / 3, size[1] * 2 / 3, size[0] * 2 / 3], np.float32)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    kept = (sizes >= _SPECK * sizes.max())[pieces] & mask
    rows, columns = np.nonzero(kept)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], np.float32)


def _cloth(reference: Scene, region: str) -> Tensor:
    """A reference whose garment goes on beyond its rim, which is mixed with what lies beside it. Shape: (3, h, w)."""
    inner = torch.from_numpy(binary_erosion(reference.mask(region)))[None].float()
    photo = to_tensor(reference.pixels)
    return torch.where(inner > 0, photo, spread(photo[None], inner[None])[0]) if inner.any() else photo


def _layered(
    query: Scene, garments: Mapping[str, Scene], piece_of: Callable[[Scene, Scene, str], tuple[Pixels, Mask]]
) -> Dressed:
    query = divided(query, garments)
    replaced = replaced_classes(tuple(garments))
    pixels, map, changed = query.pixels.copy(), query.map.copy(), np.zeros(query.map.shape, np.bool_)
    for region in (region for region in REGIONS if region in garments):
        piece, mask = piece_of(query, garments[region], region)
        over = hides(query, region) & covers(query.map, {*OCCLUDERS, *range(len(CLASS))} - replaced)  # and stays on
        mask = mask & ~over
        pixels[mask], map[mask] = piece[mask], CLASS[present(garments[region], region)[0]]
        changed |= mask
    return Dressed(pixels, map, changed)


def _controls(query: Scene, reference: Scene, region: str) -> tuple[Points, Points, Points]:
    """Points of the query, the same points of the reference, and the spline's smoothing at each."""
    wearer, lying = worn_by(reference, region), alone(reference)
    both = [
        index
        for index, name in enumerate(KEYPOINTS)
        if name.split("_")[-1] in _JOINTS[region]
        and min(query.keypoints[index, 2], wearer[index, 2]) >= SEEN
        and not (lying and name.endswith("hip") and region not in _FROM_HIPS)  # which a lying top doesn't show
    ]
    here, there = stand_in(query.keypoints)[both], stand_in(wearer)[both]
    theirs = _box(reference.mask(region), reference.map.shape)
    fitting = _similar_box(query, region, wearer, theirs) if lying else _worn_box(query, reference, region, theirs)
    slack = np.array([_STIFF] * len(both) + [_SLACK] * 4)
    return np.concatenate([here, _corners(fitting)]), np.concatenate([there, _corners(theirs)]), slack


def _similar_box(query: Scene, region: str, wearer: Points, theirs: Points) -> Points:
    """Box on the query of a garment that lies alone: as its shoulders, or its hips, go onto the query's."""
    pair = [11, 12] if region in _FROM_HIPS else [5, 6]
    here, there = stand_in(query.keypoints)[pair], wearer[pair, :2]
    scale = np.linalg.norm(here[0] - here[1]) / max(float(np.linalg.norm(there[0] - there[1])), 4.0)
    corners = here.mean(0) + (theirs.reshape(2, 2) - there.mean(0)) * scale
    return np.asarray(corners.ravel(), np.float32)


def _worn_box(query: Scene, reference: Scene, region: str, theirs: Points) -> Points:
    """Box on the query of a worn garment: as wide as what is worn there, as high and low as on trunk and legs."""
    worn = _box_on_query(query, reference, region)
    if not query.mask(region).any():
        return worn
    (top, reach), (their_top, their_reach) = (
        _upright(stand_in(scene.keypoints), region) for scene in (query, reference)
    )
    upper, lower = (top + (float(theirs[side]) - their_top) * reach / max(their_reach, 4.0) for side in (1, 3))
    return np.array([worn[0], upper, worn[2], max(lower, upper + 4)], np.float32)


def _upright(joints: Points, region: str) -> tuple[float, float]:
    """Row at which a region begins on a body, and the length of the limb that it is measured by."""
    start, end = (11, 15) if region in _FROM_HIPS else (5, 11)
    begin, stop = joints[start : start + 2, 1].mean(), joints[end : end + 2, 1].mean()
    return float(begin), float(stop - begin)


def _corners(of: Points) -> Points:
    left, top, right, bottom = of
    return np.array([(left, top), (right, top), (left, bottom), (right, bottom)], np.float32)
