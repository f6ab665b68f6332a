"""The metrics of try-on, as pure functions of pictures and maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from modiste.colour import delta_e, rgb_to_lab
from modiste.parsing.frame import region_classes
from modiste.tryon.body import CLASS, SEEN, Points, bones, cells, covers, stand_in
from modiste.types import Doubles, Map, Mask, Pixels

MOST_PSNR = 60.0
"""Decibels of equal pictures, whose true value is infinite."""
NOT_THERE = 100.0
"""Colour difference of a garment that wasn't rendered: that of black and white."""
DEPTHS = ("low", "mid")
"""The encoder's feature maps that are compared, at strides 8 and 16."""
_LEVELS = (1.5, 3.0, 6.0, 12.0, 24.0)
"""Bounds of the histogram's steepness, in units of lightness a pixel; the least steep gradients have no direction."""
_TURNS = 8
_TIES = 0.05
"""Share of the forearms by which a sleeve must change to count."""
_SEEN_ARM, _MOST = 40, 0.7
"""Pixels of forearms from which sleeves are judged, and the share of them that decides."""

Maps = Mapping[str, NDArray[np.float32]]


def ssim_map(made: Pixels, true: Pixels) -> Doubles:
    """Structural similarity at every pixel, with Gaussian windows as published (Wang et al., 2004). Shape: (h, w)."""
    from skimage.metrics import structural_similarity

    _, whole = structural_similarity(
        made, true, full=True, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False,
    )  # fmt: skip
    return np.asarray(whole.mean(2), np.float64)


def psnr(made: Pixels, true: Pixels, mask: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in decibels, at most `MOST_PSNR`; of a mask's pixels if there is one."""
    apart = (made.astype(np.float64) - true) ** 2
    error = float(apart.mean() if mask is None else apart[mask].mean())
    return MOST_PSNR if error == 0 else min(MOST_PSNR, 10 * float(np.log10(255**2 / error)))


def feature_distance(made: Maps, true: Maps, mask: Mask | None = None) -> float:
    """Distance of two pictures' feature maps, 0 to 2: a mean over DEPTHS of 1 - cosine at every cell.

    Args:
        made: depth to its map. Shapes: (c, h, w).
        true: the same of the other picture.
        mask: cells count by their share of it. Shape: (H, W), multiples of the maps' sizes.
    """
    distances = []
    for depth in DEPTHS:
        ours, theirs = made[depth].astype(np.float64), true[depth].astype(np.float64)
        lengths = np.linalg.norm(ours, axis=0) * np.linalg.norm(theirs, axis=0)
        apart = 1 - (ours * theirs).sum(0) / np.maximum(lengths, 1e-9)
        distances.append(float(apart.mean() if mask is None else (apart * _pooled(mask, apart.shape)).sum()))
    return float(np.mean(distances))


def map_iou(made: Map, true: Map, regions: Iterable[str]) -> float | None:
    """Mean IoU of the classes that some regions have in the true map; None where they have none."""
    values = [value for region in regions for value in region_classes(region) if (true == value).any()]
    return float(np.mean([iou(made == value, true == value) for value in values])) if values else None


def iou(first: Mask, second: Mask) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = int((first | second).sum())
    return float((first & second).sum()) / union if union else 1.0


def garment_delta_e(pixels: Pixels, mask: Mask, reference: Pixels, shown: Mask) -> float:
    """CIEDE2000 between the median colours of a rendered garment and of the reference's; NOT_THERE without either."""
    if not mask.any() or not shown.any():
        return NOT_THERE
    ours, theirs = (np.median(rgb_to_lab(colours), axis=0) for colours in (pixels[mask], reference[shown]))
    return float(delta_e(ours, theirs))


def texture(pixels: Pixels, mask: Mask, reference: Pixels, shown: Mask) -> float:
    """Agreement of the gradients inside two garments, 0 to 1: the intersection of their histograms.

    Gradients of the lightness are counted by steepness and by direction, without their sign.
    """
    if not mask.any() or not shown.any():
        return 0.0
    return float(np.minimum(_gradients(pixels, mask), _gradients(reference, shown)).sum())


def untouched(pixels: Pixels, query: Pixels, changed: Mask) -> bool:
    """True if a picture is the query bit for bit outside of what changed."""
    return bool((pixels == query)[~changed].all())


def _forearms(map: Map, keypoints: Points) -> tuple[int, int]:
    """Pixels of sleeves and of skin on the forearms that are in sight, beside the trunk. 0 and 0 without any."""
    height, width = map.shape
    body, grid = bones(stand_in(keypoints)), cells(height, width)
    near = np.zeros(height * width, np.bool_)
    for side, elbow, wrist in (("left", 7, 9), ("right", 8, 10)):
        if min(keypoints[elbow, 2], keypoints[wrist, 2]) >= SEEN:
            near |= body[f"{side}_lower_arm"].distance(grid) <= 0
    arms = (near & (body["torso"].distance(grid) > 0)).reshape(height, width)
    cloth = covers(map, (CLASS["top"], CLASS["outer"], CLASS["dress"])) & arms
    return int(cloth.sum()), int(((map == CLASS["skin"]) & arms).sum())


def sleeve_length(map: Map, keypoints: Points) -> str:
    """`long` or `short` by what covers most of the forearms; nothing where too little of them is seen."""
    cloth, bare = _forearms(map, keypoints)
    if cloth + bare < _SEEN_ARM:
        return ""
    share = cloth / (cloth + bare)
    return "long" if share >= _MOST else "short" if share <= 1 - _MOST else ""


def shortened(before: Map, after: Map, keypoints: Points) -> bool:
    """True if sleeves on the forearms fell and bare skin rose, each by more than a few pixels."""
    (cloth, bare), (less, more) = _forearms(before, keypoints), _forearms(after, keypoints)
    least = _TIES * (cloth + bare)
    return cloth - less > least and more - bare > least


def _gradients(pixels: Pixels, mask: Mask) -> Doubles:
    """Histogram of the gradients inside a mask, away from its edge if it is wide enough."""
    light = rgb_to_lab(pixels)[..., 0]
    down, across = (ndimage.gaussian_filter(light, 1.0, order=order) for order in ((1, 0), (0, 1)))
    level = np.searchsorted(_LEVELS, np.hypot(down, across), side="right")
    turn = np.floor((np.arctan2(down, across) % np.pi) / np.pi * _TURNS).astype(int) % _TURNS
    kind = np.where(level == 0, 0, 1 + (level - 1) * _TURNS + turn)
    inner = ndimage.binary_erosion(mask, iterations=3)
    counted = np.bincount(kind[inner if inner.any() else mask], minlength=1 + len(_LEVELS) * _TURNS)
    return np.asarray(counted / counted.sum())


def _pooled(mask: Mask, size: tuple[int, ...]) -> Doubles:
    """Each cell's share of a mask, summing to 1."""
    height, width = size
    shares = mask.reshape(height, mask.shape[0] // height, width, mask.shape[1] // width).mean((1, 3))
    return np.asarray(shares / max(shares.sum(), 1e-9))
