"""Requests as the networks see them: photos read, framed and parsed, with the true answer where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.catalog.photos import mask_beside
from modiste.errors import UsageError
from modiste.images import load_image, load_mask
from modiste.lab.datasets.people import People, PersonPhoto
from modiste.lab.tryon.data import LEAST, framed
from modiste.lab.tryon.protocol import Request
from modiste.parsing import Frame, Parser, Seen, look
from modiste.parsing.garments import foreground
from modiste.tryon.body import MARGIN, person_box
from modiste.tryon.canvas import changed_mask, chosen_classes, replaced_classes
from modiste.tryon.pipeline import find_garment
from modiste.tryon.scene import Scene, covers, region_classes
from modiste.types import Map, Mask, Pixels

_UNDER_COATS = ("top", "dress", "bottom")
SMALL = 0.002
"""Share of a photo that shoes, a bag or a hat cover at least where they are seen."""


@dataclass(frozen=True)
class Sight:
    """A photo and what is in it."""

    photo: Path
    frame: Frame
    scene: Scene


@dataclass(frozen=True)
class Truth:
    """The right answer to a request, in the query's frame."""

    pixels: Pixels
    """Shape: (256, 192, 3)."""
    map: Map
    """Shape: (256, 192)."""
    zone: Mask
    """Where query and truth differ by their maps, with a rim: the same for every model. Shape: (256, 192)."""


@dataclass(frozen=True)
class Case:
    """A request, read."""

    request: Request
    query: Sight
    garments: Mapping[str, Sight]
    truth: Truth | None = None

    @property
    def scenes(self) -> dict[str, Scene]:
        """The garments as `dress` takes them."""
        return {region: sight.scene for region, sight in self.garments.items()}


class Reader:
    """Reads the photos of a data set, each once.

    Args:
        parser: tells maps and joints; without one those that come with the data are taken.
    """

    def __init__(self, people: People, parser: Parser | None) -> None:
        self._photos = {photo.id: photo for photo in people.photos}
        self._products, self._parser = people.products, parser
        self._sights: dict[tuple[str, str], Sight] = {}

    def cases(self, requests: Iterable[Request]) -> tuple[list[Case], list[Request]]:
        """The requests that can be asked, and those whose photos the parser finds no person or garment in."""
        found, refused = [], []
        for request in requests:
            try:
                found.append(self._case(request))
            except UsageError:
                refused.append(request)
        return found, refused

    def known(self, photos: Sequence[PersonPhoto], enough: int) -> dict[str, Scene]:
        """Photos with the maps and joints that come with them; with a parser the others too, if these aren't enough."""
        told = {photo.id: framed(photo) for photo in photos if photo.map is not None and photo.keypoints is not None}
        if self._parser is not None and len(told) < enough:
            for photo in photos:
                if photo.id not in told and (sight := self._person(photo.id)) is not None:
                    told[photo.id] = sight.scene
        return told

    def answerable(self, request: Request) -> bool:
        """Whether the true answer shows each garment, and so does the photo of whoever wears it, without a coat."""
        worn = {region: self._photos[id] for region, id in request.garments.items() if id in self._photos}
        if any("outer" in photo.worn for region, photo in worn.items() if region in _UNDER_COATS):
            return False
        if "bag" in request.garments and "bag" not in self._photos[request.query].worn:
            return False  # nobody can tell in which hand, or on which shoulder
        maps = {region: [self._photos[request.truth].read_map()] for region in request.garments}
        for region, photo in worn.items():
            maps[region].append(photo.read_map())
        return all(
            covers(map, region_classes(region)).mean() >= (SMALL if region in ("shoes", "bag", "hat") else LEAST)
            for region, shown in maps.items()
            for map in shown
        )

    def _case(self, request: Request) -> Case:
        query = self._person(request.query)
        if query is None:
            raise UsageError(f"nobody is seen on {request.query}")
        truth = self._truth(request, query.frame) if request.truth else None
        garments = {region: self._garment(source, region, truth) for region, source in request.garments.items()}
        return Case(request, query, garments, truth)

    def _person(self, id: str) -> Sight | None:
        if (id, "") not in self._sights:
            photo = self._photos[id]
            if self._parser is None:
                self._sights[id, ""] = given(photo)
            else:
                seen = look(load_image(photo.image), self._parser)
                if not seen.people:
                    return None
                self._sights[id, ""] = sight_of(photo.image, seen)
        return self._sights[id, ""]

    def _garment(self, id: str, region: str, truth: Truth | None) -> Sight:
        if (id, region) not in self._sights:
            photo = self._photos[id].image if id in self._photos else self._products[id]
            if self._parser is not None:
                sight = sight_of(photo, find_garment(load_image(photo), region, self._parser))
            elif id in self._photos:
                sight = given(self._photos[id])
            else:
                sight = _lying(photo, region, truth)
            self._sights[id, region] = sight
        return self._sights[id, region]

    def _truth(self, request: Request, frame: Frame) -> Truth:
        query, photo = self._photos[request.query], self._photos[request.truth]
        before, after = frame.cut_map(query.read_map()), frame.cut_map(photo.read_map())
        regions = tuple(request.garments)
        zone = changed_mask(before, after, chosen_classes(regions), replaced_classes(regions))
        return Truth(frame.cut(load_image(photo.image)), after, zone)


def given(photo: PersonPhoto) -> Sight:
    """A photo with the map and the joints that come with it.

    Raises:
        UsageError: it has none.
    """
    if photo.keypoints is None:
        raise UsageError(f"photo {photo.id} has no keypoints; name a parser")
    image, map = load_image(photo.image), photo.read_map()
    points = photo.keypoints.copy()
    points[:, :2] *= (image.width, image.height)
    frame = Frame.around(person_box(map, points), image, MARGIN)
    return Sight(photo.image, frame, Scene(frame.cut(image), frame.cut_map(map), frame.to_frame(points)))


def sight_of(photo: Path, seen: Seen) -> Sight:
    """What a parser saw."""
    return Sight(photo, seen.frame, Scene(seen.pixels, seen.map, seen.keypoints))


def enlarged(sight: Sight, times: int) -> Scene:
    """The same scene with the photo's own pixels, so many times as large."""
    scene = sight.scene
    size = (scene.map.shape[0] * times, scene.map.shape[1] * times)
    points = scene.keypoints.copy()
    points[:, :2] = (points[:, :2] + 0.5) * times - 0.5
    map = scene.map.repeat(times, 0).repeat(times, 1)
    return replace(scene, pixels=sight.frame.cut(load_image(sight.photo), size), map=map, keypoints=points)


def _lying(photo: Path, region: str, truth: Truth | None) -> Sight:
    """A garment that lies alone; of a region's classes it has the one that the true answer shows most of."""
    image = load_image(photo)
    frame = Frame.whole(image)
    classes = region_classes(region)
    areas = [0 if truth is None else int((truth.map == value).sum()) for value in classes]
    value = classes[int(np.argmax(areas))]
    map = frame.cut_map((_outline(photo, image) * value).astype(np.uint8))
    return Sight(photo, frame, Scene(frame.cut(image), map, np.zeros((17, 3), np.float32)))


def _outline(photo: Path, image: Image.Image) -> Mask:
    """Where a product is on its photo: by the mask that was drawn with it, or else before its backdrop."""
    drawn = mask_beside(photo)
    if drawn is None:
        return foreground(image)
    mask = Image.fromarray(load_mask(drawn)).resize(image.size, Image.Resampling.NEAREST)
    return np.asarray(mask) > 127
