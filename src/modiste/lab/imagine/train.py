"""Train ReStGAN on garments and their titles: `modiste train imagine`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.imagine.model import COARSE, FINE, Beliefs, Imagination, ImagineConfig, Posterior, Raw
from modiste.imagine.text import SentenceLSTM
from modiste.imagine.words import GENDERS
from modiste.lab.imagine.batches import Lesson, Lessons
from modiste.lab.imagine.data import Collection, collect, word_vectors
from modiste.lab.imagine.discriminators import Critic, Verdict, moved
from modiste.lab.imagine.losses import (
    feature_distance,
    gradient_penalty,
    hinge_critic,
    named_cross_entropy,
    preservation,
    spread_out,
    surplus,
    words_seen,
)
from modiste.lab.training import (
    Average,
    Group,
    MeanLosses,
    Run,
    batches,
    record,
    set_rates,
    setup,
    update,
)
from modiste.weights import Weights, find, save

CHECK_EVERY = 50
"""Steps between two lines of the log."""
PENALTY_EVERY = 16
"""Steps between two gradient penalties, which weigh that much more (StyleGAN2, section 3.1)."""


@dataclass(frozen=True)
class TrainConfig:
    """How the networks learn."""

    network: ImagineConfig = field(default_factory=ImagineConfig)
    encoder: str = "encoder-photos"
    """On whose features the judges are fitted."""
    steps: int = 4000
    batch_size: int = 16
    """Garments a step, over all processes."""
    fine: int = 4
    """Of these, how many go through the second stage too, over all processes."""
    lr: float = 5e-4
    """Peak learning rate of the generator."""
    text_lr: float = 1.5e-3
    """The same of what reads words, most of which stand in few titles."""
    critic_lr: float = 5e-4
    warm_up: int = 50
    average_decay: float = 0.998
    classifier: float = 0.25
    """Weight of the auxiliary classifier's word for a drawing; 0 for none."""
    words: float = 0.25
    """Weight of its word for those that name no type, colour or gender; ours, not ReStGAN's."""
    adversarial: float = 0.5
    l1: float = 12.0
    """Weight of a photo's reconstruction; this and the next two only where there is a posterior."""
    features: float = 1.0
    """Weight of its distance in the critics' feature maps."""
    rate: float = 4e-3
    """Weight of a nat that the posterior says more than the words; for the posterior."""
    foresight: float = 0.3
    """The same for the words, which learn to foresee it."""
    preservation: float = 0.5
    """Weight of how far words of colour move what is believed of the shape."""
    spread: float = 2.0
    """Weight of how far the sample's distribution is from a standard normal, where there is no posterior."""
    penalty: float = 0.02
    """Of the critics' gradients at photos."""
    shift: float = 0.06
    """How far critics see pictures moved, in shares of their size."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "fine"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.fine > self.batch_size:
            raise UsageError(f"fine is a part of batch_size {self.batch_size}; got {self.fine}")


PRESETS = {
    "photos": TrainConfig(),
    "boutique": TrainConfig(ImagineConfig(focus=1.5), encoder="encoder-boutique", steps=3500),
    "quick": TrainConfig(
        ImagineConfig(state=32, sample=16, widths=(32, 32, 24, 16, 16), fine=16),
        encoder="encoder-boutique", steps=8, batch_size=4, fine=2, warm_up=1,
    ),
}  # fmt: skip
"""`photos` is for Fashion Product Images with Mango; `quick` shows in a minute that all works."""


def train(
    data: Sequence[Path], out: Path, *, preset: str = "photos", seed: int = 0, resume: bool = False,
    device: str = "auto",
) -> Weights:  # fmt: skip
    """Train on the training part of some data sets and write the weights to the run's folder.

    Args:
        data: sources with garments and their titles, in any layout that `modiste index` reads.
        out: the run's folder.
        preset: a name in PRESETS.
        seed: of the order of the garments, of what is said of them, and of the networks' start.
        resume: go on with the run that stands in `out`.
        device: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: unknown preset, a run in `out` without `resume`, no garments.
    """
    config, place = setup(PRESETS, preset, seed, device)
    with Group.join().leader_first():
        collection = collect(data)
    run = Run(out, seed=seed, resume=resume, settings={**asdict(config), "splits": collection.hashes})
    average = fit(build(collection, config), collection, config, run, place)
    if run.group.leads:
        save(out, weights_of(average, collection, config), record_of(data, collection, config))
    run.group.leave()
    return find(str(out))


def fit(game: Game, collection: Collection, config: TrainConfig, run: Run, device: torch.device) -> Game:
    """The loop; from the run's checkpoint if it has one. Gives the moving average of the weights."""
    game.to(device).train()
    game.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Average(game, config.average_decay)
    optimiser = make_optimiser(game, config)
    run.resume(game, average, optimiser)
    lessons = Lessons(collection, config.network, config.shift)
    order = batches(len(lessons), config.batch_size, range(run.step, config.steps), config.seed, run.group)
    losses = MeanLosses()

    for step, rows in run.progress(order, config.steps - run.step, "training imagine"):
        lesson = lessons.draw(rows, run.seed_step(step)).to(device)
        set_rates(optimiser, step, config.steps, config.warm_up)
        parts = game.losses(lesson, min(1.0, 5 * step / config.steps))
        if step % PENALTY_EVERY == 0:
            parts["penalty"] = game.penalty(lesson)
        loss = sum(parts.values(), torch.zeros((), device=device))
        norms = [(game.imagination, 5.0), *((critic, 20.0) for critic in game.critics)]
        update(loss, game, optimiser, run, clipped=norms)
        average.update(game, step)
        losses.add(parts)
        if (step + 1) % CHECK_EVERY == 0:
            losses.log(run, step)
        if run.save_due or step + 1 == config.steps:
            run.save(game, average, optimiser, step + 1)
    return average.network.cpu()


