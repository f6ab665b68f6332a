"""Outfits as arrays."""

from __future__ import annotations

import csv
import hashlib
import json

import numpy as np
import pytest
import torch

from modiste.backgrounds import even_background
from modiste.cache import cache_folder
from modiste.catalog.categories import OUTFIT_CATEGORIES, outfit_category
from modiste.catalog.records import Catalog, Outfit, Product
from modiste.complete.model import Backbone
from modiste.complete.pipeline import label_category
from modiste.errors import UsageError
from modiste.images import SIZE, fit, load_image
from modiste.lab.complete.data import CHUNK, PhotoFeatures, _categories_of, collect, padded, photo_chunks
from modiste.lab.datasets import read, read_outfits
from modiste.lab.datasets.splits import split_products
from tests.lab.complete.conftest import WIDTH, Blind
from tests.lab.datasets.test_polyvore import ITEMS, publish
from tests.photos import write_photo


def shop(folder, rows, outfits, **columns):
    """A shop with a photo of each product, another one for each.

    Args:
        rows: id and category of each product.
        outfits: id to products.
        columns: further columns of the products.
    """
    folder.mkdir()
    with (folder / "products.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "image", "category", *columns])
        for shade, (id, category) in enumerate(rows):
            write_photo(folder / f"{id}.png", shade * 5)
            table.writerow([id, f"{id}.png", category, *(values[shade] for values in columns.values())])
    with (folder / "outfits.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerows([("outfit", "product"), *((name, item) for name, worn in outfits.items() for item in worn)])
    (folder / "boutique.json").write_text(json.dumps({"licence": f"Of {folder.name}."}))
    return folder


CLOTHES = [("a", "shirt"), ("b", "jeans"), ("c", "boots"), ("d", "blouse"), ("e", "skirt"), ("f", "perfume")]
WORN = {"1": "abc", "2": "dec", "3": "ab", "4": "af"}


def named(collection, outfits):
    return ["".join(collection.table.products[row].id for row in outfit) for outfit in outfits]


def test_a_boutique_is_read(collection, boutique):
    catalog, table = read(boutique), collection.table
    place = {product.id: row for row, product in enumerate(catalog.products)}
    assert (collection.names, collection.categories) == (("boutique",), OUTFIT_CATEGORIES)
    assert collection.licences == (catalog.licence,)
    assert collection.hashes == {"boutique": split_products(catalog).hash}
    assert table.products == catalog.products
    assert collection.outfits == tuple(tuple(place[id] for id in outfit.items) for outfit in catalog.outfits)
    worn = [id for outfit in catalog.outfits for id in outfit.items]
    for row, product in enumerate(catalog.products):
        assert table.times[row] == worn.count(product.id)
        assert OUTFIT_CATEGORIES[table.categories[row]] == outfit_category(product.category)
    assert len(table) == len(table.features) == len(catalog.products)
    assert table.features.dtype == np.float16


def test_a_kind_is_a_category_and_a_gender(collection):
    told = [(outfit_category(product.category), product.gender) for product in collection.table.products]
    kinds = collection.table.kinds
    for kind, one in zip(kinds[:40], told, strict=False):
        assert (kinds == kind).tolist() == [other == one for other in told]


def test_a_kind_is_a_family_and_a_year_where_they_are_told(tmp_path):
    columns = {"family": ["x", "x", "y", "", "x", ""], "year": [2020, 2020, 2020, 2020, 2021, 2020]}
    kinds = collect([shop(tmp_path / "shop", CLOTHES, WORN, **columns)], Blind()).table.kinds
    assert kinds.tolist() == [0, 0, 1, 2, 3], "shirt and jeans of one family are of one kind; d is a top without one"


def test_features_are_read_in_full_precision(collection):
    seen = collection.table.features_of(np.array([3, 0]))
    assert seen.dtype == torch.float32
    assert np.array_equal(seen.numpy(), collection.table.features[[3, 0]].astype(np.float32))
    assert collection.table.features_of(slice(2, 5)).shape[0] == 3
    assert len(collection.table.features_of()) == len(collection.table)


def test_what_cannot_be_worn_or_seen_is_left_out(tmp_path):
    source = shop(tmp_path / "shop", CLOTHES, {**WORN, "5": ["a", "a", "b", "c"], "6": ["d", "d"]})
    (source / "e.png").write_bytes(b"no image")
    found = collect([source], Blind())
    assert [product.id for product in found.table.products] == ["a", "b", "c", "d"]
    assert named(found, found.outfits) == ["abc", "dc", "ab", "abc"]
    assert found.table.times.tolist() == [3, 3, 3, 1]
    assert found.table.features.shape == (4, WIDTH)
    assert len(found.item_parts) == len(found.outfit_parts) == 4


@pytest.mark.parametrize(
    ("labels", "categories"),
    [
        (["shirt", "jeans", "boots"], OUTFIT_CATEGORIES),
        (["shirt", "jeans", "gizmo"], OUTFIT_CATEGORIES),
        (["sofa", "lamp", "rug", "sofa"], ("lamp", "rug", "sofa")),
        (["sofa", "lamp", "shirt"], ("lamp", "shirt", "sofa")),
        (["sofa", "", "lamp"], ("lamp", "sofa")),
    ],
)
def test_categories_of_a_catalogue(labels, categories):
    """By what is worn; nobody wears the shelves."""
    products = [Product(f"{place}", category=label) for place, label in enumerate(labels)]
    unworn = [Product(f"unworn {place}", category="shelf") for place in range(9)]
    outfits = (Outfit("1", tuple(product.id for product in products)), Outfit("2", ("0", "gone")))
    assert _categories_of([Catalog("shop", (*products, *unworn), outfits[:1])]) == categories


def test_a_catalogue_of_other_things_has_categories_of_its_own(tmp_path):
    rows = [("a", "sofa"), ("b", "lamp"), ("c", "Sofa"), ("d", "rug"), ("e", "shelf")]
    found = collect([shop(tmp_path / "rooms", rows, {"1": "abd", "2": "cb"})], Blind())
    assert found.categories == ("Sofa", "lamp", "rug", "sofa")
    assert "e" not in {product.id for product in found.table.products}
    assert named(found, found.outfits) == ["abd", "cb"]
    sofas = found.table.categories[[0, 2]].tolist()
    assert sofas[0] == sofas[1], "however the label is spelt"


def test_categories_of_a_network_that_is_there(tmp_path):
    source = shop(tmp_path / "shop", CLOTHES, WORN)
    found = collect([source], Blind(), categories=["boots", "jeans"])
    assert found.categories == ("boots", "jeans")
    assert [product.id for product in found.table.products] == ["b", "c"]
    assert named(found, found.outfits) == ["bc"]


@pytest.mark.parametrize(
    ("label", "categories", "expected"),
    [
        ("Casual Shoes", OUTFIT_CATEGORIES, "shoes"),
        ("perfume", OUTFIT_CATEGORIES, None),
        (" Sofa", ("sofa", "Lamp"), "sofa"),
        ("LAMP", ("sofa", "Lamp"), "Lamp"),
        ("shoes", ("sofa", "Lamp"), None),
        ("shirt", ("tops", "bottoms"), None),
        ("cardigan", OUTFIT_CATEGORIES, "tops"),
    ],
)
def test_a_label_among_a_networks_categories(label, categories, expected):
    assert label_category(label, categories) == expected


def test_disjoint_learns_from_training_items_alone(collection, boutique):
    training = set(split_products(read(boutique)).train)
    rows = {row for row, product in enumerate(collection.table.products) if product.id in training}
    learnt = collection.training_outfits("disjoint")
    expected = {tuple(row for row in outfit if row in rows) for outfit in collection.outfits}
    assert set(learnt) == {outfit for outfit in expected if len(outfit) > 1}
    assert len(set(learnt)) == len(learnt), "two outfits that differed in a test item are one now"
    assert collection.item_parts.tolist() == [
        next(number for number, ids in enumerate(parts) if product.id in ids)
        for parts in [[getattr(split_products(read(boutique)), part) for part in ("train", "judge", "test")]]
        for product in collection.table.products
    ]


def test_random_learns_from_whole_outfits(boutique):
    found = collect([boutique], Blind(), split="random")
    learnt = found.training_outfits("random")
    outfits = read(boutique).outfits
    assert len(found.outfit_parts) == len(outfits)
    assert learnt == [rows for rows, part in zip(found.outfits, found.outfit_parts, strict=True) if part == 0]
    assert 0.6 < len(learnt) / len(outfits) < 0.8
    for outfit, part in zip(outfits, found.outfit_parts, strict=True):
        draw = int(hashlib.sha256(outfit.id.encode()).hexdigest()[:8], 16) / 16**8
        assert part == (0 if draw < 0.7 else 1 if draw < 0.85 else 2)


def test_hashes_name_the_split(tmp_path, boutique):
    disjoint, random = (collect([boutique], Blind(), split=split).hashes for split in ("disjoint", "random"))
    assert disjoint != random
    assert all(len(hash) == 12 for hash in (*disjoint.values(), *random.values()))
    one = shop(tmp_path / "one", CLOTHES, WORN)
    fewer = shop(tmp_path / "fewer", CLOTHES, {"1": "abc", "2": "dec"})
    for split, same in (("disjoint", True), ("random", False)):
        first, second = (collect([source], Blind(), split=split).hashes.popitem()[1] for source in (one, fewer))
        assert (first == second) is same, "other outfits of the same products are another random split alone"


def test_two_shops_are_learnt_from_together(tmp_path):
    first = shop(tmp_path / "first", CLOTHES, WORN)
    second = shop(tmp_path / "second", [(id.upper(), label) for id, label in CLOTHES], {"1": "ABC", "9": "DE"})
    found = collect([first, second], Blind())
    assert (found.names, found.licences) == (("first", "second"), ("Of first.", "Of second."))
    assert list(found.hashes) == ["first", "second"]
    assert named(found, found.outfits) == ["abc", "dec", "ab", "ABC", "DE"]


def test_two_shops_may_number_their_products_alike(tmp_path):
    first = shop(tmp_path / "first", CLOTHES, {"1": "abc", "2": "dec"})
    second = shop(tmp_path / "second", [(id, label) for id, label in CLOTHES[::-1]], {"1": "abc"})
    found = collect([first, second], Blind())
    worn = [{found.table.products[row].images[0].parent.name for row in outfit} for outfit in found.outfits]
    assert worn == [{"first"}, {"first"}, {"second"}]
    assert found.table.times.sum() == 9
    assert len(found.item_parts) == len(found.table)


@pytest.mark.parametrize("folder", ["", "disjoint"])
def test_a_publishers_parts_and_categories_are_kept(tmp_path, folder):
    source = publish(tmp_path) / folder
    data, found = read_outfits(source), collect([source], Blind())
    assert found.hashes == {data.catalog.name: data.split_hash}
    assert [one for one, _ in found.published] == [data]
    assert named(found, found.outfits) == ["".join(one.items) for one in data.train + data.judge + data.test]
    assert found.outfit_parts.tolist() == [0] * len(data.train) + [1] * len(data.judge) + [2] * len(data.test)
    for split in ("disjoint", "random"):
        assert named(found, found.training_outfits(split)) == ["".join(one.items) for one in data.train]
    for product, category in zip(found.table.products, found.table.categories, strict=True):
        assert OUTFIT_CATEGORIES[category] == ITEMS[product.id]["semantic_category"], "whatever its label says"


def test_what_a_publisher_says_is_said_of_its_own_products(tmp_path):
    """109 is outerwear, though cardigans are tops elsewhere; it says so of no shop's 109."""
    own = shop(tmp_path / "shop", [("109", "cardigan"), ("108", "jeans")], {"1": ["109", "108"]})
    found = collect([publish(tmp_path / "published"), own], Blind())
    told = [
        OUTFIT_CATEGORIES[category]
        for product, category in zip(found.table.products, found.table.categories, strict=True)
        if product.id == "109"
    ]
    assert told == ["outerwear", "tops"]
    assert found.published[0][1]["109"] < found.outfits[-1][0]


def test_beside_a_published_data_set_a_shops_test_items_are_not_learnt(tmp_path, boutique):
    """Its hash says that it is split by items."""
    found = collect([publish(tmp_path / "published"), boutique], Blind())
    split = split_products(read(boutique))
    assert found.hashes["boutique"] == split.hash
    learnt = {found.table.products[row].id for outfit in found.training_outfits("disjoint") for row in outfit}
    assert learnt & set(split.train)
    assert not learnt & {*split.judge, *split.test}


@pytest.mark.parametrize(
    ("outfits", "says"),
    [
        ({}, "shop has no outfits; complete learns from products that were put together"),
        ({"1": "a", "2": "af"}, "no outfit of two items whose photos can be read is in .*shop"),
    ],
)
def test_without_outfits_nothing_can_be_learnt(tmp_path, outfits, says):
    with pytest.raises(UsageError, match=says):
        collect([shop(tmp_path / "shop", CLOTHES, outfits)], Blind())


def test_two_data_sets_of_one_name_are_refused(boutique):
    with pytest.raises(UsageError, match='two data sets are called "boutique", as their files are; give one'):
        collect([boutique, boutique], Blind())


@pytest.fixture(scope="module")
def backbone(encoder):
    return Backbone(encoder).eval()


@pytest.fixture(scope="module")
def files(boutique):
    return sorted((boutique / "images").iterdir())[:6]


@pytest.fixture(scope="module")
def photos(files):
    return np.concatenate(list(photo_chunks(files)))


def by_torch(backbone, photos):
    with torch.inference_mode():
        return backbone(torch.from_numpy(photos)).numpy()


def test_pixels_are_photos_at_the_encoders_size(files, photos):
    assert photos.shape == (6, *SIZE, 3)
    for file, pixels in zip(files, photos, strict=True):
        assert np.array_equal(pixels, fit(load_image(file, at_least=SIZE)))


def test_the_graph_sees_what_the_network_sees(encoder, backbone, photos):
    found, direct = PhotoFeatures(encoder, even=False).extract(photos), by_torch(backbone, photos)
    assert found.shape == (6, backbone.width)
    assert np.abs(found - direct).max() < 1e-3 * np.abs(direct).max()


def test_features_begin_with_the_encoders_vector_and_hold_its_maps_statistics(encoder, backbone, photos):
    features, maps = by_torch(backbone, photos), encoder.maps(photos)
    assert np.abs(features[:, : encoder.dim] - maps["vector"]).max() < 1e-3
    for name in ("low", "mid"):
        for told in (maps[name].mean((2, 3)), np.sqrt(maps[name].var((2, 3)) + 1e-6)):
            places = [at for at in range(features.shape[1]) if np.abs(features[:, at] - told[:, 0]).max() < 1e-2]
            nearest = [np.abs(features[:, at : at + told.shape[1]] - told).max() for at in places]
            assert min(nearest) < 1e-2 * np.abs(told).max(), name


def test_backgrounds_are_made_even_first(encoder, backbone, photos):
    tinted = np.clip(photos.astype(np.int64) - [0, 6, 14], 0, 255).astype(np.uint8)
    even = PhotoFeatures(encoder).extract(tinted)
    direct = by_torch(backbone, even_background(tinted))
    assert np.abs(even - direct).max() < 1e-3 * np.abs(direct).max()
    raw = PhotoFeatures(encoder, even=False).extract(tinted)
    assert np.abs(raw - even).max() > 0.05 * np.abs(even).max()


def test_features_hardly_depend_on_what_else_is_looked_at(encoder, photos):
    """But for rounding, which turns a pixel of a backdrop now and then."""
    features = PhotoFeatures(encoder)
    many = features.extract(photos[np.arange(CHUNK + 2) % 6])
    assert many.shape[0] == CHUNK + 2
    for start in (0, 60):
        assert np.abs(many[start : start + 6] - features.extract(photos)).max() < 0.01 * np.abs(many).max()


def test_files_are_looked_at_once(encoder, files, photos, monkeypatch):
    features = PhotoFeatures(encoder)
    found = features.load(files)
    assert found.dtype == np.float16
    assert np.array_equal(found, features.extract(photos).astype(np.float16))
    monkeypatch.setattr(PhotoFeatures, "extract", lambda *_: pytest.fail("looked again"))
    assert np.array_equal(PhotoFeatures(encoder).load(files), found)
    for others in (files[:-1], files[::-1]):
        with pytest.raises(pytest.fail.Exception, match="looked again"):
            features.load(others)
    with pytest.raises(pytest.fail.Exception, match="looked again"):
        PhotoFeatures(encoder, even=False).load(files)


def test_a_photo_that_has_changed_is_looked_at_again(encoder, tmp_path):
    photo, features = write_photo(tmp_path / "photo.png", 10), PhotoFeatures(encoder)
    before = features.load([photo])
    write_photo(photo, 200)
    assert not np.array_equal(features.load([photo]), before)


def test_features_are_kept_in_the_cache_folder(encoder, files):
    kept = set(cache_folder().glob("looks-*.npy"))
    PhotoFeatures(encoder).load(files[:2])
    assert len(set(cache_folder().glob("looks-*.npy")) - kept) == 1


def test_no_photos_have_no_features(encoder):
    assert len(PhotoFeatures(encoder).extract(np.empty((0, *SIZE, 3), np.uint8))) == 0
    assert list(photo_chunks([])) == []


@pytest.mark.parametrize(
    ("rows", "items", "there"),
    [
        ([(4, 2), (7,)], [[4, 2], [7, 0]], [[1, 1], [1, 0]]),
        ([(), (3, 1, 2)], [[0, 0, 0], [3, 1, 2]], [[0, 0, 0], [1, 1, 1]]),
        ([(5,)], [[5]], [[1]]),
    ],
)
def test_padded(rows, items, there):
    found, known = padded(rows)
    assert (found.tolist(), known.tolist()) == (items, there)
    assert found.dtype == torch.long


def test_nothing_padded_is_nothing():
    assert [part.shape for part in padded([])] == [(0, 0), (0, 0)]
