"""Try on: photos in, a photo of the same size out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor

from modiste.catalog.categories import REGIONS, REPLACES
from modiste.errors import UsageError, unknown
from modiste.images import load_image
from modiste.parsing import Parser, Scene, Seen, garment_of, look_with, open_parser
from modiste.parsing.frame import WORN, check_kind, region_classes
from modiste.tryon.align import one_of_pair, worn_by
from modiste.tryon.body import CLASS, SEEN, covers, stand_in, torso
from modiste.tryon.composite import Dressed, Person, Plan, finished, render, spread, to_tensor
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.known import MaskedGarment, ParsedPerson, Photo
from modiste.tryon.model import RefineConfig, StepProgress
from modiste.types import Mask, Pixels
from modiste.weights import DRAWINGS, PHOTOGRAPHS, domain_of, find, suited

SMALLEST = 64
"""Pixels that a person must be high."""
UNSURE, SURER = 0.77, 0.1
"""Confidence under which the photo may lie on its side or stand on its head, and by how much a turned one beats it."""
LITTLE = 0.02
"""Share of its frame under which a garment is mostly guessed; of what is small anyway, a tenth."""
SMALL = ("shoes", "bag", "hat", "legwear")
EDGE = 4
"""Pixels by which the edge of a lone garment's mask may be off."""
_NEEDED: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "top": ("the shoulders", (5, 6)),
    "outer": ("the shoulders", (5, 6)),
    "dress": ("shoulders and hips", (5, 6, 11, 12)),
    "bottom": ("hips and legs", (11, 12, 13, 14)),
    "legwear": ("the legs", (13, 14, 15, 16)),
    "shoes": ("the feet", (15, 16)),
    "bag": ("the trunk", (5, 6, 11, 12)),
    "hat": ("the head", (0, 1, 2, 3, 4)),
}
"""Region to the part of the body that a photo must show to wear a garment there, and the joints of it."""


@dataclass(frozen=True)
class TryOnRequest:
    """A person, and the garments to put on them."""

    person: Photo | ParsedPerson
    """A photo of whoever is to be dressed, with its map and joints if they are known."""
    garments: Mapping[str, Photo | MaskedGarment]
    """Region to a photo that shows its garment, on somebody or alone, with its mask if that is known."""
    weights: str | Dresser = "tryon-photos"
    """Of try-on: shipped ones, a run's folder, or networks that are loaded."""
    parser: str | Parser | None = None
    """Shipped weights, a run's folder, or any parser; by default the one that fits the weights, and for people the one
    that fits their picture, be it a photograph or drawn."""
    refine_steps: int = 0
    """Of online refinement; 0 for the feed-forward picture."""
    anyway: bool = False
    """Try what is refused otherwise because little would come of it: a garment that its photo hardly shows, or that
    seems to be worn elsewhere, and a person whose photo doesn't show the part of the body that it is worn on."""
    known: Collection[str] = ()
    """Regions whose garments are sure to be worn there, as a shop's categories say."""

    def __post_init__(self) -> None:
        if not self.garments:
            raise UsageError("there is nothing to try on; name a region and a photo that shows its garment")
        for region in self.garments:
            if region not in REGIONS:
                raise unknown("region", region, REGIONS)
            if clash := [other for other in REPLACES.get(region, ()) if other in self.garments]:
                raise UsageError(f"a {region} takes the place of {clash[0]}; name one of them")
        if self.refine_steps:
            RefineConfig(steps=self.refine_steps)


@dataclass(frozen=True)
class TryOn:
    """A person's photo with other garments on."""

    photo: Image.Image
    """At the query's size."""
    changed: Image.Image
    """White where it may differ from the query; elsewhere it is the query, bit for bit. Mode L."""
    feed_forward: Image.Image
    """The photo before refinement."""
    notes: tuple[str, ...] = ()
    """Assumptions that were made, such as which of several people was taken."""
    gain: float | None = None
    """Share by which refinement lowered the error inside the garments of the references."""
    steps: int = 0
    """Of refinement."""
    dressed: Dressed | None = None
    """The same at the networks' size."""