class Game(nn.Module):
    """The generator with its text encoder against one critic for each stage."""

    def __init__(self, config: TrainConfig, vectors: Tensor, classes: dict[str, int]) -> None:
        super().__init__()
        self.config = config
        self.imagination = Imagination(config.network, vectors, classes["colour"])
        self.coarse = Critic(COARSE, config.network.state, classes, len(vectors))
        self.fine = Critic(FINE, config.network.state, classes, len(vectors))

    @property
    def critics(self) -> tuple[Critic, Critic]:
        """One for each stage."""
        return self.coarse, self.fine

    @property
    def fine_count(self) -> int:
        """Garments that go through the second stage in this process."""
        return Group.join().share(self.config.fine)

    def losses(self, lesson: Lesson, faded: float) -> dict[str, Tensor]:
        """What is added up; each player's terms reach its own parameters alone.

        Args:
            faded: how far the words' part of the critics' word is faded in, 0 to 1.
        """
        weight, fine = self.config, self.fine_count
        told = self.imagination.text(lesson.words)
        state, before = _at(told, lesson.lengths), _at(told, (lesson.lengths - 1).clamp_min(0))
        beliefs = self.imagination.beliefs(state)
        with _half(state.device):
            sample = torch.cat([beliefs.drawn(lesson.eps, lesson.taste), lesson.noise], 1)
            drawn = self.imagination.generator(sample, lesson.lab, fine)
            parts = self._judged(lesson, state, drawn, faded)
            if self.imagination.posterior is None:
                parts["spread"] = weight.spread * spread_out(beliefs)
            else:
                parts |= self._reconstruction(lesson, beliefs, self.imagination.posterior)
        if weight.preservation:
            recoloured = self.imagination.beliefs(_at(self.imagination.text(lesson.recoloured), lesson.lengths))
            moved = preservation(self.imagination.beliefs(before), beliefs, lesson.keeps)
            parts["preservation"] = weight.preservation * (moved + preservation(recoloured, beliefs, lesson.coloured))
        parts["colours"] = 0.1 * F.cross_entropy(self.imagination.colours(state), lesson.classes["colour"])
        return parts

    def penalty(self, lesson: Lesson) -> Tensor:
        """R1 of both critics."""
        total = torch.zeros((), device=lesson.lab.device)
        for critic, real in zip(self.critics, lesson.real, strict=True):
            picture = real[: self.fine_count].detach().clone().requires_grad_()
            total = total + gradient_penalty(critic.real(critic(picture).features), picture)
        return PENALTY_EVERY / 2 * self.config.penalty * total

    def _judged(self, lesson: Lesson, state: Tensor, drawn: tuple[Raw, Raw], faded: float) -> dict[str, Tensor]:
        """Both players' adversarial terms, and the auxiliary classifier's."""
        weight = self.config
        parts: dict[str, Tensor] = {}
        for name, critic, real, made in zip(("coarse", "fine"), self.critics, lesson.real, drawn, strict=True):
            count = len(made.picture)
            seen = moved(made.picture, lesson.shifts[1][:count])
            critic.requires_grad_(False)
            verdict: Verdict = critic(seen)
            parts[f"{name} adversarial"] = (
                -weight.adversarial * critic.score(verdict.features, state[:count], faded).mean()
            )
            if weight.classifier:
                lacks = critic.classified(verdict.features)
                parts[f"{name} classes"] = weight.classifier * _all_named(lacks, lesson.named, count)
                unseen = words_seen(critic.words(verdict.features), lesson.said[:count])
                parts[f"{name} words"] = weight.words * unseen
            critic.requires_grad_(True)
            both: Verdict = critic(torch.cat([moved(real[:count], lesson.shifts[0][:count]), seen.detach()]))
            photo, false = both.features.chunk(2)
            fixed = state[:count].detach()
            wrong = state.detach()[lesson.strangers[:count]]
            parts[f"{name} critic"] = hinge_critic(
                critic.score(photo, fixed, faded), critic.score(false, fixed, faded),
                critic.score(photo, wrong, faded), lesson.contradicted[:count], faded,
            )  # fmt: skip
            if weight.classifier:
                told = F.binary_cross_entropy_with_logits(critic.words(photo), lesson.titled[:count])
                parts[f"{name} classifier"] = _all_named(critic.classified(photo), lesson.classes, count) + 5 * told
        return parts

    def _reconstruction(self, lesson: Lesson, told: Beliefs, posterior: Posterior) -> dict[str, Tensor]:
        """What a photo lacks once it went through a sample, and what that says more than the words."""
        weight = self.config
        found = posterior(lesson.relief)
        sample = found.drawn(torch.randn_like(found.mean))
        again = self.imagination.generator(sample, lesson.lab, self.fine_count)
        l1 = torch.zeros((), device=sample.device)
        features = torch.zeros((), device=sample.device)
        for critic, real, mask, made in zip(self.critics, lesson.real, lesson.masks, again, strict=True):
            count = len(made.picture)
            l1 = l1 + (made.picture - real[:count]).abs().mean() + 0.5 * (made.mask - mask[:count]).abs().mean()
            critic.requires_grad_(False)
            with torch.no_grad():
                true = critic(real[:count]).maps
            features = features + feature_distance(critic(made.picture).maps, true)
            critic.requires_grad_(True)
        return {
            "l1": weight.l1 * l1,
            "features": weight.features * features,
            "rate": weight.rate * surplus(found, sample, Beliefs(*(one.detach() for one in told))),
            "foresight": -weight.foresight * told.log_density(sample.detach()).mean(),
        }


