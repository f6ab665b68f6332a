"""Requests of the evaluation, as a value with a hash: two evaluations are comparable if theirs is the same.

And their cases as the networks take them: photos read, framed and parsed, with the true answer where there is one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.catalog.categories import REGIONS
from modiste.catalog.photos import mask_beside
from modiste.errors import UsageError
from modiste.images import load_image, load_mask
from modiste.lab.datasets.people import People, PersonPhoto
from modiste.lab.tryon.data import LEAST, framed
from modiste.lab.tryon.metrics import sleeve_length
from modiste.parsing import SIZE, Frame, Parser, Scene, look
from modiste.parsing.frame import foreground, region_classes
from modiste.tryon.body import SEEN, covers
from modiste.tryon.composite import changed_mask, replaced_classes
from modiste.tryon.pipeline import find_garment
from modiste.types import Map, Mask, Pixels

KINDS = {
    "truth": "swaps with a true answer", "swap": "swaps between different people",
    "sleeve": "from long sleeves to short", "self": "own garments as references",
}  # fmt: skip
RESIZE = "bicubic with a reducing gap of 2"
"""Filter by which photos are cut to their frame."""
WORN, SHOWN = 0.012, 0.03
"""Shares of the frame that a garment covers at least on a query and on a reference."""
JOINTS = 9
"""Least number of joints in sight of whoever is dressed or wears a reference."""
SMALL = 0.002
"""Share of a photo that shoes, a bag or a hat cover at least where they are seen."""
_UNDER_COATS = ("top", "dress", "bottom")
_FREQUENCIES: Mapping[tuple[str, ...], float] = {
    ("top",): 3, ("bottom",): 3, ("outer",): 2, ("dress",): 2, ("top", "bottom"): 2,
}  # fmt: skip
"""Regions that are swapped together, and their relative frequencies among those that a query can wear."""


@dataclass(frozen=True)
class Request:
    """One person and the garments to put on."""

    query: str
    garments: Mapping[str, str]
    """Region to the photo or product that shows its garment."""
    kind: str = "swap"
    truth: str = ""
    """The photo that is the right answer."""

    def __str__(self) -> str:
        worn = " ".join(f"{region}={self.garments[region]}" for region in REGIONS if region in self.garments)
        return f"{self.kind} {self.query} {worn} {self.truth}".rstrip()


@dataclass(frozen=True)
class PairList:
    """The requests of an evaluation."""

    requests: tuple[Request, ...]
    refined: int = 0
    """So many of each data set, its first that are no `self`, are refined as well."""
    steps: int = 0
    """Of refinement, at most."""
    seen_by: str = "given maps"
    """The parser of maps and joints."""

    @property
    def hash(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of requests, size and filter."""
        lines = [f"{SIZE} {RESIZE}", *map(str, self.requests)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        counts = Counter(request.kind for request in self.requests)
        kinds = ", ".join(f"{counts[kind]} {label}" for kind, label in KINDS.items() if counts[kind])
        refined = f"; {self.refined} of them refined in at most {self.steps} steps" if self.refined else ""
        return f"pairs@{self.hash}: {kinds}; {SIZE[0]}x{SIZE[1]}, {RESIZE}; people seen by {self.seen_by}" + refined


@dataclass(frozen=True)
class _FramedPhoto:
    """A photo, and the person or garment in it."""

    photo: Path
    frame: Frame
    scene: Scene


@dataclass(frozen=True)
class _Truth:
    """The right answer to a request, in the query's frame."""

    pixels: Pixels
    """Shape: (256, 192, 3)."""
    map: Map
    """Shape: (256, 192)."""
    zone: Mask
    """Mask of what differs between query and truth by their maps, with a rim. Shape: (256, 192)."""


@dataclass(frozen=True)
class Case:
    """A request, read."""

    request: Request
    query: _FramedPhoto
    garments: Mapping[str, _FramedPhoto]
    truth: _Truth | None = None

    @property
    def scenes(self) -> dict[str, Scene]:
        """The garments as `dress` takes them."""
        return {region: shown.scene for region, shown in self.garments.items()}


class Reader:
    """Reads the photos of a data set, each once.

    Args:
        parser: of maps and joints; without one those that come with the data are taken.
    """

    def __init__(self, people: People, parser: Parser | None) -> None:
        self._photos = {photo.id: photo for photo in people.photos}
        self._products, self._parser = people.products, parser
        self._framed: dict[tuple[str, str], _FramedPhoto] = {}

    def cases(self, requests: Iterable[Request]) -> tuple[list[Case], list[Request]]:
        """The cases of requests, and the requests whose photos the parser finds no person or garment in."""
        cases, refused = [], []
        for request in requests:
            try:
                cases.append(self._case(request))
            except UsageError:
                refused.append(request)
        return cases, refused

    def scenes(self, photos: Sequence[PersonPhoto], enough: int) -> dict[str, Scene]:
        """Photos with the maps and joints that come with them; with a parser the others too, if these aren't enough."""
        labelled = (photo for photo in photos if photo.map is not None and photo.keypoints is not None)
        scenes = {photo.id: framed(photo)[1] for photo in labelled}
        if self._parser is not None and len(scenes) < enough:
            for photo in photos:
                if photo.id not in scenes and (person := self._person(photo.id)) is not None:
                    scenes[photo.id] = person.scene
        return scenes

    def answerable(self, request: Request) -> bool:
        """True if the true answer shows each garment, and so does the photo of whoever wears it, without a coat."""
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

    def _person(self, id: str) -> _FramedPhoto | None:
        if (id, "") not in self._framed:
            photo = self._photos[id]
            if self._parser is None:
                self._framed[id, ""] = _FramedPhoto(photo.image, *framed(photo))
            else:
                seen = look(load_image(photo.image), self._parser)
                if not seen.people:
                    return None
                self._framed[id, ""] = _FramedPhoto(photo.image, seen.frame, seen)
        return self._framed[id, ""]

    def _garment(self, id: str, region: str, truth: _Truth | None) -> _FramedPhoto:
        if (id, region) not in self._framed:
            photo = self._photos[id].image if id in self._photos else self._products[id]
            if self._parser is not None:
                seen = find_garment(load_image(photo), region, self._parser)
                garment = _FramedPhoto(photo, seen.frame, seen)
            elif id in self._photos:
                garment = _FramedPhoto(photo, *framed(self._photos[id]))
            else:
                garment = _lying(photo, region, truth)
            self._framed[id, region] = garment
        return self._framed[id, region]

    def _truth(self, request: Request, frame: Frame) -> _Truth:
        query, photo = self._photos[request.query], self._photos[request.truth]
        before, after = frame.cut_map(query.read_map()), frame.cut_map(photo.read_map())
        regions = tuple(request.garments)
        zone = changed_mask(before, after, region_classes(*regions), replaced_classes(regions))
        return _Truth(frame.cut(load_image(photo.image)), after, zone)


def draw(
    scenes: Mapping[str, Scene], *, seed: int = 0, swaps: int = 120, sleeves: int = 20, selves: int = 24
) -> tuple[Request, ...]:
    """Draw requests between people, from a seed; fewer are the beginning of more of the same kind.

    Args:
        scenes: photo to its scene.
        seed: another one draws other requests.
        swaps: how many people are dressed in other people's garments; each is dressed at most once.
        sleeves: how many pairs of long sleeves and short.
        selves: how many people are dressed in what they wear.
    """
    whole = {id: scene for id, scene in sorted(scenes.items()) if (scene.keypoints[:, 2] >= SEEN).sum() >= JOINTS}
    return (
        *list(_swaps(whole, np.random.default_rng([seed, 0])))[:swaps],
        *list(_sleeves(whole, np.random.default_rng([seed, 1])))[:sleeves],
        *list(_selves(whole, np.random.default_rng([seed, 2])))[:selves],
    )


def _wearable(scene: Scene) -> list[tuple[str, ...]]:
    """Regions that may be swapped together on a person: what they wear, or could wear instead or over it."""
    worn = {region for region in REGIONS if _share(scene, region) >= WORN}
    if "dress" in worn:
        return [("dress",), ("top", "bottom")] + ([("outer",)] if "outer" in worn else [])
    possible: list[tuple[str, ...]] = [(region,) for region in ("top", "bottom") if region in worn]
    if {"top", "bottom"} <= worn:
        possible += [("top", "bottom"), ("dress",)]
    if worn & {"top", "outer"}:
        possible.append(("outer",))
    return possible


def _lying(photo: Path, region: str, truth: _Truth | None) -> _FramedPhoto:
    """A garment that lies alone; of a region's classes it has the one that the true answer shows most of."""
    image = load_image(photo)
    frame = Frame.whole(image)
    classes = region_classes(region)
    areas = [0 if truth is None else int((truth.map == value).sum()) for value in classes]
    value = classes[int(np.argmax(areas))]
    if (drawn := mask_beside(photo)) is not None:
        mask = np.asarray(Image.fromarray(load_mask(drawn)).resize(image.size, Image.Resampling.NEAREST)) > 127
    else:
        mask = foreground(image)
    map = frame.cut_map((mask * value).astype(np.uint8))
    return _FramedPhoto(photo, frame, Scene(frame.cut(image), map, np.zeros((17, 3), np.float32)))


def _swaps(scenes: Mapping[str, Scene], random: np.random.Generator) -> Iterator[Request]:
    shown = {region: [id for id, scene in scenes.items() if _share(scene, region) >= SHOWN] for region in REGIONS}
    for query in random.permutation(list(scenes)).tolist():
        possible = [
            regions for regions in _wearable(scenes[query]) if all(set(shown[region]) - {query} for region in regions)
        ]
        if not possible:
            continue
        weights = np.array([_FREQUENCIES[regions] for regions in possible], np.float64)
        chosen = possible[int(random.choice(len(possible), p=weights / weights.sum()))]
        yield Request(query, {region: _other(shown[region], query, random) for region in chosen})


def _sleeves(scenes: Mapping[str, Scene], random: np.random.Generator) -> Iterator[Request]:
    plain = {
        id: sleeve_length(scene.map, scene.keypoints)
        for id, scene in scenes.items()
        if _share(scene, "top") >= SHOWN and max(_share(scene, "outer"), _share(scene, "dress")) < WORN / 4
    }
    long, short = ([id for id, length in plain.items() if length == wanted] for wanted in ("long", "short"))
    for query in random.permutation(long).tolist():
        if short:
            yield Request(query, {"top": _other(short, query, random)}, "sleeve")


def _selves(scenes: Mapping[str, Scene], random: np.random.Generator) -> Iterator[Request]:
    for query in random.permutation(list(scenes)).tolist():
        region = max(("top", "bottom", "dress", "outer"), key=lambda name: _share(scenes[query], name))
        if _share(scenes[query], region) >= SHOWN:
            yield Request(query, {region: query}, "self")


def _other(ids: Sequence[str], query: str, random: np.random.Generator) -> str:
    others = [id for id in ids if id != query]
    return others[int(random.integers(len(others)))]


def _share(scene: Scene, region: str) -> float:
    return float(scene.mask(region).mean())
