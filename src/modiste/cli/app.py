"""All commands, put together."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

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
    speech,
    train,
    tryon,
)


def _group(help: str, *, completion: bool = False) -> typer.Typer:
    return typer.Typer(help=help, add_completion=completion, pretty_exceptions_enable=False, rich_markup_mode=None)


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"modiste {metadata.version('modiste')}")
        raise typer.Exit


app = _group("Visual product discovery for fashion, on your own catalogue.", completion=True)


@app.callback()
def modiste(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Visual product discovery for fashion, on your own catalogue.

    A first look: modiste demo. Every command takes --json, and --help says more.
    """


app.command()(demo.demo)
app.command()(index.index)
app.command()(index.search)
app.command()(refine.refine)
app.command()(complete.complete)
app.command()(tryon.tryon)
app.command()(imagine.imagine)
app.command()(index.remove)
app.command()(serve.serve)
app.command()(models.models)
app.command()(doctor.doctor)

_look = _group("Look at a data set, or draw one.")
_look.command()(data.inspect)
_make = _group("Draw a data set.")
_make.command()(data.boutique)
_look.add_typer(_make, name="make")
app.add_typer(_look, name="data")

_training = _group("Train on your own data.")
_training.command()(train.encoder)
_training.command()(train.refine)
_training.command()(train.complete)
_training.command()(train.parser)
_training.command()(train.tryon)
_training.command()(train.imagine)
app.add_typer(_training, name="train")

_evaluation = _group("Measure how good weights are, beside their baselines.")
_evaluation.command()(evaluate.encoder)
_evaluation.command()(evaluate.refine)
_evaluation.command()(evaluate.complete)
_evaluation.command()(evaluate.parser)
_evaluation.command()(evaluate.tryon)
_evaluation.command()(evaluate.imagine)
_evaluation.command()(speech.speech)
app.add_typer(_evaluation, name="evaluate")

_speed = _group("Measure how fast Modiste is on this machine.")
_speed.command()(bench.index)
_speed.command()(bench.refine)
_speed.command()(bench.complete)
_speed.command()(bench.tryon)
_speed.command()(bench.imagine)
_speed.command()(bench.serve)
app.add_typer(_speed, name="bench")
