"""Clothing Co-Parsing: street photos, some with a 59-label pixel map, the rest with tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from modiste.catalog.categories import PARSING_CLASSES
from modiste.catalog.records import BadRow, Catalog, Layout, Product, Row
from modiste.catalog.table import gather
from modiste.errors import UsageError
from modiste.types import Map

CLASSES = {
    label: name
    for name, labels in {
        "background": "null",
        "skin": "skin",
        "hair": "hair",
        "hat": "hat",
        "accessory": "accessories belt bracelet earrings glasses gloves necklace ring scarf sunglasses tie watch",
        "top": "blouse bodysuit bra hoodie intimate jumper shirt sweater sweatshirt t-shirt top vest",
        "outer": "blazer cape cardigan coat jacket suit",
        "dress": "dress romper swimwear",
        "bottom": "jeans leggings panties pants shorts",
        "skirt": "skirt",
        "legwear": "socks stockings tights",
        "shoes": "boots clogs flats heels loafers pumps sandals shoes sneakers wedges",
        "bag": "bag purse wallet",
    }.items()
    for label in labels.split()
}
"""The 59 labels to parsing classes."""
LABELS = ("null", *sorted(CLASSES.keys() - {"null"}))
"""In the order of `label_list.mat`: the index is the value in the published maps."""
_BODY = ("null", "skin", "hair")
"""Labels of pixels without clothes."""
_CLASS_OF = np.array([PARSING_CLASSES.index(CLASSES[label]) for label in LABELS], np.uint8)


def read(source: Path) -> Catalog:
    """Read the photos as products whose `tags` are the clothes on them; `parsed` ones have a pixel map."""
    photos = sorted((source / "photos").glob("*.jpg"))
    rows: list[tuple[str, Row]] = [(f"photos/{photo.name}", {"id": photo.stem, "path": photo}) for photo in photos]
    products, rejected = gather(rows, lambda row: _product(Path(str(row["path"])), source / "annotations"))
    return Catalog(source.resolve().name, products, rejected=rejected, licence=LAYOUT.licence)


def read_map(path: Path) -> Map:
    """Read a pixel map in the 13 parsing classes.

    Returns:
        Indices in `PARSING_CLASSES`. Shape: (height, width).

    Raises:
        UsageError: not a map of this set, or an empty one (photo 0536).
    """
    labels = _matrix(path, "groundtruth")
    if not labels.any():
        raise UsageError(f"the map {path.name} is empty; leave its photo out")
    return _CLASS_OF[labels]


def _product(photo: Path, annotations: Path) -> Product:
    pixels = annotations / "pixel-level" / f"{photo.stem}.mat"
    parsed = pixels.is_file()
    path, key = (pixels, "groundtruth") if parsed else (annotations / "image-level" / pixels.name, "tags")
    values = np.unique(_matrix(path, key)).tolist() if path.is_file() else []
    labels = [LABELS[value] for value in values if LABELS[value] not in _BODY]
    if parsed and not labels:
        raise BadRow(f"the map {pixels.name} is empty; leave the photo out")
    return Product(
        id=photo.stem,
        images=(photo,),
        title=", ".join(labels),
        category="street photo",
        attributes={"tags": ", ".join(labels), "parsed": parsed},
    )


def _matrix(path: Path, key: str) -> Map:
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        content: dict[str, Any] = loadmat(path, variable_names=[key])
        values = np.asarray(content[key], np.uint8)
    except (KeyError, ValueError, OSError, NotImplementedError, MatReadError):
        raise UsageError(f'{path} is no annotation of this set (a .mat file with "{key}"); download it again') from None
    if values.max(initial=0) >= len(LABELS):
        raise UsageError(f"{path} has the label {values.max()}; there are {len(LABELS)}, from 0")
    return values


LAYOUT = Layout(
    name="ccp",
    files="annotations/pixel-level/, annotations/image-level/ and photos/",
    licence="Apache-2.0 (its LICENSE); the photographers are not named.",
    traps=(
        "the map of photo 0536 is empty; it is left out",
        "edges of the maps are jagged, and some labels are wrong (a red skirt labelled dress)",
        "eleven near-duplicate pairs (0025 and 1707 show one picture): keep a pair in one part",
    ),
    detect=lambda source: (source / "annotations" / "pixel-level").is_dir() and (source / "photos").is_dir(),
    read=read,
)
