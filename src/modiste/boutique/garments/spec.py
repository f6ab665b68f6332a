"""Kinds of products, and the design of one: everything that its drawing, words and table row follow from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from modiste.colour import COLOURS

# fmt: off
_CLOTH: tuple[str, ...] = (
    "black", "white", "off white", "grey", "charcoal", "navy blue", "blue", "light blue", "royal blue", "sky blue",
    "teal", "green", "olive", "bottle green", "sage", "mint", "red", "burgundy", "rust", "orange", "coral", "mustard",
    "yellow", "beige", "camel", "brown", "cream", "pink", "dusty pink", "fuchsia", "lavender", "purple",
)
"""Colours of dyed cloth."""
_SUITING: tuple[str, ...] = (
    "black", "charcoal", "grey", "navy blue", "dark blue", "beige", "camel", "brown", "olive", "burgundy",
    "bottle green", "off white", "dusty pink", "light blue", "rust", "teal",
)
_DENIM = ("medium denim", "dark denim", "light denim", "black", "bleached denim", "grey", "white", "indigo")
_LEATHER: tuple[str, ...] = (
    "black", "brown", "tan", "cognac", "dark brown", "burgundy", "navy blue", "beige", "white", "red", "olive", "grey",
    "dusty pink", "mustard", "bottle green", "camel",
)
_BRIGHT = (*_LEATHER, "silver", "gold", "fuchsia", "royal blue", "coral", "lavender", "yellow", "sky blue", "mint")
_STRAW = ("beige", "sand", "cream", "camel", "tan", "brown", "black", "white")
_FRAMES: tuple[str, ...] = (
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
    "t-shirt": Kind("tops", _CLOTH, ("cotton", "cotton", "linen"), 25, (*_PRINTS, "logo", "logo", "striped"),
                    ("crew", "crew", "v-neck", "scoop", "boat"), ("short", "short", "short", "three-quarter", "long"),
                    _TOP_LENGTHS, _TOP_FITS, warmth=-1, weight=1.8),
    "tank top": Kind("tops", _CLOTH, ("cotton", "linen", "knit"), 20, ("solid", "solid", "striped", "floral", "logo"),
                     ("scoop", "scoop", "v-neck"), ("sleeveless",), _TOP_LENGTHS,
                     ("slim", "regular", "relaxed"), warmth=-1),
    "polo shirt": Kind("tops", _CLOTH, ("cotton", "cotton", "knit"), 45, ("solid", "solid", "striped", "logo"),
                       ("collar",), ("short", "short", "long"), ("regular",), ("slim", "regular", "relaxed"),
                       formality=2, warmth=-1),
    "shirt": Kind("tops", _CLOTH, ("cotton", "cotton", "linen", "denim"), 55,
                  ("solid", "solid", "striped", "checked", "dotted", "floral"), ("collar",),
                  ("long", "long", "short", "three-quarter"), ("regular", "regular", "long"),
                  ("slim", "regular", "relaxed", "oversized"), formality=2, weight=1.5),
    "blouse": Kind("tops", _CLOTH, ("silk", "silk", "cotton", "linen"), 60, ("solid", "floral", "dotted", "striped"),
                   ("v-neck", "boat", "scoop", "collar"), ("long", "three-quarter", "short", "sleeveless"),
                   ("regular", "regular", "cropped"), ("regular", "relaxed", "slim"), genders=_WOMEN, formality=2),
    "sweater": Kind("tops", _CLOTH, ("wool", "knit", "knit"), 70, ("solid", "solid", "solid", "striped"),
                    ("crew", "crew", "turtleneck", "turtleneck", "v-neck", "boat"), ("long", "long", "three-quarter"),
                    ("regular", "regular", "cropped", "long"), _TOP_FITS, warmth=1, weight=1.5),
    "cardigan": Kind("tops", _CLOTH, ("wool", "knit"), 75, ("solid", "solid", "striped"), ("v-neck", "v-neck", "crew"),
                     ("long",), ("regular", "cropped", "long"), ("regular", "slim", "relaxed"), warmth=1),
    "hoodie": Kind("tops", _CLOTH, ("cotton",), 60, ("solid", "solid", "logo", "striped"), ("hood",), ("long",),
                   ("regular", "regular", "cropped"), ("regular", "relaxed", "oversized"), genders=_ALL,
                   formality=0, warmth=1),
    "sweatshirt": Kind("tops", _CLOTH, ("cotton",), 50, ("solid", "logo", "logo", "striped"), ("crew",), ("long",),
                       ("regular", "regular", "cropped"), ("regular", "relaxed", "oversized"), genders=_ALL,
                       formality=0, warmth=1),
    "jeans": Kind("bottoms", _DENIM, ("denim",), 70, lengths=("regular", "regular", "cropped"),
                  fits=("skinny", "slim", "straight", "straight", "wide", "flared", "tapered"), weight=1.5),
    "trousers": Kind("bottoms", (*_SUITING, "cream", "sage", "mustard"), ("wool", "cotton", "linen"), 75,
                     ("solid", "solid", "solid", "checked", "striped"), lengths=("regular", "regular", "cropped"),
                     fits=("slim", "straight", "wide", "tapered", "flared"), formality=2, weight=1.4),
    "joggers": Kind("bottoms", _CLOTH, ("cotton",), 45, ("solid", "solid", "logo"), lengths=("regular",),
                    fits=("tapered", "relaxed"), genders=_ALL, formality=0),
    "shorts": Kind("bottoms", _CLOTH, ("cotton", "denim", "linen"), 40,
                   ("solid", "solid", "checked", "striped", "floral"), lengths=("mini", "knee"),
                   fits=("slim", "regular", "wide"), warmth=-3),
    "skirt": Kind("bottoms", _CLOTH, ("cotton", "silk", "wool", "denim", "leather"), 50, _PRINTS,
                  lengths=("mini", "knee", "midi", "maxi"), fits=("slim", "flared", "flared"), genders=_WOMEN,
                  formality=2, weight=1.4),
    "leggings": Kind("bottoms", _CLOTH, ("jersey",), 30, ("solid", "solid", "solid", "floral"),
                     lengths=("regular", "cropped"), fits=("skinny",), genders=_WOMEN, formality=0),
    "dress": Kind("dresses", _CLOTH, ("silk", "cotton", "jersey", "linen", "knit"), 80, (*_PRINTS, "floral"),
                  ("v-neck", "scoop", "crew", "boat", "turtleneck"), ("sleeveless", "short", "three-quarter", "long"),
                  ("mini", "knee", "midi", "maxi"), ("slim", "flared", "flared"), genders=_WOMEN, formality=2,
                  weight=2.2),
    "shirt dress": Kind("dresses", _CLOTH, ("cotton", "linen", "denim"), 85, ("solid", "striped", "checked", "floral"),
                        ("collar",), ("short", "three-quarter", "long"), ("mini", "knee", "midi"), ("regular",),
                        genders=_WOMEN, formality=2),
    "jumpsuit": Kind("dresses", _CLOTH, ("cotton", "linen", "silk", "denim"), 95,
                     ("solid", "solid", "floral", "dotted"), ("v-neck", "scoop", "collar"),
                     ("sleeveless", "short", "long"), ("regular", "cropped"),
                     ("wide", "tapered", "straight"), genders=_WOMEN, formality=2),
    "coat": Kind("tailoring", _SUITING, ("wool",), 180, ("solid", "solid", "solid", "checked"), ("collar",), ("long",),
                 ("knee", "midi"), ("regular", "oversized"), formality=3, warmth=3),
    "trench coat": Kind("tailoring", ("beige", "khaki", "black", "navy blue", "olive", "camel", "stone", "burgundy"),
                        ("cotton",), 160, ("solid",), ("collar",), ("long",), ("knee", "midi"), ("regular",),
                        formality=2, warmth=1, weight=0.7),
    "blazer": Kind("tailoring", _SUITING, ("wool", "wool", "linen", "cotton"), 130,
                   ("solid", "solid", "checked", "striped"), ("collar",), ("long",), ("regular",),
                   ("slim", "regular", "oversized"), formality=3),
    "denim jacket": Kind("jackets", _DENIM, ("denim",), 85, ("solid",), ("collar",), ("long",),
                         ("regular", "cropped"), ("regular", "oversized"), warmth=0),
    "bomber jacket": Kind("jackets", (*_LEATHER, "charcoal", "sage", "royal blue"), ("nylon", "leather"), 110,
                          ("solid",), ("crew",), ("long",), ("regular",), ("regular", "relaxed"), genders=_ALL,
                          warmth=1),
    "puffer jacket": Kind("jackets", _CLOTH, ("nylon",), 120, ("solid",), ("turtleneck", "hood"), ("long",),
                          ("regular", "cropped", "long"), ("regular",), genders=_ALL, warmth=4),
    "sneakers": Kind("shoes", (*_BRIGHT, "green", "orange", "purple"), ("leather", "canvas", "mesh"), 80,
                     heels=("flat",), genders=_ALL, formality=0, weight=1.8),
    "boots": Kind("shoes", _LEATHER, ("leather", "suede"), 130, heels=("flat", "block", "low"),
                  lengths=("ankle", "knee"), warmth=3, formality=1, weight=1.2),
    "heels": Kind("shoes", (*_BRIGHT, "black", "black"), ("leather", "suede", "satin"), 95,
                  heels=("high", "high", "low", "block"), genders=_WOMEN, formality=3, warmth=-1, weight=1.2),
    "sandals": Kind("shoes", _BRIGHT, ("leather", "leather", "suede"), 60, heels=("flat", "flat", "block", "wedge"),
                    genders=_WOMEN, warmth=-4),
    "loafers": Kind("shoes", _LEATHER, ("leather", "suede"), 100, heels=("flat",), formality=3),
    "ballet flats": Kind("shoes", _BRIGHT, ("leather", "satin", "suede"), 70, heels=("flat",), genders=_WOMEN,
                         formality=2, weight=0.8),
    "handbag": Kind("bags", _BRIGHT, ("leather", "suede"), 120, genders=_WOMEN, formality=2, weight=1.3),
    "tote bag": Kind("bags", _CLOTH, ("canvas", "canvas", "leather"), 45,
                     ("solid", "striped", "floral", "logo", "checked"), genders=("Women", "Unisex")),
    "crossbody bag": Kind("bags", _BRIGHT, ("leather", "suede"), 80, genders=_WOMEN),
    "backpack": Kind("backpacks", (*_LEATHER, "royal blue", "teal", "purple", "orange"), ("nylon", "canvas", "leather"),
                     70, ("solid", "solid", "checked", "logo"), genders=_ALL),
    "cap": Kind("hats", _CLOTH, ("cotton", "denim", "wool"), 25, ("solid", "logo", "logo", "checked"), genders=_ALL,
                formality=0, warmth=-1),
    "beanie": Kind("hats", _CLOTH, ("knit", "wool"), 25, ("solid", "solid", "striped"), genders=_ALL, warmth=4),
    "sun hat": Kind("hats", _STRAW, ("straw",), 40, genders=_WOMEN, warmth=-4),
    "bucket hat": Kind("hats", _CLOTH, ("cotton", "denim"), 30, ("solid", "solid", "floral", "checked", "striped"),
                       genders=_ALL, warmth=-2, weight=0.7),
    "sunglasses": Kind("eyewear", _FRAMES, ("plastic", "plastic", "metal"), 90, genders=_ALL, warmth=-3),
    "glasses": Kind("eyewear", _FRAMES, ("plastic", "metal"), 110, genders=_ALL, formality=2, weight=0.7),
}  # fmt: skip
"""Kind to what is known of it; the name is the product's category."""


