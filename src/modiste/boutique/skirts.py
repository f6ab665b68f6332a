"""Skirts, alone and on dresses."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from modiste.boutique.curves import Path, curve, join, line, symmetric
from modiste.boutique.details import creases, seam, stitches
from modiste.boutique.drawing import Fold, Mark, Part
from modiste.boutique.paints import Paints
from modiste.boutique.spec import Spec

SKIRT_LENGTHS = {"mini": 158.0, "knee": 228.0, "midi": 304.0, "maxi": 392.0}
"""From the waist to the hem."""


@dataclass(frozen=True)
class _Cut:
    """Half widths and heights of a skirt."""

    waist: float
    top: float
    hip: float
    sweep: float
    """Half the width of the hem."""
    hem: float
    sag: float
    """How much lower the hem hangs in the middle than at the sides."""

    @property
    def foot(self) -> float:
        """The lowest point."""
        return self.hem + self.sag


def skirt(spec: Spec, paints: Paints, waist: float, top: float, length: float) -> Part:
    """A skirt that hangs from a waist of half width `waist` at the height `top`."""
    rng = spec.rng("skirt")
    flared = spec.fit != "slim"
    if flared:
        cut = _Cut(waist, top, waist + 34, waist + 34 + length * rng.uniform(0.24, 0.32), top + length, 17)
        sides = curve((waist, top), (cut.hip - 4, top + min(86.0, length * 0.45)), (cut.sweep, cut.hem))
    else:
        cut = _Cut(waist, top, waist + 22, waist + 22 - length * 0.035, top + length, 4)
        sides = curve((waist, top), (cut.hip - 3, top + 64), (cut.sweep, cut.hem))
    foot = curve((cut.sweep, cut.hem), (cut.sweep * 0.55, cut.hem + cut.sag * 0.8), (0, cut.foot))
    pleats = _pleats(cut) if flared and spec.fabric not in ("leather", "denim") and rng.random() < 0.35 else []
    folds = _pressed(pleats) if pleats else _falls(cut, rng) if flared else _pulls(cut)
    marks = (*_sewing(spec, cut, foot, flared, paints), *(seam(way, paints, 0.9, 0.5) for way in pleats))
    outline = symmetric(line((0, top + 4), (waist, top)), sides, foot)
    return Part(outline, paints.main, marks=marks, folds=folds, patterned=True, bulge=11, lift=0.4)


def _sewing(spec: Spec, cut: _Cut, foot: Path, flared: bool, paints: Paints) -> list[Mark]:
    """The hem, a slit in a narrow skirt, the front seam of a denim one."""
    whole = join(foot, foot.mirrored().reversed()).scaled(0.985, 1)
    marks = [stitches(whole.moved(0, -9), paints), stitches(whole.moved(0, -6.5), paints, 0.7)]
    if not flared:
        slit = line((cut.sweep * 0.42, cut.hem - (cut.hem - cut.top) * 0.28), (cut.sweep * 0.42, cut.hem + 2))
        marks.append(seam(slit, paints, 1.4))
    if spec.fabric == "denim":
        middle = line((0, cut.top), (0, cut.foot))
        marks += [stitches(middle, paints), seam(middle.moved(2.5, 0), paints)]
    return marks


def _pleats(cut: _Cut) -> list[Path]:
    ways = []
    for share in (-0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8):
        bottom = cut.foot - 14 * share * share
        middle = share * (cut.waist + cut.sweep) * 0.52, (cut.top + bottom) / 2
        ways.append(curve((share * cut.waist, cut.top + 3), middle, (share * cut.sweep, bottom)))
    return ways


def _pressed(pleats: list[Path]) -> tuple[Fold, ...]:
    return tuple(fold for way in pleats for fold in (Fold(way.moved(-2, 0), -4.0, 6), Fold(way.moved(5, 0), 3.5, 9)))


def _pulls(cut: _Cut) -> tuple[Fold, ...]:
    """Creases from the middle to the hips, where a narrow skirt is tight."""
    right = [(cut.waist * 0.2, cut.top + 50), (cut.waist * 0.8, cut.top + 42), (cut.waist * 1.2, cut.top + 26)]
    left = [(-x, y + 13) for x, y in right]
    return creases(right, left, depth=1.4, width=10)


def _falls(cut: _Cut, rng: Random) -> tuple[Fold, ...]:
    """Folds that widen from the waist to the hem."""
    ways = []
    for place in (-0.78, -0.52, -0.2, 0.12, 0.4, 0.7):
        share = place + rng.uniform(-0.06, 0.06)
        down = rng.uniform(0.05, 0.35)
        start = share * (cut.waist + (cut.sweep - cut.waist) * down), cut.top + (cut.foot - cut.top) * down
        middle = share * (cut.waist + cut.sweep) * 0.53, (start[1] + cut.foot) / 2
        ways.append([start, middle, (share * cut.sweep * 1.02, cut.foot - 10 * share * share)])
    return creases(*ways, depth=3.2, width=14)
