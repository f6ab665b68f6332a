"""The texture path's coarse alignment: a smooth field that says where on the reference each pixel of the query lies.

A garment is brought onto the query's body by its bones (body.py), then its silhouette onto the generated map's by
demons registration of the two shapes' signed distances (Thirion, "Image matching as a diffusion process", 1998).
Fields are coarse, 64x48, and smooth, so that they can be enlarged to the photo's own size.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.tryon.body import SEEN, arms_hang, cells, follow, stand_in, standing, torso, within_reach
from modiste.tryon.fields import COARSE, Field, sample
from modiste.tryon.scene import CLASS, OCCLUDERS, Mask, Points, Scene, covers

_STEPS = 12
"""Of the registration."""
_REACH = 6.0
"""Farthest that a step looks, in cells."""
_COAT = 0.02
"""Share of a frame that a coat covers at least that hides what is under it."""
_FARTHEST = 2.5
"""Cells by which a field is bent at most."""
_CHEST = 1.42
"""Times its waist that a long garment is as wide as a top would be."""
_LONE = ("shoes", "bag", "hat")


def body_field(query: Scene, reference: Scene, region: str) -> Field:
    """Where on the reference each cell of the query lies, by their bodies.

    Returns:
        x and y in pixels of the reference. Shape: (64, 48, 2).
    """
    size = (query.map.shape[0], query.map.shape[1])
    grid = cells(*COARSE, size)
    joints = stand_in(query.keypoints)
    if region == "bag" and query.mask(region).any() and reference.mask(region).any():
        moved = _onto_bag(query, reference, grid)
    elif alone(reference) and region in _LONE:
        moved = _onto_box(joints, reference.mask(region), region, grid)
    else:
        kept = stand_in(worn_by(reference, region))
        moved = follow(joints, kept, _cut(joints, reference, region), grid, _under_coat(query, region))
    return np.asarray(moved.reshape(*COARSE, 2), np.float32)


def reachable(query: Scene, reference: Scene, region: str) -> Mask:
    """Where on the query a region's garment can be at all. Shape: (h, w)."""
    size = (query.map.shape[0], query.map.shape[1])
    if region in _LONE:
        return np.ones(size, bool)
    joints, grid = stand_in(query.keypoints), cells(*COARSE, size)
    near = within_reach(joints, _cut(joints, reference, region), grid, _under_coat(query, region)).reshape(COARSE)
    return np.asarray(np.kron(near, np.ones((size[0] // COARSE[0], size[1] // COARSE[1]), bool)))


def _under_coat(query: Scene, region: str) -> bool:
    """Whether what is put on in a region is worn under a coat that is there."""
    return region in ("top", "dress") and bool((query.map == CLASS["outer"]).mean() > _COAT)


def alone(scene: Scene) -> bool:
    """Whether a garment lies without anybody in it."""
    return bool((scene.keypoints[:, 2] < SEEN).all())


def present(scene: Scene, region: str) -> list[str]:
    """The parsing classes of a region that a scene shows, the larger first; the region's own where it shows none."""
    names = ("skirt", "bottom") if region == "bottom" else (region,)
    areas = {name: int((scene.map == CLASS[name]).sum()) for name in names}
    most = max(areas.values())
    return [name for name, area in areas.items() if area and area >= 0.2 * most] or [region]


def _cut(joints: Points, scene: Scene, region: str) -> list[str]:
    """What bones are chosen by: the classes that a scene shows of a region, or how a dress is cut and hangs."""
    if region != "dress":
        return present(scene, region)
    name = "jumpsuit" if legged(scene.mask(region)) else "dress"
    return [f"hanging {name}" if alone(scene) and arms_hang(joints) else name]


def legged(mask: Mask) -> bool:
    """Whether the lower part of a garment is in two."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return False
    lower = mask[rows[0] + (rows[-1] - rows[0]) * 7 // 10 : rows[-1] + 1]
    runs = (np.diff(lower.astype(np.int8), axis=1, prepend=0) > 0).sum(1)
    return bool((runs >= 2).mean() > 0.5)


def worn_by(scene: Scene, region: str) -> Points:
    """The scene's keypoints, or where a garment that lies alone would have its wearer's. Shape: (17, 3)."""
    if not alone(scene):
        return scene.keypoints
    mask = scene.mask(region)
    if not mask.any():
        return standing((scene.map.shape[1] / 2, scene.map.shape[0] / 4), scene.map.shape[0] / 4)
    return _under_bottom(mask) if region in ("bottom", "legwear") else _under_top(mask)


def _under_top(mask: Mask) -> Points:
    """The wearer of a top, jacket or dress: shoulders at its upper corners, arms where the sleeves are."""
    rows, columns = np.nonzero(mask)
    top, bottom, middle = rows.min(), rows.max(), float(np.median(columns))
    width = _trunk_width(mask, middle)
    shoulder = top + _collar(mask, width) + 0.1 * width
    wide = 0.78 * width
    torso = max(wide / 0.63, 8.0)
    keypoints = standing((middle, shoulder), torso)
    reach = 1.06 * torso
    for side, sign in ((0, 1), (1, -1)):
        at = keypoints[5 + side, :2]
        off = (columns - middle) * sign > width * 0.52
        if off.sum() < 0.02 * mask.sum():
            continue
        away = np.hypot(columns[off] - at[0], rows[off] - at[1])
        far = away.argsort()[-max(1, len(away) // 50) :]
        tip = np.array([columns[off][far].mean(), rows[off][far].mean()])
        along = (tip - at) / max(float(np.linalg.norm(tip - at)), 1e-3)
        length = float(np.linalg.norm(tip - at))
        length = max(length, reach) if length > 0.75 * reach else reach
        keypoints[7 + side, :2], keypoints[9 + side, :2] = at + along * length * 0.53, at + along * length
    if bottom - shoulder > 3.2 * torso:  # a gown: its hem is no lower than the ankles
        keypoints[15:, 1] = bottom
    if legged(mask):
        _with_legs(keypoints, mask, torso)
    return keypoints


def _collar(mask: Mask, width: float) -> int:
    """Rows above the shoulders, as a turtleneck or a hood has them; straps have no shoulders."""
    rows = np.flatnonzero(mask.any(1))
    reach = [int(np.ptp(np.flatnonzero(mask[row]))) + 1 for row in rows]
    above = next((place for place, wide in enumerate(reach) if wide >= 0.7 * width), 0)
    filled = mask[rows[:above]].sum() / max(1, sum(reach[:above]))
    return above if filled > 0.7 and above < 0.5 * width else 0


def _trunk_width(mask: Mask, middle: float) -> float:
    """How wide the trunk of a garment is, without sleeves that hang apart from it.

    Of what is long its waist tells that: lower down hang a skirt or legs.
    """
    rows = np.flatnonzero(mask.any(1))
    width = _usual(_runs(mask, middle, rows[len(rows) // 4 : max(len(rows) // 4 + 1, len(rows) * 3 // 4)]), 0.35)
    if len(rows) <= 2 * width:
        return width
    upper = _runs(mask, middle, rows[len(rows) * 15 // 100 : len(rows) * 42 // 100])
    return min(_CHEST * _usual(upper, 0.1), _usual(upper, 0.9))


def _runs(mask: Mask, middle: float, rows: NDArray[np.intp]) -> list[int]:
    """In each row the width of the run around the middle; nothing of rows that have none there, as between legs."""
    widths = []
    for row in rows:
        labels, _ = ndimage.label(mask[row])
        if label := labels[min(max(round(middle), 0), mask.shape[1] - 1)]:
            widths.append(int((labels == label).sum()))
    return widths


def _usual(widths: list[int], share: float) -> float:
    return max(float(np.quantile(widths, share)), 4.0) if widths else 4.0


def _under_bottom(mask: Mask) -> Points:
    """The wearer of trousers, shorts or a skirt: hips under the waistband, legs where it has them."""
    rows, columns = np.nonzero(mask)
    top, bottom, middle = int(rows.min()), int(rows.max()), float(np.median(columns))
    waist = mask[top : top + max(2, (bottom - top) // 20)].any(0)
    wide = float(np.ptp(np.nonzero(waist)[0])) + 1
    torso = max(wide / 0.62, 8.0)
    keypoints = standing((middle, top - 0.78 * torso), torso)
    _with_legs(keypoints, mask, torso)
    return keypoints


def _with_legs(keypoints: Points, mask: Mask, torso: float) -> None:
    """Put the legs where a garment that lies alone has its own, if it has two."""
    rows = np.flatnonzero(mask.any(1))
    top, bottom = int(rows[0]), int(rows[-1])
    labels, count = ndimage.label(mask[bottom - max(2, (bottom - top) // 12) : bottom + 1].any(0))
    if count < 2:
        return
    ends = sorted(float(np.nonzero(labels == label)[0].mean()) for label in range(1, count + 1))
    share = (bottom - float(keypoints[11:13, 1].mean())) / (1.47 * torso)
    for side, end in ((0, ends[-1]), (1, ends[0])):
        if share > 0.75:
            keypoints[15 + side, :2] = end, bottom
            keypoints[13 + side, :2] = (keypoints[11 + side, :2] + keypoints[15 + side, :2]) / 2
        else:
            keypoints[13 + side, 0] = keypoints[15 + side, 0] = end


def _onto_bag(query: Scene, reference: Scene, grid: Points) -> Points:
    """A bag hangs where one hung before, as large as it is beside a body, or as the one before where it lies alone."""
    (left, upper, wide, tall), (x, y, width, height) = (_box(scene.mask("bag")) for scene in (reference, query))
    if alone(reference):
        scale = max(width, height) / max(wide, tall)
    else:
        scale = torso(stand_in(query.keypoints)) / torso(stand_in(reference.keypoints))
    top = np.array([x + width / 2, y])
    return np.asarray((grid - top) / scale + np.array([left + wide / 2, upper]), np.float32)


def _box(mask: Mask) -> tuple[float, float, float, float]:
    """Left, top, width and height of what a mask shows."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0.0, 0.0, 1.0, 1.0
    return float(columns[0]), float(rows[0]), float(np.ptp(columns)) + 1, float(np.ptp(rows)) + 1


def _onto_box(joints: Points, mask: Mask, region: str, grid: Points) -> Points:
    """A lone shoe, bag or hat is put where one is worn."""
    unit = torso(joints)
    left, upper, wide, tall = _box(mask)
    if region == "hat":
        scale = 0.62 * unit / wide
        centre = joints[1:3].mean(0) - np.array([0, 0.03 * unit + scale * tall / 2])
    elif region == "bag":
        scale = 0.7 * unit / max(wide, tall)
        centre = joints[10] + np.array([0, 0.1 * unit + scale * tall / 2])
    else:
        return _onto_feet(joints, unit, (left, upper, wide, tall), grid)
    return np.asarray((grid - centre) / scale + np.array([left + wide / 2, upper + tall / 2]), np.float32)


def _onto_feet(joints: Points, unit: float, box: tuple[float, float, float, float], grid: Points) -> Points:
    left, upper, wide, tall = box
    scale = 0.42 * unit / wide
    on_left = np.abs(grid[:, 0] - joints[15, 0]) < np.abs(grid[:, 0] - joints[16, 0])
    ankle = np.where(on_left[:, None], joints[15], joints[16])
    local = (grid - ankle) / scale
    local[:, 0] *= np.where(on_left, 1, -1)
    return np.asarray(local + np.array([left + wide / 2, upper + tall * 0.6]), np.float32)


def register(field: Field, source: Mask, target: Mask, hidden: Mask, source_hidden: Mask) -> Field:
    """Bend a field until the source's silhouette, seen through it, is the target's.

    Args:
        field: where each cell lies on the source, in pixels. Shape: (64, 48, 2).
        source: the garment on the reference. Shape: (h, w).
        target: the garment on the query. Shape: (h, w).
        hidden: where something lies over the query's garment, so that its edge isn't its own. Shape: (h, w).
        source_hidden: the same of the reference. Shape: (h, w).
    """
    scale = source.shape[0] / COARSE[0]
    if not source.any() or not target.any():
        return field
    covered, blocked = _shrink(hidden), _shrink(source_hidden)
    wide, whole = _with_hidden(_shrink(target), covered), _with_hidden(_shrink(source), blocked)
    goal, shape = _distance(wide), _distance(whole)
    down, across = np.gradient(shape)
    steep = np.maximum(np.hypot(across, down), 0.3)
    seen = torch.from_numpy(
        np.stack([shape, across / steep, down / steep, _in_sight(whole, blocked)]).astype(np.float32)
    )
    wanted = torch.from_numpy(goal)
    free = torch.from_numpy((np.abs(goal) < _REACH * 2) & _in_sight(wide, covered)).float()
    moved = start = (torch.from_numpy(field).permute(2, 0, 1) + 0.5) / scale - 0.5  # in cells of the source
    for step in range(_STEPS):
        here, *slope, open = sample(seen, moved, padding="border")
        off = (wanted - here).clamp(-_REACH, _REACH) * free * open
        moved = moved + _blurred(off * torch.stack(slope), 3.0 if step < _STEPS // 2 else 1.5)
    bent = moved - start
    length = bent.norm(dim=0).clamp_min(1e-6)
    bent = _blurred(bent * (_FARTHEST / length).clamp(max=1), 2.0)  # cloth that is drawn out farther looks like wood
    moved = start + bent
    return np.asarray(((moved + 0.5) * scale - 0.5).permute(1, 2, 0).numpy(), np.float32)


def _blurred(planes: Tensor, width: float) -> Tensor:
    """A Gaussian blur of a standard deviation in cells. Shape: (c, h, w)."""
    reach = round(3 * width)
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / width) ** 2)
    bell = bell / bell.sum()
    padded = F.pad(planes[:, None], (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, bell[None, None, :, None]), bell[None, None, None])[:, 0]


def _in_sight(mask: Mask, hidden: Mask) -> Mask:
    """Cells that know how far the shape's edge is: they and the nearest of it are in sight."""
    away = [ndimage.distance_transform_edt(side, return_distances=False, return_indices=True) for side in (mask, ~mask)]
    row, column = np.where(mask, *away)
    return np.asarray(~hidden & ~ndimage.binary_dilation(hidden)[row, column])


def _with_hidden(mask: Mask, hidden: Mask) -> Mask:
    """A shape with what is hidden near it: it may go on there."""
    return np.asarray(mask | hidden & ndimage.binary_dilation(mask, iterations=2))


def _shrink(mask: Mask) -> Mask:
    height, width = mask.shape
    cell = mask.reshape(COARSE[0], height // COARSE[0], COARSE[1], width // COARSE[1])
    return np.asarray(cell.mean((1, 3)) >= 0.5)


def _distance(mask: Mask) -> NDArray[np.float32]:
    """Signed distance to a shape's edge in cells, above 0 inside."""
    inside = ndimage.distance_transform_edt(mask)
    outside = ndimage.distance_transform_edt(~mask)
    return np.asarray(np.where(mask, inside - 0.5, 0.5 - outside), np.float32)


def hides(scene: Scene, region: str) -> Mask:
    """Where something lies over a region's garment: hair, a bag, a hat, and what is worn above it."""
    above = {"top": ("outer",), "dress": ("outer",), "bottom": ("top", "outer"), "legwear": ("shoes", "bottom")}
    over = [CLASS[name] for name in above.get(region, ())]
    return covers(scene.map, [*OCCLUDERS, *over])