_SECOND = (
    "white",
    "black",
    "off white",
    "navy blue",
    "beige",
    "red",
    "mustard",
    "light blue",
    "burgundy",
    "dusty pink",
)
"""Colours of prints and trims."""
VARIANTS = 4
"""Colours at most in which one model is sold."""


@dataclass(frozen=True)
class Spec:
    """One product; a field is empty where it makes no sense for the kind."""

    id: str
    kind: str
    gender: str
    colour: str
    second: str
    """Colour of the pattern or, on a plain product, of its trims."""
    pattern: str
    fabric: str
    neck: str = ""
    sleeve: str = ""
    length: str = ""
    fit: str = ""
    heel: str = ""
    formality: str = ""
    season: str = ""
    price: float = 0.0
    in_stock: bool = True
    variant_of: str = ""
    """Id of the first product of the same model."""
    make: int = 0
    """Seed of the small differences between two models of one kind: proportions, pockets, size of the print."""
    backdrop: int = 0
    """Which tint of the studio it lies in."""
    size: str = ""
    """Whom further bottoms are cut for, `regular` or `petite`; empty on every other product."""

    def rng(self, purpose: str) -> Random:
        """Chance that is the same for every colour of a model."""
        return Random(f"{purpose} {self.make}")


def design(seed: int, index: int) -> Spec:
    """Product `index` of the shop drawn from `seed`; it depends on nothing else."""
    first, variant = _model(seed, index)
    rng, own = Random(f"model {seed} {first}"), Random(f"product {seed} {index}")
    name = rng.choices(list(KINDS), [kind.weight for kind in KINDS.values()])[0]
    kind = KINDS[name]
    colours = rng.sample(list(dict.fromkeys(kind.colours)), VARIANTS)
    fabric = rng.choice(kind.fabrics)
    spec = Spec(
        id=_id(seed, index),
        kind=name,
        gender=rng.choice(kind.genders),
        colour=colours[variant],
        second=_second_colour(colours[variant], rng.sample(_SECOND, len(_SECOND))),
        pattern=rng.choice([pattern for pattern in kind.patterns if (fabric, pattern) not in _NEVER]),
        fabric=fabric,
        neck=_choice(rng, kind.necks),
        sleeve=_choice(rng, kind.sleeves),
        length=_choice(rng, kind.lengths),
        fit=_choice(rng, kind.fits),
        heel=_choice(rng, kind.heels),
        price=_price(kind, fabric, rng),
        in_stock=own.random() < 0.88,
        variant_of=_id(seed, first) if variant else "",
        make=rng.randrange(2**31),
        backdrop=own.randrange(2**31),
    )
    return judged(spec)


