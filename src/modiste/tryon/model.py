"""Both networks together: a person in other garments, at the size at which the networks work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.tryon.align import alone, body_field, present, reachable, worn_by
from modiste.tryon.appearance import AppearanceConfig, AppearanceNetwork
from modiste.tryon.bare import worn_map
from modiste.tryon.body import parts, stand_in, torso
from modiste.tryon.canvas import (
    Canvas,
    changed_mask,
    chosen_classes,
    laid,
    lay_out,
    one_hot,
    replaced_classes,
    to_pixels,
    to_tensor,
)
from modiste.tryon.fields import Field, enlarge, follow_field, sample
from modiste.tryon.layers import PatchDiscriminator
from modiste.tryon.online import Painting, Progress, RefineConfig, Refined, refine
from modiste.tryon.registration import hides, register
from modiste.tryon.scene import CLASS, OCCLUDERS, Scene, covers, region_classes
from modiste.tryon.shape import CLASSES, ShapeConfig, ShapeNetwork, body_model, invented
from modiste.types import Map, Mask, Pixels
from modiste.weights import PHOTOGRAPHS, Weights, find, suited

FAITH = 5.0
"""By how much a garment's aligned silhouette raises its logit in the map, and lowers it elsewhere."""
WAIST = 0.8
"""Where a dress is cut in two when only half of it is replaced, as a share of the way from shoulders to hips."""


@dataclass(frozen=True)
class Plan:
    """All that is settled before anything is painted."""

    query: Scene
    garments: Mapping[str, Scene]
    map: Map
    """The generated map. Shape: (h, w)."""
    changed: Mask
    """Shape: (h, w)."""
    fields: Mapping[str, Field]
    """Region to where on its reference the query's cells lie. Shape: (64, 48, 2)."""
    canvas: Canvas
    codes: Tensor
    """Shape: (1, 13, codes)."""


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
    """By what share refinement lowered the error inside the references' garments; None without it."""
    steps: int = 0
    """Of refinement."""
    plan: Plan | None = None
    stroke: Tensor | None = None
    """What was added to the plan's rough picture. Shape: (1, 3, h, w)."""


