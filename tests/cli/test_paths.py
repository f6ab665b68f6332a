from __future__ import annotations

import pytest

from modiste.cli import run

ADDRESS = "https://shop.example/spring.csv"
PATHS = [
    "index {} --shop shop",
    "index . --shop {}",
    "search red --shop {}",
    "search --shop shop --image {}",
    "search red --shop shop --out {}",
    "refine red --shop shop --image {}",
    "refine --shop shop --id 1 --audio {}",
    "refine red --shop shop --id 1 --explain {}",
    "complete --shop {} --items 1",
    "tryon --person {} --garment top=here.txt --out out.png",
    "tryon --person here.txt --garment top={} --out out.png",
    "tryon --person here.txt --garment top=here.txt --out {}",
    "imagine red --out {}",
    "imagine red --out out.png --shop {}",
    "remove 1 --shop {}",
    "serve --shop {}",
    "demo --data {}",
    "demo --out {}",
    "data inspect {}",
    "data make boutique {}",
    "train encoder --data {} --out run",
    "train encoder --data . --out {}",
    "evaluate complete --data . --ask {}",
    "evaluate complete --data . --json {}",
    "evaluate complete --data . --ablations {}",
    "evaluate imagine --data . --plot {}",
    "bench index --data {}",
    "bench index --shop {}",
]
READ = [line for line in PATHS if any(f"{name} {{}}" in line for name in ("index", "--image", "--audio", "--data"))]


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """A folder to work in, with a file."""
    (tmp_path / "here.txt").write_text("words")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a wrong command line ends with."""
    assert run(line.split()) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("modiste: ")
    assert told.err.count("\n") == 1
    return told.err


@pytest.mark.parametrize("line", PATHS)
def test_an_address_is_no_path(line, desk, capsys):
    before = set(desk.iterdir())
    option = line.partition(" {}")[0].split()[-1]
    told = refused(line.format(ADDRESS), capsys)
    assert f"{ADDRESS} is an address, and nothing is fetched from there; download it first, then give its path" in told
    assert "'--" not in told or option.strip("-=") in told
    assert set(desk.iterdir()) == before


@pytest.mark.parametrize("line", READ)
def test_nothing_there_names_what_named_it(line, capsys):
    option = line.partition(" {}")[0].split()[-1]
    told = refused(line.format("hear.txt"), capsys)
    assert "there is nothing at hear.txt; is it here.txt?" in told
    assert ("'SOURCE'" if option == "index" else f"'{option}'") in told


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("index file:///data/spring%20shoes.csv --shop s", "give the path alone: /data/spring shoes.csv"),
        ("search red --shop s3://bucket/shop", "s3://bucket/shop is an address"),
        ("index . --shop here.txt", "'--shop' (env var: 'MODISTE_SHOP'): here.txt is a file; give a folder"),
        ("search --shop s --image .", "'--image': . is a folder; name a file in it"),
        ("search red --shop s --out .", "'--out': . is a folder; name a file in it, such as picture.png"),
        ("search red --shop s --out sheet.doc", "sheet.doc has no ending that a picture has; call it sheet.png"),
        ("search red --shop s --out here.txt/a.png", "can't be written, because here.txt is a file"),
        ("train encoder --data . --out here.txt", "'--out': here.txt is a file; give a folder"),
        ("data make boutique here.txt", "'DIR': here.txt is a file; give a folder"),
        ("evaluate encoder --data . --json .", ". is a folder; name a file in it, such as result.json"),
        ("evaluate encoder --data . out.json", "it is written with --json alone; give --json out.json"),
        ("search --shop= red", "'--shop' (env var: 'MODISTE_SHOP'): it is empty; give a path"),
    ],
)
def test_a_path_of_another_kind(line, says, capsys):
    assert says in refused(line, capsys)


def test_what_does_not_let_us_write_is_known_first(capsys, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "a/b.png can't be written: . doesn't allow it" in refused("search red --shop s --out a/b.png", capsys)
