"""Models: people of the boutique in plain clothes, for whoever has no photo of their own at hand.

They are drawn once, by `draw_models`, and read from its files: with all of the clothes and without any of them, so that
it is known what is under a garment that is replaced. The files are small because a picture is black wherever it shows
what `_predicted` expects from its map and from other pictures.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from modiste.boutique.garments.spec import Spec, judged
from modiste.boutique.people.body import GROUND, Bend, Build, Figure, Pose
from modiste.boutique.people.heads import HAIRS, SKINS, design_head
from modiste.boutique.people.person import Drawn, Person, draw_person
from modiste.boutique.people.scenes import Scene, draw_scene
from modiste.types import Pixels

MODEL_SIZE = (1024, 768)
"""Height and width of their pictures."""
FACE_SIZE = 128
"""Height and width of the square that shows a face."""
_LOSSLESS: dict[str, Any] = {"lossless": True, "method": 6, "quality": 100}
"""Options of a WebP file, the slowest and smallest."""
_SCENE = Scene("studio", 0)
"""The same pale wall behind all."""
_CLOTHES = ("top", "bottom", "shoes")
_FRAMES: tuple[tuple[str, ...], ...] = (
    (), _CLOTHES, ("top",), ("bottom",), ("shoes",), ("top", "bottom"), ("top", "shoes"), ("bottom", "shoes"),
)  # fmt: skip
"""Regions without clothes, picture by picture; each is predicted from earlier ones."""


@dataclass(frozen=True)
class _Model:
    """Design of a drawn person who can be dressed."""

    name: str
    gender: str
    breadth: float
    weight: float
    """Both as `Build` has them."""
    skin: int
    hair: int
    """Index in `SKINS` and in `HAIRS`."""
    style: str
    """Style of the hair."""
    seed: int
    """Seed of the rest of the face, and of the pose."""


MODELS = {
    model.name: model
    for model in (
        _Model("Ines", "Women", 0.97, 0.98, 3, 1, "bun", 11),
        _Model("Adam", "Men", 1.0, 1.0, 1, 3, "side", 12),
        _Model("Zola", "Women", 1.0, 1.0, 7, 0, "curls", 13),
        _Model("Kenji", "Men", 0.96, 0.94, 2, 0, "short", 14),
        _Model("Freya", "Women", 1.03, 1.16, 0, 6, "ponytail", 15),
        _Model("Malik", "Men", 1.05, 1.06, 8, 0, "buzz", 16),
        _Model("Rosa", "Women", 1.02, 1.2, 5, 2, "bob", 17),
        _Model("Omar", "Men", 1.03, 1.18, 4, 1, "beard", 18),
    )
}
"""Name to model, in the order in which they are offered."""


def draw_models(folder: Path, names: Iterable[str] = MODELS) -> None:
    """Draw models: studio.webp, and for each a folder with its pictures, parsing maps, face and keypoints.

    The files that ship with the showroom are those of `draw_models(Path("src/modiste/showroom/tryon/models"))`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    studio = np.round(np.clip(draw_scene(_SCENE, 0, MODEL_SIZE), 0, 255)).astype(np.uint8)
    Image.fromarray(studio).save(folder / "studio.webp", **_LOSSLESS)
    for name in names:
        own, person, clothes = folder / name, model_person(name), plain_clothes(MODELS[name].gender)
        own.mkdir(exist_ok=True)
        drawn: dict[tuple[str, ...], Drawn] = {}
        for off in _FRAMES:
            worn = {region: spec for region, spec in clothes.items() if region not in off}
            drawn[off] = draw_person(person, worn, MODEL_SIZE)
            pixels = drawn[off].pixels
            unexpected = (pixels != _predicted(off, drawn[off].map, drawn, studio)).any(2)
            if not pixels[unexpected].any(1).all():
                raise ValueError(f"a pixel of {name} is black, which stands for an expected one")
            Image.fromarray(pixels * unexpected[..., None]).save(own / _file(off), **_LOSSLESS)
        maps = np.concatenate([drawn[off].map for off in _FRAMES], 1)  # side by side: one repeats much of another
        Image.fromarray(maps).save(own / "maps.webp", **_LOSSLESS)
        (own / "keypoints.json").write_text(json.dumps(drawn[()].keypoints.tolist()) + "\n", encoding="utf-8")
        head = Image.fromarray(draw_person(person, clothes).pixels)
        left = (head.width - FACE_SIZE) // 2
        head.crop((left, 0, left + FACE_SIZE, FACE_SIZE)).save(own / "face.webp", quality=85)


