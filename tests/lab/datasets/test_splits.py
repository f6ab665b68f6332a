from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from modiste.catalog import Catalog, Product
from modiste.images import image_hash
from modiste.lab.datasets import read, splits
from modiste.lab.datasets.splits import PARTS, Split, _groups, split_products, whole
from tests.photos import write_photo


def shop(*products: Product) -> Catalog:
    return Catalog("shop", products)


def numbered(count: int) -> Catalog:
    return shop(*(Product(id=str(1000 + number)) for number in range(count)))


def part_of(split: Split) -> dict[str, str]:
    return {id: part for part in PARTS for id in getattr(split, part)}


def test_groups_are_chained_by_block_photo_and_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = write_photo(tmp_path / "a.png", 1), write_photo(tmp_path / "b.png", 2)
    same_as_a = write_photo(tmp_path / "c.png", 1)
    catalog = shop(
        Product("101", (a,)),
        Product("149", (b,)),
        Product("x", (same_as_a,), variant_of="coat"),
        Product("y", variant_of="coat"),
        Product("150"),
        Product("z", (tmp_path / "none.png",)),
    )
    assert sorted(sorted(group) for group in _groups(catalog)) == [["101", "149", "x", "y"], ["150"], ["z"]]
    monkeypatch.setattr(splits, "BLOCK", 10)
    assert sorted(len(group) for group in _groups(catalog)) == [1, 1, 1, 3]


def test_every_product_is_in_one_part_and_shares_hold() -> None:
    catalog = numbered(5000)
    split = split_products(catalog)
    assert sorted(split.train + split.judge + split.test) == sorted(product.id for product in catalog.products)
    assert len(split.train) == pytest.approx(3500, abs=50)
    assert len(split.judge) == pytest.approx(750, abs=50)
    assert len(split.test) == pytest.approx(750, abs=50)


def test_a_split_depends_on_the_products_and_the_seed_alone() -> None:
    catalog = numbered(1000)
    backwards = shop(*reversed(catalog.products))
    assert split_products(catalog) == split_products(backwards)
    assert split_products(catalog).hash != split_products(catalog, seed=1).hash


def test_the_hash_names_the_parts_by_hand() -> None:
    by_hand = hashlib.sha256(b"a:train\nb:judge\nc:test\n").hexdigest()
    assert Split(("a",), ("b",), ("c",)).hash == by_hand[:12]
    assert Split(("a",), ("b",), ("c",), seed=3).hash == Split(("a",), ("b",), ("c",)).hash
    assert Split(("a",), ("c",), ("b",)).hash != Split(("a",), ("b",), ("c",)).hash


def test_whole_is_unseen_data() -> None:
    split = whole(numbered(3))
    assert (split.train, split.judge, split.test) == ((), (), ("1000", "1001", "1002"))


def test_an_empty_catalogue_splits_into_nothing() -> None:
    assert split_products(shop()) == Split((), (), ())


@pytest.mark.parametrize("name", ["fashion-product-images", "mango"])
def test_no_shoot_photo_or_model_is_in_two_parts_of_the_real_data(photographs: Path, name: str) -> None:
    catalog = read(photographs / name)
    split = split_products(catalog)
    part = part_of(split)
    assert len(part) == len(catalog.products)
    parts: dict[tuple[str, str], set[str]] = {}
    for product in catalog.products:
        keys = [("photo", image_hash(product.images[0]))]
        keys += [("model", product.variant_of)] if product.variant_of else []
        keys += [("block", str(int(product.id) // 50))] if product.id.isdigit() else []
        for key in keys:
            parts.setdefault(key, set()).add(part[product.id])
    assert max(map(len, parts.values())) == 1
    shares = Counter(part.values())
    assert shares["train"] / len(part) == pytest.approx(0.70, abs=0.02)
    assert shares["test"] / len(part) == pytest.approx(0.15, abs=0.02)
