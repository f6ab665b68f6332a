"""The drawn models: people of the boutique in plain clothes, for whoever has no photo of their own at hand."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from modiste.boutique.body import GROUND, Build, Figure
from modiste.boutique.heads import HAIRS, SKINS, Look, design_look
from modiste.boutique.people import Drawn, Person, draw_person
from modiste.boutique.poses import Bend, Pose
from modiste.boutique.scenes import Scene
from modiste.boutique.spec import Spec, judged
from modiste.catalog.categories import REPLACES

if TYPE_CHECKING:
    from modiste.tryon import ParsedPerson

SIZE = (1024, 768)
"""Height and width of their pictures."""
FACE = 128
"""Of the square that shows a face."""
_SCALE = 0.66
_STUDIO = Scene("studio", 0)
"""The same pale wall behind all."""


@dataclass(frozen=True)
class Model:
    """Somebody drawn who can be dressed."""

    name: str
    """As the link and the page call them."""
    gender: str
    breadth: float
    weight: float
    """Both as `Build` has them."""
    skin: int
    hair: int
    """Places in `SKINS` and `HAIRS`."""
    style: str
    """Of the hair."""
    seed: int
    """Of the rest of the face, and of how they stand."""


MODELS = {
    model.name: model
    for model in (
        Model("Ines", "Women", 0.97, 0.98, 3, 1, "bun", 11),
        Model("Adam", "Men", 1.0, 1.0, 1, 3, "side", 12),
        Model("Zola", "Women", 1.0, 1.0, 7, 0, "curls", 13),
        Model("Kenji", "Men", 0.96, 0.94, 2, 0, "short", 14),
        Model("Freya", "Women", 1.03, 1.16, 0, 6, "ponytail", 15),
        Model("Malik", "Men", 1.05, 1.06, 8, 0, "buzz", 16),
        Model("Rosa", "Women", 1.02, 1.2, 5, 2, "bob", 17),
        Model("Omar", "Men", 1.03, 1.18, 4, 1, "beard", 18),
    )
}
"""Name to model, as they are offered."""


def picture_of(name: str) -> bytes:
    """A model's picture, a PNG file; drawn at the first call, which takes a second, and kept."""
    with _drawing:
        return _picture(name)


def person_of(name: str, regions: Iterable[str]) -> ParsedPerson:
    """A model to be dressed in some regions: the picture, its true map and joints, and what is under the clothes."""
    asked = set(regions)
    off = {other for region in asked for other in (region, *REPLACES.get(region, ()))} & set(
        _clothes(MODELS[name].gender)
    )
    with _drawing:
        return _parsed(_drawn(name), _parsed(_drawn(name, frozenset(off))))


def face_of(name: str) -> bytes:
    """Head and shoulders, a small WebP file; drawn and kept likewise."""
    with _drawing:
        return _face(name)


def model_for(genders: Iterable[str]) -> str:
    """Who is dressed unless somebody is chosen: the first whom the first garment is made for."""
    made_for = next((gender for gender in genders if gender), "")
    return next((model.name for model in MODELS.values() if model.gender == made_for), next(iter(MODELS)))


_drawing = Lock()  # two visitors who ask at once don't draw the same person twice


@lru_cache(len(MODELS))
def _picture(name: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(_drawn(name).pixels).save(file, "PNG")
    return file.getvalue()


@lru_cache(len(MODELS))
def _face(name: str) -> bytes:
    model, file = MODELS[name], io.BytesIO()
    drawn = Image.fromarray(draw_person(_person(model), _clothes(model.gender)).pixels)
    head = (drawn.width - FACE) // 2
    drawn.crop((head, 0, head + FACE, FACE)).save(file, "WEBP", quality=85)
    return file.getvalue()


@lru_cache(4 * len(MODELS))  # a model, and in a few ways without what is taken off
def _drawn(name: str, off: frozenset[str] = frozenset()) -> Drawn:
    model = MODELS[name]
    worn = {region: spec for region, spec in _clothes(model.gender).items() if region not in off}
    return draw_person(_person(model), worn, SIZE)


def _parsed(drawn: Drawn, bare: ParsedPerson | None = None) -> ParsedPerson:
    from modiste.tryon import ParsedPerson

    points = drawn.keypoints * np.array([SIZE[1], SIZE[0], 1], np.float32)
    return ParsedPerson(Image.fromarray(drawn.pixels), drawn.map, points, bare)


def _person(model: Model) -> Person:
    build = Build(model.gender, model.breadth, model.weight)
    top = (512 - GROUND * _SCALE) * 0.45
    figure = Figure(build, _pose(Random(f"stands {model.seed}")), _SCALE, 192, top)
    return Person(model.name, figure, _look(model), _STUDIO)


def _look(model: Model) -> Look:
    """A face drawn by chance, with the skin and hair that are meant."""
    rng = Random(f"face {model.seed}")
    by_chance = design_look(model.gender, rng)
    skin = SKINS[model.skin]
    while by_chance.skin != skin:  # lips and eyes go with the skin
        by_chance = design_look(model.gender, rng)
    return Look(skin, HAIRS[model.hair], model.style, by_chance.iris, by_chance.lips, by_chance.seed)


def _pose(rng: Random) -> Pose:
    """Upright, the arms off the body: every garment is seen, and nothing is hidden behind a hand."""
    arms = [Bend(rng.uniform(9, 13), rng.uniform(4, 8)) for _ in range(2)]
    legs = [Bend(rng.uniform(3, 5), rng.uniform(2, 4)) for _ in range(2)]
    sway = rng.uniform(-0.8, 0.8)
    return Pose(
        arms=(arms[0], arms[1]), legs=(legs[0], legs[1]), lean=sway * 5, shoulders=-sway * 0.04, hips=sway * 0.04,
        turn=rng.uniform(-0.3, 0.3), nod=rng.uniform(-2, 2),
    )  # fmt: skip


def _clothes(gender: str) -> dict[str, Spec]:
    """A plain T-shirt, slim trousers and sneakers."""
    plain = Spec(
        "plain", "t-shirt", gender, "off white", "grey", "solid", "cotton", make=3, length="regular", fit="slim"
    )
    top = replace(plain, neck="crew", sleeve="short")
    bottom = replace(plain, kind="trousers", colour="grey")
    shoes = replace(plain, kind="sneakers", colour="white", fabric="leather", length="", fit="")
    return {"top": judged(top), "bottom": judged(bottom), "shoes": judged(shoes)}
