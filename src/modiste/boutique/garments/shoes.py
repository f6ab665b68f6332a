"""Shoes of all kinds: a shoe is seen from its side, its toe on the right; the ground is y = 0."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.drawing.curves import Path, Point, box, curve, line, oval, ribbon, shape
from modiste.boutique.drawing.details import creases, seam, stitches
from modiste.boutique.drawing.materials import Paints, darker, mix
from modiste.boutique.drawing.parts import Drawing, Mark, Part
from modiste.boutique.garments.spec import Spec
from modiste.colour import Rgb


def draw_shoes(spec: Spec, paints: Paints) -> Drawing:
    """Both shoes, the farther one above."""
    make = {"sneakers": _sneaker, "boots": _boot, "heels": _pump, "sandals": _sandal, "loafers": _loafer}
    shoe = make.get(spec.kind, _ballerina)(spec, paints)
    tall = -min(part.shape.bounds()[1] for part in shoe)
    across, up = (-52, -40) if spec.kind == "boots" else (-40, -(tall * 0.72 + 22))
    far = [part.mapped(lambda point: point * 0.97 + complex(across, up)) for part in shoe]
    return Drawing((*far, *shoe))


def _loafer(spec: Spec, paints: Paints) -> list[Part]:  # long: one drawing, part by part
    rng = spec.rng("loafer")
    back = curve((8, -16), (2, -52), (12, -92))
    topline = curve((12, -92), (56, -66), (104, -64), (140, -88), (152, -104))
    vamp = curve((152, -104), (188, -94), (236, -68), (284, -54), (303, -16))
    upper = shape(back, topline, vamp, _bed(10, 8).reversed())
    inside = Part(
        shape(topline, curve((152, -104), (96, -84), (48, -80), (12, -92))), darker(_INSOLE, 0.2), bulge=2, lift=0
    )
    apron = curve((120, -56), (180, -52), (240, -46), (270, -52))
    saddle = shape(
        line((134, -96), (176, -98)),
        curve((176, -98), (186, -60), (196, -14)),
        line((196, -14), (130, -14)),
        curve((130, -14), (136, -60), (134, -96)),
    )
    marks: tuple[Mark, ...] = (
        seam(apron, paints, 1.6),
        stitches(apron.moved(0, -4), paints, 1.0),
        seam(curve((60, -66), (66, -40), (62, -16)), paints, 0.9),
    )
    marks += (
        Mark(saddle, fill=paints.trim, stroke=paints.seam, width=1),
        stitches(saddle.scaled(0.86, 0.94, about=(162, -56)), paints, 0.7),
    )
    style = rng.choice(["penny", "bit", "tassel"])
    body = Part(
        upper,
        paints.main,
        marks=marks,
        folds=creases([(204, -74), (214, -52), (208, -30)], depth=1.4, width=8),
        patterned=True,
        bulge=19,
        lift=0.4,
    )
    parts = [inside, *_heel(spec, 14, (58, 44, 38)), body, _sole(10, 8, (66, 50, 42))]
    if style == "penny":
        return [*parts[:-1], replace(parts[-1]), Part(box(146, -82, 174, -76, 3), paints.inside, bulge=1, lift=0)]
    if style == "bit":
        return [
            *parts,
            *(
                Part(ribbon(way, 5), paints.metal, bulge=3, lift=0.7, gloss=0.6)
                for way in (curve((138, -74), (160, -82), (184, -72)), oval((139, -74), 7), oval((184, -72), 7))
            ),
        ]
    tassels = [shape(line((154 + d, -88), (162 + d, -88), (168 + d, -62), (152 + d, -62))) for d in (0, 14)]
    return [
        *parts,
        *(
            Part(
                tassel,
                paints.trim,
                marks=tuple(
                    Mark(line((x + 155 + 14 * i, -66), (x + 156 + 14 * i, -62)), stroke=paints.seam, width=0.8)
                    for x in (0, 4, 8)
                ),
                bulge=3,
                lift=0.6,
            )
            for i, tassel in enumerate(tassels)
        ),
    ]


def _sneaker(spec: Spec, paints: Paints) -> list[Part]:  # long: one drawing, part by part
    """A laced sneaker with its overlays and its rubber sole."""
    rng = spec.rng("sneaker")
    high = rng.random() < 0.25
    chunky = rng.random() < 0.5
    sole = 30 if chunky else 22
    collar = -178 if high else -118
    rubber = rng.choice([_RUBBER, _RUBBER, paints.second, darker(paints.main, 0.3)])
    back = curve((14, -sole + 4), (6, -70), (14, collar + 2))
    opening = curve((14, collar + 2), (22, collar - 6), (58, collar + 18), (96, collar - 4), (112, collar - 14))
    vamp = curve((112, collar - 14), (146, collar * 0.72 - 16), (196, -78), (246, -58), (288, -40), (296, -sole + 2))
    upper = shape(back, opening, vamp, line((296, -sole + 2), (14, -sole + 4)))
    inside = Part(
        shape(opening.moved(2, -3), curve((114, collar - 18), (72, collar + 30), (16, collar + 2))),
        paints.inside,
        bulge=2,
        lift=0,
    )
    tongue = Part(
        shape(
            curve((92, collar - 4), (96, collar - 24), (112, collar - 30)),
            curve((112, collar - 30), (128, collar - 22), (124, collar - 2)),
            line((124, collar - 2), (92, collar - 4)),
        ),
        paints.trim,
        bulge=6,
        lift=0.3,
    )
    toe = shape(
        curve((232, -sole), (226, -44), (240, -62)),
        curve((240, -62), (284, -44), (297, -sole + 2)),
        line((297, -sole + 2), (232, -sole)),
    )
    stay = shape(
        curve((100, collar - 8), (112, collar - 14), (146, collar * 0.72 - 16), (190, -80)),
        line((190, -80), (178, -68)),
        curve((178, -68), (130, collar * 0.6), (92, collar + 24)),
        line((92, collar + 24), (100, collar - 8)),
    )
    counter = shape(
        back.moved(-1, 0),
        curve((14, collar + 2), (40, collar + 32), (52, -64), (64, -sole + 2)),
        line((64, -sole + 2), (14, -sole + 4)),
    )
    overlays = [
        (toe, rng.choice([paints.main, paints.trim, paints.second])),
        (counter, rng.choice([paints.main, paints.trim, paints.second])),
        (stay, paints.trim),
    ]
    marks = tuple(
        mark
        for outline, colour in overlays
        for mark in (
            Mark(outline, fill=colour, stroke=paints.seam, width=0.9),
            stitches(outline.scaled(0.93, 0.9, about=_middle(outline)), paints, 0.6),
        )
    )
    marks += _flash(spec, paints, sole, rng.randrange(4))
    body = Part(
        upper,
        paints.main,
        marks=marks,
        folds=creases([(196, -74), (204, -56), (200, -40)], [(212, -68), (219, -52), (214, -38)], depth=1.4, width=7),
        patterned=True,
        bulge=17,
        lift=0.5,
    )
    return [inside, tongue, body, *_sneaker_laces(collar), _rubber(sole, chunky, rubber, paints)]


def _flash(spec: Spec, paints: Paints, sole: float, which: int) -> tuple[Mark, ...]:
    """The label's sign on the side."""
    if which == 0:
        bars = (line((96 + i * 22, -sole - 4), (122 + i * 20, -sole - 54 + i * 6)) for i in range(3))
        return tuple(Mark(ribbon(bar, 10, 9), fill=paints.second) for bar in bars)
    if which == 1:
        sweep = shape(
            curve((70, -66), (120, -40), (190, -62)), curve((190, -62), (130, -sole - 6), (84, -40), (70, -66))
        )
        return (Mark(sweep, fill=paints.second),)
    if which == 2:
        return (Mark(oval((112, -66), 17), fill=paints.second), Mark(oval((112, -66), 10), fill=paints.main))
    return ()


