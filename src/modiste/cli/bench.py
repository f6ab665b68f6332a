"""`modiste bench`: how fast it is on this machine, beside the floor that nothing can pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import EncoderName, Json, JsonFile, RefinerName


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


def refine(
    shop: Annotated[
        Path | None, typer.Option("--shop", metavar="SHOP", help="Ask this shop, not one that is indexed for it.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where there is no shop, index this; by default a drawn boutique."),
    ] = None,
    weights: RefinerName = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure refining.

    Milliseconds from a photo's file and a sentence to products, beside the bare networks and the bare matrix product.
    """
    from modiste.bench.refine import run

    with output.progress("looking at photos") as progress:
        result = run(shop=shop, data=data, weights=weights, progress=progress)
    if as_json:
        output.emit(result, file)
    else:
        output.table(refining(result), right=("products", "photos", "p50 ms", "p95 ms", "floor ms", "ratio", "MiB"))


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


def refining(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a bench file says of refining, a row; the floor is the bare networks and matrix product."""
    return [
        {
            "products": f"{size['products']:,}",
            "photos": f"{size['photos']:,}",
            "p50 ms": f"{result['p50_ms']:.2f}",
            "p95 ms": f"{result['p95_ms']:.2f}",
            "floor ms": f"{result['floor_ms']:.2f}",
            "ratio": f"{result['ratio']:.2f}",
            "MiB": f"{result['peak_mib']:,.0f}",
        }
        for size in result["sizes"]
    ]
