"""Try on: photos in, a photo of the same size out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from modiste.catalog.categories import REGIONS, REPLACES
from modiste.errors import UsageError, unknown
from modiste.images import load_image
from modiste.parsing import Parser, Seen, garment_of, look_with, open_parser
from modiste.parsing.kinds import check_kind
from modiste.tryon.align import one_of_pair
from modiste.tryon.canvas import (
    tightened,
)
from modiste.tryon.known import MaskedGarment, ParsedPerson, Photo
from modiste.tryon.model import Dressed, Dresser, Plan, load_dresser
from modiste.tryon.online import Progress, RefineConfig
from modiste.tryon.refusals import check_enough_seen, check_place, check_shown, ends_at_hips
from modiste.tryon.render import Garment, Person, changed_pixels, finished, render
from modiste.tryon.scene import Scene
from modiste.weights import DRAWINGS, PHOTOGRAPHS, domain_of, find, suited

SMALLEST = 64
"""Pixels that a person must be high."""
UNSURE, SURER = 0.77, 0.1
"""Confidence under which the photo may lie on its side or stand on its head, and by how much a turned one beats it."""


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
        person: whom they dress.
        plan: what goes where.
        rendered: the rough picture at the photo's own resolution and how much of it is new, as `render` gives them.
        notes: what was assumed.
    """

    def __init__(
        self, dresser: Dresser, person: Person, plan: Plan, rendered: tuple[Tensor, Tensor], notes: tuple[str, ...]
    ) -> None:
        self._dresser, self._person, self._plan = dresser, person, plan
        self._rough, self._mask = rendered
        first = dresser.paint(plan)
        changed = _turned(changed_pixels(person, self._mask), -person.quarters)
        photo = self._finished(first)
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
        person = self._person
        return _turned(finished(person.image, person.seen, self._rough, self._mask, dressed), -person.quarters)


def try_on(
    person: Photo | ParsedPerson, garments: Mapping[str, Photo | MaskedGarment], *, refine_steps: int = 0,
    weights: str | Dresser = "tryon-photos", parser: str | Parser | None = None, progress: Progress | None = None,
    anyway: bool = False,
) -> TryOn:  # fmt: skip
    """Show a person wearing the garments of other photos, all at once (O-VITON).

    Args:
        person: a photo of whoever is to be dressed, with its map and joints if they are known.
        garments: region to a photo that shows its garment, on somebody or alone, with its mask if that is known.
        refine_steps: of online refinement; 0 for the feed-forward picture.
        weights: of try-on: shipped ones, a run's folder, or networks that are loaded.
        parser: shipped weights, a run's folder, or any parser; by default the one that fits the weights, and for people
            the one that fits their picture, be it a photograph or drawn.
        progress: told of every step of refinement; answers whether to go on.
        anyway: try what is refused otherwise because little would come of it: a garment of which its photo shows next
            to nothing, or that seems to be worn elsewhere, and a person of whom the place for it isn't seen.

    Raises:
        UsageError: an unknown region, nobody on the photo, a garment that its photo doesn't show, or what `anyway`
            allows.
        ImageError: a photo that can't be read.
    """
    fitting = fit_on(person, garments, weights=weights, parser=parser, refine_steps=refine_steps, anyway=anyway)
    return fitting.refined(refine_steps, progress) if refine_steps else fitting.feed_forward


