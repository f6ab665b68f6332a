"""People dressed by the networks and by the best paste, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from modiste.contact_sheets import sheet
from modiste.images import load_image
from modiste.lab.datasets.people import read_people
from modiste.lab.tryon.baselines import BASELINES
from modiste.lab.tryon.evaluate import read_cases
from modiste.lab.tryon.protocol import Case, enlarged
from modiste.parsing import open_parser
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.pipeline import try_on
from modiste.types import Pixels

if TYPE_CHECKING:
    from modiste.contact_sheets import Cell
    from modiste.parsing import Parser

ROWS = 6
CELL = (256, 192)
"""Height and width of a picture."""


def evaluated_sheet(
    data: Sequence[Path], weights: str = "tryon-photos", *, parser: str = "parser-photos", split: str = "test",
    count: int = ROWS, refine_steps: int = 30, baseline: str = "tps paste", cell: tuple[int, int] = CELL,
    seed: int = 0,
) -> Image.Image:  # fmt: skip
    """Draw some requests of the evaluation: query, references, a baseline, feed-forward, refined, and the truth if any.

    Args:
        data: sets with photos of people, as `evaluate` takes them.
        weights: a name or a run.
        parser: a name or a run.
        split: `test` or `all`.
        count: rows.
        refine_steps: of online refinement; 0 leaves its column out.
        baseline: which paste.
        cell: height and width of a picture; garments are rendered as fine as the photos are.
        seed: another one draws other requests.
    """
    opened, dresser = open_parser(parser), load_dresser(weights)
    sets = [read_people(source, unseen=split == "all") for source in data]
    evaluation = read_cases(sets, opened, limit=4 * count, refined=0, steps=0, seed=seed)
    swaps = [case for case in evaluation.cases if case.request.kind in ("truth", "swap")]
    chosen = np.sort(np.random.default_rng(seed).permutation(len(swaps))[:count])
    rows = [_row(swaps[index], dresser, opened, steps=refine_steps, baseline=baseline, cell=cell) for index in chosen]
    return sheet(rows, thumb=cell)


def _row(
    case: Case, dresser: Dresser, parser: Parser, *, steps: int, baseline: str, cell: tuple[int, int]
) -> tuple[str, list[Cell]]:  # fmt: skip
    """One request's caption and pictures, each cut to the frame in which its person was seen."""
    photos = {region: shown.photo for region, shown in case.garments.items()}
    tried = try_on(case.query.photo, photos, refine_steps=steps, weights=dresser, parser=parser, anyway=True)
    frame = case.query.frame
    cells: list[Cell] = [(Image.fromarray(frame.cut(load_image(case.query.photo), cell)), "query", True)]
    for region, shown in case.garments.items():
        cells.append((Image.fromarray(shown.frame.cut(load_image(shown.photo), cell)), region, True))
    cells.append((Image.fromarray(_pasted(case, baseline, cell)), baseline, False))
    cells.append((Image.fromarray(frame.cut(tried.feed_forward, cell)), "feed-forward", False))
    if steps:
        cells.append((Image.fromarray(frame.cut(tried.photo, cell)), f"refined, {tried.steps} steps", False))
    if case.truth is not None:
        cells.append((Image.fromarray(case.truth.pixels), "truth", False))
    return " and ".join(case.garments), cells


def _pasted(case: Case, baseline: str, cell: tuple[int, int]) -> Pixels:
    """A baseline's picture at about a cell's size, from the photos' own pixels."""
    times = max(1, round(cell[0] / case.query.scene.map.shape[0]))
    query = enlarged(case.query, times)
    garments = {region: enlarged(shown, times) for region, shown in case.garments.items()}
    return BASELINES[baseline](query, garments).pixels
