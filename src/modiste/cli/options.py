"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from modiste.cli.paths import file_to_read, folder, folder_to_write, json_to_write, path_to_read, picture_to_write
from modiste.errors import UsageError


def shop_option(help: str, parser: Callable[[str], Path] = folder) -> Any:
    """The option --shop, which the environment may give."""
    return typer.Option("--shop", metavar="SHOP", help=help, envvar="MODISTE_SHOP", parser=parser)


def data_option(help: str) -> Any:
    """The option --data: a folder or file that is there."""
    return typer.Option("--data", metavar="DIR", help=help, parser=path_to_read)


def file_option(name: str, help: str) -> Any:
    """An option that names a file that is there."""
    return typer.Option(name, metavar="FILE", help=help, parser=file_to_read)


def picture_option(name: str, metavar: str, help: str) -> Any:
    """An option that names a picture to write."""
    return typer.Option(name, metavar=metavar, help=help, parser=picture_to_write)


def weights_option(help: str, name: str = "--weights") -> Any:
    """An option that names weights, or the folder of a run."""
    return typer.Option(name, metavar="NAME_OR_RUN", help=help)


def words_argument(help: str) -> Any:
    """Words as they come, with or without quotes around all of them."""
    return typer.Argument(metavar="WORDS", help=help)


def shop_unless(given: object, shop: Path | None, context: typer.Context) -> Path | None:
    """No shop where only the environment names it and something else was given instead of it."""
    named_by = context.get_parameter_source("shop")
    return None if given and named_by is not None and named_by.name == "ENVIRONMENT" else shop


def _with_json(context: typer.Context, file: Path | None) -> Path | None:
    """`--json` is read first, for it is eager."""
    if file is not None and not context.params["as_json"]:
        raise typer.BadParameter(f"it is written with --json alone; give --json {file}")
    return file


_source = typer.Argument(
    metavar="SOURCE",
    help="A table (csv, parquet, jsonl), a folder of images or a published layout.",
    parser=path_to_read,
)
Source = Annotated[Path, _source]
SourceIfAny = Annotated[Path | None, _source]
ShopFolder = Annotated[Path, shop_option("The shop's folder.")]
Data = Annotated[list[Path], data_option("A data set; give it again for more than one.")]
ShopData = Annotated[Path | None, data_option("Where there is no shop, index this; by default a drawn boutique.")]
Format = Annotated[
    str, typer.Option("--format", metavar="NAME", help="The layout of SOURCE, where it can't be told from its files.")
]
Maps = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help="Read a field from a column of that name, as title=name."),
]
AllowDownloads = Annotated[
    bool,
    typer.Option("--allow-downloads", help="Fetch photos that are given as URLs; without it their rows are rejected."),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help="Of the table's text, such as cp1252; by default told from its bytes."
    ),
]
EncoderName = Annotated[
    str | None, weights_option("By default the shop's own; encoder-photos for a new shop.", "--encoder")
]
RefinerName = Annotated[str | None, weights_option("By default those that go with the shop's encoder.")]
Filter = Annotated[
    str | None,
    typer.Option("--filter", metavar="SQL", help="Only products that pass: category = 'shoes' AND price < 80"),
]
Count = Annotated[int, typer.Option("-k", metavar="N", help="How many on a page.")]
MinScore = Annotated[
    float | None, typer.Option("--min-score", metavar="COSINE", help="Leave out what is less alike, -1 to 1.")
]
Cursor = Annotated[
    str | None, typer.Option("--next", metavar="CURSOR", help="The next page, as the page before named it.")
]
SheetFile = Annotated[Path | None, picture_option("--out", "SHEET.png", "Draw the photos found on a contact sheet.")]
Host = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="Where it listens; 0.0.0.0 for all the machine's addresses.")
]
Port = Annotated[
    int, typer.Option("--port", metavar="N", help="Which port; 0 takes any that is free.", min=0, max=65535)
]
RunFolder = Annotated[
    Path,
    typer.Option("--out", metavar="RUN", help="The run's folder: checkpoints and weights.", parser=folder_to_write),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on exactly where the run stopped.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Another seed starts and draws otherwise.")]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="cpu, cuda, or auto for a GPU if there is one.")]
Baselines = Annotated[bool, typer.Option("--baselines", help="Train and measure the baselines too.")]
Part = Annotated[
    str, typer.Option("--split", metavar="PART", help="test: the products kept out of training; all: every one.")
]
ShopWeights = Annotated[str | None, weights_option("By default those for photos, or those that go with the shop.")]
WeightsName = Annotated[str, weights_option("See: modiste models.")]
AllWeights = Annotated[
    list[str] | None,
    weights_option("By default those trained on photos; give it again for every seed, of which the mean is reported."),
]
Ablations = Annotated[
    Path | None,
    typer.Option(
        "--ablations",
        metavar="RUNS",
        help="Train the network without each of its parts in this folder, and measure that instead.",
        parser=folder_to_write,
    ),
]
Queries = Annotated[Path | None, picture_option("--sheet", "FILE.png", "Draw some queries with their answers.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.", is_eager=True)]
JsonFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[OUT.json]", help="A file for --json to write instead.", parser=json_to_write, callback=_with_json
    ),
]
"""Stands as an argument so that both `--json` and `--json OUT.json` work."""


def column_map(maps: Sequence[str] | None) -> dict[str, str]:
    """`["title=name"]` as `{"title": "name"}`."""
    pairs = [entry.partition("=") for entry in maps or ()]
    for field, _, column in pairs:
        if not field or not column:
            raise UsageError(f'--map takes FIELD=COLUMN, such as title=name; got "{field}"')
    return {field: column for field, _, column in pairs}


def names_of(given: Sequence[str]) -> list[str]:
    """Names given one after the other or between commas; a name that has commas stands in quotes, as in CSV.

    >>> names_of(['a, "b,c"', "d"])
    ['a', 'b,c', 'd']
    """
    try:
        return [name.strip() for row in csv.reader(given, skipinitialspace=True, strict=True) for name in row]
    except csv.Error:
        raise UsageError(
            f"the quotes in {', '.join(given)} can't be understood; write names with commas or quotes as CSV does, "
            'such as \'"a,b","say ""hi"""\''
        ) from None
