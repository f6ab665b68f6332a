"""Garments of the try-on view: what can be worn together, what a shop has, and their HTML."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from modiste.catalog.categories import REGIONS, REPLACES, tryon_region
from modiste.catalog.records import Product
from modiste.errors import UsageError
from modiste.index import quote
from modiste.shop import Page, Shop
from modiste.shop.tryon import garments_of
from modiste.showroom.markup import button, empty, icon, made, notes, photo, price_of, title_of, upload

SHELVES = {
    "top": "Tops", "bottom": "Trousers and skirts", "dress": "Dresses", "outer": "Jackets and coats", "shoes": "Shoes",
    "bag": "Bags", "hat": "Hats", "legwear": "Tights and socks",
}  # fmt: skip
"""Region to the label of its shelf."""
KEPT = "A photo of yours stays on this page: it isn't kept, and isn't in the link."
MIRROR = Markup(
    '<figure class="compare" data-dressed="no"><img class="was" alt="" hidden draggable="false">'
    '<img class="is" alt="" hidden draggable="false"><span class="seam" aria-hidden="true">{}</span>'
    '<input type="range" min="0" max="100" value="0" aria-label="How much is shown of the photo before" disabled>'
    '</figure><dialog class="camera" aria-label="Take a photo"><video playsinline muted autoplay></video>'
    '<p>Stand back until you are seen from head to foot.</p><div class="row">'
    '<button type="button" class="button primary" data-snap>{}<span>Take the photo</span></button>'
    '<button type="button" class="button quiet" data-snap="later"><span>In 5 seconds</span></button>'
    '<button type="button" class="button quiet" data-leave><span>Close</span></button></div></dialog>'
).format(icon("swap"), icon("camera"))
"""The photo as it was, and over it what came of it, from where the slider stands; and the dialog of the camera. The
script fills and shows them."""

AT_ONCE = 18
"""Products that a shelf loads together."""
SUGGESTED, SUGGESTIONS = ("top", "dress", "outer", "bottom"), 3
"""Regions of the garments that are suggested for an empty board, and their number."""
LABELS = 40
"""Categories of a shop that count for a shelf: a filter may only be so long."""


@dataclass(frozen=True)
class Garment:
    """A product of the board, worn or not."""

    product: Product
    worn: bool = False
    why_not: str = ""
    """Reason why it can't be tried on; empty where it can."""


def region_of(product: Product) -> str | None:
    """Region of the body on which a product is worn."""
    return tryon_region(product.category or product.title)


def _clash(one: str | None, other: str | None) -> bool:
    """Return whether garments of two regions can't be worn together."""
    return one == other or one in REPLACES.get(other or "", ()) or other in REPLACES.get(one or "", ())


def garments(shop: Shop, products: Sequence[Product], off: Iterable[str], refused: dict[str, str]) -> list[Garment]:
    """The board's garments; of those that can't be worn together, the one that was added last is worn.

    Args:
        off: ids that are switched off.
        refused: id to why its photo can't be used.
    """
    left_off, taken, result = set(off), list[str | None](), list[Garment]()
    for product in reversed(products):
        region, reason = region_of(product), refused.get(product.id, "")
        if not reason:
            try:
                garments_of(shop.index, [product.id])
            except UsageError as error:
                reason = str(error).split(";")[0].replace(f'"{product.id}"', "This", 1)
        worn = not reason and product.id not in left_off and not any(_clash(region, other) for other in taken)
        if worn:
            taken.append(region)
        result.append(Garment(product, worn, reason))
    return result[::-1]


def switched(garments: Sequence[Garment], id: str, off: Iterable[str]) -> frozenset[str]:
    """Ids that are off once a garment's switch is touched; garments that clash with one that is put on go off."""
    (touched,) = (garment for garment in garments if garment.product.id == id)
    if touched.worn:
        return frozenset(off) | {id}
    region, others = region_of(touched.product), [garment.product for garment in garments if garment != touched]
    return (frozenset(off) | {other.id for other in others if _clash(region, region_of(other))}) - {id}


def shelves_of(shop: Shop) -> list[str]:
    """The regions for which a shop has something, in the order of the shelves."""
    regions = {tryon_region(label) for label in shop.facets()["category"]}
    return [region for region in SHELVES if region in regions]


def next_shelf(regions: Sequence[str], worn: Iterable[Garment]) -> str:
    """The first region where nothing is worn."""
    taken = [region_of(garment.product) for garment in worn if garment.worn]
    free = (region for region in regions if not any(_clash(region, other) for other in taken))
    return next(free, regions[0] if regions else "")


def on_shelf(shop: Shop, region: str, gender: str, k: int = AT_ONCE, cursor: str | None = None) -> Page:
    """Products of a region, for a gender if the shop has genders."""
    facets = shop.facets()
    labels = [label for label in facets["category"] if tryon_region(label) == region][:LABELS]
    where = f"category IN ({', '.join(map(quote, labels))})"
    k = min(k, len(shop))
    if gender in facets["gender"]:
        for_them = shop.browse(f"{where} AND gender IN ({quote(gender)}, 'Unisex')", k, cursor)
        if for_them.total:
            return for_them
    return shop.browse(where, k, cursor)


def suggested(shop: Shop, gender: str) -> list[Mapping[str, Any]]:
    """A few products to begin with, of different regions."""
    regions = shelves_of(shop)
    wanted = [region for region in SUGGESTED if region in regions] or regions
    pages = [on_shelf(shop, region, gender, 1) for region in wanted[:SUGGESTIONS]]
    return [page.hits[0].item for page in pages if page.hits]


