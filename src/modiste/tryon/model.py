"""O-VITON's networks: one generates the map of a person in other garments, the other paints the photo, refined online.

The shape generation network, section 3.2. Each class's mask is encoded alone by shared weights and pooled to a coarse
grid, which takes out the pose and the body of whoever wore it; codes of the query and of the references are put side by
side, and a generator paints the map of the query in these garments. Our masks are first laid onto the query's body
(align.py), so that the codes can be finer than the published 8x4.

The appearance generation network, section 3.3. Features of a reference are averaged over each class's own region there,
the means are spread over the regions of the generated map, and a generator paints. A mean can't carry stripes, so ours
also takes the garment's own pixels, coarsely aligned (the texture path), and predicts an alpha: how far to trust them.

Online refinement, section 3.4. The late layers are tuned for one request, and thrown away with it. A reference is the
true photo of its garment, so the network paints the reference again and is corrected inside the garment, while a frozen
discriminator judges the query. The garment goes by way of the query's body, so that the errors that are corrected are
those of the request itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.catalog.categories import KEYPOINTS, PARSING_CLASSES
from modiste.errors import UsageError
from modiste.parsing import Scene
from modiste.tryon.body import OCCLUDERS, covers, parts, stand_in
from modiste.tryon.composite import AppearanceInputs, one_hot
from modiste.types import Map, Mask

CLASSES = len(PARSING_CLASSES)
BODY = len(KEYPOINTS) + 4 + CLASSES + 1
"""Planes of the body model: joints, coarse parts, the map with the garments taken out, and the zone of these."""
SPREAD = 3.0
"""Standard deviation of a joint in the body model, in pixels."""
ZONE = 5
"""Pixels by which the garments that go and come are grown to the zone in which the map is generated."""
LEAST = 16.0
"""Pixels that a region needs for its mean to be of use; with fewer its code is the learned null."""
GROUPS = 8
MOST_STEPS = 200
Reference = tuple[AppearanceInputs, Tensor, Tensor]
"""A photo to paint again: its inputs, the photo and the mask of its garment. Shapes: (1, 3, h, w), (1, 1, h, w)."""
StepProgress = Callable[[int, int], bool]
"""Called with the number of steps done and of all steps; refinement stops where it returns False."""


def _convolution(width: int, out: int, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution, group norm and a leaky ReLU. Shape: (b, width, h, w) to (b, out, h / stride, w / stride)."""
    return nn.Sequential(
        nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.GroupNorm(GROUPS, out), nn.LeakyReLU(0.2, inplace=True)
    )


class _Residual(nn.Module):
    """Two convolutions beside an identity. Shape: (b, c, h, w)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.GroupNorm(GROUPS, width))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.second(self.first(x))
        return F.leaky_relu(x + y, 0.2)


class _Rise(nn.Module):
    """Twice the size, joined with a map from the way down. Shapes: (b, c, h, w), (b, s, 2h, 2w) to (b, out, 2h, 2w)."""

    def __init__(self, width: int, skip: int, out: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(width, out, 1)  # before enlarging, where it costs a quarter
        self.join = _convolution(out + skip, out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        larger = F.interpolate(self.narrow(x), skip.shape[-2:], mode="nearest")
        joined: Tensor = self.join(torch.cat([larger, skip], 1))
        return joined


class PatchDiscriminator(nn.Module):
    """Conditional discriminator of patches: 1 for real, 0 for generated (pix2pix, section 3.2.2).

    Shapes of forward, of a condition and an image: (b, g, h, w), (b, c, h, w) to (b, 1, h / 8, w / 8).
    """

    def __init__(self, condition: int, image: int, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        widths = [condition + image, width, width * 2, width * 4]
        for number, (before, after) in enumerate(pairwise(widths)):
            layers.append(nn.Conv2d(before, after, 4, 2, 1))
            layers += [nn.GroupNorm(GROUPS, after)] if number else []
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers, nn.Conv2d(width * 4, 1, 3, 1, 1))

    def forward(self, condition: Tensor, image: Tensor) -> Tensor:
        return self.layers(torch.cat([condition, image], 1))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ShapeConfig:
    """Sizes of the shape network."""

    size: tuple[int, int] = (128, 96)
    """Height and width of the map that it paints."""
    codes: int = 10
    """Numbers a class has in each cell (D_s)."""
    cells: tuple[int, int] = (16, 12)
    """Grid of the codes; 8 by 4 as published, where masks aren't aligned first."""
    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    """Channels at each depth."""


