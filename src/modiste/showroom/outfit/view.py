"""Outfit view: what is worn together, what goes with it, and what could take an item's place."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from nicegui import ui

from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index import quote
from modiste.server.service import Service
from modiste.shop import Completion, Hit, Shop
from modiste.shop.complete import UNISEX
from modiste.showroom.markup import title_of
from modiste.showroom.outfit import layout
from modiste.showroom.session import Act, Session, View

ALL = "all"
"""What is wanted: whatever the outfit lacks."""
SWAP = "swap:"
"""What is wanted, before an item's id: something in its place."""
AT_ONCE, LOOKS, BESIDE = 6, 3, 12
"""Products of a category and whole outfits that are suggested, and products beside the board."""

Start = tuple[Product, ...]

FIRST = ("all-body", "tops", "outerwear", "bottoms")
"""Categories of which outfits are begun, where a shop has them."""
STARTS = 3
"""Outfits to begin with."""
ALONE: Mapping[str, frozenset[str]] = {
    "all-body": frozenset({"tops", "bottoms"}),
    "tops": frozenset({"all-body"}),
    "bottoms": frozenset({"all-body"}),
}
"""Categories that aren't worn with others, as a dress takes the place of a shirt and trousers."""

_MADE: WeakKeyDictionary[Service, tuple[Hashable, tuple[Start, ...]]] = WeakKeyDictionary()
"""Service to the version of its shop, and the outfits to begin with."""


@dataclass(frozen=True)
class _Query:
    """Items, and the category of products that should go with them."""

    items: tuple[str, ...]
    want: str
    """A category, or `all`."""
    swap: str = ""
    """The label of the item of which the place is taken; the item itself changes as others are tried."""
    alone: str = ""
    """That item's id, where it is all of the outfit."""


