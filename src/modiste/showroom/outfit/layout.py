"""An outfit laid flat: on the page, and as a picture to take away."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont

from modiste.catalog.categories import tryon_region
from modiste.catalog.records import Product
from modiste.images import ImageError, load_image
from modiste.shop import Completion, Hit, Look, Match
from modiste.showroom.markup import button, card, cards, empty, notes, photo, price_of, title_of
from modiste.showroom.session import State, png

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

CALLED = {"all-body": "dresses"}
"""Categories that customers know by another name."""
ASIDE = "; a filter on gender changes that"
"""End of a note, for those who can set filters."""


def count_of(items: Sequence[Any]) -> str:
    """Number of items, in words."""
    return f"{len(items)} item{'' if len(items) == 1 else 's'}"


def lay(products: Sequence[Product], state: State, *, tryon: bool) -> str:
    """The items laid flat where they are worn, their price, and buttons for all of them.

    The state's board may name products that the shop doesn't have.
    """
    gone = len(state.board) - len(products)
    note = notes([f"{gone} of this outfit {'is' if gone == 1 else 'are'} no longer in the shop."] if gone else ())
    if not products:
        invitation = empty("Your outfit goes here", "Press + on a product, or drag it here.")
        return Markup('<h2 class="unseen">Outfit board</h2><div class="flat bare">{}</div>{}').format(invitation, note)
    columns = Markup("").join(_column(column, at, state) for at, column in enumerate(_columns(products)) if column)
    total = ", ".join(filter(None, (count_of(products), _total_of(list(map(vars, products))))))
    buttons = [button("Try it on", "tryon", kind="primary", sign="tryon")] if tryon else []
    buttons += [
        button("Copy link", "share", sign="share", data_value=State(room="outfit", board=state.board).link()),
        button("Download", "download", sign="download"),
        button("Start over", "clear", kind="quiet"),
    ]
    template = (
        '<div class="heading"><h2>Your outfit</h2><p class="sum">{}</p></div><div class="flat">{}</div>{}'
        '<div class="row">{}</div><div class="copied" role="status"></div>'
    )
    return Markup(template).format(total, columns, note, Markup("").join(buttons))


def _column(products: Sequence[Product], at: int, state: State) -> Markup:
    """Items below each other; in pairs where they are many."""
    middle, rows = at == 1, len(products)
    many = rows > (2 if middle else 3)
    kind = f"column {'middle' if middle else 'side'}{' many' if many else ''}"
    shown = Markup("").join(_piece(product, state) for product in products)
    template = '<ul class="{}" style="--rows: {}">{}</ul>'
    return Markup(template).format(kind, -(-rows // 2) if many else rows, shown)


def _piece(product: Product, state: State) -> Markup:
    """An item on the board."""
    id, title = product.id, title_of(vars(product))
    swapped = state.want == f"swap:{id}"
    swap = button("", "swap", id, kind="round", sign="swap", says=f"Swap {title}", aria_pressed=swapped)
    off = button("", "board", id, kind="round", sign="close", says=f"Take {title} off the outfit board")
    template = (
        '<li class="lay-item" data-region="{region}"><div class="held"><button type="button" class="shot" '
        'data-act="open" data-id="{id}" aria-label="Open {title}">{photo}</button>'
        '<div class="tools">{swap}{off}</div></div>'
        '<div class="legend"><h3>{title}</h3><p class="price">{price}</p></div></li>'
    )
    return Markup(template).format(
        region=_region_of(product), id=id, title=title, photo=photo(id, title, "large"), swap=swap, off=off,
        price=price_of(vars(product)),
    )  # fmt: skip


def questions(categories: Sequence[str], want: str) -> str:
    """Buttons that ask for the whole outfit, or for a category."""
    labels = {"all": "The whole outfit", **{name: CALLED.get(name, name).capitalize() for name in categories}}
    parts = [
        button(label, "want", name, sign="outfit" if name == "all" else "", aria_pressed=name == want)
        for name, label in labels.items()
    ]
    return Markup('<h3 class="ask">What goes with it?</h3><div class="row">{}</div>').format(Markup("").join(parts))


def beginnings(starts: Sequence[tuple[Product, ...]]) -> str:
    """Outfits to begin with."""
    if not starts:
        return ""
    template = (
        '<li><button type="button" class="start" data-act="take" data-id="{}" data-value="{}" '
        'aria-label="Begin with {}"><span class="photos">{}</span><span class="price">{}</span></button></li>'
    )
    listed = Markup("")
    for start in starts:
        titles = ", ".join(title_of(vars(product)) for product in start)
        photos = Markup("").join(photo(product.id, "") for product in start)
        total = _total_of([vars(product) for product in start]) or count_of(start)
        ids = json.dumps([product.id for product in start])
        listed += Markup(template).format(start[0].id, ids, titles, photos, total)
    return Markup('<h3 class="ask">Begin with one of these</h3><ul class="starts">{}</ul>').format(listed)


def stock(items: Sequence[Mapping[str, Any]], board: Sequence[str]) -> str:
    """Products to put on the board."""
    quiet = "quiet small"
    more = button("Others", "others", kind=quiet, sign="swap") + button("Browse all", "browse", kind=quiet)
    template = (
        '<div class="heading"><h3 class="ask">From the shop</h3><div class="chips">{}</div></div>'
        '<div class="shelf">{}</div>'
    )
    return Markup(template).format(more, Markup("").join(card(item, board) for item in items))


def suggestions(
    answer: Completion | Sequence[Hit],
    heading: str,
    names: Mapping[str, str],
    board: Sequence[str],
    *,
    swap: bool = False,
) -> str:
    """Products and whole outfits that go with the items; or products that could take the place of one that is alone.

    Args:
        names: id to name of the outfit's items.
        swap: true if they take an item's place, which is then kept by a button of its own.
    """
    keep = button("Done", "done", kind="quiet small", sign="check") if swap else ""
    parts = [Markup('<div class="heading"><h3 class="ask">{}</h3>{}</div>').format(heading, keep)]
    shelf = Markup('<div class="shelf">{}</div>')
    if not isinstance(answer, Completion):
        return parts[0] + shelf.format(cards(answer, board))
    if answer.looks:
        parts += [_look(look, names, board, number) for number, look in enumerate(answer.looks)]
    elif answer.groups:
        parts.append(shelf.format(_with_contributors(answer.hits, names, board)))
    nothing = "" if answer.looks or answer.hits else "Nothing else in this shop goes with it."
    parts.append(notes([nothing, *(_with_names(note, names) for note in answer.notes)]))
    return Markup("").join(parts)


def _look(look: Look, names: Mapping[str, str], board: Sequence[str], number: int) -> Markup:
    """A row of products and the button that takes them all."""
    names = {**names, **{hit.id: _name_of(hit.item) for hit in look.hits}}
    shown = _with_contributors(look.hits, names, board)
    ids = json.dumps([hit.id for hit in look.hits])
    put = button("Put all on the board", "take", str(number), kind="primary", sign="add", data_value=ids)
    total = _total_of([hit.item for hit in look.hits])
    template = '<div class="look"><div class="shelf">{}</div><div class="row">{}<p class="price">{}</p></div></div>'
    return Markup(template).format(shown, put, f"{total} together" if total else "")


def _with_contributors(hits: Iterable[Match], names: Mapping[str, str], board: Sequence[str]) -> Markup:
    """Cards, each with the name of the item that counts most for it."""
    return Markup("").join(
        card(
            hit.item, board, note=f"goes with the {names[hit.top_contributor]}" if hit.top_contributor in names else ""
        )
        for hit in hits
    )


def _name_of(item: Mapping[str, Any]) -> str:
    """Name of an item in a sentence: its category where there is one, or else its title."""
    category = str(item.get("category") or "")
    return category.lower() if category else title_of(item)


def item_names(products: Sequence[Product]) -> dict[str, str]:
    """Names of the outfit's items, by id; of items of one kind, their titles."""
    rows = list(map(vars, products))
    kinds = [_name_of(row) for row in rows]
    return {row["id"]: kind if kinds.count(kind) == 1 else title_of(row) for row, kind in zip(rows, kinds, strict=True)}


