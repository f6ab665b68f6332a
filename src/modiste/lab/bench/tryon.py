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
from modiste.lab.bench.timing import Timing, in_turns, peak_mib, timed
from modiste.lab.datasets.people import read_people
from modiste.lab.measures import bench_result
from modiste.parsing import SIZE, Parser, Scene, Seen, look, open_parser
from modiste.tryon.composite import Plan, one_hot, to_tensor
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.model import RefineConfig, body_model
from modiste.types import Progress

REQUESTS = 40
"""People who are dressed."""
REFINED = 5
"""Of these, how many are refined too."""
STEPS = 30
"""Of refinement."""
WORN = ("top", "dress", "bottom", "outer")
"""Regions that are asked for, the first of these that a reference shows well."""
LEAST = 0.02
"""Share of the frame that its garment covers."""
WARM_UP = 3
"""Requests before those that count."""
DRAWN = (200, 24)
"""Products and people of the boutique that is drawn where there are no data."""


@dataclass(frozen=True)
class Request:
    """A person, and a garment that another one wears."""

    photo: Image.Image
    query: Scene
    garments: Mapping[str, Scene]


def run(
    data: Path | None = None,
    *,
    weights: str | Dresser | None = None,
    parser: str | Parser | None = None,
    requests: int = REQUESTS,
    refined: int = REFINED,
    steps: int = STEPS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Dress people in what others wear, at the size at which the networks work.

    Args:
        data: photos of people; by default a drawn boutique's.
        weights: a name or a run; by default those for photos, or for drawings where there are no data.
        parser: a name or a run; by default the one that goes with them.
        requests: how many people are dressed.
        refined: how many of them are refined too.
        steps: of refinement.
        progress: called with the number of requests that were measured, and of all.

    Returns:
        What a bench file holds (one feed-forward answer from parsed photos, and the networks alone), and beside it
        `parsing_ms` of one photo, `refining_ms` of one request, and the `threads` it had.

    Raises:
        UsageError: no people, or nobody who wears anything that another could be given.
    """
    kind = "boutique" if data is None else "photos"
    dresser = weights if isinstance(weights, Dresser) else load_dresser(weights or f"tryon-{kind}")
    sees = open_parser(parser or f"parser-{kind}") if parser is None or isinstance(parser, str) else parser
    with tempfile.TemporaryDirectory(prefix="modiste-bench-") as folder:
        asked = ask(_photos(data or _drawn(Path(folder))), sees, requests)
    done = count(1)

    def told() -> None:
        if progress is not None:
            progress(next(done), requests + WARM_UP + min(refined, len(asked)))

    timing = measure(dresser, asked, requests, told)
    parsing = np.median([timed(partial(look, one.photo, sees)) for one in asked]) * 1000
    plans = [dresser.plan(one.query, one.garments) for one in asked[:refined]]
    refining = []
    for plan in plans:
        refining.append(timed(partial(dresser.refined, plan, exactly(steps))) * 1000)
        told()
    result = bench_result(
        verb="tryon",
        p50_ms=timing.p50,
        p95_ms=timing.p95,
        floor_ms=timing.floor,
        ratio=timing.ratio,
        peak_mib=peak_mib(),
        sizes=[{"height": SIZE[0], "width": SIZE[1], "people": len(asked), "steps": steps}],
    )
    own = {"parsing_ms": float(parsing), "refining_ms": float(np.median(refining)) if refining else None}
    return result | own | {"threads": torch.get_num_threads(), "protocol": _protocol(len(asked), len(refining), steps)}


def measure(dresser: Dresser, asked: Sequence[Request], requests: int, told: Callable[[], object]) -> Timing:
    """Dress; the floor is the networks alone, on what they are given then."""
    floors = [bare(dresser, dresser.plan(one.query, one.garments)) for one in asked]

    def dress(turn: int) -> None:
        one = asked[turn % len(asked)]
        dresser.dress(one.query, one.garments)
        told()

    return in_turns(dress, lambda turn: floors[turn % len(asked)](), requests, WARM_UP)


def bare(dresser: Dresser, plan: Plan) -> Callable[[], object]:
    """Both networks' forward passes for a plan: the map, the codes of everybody, the picture."""
    size, photos = dresser.shape.config.size, [plan.query, *plan.garments.values()]
    body = body_model(plan.query, plan.changed, size)[None]
    masks = F.adaptive_avg_pool2d(one_hot(plan.map), size)[None]
    seen = [(to_tensor(one.pixels)[None], one_hot(one.map)[None]) for one in photos]
    canvas, wanted = plan.canvas, one_hot(plan.map)[None]

    @torch.no_grad()
    def forward() -> object:
        dresser.shape(body, masks)
        for photo in seen:
            dresser.appearance.encoder(*photo)
        return dresser.appearance(
            canvas.composite[None], canvas.sampled[None], canvas.changed[None], wanted, plan.codes
        )

    return forward


def exactly(steps: int) -> RefineConfig:
    """Refinement that doesn't stop early."""
    return RefineConfig(steps=steps, least=-math.inf)


def ask(photos: Sequence[Path], parser: Parser, requests: int) -> list[Request]:
    """Each person in what the next one wears who wears something.

    Raises:
        UsageError: there are no two people.
    """
    seen = _seen(photos, parser, max(2, requests))
    scenes = [Scene(one.pixels, one.map, one.keypoints) for _, one in seen]
    found = []
    for number, ((photo, _), query) in enumerate(zip(seen[:requests], scenes, strict=False)):
        for other in scenes[number + 1 :] + scenes[:number]:
            region = next((name for name in WORN if other.mask(name).mean() >= LEAST), None)
            if region is not None:
                found.append(Request(photo, query, {region: other}))
                break
    if not found:
        raise UsageError(
            f"of {len(photos):,} photos {len(seen):,} show a person, and none of these wears what another could be "
            "given, so there is nothing to measure; give photos of at least two dressed people"
        )
    return found


def _seen(photos: Sequence[Path], parser: Parser, most: int) -> list[tuple[Image.Image, Seen]]:
    """The first photos that show a person."""
    opened = ((photo, look(photo, parser)) for photo in map(load_image, photos))
    return list(islice(((photo, seen) for photo, seen in opened if seen.people), most))


def _photos(source: Path) -> list[Path]:
    """Those that nobody learnt from, and where these are few the rest after them."""
    people = read_people(source)
    unseen = people.part("test")
    known = {photo.id for photo in unseen}
    return [photo.image for photo in (*unseen, *(one for one in people.photos if one.id not in known))]


def _drawn(folder: Path) -> Path:
    from modiste.boutique import make

    products, people = DRAWN
    make(folder / "boutique", products=products, people=people, seed=0)
    return folder / "boutique"


def _protocol(people: int, refined: int, steps: int) -> str:
    return (
        f"{people} people at {SIZE[0]}x{SIZE[1]}, each in one garment of another, from parsed photos to pixels; the "
        f"floor is the networks' forward passes alone, measured in turns; parsing is of one photo, from its pixels; "
        f"refinement is {steps} steps for {refined} of them"
    )
