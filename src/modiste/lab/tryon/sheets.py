"""People dressed by the networks and by the best paste, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.contact_sheets import Cell, sheet
from modiste.lab.datasets.people import read_people
from modiste.lab.tryon.baselines import BASELINES
from modiste.lab.tryon.evaluate import read_cases
from modiste.lab.tryon.protocol import Case
from modiste.parsing import SIZE, Parser, open_parser
from modiste.tryon.dresser import Dresser, load_dresser
from modiste.tryon.pipeline import try_on

ROWS = 6
BASELINE = "tps paste"


def evaluated_sheet(
    data: Sequence[Path], weights: str = "tryon-photos", *, parser: str = "parser-photos", split: str = "test",
    count: int = ROWS, refine_steps: int = 30, seed: int = 0,
) -> Image.Image:  # fmt: skip
    """Draw some requests of the evaluation: query, references, a baseline, feed-forward, refined, and the truth if any.

    Args:
        data: sets with photos of people, as `evaluate` takes them.
        weights: a name or a run.
        parser: a name or a run.
        split: `test` or `all`.
        count: rows.
        refine_steps: of online refinement; 0 leaves its column out.
        seed: another one draws other requests.
    """
    opened, dresser = open_parser(parser), load_dresser(weights)
    sets = [read_people(source, unseen=split == "all") for source in data]
    evaluation = read_cases(sets, opened, limit=4 * count, refined=0, steps=0, seed=seed)
    swaps = [case for case in evaluation.cases if case.request.kind in ("truth", "swap")]
    chosen = np.sort(np.random.default_rng(seed).permutation(len(swaps))[:count])
    return sheet([_row(swaps[index], dresser, opened, refine_steps) for index in chosen], thumb=SIZE)


def _row(case: Case, dresser: Dresser, parser: Parser, steps: int) -> tuple[str, list[Cell]]:
    """One request's caption and pictures, each cut to the frame in which its person was seen."""
    photos = {region: shown.photo for region, shown in case.garments.items()}
    tried = try_on(case.query.photo, photos, refine_steps=steps, weights=dresser, parser=parser, anyway=True)
    frame, pasted = case.query.frame, BASELINES[BASELINE](case.query.scene, case.scenes)
    cells: list[Cell] = [(Image.fromarray(case.query.scene.pixels), "query", True)]
    cells += [(Image.fromarray(shown.scene.pixels), region, True) for region, shown in case.garments.items()]
    cells.append((Image.fromarray(pasted.pixels), BASELINE, False))
    cells.append((Image.fromarray(frame.cut(tried.feed_forward)), "feed-forward", False))
    if steps:
        cells.append((Image.fromarray(frame.cut(tried.photo)), f"refined, {tried.steps} steps", False))
    if case.truth is not None:
        cells.append((Image.fromarray(case.truth.pixels), "truth", False))
    return " and ".join(case.garments), cells
