"""Try-on view: a drawn model, or the visitor, in what is on the board."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from nicegui import background_tasks, ui

from modiste.boutique import MODELS
from modiste.errors import UsageError
from modiste.images import load_image, made_png
from modiste.server.jobs import BusyError
from modiste.showroom.session import Act, Session, View, listen, png
from modiste.showroom.tryon import clothes
from modiste.showroom.tryon.people import face_of, model_for, person_of, picture_of

if TYPE_CHECKING:
    from modiste.server.jobs import Job
    from modiste.tryon import ParsedPerson
    from modiste.tryon.pipeline import Fitting

LARGEST = 1600
"""Pixels of the longer side to which a visitor's photo is shrunk, so that trying on takes a second or two."""
BUSY = "Others are being refined just now."

STEPS = 30
"""Steps of a refinement."""
OFTEN = 0.3
"""Seconds between two looks at a job."""

Request = tuple[str, tuple[str, ...]]
"""Name of the model, empty for the visitor, and the ids of the garments."""


class TryOnView(View):
    """View in which garments are tried on."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._weights = session.service.shop.weights_for("tryon")
        self._own: bytes | None = None
        """The visitor's own photo, a PNG file."""
        self._own_address = ""
        self._as_own = False
        self._off: frozenset[str] = frozenset()
        self._refused: dict[str, str] = {}
        self._garments: list[clothes.Garment] = []
        self._request: Request | None = None
        self._shown: str | None = None
        """Name of the person on the picture."""
        self._fitting: Fitting | None = None
        self._picture = ""
        """Address of the picture."""
        self._left = False
        self._shelf = ""
        self._stocked: tuple[str, str] | None = None
        self._stock: list[Mapping[str, Any]] = []
        self._next: str | None = None
        self._job: Job | None = None
        """The refinement that is going on."""
        self._closed = False
        session.client.on_delete(self._close)
        ui.html("<h2>Try on</h2>", sanitize=False).classes("unseen")
        with listen(ui.element("div").classes("mirror").props('data-drop="tryon"'), self.act):  # type: ignore[arg-type]
            with ui.element("div").classes("glass"):
                ui.html(clothes.MIRROR, sanitize=False)
                self.caption = ui.html("", sanitize=False).classes("told")
            with ui.element("div").classes("closet"):
                self.people = ui.html("", sanitize=False)
                self.own = ui.html("", sanitize=False).classes("yours")
                self.wearing = ui.html("", sanitize=False).classes("worn")
                self.shelves = ui.html("", sanitize=False)
                self.pieces = ui.html("", sanitize=False).classes("rack")

    async def show(self) -> None:
        """Dress the chosen person in the garments of the board, if that isn't what is seen."""
        board = self.session.state.board
        products = [product for product in map(self.session.product, board) if product is not None]
        self._garments = clothes.garments(self.session.service.shop, products, self._off, self._refused)
        who = self.session.state.person  # empty for the visitor
        if self._own and self._as_own:
            who = ""
        elif who not in MODELS:
            who = model_for(product.gender for product in products)
        request = who, clothes.in_order(self._garments)
        self.people.set_content(clothes.people({name: face_of(name) for name in MODELS}, who, self._own_address))
        self.own.set_content(clothes.own_photo(self._own is not None))
        self.wearing.set_content(clothes.wearing(self._garments))
        if not products:
            with self.session.showing_errors():
                gender = MODELS[who].gender if who else ""
                items = await self.session.call(clothes.suggested, self.session.service.shop, gender)
                if not self.session.state.board:
                    self.wearing.set_content(clothes.invitation(who, items))
        if request != self._request:
            self._request = request
            background_tasks.create(self._dress(request), name="dress")
        elif self._left and self._fitting:
            background_tasks.create(self._refine(request, self._fitting), name="refine")
        self._left = False
        with self.session.showing_errors():
            await self._fill_shelf(who)

    async def act(self, act: Act) -> None:
        match act.name:
            case "person" | "own" | "forget":  # another one is dressed
                self._as_own = act.name == "own"
                if act.name == "forget":
                    self._own, self._own_address = None, ""
                    self.session.pictures.pop("own", None)
                await self.session.change(person=act.id if act.name == "person" else self.session.state.person)
            case "wear":
                self._off = clothes.switched(self._garments, act.id, self._off)
                await self.show()
            case "off" | "piece" | "drop" if act.name != "drop" or act.id not in self.session.state.board:
                self._off -= {act.id}
                await self.session.board(act.id)
            case "shelf":
                self._shelf = act.id
                await self.show()
            case "more" if self._stocked and self._next:
                await self._fill_further(self._stocked, self._next)
            case "stop" if self._job:
                self.session.service.jobs.cancel(self._job.id)  # at its next step; it is shown then
            case "refine" if self._request and self._fitting:
                await self._refine(self._request, self._fitting)
            case _:
                await super().act(act)

    async def take(self, photo: bytes) -> None:
        """Take a photo of the visitor's own; it is shrunk, and held in memory."""
        with self.session.working("Looking at your photo"):
            self._own = await self.session.call(_own, photo, self._weights)
        self._own_address, self._as_own, self._request = self.session.publish("own", self._own), True, None
        self._shown = None
        await self.show()

    async def _fill_shelf(self, who: str) -> None:
        """Fill the shelf for the person; its products stay while garments are put on and off."""
        shop, board = self.session.service.shop, self.session.state.board
        regions = await self.session.call(clothes.shelves_of, shop)
        self._shelf = self._shelf or clothes.next_shelf(regions, self._garments)
        gender = MODELS[who].gender if who else next((garment.product.gender for garment in self._garments), "")
        if (self._shelf, gender) == self._stocked:
            self.session.run(f"modiste.pieces({list(board)!r})")
            return
        self._stocked = self._shelf, gender
        page = await self.session.call(clothes.on_shelf, shop, self._shelf, gender)
        self._stock, self._next = [hit.item for hit in page.hits], page.next
        self.shelves.set_content(clothes.shelves(regions, self._shelf))
        self.pieces.set_content(clothes.shelf(self._stock, self.session.state.board, bool(page.next)))

    async def _fill_further(self, stocked: tuple[str, str], cursor: str) -> None:
        """Show more of the shelf."""
        self._next = None
        with self.session.showing_errors():
            page = await self.session.call(clothes.on_shelf, self.session.service.shop, *stocked, cursor=cursor)
            if stocked == self._stocked:
                self._stock, self._next = [*self._stock, *(hit.item for hit in page.hits)], page.next
                self.pieces.set_content(clothes.shelf(self._stock, self.session.state.board, bool(page.next)))

    async def _dress(self, request: Request) -> None:
        """Show a person in garments: the feed-forward picture at once, and the refined one later."""
        self._drop_job()
        self._fitting = None
        (who, ids), fitting = request, None
        self.caption.set_content("")
        self.session.run("modiste.dressing()")
        with self.session.showing_errors(), self.session.working(f"Dressing {who or 'you'}"):
            photo = self._own if not who else await self.session.call(picture_of, who)
            if request != self._request or photo is None:
                return
            if self._shown != who:
                self._shown = who
                address = self.session.publish("person", photo) if who else self._own_address
                self.session.run(f"modiste.person({address!r}, {(who or 'You')!r})")
            if not ids:
                self.session.run("modiste.undressed()")
                return
            fitting = await self._fitted(photo, request)
        if fitting and request == self._request:
            self._fitting = fitting
            await self._refine(request, fitting)

    async def _fitted(self, photo: bytes, request: Request) -> Fitting | None:
        """Fit garments to a person; those whose photos can't be used are marked, and left out of the next try."""
        shop, (who, ids) = self.session.service.shop, request
        person: bytes | ParsedPerson = photo
        if who:
            regions = [clothes.region_of(garment.product) for garment in self._garments if garment.product.id in ids]
            person = await self.session.call(person_of, who, filter(None, regions))
        try:
            return await self.session.call(shop.fitting, person, ids)
        except UsageError as error:
            if request != self._request:
                return None
            reasons = {ids[0]: str(error)} if len(ids) == 1 else await self.session.call(_reasons, shop, person, ids)
            if not reasons:
                raise
            for id, reason in reasons.items():
                first = reason.split(";")[0]
                self._refused[id] = first[:1].upper() + first[1:]
        await self.show()
        return None

    async def _refine(self, request: Request, fitting: Fitting) -> None:
        """Show the picture that is there, and have it refined in the background, if the service has room for that.

        There is one job at most; it ends with the page, and when the visitor leaves the view.
        """
        self._drop_job()
        jobs, by, refinement = self.session.service.jobs, self._weights, clothes.progress(0, 1)
        try:
            job = await self.session.call(jobs.start, fitting, STEPS, by=by)
            picture = job.pictures["feed_forward"]
            if self._closed or request != self._request:
                jobs.forget(job.id)
            else:
                self._job = job
                background_tasks.create(self._watch(job), name="try-on")
        except BusyError:
            refinement = clothes.outcome(BUSY, again=True)
            picture = await self.session.call(made_png, fitting.feed_forward.photo, by, composite=True)
        if request == self._request:
            self._show_picture(picture, "Dressed")
            self._show_caption(refinement)

    async def _watch(self, job: Job) -> None:
        """Show how far a refinement is, until it is over or given up."""
        seen: tuple[str, int] | None = None
        while job is self._job:
            if self.session.state.room != "tryon":
                self.session.service.jobs.cancel(job.id)
            over, now = job.over, (job.state, job.steps)
            if now != seen:
                seen = now
                self._show_progress(job)
            if over:
                self._drop_job()
            await asyncio.sleep(OFTEN)

    def _drop_job(self) -> None:
        """Give the refinement up, and keep nothing of it."""
        job, self._job = self._job, None
        if job:
            with suppress(UsageError):  # it may be forgotten already
                self.session.service.jobs.forget(job.id)

    def _close(self) -> None:
        """End with the page."""
        self._closed = True
        self._drop_job()

    def _show_progress(self, job: Job) -> None:
        """Show how far a refinement is, and its picture once it is done."""
        if not job.over:
            self._show_caption(clothes.progress(job.steps, job.of))
        elif job.state == "done":
            self._show_picture(job.pictures["refined"], "Refined")
            self._show_caption(clothes.outcome("Refined.", again=False))
        else:
            self._left = self.session.state.room != "tryon"
            self._show_caption(clothes.outcome(job.detail or "Not refined.", again=True))

    def _show_picture(self, png: bytes, state: str) -> None:
        self._picture = self.session.publish("dressed", png)
        self.session.run(f"modiste.dressed({self._picture!r})")
        self.session.announce(state)

    def _show_caption(self, refinement: Markup) -> None:
        notes = self._fitting.feed_forward.notes if self._fitting else ()
        self.caption.set_content(clothes.caption(self._weights, self._picture, notes, refinement))


def _own(photo: bytes, weights: str) -> bytes:
    """Check a visitor's photo, and make it a PNG file that isn't too large.

    Raises:
        UsageError: it can't be read, or nobody is on it.
    """
    from modiste.tryon.pipeline import all_parsers, find_person, parser_for

    image = load_image(photo, name="your photo")
    image.thumbnail((LARGEST, LARGEST))
    find_person(image, all_parsers(parser_for(weights)))
    return png(image)


def _reasons(shop: Any, person: bytes | ParsedPerson, ids: tuple[str, ...]) -> dict[str, str]:
    """Reasons why some of several garments can't be used, by id."""
    reasons = {}
    for id in ids:
        try:
            shop.fitting(person, id)
        except UsageError as error:
            reasons[id] = str(error)
    return reasons
