"""The composite that the appearance network finishes: garments laid onto the query, and holes filled smoothly.

It is made at the networks' size, and again at the photo's own, with the garments' own pixels at theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.catalog.categories import PARSING_CLASSES, REPLACES
from modiste.parsing import SIZE, Scene, Seen
from modiste.parsing.frame import region_classes
from modiste.tryon.align import Field, enlarge, sample
from modiste.tryon.body import CLASS, covers
from modiste.types import Map, Mask, Pixels

LARGEST = 3072
"""Pixels of height at which a garment is rendered; beyond it the picture is enlarged."""
RIM = 2
"""Pixels around what changes that are painted again, so that no seam is left."""
FOLD = 24.0
"""Pixels from a shape up to which its mirrored image is as good as the shape; at twice as many it is nothing."""
BLED = 2
"""Pixels from a garment's edge that are mixed with what lies beside it."""
_LEVELS = 7


class AppearanceInputs(NamedTuple):
    """Inputs of the appearance network, in its order."""

    composite: Tensor
    """RGB 0-1: the query where it stays, else garments and smooth fillings. Shape: (1, 3, h, w)."""
    sampled: Tensor
    """1 where a garment has its reference's own pixels. Shape: (1, 1, h, w)."""
    changed: Tensor
    """1 where pixels may differ from the query's. Shape: (1, 1, h, w)."""
    masks: Tensor
    """The generated map as planes. Shape: (1, 13, h, w)."""
    codes: Tensor
    """Shape: (1, 13, codes)."""


@dataclass(frozen=True)
class Plan:
    """A request, ready to be painted."""

    query: Scene
    garments: Mapping[str, Scene]
    map: Map
    """The generated map. Shape: (h, w)."""
    changed: Mask
    """Shape: (h, w)."""
    fields: Mapping[str, Field]
    """Region to the field from the query to its reference. Shape: (64, 48, 2)."""
    inputs: AppearanceInputs


@dataclass(frozen=True)
class Dressed:
    """A person in other garments."""

    pixels: Pixels
    """Shape: (h, w, 3)."""
    map: Map
    """Shape: (h, w)."""
    changed: Mask
    """Outside of it, pixels are the query's. Shape: (h, w)."""
    gain: float | None = None
    """Share by which refinement lowered the error inside the references' garments; None without it."""
    steps: int = 0
    """Of refinement."""
    residual: Tensor | None = None
    """The appearance network's output, which is added to the composite. Shape: (1, 3, h, w)."""


@dataclass(frozen=True)
class Person:
    """The photo of the person to dress, parsed."""

    image: Image.Image
    """The photo, turned so that the person stands upright."""
    seen: Seen
    quarters: int = 0
    """Quarter turns, counter-clockwise, by which the photo was turned."""
    notes: tuple[str, ...] = ()
    """Assumptions that were made."""
    before: Image.Image | None = None
    """The photo as it was given, where `image` shows the person without the garments that are replaced."""
    worn: Map | None = None
    """The map of the garments there, in the frame. Shape: (256, 192)."""


def replaced_classes(regions: Iterable[str]) -> set[int]:
    """The values in a map of all that some regions take the place of, themselves included."""
    gone = {other for region in regions for other in (region, *REPLACES.get(region, ()))}
    return set(region_classes(*gone))


def changed_mask(query: Map, wanted: Map, chosen: Iterable[int], replaced: Iterable[int]) -> Mask:
    """Mask of what is painted: old garments, new ones, what differs between the maps, and a rim around these."""
    gone, background = covers(query, replaced), wanted == CLASS["background"]
    apart = gone | covers(wanted, chosen) | (query != wanted)
    fringe = ndimage.binary_dilation(gone & background, iterations=5) & background  # fur, a fringe or a shadow
    return np.asarray(ndimage.binary_dilation(apart, iterations=RIM) | fringe)


