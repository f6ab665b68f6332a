"""`modiste demo`: a shop is drawn, indexed, searched, refined and completed, in a minute and with no download."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.catalog.categories import outfit_category
from modiste.cli import output
from modiste.cli.hits import Answer, caption, plain, save_sheet, show
from modiste.cli.options import Json
from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.catalog.records import Catalog, Product
    from modiste.shop import Hit, Shop

HITS = 6


@dataclass(frozen=True)
class Search:
    """One of the demonstration's searches; a photo and a text together are for `Shop.refine`, `want` for `complete`."""

    text: str | None = None
    image: Path | None = None
    id: str | None = None
    where: str | None = None
    want: str | None = None


def demo(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Your own catalogue instead of the drawn boutique.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the shop and the sheet go.")] = Path("demo"),
    products: Annotated[int, typer.Option("--products", metavar="N", help="How many to draw.", min=20)] = 600,
    as_json: Json = False,
) -> None:
    """A shop, drawn and searched.

    Four searches, by words, with a filter, by a photo and by a product, a photo refined by words, and an outfit
    completed.
    """
    from modiste import datasets

    catalogue = datasets.read(data or _drawn(out / "catalogue", products))
    if not catalogue.products:
        raise UsageError(f"{data} holds no product that can be used; see: modiste data inspect {data}")
    wanted = searches(catalogue)
    shop = _opened(out / "shop", catalogue, "encoder-photos" if data else "encoder-boutique", wanted)
    photos = {product.id: product.images[0] for product in catalogue.products}
    answers = [
        Answer(_said(search), search.image or photos.get(search.id or ""), _answer(shop, search, as_json))
        for search in wanted
    ]
    sheet = out / "searches.png"
    save_sheet(sheet, answers)
    if as_json:
        found = [{"search": said, "hits": [plain(hit) for hit in hits]} for said, _, hits in answers]
        output.emit({"shop": str(out / "shop"), "sheet": str(sheet), "searches": found})
    else:
        output.say(f"The photos found are on [bold]{sheet}[/]. Go on with your own words:")
        output.say(f'  modiste search --shop {out / "shop"} --text "something for summer"')
        output.say(f'  modiste refine --shop {out / "shop"} --id {answers[0].hits[0].id} --text "in navy"')
        for search in wanted:
            if search.want:
                output.say(f"  modiste complete --shop {out / 'shop'} --items {search.id}")


def searches(catalogue: Catalog) -> list[Search]:
    """Searches that this catalogue can answer, one of each sort: five, and an outfit to complete if it has any."""
    shown = _of_each_kind(catalogue, 5)
    words, cheap, photo, like, changed = (shown * 5)[:5]
    prices = [product.price for product in catalogue.products if product.price is not None]
    where = f"price < {median(prices):.0f}" if prices else f"id != '{cheap.id}'"
    return [
        Search(text=_words(words)),
        Search(text=_words(cheap), where=where),
        Search(image=photo.images[0]),
        Search(id=like.id),
        Search(image=changed.images[0], text=f"in {_another_colour(catalogue, changed)}"),
        *_incomplete(catalogue, shown),
    ]


def _drawn(folder: Path, products: int) -> Path:
    """The boutique, drawn unless it was before."""
    from modiste.boutique import make

    if not (folder / "boutique.json").exists():
        with output.progress("drawing the boutique") as progress:
            make(folder, products=products, progress=progress)
    return folder


def _opened(folder: Path, catalogue: Catalog, encoder: str, wanted: Sequence[Search]) -> Shop:
    from modiste.shop import open_shop

    start = time.perf_counter()
    with output.progress(f"indexing {catalogue.name}") as progress:
        shop = open_shop(folder, encoder=encoder, create=True)
        shop.add(catalogue, prune=True, progress=progress)
    # loads what words, refining and completing need, so that searches are timed and not that
    shop.encoder.encode_texts(["dress"])
    shop.refine("in black", id=shop.index.ids()[0], k=1)
    for search in wanted:
        if search.id and search.want:
            shop.complete(search.id, search.want, k=1)
    output.note(f"{len(shop):,} products indexed in {time.perf_counter() - start:.1f} s")
    return shop


def _answer(shop: Shop, search: Search, quiet: bool) -> Sequence[Hit]:
    start = time.perf_counter()
    hits, total = _found(shop, search)
    if not quiet:
        milliseconds = (time.perf_counter() - start) * 1000
        output.say(f"[bold]{output.escape(_said(search))}[/]  [dim]{total:,} products, {milliseconds:.0f} ms[/]")
        show(hits)
        output.say()
    return hits


def _found(shop: Shop, search: Search) -> tuple[Sequence[Hit], int]:
    """The products found, and how many there are."""
    if search.id and search.want:
        (group,) = shop.complete(search.id, search.want, k=HITS).groups
        return group.hits, group.total
    if search.text and search.image:
        page = shop.refine(search.text, search.image, k=HITS)
    else:
        page = shop.search(text=search.text, image=search.image, id=search.id, where=search.where, k=HITS)
    return page.hits, page.total


def _said(search: Search) -> str:
    if search.want:
        return f"{search.want} to go with {search.id}"
    return caption(text=search.text, image=search.image, id=search.id, where=search.where)


def _of_each_kind(catalogue: Catalog, count: int) -> list[Product]:
    """A product of each of the most frequent categories, from the middle of its category."""
    frequent = Counter(product.category for product in catalogue.products).most_common(count)
    kinds = [[product for product in catalogue.products if product.category == kind] for kind, _ in frequent]
    return [products[len(products) // 2] for products in kinds]


def _incomplete(catalogue: Catalog, shown: Sequence[Product]) -> list[Search]:
    """One of some products, and a category that goes with it: shoes, if the catalogue has any."""
    there = Counter(outfit_category(product.category) for product in catalogue.products)
    wanted = ["shoes", *(category for category, _ in there.most_common() if category)]
    for product in shown:
        own = outfit_category(product.category)
        others = [category for category in wanted if category != own and there[category]]
        if own and others:
            return [Search(id=product.id, want=others[0])]
    return []


def _words(product: Product) -> str:
    """What a customer would type for it."""
    return f"{product.colour} {product.category}".strip().lower() or product.title


def _another_colour(catalogue: Catalog, product: Product) -> str:
    """The colour most frequent among products of its category, its own apart."""
    colours = Counter(
        other.colour
        for other in catalogue.products
        if other.category == product.category and other.colour not in ("", product.colour)
    )
    return colours.most_common(1)[0][0] if colours else "black"
