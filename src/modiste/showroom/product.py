"""A product, opened in place: its photo, what is known of it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from nicegui import ui

from modiste.index.base import as_item
from modiste.showroom.markup import button, photo, price_of, title_of
from modiste.showroom.state import State
from modiste.showroom.visit import Act, Visit, heard

if TYPE_CHECKING:
    from modiste.catalog.records import Product

HIDDEN = ("id", "title", "description", "price", "images", "in_stock", "variant_of", "outfit_id", "attributes")
"""Fields that aren't told as facts."""


class ProductSheet:
    """A dialog over the page."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        with ui.dialog() as self.dialog:
            self.html = heard(ui.html("", sanitize=False).classes("sheet"), self.act)
        self.dialog.props('aria-label="Product"')
        self.dialog.on("hide", self._closed)

    def show(self, state: State) -> None:
        """Open it on the product of the state, or close it."""
        product = self.visit.product(state.open)
        if product is None:
            self.dialog.close()
            return
        self.html.set_content(_sheet(product, state, set(self.visit.rooms)))
        self.dialog.open()

    async def act(self, act: Act) -> None:
        """One of its buttons."""
        match act.name:
            case "close":
                await self.visit.change(open="")
            case "board":
                await self.visit.board(act.id)
            case "refine":
                await self.visit.change(room="refine", source=act.id, say=(), open="")
            case "tryon":
                held = self.visit.state.board
                await self.visit.change(room="tryon", board=held if act.id in held else (*held, act.id), open="")
            case "like":
                await self.visit.change(room="wall", like=act.id, q="", open="")

    async def _closed(self) -> None:
        if self.visit.state.open:
            await self.visit.change(open="")


def _sheet(product: Product, state: State, rooms: set[str]) -> str:
    item = vars(product)
    chosen = product.id in state.board
    put = button(
        "Take off the outfit board" if chosen else "Put on the outfit board", "board", product.id,
        kind="primary", sign="check" if chosen else "add",
    )  # fmt: skip
    others = (("refine", "Change something"), ("tryon", "Try it on"))
    more = [button(label, name, product.id, sign=name) for name, label in others if name in rooms]
    more.append(button("More like this", "like", product.id, sign="search"))
    template = (
        '{close}<div class="portrait">{photo}</div><div class="about"><h2>{title}</h2><p class="price">{price}</p>'
        '<p class="description">{description}</p>{facts}<div class="actions">{put}{more}</div></div>'
    )
    return Markup(template).format(
        close=button("", "close", kind="round quiet close", sign="close", says="Close"),
        photo=photo(product.id, title_of(item), "large"),
        title=title_of(item),
        price=price_of(item),
        description=product.description,
        facts=_facts(as_item(product)),
        put=put,
        more=Markup("").join(more),
    )


def _facts(row: Mapping[str, Any]) -> Markup:
    """What else is known of it."""
    told = {
        name.replace("_", " "): value for name, value in row.items() if name not in HIDDEN and value not in ("", None)
    }
    lines = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in told.items())
    return Markup('<dl class="facts">{}</dl>').format(lines)
