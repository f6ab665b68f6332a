"""The refine room's parts in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from modiste.refine.explain import CHANGED, KEPT
from modiste.shop import MAX_TEXT, Page
from modiste.showroom.markup import button, card, icon, made, photo, photo_url, title_of
from modiste.showroom.refine.hints import told

if TYPE_CHECKING:
    from modiste.catalog.records import Product


@dataclass(frozen=True)
class Start:
    """What is refined: a product, or a photo of the visitor's own."""

    id: str
    """Empty for a photo."""
    title: str
    small: str
    """Address of its photo, small and large."""
    large: str
    made_by: str = ""
    """The network that made the photo."""

    @classmethod
    def of(cls, product: Product | Mapping[str, Any]) -> Start:
        """A product, or its row."""
        item = product if isinstance(product, Mapping) else vars(product)
        id = str(item["id"])
        return cls(id, title_of(item), photo_url(id), photo_url(id, "large"))


@dataclass(frozen=True)
class Evidence:
    """What a turn did to a photo: addresses of the pictures, and what it was."""

    kept: str
    changed: str
    text: str
    title: str


def upload(label: str, kind: str = "") -> Markup:
    """A button that chooses a photo, from a phone's camera too."""
    template = (
        '<label class="button {}">{}<span>{}</span>'
        '<input type="file" class="unseen" accept="image/*" data-room="refine"></label>'
    )
    return Markup(template).format(kind, icon("camera"), label)


def invitation(items: Iterable[Mapping[str, Any]], say: Sequence[str], lost: str = "") -> Markup:
    """What is seen before there is anything to refine.

    Args:
        items: products to start from.
        say: what was said of a photo that is gone.
        lost: the product that the link names and the shop doesn't have.
    """
    title, text = "Start from something you like", "Choose a product or a photo, then say what should be different."
    if lost:
        title, text = "That product is gone", f"This shop has no product “{lost}” any more; start from another one."
    elif say:
        title, text = "Your photo isn't in the link", "Choose it again, or start from a product; your words are kept:"
    tiles = Markup("").join(map(_tile, items))
    template = (
        '<div class="doorstep" data-drop="refine"><h2>{}</h2><p>{}</p>{}<div class="row">{}'
        '<p class="dragged">or drop one here, or any product</p></div></div><div class="grid">{}</div>'
    )
    return Markup(template).format(title, text, trail(None, say, ()), upload("Use a photo", "primary"), tiles)


def _tile(item: Mapping[str, Any]) -> Markup:
    """A product that one starts from with one click."""
    template = (
        '<article class="card" draggable="true" data-product="{0}"><button type="button" class="begin" data-act="start"'
        ' data-id="{0}"><span class="shot">{1}</span><span class="said">{2}</span></button></article>'
    )
    return Markup(template).format(item["id"], photo(str(item["id"]), ""), title_of(item))


def stage(start: Start, evidence: Evidence | None, *, explains: bool, explaining: bool) -> Markup:
    """The photo that is refined, or what was kept and changed of it, and what can be done with it.

    Args:
        explains: there is a turn that can be explained.
        explaining: the visitor wants to see it.
    """
    toggle = (
        button("What changed?", "explain", sign="refine", aria_pressed=str(explaining).lower())
        if explains
        else Markup("")
    )
    other = upload("Use a photo" if start.id else "Another photo")
    leave = button("Start over", "leave", kind="quiet", sign="back")
    template = '<div class="easel" data-drop="refine">{}</div><div class="row">{}{}{}</div>'
    return Markup(template).format(_evidence(evidence) if evidence else _portrait(start), toggle, other, leave)


def _portrait(start: Start) -> Markup:
    image = Markup('<img src="{}" alt="{}" draggable="false">').format(start.large, start.title)
    if start.id:
        template = (
            '<button type="button" class="portrait" data-act="open" data-id="{}" aria-label="Open {}">{}</button>'
        )
        return Markup(template).format(start.id, start.title, image)
    label = made(start.made_by) if start.made_by else Markup("")
    return Markup('<div class="portrait">{}</div>{}').format(image, label)


