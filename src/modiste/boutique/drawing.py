"""What a drawing is made of: parts of cloth with folds and marks, from the back to the front."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from modiste.boutique.curves import Path
from modiste.colour import Rgb


@dataclass(frozen=True)
class Fold:
    """A ridge (height above 0) or a furrow (below) along a path."""

    path: Path
    height: float = 3.0
    width: float = 9.0
    tone: float = 0.0
    """How much brighter (above 0) or darker the cloth is along it, as where denim is worn."""


@dataclass(frozen=True)
class Mark:
    """A crisp line or shape on a part: a seam, a stitch, a button."""

    path: Path
    stroke: Rgb | None = None
    fill: Rgb | None = None
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Part:
    """A piece of cloth, leather or metal in one colour."""

    shape: Path
    colour: Rgb
    marks: tuple[Mark, ...] = ()
    folds: tuple[Fold, ...] = ()
    patterned: bool = False
    """Whether the product's pattern and weave are on it."""
    grain: float = 0.0
    """How far pattern and weave are turned, in degrees clockwise."""
    bulge: float = 8.0
    """How far in from its edge it still rises, in units of the drawing."""
    lift: float = 0.5
    """How strongly it shadows what lies under it."""
    gloss: float | None = None
    """Shine of this part where it isn't the fabric's."""
    opacity: float = 1.0

    def mapped(self, move: Callable[[complex], complex]) -> Part:
        """The whole part with every point moved."""
        return replace(
            self,
            shape=self.shape.mapped(move),
            marks=tuple(replace(mark, path=mark.path.mapped(move)) for mark in self.marks),
            folds=tuple(replace(fold, path=fold.path.mapped(move)) for fold in self.folds),
        )

    def mirrored(self) -> Part:
        """Its image in the line x = 0."""
        return replace(self.mapped(lambda point: complex(-point.real, point.imag)), grain=0.0 - self.grain)


@dataclass(frozen=True)
class Drawing:
    """Parts from the back to the front, in units of a 384 by 512 canvas whose middle is x = 0."""

    parts: tuple[Part, ...] = field(default=())

    def mapped(self, move: Callable[[complex], complex]) -> Drawing:
        """Every point moved."""
        return Drawing(tuple(part.mapped(move) for part in self.parts))


def both(part: Part) -> tuple[Part, Part]:
    """The part on the right side and its image on the left."""
    return part.mirrored(), part


def both_marks(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks on the right side and their images on the left."""
    return tuple(side for mark in marks for side in (mark, replace(mark, path=mark.path.mirrored())))


def both_folds(folds: Iterable[Fold]) -> tuple[Fold, ...]:
    """Folds on the right side and their images on the left."""
    return tuple(side for fold in folds for side in (fold, replace(fold, path=fold.path.mirrored())))
