"""Dressing: a person in other garments, at the size at which the networks work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.parsing import Scene
from modiste.parsing.frame import region_classes
from modiste.tryon import align, body, composite, model
from modiste.tryon.bare import worn_map
from modiste.tryon.body import CLASS, Points, covers, hides, stand_in, torso
from modiste.tryon.composite import AppearanceInputs, Dressed, Plan, one_hot, to_tensor
from modiste.tryon.model import AppearanceNetwork, PatchDiscriminator, ShapeNetwork, StepProgress
from modiste.types import Map, Mask
from modiste.weights import PHOTOGRAPHS, find, suited

FAITH = 5.0
"""Amount by which a garment's aligned silhouette raises its logit in the map, and lowers it elsewhere."""
WAIST = 0.8
"""Height at which a dress is cut in two when only half of it is replaced, as a share from shoulders to hips."""


class Dresser:
    """O-VITON's two networks, and the discriminator of online refinement.

    Args:
        domain: the kind of pictures that they were trained on; nothing where that isn't known.
        parser: the name of the parser of their inputs; by default the one for the domain.
    """

    def __init__(
        self, shape: ShapeNetwork, appearance: AppearanceNetwork, discriminator: PatchDiscriminator, revision: str = "",
        domain: str = "", parser: str = "",
    ) -> None:  # fmt: skip
        self.shape, self.appearance, self.discriminator = shape.eval(), appearance.eval(), discriminator.eval()
        self.revision, self.domain, self.parser = revision, domain, parser

    def dress(
        self, query: Scene, garments: Mapping[str, Scene], *, refine: model.RefineConfig | None = None,
        shape: bool = True, texture: bool = True,
    ) -> Dressed:  # fmt: skip
        """Put garments on a person.

        Args:
            garments: region to the scene that shows its garment.
            refine: how to refine it, or None for the feed-forward picture.
            shape: generate the map by the shape network; else the aligned silhouettes are the map.
            texture: use the garments' own pixels; else their codes alone.

        Raises:
            UsageError: no garment at all.
        """
        if not garments:
            raise UsageError("there is nothing to try on; name a region and a photo that shows its garment")
        plan = self.plan(query, garments, shape=shape, texture=texture)
        return self.paint(plan) if refine is None else self.refined(plan, refine)

    @torch.no_grad()
    def plan(
        self, query: Scene, garments: Mapping[str, Scene], *, shape: bool = True, texture: bool = True,
        worn: Map | None = None,
    ) -> Plan:  # fmt: skip
        """Generate the map, align the garments with it and lay them onto the query.

        Args:
            worn: the query's map with what the garments take the place of still on. The query is then without it, and
                nothing of it is generated. Shape: (h, w).
        """
        query = divided(query, garments)
        chosen, replaced = region_classes(*garments), composite.replaced_classes(garments)
        fields = {region: align.body_field(query, scene, region) for region, scene in garments.items()}
        aligned = _aligned_masks(query, garments, fields)
        if worn is not None:
            wanted = worn_map(query, garments, aligned, _face_and_hands(replace(query, map=worn)))
            changed = covers(wanted, chosen)
        else:
            stiff = np.zeros(query.map.shape, np.uint8)  # hats, bags and lone shoes, which keep their shape
            for region, scene in garments.items():
                if region in ("bag", "hat") or (region == "shoes" and body.alone(scene)):
                    for value in region_classes(region):
                        stiff[aligned[value].numpy() > 0.5] = value
            keep = _kept(query, replaced, garments) & (stiff == 0)
            silhouettes = [plane.numpy() > 0.5 for plane in aligned.values()]
            zone = model.generated_zone(query.map, silhouettes, replaced) & ~keep
            wanted = self._map(query, zone, aligned, replaced) if shape else _stacked(query, aligned, replaced, keep)
            wanted = np.where(stiff > 0, stiff, wanted).astype(np.uint8)
            changed = composite.changed_mask(query.map, wanted, chosen, replaced) & ~ndimage.binary_erosion(keep)
        codes, pieces = self._coded(query), {}
        for region, scene in garments.items():
            target = covers(wanted, region_classes(region))
            over, theirs_over = hides(query, region), hides(scene, region)
            fields[region] = align.register(fields[region], scene.mask(region), target, over, theirs_over)
            rgb, own = composite.laid(scene, region, fields[region], target)
            pieces[region] = (rgb, own) if texture else (torch.full_like(rgb, 0.5), torch.zeros_like(own))
            codes[:, region_classes(region)] = self._coded(scene)[:, region_classes(region)]
        return Plan(query, garments, wanted, changed, fields, _inputs(query, wanted, pieces, changed, codes))

    @torch.no_grad()
    def paint(self, plan: Plan) -> Dressed:
        """The feed-forward picture."""
        return _finished(plan, self.appearance.residual(*self.appearance.features(*plan.inputs)))

    def refined(
        self, plan: Plan, config: model.RefineConfig, progress: StepProgress | None = None, first: Dressed | None = None
    ) -> Dressed:
        """The picture after online refinement, which is tuned to the garments, and paints nothing else.

        Args:
            first: the feed-forward picture, if it is there already.
        """
        with torch.no_grad():
            references = [self._reference(plan, region) for region in plan.garments]
        tuned, gain, steps = model.refine(
            self.appearance, self.discriminator, plan.inputs, references, config, progress
        )
        before = (first or self.paint(plan)).residual
        assert before is not None
        garments = torch.from_numpy(covers(plan.map, region_classes(*plan.garments)))
        return replace(_finished(plan, torch.where(garments, tuned, before)), gain=gain, steps=steps)

    def _map(self, query: Scene, zone: Mask, aligned: Mapping[int, Tensor], replaced: set[int]) -> Map:
        """The query's map, with the shape network's output in the zone, of the classes that can be there."""
        size = self.shape.config.size
        masks = one_hot(query.map) * torch.from_numpy(~zone)
        masks[list(replaced)] = 0
        for value, plane in aligned.items():
            masks[value] = plane
        planes = model.body_model(query, zone, size)
        logits = self.shape(planes[None], F.adaptive_avg_pool2d(masks, size)[None])
        possible = {*np.unique(query.map).tolist()} - replaced | {*aligned, CLASS["background"], CLASS["skin"]}
        logits[:, [value for value in range(model.CLASSES) if value not in possible]] = -torch.inf
        whole = F.interpolate(logits, query.map.shape, mode="bilinear", align_corners=False)[0]
        for value, plane in aligned.items():
            whole[value] += FAITH * (2 * plane - 1)
        # hands are there already, and no more of them comes to light
        whole[CLASS["skin"]][torch.from_numpy(_around_hands(query))] = -torch.inf
        wanted = query.map.copy()
        wanted[zone] = whole[:, torch.from_numpy(zone)].argmax(0).numpy()
        return wanted

    def _coded(self, scene: Scene) -> Tensor:
        codes: Tensor = self.appearance.encoder(to_tensor(scene.pixels)[None], one_hot(scene.map)[None])
        return codes

    def _reference(self, plan: Plan, region: str) -> model.Reference:
        """A reference as a photo to paint again, its garment having been on the query's body."""
        scene = plan.garments[region]
        if body.alone(scene):
            scene = replace(scene, keypoints=align.worn_by(scene, region))
        chosen = region_classes(region)
        there = align.body_field(plan.query, plan.garments[region], region)
        back = align.body_field(scene, plan.query, region)
        mask, over = scene.mask(region), hides(scene, region)
        field = align.register(align.follow_field(there, back, scene.map.shape[0]), mask, mask, over, over)
        changed = composite.changed_mask(scene.map, scene.map, chosen, chosen)
        piece = composite.laid(scene, region, field, mask)
        inputs = _inputs(scene, scene.map, {region: piece}, changed, self._coded(scene))
        return inputs, to_tensor(scene.pixels)[None], torch.from_numpy(mask)[None, None].float()