def _with_names(note: str, names: Mapping[str, str]) -> str:
    """A note of the shop, which speaks of products by their ids in quotes, as customers know them."""
    for id, name in names.items():
        note = note.replace(f'"{id}"', f"the {name}")
    note = note.removesuffix(ASIDE)
    return note[:1].upper() + note[1:]


COLUMNS = (("outer", "", "bag"), ("top", "dress", "bottom", "legwear"), ("hat", "", "shoes"))
"""Regions of the body, each column from above; what has no region, such as glasses, goes where there is more room."""

SCALE = 2
"""Pixels of the picture for each that a screen would have."""
PAPER, TILE, INK, SOFT, LINE = "#faf8f4", "#ffffff", "#211d1a", "#66605a", "#e4ded6"
"""The page's own colours by day."""
MARGIN, GAP, ROUND = 48, 28, 10
SIDE, MIDDLE = 190, 240
"""Widths of the columns."""
NAME, LEADING = 13, 18
TOTAL, FOOT = 22, 72
SCRIPTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")
"""Fonts for what Pillow's own can't write, of which a machine may have one."""


def _columns(products: Sequence[Product]) -> list[list[Product]]:
    """The items in three columns, each from the head down; the middle column is wider."""
    columns: list[list[tuple[int, Product]]] = [[], [], []]
    for product in sorted(products, key=lambda product: not _region_of(product)):
        where = _region_of(product)
        fitting = (index for index, regions in enumerate(COLUMNS) if where in regions)
        index = min(fitting, key=lambda index: (len(columns[index]), -index))
        columns[index].append((COLUMNS[index].index(where), product))
    return [[product for _, product in sorted(column, key=lambda pair: pair[0])] for column in columns]


