"""Further bottoms: trousers, jeans and shorts in all colours and cuts, for what has to learn from many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from modiste.boutique.kinds import KINDS
from modiste.boutique.spec import SECOND, Spec, judged, price, second_colour

VARIANTS = 2
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
_FABRICS = {"trousers": ("cotton", "cotton", "wool", "linen"), "jeans": ("denim",),
            "shorts": ("cotton", "cotton", "linen", "denim")}  # fmt: skip
_PATTERNS = {"trousers": ("solid",) * 9 + ("striped", "checked"), "jeans": ("solid",),
             "shorts": ("solid",) * 7 + ("striped", "checked", "floral")}  # fmt: skip
_FITS: Mapping[str, Sequence[str]] = {
    "Women": ("skinny", "slim", "straight", "tapered", "relaxed", "wide", "wide", "flared", "flared"),
    "Men": ("skinny", "slim", "slim", "straight", "straight", "tapered", "relaxed", "relaxed", "wide"),
    "Unisex": ("skinny", "slim", "straight", "tapered", "relaxed", "wide", "flared"),
}
_GENDERS = {"Women": 0.44, "Men": 0.36, "Unisex": 0.2}
_LENGTHS: Mapping[str, Mapping[str, float]] = {
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

_AFTER = {"striped": "stripes", "checked": "checks", "floral": "a floral print"}
_CUT = {"wide": "wide-leg", "knee": "knee-length", "regular": ""}
_CHANCE = {"size": 0.95, "length": 0.9, "fit": 0.7, "fabric": 0.25}
"""How often a title says it."""


def design_bottom(seed: int, index: int) -> Spec:
    """Further bottom `index` of the shop drawn from `seed`; it depends on nothing else."""
    place = index % VARIANTS
    rng, own = Random(f"bottom model {seed} {index - place}"), Random(f"bottom {seed} {index}")
    kind = rng.choice(("trousers", "jeans", "shorts"))
    gender, fabric = _drawn(rng, _GENDERS), rng.choice(_FABRICS[kind])
    colour = _colours(rng, _WASHED if fabric == "denim" else _DYED)[place]
    spec = Spec(
        id=_id(seed, index),
        kind=kind,
        gender=gender,
        colour=colour,
        second=second_colour(colour, rng.sample(SECOND, len(SECOND))),
        pattern=rng.choice(_PATTERNS[kind]) if fabric != "denim" else "solid",
        fabric=fabric,
        fit=rng.choice(KINDS[kind].fits if kind == "shorts" else _FITS[gender]),
        length=_drawn(rng, (_SHORTS_LENGTHS if kind == "shorts" else _LENGTHS)[gender]),
        size="petite" if rng.random() < _PETITE and kind != "shorts" and gender == "Women" else "regular",
        price=price(KINDS[kind], fabric, rng),
        in_stock=own.random() < 0.88,
        variant_of=_id(seed, index - place) if place else "",
        make=rng.randrange(2**31),
        backdrop=own.randrange(2**31),
    )
    return judged(spec)


def bottom_title(spec: Spec) -> str:
    """A title whose words stand in the orders in which shops write them; not every word that is true is said."""
    rng = Random(f"title {spec.id}")
    noun = "pants" if spec.kind == "trousers" and rng.random() < 0.5 else spec.kind
    colour = "navy" if spec.colour == "navy blue" and rng.random() < 0.5 else spec.colour
    after = _AFTER.get(spec.pattern, "") if rng.random() < 0.3 else ""
    words = _said(spec, rng, patterned=not after)
    owner = {"Unisex": "unisex"}.get(spec.gender, f"{spec.gender.lower()}'s") if rng.random() < 0.8 else ""
    way, tail = rng.random(), f"with {after}" if after else ""
    if way < 0.45:
        at = rng.randint(0, len(words)) if rng.random() < 0.4 else 0
        parts = [owner, *words[:at], colour, *words[at:], noun, tail]
    elif way < 0.65:
        first = words[:1] if words[:1] != ["capri"] else []
        parts = [*first, colour, *words[len(first) :], noun, tail, _for(owner)]
    elif way < 0.8:
        parts = [*words, noun, tail, f"in {colour}", _for(owner)]
    else:
        parts = [colour, owner, *words, noun, tail]
    text = " ".join(part for part in parts if part)
    return text[0].upper() + text[1:]


def _said(spec: Spec, rng: Random, *, patterned: bool) -> list[str]:
    """What stands before the noun besides colour and owner; "capri" last, for it is nearly a part of the noun."""
    said = {name: getattr(spec, name) for name, chance in _CHANCE.items() if rng.random() < chance}
    if spec.fabric == "denim":
        said.pop("fabric", "")  # "Blue denim" would be another colour than blue.
    words = [_CUT.get(word, word) for word in said.values()]
    if patterned and spec.pattern != "solid":
        words.append(spec.pattern)
    words = [word for word in words if word]
    if rng.random() < 0.35:
        rng.shuffle(words)
    return sorted(words, key=lambda word: word == "capri")


def _for(owner: str) -> str:
    """An owner who stands at the end."""
    return {"women's": "for women", "men's": "for men"}.get(owner, "")


def _id(seed: int, index: int) -> str:
    return f"b{seed}-t{index:05d}"


def _drawn(rng: Random, chances: Mapping[str, float]) -> str:
    return rng.choices(list(chances), list(chances.values()))[0]


def _colours(rng: Random, chances: Mapping[str, float]) -> Sequence[str]:
    """Different colours for the variants of one model, each drawn as often as it should be."""
    found = dict.fromkeys([_drawn(rng, chances)])
    while len(found) < VARIANTS:
        found[_drawn(rng, chances)] = None
    return list(found)
