"""Try on: photos in, a photo of the same size out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from modiste.catalog.categories import REGIONS, REPLACES
from modiste.errors import UsageError, unknown
from modiste.images import load_image
from modiste.parsing import SIZE, Parser, Seen, garment_of, look, open_parser
from modiste.tryon.canvas import (
    BLED,
    FOLD,
    bounds,
    chosen_classes,
    evidence,
    folded_in,
    goes_on,
    one_hot,
    tightened,
    to_pixels,
    to_tensor,
)
from modiste.tryon.fields import enlarge, here, sample
from modiste.tryon.model import Dressed, Dresser, Plan, load_dresser
from modiste.tryon.online import Progress, RefineConfig
from modiste.tryon.scene import Mask, Scene, covers, region_classes

SMALLEST = 64
"""Pixels that a person must be high."""
LARGEST = 3072
"""Pixels of height at which a garment is rendered; beyond it the picture is enlarged."""

FINEST = 4
"""Times the networks' size at which a garment's edge is drawn at most."""
LITTLE = 0.02
"""Share of its frame under which a garment is mostly guessed; of what is small anyway, a tenth."""

Photo = Path | str | bytes | Image.Image


@dataclass(frozen=True)
class Garment:
    """A garment's photo, its frame and what is in it."""

    image: Image.Image
    seen: Seen

    @property
    def scene(self) -> Scene:
        """What the networks see."""
        return Scene(self.seen.pixels, self.seen.map, self.seen.keypoints)


@dataclass(frozen=True)
class TryOn:
    """A person's photo with other garments on."""

    photo: Image.Image
    """At the query's size."""
    changed: Image.Image
    """White where it may differ from the query; elsewhere it is the query, bit for bit. Mode L."""
    feed_forward: Image.Image
    """What it was before refinement."""
    notes: tuple[str, ...] = ()
    """What was assumed, such as which of several people was taken."""
    gain: float | None = None
    """By what share refinement lowered the error inside the garments of the references."""
    steps: int = 0
    """Of refinement."""
    dressed: Dressed | None = None
    """The same at the networks' size."""


class Fitting:
    """Somebody in garments: the picture is there at once, and may be refined.

    Args:
        dresser: the networks, which stay as they are.
        image: the person's photo.
        seen: where the person is on it, and what is.
        plan: what goes where.
        rendered: the rough picture at the photo's own resolution and how much of it is new, as `render` gives them.
        notes: what was assumed.
    """

    def __init__(
        self, dresser: Dresser, image: Image.Image, seen: Seen, plan: Plan, rendered: tuple[Tensor, Tensor],
        notes: tuple[str, ...],
    ) -> None:  # fmt: skip
        self._dresser, self._image, self._seen, self._plan = dresser, image, seen, plan
        self._rough, self._mask = rendered
        first = dresser.paint(plan)
        photo, changed = self._finished(first), _changed(image, seen, self._mask)
        self.feed_forward = TryOn(photo, changed, photo, notes, dressed=first)

    def refined(self, steps: int, progress: Progress | None = None) -> TryOn:
        """The same after online refinement; the networks are tuned for it and forget it.

        Args:
            progress: told of every step; answers whether to go on.

        Raises:
            UsageError: no such number of steps.
        """
        first = self.feed_forward
        assert first.dressed is not None
        final = self._dresser.refined(self._plan, RefineConfig(steps=steps), progress, first.dressed)
        return TryOn(self._finished(final), first.changed, first.photo, first.notes, final.gain, final.steps, final)

    def _finished(self, dressed: Dressed) -> Image.Image:
        return _finished(self._image, self._seen, self._rough, self._mask, dressed)