class Fitting:
    """A person in garments: the feed-forward picture is there at once, and may be refined.

    Args:
        rendered: the composite at the photo's own resolution and how much of it is new, as `render` gives them.
        notes: assumptions that were made.
    """

    def __init__(
        self, dresser: Dresser, person: Person, plan: Plan, rendered: tuple[Tensor, Tensor], notes: tuple[str, ...]
    ) -> None:
        self._dresser, self._person, self._plan, self._rendered = dresser, person, plan, rendered
        first = dresser.paint(plan)
        photo, changed = self._pictures(first)
        self.feed_forward = TryOn(photo, changed, photo, notes, dressed=first)

    def refined(self, steps: int, progress: StepProgress | None = None) -> TryOn:
        """The same after online refinement; the networks are tuned for it and forget it.

        Args:
            progress: called after every step; refinement stops where it returns False.

        Raises:
            UsageError: no such number of steps.
        """
        first = self.feed_forward
        final = self._dresser.refined(self._plan, RefineConfig(steps=steps), progress, first.dressed)
        return TryOn(*self._pictures(final), first.photo, first.notes, final.gain, final.steps, final)

    def _pictures(self, dressed: Dressed) -> tuple[Image.Image, Image.Image]:
        """The finished photo and the mask of what changed, turned back."""
        assert dressed.residual is not None
        photo, changed = finished(self._person, self._rendered, dressed.residual)
        return _turned(photo, -self._person.quarters), _turned(changed, -self._person.quarters)


def try_on(
    person: Photo | ParsedPerson, garments: Mapping[str, Photo | MaskedGarment], *, refine_steps: int = 0,
    weights: str | Dresser = "tryon-photos", parser: str | Parser | None = None, progress: StepProgress | None = None,
    anyway: bool = False,
) -> TryOn:  # fmt: skip
    """Show a person wearing the garments of other photos, all at once (O-VITON).

    Args:
        person: as all others but `progress`, see `TryOnRequest`.
        progress: called after every step of refinement, with the number of steps done and of all steps; refinement
            stops where it returns False.

    Raises:
        UsageError: an unknown region, nobody on the photo, a garment that its photo doesn't show, or what `anyway`
            allows.
        ImageError: a photo that can't be read.
    """
    fitting = fit_on(TryOnRequest(person, garments, weights, parser, refine_steps, anyway))
    return fitting.refined(refine_steps, progress) if refine_steps else fitting.feed_forward


def fit_on(request: TryOnRequest) -> Fitting:
    """Do the first part of `try_on`, raising as it does: parse the photos, and paint the picture once."""
    weights = request.weights
    dresser = weights if isinstance(weights, Dresser) else _dresser(weights)
    parser = _opened(request.parser or dresser.parser or suited("parser", PHOTOGRAPHS))
    if isinstance(request.person, ParsedPerson):
        person = _parsed_person(request.person)
    else:
        person = find_person(_open(request.person), [parser] if request.parser else all_parsers(parser))
    seen, notes = person.seen, [*person.notes]

    def passes(check: Callable[..., str | None], *arguments: object) -> bool:
        """Run a check and note what it returns; with `anyway` note its error too and go on, returning False."""
        try:
            note = check(*arguments)
        except UsageError as error:
            if not request.anyway:
                raise UsageError(f"{error}, or try it with --anyway") from None
            notes.append(str(error).split(";")[0])
            return False
        if note:
            notes.append(note)
        return True

    for region in request.garments:
        passes(_check_body_shown, seen, region)
    encoder = suited("encoder", dresser.domain) if dresser.domain else ""
    worn = {}
    for region in (region for region in REGIONS if region in request.garments):
        image, garment = _garment(request, region, dresser, parser)
        sure = region in request.known or isinstance(request.garments[region], MaskedGarment) or not encoder
        right = sure or garment.people > 0 or passes(check_kind, image, region, encoder)
        passes(_check_enough_seen, garment, region)
        if region == "dress" and (not right or _ends_at_hips(garment)):
            map = np.where(garment.map == CLASS["dress"], CLASS["top"], garment.map).astype(np.uint8)
            garment, region = replace(garment, map=map), "top"
            notes.append("what was given as a dress covers no more than a top, and was put on as one")
        worn[region] = image, garment
    plan = dresser.plan(seen, {region: garment for region, (_, garment) in worn.items()}, worn=person.worn)
    inside = seen.frame.cut_map(np.ones((person.image.height, person.image.width), np.uint8)) > 0
    passes(_check_shown, plan, inside)
    return Fitting(dresser, person, plan, render(person, plan, worn), tuple(notes))


