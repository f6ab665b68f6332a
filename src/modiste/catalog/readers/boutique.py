"""The drawn boutique's folder: `boutique.json` beside `products.csv` and `outfits.csv`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from modiste.catalog.gather import BadRow
from modiste.catalog.readers.csv_table import read_rows
from modiste.catalog.readers.formats import read_catalog
from modiste.catalog.readers.layout import Layout
from modiste.catalog.records import Catalog, Outfit, Rejected
from modiste.errors import UsageError


def read(source: Path) -> Catalog:
    """Read a folder that `modiste data make boutique` wrote; one without outfits.csv has no outfits.

    Raises:
        UsageError: boutique.json is damaged, or a table lacks a column.
    """
    try:
        licence = str(json.loads((source / "boutique.json").read_text(encoding="utf-8")).get("licence", ""))
    except (ValueError, AttributeError):
        raise UsageError(f"{source / 'boutique.json'} is damaged; draw the boutique again") from None
    catalog = read_catalog(source / "products.csv")
    outfits, broken = _outfits(source / "outfits.csv", {product.id for product in catalog.products})
    return replace(
        catalog,
        name=source.resolve().name,
        outfits=outfits,
        rejected=catalog.rejected + broken,
        licence=licence or LAYOUT.licence,
    )


def _outfits(table: Path, known: set[str]) -> tuple[tuple[Outfit, ...], tuple[Rejected, ...]]:
    if not table.is_file():
        return (), ()
    items: dict[str, list[str]] = {}
    rejected = []
    for place, row in read_rows(table, {"outfit", "product"}, "draw the boutique again"):
        if isinstance(row, BadRow):
            rejected.append(Rejected("", str(row), place))
        elif row["product"] in known:
            items.setdefault(row["outfit"], []).append(row["product"])
        else:
            reason = f'outfit {row["outfit"]} names "{row["product"]}", which is no product here'
            rejected.append(Rejected(row["product"], reason, place))
    return tuple(Outfit(id, tuple(dict.fromkeys(group))) for id, group in items.items()), tuple(rejected)


def _detect(source: Path) -> bool:
    return (source / "boutique.json").is_file() and (source / "products.csv").is_file()


LAYOUT = Layout(
    name="boutique",
    files="boutique.json and products.csv",
    licence="Drawn by Modiste, under its licence.",
    traps=("drawings: numbers measured on them say little about photographs",),
    detect=_detect,
    read=read,
    domain="boutique",
)
