"""The page's parts in HTML: what a shop or a visitor wrote is escaped, whatever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from modiste.server.schemas import photo_url as photo_at
from modiste.shop import Hit

ICONS = {
    "search": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l5 5",
    "add": "M12 5v14M5 12h14",
    "check": "M5 12.5 10 17l9-10",
    "close": "M6 6l12 12M18 6 6 18",
    "back": "M19 12H5M11 6l-6 6 6 6",
    "mic": "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5 11a7 7 0 0 0 14 0M12 18v3",
    "camera": "M4 8h3l2-3h6l2 3h3v11H4ZM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z",
    "upload": "M12 16V4M7 9l5-5 5 5M4 20h16",
    "download": "M12 4v12M7 11l5 5 5-5M4 20h16",
    "share": (
        "M15 6a3 3 0 1 0 6 0 3 3 0 0 0-6 0ZM3 12a3 3 0 1 0 6 0 3 3 0 0 0-6 0ZM15 18a3 3 0 1 0 6 0 3 3 0 0 0-6 0Z"
        "M8.7 10.7l6.6-3.4M8.7 13.3l6.6 3.4"
    ),
    "theme": "M12 3a9 9 0 1 0 0 18ZM12 3a9 9 0 0 1 0 18",
    "swap": "M7 4 3 8l4 4M3 8h14M17 12l4 4-4 4M21 16H7",
    "wall": "M4 4h7v9H4ZM13 4h7v5h-7ZM13 11h7v9h-7ZM4 15h7v5H4Z",
    "refine": "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
    "outfit": "M8 4 4 7l2 4 2-1v10h8V10l2 1 2-4-4-3a4 4 0 0 1-8 0Z",
    "tryon": "M12 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM6 21v-5a6 6 0 0 1 12 0v5",
    "imagine": "M4 20 15 9M13 5l1 2 2 1-2 1-1 2-1-2-2-1 2-1ZM19 11l.7 1.3L21 13l-1.3.7L19 15l-.7-1.3L17 13l1.3-.7Z",
}
"""Name to the path of a drawing of 24 by 24."""


def icon(name: str) -> Markup:
    """A line drawing; it says nothing to a screen reader, so its button needs a label."""
    path = ICONS[name]
    return Markup(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
    ).format(path)


def button(
    label: str, act: str, id: str = "", *, kind: str = "", sign: str = "", says: str = "", **attributes: Any
) -> Markup:
    """A button for which the view's `act` is called, with the act's name and an id.

    Args:
        kind: classes, such as `primary`, `quiet` or `round`.
        sign: an icon before the label.
        says: what a screen reader says instead of the label; needed where that is empty.
        attributes: further ones, such as `aria_pressed`.
    """
    if says:
        attributes |= {"aria_label": says, "title": says}
    more = Markup("").join(
        Markup(' {}="{}"').format(name.replace("_", "-"), str(value).lower() if isinstance(value, bool) else value)
        for name, value in attributes.items()
    )
    text = Markup("<span>{}</span>").format(label) if label else Markup("")
    drawing = icon(sign) if sign else Markup("")
    template = '<button type="button" class="button {}" data-act="{}" data-id="{}"{}>{}{}</button>'
    return Markup(template).format(kind, act, id, more, drawing, text)


def photo_url(id: str, size: str = "small") -> str:
    """Address of a product's first photo."""
    return f"{photo_at(id, 0)}?size={size}"


def photo(id: str, title: str, size: str = "small") -> Markup:
    """A product's first photo."""
    return Markup('<img src="{}" alt="{}" loading="lazy" decoding="async" draggable="false">').format(
        photo_url(id, size), title
    )


def title_of(item: Mapping[str, Any]) -> str:
    """Name of a product: its title, or else its category or id."""
    return str(item.get("title") or item.get("category") or item["id"])


def price_of(item: Mapping[str, Any]) -> str:
    """Its price, or nothing."""
    price = item.get("price")
    return "" if price is None else f"{price:,.2f}"


def card(item: Mapping[str, Any], board: Iterable[str] = (), *, note: str = "", actions: Markup | str = "") -> Markup:
    """A product on the wall or among hits: it opens in place, and goes onto the board.

    Args:
        item: its row.
        board: ids of what is on the board already.
        note: a line under it, such as which item it goes with.
        actions: further buttons under it.
    """
    id, title = str(item["id"]), title_of(item)
    chosen = id in set(board)
    says = f"{'Take' if chosen else 'Put'} {title} {'off' if chosen else 'on'} the outfit board"
    sign = "check" if chosen else "add"
    add = button("", "board", id, kind="round add", sign=sign, says=says, aria_pressed=chosen)
    template = (
        '<article class="card" draggable="true" data-product="{id}">'
        '<button type="button" class="shot" data-act="open" data-id="{id}" aria-label="Open {title}">{photo}</button>'
        "{add}"
        '<div class="legend"><h3>{title}</h3><p class="price">{price}</p></div>{note}{actions}</article>'
    )
    return Markup(template).format(
        id=id, title=title, photo=photo(id, title), add=add, price=price_of(item), note=notes([note]), actions=actions
    )


def cards(hits: Iterable[Hit], board: Iterable[str] = ()) -> Markup:
    """Cards of several products, in order."""
    chosen = frozenset(board)
    return Markup("").join(card(hit.item, chosen) for hit in hits)


def made(by: str, part: bool = False) -> Markup:
    """The label of a picture that a network made."""
    drawn = "Partly drawn" if part else "Drawn"
    return Markup('<p class="made">{} by a network <span>({})</span></p>').format(drawn, by)


def notes(lines: Iterable[str]) -> Markup:
    """Notes about an answer, a line each; empty ones are left out."""
    return Markup("").join(Markup('<p class="note">{}</p>').format(line) for line in lines if line)


def upload(label: str, room: str, sign: str, kind: str = "") -> Markup:
    """A button that chooses a photo for a view, from a phone's camera too."""
    template = (
        '<label class="button {}">{}<span>{}</span>'
        '<input type="file" class="unseen" accept="image/*" data-room="{}"></label>'
    )
    return Markup(template).format(kind, icon(sign), label, room)


def empty(title: str, text: str) -> Markup:
    """A hint where there is nothing yet: what to do."""
    return Markup('<div class="empty"><p class="headline">{}</p><p>{}</p></div>').format(title, text)