def _sneaker_laces(collar: float) -> list[Part]:
    cord: Rgb = (246, 245, 240)
    rows = []
    for i in range(5):
        share = i / 4
        x, y = 112 + 62 * share, (collar - 12) + (-86 - collar + 12) * share + 3 * (share - share * share) * -12
        rows.append(
            Part(
                ribbon(curve((x - 11, y + 20 - 6 * share), (x - 2, y + 8), (x + 9, y - 3)), 7),
                cord,
                bulge=4,
                lift=0.7,
                gloss=0.0,
            )
        )
    bow = [
        curve((110, collar - 12), (94, collar - 6), (84, collar + 12)),
        curve((112, collar - 12), (112, collar + 6), (104, collar + 22)),
    ]
    return [*rows, *(Part(ribbon(way, 4.5), cord, bulge=3, lift=0.6, gloss=0.0) for way in bow)]


def _rubber(sole: float, chunky: bool, colour: Rgb, paints: Paints) -> Part:
    heel = -sole - (6 if chunky else 0)
    outline = shape(
        curve((6, heel), (120, -sole + (4 if chunky else 2)), (230, -sole + 1), (300, -sole - 4)),
        curve((300, -sole - 4), (308, -sole * 0.5), (296, -2)),
        curve((296, -2), (150, 0), (12, 0)),
        curve((12, 0), (0, -sole * 0.5), (6, heel)),
    )
    marks: tuple[Mark, ...] = (
        Mark(
            curve((4, -sole * 0.42), (150, -sole * 0.36), (303, -sole * 0.5)),
            stroke=darker(colour, 0.3),
            width=1.3,
            opacity=0.7,
        ),
    )
    if chunky:
        marks += tuple(
            Mark(line((20 + 20 * i, 0), (24 + 20 * i, -7)), stroke=darker(colour, 0.35), width=1.6, opacity=0.6)
            for i in range(14)
        )
    return Part(outline, colour, marks=marks, bulge=7, lift=0.4, gloss=0.1)


