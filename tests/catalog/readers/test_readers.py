from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from modiste.catalog import Outfit, Rejected, read, write_rejected
from modiste.errors import UsageError
from tests.photos import write_photo

ROWS: list[dict[str, Any]] = [
    {
        "id": "a1",
        "image": "photos/a.png",
        "title": "Blue dress",
        "colour": "Navy Blue",
        "price": 12.5,
        "in_stock": "yes",
        "size": 38,
        "washable": True,
        "variant_of": "a",
        "outfit_id": "o1|o2",
    },
    {
        "id": "a2",
        "image": "photos/b.png",
        "title": "Shirt, white",
        "colour": "white",
        "price": None,
        "in_stock": "0",
        "size": 40,
        "washable": False,
        "variant_of": "",
        "outfit_id": "o1",
    },
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for shade, name in enumerate("ab"):
        write_photo(tmp_path / "photos" / f"{name}.png", shade)
    return tmp_path


def as_csv(rows: list[dict[str, Any]], separator: str = ",") -> str:
    quoted = [['"' + ("" if cell is None else str(cell)) + '"' for cell in row.values()] for row in rows]
    return "\r\n".join(separator.join(cells) for cells in [list(rows[0]), *quoted]) + "\r\n"


def write(folder: Path, name: str) -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    else:
        path.write_text(as_csv(ROWS, "\t" if path.suffix == ".tsv" else ","), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["shop.csv", "shop.tsv", "shop.parquet", "shop.jsonl"])
def test_every_format_gives_the_same_catalogue(shop: Path, name: str) -> None:
    catalog = read(write(shop, name))
    first, second = catalog.products
    assert catalog.rejected == ()
    assert first.images == (shop / "photos" / "a.png",)
    assert (first.id, first.title, first.colour, first.price, first.in_stock) == (
        *("a1", "Blue dress", "navy blue", 12.5, True),
    )
    assert (second.id, second.title, second.price, second.in_stock) == ("a2", "Shirt, white", None, False)
    assert (first.variant_of, second.variant_of) == ("a", "")
    assert first.attributes == {"size": 38.0, "washable": True}
    assert catalog.outfits == (Outfit("o1", ("a1", "a2")), Outfit("o2", ("a1",)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_spreadsheet_wrote_it(shop: Path, encoding: str, separator: str) -> None:
    lines = [["id", "image", "title"], ["a1", "photos/a.png", "Jupe à fleurs brodées"]]
    (shop / "shop.csv").write_text("\n".join(separator.join(line) for line in lines), encoding=encoding)
    (product,) = read(shop / "shop.csv").products
    assert product.title == "Jupe à fleurs brodées"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",photos/a.png,1", "the id is missing; give every product one"),
        ("a1,photos/a.png,1", 'id "a1" is taken by shop.csv, line 2; give every product its own'),
        ("b,,1", "the row names no image; give the photo's path"),
        ("b,photos/none.png,1", "no image at .*none.png; check the path, which is relative to the table"),
        (
            "b,https://x.org/a.png,1",
            r"the image is a URL \(https://x.org/a.png\); allow fetching it with --allow-downl",
        ),
        (
            "b,photos/a.png,1,2",
            'the row has 4 cells and the table 3 columns; put quotes around values that contain ","',
        ),
    ],
)
def test_a_bad_row_is_rejected_and_the_rest_goes_in(shop: Path, row: str, reason: str) -> None:
    (shop / "shop.csv").write_text(f"id,image,price\na1,photos/a.png,1\n{row}\na2,photos/b.png,2\n")
    catalog = read(shop / "shop.csv")
    assert [product.id for product in catalog.products] == ["a1", "a2"]
    (rejected,) = catalog.rejected
    assert rejected.source == "shop.csv, line 3"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(rejected.reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("b,photos/a.png|photos/none.png,1,yes", "no image at .*none.png; .*; left out"),
        ("b,photos/a.png,-1,yes", "price -1 is negative; give 0 or more; left empty"),
        ("b,photos/a.png,free,yes", 'price "free" is not a number; write it as 12.50; left empty'),
        ("b,photos/a.png,1,perhaps", 'in_stock "perhaps" is not understood; .*; left empty'),
        ("b,photos/a.png,1,yes,[1", r'"\[1" is not a JSON list .*; write \["one", "two"\]; left empty'),
    ],
)
def test_what_is_not_needed_and_cannot_be_read_is_left_out(shop: Path, row: str, reason: str) -> None:
    (shop / "shop.csv").write_text(f"id,image,price,in_stock,outfit_id\n{row}\n")
    catalog = read(shop / "shop.csv")
    (product,), (rejected,) = catalog.products, catalog.rejected
    assert (product.images, product.in_stock) == ((shop / "photos" / "a.png",), True)
    assert (rejected.id, rejected.source) == ("b", "shop.csv, line 2")
    assert re.match(reason, rejected.reason)