class OutfitView(View):
    """View of the outfit board."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._answered: _Query | None = None
        self._stocked: tuple[int, str] | None = None
        self._draw = 0
        """Seed of the products beside the board."""
        with ui.element("div").classes("table"):
            self.board = self.html("lay").props('data-drop="outfit"')
            with ui.element("div").classes("beside"):
                self.questions = self.html("questions")
                self.answers = self.html("suited")
                self.stock = self.html("stock")

    async def show(self) -> None:
        """Lay the items out, offer queries, and answer the one that is chosen."""
        state, products = self.session.state, self._products()
        self.board.set_content(layout.lay(products, state, tryon="tryon" in self.session.views))
        self.session.run(f"modiste.mark({json.dumps(state.board)})")
        query = self._query(products)
        if query != self._answered:
            self.answers.set_content("")
        with self.session.showing_errors():
            if products:
                missing = await self.session.call(_missing_categories, self.session.service.shop, products)
                offered = layout.questions(missing, self.session.state.want)
            else:
                offered = layout.beginnings(await self.session.call(_outfit_starts, self.session.service))
            if products == self._products():
                self.questions.set_content(offered)
            await self._stock(products)
            await self._reply(query, products)

    async def act(self, act: Act) -> None:
        match act.name:
            case "board":
                await self._toggle(act.id)
            case "drop":
                await self._add([act.id])
            case "take":
                await self._add(_ids(act.value))
            case "want" | "swap":
                wanted = f"{SWAP}{act.id}" if act.name == "swap" else act.id
                await self.session.change(want="" if wanted == self.session.state.want else wanted)
            case "done":
                await self.session.change(want="")
            case _:
                await self._act_on_board(act)

    async def _act_on_board(self, act: Act) -> None:
        """Answer to a button for the board as a whole."""
        match act.name:
            case "tryon" if "tryon" in self.session.views:
                await self.session.change(room="tryon", open="")
            case "browse":
                await self.session.change(room="wall", open="")
            case "clear":
                await self.session.change(board=(), want="")
                self.session.announce("The outfit board is empty")
            case "others":
                self._draw += 1
                with self.session.showing_errors():
                    await self._stock(self._products())
            case "download" if products := self._products():
                with self.session.showing_errors(), self.session.working("Drawing the picture…"):
                    address = self.session.publish("outfit", await self.session.call(layout.picture, products))
                    self.session.run(f"modiste.save({json.dumps(address)}, 'outfit.png')")
            case _:
                await super().act(act)

    async def take(self, photo: bytes) -> None:
        """Refuse a photo; the board is for the shop's products."""
        raise UsageError("the outfit board takes products of this shop; start from a photo of your own in Refine")

    async def _toggle(self, id: str) -> None:
        """Put a product on the board, in the place of the one that is swapped if it is of its kind; or take it off."""
        board, want = self.session.state.board, self.session.state.want
        swapped = want.removeprefix(SWAP) if want.startswith(SWAP) else ""
        category_of = self.session.service.shop.completer.category_of
        if id in board:
            await self._lay(tuple(other for other in board if other != id), "" if swapped == id else want)
        elif (
            swapped in board
            and (old := self.session.product(swapped))
            and (new := self.session.product(id))
            and category_of(new.category) == category_of(old.category)
        ):
            await self._lay(tuple(id if other == swapped else other for other in board), f"{SWAP}{id}")
        else:
            await self._add([id])

    async def _add(self, ids: list[str]) -> None:
        """Put products of this shop on the board, besides what is there."""
        board = self.session.state.board
        fresh = [id for id in dict.fromkeys(ids) if id not in board and self.session.product(id) is not None]
        if fresh:
            await self._lay((*board, *fresh), "")

    async def _lay(self, board: tuple[str, ...], want: str) -> None:
        await self.session.change(board=board, want=want)
        self.session.run("modiste.board()")
        self.session.announce(f"On the outfit board: {layout.count_of(board)}")

    async def _stock(self, products: list[Product]) -> None:
        """Show products beside the board, for those who wear the items."""
        shop = self.session.service.shop
        request = self._draw, await self.session.call(_gender_filter, shop, products)
        if request != self._stocked:
            items = await self.session.call(_random_products, shop, request[0], BESIDE, request[1])
            if request[0] == self._draw:
                self._stocked = request
                self.stock.set_content(layout.stock(items, self.session.state.board))

    async def _reply(self, query: _Query | None, products: list[Product]) -> None:
        """Query the shop, and show its answer if the query is still the same."""
        if query == self._answered:
            return
        self._answered = None
        if query is None:
            return
        with self.session.working("Finding what goes with it…"):
            answer = await self.session.call(_answer_query, self.session.service.shop, query)
        if query == self._query(self._products()):
            self._answered = query
            if query.swap:
                heading = f"Instead of the {query.swap}"
            else:
                category = layout.CALLED.get(query.want, query.want)
                heading = "The whole outfit" if query.want == ALL else category.capitalize()
            names, board = layout.item_names(products), self.session.state.board
            self.answers.set_content(layout.suggestions(answer, heading, names, board, swap=bool(query.swap)))
            self.session.announce("Suggestions are there")

    def _query(self, products: list[Product]) -> _Query | None:
        """The query that the state holds for these items."""
        want, ids = self.session.state.want, tuple(product.id for product in products)
        if not want or not ids:
            return None
        if not want.startswith(SWAP):
            return _Query(ids, want)
        swapped = next((product for product in products if product.id == want.removeprefix(SWAP)), None)
        if swapped is None:
            return None
        others = tuple(id for id in ids if id != swapped.id)
        category = self.session.service.shop.completer.category_of(swapped.category) or ""
        label = swapped.category.lower() or title_of(vars(swapped))
        return _Query(others, category, label, "" if others and category else swapped.id)

    def _products(self) -> list[Product]:
        """Products on the board; a link may name some that the shop no longer has."""
        return [product for id in self.session.state.board if (product := self.session.product(id))]


def _answer_query(shop: Shop, query: _Query) -> Completion | list[Hit]:
    """Products that go with the items; for an item that is alone, the products that are like it."""
    k = min(AT_ONCE, len(shop))
    if query.alone:
        item = shop.index.product(query.alone)
        where = f"category = {quote(item.category)}" if item and item.category else None
        return list(shop.search(id=query.alone, where=where, k=k).hits)
    if query.want == ALL:
        return _complete_outfits(shop, query.items, LOOKS)
    return shop.complete(query.items, query.want, k=k)


def _ids(value: str) -> list[str]:
    """Ids that a button carries; none where something else was sent."""
    with suppress(ValueError):
        ids = json.loads(value)
        return [id for id in ids if isinstance(id, str)] if isinstance(ids, list) else []
    return []


