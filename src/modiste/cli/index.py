"""`modiste index`, `remove` and `search`: a catalogue goes in, products come out."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import output
from modiste.cli.hits import caption, plain, save_sheet, show_page
from modiste.cli.options import (
    AllowDownloads,
    Count,
    Cursor,
    EncoderName,
    Encoding,
    Filter,
    Format,
    Json,
    Maps,
    MinScore,
    SheetFile,
    ShopFolder,
    SourceIfAny,
    column_map,
    file_option,
    shop_option,
    words_argument,
)
from modiste.cli.paths import folder_to_write
from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.catalog.records import Catalog
    from modiste.encoders import Encoder
    from modiste.shop import Report, Shop

SHOWN = 5
"""Reasons that are printed; the file has all."""
LONGEST = 300
"""Characters of a reason that are printed."""


def index(
    shop: Annotated[Path, shop_option("The shop's folder.", folder_to_write)],
    source: SourceIfAny = None,
    format: Format = "auto",
    map: Maps = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove products that SOURCE no longer has.")] = False,
    prune_many: Annotated[
        bool, typer.Option("--prune-many", help="Remove them even if they are more than a fifth of the shop's.")
    ] = False,
    encoder: EncoderName = None,
    reembed: Annotated[
        bool, typer.Option("--reembed", help="Encode every photo of the shop anew; this needs no SOURCE.")
    ] = False,
    allow_downloads: AllowDownloads = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch photos again that were fetched before and have changed.")
    ] = False,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Bring a catalogue into a shop.

    New and changed products are encoded, the rest is left alone. Rows that can't be used are written to
    SHOP/rejected.jsonl, each with its reason, and the others go in. It can be stopped at any moment and started again.
    """
    from modiste.lab import datasets
    from modiste.shop import open_shop

    if source is None and not reembed:
        raise UsageError("there is nothing to index; give a SOURCE: a table, a folder of images or a published layout")
    catalogue = datasets.read(source, format, column_map(map), allow_downloads, refresh, encoding) if source else None
    opened = open_shop(shop, encoder=encoder, create=not reembed, reembed=reembed)
    report = _work(opened, catalogue, prune, prune_many, reembed)
    if as_json:
        output.emit({"shop": str(shop), "products": len(opened), **asdict(report)})
        return
    output.say(_summary(report))
    for changed in report.notes:
        output.note(changed)
    if report.rejected:
        _show_rejected(report.rejected, shop / "rejected.jsonl")
    output.say(f"[bold]{shop}[/] holds {len(opened):,} products")


def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Of the products.")],
    shop: ShopFolder,
    as_json: Json = False,
) -> None:
    """Take products out of a shop."""
    from modiste.shop import open_shop

    opened = open_shop(shop)
    opened.remove(ids)
    if as_json:
        output.emit({"shop": str(shop), "products": len(opened), "removed": len(ids)})
    else:
        output.say(f"{len(ids):,} removed\n[bold]{shop}[/] holds {len(opened):,} products")


def search(
    shop: ShopFolder,
    words: Annotated[list[str] | None, words_argument('What it should be: "red dress".')] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="WORDS", help="The same as WORDS.")] = None,
    image: Annotated[Path | None, file_option("--image", "A photo to look like.")] = None,
    id: Annotated[str | None, typer.Option("--id", metavar="ID", help="A product of the shop to look like.")] = None,
    filter: Filter = None,
    k: Count = 10,
    min_score: MinScore = None,
    cursor: Cursor = None,
    encoder: EncoderName = None,
    out: SheetFile = None,
    as_json: Json = False,
) -> None:
    """Find products by words, a photo or an id.

    Words and a photo go together: the photo says what it should look like, the words what should be different.
    """
    from modiste.shop import open_shop

    if words and text is not None:
        raise UsageError(f'the words are given twice, "{" ".join(words)}" and --text "{text}"; leave one out')
    text = " ".join(words) if words else text
    if text is None and image is None and id is None:
        raise UsageError("nothing to search for; give words, --image FILE or --id ID")
    opened = open_shop(shop, encoder=encoder)
    page = opened.search(text=text, image=image, id=id, where=filter, k=k, min_score=min_score, cursor=cursor)
    if out is not None:
        query = [(image, "the query")] if image else []
        save_sheet(out, [(caption(text=text, image=image, id=id, where=filter), query, page.hits)])
    if as_json:
        hits = [plain(hit) for hit in page.hits]
        output.emit({"total": page.total, "next": page.next, "notes": list(page.notes), "hits": hits})
    else:
        show_page(page)


def _work(shop: Shop, catalogue: Catalog | None, prune: bool, prune_many: bool, reembed: bool) -> Report:
    for note in catalogue.notes if catalogue else ():
        output.note(note)
    photos = sum(len(product.images) for product in (catalogue.products if catalogue else shop.index.products()))
    _estimate(shop.encoder, photos)
    with output.progress("indexing") as progress:
        if catalogue is None:
            return shop.reembed(progress)
        return shop.add(catalogue, prune=prune, prune_many=prune_many, reembed=reembed, progress=progress)


def _show_rejected(count: int, file: Path) -> None:
    """The first reasons: of rows that aren't in the shop, and of cells and photos that their products lack."""
    output.say(f"[yellow]{count:,} rejected[/], each with its reason in {output.escape(str(file))}")
    with file.open(encoding="utf-8") as lines:
        for row in map(json.loads, islice(lines, SHOWN)):
            reason = row["reason"] if len(row["reason"]) <= LONGEST else f"{row['reason'][:LONGEST]}..."
            output.say(f"  {output.escape(row['source'])}: {output.escape(reason)}")
    if count > SHOWN:
        output.say(f"  ... and {count - SHOWN:,} more")


def _estimate(encoder: Encoder, photos: int) -> None:
    """Print how long it will take, if that is long, from the time of a few photos."""
    import numpy as np

    blank = np.zeros((32, *encoder.size, 3), np.uint8)
    encoder.encode_images(blank)
    start = time.perf_counter()
    encoder.encode_images(blank)
    seconds = (time.perf_counter() - start) / len(blank) * photos
    output.say_if_long(f"{photos:,} photos", seconds, ", less where they are indexed already")


def _summary(report: Report) -> str:
    """Numbers of products that were added, changed or removed, in a sentence."""
    counts = {name: getattr(report, name) for name in ("added", "updated", "unchanged", "removed")}
    changes = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "nothing to do"
    fresh = report.added + report.updated
    return f"{changes} in {report.seconds:.1f} s" + (f" ({fresh / report.seconds:,.0f} products/s)" if fresh else "")
