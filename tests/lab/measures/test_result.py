"""The evaluation file and the bench file."""

from __future__ import annotations

import json

import numpy as np
import pytest

from modiste.errors import UsageError
from modiste.lab.measures import bench_result, evaluation_result

MODELS = {
    "imagine": {"is_type": 2.4, "fd": 30.0, "found@10": 0.5, "is_type_real": 2.9},
    "stackgan": {"is_type": 2.0, "fd": 60.0, "found@10": 0.0},
    "stackgan-lstm": {"is_type": 1.5, "fd": 90.0, "found@10": 0.0},
}
EVALUATION = {
    "system": "imagine",
    "data": ["boutique"],
    "split_hash": "3f2a91bc",
    "protocol": "all titles of the test part, 3 seeds",
    "models": MODELS,
    "seeds": (0, 1, 2),
    "seconds": np.float32(12.5),
}


def test_ratio_is_ours_over_the_best_baseline_in_the_metrics_direction():
    assert evaluation_result(**EVALUATION)["ratios"] == {"is_type": 1.2, "fd": 0.5, "found@10": None}
    written = evaluation_result(**EVALUATION, directions={"is_type": "down"})
    assert written["ratios"]["is_type"] == pytest.approx(1.6)


def test_evaluation_file_holds_what_the_contract_says():
    written = evaluation_result(**EVALUATION)
    assert json.loads(json.dumps(written)) == written
    assert list(written) == [
        "system", "data", "split_hash", "protocol", "models", "ratios", "seeds", "seconds", "versions",
    ]  # fmt: skip
    assert written["seconds"] == 12.5
    assert written["seeds"] == [0, 1, 2]
    assert written["ratios"]["fd"] == 0.5
    assert set(written["versions"]) == {"python", "torch", "numpy", "modiste"}


def test_numbers_of_numpy_are_written_shortly():
    models = {"encoder": {"text_R@1": np.float64(0.123456789), "queries": np.int64(7)}}
    written = evaluation_result(**{**EVALUATION, "system": "encoder", "models": models})
    assert written["models"] == {"encoder": {"text_R@1": 0.123457, "queries": 7}}
    assert written["ratios"] == {}


def test_bench_file_holds_what_the_contract_says():
    sizes = [{"products": 600, "p50_ms": 3.0}]
    written = bench_result(verb="index", p50_ms=3.0, p95_ms=5.0, floor_ms=2.5, ratio=0.84, peak_mib=512.0, sizes=sizes)
    assert json.loads(json.dumps(written)) == written
    assert list(written) == ["verb", "p50_ms", "p95_ms", "floor_ms", "ratio", "peak_mib", "sizes", "versions"]
    assert written["versions"] == evaluation_result(**EVALUATION)["versions"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"system": "refine"}, 'no model "refine" in the results, only imagine, stackgan'),
        ({"models": {"imagine": {"fd": float("nan")}}}, "models.imagine.fd is nan"),
        ({"seconds": float("inf")}, "seconds is inf"),
    ],
)
def test_results_that_mean_nothing_are_refused(change, says):
    with pytest.raises(UsageError, match=says):
        evaluation_result(**{**EVALUATION, **change})