def _middle(path: Path) -> Point:
    left, top, right, bottom = path.bounds()
    return (left + right) / 2, (top + bottom) / 2


_SOLES: tuple[Rgb, ...] = ((62, 46, 38), (38, 36, 38), (108, 82, 60))


def _boot(spec: Spec, paints: Paints) -> list[Part]:
    """A boot with its shaft, its fastening, sole and heel."""
    rng = spec.rng("boot")
    rise = HEELS[spec.heel] * 0.62 + (6 if spec.heel == "flat" else 0)
    ankle = spec.length == "ankle"
    top, wide = -rise - (190 if ankle else 372), (118.0 if ankle else 136.0)
    rubber = rng.choice(_SOLES)
    style = rng.choice(["chelsea", "laced", "zip"]) if ankle else "zip"
    stacked = spec if spec.heel == "flat" else replace(spec, heel="block")
    sides = {"chelsea": _elastic, "zip": _zip}.get(style)
    marks = (seam(curve((8, -rise - 84), (52, -rise - 74), (86, -rise * 0.5 - 8)), paints, 1.1),)
    behind = _loop(top, paints) if style == "chelsea" else []
    inside = Part(oval((wide / 2 + 4, top + 3), wide / 2 - 1, 8), paints.inside, bulge=2, lift=0)
    body = _upper(rise, top, wide, (*marks, *(sides(rise, top, paints) if sides else ())), paints)
    laces = _boot_laces(rise, top) if style == "laced" else []
    return [*behind, inside, *_heel(stacked, rise, rubber), body, *laces, _sole(rise, 8, rubber)]


def _upper(rise: float, top: float, wide: float, marks: tuple[Mark, ...], paints: Paints) -> Part:
    back = curve((6, -rise - 4), (2, -rise - 60), (14, -rise - 130), (6, top + 6))
    rim = curve((6, top + 6), (wide * 0.5, top - 3), (wide + 2, top))
    shin = [(wide + 2, top), (116, (top - rise - 110) / 2), (118, -rise * 0.7 - 112)]
    front = curve(*shin, (160, -92), (222, -62), (284, -46), (302, -16))
    folds = creases(
        [(20, -rise - 96), (60, -rise - 104), (104, -rise - 116)],
        [(26, -rise - 116), (64, -rise - 124), (108, -rise - 138)],
        [(126, -92), (140, -74), (138, -50)],
        depth=2.0,
        width=10,
    )
    outline = shape(back, rim, front, _bed(rise, 7).reversed())
    return Part(outline, paints.main, marks=marks, folds=folds, patterned=True, bulge=24, lift=0.4)


