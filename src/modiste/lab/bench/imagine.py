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
from modiste.lab.bench.timing import Timing, in_turns, timed
from modiste.types import Progress

WORDS = 5
"""Of the text."""
ROUNDS = 60
"""Words that are added, each from another seed."""
_STRIPS = 20
"""Whole texts that are drawn."""
WARM_UP = 3
"""Rounds before those that count."""
_FIRST = ("women's", "black", "jeans")
"""Words of the text as far as they are known; the most frequent ones follow."""

_PROTOCOL = (
    '"{text}": its last word in {rounds} rounds, one step of the state and one picture, each of another seed; the '
    "floor is the generator's forward pass alone, measured in turns; the whole text in {strips} rounds, from its "
    f"letters to {WORDS} pictures"
)


def run(
    weights: str | Imaginer = "imagine-photos",
    *,
    rounds: int = ROUNDS,
    strips: int = _STRIPS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Draw pictures of a text of five words.

    Args:
        weights: a name, a run or loaded weights.
        rounds: number of times that a word is added.
        strips: number of times that all of them are drawn.
        progress: called with the number of measurements that are done, and of all.

    Returns:
        The contents of a bench file (the last word's picture, where those before it are known), and beside it
        `strip_ms` and `strip_p95_ms` of a whole text from its letters to its pictures, and the `threads` it had.

    Raises:
        UsageError: the weights know fewer words.
    """
    imaginer = weights if isinstance(weights, Imaginer) else load_imaginer(weights)
    text = _stream(imaginer.vocabulary)
    done = count(1)

    def advance() -> None:
        if progress is not None:
            progress(next(done), rounds + strips + 2 * WARM_UP)

    timing = _measure(imaginer, read(text, imaginer.vocabulary).words, rounds, advance)
    strip_ms = []
    for seed in range(-WARM_UP, strips):  # from the text to the pictures of all its prefixes
        seconds = timed(partial(imagine, text, seed=abs(seed), weights=imaginer))
        if seed >= 0:
            strip_ms.append(seconds * 1000)
        advance()
    height, width = imaginer.render([imaginer.start()]).shape[1:3]
    return timing.result("imagine", [{"height": height, "width": width, "words": WORDS}]) | {
        "strip_ms": float(np.median(strip_ms)),
        "strip_p95_ms": float(np.quantile(strip_ms, 0.95)),
        "threads": torch.get_num_threads(),
        "protocol": _PROTOCOL.format(text=text, rounds=rounds, strips=strips),
    }


def _stream(vocabulary: Vocabulary, length: int = WORDS) -> str:
    """Compose a text of so many known words that don't contradict each other, as a customer would type them.

    Raises:
        UsageError: there aren't so many.
    """
    text, known = "", 0
    for token in (*_FIRST, *sorted(vocabulary.counts, key=lambda token: (-vocabulary.counts[token], token))):
        longer = f"{text} {token}".strip()
        if _count_known(longer, vocabulary) == known + 1:
            text, known = longer, known + 1
        if known == length:
            return text
    raise UsageError(f"these weights know {known} words that go together; a text of {length} is measured")


def _measure(imaginer: Imaginer, words: Sequence[Word], rounds: int, advance: Callable[[], object]) -> Timing:
    """Time the last word's step and picture, from another seed in each round; the floor is the generator alone."""
    states = []
    for seed in range(rounds):
        state = imaginer.start(seed)
        for word in words[:-1]:
            state = imaginer.add(state, word)
        states.append(state)
    floor = _bare(imaginer, words)

    def add_word(turn: int) -> None:
        imaginer.render([imaginer.add(states[turn], words[-1])])
        advance()

    return in_turns(add_word, lambda turn: floor(), rounds, WARM_UP)


def _bare(imaginer: Imaginer, words: Sequence[Word]) -> Callable[[], object]:
    """The generator's forward pass on its inputs for these words, without states, colouring and conversion."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    generator = imaginer.network.generator
    hook = generator.register_forward_pre_hook(
        lambda module, args, kwargs: calls.append((args, kwargs)), with_kwargs=True
    )
    state = imaginer.start()
    for word in words:
        state = imaginer.add(state, word)
    imaginer.render([state])
    hook.remove()
    ((args, kwargs),) = calls

    @torch.inference_mode()
    def forward() -> object:
        return generator(*args, **kwargs)

    return forward


def _count_known(text: str, vocabulary: Vocabulary) -> int:
    """Number of different known words of a text, 0 where something is wrong with it."""
    try:
        reading = read(text, vocabulary)
    except UsageError:
        return 0
    return 0 if reading.notes else len({word.token or word.text for word in reading.words})
