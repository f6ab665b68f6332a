"""`modiste demo`: a shop is drawn and indexed, and its showroom is opened, with no download."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import Host, Json, Port, data_option
from modiste.cli.paths import folder_to_write
from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.catalog.records import Catalog
    from modiste.shop import Shop


PEOPLE = 4
"""In the boutique's garments, to try others on."""


def demo(
    data: Annotated[Path | None, data_option("Your own catalogue instead of the drawn boutique.")] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the shop goes.", parser=folder_to_write)
    ] = Path("demo"),
    products: Annotated[int, typer.Option("--products", metavar="N", help="How many to draw.", min=20)] = 600,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    as_json: Json = False,
) -> None:
    """A shop, drawn, and its showroom.

    A boutique is drawn and indexed, and a web page opened on it: refine a product, complete an outfit, try it on,
    imagine one. What was done before is used again. Ends with Ctrl-C.
    """
    begun, stages = time.perf_counter(), dict[str, float]()

    def done(stage: str, seconds: float) -> None:
        stages[stage] = round(seconds, 1)
        if not as_json:
            output.say(f"[dim]{seconds:6.1f} s[/]  {output.escape(stage)}")

    def timed(stage: str, function: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        made = function(*arguments)
        done(stage, time.perf_counter() - started)
        return made

    read = "catalogue read" if data else f"{products:,} products drawn"
    catalogue: Catalog = timed(read, _catalogue, data, out, products)
    folder = out / (f"shop-{data.resolve().name}" if data else "shop")
    shop: Shop = timed(f"{len(catalogue.products):,} products indexed", _opened, folder, catalogue, bool(data))
    from modiste.server import Settings, create_app, run
    from modiste.showroom import attach

    app = create_app(shop, Settings(access_log="off"))
    with output.progress("looking at photos") as progress:
        app.state.service.preload(lambda verb, took: done(f"ready to {verb.replace('-', ' ')}", took), progress)
    timed("page put together", attach, app)

    def announce(address: str) -> None:
        seconds = time.perf_counter() - begun
        if as_json:
            output.emit({"url": address, "shop": str(shop.path), "stages": stages, "seconds": round(seconds, 1)})
        else:
            output.say(f"[dim]{seconds:6.1f} s[/]  in all")
            output.say(f"The showroom is open: [bold]{address}[/]  [dim](Ctrl-C closes it)[/]")

    run(app, host, port, announce)


def _catalogue(data: Path | None, out: Path, products: int) -> Catalog:
    """One's own catalogue, or else the boutique's, drawn unless it was before."""
    from modiste.lab import datasets

    if data is None and not (out / "catalogue" / "boutique.json").exists():
        from modiste.boutique import make

        with output.progress("drawing the boutique") as progress:
            make(out / "catalogue", products=products, people=PEOPLE, progress=progress)
    found = datasets.read(data or out / "catalogue")
    if not found.products:
        raise UsageError(f"{data} holds no product that can be used; see: modiste data inspect {data}")
    return found


def _opened(folder: Path, catalogue: Catalog, photos: bool) -> Shop:
    """The catalogue's shop; one that is there already is brought up to date."""
    from modiste.shop import open_shop

    with output.progress(f"indexing {catalogue.name}") as progress:
        shop = open_shop(folder, encoder="encoder-photos" if photos else "encoder-boutique", create=True)
        shop.add(catalogue, prune_many=True, progress=progress)
    return shop
