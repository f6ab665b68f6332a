"""People and garments with true maps and masks, which no parser predicts: drawn ones, or a shop's with masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.catalog.photos import mask_beside
from modiste.errors import UsageError
from modiste.images import load_image
from modiste.parsing import Frame, Seen
from modiste.parsing.frame import region_classes
from modiste.tryon.align import legged, one_of_pair
from modiste.tryon.body import CLASS, MARGIN, Points, person_box
from modiste.types import Map, Mask

Photo = Path | str | bytes | Image.Image


@dataclass(frozen=True)
class ParsedPerson:
    """A photo of one person with its true parsing map and joints, so that no parser looks at it."""

    photo: Photo
    map: Map
    """Indices in PARSING_CLASSES. Shape: (height, width) of the photo."""
    keypoints: Points
    """Column and row in the photo's pixels, and confidence 0-1, in the order of KEYPOINTS. Shape: (17, 3)."""
    bare: ParsedPerson | None = None
    """The same photo without the garments that are to be replaced, if there is one."""

    def seen(self, image: Image.Image) -> Seen:
        """The output of a perfect parser for the decoded photo.

        Raises:
            UsageError: a map of another size than the photo, or without anybody.
        """
        _check_size("map", self.map, image)
        if not self.map.any():
            raise UsageError("the map shows nobody: it is 0, background, throughout; give the map of a person")
        frame = Frame.around(person_box(self.map, self.keypoints), image, MARGIN)
        return Seen(frame.cut(image), frame.cut_map(self.map), frame.to_frame(self.keypoints), frame, 1)


@dataclass(frozen=True)
class MaskedGarment:
    """A photo of a garment that lies alone, with its mask."""

    photo: Photo
    mask: Path | Mask
    """A picture that is light where the garment is, or an array. Shape: (height, width) of the photo."""

    def seen(self, image: Image.Image, region: str) -> Seen:
        """The output of a perfect parser for the decoded photo.

        Raises:
            UsageError: no such region, or a mask that can't be read, of another size than the photo, or empty.
        """
        mask = self.mask if isinstance(self.mask, np.ndarray) else np.asarray(load_image(self.mask).convert("L")) > 127
        _check_size("mask", mask, image)
        box = Image.fromarray(mask != 0).getbbox()
        if box is None:
            raise UsageError("the mask is black throughout, so it shows no garment; make it white where the garment is")
        frame = Frame.around(box, image, MARGIN)
        shown = frame.cut_map(mask.astype(np.uint8)).astype(bool)
        if region == "shoes":
            shown = one_of_pair(shown)
        value = CLASS["skirt"] if region == "bottom" and not legged(shown) else region_classes(region)[0]
        nobody = np.zeros((17, 3), np.float32)
        return Seen(frame.cut(image), (shown * value).astype(np.uint8), nobody, frame, 0)


def with_masks(photos: Mapping[str, Path]) -> dict[str, Photo | MaskedGarment]:
    """Photos of a shop's garments by region, each with its mask where one lies beside it, as `mask_beside` has it."""
    masks = {region: mask_beside(photo) for region, photo in photos.items()}
    return {region: MaskedGarment(photos[region], mask) if mask else photos[region] for region, mask in masks.items()}


def _check_size(name: str, plane: Map | Mask, image: Image.Image) -> None:
    if plane.shape != (image.height, image.width):
        size = f"{plane.shape[1]}x{plane.shape[0]}"
        raise UsageError(f"the {name} is {size} pixels, not {image.width}x{image.height} as its photo is; resize it")
