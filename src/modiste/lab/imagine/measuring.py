"""What a model's pictures are worth: the metrics of scoring.py, put to what it draws and what judges see in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modiste.colour import delta_e
from modiste.imagine.words import Word
from modiste.lab.imagine import metrics as scoring
from modiste.lab.imagine.data import Collection
from modiste.lab.imagine.judges import Judges, Seen, gendered
from modiste.lab.imagine.metrics import Step
from modiste.lab.imagine.protocol import ATTRIBUTES, Change, Says, Text, Texts, extra_seed
from modiste.lab.measures import frechet_distance, kernel_distance, ranks, same_label
from modiste.types import Indices, Pixels, Vectors

Metrics = dict[str, float]

BATCH = 32
"""Pictures drawn at once."""
K = 10
"""Products that a search shows."""
WAYS = ("picture", "words", "both")
"""By what is searched."""


class Draws(Protocol):
    """A network that draws."""

    def draw(self, words: Sequence[Sequence[Word]], seeds: Sequence[int]) -> Pixels:
        """A picture for each text. Shape: (m, 128, 96, 3)."""


@dataclass(frozen=True)
class Score:
    """What was measured of one model."""

    metrics: Metrics
    steps: tuple[Step, ...]
    """Every word that was added."""
    prefixes: dict[str, list[float | None]]
    """Accuracy of each attribute after one word, two words ..., where it had been named; and of how many titles."""
    ranks: dict[str, list[float]]
    """Median rank of the wanted product after each word, by what was searched."""


class Photos:
    """The real photos that pictures are held against, as judges see them."""

    def __init__(self, collection: Collection, judges: Judges) -> None:
        self.collection, self.judges = collection, judges
        self.rows = collection.part(2)
        self.gallery = self._seen(self.rows)
        """The test part, which is searched too."""
        self.others = self._seen(collection.part(1))
        """The judges' part."""
        self.learnt = self._seen(collection.part(0)).vectors
        self.gendered = gendered(collection)
        titles = [collection.titles[row].casefold() for row in self.rows]
        self._same: dict[int, Indices] = dict(zip(self.rows.tolist(), same_label(titles, titles), strict=True))

    def wanted(self, text: Text) -> Indices:
        """Places in the gallery of the product whose title a text is, and of those with the same title."""
        return self._same[text.row]

    def fitting(self, text: Text) -> Indices:
        """Places in the gallery of all products that have what a text names; none where it names nothing."""
        says = text.wanted()
        if not says:
            return np.empty(0, np.int64)
        fits = np.ones(len(self.rows), np.bool_)
        for name, one in says.items():
            if name == "colour":
                fits &= delta_e(self.gallery.labs, one.lab or ()) <= one.radius
            else:
                column = self.collection.types if name == "type" else self.collection.genders
                fits &= column[self.rows] == one.value
        return np.flatnonzero(fits)

    def places(self, texts: Sequence[Text]) -> Indices:
        """Where the texts' own products stand in the gallery."""
        return np.searchsorted(self.rows, [text.row for text in texts])

    def _seen(self, rows: Indices) -> Seen:
        return self.judges.look(self.collection.pixels[rows], self.collection.labs[rows])


def measure(model: Draws, asked: Texts, photos: Photos) -> Score:
    """Draw all that is asked, and judge it."""
    judges = photos.judges
    walked = judges.look(draw(model, [_frame(asked, frame) for frame in asked.frames]))
    full, texts = walked.at(asked.full), asked.texts * asked.times
    if asked.times > 1:
        further = [(text.words, extra_seed(text, time)) for time in range(1, asked.times) for text in asked.texts]
        full = full.beside(judges.look(draw(model, further)))
    steps = moves(asked, walked)
    found, places = search(asked, walked, photos)
    metrics = {
        **sure(full, np.array([text.row for text in texts]), photos),
        **apart(full, photos.gallery),
        **right(full, texts, photos),
        **moved(steps),
        **changed(model, asked),
        **found,
        **novel(full, photos),
    }
    return Score(metrics, steps, prefixes(asked, walked, photos), places)


