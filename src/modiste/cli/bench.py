"""`modiste bench`: measure speed on this machine, beside the floor that nothing can pass."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import (
    EncoderName,
    Json,
    JsonFile,
    RefinerName,
    ShopData,
    WeightsName,
    shop_option,
    shop_unless,
)
from modiste.cli.paths import path_to_read


def index(
    context: typer.Context,
    shop: Annotated[Path | None, shop_option("Search in this shop, not in the one just indexed.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Index this; by default the shop's products or the drawn boutique.",
            parser=path_to_read,
        ),
    ] = None,
    encoder: EncoderName = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure indexing and searching.

    Photos per second, memory and milliseconds per query, beside the bare encoder and the bare matrix product.
    """
    from modiste.lab.bench.index import run

    with output.progress("measuring") as progress:
        result = run(shop=shop, data=data, encoder=encoder, progress=progress)
    if as_json:
        output.emit(result, file)
        return
    output.say(_indexing(result))
    output.table(_searching(result), right=("p50 ms", "p95 ms", "floor ms", "ratio"))


def refine(
    context: typer.Context,
    shop: Annotated[Path | None, shop_option("Ask this shop, not one that is indexed for it.")] = None,
    data: ShopData = None,
    weights: RefinerName = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure refining.

    Milliseconds from a photo's file and a sentence to products, beside the bare networks and the bare matrix product.
    """
    from modiste.lab.bench.refine import run

    with output.progress("looking at photos") as progress:
        result = run(shop=shop_unless(data, shop, context), data=data, weights=weights, progress=progress)
    if as_json:
        output.emit(result, file)
    else:
        output.table(_refining(result), right=("products", "photos", "p50 ms", "p95 ms", "floor ms", "ratio", "MiB"))


def complete(
    context: typer.Context,
    shop: Annotated[Path | None, shop_option("Ask this shop, not one that is indexed for it.")] = None,
    data: ShopData = None,
    weights: RefinerName = None,
    size: Annotated[
        list[int] | None,
        typer.Option(
            "--size",
            metavar="N",
            help="Look up among so many items; give it again for more. By default 10,000, 100,000 and 1,000,000.",
        ),
    ] = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure completing.

    Milliseconds from an outfit to what completes it, beside the bare matrix product; and of the look-up among more and
    more items, beside the published index and networks that score every candidate.
    """
    from modiste.lab.bench.complete import SIZES, run

    with output.progress("measuring") as progress:
        result = run(
            shop=shop_unless(data, shop, context), data=data, weights=weights, sizes=size or SIZES, progress=progress
        )
    if as_json:
        output.emit(result, file)
        return
    output.say(_answering(result))
    output.table(_completing(result), right=tuple(_completing(result)[0]))
    output.say(output.escape(result["protocol"]))


def tryon(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="Photos of people; by default those of a drawn boutique.", parser=path_to_read
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="NAME_OR_RUN", help="By default those for photos, or for the boutique."),
    ] = None,
    parser: Annotated[
        str | None, typer.Option("--parser", metavar="NAME_OR_RUN", help="By default the one that goes with them.")
    ] = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure trying on.

    Milliseconds from a parsed photo to a dressed one at 256x192, beside the bare networks; parsing and refinement
    apart.
    """
    from modiste.lab.bench.tryon import run

    with output.progress("measuring") as progress:
        result = run(data, weights=weights, parser=parser, progress=progress)
    if as_json:
        output.emit(result, file)
        return
    output.table(_dressing(result), right=tuple(_dressing(result)[0]))
    output.say(output.escape(result["protocol"]))


def imagine(
    weights: WeightsName = "imagine-photos",
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure imagining.

    Milliseconds from a new word to its picture, where those before it are drawn already, beside the bare generator;
    and of a whole text of five words.
    """
    from modiste.lab.bench.imagine import run

    with output.progress("measuring") as progress:
        result = run(weights, progress=progress)
    if as_json:
        output.emit(result, file)
        return
    output.table(_imagining(result), right=tuple(_imagining(result)[0]))
    output.say(output.escape(result["protocol"]))