def judged(spec: Spec) -> Spec:
    """The design with the formality and the season that follow from the rest."""
    return replace(spec, formality=_formality(spec), season=_season(spec))


def _second_colour(colour: str, wanted: Sequence[str]) -> str:
    """The first wanted colour that stands out: a model keeps its print's colour in all its own as far as it can."""
    lightness = COLOURS[colour].lab[0]
    return next(name for name in wanted if abs(COLOURS[name].lab[0] - lightness) > 38)


def _price(kind: Kind, fabric: str, rng: Random) -> float:
    """As shops write it: just below a whole number."""
    return round(kind.price * _FABRIC_PRICE.get(fabric, 1.0) * rng.uniform(0.7, 1.6)) - 0.01


def _model(seed: int, index: int) -> tuple[int, int]:
    """The first product of the model that a product belongs to, and its index among the model's colours."""
    run = 0
    while index > run and Random(f"again {seed} {index - run}").random() < 0.35:
        run += 1
    variant = run % VARIANTS
    return index - variant, variant


def _id(seed: int, index: int) -> str:
    return f"b{seed}-{index:05d}"


def _choice(rng: Random, values: Sequence[str]) -> str:
    return rng.choice(values) if values else ""


_NEVER = {(fabric, pattern) for fabric in ("leather", "knit", "wool") for pattern in ("floral", "dotted")}
_NEVER |= {("leather", "striped"), ("leather", "checked"), ("denim", "checked")}
"""Prints that a fabric doesn't carry."""
_FABRIC_FORMALITY = {"silk": 1, "satin": 1, "denim": -1, "canvas": -1, "nylon": -1, "mesh": -1, "jersey": -1}
_FABRIC_WARMTH = {"linen": -2, "silk": -1, "wool": 2, "knit": 1, "leather": 1, "suede": 1, "canvas": -1, "mesh": -1}
_SLEEVE_WARMTH = {"sleeveless": -2, "short": -1, "three-quarter": 0, "long": 1}
_FABRIC_PRICE = {"silk": 1.6, "wool": 1.4, "leather": 1.5, "suede": 1.3, "linen": 1.15, "satin": 1.1, "metal": 1.2}


