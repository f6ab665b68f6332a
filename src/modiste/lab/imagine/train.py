"""Train ReStGAN on garments and their titles: `modiste train imagine`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from modiste.errors import UsageError
from modiste.imagine.model import (
    COARSE,
    FINE,
    Composite,
    Imagination,
    ImagineConfig,
    MixturePrior,
    Posterior,
    SentenceLSTM,
)
from modiste.imagine.words import GENDERS
from modiste.lab.imagine.data import Batch, Collection, TrainingData, collect, word_vectors
from modiste.lab.imagine.losses import (
    Discriminator,
    discriminator_hinge,
    feature_distance,
    gradient_penalty,
    kl_divergence,
    masked_cross_entropy,
    positive_cross_entropy,
    preservation,
    standard_normal_kl,
    translate,
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
    """Training settings; weights of losses unless said otherwise."""

    network: ImagineConfig = field(default_factory=ImagineConfig)
    encoder: str = "encoder-photos"
    """Encoder on whose features the judges are fitted."""
    steps: int = 4000
    batch_size: int = 16
    """Garments a step, over all processes."""
    fine: int = 4
    """Of these, how many go through the second stage too, over all processes."""
    lr: float = 5e-4
    """Peak learning rate of the generator."""
    text_lr: float = 1.5e-3
    """Peak learning rate of the text encoder and the prior; most words are in few titles."""
    discriminator_lr: float = 5e-4
    warm_up: int = 50
    average_decay: float = 0.998
    classifier: float = 0.25
    """The auxiliary classifier's loss of drawings; 0 for no classifier."""
    words: float = 0.25
    """Its loss for words that name no type, colour or gender; ours, not ReStGAN's."""
    adversarial: float = 0.5
    l1: float = 12.0
    """L1 distance of a photo's reconstruction; this and the next three only where there is a posterior."""
    features: float = 1.0
    """Its distance in the discriminators' feature maps."""
    kl: float = 4e-3
    """KL divergence of the posterior from the prior, for the posterior alone."""
    prior_nll: float = 0.3
    """Negative log-likelihood of the posterior's sample under the prior, for the prior alone."""
    preservation: float = 0.5
    """Change of the prior by words of colour."""
    spread: float = 2.0
    """KL divergence of the prior from a standard normal, where there is no posterior."""
    penalty: float = 0.02
    """Gradient of the discriminators at photos."""
    shift: float = 0.06
    """Largest translation of pictures for the discriminators, in shares of their size; no weight."""
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
        encoder="encoder-boutique", steps=3, batch_size=4, fine=2, warm_up=1,
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
        seed: of the order of the garments, of their texts, and of the networks' initial weights.
        resume: go on with the run that stands in `out`.
        device: `cpu`, `cuda`, or `auto` for a GPU if there is one.

    Raises:
        UsageError: unknown preset, a run in `out` without `resume`, no garments.
    """
    config, target = setup(PRESETS, preset, seed, device)
    with Group.join().leader_first():
        collection = collect(data)
    run = Run(out, seed=seed, resume=resume, settings={**asdict(config), "splits": collection.hashes})
    average = fit(build(collection, config), collection, config, run, target)
    if run.group.leads:
        save_run(out, average, collection, config, data)
    run.group.leave()
    return find(str(out))


def fit(gan: GAN, collection: Collection, config: TrainConfig, run: Run, device: torch.device) -> GAN:
    """Run the training loop, from the run's checkpoint if it has one. Returns the moving average of the weights."""
    gan.to(device).train()
    gan.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = Average(gan, config.average_decay)
    optimiser = make_optimiser(gan, config)
    run.resume(gan, average, optimiser)
    data = TrainingData(collection, config.network, config.shift)
    order = batches(len(data), config.batch_size, range(run.step, config.steps), config.seed, run.group)
    losses = MeanLosses()

    for step, rows in run.progress(order, config.steps - run.step, "training imagine"):
        batch = data.batch(rows, run.seed_step(step)).to(device)
        set_rates(optimiser, step, config.steps, config.warm_up)
        parts = gan.losses(batch, min(1.0, 5 * step / config.steps))
        if step % PENALTY_EVERY == 0:
            parts["penalty"] = gan.penalty(batch)
        loss = sum(parts.values(), torch.zeros((), device=device))
        norms = [(gan.imagination, 5.0), *((discriminator, 20.0) for discriminator in gan.discriminators)]
        update(loss, gan, optimiser, run, clipped=norms)
        average.update(gan, step)
        losses.add(parts)
        if (step + 1) % CHECK_EVERY == 0:
            losses.log(run, step)
        if run.save_due or step + 1 == config.steps:
            run.save(gan, average, optimiser, step + 1)
    return average.network.cpu()


