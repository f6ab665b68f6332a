"""Heads: face, and hair in several styles, some of which falls behind the body and some over the clothes."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np

from modiste.boutique.drawing.curves import Path, Point, curve, line, oval, shape, symmetric
from modiste.boutique.drawing.materials import darker, lighter, mix
from modiste.boutique.drawing.parts import Fold, Mark, Part
from modiste.colour import Rgb

SKINS: tuple[Rgb, ...] = ((247, 217, 196), (240, 203, 176), (232, 189, 158), (219, 171, 136), (198, 146, 108),
                          (172, 120, 84), (141, 94, 64), (110, 72, 50), (84, 54, 40))  # fmt: skip
HAIRS: tuple[Rgb, ...] = ((28, 24, 24), (44, 32, 26), (70, 46, 32), (98, 64, 40), (136, 92, 54), (186, 142, 84),
                          (214, 178, 120), (150, 70, 40), (150, 146, 142))  # fmt: skip
_IRISES: tuple[Rgb, ...] = ((70, 46, 30), (52, 36, 28), (92, 106, 70), (76, 106, 136))
_WOMENS = ("long", "long", "wavy", "bob", "bob", "bun", "ponytail", "curls", "short")
_MENS = ("short", "short", "side", "side", "buzz", "curls", "beard", "beard", "bun")


@dataclass(frozen=True)
class Head:
    """A head: its skin, hair and eyes."""

    skin: Rgb
    hair: Rgb
    style: str
    iris: Rgb
    lips: Rgb
    seed: int
    glasses: bool = False
    earrings: bool = False


def design_head(gender: str, rng: Random) -> Head:
    """A face and hair that go with each other."""
    skin = rng.choice(SKINS)
    dark = sum(skin) < 420
    hair = rng.choice(HAIRS[:3] if dark else HAIRS)
    lips = mix(skin, (176, 52, 62), rng.uniform(0.25, 0.62) if gender == "Women" else 0.2)
    style = rng.choice(_WOMENS if gender == "Women" else _MENS)
    return Head(
        skin, hair, style, rng.choice(_IRISES[:2] if dark else _IRISES), lips, rng.randrange(2**31),
        rng.random() < 0.12, gender == "Women" and rng.random() < 0.25,
    )  # fmt: skip


def face(head: Head, turn: float) -> tuple[Part, ...]:
    """Head with ears and features, which move to the side that the person looks to."""
    shift, shade = turn * 9, mix(darker(head.skin, 0.4), (150, 60, 40), 0.3)
    outline = symmetric(
        curve((0, 2), (20, 6), (30, 26), (31.5, 48)), curve((31.5, 48), (29, 66), (17, 84), (7, 90), (0, 91))
    )
    ears = [Part(oval((s * 31 - shift * 0.3, 53), 5, 9.5), head.skin, bulge=4, lift=0.2) for s in (-1, 1)]
    marks = [*_eyes(head, shift, shade), *_nose(shift, shade), *_mouth(head, shift)]
    marks += [Mark(oval((s * 18 + shift, 64), 8, 6), fill=(226, 96, 84), opacity=0.10) for s in (-1, 1)]
    if head.style == "beard":
        marks.insert(0, Mark(_beard(shift), fill=head.hair, opacity=0.78))
    return *ears, Part(outline, head.skin, marks=tuple(marks), bulge=24, lift=0.35)


def accessories(head: Head, turn: float) -> tuple[Part, ...]:
    """Glasses and earrings."""
    shift, parts = turn * 9, []
    if head.glasses:
        rims = [Mark(oval((s * 13.5 + shift, 49), 10.5, 8.5), stroke=(34, 30, 32), width=2.0) for s in (-1, 1)]
        rims.append(Mark(curve((-4 + shift, 47), (shift, 45), (4 + shift, 47)), stroke=(34, 30, 32), width=2.0))
        bridge = shape(line((-3 + shift, 46), (3 + shift, 46), (3 + shift, 48), (-3 + shift, 48)))
        parts.append(Part(bridge, (34, 30, 32), marks=tuple(rims), bulge=1, lift=0.1))
    if head.earrings:
        parts += [Part(oval((s * 32 - shift * 0.3, 67), 3.2, 4.6), (212, 176, 98), bulge=3, gloss=0.7) for s in (-1, 1)]
    return tuple(parts)


def hair_behind(head: Head) -> tuple[Part, ...]:
    """Hair that falls behind neck and shoulders."""
    if head.style in ("long", "wavy"):
        low = 176 + head.seed % 60
        outline = symmetric(
            curve((0, -8), (28, -4), (39, 26), (41, 70), (45, 120), (46, low - 20), (36, low)),
            curve((36, low), (18, low + 6), (0, low + 4)),
        )
        return (_hair(head, outline, 0.86, down=low),)
    if head.style == "bob":
        outline = symmetric(
            curve((0, -8), (28, -4), (40, 26), (43, 66), (42, 98), (34, 108)), curve((34, 108), (0, 110))
        )
        return (_hair(head, outline, 0.84, down=108),)
    if head.style == "ponytail":
        outline = shape(
            curve((10, 6), (40, 10), (52, 60), (50, 120), (42, 160)), curve((42, 160), (36, 110), (24, 60), (10, 6))
        )
        return (_hair(head, outline, 0.88, down=160),)
    if head.style == "curls":
        return (_hair(head, _cloud(head, 44, 50, 38), 0.85, down=90),)
    if head.style == "bun":
        return (_hair(head, oval((4, -12), 17, 15), 0.9, down=4),)
    return ()


def hair_above(head: Head, turn: float) -> tuple[Part, ...]:
    """Hair that covers the head from brow to crown."""
    rng, shift = Random(head.seed), turn * 6
    part = rng.choice([-1, 1]) * rng.uniform(4, 15)
    if head.style == "curls":
        edge = curve((-33, 46), (-28, 26), (-14, 19), (shift, 17), (14, 19), (28, 26), (33, 46))
        return (_hair(head, shape(edge, _crown(12, 41)), 1.0, down=30),)
    if head.style == "buzz":
        edge = curve((-31, 44), (-28, 26), (-16, 17), (shift, 15), (16, 17), (28, 26), (31, 44))
        return (_hair(head, shape(edge, _crown(2, 31.5)), 1.0, down=30),)
    low = {"short": 46.0, "side": 44.0, "beard": 46.0, "bun": 44.0, "ponytail": 44.0}.get(head.style, 58.0)
    edge = curve(
        (-33, low), (-29, 30), (-19, 20 + max(0, part) * 0.3), (part + shift, 11),
        (21, 20 - min(0, part) * 0.3), (29, 30), (33, low),
    )  # fmt: skip
    high = {"short": 8.0, "side": 9.0, "beard": 8.0, "bun": 4.0, "ponytail": 4.0}.get(head.style, 7.0)
    return (_hair(head, shape(edge, _crown(high, 35.5 if low > 50 else 34.0)), 1.0, down=low, part=part + shift),)


def hair_before(head: Head) -> tuple[Part, ...]:
    """Locks that fall over the shoulders and lie on the clothes."""
    if head.style not in ("long", "wavy"):
        return ()
    rng, locks = Random(head.seed + 1), []
    for side in (-1, 1):
        if rng.random() < 0.2:
            continue
        low, sway = rng.uniform(170, 240), 7 if head.style == "wavy" else 2
        third = (low - 96) / 3
        out = curve(
            (32, 34), (39, 66), (43 + sway, 96), (45 - sway, 96 + third), (42 + sway, 96 + 2 * third), (33, low)
        )
        back = curve((33, low), (29 - sway, 96 + 2 * third), (27 + sway, 96 + third), (25, 92), (30, 62), (30, 40))
        lock = shape(out, back)
        locks.append(_hair(head, lock if side > 0 else lock.mirrored(), 0.97, down=low, lift=0.7))
    return tuple(locks)


def _crown(high: float, wide: float) -> Path:
    """Back over the head from the right to the left."""
    return curve((wide - 1, 44), (wide, 26), (wide * 0.74, 4 - high * 0.4), (0, -high), (-wide * 0.74, 4 - high * 0.4),
                 (-wide, 26), (-wide + 1, 44))  # fmt: skip


def _cloud(head: Head, wide: float, high: float, middle: float) -> Path:
    rng, base = Random(head.seed), oval((0, middle), wide, high).points()
    points: list[Point] = []
    for at, (x, y) in enumerate(base[:-1:1]):
        out = 1 + (0.07 if at % 2 else -0.02) + rng.uniform(-0.02, 0.02)
        points.append((float(x) * out, middle + (float(y) - middle) * out))
    return shape(curve(*points, points[0]))


def _hair(head: Head, outline: Path, tone: float, down: float, lift: float = 0.4, part: float = 0.0) -> Part:
    """A mass of hair with strands that run down it."""
    colour = head.hair if tone >= 1 else darker(head.hair, 1 - tone)
    rng, folds, marks = Random(head.seed + 7), [], []
    for at in range(13):
        x = (at - 6) / 6
        wave = (6 if head.style in ("wavy", "curls") else 1.5) * (1 if at % 2 else -1)
        top = (part + x * 12, 2 + abs(x) * 7)
        way = curve(top, (x * 30 + part * 0.2, 24 + abs(x) * 8), (x * 36 + wave, (down + 40) / 2), (x * 38, down))
        shade = lighter(colour, 0.22) if at % 3 == 0 else darker(colour, 0.35)
        kept = _inside(way, outline)
        if kept is not None:
            marks.append(Mark(kept, stroke=shade, width=rng.uniform(1.0, 2.0), opacity=0.4))
            folds.append(Fold(kept, 2.2 if at % 2 else -2.2, 6))
    return Part(outline, colour, marks=tuple(marks), folds=tuple(folds), bulge=14, lift=lift, gloss=0.35)


def _inside(way: Path, outline: Path) -> Path | None:
    """The first stretch of a line that lies in an outline."""
    ring = outline.points()
    (x1, y1), (x2, y2) = ring.T, np.roll(ring, -1, axis=0).T
    kept: list[Point] = []
    for x, y in np.repeat(way.points(), 1, axis=0).tolist():
        crosses = (y1 <= y) != (y2 <= y)
        right = x1[crosses] + (y - y1[crosses]) / (y2 - y1)[crosses] * (x2 - x1)[crosses] > x
        if right.sum() % 2:
            kept.append((x, y))
        elif kept:
            break
    return curve(*kept) if len(kept) > 2 else None


def _eyes(head: Head, shift: float, shade: Rgb) -> list[Mark]:
    marks = []
    brow = darker(head.hair, 0.25) if sum(head.hair) < 480 else darker(head.hair, 0.45)
    for s in (-1, 1):
        x, y = s * 13 + shift, 49.0
        white = shape(curve((x - 6.6, y + 0.6), (x - 2, y - 3.4), (x + 3, y - 3.2), (x + 6.6, y + 0.2)),
                      curve((x + 6.6, y + 0.2), (x + 2, y + 3.0), (x - 3, y + 3.0), (x - 6.6, y + 0.6)))  # fmt: skip
        marks += [
            Mark(oval((x, y - 2), 9, 5.5), fill=shade, opacity=0.14),
            Mark(white, fill=(248, 244, 240)),
            Mark(oval((x + shift * 0.1, y - 0.2), 3.1, 3.2), fill=head.iris),
            Mark(oval((x + shift * 0.1, y - 0.2), 1.5), fill=(18, 14, 14)),
            Mark(oval((x + shift * 0.1 - 1.1, y - 1.4), 0.8), fill=(255, 255, 255)),
            Mark(
                curve((x - 7, y + 0.6), (x - 2, y - 3.8), (x + 3, y - 3.7), (x + 7.2, y - 0.4)),
                stroke=(38, 26, 24),
                width=1.9,
            ),
            Mark(
                curve((x - s * 7.5, y - 8.6), (x + s * 1, y - 11.2), (x + s * 8.5, y - 8.4)),
                stroke=brow,
                width=2.7,
                opacity=0.85,
            ),
        ]
    return marks


def _nose(shift: float, shade: Rgb) -> list[Mark]:
    x = shift * 1.25
    return [
        Mark(curve((x + 2.5, 50), (x + 4.5, 60), (x + 5.5, 65), (x + 2, 67.5)), stroke=shade, width=1.5, opacity=0.45),
        Mark(curve((x - 4.5, 66), (x, 68.2), (x + 4.5, 66)), stroke=shade, width=1.6, opacity=0.6),
        Mark(oval((x - 1, 58), 1.8, 7), fill=(255, 250, 244), opacity=0.16),
    ]


def _mouth(head: Head, shift: float) -> list[Mark]:
    x, y = shift * 1.05, 76.5
    upper = shape(curve((x - 9.5, y), (x - 3, y - 3.2), (x, y - 2.2), (x + 3, y - 3.2), (x + 9.5, y)),
                  curve((x + 9.5, y), (x, y + 1.4), (x - 9.5, y)))  # fmt: skip
    lower = shape(
        curve((x - 9, y + 0.2), (x, y + 5.6), (x + 9, y + 0.2)), curve((x + 9, y + 0.2), (x, y + 1.4), (x - 9, y + 0.2))
    )
    return [
        Mark(upper, fill=darker(head.lips, 0.12)),
        Mark(lower, fill=head.lips),
        Mark(
            curve((x - 10, y - 0.4), (x, y + 1.3), (x + 10, y - 0.4)),
            stroke=darker(head.lips, 0.5),
            width=1.0,
            opacity=0.8,
        ),
    ]


def _beard(shift: float) -> Path:
    outer = curve((-31, 52), (-29, 68), (-17, 86), (shift * 0.3, 93), (17, 86), (29, 68), (31, 52))
    inner = curve((31, 52), (22, 66), (13 + shift, 70), (shift, 70), (-13 + shift, 70), (-22, 66), (-31, 52))
    return shape(outer, inner)
