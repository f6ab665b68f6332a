"""Metrics of drawing from words: first those of judgements and pictures alone, then those of a model."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from modiste.colour import delta_e
from modiste.errors import UsageError
from modiste.imagine.words import Word
from modiste.lab.imagine.data import ATTRIBUTES, Collection
from modiste.lab.imagine.judges import Judgements, Judges, gender_judged, silhouette
from modiste.lab.imagine.protocol import Change, Label, Text, Texts
from modiste.lab.measures import frechet_distance, kernel_distance, ranks, recall_at, same_label
from modiste.types import Doubles, Indices, Mask, Pixels

Metrics = dict[str, float]

BATCH = 32
"""Pictures drawn at once."""
K = 10
"""Products that a search shows."""


class DrawingModel(Protocol):
    """A network that draws from words."""

    def draw(self, texts: Sequence[Sequence[Word]], seeds: Sequence[int]) -> Pixels:
        """Draw a picture for each text. Shape: (m, 128, 96, 3)."""


def inception_score(probabilities: ArrayLike) -> float:
    """Certainty and variety of a classifier's predictions: exp of the mean KL divergence of p(y|x) from p(y).

    1 where every picture has the same prediction, the number of classes where each picture is certain of one and all
    are equally frequent.

    Args:
        probabilities: a row each picture, summing to 1. Shape: (n, k).
    """
    given = np.asarray(probabilities, np.float64)
    if given.ndim != 2 or not given.size:
        raise UsageError(f"an inception score needs a row of probabilities each picture; got shape {given.shape}")
    whole = np.broadcast_to(given.mean(0), given.shape)
    ratio = np.divide(given, whole, out=np.ones_like(given), where=given > 0)
    return float(np.exp((given * np.log(ratio)).sum(1).mean()))


@dataclass(frozen=True)
class Step:
    """One word more: the predicted classes of the picture before it and after it."""

    named: str
    """The attribute that the word names, a key of `before` and `after`; anything else, such as `other`, if none."""
    before: Mapping[str, int]
    """Attribute to its class."""
    after: Mapping[str, int]
    target: int = -1
    """The class that the word names."""
    shift: float = 0.0
    """Distance by which the colour moved, in CIEDE2000."""
    sequence: Hashable = 0
    """Steps of one sequence of words belong together: a bootstrap samples whole sequences."""


def persistence(steps: Sequence[Step]) -> dict[Hashable, float]:
    """Share of the attributes that words don't name and leave as they are, by sequence.

    A model that ignores words always persists.
    """
    others = [(step, name) for step in steps for name in step.before if name != step.named]
    return _by_sequence((step.sequence, step.after[name] == step.before[name]) for step, name in others)


def responsiveness(steps: Sequence[Step]) -> dict[Hashable, float]:
    """Share of the attributes that are right after the word that names them, by sequence."""
    naming = [step for step in steps if step.named in step.after and step.target >= 0]
    return _by_sequence((step.sequence, step.after[step.named] == step.target) for step in naming)


def _by_sequence(values: Iterable[tuple[Hashable, bool]]) -> dict[Hashable, float]:
    """Mean of each sequence, in the order in which sequences come."""
    gathered: dict[Hashable, list[bool]] = {}
    for sequence, value in values:
        gathered.setdefault(sequence, []).append(value)
    return {sequence: float(np.mean(group)) for sequence, group in gathered.items()}


def step_metrics(steps: Sequence[Step]) -> Metrics:
    """Persistence and responsiveness, means over sequences, and the colour's drift by words that name none."""
    kept, right = persistence(steps), responsiveness(steps)
    shifts = [step.shift for step in steps if step.before and step.named != "colour"]
    metrics = {"persistence": list(kept.values()), "responsiveness": list(right.values()), "drift": shifts}
    return {name: float(np.mean(values)) for name, values in metrics.items() if values}


