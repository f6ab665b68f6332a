"""Outfits that lost an item and what a network offers instead, and drawn outfits, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modiste.complete.looks import Looks
from modiste.complete.pipeline import find_weights, load_network
from modiste.contact_sheets import sheet
from modiste.encoders.pipeline import encoder_of
from modiste.lab.complete.data import collect
from modiste.lab.complete.metrics import Network
from modiste.lab.complete.protocol import ask, ask_all

if TYPE_CHECKING:
    from PIL import Image

    from modiste.contact_sheets import Cell

QUESTIONS = 6
ANSWERS = 5
COLUMNS = 12


def evaluated_sheet(
    data: Sequence[Path], weights: str, *, split: str = "test", count: int = QUESTIONS, seed: int = 0
) -> Image.Image:
    """Draw some questions: the outfit's items, the best of the pool, and among or behind these what was lost, marked.

    Args:
        data: data sets as `evaluate` takes them.
        weights: a name or a run.
        split: `test` or `all`.
        seed: another one draws other questions.
    """
    found = find_weights(weights)
    config = found.config
    looks = Looks(encoder_of(found), even=config["settings"]["even"])
    collection = collect(data, looks, split=config["split"], categories=config["network"]["categories"])
    asked = ask(collection, config["split"], part=2) if split == "test" else ask_all(collection)
    wardrobe, network = collection.wardrobe, Network(load_network(found), collection.wardrobe)
    rows = []
    for at in np.sort(np.random.default_rng(seed).permutation(len(asked))[:count]):
        outfit, answer = asked.outfits[at], int(asked.answers[at])
        category = int(wardrobe.categories[answer])
        pool = np.setdiff1d(asked.pools[category], outfit)
        scores = network.scores([outfit], pool[None])[0]
        order = np.argsort(-scores, kind="stable")
        worn: list[Cell] = [(wardrobe.products[row].images[0], "worn", False) for row in outfit]
        lost = order.tolist().index(int(np.flatnonzero(pool == answer)[0]))
        shown = [*range(ANSWERS), *([lost] if lost >= ANSWERS else [])]
        offered: list[Cell] = [
            (
                wardrobe.products[pool[order[rank]]].images[0],
                f"{rank + 1} of {len(pool)}: {scores[order[rank]]:.2f}",
                rank == lost,
            )
            for rank in shown
            if rank < len(pool)
        ]
        rows.append((f"which {collection.categories[category]}?", [*worn, *offered]))
    return sheet(rows, thumb=(140, 105), columns=COLUMNS)
