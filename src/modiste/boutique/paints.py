"""The colours of one drawing, all from the product's own."""

from __future__ import annotations

from dataclasses import dataclass

from modiste.boutique.spec import Spec
from modiste.colour import COLOURS, Rgb

BRASS: Rgb = (201, 164, 92)
STEEL: Rgb = (178, 182, 188)
HORN: Rgb = (92, 66, 48)
_OCHRE: Rgb = (196, 142, 78)
_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (12, 12, 20)


@dataclass(frozen=True)
class Paints:
    """What the parts of one product are painted with."""

    main: Rgb
    second: Rgb
    seam: Rgb
    """Where two parts meet."""
    stitch: Rgb
    """The sewing thread that shows."""
    inside: Rgb
    """The wrong side of the cloth, in shadow."""
    trim: Rgb
    """Ribbing, soles, piping: a shade off the main colour."""
    button: Rgb
    metal: Rgb


def paints(spec: Spec) -> Paints:
    """The paints of a product."""
    main = COLOURS[spec.colour].rgb
    dark = COLOURS[spec.colour].lab[0] < 28
    rng = spec.rng("trims")
    denim = spec.fabric == "denim" and not dark
    return Paints(
        main=main,
        second=COLOURS[spec.second].rgb,
        seam=mix(main, _WHITE, 0.22) if dark else mix(main, _BLACK, 0.38),
        stitch=_OCHRE if denim else mix(main, _WHITE, 0.34) if dark else mix(main, _BLACK, 0.24),
        inside=mix(main, _BLACK, 0.42) if not dark else mix(main, _BLACK, 0.3),
        trim=mix(main, _WHITE, 0.09) if dark else mix(main, _BLACK, 0.09),
        button=rng.choice([mix(main, _WHITE, 0.45), mix(main, _BLACK, 0.5), (238, 233, 222), HORN]),
        metal=rng.choice([BRASS, STEEL]),
    )


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of the way from one colour to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Rgb, share: float) -> Rgb:
    """Towards black."""
    return mix(colour, _BLACK, share)


def lighter(colour: Rgb, share: float) -> Rgb:
    """Towards white."""
    return mix(colour, _WHITE, share)


def code(colour: Rgb) -> str:
    """As SVG writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
