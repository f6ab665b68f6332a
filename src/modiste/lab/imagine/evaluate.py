"""Evaluate pictures drawn from words: `modiste evaluate imagine`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from modiste.cache import cache_folder
from modiste.errors import UsageError, unknown
from modiste.imagine.model import ImagineConfig
from modiste.imagine.pipeline import Imaginer, load_imaginer
from modiste.imagine.words import Word
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.data import Collection, collect
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.metrics import (
    DrawingModel,
    Metrics,
    Photos,
    Score,
    ceiling,
    draw,
    measure,
    persistence,
    responsiveness,
    step_metrics,
    steps_of,
)
from modiste.lab.imagine.protocol import Texts, sample_texts
from modiste.lab.imagine.train import TrainConfig, build, fit, save_run
from modiste.lab.measures import DIRECTIONS, bootstrap, evaluation_result
from modiste.lab.training import Run, check_unseen, keep_memory, pick_device
from modiste.types import Pixels
from modiste.weights import TENSORS, Weights, find

SPLITS = ("test", "all")
OURS = "imagine"
FRESH = 100
"""Titles that are drawn with fresh noise after every word, for the trade-off alone."""
FRESH_SEED = 50_000_000
"""First seed of fresh noise."""


def evaluate(  # long: half of it says what its options mean
    data: Sequence[Path], weights: str = "imagine-photos", *, baselines: bool = False, split: str = "test",
    seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """Draw the titles of a test part word by word, and judge the pictures beside real photos and the baselines'.

    Args:
        data: catalogues in any layout that `modiste index` reads.
        weights: shipped ones or a run's folder.
        baselines: train those of BASELINES on the same garments and in as many steps, and measure them too.
        split: `test`, in the split that the weights were trained on, or `all` where nothing in `data` was trained on.
        seed: of the noise.

    Returns:
        An evaluation result, with `ceiling`, the same of real photos; `prefixes`, the accuracy after each word;
        `ranks`, the median rank of the target product after each word by picture, words and both; `trade_off`,
        persistence and responsiveness, for the baselines with fresh noise at every word too; and `confidence`, by how
        much ours is above each baseline in both, with the interval of 95%.

    Raises:
        UsageError: no such split; garments of the test part were trained on; baselines without a training part.
    """
    started = time.monotonic()
    keep_memory()
    check_options(split, baselines)
    trained, imaginer = find(weights), load_imaginer(weights)
    collection = gather(data, trained, imaginer, split)
    texts, photos = sample_texts(collection, seed=seed), Photos(collection, Judges.of(trained))
    rivals = train_baselines(collection, settings(trained)) if baselines else {}
    scores = {name: measure(model, texts, photos) for name, model in {OURS: imaginer, **rivals}.items()}
    real = ceiling(texts, photos)
    ours = {f"{name}_real": value for name, value in real.items() if name.startswith("is_")}
    metrics = {name: score.metrics for name, score in scores.items()}
    result = evaluation_result(
        system=OURS,
        data=collection.names,
        split_hash="+".join(collection.hashes.values()),
        protocol=_protocol(split, texts, photos),
        models={**metrics, OURS: {**metrics[OURS], **ours}},
        seeds=[seed],
        seconds=0.0,
    )
    fresh = {f"{name}, fresh noise": _fresh_noise(model, texts, photos) for name, model in rivals.items()}
    pair = ("persistence", "responsiveness")
    further = {
        "ceiling": real,
        "prefixes": {name: score.prefixes for name, score in scores.items()},
        "ranks": {name: score.ranks for name, score in scores.items()},
        "trade_off": {
            name: {metric: values[metric] for metric in pair if metric in values}
            for name, values in {**metrics, **fresh}.items()
        },
        "confidence": _confidence(scores),
    }
    seconds = float(f"{time.monotonic() - started:.6g}")
    return {**result, **{name: _rounded(value) for name, value in further.items()}, "seconds": seconds}


def check_options(split: str, baselines: bool) -> None:
    """Refuse unknown splits, and baselines where nothing can be trained.

    Raises:
        UsageError: no such split, or baselines without a training part.
    """
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    if baselines and split == "all":
        raise UsageError("--baselines learns from the training part, and --split all has none; give --split test")


def gather(data: Sequence[Path], weights: Weights, imaginer: Imaginer, split: str) -> Collection:
    """Collect the garments to draw, with the network's vocabulary.

    Raises:
        UsageError: garments of the test part were trained on.
    """
    collection = collect(data, split="default" if split == "test" else split, vocabulary=imaginer.vocabulary)
    if split == "test":
        check_unseen(weights, collection.hashes)
    return collection


def settings(weights: Weights) -> TrainConfig:
    """The settings that weights were trained with."""
    values = dict(weights.config["settings"])
    network = dict(values.pop("network"))
    return TrainConfig(ImagineConfig(**{**network, "widths": tuple(network["widths"])}), **values)


def train_baselines(
    collection: Collection, config: TrainConfig, names: Iterable[str] = tuple(BASELINES)
) -> dict[str, Imaginer]:
    """Baselines, trained on the same garments in as many steps.

    They are trained in the cache folder, so that an evaluation that was stopped goes on where it was.
    """
    folder = cache_folder() / f"baselines-imagine-{_key(collection, config)}"
    baselines = {}
    for name in names:
        path = folder / name.replace(" ", "-")
        if not (path / TENSORS).exists():
            own = BASELINES[name](config)
            run = Run(path, seed=own.seed, resume=True)
            gan = fit(build(collection, own), collection, own, run, pick_device("auto"))
            save_run(path, gan, collection, own, ())
        baselines[name] = load_imaginer(str(path))
    return baselines


def best_baseline(result: Mapping[str, Any], metric: str = "fd") -> str:
    """The baseline that does best in a result by one metric; empty where there is none."""
    values = {name: metrics[metric] for name, metrics in result["models"].items() if name != OURS and metric in metrics}
    sign = 1 if DIRECTIONS.get(metric) == "down" else -1
    return min(values, key=lambda name: sign * values[name], default="")


def _fresh_noise(model: DrawingModel, texts: Texts, photos: Photos) -> Metrics:
    """Metrics of a model's steps where the noise is drawn anew at every word: the control of the trade-off."""
    subset = replace(texts, texts=texts.texts[:FRESH])
    prefixes = [(subset.texts[index].words[:length], 0) for index, length in subset.prefixes]
    return step_metrics(steps_of(subset, photos.judges.judge(draw(_Fresh(model), prefixes))))


