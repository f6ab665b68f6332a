"""The wall: all products as a grid that grows as one scrolls, searched and filtered."""

from __future__ import annotations

import json
from collections.abc import Mapping

from markupsafe import Markup
from nicegui import ui

from modiste.shop import Page
from modiste.showroom.markup import button, cards, choice, empty, notes, title_of
from modiste.showroom.state import State
from modiste.showroom.visit import Act, Visit, heard

AT_ONCE = 24
"""Products that are loaded together."""
PRICES = (25, 50, 100, 200)
"""That one may stay under."""


class Wall:
    """The room of all products."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._seen: tuple[object, ...] | None = None
        self._next: str | None = None

    def build(self) -> None:
        """Filters, the grid, and what loads more of it."""
        ui.html("Products", sanitize=False, tag="h2").classes("unseen")
        self.filters = heard(ui.html("", sanitize=False).classes("filters"), self.act)
        self.count = heard(ui.html("", sanitize=False, tag="div").classes("count"), self.act)
        self.grid = ui.element("div").classes("grid")
        self.more = heard(ui.html("", sanitize=False).classes("more"), self.act)

    async def show(self) -> None:
        """Load the first products, if others are asked for than those that are seen."""
        state = self.visit.state
        asked = (state.q, state.like, state.where())
        if asked == self._seen:
            await self._mark(state)
            return
        with self.visit.explaining():
            facets, priced = await self.visit.call(self._choices)
            self.filters.set_content(_filters(state, facets, priced))
            page = await self._load(state, None)
            if state is not self.visit.state:
                return
            self._seen = asked
            self.grid.clear()
            self._add(page)
            self.count.set_content(self._told(state, page))
            self.visit.say(f"{page.total:,} products")

    async def act(self, act: Act) -> None:
        """A filter, a product, or the end of the grid."""
        match act.name:
            case "category" | "gender" | "colour" | "under":
                await self.visit.change(**{act.name: act.value})
            case "clear":
                self.visit.run("modiste.unsearch()")
                await self.visit.change(q="", like="", category="", gender="", colour="", under="")
            case "open":
                await self.visit.change(open=act.id)
            case "board":
                await self.visit.board(act.id)
            case "more" if self._next:
                state, cursor, self._next = self.visit.state, self._next, None
                with self.visit.explaining():
                    page = await self._load(state, cursor)
                    if state.where() == self.visit.state.where() and state.q == self.visit.state.q:
                        self._add(page)

    async def take(self, photo: bytes) -> None:
        """Photos aren't taken here."""

    def _choices(self) -> tuple[Mapping[str, Mapping[str, int]], bool]:
        """What filters may ask for, and whether products have prices."""
        shop = self.visit.service.shop
        return shop.facets(), shop.browse("price IS NOT NULL", k=1).total > 0

    async def _load(self, state: State, cursor: str | None) -> Page:
        """A page of what the state asks for; of a filter that nothing passes, an empty one."""
        shop, where = self.visit.service.shop, state.where() or None
        k = min(AT_ONCE, len(shop))
        if state.q or state.like:
            return await self.visit.call(shop.search, state.q or None, None, state.like or None, where, k, None, cursor)
        return await self.visit.call(shop.browse, where, k, cursor)

    def _add(self, page: Page) -> None:
        self._next = page.next
        with self.grid:
            heard(ui.html(cards(page.hits, self.visit.state.board), sanitize=False).classes("part"), self.act)
        if not page.hits:
            with self.grid:
                ui.html(empty("Nothing here", "Try other words or fewer filters."), sanitize=False)
        more = button("Show more", "more", page.next or "", kind="quiet", data_more="")
        self.more.set_content(more if page.next else "")

    async def _mark(self, state: State) -> None:
        """Which products are on the board has changed; they stay where they are."""
        self.visit.run(f"modiste.mark({json.dumps(state.board)})")

    def _told(self, state: State, page: Page) -> str:
        """How many there are, what they are, and how the words were read."""
        product = self.visit.product(state.like)
        near = f"nearest to “{title_of(vars(product)) if product else state.q}” first" if state.q or product else ""
        told = ", ".join(filter(None, (f"{page.total:,} products", near)))
        narrowed = bool(state.q or state.like or state.where())
        clear = button("Show all", "clear", kind="quiet small") if narrowed else ""
        return Markup("<p>{}</p>{}{}").format(told, clear, notes(page.notes))


def _filters(state: State, facets: Mapping[str, Mapping[str, int]], priced: bool) -> str:
    """The columns that have more than one value, and prices."""
    labels = {"category": "Category", "gender": "For", "colour": "Colour"}
    parts = [
        choice(
            labels[name],
            name,
            {"": "All", **{value: f"{value} ({n:,})" for value, n in counts.items()}},
            getattr(state, name),
        )
        for name, counts in facets.items()
        if len(counts) > 1
    ]
    if priced:
        under = {"": "Any", **{str(price): f"up to {price}" for price in PRICES}}
        parts.append(choice("Price", "under", under, state.under))
    return Markup("").join(parts)
