"""Drawn people in the boutique's own products, with the true class of every pixel and the true joints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from modiste.boutique.drawing.curves import Path
from modiste.boutique.drawing.light import CANVAS, Area, enlarged, light, lit, render
from modiste.boutique.drawing.materials import FABRICS, Fabric, darker
from modiste.boutique.drawing.parts import Drawing, Part, all_bent
from modiste.boutique.garments.photo import svg
from modiste.boutique.garments.spec import Spec
from modiste.boutique.people import heads, wearing
from modiste.boutique.people.body import GROUND, SHOULDER, WAIST, Build, Figure, design_pose, joints, skin_of
from modiste.boutique.people.scenes import SCENES, Scene, draw_scene
from modiste.boutique.people.wearing import Worn
from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.colour import Rgb
from modiste.types import Floats, Pixels

PEOPLE_SIZE = (512, 384)
"""Height and width of a picture of a person."""

_SKIN = Fabric(gloss=0.10, sharpness=7, grain=0.004)
_HAIR = Fabric(gloss=0.4, sharpness=7, grain=0.012, slub=(0.0, 2.0))
_HOSE = Fabric(gloss=0.1, grain=0.006)
_TIGHTS: tuple[Rgb, ...] = ((32, 30, 34), (32, 30, 34), (60, 52, 58), (96, 34, 44), (44, 52, 78), (150, 132, 118))
_SOCKS: tuple[Rgb, ...] = ((238, 238, 236), (40, 40, 44), (120, 122, 126), (200, 60, 60), (70, 90, 140))


@dataclass(frozen=True)
class Person:
    """Somebody in a pose, before they are dressed."""

    id: str
    figure: Figure
    head: heads.Head
    scene: Scene
    opened: bool = False
    """Wears jackets open."""
    tucked: bool = False
    """Wears tops in their skirt or trousers."""
    holds: bool = False
    """Carries a bag in the hand rather than on the shoulder."""
    bag_side: int = 1
    tights: Rgb | None = None
    socks: Rgb | None = None


@dataclass(frozen=True)
class Drawn:
    """A picture of a person, and what is true of it."""

    pixels: Pixels
    """Shape: (height, width, 3)."""
    map: NDArray[np.uint8]
    """Indices in PARSING_CLASSES. Shape: (height, width)."""
    keypoints: NDArray[np.float32]
    """x and y relative to width and height, and 1 where the picture shows it. Shape: (17, 3)."""


def design_person(seed: int, index: int) -> Person:
    """Person `index` of the shop drawn from `seed`; they depend on nothing else."""
    rng = Random(f"person {seed} {index}")
    gender = rng.choice(["Women", "Women", "Men"])
    build = Build(gender, rng.uniform(0.94, 1.07), rng.choice([rng.uniform(0.9, 1.05), rng.uniform(0.95, 1.25)]))
    tights, socks = rng.choice(_TIGHTS), rng.choice(_SOCKS)
    return Person(
        id=f"p{seed}-{index:05d}",
        figure=Figure(build, design_pose(rng), *_framing(rng)),
        head=heads.design_head(gender, rng),
        scene=Scene(rng.choice(SCENES), rng.randrange(2**31)),
        opened=rng.random() < 0.55,
        tucked=rng.random() < 0.4,
        holds=rng.random() < 0.6,
        bag_side=rng.choice([-1, 1]),
        tights=tights if gender == "Women" and rng.random() < 0.35 else None,
        socks=socks if rng.random() < 0.35 else None,
    )


def _framing(rng: Random) -> tuple[float, float, float]:
    """Scale, middle and top: mostly the whole person, sometimes down to the knees."""
    if rng.random() < 0.18:
        scale = rng.uniform(0.78, 0.94)
        return scale, 192 + rng.gauss(0, 10), rng.uniform(22, 40)
    scale = rng.uniform(0.54, 0.66)
    room = 512 - (GROUND + 24) * scale
    return scale, 192 + max(-40.0, min(40.0, rng.gauss(0, 14))), max(14.0, room * rng.uniform(0.4, 0.75))


def draw_person(person: Person, worn: Mapping[str, Spec], size: tuple[int, int] = PEOPLE_SIZE) -> Drawn:
    """A person in some of the boutique's products.

    Args:
        worn: region to product.
        size: height and width in pixels, 4 to 3.
    """
    canvas = _Canvas(_ground(person, size))
    garments = {
        region: wearing.wear(
            worn[region],
            person.figure,
            opened=person.opened and region == "outer",
            under="outer" in worn and region != "outer",
        )
        for region in ("bottom", "dress", "top", "outer")
        if region in worn
    }
    arms = [_lit_layer(layer, person.figure, size) for layer in _arms(person, worn, garments)]
    for layer in _below(person, worn, garments):
        canvas.lay(_lit_layer(layer, person.figure, size))
    for sheet in arms:
        canvas.lay(sheet)
    for layer in _clothes(person, worn, garments):
        kept = _above_waist(person.figure, size) if layer.name == "top" and _tucked(person, worn) else None
        canvas.lay(_lit_layer(layer, person.figure, size), kept)
    over = _forearms(person.figure, size)
    for sheet in arms:
        canvas.lay(sheet, over)
    for layer in _head(person, worn):
        canvas.lay(_lit_layer(layer, person.figure, size))
    pixels = np.round(np.clip(canvas.pixels, 0, 255)).astype(np.uint8)
    return Drawn(pixels, canvas.map, _keypoints(person.figure))


def _cloth(region: str, drawing: Drawing, spec: Spec, shadow: float = 0.3) -> _Layer:
    return _Layer("skirt" if spec.kind == "skirt" else region, drawing, FABRICS[spec.fabric], spec, spec.make, shadow)


def _below(person: Person, worn: Mapping[str, Spec], garments: Mapping[str, Worn]) -> list[_Layer]:
    """Layers behind the body, the body itself, and layers on its legs."""
    figure, head = person.figure, person.head
    trunk, legs, _ = skin_of(figure, head.skin)
    layers = [_Layer("hair", _on_head(figure, heads.hair_behind(head)), _HAIR, seed=head.seed, shadow=0)]
    layers += [
        _cloth(region, garments[region].behind, worn[region], 0)
        for region in ("outer", "dress", "top")
        if region in garments
    ]
    if "outer" in worn and person.opened:
        layers.insert(1, _cloth("outer", _lining(worn["outer"], figure), worn["outer"], 0))
    bare = Drawing((*wearing.feet(worn.get("shoes"), figure, head.skin).parts, *legs.parts, *trunk.parts))
    layers.append(_Layer("skin", bare, _SKIN, seed=1, shadow=0))
    layers += _legwear(person, worn)
    over = _boots_over(worn)
    if "shoes" in worn and not over:
        layers.append(_cloth("shoes", wearing.shoes(worn["shoes"], figure), worn["shoes"]))
    if "bottom" in worn and not _tucked(person, worn):
        layers.append(_cloth("bottom", garments["bottom"].body, worn["bottom"]))
    if "shoes" in worn and over:
        layers.append(_cloth("shoes", wearing.shoes(worn["shoes"], figure), worn["shoes"]))
    return layers


def _clothes(person: Person, worn: Mapping[str, Spec], garments: Mapping[str, Worn]) -> list[_Layer]:
    """Layers on the trunk, and a bag."""
    layers = [_cloth(name, garments[name].body, worn[name]) for name in ("dress", "top") if name in garments]
    if _tucked(person, worn):
        layers.append(_cloth("bottom", garments["bottom"].body, worn["bottom"]))
    if "outer" in worn:
        layers.append(_cloth("outer", garments["outer"].body, worn["outer"], 0.45))
    if "bag" in worn:
        hung = wearing.bag(worn["bag"], person.figure, person.holds, person.bag_side)
        layers.append(_cloth("bag", hung, worn["bag"], 0.4))
    return layers


def _arms(person: Person, worn: Mapping[str, Spec], garments: Mapping[str, Worn]) -> list[_Layer]:
    """Both arms in their sleeves, which lie partly under and partly over the clothes."""
    left, right = skin_of(person.figure, person.head.skin)[2]
    layers = [_Layer("skin", Drawing((*left.parts, *right.parts)), _SKIN, seed=2)]
    for region in ("dress", "top", "outer"):
        if region in garments:
            parts = [part for sleeve in garments[region].sleeves for part in sleeve.parts]
            layers.append(_cloth(region, Drawing(tuple(parts)), worn[region], 0.25))
    return layers


def _head(person: Person, worn: Mapping[str, Spec]) -> list[_Layer]:
    figure, head = person.figure, person.head
    turn = figure.pose.turn
    above = heads.hair_above(head, turn)
    return [
        _Layer("skin", _on_head(figure, heads.face(head, turn)), _SKIN, seed=3),
        _Layer("hair", _on_head(figure, above), _HAIR, seed=head.seed, shadow=0.2),
        _Layer("accessory", _on_head(figure, heads.accessories(head, turn)), FABRICS["plastic"], shadow=0.1),
        _Layer("hair", _on_head(figure, heads.hair_before(head)), _HAIR, seed=head.seed + 1, shadow=0.35),
        *([_cloth("hat", wearing.hat(worn["hat"], figure), worn["hat"], 0.35)] if "hat" in worn else []),
    ]


def _legwear(person: Person, worn: Mapping[str, Spec]) -> list[_Layer]:
    """Tights under skirts and dresses, socks under the rest."""
    skirted = "bottom" in worn and worn["bottom"].kind == "skirt"
    skirted |= "dress" in worn and worn["dress"].kind != "jumpsuit"
    colour = person.tights if skirted else person.socks
    if colour is None or (not skirted and worn.get("shoes") is not None and worn["shoes"].kind != "sneakers"):
        return []
    feet = wearing.feet(worn.get("shoes"), person.figure, colour)
    legs = wearing.hose(person.figure, colour, knee=not skirted)
    return [_Layer("legwear", Drawing((*feet.parts, *legs.parts)), _HOSE, seed=4, shadow=0)]


def _boots_over(worn: Mapping[str, Spec]) -> bool:
    """Return whether boots go over the trousers."""
    shoes, bottom = worn.get("shoes"), worn.get("bottom")
    if shoes is None or bottom is None or shoes.kind != "boots":
        return False
    return bottom.fit in ("skinny", "slim") and bottom.kind != "skirt"


def _tucked(person: Person, worn: Mapping[str, Spec]) -> bool:
    """Return whether the top is worn in the trousers or skirt."""
    if "bottom" not in worn or not person.tucked or worn.get("top") is None:
        return False
    fine = worn["top"].kind in ("blouse", "shirt", "tank top", "t-shirt", "polo shirt")
    return fine and worn["bottom"].kind in ("skirt", "trousers", "jeans", "shorts")


def _lining(spec: Spec, figure: Figure) -> Drawing:
    """The inside of an open jacket's back."""
    body = wearing.wear(spec, figure).body.parts
    main = max(body, key=lambda part: part.shape.bounds()[3] - part.shape.bounds()[1])
    return Drawing((replace(main, colour=darker(main.colour, 0.5), marks=(), patterned=False),))


