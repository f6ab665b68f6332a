"""Four StackGANs, by what they change of a recipe.

All have the generator's body, the critics, the steps and the batches of ours. The paper doesn't name its baselines;
these are our four.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from modiste.imagine.model import ImagineConfig
from modiste.lab.imagine.train import TrainConfig

BASELINES: dict[str, Callable[[TrainConfig], TrainConfig]] = {
    "mean words": lambda config: _stackgan(config, "mean", classifier=False),
    "mean words + classifier": lambda config: _stackgan(config, "mean", classifier=True),
    "sentence LSTM": lambda config: _stackgan(config, "sentence", classifier=False),
    "sentence LSTM + classifier": lambda config: _stackgan(config, "sentence", classifier=True),
}
"""Name to the settings of a baseline, given those of ours."""


def _stackgan(config: TrainConfig, text: str, *, classifier: bool) -> TrainConfig:
    found = _printed(config, replace(config.network, text=text, table=False, painted=False))
    return found if classifier else replace(found, classifier=0.0)


def _printed(config: TrainConfig, network: ImagineConfig) -> TrainConfig:
    """Without a posterior there is nothing to reconstruct; a generator has its critics alone."""
    half = network.sample // 2
    network = replace(network, sample=half, noise=network.sample - half, modes=1)
    return replace(config, network=network, adversarial=1.0, preservation=0.0, words=0.0)