def read_model(folder: Path, name: str, off: Collection[str] = ()) -> Drawn:
    """Read a model that `draw_models` has drawn, pixel for pixel.

    Args:
        off: regions of which the clothes are taken off; those of other regions than the model's clothes don't count.
    """
    wanted = tuple(region for region in _CLOTHES if region in off)
    keypoints = np.array(json.loads((folder / name / "keypoints.json").read_text(encoding="utf-8")), np.float32)
    maps = np.split(_read(folder / name / "maps.webp")[..., 0], len(_FRAMES), axis=1)
    drawn: dict[tuple[str, ...], Drawn] = {}
    for regions, classes in zip(_FRAMES, maps, strict=True):
        if regions in ((), _CLOTHES, wanted[:-1], wanted):  # the others are neither asked for nor needed
            stored = _read(folder / name / _file(regions))
            expected = _predicted(regions, classes, drawn, _read(folder / "studio.webp"))
            pixels = np.where(stored.max(2, keepdims=True) > 0, stored, expected)
            drawn[regions] = Drawn(pixels, np.ascontiguousarray(classes), keypoints)
    return drawn[wanted]


def model_person(name: str) -> Person:
    """A model before they are dressed."""
    model = MODELS[name]
    rng = Random(f"face {model.seed}")
    head = design_head(model.gender, rng)
    while head.skin != SKINS[model.skin]:  # drawn again until it is the skin that is meant: lips and eyes go with it
        head = design_head(model.gender, rng)
    head = replace(head, hair=HAIRS[model.hair], style=model.style, glasses=False, earrings=False)
    # Upright, the arms off the body: every garment is seen, and nothing is hidden behind a hand.
    rng = Random(f"stands {model.seed}")
    arms = [Bend(rng.uniform(9, 13), rng.uniform(4, 8)) for _ in range(2)]
    legs = [Bend(rng.uniform(3, 5), rng.uniform(2, 4)) for _ in range(2)]
    sway = rng.uniform(-0.8, 0.8)
    pose = Pose(
        arms=(arms[0], arms[1]), legs=(legs[0], legs[1]), lean=sway * 5, shoulders=-sway * 0.04, hips=sway * 0.04,
        turn=rng.uniform(-0.3, 0.3), nod=rng.uniform(-2, 2),
    )  # fmt: skip
    scale = 0.66
    figure = Figure(Build(model.gender, model.breadth, model.weight), pose, scale, 192, (512 - GROUND * scale) * 0.45)
    return Person(model.name, figure, head, _SCENE)


def plain_clothes(gender: str) -> dict[str, Spec]:
    """A plain T-shirt, slim trousers and sneakers, by region."""
    plain = Spec(
        "plain", "t-shirt", gender, "off white", "grey", "solid", "cotton", make=3, length="regular", fit="slim"
    )
    top = replace(plain, neck="crew", sleeve="short")
    bottom = replace(plain, kind="trousers", colour="grey")
    shoes = replace(plain, kind="sneakers", colour="white", fabric="leather", length="", fit="")
    return {"top": judged(top), "bottom": judged(bottom), "shoes": judged(shoes)}


def _predicted(off: tuple[str, ...], classes: Pixels, drawn: Mapping[tuple[str, ...], Drawn], studio: Pixels) -> Pixels:
    """Pixels that a picture is likely to show, by its map and by pictures before it. Shape: (height, width, 3)."""
    if not off:
        return studio
    if off == _CLOTHES:
        return drawn[()].pixels
    nearest = drawn[off[:-1] if off[-1] == "shoes" else ()]
    return np.where((classes == nearest.map)[..., None], nearest.pixels, drawn[_CLOTHES].pixels)


def _file(off: tuple[str, ...]) -> str:
    return f"without-{'-'.join(off)}.webp" if off else "dressed.webp"


def _read(path: Path) -> Pixels:
    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))