class GAN(nn.Module):
    """The imagination against one discriminator for each stage."""

    def __init__(self, config: TrainConfig, vectors: Tensor, classes: dict[str, int]) -> None:
        super().__init__()
        self.config = config
        self.imagination = Imagination(config.network, vectors, classes["colour"])
        self.coarse = Discriminator(COARSE, config.network.state, classes, len(vectors))
        self.fine = Discriminator(FINE, config.network.state, classes, len(vectors))

    @property
    def discriminators(self) -> tuple[Discriminator, Discriminator]:
        """One for each stage."""
        return self.coarse, self.fine

    def losses(self, batch: Batch, fade_in: float) -> dict[str, Tensor]:
        """Weighted losses of both players; each player's reach its own parameters alone.

        Args:
            fade_in: weight of the text's part of the discriminators' scores, 0 to 1.
        """
        weight, imagination = self.config, self.imagination
        outputs = imagination.text(batch.tokens)
        state, before = _after(outputs, batch.lengths), _after(outputs, (batch.lengths - 1).clamp_min(0))
        prior = imagination.prior(state)
        with torch.autocast(state.device.type, dtype=torch.bfloat16):  # half the time on new processors and GPUs
            sample = torch.cat([prior.sample(batch.eps, batch.gumbel), batch.noise], 1)
            fake = imagination.generator(sample, batch.lab, Group.join().share(weight.fine))
            parts = self._adversarial(batch, state, fake, fade_in)
            if imagination.posterior is None:
                parts["spread"] = weight.spread * standard_normal_kl(prior)
            else:
                parts |= self._reconstruction(batch, prior, imagination.posterior)
        if weight.preservation:
            recoloured = imagination.prior(_after(imagination.text(batch.recoloured), batch.lengths))
            change = preservation(imagination.prior(before), prior, batch.ends_in_colour)
            parts["preservation"] = weight.preservation * (change + preservation(recoloured, prior, batch.coloured))
        parts["colours"] = 0.1 * F.cross_entropy(imagination.colours(state), batch.labels["colour"])
        return parts

    def penalty(self, batch: Batch) -> Tensor:
        """R1 of both discriminators."""
        total = torch.zeros((), device=batch.lab.device)
        for discriminator, real in zip(self.discriminators, batch.real, strict=True):
            picture = real[: Group.join().share(self.config.fine)].detach().clone().requires_grad_()
            features, _ = discriminator(picture)
            total = total + gradient_penalty(discriminator.real(features), picture)
        return PENALTY_EVERY / 2 * self.config.penalty * total

    def _adversarial(
        self, batch: Batch, state: Tensor, fake: tuple[Composite, Composite], fade_in: float
    ) -> dict[str, Tensor]:
        """Both players' adversarial losses, and the auxiliary classifier's."""
        weight = self.config
        parts: dict[str, Tensor] = {}
        stages = zip(("coarse", "fine"), self.discriminators, batch.real, fake, strict=True)
        for name, discriminator, photo, composite in stages:
            count = len(composite.picture)
            moved = translate(composite.picture, batch.shifts[1][:count])
            discriminator.requires_grad_(False)
            features, _ = discriminator(moved)
            score = discriminator.score(features, state[:count], fade_in)
            parts[f"{name} adversarial"] = -weight.adversarial * score.mean()
            if weight.classifier:
                logits = discriminator.classify(features)
                parts[f"{name} classes"] = weight.classifier * _attribute_loss(logits, batch.named, count)
                missing = positive_cross_entropy(discriminator.words(features), batch.words[:count])
                parts[f"{name} words"] = weight.words * missing
            discriminator.requires_grad_(True)
            features, _ = discriminator(torch.cat([translate(photo[:count], batch.shifts[0][:count]), moved.detach()]))
            real, drawn = features.chunk(2)
            own, other = state[:count].detach(), state.detach()[batch.mismatched[:count]]
            parts[f"{name} critic"] = discriminator_hinge(
                discriminator.score(real, own, fade_in), discriminator.score(drawn, own, fade_in),
                discriminator.score(real, other, fade_in), batch.contradicts[:count], fade_in,
            )  # fmt: skip
            if weight.classifier:
                words = F.binary_cross_entropy_with_logits(discriminator.words(real), batch.title_words[:count])
                classes = _attribute_loss(discriminator.classify(real), batch.labels, count)
                parts[f"{name} classifier"] = classes + 5 * words
        return parts

    def _reconstruction(self, batch: Batch, prior: MixturePrior, posterior: Posterior) -> dict[str, Tensor]:
        """Losses of photos that are encoded by the posterior and generated again, and of the prior."""
        weight = self.config
        encoded = posterior(batch.relief)
        sample = encoded.sample(torch.randn_like(encoded.mean))
        composites = self.imagination.generator(sample, batch.lab, Group.join().share(weight.fine))
        l1 = torch.zeros((), device=sample.device)
        features = torch.zeros((), device=sample.device)
        stages = zip(self.discriminators, batch.real, batch.masks, composites, strict=True)
        for discriminator, photo, mask, composite in stages:
            count = len(composite.picture)
            picture = (composite.picture - photo[:count]).abs().mean()
            l1 = l1 + picture + 0.5 * (composite.mask - mask[:count]).abs().mean()
            discriminator.requires_grad_(False)
            with torch.no_grad():
                _, real = discriminator(photo[:count])
            _, maps = discriminator(composite.picture)
            features = features + feature_distance(maps, real)
            discriminator.requires_grad_(True)
        fixed = MixturePrior(*(tensor.detach() for tensor in prior))
        return {
            "l1": weight.l1 * l1,
            "features": weight.features * features,
            "rate": weight.kl * kl_divergence(encoded, sample, fixed),
            "foresight": -weight.prior_nll * prior.log_prob(sample.detach()).mean(),
        }


