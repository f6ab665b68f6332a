"""Four StackGANs, as functions from our training settings to theirs.

All have the generator's body, the discriminators, the steps and the batches of ours. The paper doesn't name its
baselines; these are our four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modiste.lab.imagine.train import TrainConfig


def _stackgan(config: TrainConfig, text: str, *, classifier: bool) -> TrainConfig:
    """RGB from a Gaussian prior beside noise; without a posterior there is no reconstruction."""
    half = config.network.sample // 2
    network = replace(
        config.network, text=text, table=False, painted=False, sample=half, noise=config.network.sample - half, modes=1
    )
    weight = config.classifier if classifier else 0.0
    return replace(config, network=network, classifier=weight, adversarial=1.0, preservation=0.0, words=0.0)


BASELINES: dict[str, Callable[[TrainConfig], TrainConfig]] = {
    "mean words": lambda config: _stackgan(config, "mean", classifier=False),
    "mean words + classifier": lambda config: _stackgan(config, "mean", classifier=True),
    "sentence LSTM": lambda config: _stackgan(config, "sentence", classifier=False),
    "sentence LSTM + classifier": lambda config: _stackgan(config, "sentence", classifier=True),
}
"""Name to the settings of a baseline, given those of ours."""