def _on_head(figure: Figure, parts: Sequence[Part]) -> Drawing:
    return all_bent(parts, lambda points: figure.placed(figure.head(points)), figure.scale)


def _forearms(figure: Figure, size: tuple[int, int]) -> Floats:
    """1 where arms lie over the clothes: from the middle of the upper arm on."""
    scale = size[0] / CANVAS[1]
    mask = Image.new("L", (size[1], size[0]))
    pen = ImageDraw.Draw(mask)
    for arm in figure.arms:
        along = np.linspace(78, arm.length + 80, 30)
        edges = [arm.at(along, np.full_like(along, side * 42.0)) for side in (1, -1)]
        ring = figure.placed(np.concatenate([edges[0], edges[1][::-1]])) * scale
        pen.polygon([(float(at.real), float(at.imag)) for at in ring], fill=255)
    # A soft edge would let what is in the sleeve shine through.
    return np.asarray(mask, np.float32) / np.float32(255)


def _above_waist(figure: Figure, size: tuple[int, int]) -> Floats:
    """1 where a top is seen that is tucked in, 0 where it is in the trousers."""
    waist = complex(figure.placed(figure.trunk(np.array([complex(0, WAIST + 12)])))[0]).imag * size[0] / CANVAS[1]
    rows = np.clip(waist - np.arange(size[0], dtype=np.float32), 0, 1)
    return np.asarray(np.broadcast_to(rows[:, None], size), np.float32)


