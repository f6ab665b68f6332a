"""Measure how well garments are put on people: `modiste evaluate tryon`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from modiste.encoders.pipeline import TrainedEncoder
from modiste.errors import UsageError
from modiste.images import SIZE, load_image
from modiste.lab.datasets.people import People, PersonPhoto, read_people
from modiste.lab.measures import evaluation_result, frechet_distance, kernel_distance
from modiste.lab.training import check_split, check_unseen
from modiste.lab.tryon import metrics as scoring
from modiste.lab.tryon.baselines import BASELINES, Dress
from modiste.lab.tryon.protocol import Case, PairList, Reader, Request, draw
from modiste.parsing import Parser, open_parser
from modiste.tryon.body import BARE, covers
from modiste.tryon.composite import Dressed
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.model import RefineConfig
from modiste.tryon.pipeline import try_on
from modiste.types import Mask, Pixels
from modiste.weights import find

OURS, REFINED = "tryon", "tryon refined"
JUDGE = "encoder-photos"
"""By whose features pictures are compared."""

Metrics = dict[str, float]


class _Score(NamedTuple):
    """Metrics of one answer."""

    metrics: Metrics
    vector: NDArray[np.float32] | None
    """The picture's features, of swaps between different people alone. Shape: (d,)."""


@dataclass(frozen=True)
class Evaluation:
    """Cases that every model answers, and what they are judged by."""

    cases: list[Case]
    people: list[Pixels]
    """Real photos of the people that garments are swapped between."""
    pairs: PairList
    refused: int
    """Requests whose photos the parser finds no person or garment in; no model answers these."""
    parser: Parser | None
    """Of what is worn on an answer; without one it is the answer's own map."""


