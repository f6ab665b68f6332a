"""`modiste evaluate`: how good weights are, beside their baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import Data, Json, JsonFile


def encoder(
    data: Data,
    weights: Annotated[str, typer.Option("--weights", metavar="NAME_OR_RUN", help="See: modiste models.")] = (
        "encoder-photos"
    ),
    baselines: Annotated[bool, typer.Option("--baselines", help="Train and measure the baselines too.")] = False,
    split: Annotated[
        str, typer.Option("--split", metavar="PART", help="test: the products kept out of training; all: every one.")
    ] = "test",
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure an encoder.

    How well words find the photos they belong to, and how well type, colour and gender are told from a photo.
    """
    from modiste.encoders.evaluate import evaluate

    result = evaluate(data, weights=weights, baselines=baselines, split=split)
    if as_json:
        output.emit(result, file)
    else:
        show(result)


def show(result: Mapping[str, Any]) -> None:
    """An evaluation as a table: a row for each model, a column for each metric."""
    metrics = list(dict.fromkeys(metric for values in result["models"].values() for metric in values))
    rows = [
        {"model": name, **{metric: _number(values.get(metric)) for metric in metrics}}
        for name, values in result["models"].items()
    ]
    output.say(f"[bold]{result['system']} on {', '.join(result['data'])}[/]")
    output.table(rows, right=metrics)
    output.say(f"{result['protocol']}; split {result['split_hash']}; {result['seconds']:.0f} s")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
