"""The page around the rooms: its head, its navigation, the outfit's tray, and what is told on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup
from nicegui import ui

from modiste.showroom.markup import button, icon, photo, title_of
from modiste.showroom.product import ProductSheet
from modiste.showroom.state import ROOMS, State
from modiste.showroom.visit import Act, Visit, heard

if TYPE_CHECKING:
    from modiste.showroom.visit import Room

NAMES = {"wall": "Browse", "refine": "Refine", "outfit": "Outfit", "tryon": "Try on", "imagine": "Imagine"}
"""What the navigation calls each room."""

DROPS = {"outfit": "board", "refine": "refine"}
"""Rooms of the navigation onto which a product can be dropped, and what that is called."""


class Frame:
    """Everything but the rooms.

    Args:
        rooms: name to room, in the order of the navigation; those whose verb can't serve this shop are left out.
    """

    def __init__(self, visit: Visit, rooms: dict[str, Room]) -> None:
        self.visit = visit
        visit.frame, visit.rooms = self, rooms
        self.seen: frozenset[str] = frozenset()
        # Quasar's page is a landmark of its own, which ours would lie in
        visit.client.content.parent_slot.parent.tag = "div"  # type: ignore[union-attr]
        ui.element("a").props('href="#main"').classes("skip")._props["innerHTML"] = "To the products"
        with ui.element("header").classes("top"):
            self.head = heard(ui.html(_head(visit.state.q), sanitize=False, tag="div").classes("head"), self.act)
            self.navigation = heard(ui.html("", sanitize=False, tag="nav").classes("rooms"), self.act)
            self.navigation.props('aria-label="Rooms"')
        self.bar = ui.html("", sanitize=False).classes("work")
        self.problem = heard(ui.html("", sanitize=False).classes("problem").props('role="alert"'), self.act)
        self.status = ui.label("").classes("unseen").props('role="status" aria-live="polite"')
        self.sections: dict[str, ui.element] = {}
        with ui.element("main").props('id="main" tabindex="-1"'):
            for name, room in rooms.items():
                section = ui.element("section").classes(f"room {name}").props(f'hidden data-room="{name}"')
                self.sections[name] = section
                with section:
                    room.build()
        self.tray = heard(
            ui.html("", sanitize=False, tag="aside")
            .classes("tray")
            .props('aria-label="Outfit board" data-drop="board"'),
            self.act,
        )
        self.sheet = ProductSheet(visit)

    async def show(self, before: State | None = None) -> None:
        """Bring everything up to the visit's state."""
        state = self.visit.state
        for name, section in self.sections.items():
            hidden = name != state.room
            section.props("hidden") if hidden else section.props(remove="hidden")
        if before is None or (before.room, before.board) != (state.room, state.board):
            self.navigation.set_content(_navigation(state, list(self.sections)))
            self.tray.set_content(self._tray(state))
        if before is not None and before.room != state.room:
            self.complain("")
            self.visit.run("modiste.arrive()")
        self.sheet.show(state)
        await self.visit.rooms[state.room].show()

    async def act(self, act: Act) -> None:
        """Something outside the rooms was touched."""
        match act.name:
            case "go":
                await self.visit.change(room=act.id, open="")
            case "search":
                await self.visit.change(room="wall", q=act.value.strip(), like="", open="")
            case "drop" if act.value == "refine":
                await self.visit.change(room="refine", source=act.id, say=(), open="")
            case "drop" if act.id not in self.visit.state.board:
                await self.visit.board(act.id)
            case "board":
                await self.visit.board(act.id)
            case "open":
                await self.visit.change(open=act.id)
            case "dismiss":
                self.complain("")

    def complain(self, text: str) -> None:
        """Show what was wrong and what to do; nothing hides it again."""
        shown = Markup("<p>{}</p>{}").format(
            text[:1].upper() + text[1:], button("", "dismiss", kind="round quiet", sign="close", says="Dismiss")
        )
        self.problem.set_content(shown if text else "")

    def work(self, text: str, share: float | None = None) -> None:
        """Show that something takes a while, and how much of it is done where that is known; nothing hides it."""
        value = "" if share is None else Markup(' value="{:.3f}" max="1"').format(share)
        self.bar.set_content(
            Markup('<progress aria-label="{0}"{1}></progress><p>{0}</p>').format(text, value) if text else ""
        )

    def _tray(self, state: State) -> str:
        """What is on the board, in rooms that don't show it anyway."""
        if state.room in ("outfit", "tryon") or "outfit" not in self.sections:
            return ""
        products = [product for product in map(self.visit.product, state.board) if product is not None]
        if not products:
            return Markup('<p class="hint">Drag products here, or press + on them: they make an outfit.</p>')
        shown = Markup("").join(
            Markup(
                '<li draggable="true" data-product="{0}"><button type="button" data-act="open" data-id="{0}"'
                ' aria-label="Open {1}">{2}</button></li>'
            ).format(one.id, title_of(vars(one)), photo(one.id, title_of(vars(one))))
            for one in products
        )
        finish = button(f"Complete this outfit ({len(products)})", "go", "outfit", kind="primary", sign="outfit")
        return Markup("<ul>{}</ul>{}").format(shown, finish)


def _head(q: str) -> str:
    template = (
        '<h1 class="brand"><button type="button" data-act="go" data-id="wall">Modiste</button></h1>'
        '<label class="search"><span class="unseen">Search the products</span>{search}'
        '<input type="search" data-act="search" value="{q}" autocomplete="off" maxlength="500"'
        ' placeholder="What are you looking for?"></label>{theme}'
    )
    return Markup(template).format(
        q=q, search=icon("search"), theme=button("", "theme", kind="round quiet", sign="theme", says="Light or dark")
    )


def _navigation(state: State, rooms: list[str]) -> str:
    """The rooms that there are; the outfit's says how much is in it."""
    parts = []
    for name in (room for room in ROOMS if room in rooms):
        count = len(state.board) if name == "outfit" else 0
        badge = Markup('<span class="badge">{}</span>').format(count) if count else ""
        current = Markup(' aria-current="page"') if name == state.room else ""
        template = '<button type="button" data-act="go" data-id="{}"{}{}>{}<span>{}</span>{}</button>'
        drop = Markup(' data-drop="{}"').format(DROPS[name]) if name in DROPS else ""
        parts.append(Markup(template).format(name, current, drop, icon(name), NAMES[name], badge))
    return Markup("").join(parts)
