"""`modiste bench`: how fast it is on this machine, beside the floor that nothing can pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import EncoderName, Json, JsonFile


def index(
    shop: Annotated[
        Path | None, typer.Option("--shop", metavar="SHOP", help="Search in this shop, not in the one just indexed.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Index this; by default the shop's products or the drawn boutique."),
    ] = None,
    encoder: EncoderName = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure indexing and searching.

    Photos per second, memory and milliseconds per query, beside the bare encoder and the bare matrix product.
    """
    from modiste.bench.index import run

    with output.progress("measuring") as progress:
        result = run(shop=shop, data=data, encoder=encoder, progress=progress)
    if as_json:
        output.emit(result, file)
        return
    output.say(indexing(result))
    output.table(searching(result), right=("p50 ms", "p95 ms", "floor ms", "ratio"))


def indexing(result: Mapping[str, Any]) -> str:
    """What a bench file says of indexing, in a sentence."""
    return (
        f"{result['sizes'][0]['photos']:,} photos indexed at {result['photos_per_second']:,.0f} a second, "
        f"{result['ratio']:.2f} of the bare encoder's {result['bare_photos_per_second']:,.0f}; "
        f"reopened in {result['reopen_ms']:,.0f} ms; {result['peak_mib']:,.0f} MiB of memory at most"
    )


def searching(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a bench file says of searches, a row for each kind; the floor is the bare encoder and matrix product."""
    return [
        {
            "search by": name,
            "p50 ms": f"{result[f'{prefix}p50_ms']:.2f}",
            "p95 ms": f"{result[f'{prefix}p95_ms']:.2f}",
            "floor ms": f"{result[f'{prefix}floor_ms']:.2f}",
            "ratio": f"{result[ratio]:.2f}",
        }
        for name, prefix, ratio in (
            ("photo", "", "query_ratio"),
            ("words", "text_", "text_ratio"),
            ("id", "id_", "id_ratio"),
        )
    ]
