"""Drawn models of the try-on page, read from the files that the package ships with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from modiste.boutique import MODEL_SIZE, MODELS, Drawn, read_model
from modiste.catalog.categories import REPLACES
from modiste.showroom.session import png

if TYPE_CHECKING:
    from modiste.tryon import ParsedPerson

FOLDER = Path(__file__).parent / "models"
"""Files that `modiste.boutique.draw_models` has drawn."""


@lru_cache(len(MODELS))
def picture_of(name: str) -> bytes:
    """A model's picture, a PNG file."""
    return png(Image.fromarray(_read(name).pixels))


@lru_cache(len(MODELS))
def face_of(name: str) -> bytes:
    """Head and shoulders of a model, a small WebP file."""
    return (FOLDER / name / "face.webp").read_bytes()


def person_of(name: str, regions: Iterable[str]) -> ParsedPerson:
    """A model to be dressed in some regions: the picture, its true map and joints, and what is under the clothes."""
    off = {replaced for region in regions for replaced in (region, *REPLACES.get(region, ()))}
    return _parsed(_read(name), _parsed(_read(name, frozenset(off))))


def model_for(genders: Iterable[str]) -> str:
    """Name of the model who is dressed unless one is chosen: the first whom the first garment is made for."""
    made_for = next((gender for gender in genders if gender), "")
    return next((model.name for model in MODELS.values() if model.gender == made_for), next(iter(MODELS)))


@lru_cache(2 * len(MODELS))
def _read(name: str, off: frozenset[str] = frozenset()) -> Drawn:
    return read_model(FOLDER, name, off)


def _parsed(drawn: Drawn, bare: ParsedPerson | None = None) -> ParsedPerson:
    from modiste.tryon import ParsedPerson

    points = drawn.keypoints * np.array([MODEL_SIZE[1], MODEL_SIZE[0], 1], np.float32)
    return ParsedPerson(Image.fromarray(drawn.pixels), drawn.map, points, bare)