def lay_out(
    query: Scene, wanted: Map, garments: Mapping[str, tuple[Tensor, Tensor]], changed: Mask
) -> tuple[Tensor, Tensor, Tensor]:
    """Put garments onto a query.

    Args:
        wanted: the map to reach. Shape: (h, w).
        garments: region to its pixels as they lie on the query, 0-1, shape (3, h, w), and the mask of those that are
            the reference's own, shape (1, h, w).
        changed: the mask of what may be painted. Shape: (h, w).

    Returns:
        `composite`, `sampled` and `changed` as of `AppearanceInputs`, without the batch.
    """
    photo, hole = to_tensor(query.pixels), torch.from_numpy(changed)[None]
    composite, sampled = photo.clone(), torch.zeros_like(hole, dtype=torch.float32)
    worn = region_classes(*garments)
    bare = [value for value in np.unique(wanted[changed]).tolist() if value not in worn]
    if bare:
        sure = ndimage.binary_erosion(~changed)
        known = [_evidence(query.map, value, sure) for value in bare]
        smooth = _continued(photo.expand(len(bare), -1, -1, -1), torch.from_numpy(np.stack(known))[:, None].float())
        for value, mask, paint in zip(bare, known, smooth, strict=True):
            area = (wanted == value) & changed
            composite = torch.where(torch.from_numpy(area)[None], paint, composite)
            if _is_textured(value, area):
                tall, wide = _bounds(area)
                folded, trust = _folded_in(_positions(*wanted.shape)[:, tall, wide], mask)
                trust = trust * torch.from_numpy(area[tall, wide])
                composite[:, tall, wide] = trust * sample(photo, folded) + (1 - trust) * composite[:, tall, wide]
    for region, (pixels, found) in garments.items():
        area = torch.from_numpy(covers(wanted, region_classes(region)) & changed)[None]
        own = found * area
        if own.any() and (own.sum() < area.sum()):
            pixels = pixels * own + _continued(pixels[None], own[None])[0] * (1 - own)
        composite, sampled = torch.where(area, pixels, composite), torch.maximum(sampled, own)
    return composite, sampled, hole.float()


def _is_textured(value: int, area: Mask) -> bool:
    """True if a class is continued with its texture: skin has none, and a rim of few pixels shows none."""
    return value != CLASS["skin"] and bool(area.sum() >= 300)


def _bounds(mask: Mask) -> tuple[slice, slice]:
    """The rows and columns that a mask spans."""
    tall, wide = ndimage.find_objects(mask.astype(np.uint8))[0]
    return tall, wide


def _evidence(query: Map, value: int, sure: Mask) -> Mask:
    """Mask of the pixels that a class is filled from: its own; for legwear skin's; else all that stay."""
    own, skin = (query == value) & sure, (query == CLASS["skin"]) & sure
    return own if own.any() else skin if value == CLASS["legwear"] and skin.any() else sure


def _continued(values: Tensor, known: Tensor) -> Tensor:
    """`spread` at a quarter of the size, which is as smooth and much faster. Shapes as there."""
    weight = F.avg_pool2d(known, 4)
    small = F.avg_pool2d(values * known, 4) / weight.clamp_min(1e-6)
    filled = spread(small, (weight > 0).float())
    return F.interpolate(filled, values.shape[-2:], mode="bilinear", align_corners=False)


def spread(values: Tensor, known: Tensor) -> Tensor:
    """Continue images smoothly from where they are known to all of the plane, by pyramids (push and pull).

    Source: Gortler and others, "The Lumigraph", SIGGRAPH 1996, section 3.4.

    Args:
        values: Shape: (b, c, h, w).
        known: 1 where values count, 0 where not. Shape: (b, 1, h, w).
    """
    sums, weights = [values * known], [known]
    while len(sums) < _LEVELS and min(sums[-1].shape[-2:]) > 2:
        sums.append(F.avg_pool2d(sums[-1], 2, ceil_mode=True, count_include_pad=False))
        weights.append(F.avg_pool2d(weights[-1], 2, ceil_mode=True, count_include_pad=False))
    total = weights[-1].sum((2, 3), keepdim=True).clamp_min(1e-6)
    filled = (sums[-1].sum((2, 3), keepdim=True) / total).expand_as(sums[-1])
    for level_sum, weight in zip(reversed(sums), reversed(weights), strict=True):
        if filled.shape[-2:] != level_sum.shape[-2:]:
            filled = F.interpolate(filled, level_sum.shape[-2:], mode="bilinear", align_corners=False)
        share = (weight * 4).clamp(0, 1)
        filled = share * level_sum / weight.clamp_min(1e-6) + (1 - share) * filled
    return filled


def laid(reference: Scene, region: str, field: Field, wanted: Mask | None = None) -> tuple[Tensor, Tensor]:
    """A garment's pixels as they lie on the query, and the mask of those that it has. Shapes as in `lay_out`.

    Args:
        wanted: the pixels that are needed; all by default. Shape: (h, w).
    """
    dense = enlarge(field, *reference.map.shape)
    pixels, found = torch.zeros(3, *dense.shape[1:]), torch.zeros(1, *dense.shape[1:])
    if wanted is None or wanted.any():
        tall, wide = (slice(None), slice(None)) if wanted is None else _bounds(wanted)
        inside = ndimage.binary_erosion(reference.mask(region), iterations=BLED)
        folded, found[:, tall, wide] = _folded_in(dense[:, tall, wide], inside)
        pixels[:, tall, wide] = sample(to_tensor(reference.pixels), folded)
    return pixels, found


