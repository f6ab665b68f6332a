"""`modiste imagine`: a product's picture from words, and the products that are like it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.hits import plain, show
from modiste.cli.options import Count, Filter, Json, ShopWeights, picture_option, shop_option
from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.imagine.pipeline import Strip
    from modiste.shop import Imagined

MOST = 12
"""Pictures of each prefix."""
LAST_SEED = 2**31


def imagine(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help='What it should be, in at most 40 words: "women\'s black jeans".')
    ],
    out: Annotated[Path, picture_option("--out", "STRIP.png", "The pictures to write, side by side.")],
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Another seed draws another product; 0 to 2,147,483,648.")
    ] = 0,
    n: Annotated[int, typer.Option("-n", metavar="N", help="Pictures of each prefix, a row each; 1 to 12.")] = 1,
    shop: Annotated[Path | None, shop_option("Find what the last picture and the words mean here.")] = None,
    k: Count = 10,
    filter: Filter = None,
    weights: ShopWeights = None,
    as_json: Json = False,
) -> None:
    """Draw a product from words, one after the other.

    A picture for every prefix of the text: each word changes what it names and keeps the rest. Words that the weights
    don't know are left out, which is said. The same words and seed draw the same picture.
    """
    if not 0 <= seed <= LAST_SEED:
        raise UsageError(f"--seed takes 0 to {LAST_SEED:,}; got {seed:,}")
    if not 1 <= n <= MOST:
        raise UsageError(f"-n takes 1 to {MOST} pictures of each prefix; got {n:,}")
    if filter is not None and shop is None:
        raise UsageError(f'--filter "{filter}" is for products of a shop; name it: --shop SHOP')
    found, strip = _drawn(shop, text, weights, seed=seed, n=n, k=k, where=filter)
    output.write_made(strip.picture(), out, strip.made_by)
    if as_json:
        output.emit(_record(text, strip, found, out))
        return
    output.notes(strip.notes)
    if found is not None and not found.hits:
        output.say("nothing found; a wider --filter finds more")
    elif found is not None:
        show(found.hits)
        output.say(f"[dim]{len(found.hits):,} of {found.total:,}")


def _drawn(
    shop: Path | None, text: str, weights: str | None, *, seed: int, n: int, k: int, where: str | None
) -> tuple[Imagined | None, Strip]:
    """Draw the text, and find products like it where there is a shop."""
    if shop is None:
        from modiste.imagine.pipeline import imagine

        return None, imagine(text, seed=seed, n=n, weights=weights or "imagine-photos")
    from modiste.shop import open_shop

    found = open_shop(shop, imaginer=weights).imagine(text, seed=seed, n=n, k=k, where=where)
    return found, found.strip


def _record(text: str, strip: Strip, found: Imagined | None, out: Path) -> dict[str, Any]:
    """Pictures and products in JSON's types."""
    record = {
        "text": text,
        "out": str(out),
        "words": [word.text for word in strip.words],
        "prefixes": [frame.text for frame in strip.frames],
        "n": len(strip.last),
        "notes": list(strip.notes),
    }
    return record if found is None else {**record, "total": found.total, "hits": [plain(hit) for hit in found.hits]}
