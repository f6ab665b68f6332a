"""What isn't tried on unless somebody insists, because the picture would be a ruin or the same photo again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modiste.catalog.categories import REPLACES
from modiste.errors import UsageError
from modiste.parsing import Seen
from modiste.tryon.align import worn_by
from modiste.tryon.body import SEEN, stand_in, torso
from modiste.tryon.model import Plan
from modiste.tryon.scene import Scene, covers, region_classes
from modiste.types import Mask

LITTLE = 0.02
"""Share of its frame under which a garment is mostly guessed; of what is small anyway, a tenth."""
SMALL = ("shoes", "bag", "hat", "legwear")
WORN = 0.0015
"""Share of the frame under which nothing of a region is seen on the person."""
HEM = 0.12
"""Lengths of the torso below the hips to which a dress reaches at least; what ends above is worn as a top."""
_PLACES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "top": ("the shoulders", (5, 6)),
    "outer": ("the shoulders", (5, 6)),
    "dress": ("shoulders and hips", (5, 6, 11, 12)),
    "bottom": ("hips and legs", (11, 12, 13, 14)),
    "legwear": ("the legs", (13, 14, 15, 16)),
    "shoes": ("the feet", (15, 16)),
    "bag": ("the trunk", (5, 6, 11, 12)),
    "hat": ("the head", (0, 1, 2, 3, 4)),
}
"""Region to what a photo must show of a person who wears something there, and the joints that tell it."""


def check_enough_seen(garment: Scene, region: str) -> None:
    """Refuse a garment of which its photo shows next to nothing.

    Raises:
        UsageError: most of it would be guessed.
    """
    share = float(garment.mask(region).mean())
    if share < (LITTLE / 10 if region in SMALL else LITTLE):
        raise UsageError(
            f"little of the {region} is seen on its photo ({share:.1%} of the frame), so most of it would be guessed; "
            "give a photo that shows more of it"
        )


def check_place(person: Seen, region: str) -> None:
    """Refuse a person of whom the photo doesn't show where a garment is worn.

    Raises:
        UsageError: neither the joints there nor anything that is worn there is seen.
    """
    said, joints = _PLACES[region]
    joints_seen = bool((person.keypoints[list(joints), 2] >= SEEN).any())
    regions = (region, *REPLACES.get(region, ()))
    if not joints_seen and all(person.mask(name).mean() < WORN for name in regions):
        raise UsageError(
            f"the person's photo doesn't show {said}, so nothing can be put on as {region}; give one that does"
        )


def check_shown(plan: Plan, inside: Mask) -> str:
    """Refuse garments of which nothing would be seen.

    Args:
        inside: where the frame lies on the person's photo. Shape: (h, w).

    Returns:
        What to say of some that won't be seen, where others will.

    Raises:
        UsageError: all of them would lie beyond the photo's edge, or be hidden.
    """
    seen = {region: covers(plan.map, region_classes(region)) & plan.changed & inside for region in plan.garments}
    hidden = [region for region, place in seen.items() if place.mean() < WORN / 2]
    if not hidden:
        return ""
    said = f"nothing of the {' and the '.join(hidden)} is seen: what is worn over it hides it, or the photo ends there"
    if len(hidden) == len(seen):
        raise UsageError(f"{said}; give another photo of the person")
    return said


def ends_at_hips(garment: Scene) -> bool:
    """Whether what is given as a dress is as short as a top, which leaves the hips bare."""
    joints = stand_in(worn_by(garment, "dress"))
    rows = np.flatnonzero(garment.mask("dress").any(1))
    return bool(len(rows)) and float(rows[-1] - joints[11:13, 1].mean()) < HEM * torso(joints)
