"""The design of a product: everything that its drawing, its words and its table row follow from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from modiste.boutique.kinds import KINDS, Kind
from modiste.colour import COLOURS

SECOND = ("white", "black", "off white", "navy blue", "beige", "red", "mustard", "light blue", "burgundy", "dusty pink")
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
    first, place = _model(seed, index)
    rng, own = Random(f"model {seed} {first}"), Random(f"product {seed} {index}")
    name = rng.choices(list(KINDS), [kind.weight for kind in KINDS.values()])[0]
    kind = KINDS[name]
    colours = rng.sample(list(dict.fromkeys(kind.colours)), VARIANTS)
    fabric = rng.choice(kind.fabrics)
    spec = Spec(
        id=_id(seed, index),
        kind=name,
        gender=rng.choice(kind.genders),
        colour=colours[place],
        second=second_colour(colours[place], rng.sample(SECOND, len(SECOND))),
        pattern=rng.choice([pattern for pattern in kind.patterns if (fabric, pattern) not in _NEVER]),
        fabric=fabric,
        neck=_choice(rng, kind.necks),
        sleeve=_choice(rng, kind.sleeves),
        length=_choice(rng, kind.lengths),
        fit=_choice(rng, kind.fits),
        heel=_choice(rng, kind.heels),
        price=price(kind, fabric, rng),
        in_stock=own.random() < 0.88,
        variant_of=_id(seed, first) if place else "",
        make=rng.randrange(2**31),
        backdrop=own.randrange(2**31),
    )
    return judged(spec)


def judged(spec: Spec) -> Spec:
    """The design with the formality and the season that follow from the rest."""
    return replace(spec, formality=_formality(spec), season=_season(spec))


def second_colour(colour: str, wanted: Sequence[str]) -> str:
    """The first wanted colour that stands out: a model keeps its print's colour in all its own as far as it can."""
    lightness = COLOURS[colour].lab[0]
    return next(name for name in wanted if abs(COLOURS[name].lab[0] - lightness) > 38)


def price(kind: Kind, fabric: str, rng: Random) -> float:
    """As shops write it: just below a whole number."""
    return round(kind.price * _FABRIC_PRICE.get(fabric, 1.0) * rng.uniform(0.7, 1.6)) - 0.01


def _model(seed: int, index: int) -> tuple[int, int]:
    """The first product of the model that a product belongs to, and its place among the model's colours."""
    run = 0
    while index > run and Random(f"again {seed} {index - run}").random() < 0.35:
        run += 1
    place = run % VARIANTS
    return index - place, place


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
