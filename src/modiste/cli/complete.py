"""`modiste complete`: what goes with these items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.hits import plain, row, save_sheet, say_left_out
from modiste.cli.options import Filter, Json, RefinerName, SheetFile, ShopFolder, names_of

if TYPE_CHECKING:
    from modiste.shop import Completion, Match

RIGHT = ("#", "look", "score", "price")
"""Columns of numbers."""


def complete(
    shop: ShopFolder,
    items: Annotated[
        list[str],
        typer.Option(
            "--items", metavar="ID,ID,...", help="Products that are worn together; an id with commas stands in quotes."
        ),
    ],
    want: Annotated[
        list[str] | None,
        typer.Option(
            "--want",
            metavar="CATEGORY[,CATEGORY...]",
            help="What is asked for, such as shoes, or a label of the shop; by default what is missing.",
        ),
    ] = None,
    filter: Filter = None,
    k: Annotated[int, typer.Option("-k", metavar="N", help="How many of a category, or looks, at most 50.")] = 10,
    min_score: Annotated[
        float | None, typer.Option("--min-score", metavar="SCORE", help="Leave out what fits less; 1 is perfect.")
    ] = None,
    weights: RefinerName = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which item spoke for each product, and how strongly.")
    ] = False,
    out: SheetFile = None,
    as_json: Json = False,
) -> None:
    """Find what goes with some products of the shop.

    With several categories whole looks are found, a product of each; without any, what such outfits usually have
    besides. The first call looks at every photo of the shop once, later ones only at what is new.
    """
    from modiste.shop import open_shop

    opened = open_shop(shop, completer=weights)
    with output.progress("looking at photos", "products are looked at for the first time") as progress:
        completion = opened.complete(names_of(items), names_of(want) if want else None, filter, k, min_score, progress)
    if out is not None:
        _draw(out, completion)
    if as_json:
        output.emit(_plain(completion))
    else:
        _show(completion, shop, explain)


def _draw(file: Path, completion: Completion) -> None:
    """A contact sheet: a row for each category or look, the items marked in front."""
    items = [(Path(worn.item["images"][0]), worn.item["title"] or worn.id) for worn in completion.items]
    ids = ", ".join(worn.id for worn in completion.items)
    rows = [(f"{ids} with {group.category}", items, group.hits) for group in completion.groups]
    looks = enumerate(completion.looks, 1)
    rows += [(f"{ids}: look {rank}, {look.score:.2f}", items, look.hits) for rank, look in looks]
    save_sheet(file, rows or [(ids, items, ())])


def _show(completion: Completion, shop: Path, explain: bool) -> None:
    """Notes, then a table for each category, or one of looks."""
    output.notes(completion.notes)
    shown = [group for group in completion.groups if group.hits]
    for number, group in enumerate(shown):
        if group.likely is not None:
            output.say(f"[bold]{output.escape(group.category)}[/]  [dim]in {group.likely:.0%} of such outfits[/]")
        output.table([{"#": rank, **_row(hit, explain)} for rank, hit in enumerate(group.hits, 1)], right=RIGHT)
        output.say(f"[dim]{len(group.hits):,} of {group.total:,}[/]" + "\n" * (number < len(shown) - 1))
    if completion.looks:  # the products of a look below each other, the first with the look's own score
        rows = []
        for rank, look in enumerate(completion.looks, 1):
            for index, hit in enumerate(look.hits):
                first = {"#": "", "look": ""} if index else {"#": rank, "look": f"{look.score:.3f}"}
                rows.append({**first, **_row(hit, explain)})
        output.table(rows, right=RIGHT)
    if not (shown or completion.looks):
        output.say("nothing found; a wider --filter or a lower --min-score finds more")
    say_left_out(completion.left_out, shop)


def _row(hit: Match, explain: bool) -> dict[str, Any]:
    return {**row(hit), "because of": f"{hit.top_contributor}  {hit.margin:+.3f}"} if explain else row(hit)


def _plain(completion: Completion) -> dict[str, Any]:
    """A completion for machines."""
    return {
        "items": [
            {"id": worn.id, "category": worn.category, "predicted": worn.predicted, "item": dict(worn.item)}
            for worn in completion.items
        ],
        "groups": [
            {
                "category": group.category,
                "likely": group.likely,
                "total": group.total,
                "hits": [_plain_match(hit) for hit in group.hits],
            }
            for group in completion.groups
        ],
        "looks": [
            {"score": round(look.score, 4), "hits": [_plain_match(hit) for hit in look.hits]}
            for look in completion.looks
        ],
        "notes": list(completion.notes),
        "left_out": completion.left_out,
    }


def _plain_match(hit: Match) -> dict[str, Any]:
    contributions = {id: round(value, 4) for id, value in hit.contributions.items()}
    return {
        **plain(hit),
        "category": hit.category,
        "contributions": contributions,
        "top_contributor": hit.top_contributor,
        "margin": round(hit.margin, 4),
    }
