"""What a visitor might start from, and what they might say of it: taken from the shop, so that there is an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from modiste.colour import parse_colour
from modiste.phrases import DERIVED, LEXICON, Change, difference
from modiste.phrases.facts import Item, facts
from modiste.shop import Shop
from modiste.showroom.state import State

STARTS = 6
"""Products to start from."""
SAYINGS = 4
"""Sentences about one product."""
PEERS = 200
"""Products of the same kind that are looked at for what there is."""
LEAST_COLOUR = 20.0
"""Difference of two colours that is worth asking for."""


def starts(shop: Shop, count: int = STARTS) -> list[Mapping[str, Any]]:
    """A product of each of the shop's largest categories; of a shop without categories, its first ones."""
    categories = list(shop.facets().get("category", {}))[:count]
    pages = [shop.browse(State(category=name).where(), 1) for name in categories]
    found = [hit.item for page in pages for hit in page.hits]
    return found or [hit.item for hit in shop.browse(None, min(count, len(shop))).hits]


def sayings(shop: Shop, item: Item, count: int = SAYINGS) -> list[str]:
    """Sentences that lead from a product to others that the shop has: a colour, another change, both together."""
    known = facts(item)
    row = item if isinstance(item, Mapping) else vars(item)
    where = State(category=str(row.get("category", "")), gender=str(row.get("gender", ""))).where()
    peers = shop.browse(where or None, min(PEERS, len(shop))).hits
    differences = [_changes(item, hit.item) for hit in peers] if known else []

    @cache
    def speakable(change: Change) -> bool:
        text = _said([change])
        return _plain(change) and bool(text) and shop.refiner.asks(text)

    return [*dict.fromkeys(filter(None, map(_said, _best(differences, speakable))))][:count]


def told(item: Item, other: Item, most: int = 3) -> str:
    """In what a product is known to differ from another: what it is now, after what it was."""
    changes = [change for change in difference(item, other) if change.attribute not in (*DERIVED, "gender")]
    return ", ".join(
        f"{change.before} → {change.after}" if change.before else change.after for change in changes[:most]
    )


def _changes(item: Item, other: Item) -> list[Change]:
    """What one would ask for to get from a product to another."""
    left_out = (*DERIVED, "category", "gender")
    return [change for change in difference(item, other) if change.attribute not in left_out]


def _plain(change: Change) -> bool:
    """Whether anybody would see the change."""
    if change.attribute != "colour":
        return True
    before, after = parse_colour(change.before), parse_colour(change.after)
    return before is not None and after is not None and _distance(before.lab, after.lab) > LEAST_COLOUR


def _best(differences: Iterable[list[Change]], speakable: Callable[[Change], bool]) -> Iterator[list[Change]]:
    """The change that most nearly alone leads to a product, for each attribute; and the commonest two together."""
    votes: dict[str, dict[Change, float]] = defaultdict(lambda: defaultdict(float))
    pairs: dict[tuple[Change, ...], int] = defaultdict(int)
    for changes in differences:
        said = list(filter(speakable, changes))
        for change in said:
            votes[change.attribute][change] += len(changes) ** -3
        if len(said) == len(changes) == 2:
            pairs[tuple(changes)] += 1
    order = sorted(votes, key=lambda name: (name != "colour", -max(votes[name].values())))
    single = [[max(votes[name], key=votes[name].__getitem__)] for name in order]
    yield from single[: SAYINGS - 1]
    yield from ([*pair] for pair in sorted(pairs, key=lambda pair: -pairs[pair])[:1])
    yield from single[SAYINGS - 1 :]


def _said(changes: Iterable[Change]) -> str:
    """A request for changes, as what follows "the same, but"; nothing where one of them has no words."""
    first, *more = [_phrase(change) for change in changes]
    if not first or not all(more):
        return ""
    for word, joined in (("in ", " "), ("with ", " and ")):
        if more and first.startswith(word) and more[0].startswith(word):
            second = more[0].removeprefix(word)
            return "" if second in first.split() else f"{first}{joined}{second}"  # "in leather brown leather"
    return " and ".join([first, *more])


def _phrase(change: Change) -> str:
    if change.attribute == "colour":
        return f"in {change.after}" if change.after != "multi" else ""
    value = LEXICON[change.attribute].get(change.after)
    if value is None or not (value.after or value.before):
        return ""
    if change.attribute == "fabric":
        return f"in {value.before[0]}"
    return value.after[0] if value.after else value.before[0]


def _distance(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)
