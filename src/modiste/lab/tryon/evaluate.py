"""Measure how well garments are put on people: `modiste evaluate tryon`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

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
from modiste.lab.tryon.baselines import BASELINES, Dresses, Without
from modiste.lab.tryon.protocol import Case, PairList, Reader, Request, draw, true_requests
from modiste.parsing import Parser, open_parser
from modiste.tryon.body import BARE, covers
from modiste.tryon.composite import Dressed
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.model import RefineConfig
from modiste.tryon.pipeline import try_on
from modiste.types import Map, Mask, Pixels
from modiste.weights import find

OURS, REFINED = "tryon", "tryon refined"

Metrics = dict[str, float]


@dataclass(frozen=True)
class Score:
    """Metrics of one answer."""

    metrics: Metrics
    vector: NDArray[np.float32] | None
    """The picture's features, of swaps between different people alone. Shape: (d,)."""


class Judge:
    """The encoder by which answers are compared, and the parser of what is worn on them."""

    def __init__(self, encoder: TrainedEncoder, parser: Parser | None) -> None:
        self.encoder, self.parser = encoder, parser

    def maps(self, pixels: Pixels) -> dict[str, NDArray[np.float32]]:
        """Feature maps of a picture at its own size, in tiles of the encoder's size.

        Shape: (256, 192, 3) to (c, 32, 24) and (c, 16, 12).
        """
        rows, columns = pixels.shape[0] // SIZE[0], pixels.shape[1] // SIZE[1]
        tiles = pixels.reshape(rows, SIZE[0], columns, SIZE[1], 3).swapaxes(1, 2).reshape(-1, *SIZE, 3)
        maps = self.encoder.maps(np.ascontiguousarray(tiles))
        return {depth: _joined(maps[depth], rows, columns) for depth in scoring.DEPTHS}

    def vectors(self, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """Features of whole pictures. Shape: (n, d)."""
        small = [Image.fromarray(pixels).resize(SIZE[::-1], Image.Resampling.BICUBIC) for pixels in pictures]
        return self.encoder.encode_images(np.stack([np.asarray(picture) for picture in small]))

    def worn(self, dressed: Dressed) -> Map:
        """The map of an answer: the parser's, or without one its own."""
        return dressed.map if self.parser is None else self.parser.parse(dressed.pixels[None])[0].map


@dataclass(frozen=True)
class Evaluation:
    """Cases that every model answers, and their judge."""

    cases: list[Case]
    people: list[Pixels]
    """Real photos of the people that garments are swapped between."""
    pairs: PairList
    refused: int
    """Requests whose photos the parser finds no person or garment in; no model answers these."""
    judge: Judge

    @property
    def subset(self) -> list[int]:
        """Indices of the cases that are refined too."""
        sets: dict[bool, list[int]] = {}
        for index, case in enumerate(self.cases):
            if case.request.kind != "self":
                sets.setdefault(case.truth is None, []).append(index)
        return sorted(index for indices in sets.values() for index in indices[: self.pairs.refined])


def evaluate(
    data: Sequence[Path], weights: str = "tryon-photos", *, parser: str | None = "parser-photos",
    baselines: bool = True, split: str = "test", refine_steps: int = 30, refined: int = 24, limit: int = 120,
    seed: int = 0, encoder: str = "encoder-photos",
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
        encoder: by whose features pictures are compared.

    Returns:
        What an evaluation file holds, with `subset`: all models on the requests that were refined, and `refused`: how
        many requests the parser found no person or garment for.

    Raises:
        UsageError: no such split; data that the weights were trained on; nobody to dress.
    """
    started = time.monotonic()
    check_split(split, baselines=False)  # none of which learns
    found = find(weights)
    sets = [read_people(source, "default" if split == "test" else split) for source in data]
    if split == "test":
        check_unseen(found, {people.name: people.split.hash for people in sets})
    judge = Judge(TrainedEncoder(encoder), None if parser is None else open_parser(parser))
    evaluation = read_cases(sets, judge, limit=limit, refined=refined, steps=refine_steps, seed=seed)
    dresser = load_dresser(weights)
    without = {"no texture path": Without(dresser, texture=False), "no shape network": Without(dresser, shape=False)}
    rivals: Mapping[str, Dresses] = {**BASELINES, **without} if baselines else {}
    scores = {name: answer(model, evaluation) for name, model in {OURS: dresser, **rivals}.items()}
    everything, subset = tables(scores, evaluation, refine(dresser, evaluation))
    result = evaluation_result(
        system=OURS,
        data=[people.name for people in sets],
        split_hash="+".join(people.split.hash for people in sets),
        protocol=f"{split}, {evaluation.pairs}; features of {judge.encoder.name}@{judge.encoder.revision}",
        models={name: metrics for name, metrics in everything.items() if name != REFINED},  # no rival of ours
        seeds=[seed],
        seconds=time.monotonic() - started,
    )
    return {**result, "models": everything, "subset": subset, "refused": evaluation.refused}


def read_cases(sets: Sequence[People], judge: Judge, *, limit: int, refined: int, steps: int, seed: int) -> Evaluation:
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
        wanted = tuple(request for request in true_requests(people.asked()) if reader.answerable(request))[:limit]
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
    by = "given maps" if judge.parser is None else f"{judge.parser.name}@{judge.parser.revision}"
    return Evaluation(cases, real, PairList(tuple(requests), refined=refined, steps=steps, seen_by=by), refused, judge)


def answer(model: Dresses, evaluation: Evaluation) -> list[Score]:
    """Scores of a model's answers, case by case."""
    pasted = model in BASELINES.values()  # whose paste of a person's own garment is the photo itself
    return [
        Score({}, None)
        if pasted and case.request.kind == "self"
        else score(case, model.dress(case.query.scene, case.scenes), evaluation.judge)
        for case in evaluation.cases
    ]


def refine(dresser: Dresser, evaluation: Evaluation) -> dict[int, tuple[Score, Metrics]]:
    """Index of each refined case to its score, and the networks' own metrics of refinement.

    With a parser it goes the way of `try_on`, so that what stays untouched is seen at the photo's own size.
    """
    if not evaluation.pairs.steps:
        return {}
    return {index: _refined(dresser, evaluation.cases[index], evaluation) for index in evaluation.subset}


def tables(
    scores: Mapping[str, Sequence[Score]], evaluation: Evaluation, refined: Mapping[int, tuple[Score, Metrics]]
) -> tuple[dict[str, Metrics], dict[str, Metrics]]:
    """Every model's metrics over all cases, and over those that were refined."""
    real = evaluation.judge.vectors(evaluation.people) if evaluation.people else None
    models = {name: summary(answers, real) for name, answers in scores.items()}
    if not refined:
        return models, {}
    subset = {name: summary([answers[index] for index in refined], real) for name, answers in scores.items()}
    subset[REFINED] = summary([score for score, _ in refined.values()], real)
    ours = means([metrics for _, metrics in refined.values()])
    models[OURS] |= ours
    models[REFINED] = {**subset[REFINED], **{name: value for name, value in ours.items() if name != "untouched"}}
    return models, subset


def score(case: Case, dressed: Dressed, judge: Judge) -> Score:
    """All metrics of one answer."""
    query, kind = case.query.scene, case.request.kind
    metrics: Metrics = {"untouched": float(scoring.untouched(dressed.pixels, query.pixels, dressed.changed))}
    if kind == "self":
        mask = np.any([query.mask(region) for region in case.garments], 0)
        return Score(metrics | (_own(dressed, query.pixels, mask, judge) if mask.any() else {}), None)
    metrics |= _likeness(case, dressed)
    if case.truth is not None:
        metrics |= _against(case, dressed, judge)
    if kind == "sleeve":
        after = judge.worn(dressed)
        metrics["sleeve"] = float(scoring.shortened(query.map, after, query.keypoints))
    if dressed.gain is not None:
        metrics["refined_gain"] = dressed.gain
    return Score(metrics, judge.vectors([dressed.pixels])[0] if kind == "swap" else None)


def summary(scores: Sequence[Score], real: NDArray[np.float32] | None) -> Metrics:
    """The mean of each metric over the answers that have it, and the distance of the swaps from real photos."""
    metrics = means([score.metrics for score in scores])
    vectors = [score.vector for score in scores if score.vector is not None]
    if real is not None and min(len(vectors), len(real)) >= 2:
        metrics |= means([{"fd": frechet_distance(vectors, real), "kid": kernel_distance(vectors, real)}])
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


def _against(case: Case, dressed: Dressed, judge: Judge) -> Metrics:
    """Likeness of an answer to the truth, over the whole picture and where query and truth differ."""
    truth = case.truth
    assert truth is not None
    alike = scoring.ssim_map(dressed.pixels, truth.pixels)
    ours, true = judge.maps(dressed.pixels), judge.maps(truth.pixels)
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


def _own(dressed: Dressed, photo: Pixels, mask: Mask, judge: Judge) -> Metrics:
    """Likeness of a garment, put on again, to itself."""
    alike = scoring.ssim_map(dressed.pixels, photo)
    apart = scoring.feature_distance(judge.maps(dressed.pixels), judge.maps(photo), mask)
    return {"self_ssim": float(alike[mask].mean()), "self_perceptual": apart}


def _joined(tiles: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    depth, height, width = tiles.shape[1:]
    grid = tiles.reshape(rows, columns, depth, height, width).transpose(2, 0, 3, 1, 4)
    return grid.reshape(depth, rows * height, columns * width)


def means(metrics: Sequence[Mapping[str, float]]) -> Metrics:
    """The mean of each metric over those that have it, to six digits."""
    names = dict.fromkeys(name for each in metrics for name in each)
    found = {name: float(np.mean([each[name] for each in metrics if name in each])) for name in names}
    return {name: float(f"{value:.6g}") for name, value in found.items()}


def _refined(dresser: Dresser, case: Case, evaluation: Evaluation) -> tuple[Score, Metrics]:
    scene, steps, judge = case.query.scene, evaluation.pairs.steps, evaluation.judge
    if judge.parser is None:
        return score(case, dresser.dress(scene, case.scenes, refine=RefineConfig(steps)), judge), {}
    photos = {region: shown.photo for region, shown in case.garments.items()}
    tried = try_on(case.query.photo, photos, refine_steps=steps, weights=dresser, parser=judge.parser, anyway=True)
    assert tried.dressed is not None
    before, changed = np.asarray(load_image(case.query.photo)), np.asarray(tried.changed) > 0
    first, last = (
        float(scoring.untouched(np.asarray(photo), before, changed)) for photo in (tried.feed_forward, tried.photo)
    )
    pictures = np.stack([dresser.dress(scene, case.scenes).pixels, tried.dressed.pixels])
    # all that the parser sees a person wear, whichever garments it takes it for
    silhouettes = [~covers(parsed.map, BARE) for parsed in judge.parser.parse(pictures)]
    measured = score(case, tried.dressed, judge)
    ours = {"untouched": first, "silhouette_iou": float(scoring.iou(*silhouettes))}
    ours |= {name: value for name, value in measured.metrics.items() if name == "refined_gain"}
    return Score({**measured.metrics, "untouched": last}, measured.vector), ours


def _pool(photos: Sequence[PersonPhoto], most: int, seed: int) -> list[PersonPhoto]:
    """Photos to draw pairs from: not more than will do, and those whose maps and joints are known first."""
    order = np.random.default_rng([seed, 3]).permutation(len(photos)).tolist()
    order.sort(key=lambda row: photos[row].map is None or photos[row].keypoints is None)
    return [photos[row] for row in order[:most]]
