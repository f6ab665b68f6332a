"""The boutique's hidden style: how well two of its products go together, and an item with an outfit.

This is the truth that its outfits are drawn from (`outfits.py`), so that what a system has learnt from them can be held
against what there was to learn. All of it follows from what stands in a product's row, and most of it can be seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from random import Random

import numpy as np

from modiste.boutique.garments.spec import Spec
from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.catalog.records import Outfit, Product
from modiste.colour import Lab, named_colour
from modiste.errors import UsageError, unknown
from modiste.types import Doubles

LOUDNESS: Mapping[str, float] = {
    "solid": 0.0, "logo": 0.6, "striped": 0.7, "dotted": 0.8, "checked": 0.9, "floral": 1.0,
}  # fmt: skip
"""How much a pattern wants to be alone."""
FORMALITY: Mapping[str, Mapping[str, float]] = {
    "sporty": {"sporty": 1.0, "casual": 0.75, "smart casual": 0.3, "formal": 0.03, "party": 0.02},
    "casual": {"casual": 1.0, "smart casual": 0.75, "formal": 0.3, "party": 0.25},
    "smart casual": {"smart casual": 1.0, "formal": 0.8, "party": 0.65},
    "formal": {"formal": 1.0, "party": 0.6},
    "party": {"party": 1.0},
}
"""What two degrees of formality are worth together; each pair stands once."""
SEASON: Mapping[str, Mapping[str, float]] = {
    "summer": {"summer": 1.0, "spring": 0.8, "all year": 0.85, "autumn": 0.2, "winter": 0.02},
    "spring": {"spring": 1.0, "all year": 0.95, "autumn": 0.6, "winter": 0.25},
    "all year": {"all year": 1.0, "autumn": 0.95, "winter": 0.8},
    "autumn": {"autumn": 1.0, "winter": 0.85},
    "winter": {"winter": 1.0},
}
"""The same of seasons."""

_GARMENTS = frozenset({"tops", "bottoms", "all-body", "outerwear"})
"""Want to contrast with each other; everything else wants to repeat a colour."""
_FLAT = 0.35
"""What two garments of the same lightness lose."""
_ECHO = 0.2
"""What an item loses that repeats no colour of its outfit."""
_SAME = 16.0
"""Units of LAB at which two colours are hardly called the same any more."""
_PARTS: Mapping[str, float] = {"colour": 1.0, "second": 0.85}
"""A product's colours, and what it counts to repeat each."""
_PRINT = 0.3
"""How much the colour of a print has to go with the other product's."""
_EXCUSE = 0.5
"""How much of the noise of two prints is forgiven where they share a colour."""
_NEUTRAL = 0.85
"""What a neutral is worth beside any colour: safe, and never quite as good as two hues in harmony."""
_NEAR_MISS = 0.45
"""What two colours lose that are nearly the same: black with navy blue looks like a mistake."""
_MUTED = 0.45
"""How much of a clash greyish colours take away."""
_HUES = ((0, 20, 45, 75, 105, 130, 150, 180), (1.0, 0.95, 0.65, 0.25, 0.1, 0.4, 0.55, 0.6))
"""Degrees between two hues, and how well they go together: neighbours well, opposites fairly.

In LAB blue and orange lie only 137 degrees apart, so opposites begin there.
"""


FEWEST, MOST = 3, 7
"""Items of an outfit."""
TEMPERATURE = 0.055
"""How far below the best fit an item is still likely: higher draws looser outfits, whose truth says less of them."""
FLOOR = 0.45
"""What fits less well is left out; where it can't be done without, there is no outfit."""
WARMTH = {"summer": 0, "spring": 1, "all year": 2, "autumn": 3, "winter": 4}
"""How much a product of each season says for a jacket and a scarf."""