def test_an_empty_sale_price_means_the_regular_one(shop: Path) -> None:
    (shop / "shop.csv").write_text(
        "SKU,Images,Sale price,Regular price\n1,photos/a.png,,49.90\n2,photos/b.png,39.90,59.90\n"
    )
    assert [product.price for product in read(shop / "shop.csv").products] == [49.9, 39.9]


def test_the_currency_is_an_attribute(shop: Path) -> None:
    (shop / "shop.csv").write_text("id;image;price\n1;photos/a.png;1.299 €\n2;photos/b.png;12,50\n")
    first, second = read(shop / "shop.csv").products
    assert (first.price, first.attributes) == (1299.0, {"currency": "€"})
    assert (second.price, second.attributes) == (12.5, {})


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1, "image": "photos/a.png"}, {"id": 2, "image": "photos/b.png"}]',
        '{"products": [{"id": 1, "image": "photos/a.png"}, {"id": 2, "image": "photos/b.png"}], "count": 2}',
        '{\n "id": 1,\n "image": "photos/a.png"\n}\n{\n "id": 2,\n "image": ["photos/b.png"]\n}',
        '\ufeff{"id": 1, "image": "photos/a.png", "price": NaN}\n{"id": 2.0, "image": {"path": "photos/b.png"}}\n',
    ],
)
@pytest.mark.parametrize("name", ["shop.json", "shop.jsonl"])
def test_json_as_it_comes(shop: Path, name: str, text: str) -> None:
    (shop / name).write_text(text, encoding="utf-8")
    catalog = read(shop / name)
    assert [(product.id, product.images[0].name, product.price) for product in catalog.products] == [
        ("1", "a.png", None),
        ("2", "b.png", None),
    ]
    assert catalog.rejected == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"id": true, "image": "photos/a.png"}', "the id true is a bool; give a text or a number"),
        ('{"id": [1], "image": "photos/a.png"}', "the id 1 is a list; give a text or a number"),
        (
            '{"id": "a\\nb", "image": "photos/a.png"}',
            "the id 'a\\nb' holds a line break or a control character; leave it",
        ),
        ('{"id": 1, "image": "photos/a.png"}{"id": 2}', "not JSON (Extra data)"),
        ('{"id": 1, "id": 2, "image": "photos/a.png"}', "not JSON (two keys are called id)"),
        ('{"id": 1, "image": ' + "[" * 100_000, "not JSON (nested too deeply)"),
        ('{"id": 1, "image": {"bytes": "x", "path": null}}', "the image is given without a path; save it as a file"),
    ],
)
def test_a_row_of_json_that_cannot_be_used(shop: Path, row: str, reason: str) -> None:
    (shop / "shop.jsonl").write_text(f'{row}\n{{"id": 3, "image": "photos/b.png"}}\n')
    catalog = read(shop / "shop.jsonl")
    assert [product.id for product in catalog.products] == ["3"]
    assert [rejected.reason[: len(reason)] for rejected in catalog.rejected] == [reason]


def test_numbers_and_times_in_a_parquet_table(shop: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    columns = {
        "id": ["1"],
        "image": ["photos/a.png"],
        "price": [Decimal("12.990")],
        "width": [Decimal("1.50")],
        "added": pyarrow.array([1_700_000_000_123_456_789], pyarrow.timestamp("ns")),
        "ends": pyarrow.array([2**62], pyarrow.timestamp("us")),
    }
    parquet.write_table(pyarrow.table(columns), shop / "a.parquet")
    (product,) = read(shop / "a.parquet").products
    assert product.price == 12.99
    assert (product.attributes["width"], product.attributes["added"]) == (1.5, "2023-11-14 22:13:20.123456789")


def test_a_single_product_whose_photos_are_objects(shop: Path) -> None:
    (shop / "shop.json").write_text('{"id": 1, "images": [{"src": "photos/a.png"}, {"url": "photos/b.png"}]}')
    (product,) = read(shop / "shop.json").products
    assert [photo.name for photo in product.images] == ["a.png", "b.png"]


def test_half_a_surrogate_pair_in_json_is_replaced(shop: Path) -> None:
    row = r'{"id": "a\ud83d", "image": "photos/a.png", "title": "\ud83d x \ud83d\ude00", "k\udc00": ["\ud800"]}'
    (shop / "shop.jsonl").write_text(f"{row}\n")
    (product,) = read(shop / "shop.jsonl").products
    assert (product.id, product.title, product.attributes) == ("a?", "? x \U0001f600", {"k": "?"})


def test_photos_in_a_parquet_table(shop: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    image = [{"bytes": b"\xff\xd8", "path": "photos/a.png"}, {"bytes": None, "path": "photos/b.png"}]
    parquet.write_table(pyarrow.table({"id": [1.0, 2.0], "image": image, "price": [1.0, float("nan")]}), shop / "a.pq")
    catalog = read(shop / "a.pq")
    assert [(product.id, product.price) for product in catalog.products] == [("2", None)]
    assert [bad.reason for bad in catalog.rejected] == [
        "the image is given without a path; save it as a file, and name that file's path"
    ]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("shop.xlsx", "shop.xlsx is a spreadsheet; save its sheet as CSV"),
        ("feed.xml", "feed.xml is XML; export"),
        ("shop.csv.gz", "is packed; unpack it first"),
    ],
)
def test_a_table_of_another_kind_is_not_passed_over(shop: Path, name: str, says: str) -> None:
    (shop / name).write_bytes(b"PK")
    with pytest.raises(UsageError, match=says):
        read(shop / name)
    with pytest.raises(UsageError, match=f"holds {name}, which is .*; or say --format images"):
        read(shop)
    assert len(read(shop, format="images").products) == 2


