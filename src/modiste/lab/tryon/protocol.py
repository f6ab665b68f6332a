"""Who is dressed in what, as a value with a hash: two evaluations are comparable if theirs is the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modiste.catalog.categories import REGIONS
from modiste.lab.datasets.people import Swap
from modiste.lab.tryon.metrics import sleeve_length
from modiste.parsing.base import SIZE
from modiste.tryon.body import SEEN
from modiste.tryon.scene import Scene

KINDS = ("truth", "swap", "sleeve", "self")
"""With a true answer; without; from long sleeves to short ones; a person's own garment as the reference."""
RESIZE = "bicubic with a reducing gap of 2"
"""How photos come to their frame."""
WORN, SHOWN = 0.012, 0.03
"""Shares of the frame that a garment covers at least on a query and on a reference."""
JOINTS = 9
"""Least number of joints in sight of whoever is dressed or wears a reference."""
_WISHES: Mapping[tuple[str, ...], float] = {
    ("top",): 3, ("bottom",): 3, ("outer",): 2, ("dress",): 2, ("top", "bottom"): 2,
}  # fmt: skip
"""Regions that are swapped together, and how often among those that a query can wear."""


@dataclass(frozen=True)
class Request:
    """One person and the garments to put on."""

    query: str
    garments: Mapping[str, str]
    """Region to what shows its garment."""
    kind: str = "swap"
    truth: str = ""
    """The photo that is the right answer."""

    def __str__(self) -> str:
        worn = " ".join(f"{region}={self.garments[region]}" for region in REGIONS if region in self.garments)
        return f"{self.kind} {self.query} {worn} {self.truth}".rstrip()


@dataclass(frozen=True)
class PairList:
    """The requests of an evaluation, and at what size they are seen."""

    requests: tuple[Request, ...]
    size: tuple[int, int] = SIZE
    resize: str = RESIZE
    refined: int = 0
    """So many of each data set, its first that are no `self`, are refined as well."""
    steps: int = 0
    """Of refinement, at most."""
    seen_by: str = "given maps"
    """Who tells maps and joints."""

    @property
    def hash(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of requests, size and filter."""
        said = [f"{self.size} {self.resize}", *map(str, self.requests)]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    def __str__(self) -> str:
        counts = Counter(request.kind for request in self.requests)
        told = {
            "truth": "swaps with a true answer", "swap": "swaps between strangers",
            "sleeve": "from long sleeves to short", "self": "own garments as references",
        }  # fmt: skip
        kinds = ", ".join(f"{counts[kind]} {told[kind]}" for kind in KINDS if counts[kind])
        refined = f"; {self.refined} of them refined in at most {self.steps} steps" if self.refined else ""
        return (
            f"pairs@{self.hash}: {kinds}; {self.size[0]}x{self.size[1]}, {self.resize}; people seen by {self.seen_by}"
            + refined
        )


def true_requests(swaps: Sequence[Swap], limit: int | None = None) -> tuple[Request, ...]:
    """The swaps whose answers are known."""
    return tuple(Request(swap.query, swap.garments, "truth", swap.truth) for swap in swaps[:limit])


def draw(
    scenes: Mapping[str, Scene], *, seed: int = 0, swaps: int = 120, sleeves: int = 20, selves: int = 24
) -> tuple[Request, ...]:
    """Draw requests between people, from a seed; fewer are the beginning of more of the same kind.

    Args:
        scenes: photo to what is known of it.
        seed: another one draws other requests.
        swaps: how many people are dressed in strangers' garments; each is dressed at most once.
        sleeves: how many pairs of long sleeves and short.
        selves: how many people are dressed in what they wear.
    """
    whole = {id: scene for id, scene in sorted(scenes.items()) if (scene.keypoints[:, 2] >= SEEN).sum() >= JOINTS}
    return (
        *list(_swaps(whole, np.random.default_rng([seed, 0])))[:swaps],
        *list(_sleeves(whole, np.random.default_rng([seed, 1])))[:sleeves],
        *list(_selves(whole, np.random.default_rng([seed, 2])))[:selves],
    )


def wishes(scene: Scene) -> list[tuple[str, ...]]:
    """Regions that may be swapped together on a person: what they wear, or could wear instead or over it."""
    worn = {region for region in REGIONS if _share(scene, region) >= WORN}
    if "dress" in worn:
        return [("dress",), ("top", "bottom")] + ([("outer",)] if "outer" in worn else [])
    found: list[tuple[str, ...]] = [(region,) for region in ("top", "bottom") if region in worn]
    if {"top", "bottom"} <= worn:
        found += [("top", "bottom"), ("dress",)]
    if worn & {"top", "outer"}:
        found.append(("outer",))
    return found


def _swaps(scenes: Mapping[str, Scene], random: np.random.Generator) -> Iterator[Request]:
    shown = {region: [id for id, scene in scenes.items() if _share(scene, region) >= SHOWN] for region in REGIONS}
    for query in random.permutation(list(scenes)).tolist():
        possible = [wish for wish in wishes(scenes[query]) if all(set(shown[region]) - {query} for region in wish)]
        if not possible:
            continue
        weights = np.array([_WISHES[wish] for wish in possible], np.float64)
        wish = possible[int(random.choice(len(possible), p=weights / weights.sum()))]
        yield Request(query, {region: _other(shown[region], query, random) for region in wish})


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
