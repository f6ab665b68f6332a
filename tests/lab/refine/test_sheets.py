"""Questions and answers to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageColor

from modiste.contact_sheets import MARK
from modiste.lab.datasets.triplets import Protocol, Query
from modiste.lab.measures import ranks
from modiste.lab.refine.data import Photos
from modiste.lab.refine.evaluate import Task, _ranks_of, scores_of
from modiste.lab.refine.sheets import _answers_sheet
from modiste.refine.model import VAL, VALConfig
from tests.refine.networks import features, stirred

IDS = tuple(f"p{number}" for number in range(12))
ASKED = (("p0", "in navy"), ("p5", "with long sleeves"), ("p3", "in red please"), ("p7", "plain"), ("p0", "shorter"))
QUESTIONS = tuple(Query(source, text, ("p1", "p2", "p9")) for source, text in ASKED)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return stirred(VAL(VALConfig(hidden=32)), by=0.02)


@pytest.fixture(scope="module")
def task():
    parts = (part.numpy().astype(np.float16) for part in features(len(IDS)))
    return Task(Protocol("colour", IDS, QUESTIONS), Photos(*parts))


@pytest.fixture
def photos(tmp_path):
    files = {id: tmp_path / f"{id}.png" for id in IDS}
    for number, file in enumerate(files.values()):
        Image.new("RGB", (60, 80), (20 * number, 10, 10)).save(file)
    return files


@pytest.mark.parametrize("leaves_out_source", [True, False])
def test_scores_rank_as_the_evaluation_does(network, task, leaves_out_source):
    protocol = replace(task.protocol, leaves_out_source=leaves_out_source)
    scores = scores_of(network, protocol, task.photos)
    assert scores.shape == (5, 12)
    positives = [np.array([1, 2, 9])] * 5
    left_out = [IDS.index(query.source) for query in QUESTIONS] if leaves_out_source else None
    assert ranks(scores, positives, left_out).tolist() == _ranks_of(network, protocol, task.photos).tolist()


def marks(page: Image.Image) -> int:
    """Photos with a frame and a tick."""
    return round((np.asarray(page) == ImageColor.getrgb(MARK)).all(2).sum() / 2450)


def test_sources_and_right_answers_are_marked(network, task, photos):
    page = _answers_sheet(network, task, photos, count=5)
    scores = scores_of(network, task.protocol, task.photos)
    scores[range(5), [IDS.index(query.source) for query in QUESTIONS]] = -np.inf
    best = np.argsort(-scores, axis=1)[:, :8]
    right = int(np.isin(best, [1, 2, 9]).sum())
    assert 0 < right < 15
    assert marks(page) == 5 + right


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 3), (8, 5)])
def test_so_many_questions_are_drawn(network, task, photos, count, rows):
    one = _answers_sheet(network, task, photos, count=1).height - 48
    assert _answers_sheet(network, task, photos, count=count).height - 48 == pytest.approx(rows * one, rel=0.05)


def test_the_seed_decides_which(network, task, photos):
    drawn = [_answers_sheet(network, task, photos, count=2, seed=seed).tobytes() for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
