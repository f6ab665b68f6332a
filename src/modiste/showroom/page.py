"""The page: its address, its files, the frame around the views, and the way in for photos."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from weakref import WeakValueDictionary

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from markupsafe import Markup
from nicegui import Client, ui
from nicegui import app as pages
from starlette.exceptions import HTTPException

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.images import check_image
from modiste.index import as_item
from modiste.server.problems import Problem, problem_of
from modiste.server.service import Service
from modiste.showroom.imagine import ImagineView
from modiste.showroom.markup import button, icon, photo, price_of, title_of
from modiste.showroom.outfit.view import OutfitView
from modiste.showroom.refine.view import RefineView
from modiste.showroom.session import Act, Session, State, View, listen
from modiste.showroom.tryon.view import TryOnView
from modiste.showroom.wall import WallView

STATIC = Path(__file__).parent / "static"

_VIEWS: dict[str, tuple[type[View], str, str]] = {
    "wall": (WallView, "Browse", ""),
    "refine": (RefineView, "Refine", "refine"),
    "outfit": (OutfitView, "Outfit", "complete"),
    "tryon": (TryOnView, "Try on", "try-on"),
    "imagine": (ImagineView, "Imagine", "imagine"),
}
"""Name in links to view, its label in the navigation, and the verb that it needs; in the navigation's order."""
_DROPS = {"outfit": "board", "refine": "refine"}
"""Views of the navigation onto which a product can be dropped, and the act that dropping it is."""
_HIDDEN = ("id", "title", "description", "price", "images", "in_stock", "variant_of", "outfit_id", "attributes")
"""Fields that aren't listed as facts of a product."""
_HEAD = (
    '<h1 class="brand"><button type="button" data-act="go" data-id="wall">Modiste</button></h1>'
    '<label class="search"><span class="unseen">Search the products</span>{search}'
    '<input type="search" data-act="search" value="{q}" autocomplete="off" maxlength="500"'
    ' placeholder="What are you looking for?"></label>{theme}'
)


def attach(app: FastAPI) -> None:
    """Put the page at the root of a service's app.

    Raises:
        UsageError: the service asks readers for keys, which a page that everybody can open would give away.
    """
    service: Service = app.state.service
    if service.settings.read_keys:
        raise UsageError("everybody may open the showroom, so read keys would protect nothing; unset MODISTE_READ_KEYS")
    sessions: WeakValueDictionary[str, Session] = WeakValueDictionary()
    app.mount("/showroom", StaticFiles(directory=STATIC))
    app.include_router(_router(sessions))

    @ui.page("/", title="Modiste", language="en-GB", response_timeout=30)
    async def showroom(request: Request, client: Client) -> None:
        session = Session(service, client, State.of(request.query_params))
        sessions[session.token] = client.modiste = session  # type: ignore[attr-defined]
        _add_assets(session)
        names = [name for name, (_, _, verb) in _VIEWS.items() if verb not in service.unavailable]
        await _Frame(session, names).show()

    async def answer(request: Request, error: Exception) -> Response:
        return problem_of(error).answer(request.scope)

    async def leave(request: Request, error: Exception) -> Response:
        raise error  # to the service, which logs it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks at all objects that there are, some of which warn of themselves
        # Errors are answered as the service does; NiceGUI shows what an exception says, and logs whole addresses.
        for kind in (404, HTTPException):
            pages.add_exception_handler(kind, answer)
        pages.add_exception_handler(Exception, leave)
        ui.run_with(app, title="Modiste", dark=None, language="en-GB", tailwind=False, show_welcome_message=False)


