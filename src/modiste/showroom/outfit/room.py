"""The outfit board: what is worn together, laid flat; what goes with it, and what could take an item's place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nicegui import ui

from modiste.errors import UsageError
from modiste.index.filters import quote
from modiste.shop import Completion, Hit, Shop
from modiste.showroom.markup import title_of
from modiste.showroom.outfit import html
from modiste.showroom.outfit.card import picture
from modiste.showroom.outfit.starts import drawn, lacking, starts, wearers, whole
from modiste.showroom.visit import Act, Visit, heard

if TYPE_CHECKING:
    from modiste.catalog.records import Product

ALL = "all"
"""What is wanted: whatever the outfit lacks."""
SWAP = "swap:"
"""What is wanted, before an item's id: something in its place."""
AT_ONCE, LOOKS, BESIDE = 6, 3, 12
"""Products of a category and whole outfits that are suggested, and products beside the board."""


@dataclass(frozen=True)
class Question:
    """What goes with some items?"""

    items: tuple[str, ...]
    want: str
    """A category, or `all`."""
    swap: str = ""
    """The label of the item of which the place is taken; the item itself changes as others are tried."""
    alone: str = ""
    """That item's id, where it is all of the outfit."""


class Outfit:
    """The room of the outfit board."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self._asked: Question | None = None
        self._stocked: tuple[int, str] | None = None
        self._draw = 0
        """Seed of the products beside the board."""

    def build(self) -> None:
        """The board; beside it what goes with it, and products to begin with."""
        with ui.element("div").classes("table"):
            self.board = heard(ui.html("", sanitize=False).classes("lay").props('data-drop="outfit"'), self.act)
            with ui.element("div").classes("beside"):
                self.questions = heard(ui.html("", sanitize=False).classes("questions"), self.act)
                self.answers = heard(ui.html("", sanitize=False).classes("suited"), self.act)
                self.stock = heard(ui.html("", sanitize=False).classes("stock"), self.act)

    async def show(self) -> None:
        """Lay the items out, offer what can be asked, and answer what is."""
        state, products = self.visit.state, self._products()
        self.board.set_content(html.lay(products, state, tryon="tryon" in self.visit.rooms))
        self.visit.run(f"modiste.mark({json.dumps(state.board)})")
        question = self._question(products)
        if question != self._asked:
            self.answers.set_content("")
        with self.visit.explaining():
            await self._offer(products)
            await self._stock(products)
            await self._reply(question, products)

    async def act(self, act: Act) -> None:
        """Something on the board, a question, an answer, or a product beside it."""
        match act.name:
            case "open":
                await self.visit.change(open=act.id)
            case "board":
                await self._toggle(act.id)
            case "drop":
                await self._add([act.id])
            case "take":
                await self._add(_ids(act.value))
            case "want":
                await self.visit.change(want="" if act.id == self.visit.state.want else act.id)
            case "swap":
                wanted = f"{SWAP}{act.id}"
                await self.visit.change(want="" if wanted == self.visit.state.want else wanted)
            case "done":
                await self.visit.change(want="")
            case _:
                await self._do(act.name)

    async def _do(self, name: str) -> None:
        """What is done with the board as a whole."""
        match name:
            case "tryon" if "tryon" in self.visit.rooms:
                await self.visit.change(room="tryon", open="")
            case "browse":
                await self.visit.change(room="wall", open="")
            case "clear":
                await self.visit.change(board=(), want="")
                self.visit.say("The outfit board is empty")
            case "others":
                self._draw += 1
                with self.visit.explaining():
                    await self._stock(self._products())
            case "download":
                await self._download()

    async def take(self, photo: bytes) -> None:
        """A photo was dropped on the board, which is for the shop's products."""
        raise UsageError("the outfit board takes products of this shop; start from a photo of your own in Refine")

    async def _toggle(self, id: str) -> None:
        """Put a product on the board, in the place of the one that is swapped if it is of its kind; or take it off."""
        board, want = self.visit.state.board, self.visit.state.want
        swapped = want.removeprefix(SWAP) if want.startswith(SWAP) else ""
        if id in board:
            left = tuple(one for one in board if one != id)
            await self._lay(left, "" if swapped == id else want)
        elif swapped in board and self._alike(id, swapped):
            await self._lay(tuple(id if one == swapped else one for one in board), f"{SWAP}{id}")
        else:
            await self._add([id])

    async def _add(self, ids: list[str]) -> None:
        """Put products of this shop on the board, besides what is there."""
        board = self.visit.state.board
        fresh = [id for id in dict.fromkeys(ids) if id not in board and self.visit.product(id) is not None]
        if fresh:
            await self._lay((*board, *fresh), "")

    async def _lay(self, board: tuple[str, ...], want: str) -> None:
        await self.visit.change(board=board, want=want)
        self.visit.run("modiste.board()")
        self.visit.say(f"On the outfit board: {html.count_of(board)}")

    def _alike(self, id: str, other: str) -> bool:
        """Whether two products are of one category of outfits."""
        one, two = self.visit.product(id), self.visit.product(other)
        category_of = self.visit.service.shop.completer.category_of
        return one is not None and two is not None and category_of(one.category) == category_of(two.category)

    async def _offer(self, products: list[Product]) -> None:
        """What can be asked; with nothing on the board, outfits to begin with."""
        if products:
            categories = await self.visit.call(lacking, self.visit.service.shop, products)
            shown = html.questions(categories, self.visit.state.want)
        else:
            shown = html.beginnings(await self.visit.call(starts, self.visit.service))
        if products == self._products():
            self.questions.set_content(shown)

    async def _stock(self, products: list[Product]) -> None:
        """Products beside the board, for those who wear what lies on it."""
        shop = self.visit.service.shop
        asked = self._draw, await self.visit.call(wearers, shop, products)
        if asked != self._stocked:
            items = await self.visit.call(drawn, shop, asked[0], BESIDE, asked[1])
            if asked[0] == self._draw:
                self._stocked = asked
                self.stock.set_content(html.stock(items, self.visit.state.board))

    async def _reply(self, question: Question | None, products: list[Product]) -> None:
        """Ask the shop, and show what it says if that is still what is asked."""
        if question == self._asked:
            return
        self._asked = None
        if question is None:
            return
        with self.visit.working("Finding what goes with it…"):
            answer = await self.visit.call(ask, self.visit.service.shop, question)
        if question == self._question(self._products()):
            self._asked = question
            self.answers.set_content(self._told(question, answer, products))
            self.visit.say("Suggestions are there")

    def _told(self, question: Question, answer: Completion | list[Hit], products: list[Product]) -> str:
        board, heading = self.visit.state.board, f"Instead of the {question.swap}"
        if not isinstance(answer, Completion):
            return html.alike(answer, heading, board)
        if not question.swap:
            heading = "The whole outfit" if question.want == ALL else html.called(question.want).capitalize()
        return html.found(answer, heading, html.names_of(products), board, swap=bool(question.swap))

    def _question(self, products: list[Product]) -> Question | None:
        """What the state asks of these items."""
        want, ids = self.visit.state.want, tuple(one.id for one in products)
        if not want or not ids:
            return None
        if not want.startswith(SWAP):
            return Question(ids, want)
        swapped = next((one for one in products if one.id == want.removeprefix(SWAP)), None)
        if swapped is None:
            return None
        others = tuple(id for id in ids if id != swapped.id)
        category = self.visit.service.shop.completer.category_of(swapped.category) or ""
        label = swapped.category.lower() or title_of(vars(swapped))
        return Question(others, category, label, "" if others and category else swapped.id)

    def _products(self) -> list[Product]:
        """What lies on the board; a link may name what the shop no longer has."""
        return [product for id in self.visit.state.board if (product := self.visit.product(id))]

    async def _download(self) -> None:
        products = self._products()
        if products:
            with self.visit.explaining(), self.visit.working("Drawing the picture…"):
                address = self.visit.publish("outfit", await self.visit.call(picture, products))
                self.visit.run(f"modiste.save({json.dumps(address)}, 'outfit.png')")


def ask(shop: Shop, question: Question) -> Completion | list[Hit]:
    """What goes with the items; of an item that is alone, the products that are like it."""
    k = min(AT_ONCE, len(shop))
    if question.alone:
        label = shop.index.product(question.alone)
        where = f"category = {quote(label.category)}" if label and label.category else None
        return list(shop.search(id=question.alone, where=where, k=k).hits)
    if question.want == ALL:
        return whole(shop, question.items, LOOKS)
    return shop.complete(question.items, question.want, k=k)


def _ids(value: str) -> list[str]:
    """Ids that a button carries; whoever sends something else puts nothing on the board."""
    try:
        ids = json.loads(value)
    except ValueError:
        return []
    return [id for id in ids if isinstance(id, str)] if isinstance(ids, list) else []