def build(collection: Collection, config: TrainConfig) -> Game:
    """A fresh game; its frozen text encoder, where it has one, trained beforehand."""
    torch.manual_seed(config.seed)
    vocabulary, learnt = collection.vocabulary, collection.part(0)
    texts = [[vocabulary.places[w.token] for w in collection.words[row] if w.token] for row in learnt]
    vectors = torch.from_numpy(word_vectors(texts, len(vocabulary.tokens)))
    classes = {"type": len(vocabulary.types), "colour": len(vocabulary.palette.names), "gender": len(GENDERS)}
    game = Game(config, vectors, classes)
    if isinstance(game.imagination.text, SentenceLSTM):
        pretrain(game.imagination.text, Lessons(collection, config.network), classes, config)
    return game


def pretrain(encoder: SentenceLSTM, lessons: Lessons, classes: dict[str, int], config: TrainConfig) -> None:
    """Teach a sentence encoder to tell what titles name, then freeze it (the baselines')."""
    heads = {name: nn.Linear(encoder.width, count) for name, count in classes.items()}
    parameters = [*encoder.parameters(), *(one for head in heads.values() for one in head.parameters())]
    optimiser = torch.optim.Adam([one for one in parameters if one.requires_grad], lr=3e-3)
    for step, rows in batches(len(lessons), 64, range(400 if config.steps > 100 else 4), config.seed):
        lesson = lessons.draw(rows, np.random.default_rng([config.seed, 7, step]))
        state = _at(encoder(lesson.words), lesson.lengths)
        logits = {name: head(state) for name, head in heads.items()}
        optimiser.zero_grad(set_to_none=True)
        _all_named(logits, lesson.named, len(state)).backward()
        optimiser.step()
    encoder.requires_grad_(False)


