"""Contact sheet of fill-in-the-blank queries with the best candidates and the target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from modiste.complete.pipeline import load_network
from modiste.contact_sheets import Cell, sheet
from modiste.encoders.pipeline import encoder_of
from modiste.lab.complete.data import PhotoFeatures, collect
from modiste.lab.complete.metrics import network_scorer
from modiste.lab.complete.protocol import all_queries, queries_of
from modiste.weights import find

QUERIES = 6
CANDIDATES = 5
COLUMNS = 12


def evaluated_sheet(data: Sequence[Path], weights: str, *, split: str = "test") -> Image.Image:
    """Draw some queries: the outfit's items, the best of the pool, and among or behind these the target, marked.

    Args:
        data: data sets as `evaluate` takes them.
        weights: a name or a run.
        split: `test` or `all`.
    """
    loaded = find(weights, "complete")
    config = loaded.config
    features = PhotoFeatures(encoder_of(loaded), even=config["settings"]["even"])
    collection = collect(data, features, split=config["split"], categories=config["network"]["categories"])
    queries = queries_of(collection, config["split"], part=2) if split == "test" else all_queries(collection)
    table, scorer = collection.table, network_scorer(load_network(loaded), collection.table)
    rows = []
    for query in np.sort(np.random.default_rng(0).permutation(len(queries))[:QUERIES]):
        outfit, target = queries.outfits[query], int(queries.targets[query])
        category = int(table.categories[target])
        pool = np.setdiff1d(queries.pools[category], outfit)
        scores = scorer([outfit], pool[None])[0]
        order = np.argsort(-scores, kind="stable")
        rank_of_target = order.tolist().index(int(np.flatnonzero(pool == target)[0]))
        cells: list[Cell] = [(table.products[row].images[0], "worn", False) for row in outfit]
        for rank in sorted({*range(min(CANDIDATES, len(pool))), rank_of_target}):
            photo = table.products[pool[order[rank]]].images[0]
            label = f"{rank + 1} of {len(pool)}: {scores[order[rank]]:.2f}"
            cells.append((photo, label, rank == rank_of_target))
        rows.append((f"which {collection.categories[category]}?", cells))
    return sheet(rows, thumb=(140, 105), columns=COLUMNS)
