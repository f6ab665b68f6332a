"""`modiste train`: weights from your own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import output
from modiste.cli.options import Data, Json


def encoder(
    data: Data,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="RUN", help="The run's folder: checkpoints and weights.", show_default=False),
    ],
    preset: Annotated[
        str, typer.Option("--preset", metavar="NAME", help="quick shows in a minute that all works.")
    ] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on exactly where the run stopped.")] = False,
    device: Annotated[
        str, typer.Option("--device", metavar="NAME", help="cpu, cuda, or auto for a GPU if there is one.")
    ] = "auto",
    as_json: Json = False,
) -> None:
    """Train the encoder of photos and words.

    On products with photos and titles: a published data set, or your own catalogue.
    """
    from modiste.encoders.train import train

    weights = train(data, out, preset=preset, resume=resume, device=device)
    if as_json:
        output.emit({"run": str(out), "name": weights.name, "revision": weights.revision})
    else:
        output.say(f"[bold]{weights.name}@{weights.revision}[/] is in {out}; it goes by its folder: --encoder {out}")
