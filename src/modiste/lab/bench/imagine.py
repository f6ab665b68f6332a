"""`modiste bench imagine`: a new word's picture beside the generator's bare forward pass; and a whole text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import torch

from modiste.errors import UsageError
from modiste.imagine.pipeline import Imaginer, imagine, load_imaginer
from modiste.imagine.words import Vocabulary, Word, read
from modiste.lab.bench.timing import Timing, in_turns, peak_mib, timed
from modiste.lab.measures import bench_result
from modiste.types import Progress

WORDS = 5
"""Of the text."""
ROUNDS = 60
"""Words that are added, each from another seed."""
STRIPS = 20
"""Whole texts that are drawn."""
WARM_UP = 3
"""Rounds before those that count."""
FIRST = ("women's", "black", "jeans")
"""Words that are said if they are known; the most frequent ones follow."""


def run(
    weights: str | Imaginer = "imagine-photos",
    *,
    rounds: int = ROUNDS,
    strips: int = STRIPS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Draw what five words say.

    Args:
        weights: a name, a run or what was loaded from one.
        rounds: how often a word is added.
        strips: how often all of them are drawn.
        progress: called with what was measured, and all.

    Returns:
        What a bench file holds (the last word's picture, where those before it are known), and beside it `strip_ms`
        and `strip_p95_ms` of a whole text from its letters to its pictures, and the `threads` it had.

    Raises:
        UsageError: the weights know fewer words.
    """
    imaginer = weights if isinstance(weights, Imaginer) else load_imaginer(weights)
    text = stream(imaginer.vocabulary)
    done = count(1)

    def told() -> None:
        if progress is not None:
            progress(next(done), rounds + strips + 2 * WARM_UP)

    timing = measure(imaginer, read(text, imaginer.vocabulary).words, rounds, told)
    whole = whole_texts(imaginer, text, strips, told)
    height, width = imaginer.render([imaginer.start()]).shape[1:3]
    result = bench_result(
        verb="imagine",
        p50_ms=timing.p50,
        p95_ms=timing.p95,
        floor_ms=timing.floor,
        ratio=timing.ratio,
        peak_mib=peak_mib(),
        sizes=[{"height": height, "width": width, "words": WORDS}],
    )
    own = {"strip_ms": float(np.median(whole)), "strip_p95_ms": float(np.quantile(whole, 0.95))}
    return result | own | {"threads": torch.get_num_threads(), "protocol": _protocol(text, rounds, strips)}


def stream(vocabulary: Vocabulary, length: int = WORDS) -> str:
    """A text of so many known words that don't contradict each other, as a customer would type them.

    Raises:
        UsageError: there aren't so many.
    """
    text, known = "", 0
    for token in (*FIRST, *sorted(vocabulary.counts, key=lambda token: (-vocabulary.counts[token], token))):
        longer = f"{text} {token}".strip()
        if _read(longer, vocabulary) == known + 1:
            text, known = longer, known + 1
        if known == length:
            return text
    raise UsageError(f"these weights know {known} words that go together; a text of {length} is measured")


def measure(imaginer: Imaginer, words: Sequence[Word], rounds: int, told: Callable[[], object]) -> Timing:
    """The last word's step and picture, from another seed in each round; the floor is the generator alone, then."""
    states = []
    for seed in range(rounds):
        state = imaginer.start(seed)
        for word in words[:-1]:
            state = imaginer.add(state, word)
        states.append(state)
    floor = bare(imaginer, words)

    def say(turn: int) -> None:
        imaginer.render([imaginer.add(states[turn], words[-1])])
        told()

    return in_turns(say, lambda turn: floor(), rounds, WARM_UP)


def whole_texts(imaginer: Imaginer, text: str, strips: int, told: Callable[[], object]) -> list[float]:
    """Milliseconds from a text to the pictures of all its prefixes, each time from another seed."""
    times = []
    for seed in range(-WARM_UP, strips):
        taken = timed(partial(imagine, text, seed=abs(seed), weights=imaginer))
        if seed >= 0:
            times.append(taken * 1000)
        told()
    return times


def bare(imaginer: Imaginer, words: Sequence[Word]) -> Callable[[], object]:
    """The generator's forward pass on what it is given for these words, without states, paint and conversion."""
    given: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    generator = imaginer.network.generator
    hook = generator.register_forward_pre_hook(
        lambda module, args, kwargs: given.append((args, kwargs)), with_kwargs=True
    )
    state = imaginer.start()
    for word in words:
        state = imaginer.add(state, word)
    imaginer.render([state])
    hook.remove()
    ((args, kwargs),) = given

    @torch.inference_mode()
    def forward() -> object:
        return generator(*args, **kwargs)

    return forward


def _read(text: str, vocabulary: Vocabulary) -> int:
    """How many different words of a text are known, 0 where something is wrong with it."""
    try:
        reading = read(text, vocabulary)
    except UsageError:
        return 0
    return 0 if reading.notes else len({word.token or word.text for word in reading.words})


def _protocol(text: str, rounds: int, strips: int) -> str:
    return (
        f'"{text}": its last word in {rounds} rounds, one step of the state and one picture, each of another seed; '
        f"the floor is the generator's forward pass alone, measured in turns; the whole text in {strips} rounds, from "
        f"its letters to {WORDS} pictures"
    )
