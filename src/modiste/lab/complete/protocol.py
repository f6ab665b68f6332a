"""Fill-in-the-blank queries: outfits without one item, that item among negatives and among all of its category."""

from __future__ import annotations

import hashlib
from collections.abc import Collection as Ids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modiste.errors import UsageError
from modiste.lab.complete.data import Collection, ItemTable, Rows
from modiste.types import Indices

SEED = 5
"""Of what is drawn; a protocol has one, whatever seed a network has."""
DRAWS = 3
"""How often negatives are drawn for each query."""
NEGATIVES = 3
"""Wrong choices of a fill-in-the-blank query (Han et al., MM 2017, section 4.3)."""
MAX_TIMES = 20
"""Items in more outfits than this go with everything, and are no targets."""
POOL = 3000
"""Most items of a category that a target is ranked among (CSA-Net, section 4.3)."""
SAMPLINGS = ("", "popularity")
"""Negatives are drawn uniformly, or in proportion to their number of outfits; the name stands behind a metric's."""


@dataclass(frozen=True)
class Queries:
    """Fill-in-the-blank queries of one protocol, as rows of an item table."""

    outfits: tuple[Rows, ...]
    """Without the target."""
    targets: Indices
    """Item that was taken out of each outfit. Shape: (q,)."""
    negatives: Mapping[str, Indices]
    """By sampling, other items of the target's kind. Shape: (q, draws, 3)."""
    pools: Mapping[int, Indices]
    """By category, the items that a target is ranked among."""
    judged: tuple[tuple[Rows, ...], tuple[Rows, ...]] | None = None
    """Compatible and incompatible outfits, where a publisher gives them; elsewhere AUC compares a target's score with
    those of its negatives."""

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def hash(self) -> str:
        """Names the queries: the first 12 hexadecimal digits of a SHA-256."""
        digest = hashlib.sha256(repr((self.outfits, self.targets.tolist())).encode())
        for sampling, rows in self.negatives.items():
            digest.update(sampling.encode() + rows.tobytes())
        for category, rows in self.pools.items():
            digest.update(f"{category}".encode() + rows.tobytes())
        digest.update(repr(self.judged).encode())
        return digest.hexdigest()[:12]


def queries_of(collection: Collection, split: str, part: int) -> Queries:
    """The queries of one part.

    Args:
        split: with `disjoint` the targets are the part's items, whatever outfit they are in, among others of the part;
            with `random` all items of the part's outfits, among all. Where a publisher gives parts and queries, the
            test has these alone.
        part: 1 for validation, 2 for the test.
    """
    table = collection.table
    if collection.published and part == 2:
        return _published_queries(collection)
    if split == "random" or collection.published:
        outfits = [rows for rows, own in zip(collection.outfits, collection.outfit_parts, strict=True) if own == part]
        return _draw_queries(table, outfits, np.ones(len(table), bool))
    return _draw_queries(table, collection.outfits, collection.item_parts == part)


def all_queries(collection: Collection, ids: Ids[str] = ()) -> Queries:
    """Queries about data that were never trained on, with each item of each outfit as target.

    Args:
        ids: take only these items as targets, and rank them among these; all where there are none.

    Raises:
        UsageError: no such item is in an outfit.
    """
    wanted = np.array([not ids or product.id in ids for product in collection.table.products])
    if not (wanted & (collection.table.times > 0)).any():
        raise UsageError(f"none of the {len(ids)} ids to ask for is in an outfit; the first is {next(iter(ids))}")
    return _draw_queries(collection.table, collection.outfits, wanted)


def _draw_queries(table: ItemTable, outfits: Sequence[Rows], wanted: NDArray[np.bool_]) -> Queries:
    """Take items out of outfits, and draw negatives of their kind that are in outfits too.

    Args:
        wanted: items that may be targets and negatives. Shape: (n,).

    Raises:
        UsageError: there is no query.
    """
    rng = np.random.default_rng(SEED)
    worn = wanted & (table.times > 0)
    kinds = _grouped(table.kinds, worn)
    rest, targets = [], []
    negatives: dict[str, list[Indices]] = {sampling: [] for sampling in SAMPLINGS}
    for outfit in outfits:
        for row in outfit:
            others = np.setdiff1d(kinds.get(int(table.kinds[row]), ()), outfit)
            if not worn[row] or table.times[row] > MAX_TIMES or len(others) < NEGATIVES:
                continue
            rest.append(tuple(item for item in outfit if item != row))
            targets.append(row)
            popularity = table.times[others] / table.times[others].sum()
            for sampling, chances in zip(SAMPLINGS, (None, popularity), strict=True):
                draws = [rng.choice(others, NEGATIVES, replace=False, p=chances) for _ in range(DRAWS)]
                negatives[sampling].append(np.stack(draws))
    if not targets:
        raise UsageError("nothing can be asked: no item of an outfit has three others of its kind to tell it from")
    drawn = {sampling: np.stack(rows) for sampling, rows in negatives.items()}
    return Queries(tuple(rest), np.array(targets), drawn, _pools(rng, table, worn))


def _published_queries(collection: Collection) -> Queries:
    """The publishers' own blanks and judged outfits, and a pool of the test's items."""
    blanks: list[tuple[Rows, list[int]]] = []
    judged: dict[bool, list[Rows]] = {True: [], False: []}
    test = np.zeros(len(collection.table), bool)
    for data, row in collection.published:
        for blank in data.blanks:
            rest = tuple(row[id] for id in blank.outfit if id in row)
            if rest and len(blank.choices) == 1 + NEGATIVES and all(id in row for id in blank.choices):
                blanks.append((rest, [row[id] for id in blank.choices]))
        for items, compatible in data.judged:
            rows = tuple(row[id] for id in items if id in row)
            if len(rows) > 1:
                judged[compatible].append(rows)
        test[[row[id] for outfit in data.test for id in outfit.items if id in row]] = True
    if not blanks or not all(judged.values()):
        raise UsageError("none of the publisher's queries can be used: their items' photos can't be read")
    choices = np.array([rows for _, rows in blanks])
    return Queries(
        tuple(rest for rest, _ in blanks),
        choices[:, 0],
        {"": choices[:, None, 1:]},
        _pools(np.random.default_rng(SEED), collection.table, test),
        (tuple(judged[True]), tuple(judged[False])),
    )


def _grouped(numbers: Indices, kept: NDArray[np.bool_]) -> dict[int, Indices]:
    """Rows of the kept items by their number."""
    return {int(number): np.flatnonzero((numbers == number) & kept) for number in np.unique(numbers[kept])}


def _pools(rng: np.random.Generator, table: ItemTable, kept: NDArray[np.bool_]) -> dict[int, Indices]:
    """Rows of the kept items by category, at most POOL of each."""
    return {
        category: np.sort(rng.choice(rows, POOL, replace=False)) if len(rows) > POOL else rows
        for category, rows in _grouped(table.categories, kept).items()
    }
