"""One visitor's page: what was chosen, the rooms that show it, and how they reach the shop and each other."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from nicegui import Client, ui

from modiste.errors import ModisteError
from modiste.server.problems import without_folders
from modiste.showroom.state import State

if TYPE_CHECKING:
    from modiste.catalog.records import Product
    from modiste.server.service import Service

_log = logging.getLogger("modiste.showroom")

Answer = TypeVar("Answer")

PICTURES = 64
"""That are held for a visit."""


@dataclass(frozen=True)
class Act:
    """Something that a visitor did in a room: a button, a choice, a product dropped."""

    name: str
    """`data-act` of what was touched; `drop` for a product that was dropped."""
    id: str = ""
    """`data-id` of it, or the product's."""
    value: str = ""
    """What was chosen."""


class Room(Protocol):
    """A part of the page that is seen when it is gone to."""

    def build(self) -> None:
        """Make its elements, once, in the slot that is open."""

    async def show(self) -> None:
        """Bring what is seen up to the visit's state; called whenever that changes while the room is seen."""

    async def act(self, act: Act) -> None:
        """Something was done in it."""

    async def take(self, photo: bytes) -> None:
        """A photo of the visitor's own came in."""


@dataclass
class Visit:
    """What the rooms of one page share."""

    service: Service
    client: Client
    state: State
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Names the visit where its photos are sent."""
    rooms: dict[str, Room] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    """PNG files that were made for it, by name; the newest `PICTURES` of them."""
    frame: Any = None
    """The page around the rooms; see `page.Frame`."""

    async def change(self, **changes: Any) -> None:
        """Choose something else: the link and what is seen follow.

        Going to another room, or opening a product, is a step that the browser's Back button takes back.
        """
        before, self.state = self.state, replace(self.state, **changes)
        step = "pushState" if (before.room, before.open) != (self.state.room, self.state.open) else "replaceState"
        if self.state.link() != before.link():
            self.run(f"history.{step}(null, '', {self.state.link()!r})")
        await self.frame.show(before)

    async def call(self, function: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
        """Ask the shop for something that takes a while, in a thread of the service."""
        answer: Answer = await self.service.call(function, *args, **kwargs)
        return answer

    async def board(self, id: str) -> None:
        """Put a product on the outfit board, or take it off."""
        held = self.state.board
        on = id not in held
        await self.change(board=(*held, id) if on else tuple(one for one in held if one != id))
        self.say(f"{'On' if on else 'Off'} the outfit board, which has {len(self.state.board)}")

    def product(self, id: str) -> Product | None:
        """A product of the shop; quick enough to be asked on the way."""
        return self.service.shop.index.product(id) if id else None

    def publish(self, name: str, png: bytes) -> str:
        """Let the page show a picture for as long as it is open; answers its address.

        Args:
            name: one that was used before gets the new picture.
            png: the file, such as `modiste.images.made_png` makes.
        """
        self.pictures.pop(name, None)
        self.pictures[name] = png
        while len(self.pictures) > PICTURES:
            del self.pictures[next(iter(self.pictures))]
        return f"/visits/{self.token}/pictures/{name}.png?{hashlib.sha256(png).hexdigest()[:12]}"

    def say(self, text: str) -> None:
        """Tell it to those who listen to the page."""
        self.frame.status.set_text(text)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Show what was wrong and what to do, instead of failing."""
        self.frame.complain("")
        try:
            yield
        except ModisteError as error:
            self.frame.complain(without_folders(str(error), self.service.shop.path))
        except Exception:
            _log.exception("the showroom can't show %s", self.state.link())
            self.frame.complain("something went wrong on our side; load the page again, or go on elsewhere")

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show that something takes a while."""
        self.frame.work(text)
        try:
            yield
        finally:
            self.frame.work("")

    def run(self, script: str) -> None:
        """Have the browser do something."""
        self.client.run_javascript(script)


def heard(html: ui.html, hear: Callable[[Act], Any]) -> ui.html:
    """Let a piece of HTML tell of what is touched in it: buttons with `data-act`, choices, products dropped."""
    html.on("click", lambda event: hear(Act(*event.args)), js_handler="(e) => modiste.click(e, emit)")
    html.on("change", lambda event: hear(Act(*event.args)), js_handler="(e) => modiste.chosen(e, emit)")
    html.on("drop", lambda event: hear(Act(*event.args)), js_handler="(e) => modiste.drop(e, emit)")
    return html