class Dresser:
    """O-VITON's two networks, and the discriminator that online refinement asks.

    Args:
        domain: the kind of pictures that they know; nothing where that isn't known.
        parser: the name of the one that sees what they are given; by default the one for the domain.
    """

    def __init__(
        self, shape: ShapeNetwork, appearance: AppearanceNetwork, discriminator: PatchDiscriminator, revision: str = "",
        domain: str = "", parser: str = "",
    ) -> None:  # fmt: skip
        self.shape, self.appearance, self.discriminator = shape.eval(), appearance.eval(), discriminator.eval()
        self.revision, self.domain, self.parser = revision, domain, parser

    def dress(
        self, query: Scene, garments: Mapping[str, Scene], *, refine: RefineConfig | None = None, shape: bool = True,
        texture: bool = True, progress: Progress | None = None,
    ) -> Dressed:  # fmt: skip
        """Put garments on a person.

        Args:
            query: the person.
            garments: region to the scene that shows its garment.
            refine: how to refine it, or None for the feed-forward picture.
            shape: whether the shape network paints the map; else the aligned silhouettes are the map.
            texture: whether the garments' own pixels are used, or their codes alone.
            progress: told of every step of refinement.

        Raises:
            UsageError: no garment at all.
        """
        if not garments:
            raise UsageError("there is nothing to try on; name a region and a photo that shows its garment")
        plan = self.plan(query, garments, shape=shape, texture=texture)
        return self.paint(plan) if refine is None else self.refined(plan, refine, progress)

    @torch.no_grad()
    def plan(
        self, query: Scene, garments: Mapping[str, Scene], *, shape: bool = True, texture: bool = True,
        worn: Map | None = None,
    ) -> Plan:  # fmt: skip
        """The map, what of it changes, and the rough picture.

        Args:
            worn: the query's map with what the garments take the place of still on. The query is then without it, and
                nothing of it is invented. Shape: (h, w).
        """
        query = divided(query, garments)
        chosen, replaced = chosen_classes(tuple(garments)), replaced_classes(tuple(garments))
        fields = {region: body_field(query, scene, region) for region, scene in garments.items()}
        aligned = aligned_masks(query, garments, fields)
        if worn is not None:
            wanted = worn_map(query, garments, aligned, face_and_hands(replace(query, map=worn)))
            changed = covers(wanted, chosen)
        else:
            stiff = stiff_map(garments, aligned)
            keep = kept(query, replaced, tuple(garments)) & (stiff == 0)
            zone = invented(query.map, [plane.numpy() > 0.5 for plane in aligned.values()], replaced) & ~keep
            wanted = self._map(query, zone, aligned, replaced) if shape else _stacked(query, aligned, replaced, keep)
            wanted = np.where(stiff > 0, stiff, wanted).astype(np.uint8)
            changed = changed_mask(query.map, wanted, chosen, replaced) & ~ndimage.binary_erosion(keep)
        fields = {
            region: register(
                field, garments[region].mask(region), covers(wanted, region_classes(region)), hides(query, region),
                hides(garments[region], region),
            )
            for region, field in fields.items()
        }  # fmt: skip
        pieces = {
            region: laid(garments[region], region, field, covers(wanted, region_classes(region)))
            for region, field in fields.items()
        }
        if not texture:
            pieces = {name: (torch.full_like(rgb, 0.5), torch.zeros_like(own)) for name, (rgb, own) in pieces.items()}
        canvas = lay_out(query, wanted, pieces, changed)
        return Plan(query, garments, wanted, changed, fields, canvas, self._codes(query, garments))

    @torch.no_grad()
    def paint(self, plan: Plan) -> Dressed:
        """The feed-forward picture."""
        asked = _painting(plan)
        planes = self.appearance.planes(asked.rough, asked.sampled, asked.changed)
        stroke = self.appearance.stroke(*self.appearance.features(planes, asked.masks, asked.codes), planes)
        return finished(plan, stroke)

    def refined(
        self, plan: Plan, config: RefineConfig, progress: Progress | None = None, first: Dressed | None = None
    ) -> Dressed:
        """The picture after online refinement, which has learnt of the garments, and paints nothing else.

        Args:
            first: the feed-forward picture, if it is there already.
        """
        with torch.no_grad():
            references = [self._reference(plan, region) for region in plan.garments]
        found: Refined = refine(self.appearance, self.discriminator, _painting(plan), references, config, progress)
        before = (first or self.paint(plan)).stroke
        assert before is not None
        garments = torch.from_numpy(covers(plan.map, chosen_classes(plan.garments)))
        stroke = torch.where(garments, found.stroke, before)
        return replace(finished(plan, stroke), gain=found.gain, steps=found.steps)

    def _map(self, query: Scene, zone: Mask, aligned: Mapping[int, Tensor], replaced: set[int]) -> Map:
        """What the shape network paints in the zone, of the classes that can be there."""
        size = self.shape.config.size
        masks = one_hot(query.map) * torch.from_numpy(~zone)
        for value in replaced:
            masks[value] = 0
        for value, plane in aligned.items():
            masks[value] = plane
        body = body_model(query, zone, size)
        logits = self.shape(body[None], F.adaptive_avg_pool2d(masks, size)[None])
        here = {int(value) for value in np.unique(query.map)} - replaced | set(aligned)
        for value in range(CLASSES):
            if value not in here | {CLASS["background"], CLASS["skin"]}:
                logits[:, value] = -torch.inf
        whole = F.interpolate(logits, query.map.shape, mode="bilinear", align_corners=False)[0]
        for value, plane in aligned.items():
            whole[value] += FAITH * (2 * plane - 1)
        # hands are there already, and no more of them comes to light
        whole[CLASS["skin"]][torch.from_numpy(around_hands(query))] = -torch.inf
        wanted = query.map.copy()
        wanted[zone] = whole[:, torch.from_numpy(zone)].argmax(0).numpy()
        return wanted

    def _codes(self, query: Scene, garments: Mapping[str, Scene]) -> Tensor:
        """Of the query's classes, with those of the chosen garments from where they are worn."""
        codes = self._coded(query)
        for region, scene in garments.items():
            theirs = self._coded(scene)
            for value in region_classes(region):
                codes[:, value] = theirs[:, value]
        return codes

    def _coded(self, scene: Scene) -> Tensor:
        codes: Tensor = self.appearance.encoder(to_tensor(scene.pixels)[None], one_hot(scene.map)[None])
        return codes

    def _reference(self, plan: Plan, region: str) -> Painting:
        """A reference as a photo to paint again, its garment having been on the query's body."""
        scene = plan.garments[region]
        if alone(scene):
            scene = replace(scene, keypoints=worn_by(scene, region))
        chosen = chosen_classes((region,))
        there = body_field(plan.query, plan.garments[region], region)
        back = body_field(scene, plan.query, region)
        mask, over = scene.mask(region), hides(scene, region)
        field = register(follow_field(there, back, scene.map.shape[0]), mask, mask, over, over)
        changed = changed_mask(scene.map, scene.map, chosen, chosen)
        canvas = lay_out(scene, scene.map, {region: laid(scene, region, field, mask)}, changed)
        return Painting(
            canvas.rough[None], canvas.sampled[None], canvas.changed[None], one_hot(scene.map)[None],
            self._coded(scene), to_tensor(scene.pixels)[None], torch.from_numpy(mask)[None, None].float(),
        )  # fmt: skip


def load_dresser(name: str = "tryon-photos") -> Dresser:
    """The networks with weights that ship, or those of a run's folder.

    Raises:
        UsageError: no such weights, or weights of another system.
    """
    weights = find(name)
    if weights.config.get("system") != "tryon":
        raise UsageError(f"{name} are weights of {weights.config.get('system')}; name weights of tryon")
    return _built(weights)