class _Fresh:
    """A model that draws every picture with noise of its own."""

    def __init__(self, model: DrawingModel) -> None:
        self.model, self._next = model, FRESH_SEED

    def draw(self, texts: Sequence[Sequence[Word]], seeds: Sequence[int]) -> Pixels:
        first, self._next = self._next, self._next + len(texts)
        return self.model.draw(texts, range(first, self._next))


def _confidence(scores: Mapping[str, Score]) -> dict[str, dict[str, dict[str, float]]]:
    """By how much ours is above each baseline, with the bootstrap's interval over titles (95%)."""
    differences: dict[str, dict[str, dict[str, float]]] = {}
    for metric, by_title in (("persistence", persistence), ("responsiveness", responsiveness)):
        means = {name: by_title(score.steps) for name, score in scores.items()}
        differences[metric] = {
            name: asdict(bootstrap([own - values[title] for title, own in means[OURS].items()]))
            for name, values in means.items()
            if name != OURS and values
        }
    return differences


def _protocol(split: str, texts: Texts, photos: Photos) -> str:
    """The protocol in a sentence."""
    judged = int(photos.gender_judged[[text.row for text in texts.texts]].sum())
    known = sum(change.before != change.after for change in texts.no_ops)
    return (
        f"{split}, {texts}; fd and kid against {len(photos.gallery)} photos, which are searched too; those of real "
        f"photos are of {len(photos.judges_part)} of the judges' part; gender judged on {judged} titles; deltaE is a "
        f"median; {known} of {len(texts.no_ops)} words that say nothing reach the network"
    )


def _key(collection: Collection, config: TrainConfig) -> str:
    """Hash of the data and the settings that baselines are trained with."""
    text = f"{collection.hashes} {len(collection)} {config} {collection.vocabulary.record()}".encode()
    return hashlib.sha256(text + collection.pixels.tobytes()).hexdigest()[:12]


def _rounded(value: Any) -> Any:
    """The same with numbers to six significant digits."""
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