def test_a_broken_line_of_json_is_rejected(shop: Path) -> None:
    good = json.dumps({"id": 7, "image": "photos/a.png"})
    (shop / "shop.jsonl").write_text(f'{good}\n{{"id": 8,\n\n[1]\n')
    catalog = read(shop / "shop.jsonl")
    assert [product.id for product in catalog.products] == ["7"]
    assert [(bad.source, re.split(r" \(|:", bad.reason)[0]) for bad in catalog.rejected] == [
        ("shop.jsonl, line 2", "not JSON"),
        ("shop.jsonl, line 4", "not a JSON object"),
    ]


def test_several_photos_and_absolute_paths(shop: Path) -> None:
    a, b = shop / "photos" / "a.png", shop / "photos" / "b.png"
    (shop / "shop.csv").write_text(f"id,image,images\n1,{a},photos/b.png|{a}\n2,,photos/b.png;photos/a.png\n")
    first, second = read(shop / "shop.csv").products
    assert first.images == (a, b)
    assert second.images == (b, a)


def test_columns_are_mapped_and_what_was_guessed_is_told(shop: Path) -> None:
    (shop / "shop.csv").write_text("sku,ansicht,name\n1,photos/a.png,Dress\n")
    catalog = read(shop / "shop.csv", columns={"image": "ansicht"})
    assert catalog.products[0].title == "Dress"
    assert catalog.notes[:2] == ("read id from the column sku", "read title from the column name")


def test_a_folder_that_holds_one_table(shop: Path) -> None:
    write(shop, "shop.csv")
    (shop / "rejected.jsonl").write_text("")
    assert len(read(shop).products) == 2
    write(shop, "more.jsonl")
    with pytest.raises(UsageError, match=r"must hold one table; it holds more.jsonl, shop.csv"):
        read(shop)


@pytest.mark.parametrize(
    ("name", "content", "format", "says"),
    [
        ("none.csv", None, "auto", "there is nothing at .*none.csv; check the path"),
        ("none.csv", None, "csv", "there is nothing at .*none.csv; check the path"),
        ("shop.doc", b"PK", "auto", "shop.doc is no table that is known; give .csv, .tsv"),
        ("shop.csv", b"id,image", "cvs", 'no format "cvs"; nearest: csv'),
        ("shop.csv", b"", "auto", "shop.csv is empty; its first line must name the columns"),
        ("shop.parquet", b"PAR?", "auto", "shop.parquet is not a Parquet file that can be read"),
        ("shop.jsonl", b"", "auto", "shop.jsonl is empty; write one object a line"),
        ("shop.jsonl", b"[]", "auto", "shop.jsonl has no column for id and image; its columns are none"),
        ("shop.json", b'[{"id": 1},\n]', "auto", r"shop.json is not JSON \(.*: line [12] column"),
        ("shop.json", b'{"id": 1}{"id": 2}', "auto", r"shop.json is not JSON \(Extra data: line 1 column 10"),
        ("shop.csv", b"id,image", "images", "is no folder; give a folder of photos"),
    ],
)
def test_a_source_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, format: str, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as refused:
        read(path, format=format)
    assert "\n" not in str(refused.value)


def test_a_table_without_rows_is_an_empty_catalogue(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("id,image\n")
    assert read(tmp_path / "shop.csv").products == ()


def test_rejects_are_written_one_a_line(tmp_path: Path) -> None:
    write_rejected(tmp_path / "rejected.jsonl", [Rejected("1", "no größe", "shop.csv, line 2"), Rejected("", "x", "y")])
    lines = (tmp_path / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == {"id": "1", "reason": "no größe", "source": "shop.csv, line 2"}
    assert len(lines) == 2