class ShapeNetwork(nn.Module):
    """A body model and masks to a map (O-VITON, section 3.2).

    Args of forward:
        body: the body model. Shape: (b, BODY, h, w).
        masks: of each class, the query's or a reference's, as they lie on the query. Shape: (b, 13, h, w).

    Returns:
        Logits. Shape: (b, 13, h, w).
    """

    def __init__(self, config: ShapeConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ShapeConfig()
        first, second, third, last = config.widths
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, 32, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(32, config.codes, 3, 1, 1),
        )  # fmt: skip
        self.enter = _convolution(BODY, first)
        self.down = nn.ModuleList([_convolution(first, second, 2), _convolution(second, third, 2)])
        self.bottom = _convolution(third, last, 2)
        self.join = _convolution(last + CLASSES * config.codes, last)
        self.think = nn.Sequential(_Residual(last), _Residual(last), _Residual(last))
        self.up = nn.ModuleList([_Rise(last, third, third), _Rise(third, second, second), _Rise(second, first, first)])
        self.paint = nn.Conv2d(first, CLASSES, 3, 1, 1)

    def _encode(self, masks: Tensor) -> Tensor:
        """Codes of each class, by shared weights. Shape: (b, 13, h, w) to (b, 13 * 10, 16, 12)."""
        count = masks.shape[0]
        alone = masks.reshape(-1, 1, *masks.shape[2:])
        coded = F.adaptive_avg_pool2d(self.encoder(alone), self.config.cells)
        return coded.reshape(count, -1, *self.config.cells)

    def forward(self, body: Tensor, masks: Tensor) -> Tensor:
        x = self.enter(body)
        kept = [x]
        for step in self.down:
            x = step(x)
            kept.append(x)
        codes = self._encode(masks)
        x = self.bottom(x)
        x = self.think(self.join(torch.cat([x, F.interpolate(codes, x.shape[-2:])], 1)))
        for step, skip in zip(self.up, reversed(kept), strict=True):
            x = step(x, skip)
        logits: Tensor = self.paint(x)
        return logits


