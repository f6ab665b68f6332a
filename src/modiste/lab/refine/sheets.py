"""Questions of a protocol and what a network answers, to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from modiste.contact_sheets import sheet
from modiste.encoders.pipeline import encoder_of
from modiste.lab.datasets.triplets import Protocol, TripletData
from modiste.lab.refine.data import Photos, words_of
from modiste.lab.refine.evaluate import CHUNK, Task, questions
from modiste.lab.refine.published import read_source, split_of
from modiste.lab.refine.train import Composer
from modiste.lab.training.token_states import token_states
from modiste.refine.pipeline import load_network
from modiste.weights import find

if TYPE_CHECKING:
    from PIL import Image

    from modiste.contact_sheets import Cell

QUESTIONS = 8
ANSWERS = 8


def evaluated_sheet(
    data: Path, weights: str, *, split: str = "test", count: int = QUESTIONS, seed: int = 0
) -> Image.Image:
    """Some questions of the protocol that is reported first.

    Args:
        data: a data set as `evaluate` takes it.
        weights: a name or a run.
        split: `test` or `all`.
    """
    found, source = find(weights), read_source(data)
    task = questions([source], [split_of(source, split)], encoder_of(found), found.config)[0]
    if isinstance(source, TripletData):
        photos = source.photos
    else:
        photos = {product.id: product.images[0] for product in source.products}
    return answers_sheet(load_network(found), task, photos, count, seed)


def answers_sheet(
    network: Composer, task: Task, photos: Mapping[str, Path], count: int = QUESTIONS, seed: int = 0
) -> Image.Image:
    """Draw some questions: the source marked as the query, the sentence, and the best answers, the right ones marked.

    Args:
        photos: each product's photo.
        seed: another one draws other questions.
    """
    asked = task.protocol.questions
    drawn = np.random.default_rng(seed).permutation(len(asked))[:count]
    protocol = replace(task.protocol, questions=tuple(asked[place] for place in np.sort(drawn)))
    rows = []
    for question, scores in zip(protocol.questions, scores_of(network, protocol, task.photos), strict=True):
        best = np.argsort(-scores, kind="stable")[:ANSWERS]
        found = [(protocol.gallery[place], float(scores[place])) for place in best if np.isfinite(scores[place])]
        answers: list[Cell] = [(photos[id], f"{score:.2f}  {id}", id in question.right) for id, score in found]
        rows.append((question.text, [(photos[question.source], "the query", True), *answers]))
    return sheet(rows, columns=ANSWERS + 1)


@torch.no_grad()
def scores_of(network: Composer, protocol: Protocol, photos: Photos) -> NDArray[np.float32]:
    """How well each product of the gallery answers each question; a source that is left out scores -inf.

    Shape: (questions, products).
    """
    network.eval()
    place = {id: row for row, id in enumerate(protocol.gallery)}
    sources = np.array([place[question.source] for question in protocol.questions])
    starts = range(0, len(photos), CHUNK)
    items = torch.cat([network.join(network.gallery(photos.views(slice(start, start + CHUNK)))) for start in starts])
    texts = [question.text for question in protocol.questions]
    words = words_of(token_states(texts), range(len(texts)))
    scores: NDArray[np.float32] = (network.join(network.query(photos.views(sources), words)) @ items.T).numpy()
    if protocol.leaves_out_source:
        scores[np.arange(len(sources)), sources] = -np.inf
    return scores