def _region_of(product: Product) -> str:
    """Region of the body on which it is worn; empty for jewellery, scarves and unknown categories."""
    return tryon_region(product.category) or ""


def _total_of(items: Sequence[Mapping[str, object]]) -> str:
    """Sum of the prices, in words; empty where no item has one."""
    prices = [float(str(item["price"])) for item in items if item.get("price") is not None]
    without = f" and {len(items) - len(prices)} without a price" if len(prices) < len(items) else ""
    return f"{sum(prices):,.2f}{without}" if prices else ""


def picture(products: Sequence[Product]) -> bytes:
    """The outfit as a PNG file: photos on paper, names, prices, and the sum."""
    columns = [(column, MIDDLE if at == 1 else SIDE) for at, column in enumerate(_columns(products)) if column]
    # An item is its photo, two lines of its name, and its price.
    tall = {width: width * 4 // 3 + 10 + 3 * LEADING for width in (SIDE, MIDDLE)}
    heights = [(tall[width] + GAP) * len(column) - GAP for column, width in columns]
    width = max(2 * MARGIN + sum(wide + GAP for _, wide in columns) - GAP, 2 * MARGIN + 2 * SIDE)
    sheet = Image.new("RGB", (SCALE * width, SCALE * (2 * MARGIN + max(heights) + FOOT)), PAPER)
    left = (width - sum(wide + GAP for _, wide in columns) + GAP) // 2
    for (column, wide), high in zip(columns, heights, strict=True):
        top = MARGIN + (max(heights) - high) // 2
        for product in column:
            _draw(sheet, product, (left, top), wide)
            top += tall[wide] + GAP
        left += wide + GAP
    # The last line: the maker's name, and the sum.
    right, bottom = sheet.width - SCALE * MARGIN, sheet.height - SCALE * MARGIN
    total = _total_of(list(map(vars, products)))
    ImageDraw.Draw(sheet).line((SCALE * MARGIN, bottom - SCALE * 38, right, bottom - SCALE * 38), LINE, SCALE)
    _write(sheet, (SCALE * MARGIN, bottom), "Modiste", NAME, SOFT, "ls")
    _write(sheet, (right, bottom), total or count_of(products), TOTAL if total else NAME, INK, "rs")
    return png(sheet)


def _draw(sheet: Image.Image, product: Product, at: tuple[int, int], width: int) -> None:
    left, top, wide, high = (SCALE * value for value in (*at, width, width * 4 // 3))
    tile = Image.new("RGB", (wide, high), TILE)
    with suppress(ImageError, IndexError):  # an empty tile where the photo is gone
        photo = load_image(product.images[0], at_least=(high, wide))
        scale = min(wide / photo.width, high / photo.height)
        size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
        photo = photo.resize(size, Image.Resampling.LANCZOS)
        tile.paste(photo, ((wide - photo.width) // 2, (high - photo.height) // 2))
    mask = Image.new("L", (wide, high))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, high - 1), SCALE * ROUND, fill=255)
    sheet.paste(tile, (left, top), mask)
    draw, below = ImageDraw.Draw(sheet), top + high + SCALE * 10
    name, font = _written(title_of(vars(product)), NAME)
    for line in _wrapped(name, font, wide):
        draw.text((left, below), line, INK, font)
        below += SCALE * LEADING
    _write(sheet, (left, below), price_of(vars(product)), NAME, SOFT)


def _wrapped(text: str, font: Font, width: int, most: int = 2) -> list[str]:
    """Lines that fit into a width; what goes beyond the last one ends in an ellipsis."""
    lines = [""]
    for word in " ".join(text.split()).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= width or len(lines) == most:
            lines[-1] = longer
        else:
            lines.append(word)
    for number, line in enumerate(lines):
        if font.getlength(line) > width:
            while line and font.getlength(f"{line}…") > width:
                line = line[:-1]
            lines[number] = f"{line.rstrip()}…"
    return lines


def _write(sheet: Image.Image, at: tuple[int, int], text: str, size: int, ink: str, anchor: str | None = None) -> None:
    written, font = _written(text, size)
    ImageDraw.Draw(sheet).text(at, written, ink, font, anchor)


def _written(text: str, size: int) -> tuple[str, Font]:
    """A text and a font that has its letters; where the machine has none, accents go and other scripts become `?`."""
    if not text.isascii():
        for name in SCRIPTS:
            try:
                return text, ImageFont.truetype(name, SCALE * size)
            except OSError:
                continue
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return plain.encode("ascii", "replace").decode(), ImageFont.load_default(SCALE * size)
