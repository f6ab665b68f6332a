"""What a request means: the change between two products, and which products would do."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from modiste.colour import RELATIONS, brightness, holds, parse_colour, warmth
from modiste.phrases.facts import Facts, Item, facts
from modiste.phrases.lexicon import DERIVED, LEXICON, position
from modiste.phrases.nouns import head

SUBJECTS = ("category", "gender", "colour", *LEXICON)
"""Attributes that can be spoken of."""
_UNTOLD = {"pattern": "solid"}
"""What is taken for the value of a product that doesn't tell."""
_CLEAR = 15.0
"""Units of LAB between two colours that make one plainly lighter, brighter, ... than the other."""
_NEUTRAL = ("black", "grey", "white", "beige", "brown")
_DULL, _MIDDLE, _SOFT = 65.0, 50.0, 40.0
"""Brightness of a quiet colour; lightness between light and dark; chroma of a soft colour."""


@dataclass(frozen=True)
class Change:
    """One attribute in which a target differs from a source."""

    attribute: str
    before: str
    """The source's value; empty when nothing tells."""
    after: str


@dataclass(frozen=True)
class Want:
    """What one attribute of an answer must be."""

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
    """Attribute to what it must be."""


def difference(source: Item, target: Item) -> tuple[Change, ...]:
    """The attributes in which the target is known to differ; what the target doesn't tell is no change.

    >>> difference({"colour": "red", "sleeve": "short"}, {"colour": "navy", "sleeve": "short"})
    (Change(attribute='colour', before='red', after='navy blue'),)
    """
    before, after = facts(source), facts(target)
    return tuple(
        Change(name, before.get(name, ""), after[name])
        for name in SUBJECTS
        if name in after and after[name] != before.get(name, _UNTOLD.get(name))
    )


def wants_of(change: Change) -> Iterator[tuple[str, Want]]:
    """Every want that the change fulfils, under the name that its block in the phrase book has."""
    attribute, before, after = change.attribute, change.before, change.after
    yield "is", Want("is", (after,))
    if not before:
        return
    yield "isn't", Want("isn't", (before,))
    if places := position(attribute, before, after):
        relation = "more" if places[1] > places[0] else "less"
        yield relation, Want(relation)
    if attribute == "pattern":
        yield _pattern(before, after)
    if attribute == "colour":
        yield from ((relation, Want(relation)) for relation in _colour_relations(before, after))


def accepts(request: Request, source: Item, candidate: Item, keeps: Collection[str] | None = None) -> bool:
    """Whether a candidate answers the request about the source: it has what is wanted and keeps the rest.

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


def _pattern(before: str, after: str) -> tuple[str, Want]:
    if after == "solid":
        return "none", Want("is", ("solid",))
    if before == "solid":
        return "some", Want("isn't", ("solid",))
    return "other", Want("isn't", (before, "solid"))


def _fulfils(want: Want, attribute: str, before: Facts, after: Facts) -> bool:
    default = _UNTOLD.get(attribute, "")
    source, candidate = before.get(attribute, default), after.get(attribute, default)
    if want.relation == "is":
        return candidate in want.values
    if want.relation == "isn't":
        return candidate not in ("", *want.values)
    if want.relation in RELATIONS:
        return _compared(want.relation, source, candidate)
    places = position(attribute, source, candidate)
    return places is not None and (places[1] > places[0] if want.relation == "more" else places[1] < places[0])


def _colour_relations(before: str, after: str) -> list[str]:
    """How the second colour plainly differs from the first, as far as anybody would say it.

    Nobody calls navy too bright, red a paler navy, or burgundy a cooler colour than mustard.
    """
    source, target = parse_colour(before), parse_colour(after)
    if source is None or target is None:
        return []
    related = target.family in (source.family, *_NEUTRAL) or math.hypot(*target.lab[1:]) < _SOFT
    said = {
        "lighter": related and source.lab[0] < _MIDDLE + 10,
        "darker": related and source.lab[0] > _MIDDLE - 10,
        "brighter": brightness(target.lab) > _DULL,
        "duller": brightness(source.lab) > _DULL,
        "warmer": warmth(target.lab) > 0,
        "cooler": warmth(target.lab) < 0,
    }
    return [relation for relation in RELATIONS if said[relation] and holds(relation, source.lab, target.lab, _CLEAR)]


def _compared(relation: str, before: str, after: str) -> bool:
    source, candidate = parse_colour(before), parse_colour(after)
    return source is not None and candidate is not None and holds(relation, source.lab, candidate.lab)
