"""The page on the service's app: its address, its files, and the way in for photos of the visitor's own."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from nicegui import Client, ui
from nicegui import app as pages
from starlette.exceptions import HTTPException

from modiste.errors import UsageError
from modiste.images import check_image
from modiste.server.problems import Problem, problem_of
from modiste.showroom.imagine import Imagine
from modiste.showroom.outfit import Outfit
from modiste.showroom.page import Frame
from modiste.showroom.refine import Refine
from modiste.showroom.state import State
from modiste.showroom.tryon import TryOnRoom
from modiste.showroom.visit import Room, Visit
from modiste.showroom.wall import Wall

if TYPE_CHECKING:
    from modiste.server.service import Service

STATIC = Path(__file__).parent / "static"

ROOMS: dict[str, type] = {"wall": Wall, "refine": Refine, "outfit": Outfit, "tryon": TryOnRoom, "imagine": Imagine}
"""Name to room, in the order of the navigation."""

VERBS = {"refine": "refine", "outfit": "complete", "tryon": "try-on", "imagine": "imagine"}
"""The verb that a room needs."""


def mount(app: FastAPI) -> None:
    """Put the page at the root of a service's app; see `attach`."""
    service: Service = app.state.service
    if service.settings.read_keys:
        raise UsageError("everybody may open the showroom, so read keys would protect nothing; unset MODISTE_READ_KEYS")
    visits: WeakValueDictionary[str, Visit] = WeakValueDictionary()
    app.mount("/showroom", StaticFiles(directory=STATIC))
    app.include_router(_router(visits))

    @ui.page("/", title="Modiste", language="en-GB", response_timeout=30)
    async def showroom(request: Request, client: Client) -> None:
        visit = Visit(service, client, State.of(request.query_params))
        visits[visit.token] = client.modiste = visit  # type: ignore[attr-defined]
        _head(visit)
        rooms: dict[str, Room] = {
            name: room(visit) for name, room in ROOMS.items() if VERBS.get(name) not in service.unavailable
        }
        frame = Frame(visit, rooms)
        await frame.show()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks at all objects that there are, some of which warn of themselves
        _answer_errors()
        ui.run_with(app, title="Modiste", dark=None, language="en-GB", tailwind=False, show_welcome_message=False)


def _answer_errors() -> None:
    """Have errors answered as the service does; NiceGUI shows what an exception says, and logs whole addresses."""

    async def answer(request: Request, error: Exception) -> Response:
        return problem_of(error).answer(request.scope)

    async def leave(request: Request, error: Exception) -> Response:
        raise error  # to the service, which logs it

    for kind in (404, HTTPException):
        pages.add_exception_handler(kind, answer)
    pages.add_exception_handler(Exception, leave)


def _router(visits: WeakValueDictionary[str, Visit]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/visits/{token}/{room}/photo")
    async def take(token: str, room: str, request: Request) -> Response:
        """A photo of the visitor's own; it is held in memory, for as long as the page is open."""
        visit = visits.get(token)
        if visit is None or room not in visit.rooms:
            raise Problem(404, "this page is gone; load it again")
        photo = await request.body()
        with visit.client, visit.explaining():
            await visit.call(check_image, photo, "your photo", visit.service.settings.max_pixels)
            await visit.rooms[room].take(photo)
        return Response(status_code=204)

    @router.get("/visits/{token}/pictures/{name}.png")
    async def picture(token: str, name: str) -> Response:
        """A picture that was made for somebody, who alone knows its address."""
        visit = visits.get(token)
        if visit is None or name not in visit.pictures:
            raise Problem(404, "this picture is gone; load the page again")
        return Response(visit.pictures[name], media_type="image/png", headers={"Cache-Control": "private, no-store"})

    return router


def _head(visit: Visit) -> None:
    """Style and script, by an address that changes when they do, and the visit's name."""
    for file in sorted(STATIC.iterdir()):
        address = f"/showroom/{file.name}?{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"
        if file.suffix == ".css":
            ui.add_head_html(f'<link rel="stylesheet" href="{address}">')
        elif file.suffix == ".js":
            ui.add_head_html(f'<script src="{address}"></script>')
    ui.add_head_html(f'<script>modiste.visit = "{visit.token}"</script>')
