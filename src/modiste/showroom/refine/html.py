"""HTML of the refine view, and examples of what a visitor could start from and say."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from modiste.catalog.records import Product
from modiste.colour import parse_colour
from modiste.phrases import DERIVED, LEXICON, Change, difference
from modiste.phrases.facts import Item, facts
from modiste.refine.explain import CHANGED, KEPT
from modiste.shop import Page, Shop
from modiste.shop.contract import MAX_TEXT
from modiste.showroom.markup import button, card, icon, made, photo, photo_url, title_of, upload
from modiste.showroom.session import State

STARTS = 6
"""Products to start from."""
EXAMPLES = 4
"""Example sentences about one product."""
PEERS = 200
"""Products of the same kind from which examples are taken."""
NAMED = 3
"""Differences that are named under a product."""
LEAST_COLOUR = 20.0
"""Difference of two colours that is worth asking for."""
ASKING = Markup(
    '<h2 id="the-same">The same, but …</h2><div class="asking">'
    '<input class="field" id="refine-words" aria-labelledby="the-same" autocomplete="off" maxlength="{}"'
    ' enterkeyhint="go" data-go="refine-go" placeholder="in navy blue, with long sleeves">'
    '<button type="button" class="button round mic" data-listen="refine-words" aria-pressed="false"'
    ' aria-label="Say it" title="Say it">{}</button>'
    '<button type="button" class="button primary" id="refine-go" data-act="say" data-from="refine-words">Go</button>'
    '</div><p class="hearing" role="status"></p>'
).format(MAX_TEXT, icon("mic"))
"""The text field, set once: it keeps what is written in it."""


@dataclass(frozen=True)
class Start:
    """Source that is refined: a product, or a photo of the visitor's own."""

    id: str
    """Empty for a photo."""
    title: str
    small: str
    """Address of its photo, small and large."""
    large: str
    made_by: str = ""
    """The network that made the photo."""

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Start:
        """A product, from its row."""
        id = str(item["id"])
        return cls(id, title_of(item), photo_url(id), photo_url(id, "large"))


def invitation(items: Iterable[Mapping[str, Any]], say: Sequence[str], lost: str = "") -> Markup:
    """Invitation to start, before there is anything to refine.

    Args:
        items: products to start from.
        say: turns that refined a photo that is gone.
        lost: the product that the link names and the shop doesn't have.
    """
    title, text = "Start from something you like", "Choose a product or a photo, then say what should be different."
    if lost:
        title, text = "That product is gone", f"This shop has no product “{lost}” any more; start from another one."
    elif say:
        title, text = "Your photo isn't in the link", "Choose it again, or start from a product; your words are kept:"
    tile = (
        '<article class="card" draggable="true" data-product="{0}"><button type="button" class="begin" data-act="start"'
        ' data-id="{0}"><span class="shot">{1}</span><span class="said">{2}</span></button></article>'
    )
    tiles = Markup("").join(
        Markup(tile).format(item["id"], photo(str(item["id"]), ""), title_of(item)) for item in items
    )
    template = (
        '<div class="doorstep" data-drop="refine"><h2>{}</h2><p>{}</p>{}<div class="row">{}'
        '<p class="dragged">or drop one here, or any product</p></div></div><div class="grid">{}</div>'
    )
    photo_of_ones_own = upload("Use a photo", "refine", "camera", "primary")
    return Markup(template).format(title, text, trail(None, say, ()), photo_of_ones_own, tiles)


def stage(start: Start, evidence: Markup | None, *, explains: bool, explaining: bool) -> Markup:
    """The photo that is refined, or what was kept and changed of it, and buttons.

    Args:
        evidence: what `evidence` returns.
        explains: there is a turn that can be explained.
        explaining: the visitor wants to see it.
    """
    toggle = button("What changed?", "explain", sign="refine", aria_pressed=explaining)
    other = upload("Use a photo" if start.id else "Another photo", "refine", "camera")
    leave = button("Start over", "leave", kind="quiet", sign="back")
    shown = evidence
    if shown is None:
        shown = Markup('<img src="{}" alt="{}" draggable="false">').format(start.large, start.title)
        portrait = '<div class="portrait">{0}</div>{1}'
        if start.id:
            portrait = '<button type="button" class="portrait" data-act="open" data-id="{2}" aria-label="Open {3}">'
            portrait += "{0}</button>"
        label = made(start.made_by) if start.made_by else ""
        shown = Markup(portrait).format(shown, label, start.id, start.title)
    template = '<div class="easel" data-drop="refine">{}</div><div class="row">{}{}{}</div>'
    return Markup(template).format(shown, toggle if explains else "", other, leave)


def evidence(kept: str, changed: str, text: str, title: str) -> Markup:
    """Two pictures of a photo, by their addresses: what a turn's text kept of it and what it changed."""
    half = (
        '<figure><img src="{}" alt="{}: {}" draggable="false">'
        '<figcaption><b>{}</b><span class="scale" style="background:linear-gradient(90deg,{})"></span>'
        "<span>{}</span></figcaption></figure>"
    )
    halves = Markup("").join(
        Markup(half).format(address, title, f"{name.lower()} is {means}", name, ",".join(colours), means)
        for address, name, means, colours in (
            (kept, "Preserved", "green, where the photo decides what is found", KEPT),
            (changed, "Changed", "orange, where your words decide", CHANGED),
        )
    )
    template = (
        '<div class="evidence">{}</div>'
        '<p class="note">What “{}” does to {}. It explains the search; it is no picture of a product.</p>'
    )
    return Markup(template).format(halves, text, title)