def mask_iou(first: Mask, second: Mask) -> Doubles:
    """Intersection over union of each pair of masks, 1 for two empty ones. Shape: (n, h, w) twice to (n,)."""
    union = (first | second).sum((1, 2))
    both = (first & second).sum((1, 2))
    return np.where(union > 0, both / np.maximum(union, 1), 1.0)


def changed_share(first: Pixels, second: Pixels, most: int = 8) -> Doubles:
    """Share of each picture's pixels that differ by more than `most` levels. Shape: (n, h, w, 3) twice to (n,)."""
    difference = np.abs(first.astype(np.int16) - second).max(3)
    return np.asarray((difference > most).mean((1, 2)))


@dataclass(frozen=True)
class Score:
    """Results of one model."""

    metrics: Metrics
    steps: tuple[Step, ...]
    """Every word that was added."""
    prefixes: dict[str, list[float | None]]
    """Accuracy of each attribute after one word, two words ..., where it had been named; and of how many titles."""
    ranks: dict[str, list[float]]
    """Median rank of the target product after each word, by query: `picture`, `words`, `both`."""


class Photos:
    """The real photos that pictures are compared with, and their judgements."""

    def __init__(self, collection: Collection, judges: Judges) -> None:
        self.collection, self.judges = collection, judges
        self.rows = collection.part(2)
        self.gallery = self._judged(self.rows)
        """The test part, which is searched too."""
        self.judges_part = self._judged(collection.part(1))
        self.train_vectors = self._judged(collection.part(0)).vectors
        self.gender_judged = gender_judged(collection)
        titles = [collection.titles[row].casefold() for row in self.rows]
        self._targets: dict[int, Indices] = dict(zip(self.rows.tolist(), same_label(titles, titles), strict=True))

    def targets(self, text: Text) -> Indices:
        """Gallery indices of a title's product, and of those with the same title."""
        return self._targets[text.row]

    def relevant(self, text: Text) -> Indices:
        """Gallery indices of all products that have what a text names; none where it names nothing."""
        named = text.named()
        if not named:
            return np.empty(0, np.int64)
        fits = np.ones(len(self.rows), np.bool_)
        for name, label in named.items():
            if name == "colour":
                fits &= delta_e(self.gallery.labs, label.lab or ()) <= label.radius
            else:
                column = self.collection.types if name == "type" else self.collection.genders
                fits &= column[self.rows] == label.value
        return np.flatnonzero(fits)

    def _judged(self, rows: Indices) -> Judgements:
        return self.judges.judge(self.collection.pixels[rows], self.collection.labs[rows])


def measure(model: DrawingModel, texts: Texts, photos: Photos) -> Score:
    """Draw all texts, judge the pictures, and compute the metrics."""
    judges = photos.judges
    requests = [(texts.texts[index].words[:n], texts.texts[index].seed) for index, n in texts.prefixes]
    judged = judges.judge(draw(model, requests))
    full, titles = judged.at(texts.full), texts.texts * texts.times
    if texts.times > 1:
        full = full.joined(judges.judge(draw(model, texts.further)))
    steps = steps_of(texts, judged)
    recalls, median_ranks = _search(texts, judged, photos)
    metrics = {
        **_inception_scores(full, np.array([text.row for text in titles]), photos),
        **_distances(full, photos.gallery),
        **label_metrics(full, titles, photos),
        **step_metrics(steps),
        **change_metrics(model, texts),
        **recalls,
        **_novelty(full, photos),
    }
    return Score(metrics, steps, _prefix_accuracy(texts, judged, photos), median_ranks)


def ceiling(texts: Texts, photos: Photos) -> Metrics:
    """The metrics of the products' own photos, which a perfect model would reach."""
    own = np.searchsorted(photos.rows, [text.row for text in texts.texts])
    queries = [(index, photos.relevant(text)) for index, text in zip(own.tolist(), texts.texts, strict=True)]
    queries = [(index, relevant) for index, relevant in queries if set(relevant.tolist()) - {index}]
    recall: Metrics = {}
    if queries:
        indices = [index for index, _ in queries]
        scores = photos.gallery.vectors[indices] @ photos.gallery.vectors.T
        recall = {f"found@{K}": recall_at(ranks(scores, [relevant for _, relevant in queries], indices), K)}
    return {
        **_inception_scores(photos.gallery, photos.rows, photos),
        **_distances(photos.judges_part, photos.gallery),
        **label_metrics(photos.gallery.at(own), texts.texts, photos),
        **recall,
    }


