"""Splits as values: the products for training, for judges and for the test, with a hash to print."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from modiste.catalog.records import Catalog, Product
from modiste.images import ImageError, image_hash

SHARES = (0.70, 0.15, 0.15)
"""Of the products in each part, held as closely as whole groups allow."""
PARTS = ("train", "judge", "test")
BLOCK = 50
"""Numeric ids that agree when divided by this are one photo shoot."""


@dataclass(frozen=True)
class Split:
    """Ids of the products of each part."""

    train: tuple[str, ...]
    judge: tuple[str, ...]
    """For validation, and for the classifiers that judge generated pictures."""
    test: tuple[str, ...]
    seed: int = 0

    @property
    def hash(self) -> str:
        """Name of the split: the first 12 hexadecimal digits of the SHA-256 of its sorted `id:part` lines."""
        lines = sorted(f"{id}:{part}\n" for part in PARTS for id in getattr(self, part))
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]


def split_products(catalog: Catalog, *, seed: int = 0) -> Split:
    """Split so that no photo shoot, no photo and no model is in two parts."""
    return split_groups(_groups(catalog), seed=seed)


def split_groups(together: Sequence[Sequence[str]], *, seed: int = 0) -> Split:
    """Split ids of which some must stay together."""
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    taken, total = 0, sum(map(len, together))
    for group in sorted(together, key=lambda ids: hashlib.sha256(f"{seed}:{min(ids)}".encode()).hexdigest()):
        # The middle of the group decides, so that a large group falls where most of it belongs.
        middle = (taken + len(group) / 2) / total
        parts[PARTS[(middle >= SHARES[0]) + (middle >= SHARES[0] + SHARES[1])]] += group
        taken += len(group)
    train, judge, test = (tuple(sorted(parts[part])) for part in PARTS)
    return Split(train, judge, test, seed)


def whole(catalog: Catalog) -> Split:
    """Every product is unseen data (`--split all`)."""
    return Split((), (), tuple(sorted(product.id for product in catalog.products)))


def _groups(catalog: Catalog) -> list[list[str]]:
    """Ids that must stay together: chained by photo shoot, by identical first photo and by model."""
    tied: dict[tuple[str, str], list[str]] = defaultdict(list)
    for product in catalog.products:
        if product.id.isdigit():
            tied["block", str(int(product.id) // BLOCK)].append(product.id)
        if product.variant_of:
            tied["model", product.variant_of].append(product.id)
        if product.images:
            tied["photo", _photo_hash(product)].append(product.id)
    parent = {product.id: product.id for product in catalog.products}
    for ids in tied.values():
        for id in ids[1:]:
            parent[_root(parent, id)] = _root(parent, ids[0])
    joined: dict[str, list[str]] = defaultdict(list)
    for id in parent:
        joined[_root(parent, id)].append(id)
    return list(joined.values())


def _photo_hash(product: Product) -> str:
    try:
        return image_hash(product.images[0])
    except ImageError:
        return str(product.images[0])


def _root(parent: dict[str, str], id: str) -> str:
    while parent[id] != id:
        parent[id] = parent[parent[id]]
        id = parent[id]
    return id