@dataclass(frozen=True)
class Look:
    """Everything about a product that decides what it goes with.

    Raises:
        UsageError: a colour, pattern, formality or season that the style has no opinion on.
    """

    category: str
    """One of `OUTFIT_CATEGORIES`."""
    gender: str
    colour: str
    second: str
    """Colour of the print; empty on a plain product."""
    pattern: str
    formality: str
    season: str

    def __post_init__(self) -> None:
        for field, known in (("pattern", LOUDNESS), ("formality", FORMALITY), ("season", SEASON)):
            if getattr(self, field) not in known:
                raise unknown(field, getattr(self, field), known, "in the boutique's style")
        for colour in (self.colour, self.second) if self.second else (self.colour,):
            named_colour(colour)

    @classmethod
    def of(cls, product: Product) -> Look:
        """The look of a product that was read from a boutique's table."""
        known = product.attributes
        return cls(
            category=outfit_category(product.category) or "",
            gender=product.gender,
            colour=product.colour,
            second=str(known.get("second_colour", "")),
            pattern=str(known.get("pattern", "") or "solid"),
            formality=str(known.get("formality", "")),
            season=str(known.get("season", "")),
        )

    @classmethod
    def of_spec(cls, spec: Spec) -> Look:
        """The look of a design, which is that of its row."""
        return cls(
            category=outfit_category(spec.kind) or "",
            gender=spec.gender,
            colour=spec.colour,
            second=spec.second if spec.pattern != "solid" else "",
            pattern=spec.pattern,
            formality=spec.formality,
            season=spec.season,
        )


@dataclass(frozen=True)
class Relations:
    """Of looks to other looks."""

    pairs: Doubles
    """Compatibility, 0-1. Shape: (n, m)."""
    echoes: Doubles
    """How nearly one repeats a colour of the other, 0-1; 0 between garments. Shape: (n, m)."""


def compatibility(one: Look, other: Look) -> float:
    """Compatibility of two looks, 0-1; exactly 0 where no one person wears both."""
    return float(relate([one], [other]).pairs[0, 0])


def fit(items: Sequence[Look], candidate: Look) -> float:
    """Fit of a candidate to the items of an outfit, 0-1."""
    return float(fits(items, [candidate])[0])


def fits(items: Sequence[Look], candidates: Sequence[Look]) -> Doubles:
    """Fit of each candidate to the items of an outfit, 0-1. Shape: (candidates,).

    Raises:
        UsageError: the outfit has no items.
    """
    if not items:
        raise UsageError("nothing fits an outfit of 0 items; give at least 1")
    return combine(relate(items, candidates))


def outfit_score(items: Sequence[Look]) -> float:
    """Coherence of an outfit, 0-1: the mean fit of each item to the others."""
    return float(np.mean([fit([*items[:at], *items[at + 1 :]], item) for at, item in enumerate(items)]))


def relate(looks: Sequence[Look], others: Sequence[Look]) -> Relations:
    """Compare all looks with all others."""

    def both_garments(one: str, other: str) -> float:
        return float({one, other} <= _GARMENTS)

    def contrast(one: str, other: str) -> float:
        return _ramp(0, 35, abs(named_colour(one).lab[0] - named_colour(other).lab[0]))

    def in_table(values: Mapping[str, Mapping[str, float]]) -> Callable[[str, str], float]:
        return lambda one, other: values[one].get(other) or values[other][one]

    def wearable(one: str, other: str) -> float:
        return float(one == other or "Unisex" in (one, other))

    categories = _grid(both_garments, _all(looks, "category"), _all(others, "category"))
    echoes = _echoes(looks, others)
    noise = np.outer([LOUDNESS[look.pattern] for look in looks], [LOUDNESS[look.pattern] for look in others])
    pairs = _harmonies(looks, others) * (1 - noise * (1 - _EXCUSE * echoes))
    pairs *= 1 - _FLAT * categories * (1 - _grid(contrast, _all(looks, "colour"), _all(others, "colour")))
    for field, goes in (("gender", wearable), ("formality", in_table(FORMALITY)), ("season", in_table(SEASON))):
        pairs *= _grid(goes, _all(looks, field), _all(others, field))
    # Rounded, so that the last bit, in which machines differ, never decides what is drawn.
    return Relations(np.round(pairs, 6), np.round(echoes * (1 - categories), 6))


