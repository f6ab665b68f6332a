"""`modiste data`: look at a data set, or draw one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import output
from modiste.cli.options import Encoding, Format, Json, Maps, Source, column_map
from modiste.cli.paths import folder_to_write

if TYPE_CHECKING:
    from modiste.lab.datasets import Inspection

SHOWN = 5
"""Problems that are printed; --json prints all."""


def boutique(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to draw it.", parser=folder_to_write)],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed draws other products.")] = 0,
    products: Annotated[int, typer.Option("--products", metavar="N", help="How many.", min=1)] = 600,
    outfits: Annotated[int, typer.Option("--outfits", metavar="N", help="Of these products, at most.", min=0)] = 400,
    people: Annotated[int, typer.Option("--people", metavar="N", help="In these products.", min=0)] = 80,
    bottoms: Annotated[
        int, typer.Option("--bottoms", metavar="N", help="Further trousers, jeans and shorts.", min=0)
    ] = 0,
    as_json: Json = False,
) -> None:
    """Draw a shop.

    Products with photos, masks, titles and true attributes, outfits of them, and people in them: with true parsing
    maps and joints, and pictures of some in other garments. Further bottoms, petite and capri ones too, are for what
    learns to imagine them. The same seed gives the same bytes.
    """
    from modiste.boutique import make

    with output.progress("drawing") as progress:
        drawn = make(
            folder, seed=seed, products=products, outfits=outfits, people=people, bottoms=bottoms, progress=progress
        )
    shown = int(json.loads((folder / "boutique.json").read_text(encoding="utf-8")).get("people", 0))
    if as_json:
        counts = {"products": products, "outfits": drawn, "people": shown, "bottoms": bottoms}
        output.emit({"folder": str(folder), "seed": seed, **counts})
    else:
        further = f" with {bottoms:,} further bottoms" if bottoms else ""
        crowd = f", {shown:,} people in them" if shown else ""
        output.say(f"{products:,} products{further} and {drawn:,} outfits{crowd} drawn in [bold]{folder}[/]")


def inspect(
    source: Source, format: Format = "auto", map: Maps = None, encoding: Encoding = None, as_json: Json = False
) -> None:
    """Say what a data set holds.

    And what is wrong with it, and on which terms it is published. Every photo is decoded.
    """
    from modiste.lab import datasets

    with output.progress("looking at photos") as progress:
        found = datasets.inspect(source, format=format, columns=column_map(map), encoding=encoding, progress=progress)
    if as_json:
        output.emit(asdict(found))
    else:
        _show(found)


def _show(found: Inspection) -> None:
    from rich.table import Table

    output.say(f"[bold]{found.name}[/] ({found.layout})")
    output.say(f"{found.products:,} products, {found.photos:,} photos, {found.outfits:,} outfits")
    facts = {
        "has": ", ".join(name if share == 1 else f"{name} {share:.0%}" for name, share in found.coverage.items()),
        "categories": _counts(found.categories),
        "colours": _counts(found.colours),
        "genders": _counts(found.genders),
        "licence": found.licence,
        "beware": "\n".join(found.traps),
        "read as": "\n".join(found.notes),
        "repeats": f"{len(found.repeats):,} photos that several products share" if found.repeats else "",
    }
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(style="dim", no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            drawn.add_row(name, output.escape(value))
    output.console().print(drawn)
    if found.problems:
        output.say(f"[yellow]{len(found.problems):,} can't be used[/]")
    for problem in found.problems[:SHOWN]:
        output.say(f"  {output.escape(f'{problem.source}: {problem.reason}')}")
    if len(found.problems) > SHOWN:
        output.say("  ... all of them: --json")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
