"""Titles and descriptions of products, as shops write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from modiste.boutique.garments.spec import KINDS, Spec

_PATTERN = {"striped": "striped", "checked": "checked", "dotted": "polka dot", "floral": "floral", "logo": "logo"}
_PATTERN_AFTER = {
    "striped": "stripes",
    "checked": "checks",
    "dotted": "dots",
    "floral": "a floral print",
    "logo": "a logo",
}
_NECK = {"crew": "crew neck", "scoop": "scoop neck", "boat": "boat neck", "v-neck": "v-neck",
         "turtleneck": "turtleneck", "hood": "hooded"}  # fmt: skip
_NECK_AFTER = {"crew": "a crew neck", "scoop": "a scoop neck", "boat": "a boat neck", "v-neck": "a v-neck",
               "turtleneck": "a turtleneck", "collar": "a collar", "hood": "a hood"}  # fmt: skip
_SLEEVE = {
    "sleeveless": "sleeveless",
    "short": "short-sleeved",
    "three-quarter": "three-quarter sleeve",
    "long": "long-sleeved",
}
_SLEEVE_AFTER = {"short": "short sleeves", "three-quarter": "three-quarter sleeves", "long": "long sleeves"}
_LENGTH = {"mini": "mini", "knee": "knee-length", "midi": "midi", "maxi": "maxi", "cropped": "cropped",
           "capri": "capri", "long": "longline"}  # fmt: skip
_FIT = {"skinny": "skinny", "slim": "slim", "straight": "straight", "tapered": "tapered", "relaxed": "relaxed",
        "oversized": "oversized", "wide": "wide-leg", "flared": "flared"}  # fmt: skip
_HEEL = {"flat": "flat", "low": "low-heeled", "block": "block-heel", "wedge": "wedge", "high": "high-heeled"}
_USE = {
    "sporty": ("Made to move in", "Comfortable from the gym to the sofa", "Easy, sporty and soft"),
    "casual": ("An easy piece for every day", "Goes with everything you own", "For weekends and days off"),
    "smart casual": ("Smart enough for dinner, easy enough for Saturday", "Dresses up or down", "Neat without trying"),
    "formal": ("Cut for the office and beyond", "For days when it has to look right", "Quietly formal"),
    "party": ("Made for evenings out", "For candlelight and dancing", "Dressed for the party"),
}
_WHEN = {
    "summer": "for warm days",
    "spring": "for spring",
    "autumn": "for autumn",
    "winter": "for cold days",
    "all year": "all year round",
}
_PAIRS = ("jeans", "trousers", "joggers", "shorts", "leggings", "sneakers", "boots", "heels", "sandals", "loafers",
          "ballet flats", "sunglasses", "glasses")  # fmt: skip


def title(spec: Spec) -> str:
    """A title as shops write it: owner, what stands out, colour, kind; written in one of several ways."""
    rng = Random(f"title {spec.id}")
    before, after = _features(spec, rng)
    owner = f"{spec.gender}'s" if spec.gender != "Unisex" else ""
    noun = _noun(spec)
    way = rng.random()
    if way < 0.2:
        words = [*before, noun, _with(after), f"in {spec.colour}"]
    elif way < 0.55 and owner:
        words = [owner, spec.colour, *before, noun, _with(after)]
    else:
        words = [spec.colour, *before, noun, _with(after)]
    text = _once(" ".join(word for word in words if word))
    return text[0].upper() + text[1:]


def description(spec: Spec) -> str:
    """Two sentences: what it is made of and looks like, and when it is worn."""
    rng = Random(f"description {spec.id}")
    noun = _noun(spec)
    fit = _FIT.get(spec.fit, "") if rng.random() < 0.8 else ""
    size = spec.size if spec.size != "regular" else ""
    head = " ".join(word for word in (size, fit, _LENGTH.get(spec.length, ""), noun) if word)
    made = f"{spec.colour} {spec.fabric}" if spec.fabric not in noun else spec.colour
    first = f"{_a(head)} in {made}" if spec.kind not in _PAIRS else f"{head.capitalize()} in {made}"
    after = [_PATTERN_AFTER.get(spec.pattern, ""), _NECK_AFTER.get(spec.neck, ""), _SLEEVE_AFTER.get(spec.sleeve, "")]
    if spec.pattern in ("striped", "checked", "dotted"):
        after[0] = f"{spec.second} {after[0]}"
    after += [f"{_a(spec.heel).lower()} heel" if spec.heel not in ("", "flat") else ""]
    features = _with([phrase for phrase in after if phrase])
    return _once(f"{first} {features}".rstrip()) + f". {rng.choice(_USE[spec.formality])}, {_WHEN[spec.season]}."


def attributes(spec: Spec) -> dict[str, str]:
    """The columns of a product's row that are true of it; what makes no sense for its kind is empty."""
    printed = len(set(KINDS[spec.kind].patterns)) > 1
    return {
        "pattern": spec.pattern if printed else "",
        "second_colour": spec.second if spec.pattern != "solid" else "",
        **{name: getattr(spec, name) for name in ("neck", "sleeve", "length", "fit", "heel", "fabric")},
        "formality": spec.formality,
        "season": spec.season,
    }


