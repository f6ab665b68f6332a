"""Colours: names, CIE LAB (D65, 2 degree observer), distances, and colour words in texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modiste.errors import unknown
from modiste.types import Doubles

Lab = tuple[float, float, float]
"""L in 0-100; a and b roughly in -128 to 128."""
Rgb = tuple[int, int, int]
"""sRGB, each 0-255."""

TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
WHITE = np.array([0.95047, 1.0, 1.08883])

_NAMES = {
    "black": "black 1a1a1c, blue black 1c2130, jet black 0e0e10, black denim 2b2d33",
    "grey": """
        grey 8c8c8e, light grey c4c5c7, dark grey 56575a, charcoal 3e4045, anthracite 33363b, grey melange a2a3a6,
        heather grey b1b2b6, slate grey 66707a, ash grey b4b5b0, pearl grey d8d7d3, grey denim 7c8288,
        dark grey denim 54595f, light grey denim a9aeb3, taupe 8a7d72""",
    "white": """
        white fafafa, off white f3f0e8, ivory f6f0df, ecru ebe3d0, cream f3e7c9, vanilla f3e5b8, porcelain f1ecea,
        ice e6eef2""",
    "beige": """
        beige d9c5a3, sand cdb592, stone c4b8a5, nude e0bda4, skin e3bb9a, champagne ecd9b4, khaki a79c73,
        oatmeal dbd0bd""",
    "brown": """
        brown 6e4a32, light brown a47c5b, dark brown 45301f, camel bd8e5a, tan b98a5e, caramel b0713a,
        cognac 96562c, leather brown 8a5a36, tobacco 7d5b39, coffee brown 4e382b, mushroom brown a08d7e,
        chocolate 4a2e22, mocha 7b5a49, cinnamon a4623a, rust a34a25, terracotta b9603f, brick 9c4434""",
    "red": """
        red c8202f, dark red 8a1420, cherry b0152e, strawberry d5364a, tomato d8432f, vermilion d9401f,
        crimson a5122f, blood red 8b1119, paprika a9361f, burgundy 661a2b, wine 5e1c2e, maroon 6d1a28,
        geranium d83a4e""",
    "orange": """
        orange f0801f, light orange f7b377, mandarin f28a2e, coral f2705b, salmon f29a83, peach f8c3a0,
        apricot f5b57f, amber e79a24, burnt orange c1571f""",
    "yellow": """
        yellow f5d327, pale yellow f6e9a4, lemon f6e54b, neon yellow e6f229, mustard d0a02b, ochre c38c2e,
        curry c2952c, honey e0a83a""",
    "green": """
        green 2f8b48, light green 9fd0a0, dark green 1d4a30, pastel green bfdcbd, olive 6b6b3a, lime green a6d23a,
        apple green 7cb842, fluorescent green 6df03c, emerald 0f8a5f, bottle green 15432f, hunter green 2c4a35,
        sage a3b095, mint b5e0cb, sea green 3f9b7f, moss green 5f6a37, army green 565b3a, billiard green 1c6b4a,
        pistachio b9cf92""",
    "blue": """
        blue 2a5ba8, light blue a6c8e6, dark blue 1f3566, navy blue 222c4d, midnight blue 181f3a, royal blue 2746b5,
        electric blue 1f4bf0, cobalt blue 1f47a5, sky blue 8fc3ea, powder blue bcd3e6, turquoise blue 2bb3c0,
        teal 127478, petrol blue 15505f, aqua 7fd3d0, indigo 333a73, ink blue 22304f, prussian blue 173a5c,
        ice blue d2e5ee, light denim 9db5cc, medium denim 5f7fa4, dark denim 2c3a55, bleached denim c6d5e2""",
    "purple": """
        purple 6c3a8c, light purple b79ad4, dark purple 43235c, lavender bfaedd, lilac c8a8d8, violet 7a4ba8,
        mauve b08aa6, plum 5e2a4d, aubergine 3b2138, grape 57345f""",
    "pink": """
        pink eb86ac, light pink f4bfd0, hot pink ee3d8c, pastel pink f6cbd5, fuchsia d91f80, magenta c0197c,
        bubblegum f58fbc, rose d9788c, dusty pink cfa09e, blush edc8bf, neon pink ff4aa0, pale pink f5d7da,
        raspberry b3214f""",
    "metal": """
        silver bfc1c4, gold c9a349, rose gold d3a08c, bronze 8a6437, copper b06a42, steel 9a9da1, metallic a9abad,
        gunmetal 4b4e54""",
}
"""Family to its colours in sRGB. The values are fabrics and leathers on shop photos, not pure screen colours."""

_FURTHER_NAMES = {
    "black": "onyx 1b1b1e, ebony 2a2523, raven 18181c, obsidian 16161a, liquorice 1f1a1c",
    "grey": """
        greige b8aca0, ash b2b2ac, smoke 9b9c9c, pewter 8f9194, concrete a5a39f, dove grey b5b1ad, pebble b5aa9c,
        cement a9a49c, granite 676767, storm grey 6c7278, mist c6cace, fog c9c9c6, silver grey b4b6b9, slate 66707a,
        blue grey 75828f, grey blue 6f8298, steel grey 71797e, elephant grey 7a7673""",
    "white": "alabaster f2ede2, chalk f4f1ea, bone e8dfcf, pearl eee9df, pearl white f1ece3, magnolia eee6dd",
    "beige": """
        buff d8b98f, biscuit d9bf98, oat dcd0ba, wheat dcbf8c, parchment ece0c3, latte c3a483, cappuccino b49a82,
        fawn c7a67b, nougat c9a583, almond e3cfb4, dune cbb89a, flesh e5b99a, putty c5b69f, sandstone c9ad87""",
    "brown": """
        sepia 6a4a2f, umber 63472f, mahogany 5c2a20, walnut 5a4030, hazel 8c6a43, hazelnut a9825a, sienna a0522d,
        russet 80462b, auburn 7b3424, toffee a5703f, cocoa 6b4a3a, mink 8e7766, cedar 8a4b36, ginger b5651d,
        brandy 8a4f2a, whisky b0722f, nutmeg 8a5a3c, pecan 6f4a30, sable 4b3b33, tawny b8733a, red brown 7a3526""",
    "red": """
        ruby 9b1b36, garnet 701f2b, carmine a1162e, cardinal b01e33, cranberry 8f1d3a, merlot 5b1f2e, chilli b3232a,
        poppy dc3a2c, rose red b9304f, rosewood 7c3b3e, sangria 6b1a35, pomegranate 9d2035, marsala 8c4a48,
        bordo 661a2b, red orange e4502b""",
    "orange": """
        clementine ee8038, pumpkin d9722a, papaya f58f5f, melon f4a37d, cantaloupe f4ad7c, sunset e8734a, carrot e8762d,
        persimmon d9582f, shrimp f0a58b, nectarine f08a5d""",
    "yellow": """
        canary f2e34d, sunflower f0b92e, daffodil f4d23c, butter f5e3a1, buttercup f2cf3f, banana f3dc80,
        primrose f3e79f, citron d7d43a,
        saffron e5a32b, marigold eba72c, turmeric d09a28, maize eccb62, acid yellow dfe52a""",
    "green": """
        jade 2f9b74, avocado 6d7a3c, fern 5b8c4a, basil 55703c, pine 1f4a3a, pine green 1f4a3a, juniper 3c5a4c,
        kelly green 2f9e44, grass green 4f9b3a, pea green 8aa045, lichen a4ab8c, eucalyptus 8fa89a, celadon aed0b2,
        malachite 1c8a57, viridian 3f826d, spearmint 9fd8bb, peppermint b8e6d0, spruce 2e4f45, ivy 365a3c,
        cactus 5f7a57, khaki green 7b7a4c, loden 4b5340, chartreuse c2d92e, matcha a8b56f, racing green 123524,
        forest 2c4a35, duck egg c3d9d2, yellow green a9c938, blue green 1f7f79, green blue 1f7486""",
    "blue": """
        azure 4a90d9, cerulean 2f7fb5, sapphire 1f3f94, cornflower 6f8fdc, cornflower blue 6f8fdc, periwinkle 9aa3dc,
        steel blue 5b7f9f, slate blue 5a6b8c, air force blue 5d7f9f, french blue 4f6fb0, lapis 26468f,
        ultramarine 2a2fa8, aquamarine 7fd6c2, lagoon 1f8f9c, ocean 1f5f86, ocean blue 1f5f86, peacock 0f6a78,
        oxford blue 1d2a4a, duck egg blue bcd6d2, cadet blue 6a8a94, sky 8fc3ea, ink 22304f, blue violet 4a3fa0""",
    "purple": """
        amethyst 8f63b5, orchid c774c0, heather a89db2, iris 6a5bb0, mulberry 6f2a5a, wisteria b3a0d8, thistle c9b6cf,
        damson 4a2440, fig 4f2f42, prune 4b2a3f, blackcurrant 3a1f3f, cassis 6a2142, blackberry 43203a, berry 8a2a4f,
        ultra violet 5f4b8b, red violet 8a2a6a""",
    "pink": """
        cerise c92a66, flamingo f07f93, watermelon ee5a6f, candyfloss f6b3cf, candy pink f283ab, rose quartz f0c6c5,
        dusky pink c99a9a, old rose b8737a, carnation f39bb0, peony e27fa0, shocking pink f2258a, shell pink f3cfc2,
        coral pink f0857d, salmon pink f3958c, azalea e4508a, cyclamen c83e86, guava f0757a, puce a9717b""",
    "metal": "chrome b5b8bb, titanium 8d8e91, platinum d0d0cf, nickel a7a69f, champagne gold d9bf8a, brassy b5953f",
}
"""The same for words that customers use and that no network learnt: they are parsed, but never generated."""

FAMILIES = tuple(_NAMES)

SYNONYMS: Mapping[str, str] = {
    "navy": "navy blue", "marine blue": "navy blue", "marine": "navy blue", "midnight": "midnight blue",
    "cobalt": "cobalt blue", "turquoise": "turquoise blue", "petrol": "petrol blue", "cyan": "aqua",
    "baby blue": "light blue", "mint green": "mint", "olive green": "olive", "forest green": "hunter green",
    "emerald green": "emerald", "military green": "army green", "lime": "lime green", "neon green": "fluorescent green",
    "sage green": "sage", "seafoam": "sea green", "violet blue": "indigo", "eggplant": "aubergine",
    "bordeaux": "burgundy", "oxblood": "burgundy", "claret": "wine", "wine red": "wine", "brick red": "brick",
    "scarlet": "vermilion", "cherry red": "cherry", "raspberry red": "raspberry", "bubblegum pink": "bubblegum",
    "baby pink": "light pink", "rose pink": "rose", "powder pink": "dusty pink", "fuschia": "fuchsia",
    "blush pink": "blush", "tangerine": "mandarin", "chocolate brown": "chocolate", "coffee": "coffee brown",
    "espresso": "coffee brown", "chestnut": "cinnamon", "mushroom": "mushroom brown", "saddle brown": "leather brown",
    "dark beige": "sand", "offwhite": "off white", "snow white": "white", "eggshell": "off white",
    "charcoal grey": "charcoal", "graphite": "anthracite", "marl grey": "heather grey", "grey marl": "heather grey",
    "grey heather": "heather grey", "melange": "grey melange", "gun metal": "gunmetal",
    "silver toned": "silver", "gold toned": "gold", "golden": "gold", "brass": "gold", "bleach": "bleached denim",
    "light wash": "light denim", "mid wash": "medium denim", "medium wash": "medium denim", "dark wash": "dark denim",
    "denim blue": "medium denim", "blue denim": "medium denim", "acid wash": "bleached denim",
}  # fmt: skip
"""Other words for a colour of `COLOURS`."""

_MODIFIERS: Mapping[str, tuple[float, float, float]] = {
    "light": (95, 0.45, 0.7), "soft": (95, 0.3, 0.7), "pale": (96, 0.6, 0.45), "pastel": (96, 0.6, 0.45),
    "washed": (90, 0.35, 0.55), "faded": (90, 0.35, 0.55), "dusty": (70, 0.2, 0.5), "muted": (60, 0.1, 0.5),
    "medium": (50, 0.0, 1.0), "mid": (50, 0.0, 1.0), "bright": (70, 0.15, 1.35), "vivid": (60, 0.1, 1.4),
    "neon": (80, 0.4, 1.5), "rich": (20, 0.2, 1.1), "deep": (10, 0.35, 1.0), "dark": (5, 0.45, 0.8),
}  # fmt: skip
"""Word to the lightness it pulls towards, the share of the way (0-1), and the factor of the chroma."""

_SHIFTS = {
    **_MODIFIERS, "fluorescent": _MODIFIERS["neon"], "fluo": _MODIFIERS["neon"], "baby": _MODIFIERS["pale"],
    "dusky": _MODIFIERS["dusty"], "vibrant": _MODIFIERS["bright"], "intense": _MODIFIERS["vivid"],
    "lighter": _MODIFIERS["light"], "darker": _MODIFIERS["dark"],
}  # fmt: skip
"""The same, with words that are parsed but never generated."""

_TINTS: Mapping[str, str] = {
    "blackish": "black", "greyish": "grey", "whitish": "white", "brownish": "brown", "reddish": "red", "bluish": "blue",
    "orangey": "orange", "orangish": "orange", "yellowish": "yellow", "greenish": "green", "blueish": "blue",
    "purplish": "purple", "pinkish": "pink", "silvery": "silver", "rosy": "rose",
}  # fmt: skip
"""Words for a colour, or for a touch of it where another colour follows."""
_TINT = 0.35
"""Share of blue in "bluish green"."""


@dataclass(frozen=True)
class Colour:
    """A colour that has a name."""

    name: str
    """Lower case, such as `navy blue`."""
    lab: Lab
    rgb: Rgb
    family: str
    """One of `FAMILIES`."""


def rgb_to_lab(rgb: ArrayLike) -> Doubles:
    """sRGB 0-255 to CIE LAB: L 0-100, a, b. Shape: (..., 3) to (..., 3)."""
    coded = np.asarray(rgb, dtype=np.float64) / 255
    linear = np.where(coded > 0.04045, ((coded + 0.055) / 1.055) ** 2.4, coded / 12.92)
    ratio = linear @ TO_XYZ.T / WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_rgb(lab: ArrayLike) -> NDArray[np.uint8]:
    """CIE LAB to sRGB 0-255; what a screen can't show is clipped. Shape: (..., 3) to (..., 3)."""
    values = np.asarray(lab, dtype=np.float64)
    y = (values[..., 0] + 16) / 116
    f = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    ratio = np.where(f > 0.2068966, f**3, (f - 16 / 116) / 7.787)
    linear = np.clip(ratio * WHITE @ np.linalg.inv(TO_XYZ).T, 0, 1)
    coded = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return np.asarray(np.round(coded * 255), dtype=np.uint8)


def _parsed(names: Mapping[str, str]) -> dict[str, Colour]:
    """Colours by name, from each family's list of names and codes."""
    colours = {}
    for family, listed in names.items():
        for *words, code in map(str.split, listed.split(",")):
            name = " ".join(words)
            colours[name] = _coloured(name, bytes.fromhex(code), family)
    return colours


def _coloured(name: str, rgb: Iterable[int], family: str) -> Colour:
    red, green, blue = map(int, rgb)
    lightness, a, b = (round(float(value), 2) for value in rgb_to_lab((red, green, blue)))
    return Colour(name, (lightness, a, b), (red, green, blue), family)


COLOURS: Mapping[str, Colour] = _parsed(_NAMES)
"""Every named colour. All base colours of Fashion Product Images are here but `multi`, which isn't one."""

FURTHER: Mapping[str, Colour] = _parsed(_FURTHER_NAMES)
"""Colours that are parsed but never generated, because no network learnt them."""

_KNOWN = {**COLOURS, **FURTHER}

MODIFIERS = tuple(_MODIFIERS)
"""Words that shift the colour they stand before."""

COLOUR_WORDS = frozenset(word for name in (*_KNOWN, *SYNONYMS, *_SHIFTS, *_TINTS) for word in name.split())
"""Every word that a colour's name may have."""


def delta_e(first: ArrayLike, second: ArrayLike) -> Doubles:
    """CIEDE2000 between LAB colours, broadcast against each other.

    About 1 is just visible, 10 is another shade, 40 another colour.

    Shape: (..., 3) and (..., 3) to (...).
    """
    from skimage.color import deltaE_ciede2000

    pair = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    return np.asarray(deltaE_ciede2000(*pair), dtype=np.float64)


def nearest_colour(lab: ArrayLike, names: Iterable[str] | None = None) -> Colour:
    """The named colour that looks closest (CIEDE2000) to one LAB colour, among `names` or all.

    Raises:
        UsageError: a name that is not in `COLOURS`.
    """
    known = list(COLOURS.values()) if names is None else [named_colour(name) for name in names]
    return known[int(np.argmin(delta_e([colour.lab for colour in known], lab)))]


def named_colour(name: str) -> Colour:
    """The colour of this name or synonym.

    Raises:
        UsageError: no such colour; the three nearest names are given.
    """
    spelled = " ".join(_words(name))
    colour = _KNOWN.get(SYNONYMS.get(spelled, spelled))
    if colour is None:
        raise unknown("colour", name, [*_KNOWN, *SYNONYMS])
    return colour


def parse_colours(text: str) -> tuple[Colour, ...]:
    """All colours that a text names, in its order, the longest name first.

    A modifier before a colour shifts it in LAB: "pale pink" is a lighter pink, unless the whole phrase has
    a colour of its own ("light blue"). Capitals, hyphens, spelling of grey and a space that is missing don't matter.

    >>> [colour.name for colour in parse_colours("Off-White shirt with dark olive checks")]
    ['off white', 'dark olive']
    """
    words, colours, index = _words(text), [], 0
    while index < len(words):
        colour, used = colour_at(words, index)
        if colour is not None:
            colours.append(colour)
        index += used
    return tuple(colours)


def colour_at(words: Sequence[str], index: int) -> tuple[Colour | None, int]:
    """The colour that begins at this word, if any, and the number of words it takes (at least 1).

    Args:
        words: in lower case.

    >>> colour_at(["in", "pale", "reddish", "brown"], 1)[0].name
    'pale reddish brown'
    """
    word = words[index]
    for used in range(min(_LONGEST, len(words) - index), 0, -1):
        name = " ".join(words[index : index + used])
        if (colour := _KNOWN.get(SYNONYMS.get(name, name))) is not None:
            break
    else:
        colour = COLOURS[_TINTS[word]] if word in _TINTS else _compound(word)
    if index + 1 < len(words) and (word in _SHIFTS or word in _TINTS):
        base, more = colour_at(words, index + 1)
        if base is not None and more + 1 > used:
            return _shifted(base, word), more + 1
    return colour, used


@lru_cache(4096)
def parse_colour(text: str) -> Colour | None:
    """The first colour that a text names, or None.

    >>> parse_colour("Women's navy t-shirt").name
    'navy blue'
    """
    return next(iter(parse_colours(text)), None)


def brightness(lab: Lab) -> float:
    """Brightness of a colour on a garment: light or vivid (L plus chroma)."""
    return lab[0] + math.hypot(*lab[1:])


def warmth(lab: Lab) -> float:
    """Chroma towards orange (hue 60 degrees); blues and greens are negative."""
    return lab[1] * math.cos(math.pi / 3) + lab[2] * math.sin(math.pi / 3)


RELATIONS: Mapping[str, tuple[Callable[[Lab], float], int]] = {
    "lighter": (itemgetter(0), 1),
    "darker": (itemgetter(0), -1),
    "brighter": (brightness, 1),
    "duller": (brightness, -1),
    "warmer": (warmth, 1),
    "cooler": (warmth, -1),
}
"""Comparative to the quantity it compares and its direction."""


def holds(relation: str, source: Lab, candidate: Lab, least: float = 8.0) -> bool:
    """True if `candidate` is lighter, darker, ... than `source` by at least `least` units of LAB.

    >>> holds("darker", named_colour("sky blue").lab, named_colour("navy").lab)
    True
    """
    if relation not in RELATIONS:
        raise unknown("relation of colours", relation, RELATIONS)
    quantity, sign = RELATIONS[relation]
    return sign * (quantity(candidate) - quantity(source)) >= least


def _words(text: str) -> list[str]:
    """Words in lower case, without accents, in our spelling of grey."""
    spelled = text.lower().replace("gray", "grey").replace("mélange", "melange").replace("écru", "ecru")
    return re.findall(r"[a-z]+", spelled)


_LONGEST = max(len(name.split()) for name in (*_KNOWN, *SYNONYMS))


@lru_cache(4096)
def _compound(word: str) -> Colour | None:
    """The colour of "darkblue", which is two words without a space."""
    for cut in range(3, len(word) - 2):
        colour, used = colour_at((word[:cut], word[cut:]), 0)
        if used == 2:
            return colour
    return None


def _shifted(colour: Colour, modifier: str) -> Colour:
    """The colour with a modifier or a tint before its name."""
    lightness, a, b = colour.lab
    if modifier in _TINTS:
        rgb = lab_to_rgb((1 - _TINT) * np.array(colour.lab) + _TINT * np.array(COLOURS[_TINTS[modifier]].lab))
    else:
        towards, share, chroma = _SHIFTS[modifier]
        rgb = lab_to_rgb((lightness + share * (towards - lightness), a * chroma, b * chroma))
    return _coloured(f"{modifier} {colour.name}", rgb, colour.family)
