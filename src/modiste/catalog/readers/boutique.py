"""The drawn boutique's folder: `boutique.json` beside `products.csv` and `outfits.csv`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from modiste.catalog.readers.csv_table import read_csv, read_outfits
from modiste.catalog.records import Catalog, Layout
from modiste.catalog.table import to_catalog
from modiste.errors import UsageError


def _read(source: Path) -> Catalog:
    """Read a folder that `modiste data make boutique` wrote; one without outfits.csv has no outfits.

    Raises:
        UsageError: boutique.json is damaged, or a table lacks a column.
    """
    try:
        licence = str(json.loads((source / "boutique.json").read_text(encoding="utf-8")).get("licence", ""))
    except (ValueError, AttributeError):
        raise UsageError(f"{source / 'boutique.json'} is damaged; draw the boutique again") from None
    catalog = to_catalog(read_csv(source / "products.csv"), {}, allow_downloads=False)
    ids = {product.id for product in catalog.products}
    outfits, broken = read_outfits(source / "outfits.csv", ("outfit", "product"), ids, "draw the boutique again")
    return replace(
        catalog,
        name=source.resolve().name,
        outfits=outfits,
        rejected=catalog.rejected + broken,
        licence=licence or LAYOUT.licence,
    )


LAYOUT = Layout(
    name="boutique",
    files="boutique.json and products.csv",
    licence="Drawn by Modiste, under its licence.",
    traps=("drawings: numbers measured on them say little about photographs",),
    detect=lambda source: (source / "boutique.json").is_file() and (source / "products.csv").is_file(),
    read=_read,
    domain="boutique",
)
