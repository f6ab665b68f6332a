"""Refine view: a photo, and what should be different about it, turn by turn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from nicegui import ui
from numpy.typing import NDArray
from PIL import Image, ImageColor

from modiste.catalog.records import Product
from modiste.images import fit, load_image, made_by, made_png
from modiste.index import quote
from modiste.refine.explain import CHANGED, KEPT, LEAST_SPAN, PANEL, spread
from modiste.shop import Page, Shop
from modiste.shop.refine import source_of
from modiste.showroom.markup import button, notes
from modiste.showroom.refine import html
from modiste.showroom.session import Act, Session, State, View, png
from modiste.types import Floats

AT_ONCE = 12
"""Products that are loaded together."""
REMEMBERED = 32
"""Pages of results that are kept, so that going back a turn takes no time."""

SEEN = (960, 720)
"""Height and width at most at which a photo is shown."""
STRENGTH = 0.85
"""Share of the colour where most of it covers the photo."""
FADED = 0.5
"""Share of its own colours that the photo loses, which would be taken for those that explain."""
LIGHT = 190.0
"""Brightness towards which dark parts are lightened, on which no colour would show."""

Request = tuple[str, str, tuple[str, ...]]
"""Product, photo, turns."""


class RefineView(View):
    """View in which a photo is refined with words."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._photo: _Photo | None = None
        self._seen: Request | None = None
        self._page: Page | None = None
        self._answers: dict[Request, Page] = {}
        self._explaining = False
        self.welcome = self.html("welcome")
        with ui.element("div").classes("studio").props("hidden") as self.studio:
            self.stage = self.html("stage")
            with ui.element("div").classes("talk"):
                self.asking = self.html("", html.ASKING)
                self.offered = self.html("offered")
                self.trail = self.html("turns")
                self.grid = ui.element("div").classes("grid answers")
                self.more = self.html("more")

    async def show(self) -> None:
        """Load the results that the state asks for, if those aren't what is seen."""
        state = self.session.state
        if state.source:
            self._photo = None
        request = self._request(state)
        if request == self._seen:
            self.session.run(f"modiste.mark({json.dumps(state.board)})")
            return
        product = self.session.product(state.source)
        inviting = product is None and self._photo is None
        shown, hidden = (self.welcome, self.studio) if inviting else (self.studio, self.welcome)
        shown.props(remove="hidden")
        hidden.props("hidden")
        with self.session.showing_errors():
            if not inviting:
                await self._answer(state, request, product)
                return
            items = await self.session.call(html.starts, self.session.service.shop)
            if state is self.session.state:
                self._seen = request
                self.welcome.set_content(html.invitation(items, state.say, lost=state.source))

    async def act(self, act: Act) -> None:
        state = self.session.state
        match act.name:
            case "say":
                # A turn is added unless the shop refuses it; the field keeps the words then.
                source, photo, say = before = self._request(state)
                request = (source, photo, (*say, (act.id or act.value).strip()))
                with self.session.showing_errors():
                    await self._results(request)
                    if self._request(self.session.state) == before:
                        self.session.run("modiste.said()")
                        await self.session.change(say=request[2])
            case "unsay" if act.id.isdecimal():
                gone = int(act.id)
                await self.session.change(say=(*state.say[:gone], *state.say[gone + 1 :]))
            case "start" | "drop" if self.session.product(act.id) is not None:
                # Words without a start wait for one; otherwise they were about the one before.
                await self.session.change(source=act.id, say=state.say if self._start() is None else ())
            case "leave":
                self._photo = None
                await self.session.change(source="", say=())
            case "explain":
                self._explaining = not self._explaining
                await self._set_stage()
            case "more" if self._page is not None and self._page.next:
                request = self._request(state)
                with self.session.showing_errors():
                    page = await self._refine(request, self._page.next)
                    if request == self._request(self.session.state):
                        self._page = page
                        self._add(page)
            case _:
                await super().act(act)

    async def take(self, photo: bytes) -> None:
        """Start from a photo of the visitor's own; it is forgotten with the page."""
        waiting = self._start() is None
        self._photo = await self.session.call(_read_photo, photo)
        say = self.session.state.say if waiting else ()
        await self.session.change(room="refine", source="", say=say, open="")

    def _request(self, state: State) -> Request:
        return state.source, self._photo.name if self._photo else "", state.say

    def _start(self) -> html.Start | None:
        """The product or photo that is refined now."""
        product = self.session.product(self.session.state.source)
        if product is not None:
            return html.Start.of(vars(product))
        if self._photo is None:
            return None
        address = self.session.publish("refine-photo", self._photo.preview)
        return html.Start("", "your photo", address, address, made_by=self._photo.made_by)

    async def _answer(self, state: State, request: Request, product: Product | None) -> None:
        """Show the start at once, and the results as soon as they are there."""
        self._page = None
        self.trail.set_content(html.trail(self._start(), state.say, ()))
        if request not in self._answers:
            self._show_results(None)
        await self._set_stage()
        page = await self._results(request) if state.say else None
        if request != self._request(self.session.state):
            return
        self._seen, self._page = request, page
        self._show_results(page)
        await self._set_stage()
        await self._offer(request, product)

    async def _results(self, request: Request) -> Page:
        """Results of the shop, from its answers before if they are there."""
        page = self._answers.get(request)
        if page is None:
            with self.session.working("Looking for it"):
                page = self._answers[request] = await self._refine(request, None)
            while len(self._answers) > REMEMBERED:
                del self._answers[next(iter(self._answers))]
        return page

    async def _refine(self, request: Request, cursor: str | None) -> Page:
        shop, (source, _, say) = self.session.service.shop, request
        image = None if source or self._photo is None else self._photo.file
        # The shop leaves the start out of the first turn's answers only; nobody wants it back later.
        where = f"id <> {quote(source)}" if source else None
        k = min(AT_ONCE, len(shop))
        return await self.session.call(shop.refine, say, image, source or None, where, k, None, cursor)

    def _show_results(self, page: Page | None) -> None:
        self.grid.clear()
        self.more.set_content("")
        if page is None:
            return
        state = self.session.state
        turns = html.trail(self._start(), state.say, [hit.item for hit in page.turns])
        self.trail.set_content(turns + notes(page.notes))
        self._add(page)
        self.session.announce(f"{page.total:,} products, nearest first")

    def _add(self, page: Page) -> None:
        state = self.session.state
        with self.grid:
            self.html("part", html.answers(page, state.board, self.session.product(state.source)))
        self.more.set_content(button("Show more", "more", kind="quiet") if page.next else "")

    async def _offer(self, request: Request, product: Product | None) -> None:
        """Offer sentences about the product that the next turn starts from."""
        shop = self.session.service.shop
        item: Product | Mapping[str, Any] | None = product
        if self._page is not None and self._page.hits:
            item = self._page.hits[0].item
        elif product is None and self._photo:
            near = await self.session.call(shop.search, image=self._photo.file, k=1)
            item = near.hits[0].item if near.hits else None
        texts = await self.session.call(html.examples, shop, item) if item else []
        if request == self._request(self.session.state):
            self.offered.set_content(html.offered([text for text in texts if text not in request[2]]))

    async def _set_stage(self) -> None:
        """Show the start's photo, or what the last turn that was taken does to the photo that it refines."""
        start, state, page, evidence = self._start(), self.session.state, self._page, None
        if start is None:
            return
        if self._explaining and state.say and page is not None:
            request, text = self._request(state), state.say[len(page.turns)]
            source = html.Start.of(page.turns[-1].item) if page.turns else start
            image = None if source.id or self._photo is None else self._photo.file
            with self.session.showing_errors(), self.session.working("Looking at what changed"):
                pictures = await self.session.call(_overlays, self.session.service.shop, image, source.id or None, text)
                kept, changed = map(self.session.publish, ("refine-kept", "refine-changed"), pictures)
                evidence = html.evidence(kept, changed, text, source.title)
            if request != self._request(self.session.state):
                return
        self.stage.set_content(html.stage(start, evidence, explains=bool(state.say), explaining=self._explaining))


