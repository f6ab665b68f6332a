"""Online refinement: the late layers are tuned for one request, and thrown away with it (O-VITON, section 3.4).

A reference is the true photo of its garment, so the network paints the reference again and is corrected inside the
garment, while a frozen discriminator judges the query. The garment goes by way of the query's body, so that the errors
that are corrected are those of the request itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.tryon.composite import Canvas, one_hot
from modiste.tryon.model import AppearanceNetwork, PatchDiscriminator
from modiste.types import Map

MOST_STEPS = 200
StepProgress = Callable[[int, int], bool]
"""Called with the number of steps done and of all steps; refinement stops where it returns False."""


@dataclass(frozen=True)
class RefineConfig:
    """Configuration of a request's refinement."""

    steps: int = 30
    lr: float = 1e-3
    """Of Adam, with the betas 0.5 and 0.999, as published."""
    adversarial: float = 0.05
    """Weight of the adversarial loss of the query."""
    patience: int = 10
    """It stops when the mean loss of so many steps ..."""
    least: float = 0.01
    """... is not below that of as many before by this share; the published rule is absolute, and tied to its scale."""

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise UsageError(f"--refine takes 1 to {MOST_STEPS} steps; got {self.steps}")


class AppearanceInputs(NamedTuple):
    """Inputs of the appearance network, and of a reference its target."""

    composite: Tensor
    """Shape: (1, 3, h, w)."""
    sampled: Tensor
    """Shape: (1, 1, h, w)."""
    changed: Tensor
    """Shape: (1, 1, h, w)."""
    masks: Tensor
    """Shape: (1, 13, h, w)."""
    codes: Tensor
    """Shape: (1, 13, codes)."""
    photo: Tensor | None = None
    """The target, of a reference. Shape: (1, 3, h, w)."""
    garment: Tensor | None = None
    """Mask of the pixels that are compared with it. Shape: (1, 1, h, w)."""

    @classmethod
    def of(cls, canvas: Canvas, map: Map, codes: Tensor) -> AppearanceInputs:
        """A batch of one canvas, the map to reach, shape (h, w), and codes."""
        return cls(canvas.composite[None], canvas.sampled[None], canvas.changed[None], one_hot(map)[None], codes)


class Refined(NamedTuple):
    """Result of a refinement."""

    residual: Tensor
    """To be added to the query's composite. Shape: (1, 3, h, w)."""
    gain: float
    """1 - masked reference error after / before."""
    steps: int


def refine(
    network: AppearanceNetwork, discriminator: PatchDiscriminator, query: AppearanceInputs,
    references: Sequence[AppearanceInputs], config: RefineConfig, progress: StepProgress | None = None,
) -> Refined:  # fmt: skip
    """Tune a copy of the late layers on the references, and paint the query with it.

    Args:
        network: stays as it is.
        discriminator: stays as it is, but passes gradients on.
        query: the request.
        references: the photos of the garments, to be painted again.
        progress: called after every step; refinement stops where it returns False.
    """
    tuned = copy.deepcopy(network).requires_grad_(False)
    late = [parameter for layer in tuned.late_layers() for parameter in layer.parameters()]
    for parameter in late:
        parameter.requires_grad_(True)
    optimiser = torch.optim.Adam(late, lr=config.lr, betas=(0.5, 0.999))
    frozen = copy.deepcopy(discriminator).requires_grad_(False)
    parts = (query, *references)
    planes = [network.planes(part.composite, part.sampled, part.changed) for part in parts]
    with torch.no_grad():
        features = [network.features(plane, part.masks, part.codes) for plane, part in zip(planes, parts, strict=True)]
    errors: list[float] = []
    losses: list[float] = []
    while True:
        residuals = [tuned.residual(*maps, plane) for maps, plane in zip(features, planes, strict=True)]
        error = reference_error(residuals[1:], references)
        if not errors or error.item() <= min(errors):
            best = residuals[0].detach()  # of the step that paints the references best
        errors.append(error.item())
        if len(losses) == config.steps or settled(losses, config):
            break
        scores = frozen(query.masks, query.composite + residuals[0])
        loss = error + config.adversarial * least_squares(scores, 1, query.changed)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if progress is not None and not progress(len(losses), config.steps):
            break
    return Refined(best, 1 - min(errors) / errors[0] if errors[0] else 0.0, len(losses))


def reference_error(residuals: Sequence[Tensor], references: Sequence[AppearanceInputs]) -> Tensor:
    """Mean distance to the references' own pixels, inside their garments."""
    errors = []
    for residual, part in zip(residuals, references, strict=True):
        assert part.photo is not None
        assert part.garment is not None
        errors.append(masked_l1(part.composite + residual, part.photo, part.garment))
    return torch.stack(errors).mean()


def settled(losses: Sequence[float], config: RefineConfig) -> bool:
    """True if the loss falls no more, by a share of itself."""
    if len(losses) < 2 * config.patience:
        return False
    last, before = losses[-config.patience :], losses[-2 * config.patience : -config.patience]
    return sum(last) >= (1 - config.least) * sum(before)


def least_squares(scores: Tensor, label: float, mask: Tensor | None = None) -> Tensor:
    """Squared distance of a discriminator's scores to a label (LSGAN, eq. 9; O-VITON, sections 3.2 and 3.3).

    Args:
        scores: of patches. Shape: (b, 1, h, w).
        label: 1 for real, 0 for generated.
        mask: 1 where the picture may be generated; only patches with some of it count. Shape: (b, 1, H, W).
    """
    errors = (scores - label) ** 2
    if mask is None:
        return errors.mean()
    weight = (F.adaptive_avg_pool2d(mask, (errors.shape[-2], errors.shape[-1])) > 0).float()
    return (errors * weight).sum() / weight.sum().clamp_min(1)


def masked_l1(generated: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean distance of colours inside a mask. Shapes: (b, c, h, w), (b, c, h, w), (b, 1, h, w)."""
    return ((generated - target).abs() * mask).sum() / (mask.sum() * generated.shape[1]).clamp_min(1)
