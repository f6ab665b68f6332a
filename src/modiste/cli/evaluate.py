"""`modiste evaluate`: how good weights are, beside their baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import Baselines, Data, Json, JsonFile, Part, check_picture


def encoder(
    data: Data,
    weights: Annotated[str, typer.Option("--weights", metavar="NAME_OR_RUN", help="See: modiste models.")] = (
        "encoder-photos"
    ),
    baselines: Baselines = False,
    split: Part = "test",
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


def refine(
    data: Data,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            "--weights",
            metavar="NAME_OR_RUN",
            help="refine-photos, where none are given; give it again for every seed, of which the mean is reported.",
        ),
    ] = None,
    baselines: Baselines = False,
    split: Part = "test",
    ablations: Annotated[
        Path | None,
        typer.Option(
            "--ablations",
            metavar="RUNS",
            help="Train VAL without each of its parts, shortly, in this folder, and measure that instead.",
        ),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE.png", help="Draw some questions with their answers.")
    ] = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well sentences lead from a photo to what is wanted.

    By questions whose right answers are known, in wordings that no training sentence uses.
    """
    from modiste.refine.ablate import ablate
    from modiste.refine.evaluate import evaluate

    check_picture(sheet)
    names = weights or ["refine-photos"]
    if ablations is None:
        result = evaluate(data, weights=names, baselines=baselines, split=split)
    else:
        result = ablate(data, ablations)
    if sheet is not None:
        _draw(sheet, data[0], names[0], split)
    if as_json:
        output.emit(result, file)
    else:
        show_protocols(result)


def show(result: Mapping[str, Any]) -> None:
    """An evaluation as a table: a row for each model, a column for each metric."""
    metrics = list(dict.fromkeys(metric for values in result["models"].values() for metric in values))
    rows = [
        {"model": name, **{metric: _number(values.get(metric)) for metric in metrics}}
        for name, values in result["models"].items()
    ]
    _tell(result, rows, metrics)


def show_protocols(result: Mapping[str, Any]) -> None:
    """An evaluation by several protocols: a row for each of them and each model, ours last.

    Metrics are named `R@1 PROTOCOL`; those of the protocol that is reported first bear no name.
    """
    first = result["protocol"].partition("@")[0]
    models = sorted(result["models"].items(), key=lambda model: model[0] == result["system"])
    metrics = [metric.partition(" ") for metric in result["models"][result["system"]]]
    cuts = list(dict.fromkeys(cut for cut, _, _ in metrics))
    rows = []
    for protocol in dict.fromkeys(protocol for _, _, protocol in metrics):
        for place, (name, values) in enumerate(models):
            numbers = {cut: _number(values.get(f"{cut} {protocol}".strip())) for cut in cuts}
            rows.append({"protocol": "" if place else protocol or first, "model": name, **numbers})
    _tell(result, rows, cuts)


def _tell(result: Mapping[str, Any], rows: Sequence[Mapping[str, str]], metrics: Sequence[str]) -> None:
    """The table under what was measured, over how."""
    output.say(f"[bold]{result['system']} on {', '.join(result['data'])}[/]")
    output.table(rows, right=metrics)
    output.say(output.escape(f"{result['protocol']}; split {result['split_hash']}; {result['seconds']:.0f} s"))


def _draw(file: Path, data: Path, weights: str, split: str) -> None:
    from modiste.refine.sheets import evaluated_sheet

    file.parent.mkdir(parents=True, exist_ok=True)
    evaluated_sheet(data, weights, split=split).save(file)
    output.note(f"wrote {file}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
