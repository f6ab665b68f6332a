"""`modiste complete`: what goes with these items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.estimate import forecast
from modiste.cli.hits import plain
from modiste.cli.options import Filter, Json, RefinerName, SheetFile, ShopFolder, names_of

if TYPE_CHECKING:
    from modiste.contact_sheets import Cell
    from modiste.shop import Completion, Look, Match, Worn

Row = dict[str, Any]


def complete(
    shop: ShopFolder,
    items: Annotated[
        list[str],
        typer.Option(
            "--items",
            metavar="ID,ID,...",
            help="Products that are worn together; an id with commas stands in quotes.",
            show_default=False,
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
    with output.progress("looking at photos") as progress:
        watched = forecast(progress, "products are looked at for the first time")
        found = opened.complete(names_of(items), names_of(want) if want else None, filter, k, min_score, watched)
    if out is not None:
        _draw(out, found)
    if as_json:
        output.emit(_plain(found))
    else:
        _show(found, shop, explain)


def _draw(file: Path, found: Completion) -> None:
    """A contact sheet: a row for each category or look, the items marked in front."""
    from modiste.contact_sheets import sheet

    items = [_item_cell(one) for one in found.items]
    said = ", ".join(one.id for one in found.items)
    rows = [(f"{said} with {group.category}", group.hits) for group in found.groups]
    rows += [(f"{said}: look {number}, {look.score:.2f}", look.hits) for number, look in enumerate(found.looks, 1)]
    drawn = [(caption, [*items, *map(_hit_cell, hits)]) for caption, hits in rows or [(said, ())]]
    output.write(file, sheet(drawn).save)


def _item_cell(worn: Worn) -> Cell:
    return Path(worn.item["images"][0]), worn.item["title"] or worn.id, True


def _hit_cell(hit: Match) -> Cell:
    return Path(hit.item["images"][0]), f"{hit.score:.2f}  {hit.item['title'] or hit.id}", False


def _show(found: Completion, shop: Path, explain: bool) -> None:
    """Notes, then a table for each category, or one of looks."""
    for note in found.notes:
        output.say(f"[yellow]{output.escape(note)}[/]")
    shown = [group for group in found.groups if group.hits]
    for number, group in enumerate(shown):
        if group.likely is not None:
            output.say(f"[bold]{output.escape(group.category)}[/]  [dim]in {group.likely:.0%} of such outfits[/]")
        output.table([_row(rank, hit, explain) for rank, hit in enumerate(group.hits, 1)], right=RIGHT)
        output.say(f"[dim]{len(group.hits):,} of {group.total:,}[/]" + "\n" * (number < len(shown) - 1))
    if found.looks:
        rows = (row for rank, look in enumerate(found.looks, 1) for row in _look_rows(rank, look, explain))
        output.table(list(rows), right=RIGHT)
    if not (shown or found.looks):
        output.say("nothing found; a wider --filter or a lower --min-score finds more")
    if found.left_out:
        output.say(
            f"[yellow]{found.left_out:,} left out[/], whose photos are gone or changed since they were indexed; "
            f"run: modiste index SOURCE --shop {shop}"
        )


RIGHT = ("#", "look", "score", "price")
"""Columns of numbers."""


def _look_rows(rank: int, look: Look, explain: bool) -> Iterator[Row]:
    """A look's products below each other, the first with the look's own score."""
    for place, hit in enumerate(look.hits):
        yield {"#": "" if place else rank, "look": "" if place else f"{look.score:.3f}", **_row(None, hit, explain)}


def _row(rank: int | None, hit: Match, explain: bool) -> Row:
    item, price = hit.item, hit.item.get("price")
    shown = {name: item.get(name, "") for name in ("title", "category", "colour")}
    numbered = {} if rank is None else {"#": rank}
    row = {**numbered, "score": f"{hit.score:.3f}", "id": hit.id, **shown, "price": price and f"{price:,.2f}"}
    return {**row, "because of": f"{hit.top_contributor}  {hit.margin:+.3f}"} if explain else row


def _plain(found: Completion) -> dict[str, Any]:
    """What was found, for machines."""
    return {
        "items": [
            {"id": one.id, "category": one.category, "predicted": one.predicted, "item": dict(one.item)}
            for one in found.items
        ],
        "groups": [
            {
                "category": group.category,
                "likely": group.likely,
                "total": group.total,
                "hits": [_plain_match(hit) for hit in group.hits],
            }
            for group in found.groups
        ],
        "looks": [
            {"score": round(look.score, 4), "hits": [_plain_match(hit) for hit in look.hits]} for look in found.looks
        ],
        "notes": list(found.notes),
        "left_out": found.left_out,
    }


def _plain_match(hit: Match) -> dict[str, Any]:
    voices = {id: round(voice, 4) for id, voice in hit.contributions.items()}
    return {
        **plain(hit),
        "category": hit.category,
        "voices": voices,
        "spoke": hit.top_contributor,
        "lift": round(hit.margin, 4),
    }
