"""`modiste demo`: a shop is drawn and indexed, and its showroom is opened, with no download."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import output
from modiste.cli.options import Host, Json, Port
from modiste.cli.paths import folder_to_write, path_to_read
from modiste.errors import UsageError

if TYPE_CHECKING:
    from modiste.catalog.records import Catalog
    from modiste.shop import Shop


PEOPLE = 4
"""In the boutique's garments, to try others on."""


class Stages:
    """Seconds of each stage of a demonstration, printed as it ends.

    Args:
        quiet: print nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self.seconds: dict[str, float] = {}
        self._quiet, self._begun = quiet, time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block of code."""
        started = time.perf_counter()
        yield
        self.done(name, time.perf_counter() - started)

    def done(self, name: str, seconds: float) -> None:
        """Note the seconds of a stage."""
        self.seconds[name] = round(seconds, 1)
        self._say(seconds, name)

    def ready(self, verb: str, seconds: float) -> None:
        """Note that a verb can be served."""
        self.done(f"ready to {verb.replace('-', ' ')}", seconds)

    def total(self) -> float:
        """Seconds since the beginning, which are printed too."""
        seconds = time.perf_counter() - self._begun
        self._say(seconds, "in all")
        return round(seconds, 1)

    def _say(self, seconds: float, text: str) -> None:
        if not self._quiet:
            output.say(f"[dim]{seconds:6.1f} s[/]  {output.escape(text)}")


def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="Your own catalogue instead of the drawn boutique.", parser=path_to_read
        ),
    ] = None,
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
    stages = Stages(quiet=as_json)
    with stages.stage("catalogue read" if data else f"{products:,} products drawn"):
        catalogue = _catalogue(data, out, products)
    with stages.stage(f"{len(catalogue.products):,} products indexed"):
        shop = _opened(out / (f"shop-{data.resolve().name}" if data else "shop"), catalogue, bool(data))
    from modiste.server import Settings, create_app, run
    from modiste.showroom import attach

    app = create_app(shop, Settings(access_log="off"))
    with output.progress("looking at photos") as progress:
        app.state.service.preload(stages.ready, progress)
    with stages.stage("page put together"):
        attach(app)

    def announce(address: str) -> None:
        seconds = stages.total()
        if as_json:
            output.emit({"url": address, "shop": str(shop.path), "stages": stages.seconds, "seconds": seconds})
        else:
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
