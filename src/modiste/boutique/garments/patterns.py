"""Paints, prints and weaves of a product as SVG tiles, and emblems."""

from __future__ import annotations

import math
from random import Random

from modiste.boutique.drawing.curves import Path, Point, box, curve, line, oval, ribbon, shape
from modiste.boutique.drawing.materials import BRASS, FABRICS, WEAVES, Paints, code, darker, lighter, mix
from modiste.boutique.drawing.parts import Mark
from modiste.boutique.garments.spec import Spec
from modiste.colour import COLOURS, Rgb

_STEEL: Rgb = (178, 182, 188)
_HORN: Rgb = (92, 66, 48)
_OCHRE: Rgb = (196, 142, 78)
_LEAF: Rgb = (84, 116, 84)
_UPRIGHT = ("shirt", "trousers", "blazer", "coat", "blouse", "jumpsuit", "shirt dress")
"""Kinds whose stripes run down."""


def paints_of(spec: Spec) -> Paints:
    """The paints of a product."""
    main = COLOURS[spec.colour].rgb
    dark = COLOURS[spec.colour].lab[0] < 28
    rng = spec.rng("trims")
    denim = spec.fabric == "denim" and not dark
    return Paints(
        main=main,
        second=COLOURS[spec.second].rgb,
        seam=lighter(main, 0.22) if dark else darker(main, 0.38),
        stitch=_OCHRE if denim else lighter(main, 0.34) if dark else darker(main, 0.24),
        inside=darker(main, 0.42) if not dark else darker(main, 0.3),
        trim=lighter(main, 0.09) if dark else darker(main, 0.09),
        button=rng.choice([lighter(main, 0.45), darker(main, 0.5), (238, 233, 222), _HORN]),
        metal=rng.choice([BRASS, _STEEL]),
    )


def tile(spec: Spec, paints: Paints) -> str:
    """The product's print as the inside of an SVG pattern with its attributes; empty where it has none."""
    rng = spec.rng("print")
    drawn = {"striped": _stripes, "checked": _checks, "dotted": _dots, "floral": _flowers}.get(spec.pattern)
    return drawn(spec, paints, rng) if drawn else ""


def weave(spec: Spec, paints: Paints) -> str:
    """The fabric's weave as a tile; empty where it is too fine to be seen."""
    fabric = FABRICS[spec.fabric]
    if not fabric.weave:
        return ""
    width, height, lines = WEAVES[fabric.weave]
    drawn = f'<path d="{lines}" fill="none" stroke="{code(paints.seam)}" stroke-opacity="{fabric.thread}"/>'
    return _tile(width, height, drawn)


def emblem(spec: Spec, paints: Paints, centre: Point, size: float) -> tuple[Mark, ...]:
    """The label's sign, where a logo is printed; nothing on other products."""
    if spec.pattern != "logo":
        return ()
    rng = spec.rng("emblem")
    shapes = rng.choice([_mountains, _sun, _monogram, _bars, _wave])(size)
    return tuple(Mark(part.moved(*centre), fill=paints.second) for part in shapes)


def _tile(width: float, height: float, inside: str) -> str:
    """The rest of a `<pattern ...` element, whose position and turn follow from the part that it is laid on."""
    return f'width="{width:g}" height="{height:g}">{inside}'


def _stripes(spec: Spec, paints: Paints, rng: Random) -> str:
    upright = spec.kind in _UPRIGHT
    period = rng.choice([10, 14, 20]) if upright else rng.choice([14, 20, 28, 40])
    share = rng.choice([0.2, 0.35, 0.5])
    second = code(paints.second)
    wide, high = (period * share, period) if upright else (period, period * share)
    return _tile(period, period, f'<rect width="{wide:g}" height="{high:g}" fill="{second}"/>')