def _formality(spec: Spec) -> str:
    level = KINDS[spec.kind].formality
    if level == 0:
        return "sporty"
    loud = level > 1 and spec.pattern in ("logo", "floral", "checked")
    level += _FABRIC_FORMALITY.get(spec.fabric, 0) - loud - (spec.fit in ("oversized", "wide", "flared"))
    if spec.fabric in ("silk", "satin") and level >= 3:
        return "party"
    return ("casual", "casual", "smart casual", "formal")[max(0, min(level, 3))]


def _season(spec: Spec) -> str:
    warmth = KINDS[spec.kind].warmth + _FABRIC_WARMTH.get(spec.fabric, 0) + _SLEEVE_WARMTH.get(spec.sleeve, 0)
    warmth += spec.neck == "turtleneck"
    if warmth <= -2:
        return "summer"
    if warmth >= 3:
        return "winter"
    return {-1: "spring", 2: "autumn"}.get(warmth, "all year")


_BOTTOM_VARIANTS = 2
"""Colours in which one model is sold."""
_DYED: Mapping[str, float] = {
    "black": 7, "navy blue": 5, "grey": 5, "beige": 5, "blue": 5, "white": 4, "khaki": 4, "brown": 4, "charcoal": 2,
    "light blue": 2, "royal blue": 2, "camel": 2, "cream": 2, "olive": 3, "green": 4, "bottle green": 2, "sage": 2,
    "teal": 3, "red": 4, "burgundy": 3, "rust": 2, "orange": 4, "mustard": 2, "yellow": 3.5, "pink": 4, "fuchsia": 2,
    "purple": 3, "lavender": 2,
}  # fmt: skip
"""Colour of dyed cloth to how often it is drawn: often enough to be learnt, and the plain ones as often as in shops."""
_WASHED: Mapping[str, float] = {
    "medium denim": 4, "dark denim": 4, "light denim": 3, "bleached denim": 2, "blue": 2, "indigo": 2, "black": 4,
    "grey": 3, "white": 2,
}  # fmt: skip
_BOTTOM_FABRICS = {"trousers": ("cotton", "cotton", "wool", "linen"), "jeans": ("denim",),
            "shorts": ("cotton", "cotton", "linen", "denim")}  # fmt: skip
