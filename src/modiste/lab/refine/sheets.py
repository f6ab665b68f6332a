"""Contact sheets of a protocol's queries and a network's best answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.contact_sheets import Cell, sheet
from modiste.encoders.pipeline import encoder_of
from modiste.lab.datasets.triplets import TripletData
from modiste.lab.refine.data import read_source, split_of
from modiste.lab.refine.evaluate import Task, scores_of, tasks_of
from modiste.lab.refine.train import Composer
from modiste.refine.pipeline import load_network
from modiste.weights import find

QUERIES = 8
ANSWERS = 8


def evaluated_sheet(data: Path, weights: str, *, split: str = "test") -> Image.Image:
    """Draw queries of the protocol that is reported first.

    Args:
        data: a data set as `evaluate` takes it.
        weights: a name or a run.
        split: `test` or `all`.
    """
    loaded, source = find(weights), read_source(data)
    task = tasks_of([source], [split_of(source, split)], encoder_of(loaded), loaded.config)[0]
    if isinstance(source, TripletData):
        photos = source.photos
    else:
        photos = {product.id: product.images[0] for product in source.products}
    return _answers_sheet(load_network(loaded), task, photos)


def _answers_sheet(
    network: Composer, task: Task, photos: Mapping[str, Path], count: int = QUERIES, seed: int = 0
) -> Image.Image:
    """Draw queries: the source marked as the query, the sentence, and the best answers, the positives marked.

    Args:
        photos: each product's photo.
        seed: another one draws other queries.
    """
    queries, gallery = task.protocol.queries, task.protocol.gallery
    chosen = np.random.default_rng(seed).permutation(len(queries))[:count]
    protocol = replace(task.protocol, queries=tuple(queries[index] for index in np.sort(chosen)))
    rows = []
    for query, scores in zip(protocol.queries, scores_of(network, protocol, task.photos), strict=True):
        if protocol.leaves_out_source:
            scores[gallery.index(query.source)] = -np.inf
        best = np.argsort(-scores, kind="stable")[:ANSWERS]
        answers: list[Cell] = [
            (photos[gallery[index]], f"{scores[index]:.2f}  {gallery[index]}", gallery[index] in query.targets)
            for index in best
            if np.isfinite(scores[index])
        ]
        rows.append((query.text, [(photos[query.source], "the query", True), *answers]))
    return sheet(rows, columns=ANSWERS + 1)
