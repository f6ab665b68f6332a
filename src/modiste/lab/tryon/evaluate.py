"""Measure how well garments are put on people: `modiste evaluate tryon`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError, unknown
from modiste.images import load_image
from modiste.lab.datasets.people import People, PersonPhoto, read_people
from modiste.lab.measures import evaluation_result
from modiste.lab.training import check_unseen
from modiste.lab.tryon import metrics as scoring
from modiste.lab.tryon.baselines import BASELINES, Dresses, Without
from modiste.lab.tryon.cases import Case, Reader
from modiste.lab.tryon.judging import Judge, Metrics, Score, means, score, silhouette_iou, summary
from modiste.lab.tryon.protocol import PairList, Request, draw, true_requests
from modiste.parsing import open_parser
from modiste.tryon.model import Dresser, load_dresser
from modiste.tryon.online import RefineConfig
from modiste.tryon.pipeline import try_on
from modiste.types import Pixels
from modiste.weights import find

SPLITS = ("test", "all")
OURS, REFINED = "tryon", "tryon refined"


@dataclass(frozen=True)
class Asked:
    """Everything that every model is asked, and who judges it."""

    cases: list[Case]
    people: list[Pixels]
    """Real photos of the people that strangers' garments are swapped between."""
    pairs: PairList
    refused: int
    """Requests whose photos the parser finds no person or garment in; no model is asked these."""
    judge: Judge

    @property
    def subset(self) -> list[int]:
        """Places of the cases that are refined too."""
        sets: dict[bool, list[int]] = {}
        for place, case in enumerate(self.cases):
            if case.request.kind != "self":
                sets.setdefault(case.truth is None, []).append(place)
        return sorted(place for places in sets.values() for place in places[: self.pairs.refined])


def evaluate(
    data: Sequence[Path], weights: str = "tryon-photos", *, parser: str | None = "parser-photos",
    baselines: bool = True, split: str = "test", refine_steps: int = 30, refined: int = 24, limit: int = 120,
    seed: int = 0, encoder: str = "encoder-photos",
) -> dict[str, Any]:  # fmt: skip
    """Dress the people of a test part, and compare with baselines and with the truth where it is known.

    Args:
        data: sets with photos of people; a drawn one has true answers.
        weights: shipped ones or a run's folder.
        parser: tells maps and joints; None for those that come with the data.
        baselines: measure the pasted garments too, and the networks with a piece taken out.
        split: `test`, in the split that the weights were trained on, or `all` where nothing in `data` was trained on.
        refine_steps: of online refinement, at most.
        refined: how many requests of each kind of data are refined as well.
        limit: how many requests are taken of each data set, own garments and sleeves aside.
        seed: of the pairs that are drawn where no swap comes with the data.
        encoder: whose features tell how alike pictures are.

    Returns:
        What an evaluation file holds, with `subset`: all models on the requests that were refined, and `refused`: how
        many requests the parser found no person or garment for.

    Raises:
        UsageError: no such split; data that the weights were trained on; nobody to dress.
    """
    started = time.monotonic()
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    found = find(weights)
    sets = [read_people(source, "default" if split == "test" else split) for source in data]
    if split == "test":
        check_unseen(found, {people.name: people.split.hash for people in sets})
    sees = None if parser is None else open_parser(parser)
    judge = Judge(TrainedEncoder(encoder), sees)
    asked = ask(sets, judge, limit=limit, refined=refined, steps=refine_steps, seed=seed)
    dresser = load_dresser(weights)
    scores = {name: answer(model, asked) for name, model in contestants(dresser, baselines).items()}
    models, subset = tables(scores, asked, refine(dresser, asked))
    result = evaluation_result(
        system=OURS,
        data=[people.name for people in sets],
        split_hash="+".join(people.split.hash for people in sets),
        protocol=f"{split}, {asked.pairs}; features of {judge.encoder.name}@{judge.encoder.revision}",
        models={name: metrics for name, metrics in models.items() if name != REFINED},  # which is no rival of ours
        seeds=[seed],
        seconds=time.monotonic() - started,
    )
    return {**result, "models": models, "subset": subset, "refused": asked.refused}


def contestants(dresser: Dresser, baselines: bool) -> dict[str, Dresses]:
    """All that are measured, ours first."""
    if not baselines:
        return {OURS: dresser}
    return {
        OURS: dresser,
        **BASELINES,
        "no texture path": Without(dresser, texture=False),
        "no shape network": Without(dresser, shape=False),
    }


