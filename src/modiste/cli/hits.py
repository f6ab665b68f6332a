"""Hits as a table, as JSON, as a contact sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.cli import output

if TYPE_CHECKING:
    from PIL import Image

    from modiste.contact_sheets import Cell
    from modiste.shop import Hit, Page


def caption(*, text: str | None, image: Path | None, id: str | None, where: str | None) -> str:
    """A search in words: `like shoe.jpg, "in red", where price < 80`."""
    likeness = [f"like {image.name}"] if image else [f"like {id}"] if id else []
    words = [f'"{text}"'] if text else []
    return ", ".join([*likeness, *words, *([f"where {where}"] if where else [])])


def show(hits: Sequence[Hit]) -> None:
    """A table of hits, best first."""
    output.table([{"#": rank, **row(hit)} for rank, hit in enumerate(hits, 1)], right=("#", "score", "price"))


def show_page(page: Page) -> None:
    """Print the notes on the text, a page's hits, and how many there are beyond it."""
    output.notes(page.notes)
    if not page.total:
        output.say("nothing found; a wider --filter or a lower --min-score finds more")
        return
    show(page.hits)
    output.say(f"[dim]{len(page.hits):,} of {page.total:,}" + (f"; the next: --next {page.next}" if page.next else ""))


def plain(hit: Hit) -> dict[str, Any]:
    """A hit for machines."""
    return {"id": hit.id, "score": round(hit.score, 4), "item": dict(hit.item)}


def row(hit: Hit) -> dict[str, Any]:
    """A hit in a table."""
    item, price = hit.item, hit.item.get("price")
    shown = {name: item.get(name, "") for name in ("title", "category", "colour")}
    return {"score": f"{hit.score:.3f}", "id": hit.id, **shown, "price": price and f"{price:,.2f}"}


def say_left_out(count: int, shop: Path) -> None:
    """Print how many products an answer lacks, if any, and the remedy."""
    if count:
        output.say(
            f"[yellow]{count:,} left out[/], whose photos are gone or changed since they were indexed; "
            f"run: modiste index SOURCE --shop {shop}"
        )


def save_sheet(
    file: Path, answers: Sequence[tuple[str, Sequence[tuple[Path | Image.Image, str]], Sequence[Hit]]]
) -> None:
    """Draw a contact sheet.

    Args:
        answers: a caption, the photos that were asked with and their labels, marked in front, and the hits.
    """
    from modiste.contact_sheets import sheet

    rows: list[tuple[str, list[Cell]]] = []
    for caption, query, hits in answers:
        cells: list[Cell] = [(photo, label, True) for photo, label in query]
        for hit in hits:
            cells.append((Path(hit.item["images"][0]), f"{hit.score:.2f}  {hit.item['title'] or hit.id}", False))
        rows.append((caption, cells))
    output.write(file, sheet(rows).save)