def _evidence(evidence: Evidence) -> Markup:
    """Two pictures of one photo, each with what its colour means."""
    kept = _half(evidence.kept, "Preserved", "green, where the photo decides what is found", KEPT, evidence.title)
    changed = _half(evidence.changed, "Changed", "orange, where your words decide", CHANGED, evidence.title)
    template = (
        '<div class="evidence">{}{}</div>'
        '<p class="note">What “{}” does to {}. It explains the search; it is no picture of a product.</p>'
    )
    return Markup(template).format(kept, changed, evidence.text, evidence.title)


def _half(address: str, name: str, meaning: str, colours: Sequence[str], title: str) -> Markup:
    template = (
        '<figure><img src="{}" alt="{}: {}" draggable="false">'
        '<figcaption><b>{}</b><span class="scale" style="background:linear-gradient(90deg,{})"></span>'
        "<span>{}</span></figcaption></figure>"
    )
    shades = ",".join(colours)
    return Markup(template).format(address, title, f"{name.lower()} is {meaning}", name, shades, meaning)


def asking() -> Markup:
    """The field, set once: it keeps what is written in it."""
    template = (
        '<h2 id="the-same">The same, but …</h2><div class="asking">'
        '<input class="field" id="refine-words" aria-labelledby="the-same" autocomplete="off" maxlength="{most}"'
        ' enterkeyhint="go" data-go="refine-go" placeholder="in navy blue, with long sleeves">'
        '<button type="button" class="button round mic" data-listen="refine-words" aria-pressed="false"'
        ' aria-label="Say it" title="Say it">{mic}</button>'
        '<button type="button" class="button primary" id="refine-go" data-act="say"'
        ' data-from="refine-words">Go</button>'
        '</div><p class="hearing" role="status"></p>'
    )
    return Markup(template).format(most=MAX_TEXT, mic=icon("mic"))


def offered(texts: Sequence[str]) -> Markup:
    """Sentences that one click says."""
    if not texts:
        return Markup("")
    said = Markup("").join(button(text, "say", text, kind="small") for text in texts)
    return Markup('<p class="unseen">For example</p><div class="row">{}</div>').format(said)


def trail(start: Start | None, say: Sequence[str], found: Sequence[Mapping[str, Any]]) -> Markup:
    """The turns in order, each after the photo that it starts from.

    Args:
        start: what the first one starts from; nothing where that is gone.
        found: the best answers to those before the last one.
    """
    if not say:
        return Markup("")
    starts = [start, *map(Start.of, found)]
    starts += [None] * (len(say) - len(starts))
    steps = Markup("").join(
        _step(number, text, one) for number, (text, one) in enumerate(zip(say, starts, strict=False))
    )
    back = button("Back a turn", "unsay", str(len(say) - 1), kind="quiet small", sign="back")
    return Markup('<ol class="trail" aria-label="What was said">{}</ol>{}').format(steps, back if start else "")


def _step(number: int, text: str, start: Start | None) -> Markup:
    image = Markup('<img src="{}" alt="" draggable="false">').format(start.small) if start else Markup("")
    if start and start.id:
        template = '<button type="button" class="step" data-act="open" data-id="{}" aria-label="Open {}">{}</button>'
        image = Markup(template).format(start.id, start.title, image)
    remove = button("", "unsay", str(number), kind="round quiet", sign="close", says=f"Take back “{text}”")
    return Markup('<li>{}<span class="chip"><span>{}</span>{}</span></li>').format(image, text, remove)


def answers(page: Page, board: Iterable[str], source: Product | None) -> Markup:
    """What was found; where a product is refined, each with what is known to be different about it."""
    chosen = frozenset(board)
    return Markup("").join(
        card(
            hit.item,
            chosen,
            note=told(source, hit.item) if source else "",
            actions=button("Start from this", "start", hit.id, kind="quiet small", sign="refine"),
        )
        for hit in page.hits
    )