def combine(relations: Relations) -> Doubles:
    """From pairs to an outfit: the mean pair, as much the worst pair, and whether some item repeats a colour.

    Args:
        relations: of an outfit's items to candidates. Shape: (items, candidates).

    Returns:
        How well each candidate fits, 0-1; 0 where one pair is 0. Shape: (candidates,).
    """
    worst = relations.pairs.min(0)
    held = (relations.pairs.mean(0) + worst) / 2
    return np.asarray(np.where(worst > 0, held * (1 - _ECHO * (1 - relations.echoes.max(0))), 0.0))


@lru_cache(100_000)
def harmony(one: str, other: str) -> float:
    """Harmony of two named colours, 0-1.

    Neutrals go with everything. Between two true colours the angle of their hues decides, and the less the duller
    they are. Colours that are nearly the same, but not quite, lose.
    """
    first, second = named_colour(one).lab, named_colour(other).lab
    calm = max(_neutrality(first), _neutrality(second))
    return (calm * _NEUTRAL + (1 - calm) * _hues(first, second)) * (1 - _near_miss(first, second))


@lru_cache(100_000)
def echo(one: str, other: str) -> float:
    """Similarity of two named colours, 0-1."""
    return math.exp(-((math.dist(named_colour(one).lab, named_colour(other).lab) / _SAME) ** 2))


def _neutrality(lab: Lab) -> float:
    """1 for black, grey and white, 0 for a true colour; leather browns and navy blues lie nearer the neutrals."""
    chroma, hue = math.hypot(*lab[1:]), math.degrees(math.atan2(lab[2], lab[1])) % 360
    earthy = math.exp(-(((hue - 70) / 18) ** 2)) if chroma < 50 else 0.0
    dark = max(0.0, 1 - lab[0] / 30)
    return _ramp(36, 8, chroma * (1 - 0.4 * earthy) * (1 - 0.4 * dark))


def _hues(first: Lab, second: Lab) -> float:
    turn = abs(math.degrees(math.atan2(first[2], first[1]) - math.atan2(second[2], second[1])))
    value = float(np.interp(min(turn, 360 - turn), *_HUES))
    return value + (1 - value) * _MUTED * math.exp(-min(math.hypot(*first[1:]), math.hypot(*second[1:])) / 25)


def _near_miss(first: Lab, second: Lab) -> float:
    apart = math.dist(first, second)
    return _NEAR_MISS * _ramp(6, 14, apart) * _ramp(34, 20, apart)


def _ramp(low: float, high: float, value: float) -> float:
    """0 at `low`, 1 at `high`, straight between them and level beyond."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _echoes(looks: Sequence[Look], others: Sequence[Look]) -> Doubles:
    """Similarity of the nearest two of both products' colours."""

    def similarity(one: str, other: str) -> float:
        return echo(one, other) if one and other else 0.0

    best = np.zeros((len(looks), len(others)))
    for mine, share in _PARTS.items():
        for theirs, part in _PARTS.items():
            best = np.maximum(best, share * part * _grid(similarity, _all(looks, mine), _all(others, theirs)))
    return best


def _harmonies(looks: Sequence[Look], others: Sequence[Look]) -> Doubles:
    """Harmony of the products, and in part of each one's print with the other."""

    def beside(one: str, other: str) -> float:
        return harmony(one, other) if one and other else 1.0

    terms = _grid(harmony, _all(looks, "colour"), _all(others, "colour"))
    for mine, theirs in (("second", "colour"), ("colour", "second")):
        terms = terms * (1 - _PRINT * (1 - _grid(beside, _all(looks, mine), _all(others, theirs))))
    return terms


def _all(looks: Sequence[Look], field: str) -> list[str]:
    return [getattr(look, field) for look in looks]


def _grid(goes: Callable[[str, str], float], ones: Sequence[str], others: Sequence[str]) -> Doubles:
    """A term for all pairs, worked out once for every two values that differ. Shape: (ones, others)."""
    rows, row_of = np.unique(ones, return_inverse=True)
    columns, column_of = np.unique(others, return_inverse=True)
    table = [goes(str(row), str(column)) for row in rows for column in columns]
    return np.asarray(np.reshape(table, (len(rows), len(columns)))[np.ix_(row_of, column_of)])