def try_on(
    person: Photo, garments: Mapping[str, Photo], *, refine_steps: int = 0, weights: str | Dresser = "tryon-photos",
    parser: str | Parser | None = None, progress: Progress | None = None,
) -> TryOn:  # fmt: skip
    """Show a person wearing the garments of other photos, all at once (O-VITON).

    Args:
        person: a photo of whoever is to be dressed.
        garments: region to a photo that shows its garment, on somebody or alone.
        refine_steps: of online refinement; 0 for the feed-forward picture.
        weights: of try-on: shipped ones, a run's folder, or networks that are loaded.
        parser: shipped weights, a run's folder, or any parser; by default the one that fits the weights.
        progress: told of every step of refinement; answers whether to go on.

    Raises:
        UsageError: an unknown region, nobody on the photo, or a garment that its photo doesn't show.
        ImageError: a photo that can't be read.
    """
    fitting = fit_on(person, garments, weights=weights, parser=parser, refine_steps=refine_steps)
    return fitting.refined(refine_steps, progress) if refine_steps else fitting.feed_forward


def fit_on(
    person: Photo, garments: Mapping[str, Photo], *, weights: str | Dresser = "tryon-photos",
    parser: str | Parser | None = None, person_parser: str | Parser | None = None, refine_steps: int = 0,
) -> Fitting:  # fmt: skip
    """What `try_on` does first: photos are seen and the picture is painted once, which later may be refined.

    Args:
        person_parser: what sees the person, where that is another than what sees the garments: drawn people are seen
            best by what learnt from drawings.
        refine_steps: how many are meant to follow; checked before anything is done.

    Raises:
        UsageError: as `try_on`.
        ImageError: a photo that can't be read.
    """
    _check(garments)
    if refine_steps:
        RefineConfig(steps=refine_steps)
    dresser = weights if isinstance(weights, Dresser) else _dresser(weights)
    sees = open_parser_of(parser or parser_for(weights))
    image = _open(person)
    seen, notes = find_person(image, open_parser_of(person_parser or sees))
    worn = {region: _garment(garments[region], region, sees) for region in REGIONS if region in garments}
    query = Scene(seen.pixels, seen.map, seen.keypoints)
    plan = dresser.plan(query, {region: garment.scene for region, garment in worn.items()})
    return Fitting(dresser, image, seen, plan, render(image, seen, plan, worn), (*notes, *_little(worn)))


def _little(worn: Mapping[str, Garment]) -> tuple[str, ...]:
    """What to say of garments of which their photos show next to nothing."""
    shares = {region: float(garment.scene.mask(region).mean()) for region, garment in worn.items()}
    small = ("shoes", "bag", "hat", "legwear")
    return tuple(
        f"little of the {region} is seen on its photo ({share:.1%} of the frame); most of it is guessed"
        for region, share in shares.items()
        if share < (LITTLE / 10 if region in small else LITTLE)
    )


def find_person(image: Image.Image, parser: Parser) -> tuple[Seen, tuple[str, ...]]:
    """Who is to be dressed, and what the answer should say about it.

    Raises:
        UsageError: nobody is there, or too small.
    """
    seen = look(image, parser)
    if seen.people == 0:
        raise UsageError("no person was found on the photo; give one that shows somebody from head to knee or foot")
    if seen.frame.height < SMALLEST:
        raise UsageError(
            f"the person is about {seen.frame.height:.0f} pixels high, and {SMALLEST} are needed; give a larger photo"
        )
    if seen.people == 1:
        return seen, ()
    return seen, (f"{seen.people} people are on the photo; the largest was dressed",)


def find_garment(image: Image.Image, region: str, parser: Parser) -> Seen:
    """The garment of a region; where it lies alone its edge is drawn where the colours change.

    Raises:
        UsageError: the photo doesn't show it.
    """
    seen = garment_of(image, parser, region)
    if seen.people:
        return seen
    map = np.where(tightened(seen.pixels, seen.map > 0), seen.map.max(), 0)
    return replace(seen, map=map.astype(np.uint8))