def _ground(person: Person, size: tuple[int, int]) -> Floats:
    """The scene with the person's shadow on the floor."""
    figure = person.figure
    feet = [complex(figure.placed(np.array([leg.point(leg.length, 10.0) + 40j]))[0]) for leg in figure.legs]
    grid = draw_scene(person.scene, max(foot.imag for foot in feet), size)
    scale = size[0] / CANVAS[1]
    mask = Image.new("L", (size[1], size[0]))
    pen = ImageDraw.Draw(mask)
    wide, deep = 46 * figure.scale * scale, 11 * figure.scale * scale
    for foot in feet:
        x, y = foot.real * scale + wide * 0.35, foot.imag * scale
        pen.ellipse((x - wide, y - deep, x + wide, y + deep), fill=150)
    dark = _blurred(np.asarray(mask, np.float32) / np.float32(255), max(1, round(4 * scale)))
    return np.asarray(grid * (1 - 0.75 * dark[..., None] * _SHADE), np.float32)


def _keypoints(figure: Figure) -> NDArray[np.float32]:
    found = joints(figure)
    rows = [(found[name].real / CANVAS[0], found[name].imag / CANVAS[1]) for name in KEYPOINTS]
    return np.array([(x, y, float(0 <= x < 1 and 0 <= y < 1)) for x, y in rows], np.float32)