def _router(sessions: WeakValueDictionary[str, Session]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post("/visits/{token}/{room}/photo")
    async def take(token: str, room: str, request: Request) -> Response:
        """Take a photo of the visitor's own; it is held in memory, for as long as the page is open."""
        session = sessions.get(token)
        if session is None or room not in session.views:
            raise Problem(404, "this page is gone; load it again")
        photo = await request.body()
        with session.client, session.showing_errors():
            await session.call(check_image, photo, "your photo", session.service.settings.max_pixels)
            await session.views[room].take(photo)
        return Response(status_code=204)

    @router.get("/visits/{token}/pictures/{name}.png")
    async def picture(token: str, name: str) -> Response:
        """Serve a picture to the visitor for whom it was made, who alone knows its address."""
        session = sessions.get(token)
        if session is None or name not in session.pictures:
            raise Problem(404, "this picture is gone; load the page again")
        return Response(session.pictures[name], media_type="image/png", headers={"Cache-Control": "private, no-store"})

    return router


def _add_assets(session: Session) -> None:
    """Add style and script, by an address that changes when they do, and the session's token."""
    for file in sorted(STATIC.iterdir()):
        address = f"/showroom/{file.name}?{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"
        style = file.suffix == ".css"
        ui.add_head_html(f'<link rel="stylesheet" href="{address}">' if style else f'<script src="{address}"></script>')
    ui.add_head_html(f'<script>modiste.visit = "{session.token}"</script>')


class _Frame:
    """Everything but the views.

    Args:
        names: the views, in the order of the navigation; those whose verb can't serve this shop are left out.
    """

    def __init__(self, session: Session, names: list[str]) -> None:
        self.session = session
        session.frame = self
        # Quasar's page is a landmark of its own, which ours would lie in
        session.client.content.parent_slot.parent.tag = "div"  # type: ignore[union-attr]
        head = Markup(_HEAD).format(
            q=session.state.q, search=icon("search"),
            theme=button("", "theme", kind="round quiet", sign="theme", says="Light or dark"),
        )  # fmt: skip
        ui.element("a").props('href="#main"').classes("skip")._props["innerHTML"] = "To the products"
        with ui.element("header").classes("top"):
            self.head = listen(ui.html(head, sanitize=False).classes("head"), self.act)
            self.navigation = listen(ui.html("", sanitize=False, tag="nav").classes("rooms"), self.act)
            self.navigation.props('aria-label="Rooms"')
        self.bar = ui.html("", sanitize=False).classes("work")
        self.problem = listen(ui.html("", sanitize=False).classes("problem").props('role="alert"'), self.act)
        self.status = ui.label("").classes("unseen").props('role="status" aria-live="polite"')
        self.sections: dict[str, ui.element] = {}
        with ui.element("main").props('id="main" tabindex="-1"'):
            for name in names:
                self.sections[name] = ui.element("section").classes(f"room {name}")
                with self.sections[name].props(f'hidden data-room="{name}"'):
                    session.views[name] = _VIEWS[name][0](session)
        tray = ui.html("", sanitize=False, tag="aside").classes("tray")
        self.tray = listen(tray.props('aria-label="Outfit board" data-drop="board"'), self.act)
        with ui.dialog() as self.dialog:
            self.sheet = listen(ui.html("", sanitize=False).classes("sheet"), self.act)
        self.dialog.props('aria-label="Product"')
        self.dialog.on("hide", lambda: session.state.open and session.change(open=""))

    async def show(self, before: State | None = None) -> None:
        """Bring everything up to the session's state."""
        state = self.session.state
        for name, section in self.sections.items():
            section.props(remove="hidden") if name == state.room else section.props("hidden")
        if before is None or (before.room, before.board) != (state.room, state.board):
            self.navigation.set_content(self._navigation(state))
            self.tray.set_content(self._tray(state))
        if before is not None and before.room != state.room:
            self.show_error("")
            self.session.run("modiste.arrive()")
        product = self.session.product(state.open)
        if product is None:
            self.dialog.close()
        else:
            self.sheet.set_content(_sheet(product, state, set(self.session.views)))
            self.dialog.open()
        await self.session.views[state.room].show()

    async def act(self, act: Act) -> None:
        """Answer to something outside the views, or in the dialog with a product."""
        board = self.session.state.board
        match act.name:
            case "go":
                await self.session.change(room=act.id, open="")
            case "search":
                await self.session.change(room="wall", q=act.value.strip(), like="", open="")
            case "like":
                await self.session.change(room="wall", q="", like=act.id, open="")
            case "refine" | "drop" if "refine" in (act.name, act.value):
                await self.session.change(room="refine", source=act.id, say=(), open="")
            case "tryon":
                await self.session.change(room="tryon", board=board if act.id in board else (*board, act.id), open="")
            case "board" | "drop" if act.name == "board" or act.id not in board:
                await self.session.board(act.id)
            case "open" | "close":
                await self.session.change(open=act.id)
            case "dismiss":
                self.show_error("")

    def show_error(self, text: str) -> None:
        """Show an error and what to do; an empty text hides it."""
        dismiss = button("", "dismiss", kind="round quiet", sign="close", says="Dismiss")
        shown = Markup("<p>{}</p>{}").format(text[:1].upper() + text[1:], dismiss)
        self.problem.set_content(shown if text else "")

    def work(self, text: str) -> None:
        """Show that something takes a while; an empty text hides it."""
        shown = Markup('<progress aria-label="{0}"></progress><p>{0}</p>').format(text)
        self.bar.set_content(shown if text else "")

    def _navigation(self, state: State) -> str:
        """The views that there are; the outfit's button says how much is in it."""
        parts = []
        for name in self.sections:
            count = len(state.board) if name == "outfit" else 0
            badge = Markup('<span class="badge">{}</span>').format(count) if count else ""
            current = Markup(' aria-current="page"') if name == state.room else ""
            drop = Markup(' data-drop="{}"').format(_DROPS[name]) if name in _DROPS else ""
            template = '<button type="button" data-act="go" data-id="{}"{}{}>{}<span>{}</span>{}</button>'
            parts.append(Markup(template).format(name, current, drop, icon(name), _VIEWS[name][1], badge))
        return Markup("").join(parts)

    def _tray(self, state: State) -> str:
        """The outfit board, in views that don't show it anyway."""
        if state.room in ("outfit", "tryon") or "outfit" not in self.sections:
            return ""
        products = [product for product in map(self.session.product, state.board) if product is not None]
        if not products:
            return Markup('<p class="hint">Drag products here, or press + on them: they make an outfit.</p>')
        template = (
            '<li draggable="true" data-product="{0}"><button type="button" data-act="open" data-id="{0}"'
            ' aria-label="Open {1}">{2}</button></li>'
        )
        named = [(product.id, title_of(vars(product))) for product in products]
        shown = Markup("").join(Markup(template).format(id, title, photo(id, title)) for id, title in named)
        finish = button(f"Complete this outfit ({len(products)})", "go", "outfit", kind="primary", sign="outfit")
        return Markup("<ul>{}</ul>{}").format(shown, finish)


def _sheet(product: Product, state: State, views: set[str]) -> str:
    """A product in a dialog, opened in place."""
    item = vars(product)
    chosen = product.id in state.board
    put = button(
        "Take off the outfit board" if chosen else "Put on the outfit board", "board", product.id,
        kind="primary", sign="check" if chosen else "add",
    )  # fmt: skip
    others = (("refine", "Change something"), ("tryon", "Try it on"))
    more = [button(label, name, product.id, sign=name) for name, label in others if name in views]
    more.append(button("More like this", "like", product.id, sign="search"))
    facts = [
        Markup("<dt>{}</dt><dd>{}</dd>").format(name.replace("_", " "), value)
        for name, value in as_item(product).items()
        if name not in _HIDDEN and value not in ("", None)
    ]
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
        facts=Markup('<dl class="facts">{}</dl>').format(Markup("").join(facts)),
        put=put,
        more=Markup("").join(more),
    )
