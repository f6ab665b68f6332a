"""The drawn boutique's folder: `boutique.json` beside `products.csv`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from modiste.catalog import Catalog, read_catalog
from modiste.datasets.layout import Layout
from modiste.errors import UsageError


def read(source: Path) -> Catalog:
    """Read a folder that `modiste data make boutique` wrote.

    Raises:
        UsageError: boutique.json is damaged, or the table lacks a column.
    """
    try:
        licence = str(json.loads((source / "boutique.json").read_text(encoding="utf-8")).get("licence", ""))
    except (ValueError, AttributeError):
        raise UsageError(f"{source / 'boutique.json'} is damaged; draw the boutique again") from None
    catalog = read_catalog(source / "products.csv")
    return replace(catalog, name=source.resolve().name, licence=licence or LAYOUT.licence)


def _detect(source: Path) -> bool:
    return (source / "boutique.json").is_file() and (source / "products.csv").is_file()


LAYOUT = Layout(
    name="boutique",
    files="boutique.json and products.csv",
    licence="Drawn by Modiste, under its licence.",
    traps=("drawings: numbers measured on them say little about photographs",),
    detect=_detect,
    read=read,
)
