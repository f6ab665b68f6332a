"""An outfit laid flat: which column each item lies in, what all of it costs, and the picture of it to take away."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from modiste.catalog.categories import tryon_region
from modiste.catalog.records import Product
from modiste.images import ImageError, load_image
from modiste.showroom.markup import price_of, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

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


def laid(products: Sequence[Product]) -> list[list[Product]]:
    """The items in three columns, each from the head down; the middle column is wider."""
    columns: list[list[tuple[int, Product]]] = [[], [], []]
    for product in sorted(products, key=lambda one: not region_of(one)):
        where = region_of(product)
        at = min((at for at, regions in enumerate(COLUMNS) if where in regions), key=lambda at: (len(columns[at]), -at))
        columns[at].append((COLUMNS[at].index(where), product))
    return [[one for _, one in sorted(column, key=lambda pair: pair[0])] for column in columns]


def region_of(product: Product) -> str:
    """Where on the body it is worn; nothing for jewellery, scarves and whatever isn't understood."""
    return tryon_region(product.category) or ""


def total_of(items: Sequence[Mapping[str, object]]) -> str:
    """What they cost together, of those that have a price; nothing where none has."""
    prices = [float(str(item["price"])) for item in items if item.get("price") is not None]
    without = len(items) - len(prices)
    if not prices:
        return ""
    return f"{sum(prices):,.2f}" + (f" and {without} without a price" if without else "")


def picture(products: Sequence[Product]) -> bytes:
    """The outfit as a PNG file: photos on paper, names, prices, and the sum."""
    columns = [(column, MIDDLE if at == 1 else SIDE) for at, column in enumerate(laid(products)) if column]
    heights = [sum(_height(width) for _ in column) + GAP * (len(column) - 1) for column, width in columns]
    width = max(2 * MARGIN + sum(wide + GAP for _, wide in columns) - GAP, 2 * MARGIN + 2 * SIDE)
    sheet = Image.new("RGB", (SCALE * width, SCALE * (2 * MARGIN + max(heights) + FOOT)), PAPER)
    left = (width - sum(wide + GAP for _, wide in columns) + GAP) // 2
    for (column, wide), high in zip(columns, heights, strict=True):
        top = MARGIN + (max(heights) - high) // 2
        for product in column:
            _draw(sheet, product, (left, top), wide)
            top += _height(wide) + GAP
        left += wide + GAP
    _sign(sheet, products)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


def _height(width: int) -> int:
    """Of an item: its photo, two lines of its name, and its price."""
    return width * 4 // 3 + 10 + 3 * LEADING


def _draw(sheet: Image.Image, product: Product, at: tuple[int, int], width: int) -> None:
    left, top, wide, high = (SCALE * value for value in (*at, width, width * 4 // 3))
    tile = Image.new("RGB", (wide, high), TILE)
    photo = _photo(product, (wide, high))
    if photo is not None:
        tile.paste(photo, ((wide - photo.width) // 2, (high - photo.height) // 2))
    mask = Image.new("L", (wide, high))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, high - 1), SCALE * ROUND, fill=255)
    sheet.paste(tile, (left, top), mask)
    draw, below = ImageDraw.Draw(sheet), top + high + SCALE * 10
    name, font = _written(title_of(vars(product)), NAME)
    for line in wrapped(name, font, wide):
        draw.text((left, below), line, INK, font)
        below += SCALE * LEADING
    draw.text((left, below), *_inked(price_of(vars(product)), NAME, SOFT))


def _photo(product: Product, size: tuple[int, int]) -> Image.Image | None:
    """The first photo, as large as the tile allows; nothing where its file is gone."""
    try:
        image = load_image(product.images[0], at_least=(size[1], size[0]))
    except (ImageError, IndexError):
        return None
    scale = min(size[0] / image.width, size[1] / image.height)
    fitted = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(fitted, Image.Resampling.LANCZOS)


def _sign(sheet: Image.Image, products: Sequence[Product]) -> None:
    """The last line: who made it, and the sum."""
    draw, right, bottom = ImageDraw.Draw(sheet), sheet.width - SCALE * MARGIN, sheet.height - SCALE * MARGIN
    draw.line((SCALE * MARGIN, bottom - SCALE * 38, right, bottom - SCALE * 38), LINE, SCALE)
    draw.text((SCALE * MARGIN, bottom), *_inked("Modiste", NAME, SOFT), anchor="ls")
    total = total_of([vars(one) for one in products])
    count = f"{len(products)} item{'' if len(products) == 1 else 's'}"
    draw.text((right, bottom), *_inked(total or count, TOTAL if total else NAME, INK), anchor="rs")


def wrapped(text: str, font: Font, width: int, most: int = 2) -> list[str]:
    """Lines that fit into a width; what goes beyond the last one ends in an ellipsis."""
    lines = [""]
    for word in " ".join(text.split()).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= width or len(lines) == most:
            lines[-1] = longer
        else:
            lines.append(word)
    return [_cut(line, font, width) for line in lines]


def _cut(line: str, font: Font, width: int) -> str:
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _inked(text: str, size: int, ink: str) -> tuple[str, str, Font]:
    """What `ImageDraw.text` takes after the place."""
    written, font = _written(text, size)
    return written, ink, font


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
