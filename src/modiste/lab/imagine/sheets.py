"""Strips of pictures, their nearest training photos, and the plot of persistence over responsiveness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from modiste.contact_sheets import sheet
from modiste.errors import UsageError, unknown
from modiste.imagine.pipeline import load_imaginer
from modiste.lab.imagine.baselines import BASELINES
from modiste.lab.imagine.evaluate import OURS, check_options, gather, settings, train_baselines
from modiste.lab.imagine.judges import Judges
from modiste.lab.imagine.metrics import draw
from modiste.lab.imagine.protocol import Text, sample_texts
from modiste.weights import find

if TYPE_CHECKING:
    from modiste.contact_sheets import Cell
    from modiste.lab.imagine.metrics import DrawingModel

ROWS = 6
LEAST_WORDS = 3
"""Of a title that is drawn word by word."""
NEIGHBOURS = 4
THUMB = (192, 144)
"""Height and width of a cell."""
BEST = "sentence LSTM + classifier"
"""The baseline that is drawn unless another is named; an evaluation finds which did best (`best_baseline`)."""

PLOT, SIDE, EDGE = 420, 300, 56
"""Width and height of the plot, width of its legend, and margin for numbers, in pixels."""
INK, FAINT, GRID, MARK, OTHER = "#1d1d1f", "#6b6b70", "#e4e3df", "#0a7f5a", "#3a6ea5"


def evaluated_sheet(
    data: Sequence[Path], weights: str = "imagine-photos", *, baselines: bool = False, baseline: str = "",
    split: str = "test", count: int = ROWS, seed: int = 0,
) -> Image.Image:  # fmt: skip
    """Draw some titles word by word: a baseline's strip above ours.

    Args:
        data: catalogues as `evaluate` takes them.
        weights: a name or a run.
        baselines: draw one above ours; it is trained unless an evaluation has trained it already.
        baseline: its name; BEST by default.
        split: `test`, or `all`, where there is none to train and ours is drawn alone.
        count: titles.
        seed: another one draws other titles, with other noise.

    Raises:
        UsageError: unknown split or baseline; no title is long enough.
    """
    check_options(split, False)
    baseline = baseline or BEST
    if baseline not in BASELINES:
        raise unknown("baseline", baseline, BASELINES)
    trained, imaginer = find(weights), load_imaginer(weights)
    collection = gather(data, trained, imaginer, split)
    models: dict[str, DrawingModel] = {OURS: imaginer}
    if baselines and split == "test":
        models = {baseline: train_baselines(collection, settings(trained), [baseline])[baseline], **models}
    texts = _sampled(sample_texts(collection, seed=seed).texts, count, seed)
    if not texts:
        raise UsageError(f"no title to draw has {LEAST_WORDS} words that the network knows; give more data")
    rows = [row for text in texts for row in _strips(text, models)]
    return sheet(rows, thumb=THUMB, columns=max(len(text.words) for text in texts))


def nearest_sheet(
    data: Sequence[Path], weights: str = "imagine-photos", *, count: int = ROWS, seed: int = 0
) -> Image.Image:
    """Draw some titles beside the training photos that look most like the pictures, to see if any is copied.

    Args:
        data: the catalogues that the weights were trained on.
        weights: a name or a run.
        count: titles.
        seed: another one draws other titles, with other noise.
    """
    trained, imaginer = find(weights), load_imaginer(weights)
    collection = gather(data, trained, imaginer, "test")
    texts = _sampled(sample_texts(collection, seed=seed).texts, count, seed, least=1)
    judges, train = Judges.of(trained), collection.part(0)
    drawn = draw(imaginer, [(text.words, text.seed) for text in texts])
    photos = judges.judge(collection.pixels[train], collection.labs[train])
    cosines = judges.judge(drawn).vectors @ photos.vectors.T
    rows: list[tuple[str, list[Cell]]] = []
    for text, pixels, similarity in zip(texts, drawn, cosines, strict=True):
        nearest = np.argsort(-similarity, kind="stable")[:NEIGHBOURS]
        cells: list[Cell] = [(Image.fromarray(pixels), "drawn", True)]
        cells += [
            (Image.fromarray(collection.pixels[train[row]]), f"{rank + 1}: {1 - similarity[row]:.3f} away", False)
            for rank, row in enumerate(nearest.tolist())
        ]
        rows.append((text.prefix(), cells))
    return sheet(rows, thumb=THUMB)


def _sampled(texts: Sequence[Text], count: int, seed: int, least: int = LEAST_WORDS) -> list[Text]:
    """Sample texts that differ from each other, of at least so many words."""
    distinct = list({text.prefix(): text for text in texts if len(text.words) >= least}.values())
    order = np.random.default_rng([seed, 1]).permutation(len(distinct))[:count]
    return [distinct[index] for index in order.tolist()]


def _strips(text: Text, models: Mapping[str, DrawingModel]) -> list[tuple[str, list[Cell]]]:
    """A row for each model, a cell for each prefix with the word that was added last."""
    prefixes = [(text.words[: length + 1], text.seed) for length in range(len(text.words))]
    rows: list[tuple[str, list[Cell]]] = []
    for name, model in models.items():
        pictures = zip(draw(model, prefixes), text.words, strict=True)
        cells: list[Cell] = [(Image.fromarray(pixels), f"+ {word.text}", False) for pixels, word in pictures]
        rows.append((f"{text.prefix()}: {name}", cells))
    return rows


def trade_off(result: Mapping[str, Any]) -> Image.Image:
    """Plot persistence over responsiveness of a result's models; one that ignores words lies at the top left.

    Ours is green; baselines are full dots, with fresh noise at every word hollow ones.

    Raises:
        UsageError: the result has no model with both.
    """
    points = {
        name: (metrics["responsiveness"], metrics["persistence"])
        for name, metrics in result.get("trade_off", {}).items()
        if len(metrics) == 2
    }
    if not points:
        raise UsageError("this result has no persistence and responsiveness; make it with: modiste evaluate imagine")
    page = Image.new("RGB", (PLOT + SIDE + EDGE, PLOT + EDGE + 16), "white")
    pen = ImageDraw.Draw(page)
    low = min(0.9, *(np.floor(10 * value) / 10 for point in points.values() for value in point))
    _axes(pen, low)
    for number, (name, (x, y)) in enumerate(points.items()):
        right, up = _pixel(x, y, low)
        legend = (EDGE + PLOT + 16, 28 + 30 * number)
        colour = MARK if name == OURS else OTHER
        for left, top in ((right, up), (legend[0] + 6, legend[1] + 8)):
            fill = "white" if "fresh" in name else colour
            pen.ellipse((left - 5, top - 5, left + 5, top + 5), fill=fill, outline=colour, width=2)
        pen.text((legend[0] + 20, legend[1]), f"{number + 1}  {name}", font=ImageFont.load_default(13), fill=INK)
        pen.text((right + 8, up - 16), str(number + 1), font=ImageFont.load_default(13), fill=INK)
    return page


def _axes(pen: ImageDraw.ImageDraw, low: float) -> None:
    """Draw the grid with its numbers and the axes' names."""
    font = ImageFont.load_default(12)
    for tick in np.arange(low, 1.0 + 1e-9, 0.1 if low < 0.75 else 0.05):
        right, up = _pixel(float(tick), float(tick), low)
        pen.line([(right, 16), (right, PLOT)], fill=GRID)
        pen.line([(EDGE, up), (EDGE + PLOT - 16, up)], fill=GRID)
        pen.text((right - 10, PLOT + 6), f"{tick:.2f}", font=font, fill=FAINT)
        pen.text((EDGE - 34, up - 7), f"{tick:.2f}", font=font, fill=FAINT)
    pen.text((EDGE + PLOT // 2 - 50, PLOT + 30), "responsiveness", font=font, fill=INK)
    pen.text((EDGE + 6, 18), "persistence", font=font, fill=INK)


def _pixel(x: float, y: float, low: float) -> tuple[float, float]:
    """Position on the page of a point whose axes begin at `low`."""
    span = PLOT - 16
    return EDGE + span * (x - low) / (1 - low), PLOT - span * (y - low) / (1 - low)