@dataclass(frozen=True)
class _Photo:
    """A photo that was sent, held for as long as the page is open."""

    file: bytes
    name: str
    """Digest that tells it from others."""
    preview: bytes
    """PNG, upright, no larger than it is shown."""
    made_by: str
    """The network that made it, as its metadata say; empty for a photograph."""


def _read_photo(file: bytes) -> _Photo:
    """Check a photo of the visitor's own, and make it ready to be seen again.

    Raises:
        ImageError: it can't be used; the message says why.
    """
    image = load_image(file, at_least=SEEN, name="your photo")
    image.thumbnail(SEEN[::-1])
    maker = made_by(file)
    preview = made_png(image, maker) if maker else png(image)
    return _Photo(file, hashlib.sha256(file).hexdigest()[:16], preview, maker)


def _overlays(shop: Shop, image: bytes | None, id: str | None, text: str) -> tuple[bytes, bytes]:
    """Show what a sentence does to the photo that it refines: two PNG files, in 3:4.

    Args:
        image: a photo, or nothing.
        id: the product, where there is no photo.

    Returns:
        The photo, green where it matters what it shows, and orange where it matters what the sentence says.

    Raises:
        UsageError: no photo of the product can be read.
    """
    photo, _, _ = source_of(shop.index, image, id, PANEL)
    kept, changed = shop.refiner.explain(fit(Image.fromarray(photo), shop.refiner.size).copy(), text)
    return _tinted(photo, kept, KEPT[2]), _tinted(photo, changed, CHANGED[2])


def _tinted(photo: NDArray[np.uint8], heat: Floats, colour: str) -> bytes:
    """The photo, tinted by the map from its least to its most."""
    share = STRENGTH * spread((heat - heat.min()) / max(float(np.ptp(heat)), LEAST_SPAN), PANEL)[:, :, None]
    grey = LIGHT + (photo @ np.array([0.299, 0.587, 0.114]) - LIGHT)[:, :, None] * 0.6
    faded = (1 - FADED) * photo + FADED * grey
    tinted = (1 - share) * faded + share * np.array(ImageColor.getrgb(colour), float)
    return png(Image.fromarray(tinted.round().clip(0, 255).astype(np.uint8)))
