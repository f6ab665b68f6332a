"""The texture path's coarse alignment: a smooth field that says where on the reference each pixel of the query lies.

A garment is brought onto the query's body by its bones (body.py), then its silhouette onto the generated map's
(registration.py).
Fields are coarse, 64x48, and smooth, so that they can be enlarged to the photo's own size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from modiste.tryon.body import ARMS, SEEN, cells, follow, followed, stand_in, standing, torso, within_reach
from modiste.tryon.fields import COARSE, Field
from modiste.tryon.scene import CLASS, Points, Scene, covers
from modiste.types import Mask

_COAT = 0.02
"""Share of a frame that a coat covers at least that hides what is under it."""
_CHEST = 1.42
"""Times its waist that a long garment is as wide as a top would be."""
_CHESTS = {"top": 0.81, "outer": 0.9, "dress": 0.9}
"""Width of a region's garments, in lengths of the wearer's torso: mean of the drawn ones."""
_BARE_CHEST = 0.72
"""The same of dresses without sleeves, which are cut close."""
_STRAPS = 0.78
"""Width of their shoulders at most, as a share of the trunk's."""
_TOP = 1.2
"""Length of a top below its collar, in lengths of the torso."""
_ARM, _ELBOW = 1.05, 0.6
"""Lengths of an arm and of what of it a sleeve covers that goes beyond the elbow, in lengths of the torso."""
_LONG = 0.79
"""Length of a sleeve from which it is long, in lengths of a torso that may be wrong by a third."""
_LOWEST = 1.15
"""How far below the shoulders sleeves hang at most; beyond it a skirt is wide. Likewise."""
_CROWN = 1.35
"""Width of a hat's crown, in distances between the ears."""
_PAIR = 0.64
"""Share of a pair's silhouette that one of the two covers at most."""
_LOW = 1.55
"""Times its height that a single low shoe is wide, and a pair, one above the other, is not."""
_UPRIGHT = 1.9
"""How much less a foot that points to the viewer is shortened in height than in length."""
_SHAFT = 0.24
"""Width of a boot's shaft, in lengths of the torso."""
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
        moved = _onto_box(query, joints, reference.mask(region), region, grid)
    else:
        moved = follow(joints, stand_in(worn_by(reference, region)), bones_followed(query, reference, region), grid)
    return np.asarray(moved.reshape(*COARSE, 2), np.float32)


def reachable(query: Scene, reference: Scene, region: str) -> Mask:
    """Where on the query a region's garment can be at all. Shape: (h, w)."""
    size = (query.map.shape[0], query.map.shape[1])
    if region in _LONE:
        return np.ones(size, bool)
    joints, grid = stand_in(query.keypoints), cells(*COARSE, size)
    names = bones_followed(query, reference, region)
    near = within_reach(joints, names, grid, _under_coat(query, region)).reshape(COARSE)
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


def bones_followed(query: Scene, reference: Scene, region: str) -> list[str]:
    """The bones that a garment follows: of arms those that its sleeves dress, and none inside a coat's."""
    dress = "jumpsuit" if legged(reference.mask(region)) else "dress"
    names = followed([dress] if region == "dress" else present(reference, region))
    if _under_coat(query, region):
        return [name for name in names if name not in ARMS]
    if alone(reference) and region in ("top", "dress", "outer"):
        sleeves = _sleeves(reference.mask(region), region)
        return [name for name in names if name not in ARMS or name in sleeves]
    return names


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
    return _under_bottom(mask) if region in ("bottom", "legwear") else _under_top(mask, region)


