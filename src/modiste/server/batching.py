"""Requests that need a network, worked on together where several came in at once.

Those are texts and pictures to draw. Photos and refinements stay alone: on a CPU a batch of them takes about as long as
its requests side by side, and waiting for one another leaves cores idle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Condition
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from modiste.encoders import Encoder
from modiste.shop import Shop, open_shop
from modiste.types import Vectors

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Imaginer, State
    from modiste.server.metrics import Metrics
    from modiste.server.settings import Settings
    from modiste.types import Pixels

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Work = Callable[[Sequence[Request]], Iterable[Answer]]
"""Requests to as many answers, in their order."""


class Batcher(Generic[Request, Answer]):
    """Answers requests from many threads; what came in while it was working is worked on together.

    There is no thread behind it: whoever finds nobody working does the work for all who wait. So a lone caller never
    waits, and nothing needs to be shut down.

    Args:
        work: called once at a time.
        most: requests of a call.
        wait: seconds that those who had to wait for a call wait for company; 0 for none.
        seen: called with the number of requests of each call.
    """

    def __init__(self, work: Work[Request, Answer], most: int, wait: float, seen: Callable[[int], object]) -> None:
        self._work, self._most, self._wait, self._seen = work, most, wait, seen
        self._changed = Condition()
        self._waiting: list[tuple[Request, Future[Answer]]] = []
        self._working = False

    def __call__(self, request: Request) -> Answer:
        """The answer to one request.

        Raises:
            Exception: what the work raised because of this request; the others get their answers.
        """
        asked: Future[Answer] = Future()
        with self._changed:
            self._waiting.append((request, asked))
            crowded = self._working
            if len(self._waiting) == self._most:
                self._changed.notify_all()  # who waits for company has it
        while True:
            with self._changed:  # until somebody has answered, or nobody works so that this thread has to
                self._changed.wait_for(lambda: asked.done() or not self._working)
                if asked.done():
                    break
                self._working = True
            try:
                with self._changed:
                    if crowded and self._wait:
                        self._changed.wait_for(lambda: len(self._waiting) >= self._most, self._wait)
                    batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                self._answer(batch)
            finally:
                with self._changed:
                    self._working = False
                    self._changed.notify_all()
        return asked.result()

    def _answer(self, batch: Sequence[tuple[Request, Future[Answer]]]) -> None:
        """Work; where that fails for several, do it again for each alone, so that the others don't suffer."""
        try:
            self._seen(len(batch))
            answers = list(zip(batch, self._work([request for request, _ in batch]), strict=True))
        except BaseException as error:
            if len(batch) > 1 and isinstance(error, Exception):
                for one in batch:
                    self._answer([one])
                return
            for _, asked in batch:
                asked.set_exception(error)
            return
        for (_, asked), answer in answers:
            asked.set_result(answer)


class _BatchedEncoder:
    """An encoder that sees single texts together; several at once are a batch already."""

    def __init__(self, encoder: Encoder, together: Callable[[str], Vectors]) -> None:
        self.name, self.revision, self.preprocessing = encoder.name, encoder.revision, encoder.preprocessing
        self.former_revisions = getattr(encoder, "former_revisions", ())
        self.dim, self.size, self.names = encoder.dim, encoder.size, encoder.names
        self.encode_images = encoder.encode_images
        self._encode_texts, self._together = encoder.encode_texts, together

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts to unit vectors. Shape: (n, dim)."""
        return self._together(texts[0])[None] if len(texts) == 1 else self._encode_texts(texts)


def batched(shop: Shop, settings: Settings, metrics: Metrics) -> Shop:
    """The same shop, whose networks see together what several threads ask of them.

    Raises:
        UsageError: a network can't be loaded, or another encoder made the shop's vectors.
    """
    imaginer, encoder = shop.imaginer, shop.encoder

    def batcher(name: str, work: Work[Any, Any]) -> Batcher[Any, Any]:
        return Batcher(
            work, settings.batch, settings.batch_wait, lambda size: metrics.batches.labels(name).observe(size)
        )

    drawing = SimpleNamespace(
        name=imaginer.name,
        revision=imaginer.revision,
        read=imaginer.read,
        start=imaginer.start,
        add=imaginer.add,
        render=batcher("imagine", partial(_draw, imaginer)),
    )
    return open_shop(
        shop.path,
        encoder=_BatchedEncoder(encoder, batcher("words", encoder.encode_texts)),
        refiner=shop.refiner,
        completer=shop.completer,
        imaginer=cast("Imaginer", drawing),
    )


def _draw(imaginer: Imaginer, texts: Sequence[Sequence[State]]) -> list[Pixels]:
    """The pictures of each text, drawn in one call; those of its states are side by side."""
    pictures = imaginer.render([state for states in texts for state in states])
    ends = np.cumsum([sum(len(state.seeds) for state in states) for states in texts])
    return np.split(pictures, ends[:-1])