def draw_outfits(ids: Sequence[str], looks: Sequence[Look], seed: int) -> Iterator[Outfit]:
    """Outfits, no two of the same items, for as long as the shop gives any.

    Every product in its turn has one put together around it, so that most of a shop is worn. What is drawn follows
    from the seed and the products alone, so that fewer outfits are the beginning of more.

    Args:
        ids: of the products.
        looks: of the same products.
    """
    closet, seen = _Closet(looks), set[tuple[int, ...]]()
    for turn in count():
        before = len(seen)
        for first in Random(f"outfits {seed} {turn}").sample(range(len(ids)), len(ids)):
            items = closet.outfit(first, Random(f"outfit {seed} {turn} {ids[first]}"))
            if items and items not in seen:
                yield Outfit(f"o{seed}-{len(seen):05d}", tuple(ids[item] for item in items))
                closet.wear(items)
                seen.add(items)
        if len(seen) == before:
            return


class _Closet:
    """A shop's products by category, compared with each other, and how often each is worn already."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = looks
        self.relations = relate(looks, looks)
        self.shelves = {
            name: np.array([at for at, look in enumerate(looks) if look.category == name], dtype=np.int64)
            for name in OUTFIT_CATEGORIES
        }
        self.worn = np.zeros(len(looks))

    def wear(self, items: Sequence[int]) -> None:
        self.worn[list(items)] += 1

    def outfit(self, first: int, rng: Random) -> tuple[int, ...]:
        """An outfit around one product, in the order of `OUTFIT_CATEGORIES`; nothing where the shop has none for it."""
        items = [first]
        for category in self._body(first, rng):
            if (item := self._pick(items, category, rng)) is None:
                return ()
            items.append(item)
        for category in self._extras(items, rng):
            if len(items) < MOST and (item := self._pick(items, category, rng)) is not None:
                items.append(item)
        in_order = sorted(items, key=lambda item: OUTFIT_CATEGORIES.index(self.looks[item].category))
        return tuple(in_order) if len(items) >= FEWEST else ()

    def _body(self, first: int, rng: Random) -> list[str]:
        """The categories that the first product can't go out without."""
        start, dress = self.looks[first].category, rng.random() < 0.3
        if start == "all-body" or (dress and start not in ("tops", "bottoms")):
            return [category for category in ("all-body", "shoes") if category != start]
        return [category for category in ("tops", "bottoms", "shoes") if category != start]

    def _extras(self, items: list[int], rng: Random) -> list[str]:
        """Further categories: more of them in the cold, and always a bag where there are two items."""
        warmth = float(np.mean([WARMTH[self.looks[item].season] for item in items]))
        chances = {
            "outerwear": 0.2 * warmth - 0.1,
            "bags": 1.0 if len(items) < FEWEST else 0.6,
            "hats": 0.25,
            "sunglasses": 0.25,
            "scarves": 0.1 * warmth,
            "accessories": 0.2,
            "jewellery": 0.3,
        }
        worn = {self.looks[item].category for item in items}
        return [name for name, chance in chances.items() if rng.random() < chance and name not in worn]

    def _pick(self, items: list[int], category: str, rng: Random) -> int | None:
        """One of a category, the likelier the better it fits and the less it is worn; None where none fits."""
        shelf = self.shelves[category]
        grid = np.ix_(np.array(items), shelf)
        fit = combine(Relations(self.relations.pairs[grid], self.relations.echoes[grid]))
        shelf, fit = shelf[fit >= FLOOR], fit[fit >= FLOOR]
        if not len(shelf):
            return None
        weights = np.exp((fit - fit.max()) / TEMPERATURE) / (1 + self.worn[shelf]) ** 2
        return int(shelf[_choose(weights, rng)])


def _choose(weights: Doubles, rng: Random) -> int:
    # In whole numbers, whose sum is the same on every machine; the best of them is never rounded to nothing.
    ends = np.cumsum(np.ceil(weights * 1e6).astype(np.int64))
    return int(np.searchsorted(ends, rng.randrange(int(ends[-1])), side="right"))