def _folded_in(dense: Tensor, inside: Mask, reach: float = FOLD) -> tuple[Tensor, Tensor]:
    """Fold a field back at a shape's edge, as in a mirror, where it would leave the shape.

    So a garment that is to cover more than its photo shows goes on in its own cloth, and a wall in its own bricks.

    Args:
        dense: Shape: (2, tall, wide).
        inside: the shape, in the picture that the field leads to. Shape: (h, w).
        reach: pixels from the shape up to which its image is as good as the shape; at twice as many it is nothing.

    Returns:
        The field, and how far it can be trusted: 1 in the shape and near it, 0 far off. Shape: (1, tall, wide).
    """
    half = inside[::2, ::2]
    if not half.any():
        return dense, torch.zeros_like(dense[:1])
    rows, columns = ndimage.distance_transform_edt(~half, return_distances=False, return_indices=True)
    height, width = inside.shape
    known, edge = torch.from_numpy(inside), torch.from_numpy(np.stack([columns, rows])).float() * 2
    x, y = dense[0].round().long().clamp(0, width - 1), dense[1].round().long().clamp(0, height - 1)
    nearest = torch.where(known[y, x], dense, edge[:, y // 2, x // 2])
    # an edge of pixels is jagged, and its mirror image would be a row of spikes
    blur = 2 * int(reach / 8) + 1
    offset = F.avg_pool2d((nearest - dense)[None], blur, 1, blur // 2, count_include_pad=False)[0]
    mirrored = dense + 2 * offset
    back_x, back_y = mirrored.round().long()
    there = known[back_y.clamp(0, height - 1), back_x.clamp(0, width - 1)]
    folded = torch.where(known[y, x], dense, torch.where(there, mirrored, nearest))
    away = (nearest - dense).norm(dim=0)
    return folded, (2 - away / reach).clamp(0, 1)[None]


def to_tensor(pixels: Pixels) -> Tensor:
    """RGB 0-255, shape (h, w, 3), to 0-1, shape (3, h, w)."""
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def to_pixels(image: Tensor) -> Pixels:
    """The way back, rounded."""
    return (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()


def one_hot(map: Map) -> Tensor:
    """A map as planes. Shape: (h, w) to (13, h, w)."""
    values = torch.arange(len(PARSING_CLASSES), dtype=torch.uint8)
    return (torch.from_numpy(map)[None] == values[:, None, None]).float()


def _positions(height: int, width: int) -> Tensor:
    """x and y of every pixel. Shape: (2, height, width)."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([x, y]).float()


def render(person: Person, plan: Plan, worn: Mapping[str, tuple[Image.Image, Seen]]) -> tuple[Tensor, Tensor]:
    """The composite of a plan at the photo's own resolution, where the references' pixels are taken at full size.

    Args:
        worn: region to the photo of its garment, and what is seen on it.

    Returns:
        RGB 0-1 of the frame, shape (3, h, w), and how much of it is new, 0 where the query stays, shape (1, h, w).
    """
    frame = person.seen.frame
    height = min(LARGEST, max(1, round(frame.height)))
    size = (height, max(1, round(height * frame.width / frame.height)))
    composite, likely = _enlarged(plan.inputs.composite[0], size), _smooth(one_hot(plan.map), size)

    def blend(own: Tensor, trust: Tensor, shown: Tensor, tall: slice, wide: slice) -> None:
        """Lay pixels of a class where it probably is. Shapes: (3, h, w), (1, h, w) and (h, w)."""
        share = trust * ((shown[tall, wide] - 0.35) / 0.3).clamp(0, 1)
        composite[:, tall, wide] = share * own + (1 - share) * composite[:, tall, wide]

    photo, sure = to_tensor(frame.cut(person.image, size)), ndimage.binary_erosion(~plan.changed)
    ratio = torch.tensor([SIZE[1] / size[1], SIZE[0] / size[0]])[:, None, None]
    back = torch.tensor([size[1] / SIZE[1], size[0] / SIZE[0]])[:, None, None]
    positions = (_positions(*size) + 0.5) * ratio - 0.5  # at the networks' size
    for value in set(np.unique(plan.map[plan.changed]).tolist()) - set(region_classes(*worn)):
        area = (plan.map == value) & plan.changed
        if _is_textured(value, area):
            tall, wide = _enlarged_bounds(area, size)
            folded, trust = _folded_finely(positions[:, tall, wide], _evidence(plan.query.map, value, sure), size)
            blend(sample(photo, (folded + 0.5) * back - 0.5), trust, likely[value], tall, wide)
    for region, (image, seen) in worn.items():
        classes = region_classes(region)
        area = covers(plan.map, classes)
        if not area.any():
            continue
        # a reference is cut as large as it is, and as the query can show
        most = min(seen.frame.height, 2.0 * height, LARGEST)
        times = max(1, min(round(most / SIZE[0]), LARGEST // SIZE[0]))
        reference = to_tensor(seen.frame.cut(image, (SIZE[0] * times, SIZE[1] * times)))
        inside = ndimage.binary_erosion(seen.mask(region), iterations=BLED)
        tall, wide = _enlarged_bounds(area, size)
        folded, trust = _folded_finely(enlarge(plan.fields[region], *size)[:, tall, wide], inside, size)
        own = sample(reference, (folded + 0.5) * times - 0.5)
        blend(own, trust, likely[classes].sum(0), tall, wide)
    # new is all where the map changes, less over a narrow rim
    return composite, ((_smooth(torch.from_numpy(plan.changed)[None].float(), size) - 0.3) / 0.4).clamp(0, 1)


def _folded_finely(dense: Tensor, inside: Mask, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """`_folded_in` at a mask of about the picture's size, without the staircase of the networks' size."""
    times = max(1, min(round(size[0] / SIZE[0]), 4))
    fine = _smooth(torch.from_numpy(inside)[None].float(), (SIZE[0] * times, SIZE[1] * times))[0] > 0.5
    folded, trust = _folded_in((dense + 0.5) * times - 0.5, fine.numpy(), FOLD * times)
    return (folded + 0.5) / times - 0.5, trust


def _enlarged_bounds(mask: Mask, size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns that a mask spans in a frame of some size, with a pixel's margin."""
    tall, wide = (
        slice(int(max(side.start - 1, 0) * length / whole), int(min(side.stop + 1, whole) * length / whole))
        for side, length, whole in zip(_bounds(mask), size, SIZE, strict=True)
    )
    return tall, wide


def _smooth(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Planes of a map enlarged, without its staircase."""
    return _enlarged(F.avg_pool2d(F.avg_pool2d(planes[None], 3, 1, 1), 3, 1, 1)[0], size)


def finished(person: Person, rendered: tuple[Tensor, Tensor], residual: Tensor) -> tuple[Image.Image, Image.Image]:
    """The photo with the frame's new pixels in it, and where it may differ from the given one: white, mode L.

    Args:
        rendered: as `render` gives it.
        residual: of the appearance network. Shape: (1, 3, h, w).
    """
    (composite, mask), frame, image = rendered, person.seen.frame, person.image
    height, width = composite.shape[1:]
    made = to_pixels(composite + _enlarged(residual[0], (height, width)))
    left, right = max(0, round(frame.left)), min(image.width, round(frame.left + frame.width))
    top, bottom = max(0, round(frame.top)), min(image.height, round(frame.top + frame.height))
    box = (
        max(0.0, (left - frame.left) * width / frame.width), max(0.0, (top - frame.top) * height / frame.height),
        min(float(width), (right - frame.left) * width / frame.width),
        min(float(height), (bottom - frame.top) * height / frame.height),
    )  # fmt: skip
    size, shown = (right - left, bottom - top), (slice(top, bottom), slice(left, right))
    pixels = np.asarray(Image.fromarray(made).resize(size, Image.Resampling.BICUBIC, box=box), np.float32)
    share = np.asarray(Image.fromarray(mask[0].numpy()).resize(size, Image.Resampling.BILINEAR, box=box))[..., None]
    whole = np.asarray(image).copy()
    changed = np.where((whole != np.asarray(person.before or image)).any(2), 255, 0).astype(np.uint8)
    changed[shown][share[..., 0] > 0] = 255
    mixed = np.round(share * pixels + (1 - share) * whole[shown].astype(np.float32)).astype(np.uint8)
    whole[shown] = np.where(share > 0, mixed, whole[shown])
    return Image.fromarray(whole), Image.fromarray(changed)


def _enlarged(planes: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(planes[None], size, mode="bilinear", align_corners=False)[0]