def _elastic(rise: float, top: float, paints: Paints) -> tuple[Mark, ...]:
    """The ribbed panel in a Chelsea boot's side."""
    panel = shape(
        line((38, top + 5), (88, top + 3)),
        curve((88, top + 3), (84, -rise - 100), (66, -rise - 84)),
        curve((66, -rise - 84), (44, -rise - 100), (38, top + 5)),
    )
    ways = (line((40 + 4.6 * i, top + 8), (46 + 3.6 * i, -rise - 98)) for i in range(1, 10))
    threads = tuple(Mark(way, stroke=paints.seam, width=0.8, opacity=0.4) for way in ways)
    return (Mark(panel, fill=darker(paints.main, 0.35), stroke=paints.seam), *threads)


def _zip(rise: float, top: float, paints: Paints) -> tuple[Mark, ...]:
    way = curve((46, top + 6), (48, (top - rise) / 2), (58, -rise - 26))
    pull = box(43, top + 12, 50, top + 30, 3)
    teeth = Mark(way, stroke=paints.metal, width=2.2, dash=(0.9, 1.3))
    return (teeth, seam(way.moved(5, 0), paints), Mark(pull, fill=paints.metal, stroke=darker(paints.metal, 0.5)))


def _loop(top: float, paints: Paints) -> list[Part]:
    """The tab at the back by which a boot is pulled on."""
    way = curve((6, top + 24), (-3, top - 4), (9, top - 12), (14, top + 10))
    return [Part(ribbon(way, 7), darker(paints.main, 0.3), bulge=3)]


def _boot_laces(rise: float, top: float) -> list[Part]:
    """Rows of laces up the shin and over the instep."""
    parts = []
    for i, y in enumerate(range(int(top) + 22, int(-rise) - 70, 19)):
        on = max(0, i - 4) * 9.0
        way = curve((82 + i * 2.5 + on, y), (100 + i * 3 + on, y - 7), (118 + i * 2.6 + on, y - 4))
        parts.append(Part(ribbon(way, 6), (60, 50, 44), bulge=3, lift=0.6))
    return parts


def _pump(spec: Spec, paints: Paints) -> list[Part]:
    """A closed shoe on a heel, plain or with a bow or an ankle strap."""
    rng = spec.rng("pump")
    rise = HEELS[spec.heel]
    pointed = rng.random() < 0.6
    toe_x = 312 if pointed else 298
    back = curve((6, -rise - 3), (2, -rise - 34), (12, -rise - 62))
    topline = curve((12, -rise - 62), (60, -rise * 0.86 - 38), (130, -rise * 0.45 - 30), (186, -44), (206, -50))
    vamp = curve((206, -50), (244, -44), (284, -26 if pointed else -34), (toe_x, -8))
    upper = shape(back, topline, vamp, _bed(rise, 4).reversed())
    inside = Part(
        shape(topline, curve((206, -50), (150, -62), (90, -rise * 0.8 - 54), (12, -rise - 62))),
        mix(_INSOLE, paints.main, 0.3),
        bulge=2,
        lift=0,
    )
    marks = (stitches(topline.moved(0.5, 4), paints, 0.6),)
    parts = [
        inside,
        *_heel(spec, rise, paints.trim),
        Part(upper, paints.main, marks=marks, patterned=True, bulge=15, lift=0.4),
        _sole(rise, 4, darker(_INSOLE, 0.35)),
    ]
    style = rng.choice(["plain", "strap", "bow"])
    if style == "strap":
        far, _, *near = _ankle_strap(rise, paints)
        parts = [
            far,
            *parts,
            *near,
            Part(ribbon(curve((10, -rise - 50), (8, -rise - 70), (10, -rise - 86)), 9), paints.main, bulge=4),
        ]
    elif style == "bow":
        parts += _bow((212, -50), 17, paints)
    return parts


