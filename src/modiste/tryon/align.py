"""The texture path's alignment: smooth fields that lead from each cell of the query to a position on the reference.

A garment is brought onto the query's body by its bones (body.py), then its silhouette is bent onto the generated map's
by demons registration of the two shapes' signed distances (Thirion, "Image matching as a diffusion process", 1998).
Fields are coarse, 64x48, and smooth, so that they can be enlarged to the photo's own size.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.parsing import Scene
from modiste.tryon import body
from modiste.tryon.body import ARMS, CLASS, Points, alone, cells, covers, present, stand_in, torso
from modiste.types import Mask

COARSE = (64, 48)
"""Height and width of a coarse field."""
Field = NDArray[np.float32]
"""x and y in pixels of the other picture. Shape: (64, 48, 2)."""
_CHESTS = {"top": 0.81, "outer": 0.9, "dress": 0.9}
"""Width of a region's garments, in lengths of the wearer's torso: mean of the drawn ones."""
_ARM, _ELBOW = 1.05, 0.6
"""Lengths of an arm and of what of it a sleeve covers that goes beyond the elbow, in lengths of the torso."""
LONE = ("shoes", "bag", "hat")
"""Regions whose garments keep their shape, and lying alone have no wearer's joints."""
_STEPS, _REACH = 12, 6.0
"""Steps of the registration, and how far one looks, in cells."""


def enlarge(field: Field, height: int, width: int) -> Tensor:
    """A coarse field for every pixel. Shape: (tall, wide, 2) to (2, height, width)."""
    coarse = torch.from_numpy(field).permute(2, 0, 1)[None]
    return F.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)[0]


def sample(pixels: Tensor, field: Tensor, padding: str = "zeros") -> Tensor:
    """Sample a picture at a field's positions; beyond it lie `zeros`, or its `border`.

    Shapes: (c, h, w) and, of x and y in the picture's pixels, (2, tall, wide), to (c, tall, wide).
    """
    height, width = pixels.shape[-2:]
    x, y = (field[0] + 0.5) * 2 / width - 1, (field[1] + 0.5) * 2 / height - 1
    grid = torch.stack([x, y], -1)[None]
    return F.grid_sample(pixels[None], grid, padding_mode=padding, align_corners=False)[0]


def follow_field(first: Field, second: Field, height: int) -> Field:
    """Compose two fields: where the first leads from where the second leads, on a picture of some height."""
    cells = torch.from_numpy((second + 0.5) * COARSE[0] / height - 0.5).permute(2, 0, 1)
    return sample(torch.from_numpy(first).permute(2, 0, 1), cells).permute(1, 2, 0).numpy()


def body_field(query: Scene, reference: Scene, region: str) -> Field:
    """Field from the query to the reference, by their bodies."""
    grid = cells(*COARSE, query.map.shape)
    joints = stand_in(query.keypoints)
    if region == "bag" and query.mask(region).any() and reference.mask(region).any():
        moved = _onto_bag(query, reference, grid)
    elif alone(reference) and region in LONE:
        onto = {"shoes": _onto_feet, "bag": _onto_hand, "hat": _onto_head}[region]
        moved = onto(query, joints, reference.mask(region), grid)
    else:
        moved = body.follow(
            joints, stand_in(worn_by(reference, region)), bones_followed(query, reference, region), grid
        )
    return np.asarray(moved.reshape(*COARSE, 2), np.float32)


