"""State of a visitor's page, as its link says it, and the session that views share."""

from __future__ import annotations

import hashlib
import io
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from nicegui import Client, ui
from PIL import Image
from starlette.datastructures import QueryParams

from modiste.catalog.records import Product
from modiste.errors import ModisteError
from modiste.index import quote
from modiste.server.problems import without_folders
from modiste.server.service import Service
from modiste.shop.contract import MAX_ITEMS, MAX_TEXT, MAX_TURNS

VIEWS = ("wall", "refine", "outfit", "tryon", "imagine")
"""Names in links, in the order of the page's navigation."""

SEED = 11
"""Seed of the first pictures that are imagined: with it the shipped weights draw clean outlines."""
PICTURES = 64
"""Pictures that a session holds."""

_log = logging.getLogger("modiste.showroom")

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class State:
    """Everything on the page that isn't a photo of the visitor's own."""

    room: str = "wall"
    """The view that is seen."""
    q: str = ""
    """Search text of the wall."""
    like: str = ""
    """The product that the wall is to resemble."""
    category: str = ""
    gender: str = ""
    colour: str = ""
    under: str = ""
    """Price, in digits."""
    open: str = ""
    """The product that is seen in detail."""
    source: str = ""
    """The product that is refined."""
    say: tuple[str, ...] = ()
    """Sentences that refine the source, turn by turn."""
    board: tuple[str, ...] = ()
    """Products on the outfit board."""
    want: str = ""
    """The category that the outfit lacks; `all` for whatever it lacks, `swap:ID` for something in an item's place."""
    person: str = ""
    """The drawn model that is dressed."""
    words: str = ""
    """Text of the imagined product."""
    seed: int = SEED

    @classmethod
    def of(cls, query: QueryParams) -> State:
        """Read a link; what makes no sense in it is left out."""
        # No control characters, and not longer than a request may be.
        cleaned = {
            name: ["".join(letter for letter in text if letter.isprintable()).strip()[:MAX_TEXT] for text in texts]
            for name in (each.name for each in fields(cls))
            if (texts := query.getlist(name))
        }
        given: dict[str, Any] = {name: texts[0] for name, texts in cleaned.items() if texts[0]}
        given["say"] = tuple(filter(None, cleaned.get("say", ())))[:MAX_TURNS]
        given["board"] = tuple(dict.fromkeys(filter(None, cleaned.get("board", ()))))[:MAX_ITEMS]
        given["room"] = given.get("room") if given.get("room") in VIEWS else "wall"
        given["seed"] = int(given["seed"]) if _is_number(given.get("seed", "")) else SEED
        given["under"] = given["under"] if _is_number(given.get("under", "")) else ""
        return cls(**given)

    def link(self) -> str:
        """Address that brings this state back, from the root on."""
        changed = {each.name: value for each in fields(self) if (value := getattr(self, each.name)) != each.default}
        return f"/?{urlencode(changed, doseq=True)}" if changed else "/"

    def where(self) -> str:
        """The wall's filters in SQL."""
        columns = ("category", "gender", "colour")
        parts = [f"{name} = {quote(value)}" for name in columns if (value := getattr(self, name))]
        return " AND ".join([*parts, f"price <= {self.under}"] if self.under else parts)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


@dataclass(frozen=True)
class Act:
    """Something that a visitor did in a view: a button, a choice, a product dropped."""

    name: str
    """`data-act` of what was touched; `drop` for a product that was dropped."""
    id: str = ""
    """`data-id` of it, or the product's."""
    value: str = ""
    """The value that was chosen."""


class View:
    """A part of the page, such as the wall of products; one of them is seen at a time.

    Its elements are made with it, in the slot that is open.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def html(self, classes: str, content: str = "") -> ui.html:
        """Make a piece of HTML, in which `act` answers to what is done."""
        return listen(ui.html(content, sanitize=False).classes(classes), self.act)

    async def show(self) -> None:
        """Bring the elements up to the session's state; called whenever that changes while the view is seen."""
        raise NotImplementedError

    async def act(self, act: Act) -> None:
        """Answer to something that was done in the view; in all of them products open and go onto the board."""
        match act.name:
            case "open":
                await self.session.change(open=act.id)
            case "board":
                await self.session.board(act.id)

    async def take(self, photo: bytes) -> None:
        """Take a photo of the visitor's own; views that need none leave it."""


@dataclass
class Session:
    """State and services that the views of one page share."""

    service: Service
    client: Client
    state: State
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """Names the session where its photos are sent."""
    views: dict[str, View] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    """PNG files that were made for it, by name; the newest `PICTURES` of them."""
    frame: Any = None
    """The page around the views; see `page._Frame`."""

    async def change(self, **changes: Any) -> None:
        """Change the state; the link and the page follow.

        Going to another view, or opening a product, is a step that the browser's Back button takes back.
        """
        before, self.state = self.state, replace(self.state, **changes)
        step = "pushState" if (before.room, before.open) != (self.state.room, self.state.open) else "replaceState"
        if self.state.link() != before.link():
            self.run(f"history.{step}(null, '', {self.state.link()!r})")
        await self.frame.show(before)

    async def call(self, function: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
        """Call the shop for something that takes a while, in a thread of the service."""
        return await self.service.call(function, *args, **kwargs)

    async def board(self, id: str) -> None:
        """Put a product on the outfit board, or take it off."""
        held = self.state.board
        on = id not in held
        await self.change(board=(*held, id) if on else tuple(other for other in held if other != id))
        self.announce(f"{'On' if on else 'Off'} the outfit board, which has {len(self.state.board)}")

    def product(self, id: str) -> Product | None:
        """Product of the shop; quick enough to be called without a thread."""
        return self.service.shop.index.product(id) if id else None

    def publish(self, name: str, png: bytes) -> str:
        """Serve a picture to the page for as long as it is open, and return its address.

        Args:
            name: one that was used before gets the new picture.
            png: the file, such as `modiste.images.made_png` makes.
        """
        self.pictures.pop(name, None)
        self.pictures[name] = png
        while len(self.pictures) > PICTURES:
            del self.pictures[next(iter(self.pictures))]
        return f"/visits/{self.token}/pictures/{name}.png?{hashlib.sha256(png).hexdigest()[:12]}"

    def announce(self, text: str) -> None:
        """Have screen readers say it."""
        self.frame.status.set_text(text)

    @contextmanager
    def showing_errors(self) -> Iterator[None]:
        """Show an error, and what to do, on the page."""
        self.frame.show_error("")
        try:
            yield
        except ModisteError as error:
            self.frame.show_error(without_folders(str(error), self.service.shop.path))
        except Exception:
            _log.exception("the showroom can't show %s", self.state.link())
            self.frame.show_error("something went wrong on our side; load the page again, or go on elsewhere")

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show that something takes a while."""
        self.frame.work(text)
        try:
            yield
        finally:
            self.frame.work("")

    def run(self, script: str) -> None:
        """Run a script in the browser."""
        self.client.run_javascript(script)


def listen(html: ui.html, act: Callable[[Act], Any]) -> ui.html:
    """Call `act` for what is touched in a piece of HTML: buttons with `data-act`, choices, products dropped."""
    for event, script in (("click", "click"), ("change", "chosen"), ("drop", "drop")):
        html.on(event, lambda event: act(Act(*event.args)), js_handler=f"(e) => modiste.{script}(e, emit)")
    return html


def png(image: Image.Image) -> bytes:
    """An image as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