def fit_on(
    person: Photo | ParsedPerson, garments: Mapping[str, Photo | MaskedGarment], *,
    weights: str | Dresser = "tryon-photos",
    parser: str | Parser | None = None, refine_steps: int = 0,
    anyway: bool = False, known: Collection[str] = (),
) -> Fitting:  # fmt: skip
    """What `try_on` does first: photos are seen and the picture is painted once, which later may be refined.

    Args:
        refine_steps: how many are meant to follow; checked before anything is done.
        known: regions whose garments are sure to be worn there, as a shop's categories say.

    Raises:
        UsageError: as `try_on`.
        ImageError: a photo that can't be read.
    """
    _check(garments)
    if refine_steps:
        RefineConfig(steps=refine_steps)
    dresser = weights if isinstance(weights, Dresser) else _dresser(weights)
    sees = open_parser_of(parser or dresser.parser or suited("parser", PHOTOGRAPHS))
    if isinstance(person, ParsedPerson):
        dressed = _known(person)
    else:
        dressed = find_person(_open(person), [sees] if parser else all_parsers(sees))
    seen, notes = dressed.seen, [*dressed.notes]

    def insist(check: Callable[[], str | None]) -> bool:
        """Whether all is well; where it isn't, go on only if that is wanted. What is worth a note is noted."""
        try:
            notes.extend(filter(None, [check()]))
            return True
        except UsageError as error:
            if not anyway:
                raise UsageError(f"{error}, or try it with --anyway") from None
            notes.append(str(error).split(";")[0])
            return False

    for region in garments:
        insist(partial(check_place, seen, region))
    kinds = suited("encoder", dresser.domain) if dresser.domain else ""
    worn = {}
    for region in (region for region in REGIONS if region in garments):
        given = garments[region]
        told = region in known or isinstance(given, MaskedGarment)
        garment = _garment(given, region, sees, mixed=dresser.domain == DRAWINGS and not parser and not told)
        told = told or not kinds or garment.seen.people > 0
        right = told or insist(partial(check_kind, garment.image, region, kinds))
        insist(partial(check_enough_seen, garment.scene, region))
        if region == "dress" and (not right or ends_at_hips(garment.scene)):
            garment, region = garment.as_top(), "top"
            notes.append("what was given as a dress covers no more than a top, and was put on as one")
        worn[region] = garment
    query = Scene(seen.pixels, seen.map, seen.keypoints)
    plan = dresser.plan(query, {region: garment.scene for region, garment in worn.items()}, worn=dressed.worn)
    inside = seen.frame.cut_map(np.ones((dressed.image.height, dressed.image.width), np.uint8)) > 0
    insist(partial(check_shown, plan, inside))
    return Fitting(dresser, dressed, plan, render(dressed.image, seen, plan, worn), tuple(notes))


def _known(person: ParsedPerson) -> Person:
    """Somebody without the garments that are to be replaced, or as they are where that isn't known."""
    shown = person.bare or person
    image = _open(shown.photo)
    seen = shown.seen(image)
    if person.bare is None:
        return Person(image, seen)
    return Person(image, seen, before=_open(person.photo), worn=seen.frame.cut_map(person.map))


def find_person(image: Image.Image, parsers: Sequence[Parser]) -> Person:
    """Who is to be dressed, upright, and what the answer should say about it.

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


def _turned(image: Image.Image, quarters: int) -> Image.Image:
    """Quarter turns, counter-clockwise."""
    turns = (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    turn = turns[quarters % 4]
    return image if turn is None else image.transpose(turn)


def find_garment(image: Image.Image, region: str, parser: Parser) -> Seen:
    """The garment of a region; where it lies alone its edge is drawn where the colours change.

    Raises:
        UsageError: the photo doesn't show it.
    """
    seen = garment_of(image, parser, region)
    if seen.people:
        return seen
    shown = tightened(seen.pixels, seen.map > 0)
    map = np.where(one_of_pair(shown) if region == "shoes" else shown, seen.map.max(), 0)
    return replace(seen, map=map.astype(np.uint8))


def _check(garments: Mapping[str, object]) -> None:
    if not garments:
        raise UsageError("there is nothing to try on; name a region and a photo that shows its garment")
    for region in garments:
        if region not in REGIONS:
            raise unknown("region", region, REGIONS)
        if clash := [other for other in REPLACES.get(region, ()) if other in garments]:
            raise UsageError(f"a {region} takes the place of {clash[0]}; name one of them")


def _garment(given: Photo | MaskedGarment, region: str, parser: Parser, *, mixed: bool) -> Garment:
    """What a photo shows of a garment.

    Args:
        mixed: it may be a drawing or a photograph.
    """
    image = _open(given.photo if isinstance(given, MaskedGarment) else given)
    if isinstance(given, MaskedGarment):
        return Garment(image, given.seen(image, region))
    return Garment(image, find_garment(image, region, _parser_for_picture(image, parser) if mixed else parser))


def _parser_for_picture(image: Image.Image, parser: Parser) -> Parser:
    """The parser that sees somebody on a photo or drawing best; the one that is given where nobody is there."""
    seen, by = look_with(image, all_parsers(parser))
    return by if seen.people else parser


def _open(photo: Photo) -> Image.Image:
    if isinstance(photo, Image.Image):
        return photo.convert("RGB")
    return load_image(Path(photo) if isinstance(photo, str) else photo)


def parser_for(weights: str) -> str:
    """The parser that goes with weights, as their configuration says.

    Raises:
        UsageError: no such weights.
    """
    return str(find(weights).config.get("parser") or suited("parser", domain_of(weights)))


def all_parsers(parser: Parser) -> list[Parser]:
    """A parser, and the shipped ones for the other kinds of pictures; what knows photographs comes first."""
    own = domain_of(parser.name)
    return [parser if domain == own else _parser(suited("parser", domain)) for domain in (PHOTOGRAPHS, DRAWINGS)]


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
