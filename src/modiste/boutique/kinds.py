"""What the boutique sells: every kind with the attributes that make sense for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# fmt: off
CLOTH: tuple[str, ...] = (
    "black", "white", "off white", "grey", "charcoal", "navy blue", "blue", "light blue", "royal blue", "sky blue",
    "teal", "green", "olive", "bottle green", "sage", "mint", "red", "burgundy", "rust", "orange", "coral", "mustard",
    "yellow", "beige", "camel", "brown", "cream", "pink", "dusty pink", "fuchsia", "lavender", "purple",
)
"""Colours of dyed cloth."""
SUITING: tuple[str, ...] = (
    "black", "charcoal", "grey", "navy blue", "dark blue", "beige", "camel", "brown", "olive", "burgundy",
    "bottle green", "off white", "dusty pink", "light blue", "rust", "teal",
)
DENIM = ("medium denim", "dark denim", "light denim", "black", "bleached denim", "grey", "white", "indigo")
LEATHER: tuple[str, ...] = (
    "black", "brown", "tan", "cognac", "dark brown", "burgundy", "navy blue", "beige", "white", "red", "olive", "grey",
    "dusty pink", "mustard", "bottle green", "camel",
)
BRIGHT = (*LEATHER, "silver", "gold", "fuchsia", "royal blue", "coral", "lavender", "yellow", "sky blue", "mint")
STRAW = ("beige", "sand", "cream", "camel", "tan", "brown", "black", "white")
FRAMES: tuple[str, ...] = (
    "black", "brown", "dark brown", "cognac", "navy blue", "burgundy", "gold", "silver", "white", "olive", "red",
    "teal", "grey", "pink",
)
# fmt: on

_PRINTS = ("solid", "solid", "solid", "striped", "checked", "dotted", "floral")


@dataclass(frozen=True)
class Kind:
    """A kind of product; a value that stands twice is drawn twice as often."""

    family: str
    """Which module draws it."""
    colours: tuple[str, ...]
    fabrics: tuple[str, ...]
    price: float
    """What a plain one costs."""
    patterns: tuple[str, ...] = ("solid",)
    necks: tuple[str, ...] = ()
    sleeves: tuple[str, ...] = ()
    lengths: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    heels: tuple[str, ...] = ()
    genders: tuple[str, ...] = ("Women", "Men")
    formality: int = 1
    """0 sporty, 1 casual, 2 smart casual, 3 formal."""
    warmth: int = 0
    """Below 0 for summer, above for winter."""
    weight: float = 1.0
    """How often it is drawn."""


_TOP_LENGTHS = ("regular", "regular", "cropped", "long")
_TOP_FITS = ("regular", "regular", "slim", "relaxed", "oversized")
_WOMEN = ("Women",)
_ALL = ("Women", "Men", "Unisex")

KINDS: Mapping[str, Kind] = {
    "t-shirt": Kind("tops", CLOTH, ("cotton", "cotton", "linen"), 25, (*_PRINTS, "logo", "logo", "striped"),
                    ("crew", "crew", "v-neck", "scoop", "boat"), ("short", "short", "short", "three-quarter", "long"),
                    _TOP_LENGTHS, _TOP_FITS, warmth=-1, weight=1.8),
    "tank top": Kind("tops", CLOTH, ("cotton", "linen", "knit"), 20, ("solid", "solid", "striped", "floral", "logo"),
                     ("scoop", "scoop", "v-neck"), ("sleeveless",), _TOP_LENGTHS,
                     ("slim", "regular", "relaxed"), warmth=-1),
    "polo shirt": Kind("tops", CLOTH, ("cotton", "cotton", "knit"), 45, ("solid", "solid", "striped", "logo"),
                       ("collar",), ("short", "short", "long"), ("regular",), ("slim", "regular", "relaxed"),
                       formality=2, warmth=-1),
    "shirt": Kind("tops", CLOTH, ("cotton", "cotton", "linen", "denim"), 55,
                  ("solid", "solid", "striped", "checked", "dotted", "floral"), ("collar",),
                  ("long", "long", "short", "three-quarter"), ("regular", "regular", "long"),
                  ("slim", "regular", "relaxed", "oversized"), formality=2, weight=1.5),
    "blouse": Kind("tops", CLOTH, ("silk", "silk", "cotton", "linen"), 60, ("solid", "floral", "dotted", "striped"),
                   ("v-neck", "boat", "scoop", "collar"), ("long", "three-quarter", "short", "sleeveless"),
                   ("regular", "regular", "cropped"), ("regular", "relaxed", "slim"), genders=_WOMEN, formality=2),
    "sweater": Kind("tops", CLOTH, ("wool", "knit", "knit"), 70, ("solid", "solid", "solid", "striped"),
                    ("crew", "crew", "turtleneck", "turtleneck", "v-neck", "boat"), ("long", "long", "three-quarter"),
                    ("regular", "regular", "cropped", "long"), _TOP_FITS, warmth=1, weight=1.5),
    "cardigan": Kind("tops", CLOTH, ("wool", "knit"), 75, ("solid", "solid", "striped"), ("v-neck", "v-neck", "crew"),
                     ("long",), ("regular", "cropped", "long"), ("regular", "slim", "relaxed"), warmth=1),
    "hoodie": Kind("tops", CLOTH, ("cotton",), 60, ("solid", "solid", "logo", "striped"), ("hood",), ("long",),
                   ("regular", "regular", "cropped"), ("regular", "relaxed", "oversized"), genders=_ALL,
                   formality=0, warmth=1),
    "sweatshirt": Kind("tops", CLOTH, ("cotton",), 50, ("solid", "logo", "logo", "striped"), ("crew",), ("long",),
                       ("regular", "regular", "cropped"), ("regular", "relaxed", "oversized"), genders=_ALL,
                       formality=0, warmth=1),
    "jeans": Kind("bottoms", DENIM, ("denim",), 70, lengths=("regular", "regular", "cropped"),
                  fits=("skinny", "slim", "straight", "straight", "wide", "flared", "tapered"), weight=1.5),
    "trousers": Kind("bottoms", (*SUITING, "cream", "sage", "mustard"), ("wool", "cotton", "linen"), 75,
                     ("solid", "solid", "solid", "checked", "striped"), lengths=("regular", "regular", "cropped"),
                     fits=("slim", "straight", "wide", "tapered", "flared"), formality=2, weight=1.4),
    "joggers": Kind("bottoms", CLOTH, ("cotton",), 45, ("solid", "solid", "logo"), lengths=("regular",),
                    fits=("tapered", "relaxed"), genders=_ALL, formality=0),
    "shorts": Kind("bottoms", CLOTH, ("cotton", "denim", "linen"), 40,
                   ("solid", "solid", "checked", "striped", "floral"), lengths=("mini", "knee"),
                   fits=("slim", "regular", "wide"), warmth=-3),
    "skirt": Kind("bottoms", CLOTH, ("cotton", "silk", "wool", "denim", "leather"), 50, _PRINTS,
                  lengths=("mini", "knee", "midi", "maxi"), fits=("slim", "flared", "flared"), genders=_WOMEN,
                  formality=2, weight=1.4),
    "leggings": Kind("bottoms", CLOTH, ("jersey",), 30, ("solid", "solid", "solid", "floral"),
                     lengths=("regular", "cropped"), fits=("skinny",), genders=_WOMEN, formality=0),
    "dress": Kind("dresses", CLOTH, ("silk", "cotton", "jersey", "linen", "knit"), 80, (*_PRINTS, "floral"),
                  ("v-neck", "scoop", "crew", "boat", "turtleneck"), ("sleeveless", "short", "three-quarter", "long"),
                  ("mini", "knee", "midi", "maxi"), ("slim", "flared", "flared"), genders=_WOMEN, formality=2,
                  weight=2.2),
    "shirt dress": Kind("dresses", CLOTH, ("cotton", "linen", "denim"), 85, ("solid", "striped", "checked", "floral"),
                        ("collar",), ("short", "three-quarter", "long"), ("mini", "knee", "midi"), ("regular",),
                        genders=_WOMEN, formality=2),
    "jumpsuit": Kind("dresses", CLOTH, ("cotton", "linen", "silk", "denim"), 95, ("solid", "solid", "floral", "dotted"),
                     ("v-neck", "scoop", "collar"), ("sleeveless", "short", "long"), ("regular", "cropped"),
                     ("wide", "tapered", "straight"), genders=_WOMEN, formality=2),
    "coat": Kind("tailoring", SUITING, ("wool",), 180, ("solid", "solid", "solid", "checked"), ("collar",), ("long",),
                 ("knee", "midi"), ("regular", "oversized"), formality=3, warmth=3),
    "trench coat": Kind("tailoring", ("beige", "khaki", "black", "navy blue", "olive", "camel", "stone", "burgundy"),
                        ("cotton",), 160, ("solid",), ("collar",), ("long",), ("knee", "midi"), ("regular",),
                        formality=2, warmth=1, weight=0.7),
    "blazer": Kind("tailoring", SUITING, ("wool", "wool", "linen", "cotton"), 130,
                   ("solid", "solid", "checked", "striped"), ("collar",), ("long",), ("regular",),
                   ("slim", "regular", "oversized"), formality=3),
    "denim jacket": Kind("jackets", DENIM, ("denim",), 85, ("solid",), ("collar",), ("long",),
                         ("regular", "cropped"), ("regular", "oversized"), warmth=0),
    "bomber jacket": Kind("jackets", (*LEATHER, "charcoal", "sage", "royal blue"), ("nylon", "leather"), 110,
                          ("solid",), ("crew",), ("long",), ("regular",), ("regular", "relaxed"), genders=_ALL,
                          warmth=1),
    "puffer jacket": Kind("jackets", CLOTH, ("nylon",), 120, ("solid",), ("turtleneck", "hood"), ("long",),
                          ("regular", "cropped", "long"), ("regular",), genders=_ALL, warmth=4),
    "sneakers": Kind("shoes", (*BRIGHT, "green", "orange", "purple"), ("leather", "canvas", "mesh"), 80,
                     heels=("flat",), genders=_ALL, formality=0, weight=1.8),
    "boots": Kind("shoes", LEATHER, ("leather", "suede"), 130, heels=("flat", "block", "low"),
                  lengths=("ankle", "knee"), warmth=3, formality=1, weight=1.2),
    "heels": Kind("shoes", (*BRIGHT, "black", "black"), ("leather", "suede", "satin"), 95,
                  heels=("high", "high", "low", "block"), genders=_WOMEN, formality=3, warmth=-1, weight=1.2),
    "sandals": Kind("shoes", BRIGHT, ("leather", "leather", "suede"), 60, heels=("flat", "flat", "block", "wedge"),
                    genders=_WOMEN, warmth=-4),
    "loafers": Kind("shoes", LEATHER, ("leather", "suede"), 100, heels=("flat",), formality=3),
    "ballet flats": Kind("shoes", BRIGHT, ("leather", "satin", "suede"), 70, heels=("flat",), genders=_WOMEN,
                         formality=2, weight=0.8),
    "handbag": Kind("bags", BRIGHT, ("leather", "suede"), 120, genders=_WOMEN, formality=2, weight=1.3),
    "tote bag": Kind("bags", CLOTH, ("canvas", "canvas", "leather"), 45,
                     ("solid", "striped", "floral", "logo", "checked"), genders=("Women", "Unisex")),
    "crossbody bag": Kind("bags", BRIGHT, ("leather", "suede"), 80, genders=_WOMEN),
    "backpack": Kind("backpacks", (*LEATHER, "royal blue", "teal", "purple", "orange"), ("nylon", "canvas", "leather"),
                     70, ("solid", "solid", "checked", "logo"), genders=_ALL),
    "cap": Kind("hats", CLOTH, ("cotton", "denim", "wool"), 25, ("solid", "logo", "logo", "checked"), genders=_ALL,
                formality=0, warmth=-1),
    "beanie": Kind("hats", CLOTH, ("knit", "wool"), 25, ("solid", "solid", "striped"), genders=_ALL, warmth=4),
    "sun hat": Kind("hats", STRAW, ("straw",), 40, genders=_WOMEN, warmth=-4),
    "bucket hat": Kind("hats", CLOTH, ("cotton", "denim"), 30, ("solid", "solid", "floral", "checked", "striped"),
                       genders=_ALL, warmth=-2, weight=0.7),
    "sunglasses": Kind("eyewear", FRAMES, ("plastic", "plastic", "metal"), 90, genders=_ALL, warmth=-3),
    "glasses": Kind("eyewear", FRAMES, ("plastic", "metal"), 110, genders=_ALL, formality=2, weight=0.7),
}  # fmt: skip
"""Kind to what is known of it; the name is the product's category."""