def build(collection: Collection, config: TrainConfig) -> GAN:
    """New networks; a frozen text encoder is trained beforehand."""
    torch.manual_seed(config.seed)
    vocabulary, rows = collection.vocabulary, collection.part(0)
    texts = [[vocabulary.indices[word.token] for word in collection.words[row] if word.token] for row in rows]
    vectors = torch.from_numpy(word_vectors(texts, len(vocabulary.tokens)))
    classes = {"type": len(vocabulary.types), "colour": len(vocabulary.palette.names), "gender": len(GENDERS)}
    gan = GAN(config, vectors, classes)
    if isinstance(gan.imagination.text, SentenceLSTM):
        _pretrain(gan.imagination.text, TrainingData(collection, config.network), classes, config)
    return gan


def _pretrain(encoder: SentenceLSTM, data: TrainingData, classes: dict[str, int], config: TrainConfig) -> None:
    """Train a sentence encoder to classify what titles name, then freeze it (the baselines')."""
    heads = {name: nn.Linear(encoder.width, count) for name, count in classes.items()}
    parameters = [*encoder.parameters(), *(parameter for head in heads.values() for parameter in head.parameters())]
    optimiser = torch.optim.Adam([parameter for parameter in parameters if parameter.requires_grad], lr=3e-3)
    for step, rows in batches(len(data), 64, range(400 if config.steps > 100 else 4), config.seed):
        batch = data.batch(rows, np.random.default_rng([config.seed, 7, step]))
        state = _after(encoder(batch.tokens), batch.lengths)
        logits = {name: head(state) for name, head in heads.items()}
        optimiser.zero_grad(set_to_none=True)
        _attribute_loss(logits, batch.named, len(state)).backward()
        optimiser.step()
    encoder.requires_grad_(False)


def make_optimiser(gan: GAN, config: TrainConfig) -> torch.optim.Adam:
    """One optimiser for the generator, for text encoder and prior, and for the discriminators, at their own rates."""
    of_text: list[nn.Parameter] = []
    of_generator: list[nn.Parameter] = []
    for name, parameter in gan.imagination.named_parameters():
        if parameter.requires_grad:
            text = name.startswith(("text.", "condition.", "modes", "mix"))
            (of_text if text else of_generator).append(parameter)
    of_discriminators = [parameter for each in gan.discriminators for parameter in each.parameters()]
    groups = [
        {"params": of_generator, "peak": config.lr},
        {"params": of_text, "peak": config.text_lr},
        {"params": of_discriminators, "peak": config.discriminator_lr},
    ]
    return torch.optim.Adam(groups, lr=config.lr, betas=(0.0, 0.99))


def save_run(folder: Path, gan: GAN, collection: Collection, config: TrainConfig, data: Sequence[Path]) -> None:
    """Write what inference needs, and the judges, with their configuration."""
    from modiste.lab.imagine.judges import Judges

    tensors = {
        name: tensor.contiguous().numpy()
        for name, tensor in gan.imagination.state_dict().items()
        if not name.startswith("posterior.")
    }
    config_json = record(
        "imagine", data, config, collection.hashes, collection.licences,
        encoder={"name": config.encoder, "revision": find(config.encoder).revision},
        vocabulary=collection.vocabulary.record(), photos=len(collection.part(0)),
    )  # fmt: skip
    save(folder, {**tensors, **Judges.fit(collection, config.encoder).tensors()}, config_json)


def _after(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Each text's encoder output after so many words. Shapes: (b, t, d), (b,) to (b, d)."""
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths]


def _attribute_loss(logits: dict[str, Tensor], labels: dict[str, Tensor], count: int) -> Tensor:
    """Sum of the cross-entropies of type, colour and gender, over the first `count` labels."""
    return torch.stack(
        [masked_cross_entropy(each.float(), labels[name][:count]) for name, each in logits.items()]
    ).sum()