def ask(sets: Sequence[People], judge: Judge, *, limit: int, refined: int, steps: int, seed: int) -> Asked:
    """Read the swaps that come with the data, or draw them.

    Raises:
        UsageError: there are none.
    """
    requests: list[Request] = []
    cases: list[Case] = []
    real: list[Pixels] = []
    refused = 0
    for people in sets:
        reader = Reader(people, judge.parser)
        wanted = tuple(one for one in true_requests(people.asked()) if reader.answerable(one))[:limit]
        if not wanted:
            known = reader.known(_pool(people.part("test"), 3 * limit, seed), limit)
            wanted = draw(known, seed=seed, swaps=limit, sleeves=limit // 6, selves=limit // 5)
            real += [scene.pixels for scene in known.values()]
        some, without = reader.cases(wanted)
        requests += wanted
        cases += some
        refused += len(without)
    if not cases:
        names = ", ".join(people.name for people in sets)
        raise UsageError(f"{names} has nobody to dress in its test part; give more people, or --split all")
    by = "given maps" if judge.parser is None else f"{judge.parser.name}@{judge.parser.revision}"
    return Asked(cases, real, PairList(tuple(requests), refined=refined, steps=steps, seen_by=by), refused, judge)


def answer(model: Dresses, asked: Asked) -> list[Score]:
    """What a model's answers are worth, case by case."""
    pasted = model in BASELINES.values()  # which onto its own place is the photo itself, and says nothing
    return [
        Score({}, None)
        if pasted and case.request.kind == "self"
        else score(case, model.dress(case.query.scene, case.scenes), asked.judge)
        for case in asked.cases
    ]


def refine(dresser: Dresser, asked: Asked) -> dict[int, tuple[Score, Metrics]]:
    """Place of each refined case to its score, and what refinement says of the networks themselves.

    With a parser it goes the way of `try_on`, so that what stays untouched is seen at the photo's own size.
    """
    if not asked.pairs.steps:
        return {}
    return {place: _refined(dresser, asked.cases[place], asked) for place in asked.subset}


def tables(
    scores: Mapping[str, Sequence[Score]], asked: Asked, refined: Mapping[int, tuple[Score, Metrics]]
) -> tuple[dict[str, Metrics], dict[str, Metrics]]:
    """Every model's metrics over all cases, and over those that were refined."""
    real = asked.judge.vectors(asked.people) if asked.people else None
    models = {name: summary(some, real) for name, some in scores.items()}
    if not refined:
        return models, {}
    subset = {name: summary([some[place] for place in refined], real) for name, some in scores.items()}
    subset[REFINED] = summary([some for some, _ in refined.values()], real)
    ours = means([said for _, said in refined.values()])
    models[OURS] |= ours
    models[REFINED] = {**subset[REFINED], **{name: value for name, value in ours.items() if name != "untouched"}}
    return models, subset


def _refined(dresser: Dresser, case: Case, asked: Asked) -> tuple[Score, Metrics]:
    scene, parser = case.query.scene, asked.judge.parser
    if parser is None:
        dressed = dresser.dress(scene, case.scenes, refine=RefineConfig(asked.pairs.steps))
        return score(case, dressed, asked.judge), {}
    photos = {region: sight.photo for region, sight in case.garments.items()}
    found = try_on(
        case.query.photo, photos, refine_steps=asked.pairs.steps, weights=dresser, parser=parser, anyway=True
    )
    assert found.dressed is not None
    before, changed = np.asarray(load_image(case.query.photo)), np.asarray(found.changed) > 0
    kept = [float(scoring.untouched(np.asarray(one), before, changed)) for one in (found.feed_forward, found.photo)]
    first = dresser.dress(scene, case.scenes)
    said = {"untouched": kept[0], "silhouette_iou": silhouette_iou(first, found.dressed, parser)}
    measured = score(case, found.dressed, asked.judge)
    return Score({**measured.metrics, "untouched": kept[1]}, measured.vector), {
        **said, **{name: value for name, value in measured.metrics.items() if name == "refined_gain"},
    }  # fmt: skip


def _pool(photos: Sequence[PersonPhoto], most: int, seed: int) -> list[PersonPhoto]:
    """Photos to draw pairs from: not more than will do, and those whose maps and joints are known first."""
    order = np.random.default_rng([seed, 3]).permutation(len(photos)).tolist()
    order.sort(key=lambda at: photos[at].map is None or photos[at].keypoints is None)
    return [photos[at] for at in order[:most]]
