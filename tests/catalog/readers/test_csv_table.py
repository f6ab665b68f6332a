"""Tables as spreadsheets and exports write them: no row is lost, and none gets another row's cells."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from modiste.catalog.readers.csv_table import read_csv, split_line
from modiste.catalog.records import BadRow

Rows = dict[str, list[str]]


def read(folder: Path, text: str) -> tuple[Rows, list[str]]:
    """The rows by their lines, and the lines that can't be read."""
    (folder / "shop.csv").write_text(text, encoding="utf-8", newline="")
    table = read_csv(folder / "shop.csv")
    rows = {place.rpartition(" ")[2]: row for place, row in table.rows}
    good = {line: [str(cell) for cell in row.values()] for line, row in rows.items() if not isinstance(row, BadRow)}
    return good, [line for line, row in rows.items() if isinstance(row, BadRow)]


@pytest.mark.parametrize(
    ("rows", "titles", "bad"),
    [
        ('1,"Polo black,1.jpg\n2,Red tee,2.jpg\n3,Blue jeans,3.jpg', ["Polo black", "Red tee", "Blue jeans"], []),
        ('1,"Red tee,1.jpg\n2,Dress "Rima",2.jpg\n3,Jeans,3.jpg', ["Red tee", 'Dress "Rima"', "Jeans"], []),
        ('1,"Red tee,1.jpg\n2,Tee,2.jpg\n3,Jeans 32",3.jpg', ["Red tee", "Tee", 'Jeans 32"'], []),
        ('1,"Red tee,1.jpg\n2,Jeans 32",2.jpg\n3,x,3.jpg', ["Red tee", 'Jeans 32"', "x"], []),
        ('1,"Polo, black,1.jpg\n2,Blue 32" jeans,2.jpg\n3,x,3.jpg', ['Blue 32" jeans', "x"], ["2"]),
        ('1,Polo 5" heel,1.jpg\n2,5" heel,2.jpg\n3,heel 5",3.jpg', ['Polo 5" heel', '5" heel', 'heel 5"'], []),
        ('1,"5"" heel",1.jpg\n2,"5" heel, black",2.jpg', ['5" heel', '5" heel, black'], []),
        ('1,"Polo" black,1.jpg\n2,"Polo \\"classic\\", black",2.jpg', ['"Polo" black', 'Polo "classic", black'], []),
        ('"1","Polo black,"1.jpg"\n"2","Jeans 32" blue","2.jpg"', ["Polo black", 'Jeans 32" blue'], []),
        (
            '1,"Soft,\nwarm, light",1.jpg\n2,"one\n\n""two"", three\n",2.jpg',
            ["Soft,\nwarm, light", 'one\n\n"two", three'],
            [],
        ),
        ('1, "Tee, red", 1.jpg\n2 , "a ""b"", c" , 2.jpg ', ["Tee, red", 'a "b", c'], []),
        ('1, "5" heel, black", 1.jpg\n2, "Polo black, 2.jpg', ['5" heel, black', "Polo black"], []),
        ('1,"Soft, light\nand warm, nice",1.jpg\n2,x,2.jpg', ["Soft, light\nand warm, nice", "x"], []),
    ],
)
def test_quotes_that_do_not_pair_up(tmp_path: Path, rows: str, titles: list[str], bad: list[str]) -> None:
    good, unread = read(tmp_path, f"id,title,image\n{rows}\n")
    assert [title.strip() for _, title, _ in good.values()] == titles
    assert unread == bad
    assert all(image.strip() == f"{id.strip()}.jpg" for id, _, image in good.values()), (
        "every product has its own photo"
    )


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_stray_quote_anywhere_loses_no_row(tmp_path: Path, separator: str) -> None:
    lines = [separator.join((str(n), f"tee {n}", "red", f"{n}.jpg", "38" if n % 2 else "M")) for n in range(1, 7)]
    header = separator.join(("id", "title", "colour", "image", "size"))
    places = [(line, at) for line in range(6) for at in range(0, len(lines[0]) + 1, 2)]
    for first, second in zip(places, [*places[7:], *places[:7]], strict=True):
        broken = lines.copy()
        for line, at in (first, second):
            broken[line] = f'{broken[line][:at]}"{broken[line][at:]}'
        good, unread = read(tmp_path, "\n".join([header, *broken]))
        assert sorted([*good, *unread], key=int) == ["2", "3", "4", "5", "6", "7"]
        for line, cells in good.items():
            assert cells[3].strip('"').rstrip(".jpg") in ("", str(int(line) - 1)) or '"' in cells[3]


def test_a_rejected_line_keeps_its_id(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text('id,title,image\nA1,"Polo, black,1.jpg\n')
    ((_, row),) = read_csv(tmp_path / "shop.csv").rows
    assert isinstance(row, BadRow)
    assert row.cells["id"] == "A1"
    assert str(row) == "the row has 4 cells and the table 3 columns; close or double its quotes"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\r\n\r\n",
        "sep=;\r\n",
        '"sep=;"\r\n',
        "# export 2024-05-01;;;\r\n",
        "Product list\r\n;;;\r\n",
        "\ufeff\ufeff",
    ],
)
@pytest.mark.parametrize("ending", ["", ";;;"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_what_comes_before_and_after_a_table(tmp_path: Path, before: str, ending: str, line_end: str) -> None:
    text = f'{before}id;title;price;image{ending}\r\n007;"Robe; été";12,50;1.jpg{ending}\r\n;;;\r\n'
    (tmp_path / "shop.csv").write_bytes(text.replace("\r\n", line_end).encode())
    table = read_csv(tmp_path / "shop.csv")
    assert table.header == ("id", "title", "price", "image")
    assert [row for _, row in table.rows] == [{"id": "007", "title": "Robe; été", "price": "12,50", "image": "1.jpg"}]


def test_headers(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text('id;"title\n(shop, web, app)";image;image;;x\n1;a;1.jpg;2.jpg;full;\n')
    table = read_csv(tmp_path / "shop.csv")
    assert table.header == ("id", "title (shop, web, app)", "image", "image 2", "column 5", "x")
    assert table.notes == ("two columns are called image; the later one is read as image 2",)


def test_cells_of_any_size(tmp_path: Path) -> None:
    good, bad = read(tmp_path, f'id,text\n1,"{"x" * 300_000}"\n2,{"y" * 300_000}\n')
    assert ([len(text) for _, text in good.values()], bad) == ([300_000, 300_000], [])


def test_many_open_quotes_take_no_longer_than_the_lines_are() -> None:
    assert len(split_line('"a,' * 100_000, ",")) == 100_001


def test_quotes_that_never_pair_up_are_not_searched_for_in_the_whole_file(tmp_path: Path) -> None:
    rows = "".join(f'{n},{n}.jpg,Belt 5","red\n' for n in range(10_000))  # minutes, where every row reads all others
    good, bad = read(tmp_path, f"id,image,title,description\n{rows}")
    assert (len(good), bad) == (10_000, [])


def test_what_python_writes_is_read_back(tmp_path: Path) -> None:
    rows = [["1", 'a "b", c', "x\ny"], ["2", "", '"'], ["3", "a\n\nb,c\n", ",,"], ["4", '""', "\n"]]
    with (tmp_path / "shop.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "a", "b"], *rows])
    assert [
        list(row.values()) for _, row in read_csv(tmp_path / "shop.csv").rows if not isinstance(row, BadRow)
    ] == rows