def _ballerina(spec: Spec, paints: Paints) -> list[Part]:
    """A ballet flat with a bow or a darker toe."""
    back = curve((8, -12), (2, -40), (12, -66))
    topline = curve((12, -66), (60, -40), (130, -32), (188, -38), (206, -46))
    vamp = curve((206, -46), (248, -46), (286, -34), (302, -12))
    upper = shape(back, topline, vamp, _bed(6, 5).reversed())
    inside = Part(shape(topline, curve((206, -46), (140, -56), (70, -62), (12, -66))), _INSOLE, bulge=2, lift=0)
    edge = Part(ribbon(topline, 5), paints.trim, bulge=3, lift=0.3)
    parts = [
        inside,
        *_heel(spec, 8, (60, 48, 42)),
        Part(
            upper,
            paints.main,
            folds=creases([(196, -44), (204, -28), (198, -14)], depth=1.2, width=7),
            patterned=True,
            bulge=15,
            lift=0.4,
        ),
        edge,
        _sole(6, 5, (72, 58, 50)),
    ]
    style = spec.rng("ballerina").random()
    if style < 0.6:
        parts += _bow((210, -46), 15, paints)
    else:
        cap = shape(
            curve((252, -4), (246, -28), (256, -45)),
            curve((256, -45), (286, -34), (302, -12)),
            line((302, -12), (252, -4)),
        )
        parts.insert(-1, Part(cap, darker(paints.main, 0.45), bulge=10, lift=0.2))
    return parts


def _sandal(spec: Spec, paints: Paints) -> list[Part]:
    """A sandal or a slide: a bed with straps over it."""
    rng = spec.rng("sandal")
    rise = HEELS[spec.heel] if spec.heel != "flat" else 10.0
    style = (
        rng.choice(["slide", "strappy", "gladiator"]) if spec.heel == "flat" else rng.choice(["strappy", "two straps"])
    )
    straps = {
        "slide": [(138, 250, -66, -40)],
        "strappy": [(188, 206, -64, -57), (226, 248, -49, -41)],
        "two straps": [(196, 218, -62, -54), (234, 256, -46, -36)],
        "gladiator": [(232, 252, -46, -38), (184, 206, -66, -58), (132, 154, -86, -78)],
    }
    ground = _sole(max(0.0, rise - 4), 7, darker(_INSOLE, 0.5))
    parts = [*([] if spec.heel == "flat" else _heel(spec, rise, paints.trim)), ground, _sole(rise, 9, _INSOLE)]
    ankle = [] if style == "slide" else _ankle_strap(rise, paints)
    far = [
        replace(_strap(a - 6, b - 6, c + 7, d + 7, rise, paints), colour=darker(paints.main, 0.35))
        for a, b, c, d in straps[style]
    ]
    near = [_strap(a, b, c, d, rise, paints) for a, b, c, d in straps[style]]
    return [*ankle[:1], *far, *parts, *near, *ankle[1:]]


def _bow(centre: Point, size: float, paints: Paints) -> list[Part]:
    x, y = centre
    wings = [
        shape(
            curve((x, y), (x + s * size * 0.8, y - size * 0.75), (x + s * size * 1.25, y - size * 0.2)),
            curve((x + s * size * 1.25, y - size * 0.2), (x + s * size * 1.1, y + size * 0.55), (x, y)),
        )
        for s in (-1, 1)
    ]
    return [
        *(Part(wing, paints.trim, bulge=5, lift=0.6) for wing in wings),
        Part(oval((x, y), size * 0.26), paints.main, bulge=4, lift=0.6),
    ]


def _strap(left: float, right: float, top_left: float, top_right: float, rise: float, paints: Paints) -> Part:
    """A strap over the foot: its near half, from the sole up to where it goes over."""
    ground = [-rise * max(0.0, (200 - x) / 200) ** 1.5 - 7 for x in (left, right)]
    lean = 16.0
    rim = curve(
        (left + lean, top_left + ground[0] + 8),
        ((left + right) / 2 + lean, (top_left + top_right) / 2 + ground[0] + 1),
        (right + lean, top_right + ground[1] + 8),
    )
    sides = (
        curve((left, ground[0] + 4), (left + lean * 0.25, (top_left + ground[0]) / 2), rim.start),
        curve(rim.end, (right + lean * 0.4, (top_right + ground[1]) / 2), (right, ground[1] + 4)),
    )
    marks = tuple(stitches(way.moved(dx, 0), paints, 0.7) for way, dx in zip(sides, (3.5, -3.5), strict=True))
    return Part(shape(sides[0], rim, sides[1]), paints.main, marks=marks, patterned=True, bulge=8, lift=0.6)


