"""A stand-in for what a shop fits on somebody: pictures of plain colours, made step by step as a test allows."""

from __future__ import annotations

import io
from collections.abc import Callable
from threading import Semaphore

from PIL import Image

from modiste.tryon.pipeline import TryOn
from tests.fakes import COLOURS

PATIENCE = 20.0
"""Seconds after which a test has waited too long."""


class FakeFitting:
    """Feed-forward it is of one colour, refined of another.

    Args:
        held: every step waits until the test allows it.
        fails: what refinement raises at its second step.
        settles: after how many steps it stops by itself.
    """

    def __init__(
        self, first: str = "red", then: str = "blue", *, notes: tuple[str, ...] = (), held: bool = False,
        fails: Exception | None = None, settles: int | None = None,
    ) -> None:  # fmt: skip
        self.feed_forward = TryOn(plain(first), Image.new("L", (24, 32), 255), plain(first), notes)
        self.then, self.held, self.fails, self.settles = then, held, fails, settles
        self.steps = 0
        """How many were made."""
        self._allowed = Semaphore(0)

    def allow(self, steps: int) -> None:
        self._allowed.release(steps)

    def refined(self, steps: int, progress: Callable[[int, int], bool] | None = None) -> TryOn:
        assert progress is not None
        for step in range(1, steps + 1):
            assert not self.held or self._allowed.acquire(timeout=PATIENCE)
            if self.fails and step == 2:
                raise self.fails
            self.steps = step
            if not progress(step, steps) or step == self.settles:
                break
        first = self.feed_forward
        return TryOn(plain(self.then), first.changed, first.photo, first.notes, 0.25, self.steps)


def plain(colour: str) -> Image.Image:
    return Image.new("RGB", (24, 32), COLOURS[colour])


def colour_of(png: bytes) -> tuple[int, ...]:
    pixel = Image.open(io.BytesIO(png)).convert("RGB").getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel
