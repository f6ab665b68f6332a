"""The words of fashion: what an attribute can be, how each value is said, and which scale it stands on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One value of an attribute and how customers say it."""

    before: tuple[str, ...] = ()
    """Said before the noun: "striped" shirt."""
    after: tuple[str, ...] = ()
    """Said after the noun: shirt "with stripes"."""
    also: tuple[str, ...] = ()
    """Understood in titles and columns, but not said."""
    column: tuple[str, ...] = ()
    """Understood only in the attribute's own column, where a bare "short" can't be mistaken."""


def _plain(*words: str) -> dict[str, Value]:
    return {word: Value((word,)) for word in words}


# fmt: off
LEXICON: Mapping[str, Mapping[str, Value]] = {
    "pattern": {
        "solid": Value(("plain", "solid"), ("without a pattern", "in one colour"), ("solid colour",), ("uni", "none")),
        "striped": Value(("striped", "stripy"), ("with stripes",), ("stripe", "stripes", "stripped", "pinstripe")),
        "checked": Value(("checked", "plaid", "check"), ("with checks", "with a check pattern"),
                         ("checks", "checkered", "chequered", "tartan", "gingham")),
        "dotted": Value(("polka dot", "dotted", "spotted"), ("with dots", "with polka dots"), ("dot", "dots", "polka")),
        "floral": Value(("floral", "flowery"), ("with flowers", "with a floral print"),
                        ("flower", "flowers", "flower print", "floral print")),
        "animal print": Value(("animal print",), ("with an animal print",), ("leopard", "leopard print", "zebra")),
        "camouflage": Value(("camouflage", "camo"), ("with a camouflage print",)),
        "graphic": Value(("graphic",), ("with a graphic", "with a graphic print"), ("graphic print", "photo print")),
        "logo": Value(("logo",), ("with a logo", "with a logo on it")),
        "printed": Value(("printed",), ("with a print",), ("print",)),
        "embroidered": Value(("embroidered",), ("with embroidery",), ("embroidery",)),
        "colour block": Value(("colour block",), ("with colour blocks",), ("colour blocked", "color block")),
    },
    "neck": {
        "turtleneck": Value(("turtleneck", "roll neck"), ("with a turtleneck", "with a roll neck"),
                            ("high neck", "funnel neck", "turtle neck")),
        "crew": Value(("crew neck", "round neck"), ("with a crew neck", "with a round neck"), (), ("crew", "round")),
        "boat": Value(("boat neck",), ("with a boat neck",), (), ("boat", "bateau", "slash")),
        "square": Value(("square neck",), ("with a square neck",), (), ("square",)),
        "scoop": Value(("scoop neck",), ("with a scoop neck",), ("u neck",), ("scoop", "u")),
        "v-neck": Value(("v-neck",), ("with a v-neck",), ("vneck",), ("v", "deep v")),
        "collar": Value(("collared",), ("with a collar",), ("polo neck", "polo collar", "shirt collar"), ("collar",)),
        "hood": Value(("hooded",), ("with a hood",), (), ("hood",)),
        "halter": Value(("halter neck",), ("with a halter neck",), (), ("halter",)),
        "off-shoulder": Value(("off-the-shoulder",), ("off the shoulder",), ("off shoulder", "bardot")),
    },
    "sleeve": {
        "sleeveless": Value(("sleeveless",), ("without sleeves",), (), ("no sleeves", "strappy", "none")),
        "cap": Value(("cap sleeve",), ("with cap sleeves",), (), ("cap",)),
        "short": Value(("short sleeve", "short-sleeved"), ("with short sleeves",), ("half sleeve", "half sleeves"),
                       ("short", "half")),
        "three-quarter": Value(("three-quarter sleeve",), ("with three-quarter sleeves",),
                               ("3/4 sleeve", "elbow sleeve"), ("3/4", "elbow", "three quarter")),
        "long": Value(("long sleeve", "long-sleeved"), ("with long sleeves",), ("full sleeve", "full sleeves"),
                      ("long", "full")),
    },
    "length": {
        "mini": Value(("mini",), ("above the knee",), (), ("very short", "micro")),
        "knee": Value(("knee-length",), ("down to the knee",), (), ("knee",)),
        "midi": Value(("midi",), ("below the knee",), (), ("calf", "mid-calf")),
        "maxi": Value(("maxi",), ("down to the floor",), ("floor length",), ("floor",)),
        "cropped": Value(("cropped",), (), ("3/4 length", "3/4th"), ("crop", "short")),
        "ankle": Value(("ankle-length",), (), (), ("ankle", "7/8")),
        "regular": Value(column=("full", "full length", "hip", "standard", "normal")),
        "long": Value(("long", "longline"), (), (), ("tunic",)),
    },
    "fit": {
        "skinny": Value(("skinny", "skinny fit"), ("with a skinny fit",), ("body fit",)),
        "slim": Value(("slim", "slim fit"), ("with a slim fit",), ("fitted",), ("tailored",)),
        "regular": Value(("regular fit",), ("with a regular fit",), ("classic fit",), ("regular", "normal")),
        "straight": Value(("straight", "straight leg"), ("with straight legs",), ("straight fit",)),
        "tapered": Value(("tapered",), ("with tapered legs",), (), ("carrot",)),
        "relaxed": Value(("relaxed", "loose"), ("with a relaxed fit", "with a loose fit"),
                         ("comfort fit", "loose fit")),
        "oversized": Value(("oversized", "baggy"), ("with an oversized fit",), ("oversize", "boxy")),
        "wide": Value(("wide leg",), ("with wide legs",), ("palazzo",), ("wide",)),
        "flared": Value(("flared",), (), ("flare", "boot cut", "bootcut"), ("bell",)),
    },
    "heel": {
        "flat": Value(("flat",), ("with no heel",), (), ("none", "no heel")),
        "low": Value(("low heel", "low-heeled"), ("with a low heel",), (), ("low",)),
        "block": Value(("block heel",), ("with a block heel",), (), ("block",)),
        "wedge": Value(("wedge",), ("with a wedge heel",), ("wedges",)),
        "high": Value(("high heel", "high-heeled"), ("with a high heel",), ("stiletto",), ("high",)),
    },
    "fabric": {
        **_plain("cotton", "denim", "leather", "faux leather", "patent leather", "silk", "satin", "linen", "wool",
                 "cashmere", "suede", "canvas", "lace", "jersey", "velvet", "mesh", "fleece", "nylon", "straw",
                 "corduroy", "chiffon", "tweed", "metal", "plastic"),
        "wool": Value(("wool",), (), ("woollen", "woolen")),
        "woven": Value(column=("plain weave",)),
        "knit": Value(("knit", "knitted"), (), ("ribbed",)),
    },
    "formality": {
        "sporty": Value(("sporty", "sports"), ("for sports", "for the gym"), (), ("sport", "active", "athletic")),
        "casual": Value(("casual",)),
        "smart casual": Value(("smart casual", "smart"), (), (), ("business casual",)),
        "formal": Value(("formal",), ("for the office", "for work"), (), ("business", "office", "work", "dressy")),
        "party": Value(("party",), ("for a party", "for an evening out"), (), ("evening", "festive", "night out")),
        "ethnic": Value(("ethnic",), (), (), ("traditional",)),
    },
    "season": {
        "summer": Value(("summer",), ("for summer", "for warm days"), (), ("hot",)),
        "spring": Value(("spring",), ("for spring",), (), ("mild",)),
        "autumn": Value(("autumn",), ("for autumn",), (), ("fall",)),
        "winter": Value(("winter",), ("for winter", "for cold days"), (), ("cold",)),
        "all year": Value(("all-season",), ("for all seasons",), (), ("any", "all season", "year-round", "all")),
    },
}
"""Attribute to its values. Colour has its own room (`modiste.colour`), kinds of product theirs (`nouns`)."""

SCALES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "sleeve": (("sleeveless", "cap", "short", "three-quarter", "long"),),
    "length": (("mini", "knee", "midi", "maxi"), ("cropped", "ankle", "regular", "long")),
    "fit": (("skinny", "slim", "regular", "relaxed", "oversized"), ("skinny", "slim", "tapered", "straight", "wide")),
    "neck": (("turtleneck", "crew", "scoop", "v-neck"),),
    "heel": (("flat", "low", "high"),),
    "formality": (("sporty", "casual", "smart casual", "formal"),),
    "season": (("summer", "spring", "autumn", "winter"),),
}
"""Attribute to its ordered scales, least first; only values of one scale can be compared."""

DERIVED = ("formality", "season")
"""Attributes that follow from the others: a request for something else doesn't hold them still."""

COLUMNS: Mapping[str, str] = {
    "usage": "formality", "occasion": "formality", "style": "formality", "neckline": "neck", "collar": "neck",
    "sleeves": "sleeve", "sleeve_length": "sleeve", "material": "fabric", "print": "pattern", "articletype": "category",
    "basecolour": "colour", "color": "colour", "type": "category", "kind": "category",
}
"""Other names of attributes in catalogues."""
# fmt: on


def mark(pattern: str) -> str:
    """A pattern as a thing: "stripes", "logo".

    >>> mark("checked")
    'checks'
    """
    value = LEXICON["pattern"].get(pattern, Value())
    return bare(value.after[0]) if value.after else "pattern"


def bare(phrase: str) -> str:
    """What a product has, without the "with": "stripes", "long sleeves"."""
    return re.sub(r"^with (an? )?", "", phrase)


def in_excess(attribute: str, relation: str, value: str) -> bool:
    """Whether a value has too little for `more` or too much for `less`: nobody calls a regular fit baggy."""
    scale = next(scale for scale in SCALES[attribute] if value in scale)
    place, middle = scale.index(value), (len(scale) - 1) / 2
    return place <= middle if relation == "more" else place >= middle


def position(attribute: str, value: str, other: str) -> tuple[int, int] | None:
    """Where two values stand on the scale that both are on, or None."""
    for scale in SCALES.get(attribute, ()):
        if value in scale and other in scale:
            return scale.index(value), scale.index(other)
    return None