def real(asked: Texts, photos: Photos) -> Metrics:
    """The same of the products' own photos: what a perfect model would reach."""
    places = photos.places(asked.texts)
    own = photos.gallery.at(places)
    asks = [(place, photos.fitting(text)) for place, text in zip(places.tolist(), asked.texts, strict=True)]
    asks = [(place, fitting) for place, fitting in asks if set(fitting.tolist()) - {place}]
    found: Metrics = {}
    if asks:
        rows = [place for place, _ in asks]
        got = ranks(photos.gallery.vectors[rows] @ photos.gallery.vectors.T, [fitting for _, fitting in asks], rows)
        found = _share(f"found@{K}", scoring.found(got, K))
    return {
        **sure(photos.gallery, photos.rows, photos),
        **apart(photos.others, photos.gallery),
        **right(own, asked.texts, photos),
        **found,
    }


def moved(steps: Sequence[Step]) -> Metrics:
    """What words leave alone and what they do, and how far colours drift by words that name none."""
    found = {
        **_share("persistence", scoring.persistence(steps).mean),
        **_share("responsiveness", scoring.responsiveness(steps).mean),
    }
    shifts = [step.shift for step in steps if step.before and step.named != "colour"]
    return {**found, **_share("drift", float(np.mean(shifts)) if shifts else None)}


def draw(model: Draws, requests: Sequence[tuple[Sequence[Word], int]]) -> Pixels:
    """A picture for each text and seed, some at a time."""
    parts = [requests[start : start + BATCH] for start in range(0, len(requests), BATCH)]
    drawn = [model.draw([words for words, _ in part], [seed for _, seed in part]) for part in parts]
    return np.concatenate(drawn) if drawn else np.empty((0, 128, 96, 3), np.uint8)


def sure(seen: Seen, rows: Indices, photos: Photos) -> Metrics:
    """Inception scores; by gender where it is judged.

    Args:
        rows: the products that the pictures are of, in the collection.
    """
    judged = photos.gendered[rows]
    scores = {f"is_{name}": scoring.inception_score(seen.told[name]) for name in ("type", "colour")}
    if judged.any():
        scores["is_gender"] = scoring.inception_score(seen.told["gender"][judged])
    return scores


def apart(seen: Seen, photos: Seen) -> Metrics:
    """How far pictures are from photos as a whole."""
    if min(len(seen), len(photos)) < 2:
        return {}
    vectors = (seen.vectors, photos.vectors)
    return {"fd": frechet_distance(*vectors), "kid": kernel_distance(*vectors)}


def right(seen: Seen, texts: Sequence[Text], photos: Photos) -> Metrics:
    """Accuracy of what full titles name, and how far the colours are from those named."""
    hits = _hits(seen, texts, [text.wanted() for text in texts], photos)
    found: Metrics = {f"acc_{name}": float(np.mean(some)) for name, some in hits.items() if some}
    named = [(at, one.lab) for at, text in enumerate(texts) if (one := text.wanted().get("colour")) and one.lab]
    if named:
        shifts = delta_e(seen.labs[[at for at, _ in named]], [lab for _, lab in named])
        found["deltaE"] = float(np.median(shifts))
    return found


def prefixes(asked: Texts, walked: Seen, photos: Photos) -> dict[str, list[float | None]]:
    """Accuracy after each number of words, of what had been named by then."""
    longest = max(length for _, length in asked.frames)
    table: dict[str, list[float | None]] = {name: [] for name in (*(f"acc_{name}" for name in ATTRIBUTES), "titles")}
    for length in range(1, longest + 1):
        places = [place for place, (_, words) in enumerate(asked.frames) if words == length]
        texts = [asked.texts[asked.frames[place][0]] for place in places]
        hits = _hits(walked.at(places), texts, [text.wanted(length) for text in texts], photos)
        for name, some in hits.items():
            table[f"acc_{name}"].append(round(float(np.mean(some)), 4) if some else None)
        table["titles"].append(len(places))
    return table


def moves(asked: Texts, walked: Seen) -> tuple[Step, ...]:
    """What each word did to each text's picture; a text's first word has nothing before it.

    A colour is right within the named colour's radius, and otherwise the cluster that is nearest.
    """
    classes = walked.classes()
    steps = []
    for place, (at, length) in enumerate(asked.frames):
        says = asked.texts[at].says[length - 1]
        after = {name: int(some[place]) for name, some in classes.items()}
        before = {name: int(some[place - 1]) for name, some in classes.items()} if length > 1 else {}
        if says is not None and says.lab is not None:
            after["colour"] = says.value if _near(walked.labs[place], says) else -1
        shift = float(delta_e(walked.labs[place], walked.labs[place - 1])) if before else 0.0
        named, wanted = ("other", -1) if says is None else (says.attribute, says.value)
        steps.append(Step(named, before, after, wanted, shift, at))
    return tuple(steps)