def _parsed_person(person: ParsedPerson) -> Person:
    """A parsed person without the garments that are to be replaced, or as they are where that photo isn't known."""
    if person.bare is None:
        image = _open(person.photo)
        return Person(image, person.seen(image))
    image = _open(person.bare.photo)
    seen = person.bare.seen(image)
    return Person(image, seen, before=_open(person.photo), worn=seen.frame.cut_map(person.map))


def find_person(image: Image.Image, parsers: Sequence[Parser]) -> Person:
    """Find the person to dress, turn the photo upright, and note which person it is.

    Args:
        parsers: as `look_with` takes them.

    Raises:
        UsageError: nobody is there, or too small.
    """
    seen, _ = look_with(image, parsers)
    quarters = 0
    if seen.confidence < UNSURE:  # it may lie on its side, or stand on its head
        turned = {quarter: look_with(_turned(image, quarter), parsers)[0] for quarter in (1, 2, 3)}
        best = max(turned, key=lambda quarter: turned[quarter].confidence)
        if turned[best].confidence > seen.confidence + SURER:
            seen, quarters, image = turned[best], best, _turned(image, best)
    if seen.people == 0:
        raise UsageError("no person was found on the photo; give one that shows somebody from head to knee or foot")
    if seen.frame.height < SMALLEST:
        raise UsageError(
            f"the person is about {seen.frame.height:.0f} pixels high, and {SMALLEST} are needed; give a larger photo"
        )
    notes = [f"the person was found by turning the photo by {90 * quarters} degrees"] if quarters else []
    if seen.people > 1:
        notes.append(f"{seen.people} people are on the photo; the largest was dressed")
    return Person(image, seen, quarters, tuple(notes))


def find_garment(image: Image.Image, region: str, parser: Parser) -> Seen:
    """Find the garment of a region; where it lies alone its edge is moved to where the colours change.

    Raises:
        UsageError: the photo doesn't show it.
    """
    seen = garment_of(image, parser, region)
    if seen.people:
        return seen
    shown = _tightened(seen.pixels, seen.map > 0)
    map = np.where(one_of_pair(shown) if region == "shoes" else shown, seen.map.max(), 0)
    return replace(seen, map=map.astype(np.uint8))


def _tightened(pixels: Pixels, mask: Mask) -> Mask:
    """Move a mask's edge to where the colours change: a pixel near it goes to the side that its colour is nearer to."""
    inner = ndimage.binary_erosion(mask, iterations=EDGE)
    outer = ~ndimage.binary_dilation(mask, iterations=EDGE)
    if not inner.any() or not outer.any():
        return mask
    photo = to_tensor(pixels)
    sides = torch.from_numpy(np.stack([inner, outer]))[:, None].float()
    away = ((photo - spread(photo.expand(2, -1, -1, -1), sides)) ** 2).sum(1).numpy()
    return np.asarray(inner | ~outer & (away[0] < away[1]))


