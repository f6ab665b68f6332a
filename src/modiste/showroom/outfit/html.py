"""The outfit board in HTML: the items laid flat, what can be asked, and what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from modiste.catalog.records import Product
from modiste.shop import Completion, Hit, Look, Match
from modiste.showroom.markup import button, card, empty, photo, price_of, title_of
from modiste.showroom.outfit.card import laid, region_of, total_of
from modiste.showroom.outfit.starts import Start
from modiste.showroom.state import State

CALLED = {"all-body": "dresses"}
"""Categories that customers call otherwise."""

ASIDE = "; a filter on gender changes that"
"""What a note says to those who ask by filters."""


def called(category: str) -> str:
    """A category in a customer's words."""
    return CALLED.get(category, category)


def count_of(items: Sequence[Any]) -> str:
    """How many there are."""
    return f"{len(items)} item{'' if len(items) == 1 else 's'}"


def lay(products: Sequence[Product], state: State, *, tryon: bool) -> str:
    """The items where they are worn, what they cost, and what can be done with all of them.

    Args:
        state: its board may name products that the shop doesn't have.
        tryon: whether they can be tried on.
    """
    gone = len(state.board) - len(products)
    lost = f"{gone} of this outfit {'is' if gone == 1 else 'are'} no longer in the shop." if gone else ""
    note = Markup('<p class="note">{}</p>').format(lost) if gone else Markup("")
    if not products:
        invitation = empty("Your outfit goes here", "Press + on a product, or drag it here.")
        return Markup('<h2 class="unseen">Outfit board</h2><div class="flat bare">{}</div>{}').format(invitation, note)
    columns = Markup("").join(_column(column, at, state) for at, column in enumerate(laid(products)) if column)
    rows = [vars(one) for one in products]
    told = ", ".join(filter(None, (count_of(products), total_of(rows))))
    template = (
        '<div class="heading"><h2>Your outfit</h2><p class="sum">{}</p></div><div class="flat">{}</div>{}'
        '<div class="row">{}</div><div class="copied" role="status"></div>'
    )
    return Markup(template).format(told, columns, note, _doings(state, tryon))