def _labels_by_category(shop: Shop) -> dict[str, list[str]]:
    """Categories of outfits that a shop has, and its own labels of each, the most frequent first."""
    labels: dict[str, list[str]] = {}
    for label in shop.facets()["category"]:
        category = shop.completer.category_of(label)
        if category:
            labels.setdefault(category, []).append(label)
    return labels


def _worn_together(own: Iterable[str], others: Iterable[str]) -> list[str]:
    """The other categories that are worn with one's own and with each other, the first before the later."""
    worn, fitting = set(own), list[str]()
    for category in others:
        if category not in worn and worn.isdisjoint(ALONE.get(category, frozenset())):
            fitting.append(category)
            worn.add(category)
    return fitting


def _missing_categories(shop: Shop, products: Sequence[Product]) -> list[str]:
    """Categories that the shop has and an outfit lacks, the likeliest first."""
    has = _labels_by_category(shop)
    own = {category for product in products if (category := shop.completer.category_of(product.category))}
    order = [name for name, _ in shop.completer.missing(sorted(own))] if own else list(has)
    return [name for name in order if name in has and _worn_together(own, [name])]


def _gender_filter(shop: Shop, products: Sequence[Product]) -> str:
    """Filter for products of the items' gender, in SQL; empty where the items are for all, or for several."""
    genders = {product.gender.lower() for product in products} - {"", UNISEX}
    if len(genders) != 1:
        return ""
    named = [name for name in shop.facets()["gender"] if name.lower() in (*genders, UNISEX)]
    return f"gender IN ({', '.join(map(quote, [*named, '']))})"


def _random_products(shop: Shop, seed: int, count: int, where: str = "") -> list[Mapping[str, Any]]:
    """Random products, of all categories in turn, the same for a seed."""
    rng, has = Random(seed), _labels_by_category(shop)
    share = -(-count // max(1, len(has)))
    piles = [_some(shop, labels, share, rng, where) for labels in has.values()]
    turns = [pile[turn] for turn in range(share) for pile in piles if turn < len(pile)]
    return turns[:count] if has else list(shop.index.browse(where, count, 0).items)


def _outfit_starts(service: Service) -> tuple[Start, ...]:
    """Outfits to begin with, made once for each version of the shop."""
    shop = service.shop
    version = shop.index.version()
    if service not in _MADE or _MADE[service][0] != version:
        _MADE[service] = version, _make_starts(shop)
    return _MADE[service][1]


def _make_starts(shop: Shop) -> tuple[Start, ...]:
    """Random products, each of which the network completes; fewer where the shop hasn't enough."""
    rng, has, outfits = Random(0), _labels_by_category(shop), list[Start]()
    first = [category for category in FIRST if category in has] or list(has)
    for turn in range(2 * STARTS if first else 0):
        ids = [str(item["id"]) for item in _some(shop, has[first[turn % len(first)]], 1, rng)]
        with suppress(UsageError):  # a product of which the photo is gone
            completion = _complete_outfits(shop, ids, 1) if ids else None
            if completion is not None and (completion.looks or completion.hits):
                hits = completion.looks[0].hits if completion.looks else completion.hits[:1]
                ids += [hit.id for hit in hits]
                outfits.append(tuple(product for id in ids if (product := shop.index.product(id))))
    return tuple(outfits[:STARTS])


def _complete_outfits(shop: Shop, items: Sequence[str], looks: int) -> Completion:
    """Whole outfits with these items: of each category that is missing, one product."""
    missing = shop.complete(items, k=1)
    named = [group.category for group in missing.groups]
    wanted = _worn_together([item.category for item in missing.items], named) or named
    return shop.complete(items, wanted, k=min(looks, len(shop))) if wanted else missing


def _some(shop: Shop, labels: Sequence[str], count: int, rng: Random, where: str = "") -> list[Mapping[str, Any]]:
    """Random products of some labels that are in stock."""
    only = " AND ".join(filter(None, (f"category IN ({', '.join(map(quote, labels))})", "in_stock", where)))
    total = shop.index.browse(only, 1, 0).total
    indices = rng.sample(range(total), min(count, total))
    return [item for index in indices for item in shop.index.browse(only, 1, index).items]
