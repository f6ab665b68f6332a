"""`modiste evaluate`: measure weights beside their baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from modiste.cli import output
from modiste.cli.options import (
    Ablations,
    AllWeights,
    Baselines,
    Data,
    Json,
    JsonFile,
    Part,
    Queries,
    Seed,
    WeightsName,
    file_option,
    picture_option,
    weights_option,
)
from modiste.errors import UsageError


def encoder(
    data: Data,
    weights: WeightsName = "encoder-photos",
    baselines: Baselines = False,
    split: Part = "test",
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure an encoder.

    Recall of the photos that words belong to, and accuracy of type, colour and gender predicted from a photo.
    """
    from modiste.lab.encoder.evaluate import evaluate

    result = evaluate(data, weights=weights, baselines=baselines, split=split)
    _report(result, as_json, file)


def refine(
    data: Data,
    weights: AllWeights = None,
    baselines: Baselines = False,
    split: Part = "test",
    ablations: Ablations = None,
    sheet: Queries = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well sentences lead from a photo to what is wanted.

    By queries whose targets are known, in wordings that no training sentence uses.
    """
    from modiste.lab.refine.ablate import ablate
    from modiste.lab.refine.evaluate import evaluate
    from modiste.lab.refine.sheets import evaluated_sheet

    names = weights or ["refine-photos"]
    if ablations is None:
        result = evaluate(data, weights=names, baselines=baselines, split=split)
    else:
        result = ablate(data, ablations)
    if sheet is not None:
        output.write(sheet, evaluated_sheet(data[0], names[0], split=split).save)
    _report(result, as_json, file, _by_protocol)


def complete(
    data: Data,
    weights: AllWeights = None,
    baselines: Baselines = False,
    split: Part = "test",
    ask: Annotated[
        Path | None, file_option("--ask", "With --split all: ask for the products named here, an id a line.")
    ] = None,
    ablations: Ablations = None,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="How often --ablations trains each.")] = 1,
    sheet: Queries = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well the target of an outfit is found by its other items.

    Among negatives of the same kind and year, drawn alike or by their popularity, and in a pool of their category.
    """
    from modiste.lab.complete.ablate import ablate
    from modiste.lab.complete.evaluate import evaluate
    from modiste.lab.complete.sheets import evaluated_sheet

    names, ids = weights or ["complete-photos"], () if ask is None else _ids(ask)
    if ablations is None:
        result = evaluate(data, weights=names, baselines=baselines, split=split, ids=ids)
    else:
        result = ablate(data, ablations, seeds=seeds)
    if sheet is not None:
        output.write(sheet, evaluated_sheet(data, names[0], split=split).save)
    _report(result, as_json, file)


def parser(
    data: Data,
    weights: WeightsName = "parser-photos",
    baselines: Baselines = False,
    split: Part = "test",
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure a parser of people's garments and joints.

    Mean IoU of the 13 classes, accuracy per pixel, and joints found; --json has the IoU of each class too.
    """
    from modiste.lab.parser.evaluate import evaluate

    result = evaluate(data, weights=weights, baselines=baselines, split=split)
    _report(result, as_json, file)


def tryon(
    data: Data,
    weights: WeightsName = "tryon-photos",
    parser: Annotated[
        str,
        weights_option(
            "What sees people; by default what fits the weights, none for the maps of the data.", "--parser"
        ),
    ] = "",
    baselines: Baselines = False,
    split: Part = "test",
    refine: Annotated[int, typer.Option("--refine", metavar="STEPS", help="Of refinement, at most.")] = 30,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Requests of each data set, at most.")] = 120,
    seed: Seed = 0,
    sheet: Queries = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well garments are put on people.

    Drawn people have a true answer; swaps between photos are compared with real ones. --json has the requests that
    were refined too, by all models.
    """
    from modiste.lab.tryon.evaluate import evaluate
    from modiste.lab.tryon.sheets import evaluated_sheet
    from modiste.tryon.pipeline import parser_for

    sees = None if parser == "none" else parser or parser_for(weights)
    result = evaluate(
        data, weights, parser=sees, baselines=baselines, split=split, refine_steps=refine, limit=limit, seed=seed
    )
    if sheet is not None:
        drawn = evaluated_sheet(
            data, weights, parser=sees or "parser-photos", split=split, refine_steps=refine, seed=seed
        )
        output.write_made(drawn, sheet, weights, composite=True)
    _report(result, as_json, file)


def imagine(
    data: Data,
    weights: WeightsName = "imagine-photos",
    baselines: Baselines = False,
    split: Part = "test",
    seed: Seed = 0,
    sheet: Annotated[
        Path | None,
        picture_option("--sheet", "FILE.png", "Draw strips of some titles; the best baseline's above ours."),
    ] = None,
    nearest: Annotated[
        Path | None, picture_option("--nearest", "FILE.png", "Draw pictures beside the nearest photos learnt from.")
    ] = None,
    plot: Annotated[Path | None, picture_option("--plot", "FILE.png", "Plot persistence over responsiveness.")] = None,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well pictures are drawn from words.

    How real they are as a whole, whether each shows what its words name, whether a new word changes that and keeps the
    rest, and whether they find the products that are meant.
    """
    from modiste.lab.imagine.evaluate import best_baseline, evaluate
    from modiste.lab.imagine.sheets import evaluated_sheet, nearest_sheet, trade_off

    if nearest is not None and split == "all":
        raise UsageError("--nearest looks at the training part, and --split all has none; give --split test")
    result = evaluate(data, weights=weights, baselines=baselines, split=split, seed=seed)
    if sheet is not None:
        best = best_baseline(result)
        drawn = evaluated_sheet(data, weights, split=split, seed=seed, baselines=baselines, baseline=best)
        output.write_made(drawn, sheet, weights)
    if nearest is not None:
        output.write_made(nearest_sheet(data, weights, seed=seed), nearest, weights)
    if plot is not None:
        output.write(plot, trade_off(result).save)
    _report(result, as_json, file, _by_metric)


def speech(
    transcriber: Annotated[
        str, typer.Option("--transcriber", metavar="NAME", help="auto, pocketsphinx, whisper or whisper:MODEL.")
    ] = "pocketsphinx",
    sentences: Annotated[int, typer.Option("--sentences", metavar="N", help="How many are spoken.")] = 50,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed composes others.")] = 0,
    as_json: Json = False,
    file: JsonFile = None,
) -> None:
    """Measure how well spoken requests are heard.

    Composes requests, half of them in wordings that the recogniser was not prepared for, has espeak-ng speak them
    and compares what is heard. The voices are synthetic: the numbers compare recognisers, people are heard otherwise.
    """
    from modiste.lab.speech.evaluate import evaluate

    _report(evaluate(transcriber, sentences=sentences, seed=seed), as_json, file)


_Table = tuple[list[dict[str, str]], Sequence[str]]
"""Rows, and the names of the columns of numbers."""


def _by_model(result: Mapping[str, Any]) -> _Table:
    """A row for each model, and for the truth where it is known; a column for each metric."""
    metrics = list(dict.fromkeys(metric for values in result["models"].values() for metric in values))
    if result["system"] == "parser":  # no table is wide enough for the metrics of single classes
        metrics = [metric for metric in metrics if not metric.startswith("iou_")]
    rows = [
        {"model": name, **{metric: _number(values.get(metric)) for metric in metrics}}
        for name, values in (*result["models"].items(), *_truth(result))
    ]
    return rows, metrics


def _by_protocol(result: Mapping[str, Any]) -> _Table:
    """A row for each protocol and each model, ours last.

    Metrics are named `R@1 PROTOCOL`; those of the protocol that is reported first bear no name.
    """
    first = result["protocol"].partition("@")[0]
    models = sorted(result["models"].items(), key=lambda model: model[0] == result["system"])
    metrics = [metric.partition(" ") for metric in result["models"][result["system"]]]
    cuts = list(dict.fromkeys(cut for cut, _, _ in metrics))
    rows = []
    for protocol in dict.fromkeys(protocol for _, _, protocol in metrics):
        for number, (name, values) in enumerate(models):
            numbers = {cut: _number(values.get(f"{cut} {protocol}".strip())) for cut in cuts}
            rows.append({"protocol": "" if number else protocol or first, "model": name, **numbers})
    return rows, cuts


def _by_metric(result: Mapping[str, Any]) -> _Table:
    """A row for each of many metrics; a column for each model, ours last, and for the truth."""
    ours = result["system"]
    models = sorted(result["models"].items(), key=lambda model: model[0] == ours)
    columns = dict([*models, *_truth(result)])
    rows = [
        {"metric": metric, **{name: _number(values.get(metric)) for name, values in columns.items()}}
        for metric in result["models"][ours]
        if not metric.endswith("_real")  # which have a column
    ]
    return rows, list(columns)


def _report(
    result: Mapping[str, Any],
    as_json: bool,
    file: Path | None,
    tabulated: Callable[[Mapping[str, Any]], _Table] = _by_model,
) -> None:
    """Print an evaluation: as JSON, or as a table between its heading and its protocol."""
    if as_json:
        output.emit(result, file)
        return
    rows, numbers = tabulated(result)
    output.say(f"[bold]{result['system']} on {', '.join(result['data'])}[/]")
    output.table(rows, right=numbers)
    output.say(output.escape(f"{result['protocol']}; split {result['split_hash']}; {result['seconds']:.0f} s"))


def _ids(file: Path) -> list[str]:
    """The ids in a file."""
    try:
        ids = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can't be read: {error}; give a text file with an id a line") from None
    if not ids:
        raise UsageError(f"{file} names no products; give an id a line")
    return ids


def _truth(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    """The truth that drawn data come from, or what real photos reach, as a last row."""
    name = "real photos" if result["system"] == "imagine" else "the truth itself"
    return [(name, result["ceiling"])] if "ceiling" in result else []


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
