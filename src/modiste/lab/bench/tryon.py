"""`modiste bench tryon`: dressing people beside the bare networks' forward passes; parsing and refinement apart."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.images import load_image
from modiste.lab.bench.timing import Timing, in_turns, timed
from modiste.lab.datasets.people import read_people
from modiste.parsing import SIZE, Parser, Scene, look, open_parser
from modiste.tryon.composite import Plan, one_hot, to_tensor
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.model import RefineConfig, body_model
from modiste.types import Progress

_REQUESTS = 40
"""People who are dressed."""
REFINED = 5
"""People of these whose pictures are refined too."""
STEPS = 30
"""Of refinement."""
WORN = ("top", "dress", "bottom", "outer")
"""Regions of garments, of which the first is taken that a reference shows well."""
LEAST = 0.02
"""Least share of the frame that its garment covers."""
WARM_UP = 3
"""Requests before those that count."""
_DRAWN = (200, 24)
"""Products and people of the boutique that is drawn where there are no data."""

_PROTOCOL = (
    "{people} people at {size[0]}x{size[1]}, each in one garment of another, from parsed photos to pixels; the floor "
    "is the networks' forward passes alone, measured in turns; parsing is of one photo, from its pixels; refinement is "
    "{steps} steps for {refined} of them"
)


@dataclass(frozen=True)
class _Request:
    """A person, and a garment that another one wears."""

    photo: Image.Image
    query: Scene
    garments: Mapping[str, Scene]


def run(
    data: Path | None = None,
    *,
    weights: str | Dresser | None = None,
    parser: str | Parser | None = None,
    requests: int = _REQUESTS,
    refined: int = REFINED,
    steps: int = STEPS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Dress people in what others wear, at the size at which the networks work.

    Args:
        data: photos of people; by default a drawn boutique's.
        weights: a name or a run; by default those for photos, or for drawings where there are no data.
        parser: a name or a run; by default the one that goes with them.
        requests: number of people who are dressed.
        refined: number of them whose pictures are refined too.
        steps: of refinement.
        progress: called with the number of requests that were measured, and of all.

    Returns:
        The contents of a bench file (one feed-forward answer from parsed photos, and the networks alone), and beside it
        `parsing_ms` of one photo, `refining_ms` of one request, and the `threads` it had.

    Raises:
        UsageError: no people, or none who wear a garment that another could be dressed in.
    """
    kind = "boutique" if data is None else "photos"
    dresser = weights if isinstance(weights, Dresser) else load_dresser(weights or f"tryon-{kind}")
    opened = open_parser(parser or f"parser-{kind}") if parser is None or isinstance(parser, str) else parser
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as folder:
        dressings = _make_requests(_photos(data or _drawn(Path(folder))), opened, requests)
    done = count(1)

    def advance() -> None:
        if progress is not None:
            progress(next(done), requests + WARM_UP + min(refined, len(dressings)))

    timing = _measure(dresser, dressings, requests, advance)
    parsing = np.median([timed(partial(look, request.photo, opened)) for request in dressings]) * 1000
    refining = _measure_refining(dresser, dressings[:refined], steps, advance)
    sizes = [{"height": SIZE[0], "width": SIZE[1], "people": len(dressings), "steps": steps}]
    return timing.result("tryon", sizes) | {
        "parsing_ms": float(parsing),
        "refining_ms": float(np.median(refining)) if refining else None,
        "threads": torch.get_num_threads(),
        "protocol": _PROTOCOL.format(size=SIZE, people=len(dressings), refined=len(refining), steps=steps),
    }


def _measure(dresser: Dresser, requests: Sequence[_Request], rounds: int, advance: Callable[[], object]) -> Timing:
    """Dress people; the floor is the networks alone, on the inputs that they have then."""
    floors = [_bare(dresser, dresser.plan(request.query, request.garments)) for request in requests]

    def dress(turn: int) -> None:
        request = requests[turn % len(requests)]
        dresser.dress(request.query, request.garments)
        advance()

    return in_turns(dress, lambda turn: floors[turn % len(requests)](), rounds, WARM_UP)


def _measure_refining(
    dresser: Dresser, requests: Sequence[_Request], steps: int, advance: Callable[[], object]
) -> list[float]:
    """Milliseconds of refinement for each request."""
    ms = []
    for plan in [dresser.plan(request.query, request.garments) for request in requests]:
        ms.append(timed(partial(dresser.refined, plan, _exactly(steps))) * 1000)
        advance()
    return ms


def _bare(dresser: Dresser, plan: Plan) -> Callable[[], object]:
    """Both networks' forward passes for a plan: the map, the codes of everybody, the picture."""
    size, photos = dresser.shape.config.size, [plan.query, *plan.garments.values()]
    body = body_model(plan.query, plan.changed, size)[None]
    masks = F.adaptive_avg_pool2d(one_hot(plan.map), size)[None]
    inputs = [(to_tensor(photo.pixels)[None], one_hot(photo.map)[None]) for photo in photos]

    @torch.no_grad()
    def forward() -> object:
        dresser.shape(body, masks)
        for photo in inputs:
            dresser.appearance.encoder(*photo)
        return dresser.appearance(*plan.inputs)

    return forward


def _exactly(steps: int) -> RefineConfig:
    """Refinement that doesn't stop early."""
    return RefineConfig(steps=steps, least=-math.inf)


def _make_requests(photos: Sequence[Path], parser: Parser, count: int) -> list[_Request]:
    """Pair each person with a garment of the next one who shows a garment well.

    Raises:
        UsageError: there are no two people.
    """
    opened = ((photo, look(photo, parser)) for photo in map(load_image, photos))
    parsed = list(islice(((photo, seen) for photo, seen in opened if seen.people), max(2, count)))
    scenes = [Scene(seen.pixels, seen.map, seen.keypoints) for _, seen in parsed]
    requests = []
    for number, ((photo, _), query) in enumerate(zip(parsed[:count], scenes, strict=False)):
        for other in scenes[number + 1 :] + scenes[:number]:
            region = next((name for name in WORN if other.mask(name).mean() >= LEAST), None)
            if region is not None:
                requests.append(_Request(photo, query, {region: other}))
                break
    if not requests:
        raise UsageError(
            f"of {len(photos):,} photos {len(parsed):,} show a person, and none of these wears what another could be "
            "given, so there is nothing to measure; give photos of at least two dressed people"
        )
    return requests


def _photos(source: Path) -> list[Path]:
    """Photos of the test part, then all others."""
    people = read_people(source)
    unseen = people.part("test")
    known = {photo.id for photo in unseen}
    return [photo.image for photo in (*unseen, *(photo for photo in people.photos if photo.id not in known))]


def _drawn(folder: Path) -> Path:
    from modiste.boutique import make

    products, people = _DRAWN
    make(folder / "boutique", products=products, people=people, seed=0)
    return folder / "boutique"