def evaluate(
    data: Sequence[Path], weights: str = "tryon-photos", *, parser: str | None = "parser-photos",
    baselines: bool = True, split: str = "test", refine_steps: int = 30, refined: int = 24, limit: int = 120,
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Dress the people of a test part, and compare with baselines and with the truth where it is known.

    Args:
        data: sets with photos of people; a drawn one has true answers.
        weights: shipped ones or a run's folder.
        parser: of maps and joints; None for those that come with the data.
        baselines: measure the pasted garments too, and the networks with a piece taken out.
        split: `test`, in the split that the weights were trained on, or `all` where nothing in `data` was trained on.
        refine_steps: of online refinement, at most.
        refined: how many requests of each kind of data are refined as well.
        limit: how many requests are taken of each data set, own garments and sleeves aside.
        seed: of the pairs that are drawn where no swap comes with the data.

    Returns:
        What an evaluation file holds, with `subset`: all models on the requests that were refined, and `refused`: how
        many requests the parser found no person or garment for.

    Raises:
        UsageError: no such split; data that the weights were trained on; nobody to dress.
    """
    started = time.monotonic()
    check_split(split, baselines=False)  # none of which learns
    found = find(weights)
    sets = [read_people(source, unseen=split == "all") for source in data]
    if split == "test":
        check_unseen(found, {people.name: people.split.hash for people in sets})
    judge, opened = TrainedEncoder(JUDGE), None if parser is None else open_parser(parser)
    evaluation = read_cases(sets, opened, limit=limit, refined=refined, steps=refine_steps, seed=seed)
    dresser = load_dresser(weights)
    models = {OURS: dresser.dress, **(_rivals(dresser) if baselines else {})}
    scores = {name: _answer(dress, evaluation, judge) for name, dress in models.items()}
    real = _vectors(judge, evaluation.people) if evaluation.people else None
    everything, subset = _tables(scores, real, _refine(dresser, evaluation, judge))
    result = evaluation_result(
        system=OURS,
        data=[people.name for people in sets],
        split_hash="+".join(people.split.hash for people in sets),
        protocol=f"{split}, {evaluation.pairs}; features of {judge.name}@{judge.revision}",
        models={name: metrics for name, metrics in everything.items() if name != REFINED},  # no rival of ours
        seeds=[seed],
        seconds=time.monotonic() - started,
    )
    return {**result, "models": everything, "subset": subset, "refused": evaluation.refused}


def read_cases(
    sets: Sequence[People], parser: Parser | None, *, limit: int, refined: int, steps: int, seed: int
) -> Evaluation:
    """Read the swaps that come with the data, or draw them.

    Raises:
        UsageError: there are none.
    """
    requests: list[Request] = []
    cases: list[Case] = []
    real: list[Pixels] = []
    refused = 0
    for people in sets:
        reader = Reader(people, parser)
        unseen = frozenset(people.split.test)
        swaps = [swap for swap in people.swaps if swap.query in unseen]
        known = (Request(swap.query, swap.garments, "truth", swap.truth) for swap in swaps)
        wanted = tuple(request for request in known if reader.answerable(request))[:limit]
        if not wanted:
            scenes = reader.scenes(_pool(people.part("test"), 3 * limit, seed), limit)
            wanted = draw(scenes, seed=seed, swaps=limit, sleeves=limit // 6, selves=limit // 5)
            real += [scene.pixels for scene in scenes.values()]
        readable, unreadable = reader.cases(wanted)
        requests += wanted
        cases += readable
        refused += len(unreadable)
    if not cases:
        names = ", ".join(people.name for people in sets)
        raise UsageError(f"{names} has nobody to dress in its test part; give more people, or --split all")
    by = "given maps" if parser is None else f"{parser.name}@{parser.revision}"
    return Evaluation(cases, real, PairList(tuple(requests), refined=refined, steps=steps, seen_by=by), refused, parser)


def _rivals(dresser: Dresser) -> dict[str, Dress]:
    """The pasted garments, and the networks with a piece taken out."""
    return {
        **BASELINES,
        "no texture path": partial(dresser.dress, texture=False),
        "no shape network": partial(dresser.dress, shape=False),
    }


def _answer(dress: Dress, evaluation: Evaluation, judge: TrainedEncoder) -> list[_Score]:
    """Scores of a model's answers, case by case."""
    pasted = dress in BASELINES.values()  # whose paste of a person's own garment is the photo itself
    return [
        _Score({}, None)
        if pasted and case.request.kind == "self"
        else _score(case, dress(case.query.scene, case.scenes), judge, evaluation.parser)
        for case in evaluation.cases
    ]


def _refine(dresser: Dresser, evaluation: Evaluation, judge: TrainedEncoder) -> dict[int, tuple[_Score, Metrics]]:
    """Index of each refined case to its score, and the networks' own metrics of refinement.

    The first of each kind of data are refined. With a parser it goes the way of `try_on`, so that what stays untouched
    is seen at the photo's own size.
    """
    if not evaluation.pairs.steps:
        return {}
    sets: dict[bool, list[int]] = {}
    for index, case in enumerate(evaluation.cases):
        if case.request.kind != "self":
            sets.setdefault(case.truth is None, []).append(index)
    subset = sorted(index for indices in sets.values() for index in indices[: evaluation.pairs.refined])
    return {index: _refined(dresser, evaluation.cases[index], evaluation, judge) for index in subset}


def _tables(
    scores: Mapping[str, Sequence[_Score]],
    real: NDArray[np.float32] | None,
    refined: Mapping[int, tuple[_Score, Metrics]],
) -> tuple[dict[str, Metrics], dict[str, Metrics]]:
    """Every model's metrics over all cases, and over those that were refined.

    Args:
        real: features of real photos. Shape: (n, d).
    """
    models = {name: _summary(answers, real) for name, answers in scores.items()}
    if not refined:
        return models, {}
    subset = {name: _summary([answers[index] for index in refined], real) for name, answers in scores.items()}
    subset[REFINED] = _summary([score for score, _ in refined.values()], real)
    ours = _means([metrics for _, metrics in refined.values()])
    models[OURS] |= ours
    models[REFINED] = {**subset[REFINED], **{name: value for name, value in ours.items() if name != "untouched"}}
    return models, subset


def _score(case: Case, dressed: Dressed, judge: TrainedEncoder, parser: Parser | None) -> _Score:
    """All metrics of one answer."""
    query, kind = case.query.scene, case.request.kind
    metrics: Metrics = {"untouched": float(scoring.untouched(dressed.pixels, query.pixels, dressed.changed))}
    if kind == "self":
        mask = np.any([query.mask(region) for region in case.garments], 0)
        return _Score(metrics | (_own(dressed, query.pixels, mask, judge) if mask.any() else {}), None)
    metrics |= _likeness(case, dressed)
    if case.truth is not None:
        metrics |= _against(case, dressed, judge)
    if kind == "sleeve":
        worn = dressed.map if parser is None else parser.parse(dressed.pixels[None])[0].map
        metrics["sleeve"] = float(scoring.shortened(query.map, worn, query.keypoints))
    if dressed.gain is not None:
        metrics["refined_gain"] = dressed.gain
    return _Score(metrics, _vectors(judge, [dressed.pixels])[0] if kind == "swap" else None)


def _summary(scores: Sequence[_Score], real: NDArray[np.float32] | None) -> Metrics:
    """The mean of each metric over the answers that have it, and the distance of the swaps from real photos."""
    metrics = _means([score.metrics for score in scores])
    vectors = [score.vector for score in scores if score.vector is not None]
    if real is not None and min(len(vectors), len(real)) >= 2:
        metrics |= _means([{"fd": frechet_distance(vectors, real), "kid": kernel_distance(vectors, real)}])
    return metrics


def _likeness(case: Case, dressed: Dressed) -> Metrics:
    """Likeness of the rendered garments to the references'."""
    scene = replace(case.query.scene, map=dressed.map)
    pairs = [
        (dressed.pixels, scene.mask(region), theirs.pixels, theirs.mask(region))
        for region, theirs in case.scenes.items()
    ]
    return {
        "garment_deltaE": float(np.mean([scoring.garment_delta_e(*pair) for pair in pairs])),
        "texture": float(np.mean([scoring.texture(*pair) for pair in pairs])),
    }


def _against(case: Case, dressed: Dressed, judge: TrainedEncoder) -> Metrics:
    """Likeness of an answer to the truth, over the whole picture and where query and truth differ."""
    truth = case.truth
    assert truth is not None
    alike = scoring.ssim_map(dressed.pixels, truth.pixels)
    ours, true = _maps(judge, dressed.pixels), _maps(judge, truth.pixels)
    overlap = scoring.map_iou(dressed.map, truth.map, case.garments)
    return {
        "ssim": float(alike.mean()),
        "psnr": scoring.psnr(dressed.pixels, truth.pixels),
        "perceptual": scoring.feature_distance(ours, true),
        **({} if overlap is None else {"map_iou": overlap}),
        "ssim_inside": float(alike[truth.zone].mean()),
        "psnr_inside": scoring.psnr(dressed.pixels, truth.pixels, truth.zone),
        "perceptual_inside": scoring.feature_distance(ours, true, truth.zone),
    }


def _own(dressed: Dressed, photo: Pixels, mask: Mask, judge: TrainedEncoder) -> Metrics:
    """Likeness of a garment, put on again, to itself."""
    alike = scoring.ssim_map(dressed.pixels, photo)
    apart = scoring.feature_distance(_maps(judge, dressed.pixels), _maps(judge, photo), mask)
    return {"self_ssim": float(alike[mask].mean()), "self_perceptual": apart}


def _maps(judge: TrainedEncoder, pixels: Pixels) -> dict[str, NDArray[np.float32]]:
    """Feature maps of a picture at its own size, in tiles of the encoder's size.

    Shape: (256, 192, 3) to (c, 32, 24) and (c, 16, 12).
    """
    rows, columns = pixels.shape[0] // SIZE[0], pixels.shape[1] // SIZE[1]
    tiles = pixels.reshape(rows, SIZE[0], columns, SIZE[1], 3).swapaxes(1, 2).reshape(-1, *SIZE, 3)
    maps = judge.maps(np.ascontiguousarray(tiles))
    joined = {}
    for depth in scoring.DEPTHS:
        channels, height, width = maps[depth].shape[1:]
        grid = maps[depth].reshape(rows, columns, channels, height, width).transpose(2, 0, 3, 1, 4)
        joined[depth] = grid.reshape(channels, rows * height, columns * width)
    return joined


def _vectors(judge: TrainedEncoder, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
    """Features of whole pictures. Shape: (n, d)."""
    small = [Image.fromarray(pixels).resize(SIZE[::-1], Image.Resampling.BICUBIC) for pixels in pictures]
    return judge.encode_images(np.stack([np.asarray(picture) for picture in small]))


def _means(metrics: Sequence[Mapping[str, float]]) -> Metrics:
    """The mean of each metric over those that have it, to six digits."""
    names = dict.fromkeys(name for each in metrics for name in each)
    found = {name: float(np.mean([each[name] for each in metrics if name in each])) for name in names}
    return {name: float(f"{value:.6g}") for name, value in found.items()}


def _refined(dresser: Dresser, case: Case, evaluation: Evaluation, judge: TrainedEncoder) -> tuple[_Score, Metrics]:
    scene, steps, parser = case.query.scene, evaluation.pairs.steps, evaluation.parser
    if parser is None:
        return _score(case, dresser.dress(scene, case.scenes, refine=RefineConfig(steps)), judge, None), {}
    photos = {region: shown.photo for region, shown in case.garments.items()}
    tried = try_on(case.query.photo, photos, refine_steps=steps, weights=dresser, parser=parser, anyway=True)
    assert tried.dressed is not None
    before, changed = np.asarray(load_image(case.query.photo)), np.asarray(tried.changed) > 0
    first, last = (
        float(scoring.untouched(np.asarray(photo), before, changed)) for photo in (tried.feed_forward, tried.photo)
    )
    pictures = np.stack([dresser.dress(scene, case.scenes).pixels, tried.dressed.pixels])
    # all that the parser sees a person wear, whichever garments it takes it for
    silhouettes = [~covers(parsed.map, BARE) for parsed in parser.parse(pictures)]
    measured = _score(case, tried.dressed, judge, parser)
    ours = {"untouched": first, "silhouette_iou": float(scoring.iou(*silhouettes))}
    ours |= {name: value for name, value in measured.metrics.items() if name == "refined_gain"}
    return _Score({**measured.metrics, "untouched": last}, measured.vector), ours


def _pool(photos: Sequence[PersonPhoto], most: int, seed: int) -> list[PersonPhoto]:
    """Photos to draw pairs from: not more than will do, and those whose maps and joints are known first."""
    order = np.random.default_rng([seed, 3]).permutation(len(photos)).tolist()
    order.sort(key=lambda row: photos[row].map is None or photos[row].keypoints is None)
    return [photos[row] for row in order[:most]]