def changed(model: Draws, asked: Texts) -> Metrics:
    """What a word that says nothing changes, and how well a silhouette outlives another colour."""
    found: Metrics = {}
    if asked.no_ops:
        heard = [one for one in asked.no_ops if one.before != one.after]  # the others are one picture by definition
        shares = scoring.changed(*_pairs(model, heard)) if heard else np.zeros(0)
        found["noop"] = float(shares.sum()) / len(asked.no_ops)
    if asked.recoloured:
        black, red = (scoring.silhouette(pixels) for pixels in _pairs(model, asked.recoloured))
        found["recolour_iou"] = float(scoring.mask_iou(black, red).mean())
    return found


def search(asked: Texts, walked: Seen, photos: Photos) -> tuple[Metrics, dict[str, list[float]]]:
    """How well pictures, words, and both find products: with what was named, and the one whose title it is."""
    gallery = photos.gallery.vectors
    said = [asked.texts[at].said(length) for at, length in asked.frames]
    distinct = list(dict.fromkeys(said))
    known = dict(zip(distinct, photos.judges.encoder.encode_texts(distinct), strict=True))
    words = np.stack([known[text] for text in said])
    asks = dict(zip(WAYS, (walked.vectors, words, _units(walked.vectors + words)), strict=True))
    wanted = [photos.wanted(asked.texts[at]) for at, _ in asked.frames]
    pairs = [(place, photos.fitting(text)) for place, text in zip(asked.full, asked.texts, strict=True)]
    fitting = [(place, own) for place, own in pairs if own.size]
    metrics: Metrics = {}
    table: dict[str, list[float]] = {}
    lengths = np.array([length for _, length in asked.frames])
    for way, vectors in asks.items():
        scores = vectors @ gallery.T
        got = ranks(scores, wanted)
        table[way] = [float(np.median(got[lengths == length])) for length in range(1, lengths.max() + 1)]
        if fitting:
            places = ranks(scores[[place for place, _ in fitting]], [own for _, own in fitting])
            metrics |= _share(f"found@{K}" if way == "picture" else f"found@{K} {way}", scoring.found(places, K))
    return metrics, table


def novel(seen: Seen, photos: Photos) -> Metrics:
    """How far pictures are from the nearest photo that was learnt from, over how far real photos are; 0 for copies."""
    if not len(photos.learnt) or not len(seen):
        return {}
    both = (seen.vectors, photos.gallery.vectors)
    drawn, others = (np.median(1 - (vectors @ photos.learnt.T).max(1)) for vectors in both)
    return {"novelty": float(drawn / others)} if others > 0 else {}


def _frame(asked: Texts, frame: tuple[int, int]) -> tuple[Sequence[Word], int]:
    at, length = frame
    return asked.texts[at].words[:length], asked.texts[at].seed


def _pairs(model: Draws, changes: Sequence[Change]) -> tuple[Pixels, Pixels]:
    before = draw(model, [(one.before, one.seed) for one in changes])
    return before, draw(model, [(one.after, one.seed) for one in changes])


def _hits(
    seen: Seen, texts: Sequence[Text], wanted: Sequence[Mapping[str, Says]], photos: Photos
) -> dict[str, list[bool]]:
    """By attribute whether each picture whose text names it has it; gender where it is judged."""
    classes = seen.classes()
    hits: dict[str, list[bool]] = {name: [] for name in ATTRIBUTES}
    for at, (text, says) in enumerate(zip(texts, wanted, strict=True)):
        for name, one in says.items():
            if name == "colour":
                hits[name].append(_near(seen.labs[at], one))
            elif name == "type" or photos.gendered[text.row]:
                hits[name].append(bool(classes[name][at] == one.value))
    return hits


def _near(lab: NDArray[np.float64], says: Says) -> bool:
    assert says.lab is not None
    return bool(delta_e(lab, says.lab) <= says.radius)


def _units(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _share(name: str, value: float | None) -> Metrics:
    return {} if value is None else {name: value}