def _checks(spec: Spec, paints: Paints, rng: Random) -> str:
    size = rng.choice([16, 24, 36])
    second, third = code(paints.second), code(mix(paints.second, (200, 60, 50), 0.5))
    half = size / 2
    gingham = f'<path d="M0,0H{half}V{size}H0Z" fill="{second}" fill-opacity=".5"/>'
    gingham += f'<path d="M0,0H{size}V{half}H0Z" fill="{second}" fill-opacity=".5"/>'
    pane = f'<path d="M1,0V{size}M0,1H{size}" stroke="{second}" stroke-width="2" fill="none"/>'
    tartan = f'<path d="M0,0H{half * 0.9}V{size}H0ZM0,0H{size}V{half * 0.9}H0Z" fill="{second}" fill-opacity=".4"/>'
    tartan += f'<path d="M{size * 0.72},0V{size}M0,{size * 0.72}H{size}" stroke="{third}" stroke-width="1.4"/>'
    return _tile(size, size, rng.choice([gingham, pane, tartan]))


def _dots(spec: Spec, paints: Paints, rng: Random) -> str:
    size = rng.choice([14, 20, 28])
    radius = size * rng.choice([0.13, 0.18])
    points = ((0.25, 0.25), (0.75, 0.75))
    dots = "".join(f'<circle cx="{x * size:g}" cy="{y * size:g}" r="{radius:.1f}"/>' for x, y in points)
    return _tile(size, size, f'<g fill="{code(paints.second)}">{dots}</g>')


def _flowers(spec: Spec, paints: Paints, rng: Random) -> str:
    """Blossoms, buds and sprigs, strewn so that neither rows nor the tile's edges show."""
    size = rng.choice([84.0, 110.0, 140.0])
    large = size * rng.uniform(0.13, 0.17)
    heart = rng.choice([(226, 176, 70), (240, 230, 210), darker(paints.second, 0.45)])
    petals = (paints.second, mix(paints.second, paints.main, 0.35), mix(paints.second, (232, 120, 120), 0.35))
    leaf = mix(_LEAF, paints.main, 0.25)
    drawn = []
    for i, (x, y) in enumerate(_strewn(rng, 15)):
        radius = large if i < 5 else large * 0.55
        motif = (_flower, _flower, _bud, _sprig)[i % 4] if i >= 3 else _flower
        picture = motif(radius, rng, petals[i % 3], heart, leaf)
        drawn += [
            f'<g transform="translate({x * size + dx:.1f},{y * size + dy:.1f})">{picture}</g>'
            for dx in _again(x, size, large * 1.4)
            for dy in _again(y, size, large * 1.4)
        ]
    return _tile(size, size, "".join(drawn))


def _strewn(rng: Random, count: int) -> list[tuple[float, float]]:
    """Points in a unit square, far from each other also over its edges."""
    points = [(rng.random(), rng.random())]
    while len(points) < count:
        tries = [(rng.random(), rng.random()) for _ in range(14)]
        points.append(max(tries, key=lambda point: min(_distance(point, other) for other in points)))
    return points


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    across, down = (min(abs(a - b), 1 - abs(a - b)) for a, b in zip(one, other, strict=True))
    return math.hypot(across, down)


def _again(at: float, size: float, reach: float) -> list[float]:
    """Shifts at which something must be drawn so that it goes on over the tile's edge."""
    shifts = [0.0]
    if at * size < reach:
        shifts.append(size)
    if (1 - at) * size < reach:
        shifts.append(-size)
    return shifts


def _flower(radius: float, rng: Random, petal: Rgb, heart: Rgb, leaf: Rgb) -> str:
    turn, count = rng.uniform(0, 72), rng.choice([5, 5, 6])
    petals = "".join(
        f'<ellipse cy="{-radius * 0.56:.1f}" rx="{radius * 0.35:.1f}" ry="{radius * 0.46:.1f}"'
        f' transform="rotate({turn + 360 / count * i:.0f})"/>'
        for i in range(count)
    )
    leaves = "".join(_leaf(radius * 1.3, turn + angle) for angle in (36, 180))
    return (
        f'<g fill="{code(leaf)}">{leaves}</g><g fill="{code(petal)}">{petals}</g>'
        f'<circle r="{radius * 0.26:.1f}" fill="{code(heart)}"/>'
        f'<circle r="{radius * 0.12:.1f}" fill="{code(darker(heart, 0.3))}"/>'
    )