def draw(model: DrawingModel, requests: Sequence[tuple[Sequence[Word], int]]) -> Pixels:
    """Draw a picture for each text and seed, in batches."""
    parts = [requests[start : start + BATCH] for start in range(0, len(requests), BATCH)]
    drawn = [model.draw([words for words, _ in part], [seed for _, seed in part]) for part in parts]
    return np.concatenate(drawn) if drawn else np.empty((0, 128, 96, 3), np.uint8)


def steps_of(texts: Texts, judged: Judgements) -> tuple[Step, ...]:
    """Each word's step, from the judgements of all prefixes; a text's first word has no classes before it.

    A colour is right within the named colour's radius; else its class is the nearest cluster.
    """
    classes = judged.classes()
    steps = []
    for row, (index, length) in enumerate(texts.prefixes):
        label = texts.texts[index].labels[length - 1]
        after = {name: int(values[row]) for name, values in classes.items()}
        before = {name: int(values[row - 1]) for name, values in classes.items()} if length > 1 else {}
        if label is not None and label.lab is not None:
            after["colour"] = label.value if _within_radius(judged.labs[row], label) else -1
        shift = float(delta_e(judged.labs[row], judged.labs[row - 1])) if before else 0.0
        named, target = ("other", -1) if label is None else (label.attribute, label.value)
        steps.append(Step(named, before, after, target, shift, index))
    return tuple(steps)


def label_metrics(judged: Judgements, texts: Sequence[Text], photos: Photos) -> Metrics:
    """Accuracy of what full titles name, and the median distance of the colours from those named."""
    hits = _hits(judged, texts, [text.named() for text in texts], photos)
    metrics: Metrics = {f"acc_{name}": float(np.mean(values)) for name, values in hits.items() if values}
    named = [(row, text.named().get("colour")) for row, text in enumerate(texts)]
    colours = [(row, label.lab) for row, label in named if label and label.lab]
    if colours:
        shifts = delta_e(judged.labs[[row for row, _ in colours]], [lab for _, lab in colours])
        metrics["deltaE"] = float(np.median(shifts))
    return metrics


def change_metrics(model: DrawingModel, texts: Texts) -> Metrics:
    """Share of pixels that a word changes that should change nothing, and the silhouettes' IoU in two colours."""

    def pictures(changes: Sequence[Change]) -> tuple[Pixels, Pixels]:
        before = draw(model, [(change.before, change.seed) for change in changes])
        return before, draw(model, [(change.after, change.seed) for change in changes])

    metrics: Metrics = {}
    if texts.no_ops:
        known = [change for change in texts.no_ops if change.before != change.after]  # others are one picture anyway
        shares = changed_share(*pictures(known)) if known else np.zeros(0)
        metrics["noop"] = float(shares.sum()) / len(texts.no_ops)
    if texts.recoloured:
        black, red = (silhouette(pixels) for pixels in pictures(texts.recoloured))
        metrics["recolour_iou"] = float(mask_iou(black, red).mean())
    return metrics


def _inception_scores(judged: Judgements, rows: Indices, photos: Photos) -> Metrics:
    """Inception scores; of gender where it is judged.

    Args:
        rows: the pictures' products in the collection.
    """
    scores = {f"is_{name}": inception_score(judged.probabilities[name]) for name in ("type", "colour")}
    if (gendered := photos.gender_judged[rows]).any():
        scores["is_gender"] = inception_score(judged.probabilities["gender"][gendered])
    return scores


