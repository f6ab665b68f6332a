"""Shoes, as a pair seen from the side, toes to the right; the ground is y = 0."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.boots import boot
from modiste.boutique.curves import box, curve, line, oval, ribbon, shape
from modiste.boutique.details import creases, seam, stitches
from modiste.boutique.drawing import Drawing, Mark, Part
from modiste.boutique.paints import Paints, darker
from modiste.boutique.pumps import ballerina, pump, sandal
from modiste.boutique.sneakers import sneaker
from modiste.boutique.soles import INSOLE, bed, heel, sole
from modiste.boutique.spec import Spec


def drawing(spec: Spec, paints: Paints) -> Drawing:
    """Both shoes, the farther one above."""
    make = {"sneakers": sneaker, "boots": boot, "heels": pump, "sandals": sandal, "loafers": _loafer}
    shoe = make.get(spec.kind, ballerina)(spec, paints)
    across, up = (-52, -40) if spec.kind == "boots" else (-40, -(_tall(shoe) * 0.72 + 22))
    far = [part.mapped(lambda point: point * 0.97 + complex(across, up)) for part in shoe]
    return Drawing((*far, *shoe))


def _tall(parts: list[Part]) -> float:
    return -min(part.shape.bounds()[1] for part in parts)


def _loafer(spec: Spec, paints: Paints) -> list[Part]:
    rng = spec.rng("loafer")
    back = curve((8, -16), (2, -52), (12, -92))
    topline = curve((12, -92), (56, -66), (104, -64), (140, -88), (152, -104))
    vamp = curve((152, -104), (188, -94), (236, -68), (284, -54), (303, -16))
    upper = shape(back, topline, vamp, bed(10, 8).reversed())
    inside = Part(
        shape(topline, curve((152, -104), (96, -84), (48, -80), (12, -92))), darker(INSOLE, 0.2), bulge=2, lift=0
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
    parts = [inside, *heel(spec, 14, (58, 44, 38)), body, sole(10, 8, (66, 50, 42))]
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