def make_optimiser(game: Game, config: TrainConfig) -> torch.optim.Adam:
    """One optimiser for both players and for what reads words, at rates of their own."""
    own = [(name, one) for name, one in game.imagination.named_parameters() if one.requires_grad]
    groups = [
        {"params": [one for name, one in own if not _reads(name)], "peak": config.lr},
        {"params": [one for name, one in own if _reads(name)], "peak": config.text_lr},
        {"params": [one for critic in game.critics for one in critic.parameters()], "peak": config.critic_lr},
    ]
    return torch.optim.Adam(groups, lr=config.lr, betas=(0.0, 0.99))


def _reads(name: str) -> bool:
    return name.startswith(("text.", "condition.", "modes", "mix"))


def weights_of(game: Game, collection: Collection, config: TrainConfig) -> dict[str, NDArray[np.float32]]:
    """What is saved: all that draws, and the judges."""
    from modiste.lab.imagine.judges import Judges

    tensors = {
        name: tensor.contiguous().numpy()
        for name, tensor in game.imagination.state_dict().items()
        if not name.startswith("posterior.")
    }
    return {**tensors, **Judges.fit(collection, config.encoder).tensors()}


def record_of(data: Sequence[Path], collection: Collection, config: TrainConfig) -> dict[str, Any]:
    """The configuration that stands beside the weights."""
    return record(
        "imagine", data, config, collection.hashes, collection.licences,
        encoder={"name": config.encoder, "revision": find(config.encoder).revision},
        vocabulary=collection.vocabulary.record(), photos=len(collection.part(0)),
    )  # fmt: skip


def _at(states: Tensor, lengths: Tensor) -> Tensor:
    """Each text's state after so many words. Shapes: (b, t, d), (b,) to (b, d)."""
    return states[torch.arange(len(states), device=states.device), lengths]


def _half(device: torch.device) -> torch.autocast:
    """Convolutions in bfloat16, which new processors and GPUs do in half the time."""
    return torch.autocast(device.type, dtype=torch.bfloat16)


def _all_named(logits: dict[str, Tensor], wanted: dict[str, Tensor], count: int) -> Tensor:
    each = [named_cross_entropy(one.float(), wanted[name][:count]) for name, one in logits.items()]
    return torch.stack(each).sum()
