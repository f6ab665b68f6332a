"""`modiste evaluate`: measure weights beside their baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
)
from modiste.cli.paths import file_to_read, picture_to_write
from modiste.errors import UsageError

if TYPE_CHECKING:
    from PIL import Image


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
    if as_json:
        output.emit(result, file)
    else:
        show(result)


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
        _save(evaluated_sheet(data[0], names[0], split=split), sheet)
    if as_json:
        output.emit(result, file)
    else:
        _show_protocols(result)


def complete(
    data: Data,
    weights: AllWeights = None,
    baselines: Baselines = False,
    split: Part = "test",
    ask: Annotated[
        Path | None,
        typer.Option(
            "--ask",
            metavar="FILE",
            help="With --split all: ask for the products named here, an id a line.",
            parser=file_to_read,
        ),
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
        _save(evaluated_sheet(data, names[0], split=split), sheet)
    if as_json:
        output.emit(result, file)
    else:
        show(result)


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
    if as_json:
        output.emit(result, file)
    else:
        # no table is wide enough for the metrics of single classes
        models = {
            name: {metric: value for metric, value in values.items() if not metric.startswith("iou_")}
            for name, values in result["models"].items()
        }
        show({**result, "models": models})


def tryon(
    data: Data,
    weights: WeightsName = "tryon-photos",
    parser: Annotated[
        str,
        typer.Option(
            "--parser",
            metavar="NAME_OR_RUN",
            help="What sees people; by default what fits the weights, none for the maps of the data.",
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
    if as_json:
        output.emit(result, file)
    else:
        show(result)


def imagine(  # long: half of it says what its options mean
    data: Data,
    weights: WeightsName = "imagine-photos",
    baselines: Baselines = False,
    split: Part = "test",
    seed: Seed = 0,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE.png",
            help="Draw strips of some titles; the best baseline's above ours.",
            parser=picture_to_write,
        ),
    ] = None,
    nearest: Annotated[
        Path | None,
        typer.Option(
            "--nearest",
            metavar="FILE.png",
            help="Draw pictures beside the nearest photos learnt from.",
            parser=picture_to_write,
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", metavar="FILE.png", help="Plot persistence over responsiveness.", parser=picture_to_write
        ),
    ] = None,
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
        _save(trade_off(result), plot)
    if as_json:
        output.emit(result, file)
    else:
        _show_metrics(result)


def show(result: Mapping[str, Any]) -> None:
    """An evaluation as a table: a row for each model, and for the truth where it is known; a column for each metric."""
    metrics = list(dict.fromkeys(metric for values in result["models"].values() for metric in values))
    rows = [
        {"model": name, **{metric: _number(values.get(metric)) for metric in metrics}}
        for name, values in (*result["models"].items(), *_truth(result))
    ]
    _print(result, rows, metrics)


def _show_protocols(result: Mapping[str, Any]) -> None:
    """An evaluation by several protocols: a row for each of them and each model, ours last.

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
    _print(result, rows, cuts)


def _show_metrics(result: Mapping[str, Any]) -> None:
    """An evaluation by many metrics: a row for each of them, a column for each model, ours last, and for the truth."""
    ours = result["system"]
    models = sorted(result["models"].items(), key=lambda model: model[0] == ours)
    columns = dict([*models, *_truth(result)])
    rows = [
        {"metric": metric, **{name: _number(values.get(metric)) for name, values in columns.items()}}
        for metric in result["models"][ours]
        if not metric.endswith("_real")  # which have a column
    ]
    _print(result, rows, list(columns))


def _print(result: Mapping[str, Any], rows: Sequence[Mapping[str, str]], metrics: Sequence[str]) -> None:
    """Print a table between its heading and its protocol."""
    output.say(f"[bold]{result['system']} on {', '.join(result['data'])}[/]")
    output.table(rows, right=metrics)
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


def _save(picture: Image.Image, file: Path) -> None:
    output.write(file, picture.save)


def _truth(result: Mapping[str, Any]) -> list[tuple[str, Mapping[str, float]]]:
    """The truth that drawn data come from, or what real photos reach, as a last row."""
    name = "real photos" if result["system"] == "imagine" else "the truth itself"
    return [(name, result["ceiling"])] if "ceiling" in result else []


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
