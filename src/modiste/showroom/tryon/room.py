"""The try-on room: somebody drawn, or the visitor, in what is on the board."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from nicegui import background_tasks, ui

from modiste.errors import UsageError
from modiste.images import load_image, made_png
from modiste.server.jobs import BusyError
from modiste.shop.tryon import weights_for
from modiste.showroom.tryon import clothes, html
from modiste.showroom.tryon.people import MODELS, face_of, model_for, person_of, picture_of
from modiste.showroom.tryon.refining import Refinement
from modiste.showroom.visit import Act, Visit, heard

if TYPE_CHECKING:
    from modiste.catalog.records import Product
    from modiste.server.jobs import Job
    from modiste.tryon import ParsedPerson
    from modiste.tryon.pipeline import Fitting

LARGEST = 1600
"""Pixels of the longer side to which a visitor's photo is shrunk, so that trying on takes a second or two."""
BUSY = "Others are being refined just now."

Asked = tuple[str, tuple[str, ...]]
"""Who, and the ids of what they wear."""


class TryOnRoom:
    """The room where garments are tried on."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._own: bytes | None = None
        """The visitor's own photo, a PNG file."""
        self._own_address = ""
        self._as_own = False
        self._off: frozenset[str] = frozenset()
        self._refused: dict[str, str] = {}
        self._garments: list[html.Garment] = []
        self._asked: Asked | None = None
        self._shown: str | None = None
        """Who is on the picture."""
        self._fitting: Fitting | None = None
        self._told: tuple[str, str] = ("", "")
        """Address of the picture, and how refining it goes."""
        self._left = False
        self._faces: dict[str, bytes | None] = dict.fromkeys(MODELS)
        self._shelf = ""
        self._stocked: tuple[str, str] | None = None
        self._stock: list[Mapping[str, Any]] = []
        self._next: str | None = None
        self._refinement = Refinement(visit, self._moved_on)

    def build(self) -> None:
        """The picture; beside it who wears what, and what else there is."""
        ui.html("<h2>Try on</h2>", sanitize=False).classes("unseen")
        with heard(ui.element("div").classes("mirror").props('data-drop="tryon"'), self.act):  # type: ignore[arg-type]
            with ui.element("div").classes("glass"):
                ui.html(html.stage() + html.camera(), sanitize=False)
                self.told = ui.html("", sanitize=False).classes("told")
            with ui.element("div").classes("closet"):
                self.people = ui.html("", sanitize=False)
                self.own = ui.html("", sanitize=False).classes("yours")
                self.wearing = ui.html("", sanitize=False).classes("worn")
                self.shelves = ui.html("", sanitize=False)
                self.pieces = ui.html("", sanitize=False).classes("rack")

    async def show(self) -> None:
        """Dress whom the state names in what is on the board, if that isn't what is seen."""
        products = self._products()
        self._garments = clothes.garments(self.visit.service.shop, products, self._off, self._refused)
        who = self._who(products)
        asked = who, clothes.in_order(self._garments)
        self._lay(who)
        if not products:
            await self._invite(who)
        if asked != self._asked:
            self._asked = asked
            background_tasks.create(self._dress(asked), name="dress")
        elif self._left and self._fitting:
            background_tasks.create(self._refine(asked, self._fitting), name="refine")
        self._left = False
        with self.visit.explaining():
            await self._fill_shelf(who)
        if None in self._faces.values():
            background_tasks.create(self._draw_faces(), name="faces")

    async def act(self, act: Act) -> None:
        """Somebody, a garment, a shelf, or refinement."""
        match act.name:
            case "open":
                await self.visit.change(open=act.id)
            case "person" | "own" | "forget":
                await self._choose(act)
            case "wear":
                self._off = clothes.switched(self._garments, act.id, self._off)
                await self.show()
            case "off" | "piece":
                await self._put(act.id)
            case "drop" if act.id not in self.visit.state.board:
                await self._put(act.id)
            case "shelf" | "more":
                await self._look_through(act)
            case "stop":
                self._refinement.stop()
            case "refine" if self._asked and self._fitting:
                await self._refine(self._asked, self._fitting)

    async def take(self, photo: bytes) -> None:
        """A photo of the visitor's own; it is shrunk, and held in memory."""
        weights = weights_for(self.visit.service.shop.index.identity.encoder)
        with self.visit.working("Looking at your photo"):
            self._own = await self.visit.call(_own, photo, weights)
        self._own_address, self._as_own, self._asked = self.visit.publish("own", self._own), True, None
        self._shown = None
        await self.show()

    # -- what is seen ------------------------------------------------------------------------------------------------

    def _products(self) -> list[Product]:
        return [product for product in map(self.visit.product, self.visit.state.board) if product is not None]

    def _who(self, products: list[Product]) -> str:
        """The model's name; nothing for the visitor."""
        if self._own and self._as_own:
            return ""
        chosen = self.visit.state.person
        return chosen if chosen in MODELS else model_for(one.gender for one in products)

    def _lay(self, who: str) -> None:
        self.people.set_content(html.people(self._faces, who, self._own_address))
        self.own.set_content(html.own_photo(self._own is not None))
        self.wearing.set_content(html.wearing(self._garments))

    async def _invite(self, who: str) -> None:
        """What an empty board could begin with."""
        shop = self.visit.service.shop
        with self.visit.explaining():
            items = await self.visit.call(clothes.invited, shop, MODELS[who].gender if who else "")
            if not self.visit.state.board:
                self.wearing.set_content(html.invitation(who, items))

    async def _fill_shelf(self, who: str) -> None:
        """The shelf for whoever is dressed; what stands on it stays while garments are put on and off."""
        shop, board = self.visit.service.shop, self.visit.state.board
        regions = await self.visit.call(clothes.shelves_of, shop)
        self._shelf = self._shelf or clothes.next_shelf(regions, self._garments)
        gender = MODELS[who].gender if who else next((one.product.gender for one in self._garments), "")
        if (self._shelf, gender) == self._stocked:
            self.visit.run(f"modiste.pieces({list(board)!r})")
            return
        self._stocked = self._shelf, gender
        page = await self.visit.call(clothes.on_shelf, shop, self._shelf, gender)
        self._stock, self._next = [hit.item for hit in page.hits], page.next
        self.shelves.set_content(html.shelves(regions, self._shelf))
        self.pieces.set_content(html.shelf(self._stock, self.visit.state.board, bool(page.next)))

    async def _draw_faces(self) -> None:
        """One after the other, so that the first are seen soon; other visits may have drawn them already."""
        for name in [name for name, face in self._faces.items() if face is None]:
            self._faces[name] = await self.visit.call(face_of, name)
            self.people.set_content(html.people(self._faces, self._asked[0] if self._asked else "", self._own_address))

    # -- what is done ------------------------------------------------------------------------------------------------

    async def _choose(self, act: Act) -> None:
        """Somebody else is dressed."""
        self._as_own = act.name == "own"
        if act.name == "forget":
            self._own, self._own_address = None, ""
            self.visit.pictures.pop("own", None)
        await self.visit.change(person=act.id if act.name == "person" else self.visit.state.person)

    async def _put(self, id: str) -> None:
        """Put a product on, or take it off."""
        self._off -= {id}
        await self.visit.board(id)

    async def _look_through(self, act: Act) -> None:
        """Another shelf, or more of this one."""
        if act.name == "shelf":
            self._shelf = act.id
            await self.show()
        elif self._stocked and self._next:
            stocked, cursor, self._next = self._stocked, self._next, None
            with self.visit.explaining():
                page = await self.visit.call(clothes.on_shelf, self.visit.service.shop, *stocked, cursor=cursor)
                if stocked == self._stocked:
                    self._stock, self._next = [*self._stock, *(hit.item for hit in page.hits)], page.next
                    self.pieces.set_content(html.shelf(self._stock, self.visit.state.board, bool(page.next)))

    # -- trying on ---------------------------------------------------------------------------------------------------

    async def _dress(self, asked: Asked) -> None:
        """Show somebody in garments: as the networks paint them at once, and later refined."""
        self._refinement.drop()
        self._fitting = None
        (who, ids), fitting = asked, None
        self.told.set_content("")
        self.visit.run("modiste.dressing()")
        with self.visit.explaining(), self.visit.working(f"Dressing {who or 'you'}"):
            photo = self._own if not who else await self.visit.call(picture_of, who)
            if asked != self._asked or photo is None:
                return
            self._show_person(who, photo)
            if not ids:
                self.visit.run("modiste.undressed()")
                return
            fitting = await self._fitted(photo, asked)
        if fitting and asked == self._asked:
            self._fitting = fitting
            await self._refine(asked, fitting)

    async def _fitted(self, photo: bytes, asked: Asked) -> Fitting | None:
        """Somebody in garments; without those whose photos can't be used, which are then told of."""
        shop, (who, ids) = self.visit.service.shop, asked
        person: bytes | ParsedPerson = photo
        if who:
            regions = [clothes.region_of(one.product) for one in self._garments if one.product.id in ids]
            person = await self.visit.call(person_of, who, filter(None, regions))
        try:
            return await self.visit.call(shop.fitting, person, ids)
        except UsageError as error:
            if asked != self._asked:
                return None
            reasons = {ids[0]: str(error)} if len(ids) == 1 else await self.visit.call(_reasons, shop, person, ids)
            if not reasons:
                raise
            self._refused |= {id: _short(reason) for id, reason in reasons.items()}
        await self.show()
        return None

    async def _refine(self, asked: Asked, fitting: Fitting) -> None:
        """Show the picture that is there, and have it refined."""
        by, note = self._weights(), ""
        try:
            job = await self._refinement.start(fitting, by, lambda: asked == self._asked)
            picture = job.pictures["feed_forward"]
        except BusyError:
            note, picture = BUSY, await self.visit.call(made_png, fitting.feed_forward.photo, by, composite=True)
        if asked != self._asked:
            return
        self._show_picture(picture, "Dressed")
        self._tell(html.refined(note, again=True) if note else html.refining(0, 1))

    def _moved_on(self, job: Job) -> None:
        """Of a refinement."""
        if not job.over:
            self._tell(html.refining(job.steps, job.of))
        elif job.state == "done":
            self._show_picture(job.pictures["refined"], "Refined")
            self._tell(html.refined("Refined.", again=False))
        else:
            self._left = self.visit.state.room != "tryon"
            self._tell(html.refined(job.detail or "Not refined.", again=True))

    def _show_person(self, who: str, photo: bytes) -> None:
        if self._shown != who:
            self._shown = who
            address = self.visit.publish("person", photo) if who else self._own_address
            self.visit.run(f"modiste.person({address!r}, {(who or 'You')!r})")

    def _show_picture(self, png: bytes, says: str) -> None:
        address = self.visit.publish("dressed", png)
        self._told = address, says
        self.visit.run(f"modiste.dressed({address!r})")
        self.visit.say(says)

    def _tell(self, how: Markup) -> None:
        notes = self._fitting.feed_forward.notes if self._fitting else ()
        self.told.set_content(html.told(self._weights(), self._told[0], notes, how))

    def _weights(self) -> str:
        return weights_for(self.visit.service.shop.index.identity.encoder)


def _own(photo: bytes, weights: str) -> bytes:
    """A visitor's photo as it is dressed: a PNG file, not too large.

    Raises:
        UsageError: it can't be read, or nobody is on it.
    """
    from modiste.tryon.pipeline import all_parsers, find_person, open_parser_of, parser_for

    image = load_image(photo, name="your photo")
    image.thumbnail((LARGEST, LARGEST))
    find_person(image, all_parsers(open_parser_of(parser_for(weights))))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _reasons(shop: Any, person: bytes | ParsedPerson, ids: tuple[str, ...]) -> dict[str, str]:
    """Which of several garments can't be used, and why."""
    found = {}
    for id in ids:
        try:
            shop.fitting(person, id)
        except UsageError as error:
            found[id] = str(error)
    return found


def _short(reason: str) -> str:
    first = reason.split(";")[0]
    return first[:1].upper() + first[1:]
