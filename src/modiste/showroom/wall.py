"""Wall view: all products as a grid that grows as one scrolls, searched and filtered."""

from __future__ import annotations

import json
from collections.abc import Mapping

from markupsafe import Markup
from nicegui import ui

from modiste.shop import Page
from modiste.showroom.markup import button, cards, empty, notes, title_of
from modiste.showroom.session import Act, Session, State, View

AT_ONCE = 24
"""Products that are loaded together."""
PRICES = (25, 50, 100, 200)
"""That one may stay under."""


class WallView(View):
    """View of all products."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._seen: tuple[object, ...] | None = None
        self._next: str | None = None
        ui.html("Products", sanitize=False, tag="h2").classes("unseen")
        self.filters = self.html("filters")
        self.count = self.html("count")
        self.grid = ui.element("div").classes("grid")
        self.more = self.html("more")

    async def show(self) -> None:
        """Load the first products, if others are asked for than those that are seen."""
        state = self.session.state
        request = (state.q, state.like, state.where())
        if request == self._seen:  # the products stay where they are; other ones may be on the board
            self.session.run(f"modiste.mark({json.dumps(state.board)})")
            return
        with self.session.showing_errors():
            shop = self.session.service.shop
            facets = await self.session.call(shop.facets)
            priced = (await self.session.call(shop.browse, "price IS NOT NULL", 1)).total > 0
            self.filters.set_content(_filters(state, facets, priced))
            page = await self._load(state, None)
            if state is not self.session.state:
                return
            self._seen = request
            self.grid.clear()
            self._add(page)
            self.count.set_content(self._summary(state, page))
            self.session.announce(f"{page.total:,} products")

    async def act(self, act: Act) -> None:
        match act.name:
            case "category" | "gender" | "colour" | "under":
                await self.session.change(**{act.name: act.value})
            case "clear":
                self.session.run("modiste.unsearch()")
                await self.session.change(q="", like="", category="", gender="", colour="", under="")
            case "more" if self._next:
                state, cursor, self._next = self.session.state, self._next, None
                with self.session.showing_errors():
                    page = await self._load(state, cursor)
                    if state.where() == self.session.state.where() and state.q == self.session.state.q:
                        self._add(page)
            case _:
                await super().act(act)

    async def _load(self, state: State, cursor: str | None) -> Page:
        """A page of the products that the state asks for; an empty one where nothing passes the filter."""
        shop, where = self.session.service.shop, state.where() or None
        k = min(AT_ONCE, len(shop))
        if state.q or state.like:
            words, like = state.q or None, state.like or None
            return await self.session.call(shop.search, words, None, like, where, k, None, cursor)
        return await self.session.call(shop.browse, where, k, cursor)

    def _add(self, page: Page) -> None:
        self._next = page.next
        with self.grid:
            self.html("part", cards(page.hits, self.session.state.board))
            if not page.hits:
                ui.html(empty("Nothing here", "Try other words or fewer filters."), sanitize=False)
        more = button("Show more", "more", page.next, kind="quiet", data_more="") if page.next else ""
        self.more.set_content(more)

    def _summary(self, state: State, page: Page) -> str:
        """The number of products, their order, and how the words were read."""
        product = self.session.product(state.like)
        near = f"nearest to “{title_of(vars(product)) if product else state.q}” first" if state.q or product else ""
        summary = ", ".join(filter(None, (f"{page.total:,} products", near)))
        narrowed = bool(state.q or state.like or state.where())
        clear = button("Show all", "clear", kind="quiet small") if narrowed else ""
        return Markup("<p>{}</p>{}{}").format(summary, clear, notes(page.notes))


def _filters(state: State, facets: Mapping[str, Mapping[str, int]], priced: bool) -> str:
    """Lists to choose from: of the columns that have more than one value, and of prices."""
    labels = {"category": "Category", "gender": "For", "colour": "Colour"}
    lists = {name: {value: f"{value} ({n:,})" for value, n in facets[name].items()} for name in facets}
    shown = [(labels[name], name, {"": "All", **texts}) for name, texts in lists.items() if len(texts) > 1]
    if priced:
        shown.append(("Price", "under", {"": "Any", **{str(price): f"up to {price}" for price in PRICES}}))
    parts = []
    for label, act, options in shown:
        listed = Markup("").join(
            Markup('<option value="{}"{}>{}</option>').format(
                value, Markup(" selected") if value == getattr(state, act) else "", text
            )
            for value, text in options.items()
        )
        template = '<label class="choice"><span>{}</span><select data-act="{}">{}</select></label>'
        parts.append(Markup(template).format(label, act, listed))
    return Markup("").join(parts)