def _features(spec: Spec, rng: Random) -> tuple[list[str], list[str]]:
    """Features before the noun and behind it: the pattern always, and up to two further ones."""
    noun = _noun(spec)
    tables: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
        "fit": (_FIT, {}), "length": (_LENGTH, {}), "fabric": ({spec.fabric: spec.fabric}, {}),
        "sleeve": (_SLEEVE, _SLEEVE_AFTER), "neck": (_NECK, _NECK_AFTER), "heel": (_HEEL, {}),
    }  # fmt: skip
    known = [name for name in tables if getattr(spec, name) in tables[name][0]]
    known = [
        name for name in known if getattr(spec, name) not in noun and tables[name][0][getattr(spec, name)] not in noun
    ]
    chosen = sorted(rng.sample(known, min(len(known), rng.choice([1, 1, 2]))), key=list(tables).index)
    before, after = [], []
    for name in chosen:
        value = getattr(spec, name)
        if value in tables[name][1] and rng.random() < 0.4:
            after.append(tables[name][1][value])
        else:
            before.append(tables[name][0][value])
    if spec.pattern in _PATTERN:
        if rng.random() < 0.25:
            after.insert(0, _PATTERN_AFTER[spec.pattern])
        else:
            before.insert(0, _PATTERN[spec.pattern])
    return before, after


def _noun(spec: Spec) -> str:
    return "ankle boots" if (spec.kind, spec.length) == ("boots", "ankle") else spec.kind


def _once(text: str) -> str:
    """A "dark denim denim jacket" is a dark denim jacket."""
    return re.sub(r"\b(\w+) \1\b", r"\1", text)


def _with(phrases: list[str]) -> str:
    """Phrases as a list: "with stripes, a v-neck and long sleeves"."""
    if not phrases:
        return ""
    return f"with {' and '.join(filter(None, [', '.join(phrases[:-1]), phrases[-1]]))}"


def _a(phrase: str) -> str:
    return f"{'An' if phrase[0] in 'aeiou' else 'A'} {phrase}"


_BOTTOM_CUTS = {"wide": "wide-leg", "knee": "knee-length", "regular": ""}
_BOTTOM_CHANCES = {"size": 0.95, "length": 0.9, "fit": 0.7, "fabric": 0.25}
"""How often a title says it."""


def bottom_title(spec: Spec) -> str:
    """A title whose words stand in the orders in which shops write them; not every word that is true is written."""
    rng = Random(f"title {spec.id}")
    noun = "pants" if spec.kind == "trousers" and rng.random() < 0.5 else spec.kind
    colour = "navy" if spec.colour == "navy blue" and rng.random() < 0.5 else spec.colour
    after = _PATTERN_AFTER.get(spec.pattern, "") if rng.random() < 0.3 else ""
    words = _bottom_words(spec, rng, patterned=not after)
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


def _bottom_words(spec: Spec, rng: Random, *, patterned: bool) -> list[str]:
    """Words before the noun besides colour and owner; "capri" last, for it is nearly a part of the noun."""
    values = {name: getattr(spec, name) for name, chance in _BOTTOM_CHANCES.items() if rng.random() < chance}
    if spec.fabric == "denim":
        values.pop("fabric", "")  # "Blue denim" would be another colour than blue.
    words = [_BOTTOM_CUTS.get(word, word) for word in values.values()]
    if patterned and spec.pattern != "solid":
        words.append(spec.pattern)
    words = [word for word in words if word]
    if rng.random() < 0.35:
        rng.shuffle(words)
    return sorted(words, key=lambda word: word == "capri")


def _for(owner: str) -> str:
    """An owner who stands at the end."""
    return {"women's": "for women", "men's": "for men"}.get(owner, "")
