"""Measure how well words are drawn: `modiste evaluate imagine`."""

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
from modiste.lab.imagine import metrics as scoring
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.data import Collection, collect
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.measuring import Draws, Metrics, Photos, Score, draw, measure, moved, moves, real
from modiste.lab.imagine.protocol import Texts, ask
from modiste.lab.imagine.train import TrainConfig, build, fit, record_of, weights_of
from modiste.lab.measures import DIRECTIONS, bootstrap, evaluation_result
from modiste.lab.training import Run, check_unseen, keep_memory, pick_device
from modiste.types import Pixels
from modiste.weights import TENSORS, Weights, find, save

SPLITS = ("test", "all")
OURS = "imagine"
FRESH = 100
"""Titles that are drawn with fresh noise after every word, for the trade-off alone."""
FRESH_SEED = 50_000_000
"""From here on seeds are of fresh noise."""


def evaluate(
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
        What an evaluation file holds, with `ceiling`, the same of real photos; `prefixes`, the accuracy after each
        word; `ranks`, the median rank of the wanted product after each word by picture, words and both; `trade_off`,
        persistence and responsiveness, for the baselines with fresh noise at every word too; and `confidence`, by how
        much ours is above each baseline in both, with the interval of 95%.

    Raises:
        UsageError: no such split; garments of the test part were trained on; baselines without a training part.
    """
    started = time.monotonic()
    keep_memory()
    check_asked(split, baselines)
    found = find(weights)
    imaginer = load_imaginer(weights)
    collection = gather(data, found, imaginer, split)
    asked, photos = ask(collection, seed=seed), Photos(collection, Judges.of(found))
    rivals = train_baselines(collection, settings(found)) if baselines else {}
    scores = {name: measure(model, asked, photos) for name, model in {OURS: imaginer, **rivals}.items()}
    ceiling = real(asked, photos)
    ours = {f"{name}_real": value for name, value in ceiling.items() if name.startswith("is_")}
    metrics = {name: score.metrics for name, score in scores.items()}
    result = evaluation_result(
        system=OURS,
        data=collection.names,
        split_hash="+".join(collection.hashes.values()),
        protocol=_said(split, asked, photos),
        models={**metrics, OURS: {**metrics[OURS], **ours}},
        seeds=[seed],
        seconds=time.monotonic() - started,
    )
    fresh = {f"{name}, fresh noise": fresh_noise(model, asked, photos) for name, model in rivals.items()}
    more = {
        "ceiling": ceiling,
        "prefixes": {name: score.prefixes for name, score in scores.items()},
        "ranks": {name: score.ranks for name, score in scores.items()},
        "trade_off": {name: _moves(values) for name, values in {**metrics, **fresh}.items()},
        "confidence": confidence(scores),
    }
    return {**result, **{name: _plain(value) for name, value in more.items()}, "seconds": _since(started)}


def gather(data: Sequence[Path], found: Weights, imaginer: Imaginer, split: str) -> Collection:
    """The garments to draw, read with the network's vocabulary.

    Raises:
        UsageError: garments of the test part were trained on.
    """
    collection = collect(data, split="default" if split == "test" else split, vocabulary=imaginer.vocabulary)
    if split == "test":
        check_unseen(found, collection.hashes)
    return collection


def train_baselines(
    collection: Collection, config: TrainConfig, names: Iterable[str] = tuple(BASELINES)
) -> dict[str, Imaginer]:
    """Baselines, trained on the same garments in as many steps.

    They are trained in the cache folder, so that an evaluation that was stopped goes on where it was.
    """
    folder = cache_folder() / f"baselines-imagine-{_key(collection, config)}"
    return {name: _baseline(name, folder / name.replace(" ", "-"), collection, config) for name in names}


def best_baseline(result: Mapping[str, Any], metric: str = "fd") -> str:
    """The baseline that does best in a result by one metric; empty where there is none."""
    values = {name: some[metric] for name, some in result["models"].items() if name != OURS and metric in some}
    sign = 1 if DIRECTIONS.get(metric) == "down" else -1
    return min(values, key=lambda name: sign * values[name], default="")


def fresh_noise(model: Draws, asked: Texts, photos: Photos) -> Metrics:
    """How a model moves where the noise is drawn anew at every word: the control of the trade-off."""
    some = replace(asked, texts=asked.texts[:FRESH])
    seen = photos.judges.look(draw(_Fresh(model), [(some.texts[at].words[:length], 0) for at, length in some.frames]))
    return moved(moves(some, seen))


def confidence(scores: Mapping[str, Score]) -> dict[str, dict[str, dict[str, float]]]:
    """By how much ours is above each baseline, with the interval that titles drawn again keep to (95%)."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for metric, outcomes in (("persistence", scoring.persistence), ("responsiveness", scoring.responsiveness)):
        means = {name: outcomes(score.steps).means() for name, score in scores.items()}
        found[metric] = {
            name: asdict(bootstrap([own - some[text] for text, own in means[OURS].items()]))
            for name, some in means.items()
            if name != OURS and some
        }
    return found


def settings(weights: Weights) -> TrainConfig:
    """What the weights were trained with, as the baselines are."""
    noted = dict(weights.config["settings"])
    network = dict(noted.pop("network"))
    return TrainConfig(ImagineConfig(**{**network, "widths": tuple(network["widths"])}), **noted)


def check_asked(split: str, baselines: bool) -> None:
    """Refuse what can't be measured."""
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    if baselines and split == "all":
        raise UsageError("--baselines learns from the training part, and --split all has none; give --split test")


class _Fresh:
    """A model that draws every picture with noise of its own."""

    def __init__(self, model: Draws) -> None:
        self.model, self._next = model, FRESH_SEED

    def draw(self, words: Sequence[Sequence[Word]], seeds: Sequence[int]) -> Pixels:
        first, self._next = self._next, self._next + len(words)
        return self.model.draw(words, range(first, self._next))


def _baseline(name: str, folder: Path, collection: Collection, config: TrainConfig) -> Imaginer:
    if not (folder / TENSORS).exists():
        own = BASELINES[name](config)
        run = Run(folder, seed=own.seed, resume=True)
        game = fit(build(collection, own), collection, own, run, pick_device("auto"))
        save(folder, weights_of(game, collection, own), record_of((), collection, own))
    return load_imaginer(str(folder))


def _said(split: str, asked: Texts, photos: Photos) -> str:
    """What was asked, in words."""
    judged = int(photos.gendered[[text.row for text in asked.texts]].sum())
    heard = sum(one.before != one.after for one in asked.no_ops)
    return (
        f"{split}, {asked}; fd and kid against {len(photos.gallery)} photos, which are searched too; those of real "
        f"photos are of {len(photos.others)} of the judges' part; gender judged on {judged} titles; deltaE is a "
        f"median; {heard} of {len(asked.no_ops)} words that say nothing reach the network"
    )


def _key(collection: Collection, config: TrainConfig) -> str:
    """Names what baselines are trained on and how."""
    said = f"{collection.hashes} {len(collection)} {config} {collection.vocabulary.record()}".encode()
    return hashlib.sha256(said + collection.pixels.tobytes()).hexdigest()[:12]


def _moves(metrics: Mapping[str, float]) -> Metrics:
    return {name: metrics[name] for name in ("persistence", "responsiveness") if name in metrics}


def _since(started: float) -> float:
    return float(f"{time.monotonic() - started:.6g}")


def _plain(value: Any) -> Any:
    """The same with numbers to six significant digits."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
