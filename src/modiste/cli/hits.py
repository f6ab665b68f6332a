"""Hits as a table, as JSON, as a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modiste.cli import output

if TYPE_CHECKING:
    from PIL import Image

    from modiste.contact_sheets import Cell
    from modiste.shop import Hit, Page


class Answer(NamedTuple):
    """A query and its hits."""

    caption: str
    photo: Path | Image.Image | None
    """The query's photo."""
    hits: Sequence[Hit]


def caption(*, text: str | None, image: Path | None, id: str | None, where: str | None) -> str:
    """A search in words: `like shoe.jpg, "in red", where price < 80`."""
    likeness = [f"like {image.name}"] if image else [f"like {id}"] if id else []
    words = [f'"{text}"'] if text else []
    return ", ".join([*likeness, *words, *([f"where {where}"] if where else [])])


def show(hits: Sequence[Hit]) -> None:
    """A table of hits, best first."""
    output.table([_row(rank, hit) for rank, hit in enumerate(hits, 1)], right=("#", "score", "price"))


def show_page(page: Page) -> None:
    """Print the notes on the text, a page's hits, and how many there are beyond it."""
    for note in page.notes:
        output.say(f"[yellow]{output.escape(note)}[/]")
    if not page.total:
        output.say("nothing found; a wider --filter or a lower --min-score finds more")
        return
    show(page.hits)
    output.say(f"[dim]{len(page.hits):,} of {page.total:,}" + (f"; the next: --next {page.next}" if page.next else ""))


def plain(hit: Hit) -> dict[str, Any]:
    """A hit for machines."""
    return {"id": hit.id, "score": round(hit.score, 4), "item": dict(hit.item)}


def save_sheet(file: Path, answers: Sequence[Answer]) -> None:
    """Draw a contact sheet: a row of photos for every search, the query's photo marked in front."""
    from modiste.contact_sheets import sheet

    rows: list[tuple[str, list[Cell]]] = []
    for answer in answers:
        cells: list[Cell] = [(answer.photo, "the query", True)] if answer.photo else []
        for hit in answer.hits:
            cells.append((Path(hit.item["images"][0]), f"{hit.score:.2f}  {hit.item['title'] or hit.id}", False))
        rows.append((answer.caption, cells))
    output.write(file, sheet(rows).save)


def _row(rank: int, hit: Hit) -> dict[str, Any]:
    item, price = hit.item, hit.item.get("price")
    shown = {name: item.get(name, "") for name in ("title", "category", "colour")}
    return {"#": rank, "score": f"{hit.score:.3f}", "id": hit.id, **shown, "price": price and f"{price:,.2f}"}
