"""Glasses and sunglasses, seen from the front."""

from __future__ import annotations

from dataclasses import replace

from modiste.boutique.curves import Path, Point, curve, oval, ribbon, shape
from modiste.boutique.drawing import Drawing, Mark, Part, both
from modiste.boutique.paints import Paints, darker
from modiste.boutique.spec import Spec
from modiste.colour import Rgb

_TINTS: tuple[Rgb, ...] = ((52, 54, 60), (94, 66, 48), (52, 74, 66), (74, 64, 92), (48, 66, 98))
_CLEAR: Rgb = (240, 246, 249)


def drawing(spec: Spec, paints: Paints) -> Drawing:
    """Temples behind, lenses, rims and the bridge."""
    rng = spec.rng("frame")
    lens = _lens(rng.choice(["round", "square", "aviator", "cat-eye"]))
    dark = spec.kind == "sunglasses"
    tint = rng.choice(_TINTS) if dark else _CLEAR
    thick = 5.0 if spec.fabric == "metal" else (13.0 if dark else 10.0)
    rim = Part(ribbon(lens, thick), paints.main, bulge=thick * 0.6, lift=0.6, gloss=0.7)
    left, top, right, _ = lens.bounds()
    hinge = right - 1, top + 24
    screw = Mark(oval(hinge, 2), fill=paints.metal)
    corner = Part(oval(hinge, thick * 0.75, thick * 0.62), paints.main, marks=(screw,), bulge=4, lift=0.4, gloss=0.7)
    heights = [(2, 30, 17), (10, 8, 4)] if spec.fabric == "metal" else [(2, 30, 17)]
    bridges = [curve((-left - out, top + low), (0, top + high), (left + out, top + low)) for out, low, high in heights]
    bars = [Part(ribbon(way, thick * 0.8), paints.main, bulge=4, lift=0.5, gloss=0.7) for way in bridges]
    temple, pane = _temple(hinge, thick, paints), _pane(lens, tint, dark)
    return Drawing((*both(temple), *both(pane), *both(rim), *bars, *both(corner)))


def _temple(hinge: Point, thick: float, paints: Paints) -> Part:
    """The right arm, folded back behind the lens, seen from above."""
    x, y = hinge
    way = curve((x - 2, y), (x + 13, y - 26), (x + 8, y - 66), (x - 12, y - 100), (x - 42, y - 118), (x - 66, y - 118))
    return Part(ribbon(way, thick * 1.1, thick), darker(paints.main, 0.15), bulge=5, lift=0.3, gloss=0.5)


def _pane(lens: Path, tint: Rgb, dark: bool) -> Part:
    """The right glass with a reflection on it."""
    glare = shape(
        curve((52, 236), (66, 226), (84, 224)),
        curve((84, 224), (70, 250), (56, 276)),
        curve((56, 276), (50, 258), (52, 236)),
    )
    marks = (Mark(glare, fill=(255, 255, 255), opacity=0.16 if dark else 0.5),)
    return Part(lens, tint, marks=marks, opacity=0.95 if dark else 0.7, bulge=8 if dark else 1, lift=0, gloss=0.5)


def _lens(style: str) -> Path:
    """The right lens, clockwise from its upper inner corner."""
    if style == "round":
        return oval((84, 262), 58, 56)
    if style == "aviator":
        return replace(
            shape(
                curve((26, 226), (80, 212), (140, 224)),
                curve((140, 224), (150, 262), (116, 318), (84, 322)),
                curve((84, 322), (40, 306), (22, 262), (26, 226)),
            ),
            closed=True,
        )
    if style == "cat-eye":
        return shape(
            curve((26, 238), (80, 224), (152, 206)),
            curve((152, 206), (150, 264), (118, 304), (84, 308)),
            curve((84, 308), (40, 300), (24, 270), (26, 238)),
        )
    return shape(
        curve((28, 218), (84, 212), (142, 218)),
        curve((142, 218), (148, 228), (144, 262), (136, 296)),
        curve((136, 296), (126, 308), (84, 310)),
        curve((84, 310), (46, 308), (34, 296)),
        curve((34, 296), (26, 262), (22, 228), (28, 218)),
    )
