"""The losses of try-on: pure functions of tensors, and the GANs that they train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.encoders.efficientnet import EfficientNetLite0
from modiste.encoders.pipeline import load_network
from modiste.lab.tryon.data import AppearanceTask, ShapeTask
from modiste.tryon.model import (
    BODY,
    CLASSES,
    AppearanceConfig,
    AppearanceNetwork,
    PatchDiscriminator,
    ShapeConfig,
    ShapeNetwork,
    least_squares,
    masked_l1,
)
from modiste.weights import find

BLOCKS = (0, 2, 4)
"""Blocks of the encoder whose outputs are compared, at strides 2, 4 and 8."""


class GAN(nn.Module):
    """A generator against its conditional discriminator (pix2pix, section 3.1)."""

    generator: ShapeNetwork | AppearanceNetwork
    discriminator: PatchDiscriminator

    def losses(self, *batch: Tensor) -> dict[str, Tensor]:
        """Weighted losses of a batch, which add up; each player's terms reach its own parameters alone."""
        raise NotImplementedError

    def _adversarial(self, condition: Tensor, real: Tensor, fake: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Least-squares losses of the generator and of the discriminator, where the picture is generated."""
        self.discriminator.requires_grad_(False)
        generator = least_squares(self.discriminator(condition, fake), 1, mask)
        self.discriminator.requires_grad_(True)
        scores = self.discriminator(torch.cat([condition, condition]), torch.cat([real, fake.detach()]))
        of_real, of_fake = scores.chunk(2)
        return generator, (least_squares(of_real, 1, mask) + least_squares(of_fake, 0, mask)) / 2


class ShapeGAN(GAN):
    """Maps; the discriminator's condition is the body model, and its inputs are probabilities, not logits.

    Args:
        adversarial: weight of the adversarial loss.
    """

    def __init__(self, config: ShapeConfig, adversarial: float) -> None:
        super().__init__()
        self.weight = adversarial
        self.generator = ShapeNetwork(config)
        self.discriminator = PatchDiscriminator(BODY, CLASSES)

    def losses(self, *batch: Tensor) -> dict[str, Tensor]:
        task = ShapeTask(*batch)
        logits = self.generator(task.body, task.masks)
        real = F.one_hot(task.target, CLASSES).permute(0, 3, 1, 2).float()
        generator, discriminator = self._adversarial(task.body, real, logits.softmax(1), task.zone[:, None])
        return {
            "map": map_loss(logits, task.target, task.zone),
            "adversarial": self.weight * generator,
            "discriminator": discriminator,
        }


class AppearanceGAN(GAN):
    """Photos; the discriminator's condition is the map.

    Args:
        encoder: weights by whose first blocks pictures are compared.
        weights: of the losses l1, perceptual, statistics and adversarial.
    """

    generator: AppearanceNetwork

    def __init__(self, config: AppearanceConfig, encoder: str, weights: Mapping[str, float]) -> None:
        super().__init__()
        self.weights = weights
        self.generator = AppearanceNetwork(config)
        self.discriminator = PatchDiscriminator(CLASSES, 3)
        self.perception = _Perception(load_network(find(encoder)).image.network)

    def losses(self, *batch: Tensor) -> dict[str, Tensor]:
        task, weights = AppearanceTask(*batch), self.weights
        codes = _mixed_codes(self.generator.encoder, task)
        made = self.generator(task.composite, task.sampled, task.changed, task.masks, codes)
        hole, worn = task.changed * task.supervised, task.sampled * (1 - task.supervised)
        truth = torch.where(task.supervised > 0, task.photo, made.detach())  # another's garment has no target
        generator, discriminator = self._adversarial(task.masks, task.photo, made, task.changed)
        return {
            "l1": weights["l1"] * masked_l1(made, task.photo, hole),
            "perceptual": weights["perceptual"] * perceptual(self.perception(made), self.perception(truth), hole),
            "statistics": weights["statistics"] * _region_statistics(made, task.composite, worn),
            "adversarial": weights["adversarial"] * generator,
            "discriminator": discriminator,
        }


def _mixed_codes(encoder: nn.Module, task: AppearanceTask) -> Tensor:
    """Codes of the photo's own classes and of those that are borrowed. Shape: (b, 13, codes)."""
    own, theirs = encoder(torch.cat([task.photo, task.source]), torch.cat([task.masks, task.source_masks])).chunk(2)
    return torch.where(task.borrowed[..., None], theirs, own)


def map_loss(logits: Tensor, target: Tensor, zone: Tensor, outside: float = 0.1) -> Tensor:
    """Cross-entropy of a map, mostly in the zone (O-VITON, section 3.2).

    Args:
        logits: Shape: (b, k, h, w).
        target: classes. Shape: (b, h, w).
        zone: 1 where the map is generated. Shape: (b, h, w).
        outside: weight of the rest.
    """
    each = F.cross_entropy(logits, target, reduction="none")
    weight = zone + outside * (1 - zone)
    return (each * weight).sum() / weight.sum().clamp_min(1)


def perceptual(made: Sequence[Tensor], true: Sequence[Tensor], mask: Tensor) -> Tensor:
    """Distance of two pictures' feature maps inside a mask, each depth by its own scale (O-VITON, eq. 5).

    Args:
        made: maps at some depths. Shapes: (b, c, h, w).
        true: the same of the true picture.
        mask: Shape: (b, 1, H, W).
    """
    total = torch.zeros((), device=mask.device)
    for ours, theirs in zip(made, true, strict=True):
        inside = F.adaptive_avg_pool2d(mask, (ours.shape[-2], ours.shape[-1]))
        scale = (theirs.abs() * inside).sum().detach().clamp_min(1e-6)
        total = total + ((ours - theirs).abs() * inside).sum() / scale
    return total / len(made)


def _region_statistics(made: Tensor, composite: Tensor, mask: Tensor) -> Tensor:
    """Distance of a garment's mean colour and spread from its own pixels', where another person's is worn.

    Shapes: (b, c, h, w), (b, c, h, w), (b, 1, h, w).
    """
    area = mask.sum((2, 3)).clamp_min(1)
    means, spreads = [], []
    for image in (made, composite):
        mean = (image * mask).sum((2, 3)) / area
        means.append(mean)
        spreads.append((((image - mean[..., None, None]) ** 2 * mask).sum((2, 3)) / area + 1e-4).sqrt())
    return (means[0] - means[1]).abs().mean() + (spreads[0] - spreads[1]).abs().mean()


class _Perception(nn.Module):
    """An encoder's frozen first blocks, by whose feature maps two pictures are compared, where VGG is usual.

    Args of forward:
        image: RGB 0-1. Shape: (b, 3, h, w).

    Returns:
        Maps. Shapes: (b, 16, h / 2, w / 2), (b, 24, h / 4, w / 4), (b, 40, h / 8, w / 8).
    """

    def __init__(self, trunk: EfficientNetLite0) -> None:
        super().__init__()
        self.stem, self.blocks = trunk.stem, trunk.blocks[: BLOCKS[-1] + 1]
        self.requires_grad_(False).eval()

    def forward(self, image: Tensor) -> list[Tensor]:
        x: Tensor = self.stem((image * 255 - 127) / 128)
        maps = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in BLOCKS:
                maps.append(x)
        return maps
