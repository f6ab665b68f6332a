"""All commands, put together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any

import typer

from modiste.cli import (
    bench,
    complete,
    data,
    demo,
    doctor,
    evaluate,
    imagine,
    index,
    models,
    output,
    refine,
    serve,
    train,
    tryon,
)


def _group(help: str, commands: Sequence[Any], *, completion: bool = False) -> typer.Typer:
    """Commands in the order in which the help lists them."""
    group = typer.Typer(help=help, add_completion=completion, pretty_exceptions_enable=False, rich_markup_mode=None)
    for command in commands:
        group.command()(command)
    return group


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"modiste {metadata.version('modiste')}")
        raise typer.Exit


_finding = [index.index, index.search, refine.refine, complete.complete, tryon.tryon, imagine.imagine, index.remove]
_commands = [demo.demo, *_finding, serve.serve, models.models, doctor.doctor]
app = _group("Visual product discovery for fashion, on your own catalogue.", _commands, completion=True)


@app.callback()
def modiste(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Visual product discovery for fashion, on your own catalogue.

    A first look: modiste demo. Every command takes --json, and --help says more.
    """


_look = _group("Look at a data set, or draw one.", [data.inspect])
_look.add_typer(_group("Draw a data set.", [data.boutique]), name="make")
app.add_typer(_look, name="data")

_recipes = [train.encoder, train.refine, train.complete, train.parser, train.tryon, train.imagine]
app.add_typer(_group("Train on your own data.", _recipes), name="train")

_measured = [evaluate.encoder, evaluate.refine, evaluate.complete, evaluate.parser, evaluate.tryon, evaluate.imagine]
_measured.append(evaluate.speech)
app.add_typer(_group("Measure how good weights are, beside their baselines.", _measured), name="evaluate")

_timed = [bench.index, bench.refine, bench.complete, bench.tryon, bench.imagine, bench.serve]
app.add_typer(_group("Measure how fast Modiste is on this machine.", _timed), name="bench")