def _distances(judged: Judgements, photos: Judgements) -> Metrics:
    """Distances between the distributions of pictures and photos."""
    if min(len(judged), len(photos)) < 2:
        return {}
    vectors = (judged.vectors, photos.vectors)
    return {"fd": frechet_distance(*vectors), "kid": kernel_distance(*vectors)}


def _novelty(judged: Judgements, photos: Photos) -> Metrics:
    """Distance of pictures from the nearest training photo, over that of real photos; 0 for copies."""
    if not len(photos.train_vectors) or not len(judged):
        return {}
    both = (judged.vectors, photos.gallery.vectors)
    drawn, real = (np.median(1 - (vectors @ photos.train_vectors.T).max(1)) for vectors in both)
    return {"novelty": float(drawn / real)} if real > 0 else {}


def _prefix_accuracy(texts: Texts, judged: Judgements, photos: Photos) -> dict[str, list[float | None]]:
    """Accuracy after each number of words, of what had been named by then."""
    table: dict[str, list[float | None]] = {name: [] for name in (*(f"acc_{name}" for name in ATTRIBUTES), "titles")}
    for length in range(1, max(n for _, n in texts.prefixes) + 1):
        rows = [row for row, (_, n) in enumerate(texts.prefixes) if n == length]
        titles = [texts.texts[texts.prefixes[row][0]] for row in rows]
        hits = _hits(judged.at(rows), titles, [text.named(length) for text in titles], photos)
        for name, values in hits.items():
            table[f"acc_{name}"].append(round(float(np.mean(values)), 4) if values else None)
        table["titles"].append(len(rows))
    return table


def _search(texts: Texts, judged: Judgements, photos: Photos) -> tuple[Metrics, dict[str, list[float]]]:
    """Recall of relevant products and median ranks of target products, for queries by picture, words and both."""
    gallery = photos.gallery.vectors
    prefixes = [texts.texts[index].prefix(length) for index, length in texts.prefixes]
    distinct = list(dict.fromkeys(prefixes))
    encoded = dict(zip(distinct, photos.judges.encoder.encode_texts(distinct), strict=True))
    words = np.stack([encoded[text] for text in prefixes])
    both = judged.vectors + words
    both = np.asarray(both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12), np.float32)
    targets = [photos.targets(texts.texts[index]) for index, _ in texts.prefixes]
    pairs = [(row, photos.relevant(text)) for row, text in zip(texts.full, texts.texts, strict=True)]
    pairs = [(row, relevant) for row, relevant in pairs if relevant.size]
    metrics: Metrics = {}
    table: dict[str, list[float]] = {}
    lengths = np.array([length for _, length in texts.prefixes])
    for query, vectors in {"picture": judged.vectors, "words": words, "both": both}.items():
        scores = vectors @ gallery.T
        target_ranks = ranks(scores, targets)
        table[query] = [float(np.median(target_ranks[lengths == length])) for length in range(1, lengths.max() + 1)]
        if pairs:
            relevant_ranks = ranks(scores[[row for row, _ in pairs]], [relevant for _, relevant in pairs])
            metrics[f"found@{K}" if query == "picture" else f"found@{K} {query}"] = recall_at(relevant_ranks, K)
    return metrics, table


def _hits(
    judged: Judgements, texts: Sequence[Text], named: Sequence[Mapping[str, Label]], photos: Photos
) -> dict[str, list[bool]]:
    """By attribute, for each picture whose text names it, True if it has it; gender where it is judged."""
    classes = judged.classes()
    hits: dict[str, list[bool]] = {name: [] for name in ATTRIBUTES}
    for row, (text, labels) in enumerate(zip(texts, named, strict=True)):
        for name, label in labels.items():
            if name == "colour":
                hits[name].append(_within_radius(judged.labs[row], label))
            elif name == "type" or photos.gender_judged[text.row]:
                hits[name].append(bool(classes[name][row] == label.value))
    return hits


def _within_radius(lab: Doubles, label: Label) -> bool:
    assert label.lab is not None
    return bool(delta_e(lab, label.lab) <= label.radius)
