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
    data_option,
    shop_option,
    shop_unless,
    weights_option,
)


def index(
    context: typer.Context,
    shop: Annotated[Path | None, shop_option("Search in this shop, not in the one just indexed.")] = None,
    data: Annotated[
        Path | None, data_option("Index this; by default the shop's products or the drawn boutique.")
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
    _report("index", result, as_json, file)


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
    _report("refine", result, as_json, file)


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
    _report("complete", result, as_json, file)


def tryon(
    data: Annotated[Path | None, data_option("Photos of people; by default those of a drawn boutique.")] = None,
    weights: Annotated[str | None, weights_option("By default those for photos, or for the boutique.")] = None,
    parser: Annotated[str | None, weights_option("By default the one that goes with them.", "--parser")] = None,
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
    _report("tryon", result, as_json, file)


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
    _report("imagine", result, as_json, file)


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
    _report("serve", result, as_json, file)


_COLUMNS = {
    "index": {  # the floor is the bare encoder and matrix product
        "search by": "{by}",
        "p50 ms": "{p50_ms:.2f}",
        "p95 ms": "{p95_ms:.2f}",
        "floor ms": "{floor_ms:.2f}",
        "ratio": "{ratio:.2f}",
    },
    "refine": {  # the floor is the bare networks and matrix product
        "products": "{products:,}",
        "photos": "{photos:,}",
        "p50 ms": "{p50_ms:.2f}",
        "p95 ms": "{p95_ms:.2f}",
        "floor ms": "{floor_ms:.2f}",
        "ratio": "{ratio:.2f}",
        "MiB": "{peak_mib:,.0f}",
    },
    # The folded vectors, the published index, CSA-Net and the two networks that score every candidate; how many times
    # faster the first is than the last; whether it ranks as CSA-Net does; and what an item takes of memory in both.
    "complete": {
        "items": "{products:,}",
        "folded ms": "{folded_ms:.2f}",
        "paper ms": "{paper}",
        "CSA-Net ms": "{exhaustive_ms:.2f}",
        "type-aware ms": "{type_aware_ms:.2f}",
        "SCE-Net ms": "{sce_net_ms:.2f}",
        "faster": "{times_faster:,.0f}x",
        "same": "{same}",
        "bytes": "{bytes_per_item:,.0f}",
        "paper bytes": "{paper_bytes_per_item:,.0f}",
        "index s": "{index_s:.2f}",
    },
    "tryon": {  # the floor is the networks' forward passes
        "size": "{height}x{width}",
        "p50 ms": "{p50_ms:.0f}",
        "p95 ms": "{p95_ms:.0f}",
        "floor ms": "{floor_ms:.0f}",
        "ratio": "{ratio:.2f}",
        "parsing ms": "{parsing_ms:.0f}",
        "{steps} steps s": "{refining_s}",
        "threads": "{threads}",
        "MiB": "{peak_mib:,.0f}",
    },
    "imagine": {  # the floor is the bare generator's forward pass
        "size": "{height}x{width}",
        "p50 ms": "{p50_ms:.1f}",
        "p95 ms": "{p95_ms:.1f}",
        "floor ms": "{floor_ms:.1f}",
        "ratio": "{ratio:.2f}",
        "{words} words ms": "{strip_ms:.1f}",
        "{words} words p95 ms": "{strip_p95_ms:.1f}",
        "threads": "{threads}",
        "MiB": "{peak_mib:,.0f}",
    },
    "serve": {  # beside one process
        "call": "{call}",
        "clients": "{clients}",
        "requests/s": "{rps:.1f}",
        "p50 ms": "{p50_ms:.1f}",
        "p95 ms": "{p95_ms:.1f}",
        "p99 ms": "{p99_ms:.1f}",
        "errors": "{errors:,}",
        "in process/s": "{in_process_rps:.1f}",
        "ratio": "{ratio:.2f}",
    },
}
"""Verb to the columns of its table, a heading and a value each; a row's own numbers come before the result's."""
_SENTENCES = {
    "index": "{photos:,} photos indexed at {photos_per_second:,.0f} a second, {ratio:.2f} of the bare encoder's "
    "{bare_photos_per_second:,.0f}; reopened in {reopen_ms:,.0f} ms; {peak_mib:,.0f} MiB of memory at most",
    "complete": "outfits completed among {products:,} products in {p50_ms:.2f} ms (95 of 100 in {p95_ms:.2f}), "
    "{ratio:,.0f} times the bare matrix product's {floor_ms:.3f}; {photos_per_second:,.0f} photos looked at in a "
    "second; {threads} threads, {peak_mib:,.0f} MiB of memory at most",
    "serve": "ready after {first_ready_s:.1f} s; {page}every call reaches at least {ratio:.2f} of what it does in one "
    "process; {cores} cores, {peak_mib:,.0f} MiB of memory at most",
}
"""Verb to what its result says as a whole, filled from the result."""
_PLAIN = ("index", "refine")
"""Verbs whose results need no protocol beside them."""


def described(result: Mapping[str, Any]) -> tuple[list[dict[str, str]], str]:
    """A result file as the rows of a table and the sentence below it, as the documentation shows it."""
    verb = result["verb"]
    protocol = "" if verb in _PLAIN else result["protocol"]
    text = "; ".join(filter(None, (_sentence(verb, result), protocol)))
    return _rows(verb, result), f"{text}." if text else ""


def _report(verb: str, result: Mapping[str, Any], as_json: bool, file: Path | None) -> None:
    """Print a result: as JSON, or as its table, its sentence and its protocol."""
    if as_json:
        output.emit(result, file)
        return
    rows, lines = _rows(verb, result), list(filter(None, [_sentence(verb, result)]))
    lines += [f"[bold]wrong:[/] {output.escape(error)}" for error in result.get("wrong", ())]
    lines += [] if verb in _PLAIN else [output.escape(result["protocol"])]
    if verb in ("index", "complete"):  # the whole before its parts
        output.say(lines.pop(0))
    output.table(rows, right=tuple(rows[0])[verb in ("index", "serve") :])  # of which the first column is words
    for line in lines:
        output.say(line)


def _rows(verb: str, result: Mapping[str, Any]) -> list[dict[str, str]]:
    """A result's table."""
    rows = []
    for size in _searches(result) if verb == "index" else result["sizes"]:
        numbers = {**result, **size}
        if verb == "complete":
            numbers["paper"] = "no room" if size["paper_ms"] is None else f"{size['paper_ms']:.2f}"
            numbers["same"] = "yes" if size["identical"] else "no"
        elif verb == "tryon":
            numbers["refining_s"] = "" if result["refining_ms"] is None else f"{result['refining_ms'] / 1000:.1f}"
        rows.append({name.format_map(numbers): value.format_map(numbers) for name, value in _COLUMNS[verb].items()})
    return rows


def _searches(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The numbers of each kind of search, which the result names with a prefix."""
    prefixes = (("photo", "", "query_"), ("words", "text_", "text_"), ("id", "id_", "id_"))
    times = ("p50_ms", "p95_ms", "floor_ms")
    return [
        {"by": by, "ratio": result[f"{kind}ratio"], **{time: result[f"{prefix}{time}"] for time in times}}
        for by, prefix, kind in prefixes
    ]


def _sentence(verb: str, result: Mapping[str, Any]) -> str:
    """What a result says as a whole; nothing where its table says it all."""
    page = result.get("first_page_s")
    seen = f"the showroom's first page in {page:.1f} s; " if page else ""
    return _SENTENCES.get(verb, "").format_map({**result["sizes"][0], **result, "page": seen})