def render(image: Image.Image, seen: Seen, plan: Plan, worn: Mapping[str, Garment]) -> tuple[Tensor, Tensor]:
    """The rough picture of a plan at the photo's own resolution, where the references' pixels are taken at full size.

    Returns:
        RGB 0-1 of the frame, shape (3, h, w), and how much of it is new, 0 where the query stays, shape (1, h, w).
    """
    height = min(LARGEST, max(1, round(seen.frame.height)))
    size = (height, max(1, round(height * seen.frame.width / seen.frame.height)))
    rough, likely = _enlarged(plan.canvas.rough, size), _smooth(one_hot(plan.map), size)
    query, worn_values = plan.query, chosen_classes(worn)
    whole = to_tensor(seen.frame.cut(image, size))
    places = _scaled(here(*size), size)
    for value in set(np.unique(plan.map[plan.changed]).tolist()) - worn_values:
        place = (plan.map == value) & plan.changed
        if goes_on(value, place):
            tall, wide = _bounds(place, size)
            (mask,) = evidence(query, [value], plan.changed)
            folded, trust = _folded_finely(places[:, tall, wide], mask, size)
            own = sample(whole, _unscaled(folded, size))
            rough[:, tall, wide] = _mixed(rough[:, tall, wide], own, trust, likely[value, tall, wide])
    for region, garment in worn.items():
        scale = _sharpness(garment, size[0])
        theirs = to_tensor(garment.seen.frame.cut(garment.image, (SIZE[0] * scale, SIZE[1] * scale)))
        inside = ndimage.binary_erosion(garment.scene.mask(region), iterations=BLED)
        place = covers(plan.map, region_classes(region))
        if not place.any():
            continue
        tall, wide = _bounds(place, size)
        folded, trust = _folded_finely(enlarge(plan.fields[region], *size)[:, tall, wide], inside, size)
        own, there = sample(theirs, (folded + 0.5) * scale - 0.5), likely[list(region_classes(region))].sum(0)
        rough[:, tall, wide] = _mixed(rough[:, tall, wide], own, trust, there[tall, wide])
    return rough, _edge(plan, size)


