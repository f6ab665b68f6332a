"""`modiste serve`: a shop over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from modiste.cli import output
from modiste.cli.options import Host, Json, Port, ShopFolder


def serve(
    shop: ShopFolder,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    showroom: Annotated[bool, typer.Option("--showroom", help="With the web page, at /.")] = False,
    as_json: Json = False,
) -> None:
    """Serve a shop over HTTP.

    Its verbs, its products and try-on jobs are under /v1, described at /docs. Keys and limits are read from the
    environment: MODISTE_READ_KEYS and MODISTE_WRITE_KEYS (separated by commas), MODISTE_MAX_BODY, MODISTE_THREADS and
    others. Without write keys nobody can change the shop. Each request is a line on standard error, unless
    MODISTE_ACCESS_LOG is off. Ctrl-C or SIGTERM ends it once what was accepted is done.
    """
    from modiste.server import Settings, create_app, run
    from modiste.shop import open_shop

    settings = Settings()
    opened = open_shop(shop)
    app = create_app(opened, settings)
    if showroom:
        from modiste.showroom import attach

        attach(app)

    def announce(address: str) -> None:
        if as_json:
            output.emit({"url": address, "shop": str(shop), "products": len(opened), "replica": settings.replica})
            return
        output.say(f"[bold]{output.escape(str(shop))}[/], {len(opened):,} products, at [bold]{address}[/]")
        output.say(f"described at {address}/docs; Ctrl-C ends it")

    run(app, host, port, announce)