def serve(
    context: typer.Context,
    shop: Annotated[Path | None, shop_option("Serve this shop, not one that is indexed for it.")] = None,
    data: ShopData = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure the service.

    Requests per second and milliseconds of search, refine and complete over HTTP on this machine, for 1, 8 and 32
    clients, beside the same calls in one process. Takes about two minutes; leave the machine alone meanwhile.
    """
    from modiste.lab.bench.serve import run

    with output.progress("measuring") as progress:
        result = run(shop_unless(data, shop, context), data, progress=progress)
    if as_json:
        output.emit(result, file)
        return
    rows = _serving(result)
    output.table(rows, right=tuple(rows[0])[1:])
    output.say(_starting(result))
    for error in result["wrong"]:
        output.say(f"[bold]wrong:[/] {output.escape(error)}")
    output.say(output.escape(result["protocol"]))


def described(result: Mapping[str, Any]) -> tuple[list[dict[str, str]], str]:
    """A result file as the rows of a table and the sentence below it, as the documentation shows it."""
    tables = {
        "index": _searching, "refine": _refining, "complete": _completing, "tryon": _dressing, "imagine": _imagining,
        "serve": _serving,
    }  # fmt: skip
    sentences = {"index": _indexing, "complete": _answering, "serve": _starting}
    verb = result["verb"]
    parts = [sentences[verb](result)] if verb in sentences else []
    if verb not in ("index", "refine"):  # whose tables say it all
        parts.append(result["protocol"])
    return tables[verb](result), f"{'; '.join(parts)}." if parts else ""


def _indexing(result: Mapping[str, Any]) -> str:
    """Speed of indexing, in a sentence."""
    return (
        f"{result['sizes'][0]['photos']:,} photos indexed at {result['photos_per_second']:,.0f} a second, "
        f"{result['ratio']:.2f} of the bare encoder's {result['bare_photos_per_second']:,.0f}; "
        f"reopened in {result['reopen_ms']:,.0f} ms; {result['peak_mib']:,.0f} MiB of memory at most"
    )


def _searching(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Speed of searches, a row for each kind; the floor is the bare encoder and matrix product."""
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


def _refining(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Speed of refining, in a row; the floor is the bare networks and matrix product."""
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


def _answering(result: Mapping[str, Any]) -> str:
    """Speed of a shop that completes outfits, in a sentence."""
    return (
        f"outfits completed among {result['products']:,} products in {result['p50_ms']:.2f} ms (95 of 100 in "
        f"{result['p95_ms']:.2f}), {result['ratio']:,.0f} times the bare matrix product's {result['floor_ms']:.3f}; "
        f"{result['photos_per_second']:,.0f} photos looked at in a second; {result['threads']} threads, "
        f"{result['peak_mib']:,.0f} MiB of memory at most"
    )


def _completing(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Speed of looking outfits up, a row for each number of items.

    The folded vectors, the published index, CSA-Net and the two networks that score every candidate; how many times
    faster the first is than the last; whether it ranks as CSA-Net does; and what an item takes of memory in both.
    """
    return [
        {
            "items": f"{size['products']:,}",
            "folded ms": f"{size['folded_ms']:.2f}",
            "paper ms": "no room" if size["paper_ms"] is None else f"{size['paper_ms']:.2f}",
            "CSA-Net ms": f"{size['exhaustive_ms']:.2f}",
            "type-aware ms": f"{size['type_aware_ms']:.2f}",
            "SCE-Net ms": f"{size['sce_net_ms']:.2f}",
            "faster": f"{size['times_faster']:,.0f}x",
            "same": "yes" if size["identical"] else "no",
            "bytes": f"{size['bytes_per_item']:,.0f}",
            "paper bytes": f"{size['paper_bytes_per_item']:,.0f}",
            "index s": f"{size['index_s']:.2f}",
        }
        for size in result["sizes"]
    ]


def _dressing(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Speed of trying on, in a row; the floor is the networks' forward passes."""
    return [
        {
            "size": f"{size['height']}x{size['width']}",
            "p50 ms": f"{result['p50_ms']:.0f}",
            "p95 ms": f"{result['p95_ms']:.0f}",
            "floor ms": f"{result['floor_ms']:.0f}",
            "ratio": f"{result['ratio']:.2f}",
            "parsing ms": f"{result['parsing_ms']:.0f}",
            f"{size['steps']} steps s": "" if result["refining_ms"] is None else f"{result['refining_ms'] / 1000:.1f}",
            "threads": str(result["threads"]),
            "MiB": f"{result['peak_mib']:,.0f}",
        }
        for size in result["sizes"]
    ]


def _imagining(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Speed of imagining, in a row; the floor is the bare generator's forward pass."""
    return [
        {
            "size": f"{size['height']}x{size['width']}",
            "p50 ms": f"{result['p50_ms']:.1f}",
            "p95 ms": f"{result['p95_ms']:.1f}",
            "floor ms": f"{result['floor_ms']:.1f}",
            "ratio": f"{result['ratio']:.2f}",
            f"{size['words']} words ms": f"{result['strip_ms']:.1f}",
            f"{size['words']} words p95 ms": f"{result['strip_p95_ms']:.1f}",
            "threads": str(result["threads"]),
            "MiB": f"{result['peak_mib']:,.0f}",
        }
        for size in result["sizes"]
    ]


def _serving(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Speed of the service, a row for each call and number of clients, beside one process."""
    return [
        {
            "call": size["call"],
            "clients": str(size["clients"]),
            "requests/s": f"{size['rps']:.1f}",
            "p50 ms": f"{size['p50_ms']:.1f}",
            "p95 ms": f"{size['p95_ms']:.1f}",
            "p99 ms": f"{size['p99_ms']:.1f}",
            "errors": f"{size['errors']:,}",
            "in process/s": f"{size['in_process_rps']:.1f}",
            "ratio": f"{size['ratio']:.2f}",
        }
        for size in result["sizes"]
    ]


def _starting(result: Mapping[str, Any]) -> str:
    """Speed of a service as a whole, in a sentence."""
    page = result["first_page_s"]
    seen = f"the showroom's first page in {page:.1f} s; " if page else ""
    return (
        f"ready after {result['first_ready_s']:.1f} s; {seen}every call reaches at least {result['ratio']:.2f} of what "
        f"it does in one process; {result['cores']} cores, {result['peak_mib']:,.0f} MiB of memory at most"
    )