_MARGIN = 16
"""Units around a drawing in which its shadow ends."""
_SHADE = np.array([0.92, 1.0, 0.95], np.float32)
"""How much each channel loses in a shadow."""


@dataclass(frozen=True)
class _Layer:
    """A drawing in one cloth, all of whose pixels belong to one class."""

    name: str
    drawing: Drawing
    fabric: Fabric
    spec: Spec | None = None
    seed: int = 0
    shadow: float = 0.3


@dataclass(frozen=True)
class _Sheet:
    """A layer in colour."""

    name: str
    colour: Floats
    """Shape: (height, width, 3)."""
    cover: Floats
    """0 to 1. Shape: (height, width)."""
    area: Area
    """The window of the picture in which it is; both shapes are the window's."""
    shadow: float


@dataclass
class _Canvas:
    """A picture that layers are laid on."""

    pixels: Floats
    """Red, green and blue, 0 to 255. Shape: (height, width, 3)."""
    map: NDArray[np.uint8] = field(init=False)

    def __post_init__(self) -> None:
        self.map = np.zeros(self.pixels.shape[:2], np.uint8)

    def lay(self, sheet: _Sheet, only: Floats | None = None) -> None:
        """Put a layer on top, or a part of it; it casts a soft shadow on the person under it."""
        if not sheet.cover.size:
            return
        cover = sheet.cover if only is None else sheet.cover * only[sheet.area]
        pixels, classes = self.pixels[sheet.area], self.map[sheet.area]
        if sheet.shadow:
            depth = _fallen(cover, self.map.shape[0] / CANVAS[1]) * (classes > 0) * sheet.shadow
            pixels *= 1 - depth[..., None] * _SHADE
        pixels += (sheet.colour - pixels) * cover[..., None]
        classes[cover > 0.5] = PARSING_CLASSES.index(sheet.name)


def _lit_layer(layer: _Layer, figure: Figure, size: tuple[int, int]) -> _Sheet:
    """A layer drawn and lit."""
    seen = Drawing(tuple(part for part in layer.drawing.parts if _in_sight(part.shape)))
    area = _window(seen, size)
    if not seen.parts:
        return _Sheet(layer.name, np.zeros((0, 0, 3), np.float32), np.zeros((0, 0), np.float32), area, 0)
    origin = complex(figure.placed(figure.trunk(np.array([complex(0, SHOULDER)])))[0])
    art = render(svg(layer.spec, seen, size, origin=origin, fine=0.8 * figure.scale))[area].astype(np.float32)
    lamp = light(seen, layer.fabric, layer.seed)
    grids = (enlarged(grid, size)[area] for grid in (lamp.shade, lamp.shine, lamp.texture))
    return _Sheet(layer.name, lit(art[..., :3], *grids), art[..., 3] / np.float32(255), area, layer.shadow)


def _window(drawing: Drawing, size: tuple[int, int]) -> Area:
    """The pixels that a drawing and its shadow can touch."""
    if not drawing.parts:
        return slice(0, 0), slice(0, 0)
    scale, corners = size[0] / CANVAS[1], np.array([part.shape.bounds() for part in drawing.parts])
    left, top = np.maximum((corners[:, :2].min(0) - _MARGIN) * scale, 0).astype(int).tolist()
    right, bottom = np.ceil((corners[:, 2:].max(0) + _MARGIN) * scale).astype(int).tolist()
    return slice(top, min(bottom, size[0])), slice(left, min(right, size[1]))


def _in_sight(outline: Path) -> bool:
    left, top, right, bottom = outline.bounds()
    return bool(left < CANVAS[0] - 2 and top < CANVAS[1] - 2 and right > 2 and bottom > 2)


def _blurred(values: Floats, reach: int) -> Floats:
    """Blurred."""
    from scipy.ndimage import uniform_filter

    return np.asarray(uniform_filter(uniform_filter(values, 2 * reach + 1), 2 * reach + 1), np.float32)


def _fallen(cover: Floats, scale: float) -> Floats:
    """A layer's shadow: a little below it, and to the right."""
    down, right = max(1, round(3 * scale)), max(1, round(1.5 * scale))
    fallen = np.zeros_like(cover)
    fallen[down:, right:] = _blurred(cover, down)[:-down, :-right]
    return fallen