def load_dresser(name: str = "tryon-photos") -> Dresser:
    """The networks with weights that ship, or those of a run's folder.

    Raises:
        UsageError: no such weights, or weights of another system.
    """
    weights = find(name)
    if weights.config.get("system") != "tryon":
        raise UsageError(f"{name} are weights of {weights.config.get('system')}; name weights of tryon")
    tensors = weights.tensors()
    sizes: dict[str, dict[str, Any]] = {
        part: {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        for part, values in weights.config["networks"].items()  # JSON has no tuples
    }
    shape = ShapeNetwork(model.ShapeConfig(**sizes["shape"]))
    appearance = AppearanceNetwork(model.AppearanceConfig(**sizes["appearance"]))
    discriminator = PatchDiscriminator(model.CLASSES, 3)
    networks = nn.ModuleDict({"shape": shape, "appearance": appearance, "discriminator": discriminator})
    networks.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in tensors.items()})
    networks.requires_grad_(False)
    domain = str(weights.config.get("domain", PHOTOGRAPHS))
    parser = weights.config.get("parser") or suited("parser", domain)
    return Dresser(shape, appearance, discriminator, weights.revision, domain, parser)


def divided(query: Scene, garments: Mapping[str, object]) -> Scene:
    """The query, whose dress becomes a top and a skirt where only half of it is replaced."""
    worn = query.map == CLASS["dress"]
    if not worn.any() or "dress" in garments or not {"top", "bottom"} & set(garments):
        return query
    joints = stand_in(query.keypoints)
    shoulders, hips = joints[5:7, 1].mean(), joints[11:13, 1].mean()
    below = np.arange(query.map.shape[0])[:, None] > shoulders + WAIST * (hips - shoulders)
    map = np.where(worn, np.where(below, CLASS["skirt"], CLASS["top"]), query.map)
    return replace(query, map=map.astype(np.uint8))


