"""`modiste refine`: image search with text feedback."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.hits import caption, plain, save_sheet, say_left_out, show_page
from modiste.cli.options import (
    Count,
    Cursor,
    Filter,
    Json,
    MinScore,
    RefinerName,
    SheetFile,
    ShopFolder,
    file_option,
    picture_option,
    words_argument,
)
from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.shop import Page, Shop


def refine(
    shop: ShopFolder,
    words: Annotated[list[str] | None, words_argument('What should be different: "in navy".')] = None,
    image: Annotated[Path | None, file_option("--image", "The photo to start from.")] = None,
    id: Annotated[str | None, typer.Option("--id", metavar="ID", help="A product of the shop to start from.")] = None,
    text: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="WORDS", help="The same as WORDS; give it again for another turn."),
    ] = None,
    audio: Annotated[Path | None, file_option("--audio", "The same, spoken; the last turn.")] = None,
    filter: Filter = None,
    k: Count = 10,
    min_score: MinScore = None,
    cursor: Cursor = None,
    weights: RefinerName = None,
    explain: Annotated[
        Path | None, picture_option("--explain", "OUT.png", "Draw what the last turn preserved and what it changed.")
    ] = None,
    out: SheetFile = None,
    as_json: Json = False,
) -> None:
    """Find products that look like a photo, but as a sentence wants them.

    With several sentences each turn starts from the best answer to the one before. The first call looks at every photo
    of the shop once, later ones only at what is new.
    """
    from modiste.shop import open_shop

    if image is None and id is None:
        raise UsageError("nothing to start from; give --image FILE or --id ID")
    opened = open_shop(shop, refiner=weights)
    transcript = None if audio is None else _transcribe(audio)
    texts = [*([" ".join(words)] if words else ()), *(text or ()), *([] if transcript is None else [transcript])]
    with output.progress("looking at photos", "products are looked at for the first time") as progress:
        page = opened.refine(texts, image, id, filter, k, min_score, cursor, progress)
    if explain is not None or out is not None:
        _draw(opened, image, id, texts, filter, page, explain, out)
    if as_json:
        output.emit(_plain(texts, transcript, page))
    else:
        _show(texts, page, shop)


def _transcribe(audio: Path) -> str:
    """The words of a recording, which are printed before they are used."""
    from modiste.speech import load_transcriber

    words: str = load_transcriber().transcribe(audio)
    if not words:
        raise UsageError(f"no words were understood in {audio}; record it again, or type them: --text")
    output.note(f'heard: "{words}"')
    return words


def _draw(
    shop: Shop,
    image: Path | None,
    id: str | None,
    texts: Sequence[str],
    where: str | None,
    page: Page,
    explain: Path | None,
    out: Path | None,
) -> None:
    """Write the pictures that the options ask for, of the turns that were taken."""
    from PIL import Image

    from modiste.refine.explain import PANEL, picture
    from modiste.shop.refine import source_of

    starts: list[tuple[Path | None, str | None]] = [(image, id), *((None, hit.id) for hit in page.turns)]
    photos = [Image.fromarray(source_of(shop.index, *start, PANEL)[0]) for start in starts]
    if explain is not None:
        output.write(explain, picture(shop.refiner, photos[-1], texts[len(page.turns)]).save)
    if out is not None:
        turns = zip(texts[: len(starts)], starts, photos, [*((hit,) for hit in page.turns), page.hits], strict=True)
        save_sheet(
            out,
            [
                (caption(text=text, image=image, id=id, where=where), [(photo, "the query")], hits)
                for text, (image, id), photo, hits in turns
            ],
        )


def _show(texts: Sequence[str], page: Page, shop: Path) -> None:
    """Print each turn's best hit, and the table of the last one."""
    widest = min(40, max(map(len, texts)))
    for number, text in enumerate(texts[: len(page.turns) + 1] if len(texts) > 1 else (), 1):
        hit = page.turns[number - 1] if number <= len(page.turns) else None
        best = f" → {hit.id}  {hit.item['title']}  {hit.score:.3f}" if hit else ""
        output.say(f"{number:>2}  {output.escape(f'{text:{widest}}{best}').rstrip()}")
    show_page(page)
    if len(texts) > len(page.turns) + 1:
        output.say("[yellow]the turns after it were not taken[/]")
    say_left_out(page.left_out, shop)


def _plain(texts: Sequence[str], transcript: str | None, page: Page) -> dict[str, Any]:
    """A page for machines; a turn before the last one that found nothing, or was not taken, has no hit."""
    before = [{"text": text, "hit": hit and plain(hit)} for text, hit in zip_longest(texts[:-1], page.turns)]
    return {
        "turns": before,
        "text": texts[-1],
        "heard": transcript,
        "total": page.total,
        "left_out": page.left_out,
        "next": page.next,
        "notes": list(page.notes),
        "hits": [plain(hit) for hit in page.hits],
    }