def _under_top(mask: Mask, region: str) -> Points:
    """The wearer of a top, jacket or dress: shoulders at its upper corners, arms where the sleeves are."""
    rows, columns = np.nonzero(mask)
    top, bottom, middle = rows.min(), rows.max(), float(np.median(columns))
    width = _trunk_width(mask, middle)
    shoulder = top + _collar(mask, width) + 0.1 * width
    torso = max(width / _CHESTS.get(region, 0.81), 8.0)
    keypoints = standing((middle, shoulder), torso)
    tips = _tips(mask, keypoints[5:7, :2], width, torso)
    lengths = [
        float(np.linalg.norm(tip - at)) for tip, at in zip(tips, keypoints[5:7, :2], strict=True) if tip is not None
    ]
    if len(lengths) == 2 and min(lengths) > _LONG * torso:  # long sleeves tell more than a cut, which may be loose
        torso = float(np.mean(lengths)) / _ARM
    elif region == "top":  # a close cut is narrow, but no shorter for it
        torso = max(torso, (torso * (bottom - shoulder) / _TOP) ** 0.5)
    elif region == "dress" and mask[min(round(shoulder + 0.06 * width), bottom)].sum() < _STRAPS * width:
        torso = max(width / _BARE_CHEST, 8.0)
    keypoints = standing((middle, shoulder), torso)
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
    """The ends of the sleeves of a garment that lies alone, left and right; nothing where it has none."""
    rows, columns = np.nonzero(mask)
    middle, found = float(np.median(columns)), list[Points | None]()
    for at, sign in zip(shoulders, (1, -1), strict=True):
        off = ((columns - middle) * sign > width * 0.52) & (rows < at[1] + _LOWEST * torso)
        if off.sum() < 0.02 * mask.sum():
            found.append(None)
            continue
        far = np.hypot(columns[off] - at[0], rows[off] - at[1]).argsort()[-max(1, int(off.sum()) // 50) :]
        found.append(np.array([columns[off][far].mean(), rows[off][far].mean()], np.float32))
    return found


def _sleeves(mask: Mask, region: str) -> list[str]:
    """The bones of the arms that a garment that lies alone has cloth for."""
    if not mask.any():
        return []
    keypoints = _under_top(mask, region)
    shoulders, unit = keypoints[5:7, :2], torso(keypoints[:, :2])
    tips = _tips(mask, shoulders, _trunk_width(mask, float(np.median(np.nonzero(mask)[1]))), unit)
    found = list[str]()
    for side, at, tip in zip(("left", "right"), shoulders, tips, strict=True):
        if tip is not None:
            found.append(f"{side}_upper_arm")
            found += [f"{side}_lower_arm"] if np.linalg.norm(tip - at) > _ELBOW * unit else []
    return found


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
    lower = _usual(_runs(mask, middle, rows[len(rows) * 65 // 100 : len(rows) * 95 // 100]), 0.5)
    if len(rows) <= 2 * width:
        return min(width, lower)  # short sleeves hide more of the sides than are free of them
    upper = _runs(mask, middle, rows[len(rows) * 15 // 100 : len(rows) * 42 // 100])
    width = min(_CHEST * _usual(upper, 0.1), _usual(upper, 0.9))
    return width if legged(mask) else min(width, lower)  # sleeves lie against a coat


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


def _onto_box(query: Scene, joints: Points, mask: Mask, region: str, grid: Points) -> Points:
    """A lone shoe, bag or hat is put where one is worn."""
    unit = torso(joints)
    if region == "hat":
        return _onto_head(joints, unit, mask, grid)
    if region == "shoes":
        return _onto_feet(query, joints, unit, mask, grid)
    left, upper, wide, tall = _box(mask)
    scale = 0.7 * unit / max(wide, tall)
    hand = joints[10] + 0.3 * (joints[10] - joints[8])
    return np.asarray((grid - hand) / scale + np.array([left + wide / 2, upper + 0.03 * tall]), np.float32)


def _onto_head(joints: Points, unit: float, mask: Mask, grid: Points) -> Points:
    """A hat's crown, without its brim or visor, is a little wider than the head; it ends above the eyes."""
    _, upper, wide, tall = _box(mask)
    head = max(float(np.linalg.norm(joints[3] - joints[4])), 0.24 * unit)
    rows = slice(int(upper + 0.25 * tall), int(upper + 0.6 * tall) + 1)
    crown = max(float(np.quantile(mask[rows].sum(1), 0.7)), 0.3 * wide)
    middle = float(np.median(np.nonzero(mask[rows])[1])) if mask[rows].any() else mask.shape[1] / 2
    across = _CROWN * head / crown
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
    _, _, wide, tall = _box(small)
    if wide > _LOW * tall or small.sum() > 0.9 * wide * tall or not small.any():
        return mask
    nearer, most = small, _PAIR * small.sum()
    columns = np.nonzero(small)[1]  # row by row: of a boot, the shaft's before the foot's
    toes = (
        np.sign(np.median(columns[-len(columns) // 4 :]) - np.median(columns[: len(columns) // 4]))
        if tall > wide
        else 0
    )
    far, fattened = int(0.4 * wide), ndimage.binary_dilation(small)  # the farther one is a little smaller
    for down in range(1, int(0.7 * tall)):
        for across in range(-far if toes < 1 else 0, far + 1 if toes > -1 else 1):  # the nearer boot stands before
            one = small & _moved(fattened, down, across)
            both = one | _moved(one, -down, -across)
            if (
                one.sum() < most
                and (both & small).sum() > 0.95 * small.sum()
                and np.ptp(np.nonzero(one)[1]) > 0.75 * wide
            ):
                most, nearer = one.sum(), one
    found = mask & nearer.repeat(4, 0).repeat(4, 1)
    labels, _ = ndimage.label(found)
    sizes = np.bincount(labels.ravel())
    return np.asarray(found & (sizes[labels] > 0.15 * sizes[1:].max(initial=0)))


def _moved(mask: Mask, down: int, across: int) -> Mask:
    """A mask moved by some pixels; nothing comes in from beyond its edges."""
    moved = np.zeros_like(mask)
    height, width = mask.shape
    moved[max(down, 0) : height + min(down, 0), max(across, 0) : width + min(across, 0)] = mask[
        max(-down, 0) : height + min(-down, 0), max(-across, 0) : width + min(-across, 0)
    ]
    return moved


def _onto_feet(query: Scene, joints: Points, unit: float, mask: Mask, grid: Points) -> Points:
    """A shoe seen from the side on either foot, the toes outwards: as wide as the foot, and a boot as the leg."""
    left, upper, wide, tall = _box(mask)
    on_left = np.abs(grid[:, 0] - joints[15, 0]) < np.abs(grid[:, 0] - joints[16, 0])
    moved = np.empty_like(grid)
    for side, mine, sign in ((0, on_left, 1), (1, ~on_left, -1)):
        heel, toe, sole = _foot(query, joints[15 + side], float(joints[15:17, 0].mean()), unit, sign)
        across = max(abs(toe - heel), 0.15 * unit) / wide
        down = min(_UPRIGHT * across, 1.1 * unit / tall)
        y = (grid[mine, 1] - sole) / down + upper + tall
        moved[mine] = np.stack([(grid[mine, 0] - heel) * sign / across + left, y], 1)
        if mask.any() and tall > 0.7 * wide:  # a boot: its shaft is round, and hides the leg's whole width
            ankle = upper + tall - 0.4 * wide
            shaft = np.flatnonzero(mask[int(upper) : int(ankle)].any(0))
            knee, foot = joints[13 + side], joints[15 + side]
            on_leg = foot[0] + (grid[mine, 1] - foot[1]) / (knee[1] - foot[1] - 1e-3) * (knee[0] - foot[0])
            x = (grid[mine, 0] - on_leg) * sign / (_SHAFT * unit) * np.ptp(shaft) + shaft.mean()
            share = np.clip((ankle - y) / (0.15 * tall) + 0.5, 0, 1)
            moved[mine, 0] = (1 - share) * moved[mine, 0] + share * x
    return moved


def _foot(query: Scene, ankle: Points, middle: float, unit: float, sign: int) -> tuple[float, float, float]:
    """Where a foot's heel and toe are, and how low it is, by the map where that shows it."""
    rows, columns = np.nonzero(covers(query.map, (CLASS["skin"], CLASS["legwear"], CLASS["shoes"])))
    away, other = np.abs(columns - ankle[0]), np.abs(columns - (2 * middle - ankle[0]))
    near = (away < 0.4 * unit) & (away < other) & (rows > ankle[1]) & (rows < ankle[1] + 0.35 * unit)
    if near.sum() < 0.005 * unit**2:
        return float(ankle[0]) - sign * 0.1 * unit, float(ankle[0]) + sign * 0.25 * unit, float(ankle[1]) + 0.12 * unit
    heel, toe = sorted((float(columns[near].min()), float(columns[near].max()) + 1), reverse=sign < 0)
    return heel, toe, float(rows[near].max()) + 1
