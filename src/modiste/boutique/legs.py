"""How trousers and shorts are cut: half widths and heights, from what a design says of length, fit and owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modiste.boutique.curves import Point
from modiste.boutique.spec import Spec


@dataclass(frozen=True)
class Legs:
    """Half widths and heights of trousers, in units of four to a centimetre."""

    waist: float
    hip: float
    knee: float
    ankle: float
    top: float = 60.0
    rise: float = 122.0
    hem: float = 462.0
    stance: float = 58.0
    """How far the middle of a foot is from the middle."""
    band: float = 17
    """Depth of the waistband."""

    @property
    def crotch(self) -> Point:
        """Where the legs part."""
        return 0.0, self.top + self.rise


FITS: Mapping[str, tuple[float, float]] = {
        "skinny": (25, 18), "slim": (28, 22), "straight": (32, 31), "tapered": (35, 22), "relaxed": (38, 29),
        "regular": (36, 36), "wide": (44, 52), "flared": (28, 46)}  # fmt: skip
"""Half the width of a leg at the knee and at the ankle."""
_SHORTS = {"slim": 42, "regular": 48, "wide": 58}
_OWNERS: Mapping[str, tuple[float, float, float, float]] = {
    "Women": (69, 98, 134, 14),
    "Unisex": (76, 97, 124, 17),
    "Men": (84, 97, 112, 21),
}
"""Waist, hip, rise and waistband of further bottoms, which have to tell their owners apart by their proportions."""
_INSEAM = {"mini": 58.0, "knee": 110.0, "capri": 174.0, "cropped": 222.0, "regular": 286.0}
_PETITE = 0.86
"""Of the inseam; widths and rise lose less."""


def measures(spec: Spec) -> Legs:
    """The cut of a spec's legs."""
    if spec.size:
        return _further(spec)
    rng = spec.rng("legs")
    knee, ankle = FITS[spec.fit]
    waist, hip = 74 + rng.uniform(-2, 2), 95 + (knee - 30) * 0.3
    if spec.gender == "Men":
        waist, hip = waist + 8, hip - 1
    if spec.kind == "leggings":
        waist, hip = 62, 82
    if spec.kind == "shorts":
        wide = _SHORTS[spec.fit]
        hem = 60 + (178 if spec.length == "mini" else 246) + rng.uniform(-6, 6)
        return Legs(waist, hip, wide, wide + 3, hem=hem, stance=54 + (wide - 42) * 0.6)
    hem = {"cropped": 402, "regular": 468}[spec.length] + rng.uniform(-6, 6)
    return Legs(waist, hip, knee, ankle, hem=hem, stance=_stance(knee, ankle))


def _further(spec: Spec) -> Legs:
    """The cut of one of the further bottoms: a woman's curves out from a narrow waist, a man's falls straight."""
    rng = spec.rng("legs")
    waist, hip, rise, band = _OWNERS[spec.gender]
    knee, ankle = (_SHORTS[spec.fit], _SHORTS[spec.fit] + 3.0) if spec.kind == "shorts" else FITS[spec.fit]
    if spec.length == "capri":
        ankle = knee + (ankle - knee) * 0.55
    inseam, thin = _INSEAM[spec.length] + rng.uniform(-6, 6), 1.0
    if spec.size == "petite":
        inseam, rise, hip, thin = inseam * _PETITE, rise * 0.92, waist + (hip - waist) * 0.8, 0.88
    hip += (knee - 30) * (0.3 if spec.kind != "shorts" else 0.1)
    stance = 54 + (knee - 42) * 0.6 if spec.kind == "shorts" else _stance(knee, ankle)
    return Legs(
        waist=waist + rng.uniform(-1.5, 1.5),
        hip=hip + rng.uniform(-1.5, 1.5),
        knee=knee * thin,
        ankle=ankle * thin,
        rise=rise + rng.uniform(-3, 3),
        hem=60 + rise + inseam,
        stance=stance * (1 + thin) / 2,
        band=band,
    )


def _stance(knee: float, ankle: float) -> float:
    return 52 + max(0, ankle - 30) * 0.55 + (knee - 25) * 0.25
