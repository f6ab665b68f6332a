"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from modiste.errors import UsageError

Source = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="A table (csv, parquet, jsonl), a folder of images or a published layout.",
        show_default=False,
    ),
]
ShopFolder = Annotated[Path, typer.Option("--shop", metavar="SHOP", help="The shop's folder.", show_default=False)]
Data = Annotated[
    list[Path],
    typer.Option("--data", metavar="DIR", help="A data set; give it again for more than one.", show_default=False),
]
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
EncoderName = Annotated[
    str | None,
    typer.Option("--encoder", metavar="NAME_OR_RUN", help="By default the shop's own; encoder-photos for a new shop."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
JsonFile = Annotated[
    Path | None, typer.Argument(metavar="[OUT.json]", help="A file for --json to write instead.", show_default=False)
]
"""Stands as an argument so that both `--json` and `--json OUT.json` work."""


def column_map(maps: Sequence[str] | None) -> dict[str, str]:
    """`["title=name"]` as `{"title": "name"}`."""
    pairs = [entry.partition("=") for entry in maps or ()]
    for field, _, column in pairs:
        if not field or not column:
            raise UsageError(f'--map takes FIELD=COLUMN, such as title=name; got "{field}"')
    return {field: column for field, _, column in pairs}