def reachable(query: Scene, reference: Scene, region: str) -> Mask:
    """Mask of the query's pixels that a region's garment can reach. Shape: (h, w).

    Beyond the reach of its nearest bone, that bone's frame means nothing.
    """
    size = query.map.shape
    if region in LONE:
        return np.ones(size, bool)
    names, bones = bones_followed(query, reference, region), body.bones(stand_in(query.keypoints))
    unit = float(np.linalg.norm(bones["torso"].axes[:, 1]))
    away = np.stack([bones[name].distance(cells(*COARSE, size)) for name in names]) / unit
    under = _worn_under_coat(query, region)  # so it keeps close to the trunk
    reach = np.array([0.1 if under and name == "torso" else body.STANDS_OFF.get(name, 0.22) for name in names])
    nearest = away.argmin(0)
    near = (away[nearest, np.arange(away.shape[1])] <= reach[nearest]).reshape(COARSE)
    return np.asarray(np.kron(near, np.ones((size[0] // COARSE[0], size[1] // COARSE[1]), bool)))


def _worn_under_coat(query: Scene, region: str) -> bool:
    """True if a region's garment is worn under a coat that covers more than 2 % of the frame."""
    return region in ("top", "dress") and bool((query.map == CLASS["outer"]).mean() > 0.02)


def bones_followed(query: Scene, reference: Scene, region: str) -> list[str]:
    """The bones that a garment follows: of arms those that its sleeves dress, and none inside a coat's."""
    dress = "jumpsuit" if legged(reference.mask(region)) else "dress"
    classes = [dress] if region == "dress" else present(reference, region)
    names = list(dict.fromkeys(name for label in classes for name in body.FOLLOWED[label]))
    if _worn_under_coat(query, region):
        return [name for name in names if name not in ARMS]
    if alone(reference) and region in ("top", "dress", "outer"):
        sleeves = _sleeves(reference.mask(region), region)
        return [name for name in names if name not in ARMS or name in sleeves]
    return names


def legged(mask: Mask) -> bool:
    """True if the lower part of a garment is in two."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return False
    lower = mask[rows[0] + (rows[-1] - rows[0]) * 7 // 10 : rows[-1] + 1]
    runs = (np.diff(lower.astype(np.int8), axis=1, prepend=0) > 0).sum(1)
    return bool((runs >= 2).mean() > 0.5)


def worn_by(scene: Scene, region: str) -> Points:
    """The scene's keypoints, or those of the imagined wearer of a garment that lies alone. Shape: (17, 3)."""
    if not alone(scene):
        return scene.keypoints
    mask = scene.mask(region)
    if not mask.any():
        return body.standing((scene.map.shape[1] / 2, scene.map.shape[0] / 4), scene.map.shape[0] / 4)
    return _wearer_of_bottom(mask) if region in ("bottom", "legwear") else _wearer_of_top(mask, region)


def _wearer_of_top(mask: Mask, region: str) -> Points:
    """The wearer of a top, jacket or dress: shoulders at its upper corners, arms where the sleeves are."""
    rows = np.flatnonzero(mask.any(1))
    top, bottom, middle = rows[0], rows[-1], float(np.median(np.nonzero(mask)[1]))
    width = _trunk_width(mask, middle)
    # rows above the shoulders, as a turtleneck or a hood has them; straps have no shoulders
    reach = [int(np.ptp(np.flatnonzero(mask[row]))) + 1 for row in rows]
    above = next((index for index, wide in enumerate(reach) if wide >= 0.7 * width), 0)
    filled = mask[rows[:above]].sum() / max(1, sum(reach[:above]))
    collar = above if filled > 0.7 and above < 0.5 * width else 0
    shoulder = top + collar + 0.1 * width
    torso = max(width / _CHESTS.get(region, 0.81), 8.0)
    keypoints = body.standing((middle, shoulder), torso)
    tips = _tips(mask, keypoints[5:7, :2], width, torso)
    lengths = [
        float(np.linalg.norm(tip - at)) for tip, at in zip(tips, keypoints[5:7, :2], strict=True) if tip is not None
    ]
    if len(lengths) == 2 and min(lengths) > 0.79 * torso:  # long sleeves: surer than the width of a cut, often loose
        torso = float(np.mean(lengths)) / _ARM
    elif region == "top":  # a close cut is narrow, but no shorter for it: tops are 1.2 torsos long
        torso = max(torso, (torso * (bottom - shoulder) / 1.2) ** 0.5)
    elif region == "dress" and mask[min(round(shoulder + 0.06 * width), bottom)].sum() < 0.78 * width:
        torso = max(width / 0.72, 8.0)  # on straps, and cut closer than with sleeves
    keypoints = body.standing((middle, shoulder), torso)
    for side, tip in enumerate(tips):
        if tip is None:
            continue
        at = keypoints[5 + side, :2]
        length = float(np.linalg.norm(tip - at))
        along = (tip - at) / max(length, 1e-3)
        length = max(length, _ARM * torso)
        keypoints[7 + side, :2], keypoints[9 + side, :2] = at + along * length * 0.53, at + along * length
    if bottom - shoulder > 3.2 * torso:  # a gown: its hem is no lower than the ankles
        keypoints[15:, 1] = bottom
    if legged(mask):
        _with_legs(keypoints, mask, torso)
    return keypoints


def _tips(mask: Mask, shoulders: Points, width: float, torso: float) -> list[Points | None]:
    """The ends of the sleeves of a garment that lies alone, left and right; None without a sleeve."""
    rows, columns = np.nonzero(mask)
    middle, tips = float(np.median(columns)), list[Points | None]()
    for at, sign in zip(shoulders, (1, -1), strict=True):
        off = ((columns - middle) * sign > width * 0.52) & (rows < at[1] + 1.15 * torso)  # lower a skirt is wide
        if off.sum() < 0.02 * mask.sum():
            tips.append(None)
            continue
        far = np.hypot(columns[off] - at[0], rows[off] - at[1]).argsort()[-max(1, int(off.sum()) // 50) :]
        tips.append(np.array([columns[off][far].mean(), rows[off][far].mean()], np.float32))
    return tips


def _sleeves(mask: Mask, region: str) -> list[str]:
    """The bones of the arms that a garment that lies alone has cloth for."""
    if not mask.any():
        return []
    keypoints = _wearer_of_top(mask, region)
    shoulders, unit = keypoints[5:7, :2], torso(keypoints[:, :2])
    tips = _tips(mask, shoulders, _trunk_width(mask, float(np.median(np.nonzero(mask)[1]))), unit)
    names = list[str]()
    for side, at, tip in zip(("left", "right"), shoulders, tips, strict=True):
        if tip is not None:
            names.append(f"{side}_upper_arm")
            names += [f"{side}_lower_arm"] if np.linalg.norm(tip - at) > _ELBOW * unit else []
    return names


def _trunk_width(mask: Mask, middle: float) -> float:
    """Width of a garment's trunk, without sleeves that hang apart from it.

    It is measured at the waist of a long garment, since lower down hang a skirt or legs.
    """
    rows = np.flatnonzero(mask.any(1))
    width = _usual(_runs(mask, middle, rows[len(rows) // 4 : max(len(rows) // 4 + 1, len(rows) * 3 // 4)]), 0.35)
    lower = _usual(_runs(mask, middle, rows[len(rows) * 65 // 100 : len(rows) * 95 // 100]), 0.5)
    if len(rows) <= 2 * width:
        return min(width, lower)  # short sleeves hide more of the sides than are free of them
    upper = _runs(mask, middle, rows[len(rows) * 15 // 100 : len(rows) * 42 // 100])
    width = min(1.42 * _usual(upper, 0.1), _usual(upper, 0.9))  # the waist, as much wider as a top's trunk
    return width if legged(mask) else min(width, lower)  # sleeves lie against a coat


def _runs(mask: Mask, middle: float, rows: NDArray[np.intp]) -> list[int]:
    """Width of each row's run around the middle; rows without any, as between legs, are left out."""
    widths = []
    for row in rows:
        labels, _ = ndimage.label(mask[row])
        if label := labels[min(max(round(middle), 0), mask.shape[1] - 1)]:
            widths.append(int((labels == label).sum()))
    return widths


def _usual(widths: list[int], share: float) -> float:
    return max(float(np.quantile(widths, share)), 4.0) if widths else 4.0


def _wearer_of_bottom(mask: Mask) -> Points:
    """The wearer of trousers, shorts or a skirt: hips under the waistband, legs where it has them."""
    rows, columns = np.nonzero(mask)
    top, bottom, middle = int(rows.min()), int(rows.max()), float(np.median(columns))
    waist = mask[top : top + max(2, (bottom - top) // 20)].any(0)
    wide = float(np.ptp(np.nonzero(waist)[0])) + 1
    torso = max(wide / 0.62, 8.0)
    keypoints = body.standing((middle, top - 0.78 * torso), torso)
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
    """Left, top, width and height of a mask; of an empty one, of a pixel in the corner."""
    left, top, right, bottom = map(float, Image.fromarray(mask).getbbox() or (0, 0, 1, 1))
    return left, top, right - left, bottom - top


def _onto_hand(query: Scene, joints: Points, mask: Mask, grid: Points) -> Points:
    """A lone bag hangs from the right hand."""
    left, upper, wide, tall = _box(mask)
    scale = 0.7 * torso(joints) / max(wide, tall)
    hand = joints[10] + 0.3 * (joints[10] - joints[8])
    return np.asarray((grid - hand) / scale + np.array([left + wide / 2, upper + 0.03 * tall]), np.float32)


def _onto_head(query: Scene, joints: Points, mask: Mask, grid: Points) -> Points:
    """A hat's crown, without its brim or visor, is 1.35 times as wide as the head; it ends above the eyes."""
    _, upper, wide, tall = _box(mask)
    head = max(float(np.linalg.norm(joints[3] - joints[4])), 0.24 * torso(joints))
    rows = slice(int(upper + 0.25 * tall), int(upper + 0.6 * tall) + 1)
    crown = max(float(np.quantile(mask[rows].sum(1), 0.7)), 0.3 * wide)
    middle = float(np.median(np.nonzero(mask[rows])[1])) if mask[rows].any() else mask.shape[1] / 2
    across = 1.35 * head / crown
    scale = np.array([across, min(across, 1.1 * head / tall)], np.float32)
    ends = joints[1:3].mean(0) - np.array([0, 0.15 * head])
    return np.asarray((grid - ends) / scale + np.array([middle, upper + tall]), np.float32)


def one_of_pair(mask: Mask) -> Mask:
    """The nearer of two shoes of which one stands behind the other, or all of it where it isn't a pair.

    It is the smallest shape of which two copies, one above the other, make the mask.
    """
    labels, _ = ndimage.label(mask)
    apart = np.flatnonzero(np.bincount(labels.ravel())[1:] > 0.3 * mask.sum()) + 1
    if len(apart) == 2:
        return np.asarray(labels == max(apart, key=lambda label: np.flatnonzero((labels == label).any(1))[-1]))
    small = mask[::4, ::4]
    _, _, wide, tall = _box(small)  # a single low shoe is wider than a pair, one above the other
    if wide > 1.55 * tall or small.sum() > 0.9 * wide * tall or not small.any():
        return mask
    area = small.sum()
    nearer, most = small, 0.64 * area  # one of two covers less
    columns = np.nonzero(small)[1]  # row by row: of a boot, the shaft's before the foot's
    toes = np.sign(np.median(columns[-len(columns) // 4 :]) - np.median(columns[: len(columns) // 4]))
    toes = toes if tall > wide else 0
    far, fattened = int(0.4 * wide), ndimage.binary_dilation(small)  # the farther one is a little smaller
    for down in range(1, int(0.7 * tall)):
        for across in range(-far if toes < 1 else 0, far + 1 if toes > -1 else 1):  # the nearer boot stands before
            shoe = small & _moved(fattened, down, across)
            both = shoe | _moved(shoe, -down, -across)
            if shoe.sum() < most and (both & small).sum() > 0.95 * area and np.ptp(np.nonzero(shoe)[1]) > 0.75 * wide:
                most, nearer = shoe.sum(), shoe
    whole = mask & nearer.repeat(4, 0).repeat(4, 1)
    labels, _ = ndimage.label(whole)
    sizes = np.bincount(labels.ravel())
    return np.asarray(whole & (sizes[labels] > 0.15 * sizes[1:].max(initial=0)))


def _moved(mask: Mask, down: int, across: int) -> Mask:
    """A mask moved by some pixels; nothing comes in from beyond its edges."""
    moved = np.zeros_like(mask)
    height, width = mask.shape
    moved[max(down, 0) : height + min(down, 0), max(across, 0) : width + min(across, 0)] = mask[
        max(-down, 0) : height + min(-down, 0), max(-across, 0) : width + min(-across, 0)
    ]
    return moved


def _onto_feet(query: Scene, joints: Points, mask: Mask, grid: Points) -> Points:
    """A shoe seen from the side on either foot, the toes outwards: as wide as the foot, and a boot as the leg."""
    unit = torso(joints)
    left, upper, wide, tall = _box(mask)
    on_left = np.abs(grid[:, 0] - joints[15, 0]) < np.abs(grid[:, 0] - joints[16, 0])
    moved = np.empty_like(grid)
    for side, mine, sign in ((0, on_left, 1), (1, ~on_left, -1)):
        heel, toe, sole = _foot(query, joints[15 + side], float(joints[15:17, 0].mean()), unit, sign)
        across = max(abs(toe - heel), 0.15 * unit) / wide
        down = min(1.9 * across, 1.1 * unit / tall)  # a foot that points to the viewer is shortened in length
        y = (grid[mine, 1] - sole) / down + upper + tall
        moved[mine] = np.stack([(grid[mine, 0] - heel) * sign / across + left, y], 1)
        if mask.any() and tall > 0.7 * wide:  # a boot: its shaft is round, and hides the leg's whole width
            ankle = upper + tall - 0.4 * wide
            shaft = np.flatnonzero(mask[int(upper) : int(ankle)].any(0))
            knee, foot = joints[13 + side], joints[15 + side]
            on_leg = foot[0] + (grid[mine, 1] - foot[1]) / (knee[1] - foot[1] - 1e-3) * (knee[0] - foot[0])
            x = (grid[mine, 0] - on_leg) * sign / (0.24 * unit) * np.ptp(shaft) + shaft.mean()  # as wide as a leg
            share = np.clip((ankle - y) / (0.15 * tall) + 0.5, 0, 1)
            moved[mine, 0] = (1 - share) * moved[mine, 0] + share * x
    return moved


def _foot(query: Scene, ankle: Points, middle: float, unit: float, sign: int) -> tuple[float, float, float]:
    """Columns of a foot's heel and toe, and the row of its sole, by the map where that shows it."""
    rows, columns = np.nonzero(covers(query.map, (CLASS["skin"], CLASS["legwear"], CLASS["shoes"])))
    away, other = np.abs(columns - ankle[0]), np.abs(columns - (2 * middle - ankle[0]))
    near = (away < 0.4 * unit) & (away < other) & (rows > ankle[1]) & (rows < ankle[1] + 0.35 * unit)
    if near.sum() < 0.005 * unit**2:
        return float(ankle[0]) - sign * 0.1 * unit, float(ankle[0]) + sign * 0.25 * unit, float(ankle[1]) + 0.12 * unit
    heel, toe = sorted((float(columns[near].min()), float(columns[near].max()) + 1), reverse=sign < 0)
    return heel, toe, float(rows[near].max()) + 1


def register(field: Field, source: Mask, target: Mask, hidden: Mask, source_hidden: Mask) -> Field:
    """Bend a field until the source's silhouette, seen through it, is the target's.

    Args:
        field: position of each cell on the source, in pixels. Shape: (64, 48, 2).
        source: the garment on the reference. Shape: (h, w).
        target: the garment on the query. Shape: (h, w).
        hidden: what lies over the query's garment, whose edge isn't its own there. Shape: (h, w).
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
    planes = np.stack([shape, across / steep, down / steep, _in_sight(whole, blocked)]).astype(np.float32)
    free = torch.from_numpy((np.abs(goal) < _REACH * 2) & _in_sight(wide, covered)).float()
    moved = start = (torch.from_numpy(field).permute(2, 0, 1) + 0.5) / scale - 0.5  # in cells of the source
    for step in range(_STEPS):
        reached, *slope, open = sample(torch.from_numpy(planes), moved, padding="border")
        off = (torch.from_numpy(goal) - reached).clamp(-_REACH, _REACH) * free * open
        moved = moved + _blurred(off * torch.stack(slope), 3.0 if step < _STEPS // 2 else 1.5)
    bent = moved - start
    length = bent.norm(dim=0).clamp_min(1e-6)
    bent = _blurred(bent * (2.5 / length).clamp(max=1), 2.0)  # cloth that is drawn out farther looks like wood
    return np.asarray(((start + bent + 0.5) * scale - 0.5).permute(1, 2, 0), np.float32)


def _blurred(planes: Tensor, width: float) -> Tensor:
    """A Gaussian blur of a standard deviation in cells. Shape: (c, h, w)."""
    reach = round(3 * width)
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / width) ** 2)
    bell = bell / bell.sum()
    padded = F.pad(planes[:, None], (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, bell[None, None, :, None]), bell[None, None, None])[:, 0]


def _in_sight(mask: Mask, hidden: Mask) -> Mask:
    """Cells whose distance to the shape's edge is known: they and the nearest of it are in sight."""
    away = [ndimage.distance_transform_edt(side, return_distances=False, return_indices=True) for side in (mask, ~mask)]
    row, column = np.where(mask, *away)
    return np.asarray(~hidden & ~ndimage.binary_dilation(hidden)[row, column])


def _with_hidden(mask: Mask, hidden: Mask) -> Mask:
    """A shape with the hidden cells near it, in which it may go on."""
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