def body_model(query: Scene, zone: Mask, size: tuple[int, int]) -> Tensor:
    """Joints as heat maps, coarse parts, the map with the zone taken out, and the zone. Shape: (BODY, h, w)."""
    height, width = size
    scale = height / query.map.shape[0]
    joints = stand_in(query.keypoints) * scale
    across, down = (
        np.exp(-((np.arange(side, dtype=np.float32) - joints[:, axis, None]) ** 2) / (2 * SPREAD**2))
        for axis, side in enumerate((width, height))
    )
    heat = down[:, :, None] * across[:, None]
    shapes = np.kron(parts(joints / 2, height // 2, width // 2), np.ones((1, 2, 2), bool))
    known = F.adaptive_avg_pool2d(one_hot(query.map) * torch.from_numpy(~zone), size)
    free = F.adaptive_avg_pool2d(torch.from_numpy(zone)[None].float(), size)
    return torch.cat([torch.from_numpy(heat), torch.from_numpy(shapes).float(), known, free])


def generated_zone(query: Map, garments: Sequence[Mask], replaced: set[int]) -> Mask:
    """Mask of what the shape network generates: the garments that go and those that come, with a margin, without hair.

    Shape: (h, w).
    """
    grown = ndimage.binary_dilation(np.any([covers(query, replaced), *garments], 0), iterations=ZONE)
    return np.asarray(grown & ~covers(query, set(OCCLUDERS) - replaced))


@dataclass(frozen=True)
class AppearanceConfig:
    """Sizes of the appearance network."""

    codes: int = 30
    """Numbers that describe a region's colour and texture (D_t)."""
    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    """Channels at half, quarter, eighth and sixteenth of the size."""
    blocks: int = 4
    """Residual blocks at the smallest size."""


def _region_means(features: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Mean features of every class over its own region (O-VITON, section 3.3), and the regions' areas in cells.

    Shapes: (b, d, h, w) and, of masks 0-1, (b, k, h, w), to (b, k, d) and (b, k).
    """
    area = masks.sum((2, 3))
    sums = torch.einsum("bkhw,bdhw->bkd", masks, features)
    return sums / area.clamp_min(1e-6)[..., None], area


class _AppearanceEncoder(nn.Module):
    """Codes of each class of a photo, RGB 0-1, by its own map.

    Shapes of forward: (b, 3, h, w), (b, 13, h, w) to (b, 13, codes).
    """

    def __init__(self, codes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3 + CLASSES, 24, 3, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(24, 48, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(48, codes, 3, 1, 1), nn.Tanh(),
        )  # fmt: skip
        self.null = nn.Parameter(torch.zeros(CLASSES, codes))

    def forward(self, photo: Tensor, masks: Tensor) -> Tensor:
        features = self.layers(torch.cat([photo * 2 - 1, masks], 1))
        scale = (masks.shape[-1] // features.shape[-1]) ** 2
        means, area = _region_means(features, F.adaptive_avg_pool2d(masks, features.shape[-2:]))
        return torch.where((area * scale >= LEAST)[..., None], means, self.null)


class AppearanceNetwork(nn.Module):
    """A composite, a map and codes to a finished picture (O-VITON, section 3.3).

    Args of forward:
        composite: the query with garments laid onto it and holes filled (composite.py), 0-1. Shape: (b, 3, h, w).
        sampled: 1 where `composite` holds a reference's own pixels. Shape: (b, 1, h, w).
        changed: 1 where the picture may differ from the query. Shape: (b, 1, h, w).
        masks: the generated map, hard or soft. Shape: (b, 13, h, w).
        codes: of each class. Shape: (b, 13, codes).

    Returns:
        RGB 0-1, which is `composite` wherever nothing may change. Shape: (b, 3, h, w).
    """

    def __init__(self, config: AppearanceConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or AppearanceConfig()
        first, second, third, last = config.widths
        self.encoder = _AppearanceEncoder(config.codes)
        self.enter = _convolution(3 + 2 + CLASSES + config.codes, first, 2)
        self.refine = _convolution(first, first)
        self.down = nn.ModuleList([_convolution(first, second, 2), _convolution(second, third, 2)])
        self.bottom = _convolution(third, last, 2)
        self.think = nn.Sequential(*[_Residual(last) for _ in range(config.blocks)])
        self.up = nn.ModuleList([_Rise(last, third, third), _Rise(third, second, second), _Rise(second, first, first)])
        self.late = nn.Sequential(
            _convolution(first // 4 + 5, 16), _convolution(16, 16), nn.Conv2d(16, 4, 3, 1, 1),
        )  # fmt: skip
        for parameter in self.late[-1].parameters():  # at first the composite is left as it is
            nn.init.normal_(parameter, std=1e-3)

    def forward(self, composite: Tensor, sampled: Tensor, changed: Tensor, masks: Tensor, codes: Tensor) -> Tensor:
        return composite + self.residual(*self.features(composite, sampled, changed, masks, codes))

    def features(
        self, composite: Tensor, sampled: Tensor, changed: Tensor, masks: Tensor, codes: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """All but the late layers: features, early features, and the planes that the first and the last layers take.

        Shapes: those of forward, to (b, second, h / 4, w / 4), (b, first, h / 2, w / 2) and (b, 5, h, w).
        """
        planes = torch.cat([composite * 2 - 1, sampled, changed], 1)
        spread = torch.einsum("bkhw,bkd->bdhw", masks, codes)  # each class's code over its region
        x = self.refine(self.enter(torch.cat([planes, masks, spread], 1)))
        kept = [x]
        for step in self.down:
            x = step(x)
            kept.append(x)
        x = self.think(self.bottom(x))
        for step, skip in zip(self.up, kept[:0:-1], strict=False):
            x = step(x, skip)
        return x, kept[0], planes

    def residual(self, features: Tensor, early: Tensor, planes: Tensor) -> Tensor:
        """Residual to add to the composite, by the late layers, which online refinement tunes.

        They paint, and predict with an alpha how much of a reference's own pixels to paint over; what may not change
        gets 0. The composite can be larger than the residual: a residual enlarges well, for the detail is in the
        composite. Shapes: those of `features`, to (b, 3, h, w).
        """
        raised = self.up[-1](features, early)
        painted, alpha = self.late(torch.cat([F.pixel_shuffle(raised, 2), planes], 1)).split([3, 1], 1)
        sampled, changed = planes[:, 3:4], planes[:, 4:5]
        residual: Tensor = changed * (1 - torch.sigmoid(alpha) * sampled) * painted
        return residual


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


def refine(
    network: AppearanceNetwork, discriminator: PatchDiscriminator, query: AppearanceInputs,
    references: Sequence[Reference], config: RefineConfig, progress: StepProgress | None = None,
) -> tuple[Tensor, float, int]:  # fmt: skip
    """Tune a copy of the late layers on the references, and paint the query with it.

    Args:
        network: stays as it is.
        discriminator: stays as it is, but passes gradients on.
        query: the request.
        references: the photos of the garments, to be painted again.
        progress: called after every step; refinement stops where it returns False.

    Returns:
        The residual to be added to the query's composite, shape (1, 3, h, w), the gain, which is 1 - masked reference
        error after / before, and the number of steps.
    """
    tuned = copy.deepcopy(network).requires_grad_(False)
    late = [*tuned.up[-1].parameters(), *tuned.late.parameters()]  # the layers of `residual`
    for parameter in late:
        parameter.requires_grad_(True)
    optimiser = torch.optim.Adam(late, lr=config.lr, betas=(0.5, 0.999))
    frozen = copy.deepcopy(discriminator).requires_grad_(False)
    with torch.no_grad():
        features = [network.features(*inputs) for inputs in (query, *(inputs for inputs, _, _ in references))]
    errors: list[float] = []
    losses: list[float] = []
    while True:
        residual, *others = [tuned.residual(*maps) for maps in features]
        error = _reference_error(others, references)
        if not errors or error.item() <= min(errors):
            best = residual.detach()  # of the step that paints the references best
        errors.append(error.item())
        if len(losses) == config.steps or _settled(losses, config):
            break
        scores = frozen(query.masks, query.composite + residual)
        loss = error + config.adversarial * least_squares(scores, 1, query.changed)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if progress is not None and not progress(len(losses), config.steps):
            break
    return best, 1 - min(errors) / errors[0] if errors[0] else 0.0, len(losses)


def _reference_error(residuals: Sequence[Tensor], references: Sequence[Reference]) -> Tensor:
    """Mean distance to the references' own pixels, inside their garments."""
    pairs = zip(residuals, references, strict=True)
    return torch.stack([masked_l1(own.composite + made, photo, mask) for made, (own, photo, mask) in pairs]).mean()


def _settled(losses: Sequence[float], config: RefineConfig) -> bool:
    """True if the loss falls no more, by a share of itself."""
    last, before = losses[-config.patience :], losses[-2 * config.patience : -config.patience]
    return len(before) == config.patience and sum(last) >= (1 - config.least) * sum(before)


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