def _ankle_strap(rise: float, paints: Paints) -> list[Part]:
    """A strap around the ankle, its far half first, held by a counter behind the heel."""
    y = -rise - 82
    far = Part(
        ribbon(curve((8, y), (24, y - 11), (64, y - 11), (84, y + 2)), 8), darker(paints.main, 0.35), bulge=3, lift=0.2
    )
    counter = shape(
        curve((4, -rise - 8), (0, -rise - 46), (6, y - 4)),
        line((6, y - 4), (19, y - 4)),
        curve((19, y - 4), (16, -rise - 46), (30, -rise - 8)),
    )
    way = curve((8, y), (28, y + 13), (66, y + 13), (84, y + 2))
    near = Part(ribbon(way, 10), paints.main, bulge=4, lift=0.6)
    buckle = Part(ribbon(box(46, y + 4, 62, y + 21, 3), 3), paints.metal, bulge=2, lift=0.5, gloss=0.6)
    return [far, Part(counter, paints.main, patterned=True, bulge=6, lift=0.3), near, buckle]


_RUBBER: Rgb = (243, 241, 235)
_INSOLE: Rgb = (214, 186, 150)
HEELS = {"flat": 12.0, "low": 46.0, "block": 74.0, "wedge": 70.0, "high": 104.0}
"""Height of the heel above the ground, in units of the drawing."""


def _bed(rise: float, thick: float = 0.0) -> Path:
    """The line under the foot, from heel to toe."""
    return curve(
        (4, -rise - thick),
        (64, -rise - thick),
        (134, -rise * 0.46 - thick),
        (206, -1 - thick),
        (262, -2 - thick),
        (296, -9 - thick),
    )


def _sole(rise: float, thick: float, colour: Rgb) -> Part:
    """A thin sole under the foot's line."""
    upper, lower = _bed(rise, thick), _bed(rise)
    toe = curve((296, -9 - thick), (301, -8 - thick * 0.4), (296, -9))
    return Part(shape(upper, toe, lower.reversed()), colour, bulge=4, lift=0.3, gloss=0.15)


def _heel(spec: Spec, rise: float, colour: Rgb) -> list[Part]:
    """Parts under the heel."""
    if spec.heel == "flat":
        return [Part(box(4, -rise - 2, 78, 1, 2), colour, bulge=4, lift=0.2, gloss=0.2)]
    if spec.heel == "wedge":
        return [_wedge(rise)]
    if spec.heel == "block":
        outline = shape(
            curve((6, -rise - 5), (9, -rise * 0.5), (11, 0)),
            line((11, 0), (70, 0)),
            curve((70, 0), (70, -rise * 0.5), (84, -rise * 0.9)),
        )
        left, right = 10, 70.5
    else:
        wide, foot = (32, 15) if spec.heel == "low" else (22, 9)
        left, right = 16, 17 + foot
        outline = shape(
            curve((6, -rise - 6), (9, -rise * 0.6), (left, 0)),
            line((left, 0), (right, 0)),
            curve((right, 0), (14 + wide * 0.62, -rise * 0.6), (16 + wide * 1.5, -rise + 1)),
        )
    return [Part(outline, colour, marks=(Mark(box(left, -5, right, 1), fill=(40, 34, 34)),), bulge=9, lift=0.3)]


def _wedge(rise: float) -> Part:
    """A wedge of cork or rope from heel to ball."""
    outline = shape(_bed(rise), line((296, -9), (262, 0), (30, 1), (6, -4)))
    rows = ((float(y), outline.span(-float(y))[1]) for y in range(7, round(rise) - 4, 7))
    ropes = tuple(
        Mark(line((11, -y), (right - 4, -y)), stroke=darker(_INSOLE, 0.3), width=1, opacity=0.6) for y, right in rows
    )
    return Part(outline, _INSOLE, marks=ropes, bulge=7, gloss=0.05)