def in_order(garments: Iterable[Garment]) -> tuple[str, ...]:
    """Ids of the garments that are worn, the lowest layer first."""
    worn = [garment.product for garment in garments if garment.worn]
    return tuple(product.id for product in sorted(worn, key=lambda product: REGIONS.index(region_of(product) or "hat")))


def caption(by: str, picture: str, remarks: Iterable[str], more: Markup) -> Markup:
    """Caption of a picture: the weights that made it, its address, what was assumed, and HTML of its refinement."""
    download = Markup('<a class="button small" href="{}" download="try-on.png">{}<span>Download</span></a>')
    template = '<div class="row">{}{}</div><div class="row">{}</div>{}'
    lines = notes(remark[:1].upper() + remark[1:] for remark in remarks)
    return Markup(template).format(made(by, part=True), download.format(picture, icon("download")), more, lines)


def progress(steps: int, of: int) -> Markup:
    """Progress of a refinement, and a button that stops it."""
    waiting = "Refining" if steps else "About to refine"
    template = '<label class="refining"><span>{}</span><progress max="{}" value="{}"></progress></label>{}'
    return Markup(template).format(waiting, of, steps, button("Stop", "stop", kind="small"))


def outcome(text: str, again: bool) -> Markup:
    """Outcome of a refinement."""
    return notes([text]) + (button("Refine", "refine", kind="small") if again else "")


def people(faces: Mapping[str, bytes], chosen: str, own: str) -> Markup:
    """Buttons for the drawn models, by name and picture, and for the visitor, by the address of a photo given.

    The visitor is chosen where no name is.
    """
    template = (
        '<button type="button" class="face" data-act="{}" data-id="{}" aria-pressed="{}"><img src="{}" alt="">'
        "<span>{}</span></button>"
    )
    buttons = Markup(template).format("own", "", str(not chosen).lower(), own, "You") if own else Markup("")
    for name, face in faces.items():
        address = f"data:image/webp;base64,{base64.b64encode(face).decode()}"
        buttons += Markup(template).format("person", name, str(name == chosen).lower(), address, name)
    return Markup('<div class="faces" role="group" aria-label="Who is dressed">{}</div>').format(buttons)


def own_photo(given: bool) -> Markup:
    """Buttons that take a photo of the visitor's own."""
    camera = Markup('<button type="button" class="button small" data-camera>{}<span>Camera</span></button>')
    return Markup('<div class="row own">{}{}{}</div>{}').format(
        upload("Another photo" if given else "Your own photo", "tryon", "upload", "small"),
        camera.format(icon("camera")),
        button("Forget my photo", "forget", kind="small quiet", sign="close") if given else "",
        notes([KEPT]),
    )


def wearing(garments: Sequence[Garment]) -> Markup:
    """The board, each product with a switch."""
    listed = Markup("").join(map(_garment, garments))
    return Markup('<h3>On the board</h3><ul class="garments">{}</ul>').format(listed) if garments else Markup("")


def invitation(who: str, items: Iterable[Mapping[str, object]]) -> Markup:
    """Invitation of an empty board: a few pieces to begin with."""
    pieces = Markup("").join(_piece(item, on=False) for item in items)
    head = empty(f"Dress {who or 'yourself'}", "Choose a piece: it is put on at once.")
    return Markup('{}<ul class="pieces first">{}</ul>').format(head, pieces)


def shelves(regions: Sequence[str], chosen: str) -> Markup:
    """The shelves that this shop has."""
    parts = [
        button(SHELVES[region], "shelf", region, kind="small", aria_pressed=region == chosen) for region in regions
    ]
    template = '<h3 class="unseen">Add from the shop</h3><div class="chips shelves">{}</div>'
    return Markup(template).format(Markup("").join(parts))


def shelf(products: Iterable[Mapping[str, object]], board: Iterable[str], more: bool) -> Markup:
    """Products that one click puts on."""
    held = set(board)
    parts = [_piece(item, str(item["id"]) in held) for item in products]
    if more:
        parts.append(Markup("<li>{}</li>").format(button("More", "more", kind="quiet")))
    return Markup('<ul class="pieces">{}</ul>').format(Markup("").join(parts))


def _garment(garment: Garment) -> Markup:
    product = garment.product
    title = title_of(vars(product))
    if garment.why_not:
        switch, under = Markup(""), garment.why_not
    else:
        template = (
            '<label class="switch"><span class="unseen">Wear {}</span>'
            '<input type="checkbox" role="switch" data-act="wear" data-id="{}"{}></label>'
        )
        switch = Markup(template).format(title, product.id, Markup(" checked") if garment.worn else "")
        under = price_of(vars(product))
    off = button("", "off", product.id, kind="round quiet", sign="close", says=f"Take {title} off the board")
    template = (
        '<li class="{kind}">'
        '<button type="button" class="shot" data-act="open" data-id="{id}" aria-label="Open {title}">{photo}</button>'
        '<div><p>{title}</p><p class="note">{under}</p></div>{switch}{off}</li>'
    )
    return Markup(template).format(
        kind="" if garment.worn else "off", id=product.id, title=title, photo=photo(product.id, title), under=under,
        switch=switch, off=off,
    )  # fmt: skip


def _piece(item: Mapping[str, object], on: bool) -> Markup:
    title = title_of(item)
    template = (
        '<li><button type="button" class="piece" data-act="piece" data-id="{id}" aria-pressed="{on}" title="{title}">'
        '{photo}<span class="unseen">{does}</span>{sign}</button></li>'
    )
    return Markup(template).format(
        id=item["id"], on=str(on).lower(), title=title, photo=photo(str(item["id"]), title),
        does="Take off" if on else "Try on", sign=icon("check" if on else "add"),
    )  # fmt: skip
