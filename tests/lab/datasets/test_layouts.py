from __future__ import annotations

import json
from pathlib import Path

import pytest

from modiste.catalog.records import Layout
from modiste.errors import UsageError
from modiste.lab.datasets import LAYOUTS, detect, domain, read
from tests.photos import write_photo

FILES = {
    "fashion-product-images": ["styles.csv", "images/1.jpg"],
    "mango": ["datathon/dataset/product_data.csv", "datathon/images/2019_1.jpg"],
    "ccp": ["annotations/pixel-level/0001.mat", "photos/0001.jpg"],
    "fashion-iq": ["captions/cap.dress.val.json", "images/B1.jpg"],
    "fashion200k": ["labels/dress_train_detect_all.txt", "women/dresses/a/1/1_0.jpeg"],
    "shoes": ["relative_captions_shoes.json", "train_im_names.txt", "eval_im_names.txt"],
    "polyvore-outfits": ["polyvore_item_metadata.json", "nondisjoint/train.json", "images/1.jpg"],
    "boutique": ["boutique.json", "products.csv", "images/1.png"],
    "csv": ["shop.csv", "photos/1.jpg"],
    "images": ["dresses/1.jpg"],
}


def make(folder: Path, names: list[str]) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", FILES)
def test_a_layout_is_told_by_its_files(tmp_path: Path, name: str) -> None:
    assert detect(make(tmp_path, FILES[name])) == name


@pytest.mark.parametrize(
    ("names", "known"),
    [(["boutique"], "boutique"), (["mango"], "photos"), (["csv"], "photos"), (["boutique", "mango"], "photos")],
)
def test_networks_know_the_kind_of_pictures_that_they_learn_from(tmp_path: Path, names: list[str], known: str) -> None:
    assert domain([make(tmp_path / name, FILES[name]) for name in names]) == known


PUBLISHED = {name: layout for name, layout in LAYOUTS.items() if not layout.takes_options}


@pytest.mark.parametrize("layout", PUBLISHED.values(), ids=PUBLISHED)
def test_a_layout_says_what_it_is(layout: Layout, tmp_path: Path) -> None:
    name = layout.name
    assert LAYOUTS[name] is layout
    assert LAYOUTS[name].licence.endswith(".")
    assert LAYOUTS[name].traps
    with pytest.raises(UsageError) as refused:
        read(tmp_path, format=name)
    assert str(refused.value) == (
        f"{tmp_path} is not in the layout {name}, which has {LAYOUTS[name].files}; check the path"
    )


def test_the_boutique_is_a_table_with_terms(tmp_path: Path) -> None:
    write_photo(tmp_path / "images" / "1.png")
    (tmp_path / "boutique.json").write_text(json.dumps({"licence": "CC0-1.0"}))
    (tmp_path / "products.csv").write_text("id,images,colour,sleeve\n1,images/1.png,red,long\n")
    catalog = read(tmp_path)
    assert catalog.licence == "CC0-1.0"
    assert catalog.name == tmp_path.name
    assert catalog.products[0].attributes == {"sleeve": "long"}
    (tmp_path / "boutique.json").write_text("{")
    with pytest.raises(UsageError, match=r"boutique.json is damaged; draw the boutique again"):
        read(tmp_path)


def test_a_table_is_read_with_its_map(tmp_path: Path) -> None:
    write_photo(tmp_path / "a.png")
    (tmp_path / "shop.csv").write_text("nr,image\n1,a.png\n")
    assert read(tmp_path / "shop.csv", columns={"id": "nr"}).products[0].id == "1"


@pytest.mark.parametrize(
    ("format", "columns", "says"),
    [
        ("mengo", {}, 'no format "mengo"; nearest: mango'),
        ("boutique", {"title": "name"}, "--map and --encoding are for tables; .* is read in the layout boutique"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, format: str, columns: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read(make(tmp_path, FILES["boutique"]), format=format, columns=columns)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is nothing at .*none; check the path"):
        read(tmp_path / "none")
