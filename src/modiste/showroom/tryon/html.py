"""The try-on room in HTML."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from modiste.showroom.markup import button, empty, icon, made, photo, price_of, title_of

if TYPE_CHECKING:
    from modiste.catalog.records import Product

SHELVES = {
    "top": "Tops", "bottom": "Trousers and skirts", "dress": "Dresses", "outer": "Jackets and coats", "shoes": "Shoes",
    "bag": "Bags", "hat": "Hats", "legwear": "Tights and socks",
}  # fmt: skip
"""Region to what is read on its shelf."""
KEPT = "A photo of yours stays on this page: it isn't kept, and isn't in the link."


@dataclass(frozen=True)
class Garment:
    """A product of the board."""

    product: Product
    worn: bool = False
    why_not: str = ""
    """Why it can't be tried on."""


def stage() -> Markup:
    """The picture: the photo as it was, and over it what came of it, from where the slider stands; filled by script."""
    return Markup(
        '<figure class="compare" data-dressed="no"><img class="was" alt="" hidden draggable="false">'
        '<img class="is" alt="" hidden draggable="false"><span class="seam" aria-hidden="true">{}</span>'
        '<input type="range" min="0" max="100" value="0" aria-label="How much is shown of the photo before" disabled>'
        "</figure>"
    ).format(icon("swap"))


def told(by: str, picture: str, notes: Iterable[str], more: Markup) -> Markup:
    """What is under a picture that is there: that a network made it, its file, and how refining it goes.

    Args:
        by: the weights.
        picture: its address.
        notes: what was assumed.
    """
    download = Markup('<a class="button small" href="{}" download="try-on.png">{}<span>Download</span></a>')
    said = Markup("").join(Markup('<p class="note">{}</p>').format(note[:1].upper() + note[1:]) for note in notes)
    template = '<div class="row">{made}{download}</div><div class="row">{more}</div>{said}'
    return Markup(template).format(
        made=made(by, part=True), download=download.format(picture, icon("download")), more=more, said=said
    )


def refining(steps: int, of: int) -> Markup:
    """How far refinement is, and how to stop it."""
    waiting = "Refining" if steps else "About to refine"
    template = '<label class="refining"><span>{}</span><progress max="{}" value="{}"></progress></label>{}'
    return Markup(template).format(waiting, of, steps, button("Stop", "stop", kind="small"))


def refined(text: str, again: bool) -> Markup:
    """How refinement ended."""
    more = button("Refine", "refine", kind="small") if again else ""
    return Markup('<p class="note">{}</p>{}').format(text, more)


def people(faces: Mapping[str, bytes | None], chosen: str, own: str) -> Markup:
    """Who can be dressed.

    Args:
        faces: name to picture of the drawn models; nothing where it isn't drawn yet.
        chosen: the model, or nothing where it is the visitor.
        own: address of the visitor's own photo, if there is one.
    """
    parts = [_face(name, face, name == chosen) for name, face in faces.items()]
    if own:
        template = (
            '<button type="button" class="face" data-act="own" aria-pressed="{}"><img src="{}" alt="">'
            "<span>You</span></button>"
        )
        parts.insert(0, Markup(template).format("false" if chosen else "true", own))
    return Markup('<div class="faces" role="group" aria-label="Who is dressed">{}</div>').format(Markup("").join(parts))


def own_photo(given: bool) -> Markup:
    """The ways in for a photo of the visitor's own."""
    upload = (
        '<label class="button small">{}<span>{}</span>'
        '<input type="file" class="unseen" accept="image/*" data-room="tryon"></label>'
    )
    camera = '<button type="button" class="button small" data-camera>{}<span>Camera</span></button>'
    return Markup('<div class="row own">{}{}{}</div><p class="note">{}</p>').format(
        Markup(upload).format(icon("upload"), "Another photo" if given else "Your own photo"),
        Markup(camera).format(icon("camera")),
        button("Forget my photo", "forget", kind="small quiet", sign="close") if given else "",
        KEPT,
    )


def camera() -> Markup:
    """Where the visitor takes a photo; the script shows it."""
    template = (
        '<dialog class="camera" aria-label="Take a photo"><video playsinline muted autoplay></video>'
        '<p>Stand back until you are seen from head to foot.</p><div class="row">'
        '<button type="button" class="button primary" data-snap>{}<span>Take the photo</span></button>'
        '<button type="button" class="button quiet" data-snap="later"><span>In 5 seconds</span></button>'
        '<button type="button" class="button quiet" data-leave><span>Close</span></button></div></dialog>'
    )
    return Markup(template).format(icon("camera"))


def wearing(garments: Sequence[Garment]) -> Markup:
    """The board, each product with a switch."""
    listed = Markup("").join(map(_garment, garments))
    return Markup('<h3>On the board</h3><ul class="garments">{}</ul>').format(listed) if garments else Markup("")


def invitation(who: str, items: Iterable[Mapping[str, object]]) -> Markup:
    """What is seen while nothing is on the board: a few pieces to begin with."""
    pieces = Markup("").join(_piece(item, on=False) for item in items)
    head = empty(f"Dress {who or 'yourself'}", "Choose a piece: it is put on at once.")
    return Markup('{}<ul class="pieces first">{}</ul>').format(head, pieces)


def shelves(regions: Sequence[str], chosen: str) -> Markup:
    """The shelves that this shop has."""
    parts = [
        button(SHELVES[region], "shelf", region, kind="small", aria_pressed=str(region == chosen).lower())
        for region in regions
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


def _face(name: str, face: bytes | None, chosen: bool) -> Markup:
    source = f"data:image/webp;base64,{base64.b64encode(face).decode()}" if face else ""
    picture = Markup('<img src="{}" alt="">').format(source) if face else Markup('<span class="blank"></span>')
    template = (
        '<button type="button" class="face" data-act="person" data-id="{0}" aria-pressed="{1}">{2}'
        "<span>{0}</span></button>"
    )
    return Markup(template).format(name, str(chosen).lower(), picture)


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
        '<button type="button" class="shot" data-act="open" data-id="{id}" aria-label="Open {title}">'
        "{photo}</button>"
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
