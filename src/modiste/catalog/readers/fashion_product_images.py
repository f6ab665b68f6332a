"""Fashion Product Images (Myntra's catalogue, as published on Kaggle): `styles.csv` beside `images/ID.jpg`."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from modiste.catalog.encodings import decode
from modiste.catalog.photos import PhotoFinder
from modiste.catalog.readers.csv_table import split_line
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Value
from modiste.catalog.table import gather
from modiste.errors import UsageError

_ATTRIBUTES = {"masterCategory": "master_category", "subCategory": "sub_category", "season": "season", "usage": "usage"}
_BLOCK = 50
"""Numeric ids that agree when divided by this come from one photo shoot."""

_Row = dict[str, str]


def _read(source: Path) -> Catalog:
    """Read a folder that holds `styles.csv` and `images/`.

    Raises:
        UsageError: a column that the publisher's table has is missing.
    """
    images, finder = source / "images", PhotoFinder()
    rows, notes = _rows(source / "styles.csv")
    products, rejected = gather(rows, lambda row: _product(row, images, finder), "id")
    return Catalog(source.resolve().name, _with_models(products), (), rejected, LAYOUT.licence, notes)


def _rows(table: Path) -> tuple[list[tuple[str, _Row | BadRow]], tuple[str, ...]]:
    """Every line, which is a row by itself in this table, and notes on what was assumed to read it."""
    text, notes = decode(table.read_bytes(), table.name)
    first, *lines = text.split("\n")
    header = [name.strip() for name in split_line(first)]
    if missing := {"id", "articleType", "productDisplayName"} - set(header):
        raise UsageError(f"{table} has no column {', '.join(sorted(missing))}; give the publisher's styles.csv")
    numbered = [(f"{table.name}, line {number}", line) for number, line in enumerate(lines, 2) if line.strip()]
    return [(at, _row(header, split_line(line, width=len(header)))) for at, line in numbered], notes


def _row(header: list[str], cells: list[str]) -> _Row | BadRow:
    last = len(header) - 1
    if len(cells) <= last:
        short = dict(zip(header, cells, strict=False))
        return BadRow(f"the row has {len(cells)} cells instead of {len(header)}; restore the publisher's line", short)
    # The published file doesn't quote names, so a comma in one spills over into further cells.
    return dict(zip(header, [*cells[:last], ",".join(cells[last:])], strict=True))


def _product(row: _Row, images: Path, finder: PhotoFinder) -> Product:
    id = row["id"].strip()
    if not id:
        raise BadRow("the id is missing; give every product one")
    photo = images / f"{id}.jpg"
    if not finder.exists(photo):
        raise BadRow(f"no image at {photo}; put it there or remove the row")
    attributes: dict[str, Value] = {name: text for column, name in _ATTRIBUTES.items() if (text := _known(row, column))}
    if (year := _known(row, "year")).isdigit():
        attributes["year"] = float(year)
    return Product(
        id=id,
        images=(photo,),
        title=" ".join(row["productDisplayName"].split()),
        category=_known(row, "articleType"),
        gender=_known(row, "gender"),
        colour=_known(row, "baseColour").lower(),
        attributes=attributes,
    )


def _known(row: _Row, column: str) -> str:
    value = row.get(column, "").strip()
    return "" if value == "NA" else value


def _with_models(products: tuple[Product, ...]) -> tuple[Product, ...]:
    """Name the model of products of one photo shoot whose titles differ in nothing but the colour, each in its own.

    The publisher gives no model; its first product's id stands for it. Where a colour comes twice, the title is
    too general to tell models apart ("Span Women Kurta").
    """
    colour_words = {word for product in products for word in product.colour.split()}
    models: dict[tuple[int, str], list[Product]] = defaultdict(list)
    for product in products:
        if product.id.isdigit():
            words = re.findall(r"[\w.]+", product.title.lower())
            title = " ".join(word for word in words if word not in colour_words)
            models[int(product.id) // _BLOCK, title].append(product)
    model_of = {
        product.id: model[0].id
        for model in models.values()
        if 1 < len(model) == len({product.colour for product in model})
        for product in model
    }
    return tuple(replace(product, variant_of=model_of.get(product.id, "")) for product in products)


LAYOUT = Layout(
    name="fashion-product-images",
    files="styles.csv and images/",
    licence="Fashion Product Images states no terms; the photographs are Myntra's: use them for research.",
    traps=(
        "about 2% of the photos are byte-for-byte repeats under several ids, and consecutive ids come from one "
        "photo shoot: split by blocks of ids and by image hash",
        "titles begin with a brand, and some contradict baseColour",
        "on-model and flat-lay photos are mixed",
    ),
    detect=lambda source: (source / "styles.csv").is_file() and (source / "images").is_dir(),
    read=_read,
)