_BOTTOM_PATTERNS = {"trousers": ("solid",) * 9 + ("striped", "checked"), "jeans": ("solid",),
             "shorts": ("solid",) * 7 + ("striped", "checked", "floral")}  # fmt: skip
_BOTTOM_FITS: Mapping[str, Sequence[str]] = {
    "Women": ("skinny", "slim", "straight", "tapered", "relaxed", "wide", "wide", "flared", "flared"),
    "Men": ("skinny", "slim", "slim", "straight", "straight", "tapered", "relaxed", "relaxed", "wide"),
    "Unisex": ("skinny", "slim", "straight", "tapered", "relaxed", "wide", "flared"),
}
_BOTTOM_GENDERS = {"Women": 0.44, "Men": 0.36, "Unisex": 0.2}
_BOTTOM_LENGTHS: Mapping[str, Mapping[str, float]] = {
    "Women": {"capri": 0.2, "cropped": 0.16, "regular": 0.64},
    "Men": {"cropped": 0.14, "regular": 0.86},
    "Unisex": {"capri": 0.12, "cropped": 0.14, "regular": 0.74},
}
_SHORTS_LENGTHS: Mapping[str, Mapping[str, float]] = {
    "Women": {"mini": 0.65, "knee": 0.35},
    "Men": {"mini": 0.3, "knee": 0.7},
    "Unisex": {"mini": 0.5, "knee": 0.5},
}
_PETITE = 0.18
"""Of women's trousers and jeans."""


def design_bottom(seed: int, index: int) -> Spec:
    """Further bottom `index` of the shop drawn from `seed`; it depends on nothing else."""
    variant = index % _BOTTOM_VARIANTS
    rng, own = Random(f"bottom model {seed} {index - variant}"), Random(f"bottom {seed} {index}")
    kind = rng.choice(("trousers", "jeans", "shorts"))
    gender, fabric = _weighted_choice(rng, _BOTTOM_GENDERS), rng.choice(_BOTTOM_FABRICS[kind])
    colour = _bottom_colours(rng, _WASHED if fabric == "denim" else _DYED)[variant]
    spec = Spec(
        id=_bottom_id(seed, index),
        kind=kind,
        gender=gender,
        colour=colour,
        second=_second_colour(colour, rng.sample(_SECOND, len(_SECOND))),
        pattern=rng.choice(_BOTTOM_PATTERNS[kind]) if fabric != "denim" else "solid",
        fabric=fabric,
        fit=rng.choice(KINDS[kind].fits if kind == "shorts" else _BOTTOM_FITS[gender]),
        length=_weighted_choice(rng, (_SHORTS_LENGTHS if kind == "shorts" else _BOTTOM_LENGTHS)[gender]),
        size="petite" if rng.random() < _PETITE and kind != "shorts" and gender == "Women" else "regular",
        price=_price(KINDS[kind], fabric, rng),
        in_stock=own.random() < 0.88,
        variant_of=_bottom_id(seed, index - variant) if variant else "",
        make=rng.randrange(2**31),
        backdrop=own.randrange(2**31),
    )
    return judged(spec)


def _bottom_id(seed: int, index: int) -> str:
    return f"b{seed}-t{index:05d}"


def _weighted_choice(rng: Random, chances: Mapping[str, float]) -> str:
    return rng.choices(list(chances), list(chances.values()))[0]


def _bottom_colours(rng: Random, chances: Mapping[str, float]) -> Sequence[str]:
    """Different colours for the variants of one model, each drawn as often as it should be."""
    found = dict.fromkeys([_weighted_choice(rng, chances)])
    while len(found) < _BOTTOM_VARIANTS:
        found[_weighted_choice(rng, chances)] = None
    return list(found)