def _column(products: Sequence[Product], at: int, state: State) -> Markup:
    """Items below each other; in pairs where they are many."""
    middle, rows = at == 1, len(products)
    many = rows > (2 if middle else 3)
    kind = f"column {'middle' if middle else 'side'}{' many' if many else ''}"
    shown = Markup("").join(_piece(one, state) for one in products)
    template = '<ul class="{}" style="--rows: {}">{}</ul>'
    return Markup(template).format(kind, -(-rows // 2) if many else rows, shown)


def _doings(state: State, tryon: bool) -> Markup:
    link = State(room="outfit", board=state.board).link()
    doings = [button("Try it on", "tryon", kind="primary", sign="tryon")] if tryon else []
    doings += [
        button("Copy link", "share", sign="share", data_value=link),
        button("Download", "download", sign="download"),
        button("Start over", "clear", kind="quiet"),
    ]
    return Markup("").join(doings)


def _piece(product: Product, state: State) -> Markup:
    """An item on the board."""
    id, title = product.id, title_of(vars(product))
    swapped = str(state.want == f"swap:{id}").lower()
    swap = button("", "swap", id, kind="round", sign="swap", says=f"Swap {title}", aria_pressed=swapped)
    off = button("", "board", id, kind="round", sign="close", says=f"Take {title} off the outfit board")
    template = (
        '<li class="lay-item" data-region="{region}"><div class="held"><button type="button" class="shot" '
        'data-act="open" data-id="{id}" aria-label="Open {title}">{photo}</button>'
        '<div class="tools">{swap}{off}</div></div>'
        '<div class="legend"><h3>{title}</h3><p class="price">{price}</p></div></li>'
    )
    return Markup(template).format(
        region=region_of(product), id=id, title=title, photo=photo(id, title, "large"), swap=swap, off=off,
        price=price_of(vars(product)),
    )  # fmt: skip


def questions(categories: Sequence[str], want: str) -> str:
    """What can be asked: the whole outfit, or a category."""
    parts = [button("The whole outfit", "want", "all", sign="outfit", aria_pressed=_pressed("all", want))]
    parts += [button(called(name).capitalize(), "want", name, aria_pressed=_pressed(name, want)) for name in categories]
    return Markup('<h3 class="ask">What goes with it?</h3><div class="row">{}</div>').format(Markup("").join(parts))


def _pressed(name: str, want: str) -> str:
    return str(name == want).lower()


def beginnings(starts: Sequence[Start]) -> str:
    """Outfits to begin with."""
    if not starts:
        return ""
    listed = Markup("").join(_start(start) for start in starts)
    return Markup('<h3 class="ask">Begin with one of these</h3><ul class="starts">{}</ul>').format(listed)


def _start(start: Start) -> Markup:
    titles = ", ".join(title_of(vars(one)) for one in start)
    shown = Markup("").join(photo(one.id, "") for one in start)
    total = total_of([vars(one) for one in start]) or count_of(start)
    ids = json.dumps([one.id for one in start])
    template = (
        '<li><button type="button" class="start" data-act="take" data-id="{}" data-value="{}" '
        'aria-label="Begin with {}"><span class="photos">{}</span><span class="price">{}</span></button></li>'
    )
    return Markup(template).format(start[0].id, ids, titles, shown, total)


def stock(items: Sequence[Mapping[str, Any]], board: Sequence[str]) -> str:
    """Products to put on the board."""
    quiet = "quiet small"
    more = button("Others", "others", kind=quiet, sign="swap") + button("Browse all", "browse", kind=quiet)
    template = (
        '<div class="heading"><h3 class="ask">From the shop</h3><div class="chips">{}</div></div>'
        '<div class="shelf">{}</div>'
    )
    return Markup(template).format(more, Markup("").join(card(item, board) for item in items))


def found(
    answer: Completion, heading: str, names: Mapping[str, str], board: Sequence[str], *, swap: bool = False
) -> str:
    """What goes with the outfit.

    Args:
        heading: what it is.
        names: of the outfit's items, by id.
        swap: whether it takes an item's place, which is then kept by a button of its own.
    """
    keep = button("Done", "done", kind="quiet small", sign="check") if swap else Markup("")
    parts = [Markup('<div class="heading"><h3 class="ask">{}</h3>{}</div>').format(heading, keep)]
    if answer.looks:
        parts += [_look(look, names, board, number) for number, look in enumerate(answer.looks)]
    elif answer.groups:
        shown = Markup("").join(card(hit.item, board, note=goes_with(hit, names)) for hit in answer.hits)
        parts.append(Markup('<div class="shelf">{}</div>').format(shown))
    if not (answer.looks or answer.hits):
        parts.append(Markup('<p class="note">Nothing else in this shop goes with it.</p>'))
    parts += [Markup('<p class="note">{}</p>').format(named(note, names)) for note in answer.notes]
    return Markup("").join(parts)


def alike(hits: Sequence[Hit], heading: str, board: Sequence[str]) -> str:
    """What could take the place of an item that is alone."""
    keep = button("Done", "done", kind="quiet small", sign="check")
    shown = Markup("").join(card(hit.item, board) for hit in hits)
    template = '<div class="heading"><h3 class="ask">{}</h3>{}</div><div class="shelf">{}</div>'
    return Markup(template).format(heading, keep, shown)


def _look(look: Look, names: Mapping[str, str], board: Sequence[str], number: int) -> Markup:
    """A row of products and the button that takes them all."""
    names = {**names, **{hit.id: name_of(hit.item) for hit in look.hits}}
    shown = Markup("").join(card(hit.item, board, note=goes_with(hit, names)) for hit in look.hits)
    ids = json.dumps([hit.id for hit in look.hits])
    put = button("Put all on the board", "take", str(number), kind="primary", sign="add", data_value=ids)
    total = total_of([hit.item for hit in look.hits])
    template = '<div class="look"><div class="shelf">{}</div><div class="row">{}<p class="price">{}</p></div></div>'
    return Markup(template).format(shown, put, f"{total} together" if total else "")


def goes_with(hit: Match, names: Mapping[str, str]) -> str:
    """Which item speaks for it."""
    return f"goes with the {names[hit.top_contributor]}" if hit.top_contributor in names else ""


def name_of(item: Mapping[str, Any]) -> str:
    """What an item is called in a sentence: its category where there is one, or else its title."""
    category = str(item.get("category") or "")
    return category.lower() if category else title_of(item)


def names_of(products: Sequence[Product]) -> dict[str, str]:
    """What the outfit's items are called; those of one kind by their titles."""
    rows = [vars(one) for one in products]
    kinds = [name_of(row) for row in rows]
    return {row["id"]: kind if kinds.count(kind) == 1 else title_of(row) for row, kind in zip(rows, kinds, strict=True)}


def named(note: str, names: Mapping[str, str]) -> str:
    """A note of the shop, which speaks of products by their ids in quotes, as customers know them."""
    for id, name in names.items():
        note = note.replace(f'"{id}"', f"the {name}")
    note = note.removesuffix(ASIDE)
    return note[:1].upper() + note[1:]
