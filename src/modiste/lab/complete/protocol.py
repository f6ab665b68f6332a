"""What is asked of a network: fill in the blank, tell outfits from chance, find the item among many."""

from __future__ import annotations

import hashlib
from collections.abc import Collection as Ids
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modiste.errors import UsageError
from modiste.lab.complete.data import Collection, Rows, Wardrobe
from modiste.types import Indices

SEED = 5
"""Of what is drawn; a protocol has one, whatever seed a network has."""
DRAWS = 3
"""How often strangers are drawn for each question."""
STRANGERS = 3
"""Wrong answers of a fill-in-the-blank question (Han et al., MM 2017, section 4.3)."""
OFTEN = 20
"""Items in more outfits than this go with everything, and aren't asked for."""
POOL = 3000
"""Most items of a category that the right one is looked for among (CSA-Net, section 4.3)."""
LOTS = ("", "popularity")
"""How strangers are drawn: all alike, or as often as they are in outfits; the name stands behind a metric's."""


@dataclass(frozen=True)
class Questions:
    """One protocol, as places in a wardrobe."""

    outfits: tuple[Rows, ...]
    """What is there."""
    answers: Indices
    """What was taken out. Shape: (q,)."""
    strangers: Mapping[str, Indices]
    """By lot, wrong answers of the answer's kind. Shape: (q, draws, 3)."""
    pools: Mapping[int, Indices]
    """By category, what an answer is looked for among."""
    judged: tuple[tuple[Rows, ...], tuple[Rows, ...]] | None = None
    """Whole outfits as people put them together, and as chance would, where a publisher gives them; elsewhere
    compatibility is told between an outfit with its own item and with each of the item's strangers."""

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def hash(self) -> str:
        """Names the questions: the first 12 hexadecimal digits of a SHA-256."""
        digest = hashlib.sha256(repr((self.outfits, self.answers.tolist())).encode())
        for lot, drawn in self.strangers.items():
            digest.update(lot.encode() + drawn.tobytes())
        for category, rows in self.pools.items():
            digest.update(f"{category}".encode() + rows.tobytes())
        digest.update(repr(self.judged).encode())
        return digest.hexdigest()[:12]


def ask(collection: Collection, split: str, part: int) -> Questions:
    """The questions of one part.

    Args:
        split: `disjoint` asks for the part's items, whatever outfit they are in, among others of the part; `random`
            asks for every item of the part's outfits, among all. Where a publisher gives parts and questions, these
            alone are asked.
        part: 1 for the judges', 2 for the test's.
    """
    wardrobe = collection.wardrobe
    if collection.published and part == 2:
        return _published(collection)
    if split == "random" or collection.published:
        outfits = [rows for rows, own in zip(collection.outfits, collection.outfit_parts, strict=True) if own == part]
        return draw(wardrobe, outfits, np.ones(len(wardrobe), bool))
    return draw(wardrobe, collection.outfits, collection.item_parts == part)


def ask_all(collection: Collection, ids: Ids[str] = ()) -> Questions:
    """The questions about data that were never trained on: each item of each outfit.

    Args:
        ids: ask for these items only, among these; all where there are none.

    Raises:
        UsageError: no such item is in an outfit.
    """
    wanted = np.array([not ids or product.id in ids for product in collection.wardrobe.products])
    if not (wanted & (collection.wardrobe.times > 0)).any():
        raise UsageError(f"none of the {len(ids)} ids to ask for is in an outfit; the first is {next(iter(ids))}")
    return draw(collection.wardrobe, collection.outfits, wanted)


def draw(
    wardrobe: Wardrobe, outfits: Sequence[Rows], wanted: NDArray[np.bool_], *, often: int = OFTEN, seed: int = SEED
) -> Questions:
    """Take items out of outfits, and draw strangers of their kind that are worn too.

    Args:
        wanted: which items are asked for, and are strangers. Shape: (n,).
        often: items in more outfits aren't asked for.

    Raises:
        UsageError: nothing can be asked.
    """
    rng = np.random.default_rng(seed)
    worn = wanted & (wardrobe.times > 0)
    kinds = _grouped(wardrobe.kinds, worn)
    categories = _grouped(wardrobe.categories, worn)
    rest, answers = [], []
    drawn: dict[str, list[Indices]] = {lot: [] for lot in LOTS}
    for outfit in outfits:
        for row in outfit:
            others = np.setdiff1d(kinds.get(int(wardrobe.kinds[row]), ()), outfit)
            if not worn[row] or wardrobe.times[row] > often or len(others) < STRANGERS:
                continue
            rest.append(tuple(item for item in outfit if item != row))
            answers.append(row)
            for lot in LOTS:
                drawn[lot].append(np.stack([_some(rng, wardrobe, others, lot) for _ in range(DRAWS)]))
    if not answers:
        raise UsageError("nothing can be asked: no item of an outfit has three others of its kind to tell it from")
    pools = {category: _pool(rng, rows) for category, rows in categories.items()}
    return Questions(
        tuple(rest),
        np.array(answers),
        {lot: np.stack(rows) for lot, rows in drawn.items()},
        pools,
    )


def _published(collection: Collection) -> Questions:
    """The publishers' own blanks and outfits to judge, and a pool of the test's items."""
    blanks: list[tuple[Rows, list[int]]] = []
    sides: dict[bool, list[Rows]] = {True: [], False: []}
    there = np.zeros(len(collection.wardrobe), bool)
    for data, place in collection.published:
        for blank in data.blanks:
            rest = _rows(blank.outfit, place)
            if rest and all(id in place for id in blank.choices):
                blanks.append((rest, [place[id] for id in blank.choices]))
        for judged in data.judged:
            rows = _rows(judged.items, place)
            if len(rows) > 1:
                sides[judged.compatible].append(rows)
        there[[place[id] for outfit in data.test for id in outfit.items if id in place]] = True
    blanks = [one for one in blanks if len(one[1]) == 1 + STRANGERS]
    if not blanks or not all(sides.values()):
        raise UsageError("none of the publisher's questions can be asked: their items' photos can't be read")
    rng = np.random.default_rng(SEED)
    choices = np.array([rows for _, rows in blanks])
    return Questions(
        tuple(rest for rest, _ in blanks),
        choices[:, 0],
        {"": choices[:, None, 1:]},
        {category: _pool(rng, rows) for category, rows in _grouped(collection.wardrobe.categories, there).items()},
        (tuple(sides[True]), tuple(sides[False])),
    )


def _rows(ids: Sequence[str], place: Mapping[str, int]) -> Rows:
    return tuple(place[id] for id in ids if id in place)


def _grouped(numbers: Indices, there: NDArray[np.bool_]) -> dict[int, Indices]:
    return {int(number): np.flatnonzero((numbers == number) & there) for number in np.unique(numbers[there])}


def _some(rng: np.random.Generator, wardrobe: Wardrobe, others: Indices, lot: str) -> Indices:
    chances = None
    if lot == "popularity":
        chances = wardrobe.times[others] / wardrobe.times[others].sum()
    return rng.choice(others, STRANGERS, replace=False, p=chances)


def _pool(rng: np.random.Generator, rows: Indices) -> Indices:
    return np.sort(rng.choice(rows, POOL, replace=False)) if len(rows) > POOL else rows
