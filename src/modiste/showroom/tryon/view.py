"""Try-on view: a drawn model, or the visitor, in what is on the board."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
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
        self._refinement = Refinement(session, self._show_progress)

    def build(self) -> None:
        ui.html("<h2>Try on</h2>", sanitize=False).classes("unseen")
        with listen(ui.element("div").classes("mirror").props('data-drop="tryon"'), self.act):  # type: ignore[arg-type]
            with ui.element("div").classes("glass"):
                ui.html(clothes.stage() + clothes.camera(), sanitize=False)
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
            case "open":
                await self.session.change(open=act.id)
            case "person" | "own" | "forget":
                await self._choose(act)
            case "wear":
                self._off = clothes.switched(self._garments, act.id, self._off)
                await self.show()
            case "off" | "piece":
                await self._put(act.id)
            case "drop" if act.id not in self.session.state.board:
                await self._put(act.id)
            case "shelf" | "more":
                await self._browse_shelf(act)
            case "stop":
                self._refinement.stop()
            case "refine" if self._request and self._fitting:
                await self._refine(self._request, self._fitting)

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

    async def _choose(self, act: Act) -> None:
        """Dress another person."""
        self._as_own = act.name == "own"
        if act.name == "forget":
            self._own, self._own_address = None, ""
            self.session.pictures.pop("own", None)
        await self.session.change(person=act.id if act.name == "person" else self.session.state.person)

    async def _put(self, id: str) -> None:
        """Put a product on, or take it off."""
        self._off -= {id}
        await self.session.board(id)

    async def _browse_shelf(self, act: Act) -> None:
        """Show another shelf, or more of this one."""
        if act.name == "shelf":
            self._shelf = act.id
            await self.show()
        elif self._stocked and self._next:
            stocked, cursor, self._next = self._stocked, self._next, None
            with self.session.showing_errors():
                page = await self.session.call(clothes.on_shelf, self.session.service.shop, *stocked, cursor=cursor)
                if stocked == self._stocked:
                    self._stock, self._next = [*self._stock, *(hit.item for hit in page.hits)], page.next
                    self.pieces.set_content(clothes.shelf(self._stock, self.session.state.board, bool(page.next)))

    async def _dress(self, request: Request) -> None:
        """Show a person in garments: the feed-forward picture at once, and the refined one later."""
        self._refinement.drop()
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
        """Show the picture that is there, and have it refined."""
        by, note = self._weights, ""
        try:
            job = await self._refinement.start(fitting, by, lambda: request == self._request)
            picture = job.pictures["feed_forward"]
        except BusyError:
            note, picture = BUSY, await self.session.call(made_png, fitting.feed_forward.photo, by, composite=True)
        if request != self._request:
            return
        self._show_picture(picture, "Dressed")
        self._show_caption(clothes.outcome(note, again=True) if note else clothes.progress(0, 1))

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
    from modiste.tryon.pipeline import all_parsers, find_person, open_parser_of, parser_for

    image = load_image(photo, name="your photo")
    image.thumbnail((LARGEST, LARGEST))
    find_person(image, all_parsers(open_parser_of(parser_for(weights))))
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


class Refinement:
    """Refinement in the background: at most one job, which ends with the page and when the visitor leaves the view.

    Args:
        report: called when the job has moved on, and a last time when it is over.
    """

    def __init__(self, session: Session, report: Callable[[Job], None]) -> None:
        self._session, self._report = session, report
        self._job: Job | None = None
        self._closed = False
        session.client.on_delete(self.close)

    async def start(self, fitting: Fitting, by: str, wanted: Callable[[], bool]) -> Job:
        """Start a job of the service, and watch it.

        Args:
            by: the weights.
            wanted: returns false once nobody waits for it.

        Raises:
            BusyError: the service refines enough for others.
        """
        self.drop()
        jobs = self._session.service.jobs
        job = await self._session.call(jobs.start, fitting, STEPS, by=by)
        if self._closed or not wanted():
            jobs.forget(job.id)
        else:
            self._job = job
            background_tasks.create(self._watch(job), name="try-on")
        return job

    def stop(self) -> None:
        """Have the job end at its next step; it is reported then."""
        if self._job:
            self._session.service.jobs.cancel(self._job.id)

    def drop(self) -> None:
        """Give the job up, and keep nothing of it."""
        job, self._job = self._job, None
        if job:
            with suppress(UsageError):  # it may be forgotten already
                self._session.service.jobs.forget(job.id)

    def close(self) -> None:
        """End with the page."""
        self._closed = True
        self.drop()

    async def _watch(self, job: Job) -> None:
        seen: tuple[str, int] | None = None
        while job is self._job:
            if self._session.state.room != "tryon":
                self.stop()
            over, now = job.over, (job.state, job.steps)
            if now != seen:
                seen = now
                self._report(job)
            if over:
                self.drop()
            await asyncio.sleep(OFTEN)