def _kept(query: Scene, replaced: set[int], regions: Iterable[str]) -> Mask:
    """Mask of what no garment covers: hair, what is worn over these regions, face and hands. Shape: (h, w)."""
    over = set(body.OCCLUDERS) - replaced
    if "outer" not in regions:
        over.add(CLASS["outer"])  # a coat stays over what is put on under it
    return np.asarray(covers(query.map, over) | _face_and_hands(query))


def _face_and_hands(query: Scene) -> Mask:
    """Mask of the skin that garments end at. Shape: (h, w)."""
    joints = stand_in(query.keypoints)
    near = _around_hands(query) | _disc(query, joints[0], 0.26 * torso(joints))
    return np.asarray(near & (query.map == CLASS["skin"]))


def _around_hands(query: Scene) -> Mask:
    """Discs around the hands. Shape: (h, w)."""
    joints = stand_in(query.keypoints)
    hands = [joints[wrist] + 0.35 * (joints[wrist] - joints[elbow]) for elbow, wrist in ((7, 9), (8, 10))]
    return np.asarray(np.any([_disc(query, hand, 0.18 * torso(joints)) for hand in hands], 0))


def _disc(query: Scene, centre: Points, radius: float) -> Mask:
    height, width = query.map.shape
    y, x = np.mgrid[:height, :width]
    return np.asarray((x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2)


def _aligned_masks(query: Scene, garments: Mapping[str, Scene], fields: Mapping[str, align.Field]) -> dict[int, Tensor]:
    """Class to its reference's mask as it lies on the query. Shape: (h, w)."""
    masks = {}
    for region, scene in garments.items():
        dense = align.enlarge(fields[region], *query.map.shape)
        near = torch.from_numpy(align.reachable(query, scene, region))
        for name in body.present(scene, region):
            plane = torch.from_numpy(scene.map == CLASS[name])[None].float()
            masks[CLASS[name]] = align.sample(plane, dense)[0] * near
    return masks


def _inputs(
    query: Scene, map: Map, garments: Mapping[str, tuple[Tensor, Tensor]], changed: Mask, codes: Tensor
) -> AppearanceInputs:
    """Garments laid onto a query, as a batch of one."""
    laid, sampled, hole = composite.lay_out(query, map, garments, changed)
    return AppearanceInputs(laid[None], sampled[None], hole[None], one_hot(map)[None], codes)


def _finished(plan: Plan, residual: Tensor) -> Dressed:
    """The composite with its residual; whatever isn't to change is the query's, bit for bit."""
    pixels = composite.to_pixels((plan.inputs.composite + residual)[0])
    whole = np.where(plan.changed[..., None], pixels, plan.query.pixels)
    return Dressed(whole, plan.map, plan.changed, residual=residual)


def _stacked(query: Scene, aligned: Mapping[int, Tensor], replaced: set[int], keep: Mask) -> Map:
    """The map without a shape network: silhouettes in their layers over a bare body."""
    bare = body.parts(stand_in(query.keypoints), *query.map.shape).any(0)
    wanted = np.where(covers(query.map, replaced), np.where(bare, CLASS["skin"], CLASS["background"]), query.map)
    for value, plane in aligned.items():
        wanted = np.where((plane.numpy() > 0.5) & ~keep, value, wanted)
    return wanted.astype(np.uint8)
