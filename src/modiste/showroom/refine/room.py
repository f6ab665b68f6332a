"""Refine: a photo, and what should be different about it, turn by turn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nicegui import ui

from modiste.index.filters import quote
from modiste.shop import Page
from modiste.showroom.markup import button, notes
from modiste.showroom.refine.hints import sayings, starts
from modiste.showroom.refine.html import (
    Evidence,
    Start,
    answers,
    asking,
    invitation,
    offered,
    stage,
    trail,
)
from modiste.showroom.refine.overlay import overlays
from modiste.showroom.refine.photo import StartPhoto, start_photo
from modiste.showroom.state import State
from modiste.showroom.visit import Act, Visit, heard

if TYPE_CHECKING:
    from modiste.catalog.records import Product

AT_ONCE = 12
"""Products that are found together."""
REMEMBERED = 32
"""Answers, so that going back a turn takes no time."""

Asked = tuple[str, str, tuple[str, ...]]
"""Product, photo, turns."""


class Refine:
    """The room where a photo is refined with words."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._photo: StartPhoto | None = None
        self._seen: Asked | None = None
        self._page: Page | None = None
        self._answers: dict[Asked, Page] = {}
        self._explaining = False

    def build(self) -> None:
        """What invites to start; then the start, the field, the turns, and what is found."""
        self.welcome = heard(ui.html("", sanitize=False).classes("welcome"), self.act)
        with ui.element("div").classes("studio").props("hidden") as self.studio:
            self.stage = heard(ui.html("", sanitize=False).classes("stage"), self.act)
            with ui.element("div").classes("talk"):
                self.asking = heard(ui.html(asking(), sanitize=False), self.act)
                self.offered = heard(ui.html("", sanitize=False).classes("offered"), self.act)
                self.trail = heard(ui.html("", sanitize=False).classes("turns"), self.act)
                self.grid = ui.element("div").classes("grid answers")
                self.more = heard(ui.html("", sanitize=False).classes("more"), self.act)

    async def show(self) -> None:
        """Find what the state asks for, if that isn't what is seen."""
        state = self.visit.state
        if state.source:
            self._photo = None
        asked = self._asked(state)
        if asked == self._seen:
            self.visit.run(f"modiste.mark({json.dumps(state.board)})")
            return
        product = self.visit.product(state.source)
        self._set_hidden(product is None and self._photo is None)
        with self.visit.explaining():
            if product is None and self._photo is None:
                await self._invite(state, asked)
            else:
                await self._answer(state, asked, product)

    async def act(self, act: Act) -> None:
        """A turn, said or taken back, another start, or a product."""
        state = self.visit.state
        match act.name:
            case "say":
                await self._say((act.id or act.value).strip())
            case "unsay" if act.id.isdecimal():
                gone = int(act.id)
                await self.visit.change(say=(*state.say[:gone], *state.say[gone + 1 :]))
            case "start" | "drop" if self.visit.product(act.id) is not None:
                # Words without a start wait for one; otherwise they were about the one before.
                await self.visit.change(source=act.id, say=state.say if self._start() is None else ())
            case "leave":
                self._photo = None
                await self.visit.change(source="", say=())
            case "explain":
                self._explaining = not self._explaining
                await self._set_stage()
            case "open":
                await self.visit.change(open=act.id)
            case "board":
                await self.visit.board(act.id)
            case "more" if self._page is not None and self._page.next:
                await self._go_on(self._page.next)

    async def take(self, photo: bytes) -> None:
        """Start from a photo of the visitor's own; it is forgotten with the page."""
        waiting = self._start() is None
        self._photo = await self.visit.call(start_photo, photo)
        say = self.visit.state.say if waiting else ()
        await self.visit.change(room="refine", source="", say=say, open="")

    def _asked(self, state: State) -> Asked:
        return state.source, self._photo.name if self._photo else "", state.say

    def _start(self) -> Start | None:
        """What is refined now."""
        product = self.visit.product(self.visit.state.source)
        if product is not None:
            return Start.of(product)
        if self._photo is None:
            return None
        address = self.visit.publish("refine-photo", self._photo.preview)
        return Start("", "your photo", address, address, made_by=self._photo.made_by)

    async def _invite(self, state: State, asked: Asked) -> None:
        """Nothing to refine yet: products of this shop, or a photo."""
        found = await self.visit.call(starts, self.visit.service.shop)
        if state is self.visit.state:
            self._seen = asked
            self.welcome.set_content(invitation(found, state.say, lost=state.source))

    async def _answer(self, state: State, asked: Asked, product: Product | None) -> None:
        """The start is seen at once, what is found as soon as it is."""
        self._page = None
        self.trail.set_content(trail(self._start(), state.say, ()))
        if asked not in self._answers:
            self._show_found(None)
        await self._set_stage()
        page = await self._found(asked) if state.say else None
        if asked != self._asked(self.visit.state):
            return
        self._seen, self._page = asked, page
        self._show_found(page)
        await self._set_stage()
        await self._offer(asked, product)

    async def _found(self, asked: Asked) -> Page:
        """What the shop answers, or has answered before."""
        page = self._answers.get(asked)
        if page is None:
            with self.visit.working("Looking for it"):
                page = self._answers[asked] = await self._refine(asked, None)
            while len(self._answers) > REMEMBERED:
                del self._answers[next(iter(self._answers))]
        return page

    async def _refine(self, asked: Asked, cursor: str | None) -> Page:
        shop, (source, _, say) = self.visit.service.shop, asked
        image = None if source or self._photo is None else self._photo.file
        # The shop leaves the start out of the first turn's answers only; nobody wants it back later.
        where = f"id <> {quote(source)}" if source else None
        k = min(AT_ONCE, len(shop))
        return await self.visit.call(shop.refine, say, image, source or None, where, k, None, cursor)

    async def _say(self, text: str) -> None:
        """Another turn, unless the shop has something to say against it; the field keeps the words then."""
        state = self.visit.state
        source, photo, _ = self._asked(state)
        asked = (source, photo, (*state.say, text))
        with self.visit.explaining():
            await self._found(asked)
            if self._asked(self.visit.state) == (source, photo, state.say):
                self.visit.run("modiste.said()")
                await self.visit.change(say=asked[2])

    async def _go_on(self, cursor: str) -> None:
        """Load more of what was found."""
        asked = self._asked(self.visit.state)
        with self.visit.explaining():
            page = await self._refine(asked, cursor)
            if asked == self._asked(self.visit.state):
                self._page = page
                self._add(page)

    def _show_found(self, page: Page | None) -> None:
        self.grid.clear()
        self.more.set_content("")
        if page is None:
            return
        state = self.visit.state
        said = trail(self._start(), state.say, [hit.item for hit in page.turns])
        self.trail.set_content(said + notes(page.notes))
        self._add(page)
        self.visit.say(f"{page.total:,} products, nearest first")

    def _add(self, page: Page) -> None:
        state = self.visit.state
        with self.grid:
            shown = answers(page, state.board, self.visit.product(state.source))
            heard(ui.html(shown, sanitize=False).classes("part"), self.act)
        self.more.set_content(button("Show more", "more", kind="quiet") if page.next else "")

    async def _offer(self, asked: Asked, product: Product | None) -> None:
        """Sentences about what the next turn starts from."""
        texts = await self.visit.call(self._sayings, asked, product)
        if asked == self._asked(self.visit.state):
            self.offered.set_content(offered([text for text in texts if text not in asked[2]]))

    def _sayings(self, asked: Asked, product: Product | None) -> Sequence[str]:
        shop = self.visit.service.shop
        if self._page is not None and self._page.hits:
            return sayings(shop, self._page.hits[0].item)
        if product is not None:
            return sayings(shop, product)
        near = shop.search(image=self._photo.file, k=1).hits if self._photo else ()
        return sayings(shop, near[0].item) if near else []

    async def _set_stage(self) -> None:
        """The start's photo, or what the last turn does to the one that it is said of."""
        start, state, page = self._start(), self.visit.state, self._page
        if start is None:
            return
        evidence = None
        if self._explaining and state.say and page is not None:
            asked = self._asked(state)
            evidence = await self._evidence(start, state.say[len(page.turns)], page)
            if asked != self._asked(self.visit.state):
                return
        self.stage.set_content(stage(start, evidence, explains=bool(state.say), explaining=self._explaining))

    async def _evidence(self, start: Start, text: str, page: Page) -> Evidence | None:
        """What the last turn that was taken kept and changed, for the page to show."""
        said_of = Start.of(page.turns[-1].item) if page.turns else start
        image = None if said_of.id or self._photo is None else self._photo.file
        evidence = None
        with self.visit.explaining(), self.visit.working("Looking at what changed"):
            pictures = await self.visit.call(overlays, self.visit.service.shop, image, said_of.id or None, text)
            kept = self.visit.publish("refine-kept", pictures.kept)
            changed = self.visit.publish("refine-changed", pictures.changed)
            evidence = Evidence(kept, changed, text, said_of.title)
        return evidence

    def _set_hidden(self, starting: bool) -> None:
        """Either the invitation is seen or what is refined."""
        shown, hidden = (self.welcome, self.studio) if starting else (self.studio, self.welcome)
        shown.props(remove="hidden")
        hidden.props("hidden")
