"""The meaning of a request: the change between two products, and the products that fulfil it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from modiste.colour import RELATIONS, brightness, holds, parse_colour, warmth
from modiste.phrases.facts import Facts, Item, facts
from modiste.phrases.lexicon import DERIVED, LEXICON, SCALES, head

SUBJECTS = ("category", "gender", "colour", *LEXICON)
"""Attributes that requests can be about."""
_DEFAULTS = {"pattern": "solid"}
"""Values of products whose own are unknown."""
_CLEAR = 15.0
"""Least difference in LAB for one colour to be plainly lighter, brighter, ... than another."""
_NEUTRAL = ("black", "grey", "white", "beige", "brown")
_DULL, _MIDDLE, _SOFT = 65.0, 50.0, 40.0
"""Brightness of a quiet colour; lightness between light and dark; chroma of a soft colour."""


@dataclass(frozen=True)
class Change:
    """One attribute in which a target differs from a source."""

    attribute: str
    before: str
    """The source's value; empty if unknown."""
    after: str


@dataclass(frozen=True)
class Want:
    """Condition on one attribute of an answer."""

    relation: str
    """`is` or `isn't` one of the values; `more` or `less` than the source on the attribute's scale; for colours also
    `lighter`, `darker`, `brighter`, `duller`, `warmer` and `cooler` than the source."""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A sentence and its meaning."""

    text: str
    kind: str
    """`precise`, `comparative`, `negated`, `abstract`, or `composed` of two."""
    wants: Mapping[str, Want]
    """Attribute to its condition."""


def difference(source: Item, target: Item) -> tuple[Change, ...]:
    """The attributes in which the target is known to differ; an unknown attribute of the target is no change.

    >>> difference({"colour": "red", "sleeve": "short"}, {"colour": "navy", "sleeve": "short"})
    (Change(attribute='colour', before='red', after='navy blue'),)
    """
    before, after = facts(source), facts(target)
    return tuple(
        Change(name, before.get(name, ""), after[name])
        for name in SUBJECTS
        if name in after and after[name] != before.get(name, _DEFAULTS.get(name))
    )


def wants_of(change: Change) -> Iterator[tuple[str, Want]]:
    """Every want that the change fulfils, under the name that its block in the phrase book has."""
    attribute, before, after = change.attribute, change.before, change.after
    yield "is", Want("is", (after,))
    if not before:
        return
    yield "isn't", Want("isn't", (before,))
    if scale := _positions(attribute, before, after):
        relation = "more" if scale[1] > scale[0] else "less"
        yield relation, Want(relation)
    if attribute == "pattern":
        if after == "solid":
            yield "none", Want("is", ("solid",))
        elif before == "solid":
            yield "some", Want("isn't", ("solid",))
        else:
            yield "other", Want("isn't", (before, "solid"))
    if attribute == "colour":
        yield from ((relation, Want(relation)) for relation in _colour_relations(before, after))


def accepts(request: Request, source: Item, candidate: Item, keeps: Collection[str] | None = None) -> bool:
    """True if a candidate answers the request about the source: it has what is wanted and keeps the rest.

    The rest is every other attribute that both are known to have, but for those that follow from others (season,
    formality). A request about season or formality lets all change but gender and kind of product.

    Args:
        request: from `sentence` or `ask`, or put together by hand.
        source: what the customer looks at.
        candidate: a possible answer.
        keeps: attributes that must stay as they are, in place of the rest.
    """
    before, after = facts(source), facts(candidate)
    if not all(_fulfils(want, name, before, after) for name, want in request.wants.items()):
        return False
    if keeps is None and set(request.wants) & set(DERIVED):
        kind = head(before.get("category", "")) == head(after.get("category", ""))
        return kind and before.get("gender") == after.get("gender")
    kept = set(SUBJECTS) - set(DERIVED) if keeps is None else set(keeps)
    return all(before[name] == after[name] for name in kept - set(request.wants) if name in before and name in after)


def _fulfils(want: Want, attribute: str, before: Facts, after: Facts) -> bool:
    default = _DEFAULTS.get(attribute, "")
    source, candidate = before.get(attribute, default), after.get(attribute, default)
    if want.relation == "is":
        return candidate in want.values
    if want.relation == "isn't":
        return candidate not in ("", *want.values)
    if want.relation in RELATIONS:
        old, new = parse_colour(source), parse_colour(candidate)
        return old is not None and new is not None and holds(want.relation, old.lab, new.lab)
    scale = _positions(attribute, source, candidate)
    return scale is not None and (scale[1] > scale[0] if want.relation == "more" else scale[1] < scale[0])


def _positions(attribute: str, value: str, other: str) -> tuple[int, int] | None:
    """Positions of two values on the scale that both are on, or None."""
    for scale in SCALES.get(attribute, ()):
        if value in scale and other in scale:
            return scale.index(value), scale.index(other)
    return None


def _colour_relations(before: str, after: str) -> list[str]:
    """Relations in which the second colour plainly differs from the first, as far as anybody would say so.

    Nobody calls navy too bright, red a paler navy, or burgundy a cooler colour than mustard.
    """
    source, target = parse_colour(before), parse_colour(after)
    if source is None or target is None:
        return []
    related = target.family in (source.family, *_NEUTRAL) or math.hypot(*target.lab[1:]) < _SOFT
    sayable = {
        "lighter": related and source.lab[0] < _MIDDLE + 10,
        "darker": related and source.lab[0] > _MIDDLE - 10,
        "brighter": brightness(target.lab) > _DULL,
        "duller": brightness(source.lab) > _DULL,
        "warmer": warmth(target.lab) > 0,
        "cooler": warmth(target.lab) < 0,
    }
    return [relation for relation in RELATIONS if sayable[relation] and holds(relation, source.lab, target.lab, _CLEAR)]