def _built(weights: Weights) -> Dresser:
    sizes = {name: _tuples(values) for name, values in weights.config["networks"].items()}
    shape, appearance = (
        ShapeNetwork(ShapeConfig(**sizes["shape"])),
        AppearanceNetwork(AppearanceConfig(**sizes["appearance"])),
    )
    discriminator = PatchDiscriminator(CLASSES, 3)
    parts: dict[str, dict[str, Tensor]] = {"shape": {}, "appearance": {}, "discriminator": {}}
    for name, tensor in weights.tensors().items():
        part, _, rest = name.partition(".")
        parts[part][rest] = torch.from_numpy(tensor)
    for network, part in ((shape, "shape"), (appearance, "appearance"), (discriminator, "discriminator")):
        network.load_state_dict(parts[part])
        network.requires_grad_(False)
    domain = str(weights.config.get("domain", PHOTOGRAPHS))
    return Dresser(
        shape, appearance, discriminator, weights.revision, domain,
        weights.config.get("parser") or suited("parser", domain),
    )  # fmt: skip


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def divided(query: Scene, garments: Mapping[str, object]) -> Scene:
    """A dress of which half is replaced becomes a top and a skirt."""
    worn = query.map == CLASS["dress"]
    if not worn.any() or "dress" in garments or not {"top", "bottom"} & set(garments):
        return query
    joints = stand_in(query.keypoints)
    shoulders, hips = joints[5:7, 1].mean(), joints[11:13, 1].mean()
    below = np.arange(query.map.shape[0])[:, None] > shoulders + WAIST * (hips - shoulders)
    map = np.where(worn, np.where(below, CLASS["skirt"], CLASS["top"]), query.map)
    return replace(query, map=map.astype(np.uint8))


def kept(query: Scene, replaced: set[int], regions: Sequence[str]) -> Mask:
    """What no garment covers: hair, what is worn over these regions, face and hands. Shape: (h, w)."""
    over = set(OCCLUDERS) - replaced
    if "outer" not in regions:
        over.add(CLASS["outer"])  # a coat stays over what is put on under it
    return np.asarray(covers(query.map, over) | face_and_hands(query))


def face_and_hands(query: Scene) -> Mask:
    """Skin that garments end at. Shape: (h, w)."""
    height, width = query.map.shape
    joints = stand_in(query.keypoints)
    unit = torso(joints)
    y, x = np.mgrid[:height, :width]
    near = around_hands(query) | ((x - joints[0, 0]) ** 2 + (y - joints[0, 1]) ** 2 < (0.26 * unit) ** 2)
    return np.asarray(near & (query.map == CLASS["skin"]))


def around_hands(query: Scene) -> Mask:
    """Discs that the hands lie in. Shape: (h, w)."""
    height, width = query.map.shape
    joints = stand_in(query.keypoints)
    unit = torso(joints)
    y, x = np.mgrid[:height, :width]
    near = np.zeros((height, width), bool)
    for elbow, wrist in ((7, 9), (8, 10)):
        hand = joints[wrist] + 0.35 * (joints[wrist] - joints[elbow])
        near |= (x - hand[0]) ** 2 + (y - hand[1]) ** 2 < (0.18 * unit) ** 2
    return near


def aligned_masks(query: Scene, garments: Mapping[str, Scene], fields: Mapping[str, Field]) -> dict[int, Tensor]:
    """Class to its reference's mask as it lies on the query. Shape: (h, w)."""
    found = {}
    for region, scene in garments.items():
        dense = enlarge(fields[region], *query.map.shape)
        near = torch.from_numpy(reachable(query, scene, region))
        for name in present(scene, region):
            plane = torch.from_numpy(scene.map == CLASS[name])[None].float()
            found[CLASS[name]] = sample(plane, dense)[0] * near
    return found


def stiff_map(garments: Mapping[str, Scene], aligned: Mapping[int, Tensor]) -> Map:
    """Hats, bags and lone shoes where they are laid: they keep their shape, whoever wears them. Shape: (h, w)."""
    map = np.zeros(next(iter(garments.values())).map.shape, np.uint8)
    for region, scene in garments.items():
        if region in ("bag", "hat") or (region == "shoes" and alone(scene)):
            for value in region_classes(region):
                map[aligned[value].numpy() > 0.5] = value
    return map


def finished(plan: Plan, stroke: Tensor) -> Dressed:
    """The rough picture with a stroke; whatever isn't to change is the query's, bit for bit."""
    pixels = to_pixels(plan.canvas.rough + stroke[0])
    whole = np.where(plan.changed[..., None], pixels, plan.query.pixels)
    return Dressed(whole, plan.map, plan.changed, plan=plan, stroke=stroke)


def _painting(plan: Plan) -> Painting:
    canvas = plan.canvas
    return Painting(canvas.rough[None], canvas.sampled[None], canvas.changed[None], one_hot(plan.map)[None], plan.codes)


def _stacked(query: Scene, aligned: Mapping[int, Tensor], replaced: set[int], keep: Mask) -> Map:
    """The map without a shape network: silhouettes in their layers over a bare body."""
    bare = parts(stand_in(query.keypoints), *query.map.shape).any(0)
    wanted = np.where(covers(query.map, replaced), np.where(bare, CLASS["skin"], CLASS["background"]), query.map)
    for value, plane in aligned.items():
        wanted = np.where((plane.numpy() > 0.5) & ~keep, value, wanted)
    return wanted.astype(np.uint8)