def offered(texts: Sequence[str]) -> Markup:
    """Sentences that one click adds as a turn."""
    if not texts:
        return Markup("")
    buttons = Markup("").join(button(text, "say", text, kind="small") for text in texts)
    return Markup('<p class="unseen">For example</p><div class="row">{}</div>').format(buttons)


def trail(start: Start | None, say: Sequence[str], best: Sequence[Mapping[str, Any]]) -> Markup:
    """The turns in order, each after the photo that it starts from.

    Args:
        start: source of the first one; nothing where that is gone.
        best: the best results of the turns before the last one.
    """
    if not say:
        return Markup("")
    starts = [start, *map(Start.of, best)]
    starts += [None] * (len(say) - len(starts))
    steps = []
    for number, (text, source) in enumerate(zip(say, starts, strict=False)):
        image = Markup('<img src="{}" alt="" draggable="false">').format(source.small) if source else Markup("")
        if source and source.id:
            step = '<button type="button" class="step" data-act="open" data-id="{}" aria-label="Open {}">{}</button>'
            image = Markup(step).format(source.id, source.title, image)
        remove = button("", "unsay", str(number), kind="round quiet", sign="close", says=f"Take back “{text}”")
        template = '<li>{}<span class="chip"><span>{}</span>{}</span></li>'
        steps.append(Markup(template).format(image, text, remove))
    back = button("Back a turn", "unsay", str(len(say) - 1), kind="quiet small", sign="back")
    template = '<ol class="trail" aria-label="What was said">{}</ol>{}'
    return Markup(template).format(Markup("").join(steps), back if start else "")


def answers(page: Page, board: Iterable[str], source: Product | None) -> Markup:
    """Results; where a product is refined, each with its known differences from that."""
    chosen, again = frozenset(board), {"kind": "quiet small", "sign": "refine"}
    return Markup("").join(
        card(
            hit.item,
            chosen,
            note=differences(source, hit.item) if source else "",
            actions=button("Start from this", "start", hit.id, **again),
        )
        for hit in page.hits
    )


def starts(shop: Shop, count: int = STARTS) -> list[Mapping[str, Any]]:
    """A product of each of the shop's largest categories; of a shop without categories, its first ones."""
    categories = list(shop.facets().get("category", {}))[:count]
    pages = [shop.browse(State(category=name).where(), 1) for name in categories]
    items = [hit.item for page in pages for hit in page.hits]
    return items or [hit.item for hit in shop.browse(None, min(count, len(shop))).hits]


def examples(shop: Shop, item: Item) -> list[str]:
    """Sentences that lead from a product to others that the shop has: a colour, another change, both together."""
    if not facts(item):
        return []
    row = item if isinstance(item, Mapping) else vars(item)
    where = State(category=str(row.get("category", "")), gender=str(row.get("gender", ""))).where()
    peers = shop.browse(where or None, min(PEERS, len(shop))).hits
    left_out = (*DERIVED, "category", "gender")
    changes = [[change for change in difference(item, peer.item) if change.attribute not in left_out] for peer in peers]

    @cache
    def has_words(change: Change) -> bool:
        text = _sentence([change])
        return _is_visible(change) and bool(text) and shop.refiner.asks(text)

    return [*dict.fromkeys(filter(None, map(_sentence, _best(changes, has_words))))][:EXAMPLES]


def differences(item: Item, other: Item) -> str:
    """Known differences of another product from a product, each after what it was."""
    changes = [change for change in difference(item, other) if change.attribute not in (*DERIVED, "gender")]
    return ", ".join(
        f"{change.before} → {change.after}" if change.before else change.after for change in changes[:NAMED]
    )


def _is_visible(change: Change) -> bool:
    """True if anybody would see the change."""
    if change.attribute != "colour":
        return True
    before, after = parse_colour(change.before), parse_colour(change.after)
    return before is not None and after is not None and math.dist(before.lab, after.lab) > LEAST_COLOUR


def _best(differences: Iterable[list[Change]], has_words: Callable[[Change], bool]) -> Iterator[list[Change]]:
    """The change that most nearly alone leads to a product, for each attribute; and the commonest two together."""
    votes: dict[str, dict[Change, float]] = defaultdict(lambda: defaultdict(float))
    pairs: dict[tuple[Change, ...], int] = defaultdict(int)
    for changes in differences:
        worded = list(filter(has_words, changes))
        for change in worded:
            votes[change.attribute][change] += len(changes) ** -3
        if len(worded) == len(changes) == 2:
            pairs[tuple(changes)] += 1
    order = sorted(votes, key=lambda name: (name != "colour", -max(votes[name].values())))
    single = [[max(votes[name], key=votes[name].__getitem__)] for name in order]
    yield from single[: EXAMPLES - 1]
    yield from ([*pair] for pair in sorted(pairs, key=lambda pair: -pairs[pair])[:1])
    yield from single[EXAMPLES - 1 :]


def _sentence(changes: Iterable[Change]) -> str:
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