def _bud(radius: float, rng: Random, petal: Rgb, heart: Rgb, leaf: Rgb) -> str:
    # Drawn at ten times the size of one, and shrunk, so that the path is whole numbers.
    cup = f'<path d="M-5,0Q-6,-10 0,-6Q6,-10 5,0Q0,5 -5,0" fill="{code(petal)}"/>'
    stem = f'<path d="M0,2Q3,10 0,15" fill="none" stroke="{code(leaf)}" stroke-width="{10 / radius:.1f}"/>'
    return f'<g transform="rotate({rng.uniform(-60, 60):.0f}) scale({radius / 10:.2f})">{stem}{cup}</g>'


def _sprig(radius: float, rng: Random, petal: Rgb, heart: Rgb, leaf: Rgb) -> str:
    r = radius * 1.2
    stem = f'<path d="M0,{r:.1f}V{-r:.1f}" fill="none" stroke="{code(leaf)}"/>'
    leaves = "".join(
        f'<g transform="translate(0,{r * y:.1f})">{_leaf(r * 0.8, angle)}</g>'
        for y, angle in ((0.6, 55), (0.4, -55), (0, 50), (-0.2, -50), (-0.7, 5))
    )
    return f'<g transform="rotate({rng.uniform(0, 360):.0f})" fill="{code(leaf)}">{stem}{leaves}</g>'


def _leaf(length: float, turn: float) -> str:
    half, wide = length * 0.5, length * 0.28
    return (
        f'<path transform="rotate({turn:.0f})" d="M0,0Q{wide:.1f},{-half:.1f} 0,{-length:.1f}'
        f'Q{-wide:.1f},{-half:.1f} 0,0"/>'
    )


def _mountains(size: float) -> list[Path]:
    peak = shape(line((-size, size * 0.5), (-size * 0.25, -size * 0.6), (size * 0.1, 0), (-size * 0.2, size * 0.5)))
    other = shape(line((0, size * 0.5), (size * 0.4, -size * 0.25), (size, size * 0.5)))
    return [peak, other, oval((size * 0.55, -size * 0.6), size * 0.17)]


def _sun(size: float) -> list[Path]:
    rays = [
        ribbon(line((0, -size * 0.6), (0, -size)), size * 0.13, size * 0.05).turned(angle)
        for angle in range(0, 360, 36)
    ]
    return [oval((0, 0), size * 0.42), *rays]


def _monogram(size: float) -> list[Path]:
    legs = line((-size * 0.6, size * 0.55), (-size * 0.5, -size * 0.5), (0, size * 0.2))
    other = line((0, size * 0.2), (size * 0.5, -size * 0.5), (size * 0.6, size * 0.55))
    return [ribbon(legs, size * 0.2), ribbon(other, size * 0.2), box(-size, size * 0.8, size, size * 0.9)]


def _bars(size: float) -> list[Path]:
    return [box(-size + i * size * 0.1, y * size, size - i * size * 0.45, (y + 0.24) * size, size * 0.05)
            for i, y in enumerate((-0.6, -0.14, 0.32))]  # fmt: skip


def _wave(size: float) -> list[Path]:
    def swell(y: float) -> Path:
        return curve(*((x * size, y + math.sin(x * 4.5) * size * 0.16) for x in (-1, -0.65, -0.3, 0.05, 0.4, 0.75, 1)))

    return [ribbon(swell(y * size), size * 0.15, size * 0.09) for y in (-0.3, 0.05, 0.4)]