def _check_enough_seen(garment: Scene, region: str) -> None:
    """Refuse a garment of which its photo shows next to nothing."""
    share = float(garment.mask(region).mean())
    if share < (LITTLE / 10 if region in SMALL else LITTLE):
        raise UsageError(
            f"little of the {region} is seen on its photo ({share:.1%} of the frame), so most of it would be guessed; "
            "give a photo that shows more of it"
        )


def _check_body_shown(person: Seen, region: str) -> None:
    """Refuse a person whose photo shows neither the joints that a garment is worn on nor anything worn there."""
    part, joints = _NEEDED[region]
    worn = any(person.mask(name).mean() >= WORN for name in (region, *REPLACES.get(region, ())))
    if not worn and (person.keypoints[list(joints), 2] < SEEN).all():
        raise UsageError(
            f"the person's photo doesn't show {part}, so nothing can be put on as {region}; give one that does"
        )


def _check_shown(plan: Plan, inside: Mask) -> str:
    """Refuse garments of which nothing would be seen, and return a note on those that won't, where others will.

    Args:
        inside: mask of the frame's pixels that lie on the person's photo. Shape: (h, w).
    """
    seen = {region: covers(plan.map, region_classes(region)) & plan.changed & inside for region in plan.garments}
    hidden = [region for region, mask in seen.items() if mask.mean() < WORN / 2]
    if not hidden:
        return ""
    note = f"nothing of the {' and the '.join(hidden)} is seen: what is worn over it hides it, or the photo ends there"
    if len(hidden) == len(seen):
        raise UsageError(f"{note}; give another photo of the person")
    return note


def _ends_at_hips(garment: Scene) -> bool:
    """True if a dress is as short as a top: it ends less than 0.12 torsos below the hips."""
    joints = stand_in(worn_by(garment, "dress"))
    rows = np.flatnonzero(garment.mask("dress").any(1))
    return bool(len(rows)) and float(rows[-1] - joints[11:13, 1].mean()) < 0.12 * torso(joints)


def parser_for(weights: str) -> str:
    """The parser that goes with weights, as their configuration says.

    Raises:
        UsageError: no such weights.
    """
    return str(find(weights).config.get("parser") or suited("parser", domain_of(weights)))


def all_parsers(parser: str | Parser) -> list[Parser]:
    """A parser, and the shipped ones for the other kinds of pictures; what knows photographs comes first."""
    opened = _opened(parser)
    own = domain_of(opened.name)
    return [opened if domain == own else _parser(suited("parser", domain)) for domain in (PHOTOGRAPHS, DRAWINGS)]


def preload(weights: str) -> None:
    """Load networks of this name, and the parser that goes with them, so that the first request needn't."""
    _dresser(weights)
    _parser(parser_for(weights))


def _garment(request: TryOnRequest, region: str, dresser: Dresser, parser: Parser) -> tuple[Image.Image, Seen]:
    """The photo of a region's garment, and the garment on it, by its mask or by a parser."""
    given = request.garments[region]
    image = _open(given.photo if isinstance(given, MaskedGarment) else given)
    if isinstance(given, MaskedGarment):
        return image, given.seen(image, region)
    if dresser.domain == DRAWINGS and not request.parser and region not in request.known:
        seen, best = look_with(image, all_parsers(parser))
        parser = best if seen.people else parser
    return image, find_garment(image, region, parser)


def _turned(image: Image.Image, quarters: int) -> Image.Image:
    """Quarter turns, counter-clockwise."""
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return image.transpose(turns[quarters % 4 - 1]) if quarters % 4 else image


def _open(photo: Photo) -> Image.Image:
    if isinstance(photo, Image.Image):
        return photo.convert("RGB")
    return load_image(Path(photo) if isinstance(photo, str) else photo)


def _opened(parser: str | Parser) -> Parser:
    return _parser(parser) if isinstance(parser, str) else parser


_dresser = lru_cache(4)(load_dresser)
_parser = lru_cache(4)(open_parser)