def _folded_finely(dense: Tensor, inside: Mask, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """`folded_in` at a mask of about the picture's size, without the staircase of the networks' size."""
    times = max(1, min(round(size[0] / SIZE[0]), FINEST))
    fine = _smooth(torch.from_numpy(inside)[None].float(), (SIZE[0] * times, SIZE[1] * times))[0] > 0.5
    folded, trust = folded_in((dense + 0.5) * times - 0.5, fine.numpy(), FOLD * times)
    return (folded + 0.5) / times - 0.5, trust


def _bounds(place: Mask, size: tuple[int, int]) -> tuple[slice, slice]:
    """The rows and columns that a mask spans in a frame of some size, with a pixel's margin."""
    tall, wide = (
        slice(int(max(side.start - 1, 0) * length / whole), int(min(side.stop + 1, whole) * length / whole))
        for side, length, whole in zip(bounds(place), size, SIZE, strict=True)
    )
    return tall, wide


def _mixed(rough: Tensor, own: Tensor, trust: Tensor, likely: Tensor) -> Tensor:
    """The rough picture with pixels of a class, where it probably is. Shapes: (3, h, w), (1, h, w) and (h, w)."""
    share = trust * ((likely - 0.35) / 0.3).clamp(0, 1)
    return share * own + (1 - share) * rough


def _scaled(places: Tensor, size: tuple[int, int]) -> Tensor:
    """Places in a frame of some size, at the networks' size. Shape: (2, h, w)."""
    ratio = torch.tensor([SIZE[1] / size[1], SIZE[0] / size[0]])[:, None, None]
    return (places + 0.5) * ratio - 0.5


def _unscaled(places: Tensor, size: tuple[int, int]) -> Tensor:
    """The way back."""
    ratio = torch.tensor([size[1] / SIZE[1], size[0] / SIZE[0]])[:, None, None]
    return (places + 0.5) * ratio - 0.5


def _smooth(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Planes of a map enlarged, without its staircase."""
    return _enlarged(F.avg_pool2d(F.avg_pool2d(planes[None], 3, 1, 1), 3, 1, 1)[0], size)


def _edge(plan: Plan, size: tuple[int, int]) -> Tensor:
    """How much of the picture is new: all of it where the map changes, less over a narrow rim. Shape: (1, h, w)."""
    return ((_smooth(torch.from_numpy(plan.changed)[None].float(), size) - 0.3) / 0.4).clamp(0, 1)


def _sharpness(garment: Garment, height: int) -> int:
    """How many times the networks' size a reference is cut at: as much as it has, and as the query can show."""
    most = min(garment.seen.frame.height, 2.0 * height, LARGEST)
    return max(1, min(round(most / SIZE[0]), LARGEST // SIZE[0]))


def _finished(image: Image.Image, seen: Seen, rough: Tensor, mask: Tensor, dressed: Dressed) -> Image.Image:
    """The photo with the frame's new pixels in their place."""
    assert dressed.stroke is not None
    size = (rough.shape[1], rough.shape[2])
    made = to_pixels(rough + _enlarged(dressed.stroke[0], size))
    whole = np.asarray(image).copy()
    place, pixels, share = _placed(image, seen, made, mask)
    old = whole[place].astype(np.float32)
    mixed = np.round(share * pixels + (1 - share) * old).astype(np.uint8)
    whole[place] = np.where(share > 0, mixed, whole[place])
    return Image.fromarray(whole)


def _changed(image: Image.Image, seen: Seen, mask: Tensor) -> Image.Image:
    whole = np.zeros((image.height, image.width), np.uint8)
    place, _, share = _placed(image, seen, np.zeros((*mask.shape[1:], 3), np.uint8), mask)
    whole[place] = np.where(share[..., 0] > 0, 255, 0)
    return Image.fromarray(whole)


def _placed(
    image: Image.Image, seen: Seen, made: np.ndarray, mask: Tensor
) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """Where on the photo a frame lies, its pixels there and how much of them to take."""
    frame = seen.frame
    left, top = max(0, round(frame.left)), max(0, round(frame.top))
    right, bottom = (
        min(image.width, round(frame.left + frame.width)),
        min(image.height, round(frame.top + frame.height)),
    )
    height, width = made.shape[:2]
    box = (
        (left - frame.left) * width / frame.width, (top - frame.top) * height / frame.height,
        (right - frame.left) * width / frame.width, (bottom - frame.top) * height / frame.height,
    )  # fmt: skip
    box = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
    size = (right - left, bottom - top)
    pixels = Image.fromarray(made).resize(size, Image.Resampling.BICUBIC, box=box)
    share = Image.fromarray(mask[0].numpy()).resize(size, Image.Resampling.BILINEAR, box=box)
    return (slice(top, bottom), slice(left, right)), np.asarray(pixels, np.float32), np.asarray(share)[..., None]


def _enlarged(planes: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(planes[None], size, mode="bilinear", align_corners=False)[0]


def _check(garments: Mapping[str, Photo]) -> None:
    if not garments:
        raise UsageError("there is nothing to try on; name a region and a photo that shows its garment")
    for region in garments:
        if region not in REGIONS:
            raise unknown("region", region, REGIONS)
        if clash := [other for other in REPLACES.get(region, ()) if other in garments]:
            raise UsageError(f"a {region} takes the place of {clash[0]}; name one of them")


def _garment(photo: Photo, region: str, parser: Parser) -> Garment:
    image = _open(photo)
    return Garment(image, find_garment(image, region, parser))


def _open(photo: Photo) -> Image.Image:
    if isinstance(photo, Image.Image):
        return photo.convert("RGB")
    return load_image(Path(photo) if isinstance(photo, str) else photo)


def parser_for(weights: str | Dresser) -> str:
    """`parser-boutique` for weights that know drawings alone, else `parser-photos`."""
    return "parser-boutique" if weights == "tryon-boutique" else "parser-photos"


def open_parser_of(parser: str | Parser) -> Parser:
    """A parser, loaded once if it is named."""
    return _parser(parser) if isinstance(parser, str) else parser


def preload(weights: str) -> None:
    """Load networks of this name, and the parser that goes with them, so that the first request needn't."""
    _dresser(weights)
    _parser(parser_for(weights))


@lru_cache(4)
def _dresser(name: str) -> Dresser:
    return load_dresser(name)


@lru_cache(4)
def _parser(name: str) -> Parser:
    return open_parser(name)
